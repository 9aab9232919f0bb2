// Butterflies of the fast Fourier transform, on cells (complex.ts), for float32 and float64. Each works on one column of
// cells; the loops over columns are in assembly/transform/fft*.ts.
import { evenLanes, oddLanes, productIm, productRe, storeTransposed, zipHigh, zipLow } from './complex';

/** Sources hold interleaved numbers, or cells. */
export const INTERLEAVED: i32 = 0;
export const CELLS: i32 = 1;

/**
 * Radix 4, then the twiddles of successive p in successive lanes, then a transposition: the first pass. `sign` is a
 * vector of −0 to conjugate the twiddles, of 0 to leave them.
 */
// @ts-ignore: decorator
@inline
export function firstColumn<T>(
  targetRe: usize, targetIm: usize,
  p0: usize, p1: usize, p2: usize, p3: usize,
  table: usize, sign: v128, LAYOUT: i32,
): void {
  const a0 = v128.load(p0), b0 = v128.load(p0, 16);
  const a2 = v128.load(p2), b2 = v128.load(p2, 16);
  const x0r = LAYOUT === CELLS ? a0 : evenLanes<T>(a0, b0);
  const x0i = LAYOUT === CELLS ? b0 : oddLanes<T>(a0, b0);
  const x2r = LAYOUT === CELLS ? a2 : evenLanes<T>(a2, b2);
  const x2i = LAYOUT === CELLS ? b2 : oddLanes<T>(a2, b2);
  const t0r = v128.add<T>(x0r, x2r), t0i = v128.add<T>(x0i, x2i);
  const t1r = v128.sub<T>(x0r, x2r), t1i = v128.sub<T>(x0i, x2i);
  const a1 = v128.load(p1), b1 = v128.load(p1, 16);
  const a3 = v128.load(p3), b3 = v128.load(p3, 16);
  const x1r = LAYOUT === CELLS ? a1 : evenLanes<T>(a1, b1);
  const x1i = LAYOUT === CELLS ? b1 : oddLanes<T>(a1, b1);
  const x3r = LAYOUT === CELLS ? a3 : evenLanes<T>(a3, b3);
  const x3i = LAYOUT === CELLS ? b3 : oddLanes<T>(a3, b3);
  const t2r = v128.add<T>(x1r, x3r), t2i = v128.add<T>(x1i, x3i);
  const t3r = v128.sub<T>(x1r, x3r), t3i = v128.sub<T>(x1i, x3i);
  const w1r = v128.load(table), w1i = v128.xor(v128.load(table, 16), sign);
  const y1r = v128.add<T>(t1r, t3i), y1i = v128.sub<T>(t1i, t3r);
  const z1r = productRe<T>(y1r, y1i, w1r, w1i), z1i = productIm<T>(y1r, y1i, w1r, w1i);
  const w3r = v128.load(table, 64), w3i = v128.xor(v128.load(table, 80), sign);
  const y3r = v128.sub<T>(t1r, t3i), y3i = v128.add<T>(t1i, t3r);
  const z3r = productRe<T>(y3r, y3i, w3r, w3i), z3i = productIm<T>(y3r, y3i, w3r, w3i);
  const w2r = v128.load(table, 32), w2i = v128.xor(v128.load(table, 48), sign);
  const y2r = v128.sub<T>(t0r, t2r), y2i = v128.sub<T>(t0i, t2i);
  const z2r = productRe<T>(y2r, y2i, w2r, w2i), z2i = productIm<T>(y2r, y2i, w2r, w2i);
  storeTransposed<T>(targetRe, v128.add<T>(t0r, t2r), z1r, z2r, z3r);
  storeTransposed<T>(targetIm, v128.add<T>(t0i, t2i), z1i, z2i, z3i);
}

