/**
 * `mulaw8`: ITU-T G.711 μ-law, a byte a sample and no scale; full scale 1.0 is 32768.
 *
 * ```
 * bit  7      6 5 4       3 2 1 0         all bits inverted: silence is 0xff
 *     sign  exponent e   mantissa m
 * ```
 *
 * |x̂|·32768 = ((8·m + 132) << e) − 132, so 0, 8, 16 … 32124; the code of x has the largest (e, m) whose decision value
 * ((8·m + 128) << e) − 132 is not above |x|·32768 (0 for the first), so what is beyond 32124 is held there. x is not rounded to
 * 16 bits first; a whole number gets the code that the usual 16-bit encoders give it, 0 and −0 the positive zero, 0xff,
 * and a negative magnitude below 4 the negative one, 0x7f, which decodes to 0.
 *
 * Samples have nothing to do with each other: a block is only the unit of counting, and of rotation where that is asked
 * for.
 */
import { type Codebook, codebookFormat, floatBelow } from './_codebook.js';
import type { BlockFormat } from './format.js';

const FULL_SCALE = 32768;
const BIAS = 132;

function mulawCodebook(): Codebook {
  const magnitudes = Array.from({ length: 128 }, (_, i) => (((8 * (i & 15) + BIAS) << (i >> 4)) - BIAS) / FULL_SCALE);
  const decisions = Array.from({ length: 128 }, (_, i) => (((8 * (i & 15) + 128) << (i >> 4)) - BIAS) / FULL_SCALE);
  const indices = magnitudes.map((_, i) => i);
  return {
    codes: [...indices, ...indices.map((i) => 0xff - i)],
    values: [...magnitudes.map((value) => 0 - value).reverse(), ...magnitudes],
    // A magnitude on a decision value belongs to the larger code, and zero to the positive one.
    thresholds: [
      ...decisions
        .slice(1)
        .reverse()
        .map((value) => -value),
      floatBelow(0),
      ...decisions.slice(1).map(floatBelow),
    ],
  };
}

const BLOCK_SIZES = { minimum: 16, maximum: 4096, step: 16, default: 32 };

const byTable = codebookFormat('mulaw8', { bits: 8, scaled: false, blockSizes: BLOCK_SIZES }, mulawCodebook);

export const compandedFormats: readonly BlockFormat[] = [
  {
    ...byTable,
    encode: (kernels, target, source, blocks, blockSize, scratch) =>
      kernels.encodeMulawBlocks(target, source, blocks, blockSize, scratch),
  },
];
