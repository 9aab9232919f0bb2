// Blocks that are coded twice: as they are, and what is left of them, or of their loudest parts, again. Both by scaled.ts.
//
// Memory: samples are float32, 4-byte aligned, `blockSize` to a block: up to 16 parts of 16. A coded block of one part is two
// parts of scaled.ts, each of `codedBytes`. One of more parts is a u16 of flags, little endian, bit i set where part i is
// coded again; the parts; and room for a quarter of them, rounded up, where the flagged ones are coded again in order and
// zeros fill the rest. `parameters` is the seventeen words of scaled.ts, and then seventeen for what is left.

import { copyFiniteF32 } from '../engine/finite';
import { largestMagnitudeF32 } from './magnitude';
import { decodeScaledBlocks, encodeScaledBlocks } from './scaled';

const PART_SIZE: i32 = 16;
const PART_BYTES: usize = 64;
const FLAG_BYTES: usize = 2;
const WORDS: usize = 68;
const TENSOR_SCALE: usize = 52;
const SATURATED: usize = 64;
/** What is left is a third of the step at most but for what clips: its scales need less of a tensor scale. */
const SECOND_SHARE: f32 = 0.125;
/** A part is worth a second code where its peak is above this share of the block's. */
const LOUD_SHARE: f32 = 0.125;

/** Gives the second coder its tensor scale. */
function shareTensorScale(parameters: usize): void {
  const share = load<f32>(parameters, TENSOR_SCALE) * SECOND_SHARE;
  // One whose inverse overflows would make NaN of zeros.
  store<f32>(parameters + WORDS, share > 1e-37 ? share : 0, TENSOR_SCALE);
}

/** How many parts of a block may be coded twice. */
function mostRefined(parts: i32): i32 {
  return (parts + 3) >> 2;
}

/** Flags of the loudest parts, of equal ones the first; `peaks` has room for a float32 of each. */
function loudParts(source: usize, parts: i32, peaks: usize): i32 {
  let limit: f32 = 0;
  for (let part = 0; part < parts; part++) {
    const peak = largestMagnitudeF32(source + <usize>part * PART_BYTES, PART_SIZE);
    store<f32>(peaks + ((<usize>part) << 2), peak);
    if (peak > limit) limit = peak;
  }
  limit *= LOUD_SHARE;
  let flags = 0;
  for (let chosen = mostRefined(parts); chosen > 0; chosen--) {
    let best = -1;
    let most = limit;
    for (let part = 0; part < parts; part++) {
      const peak = load<f32>(peaks + ((<usize>part) << 2));
      if (((flags >> part) & 1) === 0 && peak > most) {
        most = peak;
        best = part;
      }
    }
    if (best < 0) break;
    flags |= 1 << best;
  }
  return flags;
}

/**
 * Encodes `blocks` blocks; returns how many samples were NaN or infinite and coded as zero.
 * `scratch` holds two blocks of float32 values, 4-byte aligned.
 */
export function encodeResidualBlocks(
  target: usize,
  source: usize,
  blocks: i32,
  blockSize: i32,
  codedBytes: i32,
  scratch: usize,
  parameters: usize,
): i32 {
  const bytes = (<usize>blockSize) << 2;
  const decoded = scratch + bytes;
  const parts = blockSize / PART_SIZE;
  shareTensorScale(parameters);
  let faults = 0;
  for (; blocks > 0; blocks--, source += bytes) {
    faults += copyFiniteF32(scratch, source, blockSize);
    let flags = 1;
    if (parts > 1) {
      flags = loudParts(scratch, parts, decoded);
      store<u16>(target, <u16>flags);
      target += FLAG_BYTES;
    }
    encodeScaledBlocks(target, scratch, parts, PART_SIZE, scratch, parameters, 0);
    decodeScaledBlocks(decoded, target, parts, PART_SIZE, parameters);
    target += <usize>parts * codedBytes;
    const end = target + <usize>mostRefined(parts) * codedBytes;
    for (let part = 0; part < parts; part++) {
      if (((flags >> part) & 1) === 0) continue;
      const from = scratch + <usize>part * PART_BYTES;
      for (let at: usize = 0; at < PART_BYTES; at += 16) {
        v128.store(from + at, f32x4.sub(v128.load(from + at), v128.load(from + at + bytes)));
      }
      encodeScaledBlocks(target, from, 1, PART_SIZE, from, parameters + WORDS, 0);
      target += codedBytes;
    }
    memory.fill(target, 0, end - target);
    target = end;
  }
  // Of the second it says nothing new.
  store<i32>(parameters + WORDS, 0, SATURATED);
  return faults;
}

/** Decodes them; `scratch` holds a part. Returns how many blocks had flags or a scale that is never written. */
export function decodeResidualBlocks(
  target: usize,
  source: usize,
  blocks: i32,
  blockSize: i32,
  codedBytes: i32,
  scratch: usize,
  parameters: usize,
): i32 {
  const bytes = (<usize>blockSize) << 2;
  const parts = blockSize / PART_SIZE;
  const most = mostRefined(parts);
  shareTensorScale(parameters);
  let damaged = 0;
  for (; blocks > 0; blocks--, target += bytes) {
    let flags = 1;
    if (parts > 1) {
      flags = <i32>load<u16>(source);
      source += FLAG_BYTES;
    }
    let second = source + <usize>parts * codedBytes;
    const end = second + <usize>most * codedBytes;
    if (popcnt<i32>(flags) > most || flags >> parts !== 0) {
      damaged++;
      memory.fill(target, 0, bytes);
      source = end;
      continue;
    }
    let wrong = decodeScaledBlocks(target, source, parts, PART_SIZE, parameters);
    for (let part = 0; part < parts; part++) {
      if (((flags >> part) & 1) === 0) continue;
      wrong |= decodeScaledBlocks(scratch, second, 1, PART_SIZE, parameters + WORDS);
      second += codedBytes;
      const to = target + <usize>part * PART_BYTES;
      for (let at: usize = 0; at < PART_BYTES; at += 16) {
        v128.store(to + at, f32x4.add(v128.load(to + at), v128.load(scratch + at)));
      }
    }
    if (wrong !== 0) damaged++;
    source = end;
  }
  return damaged;
}
