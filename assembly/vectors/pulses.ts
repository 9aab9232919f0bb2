// Pyramid vector quantisation (T. R. Fischer, 1986): a group's direction is the nearest of all integer vectors whose
// magnitudes add up to `pulses`, and its length one of 255 steps of an eighth of an octave below the vector's longest.
//
// Memory: `counts` is (groupSize + 1) rows of pulses + 1 u64 numbers V(n, k), how many vectors of n integers there are whose
// magnitudes add up to k. `gains` is 256 float32: 2^(−c/8), and 0 for c = 255. A coded vector is the longest length as a
// scale, a byte of gain for each group, and the groups' indices as a little-endian bit stream of `indexBits` each, filled up
// to whole bytes. `scratch` has room for groupSize i32 and, behind 256 bytes, for an f64 for each group.
//
// Index of y: of all vectors, first those with y₀ = 0, then 1, −1, 2, −2 …, and among equals by the next value.

import { loadScale, storeScale } from '../lib/vector-scale';

/** 2^-100 as in levels.ts. */
const SMALLEST_NORM: f64 = 7.888609052210118e-31;

/** Puts pulses, one after the other, where ⟨x, y⟩²/⟨y, y⟩ grows most; returns ⟨x, y⟩/‖y‖. */
function placePulses(x: usize, groupSize: i32, pulses: i32, y: usize): f64 {
  memory.fill(y, 0, (<usize>groupSize) << 2);
  let product: f64 = 0;
  let square: f64 = 0;
  for (; pulses > 0; pulses--) {
    let best = 0;
    let bestTop: f64 = -1;
    let bestBottom: f64 = 1;
    for (let i = 0; i < groupSize; i++) {
      const at = (<usize>i) << 2;
      const top = product + <f64>abs<f32>(load<f32>(x + at));
      const bottom = square + <f64>(2 * load<i32>(y + at) + 1);
      if (top * top * bestBottom > bestTop * bottom) {
        best = i;
        bestTop = top * top;
        bestBottom = bottom;
      }
    }
    const at = (<usize>best) << 2;
    product += <f64>abs<f32>(load<f32>(x + at));
    square += <f64>(2 * load<i32>(y + at) + 1);
    store<i32>(y + at, load<i32>(y + at) + 1);
  }
  for (let i = 0; i < groupSize; i++) {
    const at = (<usize>i) << 2;
    if (load<f32>(x + at) < 0) store<i32>(y + at, -load<i32>(y + at));
  }
  return product / sqrt<f64>(square);
}

function indexOf(y: usize, groupSize: i32, pulses: i32, counts: usize): u64 {
  const row = (<usize>(pulses + 1)) << 3;
  let index: u64 = 0;
  let left = pulses;
  let counted = counts + <usize>(groupSize - 1) * row;
  for (let i = 0; i < groupSize; i++, counted -= row) {
    const value = load<i32>(y + ((<usize>i) << 2));
    const magnitude = abs(value);
    if (magnitude > 0) index += load<u64>(counted + ((<usize>left) << 3));
    for (let m = 1; m < magnitude; m++) index += load<u64>(counted + ((<usize>(left - m)) << 3)) << 1;
    left -= magnitude;
    if (value < 0) index += load<u64>(counted + ((<usize>left) << 3));
  }
  return index;
}

/** Writes the vector of an index below V(groupSize, pulses); returns the sum of its squares. */
function vectorOf(index: u64, y: usize, groupSize: i32, pulses: i32, counts: usize): i32 {
  const row = (<usize>(pulses + 1)) << 3;
  let left = pulses;
  let square = 0;
  let counted = counts + <usize>(groupSize - 1) * row;
  for (let i = 0; i < groupSize; i++, counted -= row) {
    let value = 0;
    let here = load<u64>(counted + ((<usize>left) << 3));
    if (index >= here) {
      index -= here;
      value = 1;
      here = load<u64>(counted + ((<usize>(left - 1)) << 3));
      while (index >= here << 1) {
        index -= here << 1;
        value++;
        here = load<u64>(counted + ((<usize>(left - value)) << 3));
      }
      left -= value;
      square += value * value;
      if (index >= here) {
        index -= here;
        value = -value;
      }
    }
    store<i32>(y + ((<usize>i) << 2), value);
  }
  return square;
}

