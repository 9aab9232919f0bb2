// The one number beside a coded vector: a scale in 4 bytes of float32 or 2 of float16, from 0 to LARGEST_SCALE.

import { float16Nearest, float32FromFloat16 } from './float16';

/**
 * 2^102: values are at most 2^80, divided by scales of 2^-12 2^92, and a rotation of 2^16 of them may gather a constant's in
 * one of 2^100.
 */
const LARGEST_SCALE: f32 = 5.070602400912918e30;

/** Writes a scale, held to what the format has; returns it as it will be read. */
// @ts-ignore: decorator
@inline
export function storeScale(target: usize, scale: f32, bytes: i32): f32 {
  if (bytes === 4) {
    const held = min<f32>(scale, LARGEST_SCALE);
    store<f32>(target, held);
    return held;
  }
  const bits = min<u32>(float16Nearest(scale), 0x7bff);
  store<u16>(target, <u16>bits);
  return float32FromFloat16(bits);
}

/** Reads a scale; −1 where none is written like that. */
// @ts-ignore: decorator
@inline
export function loadScale(source: usize, bytes: i32): f32 {
  const scale = bytes === 4 ? load<f32>(source) : float32FromFloat16(<u32>load<u16>(source));
  return scale >= 0 && scale <= LARGEST_SCALE ? scale : -1;
}

/** Σ x² of `count` values, a multiple of 4, in float64. */
export function sumSquares(p: usize, count: i32): f64 {
  let low = f64x2.splat(0);
  let high = low;
  for (const end = p + ((<usize>count) << 2); p < end; p += 16) {
    const x = v128.load(p);
    const a = f64x2.promote_low_f32x4(x);
    const b = f64x2.promote_low_f32x4(v128.shuffle<f32>(x, x, 2, 3, 2, 3));
    low = f64x2.add(low, f64x2.mul(a, a));
    high = f64x2.add(high, f64x2.mul(b, b));
  }
  const sum = f64x2.add(low, high);
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}
