// Blocks of minifloats or integers under a small scale: the MX and NVFP4 families and their kin, one kernel for all.
//
// Memory: samples are float32, 4-byte aligned, `blockSize` to a block, a multiple of 16. A coded block is its scale, one
// byte (two for float16), and blockSize codes of `bits` bits as a little-endian bit stream (assembly/lib/pack.ts). Blocks
// follow each other without gaps on both sides.
//
// `parameters` is seventeen 32-bit words, 4-byte aligned (src/quantize/_scaled-format.ts writes them):
//
//    0 bits          of a code                        8 scale        0 E8M0, 1 E4M3, 2 UE5M3, 3 float16, 4 none
//    1 mantissa      bits; −1 for integers            9 scale rule   0 floor, 1 ceil, 2 even, 3 rceil, 4 search
//    2 least normal  its float32 bits                10 largest exponent of an element (E8M0)
//    3 offset        (127 − bias) << mantissa        11 mantissa bits that the rule `even` rounds amax to
//    4 rounder       float32, 2^(24 − bias − M)      12 rounding     0 nearest, 1 stochastic, 2 and 3 shaped
//    5 unit          float32, smallest steps in 1    13 tensor scale float32
//    6 largest       element, float32                14 least block scale float32 (E4M3 and UE5M3)
//    7 largest code  without sign                  15 headroom       float32, what amax is multiplied by
//
//   16 saturated     counts blocks that no scale reaches: their samples are held
//
// `state` is a channel's eight words: index of the next random number, key, last error, the one before, and room for
// sixteen codes. Of rounding to nearest it is not used.

import { copyFiniteF32 } from '../engine/finite';
import { randomWords } from '../lib/counter';
import { float16Above, float32FromFloat16 } from '../lib/float16';
import { maximumMagnitudeBits } from '../lib/magnitude';
import {
  heldMagnitudes,
  magnitudeCodes,
  magnitudeCodesStochastic,
  magnitudesOf,
  roundedMagnitudes,
  scalarCode,
  scalarValue,
  unitFraction,
} from '../lib/minifloat';
import { packCodes, unpackCodes } from '../lib/pack';

const E8M0: i32 = 0;
const E4M3: i32 = 1;
const FLOAT16: i32 = 3;
const NONE: i32 = 4;
const CEIL: i32 = 1;
const EVEN: i32 = 2;
const RCEIL: i32 = 3;
const SEARCH: i32 = 4;
const NEAREST: i32 = 0;
const STOCHASTIC: i32 = 1;

const INFINITY_F32: u32 = 0x7f800000;
const LARGEST_F32: i32 = 0x7f7fffff;
/** 1 − 2^-22. */
const BELOW_ONE: f32 = reinterpret<f32>(0x3f7ffffc);
const LARGEST_FLOAT16: i32 = 0x7bff;
/** Codes below and above the nearest that a search over E4M3 or UE5M3 scales tries: 1/8 down to 5/8 up or more. */
const SEARCH_DOWN: i32 = 2;
const SEARCH_UP: i32 = 5;
/** A block is saturated where its scale would be larger than the largest by more than what rounding makes of a frame's own peak. */
const SATURATED: f32 = 1.0001;

/** 2^(code − 127). */
function powerOf(code: i32): f32 {
  return reinterpret<f32>(code > 0 ? code << 23 : 0x00400000);
}

/** The E8M0 code of a block by one of the rules; for `search`, that of rceil, the least power that does not clip. */
function powerCode(amaxBits: i32, rule: i32, exponent: i32, evenBits: i32, largest: f32): i32 {
  if (amaxBits === 0) return 0;
  // From the bits: a logarithm in float32 is one too large just below a power of two.
  let code = ((rule === EVEN ? amaxBits + (1 << (22 - evenBits)) : amaxBits) >> 23) - exponent;
  if (rule === CEIL) code += i32((amaxBits & 0x7fffff) !== 0);
  code = max<i32>(0, min<i32>(254, code));
  if (rule >= RCEIL && code < 254) code += i32(reinterpret<f32>(amaxBits) * powerOf(254 - code) > largest);
  return code;
}

/** The value of an E4M3, UE5M3 or float16 scale. */
function scaleValue(kind: i32, code: i32): f32 {
  if (kind === FLOAT16) return float32FromFloat16(code);
  return scalarValue(code, 3, kind === E4M3 ? 7 : 15);
}

