// Sixteen small whole numbers in the bytes of a vector, and the samples they stand for.

import { float16Above, float32FromFloat16 } from './float16';

/** Bits of the largest finite float16, 65504. */
export const LARGEST_FLOAT16: u32 = 0x7bff;

/** The bits of the least float16 s with limit·s >= amax, at most 65504, for a whole `limit` of at most 13 bits. */
// @ts-ignore: decorator
@inline
export function float16Scale(amax: f32, limit: f32): u32 {
  const bits = min<u32>(float16Above(amax / limit), LARGEST_FLOAT16);
  // The quotient may have been rounded down onto a float16. The product, 11 bits by at most 13, is exact.
  const short = bits < LARGEST_FLOAT16 && float32FromFloat16(bits) * limit < amax;
  return bits + u32(short);
}

/** Stores codes[i]·factor as sixteen float32 values; the codes are signed bytes. */
// @ts-ignore: decorator
@inline
export function storeScaledCodes(target: usize, codes: v128, factor: v128): void {
  const low = i16x8.extend_low_i8x16_s(codes);
  const high = i16x8.extend_high_i8x16_s(codes);
  v128.store(target, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(low)), factor));
  v128.store(target, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(low)), factor), 16);
  v128.store(target, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(high)), factor), 32);
  v128.store(target, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(high)), factor), 48);
}

/** Four vectors of four whole numbers as sixteen signed bytes, saturated. */
// @ts-ignore: decorator
@inline
export function narrowCodes(a: v128, b: v128, c: v128, d: v128): v128 {
  return i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d));
}
