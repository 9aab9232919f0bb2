/** What users of other resamplers on npm complain of, each shown not to be so here. */
import { readFileSync, statSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { fitTone, tone } from '../../src/measure/tone.js';
import { MODES, type ModeName } from '../../src/resample/options.js';
import { Resampler } from '../../src/resample/resampler.js';

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load({ memory: 64 * 2 ** 20 });
});

const sine = (frames: number, cyclesPerFrame: number) => Float32Array.from(tone(frames, cyclesPerFrame, 0.9));
const decibels = (values: Float32Array) =>
  10 * Math.log10(values.reduce((sum, value) => sum + value * value, 0) / values.length / 0.405);

/** Everything in chunks of a size, and the end. */
function resample(
  input: Float32Array,
  options: { from: number; to: number; mode?: ModeName },
  chunk = input.length,
): Float32Array {
  const resampler = new Resampler(engine, options);
  const output: number[] = [];
  for (let at = 0; at < input.length; at += chunk)
    output.push(...resampler.process([input.subarray(at, at + chunk)])[0]);
  output.push(...resampler.flush()[0]);
  resampler.dispose();
  return Float32Array.from(output);
}

describe.each(MODES)('mode %s', (mode) => {
  it('has a flush, and loses no frame of a stream', () => {
    expect(resample(sine(44100, 0.01), { from: 44100, to: 48000, mode }).length).toBe(48000);
  });

  it('gives something for less than 145 frames, for one frame too', () => {
    for (const frames of [1, 2, 100, 144]) {
      const output = resample(new Float32Array(frames).fill(0.5), { from: 44100, to: 48000, mode });
      expect(output.length).toBe(Math.ceil((frames * 160) / 147));
      expect(Math.max(...output)).toBeGreaterThan(0.4);
    }
  });

  it('drops no input where chunk times ratio is not whole', () => {
    const input = sine(44100, 0.02);
    const [whole, cut] = [128, 44100].map((chunk) => resample(input, { from: 44100, to: 48000, mode }, chunk));
    expect(cut.length).toBe(48000);
    expect(cut).toEqual(whole);
  });

  it('does not alias: 12 kHz does not come out of 48 to 16 kHz, nor what lies 0, 5 and 10 % above the band', () => {
    for (const hertz of [12000, 8000, 8400, 8800]) {
      const output = resample(sine(24000, hertz / 48000), { from: 48000, to: 16000, mode });
      expect(decibels(output.subarray(1500, 6500)), `${hertz} Hz`).toBeLessThan(-130);
    }
  });

  it('stretches no time: after ten seconds every frame is where it belongs', () => {
    const output = resample(sine(160000, 0.05), { from: 16000, to: 44100, mode });
    expect(output.length).toBe(441000);
    const exact = tone(441000, (0.05 * 16000) / 44100, 0.9);
    for (let k = 439000; k < 440000; k++) expect(Math.abs(output[k] - exact[k])).toBeLessThan(2e-6);
  });

  it('makes no click between chunks: a tone in chunks of any size is that tone to 130 dB', () => {
    const output = resample(sine(20000, 0.07), { from: 48000, to: 44100, mode }, 37);
    const fit = fitTone(output, (0.07 * 48000) / 44100, 1000, 17000);
    expect(10 * Math.log10(fit.tonePower / fit.residualPower)).toBeGreaterThan(130);
  });

  it('takes up to 64 channels', () => {
    const planes = Array.from({ length: 64 }, (_, channel) => sine(500, 0.001 * (channel + 1)));
    const resampler = new Resampler(engine, { from: 3, to: 2, channels: 64, quality: 'voice', mode });
    const body = resampler.process(planes);
    const end = resampler.flush();
    resampler.dispose();
    const alone = new Resampler(engine, { from: 3, to: 2, quality: 'voice', mode });
    for (const channel of [0, 31, 63]) {
      alone.reset();
      expect([...body[channel], ...end[channel]]).toEqual([
        ...alone.process([planes[channel]])[0],
        ...alone.flush()[0],
      ]);
    }
    alone.dispose();
  });

  it('says how late it is, and lets the memory be', () => {
    const resampler = new Resampler(engine, { from: 44100, to: 48000, mode });
    expect(resampler.latencyFrames).toBeGreaterThan(0);
    const { free, size } = engine.memory;
    const buffer = engine.buffer;
    resampler.process([sine(20000, 0.1)]);
    const ports = free - engine.memory.free;
    for (let i = 0; i < 20; i++) resampler.process([sine(20000, 0.1)]);
    // The convenient door makes its ports once.
    expect([free - engine.memory.free, engine.memory.size, engine.buffer]).toEqual([ports, size, buffer]);
    resampler.dispose();
  });
});

it('keeps its state when the ratio changes: no frame before the change is another, and none after it clicks', () => {
  const input = sine(8000, 0.01);
  const options = { from: 48000, to: 48000, minRatio: 0.5, maxRatio: 2 };
  const [steady, changed] = [new Resampler(engine, options), new Resampler(engine, options)];
  changed.setRatio(1.01, { atFrame: 4000 });
  const [a, b] = [steady.process([input])[0], changed.process([input])[0]];
  expect(b.subarray(0, 4001)).toEqual(a.subarray(0, 4001));
  // Frame k + 1 stands 1/1.01 input frames after frame k, from the change on.
  for (let k = 3990; k < 4200; k++) {
    const instant = k <= 4000 ? k : 4000 + (k - 4000) / 1.01;
    expect(Math.abs(b[k] - 0.9 * Math.sin(2 * Math.PI * 0.01 * instant))).toBeLessThan(2e-6);
  }
  steady.dispose();
  changed.dispose();
});

it('is small, and wants neither a SharedArrayBuffer nor anything that a worklet has not', () => {
  expect(statSync('wasm/resample.base64.js').size).toBeLessThan(16 * 1024);
  expect(engine.buffer).toBeInstanceOf(ArrayBuffer);
  // Bytes are enough, at once, as in a worklet's constructor.
  const bytes = readFileSync('wasm/simd.wasm');
  const there = Engine.fromBytes(bytes);
  const resampler = new Resampler(there, { from: 44100, to: 48000 });
  expect(resampler.process([sine(4410, 0.1)])[0].length).toBeGreaterThan(4500);
  resampler.dispose();
});
