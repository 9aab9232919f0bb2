// Block formats of the ggml dialect: q8_0, q4_0, mxfp4, and q4_K, which is only decoded.
//
// Memory: samples are float32, 4-byte aligned, 32 to a block (q4_K: 256). Coded blocks follow each other without gaps,
// of any alignment, fields little endian; d is a float16, e the exponent byte of 2^(e − 127):
//   q8_0   d, 32 signed bytes                         34 bytes
//   q4_0   d, 16 bytes                                18 bytes
//   mxfp4  e, 16 bytes                                17 bytes
//   q4_K   d, dmin, 12 bytes of scales, 128 bytes    144 bytes
// Byte j of sixteen holds code j in its low and code j + 16 in its high nibble.

import { copyFiniteF32 } from '../engine/finite';
import { LARGEST_FLOAT16, narrowCodes, storeScaledCodes } from '../lib/codes';
import { float16Nearest, float32FromFloat16 } from '../lib/float16';
import { maximumMagnitudeBits } from '../lib/magnitude';

const Q8_0: i32 = 0;
const Q4_0: i32 = 1;
const MXFP4: i32 = 2;

const BLOCK_SIZE: i32 = 32;
const BLOCK_BYTES: usize = 128;
const INFINITY_F32: u32 = 0x7f800000;
const LARGEST_F32: f32 = reinterpret<f32>(0x7f7fffff);
const SIGN_F32: i32 = 0x80000000;
/** The float32 below 1/2: added to |y| < 2^23 and truncated it rounds halves up and nothing else. 1/2 itself would take 1/2 − 2^-25 to 1. */
const BELOW_HALF: f32 = reinterpret<f32>(0x3effffff);
/** Under the largest exponent an encoder writes, 252, the largest code, 6, still gives a float32. */
const EXPONENTS: u32 = 253;

/** 1/d, or 0 where float32 has no such number: d is 0 or so small that its float16 is 0. */
function inverseOf(d: f32): f32 {
  const inverse: f32 = 1 / d;
  return abs(inverse) <= LARGEST_F32 ? inverse : 0;
}

/** The first of the 32 values whose magnitude has the bits `largest`, which one has. */
function firstOfMagnitude(source: usize, largest: u32): f32 {
  const wanted = i32x4.splat(largest);
  const magnitude = i32x4.splat(0x7fffffff);
  let found = 0;
  for (;;) {
    found = i32x4.bitmask(i32x4.eq(v128.and(v128.load(source), magnitude), wanted));
    if (found !== 0) break;
    source += 16;
  }
  return load<f32>(source + ((<usize>ctz(found)) << 2));
}

/** trunc(x·factor + offset), the offset with the signs that `signs` lets through, of four values. */
function truncatedCodes(source: usize, factor: v128, signs: v128, offset: v128): v128 {
  const y = f32x4.mul(v128.load(source), factor);
  return i32x4.trunc_sat_f32x4_s(f32x4.add(y, v128.or(v128.and(y, signs), offset)));
}

/** Sixteen such codes, held to least … most. */
function sixteenCodes(source: usize, factor: v128, signs: v128, offset: v128, least: v128, most: v128): v128 {
  const codes = narrowCodes(
    truncatedCodes(source, factor, signs, offset),
    truncatedCodes(source + 16, factor, signs, offset),
    truncatedCodes(source + 32, factor, signs, offset),
    truncatedCodes(source + 48, factor, signs, offset),
  );
  return i8x16.max_s(least, i8x16.min_s(most, codes));
}

