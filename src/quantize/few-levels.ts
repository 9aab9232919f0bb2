/**
 * `ternary` and `sign`: three levels, five samples to a byte, and two, eight to a byte.
 *
 * ```
 * ternary, 2 + blockSize/5 bytes                                   sign, 2 + blockSize/8 bytes
 * ┌────────────┬───────────────────────────────────────────┐       ┌────────────┬──────────────────────────────┐
 * │ l: float16  │ c[0] + 3·c[1] + 9·c[2] + 27·c[3] + 81·c[4] …  │       │ l: float16  │ a bit a sample, c[0] lowest …  │
 * └────────────┴───────────────────────────────────────────┘       └────────────┴──────────────────────────────┘
 * ```
 *
 * - `ternary`: x̂ = (c − 1)·l; c = 2 where x > t, 0 where x < −t, else 1. t begins as 0.767 of the mean magnitude, l is the mean
 *   of the magnitudes above t, t then half of that and l found again (Lloyd, 1957; Li and Liu, Ternary weight networks, 2016):
 *   7.2 dB on Gaussian samples, the most three levels can do.
 * - `sign`: c = 1 where x < 0, and x̂ = −l, else l: the mean magnitude, √(2/π)·σ of Gaussian samples: 4.4 dB.
 *
 * Means in float64, l to the nearest float16, at most 65504. An l that is never written, and a byte above 242, make zeros.
 */
import type { BlockFormat } from './format.js';

const ternary: BlockFormat = {
  id: 'ternary',
  blockSizes: { minimum: 80, maximum: 4080, step: 80, default: 320 },
  blockBytes: (blockSize) => 2 + blockSize / 5,
  encode: (kernels, target, source, blocks, blockSize, scratch) =>
    kernels.encodeTernaryBlocks(target, source, blocks, blockSize, scratch),
  decode: (kernels, target, source, blocks, blockSize) =>
    kernels.decodeTernaryBlocks(target, source, blocks, blockSize),
};

const sign: BlockFormat = {
  id: 'sign',
  blockSizes: { minimum: 16, maximum: 4096, step: 16, default: 128 },
  blockBytes: (blockSize) => 2 + blockSize / 8,
  encode: (kernels, target, source, blocks, blockSize, scratch) =>
    kernels.encodeSignBlocks(target, source, blocks, blockSize, scratch),
  decode: (kernels, target, source, blocks, blockSize) => kernels.decodeSignBlocks(target, source, blocks, blockSize),
};

export const fewLevelFormats: readonly BlockFormat[] = [ternary, sign];
