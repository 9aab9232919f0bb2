/**
 * `fp6-4plus2`: E3M2 codes split in a plane of 4 bits and one of 2, so that sixteen of them are whole words of 8 and 4
 * bytes, under a float16 scale. The split is that of FP6-LLM (Xia et al., 2024) and ZeroQuant(4+2) (Wu et al., 2023);
 * the order of bytes is our own, as theirs is that of one GPU's registers.
 *
 * ```
 * coded block, 2 + blockSize·3/4 bytes
 * ┌────────────┬──────────────────────────────────────────────┬───────────────────────────────────────────────┬───
 * │ s: float16 │ bytes 0 … 7: bits 3 … 0 of c[i] low,           │ bytes 8 … 11: bits 5, 4 of c[i] lowest, then of │ the next
 * │            │ of c[i + 8] high                             │ c[i + 4], c[i + 8], c[i + 12]                 │ sixteen
 * └────────────┴──────────────────────────────────────────────┴───────────────────────────────────────────────┴───
 * code: bit 5 sign, bits 4 … 2 exponent (bias 3), bits 1, 0 mantissa: 0, 1/16 … 28, no infinity, no NaN
 * ```
 *
 * - s = the least float16 with 28·s >= amax, at most 65504; 0 where amax <= 2^-29, since all codes would be zeros then;
 * - c = the E3M2 code nearest to x/s (a float32 quotient), ties to the even code, held at ±28; it keeps the sign of zero;
 * - x̂ = E3M2(c)·s, which float32 holds exactly. A scale of zero, or one that is never written (sign set, infinite, NaN),
 *   decodes to zeros.
 *
 * As s is rounded up, nothing clips while amax <= 28·65504.
 */
import type { BlockFormat } from './format.js';

const planes: BlockFormat = {
  id: 'fp6-4plus2',
  blockSizes: { minimum: 16, maximum: 256, step: 16, default: 32 },
  blockBytes: (blockSize) => 2 + (blockSize * 3) / 4,
  encode: (kernels, target, source, blocks, blockSize, scratch) =>
    kernels.encodePlaneBlocks(target, source, blocks, blockSize, scratch),
  decode: (kernels, target, source, blocks, blockSize) => kernels.decodePlaneBlocks(target, source, blocks, blockSize),
};

export const planeFormats: readonly BlockFormat[] = [planes];
