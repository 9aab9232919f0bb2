/**
 * The filter of any other ratio, constant or varying: coefficients interpolated from a sampled prototype, at positions
 * that the kernels count in whole numbers. The state is theirs, in engine memory, so that a number of 64 bits is no object
 * of JavaScript's: assembly/resample/position.ts has its layout.
 */

import type { Engine } from '../engine/engine.js';
import { Processor } from '../engine/processor.js';
import type { SamplesPort } from '../stage/port.js';
import type { Filter } from './_filter.js';
import { resampleKernels } from './_kernels.js';
import { acquireTable, releaseTable, type TableSource } from './_tables.js';
import { fillInterpolationTable, interpolationPhases, interpolationPoints, sampleBytes } from './design.js';
import type { Preset } from './presets.js';

const STATE_BYTES = 96;
const RECORD_BYTES = 24;

/** Places in the state: of float64, then of int32. */
const FRACTION = 0;
const RAMP_START = 1;
const RAMP_END = 2;
const RAMP_DONE = 3;
const RAMP_LENGTH = 4;
const WAIT = 5;
const NEXT_RATIO = 6;
const NEXT_LENGTH = 7;
const OUTPUTS = 8;
const USED = 18;
const UNTOUCHED = 19;
const START_FRACTION_BYTE = 80;
const START_WHOLE = 22;

/** The ratio to/from, exactly. */
export interface ExactRatio {
  readonly up: number;
  readonly down: number;
}

export interface InterpolatingFilterOptions {
  readonly preset: Preset;
  readonly halfWidth: number;
  /** Most outputs of one run. */
  readonly maxOutput: number;
  readonly ratio: ExactRatio;
  /** Whether `ramp` may change the ratio. */
  readonly varying: boolean;
}

function tableOf(preset: Preset): TableSource {
  const valueBytes = sampleBytes(preset);
  return {
    key: ['prototype', preset.attenuationDecibels, preset.halfWidthPeriods, preset.cutoff, valueBytes].join(' '),
    length: interpolationPoints(preset),
    valueBytes,
    fill: (table) => fillInterpolationTable(preset, table),
  };
}

export class InterpolatingFilter extends Processor implements Filter {
  readonly #kernels = resampleKernels(this.engine);
  readonly halfWidth: number;
  readonly #preset: Preset;
  readonly #phases: number;
  readonly #constant: ExactRatio | undefined;
  readonly #stretch: number;
  readonly #startRatio: number;
  readonly #maxOutput: number;
  readonly #source: TableSource;
  #table = 0;
  readonly #row: number;
  readonly #records: number;
  readonly #statePointer: number;
  readonly #state: Float64Array;
  readonly #stateIntegers: Int32Array;

  constructor(engine: Engine, options: InterpolatingFilterOptions) {
    super(engine);
    const { preset, halfWidth, maxOutput, ratio, varying } = options;
    this.halfWidth = halfWidth;
    this.#preset = preset;
    this.#phases = interpolationPhases(preset);
    this.#maxOutput = maxOutput;
    this.#constant = varying ? undefined : ratio;
    this.#startRatio = ratio.up / ratio.down;
    this.#stretch = Math.min(1, this.#startRatio);
    this.#row = this.reserve(2 * halfWidth * sampleBytes(preset));
    this.#records = this.reserve(RECORD_BYTES * maxOutput);
    this.#statePointer = this.reserve(STATE_BYTES);
    this.#state = new Float64Array(engine.buffer, this.#statePointer, STATE_BYTES / 8);
    this.#stateIntegers = new Int32Array(engine.buffer, this.#statePointer, STATE_BYTES / 4);
    // Input frames an output, in 2^-64 frames, rounded up.
    const up = BigInt(ratio.up);
    const step = ((BigInt(ratio.down) << 64n) + up - 1n) / up;
    this.#stateIntegers[START_WHOLE] = Number(step >> 64n);
    new DataView(engine.buffer).setBigUint64(this.#statePointer + START_FRACTION_BYTE, step & (2n ** 64n - 1n), true);
    this.#source = tableOf(preset);
    try {
      this.#table = acquireTable(engine, this.#source);
    } catch (error) {
      this.dispose();
      throw error;
    }
    this.reset();
  }

  /** Outputs that have come since `reset`. */
  get outputs(): number {
    return this.#state[OUTPUTS];
  }

  run(output: SamplesPort, history: number, planeBytes: number, held: number): number {
    const kernels = this.#kernels;
    const room = held - 2 * this.halfWidth;
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
    const interpolated = this.#preset.arithmetic === 'float64' ? kernels.interpolatedF64 : kernels.interpolatedF32;
    interpolated(
      output.pointer,
      output.planeBytes,
      history,
      planeBytes,
      output.channels,
      this.#records,
      count,
      this.#table,
      this.#preset.halfWidthPeriods,
      this.#phases,
      this.#row,
      this.halfWidth,
    );
    return this.#stateIntegers[USED];
  }

  /**
   * From output `outputs + wait` on the ratio goes to `ratio`, linearly over `length` outputs. Replaces a ramp that has not
   * begun yet. Real-time safe.
   */
  ramp(ratio: number, length: number, wait: number): void {
    this.#state[WAIT] = wait;
    this.#state[NEXT_RATIO] = ratio;
    this.#state[NEXT_LENGTH] = length;
  }

  reset(): void {
    const state = this.#state;
    state[FRACTION] = 0;
    state[RAMP_START] = this.#startRatio;
    state[RAMP_END] = this.#startRatio;
    state[RAMP_DONE] = 0;
    state[RAMP_LENGTH] = 0;
    state[OUTPUTS] = 0;
    this.#stateIntegers[UNTOUCHED] = 1;
    state[WAIT] = -1;
  }

  /** Continues where another filter of the same options stands. */
  copyFrom(other: InterpolatingFilter): void {
    this.#state.set(other.#state);
  }

  override dispose(): void {
    if (this.#table !== 0) releaseTable(this.engine, this.#source);
    this.#table = 0;
    super.dispose();
  }
}
