// Floats of 4 bits whose layout and exponent bias, any real number, are searched block by block.
//
// Memory: samples are float32, 4-byte aligned, `blockSize` to a block, a multiple of 16. A coded block is a byte, the
// layout: 0 E1M2, 1 E2M1, 2 E3M0; the scale as a float32, little endian; and blockSize codes of 4 bits, the earlier of
// two in the low nibble. Of any alignment.

import { copyFiniteF32 } from '../engine/finite';
import { maximumMagnitudeBits } from '../lib/magnitude';
import { heldMagnitudes, magnitudeCodes, magnitudesOf } from '../lib/minifloat';
import { packCodes, unpackCodes } from '../lib/pack';
import { blockError } from './scaled';

const INFINITY_F32: u32 = 0x7f800000;
const LAYOUTS: i32 = 3;
/** A smaller scale has no finite inverse. */
const SMALLEST_SCALE: f32 = 1e-38;
/** Coarse steps from the scale that does not clip, a fifth down each, and the factors tried about the best of them. */
const COARSE_STEPS: i32 = 5;
const COARSE_RATIO: f32 = 0.8;

function mantissaBits(layout: i32): i32 {
  return 2 - layout;
}

/** As float32 bits: 2^(1 − bias), with bias 3 for E3M0 and 1 for the others. */
function minNormalBits(layout: i32): i32 {
  return (layout === 2 ? 125 : 127) << 23;
}

function largestOf(layout: i32): f32 {
  return layout === 0 ? 1.75 : layout === 1 ? 6 : 16;
}

/** Squared error of a block under a scale of `share` of its largest magnitude, in units of that, squared. */
function errorOf(from: usize, end: usize, layout: i32, amax: f32, share: f32): f32 {
  const factor: f32 = 1 / (amax * share);
  const error = blockError(from, end, factor, mantissaBits(layout), minNormalBits(layout), 1, largestOf(layout));
  return error * share * share;
}

/**
 * Encodes `blocks` blocks; returns how many samples were NaN or infinite and coded as zero. `layouts` has bit i set where
 * layout i may be chosen, one at least. `scratch` holds blockSize float32 values, 4-byte aligned.
 */
export function encodeSearchedBlocks(
  target: usize,
  source: usize,
  blocks: i32,
  blockSize: i32,
  layouts: i32,
  scratch: usize,
): i32 {
  const sourceBytes = (<usize>blockSize) << 2;
  let faults = 0;
  for (; blocks > 0; blocks--, source += sourceBytes) {
    let from = source;
    let amaxBits = maximumMagnitudeBits(from, sourceBytes);
    if (amaxBits >= INFINITY_F32) {
      faults += copyFiniteF32(scratch, source, blockSize);
      from = scratch;
      amaxBits = maximumMagnitudeBits(from, sourceBytes);
    }
    const end = from + sourceBytes;
    const amax = reinterpret<f32>(amaxBits);
    let layout = ctz<i32>(layouts);
    let share: f32 = 0;
    let least: f32 = Infinity;
    for (let candidate = layout; candidate < LAYOUTS; candidate++) {
      if (((layouts >> candidate) & 1) === 0) continue;
      let trial: f32 = 1 / largestOf(candidate);
      for (let step = 0; step < COARSE_STEPS && amax * trial > SMALLEST_SCALE; step++, trial *= COARSE_RATIO) {
        const error = errorOf(from, end, candidate, amax, trial);
        if (error < least) {
          least = error;
          layout = candidate;
          share = trial;
        }
      }
    }
    // Halving the step twice comes within a fortieth of the best scale.
    for (let spread: f32 = 0.1; spread > 0.03 && amax * share > SMALLEST_SCALE; spread *= 0.5) {
      const centre = share;
      const up = errorOf(from, end, layout, amax, centre * (1 + spread));
      const down = errorOf(from, end, layout, amax, centre * (1 - spread));
      if (up < least) {
        least = up;
        share = centre * (1 + spread);
      }
      if (down < least) {
        least = down;
        share = centre * (1 - spread);
      }
    }
    const scale: f32 = amax * share > SMALLEST_SCALE ? amax * share : 0;
    store<u8>(target, <u8>layout);
    store<f32>(target, scale, 1);
    target += 5;
    const factor = f32x4.splat(scale > 0 ? 1 / scale : 0);
    const mantissa = mantissaBits(layout);
    const minNormals = i32x4.splat(minNormalBits(layout));
    const bias = layout === 2 ? 3 : 1;
    const offsets = i32x4.splat((127 - bias) << mantissa);
    const rounders = i32x4.splat((151 - bias - mantissa) << 23);
    const most = f32x4.splat(largestOf(layout));
    for (; from < end; from += 64, target += 8) {
      const v0 = f32x4.mul(v128.load(from), factor);
      const v1 = f32x4.mul(v128.load(from, 16), factor);
      const v2 = f32x4.mul(v128.load(from, 32), factor);
      const v3 = f32x4.mul(v128.load(from, 48), factor);
      const a = magnitudeCodes(heldMagnitudes(v0, most), mantissa, minNormals, offsets, rounders);
      const b = magnitudeCodes(heldMagnitudes(v1, most), mantissa, minNormals, offsets, rounders);
      const c = magnitudeCodes(heldMagnitudes(v2, most), mantissa, minNormals, offsets, rounders);
      const d = magnitudeCodes(heldMagnitudes(v3, most), mantissa, minNormals, offsets, rounders);
      const signs = i32x4.splat(8);
      const low = i16x8.narrow_i32x4_s(
        v128.or(a, v128.and(i32x4.shr_u(v0, 28), signs)),
        v128.or(b, v128.and(i32x4.shr_u(v1, 28), signs)),
      );
      const high = i16x8.narrow_i32x4_s(
        v128.or(c, v128.and(i32x4.shr_u(v2, 28), signs)),
        v128.or(d, v128.and(i32x4.shr_u(v3, 28), signs)),
      );
      packCodes(target, i8x16.narrow_i16x8_u(low, high), 4);
    }
  }
  return faults;
}

