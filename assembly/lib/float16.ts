// IEEE 754 binary16 by its bits: sign, 5 bits of exponent (bias 15), 10 of mantissa. WebAssembly has no such type. It has
// no flush to zero either, so subnormals of both formats come out exact.

/** 2^112: the difference of the two exponent biases, 127 − 15. */
const BIAS_DIFFERENCE: f32 = reinterpret<f32>((112 + 127) << 23);
/** 2^24: the smallest float16, a subnormal, is 2^-24. */
const INVERSE_SMALLEST: f32 = 16777216.0;
/** 2^-14: the smallest normal float16. */
const SMALLEST_NORMAL: f32 = 6.103515625e-5;
const INFINITY_BITS: u32 = 0x7c00;

/** The value of float16 bits; exact, infinities and NaN included. */
// @ts-ignore: decorator
@inline
export function float32FromFloat16(bits: u32): f32 {
  const magnitude = bits & 0x7fff;
  const value =
    magnitude < INFINITY_BITS
      ? reinterpret<f32>(magnitude << 13) * BIAS_DIFFERENCE
      : reinterpret<f32>((magnitude << 13) | 0x7f800000);
  return reinterpret<f32>(reinterpret<u32>(value) | ((bits & 0x8000) << 16));
}

/** The bits of the least float16 that is not below x, for 0 <= x; infinity above 65504. */
// @ts-ignore: decorator
@inline
export function float16Above(x: f32): u32 {
  if (x < SMALLEST_NORMAL) return u32(ceil<f32>(x * INVERSE_SMALLEST));
  const bits = (reinterpret<u32>(x) - (112 << 23) + 0x1fff) >> 13;
  return min<u32>(bits, INFINITY_BITS);
}

/** The bits of the float16 nearest to x, ties to even; infinity from 65520 on, 0x7e00 for NaN. */
// @ts-ignore: decorator
@inline
export function float16Nearest(x: f32): u32 {
  const sign = (reinterpret<u32>(x) >> 16) & 0x8000;
  const magnitude = reinterpret<u32>(x) & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  const absolute = reinterpret<f32>(magnitude);
  if (absolute < SMALLEST_NORMAL) return sign | u32(nearest<f32>(absolute * INVERSE_SMALLEST));
  const bits = (magnitude - (112 << 23) + 0xfff + ((magnitude >> 13) & 1)) >> 13;
  return sign | min<u32>(bits, INFINITY_BITS);
}
