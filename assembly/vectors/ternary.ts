// ITQ3_S with three levels: blocks of 256 turned values as −1, 0 or 1 under the scale of the least error.
//
// Memory: a coded block is its scale and 52 bytes of five trits each, 0 for −1, the first the least significant; the last byte
// has one. Blocks are 16-byte aligned.

import { loadScale, storeScale, sumSquares } from '../lib/vector-scale';

const BLOCK: i32 = 256;
const SMALLEST_NORM: f64 = 7.888609052210118e-31;

/** Encodes `blocks` blocks, with 0 for what is within `threshold` of their root mean square; returns the address behind. */
export function encodeTernaryVectors(
  target: usize,
  source: usize,
  blocks: i32,
  threshold: f32,
  scaleBytes: i32,
): usize {
  for (; blocks > 0; blocks--, source += 4 * BLOCK) {
    const norm = sqrt<f64>(sumSquares(source, BLOCK));
    const bound = <f32>(norm / 16) * threshold;
    const start = target;
    target += scaleBytes;
    let sum: f64 = 0;
    let count = 0;
    for (let first = 0; first < BLOCK; first += 5) {
      let byte = 0;
      for (let i = min<i32>(first + 5, BLOCK) - 1; i >= first; i--) {
        const value = load<f32>(source + ((<usize>i) << 2));
        const beyond = abs<f32>(value) > bound;
        const trit = beyond ? (value < 0 ? 0 : 2) : 1;
        sum += beyond ? <f64>abs<f32>(value) : 0;
        count += i32(beyond);
        byte = 3 * byte + trit;
      }
      store<u8>(target++, <u8>byte);
    }
    storeScale(start, norm < SMALLEST_NORM || count === 0 ? 0 : <f32>(sum / <f64>count), scaleBytes);
  }
  return target;
}

/** Decodes them; returns how many had an impossible scale or byte and became zeros. */
export function decodeTernaryVectors(target: usize, source: usize, blocks: i32, scaleBytes: i32): i32 {
  let damaged = 0;
  for (; blocks > 0; blocks--, target += 4 * BLOCK) {
    const scale = loadScale(source, scaleBytes);
    let bad = i32(scale < 0);
    source += scaleBytes;
    for (let first = 0; first < BLOCK; first += 5) {
      let byte = <i32>load<u8>(source++);
      for (let i = first; i < min<i32>(first + 5, BLOCK); i++, byte /= 3) {
        store<f32>(target + ((<usize>i) << 2), <f32>((byte % 3) - 1) * scale);
      }
      bad |= i32(byte !== 0);
    }
    if (bad) memory.fill(target, 0, 4 * BLOCK);
    damaged += bad;
  }
  return damaged;
}
