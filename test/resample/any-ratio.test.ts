/** Ratios whose phases no table of reasonable size holds: the same promises, by interpolated coefficients. */
import { beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { aliasRejection, imageRejection, signalToNoise } from '../../src/measure/resampler.js';
import { backlog, chunkInvariance, impulse } from '../../src/measure/resampler-timing.js';
import { resampleKernels } from '../../src/resample/_kernels.js';
import { presets, QUALITIES } from '../../src/resample/presets.js';
import { Resampler } from '../../src/resample/resampler.js';
import { type RationalLike, toRate } from '../../src/stage/rational.js';
import { resampleReference } from '../reference/resampler.js';
import { benchOf } from './_bench.js';
import { promises } from './_promises.js';

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load();
});

const PAIRS = [
  [44100, 47999],
  [48000, 44099],
  [100_003, 10_007],
] as const;

const noise = (frames: number) =>
  Float32Array.from({ length: frames }, (_, n) => ((n * 7919 + ((n * n) % 1013)) % 1009) / 1009 - 0.5);

/** ⌈n·to/from⌉ in whole numbers. */
function exactLength(frames: number, from: RationalLike, to: RationalLike): number {
  const [a, b] = [toRate('from', from), toRate('to', to)];
  const top = BigInt(frames) * BigInt(b.numerator) * BigInt(a.denominator);
  const bottom = BigInt(b.denominator) * BigInt(a.numerator);
  return Number((top + bottom - 1n) / bottom);
}

