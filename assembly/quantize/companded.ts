// μ-law of ITU-T G.711, a byte a sample. Decoding is by table (lookup.ts).
//
// Memory: samples are float32, 4-byte aligned, `blockSize` to a block, a multiple of 16; codes are bytes.

import { copyFiniteF32 } from '../engine/finite';
import { narrowCodes } from '../lib/codes';
import { maximumMagnitudeBits } from '../lib/magnitude';

const INFINITY_F32: u32 = 0x7f800000;
const FULL_SCALE: f32 = 32768;
/** What the logarithm's segments are straight lines above. */
const BIAS: f32 = 132;
/** The largest magnitude with a code of its own: with the bias it is just below 2^15. */
const LARGEST: f32 = 32635;
/** Exponent and four bits of mantissa of 128.0, where the first segment begins. */
const FIRST: i32 = 134 << 4;

/** Four codes, not yet inverted: sign, segment, step. */
function fourCodes(source: usize): v128 {
  const x = v128.load(source);
  const a = f32x4.pmin(f32x4.splat(LARGEST), f32x4.mul(f32x4.abs(x), f32x4.splat(FULL_SCALE)));
  const bias = f32x4.splat(BIAS);
  const sum = f32x4.add(a, bias);
  // A sum that was rounded up could reach a decision value that a is below. The difference is exact.
  const below = i32x4.add(sum, f32x4.gt(f32x4.sub(sum, bias), a));
  const index = i32x4.sub(i32x4.shr_u(below, 19), i32x4.splat(FIRST));
  return v128.or(index, v128.and(f32x4.lt(x, f32x4.splat(0)), i32x4.splat(-128)));
}

/**
 * Encodes `blocks` blocks; returns how many samples were NaN or infinite and coded as zero.
 * `scratch` holds blockSize float32 values, 4-byte aligned.
 */
export function encodeMulawBlocks(target: usize, source: usize, blocks: i32, blockSize: i32, scratch: usize): i32 {
  const sourceBytes = (<usize>blockSize) << 2;
  let faults = 0;
  for (; blocks > 0; blocks--, source += sourceBytes) {
    let from = source;
    if (maximumMagnitudeBits(from, sourceBytes) >= INFINITY_F32) {
      faults += copyFiniteF32(scratch, source, blockSize);
      from = scratch;
    }
    for (const end = from + sourceBytes; from < end; from += 64, target += 16) {
      v128.store(
        target,
        v128.not(narrowCodes(fourCodes(from), fourCodes(from + 16), fourCodes(from + 32), fourCodes(from + 48))),
      );
    }
  }
  return faults;
}
