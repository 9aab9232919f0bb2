// The fast Fourier transform of 2^k complex numbers, in float32 and float64: Stockham's self-sorting form (Cochran and
// others, 1967) in radix 4, with one pass of radix 8 where size is no power of four, so that natural order costs no permutation.
//
// Memory. Inside, data lie in cells (assembly/lib/complex.ts): `lanes` real parts, then their imaginary parts, 32 bytes.
//   source, target   size numbers, interleaved (re, im, re, im …) or in cells, as `mode` says
//   work             as large again
//   table            of the first pass, for every `lanes` successive p: six vectors re and im of w^p, w^2p, w^3p, where
//                    w = exp(−2πi/size); then, for each middle pass over sub-transforms of n = size/4, size/16 … > 8
//                    numbers, n/4 times the six values re and im of w^p, w^2p, w^3p with w = exp(−2πi/n)
// The source is neither target nor work, but for that one of the two that the first pass does not write (startsInTarget).
// All pointers should be 16-byte aligned. Sizes: from 16 on.
//
// The pass over sub-transforms of n numbers with stride s = size/n takes x[q + s(p + n/4·j)], j = 0 … 3, to y[q + s(4p + j)].
// Only the first (s = 1) crosses lanes; from then on each lane is a transform of its own and twiddles are the same for
// all lanes. The last pass, of radix 4 or 8, has no twiddles.
//
// The inverse is the forward transform between two exchanges of re and im. The first and the last pass do these, at no
// cost: exchanging inputs 1 and 3, conjugating twiddles and storing re as im is the same as exchanging before the pass.
import { CELLS, firstColumn, INTERLEAVED, lastColumn4, lastColumn8, middleColumn } from '../lib/fourier';
import { smallComplex } from './fft-small';

/** Bits of `mode`. */
export const INVERSE: i32 = 1;
export const CELLS_IN: i32 = 2;
export const CELLS_OUT: i32 = 4;

function firstPass<T>(target: usize, source: usize, table: usize, quarter: usize, mode: i32): void {
  const inverse = (mode & INVERSE) !== 0;
  const sign = v128.splat<T>(<T>(inverse ? -0.0 : 0.0));
  const end = source + quarter;
  let p1 = source + (inverse ? 3 * quarter : quarter);
  let p2 = source + 2 * quarter;
  let p3 = source + (inverse ? quarter : 3 * quarter);
  let re = target + (inverse ? 16 : 0);
  let im = target + (inverse ? 0 : 16);
  if (mode & CELLS_IN) {
    do {
      firstColumn<T>(re, im, source, p1, p2, p3, table, sign, CELLS);
      re += 128;
      im += 128;
      table += 96;
      source += 32;
      p1 += 32;
      p2 += 32;
      p3 += 32;
    } while (source < end);
  } else {
    do {
      firstColumn<T>(re, im, source, p1, p2, p3, table, sign, INTERLEAVED);
      re += 128;
      im += 128;
      table += 96;
      source += 32;
      p1 += 32;
      p2 += 32;
      p3 += 32;
    } while (source < end);
  }
}

/** A middle pass of stride 1 cell: every butterfly has twiddles of its own. */
function middlePass1<T>(target: usize, source: usize, table: usize, quarter: usize): void {
  const end = source + quarter;
  let p1 = source + quarter;
  let p2 = p1 + quarter;
  let p3 = p2 + quarter;
  do {
    const w1r = v128.load_splat<T>(table);
    const w1i = v128.load_splat<T>(table, sizeof<T>());
    const w2r = v128.load_splat<T>(table, 2 * sizeof<T>());
    const w2i = v128.load_splat<T>(table, 3 * sizeof<T>());
    const w3r = v128.load_splat<T>(table, 4 * sizeof<T>());
    const w3i = v128.load_splat<T>(table, 5 * sizeof<T>());
    table += 6 * sizeof<T>();
    middleColumn<T>(target, target + 32, target + 64, target + 96, source, p1, p2, p3, w1r, w1i, w2r, w2i, w3r, w3i);
    target += 128;
    source += 32;
    p1 += 32;
    p2 += 32;
    p3 += 32;
  } while (source < end);
}

/** A middle pass of an even stride of `stride` bytes. */
function middlePass<T>(target: usize, source: usize, table: usize, quarter: usize, stride: usize): void {
  const end = source + quarter;
  let p1 = source + quarter;
  let p2 = p1 + quarter;
  let p3 = p2 + quarter;
  do {
    const w1r = v128.load_splat<T>(table);
    const w1i = v128.load_splat<T>(table, sizeof<T>());
    const w2r = v128.load_splat<T>(table, 2 * sizeof<T>());
    const w2i = v128.load_splat<T>(table, 3 * sizeof<T>());
    const w3r = v128.load_splat<T>(table, 4 * sizeof<T>());
    const w3i = v128.load_splat<T>(table, 5 * sizeof<T>());
    table += 6 * sizeof<T>();
    const stop = source + stride;
    let q1 = target + stride;
    let q2 = q1 + stride;
    let q3 = q2 + stride;
    do {
      middleColumn<T>(target, q1, q2, q3, source, p1, p2, p3, w1r, w1i, w2r, w2i, w3r, w3i);
      target += 32;
      q1 += 32;
      q2 += 32;
      q3 += 32;
      source += 32;
      p1 += 32;
      p2 += 32;
      p3 += 32;
    } while (source < stop);
    target = q3;
  } while (source < end);
}

