import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  add,
  compare,
  divide,
  equal,
  format,
  lcm,
  multiply,
  ratio,
  subtract,
  toNumber,
  toRate,
  toRational,
} from '../../src/stage/rational.js';

const part = fc.integer({ min: 1, max: 2 ** 24 });
const rational = fc
  .tuple(fc.integer({ min: -(2 ** 24), max: 2 ** 24 }), part)
  .map(([top, bottom]) => ratio(top, bottom));

describe('Rational', () => {
  it('reads the rates people write', () => {
    expect(toRational('rate', 44100)).toEqual({ numerator: 44100, denominator: 1 });
    expect(toRational('rate', 0.1)).toEqual({ numerator: 1, denominator: 10 });
    expect(toRational('rate', 1000 / 3)).toEqual({ numerator: 1000, denominator: 3 });
    expect(toRational('rate', 11025.5)).toEqual({ numerator: 22051, denominator: 2 });
    expect(toRational('rate', -0.75)).toEqual({ numerator: -3, denominator: 4 });
    expect(toRational('rate', { numerator: 96000, denominator: 2 })).toEqual({ numerator: 48000, denominator: 1 });
  });

  it('finds the fraction again that a float64 was made from', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 25 }), fc.integer({ min: 1, max: 2 ** 25 }), (top, bottom) => {
        expect(toRational('x', top / bottom)).toEqual(ratio(top, bottom));
      }),
    );
  });

  it('is a field: sums and products undo each other exactly', () => {
    fc.assert(
      fc.property(rational, rational, (a, b) => {
        expect(subtract(add(a, b), b)).toEqual(a);
        if (b.numerator !== 0) expect(divide(multiply(a, b), b)).toEqual(a);
        expect(Math.sign(compare(a, b))).toBe(Math.sign(a.numerator * b.denominator - b.numerator * a.denominator));
        expect(equal(a, b)).toBe(compare(a, b) === 0);
      }),
    );
  });

  it('says what is wrong with a rate', () => {
    expect(() => toRate('sampleRate', 0)).toThrow('sampleRate expected a rate above 0, got 0');
    expect(() => toRate('sampleRate', -1)).toThrow(RangeError);
    expect(() => toRate('sampleRate', Number.NaN)).toThrow(RangeError);
    expect(() => toRate('sampleRate', '48000' as never)).toThrow(TypeError);
    expect(() => toRate('sampleRate', { numerator: 1, denominator: 0 })).toThrow(/sampleRate.denominator/);
    expect(() => multiply(ratio(2 ** 52, 1), ratio(3, 1))).toThrow(/no exact form/);
  });

  it('shows itself as people write fractions', () => {
    expect(format(ratio(88200, 2))).toBe('44100');
    expect(format(ratio(1000, 3))).toBe('1000/3');
    expect(toNumber(ratio(1, 8))).toBe(0.125);
    expect(lcm(2 ** 40, 3 ** 30)).toBe(Infinity);
  });
});
