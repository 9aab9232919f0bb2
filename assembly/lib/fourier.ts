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

/**
 * Radix 8 without twiddles, times `scale`: the last pass of sizes that are no power of four. `diagonal` is scale/√2, and
 * `step` the bytes from one input to the next. The targets may be the sources: all are read before any is written.
 */
// @ts-ignore: decorator
@inline
export function lastColumn8<T>(
  q0: usize, q1: usize, q2: usize, q3: usize, q4: usize, q5: usize, q6: usize, q7: usize,
  p: usize, step: usize, re: usize, im: usize, scale: v128, diagonal: v128, LAYOUT: i32,
): void {
  const p0 = p + re, p4 = p0 + 4 * step;
  const toIm = im - re;
  const x0r = v128.load(p0), x4r = v128.load(p4);
  const x2r = v128.load(p0 + 2 * step), x6r = v128.load(p4 + 2 * step);
  const x0i = v128.load(p0 + toIm), x4i = v128.load(p4 + toIm);
  const x2i = v128.load(p0 + 2 * step + toIm), x6i = v128.load(p4 + 2 * step + toIm);
  const a0r = v128.add<T>(x0r, x4r), a0i = v128.add<T>(x0i, x4i);
  const b0r = v128.sub<T>(x0r, x4r), b0i = v128.sub<T>(x0i, x4i);
  const a2r = v128.add<T>(x2r, x6r), a2i = v128.add<T>(x2i, x6i);
  const b2r = v128.sub<T>(x2r, x6r), b2i = v128.sub<T>(x2i, x6i);
  const t0r = v128.mul<T>(v128.add<T>(a0r, a2r), scale), t0i = v128.mul<T>(v128.add<T>(a0i, a2i), scale);
  const t1r = v128.mul<T>(v128.sub<T>(a0r, a2r), scale), t1i = v128.mul<T>(v128.sub<T>(a0i, a2i), scale);
  // b2 times −i, b1 times (1 − i)/√2, b3 times (−1 − i)/√2.
  const u0r = v128.mul<T>(v128.add<T>(b0r, b2i), scale), u0i = v128.mul<T>(v128.sub<T>(b0i, b2r), scale);
  const u1r = v128.mul<T>(v128.sub<T>(b0r, b2i), scale), u1i = v128.mul<T>(v128.add<T>(b0i, b2r), scale);
  const p1 = p0 + step, p5 = p4 + step;
  const x1r = v128.load(p1), x5r = v128.load(p5);
  const x3r = v128.load(p1 + 2 * step), x7r = v128.load(p5 + 2 * step);
  const x1i = v128.load(p1 + toIm), x5i = v128.load(p5 + toIm);
  const x3i = v128.load(p1 + 2 * step + toIm), x7i = v128.load(p5 + 2 * step + toIm);
  const a1r = v128.add<T>(x1r, x5r), a1i = v128.add<T>(x1i, x5i);
  const b1r = v128.sub<T>(x1r, x5r), b1i = v128.sub<T>(x1i, x5i);
  const a3r = v128.add<T>(x3r, x7r), a3i = v128.add<T>(x3i, x7i);
  const b3r = v128.sub<T>(x3r, x7r), b3i = v128.sub<T>(x3i, x7i);
  const t2r = v128.mul<T>(v128.add<T>(a1r, a3r), scale), t2i = v128.mul<T>(v128.add<T>(a1i, a3i), scale);
  storeNumbers<T>(q0, v128.add<T>(t0r, t2r), v128.add<T>(t0i, t2i), LAYOUT);
  storeNumbers<T>(q4, v128.sub<T>(t0r, t2r), v128.sub<T>(t0i, t2i), LAYOUT);
  const t3r = v128.mul<T>(v128.sub<T>(a1r, a3r), scale), t3i = v128.mul<T>(v128.sub<T>(a1i, a3i), scale);
  storeNumbers<T>(q2, v128.add<T>(t1r, t3i), v128.sub<T>(t1i, t3r), LAYOUT);
  storeNumbers<T>(q6, v128.sub<T>(t1r, t3i), v128.add<T>(t1i, t3r), LAYOUT);
  const c1r = v128.mul<T>(v128.add<T>(b1r, b1i), diagonal), c1i = v128.mul<T>(v128.sub<T>(b1i, b1r), diagonal);
  const c3r = v128.mul<T>(v128.sub<T>(b3i, b3r), diagonal), d3i = v128.mul<T>(v128.add<T>(b3i, b3r), diagonal);
  const u2r = v128.add<T>(c1r, c3r), u2i = v128.sub<T>(c1i, d3i);
  const u3r = v128.sub<T>(c1r, c3r), u3i = v128.add<T>(c1i, d3i);
  storeNumbers<T>(q1, v128.add<T>(u0r, u2r), v128.add<T>(u0i, u2i), LAYOUT);
  storeNumbers<T>(q5, v128.sub<T>(u0r, u2r), v128.sub<T>(u0i, u2i), LAYOUT);
  storeNumbers<T>(q3, v128.add<T>(u1r, u3i), v128.sub<T>(u1i, u3r), LAYOUT);
  storeNumbers<T>(q7, v128.sub<T>(u1r, u3i), v128.add<T>(u1i, u3r), LAYOUT);
}
