// The level of a run of samples by itself: what a tensor scale is made of.
//
// Memory: float32 values, 4-byte aligned, a multiple of four of them.

/** The largest finite |x| of a run; NaN and infinities count as zero. */
export function largestMagnitudeF32(source: usize, count: i32): f32 {
  const mask = i32x4.splat(0x7fffffff);
  const infinity = i32x4.splat(0x7f800000);
  let most = i32x4.splat(0);
  for (const end = source + ((<usize>count) << 2); source < end; source += 16) {
    const a = v128.and(v128.load(source), mask);
    most = i32x4.max_s(most, v128.and(a, i32x4.lt_s(a, infinity)));
  }
  most = i32x4.max_s(most, v128.shuffle<i32>(most, most, 2, 3, 0, 1));
  most = i32x4.max_s(most, v128.shuffle<i32>(most, most, 1, 0, 3, 2));
  return f32x4.extract_lane(most, 0);
}
