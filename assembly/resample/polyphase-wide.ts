// The polyphase FIR of polyphase.ts with sums in float64: around the middle of every row, or throughout. The phase
// table, the source and the target are laid out as there, in float32 for the mixed sum and in float64 for the other.
//
// Every output's row is used for all the channels before the next one's: it is in the first-level cache by then.
// Channel c's frames lie c·sourceStride bytes after the first one's, its outputs c·targetStride bytes after.
import { dotF64, dotMixedF32, dotMixedPairF32 } from './dot';

/** Float32 frames: the taps from `centre` to `taps` − `centre` − 1 are summed in float64. `centre` is a multiple of 16. */
export function polyphaseMixedF32(
  target: usize,
  targetStride: usize,
  source: usize,
  sourceStride: usize,
  channels: i32,
  table: usize,
  taps: i32,
  centre: i32,
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
    let channel: i32 = 0;
    for (; channel + 2 <= channels; channel += 2) {
      const frames = source + <usize>channel * sourceStride;
      const sums = dotMixedPairF32(coefficients, frames, frames + sourceStride, taps, centre, taps - centre);
      const place = target + <usize>channel * targetStride;
      store<f32>(place, <f32>f64x2.extract_lane(sums, 0));
      store<f32>(place + targetStride, <f32>f64x2.extract_lane(sums, 1));
    }
    if (channel < channels) {
      const frames = source + <usize>channel * sourceStride;
      const sum = dotMixedF32(coefficients, frames, taps, centre, taps - centre);
      store<f32>(target + <usize>channel * targetStride, <f32>sum);
    }
    coefficients += rowBytes;
    if (coefficients === tableEnd) coefficients = table;
    source += stepBytes;
    phase += stepPhase;
    if (phase >= up) {
      phase -= up;
      source += 4;
    }
  }
}

/** Float64 frames, coefficients and sums. */
export function polyphaseF64(
  target: usize,
  targetStride: usize,
  source: usize,
  sourceStride: usize,
  channels: i32,
  table: usize,
  taps: i32,
  up: i32,
  down: i32,
  row: i32,
  count: i32,
): void {
  const rowBytes = (<usize>taps) << 3;
  const tableEnd = table + <usize>up * rowBytes;
  const targetEnd = target + ((<usize>count) << 3);
  const stepBytes = (<usize>(down / up)) << 3;
  const stepPhase = down % up;
  let phase = <i32>((<u64>row * <u64>stepPhase) % <u64>up);
  let coefficients = table + <usize>row * rowBytes;
  for (; target < targetEnd; target += 8) {
    for (let channel: i32 = 0; channel < channels; channel++) {
      const sum = dotF64(coefficients, source + <usize>channel * sourceStride, taps);
      store<f64>(target + <usize>channel * targetStride, sum);
    }
    coefficients += rowBytes;
    if (coefficients === tableEnd) coefficients = table;
    source += stepBytes;
    phase += stepPhase;
    if (phase >= up) {
      phase -= up;
      source += 8;
    }
  }
}
