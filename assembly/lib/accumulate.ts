// Adding up vector accumulators. The order of the additions is fixed: it is part of every result's bits.

/** Four float32 vectors, added in pairs. */
// @ts-ignore: decorator
@inline
export function addFourF32(a: v128, b: v128, c: v128, d: v128): v128 {
  return f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
}

/** The sum of the four lanes of a float32 vector: (0 + 2) + (1 + 3). */
// @ts-ignore: decorator
@inline
export function sumLanesF32(lanes: v128): f32 {
  const halves = f32x4.add(lanes, v128.shuffle<f32>(lanes, lanes, 2, 3, 0, 1));
  return f32x4.extract_lane(halves, 0) + f32x4.extract_lane(halves, 1);
}
