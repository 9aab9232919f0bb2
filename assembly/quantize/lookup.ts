// Formats whose codes stand for the entries of a table: the nearest entry to x, or to x over the block's largest |x|.
//
// Memory: samples are float32, 4-byte aligned, `blockSize` to a block, a multiple of 16. A coded block is, where
// `scaled` is 1, the largest |x| as a float32, little endian, and then a byte a code (`bits` 8) or a byte two codes, the
// earlier one in the high nibble (`bits` 4); of any alignment. The table, with n = 2^bits, 4-byte aligned:
//   0    n float32   thresholds: n − 1 in ascending order, the last unused. As many as lie below x are its rank
//   4·n  n float32   the values of the codes; where bits is 4 as four planes of sixteen bytes, the low bytes first
//   8·n  n u8        the codes of the ranks
//
// Nested scales: blocks in groups of up to 256, and before each group two float32 values, an offset o and a peak p. In
// place of its largest |x| a block has a byte, the code of (largest − o)/p in the table of 8 bits that follows the first.

import { copyFiniteF32 } from '../engine/finite';
import { maximumMagnitudeBits } from '../lib/magnitude';
import { largestMagnitudeF32 } from './magnitude';

const INFINITY_F32: u32 = 0x7f800000;
/** The reciprocal of a smaller peak is taken as this one's: that of a subnormal is infinite. */
const SMALLEST_PEAK: f32 = 1e-38;
/** Blocks whose scales share an offset and a peak. */
const GROUP_BLOCKS: i32 = 256;

/** The codes of four values, the first in the lowest byte. */
function fourCodes(x: v128, table: usize, bits: i32): u32 {
  const a = f32x4.extract_lane(x, 0);
  const b = f32x4.extract_lane(x, 1);
  const c = f32x4.extract_lane(x, 2);
  const d = f32x4.extract_lane(x, 3);
  let atA = table;
  let atB = table;
  let atC = table;
  let atD = table;
  // Four binary searches side by side: each alone would wait for its loads.
  for (let step = (<usize>2) << bits; step >= 4; step >>= 1) {
    atA += load<f32>(atA + step - 4) < a ? step : 0;
    atB += load<f32>(atB + step - 4) < b ? step : 0;
    atC += load<f32>(atC + step - 4) < c ? step : 0;
    atD += load<f32>(atD + step - 4) < d ? step : 0;
  }
  const codes = table + ((<usize>8) << bits);
  return (
    <u32>load<u8>(codes + ((atA - table) >> 2)) |
    ((<u32>load<u8>(codes + ((atB - table) >> 2))) << 8) |
    ((<u32>load<u8>(codes + ((atC - table) >> 2))) << 16) |
    ((<u32>load<u8>(codes + ((atD - table) >> 2))) << 24)
  );
}

/**
 * The codes of four values, of 4 bits, as two bytes: the earlier of two in the high nibble. The values are taken times
 * `up`, below zero times `down`, and held to ±limit.
 */
export function nibblePairs(source: usize, up: f32, down: f32, limit: f32, table: usize): u32 {
  const x = v128.load(source);
  const factor = v128.bitselect(f32x4.splat(down), f32x4.splat(up), f32x4.lt(x, f32x4.splat(0)));
  const n = f32x4.pmax(f32x4.splat(-limit), f32x4.pmin(f32x4.splat(limit), f32x4.mul(x, factor)));
  const codes = fourCodes(n, table, 4);
  const pairs = (codes << 4) | (codes >> 8);
  return (pairs & 0xff) | ((pairs >> 8) & 0xff00);
}

/** The codes of a block's values times `inverse`; returns where they end. */
function encodeBlock(target: usize, from: usize, bytes: usize, inverse: f32, bits: i32, table: usize): usize {
  const end = from + bytes;
  if (bits === 4) {
    for (; from < end; from += 16, target += 2) {
      store<u16>(target, <u16>nibblePairs(from, inverse, inverse, 1, table));
    }
    return target;
  }
  const one = f32x4.splat(1);
  const minusOne = f32x4.splat(-1);
  const factor = f32x4.splat(inverse);
  for (; from < end; from += 16, target += 4) {
    const x = f32x4.pmax(minusOne, f32x4.pmin(one, f32x4.mul(v128.load(from), factor)));
    store<u32>(target, fourCodes(x, table, bits));
  }
  return target;
}

