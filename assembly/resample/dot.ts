// Dot products of coefficients and frames, up to four at a time, so that every load serves more than one product. A
// product's sum has the same bits in all of them: its terms are added in the same order.
//
// Memory: runs of float32 or float64 without gaps, 4- or 8-byte aligned. `taps`, `centre` and `centreEnd` are multiples of 8.
//
// Float32: the taps from `centre` to `centreEnd` − 1 are summed in float64, for the middle of a windowed sinc carries nearly
// all of the sum, and with it nearly all of a float32 sum's rounding. The others are summed in float32, in two vectors a
// product and at most 2048 taps at a time on each side of the middle: rows of large decimation factors are long (77824 taps
// for 1/256), and a float32 sum loses with its length: 125 dB there, 141 dB by segments. Float64 is summed as it is.
//
// What limits them: a core loads two vectors a cycle, and multiplies and adds two of each. One product at a time takes
// two loads for a vector of terms, two rows with two runs of frames take one, four rows with one run 1.25. Eight
// accumulators with their operands are what V8's fifteen registers hold; fewer than eight wait for the additions before.
import { sumLanesF32 } from '../lib/accumulate';

/** Bytes of a row that one set of accumulators sums on one side of the middle. */
const SEGMENT_BYTES: usize = 8192;

function sumLanes<T>(lanes: v128): f64 {
  if (sizeof<T>() === 4) return <f64>sumLanesF32(lanes);
  return f64x2.extract_lane(lanes, 0) + f64x2.extract_lane(lanes, 1);
}

