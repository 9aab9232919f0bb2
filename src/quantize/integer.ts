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
 *
 * With `scaleFormat: 'e8m0'` the scale is a byte, a power of two as in mx.ts, and with `'e4m3'` it is one of nv.ts, under
 * a tensor scale; the elements are the same, x̂ = c·s. With `'none'` there is the tensor scale alone: static quantisation, a
 * byte a sample with int8, nothing looked at and nothing ahead.
 */
import {
  E4M3_SCALE,
  E8M0_SCALE,
  FLOAT16_SCALE,
  integerElement,
  NO_SCALE,
  scaledFormat,
  scaledParameters,
} from './_scaled-format.js';
import type { BlockFormat } from './format.js';

const BLOCK_SIZES = { minimum: 16, maximum: 256, step: 16, default: 32 };
const SCALE_BYTES = 2;

function integerFormat(bits: number): BlockFormat {
  const id = `int${bits}`;
  const element = integerElement(bits);
  const standard: BlockFormat = {
    id,
    blockSizes: BLOCK_SIZES,
    roundings: ['stochastic', 'shaped'],
    blockBytes: (blockSize) => SCALE_BYTES + (blockSize * bits) / 8,
    parameters: (settings) => scaledParameters(element, FLOAT16_SCALE, settings),
    // Only rounding other than to nearest has a state.
    encode: (kernels, target, source, blocks, blockSize, scratch, parameters, state) =>
      state === 0
        ? kernels.encodeIntegerBlocks(target, source, blocks, blockSize, bits, scratch)
        : kernels.encodeScaledBlocks(target, source, blocks, blockSize, scratch, parameters, state),
    decode: (kernels, target, source, blocks, blockSize) =>
      kernels.decodeIntegerBlocks(target, source, blocks, blockSize, bits),
  };
  return {
    ...standard,
    scaleFormats: {
      float16: standard,
      e8m0: scaledFormat({ id, element, scale: E8M0_SCALE, blockSizes: BLOCK_SIZES }),
      e4m3: scaledFormat({ id, element, scale: E4M3_SCALE, blockSizes: BLOCK_SIZES, tensor: true }),
      none: scaledFormat({ id, element, scale: NO_SCALE, blockSizes: BLOCK_SIZES, tensor: true }),
    },
  };
}

export const integerFormats: readonly BlockFormat[] = [2, 3, 4, 5, 6, 7, 8].map(integerFormat);