/** Radix 4, then twiddles that are the same in all lanes. */
// @ts-ignore: decorator
@inline
export function middleColumn<T>(
  q0: usize, q1: usize, q2: usize, q3: usize,
  p0: usize, p1: usize, p2: usize, p3: usize,
  w1r: v128, w1i: v128, w2r: v128, w2i: v128, w3r: v128, w3i: v128,
): void {
  const x0r = v128.load(p0), x0i = v128.load(p0, 16);
  const x2r = v128.load(p2), x2i = v128.load(p2, 16);
  const t0r = v128.add<T>(x0r, x2r), t0i = v128.add<T>(x0i, x2i);
  const t1r = v128.sub<T>(x0r, x2r), t1i = v128.sub<T>(x0i, x2i);
  const x1r = v128.load(p1), x1i = v128.load(p1, 16);
  const x3r = v128.load(p3), x3i = v128.load(p3, 16);
  const t2r = v128.add<T>(x1r, x3r), t2i = v128.add<T>(x1i, x3i);
  const t3r = v128.sub<T>(x1r, x3r), t3i = v128.sub<T>(x1i, x3i);
  v128.store(q0, v128.add<T>(t0r, t2r));
  v128.store(q0, v128.add<T>(t0i, t2i), 16);
  const y2r = v128.sub<T>(t0r, t2r), y2i = v128.sub<T>(t0i, t2i);
  v128.store(q2, productRe<T>(y2r, y2i, w2r, w2i));
  v128.store(q2, productIm<T>(y2r, y2i, w2r, w2i), 16);
  const y1r = v128.add<T>(t1r, t3i), y1i = v128.sub<T>(t1i, t3r);
  v128.store(q1, productRe<T>(y1r, y1i, w1r, w1i));
  v128.store(q1, productIm<T>(y1r, y1i, w1r, w1i), 16);
  const y3r = v128.sub<T>(t1r, t3i), y3i = v128.add<T>(t1i, t3r);
  v128.store(q3, productRe<T>(y3r, y3i, w3r, w3i));
  v128.store(q3, productIm<T>(y3r, y3i, w3r, w3i), 16);
}

/** A number of each lane, out of registers into the layout asked for. */
// @ts-ignore: decorator
@inline
export function storeNumbers<T>(target: usize, re: v128, im: v128, LAYOUT: i32): void {
  if (LAYOUT === CELLS) {
    v128.store(target, re);
    v128.store(target, im, 16);
  } else {
    v128.store(target, zipLow<T>(re, im));
    v128.store(target, zipHigh<T>(re, im), 16);
  }
}

/** Radix 4 without twiddles, times `scale`: the last pass. `re` and `im` are the parts' offsets in the source's cells. */
// @ts-ignore: decorator
@inline
export function lastColumn4<T>(
  q0: usize, q1: usize, q2: usize, q3: usize,
  p0: usize, p1: usize, p2: usize, p3: usize,
  re: usize, im: usize, scale: v128, LAYOUT: i32,
): void {
  const x0r = v128.mul<T>(v128.load(p0 + re), scale), x0i = v128.mul<T>(v128.load(p0 + im), scale);
  const x2r = v128.mul<T>(v128.load(p2 + re), scale), x2i = v128.mul<T>(v128.load(p2 + im), scale);
  const t0r = v128.add<T>(x0r, x2r), t0i = v128.add<T>(x0i, x2i);
  const t1r = v128.sub<T>(x0r, x2r), t1i = v128.sub<T>(x0i, x2i);
  const x1r = v128.mul<T>(v128.load(p1 + re), scale), x1i = v128.mul<T>(v128.load(p1 + im), scale);
  const x3r = v128.mul<T>(v128.load(p3 + re), scale), x3i = v128.mul<T>(v128.load(p3 + im), scale);
  const t2r = v128.add<T>(x1r, x3r), t2i = v128.add<T>(x1i, x3i);
  const t3r = v128.sub<T>(x1r, x3r), t3i = v128.sub<T>(x1i, x3i);
  storeNumbers<T>(q0, v128.add<T>(t0r, t2r), v128.add<T>(t0i, t2i), LAYOUT);
  storeNumbers<T>(q2, v128.sub<T>(t0r, t2r), v128.sub<T>(t0i, t2i), LAYOUT);
  storeNumbers<T>(q1, v128.add<T>(t1r, t3i), v128.sub<T>(t1i, t3r), LAYOUT);
  storeNumbers<T>(q3, v128.sub<T>(t1r, t3i), v128.add<T>(t1i, t3r), LAYOUT);
}

/** The same in radix 2. */
// @ts-ignore: decorator
@inline
export function lastColumn2<T>(
  q0: usize, q1: usize, p0: usize, p1: usize,
  re: usize, im: usize, scale: v128, LAYOUT: i32,
): void {
  const x0r = v128.mul<T>(v128.load(p0 + re), scale), x0i = v128.mul<T>(v128.load(p0 + im), scale);
  const x1r = v128.mul<T>(v128.load(p1 + re), scale), x1i = v128.mul<T>(v128.load(p1 + im), scale);
  storeNumbers<T>(q0, v128.add<T>(x0r, x1r), v128.add<T>(x0i, x1i), LAYOUT);
  storeNumbers<T>(q1, v128.sub<T>(x0r, x1r), v128.sub<T>(x0i, x1i), LAYOUT);
}
