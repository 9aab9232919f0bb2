// Polyphase FIR resampling by up/down: output k is the dot product of a row of the phase table with `taps` successive
// input frames.
//
// Memory:
//   table   `rows` rows of `taps` coefficients, in the order in which successive outputs use them; `down` input frames are
//           passed by in the course of them. So the table is read from front to back and round again, which is what a
//           processor's prefetcher expects; in the order of phases it would jump about in 200 kB.
//           Rows go in groups of four, 0 to 3, 4 to 7 …, the last ones in a smaller one. Those of a group meet the same input
//           frames, so that they share the loads: a row begins with as many zeros as its output's first frame comes
//           after that of the group's first row, and ends with what is then left of `taps`.
//   source  the input frames of a channel without a gap; the first is what the group of row `row` meets first.
//   target  the output frames of a channel. The others' are `sourceStride` and `targetStride` bytes after one another.
// Rows are 32-byte aligned, source and target as their samples are. `taps` is a multiple of 8.
//
// Float32 and float64 differ in the dot products alone (dot.ts). Measured on one core: 1.9 times the speed of one output of
// one channel at a time, and 1.5 times that of one output of two channels.
import { storeDot, storeFourDotsF32, storeFourRows, storeTwoDots } from './dot';

/** Rows of a group. */
const GROUP: i32 = 4;

/** Successive rows of a group, with the frames of all the channels. */
function storeGroup<T>(
  target: usize,
  targetStride: usize,
  source: usize,
  sourceStride: usize,
  channels: i32,
  row: usize,
  rowBytes: usize,
  rows: i32,
  taps: i32,
  centre: i32,
  centreEnd: i32,
): void {
  if (sizeof<T>() === 4) {
    for (; channels >= 2; channels -= 2) {
      const next = source + sourceStride;
      let at = row;
      let to = target;
      let left = rows;
      for (; left >= 2; left -= 2, at += 2 * rowBytes, to += 8) {
        storeFourDotsF32(to, targetStride, at, at + rowBytes, source, next, taps, centre, centreEnd);
      }
      if (left !== 0) storeTwoDots<T>(to, targetStride, source, next, at, taps, centre, centreEnd);
      source = next + sourceStride;
      target += 2 * targetStride;
    }
  }
  for (; channels > 0; channels--, source += sourceStride, target += targetStride) {
    if (rows === GROUP) {
      storeFourRows<T>(target, row, rowBytes, source, taps, centre, centreEnd);
    } else {
      let at = row;
      let to = target;
      let left = rows;
      for (; left >= 2; left -= 2, at += 2 * rowBytes, to += 2 * sizeof<T>()) {
        storeTwoDots<T>(to, sizeof<T>(), at, at + rowBytes, source, taps, centre, centreEnd);
      }
      if (left !== 0) storeDot<T>(to, at, source, taps, centre, centreEnd);
    }
  }
}

function polyphase<T>(
  target: usize,
  targetStride: usize,
  source: usize,
  sourceStride: usize,
  channels: i32,
  table: usize,
  taps: i32,
  centre: i32,
  centreEnd: i32,
  rows: i32,
  down: i32,
  row: i32,
  count: i32,
): void {
  const rowBytes = <usize>taps * sizeof<T>();
  // From a group to the next one, and from the last one, which may be smaller, to the first.
  const last = (rows - 1) & ~(GROUP - 1);
  const step = <usize>((<i64>GROUP * <i64>down) / rows) * sizeof<T>();
  const rest = <i32>((<i64>GROUP * <i64>down) % rows);
  const lastStep = <usize>((<i64>(rows - last) * <i64>down) / rows) * sizeof<T>();
  const lastRest = <i32>((<i64>(rows - last) * <i64>down) % rows);
  let phase = <i32>((<i64>(row & ~(GROUP - 1)) * <i64>down) % rows);
  while (count > 0) {
    const first = row & ~(GROUP - 1);
    const some = min(count, min(first + GROUP, rows) - row);
    const coefficients = table + <usize>row * rowBytes;
    storeGroup<T>(
      target,
      targetStride,
      source,
      sourceStride,
      channels,
      coefficients,
      rowBytes,
      some,
      taps,
      centre,
      centreEnd,
    );
    target += <usize>some * sizeof<T>();
    count -= some;
    source += first === last ? lastStep : step;
    phase += first === last ? lastRest : rest;
    row = first === last ? 0 : first + GROUP;
    if (phase >= rows) {
      phase -= rows;
      source += sizeof<T>();
    }
  }
}

/** Writes `count` outputs, the first with row `row`; the taps from `centre` to `centreEnd` − 1 are summed in float64. */
export function polyphaseF32(
  target: usize,
  targetStride: usize,
  source: usize,
  sourceStride: usize,
  channels: i32,
  table: usize,
  taps: i32,
  centre: i32,
  centreEnd: i32,
  rows: i32,
  down: i32,
  row: i32,
  count: i32,
): void {
  polyphase<f32>(
    target,
    targetStride,
    source,
    sourceStride,
    channels,
    table,
    taps,
    centre,
    centreEnd,
    rows,
    down,
    row,
    count,
  );
}

/** The same in float64. */
export function polyphaseF64(
  target: usize,
  targetStride: usize,
  source: usize,
  sourceStride: usize,
  channels: i32,
  table: usize,
  taps: i32,
  rows: i32,
  down: i32,
  row: i32,
  count: i32,
): void {
  polyphase<f64>(target, targetStride, source, sourceStride, channels, table, taps, 0, 0, rows, down, row, count);
}
