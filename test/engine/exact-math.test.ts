import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  amplitudeFromDecibels,
  besselI0,
  cosPi,
  exp,
  exponentOf,
  ln,
  power,
  powerOfTwo,
  sinc,
  sinPi,
} from '../../src/engine/exact-math.js';

function close(actual: number, expected: number, relative = 1e-15): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(relative * Math.abs(expected) + Number.MIN_VALUE);
}
const finite = (min: number, max: number) => fc.double({ min, max, noNaN: true });

describe('exact-math', () => {
  it('agrees with Math.sin and Math.cos to 1e-15 over several turns', () => {
    fc.assert(
      fc.property(finite(-4, 4), (x) => {
        // The argument of Math.sin carries the rounding of π·x, so the bound is absolute.
        expect(Math.abs(sinPi(x) - Math.sin(Math.PI * x))).toBeLessThan(3e-15);
        expect(Math.abs(cosPi(x) - Math.cos(Math.PI * x))).toBeLessThan(3e-15);
      }),
      { numRuns: 2000 },
    );
    fc.assert(fc.property(finite(1e-9, 0.25), (x) => close(sinPi(x), Math.sin(Math.PI * x), 5e-16)));
  });

  it('is exact where sine and cosine are', () => {
    for (let n = -8; n <= 8; n++) {
      expect(Math.abs(sinPi(n))).toBe(0);
      expect(cosPi(n)).toBe(n % 2 === 0 ? 1 : -1);
      expect(Math.abs(cosPi(n + 0.5))).toBe(0);
      expect(sinPi(n + 0.5)).toBe(n % 2 === 0 ? 1 : -1);
    }
    expect(sinPi(0.25)).toBe(cosPi(0.25));
    expect(sinc(0)).toBe(1);
    expect(Math.abs(sinc(3))).toBe(0);
  });

  it('is odd and even to the bit', () => {
    fc.assert(
      fc.property(finite(1e-300, 1000), (x) => {
        expect(sinPi(-x)).toBe(-sinPi(x));
        expect(cosPi(-x)).toBe(cosPi(x));
      }),
    );
  });

  it('agrees with Math.exp, log and pow', () => {
    fc.assert(fc.property(finite(-700, 700), (x) => close(exp(x), Math.exp(x))));
    fc.assert(fc.property(finite(1e-300, 1e300), (x) => close(ln(x), Math.log(x))));
    fc.assert(fc.property(finite(0.01, 100), finite(-10, 10), (x, y) => close(power(x, y), x ** y, 2e-14)));
    close(amplitudeFromDecibels(-130), 10 ** -6.5, 1e-14);
    expect(exp(0)).toBe(1);
    expect(ln(1)).toBe(0);
    expect(exp(1000)).toBe(Infinity);
    expect(exp(-1000)).toBe(0);
    close(exp(709.7), Math.exp(709.7), 1e-15);
  });

  it('takes exponents from the bits', () => {
    for (let n = -1022; n <= 1023; n++) {
      expect(powerOfTwo(n)).toBe(2 ** n);
      expect(exponentOf(2 ** n)).toBe(n);
    }
    expect(exponentOf(8 - 2 ** -50)).toBe(2);
  });

  it('computes the Bessel function of the tables', () => {
    // Abramowitz and Stegun, table 9.8, rounded as there.
    close(besselI0(1), 1.2660658777520084, 1e-15);
    close(besselI0(5), 27.239871823604442, 1e-15);
    close(besselI0(10), 2815.716628466254, 1e-15);
    expect(besselI0(0)).toBe(1);
  });
});