/**
 * Encodes `blocks` blocks; returns how many samples were NaN or infinite and coded as zero.
 * `scratch` holds blockSize float32 values, 4-byte aligned.
 */
export function encodeLookupBlocks(
  target: usize,
  source: usize,
  blocks: i32,
  blockSize: i32,
  bits: i32,
  scaled: i32,
  table: usize,
  scratch: usize,
): i32 {
  const sourceBytes = (<usize>blockSize) << 2;
  let faults = 0;
  for (; blocks > 0; blocks--, source += sourceBytes) {
    let from = source;
    let largest = maximumMagnitudeBits(from, sourceBytes);
    if (largest >= INFINITY_F32) {
      faults += copyFiniteF32(scratch, source, blockSize);
      from = scratch;
      largest = maximumMagnitudeBits(from, sourceBytes);
    }
    let inverse: f32 = 1;
    if (scaled) {
      store<u32>(target, largest);
      target += 4;
      inverse = 1 / max<f32>(reinterpret<f32>(largest), SMALLEST_PEAK);
    }
    target = encodeBlock(target, from, sourceBytes, inverse, bits, table);
  }
  return faults;
}

/** Sixteen nibbles' values by four byte lookups, put together again. */
function storeNibbleValues(target: usize, codes: v128, planes: usize, factor: v128): void {
  const a = i8x16.swizzle(v128.load(planes), codes);
  const b = i8x16.swizzle(v128.load(planes, 16), codes);
  const c = i8x16.swizzle(v128.load(planes, 32), codes);
  const d = i8x16.swizzle(v128.load(planes, 48), codes);
  let low = i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  let high = i8x16.shuffle(c, d, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  v128.store(target, f32x4.mul(i16x8.shuffle(low, high, 0, 8, 1, 9, 2, 10, 3, 11), factor));
  v128.store(target, f32x4.mul(i16x8.shuffle(low, high, 4, 12, 5, 13, 6, 14, 7, 15), factor), 16);
  low = i8x16.shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  high = i8x16.shuffle(c, d, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  v128.store(target, f32x4.mul(i16x8.shuffle(low, high, 0, 8, 1, 9, 2, 10, 3, 11), factor), 32);
  v128.store(target, f32x4.mul(i16x8.shuffle(low, high, 4, 12, 5, 13, 6, 14, 7, 15), factor), 48);
}

/** The values of one block's codes times `scale`. */
export function decodeCodebookBlock(
  target: usize,
  source: usize,
  bytes: usize,
  bits: i32,
  values: usize,
  scale: f32,
): void {
  const factor = f32x4.splat(scale);
  const nibble = i8x16.splat(15);
  const end = target + bytes;
  if (bits === 4) {
    for (; target < end; target += 64, source += 8) {
      const pairs = v128.load64_zero(source);
      const first = i8x16.shr_u(pairs, 4);
      const second = v128.and(pairs, nibble);
      const codes = i8x16.shuffle(first, second, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      storeNibbleValues(target, codes, values, factor);
    }
  } else {
    for (; target < end; target += 16, source += 4) {
      const codes = load<u32>(source);
      let x = v128.load32_zero(values + <usize>((codes & 0xff) << 2));
      x = v128.load32_lane(values + <usize>((codes >> 6) & 0x3fc), x, 1);
      x = v128.load32_lane(values + <usize>((codes >> 14) & 0x3fc), x, 2);
      x = v128.load32_lane(values + <usize>((codes >> 22) & 0x3fc), x, 3);
      v128.store(target, f32x4.mul(x, factor));
    }
  }
}

/** Decodes `blocks` blocks; returns how many had a scale that is never written and became zeros. */
export function decodeLookupBlocks(
  target: usize,
  source: usize,
  blocks: i32,
  blockSize: i32,
  bits: i32,
  scaled: i32,
  table: usize,
): i32 {
  const targetBytes = (<usize>blockSize) << 2;
  const codeBytes = <usize>(blockSize * bits) >> 3;
  const values = table + ((<usize>4) << bits);
  let damaged = 0;
  let factor: f32 = 1;
  for (; blocks > 0; blocks--) {
    if (scaled) {
      const scale = load<u32>(source);
      source += 4;
      if (scale >= INFINITY_F32) {
        damaged++;
        memory.fill(target, 0, targetBytes);
        target += targetBytes;
        source += codeBytes;
        continue;
      }
      factor = reinterpret<f32>(scale);
    }
    decodeCodebookBlock(target, source, targetBytes, bits, values, factor);
    target += targetBytes;
    source += codeBytes;
  }
  return damaged;
}

/**
 * Encodes blocks in groups of up to 256 with nested scales; returns how many samples were NaN or infinite and coded as
 * zero. `tables` is the format's table and then that of the scales; `scratch` holds blockSize float32 values.
 */
export function encodeNestedBlocks(
  target: usize,
  source: usize,
  blocks: i32,
  blockSize: i32,
  bits: i32,
  tables: usize,
  scratch: usize,
): i32 {
  const sourceBytes = (<usize>blockSize) << 2;
  const scaleTable = tables + ((<usize>9) << bits);
  let faults = 0;
  while (blocks > 0) {
    const count = min<i32>(GROUP_BLOCKS, blocks);
    blocks -= count;
    let most: f32 = 0;
    let least: f32 = Infinity;
    let sum: f64 = 0;
    for (let block = 0; block < count; block++) {
      const peak = largestMagnitudeF32(source + <usize>block * sourceBytes, blockSize);
      most = max<f32>(most, peak);
      least = min<f32>(least, peak);
      sum += peak;
    }
    const offset = <f32>(sum / count);
    // A difference to the mean is largest at one of the two ends.
    const spread = max<f32>(most - offset, offset - least);
    store<f32>(target, offset);
    store<f32>(target, spread, 4);
    target += 8;
    const inverseSpread: f32 = 1 / max<f32>(spread, SMALLEST_PEAK);
    for (let block = 0; block < count; block++, source += sourceBytes) {
      let from = source;
      let largest = maximumMagnitudeBits(from, sourceBytes);
      if (largest >= INFINITY_F32) {
        faults += copyFiniteF32(scratch, source, blockSize);
        from = scratch;
        largest = maximumMagnitudeBits(from, sourceBytes);
      }
      const peak = reinterpret<f32>(largest);
      const scale = max<f32>(-1, min<f32>(1, (peak - offset) * inverseSpread));
      store<u8>(target, <u8>fourCodes(f32x4.splat(scale), scaleTable, 8));
      target = encodeBlock(target + 1, from, sourceBytes, 1 / max<f32>(peak, SMALLEST_PEAK), bits, tables);
    }
  }
  return faults;
}

/** Decodes them; returns how many blocks had a scale that is never written and became zeros. */
export function decodeNestedBlocks(
  target: usize,
  source: usize,
  blocks: i32,
  blockSize: i32,
  bits: i32,
  tables: usize,
): i32 {
  const targetBytes = (<usize>blockSize) << 2;
  const codeBytes = <usize>(blockSize * bits) >> 3;
  const values = tables + ((<usize>4) << bits);
  const scales = tables + ((<usize>9) << bits) + 1024;
  let damaged = 0;
  while (blocks > 0) {
    const count = min<i32>(GROUP_BLOCKS, blocks);
    blocks -= count;
    const written = load<u32>(source) < INFINITY_F32 && load<u32>(source, 4) < INFINITY_F32;
    const offset = load<f32>(source);
    const spread = load<f32>(source, 4);
    source += 8;
    for (let block = 0; block < count; block++, target += targetBytes, source += codeBytes) {
      const scale = load<f32>(scales + ((<usize>load<u8>(source)) << 2)) * spread + offset;
      source += 1;
      if (written && abs(scale) < Infinity) {
        decodeCodebookBlock(target, source, targetBytes, bits, values, scale);
      } else {
        damaged++;
        memory.fill(target, 0, targetBytes);
      }
    }
  }
  return damaged;
}
