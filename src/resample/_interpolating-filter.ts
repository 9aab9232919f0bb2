/**
 * The filter of any other ratio, constant or varying: coefficients interpolated from a sampled prototype, at positions
 * that the kernels count in whole numbers. The state is theirs, in engine memory, so that a number of 64 bits is no object
 * of JavaScript's: assembly/resample/position.ts has its layout.
 */

import { checkInteger, checkNumber } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import { Processor } from '../engine/processor.js';
import type { SamplesPort } from '../stage/port.js';
import { centreOf } from './_exact-filter.js';
import type { Filter } from './_filter.js';
import { resampleKernels } from './_kernels.js';
import { type PhaseName, type Reach, reachOf } from './_shaped-prototype.js';
import { acquireTable, releaseTable, type TableSource } from './_tables.js';
import {
  type Extent,
  extentOf,
  fillInterpolationTable,
  interpolationPhases,
  interpolationPoints,
  prototypePoints,
  sampleBytes,
} from './design.js';
import type { RatioChange, RatioRange } from './options.js';
import type { Preset } from './presets.js';

const STATE_BYTES = 96;
const RECORD_BYTES = 24;

/** Places in the state: of float64, then of int32. */
const RAMP_START = 1;
const RAMP_END = 2;
const WAIT = 5;
const NEXT_RATIO = 6;
const NEXT_LENGTH = 7;
const OUTPUTS = 8;
const USED = 18;
const UNTOUCHED = 19;
/** From here on the state holds what it begins with. */
const FIRST_START_VALUE = 10;
const START_FRACTION_BYTE = 80;
const START_WHOLE = 22;

/** The ratio to/from, exactly. */
export interface ExactRatio {
  readonly up: number;
  readonly down: number;
}

export interface InterpolatingFilterOptions {
  readonly preset: Preset;
  readonly phase: PhaseName;
  readonly extent: Extent;
  /** Most outputs of one run. */
  readonly maxOutput: number;
  readonly ratio: ExactRatio;
  /** Whether `ramp` may change the ratio. */
  readonly varying: boolean;
}

function tableOf(preset: Preset, phase: PhaseName): TableSource {
  const valueBytes = sampleBytes(preset);
  return {
    key: ['prototype', phase, preset.attenuationDecibels, preset.halfWidthPeriods, preset.cutoff, valueBytes].join(' '),
    length: interpolationPoints(preset, phase),
    valueBytes,
    fill: (table) => fillInterpolationTable(preset, phase, table),
  };
}

/** Multiples of these many taps are what the kernels take. */
const KERNEL_STEP = 16;

/** Phase rows of the prototype at one stretch: assembly/resample/interpolated.ts has the layout. */
interface PhaseRows {
  readonly source: TableSource;
  readonly stretch: number;
  readonly taps: number;
  readonly phases: number;
  /** Taps of the whole filter before the rows' first. */
  readonly offset: number;
  readonly centre: readonly [number, number];
}

/**
 * The rows of a constant ratio, or where it varies from 1 on of all ratios above: the filter is the same one there.
 * Undefined where rows would be of little use, or the prototype has no points at such a distance.
 */
function phaseRowsOf(options: InterpolatingFilterOptions): PhaseRows | undefined {
  const { preset, phase, extent: whole, ratio, varying } = options;
  const stretch = Math.min(1, ratio.up / ratio.down);
  if (stretch < 1 && (varying || phase !== 'linear')) return undefined;
  const extent = varying ? extentOf(preset, phase, 1) : whole;
  const phases = Math.ceil(interpolationPhases(preset) * stretch * Math.max(1, preset.cutoff));
  const { taps, ahead } = extent;
  const design = { preset, phase, up: phases, down: phases / stretch, taps, ahead };
  const rowTaps = Math.ceil(taps / KERNEL_STEP) * KERNEL_STEP;
  const valueBytes = sampleBytes(preset);
  const { attenuationDecibels, halfWidthPeriods, cutoff } = preset;
  const key = ['rows', phase, stretch, taps, ahead, attenuationDecibels, halfWidthPeriods, cutoff, valueBytes].join(
    ' ',
  );
  return {
    source: {
      key,
      length: (phases + ROWS_BESIDE) * rowTaps,
      valueBytes,
      fill: (table) => {
        const points = prototypePoints(design);
        for (let row = 0; row < phases + ROWS_BESIDE; row++) {
          for (let tap = 0; tap < rowTaps; tap++) {
            table[row * rowTaps + tap] = points[row - 1 + (taps - 1 - tap) * phases] ?? 0;
          }
        }
      },
    },
    stretch,
    taps: rowTaps,
    phases,
    offset: whole.taps - whole.ahead - (taps - ahead),
    centre: centreOf(design, rowTaps, CENTRE_BREADTH),
  };
}