/** Stores four values of codes. */
function storeValues(target: usize, codes: v128, mantissa: i32, minNormals: v128, factor: v128): void {
  const magnitudes = f32x4.mul(magnitudesOf(v128.and(codes, i32x4.splat(7)), mantissa, minNormals), factor);
  // Beyond float32 is its largest value: only damaged data comes there.
  const held = i32x4.min_s(magnitudes, i32x4.splat(0x7f7fffff));
  v128.store(target, v128.or(held, v128.and(codes, i32x4.splat(i32.MIN_VALUE))));
}

/** Decodes them; returns how many blocks had a layout or a scale that is never written and became zeros. */
export function decodeSearchedBlocks(target: usize, source: usize, blocks: i32, blockSize: i32): i32 {
  const targetBytes = (<usize>blockSize) << 2;
  const codeBytes = <usize>blockSize >> 1;
  let damaged = 0;
  for (; blocks > 0; blocks--) {
    const layout = <i32>load<u8>(source);
    const scaleBits = load<u32>(source, 1);
    source += 5;
    if (layout >= LAYOUTS || scaleBits >= INFINITY_F32) {
      damaged++;
      memory.fill(target, 0, targetBytes);
      target += targetBytes;
      source += codeBytes;
      continue;
    }
    const mantissa = mantissaBits(layout);
    const minNormals = i32x4.splat(minNormalBits(layout));
    const factor = f32x4.splat(reinterpret<f32>(scaleBits));
    for (const end = target + targetBytes; target < end; target += 64, source += 8) {
      const codes = unpackCodes(source, 4);
      const low = i16x8.extend_low_i8x16_s(codes);
      const high = i16x8.extend_high_i8x16_s(codes);
      storeValues(target, i32x4.extend_low_i16x8_s(low), mantissa, minNormals, factor);
      storeValues(target + 16, i32x4.extend_high_i16x8_s(low), mantissa, minNormals, factor);
      storeValues(target + 32, i32x4.extend_low_i16x8_s(high), mantissa, minNormals, factor);
      storeValues(target + 48, i32x4.extend_high_i16x8_s(high), mantissa, minNormals, factor);
    }
  }
  return damaged;
}
