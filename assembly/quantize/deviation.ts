// Codes of table entries, under the root mean square of a block or of each sign in it.
//
// Memory: samples are float32, 4-byte aligned, `blockSize` to a block, a multiple of 16. A coded block is one float16,
// or two where `sides` is 2, of the positive samples and of the negative, and blockSize codes of 4 bits, the earlier of
// two in the high nibble; of any alignment. The table is that of lookup.ts, in units of the root mean square.

import { copyFiniteF32 } from '../engine/finite';
import { LARGEST_FLOAT16 } from '../lib/codes';
import { float16Nearest, float32FromFloat16 } from '../lib/float16';
import { maximumMagnitudeBits } from '../lib/magnitude';
import { decodeCodebookBlock, nibblePairs } from './lookup';

const INFINITY_F32: u32 = 0x7f800000;

/** The float16 nearest to the root of a mean, at most 65504. */
function rootBits(sum: f64, count: f64): u32 {
  return count > 0 ? min<u32>(float16Nearest(<f32>sqrt<f64>(sum / count)), LARGEST_FLOAT16) : 0;
}

/** 1/scale, 0 for 0. */
function inverseOf(bits: u32): f32 {
  return bits > 0 ? <f32>1 / float32FromFloat16(bits) : 0;
}

/** Sum of squares of four samples, added to two pairs. */
function addSquares(sums: v128, x: v128): v128 {
  const low = f64x2.promote_low_f32x4(x);
  const high = f64x2.promote_low_f32x4(v128.shuffle<i32>(x, x, 2, 3, 2, 3));
  return f64x2.add(sums, f64x2.add(f64x2.mul(low, low), f64x2.mul(high, high)));
}

/**
 * Encodes `blocks` blocks; returns how many samples were NaN or infinite and coded as zero.
 * `scratch` holds blockSize float32 values, 4-byte aligned.
 */
export function encodeDeviationBlocks(
  target: usize,
  source: usize,
  blocks: i32,
  blockSize: i32,
  sides: i32,
  table: usize,
  scratch: usize,
): i32 {
  const sourceBytes = (<usize>blockSize) << 2;
  const zero = f32x4.splat(0);
  let faults = 0;
  for (; blocks > 0; blocks--, source += sourceBytes) {
    let from = source;
    if (maximumMagnitudeBits(from, sourceBytes) >= INFINITY_F32) {
      faults += copyFiniteF32(scratch, source, blockSize);
      from = scratch;
    }
    const end = from + sourceBytes;
    let positive = f64x2.splat(0);
    let negative = f64x2.splat(0);
    let below = zero;
    for (let at = from; at < end; at += 16) {
      const x = v128.load(at);
      const isNegative = sides === 2 ? f32x4.lt(x, zero) : zero;
      positive = addSquares(positive, v128.andnot(x, isNegative));
      if (sides === 2) {
        negative = addSquares(negative, v128.and(x, isNegative));
        below = i32x4.sub(below, isNegative);
      }
    }
    const negatives =
      i32x4.extract_lane(below, 0) +
      i32x4.extract_lane(below, 1) +
      i32x4.extract_lane(below, 2) +
      i32x4.extract_lane(below, 3);
    const up = rootBits(f64x2.extract_lane(positive, 0) + f64x2.extract_lane(positive, 1), blockSize - negatives);
    store<u16>(target, <u16>up);
    target += 2;
    const upFactor = inverseOf(up);
    let downFactor = upFactor;
    if (sides === 2) {
      const down = rootBits(f64x2.extract_lane(negative, 0) + f64x2.extract_lane(negative, 1), negatives);
      store<u16>(target, <u16>down);
      target += 2;
      downFactor = inverseOf(down);
    }
    for (; from < end; from += 16, target += 2) {
      store<u16>(target, <u16>nibblePairs(from, upFactor, downFactor, Infinity, table));
    }
  }
  return faults;
}

/** Decodes them; returns how many blocks had a scale that is never written and became zeros. */
export function decodeDeviationBlocks(
  target: usize,
  source: usize,
  blocks: i32,
  blockSize: i32,
  sides: i32,
  table: usize,
): i32 {
  const targetBytes = (<usize>blockSize) << 2;
  const codeBytes = <usize>blockSize >> 1;
  let damaged = 0;
  for (; blocks > 0; blocks--, source += codeBytes) {
    const up = <u32>load<u16>(source);
    const down = sides === 2 ? <u32>load<u16>(source, 2) : up;
    source += (<usize>sides) << 1;
    const end = target + targetBytes;
    if (max<u32>(up, down) > LARGEST_FLOAT16) {
      damaged++;
      memory.fill(target, 0, targetBytes);
      target = end;
      continue;
    }
    const upFactor = f32x4.splat(float32FromFloat16(up));
    const downFactor = f32x4.splat(float32FromFloat16(down));
    decodeCodebookBlock(target, source, targetBytes, 4, table + 64, 1);
    for (; target < end; target += 16) {
      const x = v128.load(target);
      const factor = v128.bitselect(downFactor, upFactor, f32x4.lt(x, f32x4.splat(0)));
      v128.store(target, f32x4.mul(x, factor));
    }
  }
  return damaged;
}
