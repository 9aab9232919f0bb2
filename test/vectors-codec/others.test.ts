import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { trainCodebook, VectorCodec, type VectorOptions } from '../../src/vectors/index.js';
import { dot, gaussian, readCodes } from '../reference/vectors.js';

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load({ memory: 2 ** 25 });
});

/** Signal to error in dB, of the values that `which` chooses. */
function decibels(x: Float32Array, decoded: Float32Array, which: (i: number) => boolean = () => true): number {
  let [signal, error] = [0, 0];
  for (const [i, value] of x.entries()) {
    if (!which(i)) continue;
    signal += value ** 2;
    error += (value - decoded[i]) ** 2;
  }
  return 10 * Math.log10(signal / error);
}

function coded(options: VectorOptions, x: Float32Array): Float32Array {
  const codec = new VectorCodec(engine, options);
  const decoded = codec.decode(codec.encode(x));
  codec.dispose();
  return decoded;
}

/** Two of 128 channels twenty times as loud as the others, in different blocks of up to 32 values. */
const HOT = [10, 40];
const isHot = (i: number) => HOT.includes(i % 128);
const hotChannels = () => gaussian(128 * 2000, 5).map((value, i) => (isHot(i) ? 20 * value : value));

describe('saw-int4', () => {
  it('has the figures of the literature for two hot channels of 128', () => {
    const x = hotChannels();
    const base = { codec: 'saw-int4', dimension: 128 } as const;
    const without = coded({ ...base, rotation: 'none' }, x);
    expect(decibels(x, without)).toBeCloseTo(12.8, 0);
    expect(Math.abs(decibels(x, without, (i) => !isHot(i)) - 4.2)).toBeLessThan(1);
    for (const [rotationSize, expected] of [
      [16, 19.2],
      [32, 21.1],
      [64, 21.1],
      [128, 22.7],
    ]) {
      const found = decibels(x, coded({ ...base, rotationSize }, x));
      expect(Math.abs(found - expected), `${rotationSize}: ${found}`).toBeLessThan(1);
    }
    const turned = coded({ ...base, rotationSize: 128 }, x);
    expect(Math.abs(decibels(x, turned, (i) => !isHot(i)) - 14.1)).toBeLessThan(1);
  });

  it('codes each value as the nearest of 16 steps from the least to the largest', () => {
    const codec = new VectorCodec(engine, { codec: 'saw-int4', dimension: 48, rotation: 'none' });
    fc.assert(
      fc.property(
        fc.array(fc.float({ min: Math.fround(-1e20), max: Math.fround(1e20), noNaN: true }), {
          minLength: 48,
          maxLength: 48,
        }),
        (list) => {
          const x = Float32Array.from(list);
          const bytes = codec.encode(x);
          const [low, high] = [Math.min(...x), Math.max(...x)];
          const step = (high - low) / 15;
          for (const [i, code] of readCodes(bytes, 8, 48, 4).entries()) {
            const exact = step > 1e-30 ? (x[i] - low) / step : 0;
            expect(Math.abs(code - exact)).toBeLessThan(0.5001);
          }
          for (const [i, value] of codec.decode(bytes).entries()) {
            expect(Math.abs(value - x[i])).toBeLessThanOrEqual(step * 0.5001 + 1e-29);
          }
        },
      ),
    );
    codec.dispose();
  });
});

describe('rotations for outliers', () => {
  it('dealing hot channels out to blocks is better than blocks as they are, where they stand together', () => {
    const together = [64, 65, 70, 80];
    const hot = (i: number) => together.includes(i % 128);
    const x = gaussian(128 * 1000, 6).map((value, i) => (hot(i) ? 20 * value : value));
    const base = { codec: 'saw-int4', dimension: 128, rotationSize: 32 } as const;
    const channelMagnitudes = Array.from({ length: 128 }, (_, i) => (hot(i) ? 20 : 1));
    const blocks = decibels(x, coded(base, x));
    const dealt = decibels(x, coded({ ...base, rotation: 'outlier', channelMagnitudes }, x));
    const whole = decibels(x, coded({ ...base, rotationSize: 128 }, x));
    expect(dealt).toBeGreaterThan(blocks + 4);
    // One hot channel to a block: all of its values are then about as large. A rotation of all mixes four of them.
    expect(dealt).toBeGreaterThan(whole + 1);
  });

  it('scaling channels before the rotation saves the quiet ones', () => {
    const x = hotChannels();
    const channelScales = Array.from({ length: 128 }, (_, i) => (isHot(i) ? 20 : 1));
    const quiet = (options: VectorOptions) => decibels(x, coded(options, x), (i) => !isHot(i));
    for (const codec of ['eden', 'saw-int4', 'e8'] as const) {
      const base = { codec, dimension: 128, bits: 4 };
      expect(quiet({ ...base, channelScales })).toBeGreaterThan(quiet(base) + 5);
    }
  });

  it.each(['none', 'hadamard', 'outlier'] as const)(
    '%s with scales comes back with the error of the codes alone',
    (rotation) => {
      const x = gaussian(96 * 50);
      const magnitudes = Array.from({ length: 96 }, (_, i) => 2 ** (i % 7));
      const scaled = x.map((value, i) => value * magnitudes[i % 96]);
      const options = {
        codec: 'eden',
        dimension: 96,
        bits: 8,
        rotation,
        channelScales: magnitudes,
        ...(rotation === 'outlier' && { channelMagnitudes: magnitudes }),
      } as const;
      expect(decibels(scaled, coded(options, scaled))).toBeGreaterThan(36);
    },
  );
});

