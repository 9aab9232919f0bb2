// Rows of a 4×4 matrix in four vectors to its columns: eight shuffles, of which each function below does two.

/** Lanes 0 and 1 of both, interleaved: (a0, b0, a1, b1). */
// @ts-ignore: decorator
@inline
export function interleaveLow(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 0, 4, 1, 5);
}

/** Lanes 2 and 3 of both, interleaved: (a2, b2, a3, b3). */
// @ts-ignore: decorator
@inline
export function interleaveHigh(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 2, 6, 3, 7);
}

/** The lower halves of both: (a0, a1, b0, b1). */
// @ts-ignore: decorator
@inline
export function joinLow(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 0, 1, 4, 5);
}

/** The upper halves of both: (a2, a3, b2, b3). */
// @ts-ignore: decorator
@inline
export function joinHigh(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 2, 3, 6, 7);
}

/** The lanes in reverse. */
// @ts-ignore: decorator
@inline
export function reverseLanes(a: v128): v128 {
  return v128.shuffle<f32>(a, a, 3, 2, 1, 0);
}
