// A level: a magnitude by context, low bits as they are, and a sign. The context comes of the magnitudes before it alone, so
// that the next one can be decoded while the sample is still being predicted; and the scale that it comes of is one product
// and one sum away from the magnitude before it, since from one to the next everything depends on everything.
import { BOTTOM, codeBits, codeGamma, encodePart, nextByte, TOTAL_BITS } from './wave-coder';
import { LOW, MEANS, RANGE } from './wave-layout';

/** Contexts of the entropy coder in each of three classes, and the bits of a row's length: 64 u16 frequencies, or f32 costs. */
export const CONTEXT_COUNT = 33;
export const FREQUENCY_ROW = 7;
export const COST_ROW = 8;
/** Float bits of the least scale, 0.03, down to two bits of mantissa. */
const FIRST_CONTEXT = 487;
/** Magnitudes from which on there is an escape. */
const ESCAPE: u32 = 32;

/** How a class weighs the means; lane 3 is for the 1 in the means' lane 3. */
// @ts-ignore: decorator
@inline
export function meanShares(tables: i32): v128 {
  if (tables === 0) return f32x4(0.15, 0.3, 0.55, 0.03);
  return tables === 1 ? f32x4(0.35, 0.35, 0.3, 0.03) : f32x4(0.5, 0.35, 0.15, 0.03);
}

/** Shares of the means before a magnitude, and of the magnitude: together what `meanShares` are of the means behind it. */
// @ts-ignore: decorator
@inline
export function keptShares(tables: i32): v128 {
  if (tables === 0) return f32x4(0.12, 0.285, 0.5445, 0.03);
  return tables === 1 ? f32x4(0.28, 0.3325, 0.297, 0.03) : f32x4(0.4, 0.3325, 0.1485, 0.03);
}

// @ts-ignore: decorator
@inline
export function newShare(tables: i32): v128 {
  return f32x4.splat(tables === 0 ? 0.0505 : tables === 1 ? 0.0905 : 0.119);
}

/** The scale at a span's start. */
// @ts-ignore: decorator
@inline
export function firstScale(means: v128, shares: v128): v128 {
  return sumPairs(f32x4.mul(means, shares));
}

/** The scale behind a magnitude, from the means before it. */
// @ts-ignore: decorator
@inline
export function nextScale(means: v128, magnitude: v128, kept: v128, share: v128): v128 {
  return f32x4.add(sumPairs(f32x4.mul(means, kept)), f32x4.mul(share, magnitude));
}

/** The means, after a magnitude: they forget at three rates. */
// @ts-ignore: decorator
@inline
export function moveMeans(means: v128, magnitude: v128): v128 {
  return f32x4.add(means, f32x4.mul(f32x4(0.2, 0.05, 0.01, 0), f32x4.sub(magnitude, means)));
}

/** (0 + 1) + (2 + 3) in all lanes. */
// @ts-ignore: decorator
@inline
function sumPairs(a: v128): v128 {
  const pairs = f32x4.add(a, v128.shuffle<f32>(a, a, 1, 0, 3, 2));
  return f32x4.add(pairs, v128.shuffle<f32>(pairs, pairs, 2, 3, 0, 1));
}

/** The means of a channel's path, with the 1 that stands for a constant. */
// @ts-ignore: decorator
@inline
export function loadMeans(path: usize): v128 {
  return f32x4.replace_lane(v128.load(path, MEANS), 3, 1);
}

// @ts-ignore: decorator
@inline
export function storeMeans(path: usize, means: v128): void {
  v128.store64_lane(path, means, 0, MEANS);
  v128.store32_lane(path, means, 2, MEANS + 8);
}

/** The context of a scale's float bits: above all tables, the last four go on, with low bits that are coded as they are. */
// @ts-ignore: decorator
@inline
export function contextOf(scaleBits: i32): i32 {
  return (scaleBits >> 21) - FIRST_CONTEXT;
}

// @ts-ignore: decorator
@inline
export function rawBitsOf(context: i32): i32 {
  return context >= CONTEXT_COUNT ? (context - (CONTEXT_COUNT - 4)) >> 2 : 0;
}

