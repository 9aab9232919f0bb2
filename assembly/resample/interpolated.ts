// Resampling at instants that no phase table holds: every output's coefficients are interpolated from one finely sampled
// prototype, four points a coefficient, by the cubic through them (Lagrange, 1795).
//
// Memory:
//   records  place, fraction and stretch of every output: position.ts
//   table    the prototype turned round, `phases` points a period of the lower rate: it reaches `behind` periods of input
//            back from an output's instant and `ahead` periods on, between margins of zeros; the instant is the point
//            (behind + margin)·phases
//   row      room for the coefficients of one output: `taps`, of which number `base` meets the frame at or next before its
//            instant
//   source   the input frames of the first channel without a gap; the others' `sourceStride` bytes after one another
//   phase rows   where one stretch is more frequent than others, the prototype at that one in the order in which it is
//            used: rows of `rowTaps` coefficients, a multiple of 16, row i for the fraction (i − 1)/rowPhases of an input frame, i = 0 …
//            rowPhases + 2. An output of that stretch has one place between the points for all its coefficients, and what
//            is interpolated lies side by side. A row's first tap meets the same frame as that of the whole filter, and
//            the taps behind the filter are zeros; those from `centre` to `centreEnd` − 1 are summed in float64.
// The tables, the row and the frames are float32, and summed in float64 around the middle; or all float64.
//
// The point of a tap is counted in 2^-32 of the distance between two points: over a hundred thousand taps the rounding of
// its step stays below 10^-5 of that distance.
import { storeDot, storeTwoDots } from './dot';

const TWO_TO_32: f64 = 4294967296.0;
/** A row starts up to 15 taps before the prototype does: the dot products take 16 at a time. */
const MARGIN_PERIODS: i32 = 20;

/** The first of the taps that the prototype reaches; `reach` in input frames. */
function firstTap(base: i32, fraction: f64, reach: f64): i32 {
  return max(0, <i32>Math.floor(<f64>base + fraction - reach));
}

/** How many from there, in whole sixteens. */
function tapCount(taps: i32, base: i32, fraction: f64, reach: f64, first: i32): i32 {
  const last = min(taps - 1, <i32>Math.ceil(<f64>base + fraction + reach));
  return (last - first + 16) & ~15;
}

/**
 * One row between rows, from those before, at, after and next but one after its place: the cubic through them, `t` of the way
 * from the second to the third. The differences are small, and the row itself the only large term, rounded once.
 */
function interpolateRow<T>(row: usize, rows: usize, rowBytes: usize, t: f64): void {
  const before = v128.splat<T>(<T>((-t * (t - 1) * (t - 2)) / 6));
  const after = v128.splat<T>(<T>((-(t + 1) * t * (t - 2)) / 2));
  const next = v128.splat<T>(<T>(((t + 1) * t * (t - 1)) / 6));
  let second = rows + rowBytes;
  let third = second + rowBytes;
  let fourth = third + rowBytes;
  const end = row + rowBytes;
  // Four vectors a turn: a turn of its own for each takes half as long again.
  while (row < end) {
    const w = v128.load(second);
    const w1 = v128.mul<T>(before, v128.sub<T>(v128.load(rows), w));
    const w2 = v128.mul<T>(after, v128.sub<T>(v128.load(third), w));
    const w3 = v128.mul<T>(next, v128.sub<T>(v128.load(fourth), w));
    v128.store(row, v128.add<T>(w, v128.add<T>(w1, v128.add<T>(w2, w3))));
    const x = v128.load(second, 16);
    const x1 = v128.mul<T>(before, v128.sub<T>(v128.load(rows, 16), x));
    const x2 = v128.mul<T>(after, v128.sub<T>(v128.load(third, 16), x));
    const x3 = v128.mul<T>(next, v128.sub<T>(v128.load(fourth, 16), x));
    v128.store(row, v128.add<T>(x, v128.add<T>(x1, v128.add<T>(x2, x3))), 16);
    const y = v128.load(second, 32);
    const y1 = v128.mul<T>(before, v128.sub<T>(v128.load(rows, 32), y));
    const y2 = v128.mul<T>(after, v128.sub<T>(v128.load(third, 32), y));
    const y3 = v128.mul<T>(next, v128.sub<T>(v128.load(fourth, 32), y));
    v128.store(row, v128.add<T>(y, v128.add<T>(y1, v128.add<T>(y2, y3))), 32);
    const z = v128.load(second, 48);
    const z1 = v128.mul<T>(before, v128.sub<T>(v128.load(rows, 48), z));
    const z2 = v128.mul<T>(after, v128.sub<T>(v128.load(third, 48), z));
    const z3 = v128.mul<T>(next, v128.sub<T>(v128.load(fourth, 48), z));
    v128.store(row, v128.add<T>(z, v128.add<T>(z1, v128.add<T>(z2, z3))), 48);
    row += 64;
    rows += 64;
    second += 64;
    third += 64;
    fourth += 64;
  }
}