/** Four E2M1 codes under a scale of 2·unit: nearest, a midpoint to the smaller magnitude, a negative zero as zero. */
function e2m1Codes(source: usize, unit: f32): v128 {
  const x = v128.load(source);
  const a = f32x4.abs(x);
  // The values are 0 1 2 3 4 6 8 12 units: as many midpoints as lie below |x| lie below its code.
  let count = f32x4.gt(a, f32x4.splat(0.5 * unit));
  count = i32x4.add(count, f32x4.gt(a, f32x4.splat(1.5 * unit)));
  count = i32x4.add(count, f32x4.gt(a, f32x4.splat(2.5 * unit)));
  count = i32x4.add(count, f32x4.gt(a, f32x4.splat(3.5 * unit)));
  count = i32x4.add(count, f32x4.gt(a, f32x4.splat(5 * unit)));
  count = i32x4.add(count, f32x4.gt(a, f32x4.splat(7 * unit)));
  count = i32x4.add(count, f32x4.gt(a, f32x4.splat(10 * unit)));
  // Each comparison that holds is −1.
  const negative = v128.and(i32x4.shr_s(x, 31), i32x4.lt_s(count, i32x4.splat(0)));
  return v128.or(i32x4.neg(count), v128.and(negative, i32x4.splat(8)));
}

function sixteenE2m1Codes(source: usize, unit: f32): v128 {
  return narrowCodes(
    e2m1Codes(source, unit),
    e2m1Codes(source + 16, unit),
    e2m1Codes(source + 32, unit),
    e2m1Codes(source + 48, unit),
  );
}

function storeNibbles(target: usize, low: v128, high: v128): void {
  v128.store(target, v128.or(low, i8x16.shl(high, 4)));
}

/** 2^(e − 128), half of the scale. */
function e2m1Unit(exponent: u32): f32 {
  // 2^-128 and 2^-127 are subnormal.
  return exponent < 2 ? reinterpret<f32>(0x200000 << exponent) : reinterpret<f32>((exponent - 1) << 23);
}

/**
 * Encodes `blocks` blocks of q8_0, q4_0 or mxfp4 (`kind` 0, 1, 2); returns how many samples were NaN or infinite and
 * coded as zero. `scratch` holds 32 float32 values, 4-byte aligned.
 */
export function encodeGgmlBlocks(target: usize, source: usize, blocks: i32, kind: i32, scratch: usize): i32 {
  let faults = 0;
  for (; blocks > 0; blocks--, source += BLOCK_BYTES) {
    let from = source;
    let largest = maximumMagnitudeBits(from, BLOCK_BYTES);
    if (largest >= INFINITY_F32) {
      faults += copyFiniteF32(scratch, source, BLOCK_SIZE);
      from = scratch;
      largest = maximumMagnitudeBits(from, BLOCK_BYTES);
    }
    if (kind === MXFP4) {
      // floor(log2(amax)) − 2 + 127, from the bits: the logarithm's own rounding would go wrong below powers of two.
      const exponent = max<i32>(0, <i32>(largest >> 23) - 2);
      const unit = e2m1Unit(exponent);
      store<u8>(target, <u8>exponent);
      storeNibbles(target + 1, sixteenE2m1Codes(from, unit), sixteenE2m1Codes(from + 64, unit));
      target += 17;
      continue;
    }
    let d = kind === Q8_0 ? reinterpret<f32>(largest) / 127 : firstOfMagnitude(from, largest) / -8;
    let bits = float16Nearest(d);
    if ((bits & 0x7fff) > LARGEST_FLOAT16) {
      bits -= 1;
      d = float32FromFloat16(bits);
    }
    store<u16>(target, <u16>bits);
    const whole = kind === Q8_0;
    const factor = f32x4.splat(inverseOf(d));
    const signs = i32x4.splat(whole ? SIGN_F32 : 0);
    const offset = f32x4.splat(whole ? BELOW_HALF : 8.5);
    const least = i8x16.splat(whole ? -127 : 0);
    const most = i8x16.splat(whole ? 127 : 15);
    const low = sixteenCodes(from, factor, signs, offset, least, most);
    const high = sixteenCodes(from + 64, factor, signs, offset, least, most);
    if (whole) {
      v128.store(target + 2, low);
      v128.store(target + 18, high);
      target += 34;
    } else {
      storeNibbles(target + 2, low, high);
      target += 18;
    }
  }
  return faults;
}

