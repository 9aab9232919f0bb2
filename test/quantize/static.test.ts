import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { BlockCodec, percentileScale, Requantizer } from '../../src/quantize/index.js';
import { roundHalfEven, snr } from '../reference/quantize.js';
import { elements, packScaled } from '../reference/scaled.js';
import { hexOf, withCodec } from './_oracle.js';
import { gaussian, student } from './_signals.js';

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load({ memory: 2 ** 21 });
});

describe('static integers', () => {
  it('are a byte a sample and nothing else: x over the scale, rounded and held', () => {
    const x = student(1600);
    const tensorScale = Math.fround(percentileScale(x, 8, 99));
    withCodec(engine, { format: 'int8', scaleFormat: 'none', tensorScale }, (codec) => {
      expect(codec.bitsPerSample).toBe(8);
      const bytes = codec.encode(x);
      const factor = Math.fround(1 / tensorScale);
      const codes = Array.from(x, (value) => roundHalfEven(Math.max(-127, Math.min(127, Math.fround(value * factor)))));
      expect([...new Int8Array(bytes.buffer)]).toEqual(codes);
      expect([...codec.decode(bytes)].map((value) => value + 0)).toEqual(
        codes.map((code) => Math.fround(code * tensorScale) + 0),
      );
      expect(codec.saturated).toBeGreaterThan(0);
    });
  });

  it('hold one in a thousand samples under the 99.9th percentile, and have the rest of them finer for it', () => {
    const x = student(100_000);
    const figure = (percentile: number) => {
      const tensorScale = percentileScale(x, 8, percentile);
      const beyond = x.filter((value) => Math.abs(value) > tensorScale * 127).length;
      const y = withCodec(engine, { format: 'int8', scaleFormat: 'none', tensorScale }, (codec) =>
        codec.decode(codec.encode(x)),
      );
      const few = (z: Float32Array) => z.filter((_, i) => Math.abs(x[i]) < 3);
      return { beyond, snr: snr(x, y), quiet: snr(few(x), few(y)) };
    };
    expect(figure(99.9).beyond).toBe(100);
    expect(figure(100).beyond).toBe(0);
    // What is not held comes back with less noise; what is held costs more than that on tails like these.
    expect(figure(99.9).quiet).toBeGreaterThan(figure(100).quiet + 10);
    expect(figure(99.99).snr).toBeLessThan(figure(100).snr);
  });

  it('cost what their bits say, at any width, and are made for 1.0 unless told otherwise', () => {
    const x = gaussian(3200).map((value) => value / 6);
    for (const bits of [2, 4, 5, 8]) {
      withCodec(engine, { format: `int${bits}`, scaleFormat: 'none' }, (codec) => {
        expect(codec.bitsPerSample).toBe(bits);
        expect(codec.tensorScale).toBe(Math.fround(1 / (2 ** (bits - 1) - 1)));
        expect(codec.encode(x).length).toBe((3200 * bits) / 8);
        expect(codec.decode(new Uint8Array(3200)).every(Number.isFinite)).toBe(true);
      });
    }
  });

  it('refuse a scale rule, and signals that have no percentile', () => {
    expect(() => new BlockCodec(engine, { format: 'int8', scaleFormat: 'none', scaleRule: 'ceil' })).toThrow(
      /scaleRule expected none/,
    );
    expect(() => percentileScale(new Float32Array(10), 8)).toThrow(
      /x expected samples whose 99.9th percentile is above 0/,
    );
    expect(() => percentileScale(gaussian(10), 9)).toThrow(RangeError);
    expect(() => percentileScale(gaussian(10), 8, 101)).toThrow(RangeError);
  });
});

