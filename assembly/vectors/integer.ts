// SAW-INT4: whole numbers from 0 to 15 between the least and the largest value of a vector, behind a Hadamard transform by
// blocks.
//
// Memory: a coded vector is the step as a scale (assembly/lib/vector-scale.ts), the least value in as many bytes, and
// dimension/2 bytes of codes, the even value's in the low half. Vectors are of a multiple of 16 values.

import { narrowCodes } from '../lib/codes';
import { float16Nearest, float32FromFloat16 } from '../lib/float16';
import { packCodes, unpackCodes } from '../lib/pack';
import { loadScale, storeScale } from '../lib/vector-scale';

/** 3·2^22: added to a float32 of magnitude up to 2^22 it leaves the nearest integer, ties to even, in the low bits. */
const ROUNDER: f32 = 12582912.0;
/** 2^-100, as in levels.ts: a step below is none. */
const SMALLEST: f32 = 7.888609052210118e-31;

/** The least or the largest of the lanes. */
function spread(v: v128, largest: bool): f32 {
  const a = f32x4.extract_lane(v, 0);
  const b = f32x4.extract_lane(v, 1);
  const c = f32x4.extract_lane(v, 2);
  const d = f32x4.extract_lane(v, 3);
  return largest ? max<f32>(max<f32>(a, b), max<f32>(c, d)) : min<f32>(min<f32>(a, b), min<f32>(c, d));
}

/** Encodes `vectors` vectors; returns the address behind them. */
export function encodeIntegerVectors(
  target: usize,
  source: usize,
  vectors: i32,
  dimension: i32,
  scaleBytes: i32,
): usize {
  const bytes = (<usize>dimension) << 2;
  const zero = f32x4.splat(0);
  const most = f32x4.splat(15);
  const rounder = f32x4.splat(ROUNDER);
  for (; vectors > 0; vectors--) {
    let low = v128.load(source);
    let high = low;
    let low2 = low;
    let high2 = low;
    const end = source + bytes;
    for (let p = source; p < end; p += 32) {
      const a = v128.load(p);
      const b = v128.load(p, 16);
      low = f32x4.pmin(low, a);
      high = f32x4.pmax(high, a);
      low2 = f32x4.pmin(low2, b);
      high2 = f32x4.pmax(high2, b);
    }
    const largest = spread(f32x4.pmax(high, high2), true);
    let least = spread(f32x4.pmin(low, low2), false);
    if (scaleBytes === 4) {
      store<f32>(target + 4, least);
    } else {
      const bits = float16Nearest(max<f32>(-65504, min<f32>(least, 65504)));
      store<u16>(target + 2, <u16>bits);
      least = float32FromFloat16(bits);
    }
    const step = max<f32>((largest - least) / 15, 0);
    const scale = storeScale(target, step < SMALLEST ? 0 : step, scaleBytes);
    target += scaleBytes << 1;
    const factor = f32x4.splat(scale > 0 ? 1 / scale : 0);
    const offset = f32x4.splat(least);
    // In float32, quotients are in 0 … 15 but for a rounding error, which the rounding to whole numbers takes away. A step
    // and an offset of float16 are off by more.
    const isCoarse = scaleBytes === 2;
    for (; source < end; source += 64, target += 8) {
      let a = f32x4.mul(f32x4.sub(v128.load(source), offset), factor);
      let b = f32x4.mul(f32x4.sub(v128.load(source, 16), offset), factor);
      let c = f32x4.mul(f32x4.sub(v128.load(source, 32), offset), factor);
      let d = f32x4.mul(f32x4.sub(v128.load(source, 48), offset), factor);
      if (isCoarse) {
        a = f32x4.pmax(zero, f32x4.pmin(most, a));
        b = f32x4.pmax(zero, f32x4.pmin(most, b));
        c = f32x4.pmax(zero, f32x4.pmin(most, c));
        d = f32x4.pmax(zero, f32x4.pmin(most, d));
      }
      packCodes(
        target,
        narrowCodes(
          i32x4.sub(f32x4.add(a, rounder), rounder),
          i32x4.sub(f32x4.add(b, rounder), rounder),
          i32x4.sub(f32x4.add(c, rounder), rounder),
          i32x4.sub(f32x4.add(d, rounder), rounder),
        ),
        4,
      );
    }
  }
  return target;
}

/** Decodes them; returns how many had an impossible step or offset and became zeros. */
export function decodeIntegerVectors(target: usize, source: usize, vectors: i32, dimension: i32, scaleBytes: i32): i32 {
  const bytes = (<usize>dimension) << 2;
  const mask = i8x16.splat(15);
  let damaged = 0;
  for (; vectors > 0; vectors--) {
    const scale = loadScale(source, scaleBytes);
    const least = scaleBytes === 4 ? load<f32>(source + 4) : float32FromFloat16(<u32>load<u16>(source + 2));
    // A scale's largest is also that of the values: beyond it, or with NaN, the comparison fails.
    const bad = scale < 0 || !(abs<f32>(least) <= 5.070602400912918e30);
    damaged += i32(bad);
    source += scaleBytes << 1;
    const factor = f32x4.splat(bad ? 0 : scale);
    const offset = f32x4.splat(bad ? 0 : least);
    for (const end = target + bytes; target < end; target += 64, source += 8) {
      const codes = v128.and(unpackCodes(source, 4), mask);
      const low = i16x8.extend_low_i8x16_u(codes);
      const high = i16x8.extend_high_i8x16_u(codes);
      const a = f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(low));
      const b = f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(low));
      const c = f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(high));
      const d = f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(high));
      v128.store(target, f32x4.add(f32x4.mul(a, factor), offset));
      v128.store(target, f32x4.add(f32x4.mul(b, factor), offset), 16);
      v128.store(target, f32x4.add(f32x4.mul(c, factor), offset), 32);
      v128.store(target, f32x4.add(f32x4.mul(d, factor), offset), 48);
    }
  }
  return damaged;
}