/** The products of a row with the frames of all the channels. */
function storeChannels<T>(
  target: usize,
  targetStride: usize,
  frames: usize,
  sourceStride: usize,
  channels: i32,
  row: usize,
  taps: i32,
  centre: i32,
  centreEnd: i32,
): void {
  for (; channels >= 2; channels -= 2, frames += 2 * sourceStride, target += 2 * targetStride) {
    storeTwoDots<T>(target, targetStride, frames, frames + sourceStride, row, taps, centre, centreEnd);
  }
  if (channels !== 0) storeDot<T>(target, row, frames, taps, centre, centreEnd);
}

/** Outputs that all have the stretch of the phase rows. */
function fromRows<T>(
  target: usize,
  targetStride: usize,
  source: usize,
  sourceStride: usize,
  channels: i32,
  records: usize,
  count: i32,
  rows: usize,
  rowTaps: i32,
  rowPhases: i32,
  row: usize,
  centre: i32,
  centreEnd: i32,
): void {
  const rowBytes = <usize>rowTaps * sizeof<T>();
  const end = records + 24 * <usize>count;
  for (; records < end; records += 24, target += sizeof<T>()) {
    const place = load<f64>(records, 8) * <f64>rowPhases;
    const phase = <i32>place;
    interpolateRow<T>(row, rows + <usize>phase * rowBytes, rowBytes, place - <f64>phase);
    const frames = source + <usize>load<i32>(records) * sizeof<T>();
    storeChannels<T>(target, targetStride, frames, sourceStride, channels, row, rowTaps, centre, centreEnd);
  }
}

/** Outputs from phase rows in float32. */
export function interpolatedRowsF32(
  target: usize,
  targetStride: usize,
  source: usize,
  sourceStride: usize,
  channels: i32,
  records: usize,
  count: i32,
  rows: usize,
  rowTaps: i32,
  rowPhases: i32,
  row: usize,
  centre: i32,
  centreEnd: i32,
): void {
  fromRows<f32>(
    target,
    targetStride,
    source,
    sourceStride,
    channels,
    records,
    count,
    rows,
    rowTaps,
    rowPhases,
    row,
    centre,
    centreEnd,
  );
}

/** The same in float64. */
export function interpolatedRowsF64(
  target: usize,
  targetStride: usize,
  source: usize,
  sourceStride: usize,
  channels: i32,
  records: usize,
  count: i32,
  rows: usize,
  rowTaps: i32,
  rowPhases: i32,
  row: usize,
): void {
  fromRows<f64>(
    target,
    targetStride,
    source,
    sourceStride,
    channels,
    records,
    count,
    rows,
    rowTaps,
    rowPhases,
    row,
    0,
    0,
  );
}

/** Of a run of records those at the front that have a stretch, or have it not. */
export function countStretched(records: usize, count: i32, stretch: f64, having: bool): i32 {
  let same: i32 = 0;
  while (same < count && (load<f64>(records, 16) === stretch) === having) {
    same++;
    records += 24;
  }
  return same;
}

