import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allocateBits, allocateBitsExactly } from '../../src/quantize/index.js';

/** All ways to give `total` bits or fewer to the bands; the least error. */
function exhaustive(errors: readonly (readonly number[])[], total: number, minimum: number, maximum: number): number {
  if (errors.length === 0) return total >= 0 ? 0 : Infinity;
  let least = Infinity;
  for (let bits = minimum; bits <= maximum && bits <= total; bits++) {
    least = Math.min(least, errors[0][bits] + exhaustive(errors.slice(1), total - bits, minimum, maximum));
  }
  return least;
}
const curveOf = (variance: number, most: number) => Array.from({ length: most + 1 }, (_, bits) => variance / 4 ** bits);
const variance = fc.oneof(fc.double({ min: 0, max: 100, noNaN: true }), fc.constantFrom(0, 1, 4, 16));

describe('allocateBits', () => {
  it('equals exhaustive search on up to six bands', () => {
    const problem = fc.record({
      variances: fc.array(variance, { minLength: 1, maxLength: 6 }),
      average: fc.integer({ min: 0, max: 12 }).map((n) => n / 4),
      minimum: fc.constantFrom(0, 1),
    });
    fc.assert(
      fc.property(problem, ({ variances, average, minimum }) => {
        const [maximum, bitsPerBand] = [5, Math.max(average, minimum)];
        const { bits, error } = allocateBits(variances, { bitsPerBand, minimum, maximum });
        const total = Math.floor(bitsPerBand * variances.length + 1e-9);
        expect(bits.reduce((sum, value) => sum + value)).toBe(Math.min(total, maximum * variances.length));
        expect(bits.every((value) => value >= minimum && value <= maximum)).toBe(true);
        const curves = variances.map((value) => curveOf(value, maximum));
        const best = exhaustive(curves, total, minimum, maximum);
        expect(error).toBeLessThanOrEqual(best * (1 + 1e-12));
        expect(curves.reduce((sum, curve, band) => sum + curve[bits[band]], 0)).toBeCloseTo(error, 9);
        expect(allocateBitsExactly(curves, { bitsPerBand, minimum, maximum }).error).toBeCloseTo(best, 12);
      }),
      { numRuns: 60 },
    );
  });

  it('follows reverse water-filling to the rounding of whole bits', () => {
    const variances = Array.from({ length: 64 }, (_, band) => 100 * 0.85 ** band);
    for (const bitsPerBand of [0.5, 1.3, 2.5, 4]) {
      const { bits } = allocateBits(variances, { bitsPerBand });
      const total = bits.reduce((sum, value) => sum + value);
      // The water level that spends as many bits, by bisection of its logarithm.
      let [low, high] = [-60, 20];
      const rate = (level: number, value: number) => Math.max(0, 0.5 * (Math.log2(value) - level));
      for (let i = 0; i < 100; i++) {
        const level = (low + high) / 2;
        if (variances.reduce((sum, value) => sum + rate(level, value), 0) > total) low = level;
        else high = level;
      }
      for (const [band, value] of variances.entries()) {
        expect(Math.abs(bits[band] - rate(low, value))).toBeLessThan(1);
      }
    }
  });

  it('gives out fractions of an average as whole bits, the first of equal bands first', () => {
    expect(allocateBits([1, 1, 1, 1], { bitsPerBand: 1.5 }).bits).toEqual([2, 2, 1, 1]);
    expect(allocateBits([1, 1, 1], { bitsPerBand: 4.1 / 3 }).bits).toEqual([2, 1, 1]);
    expect(allocateBits([0, 0], { bitsPerBand: 1 }).bits).toEqual([1, 1]);
  });
});

describe('allocateBitsExactly', () => {
  it('is the least there is for any errors, also such as rise, or fall late', () => {
    const curve = fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(
        fc.array(curve, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 0, max: 16 }),
        (errors, quarters) => {
          const options = { bitsPerBand: quarters / 4, maximum: 4 };
          const { bits, error } = allocateBitsExactly(errors, options);
          const total = Math.floor((quarters / 4) * errors.length);
          expect(error).toBeCloseTo(exhaustive(errors, total, 0, 4), 9);
          expect(errors.reduce((sum, list, band) => sum + list[bits[band]], 0)).toBeCloseTo(error, 9);
          expect(bits.reduce((sum, value) => sum + value)).toBeLessThanOrEqual(total);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('finds what a greedy search misses', () => {
    const errors = [
      [16, 9, 1],
      [4, 1, 0.25],
    ];
    expect(allocateBitsExactly(errors, { bitsPerBand: 1, maximum: 2 })).toEqual({ bits: [2, 0], error: 5 });
  });

  it('solves 64 bands of 16 bits', () => {
    const variances = Array.from({ length: 64 }, (_, band) => 100 * 0.8 ** band);
    const curves = variances.map((value) => curveOf(value, 16));
    const exact = allocateBitsExactly(curves, { bitsPerBand: 4 });
    expect(exact.error).toBeCloseTo(allocateBits(variances, { bitsPerBand: 4 }).error, 9);
  });
});

describe('wrong arguments', () => {
  it('are refused by name', () => {
    expect(() => allocateBits([], { bitsPerBand: 1 })).toThrow(/variances expected/);
    expect(() => allocateBits([1, Number.NaN], { bitsPerBand: 1 })).toThrow(/variances\[1\]/);
    expect(() => allocateBits([1, -1], { bitsPerBand: 1 })).toThrow(/variances\[1\]/);
    expect(() => allocateBits([1], { bitsPerBand: 1, minimum: 2 })).toThrow(/bitsPerBand/);
    expect(() => allocateBits([1], { bitsPerBand: 1, maximum: 40 })).toThrow(/maximum/);
    expect(() => allocateBitsExactly([[1, 2]], { bitsPerBand: 1 })).toThrow(
      /errors\[0\]\.length expected 17 or more, got 2/,
    );
    expect(() => allocateBitsExactly(new Array(65).fill([1, 0]), { bitsPerBand: 1, maximum: 1 })).toThrow(
      /errors\.length/,
    );
  });
});
