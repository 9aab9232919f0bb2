/**
 * The kernels of assembly/resample as TypeScript sees them: pointers are byte addresses in the engine's memory.
 */
import { declareKernels } from '../engine/kernels.js';

export interface ResampleKernels {
  /**
   * Polyphase FIR by up/down, one channel: writes `count` outputs, the first with row `row` of a table of `up` rows of
   * `taps` coefficients (a multiple of 16), in the order of outputs. assembly/resample/polyphase.ts has the layout.
   */
  polyphaseF32(
    target: number,
    source: number,
    table: number,
    taps: number,
    up: number,
    down: number,
    row: number,
    count: number,
  ): void;
  /** The same for two channels, `targetStride` and `sourceStride` bytes apart: the same bits, fewer loads. */
  polyphasePairF32(
    target: number,
    targetStride: number,
    source: number,
    sourceStride: number,
    table: number,
    taps: number,
    up: number,
    down: number,
    row: number,
    count: number,
  ): void;
  /**
   * The same with sums in float64, from tap `centre` to the last but as many or throughout: all the channels, their
   * planes the strides apart. assembly/resample/polyphase-wide.ts.
   */
  polyphaseMixedF32(
    target: number,
    targetStride: number,
    source: number,
    sourceStride: number,
    channels: number,
    table: number,
    taps: number,
    centre: number,
    up: number,
    down: number,
    row: number,
    count: number,
  ): void;
  polyphaseF64(
    target: number,
    targetStride: number,
    source: number,
    sourceStride: number,
    channels: number,
    table: number,
    taps: number,
    up: number,
    down: number,
    row: number,
    count: number,
  ): void;
  /**
   * Records of where the next outputs stand, at a constant ratio up/down: as many as have their place at most `room`, and
   * at most `most`. assembly/resample/position.ts has the layouts of records and state.
   */
  constantPositions(
    records: number,
    state: number,
    up: number,
    down: number,
    stretch: number,
    room: number,
    most: number,
  ): number;
  /** The same at a ratio that varies. */
  varyingPositions(records: number, state: number, room: number, most: number): number;
  /** Outputs at such positions, coefficients interpolated from a table: assembly/resample/interpolated.ts. */
  interpolatedF32(
    target: number,
    targetStride: number,
    source: number,
    sourceStride: number,
    channels: number,
    records: number,
    count: number,
    table: number,
    periods: number,
    phases: number,
    row: number,
    halfWidth: number,
  ): void;
  interpolatedF64(
    target: number,
    targetStride: number,
    source: number,
    sourceStride: number,
    channels: number,
    records: number,
    count: number,
    table: number,
    periods: number,
    phases: number,
    row: number,
    halfWidth: number,
  ): void;
}

/** The kernels on an engine; the list beside says how many parameters each has. */
export const resampleKernels = declareKernels<ResampleKernels>(
  'resample',
  () => import('../../wasm/resample.base64.js'),
  {
    polyphaseF32: 8,
    polyphasePairF32: 10,
    polyphaseMixedF32: 12,
    polyphaseF64: 11,
    constantPositions: 7,
    varyingPositions: 4,
    interpolatedF32: 12,
    interpolatedF64: 12,
  },
);