/** Four rows, `rowBytes` after one another, with the same frames: to four successive values */
export function storeFourRows<T>(
  target: usize,
  row1: usize,
  rowBytes: usize,
  frames: usize,
  taps: i32,
  centre: i32,
  centreEnd: i32,
): void {
  const end = row1 + <usize>taps * sizeof<T>();
  const middle = row1 + <usize>centre * sizeof<T>();
  const skip = <usize>(centreEnd - centre) * sizeof<T>();
  let row2 = row1 + rowBytes;
  let row3 = row2 + rowBytes;
  let row4 = row3 + rowBytes;
  let sum1: f64 = 0;
  let sum2: f64 = 0;
  let sum3: f64 = 0;
  let sum4: f64 = 0;
  let stop = middle;
  let a1 = v128.splat<T>(0);
  let a2 = v128.splat<T>(0);
  let a3 = v128.splat<T>(0);
  let a4 = v128.splat<T>(0);
  let b1 = v128.splat<T>(0);
  let b2 = v128.splat<T>(0);
  let b3 = v128.splat<T>(0);
  let b4 = v128.splat<T>(0);
  while (true) {
    const segmentEnd = min(row1 + SEGMENT_BYTES, stop);
    while (row1 < segmentEnd) {
      const x = v128.load(frames);
      a1 = v128.add<T>(a1, v128.mul<T>(v128.load(row1), x));
      a2 = v128.add<T>(a2, v128.mul<T>(v128.load(row2), x));
      a3 = v128.add<T>(a3, v128.mul<T>(v128.load(row3), x));
      a4 = v128.add<T>(a4, v128.mul<T>(v128.load(row4), x));
      row1 += 16;
      // Never taken, since a segment is a multiple of 32 bytes: a branch keeps V8 from moving all loads to the front of the
      // loop, where they do not fit its registers.
      if (row1 >= segmentEnd) break;
      const x2 = v128.load(frames, 16);
      b1 = v128.add<T>(b1, v128.mul<T>(v128.load(row1), x2));
      b2 = v128.add<T>(b2, v128.mul<T>(v128.load(row2, 16), x2));
      b3 = v128.add<T>(b3, v128.mul<T>(v128.load(row3, 16), x2));
      b4 = v128.add<T>(b4, v128.mul<T>(v128.load(row4, 16), x2));
      row1 += 16;
      row2 += 32;
      row3 += 32;
      row4 += 32;
      frames += 32;
    }
    if (row1 < stop) {
      sum1 += sumLanes<T>(v128.add<T>(a1, b1));
      sum2 += sumLanes<T>(v128.add<T>(a2, b2));
      sum3 += sumLanes<T>(v128.add<T>(a3, b3));
      sum4 += sumLanes<T>(v128.add<T>(a4, b4));
      a1 = v128.splat<T>(0);
      a2 = v128.splat<T>(0);
      a3 = v128.splat<T>(0);
      a4 = v128.splat<T>(0);
      b1 = v128.splat<T>(0);
      b2 = v128.splat<T>(0);
      b3 = v128.splat<T>(0);
      b4 = v128.splat<T>(0);
      continue;
    }
    if (stop === end) break;
    row1 += skip;
    row2 += skip;
    row3 += skip;
    row4 += skip;
    frames += skip;
    stop = end;
  }
  sum1 += sumLanes<T>(v128.add<T>(a1, b1));
  sum2 += sumLanes<T>(v128.add<T>(a2, b2));
  sum3 += sumLanes<T>(v128.add<T>(a3, b3));
  sum4 += sumLanes<T>(v128.add<T>(a4, b4));
  if (sizeof<T>() === 4) {
    const back = end - middle;
    row2 -= back;
    row3 -= back;
    row4 -= back;
    frames -= back;
    let w1 = f64x2.splat(0);
    let w2 = f64x2.splat(0);
    let w3 = f64x2.splat(0);
    let w4 = f64x2.splat(0);
    const middleEnd = middle + skip;
    for (row1 = middle; row1 < middleEnd; row1 += 8, row2 += 8, row3 += 8, row4 += 8, frames += 8) {
      const x = f64x2.promote_low_f32x4(v128.load64_zero(frames));
      w1 = f64x2.add(w1, f64x2.mul(f64x2.promote_low_f32x4(v128.load64_zero(row1)), x));
      w2 = f64x2.add(w2, f64x2.mul(f64x2.promote_low_f32x4(v128.load64_zero(row2)), x));
      w3 = f64x2.add(w3, f64x2.mul(f64x2.promote_low_f32x4(v128.load64_zero(row3)), x));
      w4 = f64x2.add(w4, f64x2.mul(f64x2.promote_low_f32x4(v128.load64_zero(row4)), x));
    }
    sum1 += sumLanes<f64>(w1);
    sum2 += sumLanes<f64>(w2);
    sum3 += sumLanes<f64>(w3);
    sum4 += sumLanes<f64>(w4);
  }
  store<T>(target, <T>sum1);
  store<T>(target, <T>sum2, sizeof<T>());
  store<T>(target, <T>sum3, 2 * sizeof<T>());
  store<T>(target, <T>sum4, 3 * sizeof<T>());
}

