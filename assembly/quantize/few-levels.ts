// Blocks of three levels, five to a byte, and of two, eight to a byte, under one float16.
//
// Memory: samples are float32, 4-byte aligned, `blockSize` to a block, a multiple of 80 (ternary) or 16 (sign). A coded
// block is the float16 level, little endian, and then
//   ternary  a byte five codes, c[0] + 3·c[1] + 9·c[2] + 27·c[3] + 81·c[4]; codes 0, 1, 2 are −level, 0, level
//   sign     a bit a code, the first lowest; set where the sample is below zero

import { copyFiniteF32 } from '../engine/finite';
import { LARGEST_FLOAT16 } from '../lib/codes';
import { float16Nearest, float32FromFloat16 } from '../lib/float16';
import { maximumMagnitudeBits } from '../lib/magnitude';

const INFINITY_F32: u32 = 0x7f800000;
/** The best threshold for Gaussian samples, 0.6120 σ, over their mean magnitude, 0.7979 σ. */
const FIRST_THRESHOLD: f64 = 0.767;
/** The largest byte of five codes. */
const LARGEST_BYTE: i32 = 242;

/** Mean magnitude of the samples beyond a threshold; 0 where there are none. */
function meanBeyond(source: usize, end: usize, threshold: f32): f64 {
  const least = f32x4.splat(threshold);
  let sums = f64x2.splat(0);
  let counts = i32x4.splat(0);
  for (; source < end; source += 16) {
    const a = f32x4.abs(v128.load(source));
    const beyond = f32x4.gt(a, least);
    const kept = v128.and(a, beyond);
    counts = i32x4.sub(counts, beyond);
    sums = f64x2.add(
      sums,
      f64x2.add(f64x2.promote_low_f32x4(kept), f64x2.promote_low_f32x4(v128.shuffle<i32>(kept, kept, 2, 3, 2, 3))),
    );
  }
  const count =
    i32x4.extract_lane(counts, 0) +
    i32x4.extract_lane(counts, 1) +
    i32x4.extract_lane(counts, 2) +
    i32x4.extract_lane(counts, 3);
  return count > 0 ? (f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1)) / <f64>count : 0;
}

/** The float16 nearest to a level, at most 65504. */
function levelBits(level: f64): u32 {
  return min<u32>(float16Nearest(<f32>level), LARGEST_FLOAT16);
}

/** The code of the sample at an address: 0, 1 or 2. */
function tritAt(source: usize, threshold: f32): u32 {
  const x = load<f32>(source);
  return 1 + u32(x > threshold) - u32(x < -threshold);
}

/**
 * Encodes `blocks` blocks of three levels; returns how many samples were NaN or infinite and coded as zero.
 * `scratch` holds blockSize float32 values, 4-byte aligned.
 */
export function encodeTernaryBlocks(target: usize, source: usize, blocks: i32, blockSize: i32, scratch: usize): i32 {
  const sourceBytes = (<usize>blockSize) << 2;
  let faults = 0;
  for (; blocks > 0; blocks--, source += sourceBytes) {
    let from = source;
    if (maximumMagnitudeBits(from, sourceBytes) >= INFINITY_F32) {
      faults += copyFiniteF32(scratch, source, blockSize);
      from = scratch;
    }
    const end = from + sourceBytes;
    // Level and threshold in turn, each the best for the other (Lloyd, 1957): from here twice is close to the end. The
    // mean of all is that of those above -1.
    const mean = meanBeyond(from, end, -1);
    const first = meanBeyond(from, end, <f32>(FIRST_THRESHOLD * mean));
    const threshold = <f32>(first * 0.5);
    store<u16>(target, <u16>levelBits(meanBeyond(from, end, threshold)));
    target += 2;
    for (; from < end; from += 20, target++) {
      const code =
        tritAt(from, threshold) +
        3 * tritAt(from + 4, threshold) +
        9 * tritAt(from + 8, threshold) +
        27 * tritAt(from + 12, threshold) +
        81 * tritAt(from + 16, threshold);
      store<u8>(target, <u8>code);
    }
  }
  return faults;
}

/** Decodes them; returns how many blocks had a level or a byte that is never written and became zeros. */
export function decodeTernaryBlocks(target: usize, source: usize, blocks: i32, blockSize: i32): i32 {
  const targetBytes = (<usize>blockSize) << 2;
  const codeBytes = <usize>(blockSize / 5);
  const largest = i8x16.splat(<i8>LARGEST_BYTE);
  let damaged = 0;
  for (; blocks > 0; blocks--) {
    const bits = <u32>load<u16>(source);
    source += 2;
    const end = source + codeBytes;
    let wrong = bits > LARGEST_FLOAT16;
    for (let at = source; at < end; at += 16) {
      wrong = wrong || v128.any_true(i8x16.gt_u(v128.load(at), largest));
    }
    if (wrong) {
      damaged++;
      memory.fill(target, 0, targetBytes);
      target += targetBytes;
      source = end;
      continue;
    }
    const level = float32FromFloat16(bits);
    for (; source < end; source++, target += 20) {
      let rest = <u32>load<u8>(source);
      for (let i: usize = 0; i < 20; i += 4) {
        const quotient = rest / 3;
        store<f32>(target + i, <f32>(<i32>(rest - 3 * quotient) - 1) * level);
        rest = quotient;
      }
    }
  }
  return damaged;
}

/** The same for blocks of two levels. */
export function encodeSignBlocks(target: usize, source: usize, blocks: i32, blockSize: i32, scratch: usize): i32 {
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
    store<u16>(target, <u16>levelBits(meanBeyond(from, end, -1)));
    target += 2;
    for (; from < end; from += 64, target += 2) {
      const bits =
        i32x4.bitmask(f32x4.lt(v128.load(from), zero)) |
        (i32x4.bitmask(f32x4.lt(v128.load(from, 16), zero)) << 4) |
        (i32x4.bitmask(f32x4.lt(v128.load(from, 32), zero)) << 8) |
        (i32x4.bitmask(f32x4.lt(v128.load(from, 48), zero)) << 12);
      store<u16>(target, <u16>bits);
    }
  }
  return faults;
}

/** Decodes them; returns how many blocks had a level that is never written and became zeros. */
export function decodeSignBlocks(target: usize, source: usize, blocks: i32, blockSize: i32): i32 {
  const targetBytes = (<usize>blockSize) << 2;
  const places = i32x4(1, 2, 4, 8);
  const sign = i32x4.splat(i32.MIN_VALUE);
  let damaged = 0;
  for (; blocks > 0; blocks--) {
    const bits = <u32>load<u16>(source);
    source += 2;
    if (bits > LARGEST_FLOAT16) {
      damaged++;
      memory.fill(target, 0, targetBytes);
      target += targetBytes;
      source += <usize>blockSize >> 3;
      continue;
    }
    const level = f32x4.splat(float32FromFloat16(bits));
    for (const end = target + targetBytes; target < end; source++) {
      const codes = i32x4.splat(load<u8>(source));
      const low = i32x4.ne(v128.and(codes, places), i32x4.splat(0));
      const high = i32x4.ne(v128.and(i32x4.shr_u(codes, 4), places), i32x4.splat(0));
      v128.store(target, v128.or(level, v128.and(low, sign)));
      v128.store(target, v128.or(level, v128.and(high, sign)), 16);
      target += 32;
    }
  }
  return damaged;
}
