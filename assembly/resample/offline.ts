// What stands about the Fourier transforms of an offline conversion: samples to float64 and back, and the filter.
//
// Memory: runs without gaps. A spectrum is interleaved numbers (re, im) in natural order, 16-byte aligned.

/** Float32 samples as float64, NaN and infinities as zero; returns how many those were. */
export function promoteFiniteF32(target: usize, source: usize, count: i32): i32 {
  let faults: i32 = 0;
  const end = source + ((<usize>count) << 2);
  const even = source + ((<usize>(count & ~3)) << 2);
  for (; source < even; source += 16, target += 32) {
    const values = v128.load(source);
    // Any number less itself is 0; the others are NaN, which equals nothing.
    const finite = f32x4.eq(f32x4.sub(values, values), f32x4.splat(0));
    const kept = v128.and(values, finite);
    faults += 4 - popcnt(i32x4.bitmask(finite));
    v128.store(target, f64x2.promote_low_f32x4(kept));
    v128.store(target, f64x2.promote_low_f32x4(v128.shuffle<f32>(kept, kept, 2, 3, 2, 3)), 16);
  }
  for (; source < end; source += 4, target += 8) {
    const value = load<f32>(source);
    const finite = value - value === 0;
    store<f64>(target, finite ? <f64>value : 0);
    faults += finite ? 0 : 1;
  }
  return faults;
}

/** Float64 samples, rounded to float32. */
export function demoteF64(target: usize, source: usize, count: i32): void {
  const end = source + ((<usize>count) << 3);
  const even = source + ((<usize>(count & ~3)) << 3);
  for (; source < even; source += 32, target += 16) {
    const low = f32x4.demote_f64x2_zero(v128.load(source));
    const high = f32x4.demote_f64x2_zero(v128.load(source, 16));
    v128.store(target, v128.shuffle<f32>(low, high, 0, 1, 4, 5));
  }
  for (; source < end; source += 8, target += 4) store<f32>(target, <f32>load<f64>(source));
}

/** The product of `bins` numbers of two spectra, then zeros: `length` numbers in all. */
export function weightSpectrumF64(target: usize, source: usize, weights: usize, bins: i32, length: i32): void {
  const end = target + ((<usize>length) << 4);
  const stop = target + ((<usize>bins) << 4);
  for (; target < stop; target += 16, source += 16, weights += 16) {
    const a = v128.load(source);
    const re = f64x2.mul(a, v128.load64_splat(weights));
    const im = f64x2.mul(v128.shuffle<f64>(a, a, 1, 0), v128.load64_splat(weights, 8));
    // (re − im, im + re): the sign of the first lane turned.
    v128.store(target, f64x2.add(re, v128.xor(im, i64x2(1 << 63, 0))));
  }
  for (; target < end; target += 16) v128.store(target, f64x2.splat(0));
}
