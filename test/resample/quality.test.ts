import { beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { fitTone, power, tone } from '../../src/measure/tone.js';
import { Pipeline } from '../../src/pipeline/index.js';
import type { Quality } from '../../src/resample/quality.js';
import { Resampler } from '../../src/resample/resampler.js';
import { benchOf } from './_bench.js';

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load();
});

const latencyOf = (quality: Quality, from = 44100, to = 48000) => {
  const resampler = new Resampler(engine, { from, to, quality });
  resampler.dispose();
  return resampler.latency.numerator / resampler.latency.denominator;
};

describe('a filter by its figures', () => {
  it.each([
    [0.8, 0.9, 100],
    [0.9, 1, 60],
    [0.95, 1, 120],
    [0.6, 1, 40],
    [0.9, 1, 145],
    [0.9, 1.1, 90],
  ])('passes up to %f and attenuates from %f by %f dB', (passband, stopband, attenuationDecibels) => {
    const quality = { passband, stopband, attenuationDecibels };
    const device = benchOf(engine, { from: 48000, to: 16000, quality });
    // A tone of the input at a fraction of the lower Nyquist frequency, 8 kHz.
    const send = (frequency: number) => device.run(Float32Array.from(tone(24000, (frequency * 8000) / 48000, 0.9)));
    const middle = [2000, 6000] as const;
    const ripple = 2 * 10 ** (-attenuationDecibels / 20);
    for (let i = 1; i <= 12; i++) {
      const frequency = (passband * i) / 12;
      const { amplitude } = fitTone(send(frequency), frequency / 2, ...middle);
      expect(Math.abs(amplitude / 0.9 - 1), `gain at ${frequency}`).toBeLessThan(ripple + 1e-7);
    }
    for (let i = 0; i <= 12; i++) {
      // Clear of the frequencies that fold back on themselves.
      const frequency = Math.max(stopband, stopband + ((1.99 - stopband) * i) / 12) + 0.003;
      const decibels = 10 * Math.log10(0.9 ** 2 / 2 / power(send(frequency), ...middle));
      expect(decibels, `attenuation at ${frequency}`).toBeGreaterThan(attenuationDecibels);
    }
    device.dispose();
  });

  it('is no longer than it has to be', () => {
    expect(latencyOf({ passband: 0.9, stopband: 1, attenuationDecibels: 60 })).toBeLessThan(0.001);
    expect(latencyOf({ passband: 0.8, stopband: 1, attenuationDecibels: 98 })).toBeLessThan(latencyOf('voice'));
  });
});

describe('a filter by its latency', () => {
  it('is the best preset that fits', () => {
    for (const [milliseconds, quality] of [
      [1000, 'archive'],
      [4.6, 'archive'],
      [4.5, 'high'],
      [3.45, 'high'],
      [3.4, 'medium'],
      [1.6, 'voice'],
    ] as const) {
      expect(latencyOf({ maxLatencySeconds: milliseconds / 1000 }), `${milliseconds} ms`).toBe(latencyOf(quality));
    }
  });

  it('is a shorter filter of 98 dB where no preset fits, and never later than asked', () => {
    for (const milliseconds of [0.6, 0.9, 1.4]) {
      const quality = { maxLatencySeconds: milliseconds / 1000 };
      const latency = latencyOf(quality);
      expect(latency).toBeLessThanOrEqual(milliseconds / 1000);
      // Half-widths come in steps of eight frames.
      expect(latency).toBeGreaterThan(milliseconds / 1000 - 8 / 44100);
      const device = benchOf(engine, { from: 48000, to: 44100, quality });
      const output = device.run(Float32Array.from(tone(8000, 0.48, 0.9)));
      expect(10 * Math.log10(0.9 ** 2 / 2 / power(output, 2000, 5000))).toBeGreaterThan(98);
      device.dispose();
    }
  });

  it('says what the shortest latency is where that is more than asked', () => {
    expect(() => latencyOf({ maxLatencySeconds: 0.0001 })).toThrow(
      /quality.maxLatencySeconds expected at least 0\.000\d+ s for these rates/,
    );
    expect(() => latencyOf({ maxLatencySeconds: 0.001 }, 48000, 4000)).toThrow('expected at least');
    const least = latencyOf({ maxLatencySeconds: 0.0004 });
    expect(latencyOf({ maxLatencySeconds: least })).toBe(least);
  });
});

it.each([
  [{ passband: 0.9, stopband: 0.8, attenuationDecibels: 100 }, 'quality.stopband'],
  [{ passband: 0, stopband: 1, attenuationDecibels: 100 }, 'quality.passband'],
  [{ passband: 0.9, stopband: 1, attenuationDecibels: 180 }, 'quality.attenuationDecibels'],
  [{ passband: 0.9, stopband: 0.9001, attenuationDecibels: 100 }, 'at most 16384 periods'],
  [{ passband: 0.9, stopband: 1 }, 'quality.attenuationDecibels expected a number'],
  [{ passband: 0.9, stopband: 1, attenuationDecibels: 90, ripple: 1 }, "no option 'ripple'"],
  [{ maxLatencySeconds: 0 }, 'quality.maxLatencySeconds'],
  [{ maxLatencySeconds: 1, passband: 0.9 }, "no option 'passband'"],
  [{ maxLatencySeconds: Number.NaN }, 'quality.maxLatencySeconds'],
  [7, 'quality expected one of'],
])('refuses the quality %o', (quality, message) => {
  const { free } = engine.memory;
  expect(() => new Resampler(engine, { from: 44100, to: 48000, quality: quality as Quality })).toThrow(message);
  expect(engine.memory.free).toBe(free);
});

it('travels with a pipeline, whose samples have to be of the same kind', () => {
  const chain = Pipeline.from({ sampleRate: 44100 }).resample({ to: 48000, quality: { maxLatencySeconds: 0.0025 } });
  const pipeline = chain.build(engine);
  const again = Pipeline.fromJSON(JSON.parse(JSON.stringify(pipeline.toJSON()))).build(engine);
  expect(again.latency).toEqual(pipeline.latency);
  expect(latencyOf({ maxLatencySeconds: 0.0025 })).toBe(pipeline.latency.numerator / pipeline.latency.denominator);
  pipeline.dispose();
  again.dispose();
  const { free } = engine.memory;
  expect(() => Pipeline.from({ sampleRate: 1 }).resample({ to: 2, quality: 'reference' }).build(engine)).toThrow(
    'the input gives f32 frames at 1 Hz, 1 channel, but resample 1→2 Hz takes f64 frames',
  );
  expect(engine.memory.free).toBe(free);
});