/** Bits a level costs by the table. */
// @ts-ignore: decorator
@inline
export function levelCost(costs: usize, rawBits: i32, magnitude: u32): f32 {
  const high = magnitude >> rawBits;
  const bits = <f32>(rawBits + i32(magnitude !== 0));
  if (high < ESCAPE) return bits + load<f32>(costs + (high << 2));
  const gamma: i32 = 63 - 2 * <i32>clz<u32>(high - (ESCAPE - 1));
  return bits + load<f32>(costs, 4 * ESCAPE) + <f32>gamma;
}

/** Codes a level by its context's frequencies. */
export function encodeLevel(plan: usize, frequencies: usize, rawBits: u32, level: i32): void {
  const magnitude = <u32>abs(level);
  const high = magnitude >> rawBits;
  const symbol = min<u32>(high, ESCAPE);
  const entry = frequencies + (symbol << 1);
  const start = <u32>load<u16>(entry);
  encodePart(plan, start, <u32>load<u16>(entry, 2) - start, TOTAL_BITS);
  if (symbol === ESCAPE) codeGamma(plan, false, high - (ESCAPE - 1));
  if (rawBits > 16) codeBits(plan, false, (magnitude >> 16) & ((1 << (rawBits - 16)) - 1), rawBits - 16);
  if (rawBits > 0) codeBits(plan, false, magnitude & ((1 << min<u32>(rawBits, 16)) - 1), min<u32>(rawBits, 16));
  if (magnitude > 0) codeBits(plan, false, u32(level < 0), 1);
}

/** Decodes a level; its symbol is found by walking up from 0, whose neighbours are the likeliest. */
// @ts-ignore: decorator
@inline
export function decodeLevel(plan: usize, frequencies: usize, rawBits: u32): i32 {
  const width = load<u32>(plan, RANGE) >> TOTAL_BITS;
  let code = load<u32>(plan, LOW);
  let start: u32 = 0;
  let end = width * <u32>load<u16>(frequencies, 2);
  let entry = frequencies;
  const last = frequencies + 2 * ESCAPE;
  while (code >= end && entry < last) {
    entry += 2;
    start = end;
    end = width * <u32>load<u16>(entry, 2);
  }
  code -= start;
  let range = end - start;
  let magnitude = <u32>((entry - frequencies) >> 1);
  if (range < BOTTOM) {
    do {
      code = (code << 8) | nextByte(plan);
      range <<= 8;
    } while (range < BOTTOM);
  }
  if (magnitude === ESCAPE || rawBits > 0) {
    store<u32>(plan, code, LOW);
    store<u32>(plan, range, RANGE);
    magnitude = decodeRest(plan, magnitude, rawBits);
    code = load<u32>(plan, LOW);
    range = load<u32>(plan, RANGE);
  }
  let level = <i32>magnitude;
  if (magnitude !== 0) {
    // The sign, as one even bit.
    range >>= 1;
    if (code >= range) {
      code -= range;
      level = -level;
    }
    if (range < BOTTOM) {
      code = (code << 8) | nextByte(plan);
      range <<= 8;
    }
  }
  store<u32>(plan, code, LOW);
  store<u32>(plan, range, RANGE);
  return level;
}

/** What follows a symbol: an escape, and low bits as they are. */
export function decodeRest(plan: usize, symbol: u32, rawBits: u32): u32 {
  let magnitude = <u64>symbol;
  if (symbol === ESCAPE) magnitude = <u64>codeGamma(plan, true, 0) + (ESCAPE - 1);
  let left = rawBits;
  if (left > 16) {
    magnitude = (magnitude << (left - 16)) | codeBits(plan, true, 0, left - 16);
    left = 16;
  }
  if (left > 0) magnitude = (magnitude << left) | codeBits(plan, true, 0, left);
  // No encoder goes beyond 2^25; damaged packets must stay within what integers hold.
  return <u32>min<u64>(magnitude, 0x3ffffff);
}
