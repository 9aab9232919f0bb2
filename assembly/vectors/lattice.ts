// E8: the densest lattice in eight dimensions, all points of eight whole numbers, or eight halves of odd ones, whose sum is
// even. The nearest point is found as J. H. Conway and N. J. A. Sloane do (1982), and coded with the frequencies that a
// Gaussian signal would give (assembly/lib/wave-coder.ts has the range coder).
//
// Memory: a coded vector is a u16, how many bytes follow its scale, the scale, and those bytes. Coded are, for every eight
// values, a bit for halves, and of each value the whole number below it; of the last one only those numbers that make the
// sum even. `models` is six runs of 2·reach + 3 u16 cumulative frequencies of 2^15, for whole numbers and then for halves:
// any number, even ones, odd ones; a symbol for each number from −reach to reach and one for those beyond, which are coded
// by their sign and their distance. `scratch` has room for 256 bytes, of which the coder's plan takes the first 128.

import { loadScale, storeScale, sumSquares } from '../lib/vector-scale';
import {
  codeBits,
  codeGamma,
  encodePart,
  endEncoding,
  startDecoding,
  startEncoding,
  TOTAL_BITS,
  takePart,
} from '../lib/wave-coder';
import { LOW, RANGE } from '../lib/wave-layout';

/** 2^-100 as in levels.ts. */
const SMALLEST_NORM: f64 = 7.888609052210118e-31;
/** A number of a whole point is at most this: √65536 of a step of 2^-7, and something. */
const LARGEST_NUMBER: i32 = 0x3fffff;

/**
 * The nearest point to the 8 values at p, times the factor and less the shift, of eight whole numbers with an even sum, to y;
 * returns the square of its distance.
 */
function nearestEven(p: usize, factor: f32, shift: f32, y: usize): f32 {
  let parity = 0;
  let worst: usize = 0;
  let worstRest: f32 = -1;
  let distance: f32 = 0;
  for (let at: usize = 0; at < 32; at += 4) {
    const value = load<f32>(p + at) * factor - shift;
    const whole = nearest<f32>(value);
    const rest = abs<f32>(value - whole);
    distance += rest * rest;
    const number = <i32>whole;
    store<i32>(y + at, number);
    parity ^= number & 1;
    if (rest > worstRest) {
      worstRest = rest;
      worst = at;
    }
  }
  if (parity === 0) return distance;
  const value = load<f32>(p + worst) * factor - shift;
  const number = load<i32>(y + worst);
  store<i32>(y + worst, value < <f32>number ? number - 1 : number + 1);
  // (1 − r)² in place of r².
  return distance + 1 - 2 * worstRest;
}

function encodeNumber(plan: usize, model: usize, reach: i32, number: i32): void {
  const symbol = abs(number) > reach ? 2 * reach + 1 : number + reach;
  const entry = model + ((<usize>symbol) << 1);
  const start = <u32>load<u16>(entry);
  encodePart(plan, start, <u32>load<u16>(entry, 2) - start, TOTAL_BITS);
  if (symbol <= 2 * reach) return;
  codeBits(plan, false, u32(number < 0), 1);
  codeGamma(plan, false, <u32>(abs(number) - reach));
}

function decodeNumber(plan: usize, model: usize, reach: i32): i32 {
  const width = load<u32>(plan, RANGE) >> TOTAL_BITS;
  const part = min<u32>(load<u32>(plan, LOW) / width, (1 << TOTAL_BITS) - 1);
  // The last symbol that starts at or before the part, and has one.
  let low = 0;
  let high = 2 * reach + 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (<u32>load<u16>(model + ((<usize>middle) << 1)) <= part) low = middle;
    else high = middle - 1;
  }
  const entry = model + ((<usize>low) << 1);
  const start = <u32>load<u16>(entry);
  takePart(plan, start, <u32>load<u16>(entry, 2) - start, width);
  if (low <= 2 * reach) return low - reach;
  const minus = codeBits(plan, true, 0, 1);
  const magnitude = min<i32>(<i32>codeGamma(plan, true, 0) + reach, LARGEST_NUMBER);
  return minus ? -magnitude : magnitude;
}

