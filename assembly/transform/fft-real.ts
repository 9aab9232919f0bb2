// The Fourier transform of 2·M real values as one of M complex numbers z[n] = x[2n] + i·x[2n+1], with a pass that takes
// its spectrum Z apart (Cooley, Lewis and Welch, 1970). With w = exp(−2πi/(2M)):
//
//   E = (Z[k] + Z*[M−k])/2, O = (Z[k] − Z*[M−k])/2i:   X[k] = E + w^k·O,   X[M−k] = (E − w^k·O)*
//
// Memory (cells: assembly/lib/complex.ts; C = M/lanes of them):
//   natural spectrum    the M + 1 numbers X[0] … X[M], interleaved
//   internal spectrum   cell c < C/2: X[k] of its lanes' k = lanes·c + lane; cell C − 1 − c: X[M − k] of the same lanes.
//                       X[0] and X[M], both real, have the real parts of lane 0 of the first and the last cell; the
//                       imaginary parts there are the real and the imaginary part of X[M/2]. So nothing is permuted,
//                       and a product of two spectra is one of cells but for these two lanes.
//   table               as in fft.ts for M; `split` has w^k in cells, k = 0 … M/2 − 1
// M from 16 on; shorter ones have the tables and layouts of fft-small.ts.
import {
  evenLanes,
  evenLanesReversed,
  mirrorLanes,
  oddLanes,
  oddLanesReversed,
  productIm,
  productRe,
  storeReversed,
  zipHigh,
  zipLow,
} from '../lib/complex';
import { CELLS_IN, CELLS_OUT, INVERSE, startsInTarget, transform } from './fft';
import { smallInverseReal, smallReal } from './fft-small';

/** The shortest transform that the passes can do. */
const SHORTEST: i32 = 16;

/** Takes Z/2, in cells, apart in place. */
function splitSpectrum<T>(cells: usize, bytes: usize, split: usize, internal: bool): void {
  const middle = cells + (bytes >> 1);
  let front = cells;
  let back = cells + bytes - 32;
  // What stands opposite the first lane is in the cell after `back`; of the first cell, that is Z[M] = Z[0].
  let nextRe = v128.load(cells);
  let nextIm = v128.load(cells, 16);
  do {
    const lowRe = v128.load(back);
    const lowIm = v128.load(back, 16);
    const bRe = mirrorLanes<T>(nextRe, lowRe);
    const bIm = mirrorLanes<T>(nextIm, lowIm);
    nextRe = lowRe;
    nextIm = lowIm;
    const aRe = v128.load(front);
    const aIm = v128.load(front, 16);
    const eRe = v128.add<T>(aRe, bRe);
    const eIm = v128.sub<T>(aIm, bIm);
    const oRe = v128.add<T>(aIm, bIm);
    const oIm = v128.sub<T>(bRe, aRe);
    const wRe = v128.load(split);
    const wIm = v128.load(split, 16);
    const tRe = productRe<T>(oRe, oIm, wRe, wIm);
    const tIm = productIm<T>(oRe, oIm, wRe, wIm);
    const xRe = v128.add<T>(eRe, tRe);
    const xIm = v128.add<T>(eIm, tIm);
    const yRe = v128.sub<T>(eRe, tRe);
    const yIm = v128.sub<T>(tIm, eIm);
    if (internal) {
      v128.store(front, xRe);
      v128.store(front, xIm, 16);
      v128.store(back, yRe);
      v128.store(back, yIm, 16);
    } else {
      v128.store(front, zipLow<T>(xRe, xIm));
      v128.store(front, zipHigh<T>(xRe, xIm), 16);
      storeReversed<T>(back + 2 * sizeof<T>(), yRe, yIm);
    }
    split += 32;
    front += 32;
    back -= 32;
  } while (front < middle);
  // X[M/2] = Z*[M/2], and its number is lane 0 of the cell read last.
  v128.store_lane<T>(internal ? cells + 16 : middle, v128.add<T>(nextRe, nextRe), 0);
  v128.store_lane<T>(internal ? cells + bytes - 16 : middle + sizeof<T>(), v128.mul<T>(nextIm, v128.splat<T>(-2)), 0);
}