/** The gain nearest in octaves to a ratio from 0 to 1. */
function gainCode(ratio: f64, gains: usize): i32 {
  let code = 0;
  // Between neighbours a step s apart the middle of both in octaves is √s away: compare squares.
  while (code < 254) {
    const middle = <f64>load<f32>(gains + ((<usize>code) << 2)) * <f64>load<f32>(gains + ((<usize>(code + 1)) << 2));
    if (ratio * ratio >= middle) return code;
    code++;
  }
  return ratio > 0 ? 254 : 255;
}

/** Encodes `vectors` vectors; returns the address behind them. */
export function encodePulseVectors(
  target: usize,
  source: usize,
  vectors: i32,
  dimension: i32,
  groupSize: i32,
  pulses: i32,
  indexBits: i32,
  counts: usize,
  gains: usize,
  scaleBytes: i32,
  scratch: usize,
): usize {
  const groupBytes = (<usize>groupSize) << 2;
  const groups = dimension / groupSize;
  const lengths = scratch + 256;
  for (; vectors > 0; vectors--) {
    const start = target;
    target += scaleBytes + groups;
    let longest: f64 = 0;
    let held: u64 = 0;
    let heldBits = 0;
    for (let group = 0; group < groups; group++, source += groupBytes) {
      const length = placePulses(source, groupSize, pulses, scratch);
      store<f64>(lengths + ((<usize>group) << 3), length);
      longest = max<f64>(longest, length);
      let index = indexOf(scratch, groupSize, pulses, counts);
      // Up to 7 bits are held, and an index may have 63: in two parts.
      for (let left = indexBits; left > 0; ) {
        const part = min<i32>(left, 32);
        held |= (index & (((<u64>1) << part) - 1)) << heldBits;
        heldBits += part;
        index >>= part;
        left -= part;
        for (; heldBits >= 8; heldBits -= 8, held >>= 8) store<u8>(target++, <u8>held);
      }
    }
    if (heldBits > 0) store<u8>(target++, <u8>held);
    const isNothing = longest < SMALLEST_NORM;
    const scale = <f64>storeScale(start, isNothing ? 0 : <f32>longest, scaleBytes);
    for (let group = 0; group < groups; group++) {
      const length = load<f64>(lengths + ((<usize>group) << 3));
      store<u8>(start + scaleBytes + group, <u8>(scale > 0 ? gainCode(min<f64>(length / scale, 1), gains) : 255));
    }
  }
  return target;
}

/** Decodes them; returns how many had an impossible scale or index and became zeros. */
export function decodePulseVectors(
  target: usize,
  source: usize,
  vectors: i32,
  dimension: i32,
  groupSize: i32,
  pulses: i32,
  indexBits: i32,
  counts: usize,
  gains: usize,
  scaleBytes: i32,
  scratch: usize,
): i32 {
  const groups = dimension / groupSize;
  const bytes = (<usize>dimension) << 2;
  const most = load<u64>(counts + ((<usize>((groupSize + 1) * (pulses + 1) - 1)) << 3));
  let damaged = 0;
  for (; vectors > 0; vectors--, target += bytes) {
    const scale = loadScale(source, scaleBytes);
    const gain = source + scaleBytes;
    source = gain + groups;
    let bad = i32(scale < 0);
    let held: u64 = 0;
    let heldBits = 0;
    for (let group = 0, p = target; group < groups; group++) {
      let index: u64 = 0;
      for (let done = 0; done < indexBits; ) {
        const part = min<i32>(indexBits - done, 32);
        for (; heldBits < part; heldBits += 8) held |= (<u64>load<u8>(source++)) << heldBits;
        index |= (held & (((<u64>1) << part) - 1)) << done;
        held >>= part;
        heldBits -= part;
        done += part;
      }
      if (index >= most) {
        bad = 1;
        index = 0;
      }
      const square = vectorOf(index, scratch, groupSize, pulses, counts);
      const length = scale * load<f32>(gains + ((<usize>load<u8>(gain + group)) << 2));
      const factor = <f32>(<f64>length / sqrt<f64>(<f64>square));
      for (let i = 0; i < groupSize; i++, p += 4) {
        store<f32>(p, <f32>load<i32>(scratch + ((<usize>i) << 2)) * factor);
      }
    }
    if (bad) memory.fill(target, 0, bytes);
    damaged += bad;
  }
  return damaged;
}
