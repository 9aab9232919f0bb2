/**
 * The Walsh–Hadamard transform in two dimensions: of every row, then of every column. It is what image blocks, and matrices
 * whose size is a product, want.
 */
import { checkOptions, throwRange } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import { Processor } from '../engine/processor.js';
import {
  bytesOfSample,
  checkSampleArray,
  copyAsSample,
  type FwhtArray,
  type FwhtCoefficients,
  type FwhtOverflow,
  type FwhtSample,
  type FwhtView,
  viewOfSample,
} from './_sample-types.js';
import { type FwhtOrder, type FwhtScale, WalshPlan } from './_walsh-plan.js';

export interface Fwht2dOptions<Sample extends FwhtSample = FwhtSample, Overflow extends FwhtOverflow = FwhtOverflow> {
  /** Rows of the matrix: 2^k, 12·2^k, 20·2^k or 28·2^k, up to 2^20. */
  readonly rows: number;
  /** Values of a row: as for rows. */
  readonly columns: number;
  /** Order of the coefficients in both dimensions. Default `natural`, the only one where either size is not 2^k. */
  readonly order?: FwhtOrder;
  /** Factor of the forward transform, of n = rows·columns: `none` 1, `orthonormal` 1/√n, `inverse` 1/n. Default `none`, the only one for integers. */
  readonly scale?: FwhtScale;
  /** Type of the samples. Default `f32`. */
  readonly sample?: Sample;
  /** What integers do about sums that do not fit, as for `Fwht`. Default `wrap`. */
  readonly overflow?: Overflow;
}

const OPTION_NAMES = ['rows', 'columns', 'order', 'scale', 'sample', 'overflow'] as const;

/**
 * A two-dimensional transform Y = W·X·Wᵀ of a matrix stored row by row, with its buffer in engine memory. What `Fwht` says
 * of errors, overflow and NaN holds with size = rows·columns. Columns are done in strips of 64 bytes that are gathered
 * first, so that they cost little more than rows.
 *
 * `run`, `runInverse`, and `transform` and `inverse` with `out`, are real-time safe.
 *
 * @example
 * ```ts
 * import { Engine, Fwht2d } from 'paley';
 *
 * const engine = await Engine.load();
 * const block = new Fwht2d(engine, { rows: 2, columns: 4, sample: 'i16' });
 * console.log(block.transform(Int16Array.of(1, 2, 3, 4, 5, 6, 7, 8))); // 36 −4 −8 0 −16 0 0 0
 * block.dispose();
 * ```
 */
export class Fwht2d<Sample extends FwhtSample = 'f32', Overflow extends FwhtOverflow = 'wrap'> extends Processor {
  readonly rows: number;
  readonly columns: number;
  readonly order: FwhtOrder;
  readonly scale: FwhtScale;
  readonly sample: Sample;
  /** Without meaning for floating point. */
  readonly overflow: Overflow;
  /** The `rows·columns` values that `run` transforms in place; of the coefficients' type. The view never changes. */
  readonly buffer: FwhtView<Sample, Overflow>;
  readonly #pointer: number;
  readonly #rowPlan: WalshPlan;
  readonly #columnPlan: WalshPlan;
  readonly #scratch: number;

  /**
   * @throws TypeError or RangeError for options out of range; EngineMemoryError where the engine has no room for the
   * matrix and a strip of it.
   */
  constructor(engine: Engine, options: Fwht2dOptions<Sample, Overflow>) {
    super(engine);
    checkOptions('Fwht2dOptions', options, OPTION_NAMES);
    const { rows, columns } = options;
    this.#rowPlan = new WalshPlan(engine, columns, options, 'columns');
    this.#columnPlan = new WalshPlan(engine, rows, options, 'rows');
    const { order, scale, sample, overflow, working } = this.#rowPlan;
    this.rows = rows;
    this.columns = columns;
    this.order = order;
    this.scale = scale;
    this.sample = sample as Sample;
    this.overflow = overflow as Overflow;
    const length = rows * columns;
    if (length > 2 ** 28) throwRange('rows·columns', `at most ${2 ** 28}`, length);
    if (working === 'i32' && sample === 'i16' && length > 2 ** 16) {
      throwRange('rows·columns', `at most ${2 ** 16} to widen i16 samples`, length);
    }
    for (const plan of [this.#rowPlan, this.#columnPlan]) {
      if (plan.workBytes > 0) plan.useWork(this.reserve(plan.workBytes));
    }
    this.#scratch = this.reserve(this.#columnPlan.columnBytes(columns));
    this.#pointer = this.reserve(length * bytesOfSample(working));
    this.buffer = viewOfSample(working, engine.buffer, this.#pointer, length) as FwhtView<Sample, Overflow>;
  }

  /** Transforms `buffer` in place. Real-time safe. */
  run(): void {
    this.checkAlive();
    this.#rowPlan.forward(this.#pointer, this.rows);
    this.#columnPlan.forwardColumns(this.#pointer, this.columns, this.#scratch);
  }

  /** Undoes `run` in place, whatever order and scale. Real-time safe. */
  runInverse(): void {
    this.checkAlive();
    this.#columnPlan.inverseColumns(this.#pointer, this.columns, this.#scratch);
    this.#rowPlan.inverse(this.#pointer, this.rows);
  }

  /**
   * The transform of the matrix `x`, `rows·columns` samples, in `out` or a fresh array. Overwrites `buffer`. Real-time safe
   * where `out` is given.
   * @throws TypeError or RangeError for arrays of another type or length; DisposedError.
   */
  transform(x: FwhtArray<Sample>, out?: FwhtCoefficients<Sample, Overflow>): FwhtCoefficients<Sample, Overflow> {
    this.checkAlive();
    checkSampleArray('x', x, this.sample, this.buffer.length);
    if (out !== undefined) checkSampleArray('out', out, this.#rowPlan.working, this.buffer.length);
    this.buffer.set(x);
    this.run();
    return this.#give(this.#rowPlan.working, out) as FwhtCoefficients<Sample, Overflow>;
  }

  /** Undoes `transform`: coefficients in, samples out. Errors and real-time safety are the same. */
  inverse(y: FwhtCoefficients<Sample, Overflow>, out?: FwhtArray<Sample>): FwhtArray<Sample> {
    this.checkAlive();
    checkSampleArray('y', y, this.#rowPlan.working, this.buffer.length);
    if (out !== undefined) checkSampleArray('out', out, this.sample, this.buffer.length);
    this.buffer.set(y);
    this.runInverse();
    return this.#give(this.sample, out) as FwhtArray<Sample>;
  }

  #give(sample: FwhtSample, out: { set(values: ArrayLike<number>): void } | undefined): unknown {
    if (out === undefined) return copyAsSample(sample, this.buffer);
    out.set(this.buffer);
    return out;
  }
}