/** Puts 2·Z together, in cells, from a spectrum. */
function joinSpectrum<T>(cells: usize, spectrum: usize, bytes: usize, split: usize, internal: bool): void {
  const middle = spectrum + (bytes >> 1);
  let front = spectrum;
  let back = spectrum + bytes - 32;
  const nyquist = load<T>(internal ? back : spectrum + bytes);
  const direct = load<T>(spectrum);
  const middleRe = load<T>(internal ? spectrum + 16 : middle);
  const middleIm = load<T>(internal ? back + 16 : middle + sizeof<T>());
  let target = cells;
  let opposite = cells + bytes;
  let previousRe = v128.splat<T>(0);
  let previousIm = v128.splat<T>(0);
  do {
    const first = v128.load(front);
    const second = v128.load(front, 16);
    const aRe = internal ? first : evenLanes<T>(first, second);
    const aIm = internal ? second : oddLanes<T>(first, second);
    const third = v128.load(internal ? back : back + 2 * sizeof<T>());
    const fourth = v128.load(internal ? back : back + 2 * sizeof<T>(), 16);
    const bRe = internal ? third : evenLanesReversed<T>(third, fourth);
    const bIm = internal ? fourth : oddLanesReversed<T>(third, fourth);
    const eRe = v128.add<T>(aRe, bRe);
    const eIm = v128.sub<T>(aIm, bIm);
    const dRe = v128.sub<T>(aRe, bRe);
    const dIm = v128.add<T>(aIm, bIm);
    const wRe = v128.load(split);
    const wIm = v128.load(split, 16);
    const oRe = v128.add<T>(v128.mul<T>(wRe, dRe), v128.mul<T>(wIm, dIm));
    const oIm = v128.sub<T>(v128.mul<T>(wRe, dIm), v128.mul<T>(wIm, dRe));
    v128.store(target, v128.sub<T>(eRe, oIm));
    v128.store(target, v128.add<T>(eIm, oRe), 16);
    const yRe = v128.add<T>(eRe, oIm);
    const yIm = v128.sub<T>(oRe, eIm);
    // The cell opposite the one before is complete now: its lane 0 is opposite our own lane 0.
    if (opposite < cells + bytes) {
      v128.store(opposite, mirrorLanes<T>(yRe, previousRe));
      v128.store(opposite, mirrorLanes<T>(yIm, previousIm), 16);
    }
    previousRe = yRe;
    previousIm = yIm;
    split += 32;
    front += 32;
    back -= 32;
    target += 32;
    opposite -= 32;
  } while (front < middle);
  v128.store(opposite, mirrorLanes<T>(v128.splat<T>(<T>2 * middleRe), previousRe));
  v128.store(opposite, mirrorLanes<T>(v128.splat<T>(<T>-2 * middleIm), previousIm), 16);
  store<T>(cells, direct + nyquist);
  store<T>(cells, direct - nyquist, 16);
}

function forward<T>(
  target: usize,
  source: usize,
  work: usize,
  table: usize,
  split: usize,
  size: i32,
  scale: T,
  internal: bool,
): void {
  const numbers = size >> 1;
  if (numbers < SHORTEST) {
    smallReal<T>(target, source, work, table, size, scale, internal);
    return;
  }
  transform<T>(target, source, work, table, numbers, scale / 2, CELLS_OUT);
  const bytes = <usize>size * sizeof<T>();
  if (internal) splitSpectrum<T>(target, bytes, split, true);
  else splitSpectrum<T>(target, bytes, split, false);
}

function inverse<T>(
  target: usize,
  source: usize,
  work: usize,
  table: usize,
  split: usize,
  size: i32,
  scale: T,
  internal: bool,
): void {
  const bytes = <usize>size * sizeof<T>();
  if (size >> 1 < SHORTEST) {
    smallInverseReal<T>(target, source, work, table, size, scale, internal);
    return;
  }
  // Where the first pass does not write.
  const cells = startsInTarget(size >> 1) ? work : target;
  if (internal) joinSpectrum<T>(cells, source, bytes, split, true);
  else joinSpectrum<T>(cells, source, bytes, split, false);
  transform<T>(target, cells, work, table, size >> 1, scale, CELLS_IN | INVERSE);
}

/** `size` real values to their spectrum, times `scale`. */
export function fftRealF32(
  target: usize,
  source: usize,
  work: usize,
  table: usize,
  split: usize,
  size: i32,
  scale: f32,
  internal: bool,
): void {
  forward<f32>(target, source, work, table, split, size, scale, internal);
}

/** A spectrum to `size` real values, times `scale`. */
export function inverseFftRealF32(
  target: usize,
  source: usize,
  work: usize,
  table: usize,
  split: usize,
  size: i32,
  scale: f32,
  internal: bool,
): void {
  inverse<f32>(target, source, work, table, split, size, scale, internal);
}

/** `size` real values to their spectrum, times `scale`. */
export function fftRealF64(
  target: usize,
  source: usize,
  work: usize,
  table: usize,
  split: usize,
  size: i32,
  scale: f64,
  internal: bool,
): void {
  forward<f64>(target, source, work, table, split, size, scale, internal);
}

/** A spectrum to `size` real values, times `scale`. */
export function inverseFftRealF64(
  target: usize,
  source: usize,
  work: usize,
  table: usize,
  split: usize,
  size: i32,
  scale: f64,
  internal: bool,
): void {
  inverse<f64>(target, source, work, table, split, size, scale, internal);
}
