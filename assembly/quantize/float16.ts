// The float16 conversions by themselves: one value a call, for callers who look into packets and for the tests.

import * as lib from '../lib/float16';

/** The bits of the least float16 that is not below x, for 0 <= x; infinity above 65504. */
export function float16Above(x: f32): u32 {
  return lib.float16Above(x);
}

/** The bits of the float16 nearest to x, ties to even; infinity from 65520 on, 0x7e00 for NaN. */
export function float16Nearest(x: f32): u32 {
  return lib.float16Nearest(x);
}

/** The value of float16 bits; exact. */
export function float32FromFloat16(bits: u32): f32 {
  return lib.float32FromFloat16(bits);
}
