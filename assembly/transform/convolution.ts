// Uniformly partitioned overlap-save convolution (Stockham, 1966; Kulp, 1988), with odd-frequency spectra.
//
// Overlap-save keeps only the second half of a block of 2B samples, where nothing has wrapped around; so it does not care
// whether what wraps around changes its sign. A transform at the odd frequencies (4k + 1)/(4B), where it does, needs one
// complex transform of B numbers and nothing else: no bin is real, none is opposite another, and order does not matter.
//
//   X[k] = Σ x[n]·exp(−iπ(4k+1)n/2B), n < 2B   =   Σ (x[n] − i·x[n+B])·v^n·exp(−2πi·kn/B), n < B,   v = exp(−iπ/2B)
//
// Back: x[n] − i·x[n+B] = v^−n · (inverse transform of X)[n]; of this, overlap-save wants the imaginary part.
//
// Memory (cells: assembly/lib/complex.ts):
//   previous, current   B float32 samples each
//   spectrum            B/4 cells, 8·B bytes, in the order fft.ts leaves them in; of partitions, one behind the other
//   twist               v^n, n = 0 … B − 1, in B/4 cells
//   table               as in fft.ts for B
//   work                two times 8·B bytes
// B is a power of two from 16 on. All but the target of `convolverInverse` is 16-byte aligned.
import { productIm, productRe } from '../lib/complex';
import { CELLS_IN, CELLS_OUT, INVERSE, transform } from './fft';

/**
 * Partitions summed at a time. A float32 sum of a long filter's hundreds of partitions would lose more than a digit; so
 * segments are summed for themselves, and their sums with the error of each addition carried on (Kahan, 1965).
 */
const SEGMENT: i32 = 8;

/** The spectrum of the 2·B samples in `previous` and `current`. */
export function convolverForwardF32(
  spectrum: usize,
  previous: usize,
  current: usize,
  twist: usize,
  table: usize,
  work: usize,
  size: i32,
): void {
  const end = previous + ((<usize>size) << 2);
  let target = work;
  do {
    const a = v128.load(previous);
    const b = v128.load(current);
    const vRe = v128.load(twist);
    const vIm = v128.load(twist, 16);
    v128.store(target, f32x4.add(f32x4.mul(a, vRe), f32x4.mul(b, vIm)));
    v128.store(target, f32x4.sub(f32x4.mul(a, vIm), f32x4.mul(b, vRe)), 16);
    previous += 16;
    current += 16;
    twist += 32;
    target += 32;
  } while (previous < end);
  transform<f32>(spectrum, work, work + ((<usize>size) << 3), table, size, 1, CELLS_IN | CELLS_OUT);
}

/** Sums the products of `partitions` (at least one) successive spectra of both runs, `size` numbers each, in `sum`; adds to it with `add`. */
export function convolverSumF32(sum: usize, a: usize, b: usize, partitions: i32, size: i32, add: bool): void {
  const step = (<usize>size) << 3;
  const sumEnd = sum + step;
  do {
    let total0 = f32x4.splat(0);
    let total1 = f32x4.splat(0);
    let total2 = f32x4.splat(0);
    let total3 = f32x4.splat(0);
    if (add) {
      total0 = v128.load(sum);
      total1 = v128.load(sum, 16);
      total2 = v128.load(sum, 32);
      total3 = v128.load(sum, 48);
    }
    let carry0 = f32x4.splat(0);
    let carry1 = f32x4.splat(0);
    let carry2 = f32x4.splat(0);
    let carry3 = f32x4.splat(0);
    let p = a;
    let q = b;
    let left = partitions;
    do {
      let re0 = f32x4.splat(0);
      let im0 = f32x4.splat(0);
      let re1 = f32x4.splat(0);
      let im1 = f32x4.splat(0);
      let count = min(left, SEGMENT);
      left -= count;
      do {
        const a0 = v128.load(p);
        const a1 = v128.load(p, 16);
        const b0 = v128.load(q);
        const b1 = v128.load(q, 16);
        re0 = f32x4.add(re0, productRe<f32>(a0, a1, b0, b1));
        im0 = f32x4.add(im0, productIm<f32>(a0, a1, b0, b1));
        const a2 = v128.load(p, 32);
        const a3 = v128.load(p, 48);
        const b2 = v128.load(q, 32);
        const b3 = v128.load(q, 48);
        re1 = f32x4.add(re1, productRe<f32>(a2, a3, b2, b3));
        im1 = f32x4.add(im1, productIm<f32>(a2, a3, b2, b3));
        p += step;
        q += step;
      } while (--count > 0);
      re0 = f32x4.sub(re0, carry0);
      im0 = f32x4.sub(im0, carry1);
      re1 = f32x4.sub(re1, carry2);
      im1 = f32x4.sub(im1, carry3);
      const next0 = f32x4.add(total0, re0);
      const next1 = f32x4.add(total1, im0);
      const next2 = f32x4.add(total2, re1);
      const next3 = f32x4.add(total3, im1);
      carry0 = f32x4.sub(f32x4.sub(next0, total0), re0);
      carry1 = f32x4.sub(f32x4.sub(next1, total1), im0);
      carry2 = f32x4.sub(f32x4.sub(next2, total2), re1);
      carry3 = f32x4.sub(f32x4.sub(next3, total3), im1);
      total0 = next0;
      total1 = next1;
      total2 = next2;
      total3 = next3;
    } while (left > 0);
    v128.store(sum, total0);
    v128.store(sum, total1, 16);
    v128.store(sum, total2, 32);
    v128.store(sum, total3, 48);
    a += 64;
    b += 64;
    sum += 64;
  } while (sum < sumEnd);
}

/** The second B samples of a spectrum. */
export function convolverInverseF32(
  target: usize,
  spectrum: usize,
  twist: usize,
  table: usize,
  work: usize,
  size: i32,
): void {
  const bytes = (<usize>size) << 3;
  transform<f32>(work, spectrum, work + bytes, table, size, <f32>1 / <f32>size, CELLS_IN | CELLS_OUT | INVERSE);
  const end = work + bytes;
  do {
    const re = v128.load(work);
    const im = v128.load(work, 16);
    // −Im(z·v^−n)
    v128.store(target, f32x4.sub(f32x4.mul(re, v128.load(twist, 16)), f32x4.mul(im, v128.load(twist))));
    target += 16;
    twist += 32;
    work += 32;
  } while (work < end);
}
