/**
 * Exact fractions: sample rates and latencies. 44100 Hz, 0.1 Hz and 1000/3 Hz are all fractions of small whole numbers,
 * and time counted in them does not drift. Arithmetic runs in BigInt and comes back reduced; it belongs to
 * construction, not to real time.
 */
import { throwRange, throwType } from '../engine/check.js';

/** A reduced fraction with a positive denominator; both parts are safe integers. */
export interface Rational {
  readonly numerator: number;
  readonly denominator: number;
}

/** A rate or time as a caller may write it: a fraction, or a number that stands for the simplest one that rounds to it. */
export type RationalLike = Rational | number;

export const ZERO: Rational = Object.freeze({ numerator: 0, denominator: 1 });

/** Greatest common divisor of two non-negative safe integers. */
export function gcd(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}

/** Least common multiple; Infinity where it is no safe integer. */
export function lcm(a: number, b: number): number {
  const multiple = (a / gcd(a, b)) * b;
  return multiple <= Number.MAX_SAFE_INTEGER ? multiple : Infinity;
}

function reduced(numerator: bigint, denominator: bigint): Rational {
  if (denominator < 0n) return reduced(-numerator, -denominator);
  let a = numerator < 0n ? -numerator : numerator;
  let b = denominator;
  while (b !== 0n) [a, b] = [b, a % b];
  const top = Number(numerator / a);
  const bottom = Number(denominator / a);
  if (!Number.isSafeInteger(top) || !Number.isSafeInteger(bottom)) {
    throw new RangeError(`the fraction ${numerator}/${denominator} has no exact form in safe integers`);
  }
  return Object.freeze({ numerator: top, denominator: bottom });
}

/** The fraction numerator/denominator, reduced. */
export function ratio(numerator: number, denominator: number): Rational {
  return reduced(BigInt(numerator), BigInt(denominator));
}

/**
 * The simplest fraction that is the number as far as a float64 can tell: 0.1 becomes 1/10, and 1000 / 3 becomes 1000/3.
 * Continued fractions (Euler, 1737), stopped at the first convergent that rounds to the same float64.
 */
function fromNumber(title: string, value: number): Rational {
  if (!Number.isFinite(value)) throwRange(title, 'a finite number', value);
  if (Number.isSafeInteger(value)) return ratio(value, 1);
  let rest = Math.abs(value);
  let [previousTop, previousBottom, top, bottom] = [0, 1, 1, 0];
  for (;;) {
    const whole = Math.floor(rest);
    [previousTop, top] = [top, whole * top + previousTop];
    [previousBottom, bottom] = [bottom, whole * bottom + previousBottom];
    if (!Number.isSafeInteger(top) || !Number.isSafeInteger(bottom)) {
      throwRange(title, 'a number that is a fraction of safe integers', value);
    }
    if (top / bottom === Math.abs(value)) return ratio(value < 0 ? -top : top, bottom);
    rest = 1 / (rest - whole);
  }
}

/** Reads a caller's number or fraction; throws TypeError or RangeError that names `title`. */
export function toRational(title: string, value: RationalLike): Rational {
  if (typeof value === 'number') return fromNumber(title, value);
  if (typeof value !== 'object' || value === null) throwType(title, 'a number or { numerator, denominator }', value);
  const { numerator, denominator } = value;
  if (!Number.isSafeInteger(numerator)) throwRange(`${title}.numerator`, 'a safe integer', numerator);
  if (!Number.isSafeInteger(denominator) || denominator <= 0) {
    throwRange(`${title}.denominator`, 'a safe integer above 0', denominator);
  }
  return ratio(numerator, denominator);
}

/** Like `toRational`, and above zero: what a rate has to be. */
export function toRate(title: string, value: RationalLike): Rational {
  const rate = toRational(title, value);
  if (rate.numerator <= 0) throwRange(title, 'a rate above 0', toNumber(rate));
  return rate;
}

export function toNumber({ numerator, denominator }: Rational): number {
  return numerator / denominator;
}

export function add(a: Rational, b: Rational): Rational {
  return reduced(
    BigInt(a.numerator) * BigInt(b.denominator) + BigInt(b.numerator) * BigInt(a.denominator),
    BigInt(a.denominator) * BigInt(b.denominator),
  );
}

export function subtract(a: Rational, b: Rational): Rational {
  return add(a, { numerator: -b.numerator, denominator: b.denominator });
}

export function multiply(a: Rational, b: Rational): Rational {
  return reduced(BigInt(a.numerator) * BigInt(b.numerator), BigInt(a.denominator) * BigInt(b.denominator));
}

export function divide(a: Rational, b: Rational): Rational {
  return reduced(BigInt(a.numerator) * BigInt(b.denominator), BigInt(a.denominator) * BigInt(b.numerator));
}

/** Negative, zero or positive as a is below, equal to or above b. */
export function compare(a: Rational, b: Rational): number {
  const difference = BigInt(a.numerator) * BigInt(b.denominator) - BigInt(b.numerator) * BigInt(a.denominator);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

export function equal(a: Rational, b: Rational): boolean {
  return a.numerator === b.numerator && a.denominator === b.denominator;
}

/** `44100`, `1000/3`: how a rate is shown to people. */
export function format({ numerator, denominator }: Rational): string {
  return denominator === 1 ? String(numerator) : `${numerator}/${denominator}`;
}
