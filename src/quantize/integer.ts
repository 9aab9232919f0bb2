/**
 * int2 … int8: blocks of symmetric integers under one float16 scale.
 *
 * ```
 * coded block, 2 + blockSize·bits/8 bytes
 * ┌───────────────┬──────────────────────────────────────────────┐
 * │ scale s       │ codes c[0], c[1] …, bits each, two's complement │
 * │ float16, LE   │ little-endian bit stream: c[0] lowest         │
 * └───────────────┴──────────────────────────────────────────────┘
 * ```
 *
 * With Q = 2^(bits−1) − 1 and amax the largest |x| of the block:
 *
 * - s = the least float16 with Q·s >= amax, at most 65504; 0 where amax <= 2^-25, since all codes would be zero then;
 * - c = x / s as a correctly rounded float32, held to ±Q, and rounded to the nearest integer, ties to even;
 * - x̂ = c·s, which float32 holds exactly. −2^(bits−1) is never written, and decodes to −2^(bits−1)·s all the same.
 *
 * As s is rounded up nothing clips while amax <= 65504·Q: every sample comes back within s/2. A scale of zero, or one
 * that is never written (sign set, infinite, NaN), decodes to zeros.
 */
import type { BlockFormat } from './format.js';

const BLOCK_SIZES = { minimum: 16, maximum: 256, step: 16, default: 32 };
const SCALE_BYTES = 2;

function integerFormat(bits: number): BlockFormat {
  return {
    id: `int${bits}`,
    blockSizes: BLOCK_SIZES,
    blockBytes: (blockSize) => SCALE_BYTES + (blockSize * bits) / 8,
    encode: (kernels, target, source, blocks, blockSize, scratch) =>
      kernels.encodeIntegerBlocks(target, source, blocks, blockSize, bits, scratch),
    decode: (kernels, target, source, blocks, blockSize) =>
      kernels.decodeIntegerBlocks(target, source, blocks, blockSize, bits),
  };
}

export const integerFormats: readonly BlockFormat[] = [2, 3, 4, 5, 6, 7, 8].map(integerFormat);
