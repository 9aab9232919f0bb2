// Values put into another order, period by period.
//
// Memory: float32 values and u32 indices below `period`, all 4-byte aligned; target and source do not overlap.

/** target[i] = source[order[i]] in each of `periods` periods. */
export function gatherF32(target: usize, source: usize, order: usize, period: i32, periods: i32): void {
  const bytes = (<usize>period) << 2;
  for (; periods > 0; periods--, source += bytes) {
    for (let at: usize = 0; at < bytes; at += 4, target += 4) {
      store<f32>(target, load<f32>(source + ((<usize>load<u32>(order + at)) << 2)));
    }
  }
}

/** The other way: target[order[i]] = source[i]. */
export function scatterF32(target: usize, source: usize, order: usize, period: i32, periods: i32): void {
  const bytes = (<usize>period) << 2;
  for (; periods > 0; periods--, target += bytes) {
    for (let at: usize = 0; at < bytes; at += 4, source += 4) {
      store<f32>(target + ((<usize>load<u32>(order + at)) << 2), load<f32>(source));
    }
  }
}
