// Largest magnitudes. As whole numbers, the bits of non-negative float32 values are in the order of the values, and
// those of infinity and NaN come last: one integer maximum finds both the peak and whether all values are finite.

/** The bits of the largest |x| of a run of float32 values; `bytes` is a multiple of 64. */
// @ts-ignore: decorator
@inline
export function maximumMagnitudeBits(source: usize, bytes: usize): u32 {
  const mask = i32x4.splat(0x7fffffff);
  let a = i32x4.splat(0);
  let b = a;
  for (const end = source + bytes; source < end; source += 64) {
    const first = i32x4.max_s(v128.and(v128.load(source), mask), v128.and(v128.load(source, 16), mask));
    const second = i32x4.max_s(v128.and(v128.load(source, 32), mask), v128.and(v128.load(source, 48), mask));
    a = i32x4.max_s(a, first);
    b = i32x4.max_s(b, second);
  }
  a = i32x4.max_s(a, b);
  a = i32x4.max_s(a, v128.shuffle<i32>(a, a, 2, 3, 0, 1));
  a = i32x4.max_s(a, v128.shuffle<i32>(a, a, 1, 0, 3, 2));
  return <u32>i32x4.extract_lane(a, 0);
}
