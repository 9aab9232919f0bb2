// E3M2 codes in two planes under a float16 scale: the format fp6-4plus2.
//
// Memory: samples are float32, 4-byte aligned, `blockSize` to a block, a multiple of 16. A coded block is the float16
// scale, little endian, and then 12 bytes for every sixteen codes c[0] … c[15]; of any alignment:
//   bytes 0 … 7    bits 3 … 0: byte i has those of c[i] low and those of c[i + 8] high
//   bytes 8 … 11   bits 5 and 4: byte 8 + i has those of c[i], c[i + 4], c[i + 8], c[i + 12], the first lowest

import { copyFiniteF32 } from '../engine/finite';
import { float16Scale, LARGEST_FLOAT16, narrowCodes } from '../lib/codes';
import { float32FromFloat16 } from '../lib/float16';
import { maximumMagnitudeBits } from '../lib/magnitude';
import { heldMagnitudes, magnitudeCodes, magnitudesOf } from '../lib/minifloat';

const INFINITY_F32: u32 = 0x7f800000;
const MANTISSA_BITS: i32 = 2;
const LARGEST: f32 = 28;
const MIN_NORMAL: f32 = 0.25;
/** (127 − bias) << 2 with bias 3. */
const OFFSET: i32 = 496;
/** 2^(24 − 3 − 2): its unit in the last place is the step of the subnormals, 1/16. */
const ROUNDER: f32 = 524288.0;
/** 2^-29: half of the least code, 1/16, under the least scale, 2^-24. What is not above it rounds to zero. */
const HALF_SMALLEST_STEP: f32 = 1.862645149230957e-9;
const PAIRS: u32 = 0x03030303;

/** The codes of four samples. */
function fourCodes(source: usize, divisor: v128): v128 {
  const v = f32x4.div(v128.load(source), divisor);
  const a = heldMagnitudes(v, f32x4.splat(LARGEST));
  const codes = magnitudeCodes(a, MANTISSA_BITS, f32x4.splat(MIN_NORMAL), i32x4.splat(OFFSET), f32x4.splat(ROUNDER));
  return v128.or(codes, v128.and(i32x4.shr_u(v, 26), i32x4.splat(32)));
}

/**
 * Encodes `blocks` blocks; returns how many samples were NaN or infinite and coded as zero.
 * `scratch` holds blockSize float32 values, 4-byte aligned.
 */
export function encodePlaneBlocks(target: usize, source: usize, blocks: i32, blockSize: i32, scratch: usize): i32 {
  const sourceBytes = (<usize>blockSize) << 2;
  const nibble = i8x16.splat(15);
  let faults = 0;
  for (; blocks > 0; blocks--, source += sourceBytes) {
    let from = source;
    let largest = maximumMagnitudeBits(from, sourceBytes);
    if (largest >= INFINITY_F32) {
      faults += copyFiniteF32(scratch, source, blockSize);
      from = scratch;
      largest = maximumMagnitudeBits(from, sourceBytes);
    }
    const amax = reinterpret<f32>(largest);
    const scale = amax > HALF_SMALLEST_STEP ? float16Scale(amax, LARGEST) : 0;
    store<u16>(target, <u16>scale);
    target += 2;
    // Under a scale of zero a division by one leaves what rounds to zero.
    const divisor = f32x4.splat(scale > 0 ? float32FromFloat16(scale) : 1);
    for (const end = from + sourceBytes; from < end; from += 64, target += 12) {
      const codes = narrowCodes(
        fourCodes(from, divisor),
        fourCodes(from + 16, divisor),
        fourCodes(from + 32, divisor),
        fourCodes(from + 48, divisor),
      );
      const low = v128.and(codes, nibble);
      store<u64>(target, i64x2.extract_lane(v128.or(low, i8x16.shl(i64x2.shuffle(low, low, 1, 0), 4)), 0));
      const top = i8x16.shr_u(codes, 4);
      store<u32>(
        target,
        i32x4.extract_lane(top, 0) |
          (i32x4.extract_lane(top, 1) << 2) |
          (i32x4.extract_lane(top, 2) << 4) |
          (i32x4.extract_lane(top, 3) << 6),
        8,
      );
    }
  }
  return faults;
}

/** Stores four samples from their codes. */
function storeSamples(target: usize, codes: v128, factor: v128): void {
  const a = magnitudesOf(v128.and(codes, i32x4.splat(31)), MANTISSA_BITS, f32x4.splat(MIN_NORMAL));
  const sign = i32x4.shl(v128.and(codes, i32x4.splat(32)), 26);
  v128.store(target, f32x4.mul(v128.or(a, sign), factor));
}

/** Decodes `blocks` blocks; returns how many had a scale that is never written and became zeros. */
export function decodePlaneBlocks(target: usize, source: usize, blocks: i32, blockSize: i32): i32 {
  const targetBytes = (<usize>blockSize) << 2;
  const nibble = i8x16.splat(15);
  let damaged = 0;
  for (; blocks > 0; blocks--) {
    const scale = <u32>load<u16>(source);
    source += 2;
    if (scale - 1 >= LARGEST_FLOAT16) {
      damaged += i32(scale !== 0);
      memory.fill(target, 0, targetBytes);
      target += targetBytes;
      source += (<usize>blockSize >> 2) * 3;
      continue;
    }
    const factor = f32x4.splat(float32FromFloat16(scale));
    for (const end = target + targetBytes; target < end; target += 64, source += 12) {
      const nibbles = v128.load64_zero(source);
      const low = i64x2.shuffle(v128.and(nibbles, nibble), i8x16.shr_u(nibbles, 4), 0, 2);
      const pairs = load<u32>(source, 8);
      let top = i32x4.splat(pairs & PAIRS);
      top = i32x4.replace_lane(top, 1, (pairs >> 2) & PAIRS);
      top = i32x4.replace_lane(top, 2, (pairs >> 4) & PAIRS);
      top = i32x4.replace_lane(top, 3, (pairs >> 6) & PAIRS);
      const codes = v128.or(low, i8x16.shl(top, 4));
      const first = i16x8.extend_low_i8x16_u(codes);
      const second = i16x8.extend_high_i8x16_u(codes);
      storeSamples(target, i32x4.extend_low_i16x8_u(first), factor);
      storeSamples(target + 16, i32x4.extend_high_i16x8_u(first), factor);
      storeSamples(target + 32, i32x4.extend_low_i16x8_u(second), factor);
      storeSamples(target + 48, i32x4.extend_high_i16x8_u(second), factor);
    }
  }
  return damaged;
}
