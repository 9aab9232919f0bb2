// Complex arithmetic on vectors of real and imaginary parts, for float32 (four lanes) and float64 (two).
//
// A "cell" is 32 bytes: a vector of real parts, then the vector of their imaginary parts. It so takes the room of the
// same numbers interleaved (re, im, re, im …), and one pointer leads to both parts.

/** Real part of a·b. */
// @ts-ignore: decorator
@inline
export function productRe<T>(aRe: v128, aIm: v128, bRe: v128, bIm: v128): v128 {
  return v128.sub<T>(v128.mul<T>(aRe, bRe), v128.mul<T>(aIm, bIm));
}

/** Imaginary part of a·b. */
// @ts-ignore: decorator
@inline
export function productIm<T>(aRe: v128, aIm: v128, bRe: v128, bIm: v128): v128 {
  return v128.add<T>(v128.mul<T>(aRe, bIm), v128.mul<T>(aIm, bRe));
}

/** Real parts out of interleaved numbers. */
// @ts-ignore: decorator
@inline
export function evenLanes<T>(a: v128, b: v128): v128 {
  if (sizeof<T>() === 4) return v128.shuffle<f32>(a, b, 0, 2, 4, 6);
  return v128.shuffle<f64>(a, b, 0, 2);
}

/** Imaginary parts out of interleaved numbers. */
// @ts-ignore: decorator
@inline
export function oddLanes<T>(a: v128, b: v128): v128 {
  if (sizeof<T>() === 4) return v128.shuffle<f32>(a, b, 1, 3, 5, 7);
  return v128.shuffle<f64>(a, b, 1, 3);
}

/** The first half of a and b's lanes in turn: a0 b0 a1 b1. */
// @ts-ignore: decorator
@inline
export function zipLow<T>(a: v128, b: v128): v128 {
  if (sizeof<T>() === 4) return v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  return v128.shuffle<f64>(a, b, 0, 2);
}

/** The second half of a and b's lanes in turn: a2 b2 a3 b3. */
// @ts-ignore: decorator
@inline
export function zipHigh<T>(a: v128, b: v128): v128 {
  if (sizeof<T>() === 4) return v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  return v128.shuffle<f64>(a, b, 1, 3);
}

/**
 * Writes one part of four successive cells so that butterfly after butterfly follows: lane l of a, b, c, d becomes the
 * l-th run of four numbers.
 */
// @ts-ignore: decorator
@inline
export function storeTransposed<T>(target: usize, a: v128, b: v128, c: v128, d: v128): void {
  const ab = zipLow<T>(a, b);
  const cd = zipLow<T>(c, d);
  const abHigh = zipHigh<T>(a, b);
  const cdHigh = zipHigh<T>(c, d);
  if (sizeof<T>() === 4) {
    v128.store(target, v128.shuffle<f64>(ab, cd, 0, 2));
    v128.store(target, v128.shuffle<f64>(ab, cd, 1, 3), 32);
    v128.store(target, v128.shuffle<f64>(abHigh, cdHigh, 0, 2), 64);
    v128.store(target, v128.shuffle<f64>(abHigh, cdHigh, 1, 3), 96);
  } else {
    v128.store(target, ab);
    v128.store(target, cd, 32);
    v128.store(target, abHigh, 64);
    v128.store(target, cdHigh, 96);
  }
}

/** Lane 0 of `first`, then the lanes of `rest` from the last down to lane 1: what stands opposite successive bins. */
// @ts-ignore: decorator
@inline
export function mirrorLanes<T>(first: v128, rest: v128): v128 {
  if (sizeof<T>() === 8) return v128.shuffle<f64>(first, rest, 0, 3);
  const mixed = v128.shuffle<f32>(first, rest, 0, 5, 6, 7);
  return v128.shuffle<f32>(mixed, mixed, 0, 3, 2, 1);
}

/** Stores the numbers of a cell interleaved, the last lane first. */
// @ts-ignore: decorator
@inline
export function storeReversed<T>(target: usize, re: v128, im: v128): void {
  if (sizeof<T>() === 4) {
    v128.store(target, v128.shuffle<f32>(re, im, 3, 7, 2, 6));
    v128.store(target, v128.shuffle<f32>(re, im, 1, 5, 0, 4), 16);
  } else {
    v128.store(target, v128.shuffle<f64>(re, im, 1, 3));
    v128.store(target, v128.shuffle<f64>(re, im, 0, 2), 16);
  }
}

/** Real parts of interleaved numbers in a then b, the last one first. */
// @ts-ignore: decorator
@inline
export function evenLanesReversed<T>(a: v128, b: v128): v128 {
  if (sizeof<T>() === 4) return v128.shuffle<f32>(b, a, 2, 0, 6, 4);
  return v128.shuffle<f64>(b, a, 0, 2);
}

/** Imaginary parts of interleaved numbers in a then b, the last one first. */
// @ts-ignore: decorator
@inline
export function oddLanesReversed<T>(a: v128, b: v128): v128 {
  if (sizeof<T>() === 4) return v128.shuffle<f32>(b, a, 3, 1, 7, 5);
  return v128.shuffle<f64>(b, a, 1, 3);
}
