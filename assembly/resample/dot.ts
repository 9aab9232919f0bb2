// Dot products of coefficients and frames whose sums are kept in float64, in whole or where it counts: the middle of a
// windowed sinc carries nearly all of the sum, and with it nearly all of a float32 sum's rounding.
//
// Memory: both runs 4-byte (float32) or 8-byte (float64) aligned, without gaps. Numbers of taps are multiples of 16.
import { addFourF32, sumLanesF32 } from '../lib/accumulate';

/** Taps that one set of float32 accumulators sums; longer runs go on in float64. */
const SEGMENT_BYTES: usize = 8192;

/** Summed in float32, 2048 taps at a time. */
export function dotF32(coefficients: usize, frames: usize, taps: i32): f64 {
  const end = coefficients + ((<usize>taps) << 2);
  let total: f64 = 0;
  while (coefficients < end) {
    const segmentEnd = min(coefficients + SEGMENT_BYTES, end);
    let a = f32x4.splat(0);
    let b = f32x4.splat(0);
    let c = f32x4.splat(0);
    let d = f32x4.splat(0);
    do {
      a = f32x4.add(a, f32x4.mul(v128.load(coefficients), v128.load(frames)));
      b = f32x4.add(b, f32x4.mul(v128.load(coefficients, 16), v128.load(frames, 16)));
      c = f32x4.add(c, f32x4.mul(v128.load(coefficients, 32), v128.load(frames, 32)));
      d = f32x4.add(d, f32x4.mul(v128.load(coefficients, 48), v128.load(frames, 48)));
      coefficients += 64;
      frames += 64;
    } while (coefficients < segmentEnd);
    total += <f64>sumLanesF32(addFourF32(a, b, c, d));
  }
  return total;
}

/** Float32 values, multiplied and summed in float64. */
function dotWideF32(coefficients: usize, frames: usize, taps: i32): f64 {
  const end = coefficients + ((<usize>taps) << 2);
  let a = f64x2.splat(0);
  let b = f64x2.splat(0);
  let c = f64x2.splat(0);
  let d = f64x2.splat(0);
  for (; coefficients < end; coefficients += 32, frames += 32) {
    a = f64x2.add(
      a,
      f64x2.mul(
        f64x2.promote_low_f32x4(v128.load64_zero(coefficients)),
        f64x2.promote_low_f32x4(v128.load64_zero(frames)),
      ),
    );
    b = f64x2.add(
      b,
      f64x2.mul(
        f64x2.promote_low_f32x4(v128.load64_zero(coefficients, 8)),
        f64x2.promote_low_f32x4(v128.load64_zero(frames, 8)),
      ),
    );
    c = f64x2.add(
      c,
      f64x2.mul(
        f64x2.promote_low_f32x4(v128.load64_zero(coefficients, 16)),
        f64x2.promote_low_f32x4(v128.load64_zero(frames, 16)),
      ),
    );
    d = f64x2.add(
      d,
      f64x2.mul(
        f64x2.promote_low_f32x4(v128.load64_zero(coefficients, 24)),
        f64x2.promote_low_f32x4(v128.load64_zero(frames, 24)),
      ),
    );
  }
  const sum = f64x2.add(f64x2.add(a, b), f64x2.add(c, d));
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/** The mixed sum: taps `centre` to `centreEnd` − 1 in float64, the others in float32. */
export function dotMixedF32(coefficients: usize, frames: usize, taps: i32, centre: i32, centreEnd: i32): f64 {
  const start = (<usize>centre) << 2;
  const end = (<usize>centreEnd) << 2;
  return (
    dotF32(coefficients, frames, centre) +
    dotF32(coefficients + end, frames + end, taps - centreEnd) +
    dotWideF32(coefficients + start, frames + start, centreEnd - centre)
  );
}

/** `dotF32` of two channels that share the loads of the coefficients: the same sums, one a lane. */
function dotPairF32(coefficients: usize, first: usize, second: usize, taps: i32): v128 {
  const end = coefficients + ((<usize>taps) << 2);
  let total = f64x2.splat(0);
  while (coefficients < end) {
    const segmentEnd = min(coefficients + SEGMENT_BYTES, end);
    let a1 = f32x4.splat(0);
    let b1 = f32x4.splat(0);
    let c1 = f32x4.splat(0);
    let d1 = f32x4.splat(0);
    let a2 = f32x4.splat(0);
    let b2 = f32x4.splat(0);
    let c2 = f32x4.splat(0);
    let d2 = f32x4.splat(0);
    do {
      const a = v128.load(coefficients);
      a1 = f32x4.add(a1, f32x4.mul(a, v128.load(first)));
      a2 = f32x4.add(a2, f32x4.mul(a, v128.load(second)));
      const b = v128.load(coefficients, 16);
      b1 = f32x4.add(b1, f32x4.mul(b, v128.load(first, 16)));
      b2 = f32x4.add(b2, f32x4.mul(b, v128.load(second, 16)));
      coefficients += 32;
      first += 32;
      second += 32;
      // Never taken: polyphase.ts says what the branch is for.
      if (coefficients >= segmentEnd) break;
      const c = v128.load(coefficients);
      c1 = f32x4.add(c1, f32x4.mul(c, v128.load(first)));
      c2 = f32x4.add(c2, f32x4.mul(c, v128.load(second)));
      const d = v128.load(coefficients, 16);
      d1 = f32x4.add(d1, f32x4.mul(d, v128.load(first, 16)));
      d2 = f32x4.add(d2, f32x4.mul(d, v128.load(second, 16)));
      coefficients += 32;
      first += 32;
      second += 32;
    } while (coefficients < segmentEnd);
    const sums = f64x2.replace_lane(
      f64x2.splat(<f64>sumLanesF32(addFourF32(a1, b1, c1, d1))),
      1,
      <f64>sumLanesF32(addFourF32(a2, b2, c2, d2)),
    );
    total = f64x2.add(total, sums);
  }
  return total;
}

/** `dotMixedF32` of two channels, one a lane: the same bits. */
export function dotMixedPairF32(
  coefficients: usize,
  first: usize,
  second: usize,
  taps: i32,
  centre: i32,
  centreEnd: i32,
): v128 {
  const start = (<usize>centre) << 2;
  const end = (<usize>centreEnd) << 2;
  const wide = centreEnd - centre;
  const sides = f64x2.add(
    dotPairF32(coefficients, first, second, centre),
    dotPairF32(coefficients + end, first + end, second + end, taps - centreEnd),
  );
  const middle = f64x2.replace_lane(
    f64x2.splat(dotWideF32(coefficients + start, first + start, wide)),
    1,
    dotWideF32(coefficients + start, second + start, wide),
  );
  return f64x2.add(sides, middle);
}

/** Float64 throughout. */
export function dotF64(coefficients: usize, frames: usize, taps: i32): f64 {
  const end = coefficients + ((<usize>taps) << 3);
  let a = f64x2.splat(0);
  let b = f64x2.splat(0);
  let c = f64x2.splat(0);
  let d = f64x2.splat(0);
  for (; coefficients < end; coefficients += 64, frames += 64) {
    a = f64x2.add(a, f64x2.mul(v128.load(coefficients), v128.load(frames)));
    b = f64x2.add(b, f64x2.mul(v128.load(coefficients, 16), v128.load(frames, 16)));
    c = f64x2.add(c, f64x2.mul(v128.load(coefficients, 32), v128.load(frames, 32)));
    d = f64x2.add(d, f64x2.mul(v128.load(coefficients, 48), v128.load(frames, 48)));
  }
  const sum = f64x2.add(f64x2.add(a, b), f64x2.add(c, d));
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}
