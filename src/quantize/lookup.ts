/**
 * The lookup formats of bitsandbytes: `nf4`, `bnb-fp4` and `dynamic8`. Codes stand for the entries of a table, under the
 * block's largest magnitude.
 *
 * ```
 * nf4, bnb-fp4: 4 + blockSize/2 bytes                   dynamic8: 4 + blockSize bytes
 * ┌──────────────────┬──────────────────────────┐       ┌──────────────────┬──────────────┐
 * │ s = amax: float32 │ q[0] high, q[1] low; …   │       │ s = amax: float32 │ q[0], q[1] … │
 * └──────────────────┴──────────────────────────┘       └──────────────────┴──────────────┘
 * ```
 *
 * n = x·(1/max(amax, 1e-38)), the reciprocal rounded first, held to ±1; q = the code of the entry nearest to n;
 * x̂ = entry·s; all in float32. A scale that is never written (sign set, infinite, NaN) decodes to zeros. Blocks of zeros
 * have the scale 0.
 *
 * With `scaleFormat: 'dynamic8'` ("double quantisation") a block has a byte for a scale, a code of dynamic8, and up to 256
 * blocks share eight bytes before them:
 *
 * ```
 * ┌───────────┬───────────┬──────────────┬─────────┬──────────────┬─────────┬─────
 * │ o: float32 │ p: float32 │ code of a[0] │ q[0] …   │ code of a[1] │ q …      │
 * └───────────┴───────────┴──────────────┴─────────┴──────────────┴─────────┴─────
 * ```
 *
 * a[b] = the largest |x| of block b; o = their mean, summed in order in float64; p = the largest |a[b] − o|; the scale's
 * code is that of (a[b] − o)·(1/max(p, 1e-38)), and s = entry·p + o. Samples are coded under a[b] as ever. bitsandbytes has
 * one offset for a whole tensor: up to 256 blocks the two are the same, but for the order in which the mean is summed.
 */
import { ascendingCodebook, type Codebook, codebookFormat, floatBelow, nestedCodebookFormat } from './_codebook.js';
import type { BlockFormat, BlockSizes } from './format.js';

/**
 * NF4 (QLoRA; Dettmers et al., 2023): quantiles of the normal distribution over their largest,
 *
 *   Φ⁻¹(p)/Φ⁻¹(P), p from P to 1/2 in 8 equal steps (positive) and in 7 (negative), without the 1/2 itself, and 0,
 *
 * with P = 0.9677083. The published numbers were computed in float32 and are up to 2.2e-7 away from that, so the table
 * is what is written here; a test holds it to the formula.
 */
const NF4_VALUES = [
  -1, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635, -0.18477343022823334,
  -0.09105003625154495, 0, 0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224,
  0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1,
];

/**
 * FP4 of bitsandbytes: {0, 1/16, 2, 3, 4, 6, 8, 12}/12 with a sign, so not E2M1. Codes, values and thresholds are those
 * of its CUDA kernel: most thresholds are midpoints to seven digits, a magnitude on one goes down, and a negative one
 * below the first is code 8, minus zero.
 */
const FP4_CODES = [0, 1, 6, 7, 4, 5, 2, 3];
const FP4_VALUES = [0, 5.208333333e-3, 0.16666667, 0.25, 0.33333333, 0.5, 0.66666667, 1];
const FP4_THRESHOLDS = [0.00260417, 0.0859375, 0.20833333, 0.29166667, 0.4166667, 0.583333, 0.8333333].map(Math.fround);

function fp4Codebook(): Codebook {
  const negative = 8;
  return {
    codes: [...FP4_CODES.map((code) => code + negative).reverse(), ...FP4_CODES],
    values: [...FP4_VALUES.map((value) => -value).reverse(), ...FP4_VALUES],
    // A negative number on a threshold, and zero itself, belong to the upper neighbour.
    thresholds: [...FP4_THRESHOLDS.map((t) => floatBelow(-t)).reverse(), floatBelow(0), ...FP4_THRESHOLDS],
  };
}

const DECADES = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1];

/**
 * The dynamic map (Dettmers et al., 8-bit optimizers, 2022): decade 10^(i − 6), i = 0 … 6, has the 2^i means of neighbours
 * in linspace(0.1, 1, 2^i + 1), both signs; and 0 and 1, but not −1. As PyTorch does it: a float32 step, each point of the
 * linspace rounded once and counted from the nearer end, float32 means and decades.
 */
function dynamicValues(): number[] {
  const { fround } = Math;
  const first = fround(0.1);
  const values = [0, 1];
  for (const [i, decade] of DECADES.entries()) {
    const count = 1 << i;
    const step = fround(fround(1 - first) / count);
    const point = (k: number) => fround(2 * k < count + 1 ? first + step * k : 1 - step * (count - k));
    for (let k = 0; k < count; k++) {
      const value = fround(fround(decade) * fround(fround(point(k) + point(k + 1)) / 2));
      values.push(value, -value);
    }
  }
  return values.sort((a, b) => a - b);
}

const dynamicCodebook = () => ascendingCodebook(dynamicValues());

const SMALL_BLOCKS = { minimum: 16, maximum: 4096, step: 16, default: 64 };
const LARGE_BLOCKS = { ...SMALL_BLOCKS, default: 2048 };

function lookupFormat(id: string, bits: 4 | 8, blockSizes: BlockSizes, makeCodebook: () => Codebook): BlockFormat {
  const standard = codebookFormat(id, { bits, scaled: true, blockSizes }, makeCodebook);
  const nested = nestedCodebookFormat(id, { bits, blockSizes }, makeCodebook, dynamicCodebook);
  return { ...standard, scaleFormats: { float32: standard, dynamic8: nested } };
}

export const lookupFormats: readonly BlockFormat[] = [
  lookupFormat('nf4', 4, SMALL_BLOCKS, () => ascendingCodebook(NF4_VALUES)),
  lookupFormat('bnb-fp4', 4, SMALL_BLOCKS, fp4Codebook),
  lookupFormat('dynamic8', 8, LARGE_BLOCKS, dynamicCodebook),
];
