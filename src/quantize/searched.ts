/**
 * `float-search`: floats of 4 bits whose layout and exponent bias follow the signal (LLM-FP4; Liu et al., 2023).
 *
 * ```
 * coded block, 5 + blockSize/2 bytes
 * ┌───────────┬────────────┬──────────────────────────────────┐
 * │ layout: u8 │ s: float32  │ q[0] low, q[1] high; …             │    x̂ = element(q)·s
 * └───────────┴────────────┴──────────────────────────────────┘
 * ```
 *
 * Layouts: 0 E1M2 (0, 0.25 … 1.75), 1 E2M1 (0, 0.5, 1, 1.5, 2, 3, 4, 6), 2 E3M0 (0, 0.25, 0.5 … 16); sign highest. s stands for a
 * real exponent bias. Of each layout five scales are tried, from amax/largest down by a fifth each, and about the best of all
 * a tenth and a twentieth up and down; the least sum of squared errors wins, the first of equal ones. The option `layout`
 * leaves one of the three. A layout above 2, and an s with its sign set, infinite or NaN, make zeros.
 */
import type { BlockFormat } from './format.js';

/** The format with a choice among layouts, bit i for layout i. */
function searched(layouts: number): BlockFormat {
  return {
    id: 'float-search',
    blockSizes: { minimum: 16, maximum: 4096, step: 16, default: 512 },
    blockBytes: (blockSize) => 5 + blockSize / 2,
    encode: (kernels, target, source, blocks, blockSize, scratch) =>
      kernels.encodeSearchedBlocks(target, source, blocks, blockSize, layouts, scratch),
    decode: (kernels, target, source, blocks, blockSize) =>
      kernels.decodeSearchedBlocks(target, source, blocks, blockSize),
  };
}

export const searchedFormats: readonly BlockFormat[] = [
  { ...searched(0b111), layouts: { e1m2: searched(0b001), e2m1: searched(0b010), e3m0: searched(0b100) } },
];