/** Sum of squared errors of a block times `factor`, rounded to nearest, in units of its elements (of 1 for floats). */
export function blockError(
  source: usize,
  end: usize,
  factor: f32,
  mantissa: i32,
  minNormal: i32,
  unit: f32,
  largest: f32,
): f32 {
  const factors = f32x4.splat(factor);
  const most = f32x4.splat(largest);
  let sum = f32x4.splat(0);
  if (mantissa < 0) {
    const units = f32x4.splat(unit);
    const limit = f32x4.splat(largest * unit);
    for (; source < end; source += 16) {
      const v = f32x4.abs(f32x4.mul(f32x4.mul(v128.load(source), factors), units));
      const error = f32x4.sub(v, f32x4.nearest(f32x4.pmin(limit, v)));
      sum = f32x4.add(sum, f32x4.mul(error, error));
    }
  } else {
    const least = i32x4.splat(minNormal);
    for (; source < end; source += 16) {
      const v = f32x4.abs(f32x4.mul(v128.load(source), factors));
      const error = f32x4.sub(v, roundedMagnitudes(f32x4.pmin(most, v), mantissa, least));
      sum = f32x4.add(sum, f32x4.mul(error, error));
    }
  }
  const pairs = f32x4.add(sum, v128.shuffle<i32>(sum, sum, 2, 3, 0, 1));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

/**
 * Encodes `blocks` blocks; returns how many samples were NaN or infinite and coded as zero.
 * `scratch` holds blockSize float32 values, 4-byte aligned.
 */
export function encodeScaledBlocks(
  target: usize,
  source: usize,
  blocks: i32,
  blockSize: i32,
  scratch: usize,
  parameters: usize,
  state: usize,
): i32 {
  const bits = load<i32>(parameters);
  const mantissa = load<i32>(parameters, 4);
  const minNormal = load<i32>(parameters, 8);
  const unit = load<f32>(parameters, 20);
  const largest = load<f32>(parameters, 24);
  const scaleKind = load<i32>(parameters, 32);
  const rule = load<i32>(parameters, 36);
  const exponent = load<i32>(parameters, 40);
  const evenBits = load<i32>(parameters, 44);
  const rounding = load<i32>(parameters, 48);
  const tensorScale = load<f32>(parameters, 52);
  const leastScale = load<f32>(parameters, 56);
  const headroom = load<f32>(parameters, 60);
  const inverseTensorScale: f32 = <f32>1 / tensorScale;

  const minNormals = i32x4.splat(minNormal);
  const offsets = v128.load32_splat(parameters, 12);
  const rounders = v128.load32_splat(parameters, 16);
  const units = f32x4.splat(unit);
  const most = f32x4.splat(largest);
  const limit = f32x4.splat(largest * unit);
  const negativeLimit = f32x4.splat(-largest * unit);
  const signBit: i32 = 1 << (bits - 1);
  const signBits = i32x4.splat(signBit);
  const signShift = 32 - bits;
  const sourceBytes = (<usize>blockSize) << 2;
  const groupBytes = (<usize>bits) << 1;
  let saturated = 0;
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
    if (headroom > 1) amaxBits = min<i32>(reinterpret<i32>(reinterpret<f32>(amaxBits) * headroom), LARGEST_F32);

    // factor takes samples to elements, step takes elements back.
    let factor: f32;
    let step: f32;
    if (scaleKind === E8M0) {
      // Mostly there is no tensor scale, and both are 1.
      const inverse: f32 = tensorScale > 0 ? inverseTensorScale : 0;
      // A frame's own peak over its tensor scale may come out an ulp above the largest element: two ulps less.
      if (inverse !== 1) {
        const peak = reinterpret<f32>(amaxBits) * inverse * BELOW_ONE;
        amaxBits = min<i32>(reinterpret<i32>(peak), LARGEST_F32);
      }
      let code = powerCode(amaxBits, rule, exponent, evenBits, largest);
      if (rule === SEARCH && code > 0) {
        const error = blockError(from, end, powerOf(254 - code) * inverse, mantissa, minNormal, unit, largest);
        const half = blockError(from, end, powerOf(255 - code) * inverse, mantissa, minNormal, unit, largest);
        code -= i32(half * 0.25 < error);
      }
      store<u8>(target++, <u8>code);
      factor = min<f32>(powerOf(254 - code) * inverse, reinterpret<f32>(LARGEST_F32));
      step = powerOf(code) * tensorScale;
    } else if (scaleKind === NONE) {
      saturated += i32(reinterpret<f32>(amaxBits) / largest / tensorScale > SATURATED);
      factor = inverseTensorScale;
      step = tensorScale;
    } else {
      // A frame of zeros has a tensor scale of zero.
      const wanted: f32 = amaxBits > 0 ? reinterpret<f32>(amaxBits) / largest / tensorScale : 0;
      let code: i32;
      if (scaleKind === FLOAT16) {
        code = min<i32>(float16Above(wanted), LARGEST_FLOAT16);
        store<u16>(target, <u16>code);
        target += 2;
      } else {
        const bias = scaleKind === E4M3 ? 7 : 15;
        const most: i32 = scaleKind === E4M3 ? 126 : 254;
        const reach = scalarValue(most, 3, bias);
        saturated += i32(wanted > reach * SATURATED);
        const held = max<f32>(leastScale, min<f32>(wanted, reach));
        code = scalarCode(held, 3, bias, rule === CEIL);
        if (rule === SEARCH && amaxBits > 0) {
          const first = max<i32>(code - SEARCH_DOWN, max<i32>(1, scalarCode(leastScale, 3, bias, false)));
          const last = min<i32>(code + SEARCH_UP, most);
          let best: f32 = Infinity;
          for (let candidate = first; candidate <= last; candidate++) {
            const value = scalarValue(candidate, 3, bias);
            const error = blockError(from, end, inverseTensorScale / value, mantissa, minNormal, unit, largest);
            if (error * value * value < best) {
              best = error * value * value;
              code = candidate;
            }
          }
        }
        store<u8>(target++, <u8>code);
      }
      const value = scaleValue(scaleKind, code);
      factor = value > 0 && amaxBits > 0 ? inverseTensorScale / value : 0;
      step = tensorScale * value;
    }

    const factors = f32x4.splat(factor);
    if (rounding === NEAREST) {
      for (; from < end; from += 64, target += groupBytes) {
        const v0 = f32x4.mul(v128.load(from), factors);
        const v1 = f32x4.mul(v128.load(from, 16), factors);
        const v2 = f32x4.mul(v128.load(from, 32), factors);
        const v3 = f32x4.mul(v128.load(from, 48), factors);
        if (mantissa < 0) {
          const a = f32x4.nearest(f32x4.pmax(negativeLimit, f32x4.pmin(limit, f32x4.mul(v0, units))));
          const b = f32x4.nearest(f32x4.pmax(negativeLimit, f32x4.pmin(limit, f32x4.mul(v1, units))));
          const c = f32x4.nearest(f32x4.pmax(negativeLimit, f32x4.pmin(limit, f32x4.mul(v2, units))));
          const d = f32x4.nearest(f32x4.pmax(negativeLimit, f32x4.pmin(limit, f32x4.mul(v3, units))));
          const low = i16x8.narrow_i32x4_s(i32x4.trunc_sat_f32x4_s(a), i32x4.trunc_sat_f32x4_s(b));
          const high = i16x8.narrow_i32x4_s(i32x4.trunc_sat_f32x4_s(c), i32x4.trunc_sat_f32x4_s(d));
          packCodes(target, i8x16.narrow_i16x8_s(low, high), bits);
        } else {
          const a = magnitudeCodes(heldMagnitudes(v0, most), mantissa, minNormals, offsets, rounders);
          const b = magnitudeCodes(heldMagnitudes(v1, most), mantissa, minNormals, offsets, rounders);
          const c = magnitudeCodes(heldMagnitudes(v2, most), mantissa, minNormals, offsets, rounders);
          const d = magnitudeCodes(heldMagnitudes(v3, most), mantissa, minNormals, offsets, rounders);
          const low = i16x8.narrow_i32x4_s(
            v128.or(a, v128.and(i32x4.shr_u(v0, signShift), signBits)),
            v128.or(b, v128.and(i32x4.shr_u(v1, signShift), signBits)),
          );
          const high = i16x8.narrow_i32x4_s(
            v128.or(c, v128.and(i32x4.shr_u(v2, signShift), signBits)),
            v128.or(d, v128.and(i32x4.shr_u(v3, signShift), signBits)),
          );
          packCodes(target, i8x16.narrow_i16x8_u(low, high), bits);
        }
      }
    } else {
      let index = load<u32>(state);
      const key = load<u32>(state, 4);
      let last = load<f32>(state, 8);
      let previous = load<f32>(state, 12);
      const codes = state + 16;
      for (; from < end; target += groupBytes) {
        for (let i: usize = 0; i < 16; from += 4, i++) {
          let element: v128;
          if (rounding === STOCHASTIC) {
            // Four samples a turn.
            const random = randomWords(index, key);
            const v = f32x4.mul(v128.load(from), factors);
            if (mantissa < 0) {
              const steps = f32x4.pmax(negativeLimit, f32x4.pmin(limit, f32x4.mul(v, units)));
              element = i32x4.trunc_sat_f32x4_s(f32x4.floor(f32x4.add(steps, unitFraction(random))));
              element = i32x4.min_s(element, i32x4.trunc_sat_f32x4_s(limit));
            } else {
              element = magnitudeCodesStochastic(heldMagnitudes(v, most), mantissa, minNormals, offsets, units, random);
              element = v128.or(element, v128.and(i32x4.shr_u(v, signShift), signBits));
            }
            element = v128.and(element, i32x4.splat(255));
            const pairs = i16x8.narrow_i32x4_s(element, element);
            v128.store32_lane(codes + i, i8x16.narrow_i16x8_u(pairs, pairs), 0);
            index += 4;
            from += 12;
            i += 3;
            continue;
          }
          // The error of the samples before, by their first or second difference, moves the noise up in frequency. The
          // error of clipping is left out: fed back it would grow without end.
          const wanted = load<f32>(from) + (rounding === 2 ? last : last + last - previous);
          const v = max<f32>(-largest, min<f32>(largest, wanted * factor));
          let value: f32;
          if (mantissa < 0) {
            const steps = nearest<f32>(v * unit);
            value = steps / unit;
            store<u8>(codes + i, <u8>(<i32>steps));
          } else {
            const a = f32x4.splat(abs<f32>(v));
            const code = i32x4.extract_lane(magnitudeCodes(a, mantissa, minNormals, offsets, rounders), 0);
            const magnitude = f32x4.extract_lane(roundedMagnitudes(a, mantissa, minNormals), 0);
            value = copysign<f32>(magnitude, v);
            store<u8>(codes + i, <u8>(v < 0 ? code | signBit : code));
          }
          previous = last;
          last = (v - value) * step;
        }
        packCodes(target, v128.load(codes), bits);
      }
      // After 2^32 samples another key, so that the numbers do not come again.
      if (rounding === STOCHASTIC && index < <u32>blockSize) store<u32>(state, key + 0x9e3779b9, 4);
      store<u32>(state, index);
      store<f32>(state, last, 8);
      store<f32>(state, previous, 12);
    }
  }
  store<i32>(parameters, load<i32>(parameters, 64) + saturated, 64);
  return faults;
}

