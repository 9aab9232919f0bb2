// The rotation of vectors and the door they come in by, here once more: who codes vectors without transforming carries two
// kilobytes of kernels for it in place of the whole transform family.
//
// Memory: `batch` runs of `size` float32 values, a power of two, and `size` u32 sign masks, as in transform/fwht.ts.

import { maximumMagnitudeBits } from '../lib/magnitude';
import { rotateF32, unrotateF32 } from '../transform/fwht';

/** The bits of 2^80. */
const MOST_BITS: u32 = 0x67800000;

/** y = scale·H·D·x for each of the runs, in place. */
export function rotateVectorsF32(p: usize, masks: usize, size: i32, batch: i32, scale: f32): void {
  rotateF32(p, masks, size, batch, scale);
}

/** x = scale·D·H·y. */
export function unrotateVectorsF32(p: usize, masks: usize, size: i32, batch: i32, scale: f32): void {
  unrotateF32(p, masks, size, batch, scale);
}

/** A value held to ±2^80, and NaN as zero. */
function held(x: v128): v128 {
  const most = f32x4.splat(1.2089258196146292e24);
  return v128.and(f32x4.max(f32x4.neg(most), f32x4.min(most, x)), f32x4.eq(x, x));
}

/**
 * Copies `count` values held to ±2^80, with NaN as zero, so that no sum of squares or of a rotation is beyond float32;
 * returns how many were changed.
 */
export function takeVectorsF32(target: usize, source: usize, count: i32): i32 {
  // In place, what needs no change is only looked at.
  if (target === source && (count & 15) === 0 && maximumMagnitudeBits(source, (<usize>count) << 2) <= MOST_BITS)
    return 0;
  let faults = i32x4.splat(0);
  const end = source + ((<usize>count) << 2);
  for (const vectorEnd = source + ((<usize>(count & ~3)) << 2); source < vectorEnd; source += 16, target += 16) {
    const x = v128.load(source);
    const y = held(x);
    v128.store(target, y);
    faults = i32x4.sub(faults, f32x4.ne(y, x));
  }
  let total =
    i32x4.extract_lane(faults, 0) +
    i32x4.extract_lane(faults, 1) +
    i32x4.extract_lane(faults, 2) +
    i32x4.extract_lane(faults, 3);
  for (; source < end; source += 4, target += 4) {
    const x = load<f32>(source);
    const y = f32x4.extract_lane(held(f32x4.splat(x)), 0);
    store<f32>(target, y);
    total += i32(y !== x);
  }
  return total;
}

/** p[j] = p[j]·factors[j] for each of the runs of `size` values, a multiple of 4. */
export function multiplyVectorsF32(p: usize, factors: usize, size: i32, batch: i32): void {
  const bytes = (<usize>size) << 2;
  for (; batch > 0; batch--) {
    for (let at: usize = 0; at < bytes; at += 16, p += 16) {
      v128.store(p, f32x4.mul(v128.load(p), v128.load(factors + at)));
    }
  }
}

/** target[j] = source[order[j]] in each of the runs, or with `inverse` target[order[j]] = source[j]. */
export function permuteVectorsF32(
  target: usize,
  source: usize,
  order: usize,
  size: i32,
  batch: i32,
  inverse: i32,
): void {
  const bytes = (<usize>size) << 2;
  for (; batch > 0; batch--, source += bytes, target += bytes) {
    for (let at: usize = 0; at < bytes; at += 4) {
      const other = (<usize>load<u32>(order + at)) << 2;
      if (inverse) store<f32>(target + other, load<f32>(source + at));
      else store<f32>(target + at, load<f32>(source + other));
    }
  }
}

/** products[i], float64, = the inner product of run i with the query, in float64: damaged vectors may be of any size. */
export function dotVectorsF32(products: usize, source: usize, vectors: i32, dimension: i32, query: usize): void {
  const end = query + ((<usize>dimension) << 2);
  for (; vectors > 0; vectors--, products += 8) {
    let low = f64x2.splat(0);
    let high = low;
    for (let q = query; q < end; q += 16, source += 16) {
      const x = v128.load(source);
      const y = v128.load(q);
      low = f64x2.add(low, f64x2.mul(f64x2.promote_low_f32x4(x), f64x2.promote_low_f32x4(y)));
      high = f64x2.add(
        high,
        f64x2.mul(
          f64x2.promote_low_f32x4(v128.shuffle<f32>(x, x, 2, 3, 2, 3)),
          f64x2.promote_low_f32x4(v128.shuffle<f32>(y, y, 2, 3, 2, 3)),
        ),
      );
    }
    const sum = f64x2.add(low, high);
    store<f64>(products, f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1));
  }
}
