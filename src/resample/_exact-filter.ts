/**
 * The filter of a ratio up/down whose phases all fit a table. Its position is the table's row of the next output, a small
 * integer: the outputs so far modulo the number of rows.
 */
import type { Engine } from '../engine/engine.js';
import type { SamplesPort } from '../stage/port.js';
import type { Filter } from './_filter.js';
import { resampleKernels } from './_kernels.js';
import { acquireTable, releaseTable, type TableSource } from './_tables.js';
import { fillPhaseTable, type PolyphaseDesign, sampleBytes, tableLength } from './design.js';

/** ⌊a/b⌋ without a fraction on the way, which the interpreter would box: small whole numbers cost no memory anywhere. */
function wholeQuotient(a: number, b: number): number {
  return (a - (a % b)) / b;
}

/**
 * Input frames on each side of an output's instant that `mixed` sums in float64. Where the rate falls the filter is wider,
 * and what it stops is a sum of larger terms that cancel: so more of them, up to twice as many a period. A minimum-phase
 * filter has all of them on one side, an intermediate one more on that side.
 */
const CENTRE_FRAMES = 5;
const MOST_CENTRE_FRAMES = 12;
const KERNEL_STEP = 8;

/** Rows of a group: assembly/resample/polyphase.ts. */
const GROUP = 4;
/** Fewer phases than these are repeated until they make whole groups. */
const FEW_PHASES = 16;
const LARGEST_REPEATED_TABLE = 2 ** 18;

/** The phase table as the kernels have it: rows in groups that meet the same input frames. */
interface Layout {
  readonly rows: number;
  /** Input frames that all of them pass by. */
  readonly down: number;
  /** Coefficients of a row, its zeros included. */
  readonly rowTaps: number;
}

function layoutOf(design: PolyphaseDesign): Layout {
  const { up, down, taps } = design;
  const repeated = up % 2 === 1 ? GROUP : up % GROUP === 0 ? 1 : GROUP / 2;
  const repeat = up <= FEW_PHASES && repeated * tableLength(design) <= LARGEST_REPEATED_TABLE ? repeated : 1;
  const rows = up * repeat;
  let most = 0;
  for (let row = 0; row < rows; row++) most = Math.max(most, startOf(row, up, down) - startOf(firstOf(row), up, down));
  const rowTaps = Math.ceil((taps + most) / KERNEL_STEP) * KERNEL_STEP;
  return { rows, down: down * repeat, rowTaps };
}

/** First row of a row's group. */
function firstOf(row: number): number {
  return row - (row % GROUP);
}

/** The input frame that a row's first tap meets. */
function startOf(row: number, up: number, down: number): number {
  return wholeQuotient(row * down, up);
}

/** Input frames beyond `taps` that the filter may look at, and may leave in the history. */
export function slackOf(design: PolyphaseDesign): number {
  return 2 * (layoutOf(design).rowTaps - design.taps);
}

function tableOf(design: PolyphaseDesign): TableSource {
  const { preset, phase, up, down, taps } = design;
  const valueBytes = sampleBytes(preset);
  const { attenuationDecibels, halfWidthPeriods, cutoff } = preset;
  const { rows, rowTaps } = layoutOf(design);
  return {
    key: ['phases', phase, up, down, taps, attenuationDecibels, halfWidthPeriods, cutoff, valueBytes].join(' '),
    length: rows * rowTaps,
    valueBytes,
    fill: (table) => {
      const phases = valueBytes === 8 ? new Float64Array(up * taps) : new Float32Array(up * taps);
      fillPhaseTable(design, phases);
      table.fill(0);
      for (let row = 0; row < rows; row++) {
        const late = startOf(row, up, down) - startOf(firstOf(row), up, down);
        const from = (row % up) * taps;
        table.set(phases.subarray(from, from + taps), row * rowTaps + late);
      }
    },
  };
}

/** Taps of a row that `mixed` sums in float64: the first, and the first behind them. */
export function centreOf(
  { preset, phase, up, down, taps, ahead }: PolyphaseDesign,
  rowTaps: number,
  breadth = 1,
): readonly [number, number] {
  if (preset.arithmetic !== 'mixed') return [rowTaps, rowTaps];
  const stretch = Math.max(1, down / up);
  const width = Math.ceil(breadth * Math.min(CENTRE_FRAMES * stretch, MOST_CENTRE_FRAMES) * stretch);
  const middle = taps - ahead;
  const first = middle - (phase === 'minimum' ? 16 : phase === 'intermediate' ? 8 : 1) * width;
  return [
    Math.max(0, Math.floor(first / KERNEL_STEP) * KERNEL_STEP),
    Math.min(rowTaps, Math.ceil((middle + width + rowTaps - taps) / KERNEL_STEP) * KERNEL_STEP),
  ];
}

export class ExactFilter implements Filter {
  readonly #engine: Engine;
  readonly #kernels: ReturnType<typeof resampleKernels>;
  readonly #design: PolyphaseDesign;
  readonly #source: TableSource;
  readonly #table: number;
  readonly #layout: Layout;
  readonly #centre: number;
  readonly #centreEnd: number;
  /** Row of the next output in the phase table. */
  #row = 0;

  constructor(engine: Engine, design: PolyphaseDesign) {
    this.#engine = engine;
    this.#kernels = resampleKernels(engine);
    this.#design = design;
    this.#layout = layoutOf(design);
    [this.#centre, this.#centreEnd] = centreOf(design, this.#layout.rowTaps);
    this.#source = tableOf(design);
    this.#table = acquireTable(engine, this.#source);
  }

  /** The history's first frame is the one that the first tap of the next output's group meets. */
  run(output: SamplesPort, history: number, planeBytes: number, held: number): number {
    const { up, down, taps } = this.#design;
    const { rows } = this.#layout;
    const row = this.#row;
    const first = startOf(firstOf(row), up, down);
    // The row of an output may start as late as this.
    const room = first + held - taps;
    const count = room < 0 ? 0 : wholeQuotient((room + 1) * up - 1, down) + 1 - row;
    if (count <= 0) {
      output.count = 0;
      return 0;
    }
    output.count = count;
    if (this.#design.preset.arithmetic === 'float64') this.#runFloat64(output, history, planeBytes, count);
    else this.#runFloat32(output, history, planeBytes, count);
    const next = row + count;
    this.#row = next % rows;
    const turns = wholeQuotient(next, rows);
    return turns * this.#layout.down + startOf(firstOf(this.#row), up, down) - first;
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
    this.#kernels.polyphaseF32(
      output.pointer,
      output.planeBytes,
      history,
      planeBytes,
      output.channels,
      this.#table,
      this.#layout.rowTaps,
      this.#centre,
      this.#centreEnd,
      this.#layout.rows,
      this.#layout.down,
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
      this.#layout.rowTaps,
      this.#layout.rows,
      this.#layout.down,
      this.#row,
      count,
    );
  }
}
