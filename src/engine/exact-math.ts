/**
 * Elementary functions that give the same bits in every runtime. Math.sin, exp, log and pow may differ in the last bit
 * between engines; IEEE 754 fixes + − × ÷ and sqrt, so everything here is built of those alone. Every table that
 * touches samples or bits is made with these.
 *
 * Accuracy: within 2 units in the last place (ln, exp, sinPi, cosPi) of the true value over the ranges stated; the
 * tests compare with Math's to 1e-15 relative.
 */

/** 1/(n!) with alternating use below; divisions of exact integers, hence exactly rounded. */
const INVERSE_FACTORIAL: readonly number[] = (() => {
  const inverse = [1];
  let factorial = 1;
  // 18! is below 2^53 and exact.
  for (let n = 1; n <= 18; n++) {
    factorial *= n;
    inverse.push(1 / factorial);
  }
  return inverse;
})();

/** sin(x) for |x| <= π/4: Taylor to x^17; the next term is below 2^-58. */
function sineKernel(x: number): number {
  const square = x * x;
  let sum = 0;
  for (let n = 17; n >= 3; n -= 2) sum = INVERSE_FACTORIAL[n] * (n % 4 === 1 ? 1 : -1) + sum * square;
  return x + x * (square * sum);
}

/** cos(x) for |x| <= π/4: Taylor to x^18. */
function cosineKernel(x: number): number {
  const square = x * x;
  let sum = 0;
  for (let n = 18; n >= 4; n -= 2) sum = INVERSE_FACTORIAL[n] * (n % 4 === 0 ? 1 : -1) + sum * square;
  return 1 - (0.5 * square - square * square * sum);
}

/** sin(πx) for any finite x: exactly 0 at whole numbers, exactly ±1 midway, odd to the bit. */
export function sinPi(x: number): number {
  const magnitude = Math.abs(x);
  const turns = magnitude - 2 * Math.floor(magnitude / 2); // [0, 2), exact
  const sign = (x < 0 ? -1 : 1) * (turns >= 1 ? -1 : 1);
  const half = turns >= 1 ? turns - 1 : turns; // [0, 1), exact
  const quarter = half > 0.5 ? 1 - half : half; // [0, 1/2], exact
  return sign * (quarter <= 0.25 ? sineKernel(Math.PI * quarter) : cosineKernel(Math.PI * (0.5 - quarter)));
}

/** cos(πx) for any finite x: exactly ±1 at whole numbers, exactly 0 midway, even to the bit. */
export function cosPi(x: number): number {
  const magnitude = Math.abs(x);
  const turns = magnitude - 2 * Math.floor(magnitude / 2);
  const folded = turns > 1 ? 2 - turns : turns; // [0, 1], cos is even about 1
  if (folded <= 0.25) return cosineKernel(Math.PI * folded);
  if (folded < 0.75) return sineKernel(Math.PI * (0.5 - folded));
  return -cosineKernel(Math.PI * (1 - folded));
}

/** sin(πx)/(πx), 1 at 0. */
export function sinc(x: number): number {
  return x === 0 ? 1 : sinPi(x) / (Math.PI * x);
}

const bits = new DataView(new ArrayBuffer(8));

/** 2^n for whole n from -1022 to 1023. */
export function powerOfTwo(n: number): number {
  bits.setUint32(4, 0);
  bits.setUint32(0, (n + 1023) << 20);
  return bits.getFloat64(0);
}

/** floor(log2(x)) of a positive, normal x, from the bits of its exponent. */
export function exponentOf(x: number): number {
  bits.setFloat64(0, x);
  return ((bits.getUint32(0) >>> 20) & 0x7ff) - 1023;
}

/** ln 2 in two parts: the first has 20 zero bits at its end, so that its multiples by exponents are exact. */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;

/** e^x for x from -708 to 709; 0 below and Infinity above. */
export function exp(x: number): number {
  if (x > 709.78) return Infinity;
  if (x < -708) return 0;
  const exponent = Math.round(x / Math.LN2);
  const rest = x - exponent * LN2_HIGH - exponent * LN2_LOW; // |rest| <= 0.35
  let sum = 0;
  for (let n = 16; n >= 2; n--) sum = INVERSE_FACTORIAL[n] + sum * rest;
  const mantissa = 1 + (rest + rest * rest * sum);
  // In two steps, since 2^1024 has no float64 of its own.
  return exponent > 1023 ? mantissa * 2 * powerOfTwo(exponent - 1) : mantissa * powerOfTwo(exponent);
}

/** The natural logarithm of a positive, normal x. */
export function ln(x: number): number {
  let exponent = exponentOf(x);
  let mantissa = x / powerOfTwo(exponent); // [1, 2)
  if (mantissa > Math.SQRT2) {
    mantissa /= 2;
    exponent += 1;
  }
  // ln m = 2·artanh((m − 1)/(m + 1)); the argument is at most 0.172, its 23rd power below 2^-58.
  const argument = (mantissa - 1) / (mantissa + 1);
  const square = argument * argument;
  let sum = 0;
  for (let n = 21; n >= 3; n -= 2) sum = 1 / n + sum * square;
  return exponent * LN2_HIGH + (2 * argument + (2 * argument * square * sum + exponent * LN2_LOW));
}

/** x^y for positive x: e^(y·ln x), within |y·ln x| units in the last place. */
export function power(x: number, y: number): number {
  return exp(y * ln(x));
}

/** 10^(decibels/20): an amplitude from decibels. */
export function amplitudeFromDecibels(decibels: number): number {
  return exp((decibels / 20) * Math.LN10);
}

/** The modified Bessel function I0, by its power series (all terms positive: no cancellation). For |x| up to 700. */
export function besselI0(x: number): number {
  const quarter = (x * x) / 4;
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 2 ** -60; k++) {
    term *= quarter / (k * k);
    sum += term;
  }
  return sum;
}
