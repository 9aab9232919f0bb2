/**
 * The nine cases of libsamplerate's own test of signal-to-noise ratio, with the limits its best converter is held to: tones
 * through a ratio, and the highest peak of the output's spectrum beside them.
 */
import { beforeAll, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { Fft } from '../../src/measure/fft.js';
import { Resampler } from '../../src/resample/resampler.js';

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load();
});

const SIZE = 16384;
/** A Kaiser window of this shape has its side lobes at −190 dB and its main lobe within ±7 bins. */
const SHAPE = 20;
const LOBE_BINS = 9;

function besselI0(x: number): number {
  let [sum, term] = [1, 1];
  for (let k = 1; term > 1e-17 * sum; k++) {
    term *= (x / 2 / k) ** 2;
    sum += term;
  }
  return sum;
}

const window = Float64Array.from({ length: SIZE }, (_, n) =>
  besselI0(SHAPE * Math.sqrt(1 - ((2 * n) / SIZE - 1) ** 2)),
);

/** Magnitudes of the windowed spectrum, relative to the largest. */
function spectrum(samples: Float32Array): Float64Array {
  const re = Float64Array.from(window, (weight, n) => weight * samples[n]);
  const im = new Float64Array(SIZE);
  new Fft(SIZE).forward(re, im);
  const magnitudes = Float64Array.from({ length: SIZE / 2 }, (_, k) => Math.sqrt(re[k] ** 2 + im[k] ** 2));
  const largest = magnitudes.reduce((most, value) => Math.max(most, value), 0);
  return magnitudes.map((value) => value / largest);
}

it.each([
  [[0.01111111111], 3, 147],
  [[0.01111111111], 0.6, 147],
  [[0.01111111111], 0.3, 148],
  [[0.01111111111], 1, 155],
  [[0.01111111111], 1.001, 148],
  [[0.011111, 0.324], 1.9999, 146],
  [[0.012345, 0.457], 0.456789, 147],
  [[0.011111, 0.45], 0.6, 144],
  [[0.4311], 1.33, 145],
] as const)('tones of %o cycles a frame at the ratio %f: noise peaks %i dB below', (tones, ratio, decibels) => {
  const resampler = new Resampler(engine, { from: 1, to: ratio, quality: 'archive' });
  const frames = Math.ceil((SIZE * 1.5 + 2000) / ratio);
  const input = Float32Array.from({ length: frames }, (_, n) =>
    tones.reduce((sum, frequency) => sum + (0.9 / tones.length) * Math.sin(2 * Math.PI * ((n * frequency) % 1)), 0),
  );
  const [output] = resampler.process([input]);
  resampler.dispose();
  const first = Math.floor(SIZE / 4) + 1000;
  const magnitudes = spectrum(output.subarray(first, first + SIZE));
  const expected = tones.map((frequency) => frequency / ratio).filter((frequency) => frequency < 0.5);
  const noise = magnitudes.filter((_, k) => expected.every((frequency) => Math.abs(k - frequency * SIZE) > LOBE_BINS));
  const peak = noise.reduce((most, value) => Math.max(most, value), 0);
  expect(-20 * Math.log10(peak)).toBeGreaterThan(decibels);
});
