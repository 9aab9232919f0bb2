/**
 * Block floating point: whole numbers under one power of two. `bfp` has 4 bits a sample and blocks of 16 (the values of
 * MSFP12; Darvish Rouhani et al., 2020): nvint4's size, with an exponent for a scale. `dfp16` has 16 bits (dynamic fixed
 * point; Das et al., 2018).
 *
 * ```
 * coded block, 1 + blockSize·bits/8 bytes
 * ┌───────┬────────────────────────────────────────────────┐
 * │ e: u8 │ codes c[0], c[1] …, bits each, two's complement, │
 * │       │ little-endian bit stream: c[0] lowest           │
 * └───────┴────────────────────────────────────────────────┘
 * ```
 *
 * - e = the exponent field of amax as a float32: floor(log2 amax) + 127, and 0 below 2^-126; 255 is never written, and
 *   decodes to zeros;
 * - c = x/step to the nearest, ties to even, held to ±(2^(bits−1) − 1); step = 2^(max(e, 1) − 125 − bits), so that amax is
 *   from 2^(bits−2) up to 2^(bits−1) steps;
 * - x̂ = c·step, exact. −2^(bits−1) is never written, and decodes as the code above it: always a float32.
 *
 * Every sample comes back within half a step, but for those that are held: within one.
 */
import type { BlockFormat, BlockSizes } from './format.js';

function sharedExponentFormat(id: string, bits: number, blockSizes: BlockSizes): BlockFormat {
  return {
    id,
    blockSizes,
    blockBytes: (blockSize) => 1 + (blockSize * bits) / 8,
    encode: (kernels, target, source, blocks, blockSize, scratch) =>
      kernels.encodeSharedExponentBlocks(target, source, blocks, blockSize, bits, scratch),
    decode: (kernels, target, source, blocks, blockSize) =>
      kernels.decodeSharedExponentBlocks(target, source, blocks, blockSize, bits),
  };
}

export const sharedExponentFormats: readonly BlockFormat[] = [
  sharedExponentFormat('bfp', 4, { minimum: 16, maximum: 256, step: 16, default: 16 }),
  sharedExponentFormat('dfp16', 16, { minimum: 16, maximum: 4096, step: 16, default: 256 }),
];
