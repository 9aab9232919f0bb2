/**
 * The kernels of assembly/resample as TypeScript sees them: pointers are byte addresses in the engine's memory.
 */
import { declareKernels } from '../engine/kernels.js';

/** What comes first: planes written and planes read, each the stride apart. */
type Planes = [target: number, targetStride: number, source: number, sourceStride: number, channels: number];

export interface ResampleKernels {
  /**
   * Polyphase FIR, all the channels, their planes the strides apart: writes `count` outputs, the first with row `row` of a
   * table of `rows` rows of `taps` coefficients (a multiple of 8), in the order of outputs and in groups, which `down` input
   * frames pass by; the taps from `centre` to `centreEnd` − 1, multiples of 8, are summed in float64, the others in
   * float32. assembly/resample/polyphase.ts has the layout.
   */
  polyphaseF32(
    ...run: [
      ...Planes,
      table: number,
      taps: number,
      centre: number,
      centreEnd: number,
      rows: number,
      down: number,
      row: number,
      count: number,
    ]
  ): void;
  /** The same in float64. */
  polyphaseF64(
    ...run: [...Planes, table: number, taps: number, rows: number, down: number, row: number, count: number]
  ): void;
  /** Float32 samples as float64, NaN and infinities as zero; returns how many those were. */
  promoteFiniteF32(target: number, source: number, count: number): number;
  /** Float64 samples, rounded to float32. */
  demoteF64(target: number, source: number, count: number): void;
  /** The product of `bins` numbers of two spectra in natural order, then zeros: `length` numbers in all. */
  weightSpectrumF64(target: number, source: number, weights: number, bins: number, length: number): void;
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
  /** Of a run of records those at the front that have a stretch, or (`having` 0) have it not. */
  countStretched(records: number, count: number, stretch: number, having: number): number;
  /** Outputs of the one stretch that a table of phase rows is made for: assembly/resample/interpolated.ts. */
  interpolatedRowsF32(
    ...run: [
      ...Planes,
      records: number,
      count: number,
      rows: number,
      rowTaps: number,
      rowPhases: number,
      row: number,
      centre: number,
      centreEnd: number,
    ]
  ): void;
  interpolatedRowsF64(
    ...run: [...Planes, records: number, count: number, rows: number, rowTaps: number, rowPhases: number, row: number]
  ): void;
  /** Outputs at such positions, coefficients interpolated from a table: assembly/resample/interpolated.ts. */
  interpolatedF32(
    ...run: [
      ...Planes,
      records: number,
      count: number,
      table: number,
      behind: number,
      ahead: number,
      phases: number,
      row: number,
      taps: number,
      base: number,
    ]
  ): void;
  interpolatedF64: ResampleKernels['interpolatedF32'];
}

/** The kernels on an engine; the list beside says how many parameters each has. */
export const resampleKernels = declareKernels<ResampleKernels>(
  'resample',
  () => import('../../wasm/resample.base64.js'),
  {
    polyphaseF32: 13,
    polyphaseF64: 11,
    promoteFiniteF32: 3,
    demoteF64: 3,
    weightSpectrumF64: 5,
    constantPositions: 7,
    varyingPositions: 4,
    countStretched: 4,
    interpolatedRowsF32: 13,
    interpolatedRowsF64: 11,
    interpolatedF32: 14,
    interpolatedF64: 14,
  },
);
