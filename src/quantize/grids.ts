/**
 * Grids that are not those of floats: `log-sqrt2`, `twinlog` and `ifsq`, 4 bits a sample.
 *
 * ```
 * log-sqrt2, 4 + blockSize/2 bytes     twinlog, 4 + blockSize/2 bytes               ifsq, 2 + blockSize/2 bytes
 * ┌──────────────┬───────────┐         ┌────────────┬────────────┬───────────┐      ┌────────────┬───────────┐
 * │ amax: float32 │ q: nibbles │         │ r+: float16 │ r−: float16 │ q: nibbles │      │ r: float16  │ q: nibbles │
 * └──────────────┴───────────┘         └────────────┴────────────┴───────────┘      └────────────┴───────────┘
 * ```
 *
 * The earlier of two codes is in the high nibble. r is the root mean square of the block, r+ of its samples from zero on and
 * r− of those below, summed in float64 and rounded to the nearest float16, at most 65504.
 *
 * - `log-sqrt2` (POST: Dong et al., 2021, powers of √2): q = 8·sign + m, x̂ = ±amax·2^((m − 7)/2), 0 for m = 0; nearest by
 *   arithmetic midpoints. From 0.12 amax on no sample is off by more than (√2 − 1)/(√2 + 1), 17.2 %.
 * - `twinlog`: an affine grid for each sign. x̂ = r±·(a + c·k), k = 0 … 7, codes in ascending order; a = 0.136 and c = 0.340 make
 *   the error of Gaussian samples least, 1.14 % of their power, where the best uniform grid with a zero has 1.19 %.
 * - `ifsq` (iFSQ: bins equally filled): z = 2σ(1.6·x/r) − 1 falls into one of 16 equal bins of −1 … 1; x̂ is what lies in the
 *   middle of its bin. Bins are about as likely as each other, which suits tokens; it is not the least squared error.
 */
import { ln } from '../engine/exact-math.js';
import { type Codebook, codebookFormat, codebookWords, floatBelow } from './_codebook.js';
import type { BlockFormat } from './format.js';

const LEVELS = 16;
const { fround } = Math;

const midpoints = (values: readonly number[]) => values.slice(1).map((value, i) => fround((values[i] + value) / 2));

function rootTwoCodebook(): Codebook {
  const magnitudes = [0];
  for (let m = 1; m < 8; m++) {
    // 2^((m − 7)/2): a half for every two.
    const down = 7 - m;
    magnitudes.push(fround((down % 2 === 0 ? 1 : Math.SQRT1_2) / (1 << (down >> 1))));
  }
  const thresholds = midpoints(magnitudes);
  const indices = magnitudes.map((_, m) => m);
  return {
    codes: [...indices.map((m) => 8 + m).reverse(), ...indices],
    values: [...magnitudes.map((value) => -value).reverse(), ...magnitudes],
    // A magnitude on a midpoint goes down on both sides; zero is positive.
    thresholds: [...thresholds.map((t) => floatBelow(-t)).reverse(), floatBelow(0), ...thresholds],
  };
}

/** The first level and the step, in units of the root mean square: least squares for Gaussian samples. */
const TWIN_FIRST = 0.136;
const TWIN_STEP = 0.34;

function twinCodebook(): Codebook {
  const magnitudes = Array.from({ length: LEVELS / 2 }, (_, k) => fround(TWIN_FIRST + TWIN_STEP * k));
  const thresholds = midpoints(magnitudes);
  return {
    codes: Array.from({ length: LEVELS }, (_, code) => code),
    values: [...magnitudes.map((value) => -value).reverse(), ...magnitudes],
    thresholds: [...thresholds.map((t) => floatBelow(-t)).reverse(), floatBelow(0), ...thresholds],
  };
}

/** What 2σ(1.6·z) − 1 = t comes from: tanh(0.8·z) is the same curve. */
const bentBack = (t: number) => ln((1 + t) / (1 - t)) / 1.6;

function equalBinsCodebook(): Codebook {
  return {
    codes: Array.from({ length: LEVELS }, (_, code) => code),
    values: Array.from({ length: LEVELS }, (_, code) => fround(bentBack((2 * code + 1) / LEVELS - 1))),
    // What lies on an edge belongs above.
    thresholds: Array.from({ length: LEVELS - 1 }, (_, k) => floatBelow(fround(bentBack((2 * (k + 1)) / LEVELS - 1)))),
  };
}

/** A codebook in units of the root mean square: of the block, or of each sign. */
function deviationFormat(id: string, sides: 1 | 2, makeCodebook: () => Codebook): BlockFormat {
  return {
    id,
    blockSizes: { minimum: 16, maximum: 4096, step: 16, default: 256 },
    blockBytes: (blockSize) => 2 * sides + blockSize / 2,
    parameters: () => codebookWords(makeCodebook()),
    encode: (kernels, target, source, blocks, blockSize, scratch, table) =>
      kernels.encodeDeviationBlocks(target, source, blocks, blockSize, sides, table, scratch),
    decode: (kernels, target, source, blocks, blockSize, table) =>
      kernels.decodeDeviationBlocks(target, source, blocks, blockSize, sides, table),
  };
}

export const gridFormats: readonly BlockFormat[] = [
  codebookFormat(
    'log-sqrt2',
    { bits: 4, scaled: true, blockSizes: { minimum: 16, maximum: 4096, step: 16, default: 64 } },
    rootTwoCodebook,
  ),
  deviationFormat('twinlog', 2, twinCodebook),
  deviationFormat('ifsq', 1, equalBinsCodebook),
];