/** Two rows with two runs of frames: to two successive values each, the second run's `step` bytes after the first one's. */
export function storeFourDotsF32(
  target: usize,
  step: usize,
  row1: usize,
  row2: usize,
  frames1: usize,
  frames2: usize,
  taps: i32,
  centre: i32,
  centreEnd: i32,
): void {
  const end = row1 + ((<usize>taps) << 2);
  const middle = row1 + ((<usize>centre) << 2);
  const skip = (<usize>(centreEnd - centre)) << 2;
  let sum11: f64 = 0;
  let sum12: f64 = 0;
  let sum21: f64 = 0;
  let sum22: f64 = 0;
  let stop = middle;
  let a11 = v128.splat<f32>(0);
  let a12 = v128.splat<f32>(0);
  let a21 = v128.splat<f32>(0);
  let a22 = v128.splat<f32>(0);
  let b11 = v128.splat<f32>(0);
  let b12 = v128.splat<f32>(0);
  let b21 = v128.splat<f32>(0);
  let b22 = v128.splat<f32>(0);
  while (true) {
    const segmentEnd = min(row1 + SEGMENT_BYTES, stop);
    while (row1 < segmentEnd) {
      const x = v128.load(frames1);
      const y = v128.load(row1);
      a11 = v128.add<f32>(a11, v128.mul<f32>(y, x));
      const z = v128.load(frames2);
      a12 = v128.add<f32>(a12, v128.mul<f32>(y, z));
      const w = v128.load(row2);
      a21 = v128.add<f32>(a21, v128.mul<f32>(w, x));
      a22 = v128.add<f32>(a22, v128.mul<f32>(w, z));
      row1 += 16;
      // Never taken: as above.
      if (row1 >= segmentEnd) break;
      const x2 = v128.load(frames1, 16);
      const y2 = v128.load(row1);
      b11 = v128.add<f32>(b11, v128.mul<f32>(y2, x2));
      const z2 = v128.load(frames2, 16);
      b12 = v128.add<f32>(b12, v128.mul<f32>(y2, z2));
      const w2 = v128.load(row2, 16);
      b21 = v128.add<f32>(b21, v128.mul<f32>(w2, x2));
      b22 = v128.add<f32>(b22, v128.mul<f32>(w2, z2));
      row1 += 16;
      row2 += 32;
      frames1 += 32;
      frames2 += 32;
    }
    if (row1 < stop) {
      sum11 += sumLanes<f32>(v128.add<f32>(a11, b11));
      sum12 += sumLanes<f32>(v128.add<f32>(a12, b12));
      sum21 += sumLanes<f32>(v128.add<f32>(a21, b21));
      sum22 += sumLanes<f32>(v128.add<f32>(a22, b22));
      a11 = v128.splat<f32>(0);
      a12 = v128.splat<f32>(0);
      a21 = v128.splat<f32>(0);
      a22 = v128.splat<f32>(0);
      b11 = v128.splat<f32>(0);
      b12 = v128.splat<f32>(0);
      b21 = v128.splat<f32>(0);
      b22 = v128.splat<f32>(0);
      continue;
    }
    if (stop === end) break;
    row1 += skip;
    row2 += skip;
    frames1 += skip;
    frames2 += skip;
    stop = end;
  }
  sum11 += sumLanes<f32>(v128.add<f32>(a11, b11));
  sum12 += sumLanes<f32>(v128.add<f32>(a12, b12));
  sum21 += sumLanes<f32>(v128.add<f32>(a21, b21));
  sum22 += sumLanes<f32>(v128.add<f32>(a22, b22));
  const back = end - middle;
  row2 -= back;
  frames1 -= back;
  frames2 -= back;
  let w11 = f64x2.splat(0);
  let w12 = f64x2.splat(0);
  let w21 = f64x2.splat(0);
  let w22 = f64x2.splat(0);
  const middleEnd = middle + skip;
  for (row1 = middle; row1 < middleEnd; row1 += 8, row2 += 8, frames1 += 8, frames2 += 8) {
    const x = f64x2.promote_low_f32x4(v128.load64_zero(frames1));
    const y = f64x2.promote_low_f32x4(v128.load64_zero(row1));
    w11 = f64x2.add(w11, f64x2.mul(y, x));
    const z = f64x2.promote_low_f32x4(v128.load64_zero(frames2));
    w12 = f64x2.add(w12, f64x2.mul(y, z));
    const w = f64x2.promote_low_f32x4(v128.load64_zero(row2));
    w21 = f64x2.add(w21, f64x2.mul(w, x));
    w22 = f64x2.add(w22, f64x2.mul(w, z));
  }
  sum11 += sumLanes<f64>(w11);
  sum12 += sumLanes<f64>(w12);
  sum21 += sumLanes<f64>(w21);
  sum22 += sumLanes<f64>(w22);
  store<f32>(target, <f32>sum11);
  store<f32>(target + step, <f32>sum12);
  store<f32>(target, <f32>sum21, 4);
  store<f32>(target + step, <f32>sum22, 4);
}

/**
 * Two rows with the same frames, or, as multiplication commutes, two runs of frames with the same row: the second result
 * `step` bytes after the first.
 */