/** Decodes them; returns how many blocks had a scale that is infinite, NaN or never written and became zeros. */
export function decodeGgmlBlocks(target: usize, source: usize, blocks: i32, kind: i32): i32 {
  const nibble = i8x16.splat(15);
  // The values of nibbles: q4_0's are code − 8; E2M1's, in halves, have no minus zero.
  const values =
    kind === Q4_0
      ? i8x16(-8, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7)
      : i8x16(0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12);
  const codeBytes: usize = kind === Q8_0 ? 32 : 16;
  let damaged = 0;
  for (; blocks > 0; blocks--, target += BLOCK_BYTES, source += codeBytes) {
    let scale: f32;
    if (kind === MXFP4) {
      const exponent = <u32>load<u8>(source);
      source += 1;
      scale = exponent < EXPONENTS ? e2m1Unit(exponent) : NaN;
    } else {
      scale = float32FromFloat16(<u32>load<u16>(source));
      source += 2;
    }
    if (!(abs(scale) <= LARGEST_F32)) {
      damaged++;
      memory.fill(target, 0, BLOCK_BYTES);
      continue;
    }
    const factor = f32x4.splat(scale);
    let low = v128.load(source);
    let high: v128;
    if (kind === Q8_0) {
      high = v128.load(source, 16);
    } else {
      high = i8x16.swizzle(values, i8x16.shr_u(low, 4));
      low = i8x16.swizzle(values, v128.and(low, nibble));
    }
    storeScaledCodes(target, low, factor);
    storeScaledCodes(target + 64, high, factor);
  }
  return damaged;
}

/** Sixteen values factor·code − offset of codes from 0 to 15, each product and difference rounded to float32. */
function storeAffineCodes(target: usize, codes: v128, factor: v128, offset: v128): void {
  storeScaledCodes(target, codes, factor);
  for (const end = target + 64; target < end; target += 16) {
    v128.store(target, f32x4.sub(v128.load(target), offset));
  }
}

/** Decodes blocks of q4_K, 256 samples each; returns how many had a d or dmin not finite and became zeros. */
export function decodeGgmlQ4K(target: usize, source: usize, blocks: i32): i32 {
  const nibble = i8x16.splat(15);
  let damaged = 0;
  for (; blocks > 0; blocks--, source += 144) {
    const d = float32FromFloat16(<u32>load<u16>(source));
    const dmin = float32FromFloat16(<u32>load<u16>(source, 2));
    if (!(abs(d) <= LARGEST_F32 && abs(dmin) <= LARGEST_F32)) {
      damaged++;
      memory.fill(target, 0, 1024);
      target += 1024;
      continue;
    }
    for (let sub: usize = 0; sub < 8; sub++, target += 128) {
      // Six bits a scale and six a minimum: the first four of both stand in the low bits of bytes 0 … 7, the other
      // four have their low nibbles in bytes 8 … 11 and their two highest bits above the first four's.
      const at = source + 4 + (sub & 3);
      let scale = <u32>load<u8>(at);
      let minimum = <u32>load<u8>(at, 4);
      if (sub < 4) {
        scale &= 63;
        minimum &= 63;
      } else {
        const low = <u32>load<u8>(at, 8);
        scale = ((scale >> 6) << 4) | (low & 15);
        minimum = ((minimum >> 6) << 4) | (low >> 4);
      }
      const factor = f32x4.splat(d * <f32>scale);
      const offset = f32x4.splat(dmin * <f32>minimum);
      // 32 bytes hold two runs of 32 codes, the even one in the low nibbles.
      const codes = source + 16 + ((sub >> 1) << 5);
      const shift = (<i32>(sub & 1)) << 2;
      storeAffineCodes(target, v128.and(i8x16.shr_u(v128.load(codes), shift), nibble), factor, offset);
      storeAffineCodes(target + 64, v128.and(i8x16.shr_u(v128.load(codes, 16), shift), nibble), factor, offset);
    }
  }
  return damaged;
}