/**
 * Decodes `blocks` blocks; returns how many had a scale that is never written and became zeros. Codes that are no number
 * (NaN and infinity of E4M3 and E5M2) are zeros, and what would be beyond float32 is its largest value.
 */
export function decodeScaledBlocks(target: usize, source: usize, blocks: i32, blockSize: i32, parameters: usize): i32 {
  const bits = load<i32>(parameters);
  const mantissa = load<i32>(parameters, 4);
  const minNormals = v128.load32_splat(parameters, 8);
  const unit = load<f32>(parameters, 20);
  const largestCode = load<u8>(parameters, 28);
  const scaleKind = load<i32>(parameters, 32);
  const tensorScale = load<f32>(parameters, 52);
  const targetBytes = (<usize>blockSize) << 2;
  const groupBytes = (<usize>bits) << 1;
  const codeBytes = <usize>(blockSize * bits) >> 3;
  const magnitude: i32 = (1 << (bits - 1)) - 1;
  const magnitudes = i8x16.splat(<i8>magnitude);
  const magnitudes32 = i32x4.splat(magnitude);
  const codeLimit = i8x16.splat(<i8>largestCode);
  const signs = i32x4.splat(i32.MIN_VALUE);
  const finite = i32x4.splat(LARGEST_F32);
  const most: i32 = scaleKind === E4M3 ? 126 : 254;
  let damaged = 0;
  for (; blocks > 0; blocks--) {
    const code = scaleKind === NONE ? 0 : <i32>load<u8>(source++);
    if (code > most || !(tensorScale > 0)) {
      damaged += i32(code > most);
      memory.fill(target, 0, targetBytes);
      target += targetBytes;
      source += codeBytes;
      continue;
    }
    const scale =
      tensorScale * (scaleKind === E8M0 ? powerOf(code) : scaleKind === NONE ? 1 : scaleValue(scaleKind, code));
    // An integer's unit is a power of two.
    const factor = f32x4.splat(mantissa < 0 ? scale / unit : scale);
    for (const end = target + targetBytes; target < end; target += 64, source += groupBytes) {
      let codes = unpackCodes(source, bits);
      if (mantissa >= 0) codes = v128.and(codes, i8x16.le_u(v128.and(codes, magnitudes), codeLimit));
      const low = i16x8.extend_low_i8x16_s(codes);
      const high = i16x8.extend_high_i8x16_s(codes);
      const c0 = i32x4.extend_low_i16x8_s(low);
      const c1 = i32x4.extend_high_i16x8_s(low);
      const c2 = i32x4.extend_low_i16x8_s(high);
      const c3 = i32x4.extend_high_i16x8_s(high);
      if (mantissa < 0) {
        v128.store(target, heldProduct(f32x4.convert_i32x4_s(c0), factor, c0, signs, finite));
        v128.store(target, heldProduct(f32x4.convert_i32x4_s(c1), factor, c1, signs, finite), 16);
        v128.store(target, heldProduct(f32x4.convert_i32x4_s(c2), factor, c2, signs, finite), 32);
        v128.store(target, heldProduct(f32x4.convert_i32x4_s(c3), factor, c3, signs, finite), 48);
      } else {
        const m0 = magnitudesOf(v128.and(c0, magnitudes32), mantissa, minNormals);
        const m1 = magnitudesOf(v128.and(c1, magnitudes32), mantissa, minNormals);
        const m2 = magnitudesOf(v128.and(c2, magnitudes32), mantissa, minNormals);
        const m3 = magnitudesOf(v128.and(c3, magnitudes32), mantissa, minNormals);
        v128.store(target, heldProduct(m0, factor, c0, signs, finite));
        v128.store(target, heldProduct(m1, factor, c1, signs, finite), 16);
        v128.store(target, heldProduct(m2, factor, c2, signs, finite), 32);
        v128.store(target, heldProduct(m3, factor, c3, signs, finite), 48);
      }
    }
  }
  return damaged;
}

