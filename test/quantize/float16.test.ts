import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { type QuantizeKernels, quantizeKernels } from '../../src/quantize/_kernels.js';
import { float16Value, float16Values, leastFloat16, roundHalfEven } from '../reference/quantize.js';

let kernels: QuantizeKernels;
beforeAll(async () => {
  kernels = quantizeKernels(await Engine.load({ memory: 65536 }));
});

/** Magnitudes near float16 values and their midpoints, and any others. */
const magnitude = fc.oneof(
  fc.float({ min: 0, max: 70000, noNaN: true }),
  fc.float({ min: 0, max: Math.fround(1e-4), noNaN: true }),
  fc.float({ min: 0, noNaN: true }),
  fc
    .tuple(fc.integer({ min: 0, max: 0x7bfe }), fc.constantFrom(0, 0.5, 1), fc.integer({ min: -2, max: 2 }))
    .map(([bits, part, steps]) => {
      const x = float16Values[bits] + part * (float16Values[bits + 1] - float16Values[bits]);
      const word = new Float32Array([x]);
      new Int32Array(word.buffer)[0] = Math.max(0, new Int32Array(word.buffer)[0] + steps);
      return word[0];
    }),
);

describe('float16', () => {
  it('reads all 65536 codes as IEEE 754 says, the sign of zero included', () => {
    const codes = Array.from({ length: 65536 }, (_, bits) => bits);
    expect(codes.filter((bits) => !Object.is(kernels.float32FromFloat16(bits), float16Value(bits)))).toEqual([]);
  });

  it('gives every value its own code back, by either rounding', () => {
    const codes = Array.from({ length: 0x7c01 }, (_, bits) => bits);
    expect(codes.map((bits) => kernels.float16Above(float16Value(bits)))).toEqual(codes);
    expect(codes.map((bits) => kernels.float16Nearest(float16Value(bits)))).toEqual(codes);
    expect(codes.map((bits) => kernels.float16Nearest(-float16Value(bits)) - 0x8000)).toEqual(codes);
    expect(kernels.float16Nearest(Number.NaN) & 0x7fff).toBe(0x7e00);
  });

  it('rounds up to the least float16 that is not below', () => {
    fc.assert(
      fc.property(magnitude, (x) => {
        expect(kernels.float16Above(x)).toBe(leastFloat16(x));
      }),
      { numRuns: 5000 },
    );
  });

  it('rounds to the nearest float16, ties to the even code, and to infinity from 65520 on', () => {
    fc.assert(
      fc.property(magnitude, (x) => {
        // The grid goes on above 65504 in steps of 32: what rounds to 65536 is infinity.
        const grid = (bits: number) => (bits === 0x7c00 ? 65536 : float16Values[bits]);
        const above = leastFloat16(x);
        const below = Math.max(0, above - 1);
        const part = above === 0 ? 0 : (Math.min(x, 65536) - grid(below)) / (grid(above) - grid(below));
        expect(kernels.float16Nearest(x)).toBe(roundHalfEven(part + (below % 2)) - (below % 2) + below);
      }),
      { numRuns: 5000 },
    );
  });
});
