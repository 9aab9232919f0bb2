// The door every sample comes in by: copies float32 values and replaces NaN and infinities by zero, so that one bad
// sample of a sensor cannot poison a filter's history or a block's scale.
//
// Memory: source and target are runs of `count` float32 values, 4-byte aligned, and do not overlap (or are the same).

/** Copies `count` values; returns how many were not finite and became zero. */
export function copyFiniteF32(target: usize, source: usize, count: i32): i32 {
  const end = source + ((<usize>count) << 2);
  const vectorEnd = source + ((<usize>(count & ~3)) << 2);
  const exponent = i32x4.splat(0x7f800000);
  let faults = i32x4.splat(0);
  for (; source < vectorEnd; source += 16, target += 16) {
    const x = v128.load(source);
    // All exponent bits set: NaN or infinity, whatever the sign and the mantissa.
    const bad = i32x4.eq(v128.and(x, exponent), exponent);
    v128.store(target, v128.andnot(x, bad));
    faults = i32x4.sub(faults, bad);
  }
  let total =
    i32x4.extract_lane(faults, 0) +
    i32x4.extract_lane(faults, 1) +
    i32x4.extract_lane(faults, 2) +
    i32x4.extract_lane(faults, 3);
  for (; source < end; source += 4, target += 4) {
    const bits = load<u32>(source);
    const bad = (bits & 0x7f800000) === 0x7f800000;
    store<u32>(target, bad ? 0 : bits);
    total += i32(bad);
  }
  return total;
}

/** The same for float64 values, 8-byte aligned. */
export function copyFiniteF64(target: usize, source: usize, count: i32): i32 {
  const end = source + ((<usize>count) << 3);
  let faults: i32 = 0;
  for (; source < end; source += 8, target += 8) {
    const bits = load<u64>(source);
    const bad = (bits & 0x7ff0000000000000) === 0x7ff0000000000000;
    store<u64>(target, bad ? 0 : bits);
    faults += i32(bad);
  }
  return faults;
}
