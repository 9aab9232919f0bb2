// Whole numbers scaled by b/2^c without a division: what a chain of fixed-point stages has between two of them.
//
// Memory: int32 values, 4-byte aligned; target and source may be the same.

/** target[i] = (source[i]·multiplier + 2^(shift − 1)) >> shift, held to least … most; `shift` from 1 to 62. */
export function requantizeI32(
  target: usize,
  source: usize,
  count: i32,
  multiplier: i32,
  shift: i32,
  least: i32,
  most: i32,
): void {
  const half = (<i64>1) << (<i64>shift - 1);
  const end = source + ((<usize>count) << 2);
  for (; source < end; source += 4, target += 4) {
    const scaled = (<i64>load<i32>(source) * <i64>multiplier + half) >> <i64>shift;
    store<i32>(target, <i32>max<i64>(least, min<i64>(most, scaled)));
  }
}