function lastPass4<T>(target: usize, source: usize, quarter: usize, scale: T, mode: i32): void {
  const inverse = (mode & INVERSE) !== 0;
  const factor = v128.splat<T>(scale);
  const re: usize = inverse ? 16 : 0;
  const im: usize = inverse ? 0 : 16;
  const end = source + quarter;
  let p1 = source + quarter;
  let p2 = p1 + quarter;
  let p3 = p2 + quarter;
  let q1 = target + (inverse ? 3 * quarter : quarter);
  let q2 = target + 2 * quarter;
  let q3 = target + (inverse ? quarter : 3 * quarter);
  if (mode & CELLS_OUT) {
    do {
      lastColumn4<T>(target, q1, q2, q3, source, p1, p2, p3, re, im, factor, CELLS);
      target += 32;
      q1 += 32;
      q2 += 32;
      q3 += 32;
      source += 32;
      p1 += 32;
      p2 += 32;
      p3 += 32;
    } while (source < end);
  } else {
    do {
      lastColumn4<T>(target, q1, q2, q3, source, p1, p2, p3, re, im, factor, INTERLEAVED);
      target += 32;
      q1 += 32;
      q2 += 32;
      q3 += 32;
      source += 32;
      p1 += 32;
      p2 += 32;
      p3 += 32;
    } while (source < end);
  }
}

/** In radix 8. */
function lastPass8<T>(target: usize, source: usize, step: usize, scale: T, mode: i32): void {
  const inverse = (mode & INVERSE) !== 0;
  const factor = v128.splat<T>(scale);
  const diagonal = v128.splat<T>(<T>(<f64>scale * Math.SQRT1_2));
  const re: usize = inverse ? 16 : 0;
  const im: usize = inverse ? 0 : 16;
  // Output j, or of the inverse −j, is `step` bytes after the one before.
  let q1 = target + (inverse ? 7 * step : step);
  const next: usize = inverse ? 0 - step : step;
  const end = source + step;
  if (mode & CELLS_OUT) {
    do {
      const q2 = q1 + next;
      const q4 = target + 4 * step;
      const q6 = q4 + 2 * next;
      lastColumn8<T>(
        target,
        q1,
        q2,
        q2 + next,
        q4,
        q4 + next,
        q6,
        q6 + next,
        source,
        step,
        re,
        im,
        factor,
        diagonal,
        CELLS,
      );
      target += 32;
      q1 += 32;
      source += 32;
    } while (source < end);
  } else {
    do {
      const q2 = q1 + next;
      const q4 = target + 4 * step;
      const q6 = q4 + 2 * next;
      lastColumn8<T>(
        target,
        q1,
        q2,
        q2 + next,
        q4,
        q4 + next,
        q6,
        q6 + next,
        source,
        step,
        re,
        im,
        factor,
        diagonal,
        INTERLEAVED,
      );
      target += 32;
      q1 += 32;
      source += 32;
    } while (source < end);
  }
}

/**
 * Whether the first pass writes to the target (else to the work memory; passes take turns): so that the last one, which
 * may write where it reads, does.
 */
export function startsInTarget(size: i32): bool {
  const log = ctz(size);
  const before = (log & 1) === 0 ? (log - 2) >> 1 : (log - 3) >> 1;
  return (before & 1) === 1;
}

/** The whole transform, times `scale`. */
export function transform<T>(
  target: usize,
  source: usize,
  work: usize,
  table: usize,
  size: i32,
  scale: T,
  mode: i32,
): void {
  const bytes = <usize>size * (2 * sizeof<T>());
  const quarter = bytes >> 2;
  let n = size >> 2;
  let from = startsInTarget(size) ? target : work;
  let to = from === target ? work : target;
  firstPass<T>(from, source, table, quarter, mode);
  table += <usize>size * ((6 * sizeof<T>()) / 4);
  let stride: usize = 4 * (2 * sizeof<T>());
  while (n > 8) {
    if (stride === 32) middlePass1<T>(to, from, table, quarter);
    else middlePass<T>(to, from, table, quarter, stride);
    const swap = from;
    from = to;
    to = swap;
    table += <usize>n * ((6 * sizeof<T>()) / 4);
    n >>= 2;
    stride <<= 2;
  }
  if (n === 4) lastPass4<T>(target, target, quarter, scale, mode);
  else lastPass8<T>(target, target, bytes >> 3, scale, mode);
}

/** Float32: this from size 16 on; shorter ones with the table and the interleaved layout of fft-small.ts. */
export function fftComplexF32(
  target: usize,
  source: usize,
  work: usize,
  table: usize,
  size: i32,
  scale: f32,
  mode: i32,
): void {
  if (size < 16) smallComplex<f32>(target, source, work, table, size, scale, (mode & INVERSE) !== 0);
  else transform<f32>(target, source, work, table, size, scale, mode);
}

/** Float64: this from size 16 on; shorter ones with the table and the interleaved layout of fft-small.ts. */
export function fftComplexF64(
  target: usize,
  source: usize,
  work: usize,
  table: usize,
  size: i32,
  scale: f64,
  mode: i32,
): void {
  if (size < 16) smallComplex<f64>(target, source, work, table, size, scale, (mode & INVERSE) !== 0);
  else transform<f64>(target, source, work, table, size, scale, mode);
}
