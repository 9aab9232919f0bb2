// Groups of values as the nearest entry of a codebook: of several channels together, or of directions with a gain for each.
//
// Memory: `codebook` is `entries` runs of groupSize float32 values, and `stride` bytes behind it the next group's own, 0 where
// all groups share one. A coded vector is a bit stream, little endian, of `indexBits` for each group, filled up to whole bytes;
// where `gains` is not 0, behind a scale and a byte of gain for each group, as in pulses.ts. `scratch` then has room for an f64
// for each group.

import { loadScale, storeScale } from '../lib/vector-scale';

const SMALLEST_NORM: f64 = 7.888609052210118e-31;

/** The gain nearest in octaves to a ratio from 0 to 1. */
function gainCode(ratio: f64, gains: usize): i32 {
  for (let code = 0; code < 254; code++) {
    const at = gains + ((<usize>code) << 2);
    if (ratio * ratio >= <f64>load<f32>(at) * <f64>load<f32>(at, 4)) return code;
  }
  return ratio > 0 ? 254 : 255;
}

/** Encodes `vectors` vectors; returns the address behind them. */
export function encodeCodebookVectors(
  target: usize,
  source: usize,
  vectors: i32,
  dimension: i32,
  groupSize: i32,
  entries: i32,
  indexBits: i32,
  codebook: usize,
  stride: usize,
  gains: usize,
  scaleBytes: i32,
  scratch: usize,
): usize {
  const groupBytes = (<usize>groupSize) << 2;
  const groups = dimension / groupSize;
  for (; vectors > 0; vectors--) {
    const start = target;
    if (gains) target += scaleBytes + groups;
    let longest: f64 = 0;
    let held: u64 = 0;
    let heldBits = 0;
    for (let group = 0; group < groups; group++, source += groupBytes) {
      let entry = codebook + <usize>group * stride;
      let best: f32 = -f32.MAX_VALUE;
      let index = 0;
      for (let k = 0; k < entries; k++) {
        // What makes x nearest: the largest ⟨x, c⟩ of unit vectors, and the least ‖x − c‖² of others.
        let score: f32 = 0;
        for (let at: usize = 0; at < groupBytes; at += 4, entry += 4) {
          const x = load<f32>(source + at);
          const c = load<f32>(entry);
          const difference = x - c;
          score += gains ? x * c : -difference * difference;
        }
        if (score > best) {
          best = score;
          index = k;
        }
      }
      if (gains) {
        const length = max<f64>(<f64>best, 0);
        store<f64>(scratch + ((<usize>group) << 3), length);
        longest = max<f64>(longest, length);
      }
      held |= (<u64>index) << heldBits;
      heldBits += indexBits;
      for (; heldBits >= 8; heldBits -= 8, held >>= 8) store<u8>(target++, <u8>held);
    }
    if (heldBits > 0) store<u8>(target++, <u8>held);
    if (gains) {
      const scale = <f64>storeScale(start, longest < SMALLEST_NORM ? 0 : <f32>longest, scaleBytes);
      for (let group = 0; group < groups; group++) {
        const length = load<f64>(scratch + ((<usize>group) << 3));
        store<u8>(start + scaleBytes + group, <u8>(scale > 0 ? gainCode(min<f64>(length / scale, 1), gains) : 255));
      }
    }
  }
  return target;
}

/** Decodes them; returns how many had an impossible scale and became zeros. */
export function decodeCodebookVectors(
  target: usize,
  source: usize,
  vectors: i32,
  dimension: i32,
  groupSize: i32,
  indexBits: i32,
  codebook: usize,
  stride: usize,
  gains: usize,
  scaleBytes: i32,
): i32 {
  const groupBytes = (<usize>groupSize) << 2;
  const groups = dimension / groupSize;
  let damaged = 0;
  for (; vectors > 0; vectors--) {
    let scale: f32 = 1;
    let gain = source;
    if (gains) {
      scale = loadScale(source, scaleBytes);
      damaged += i32(scale < 0);
      gain = source + scaleBytes;
      source = gain + groups;
    }
    let held: u64 = 0;
    let heldBits = 0;
    for (let group = 0; group < groups; group++, target += groupBytes) {
      for (; heldBits < indexBits; heldBits += 8) held |= (<u64>load<u8>(source++)) << heldBits;
      const index = <usize>(held & (((<u64>1) << indexBits) - 1));
      held >>= indexBits;
      heldBits -= indexBits;
      const entry = codebook + <usize>group * stride + index * groupBytes;
      const factor = gains ? max<f32>(scale, 0) * load<f32>(gains + ((<usize>load<u8>(gain + group)) << 2)) : 1;
      for (let at: usize = 0; at < groupBytes; at += 4) store<f32>(target + at, factor * load<f32>(entry + at));
    }
  }
  return damaged;
}