describe('4-bit floats under powers of two', () => {
  const exponentOf = (x: number) => Math.floor(Math.log2(x));

  it('M1: every scale is the power of two above amax/6', () => {
    const x = gaussian(16 * 200);
    withCodec(engine, { format: 'nvfp4', scaleFormat: 'e8m0', scaleRule: 'rceil', tensorScale: 1 }, (codec) => {
      const bytes = codec.encode(x);
      for (let block = 0; block < 200; block++) {
        const amax = Math.max(...x.subarray(16 * block, 16 * block + 16).map(Math.abs));
        expect(bytes[9 * block] - 127).toBe(Math.ceil(Math.log2(amax / 6)) + 0);
      }
      expect(snr(x, codec.decode(bytes))).toBeGreaterThan(17.5);
    });
  });

  it('M2: every scale is the largest of the frame over a power of two, and that one itself', () => {
    const x = gaussian(16 * 200).map((value) => value * 1.37);
    withCodec(engine, { format: 'nvfp4', scaleFormat: 'e8m0', scaleRule: 'rceil', tensorScale: 'frame' }, (codec) => {
      const bytes = codec.encode(x);
      const largest = Math.max(...x.map(Math.abs));
      expect(new DataView(bytes.buffer).getFloat32(0, true)).toBe(Math.fround(largest / 6));
      let most = 0;
      for (let block = 0; block < 200; block++) {
        const amax = Math.max(...x.subarray(16 * block, 16 * block + 16).map(Math.abs));
        const code = bytes[4 + 9 * block];
        most = Math.max(most, code);
        expect(127 - code).toBe(exponentOf((largest / amax) * (1 + 2e-7)));
      }
      expect(most).toBe(127);
      const decoded = codec.decode(bytes);
      const at = x.findIndex((value) => Math.abs(value) === largest);
      // The largest sample is a grid value, to the rounding of its scale.
      expect(Math.abs(decoded[at] / x[at] - 1)).toBeLessThan(1e-6);
    });
  });

  it('hold at any level float32 has, silence included', () => {
    for (const tensorScale of [1, 2 ** -60, 2 ** 60, 'frame'] as const) {
      withCodec(engine, { format: 'nvfp4', scaleFormat: 'e8m0', tensorScale }, (codec) => {
        for (const exponent of [-140, -100, -30, 0, 30, 100]) {
          const decoded = codec.decode(codec.encode(gaussian(64).map((value) => value * 2 ** exponent)));
          expect(decoded.every(Number.isFinite), `${tensorScale}, ${exponent}`).toBe(true);
        }
        expect(codec.decode(codec.encode(new Float32Array(32))).every((value) => value === 0)).toBe(true);
      });
    }
  });

  it('without a tensor scale other than one are those of MX in blocks of 16', () => {
    const x = gaussian(320);
    const bytes = withCodec(
      engine,
      { format: 'nvint4', scaleFormat: 'e8m0', tensorScale: 1, scaleRule: 'rceil' },
      (codec) => codec.encode(x),
    );
    const other = withCodec(
      engine,
      { format: 'int4', blockSize: 16, scaleFormat: 'e8m0', scaleRule: 'rceil' },
      (codec) => codec.encode(x),
    );
    expect(hexOf(bytes)).toBe(hexOf(other));
    expect(elements.int4.bits).toBe(4);
    expect(packScaled({ scales: [1], codes: new Array(16).fill(0), decoded: new Float32Array(16) }, 4).length).toBe(9);
  });
});

describe('Requantizer', () => {
  it('is (x·b + 2^(c−1)) >> c in whole numbers, held, for any ratio and any values', () => {
    const ratio = fc.oneof(
      fc.double({ min: 2 ** -30, max: 4, noNaN: true }),
      fc.double({ min: 1, max: 2 ** 29, noNaN: true }),
    );
    const values = fc.array(fc.oneof(fc.integer(), fc.integer({ min: -1000, max: 1000 })), { maxLength: 50 });
    fc.assert(
      fc.property(ratio, values, fc.integer({ min: 2, max: 32 }), (factor, list, bits) => {
        const requantizer = new Requantizer(engine, { ratio: factor, bits });
        const { multiplier, shift } = requantizer;
        expect(Math.abs(multiplier / 2 ** shift / factor - 1)).toBeLessThanOrEqual(2 ** -30);
        const most = 2n ** BigInt(bits - 1) - 1n;
        const expected = list.map((value) => {
          const scaled = (BigInt(value) * BigInt(multiplier) + 2n ** BigInt(shift - 1)) >> BigInt(shift);
          return Number(scaled > most ? most : scaled < -most ? -most : scaled);
        });
        expect([...requantizer.process(Int32Array.from(list))]).toEqual(expected);
        requantizer.dispose();
      }),
    );
  });

  it('works in place, over more than a chunk, and refuses what is no int32 array', () => {
    const requantizer = new Requantizer(engine, { ratio: 0.5, bits: 16 });
    const x = Int32Array.from({ length: 10_000 }, (_, i) => i - 5000);
    expect(requantizer.process(x, x)).toBe(x);
    expect([...x.subarray(0, 3), x[9999]]).toEqual([-2500, -2499, -2499, 2500]);
    expect(() => requantizer.process([1] as unknown as Int32Array)).toThrow(TypeError);
    expect(() => requantizer.process(x, new Int32Array(1))).toThrow(RangeError);
    expect(() => new Requantizer(engine, { ratio: 0 })).toThrow(/ratio expected/);
    requantizer.dispose();
    expect(() => requantizer.process(x)).toThrow(/dispose/);
  });
});