/** Encodes `vectors` vectors with points `step` of their root mean square apart; returns the address behind them. */
export function encodeLatticeVectors(
  target: usize,
  source: usize,
  vectors: i32,
  dimension: i32,
  step: f32,
  models: usize,
  reach: i32,
  scaleBytes: i32,
  scratch: usize,
): usize {
  const bytes = (<usize>dimension) << 2;
  const modelBytes = (<usize>(2 * reach + 3)) << 1;
  const plan = scratch;
  const whole = scratch + 128;
  const halves = scratch + 160;
  for (; vectors > 0; vectors--, source += bytes) {
    const norm = sqrt<f64>(sumSquares(source, dimension));
    const start = target;
    target += 2 + scaleBytes;
    if (norm < SMALLEST_NORM) {
      store<u16>(start, 0);
      storeScale(start + 2, 0, scaleBytes);
      continue;
    }
    const factor = <f32>(sqrt<f64>(<f64>dimension) / (norm * <f64>step));
    startEncoding(plan, target);
    let product: f64 = 0;
    let square: f64 = 0;
    for (let p = source, end = source + bytes; p < end; p += 32) {
      const toWhole = nearestEven(p, factor, 0, whole);
      const isHalf = nearestEven(p, factor, 0.5, halves) < toWhole;
      const y = isHalf ? halves : whole;
      const offset: f32 = isHalf ? 0.5 : 0;
      const model = isHalf ? models + 3 * modelBytes : models;
      codeBits(plan, false, u32(isHalf), 1);
      let parity = 0;
      for (let at: usize = 0; at < 32; at += 4) {
        const number = load<i32>(y + at);
        const value = <f64>(<f32>number + offset);
        product += value * <f64>load<f32>(p + at);
        square += value * value;
        if (at < 28) encodeNumber(plan, model, reach, number);
        else encodeNumber(plan, model + <usize>(1 + parity) * modelBytes, reach, number);
        parity ^= number & 1;
      }
    }
    const end = endEncoding(plan, target);
    store<u16>(start, <u16>(end - target));
    storeScale(start + 2, square > 0 ? <f32>max<f64>(product / square, 0) : 0, scaleBytes);
    target = end;
  }
  return target;
}

/** Decodes them; returns how many had an impossible scale and became zeros. */
export function decodeLatticeVectors(
  target: usize,
  source: usize,
  vectors: i32,
  dimension: i32,
  models: usize,
  reach: i32,
  scaleBytes: i32,
  scratch: usize,
): i32 {
  const bytes = (<usize>dimension) << 2;
  const modelBytes = (<usize>(2 * reach + 3)) << 1;
  const plan = scratch;
  let damaged = 0;
  for (; vectors > 0; vectors--) {
    const length = <i32>load<u16>(source);
    const scale = loadScale(source + 2, scaleBytes);
    damaged += i32(scale < 0);
    source += 2 + scaleBytes;
    const end = target + bytes;
    if (scale <= 0) {
      memory.fill(target, 0, bytes);
      target = end;
    } else {
      startDecoding(plan, source, length);
      while (target < end) {
        const isHalf = codeBits(plan, true, 0, 1);
        const offset: f32 = isHalf ? 0.5 : 0;
        const model = isHalf ? models + 3 * modelBytes : models;
        let parity = 0;
        for (let i = 0; i < 8; i++, target += 4) {
          const number = decodeNumber(plan, i < 7 ? model : model + <usize>(1 + parity) * modelBytes, reach);
          parity ^= number & 1;
          store<f32>(target, (<f32>number + offset) * scale);
        }
      }
    }
    source += length;
  }
  return damaged;
}
