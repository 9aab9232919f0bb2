// Minifloats: sign, E bits of exponent, M of mantissa. Four at a time by whole-number arithmetic on float32 bits.
//
// A format is described by its mantissa bits M and by
//   minNormal  bits of the smallest normal, 2^(1 − bias)
//   offset     (127 − bias) << M, what the float32 bits of a normal, shifted right by 23 − M, are too large by
//   rounder    2^(24 − bias − M): a float32 whose unit in the last place is the step of the subnormals
//
// Nothing here multiplies by float32 subnormals: processors take a hundred cycles over that.

const MAGNITUDE: i32 = 0x7fffffff;

/** Codes without sign, of values 0 <= a <= the largest, given as their bits: nearest, ties to the even code. */
// @ts-ignore: decorator
@inline
export function magnitudeCodes(a: v128, mantissaBits: i32, minNormal: v128, offset: v128, rounder: v128): v128 {
  const shift = 23 - mantissaBits;
  const half: i32 = (1 << (shift - 1)) - 1;
  const odd = v128.and(i32x4.shr_u(a, shift), i32x4.splat(1));
  const normal = i32x4.sub(i32x4.shr_u(i32x4.add(i32x4.add(a, i32x4.splat(half)), odd), shift), offset);
  const subnormal = i32x4.sub(f32x4.add(a, rounder), rounder);
  return v128.bitselect(subnormal, normal, i32x4.lt_s(a, minNormal));
}

/** The same with random bits in place of half a step: up with the probability of the fraction that is left. */
// @ts-ignore: decorator
@inline
export function magnitudeCodesStochastic(
  a: v128,
  mantissaBits: i32,
  minNormal: v128,
  offset: v128,
  inverseStep: v128,
  random: v128,
): v128 {
  const shift = 23 - mantissaBits;
  const mask: i32 = (1 << shift) - 1;
  const fraction = v128.and(random, i32x4.splat(mask));
  const normal = i32x4.sub(i32x4.shr_u(i32x4.add(a, fraction), shift), offset);
  const subnormal = i32x4.trunc_sat_f32x4_s(f32x4.add(f32x4.mul(a, inverseStep), unitFraction(random)));
  return v128.bitselect(subnormal, normal, i32x4.lt_s(a, minNormal));
}

/** Random words as fractions, 0 <= u < 1, of 23 bits. */
// @ts-ignore: decorator
@inline
export function unitFraction(random: v128): v128 {
  return f32x4.sub(v128.or(i32x4.shr_u(random, 9), i32x4.splat(0x3f800000)), f32x4.splat(1));
}

/** Values 0 <= a <= the largest rounded to the format: nearest, ties to the even code. */
// @ts-ignore: decorator
@inline
export function roundedMagnitudes(a: v128, mantissaBits: i32, minNormal: v128): v128 {
  // A power of two whose unit in the last place is the format's step at a: adding it rounds.
  const lift: i32 = (23 - mantissaBits) << 23;
  const binade = i32x4.max_s(v128.and(a, i32x4.splat(0x7f800000)), minNormal);
  const rounder = i32x4.add(binade, i32x4.splat(lift));
  return f32x4.sub(f32x4.add(a, rounder), rounder);
}

/** The values of codes without sign. */
// @ts-ignore: decorator
@inline
export function magnitudesOf(codes: v128, mantissaBits: i32, minNormal: v128): v128 {
  const shift = 23 - mantissaBits;
  const bits = i32x4.add(i32x4.shl(codes, shift), i32x4.sub(minNormal, i32x4.splat(0x800000)));
  // A subnormal m·2^(1 − bias − M) is (1 + m/2^M)·2^(1 − bias) less its first term.
  const subnormal = i32x4.lt_s(bits, minNormal);
  const lifted = i32x4.add(bits, v128.and(subnormal, i32x4.splat(0x800000)));
  return f32x4.sub(lifted, v128.and(subnormal, minNormal));
}

/** The magnitude bits of values, at most `largest`. */
// @ts-ignore: decorator
@inline
export function heldMagnitudes(v: v128, largest: v128): v128 {
  return i32x4.min_s(v128.and(v, i32x4.splat(MAGNITUDE)), largest);
}

/** One value x >= 0 as a code: the nearest, ties to even, or the least that is not below it. Not held to the largest. */
// @ts-ignore: decorator
@inline
export function scalarCode(x: f32, mantissaBits: i32, bias: i32, up: bool): i32 {
  const shift = 23 - mantissaBits;
  const minNormal = reinterpret<f32>((128 - bias) << 23);
  if (x < minNormal) {
    const steps = x * reinterpret<f32>((126 + bias + mantissaBits) << 23);
    return i32(up ? ceil<f32>(steps) : nearest<f32>(steps));
  }
  const bits = reinterpret<i32>(x);
  const increment = up ? (1 << shift) - 1 : (1 << (shift - 1)) - 1 + ((bits >> shift) & 1);
  return ((bits + increment) >> shift) - ((127 - bias) << mantissaBits);
}

/** The value of one code without sign. */
// @ts-ignore: decorator
@inline
export function scalarValue(code: i32, mantissaBits: i32, bias: i32): f32 {
  if (code >> mantissaBits === 0) return <f32>code * reinterpret<f32>((128 - bias - mantissaBits) << 23);
  return reinterpret<f32>((code << (23 - mantissaBits)) + ((127 - bias) << 23));
}