export function storeTwoDots<T>(
  target: usize,
  step: usize,
  first: usize,
  second: usize,
  shared: usize,
  taps: i32,
  centre: i32,
  centreEnd: i32,
): void {
  const end = shared + <usize>taps * sizeof<T>();
  const middle = shared + <usize>centre * sizeof<T>();
  const skip = <usize>(centreEnd - centre) * sizeof<T>();
  let sum1: f64 = 0;
  let sum2: f64 = 0;
  let stop = middle;
  let a1 = v128.splat<T>(0);
  let a2 = v128.splat<T>(0);
  let b1 = v128.splat<T>(0);
  let b2 = v128.splat<T>(0);
  while (true) {
    const segmentEnd = min(shared + SEGMENT_BYTES, stop);
    while (shared < segmentEnd) {
      const x = v128.load(shared);
      a1 = v128.add<T>(a1, v128.mul<T>(v128.load(first), x));
      a2 = v128.add<T>(a2, v128.mul<T>(v128.load(second), x));
      const x2 = v128.load(shared, 16);
      b1 = v128.add<T>(b1, v128.mul<T>(v128.load(first, 16), x2));
      b2 = v128.add<T>(b2, v128.mul<T>(v128.load(second, 16), x2));
      shared += 32;
      first += 32;
      second += 32;
    }
    if (shared < stop) {
      sum1 += sumLanes<T>(v128.add<T>(a1, b1));
      sum2 += sumLanes<T>(v128.add<T>(a2, b2));
      a1 = v128.splat<T>(0);
      a2 = v128.splat<T>(0);
      b1 = v128.splat<T>(0);
      b2 = v128.splat<T>(0);
      continue;
    }
    if (stop === end) break;
    shared += skip;
    first += skip;
    second += skip;
    stop = end;
  }
  sum1 += sumLanes<T>(v128.add<T>(a1, b1));
  sum2 += sumLanes<T>(v128.add<T>(a2, b2));
  if (sizeof<T>() === 4) {
    const back = end - middle;
    first -= back;
    second -= back;
    let w1 = f64x2.splat(0);
    let w2 = f64x2.splat(0);
    const middleEnd = middle + skip;
    for (shared = middle; shared < middleEnd; shared += 8, first += 8, second += 8) {
      const x = f64x2.promote_low_f32x4(v128.load64_zero(shared));
      w1 = f64x2.add(w1, f64x2.mul(f64x2.promote_low_f32x4(v128.load64_zero(first)), x));
      w2 = f64x2.add(w2, f64x2.mul(f64x2.promote_low_f32x4(v128.load64_zero(second)), x));
    }
    sum1 += sumLanes<f64>(w1);
    sum2 += sumLanes<f64>(w2);
  }
  store<T>(target, <T>sum1);
  store<T>(target + step, <T>sum2);
}

/** One row with one run of frames. */
export function storeDot<T>(target: usize, row: usize, frames: usize, taps: i32, centre: i32, centreEnd: i32): void {
  const end = row + <usize>taps * sizeof<T>();
  const middle = row + <usize>centre * sizeof<T>();
  const skip = <usize>(centreEnd - centre) * sizeof<T>();
  let sum: f64 = 0;
  let stop = middle;
  let a = v128.splat<T>(0);
  let b = v128.splat<T>(0);
  while (true) {
    const segmentEnd = min(row + SEGMENT_BYTES, stop);
    while (row < segmentEnd) {
      a = v128.add<T>(a, v128.mul<T>(v128.load(row), v128.load(frames)));
      b = v128.add<T>(b, v128.mul<T>(v128.load(row, 16), v128.load(frames, 16)));
      row += 32;
      frames += 32;
    }
    if (row < stop) {
      sum += sumLanes<T>(v128.add<T>(a, b));
      a = v128.splat<T>(0);
      b = v128.splat<T>(0);
      continue;
    }
    if (stop === end) break;
    row += skip;
    frames += skip;
    stop = end;
  }
  sum += sumLanes<T>(v128.add<T>(a, b));
  if (sizeof<T>() === 4) {
    const back = end - middle;
    frames -= back;
    let w = f64x2.splat(0);
    const middleEnd = middle + skip;
    for (row = middle; row < middleEnd; row += 8, frames += 8) {
      w = f64x2.add(
        w,
        f64x2.mul(f64x2.promote_low_f32x4(v128.load64_zero(row)), f64x2.promote_low_f32x4(v128.load64_zero(frames))),
      );
    }
    sum += sumLanes<f64>(w);
  }
  store<T>(target, <T>sum);
}
