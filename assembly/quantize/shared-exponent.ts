// Blocks of signed whole numbers under a power of two: the formats bfp and dfp16.
//
// Memory: samples are float32, 4-byte aligned, `blockSize` to a block, a multiple of 16. A coded block is the exponent e,
// a byte, and then blockSize codes of `bits` bits, 2 to 8 or 16, as a little-endian bit stream; of any alignment.
// A code c stands for c·2^(max(e, 1) − 125 − bits); the lowest, never written, for the same as the one above it: under
// the largest exponent it would be beyond float32.

import { copyFiniteF32 } from '../engine/finite';
import { narrowCodes, storeScaledCodes } from '../lib/codes';
import { maximumMagnitudeBits } from '../lib/magnitude';
import { packCodes, unpackCodes } from '../lib/pack';

const INFINITY_F32: u32 = 0x7f800000;
/** 3·2^22: added to a float32 of magnitude up to 2^22 it leaves the nearest integer, ties to even, in the low bits. */
const ROUNDER: f32 = 12582912.0;

/** 2^(max(e, 1) − 125 − bits): exact also where it is subnormal. */
function stepOf(exponent: u32, bits: i32): f32 {
  return reinterpret<f32>(max<u32>(exponent, 1) << 23) * reinterpret<f32>((129 - bits) << 23);
}

/** Four samples as whole numbers of steps, held to ±limit. */
function fourCodes(source: usize, step: v128, limit: v128): v128 {
  const rounder = f32x4.splat(ROUNDER);
  const held = f32x4.pmax(f32x4.neg(limit), f32x4.pmin(limit, f32x4.div(v128.load(source), step)));
  return i32x4.sub(f32x4.add(held, rounder), rounder);
}

/**
 * Encodes `blocks` blocks; returns how many samples were NaN or infinite and coded as zero.
 * `scratch` holds blockSize float32 values, 4-byte aligned.
 */
export function encodeSharedExponentBlocks(
  target: usize,
  source: usize,
  blocks: i32,
  blockSize: i32,
  bits: i32,
  scratch: usize,
): i32 {
  const sourceBytes = (<usize>blockSize) << 2;
  const groupBytes = (<usize>bits) << 1;
  const limit = f32x4.splat(<f32>((1 << (bits - 1)) - 1));
  let faults = 0;
  for (; blocks > 0; blocks--, source += sourceBytes) {
    let from = source;
    let largest = maximumMagnitudeBits(from, sourceBytes);
    if (largest >= INFINITY_F32) {
      faults += copyFiniteF32(scratch, source, blockSize);
      from = scratch;
      largest = maximumMagnitudeBits(from, sourceBytes);
    }
    const exponent = largest >> 23;
    store<u8>(target, <u8>exponent);
    target += 1;
    const step = f32x4.splat(stepOf(exponent, bits));
    for (const end = from + sourceBytes; from < end; from += 64, target += groupBytes) {
      const a = fourCodes(from, step, limit);
      const b = fourCodes(from + 16, step, limit);
      const c = fourCodes(from + 32, step, limit);
      const d = fourCodes(from + 48, step, limit);
      if (bits === 16) {
        v128.store(target, i16x8.narrow_i32x4_s(a, b));
        v128.store(target, i16x8.narrow_i32x4_s(c, d), 16);
      } else {
        packCodes(target, narrowCodes(a, b, c, d), bits);
      }
    }
  }
  return faults;
}

/** Decodes `blocks` blocks; returns how many had the exponent 255, which is never written, and became zeros. */
export function decodeSharedExponentBlocks(target: usize, source: usize, blocks: i32, blockSize: i32, bits: i32): i32 {
  const targetBytes = (<usize>blockSize) << 2;
  const groupBytes = (<usize>bits) << 1;
  const least: i32 = 1 - (1 << (bits - 1));
  const leastBytes = i8x16.splat(<i8>least);
  const leastWords = i16x8.splat(<i16>least);
  let damaged = 0;
  for (; blocks > 0; blocks--) {
    const exponent = <u32>load<u8>(source);
    source += 1;
    if (exponent === 255) {
      damaged++;
      memory.fill(target, 0, targetBytes);
      target += targetBytes;
      source += <usize>(blockSize * bits) >> 3;
      continue;
    }
    const factor = f32x4.splat(stepOf(exponent, bits));
    for (const end = target + targetBytes; target < end; target += 64, source += groupBytes) {
      if (bits === 16) {
        const low = i16x8.max_s(leastWords, v128.load(source));
        const high = i16x8.max_s(leastWords, v128.load(source, 16));
        v128.store(target, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(low)), factor));
        v128.store(target, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(low)), factor), 16);
        v128.store(target, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(high)), factor), 32);
        v128.store(target, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(high)), factor), 48);
      } else {
        storeScaledCodes(target, i8x16.max_s(leastBytes, unpackCodes(source, bits)), factor);
      }
    }
  }
  return damaged;
}
