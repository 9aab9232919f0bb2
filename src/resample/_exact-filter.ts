/**
 * The filter of a ratio up/down whose phases all fit a table. Its position is the table's row of the next output, a small
 * integer: the outputs so far modulo `up`.
 */
import type { Engine } from '../engine/engine.js';
import type { SamplesPort } from '../stage/port.js';
import type { Filter } from './_filter.js';
import { resampleKernels } from './_kernels.js';
import { acquireTable, releaseTable, type TableSource } from './_tables.js';
import { fillPhaseTable, type PolyphaseDesign, sampleBytes, tableLength, tapsOf } from './design.js';

/** ⌊a/b⌋ without a fraction on the way, which the interpreter would box: small whole numbers cost no memory anywhere. */
function wholeQuotient(a: number, b: number): number {
  return (a - (a % b)) / b;
}

/**
 * Input frames on each side of the middle that `mixed` sums in float64. Where the rate falls the filter is wider, and what
 * it stops is a sum of larger terms that cancel: so more of them, up to twice as many a period.
 */
const CENTRE_FRAMES = 8;
const MOST_CENTRE_FRAMES = 16;
const KERNEL_STEP = 16;

function tableOf(design: PolyphaseDesign): TableSource {
  const { preset, up, down, halfWidth } = design;
  const valueBytes = sampleBytes(preset);
  return {
    key: ['phases', up, down, halfWidth, preset.attenuationDecibels, preset.cutoff, valueBytes].join(' '),
    length: tableLength(design),
    valueBytes,
    fill: (table) => fillPhaseTable(design, table),
  };
}

/** First tap of a row that `mixed` sums in float64. */
function centreOf({ up, down, halfWidth }: PolyphaseDesign): number {
  const stretch = Math.max(1, down / up);
  const frames = Math.min(CENTRE_FRAMES * stretch, MOST_CENTRE_FRAMES) * stretch;
  const width = Math.min(halfWidth, Math.ceil(frames));
  return Math.floor((halfWidth - width) / KERNEL_STEP) * KERNEL_STEP;
}

export class ExactFilter implements Filter {
  readonly halfWidth: number;
  readonly #engine: Engine;
  readonly #kernels: ReturnType<typeof resampleKernels>;
  readonly #design: PolyphaseDesign;
  readonly #source: TableSource;
  readonly #table: number;
  readonly #taps: number;
  readonly #centre: number;
  /** Row of the next output in the phase table. */
  #row = 0;

  constructor(engine: Engine, design: PolyphaseDesign) {
    this.#engine = engine;
    this.#kernels = resampleKernels(engine);
    this.#design = design;
    this.halfWidth = design.halfWidth;
    this.#taps = tapsOf(design);
    this.#centre = centreOf(design);
    this.#source = tableOf(design);
    this.#table = acquireTable(engine, this.#source);
  }

  run(output: SamplesPort, history: number, planeBytes: number, held: number): number {
    const { up, down } = this.#design;
    const phase = (this.#row * down) % up;
    // Output i of this call starts ⌊(phase + i·down)/up⌋ frames into the history, at most `room`.
    const room = held - this.#taps;
    const count = room < 0 ? 0 : wholeQuotient((room + 1) * up - phase + down - 1, down);
    output.count = count;
    if (count === 0) return 0;
    const { arithmetic } = this.#design.preset;
    if (arithmetic === 'float32') this.#runFloat32(output, history, planeBytes, count);
    else if (arithmetic === 'mixed') this.#runMixed(output, history, planeBytes, count);
    else this.#runFloat64(output, history, planeBytes, count);
    this.#row = (this.#row + count) % up;
    return wholeQuotient(phase + count * down, up);
  }

  reset(): void {
    this.#row = 0;
  }

  /** Continues where another filter of the same design stands. */
  copyFrom(other: ExactFilter): void {
    this.#row = other.#row;
  }

  dispose(): void {
    releaseTable(this.#engine, this.#source);
  }

  #runFloat32(output: SamplesPort, history: number, planeBytes: number, count: number): void {
    const kernels = this.#kernels;
    const { up, down } = this.#design;
    const { channels } = output;
    let channel = 0;
    for (; channel + 2 <= channels; channel += 2) {
      kernels.polyphasePairF32(
        output.pointer + channel * output.planeBytes,
        output.planeBytes,
        history + channel * planeBytes,
        planeBytes,
        this.#table,
        this.#taps,
        up,
        down,
        this.#row,
        count,
      );
    }
    if (channel < channels) {
      kernels.polyphaseF32(
        output.pointer + channel * output.planeBytes,
        history + channel * planeBytes,
        this.#table,
        this.#taps,
        up,
        down,
        this.#row,
        count,
      );
    }
  }

  #runMixed(output: SamplesPort, history: number, planeBytes: number, count: number): void {
    this.#kernels.polyphaseMixedF32(
      output.pointer,
      output.planeBytes,
      history,
      planeBytes,
      output.channels,
      this.#table,
      this.#taps,
      this.#centre,
      this.#design.up,
      this.#design.down,
      this.#row,
      count,
    );
  }

  #runFloat64(output: SamplesPort, history: number, planeBytes: number, count: number): void {
    this.#kernels.polyphaseF64(
      output.pointer,
      output.planeBytes,
      history,
      planeBytes,
      output.channels,
      this.#table,
      this.#taps,
      this.#design.up,
      this.#design.down,
      this.#row,
      count,
    );
  }
}
