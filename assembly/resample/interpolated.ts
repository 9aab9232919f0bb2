// Resampling at instants that no phase table holds: every output's coefficients are interpolated from one finely sampled
// prototype, four points a coefficient, by the cubic through them (Lagrange, 1795).
//
// Memory:
//   records  place, fraction and stretch of every output: position.ts
//   table    the prototype, `phases` points a period of the lower rate, from (margin) points before its start at
//            −periods to as many after its end; zero outside
//   row      room for the coefficients of one output: 2·halfWidth
//   source   the input frames of the first channel without a gap; the others' `sourceStride` bytes after one another
// The table, its row and the frames are float32, and summed in float64 around the middle; or all float64.
//
// The point of a tap is counted in 2^-32 of the distance between two points: over a hundred thousand taps the rounding of
// its step stays below 10^-5 of that distance.
import { dotF64, dotMixedF32 } from './dot';

const TWO_TO_32: f64 = 4294967296.0;
/** A row starts up to 15 taps before the prototype does: the dot products take 16 at a time. */
const MARGIN_PERIODS: i32 = 20;

/** The first tap of the 2·halfWidth that the prototype reaches, moved down so that whole sixteens fit behind it. */
function firstTap(halfWidth: i32, fraction: f64, reach: f64): i32 {
  return max(0, <i32>Math.floor(<f64>(halfWidth - 1) + fraction - reach));
}

/** How many taps from there, in whole sixteens. */
function tapCount(halfWidth: i32, fraction: f64, reach: f64, first: i32): i32 {
  const last = min(2 * halfWidth - 1, <i32>Math.ceil(<f64>(halfWidth - 1) + fraction + reach));
  return (last - first + 16) & ~15;
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
  periods: i32,
  phases: i32,
  row: usize,
  halfWidth: i32,
): void {
  const sixth = f32x4.splat(1 / 6.0);
  const half = f32x4.splat(0.5);
  const unit = f32x4.splat(<f32>(1 / TWO_TO_32));
  const end = records + 24 * <usize>count;
  for (; records < end; records += 24, target += 4) {
    const fraction = load<f64>(records, 8);
    const stretch = load<f64>(records, 16);
    const reach = <f64>periods / stretch;
    let first = firstTap(halfWidth, fraction, reach);
    const taps = tapCount(halfWidth, fraction, reach, first);
    first = min(first, 2 * halfWidth - taps);
    // In points of the table: the first tap's place, and the way from one tap to the next.
    const start = (<f64>(first - halfWidth + 1) - fraction) * stretch + <f64>(periods + MARGIN_PERIODS);
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
      const t = f32x4.mul(f32x4.convert_i32x4_u(fractions), unit);
      v128.store(at, f32x4.add(y0, f32x4.mul(t, f32x4.add(a, f32x4.mul(t, f32x4.add(b, f32x4.mul(t, c)))))));
      fractions = i32x4.add(fractions, fourSteps);
      point += 4 * step;
    }
    // 16 input frames on each side of the middle, more where the filter is stretched.
    const middle = halfWidth - first;
    const width = min(<i32>Math.ceil(16 / stretch), halfWidth);
    const centre = max(0, (middle - width) & ~15);
    const centreEnd = min(taps, (middle + width + 15) & ~15);
    const frames = source + ((<usize>(load<i32>(records) + first)) << 2);
    for (let channel: i32 = 0; channel < channels; channel++) {
      const sum = dotMixedF32(row, frames + <usize>channel * sourceStride, taps, centre, centreEnd);
      store<f32>(target + <usize>channel * targetStride, <f32>(sum * stretch));
    }
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
  periods: i32,
  phases: i32,
  row: usize,
  halfWidth: i32,
): void {
  const sixth = f64x2.splat(1 / 6.0);
  const half = f64x2.splat(0.5);
  const end = records + 24 * <usize>count;
  for (; records < end; records += 24, target += 8) {
    const fraction = load<f64>(records, 8);
    const stretch = load<f64>(records, 16);
    const reach = <f64>periods / stretch;
    let first = firstTap(halfWidth, fraction, reach);
    const taps = tapCount(halfWidth, fraction, reach, first);
    first = min(first, 2 * halfWidth - taps);
    const start = (<f64>(first - halfWidth + 1) - fraction) * stretch + <f64>(periods + MARGIN_PERIODS);
    let point = <u64>(start * <f64>phases * TWO_TO_32);
    const step = <u64>(stretch * <f64>phases * TWO_TO_32);
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
      v128.store(at, f64x2.add(y0, f64x2.mul(t, f64x2.add(a, f64x2.mul(t, f64x2.add(b, f64x2.mul(t, c)))))));
      point = next + step;
    }
    const frames = source + ((<usize>(load<i32>(records) + first)) << 3);
    for (let channel: i32 = 0; channel < channels; channel++) {
      const sum = dotF64(row, frames + <usize>channel * sourceStride, taps);
      store<f64>(target + <usize>channel * targetStride, sum * stretch);
    }
  }
}
