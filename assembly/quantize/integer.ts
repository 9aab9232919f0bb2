// Blocks of signed integers under one float16 scale: the formats int2 … int8.
//
// Memory: samples are float32, 4-byte aligned, `blockSize` to a block, a multiple of 16. A coded block is the float16
// scale, little endian, and then blockSize codes of `bits` bits as a little-endian bit stream (assembly/lib/pack.ts):
// 2 + blockSize·bits/8 bytes, of any alignment. Blocks follow each other without gaps on both sides.

import { copyFiniteF32 } from '../engine/finite';
import { float16Scale, LARGEST_FLOAT16, narrowCodes, storeScaledCodes } from '../lib/codes';
import { float32FromFloat16 } from '../lib/float16';
import { maximumMagnitudeBits } from '../lib/magnitude';
import { packCodes, unpackCodes } from '../lib/pack';

const INFINITY_F32: u32 = 0x7f800000;
/** 2^-25, half of the smallest step there is: what is not above it rounds to zero under any scale. */
const HALF_SMALLEST_STEP: f32 = 2.9802322387695312e-8;
/** 3·2^22: added to a float32 of magnitude up to 2^22 it leaves the nearest integer, ties to even, in the low bits. */
const ROUNDER: f32 = 12582912.0;

/**
 * Encodes `blocks` blocks; returns how many samples were NaN or infinite and coded as zero.
 * `scratch` holds blockSize float32 values, 4-byte aligned.
 */
export function encodeIntegerBlocks(
  target: usize,
  source: usize,
  blocks: i32,
  blockSize: i32,
  bits: i32,
  scratch: usize,
): i32 {
  const sourceBytes = (<usize>blockSize) << 2;
  const groupBytes = (<usize>bits) << 1;
  const limit = <f32>((1 << (bits - 1)) - 1);
  const most = f32x4.splat(limit);
  const least = f32x4.splat(-limit);
  const rounder = f32x4.splat(ROUNDER);
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
    const scale = amax > HALF_SMALLEST_STEP ? float16Scale(amax, limit) : 0;
    store<u16>(target, <u16>scale);
    target += 2;
    // Under a scale of zero all samples are at most 2^-25, and a division by one makes zeros of them.
    const divisor = f32x4.splat(scale > 0 ? float32FromFloat16(scale) : 1);
    for (const end = from + sourceBytes; from < end; from += 64, target += groupBytes) {
      // Only a block whose scale is held at 65504 has quotients beyond ±limit.
      const a = f32x4.pmax(least, f32x4.pmin(most, f32x4.div(v128.load(from), divisor)));
      const b = f32x4.pmax(least, f32x4.pmin(most, f32x4.div(v128.load(from, 16), divisor)));
      const c = f32x4.pmax(least, f32x4.pmin(most, f32x4.div(v128.load(from, 32), divisor)));
      const d = f32x4.pmax(least, f32x4.pmin(most, f32x4.div(v128.load(from, 48), divisor)));
      const codes = narrowCodes(
        i32x4.sub(f32x4.add(a, rounder), rounder),
        i32x4.sub(f32x4.add(b, rounder), rounder),
        i32x4.sub(f32x4.add(c, rounder), rounder),
        i32x4.sub(f32x4.add(d, rounder), rounder),
      );
      packCodes(target, codes, bits);
    }
  }
  return faults;
}

/** Decodes `blocks` blocks; returns how many had a scale that is never written and became zeros. */
export function decodeIntegerBlocks(target: usize, source: usize, blocks: i32, blockSize: i32, bits: i32): i32 {
  const targetBytes = (<usize>blockSize) << 2;
  const groupBytes = (<usize>bits) << 1;
  const codeBytes = <usize>(blockSize * bits) >> 3;
  let damaged = 0;
  for (; blocks > 0; blocks--) {
    const scale = <u32>load<u16>(source);
    source += 2;
    // A scale above the largest, or with its sign set, is never written.
    if (scale - 1 >= LARGEST_FLOAT16) {
      damaged += i32(scale !== 0);
      memory.fill(target, 0, targetBytes);
      target += targetBytes;
      source += codeBytes;
      continue;
    }
    const factor = f32x4.splat(float32FromFloat16(scale));
    for (const end = target + targetBytes; target < end; target += 64, source += groupBytes) {
      storeScaledCodes(target, unpackCodes(source, bits), factor);
    }
  }
  return damaged;
}
