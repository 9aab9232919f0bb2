// Blocks of eight parts of 32 samples, the loudest `wide` of which have 8 bits a sample and the others 4.
//
// Memory: samples are float32, 4-byte aligned. A coded block is a byte of flags, bit i set where part i is one of the wide,
// and the eight parts in order, each as a block of integer.ts: a float16 and its codes. Of any alignment.

import { decodeIntegerBlocks, encodeIntegerBlocks } from './integer';
import { largestMagnitudeF32 } from './magnitude';

const PARTS: i32 = 8;
const PART_SIZE: i32 = 32;
const PART_BYTES: usize = 128;

/** Bytes of a coded part. */
function codedBytes(isWide: bool): usize {
  return isWide ? 34 : 18;
}

/**
 * Encodes `blocks` blocks; returns how many samples were NaN or infinite and coded as zero.
 * `scratch` holds a block of float32 values, 4-byte aligned.
 */
export function encodeMixedBlocks(target: usize, source: usize, blocks: i32, wide: i32, scratch: usize): i32 {
  let faults = 0;
  for (; blocks > 0; blocks--) {
    for (let part = 0; part < PARTS; part++) {
      const peak = largestMagnitudeF32(source + <usize>part * PART_BYTES, PART_SIZE);
      store<f32>(scratch + ((<usize>part) << 2), peak);
    }
    // The loudest one after the other, of equal ones the first.
    let flags = 0;
    for (let chosen = 0; chosen < wide; chosen++) {
      let best = -1;
      let most: f32 = -1;
      for (let part = 0; part < PARTS; part++) {
        const peak = load<f32>(scratch + ((<usize>part) << 2));
        if (((flags >> part) & 1) === 0 && peak > most) {
          most = peak;
          best = part;
        }
      }
      flags |= 1 << best;
    }
    store<u8>(target++, <u8>flags);
    for (let part = 0; part < PARTS; part++, source += PART_BYTES) {
      const isWide = ((flags >> part) & 1) !== 0;
      faults += encodeIntegerBlocks(target, source, 1, PART_SIZE, isWide ? 8 : 4, scratch);
      target += codedBytes(isWide);
    }
  }
  return faults;
}

/** Decodes them; returns how many blocks had a wrong number of flags or a scale that is never written. */
export function decodeMixedBlocks(target: usize, source: usize, blocks: i32, wide: i32): i32 {
  const blockBytes: usize = <usize>1 + <usize>wide * codedBytes(true) + <usize>(PARTS - wide) * codedBytes(false);
  let damaged = 0;
  for (; blocks > 0; blocks--, source += blockBytes) {
    const flags = <i32>load<u8>(source);
    if (popcnt<i32>(flags) !== wide) {
      damaged++;
      memory.fill(target, 0, <usize>PARTS * PART_BYTES);
      target += <usize>PARTS * PART_BYTES;
      continue;
    }
    let wrong = 0;
    let at = source + 1;
    for (let part = 0; part < PARTS; part++, target += PART_BYTES) {
      const isWide = ((flags >> part) & 1) !== 0;
      wrong |= decodeIntegerBlocks(target, at, 1, PART_SIZE, isWide ? 8 : 4);
      at += codedBytes(isWide);
    }
    damaged += wrong;
  }
  return damaged;
}