/** Interpolated coefficients are rounded once more: twice as many in float64. */
const CENTRE_BREADTH = 2;

/** One row before fraction 0, and two from fraction 1 on: a cubic goes through four. */
const ROWS_BESIDE = 3;

export class InterpolatingFilter extends Processor implements Filter {
  readonly #kernels = resampleKernels(this.engine);
  readonly #preset: Preset;
  readonly #reach: Reach;
  readonly #taps: number;
  /** The tap that meets the frame at or next before an output's instant. */
  readonly #base: number;
  readonly #phases: number;
  readonly #constant: ExactRatio | undefined;
  readonly #stretch: number;
  readonly #startRatio: number;
  readonly #maxOutput: number;
  readonly #source: TableSource;
  #table = 0;
  readonly #rows: PhaseRows | undefined;
  #rowTable = 0;
  readonly #row: number;
  readonly #records: number;
  readonly #statePointer: number;
  readonly #state: Float64Array;
  readonly #ratioCell = new Float64Array(1);
  readonly #startState = new Float64Array(STATE_BYTES / 8);
  readonly #stateIntegers: Int32Array;

  constructor(engine: Engine, options: InterpolatingFilterOptions) {
    super(engine);
    const { preset, phase, extent, maxOutput, ratio, varying } = options;
    this.#taps = extent.taps;
    this.#base = extent.taps - extent.ahead - 1;
    this.#reach = reachOf(preset, phase);
    this.#preset = preset;
    this.#phases = interpolationPhases(preset);
    this.#maxOutput = maxOutput;
    this.#constant = varying ? undefined : ratio;
    this.#startRatio = ratio.up / ratio.down;
    this.#stretch = Math.min(1, this.#startRatio);
    this.#rows = phaseRowsOf(options);
    this.#row = this.reserve(Math.max(extent.taps, this.#rows?.taps ?? 0) * sampleBytes(preset));
    this.#records = this.reserve(RECORD_BYTES * maxOutput);
    this.#statePointer = this.reserve(STATE_BYTES);
    this.#state = new Float64Array(engine.buffer, this.#statePointer, STATE_BYTES / 8);
    this.#stateIntegers = new Int32Array(engine.buffer, this.#statePointer, STATE_BYTES / 4);
    // Input frames an output, in 2^-64 frames, rounded up.
    const up = BigInt(ratio.up);
    const step = ((BigInt(ratio.down) << 64n) + up - 1n) / up;
    this.#stateIntegers[START_WHOLE] = Number(step >> 64n);
    new DataView(engine.buffer).setBigUint64(this.#statePointer + START_FRACTION_BYTE, step & (2n ** 64n - 1n), true);
    this.#source = tableOf(preset, phase);
    try {
      if (this.#rows !== undefined) this.#rowTable = acquireTable(engine, this.#rows.source);
      if (varying || this.#rows === undefined) this.#table = acquireTable(engine, this.#source);
    } catch (error) {
      this.dispose();
      throw error;
    }
    this.#startState.set(this.#state.subarray(FIRST_START_VALUE), FIRST_START_VALUE);
    this.#startState[RAMP_START] = this.#startRatio;
    this.#startState[RAMP_END] = this.#startRatio;
    this.#startState[WAIT] = -1;
    new Int32Array(this.#startState.buffer)[UNTOUCHED] = 1;
    this.reset();
  }

  /**
   * `Resampler.setRatio`: a ramp that has not begun yet is replaced. No number on its way is an object, so ratios go by way
   * of an array in either case: a variable that is a number here and an array's value there would be one.
   */
  changeRatio(ratio: number | Float64Array, { least, largest }: RatioRange, options: RatioChange | undefined): void {
    const cell = this.#ratioCell;
    if (ratio instanceof Float64Array) cell[0] = ratio[0];
    else cell[0] = checkNumber('ratio', ratio, least, largest);
    if (!(cell[0] >= least && cell[0] <= largest)) checkNumber('ratio[0]', cell[0], least, largest);
    const state = this.#state;
    const overFrames = options?.overFrames ?? 0;
    checkInteger('overFrames', overFrames, 0, Number.MAX_SAFE_INTEGER);
    const atFrame = options?.atFrame;
    if (atFrame !== undefined) checkInteger('atFrame', atFrame, state[OUTPUTS], Number.MAX_SAFE_INTEGER);
    state[WAIT] = atFrame === undefined ? 0 : atFrame - state[OUTPUTS];
    state[NEXT_RATIO] = cell[0];
    state[NEXT_LENGTH] = overFrames;
  }

  run(output: SamplesPort, history: number, planeBytes: number, held: number): number {
    const kernels = this.#kernels;
    const room = held - this.#taps;
    const constant = this.#constant;
    const count =
      constant === undefined
        ? kernels.varyingPositions(this.#records, this.#statePointer, room, this.#maxOutput)
        : kernels.constantPositions(
            this.#records,
            this.#statePointer,
            constant.up,
            constant.down,
            this.#stretch,
            room,
            this.#maxOutput,
          );
    output.count = count;
    if (count === 0) return 0;
    const rows = this.#rows;
    if (rows === undefined) this.#runPoints(output, 0, count, history, planeBytes);
    else if (constant !== undefined) this.#runRows(rows, output, 0, count, history, planeBytes);
    else this.#runEither(rows, output, history, planeBytes);
    return this.#stateIntegers[USED];
  }

  /** In turns: the outputs that have the rows' stretch, and those that have not. */
  #runEither(rows: PhaseRows, output: SamplesPort, history: number, planeBytes: number): void {
    const { count } = output;
    for (let first = 0; first < count; ) {
      for (let having = 1; having >= 0; having--) {
        const records = this.#records + RECORD_BYTES * first;
        const some = this.#kernels.countStretched(records, count - first, rows.stretch, having);
        if (some > 0 && having === 1) this.#runRows(rows, output, first, some, history, planeBytes);
        else if (some > 0) this.#runPoints(output, first, some, history, planeBytes);
        first += some;
      }
    }
  }

  /** Outputs `first` to `first + count − 1` of a run, from the phase rows. */
  #runRows(
    rows: PhaseRows,
    output: SamplesPort,
    first: number,
    count: number,
    history: number,
    planeBytes: number,
  ): void {
    const bytes = sampleBytes(this.#preset);
    const target = output.pointer + bytes * first;
    const source = history + bytes * rows.offset;
    const records = this.#records + RECORD_BYTES * first;
    const { channels } = output;
    if (bytes === 8) {
      this.#kernels.interpolatedRowsF64(
        target,
        output.planeBytes,
        source,
        planeBytes,
        channels,
        records,
        count,
        this.#rowTable,
        rows.taps,
        rows.phases,
        this.#row,
      );
    } else {
      this.#kernels.interpolatedRowsF32(
        target,
        output.planeBytes,
        source,
        planeBytes,
        channels,
        records,
        count,
        this.#rowTable,
        rows.taps,
        rows.phases,
        this.#row,
        rows.centre[0],
        rows.centre[1],
      );
    }
  }

  /** The same from the prototype's points. */
  #runPoints(output: SamplesPort, first: number, count: number, history: number, planeBytes: number): void {
    const bytes = sampleBytes(this.#preset);
    const interpolated = bytes === 8 ? this.#kernels.interpolatedF64 : this.#kernels.interpolatedF32;
    interpolated(
      output.pointer + bytes * first,
      output.planeBytes,
      history,
      planeBytes,
      output.channels,
      this.#records + RECORD_BYTES * first,
      count,
      this.#table,
      this.#reach.behind,
      this.#reach.ahead,
      this.#phases,
      this.#row,
      this.#taps,
      this.#base,
    );
  }

  reset(): void {
    // Whole, from an array: single numbers would be objects in code that is called too rarely to be compiled.
    this.#state.set(this.#startState);
  }

  /** Continues where another filter of the same options stands. */
  copyFrom(other: InterpolatingFilter): void {
    this.#state.set(other.#state);
  }

  override dispose(): void {
    if (this.#table !== 0) releaseTable(this.engine, this.#source);
    if (this.#rowTable !== 0 && this.#rows !== undefined) releaseTable(this.engine, this.#rows.source);
    this.#table = 0;
    this.#rowTable = 0;
    super.dispose();
  }
}
