// The Walsh–Hadamard transform of ±1 given as bits: value j is bit j mod 8 (bit 0 the least) of byte floor(j/8), 0 for +1
// and 1 for −1. Blocks of 4096 are expanded in registers to int16, in which no sum of theirs can overflow, transformed
// there, and widened to int32; the rest of the stages join the blocks.
//
// Memory: `size` bits in whole bytes; `size` i32 values at `target`, which has at least 64 bytes.
import { Wrap } from '../lib/butterfly';
import { finishTransform, transformValues } from './vector-passes';

const BLOCK_BITS = 12;

/** The size is a power of two. */
export function fwhtBits(target: usize, bits: usize, size: i32): void {
  const masks = i16x8(1, 2, 4, 8, 16, 32, 64, 128);
  const ones = i16x8.splat(1);
  const blockBits = min(ctz(size), BLOCK_BITS);
  const values: usize = 1 << blockBits;
  const bytes = max<usize>(16, values << 1);
  const end = target + ((<usize>size) << 2);
  for (let block = target; block < end; block += values << 2) {
    // In the upper half of the block's place, from which widening moves down without overtaking itself.
    const half = block + bytes;
    for (let q = half; q < half + bytes; q += 16, bits++) {
      const set = i16x8.eq(v128.and(i16x8.splat(load<u8>(bits)), masks), masks);
      v128.store(q, v128.or(set, ones));
    }
    transformValues<i16, Wrap>(half, blockBits, 1, 1);
    let to = block;
    for (let q = half; q < half + bytes; q += 16, to += 32) {
      const x = v128.load(q);
      v128.store(to, i32x4.extend_low_i16x8_s(x));
      v128.store(to, i32x4.extend_high_i16x8_s(x), 16);
    }
  }
  finishTransform<i32, Wrap>(target, 4 << BLOCK_BITS, (<usize>size) << 2);
}