export function interpolatedF32(
  target: usize,
  targetStride: usize,
  source: usize,
  sourceStride: usize,
  channels: i32,
  records: usize,
  count: i32,
  table: usize,
  behind: i32,
  ahead: i32,
  phases: i32,
  row: usize,
  mostTaps: i32,
  base: i32,
): void {
  const sixth = f32x4.splat(1 / 6.0);
  const half = f32x4.splat(0.5);
  const unit = f32x4.splat(<f32>(2 / TWO_TO_32));
  const end = records + 24 * <usize>count;
  for (; records < end; records += 24, target += 4) {
    const fraction = load<f64>(records, 8);
    const stretch = load<f64>(records, 16);
    let first = firstTap(base, fraction, <f64>behind / stretch);
    const taps = tapCount(mostTaps, base, fraction, <f64>ahead / stretch, first);
    first = min(first, mostTaps - taps);
    // In points of the table: the first tap's place, and the way from one tap to the next.
    const start = (<f64>(first - base) - fraction) * stretch + <f64>(behind + MARGIN_PERIODS);
    let point = <u64>(start * <f64>phases * TWO_TO_32);
    const step = <u64>(stretch * <f64>phases * TWO_TO_32);
    let fractions = i32x4.replace_lane(
      i32x4.replace_lane(
        i32x4.replace_lane(i32x4.splat(<i32>point), 1, <i32>(point + step)),
        2,
        <i32>(point + 2 * step),
      ),
      3,
      <i32>(point + 3 * step),
    );
    const fourSteps = i32x4.splat(<i32>(4 * step));
    const gain = f32x4.splat(<f32>stretch);
    const rowEnd = row + ((<usize>taps) << 2);
    for (let at = row; at < rowEnd; at += 16) {
      const p0 = v128.load(table + ((<usize>(point >> 32)) << 2) - 4);
      const p1 = v128.load(table + ((<usize>((point + step) >> 32)) << 2) - 4);
      const p2 = v128.load(table + ((<usize>((point + 2 * step) >> 32)) << 2) - 4);
      const p3 = v128.load(table + ((<usize>((point + 3 * step) >> 32)) << 2) - 4);
      const low01 = v128.shuffle<f32>(p0, p1, 0, 4, 1, 5);
      const low23 = v128.shuffle<f32>(p2, p3, 0, 4, 1, 5);
      const high01 = v128.shuffle<f32>(p0, p1, 2, 6, 3, 7);
      const high23 = v128.shuffle<f32>(p2, p3, 2, 6, 3, 7);
      const y0 = v128.shuffle<f32>(low01, low23, 2, 3, 6, 7);
      const y1 = v128.shuffle<f32>(high01, high23, 0, 1, 4, 5);
      const before = f32x4.sub(y0, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
      const between = f32x4.sub(y1, y0);
      const after = f32x4.sub(v128.shuffle<f32>(high01, high23, 2, 3, 6, 7), y1);
      // Differences first: the point itself is then the only large term, and is rounded once.
      const bend = f32x4.sub(between, before);
      const c = f32x4.mul(f32x4.sub(f32x4.sub(after, between), bend), sixth);
      const b = f32x4.mul(bend, half);
      const a = f32x4.sub(f32x4.sub(between, b), c);
      // Halved, since a signed number is converted by one instruction and an unsigned one by eight.
      const t = f32x4.mul(f32x4.convert_i32x4_s(i32x4.shr_u(fractions, 1)), unit);
      const value = f32x4.add(y0, f32x4.mul(t, f32x4.add(a, f32x4.mul(t, f32x4.add(b, f32x4.mul(t, c))))));
      v128.store(at, f32x4.mul(value, gain));
      fractions = i32x4.add(fractions, fourSteps);
      point += 4 * step;
    }
    // 16 input frames on each side of the instant, more where the filter is stretched; 32 or 64 on the one side that it reaches farther to, or at all.
    const middle = base + 1 - first;
    const width = <i32>Math.ceil(16 / stretch);
    const centre = max(0, (middle - (ahead === 0 ? 4 * width : behind > ahead ? 2 * width : width)) & ~15);
    const centreEnd = min(taps, (middle + width + 15) & ~15);
    const frames = source + ((<usize>(load<i32>(records) + first)) << 2);
    storeChannels<f32>(target, targetStride, frames, sourceStride, channels, row, taps, centre, centreEnd);
  }
}

export function interpolatedF64(
  target: usize,
  targetStride: usize,
  source: usize,
  sourceStride: usize,
  channels: i32,
  records: usize,
  count: i32,
  table: usize,
  behind: i32,
  ahead: i32,
  phases: i32,
  row: usize,
  mostTaps: i32,
  base: i32,
): void {
  const sixth = f64x2.splat(1 / 6.0);
  const half = f64x2.splat(0.5);
  const end = records + 24 * <usize>count;
  for (; records < end; records += 24, target += 8) {
    const fraction = load<f64>(records, 8);
    const stretch = load<f64>(records, 16);
    let first = firstTap(base, fraction, <f64>behind / stretch);
    const taps = tapCount(mostTaps, base, fraction, <f64>ahead / stretch, first);
    first = min(first, mostTaps - taps);
    const start = (<f64>(first - base) - fraction) * stretch + <f64>(behind + MARGIN_PERIODS);
    let point = <u64>(start * <f64>phases * TWO_TO_32);
    const step = <u64>(stretch * <f64>phases * TWO_TO_32);
    const gain = f64x2.splat(stretch);
    const rowEnd = row + ((<usize>taps) << 3);
    for (let at = row; at < rowEnd; at += 16) {
      const next = point + step;
      const p0 = table + ((<usize>(point >> 32)) << 3);
      const p1 = table + ((<usize>(next >> 32)) << 3);
      const left0 = v128.load(p0 - 8);
      const left1 = v128.load(p1 - 8);
      const right0 = v128.load(p0, 8);
      const right1 = v128.load(p1, 8);
      const y0 = v128.shuffle<f64>(left0, left1, 1, 3);
      const y1 = v128.shuffle<f64>(right0, right1, 0, 2);
      const before = f64x2.sub(y0, v128.shuffle<f64>(left0, left1, 0, 2));
      const between = f64x2.sub(y1, y0);
      const after = f64x2.sub(v128.shuffle<f64>(right0, right1, 1, 3), y1);
      const bend = f64x2.sub(between, before);
      const c = f64x2.mul(f64x2.sub(f64x2.sub(after, between), bend), sixth);
      const b = f64x2.mul(bend, half);
      const a = f64x2.sub(f64x2.sub(between, b), c);
      const t = f64x2.replace_lane(f64x2.splat(<f64>(<u32>point) / TWO_TO_32), 1, <f64>(<u32>next) / TWO_TO_32);
      const value = f64x2.add(y0, f64x2.mul(t, f64x2.add(a, f64x2.mul(t, f64x2.add(b, f64x2.mul(t, c))))));
      v128.store(at, f64x2.mul(value, gain));
      point = next + step;
    }
    const frames = source + ((<usize>(load<i32>(records) + first)) << 3);
    storeChannels<f64>(target, targetStride, frames, sourceStride, channels, row, taps, 0, 0);
  }
}
