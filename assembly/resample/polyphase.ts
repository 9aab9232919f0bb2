// Polyphase FIR resampling by up/down: output k is the dot product of a row of the phase table with `taps` successive
// input frames.
//
// Memory:
//   table   `up` rows of `taps` float32 coefficients, in the order in which successive outputs use them: row r belongs to
//           the phase (r·down mod up)/up. So the table is read from front to back and round again, which is what a
//           processor's prefetcher expects; in the order of phases it would jump about in 200 kB.
//   source  the input frames of a channel without a gap; the first is what the first output's first tap meets.
//   target  the output frames of a channel.
// `taps` is a multiple of 16. Rows are 64-byte aligned, source and target 4-byte aligned.
//
// Sixteen partial sums (four accumulators of four lanes) are added up in one fixed order, the same in both kernels and
// for every output: how the input is cut, and which channels travel together, does not change a bit.
//
// Rows of large decimation factors are long (77824 taps for 1/256), and a float32 sum loses with its length: 125 dB
// there, if it were one. So rows are summed in segments: 141 dB.
import { addFourF32, sumLanesF32 } from '../lib/accumulate';

/** Bytes of a row that one set of accumulators sums: 2048 taps. */
const SEGMENT_BYTES: usize = 8192;

/** One channel: writes `count` outputs, the first of them with row `row` of the table. */
export function polyphaseF32(
  target: usize,
  source: usize,
  table: usize,
  taps: i32,
  up: i32,
  down: i32,
  row: i32,
  count: i32,
): void {
  const rowBytes = (<usize>taps) << 2;
  const tableEnd = table + <usize>up * rowBytes;
  const targetEnd = target + ((<usize>count) << 2);
  const stepBytes = (<usize>(down / up)) << 2;
  const stepPhase = down % up;
  let phase = <i32>((<u64>row * <u64>stepPhase) % <u64>up);
  let coefficients = table + <usize>row * rowBytes;
  for (; target < targetEnd; target += 4) {
    const rowEnd = coefficients + rowBytes;
    let frames = source;
    let sum = f32x4.splat(0);
    do {
      const segmentEnd = min(coefficients + SEGMENT_BYTES, rowEnd);
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
      sum = f32x4.add(sum, addFourF32(a, b, c, d));
    } while (coefficients < rowEnd);
    store<f32>(target, sumLanesF32(sum));
    if (coefficients === tableEnd) coefficients = table;
    source += stepBytes;
    phase += stepPhase;
    if (phase >= up) {
      phase -= up;
      source += 4;
    }
  }
}

/**
 * Two channels that share the loads of the coefficients: the second one's frames lie `sourceStride` bytes after the
 * first one's, its outputs `targetStride` bytes after.
 */
export function polyphasePairF32(
  target: usize,
  targetStride: usize,
  source: usize,
  sourceStride: usize,
  table: usize,
  taps: i32,
  up: i32,
  down: i32,
  row: i32,
  count: i32,
): void {
  const rowBytes = (<usize>taps) << 2;
  const tableEnd = table + <usize>up * rowBytes;
  const targetEnd = target + ((<usize>count) << 2);
  const stepBytes = (<usize>(down / up)) << 2;
  const stepPhase = down % up;
  let phase = <i32>((<u64>row * <u64>stepPhase) % <u64>up);
  let coefficients = table + <usize>row * rowBytes;
  for (; target < targetEnd; target += 4) {
    const rowEnd = coefficients + rowBytes;
    let first = source;
    let second = source + sourceStride;
    let sum1 = f32x4.splat(0);
    let sum2 = f32x4.splat(0);
    do {
      const segmentEnd = min(coefficients + SEGMENT_BYTES, rowEnd);
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
        // Never taken, since a segment is a multiple of 64 bytes: a branch keeps V8 from moving all twelve loads to the front
        // of the loop, where they do not fit its registers (9.7 against 13.5 GMAC/s).
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
      sum1 = f32x4.add(sum1, addFourF32(a1, b1, c1, d1));
      sum2 = f32x4.add(sum2, addFourF32(a2, b2, c2, d2));
    } while (coefficients < rowEnd);
    store<f32>(target, sumLanesF32(sum1));
    store<f32>(target + targetStride, sumLanesF32(sum2));
    if (coefficients === tableEnd) coefficients = table;
    source += stepBytes;
    phase += stepPhase;
    if (phase >= up) {
      phase -= up;
      source += 4;
    }
  }
}