describe('any ratio', () => {
  it('agrees with a windowed sinc summed in float64 to float32 accuracy', () => {
    for (const [from, to] of PAIRS) {
      const input = noise(3000);
      const output = benchOf(engine, { from, to, quality: 'archive' }).run(input);
      // In whole steps of eight input frames, as for ratios that have a table.
      const halfWidth = Math.ceil((presets.archive.halfWidthPeriods * Math.max(1, from / to)) / 8) * 8;
      const [first, last] = [Math.floor(output.length / 2), Math.floor(output.length / 2) + 40];
      // Every output of its instants is within the filter's reach of the input's middle: no end plays a part.
      const expected = resampleReference({ from, to, ...presets.archive, halfWidth }, input, first, last);
      let error = 0;
      let power = 0;
      expected.forEach((value, index) => {
        error += (output[first + index] - value) ** 2;
        power += value ** 2;
      });
      expect(Math.sqrt(error / power), `${from} to ${to}`).toBeLessThan(1e-7);
    }
  });

  it.each(QUALITIES)('keeps the promises of %s', (quality) => {
    const frames = quality === 'reference' ? 2048 : 4096;
    const up = benchOf(engine, { from: 44100, to: 47999, quality });
    expect(signalToNoise(up, { frames }).decibels).toBeGreaterThan(promises[quality].signalToNoise);
    expect(imageRejection(up, { frames }).decibels).toBeGreaterThan(promises[quality].rejection);
    const down = benchOf(engine, { from: 48000, to: 44099, quality });
    expect(aliasRejection(down, { frames }).decibels).toBeGreaterThan(promises[quality].rejection);
    up.dispose();
    down.dispose();
  });

  it('puts impulses where they belong, as late as it reports, the same bits for every chunking', () => {
    for (const [from, to] of PAIRS) {
      const device = benchOf(engine, { from, to, quality: 'voice' });
      expect(Math.abs(impulse(device).offsetFrames)).toBeLessThan(1e-6);
      expect(backlog(device, { frames: 3000 }).latencySeconds).toBeCloseTo(device.latencySeconds, 15);
      for (const { chunk, firstDifference } of chunkInvariance(device)) {
        expect(firstDifference, `chunks of ${chunk}`).toBeNull();
      }
      device.dispose();
    }
  });

  it('gives exactly ceil(n·to/from) frames, whatever the terms of the ratio', () => {
    const pairs: readonly (readonly [RationalLike, RationalLike])[] = [
      ...PAIRS,
      [1, Math.SQRT2],
      [48000, 48000 * 1.0006],
      [44100.12345678912, Math.PI * 1e4],
      [
        { numerator: 2 ** 53 - 1, denominator: 2 ** 40 - 87 },
        { numerator: 2 ** 53 - 111, denominator: 2 ** 40 - 167 },
      ],
    ];
    for (const [from, to] of pairs) {
      const resampler = new Resampler(engine, { from, to, quality: 'voice' });
      for (const frames of [0, 1, 2, 3, 7, 10, 147, 1000, 4096]) {
        const [body] = resampler.process([new Float32Array(frames)]);
        const [end] = resampler.flush();
        expect(body.length + end.length).toBe(exactLength(frames, from, to));
      }
      resampler.dispose();
    }
  });

  it('treats every channel like a mono stream, and replaces what is not finite', () => {
    for (const quality of ['archive', 'reference'] as const) {
      const ArrayOf = quality === 'reference' ? Float64Array : Float32Array;
      const planes = Array.from({ length: 3 }, (_, channel) => ArrayOf.from(noise(900 + channel).subarray(channel)));
      const options = { from: 44100, to: 47999, quality };
      const together = new Resampler<Float32Array | Float64Array>(engine, { ...options, channels: 3 });
      const alone = new Resampler<Float32Array | Float64Array>(engine, options);
      const dirty = planes.map((plane) => plane.slice());
      dirty[1][300] = Number.NaN;
      dirty[2][301] = -Infinity;
      planes[1][300] = 0;
      planes[2][301] = 0;
      const bodies = together.process(dirty);
      const ends = together.flush();
      planes.forEach((plane, channel) => {
        expect(bodies[channel]).toEqual(alone.process([plane])[0]);
        expect(ends[channel]).toEqual(alone.flush()[0]);
      });
      expect(together.faults).toBe(2);
      together.dispose();
      alone.dispose();
    }
  });

  it('counts its instants in whole numbers: after millions of outputs, each in its exact place', () => {
    const { memory, buffer } = engine;
    const kernels = resampleKernels(engine);
    const [most, up, down] = [4096, 9_007_199_254_740_881, 8_444_249_301_319_680];
    const records = memory.allocate(24 * most);
    const state = memory.allocate(80);
    const integers = new Int32Array(buffer, state, 20).fill(0);
    const places = new Int32Array(buffer, records, 6 * most);
    const fractions = new Float64Array(buffer, records, 3 * most);
    let passed = 0n;
    const runs = 500;
    for (let run = 0; run < runs; run++) {
      expect(kernels.constantPositions(records, state, up, down, 1, 2 ** 30, most)).toBe(most);
      const k = BigInt(run) * BigInt(most) + BigInt(most - 1);
      const exact = k * BigInt(down);
      expect(passed + BigInt(places[6 * (most - 1)])).toBe(exact / BigInt(up));
      expect(fractions[3 * (most - 1) + 1]).toBe(Number(exact % BigInt(up)) / up);
      passed += BigInt(integers[18]);
    }
    memory.release(records);
    memory.release(state);
  });

  it('knows what input it needs a year on, to the frame', () => {
    const [from, to] = [44100.12345678912, Math.PI * 1e4];
    const resampler = new Resampler(engine, { from, to, quality: 'voice' });
    const { input, output } = resampler.period as { input: number; output: number };
    const halfWidth = resampler.inputNeeded(1) - 1;
    for (const k of [10 ** 6, 31_415 * 86_400 * 366, 2 ** 52]) {
      const expected = (BigInt(k) * BigInt(input)) / BigInt(output) + BigInt(halfWidth) + 1n;
      expect(BigInt(resampler.inputNeeded(k + 1))).toBe(expected);
    }
    resampler.dispose();
  });

  it('keeps a constant constant at the widest ratios, fixed or varying', () => {
    for (const [from, to, frames] of [
      [1, 255.9, 700],
      [255.9, 1, 120_000],
    ]) {
      for (const varying of [{}, { minRatio: 1 / 256, maxRatio: 256 }]) {
        const resampler = new Resampler(engine, { from, to, quality: 'voice', ...varying });
        const [body] = resampler.process([new Float32Array(frames).fill(0.5)]);
        const output = [...body, ...resampler.flush()[0]];
        expect(output.length).toBe(exactLength(frames, from, to));
        const middle = output.slice(Math.floor(output.length * 0.45), Math.ceil(output.length * 0.55));
        // The phases' gains differ by what the stop band lets through.
        for (const value of middle) expect(Math.abs(value - 0.5)).toBeLessThan(1e-5);
        resampler.dispose();
      }
    }
  });

  it('gives all memory back', () => {
    const { free } = engine.memory;
    const first = new Resampler(engine, { from: 44100, to: 47999 });
    const second = new Resampler(engine, { from: 48000, to: 44099 });
    first.dispose();
    second.process([new Float32Array(500)]);
    second.dispose();
    expect(engine.memory.free).toBe(free);
    const small = engine.fresh({ memory: 2 ** 18 });
    const { free: little } = small.memory;
    expect(() => new Resampler(small, { from: 44100, to: 47999 })).toThrow('bytes were asked for');
    expect(small.memory.free).toBe(little);
  });
});