describe('octopus', () => {
  it('errs as computed with direction search: more than scalar levels at the same bits', () => {
    const x = gaussian(128 * 2000);
    for (const [i, error] of [0.126, 0.036, 0.0097].entries()) {
      const bits = i + 2;
      const found = 10 ** (-decibels(x, coded({ codec: 'octopus', dimension: 128, bits }, x)) / 10);
      expect(found, `${bits} bits`).toBeGreaterThan(0.95 * error);
      expect(found, `${bits} bits`).toBeLessThan(1.08 * error);
      const scalar = 10 ** (-decibels(x, coded({ codec: 'eden', dimension: 128, bits }, x)) / 10);
      expect(found).toBeGreaterThan(scalar);
    }
  });

  it('codes what is left of a dimension that is no multiple of three as levels', () => {
    for (const dimension of [16, 32, 48, 64]) {
      const x = gaussian(dimension * 100);
      expect(decibels(x, coded({ codec: 'octopus', dimension, bits: 4 }, x))).toBeGreaterThan(19);
    }
  });
});

describe('itq3s', () => {
  it('has three levels at 1.6875 bits and eight at 3.0625, with the errors computed for them', () => {
    const x = gaussian(256 * 1000);
    for (const [bits, all, error] of [
      [1.625, 1.6875, 0.1902],
      [3, 3.0625, 0.0345],
    ]) {
      const codec = new VectorCodec(engine, { codec: 'itq3s', dimension: 256, bits });
      expect(codec.bitsPerSample).toBe(all);
      const found = 10 ** (-decibels(x, codec.decode(codec.encode(x))) / 10);
      expect(Math.abs(found / error - 1), `${found}`).toBeLessThan(0.02);
      codec.dispose();
    }
  });

  it('errs as much after the rotation back as before: it keeps lengths', () => {
    const spikes = new Float32Array(512);
    spikes[3] = 100;
    spikes[300] = -7;
    for (const bits of [1.625, 3]) {
      const decoded = coded({ codec: 'itq3s', dimension: 512, bits, rotationBlocks: 2 }, spikes);
      expect(decibels(spikes, decoded)).toBeGreaterThan(bits === 3 ? 13 : 6.5);
    }
  });
});

describe('codebooks', () => {
  it('of two channels at 1 bit each gain what the channels have in common', () => {
    for (const [correlation, expected] of [
      [0, 4.43],
      [0.9, 7.93],
      [0.99, 9.14],
    ]) {
      const noise = gaussian(40_000, 3);
      const other = Math.sqrt(1 - correlation ** 2);
      const x = noise.map((value, i) => (i % 2 === 1 ? correlation * noise[i - 1] + other * value : value));
      const codebook = trainCodebook(x.subarray(0, 20_000), { groupSize: 2, entries: 4 });
      const found = decibels(x, coded({ codec: 'cq', dimension: 4, bits: 1, codebook }, x));
      expect(Math.abs(found - expected), `${found}`).toBeLessThan(0.15);
    }
  });

  it('choose the nearest entry, each group from its own where there are as many', () => {
    const x = gaussian(6 * 400);
    const codebook = gaussian(2 * 4 * 3, 9);
    const codec = new VectorCodec(engine, { codec: 'cq', dimension: 12, groupSize: 3, bits: 1 / 3, codebook });
    const decoded = codec.decode(codec.encode(x));
    for (let at = 0; at < x.length; at += 3) {
      const own = 6 * ((at / 3) % 4);
      const distances = [own, own + 3].map((entry) =>
        [0, 1, 2].reduce((sum, i) => sum + (x[at + i] - codebook[entry + i]) ** 2, 0),
      );
      const entry = distances[1] < distances[0] ? own + 3 : own;
      expect([...decoded.subarray(at, at + 3)]).toEqual([...codebook.subarray(entry, entry + 3)]);
    }
    codec.dispose();
  });

  it('are refused where they do not fit, and training where it has nothing to train with', () => {
    const codebook = new Float32Array(8);
    expect(() => new VectorCodec(engine, { codec: 'cq', dimension: 4, bits: 1 })).toThrow(TypeError);
    expect(() => new VectorCodec(engine, { codec: 'cq', dimension: 4, bits: 2, codebook })).toThrow(RangeError);
    expect(() => new VectorCodec(engine, { codec: 'gsq', dimension: 16, bits: 3 })).toThrow(/codebook/);
    expect(() => trainCodebook(new Float32Array(7), { groupSize: 2, entries: 2 })).toThrow(RangeError);
    expect(() => trainCodebook(new Float32Array(4), { groupSize: 2, entries: 4 })).toThrow(RangeError);
    expect(() => trainCodebook(Float32Array.of(1, NaN, 1, 1), { groupSize: 2, entries: 2 })).toThrow(RangeError);
  });

  it('of directions have length 1, and serve gsq: 4 values at 2 bits and a gain', () => {
    const x = gaussian(64 * 400);
    const directions = trainCodebook(x, { groupSize: 4, entries: 16, directions: true });
    for (let at = 0; at < directions.length; at += 4) {
      expect(dot(directions.subarray(at, at + 4), directions.subarray(at, at + 4))).toBeCloseTo(1, 5);
    }
    // 11.9 dB in the literature; directions trained for the sphere do better.
    expect(decibels(x, coded({ codec: 'gsq', dimension: 64 }, x))).toBeGreaterThan(11.9);
    expect(decibels(x, coded({ codec: 'gsq', dimension: 64, bits: 1, codebook: directions }, x))).toBeGreaterThan(5.5);
  });
});