/** |value|·factor, at most `finite`, with the sign of `code`. */
function heldProduct(value: v128, factor: v128, code: v128, signs: v128, finite: v128): v128 {
  const product = i32x4.min_s(v128.andnot(f32x4.mul(value, factor), signs), finite);
  return v128.or(product, v128.and(code, signs));
}

/** The elements of `groups` times sixteen values by themselves, a byte each, rounded to nearest, without a scale. */
export function minifloatCodes(target: usize, source: usize, groups: i32, parameters: usize): void {
  const bits = load<i32>(parameters);
  const mantissa = load<i32>(parameters, 4);
  const minNormals = v128.load32_splat(parameters, 8);
  const offsets = v128.load32_splat(parameters, 12);
  const rounders = v128.load32_splat(parameters, 16);
  const most = v128.load32_splat(parameters, 24);
  const signBit: i32 = 1 << (bits - 1);
  for (const end = source + ((<usize>groups) << 6); source < end; source += 16, target += 4) {
    const v = v128.load(source);
    const code = magnitudeCodes(heldMagnitudes(v, most), mantissa, minNormals, offsets, rounders);
    const signed = v128.or(code, v128.and(i32x4.shr_u(v, 32 - bits), i32x4.splat(signBit)));
    const pairs = i16x8.narrow_i32x4_s(signed, signed);
    v128.store32_lane(target, i8x16.narrow_i16x8_u(pairs, pairs), 0);
  }
}
