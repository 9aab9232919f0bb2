/**
 * What the transform's classes and its stages share: the options, checked, and the kernels that carry them out.
 */
import { checkOneOf, throwRange, throwType } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import { type TransformKernels, transformKernels } from './_kernels.js';
import { bytesOfSample, type FwhtOverflow, type FwhtSample, OVERFLOWS, SAMPLES } from './_sample-types.js';
import {
  describeHadamardSizes,
  fillStepTable,
  type HadamardSize,
  splitHadamardSize,
  stepTableBytes,
} from './hadamard-matrix.js';

export const LARGEST_SIZE = 2 ** 20;

/** The ordered float32 kernel takes small transforms of a batch together, up to this many values. */
const SCRATCH_VALUES = 4096;

/** Most values of an int16 transform whose sums fit in an int32. */
const LARGEST_WIDENED = 2 ** 16;

const ORDERS = ['natural', 'dyadic', 'sequency'] as const;
const SCALES = ['none', 'orthonormal', 'inverse'] as const;

/**
 * Order of the coefficients. `natural` (Hadamard): row i of the matrix is (−1)^popcount(i & j). `dyadic` (Paley):
 * row i is natural row bitreverse(i). `sequency` (Walsh): row i is natural row bitreverse(i ^ (i >> 1)), and changes
 * its sign i times. All three matrices are symmetric, and H·H = n·I. Sizes that are no power of two have the natural order
 * alone, and their matrix is that of `hadamardMatrix`.
 */
export type FwhtOrder = (typeof ORDERS)[number];

/** Factor of the forward transform: `none` 1, `orthonormal` 1/√n, `inverse` 1/n as MATLAB has it. */
export type FwhtScale = (typeof SCALES)[number];

/** Order and scale of a transform of one size. */
export interface WalshOptions {
  readonly order?: FwhtOrder;
  readonly scale?: FwhtScale;
}

export interface WalshPlanOptions extends WalshOptions {
  readonly sample?: FwhtSample;
  readonly overflow?: FwhtOverflow;
}

/** The kernels' parameter of integers: what butterflies do. */
const POLICIES = { wrap: 0, saturate: 1, widen: 0 } as const;
const HALVE = 2;

const isInteger = (sample: FwhtSample) => sample === 'i32' || sample === 'i16';

function checkSize(title: string, size: unknown, order: FwhtOrder): HadamardSize {
  if (typeof size !== 'number') throwType(title, 'a number', size);
  const parts = splitHadamardSize(size, LARGEST_SIZE);
  if (parts === undefined) throwRange(title, describeHadamardSizes(LARGEST_SIZE), size);
  if (parts.base > 1 && order !== 'natural') {
    throwRange(title, `a power of two from 1 to ${LARGEST_SIZE} in ${order} order`, size);
  }
  return parts;
}

/** The options with their defaults filled in. */
export class WalshPlan {
  readonly size: number;
  readonly order: FwhtOrder;
  readonly scale: FwhtScale;
  readonly sample: FwhtSample;
  readonly overflow: FwhtOverflow;
  /** The type that the kernels work in, and coefficients have: wider than the samples with `widen`. */
  readonly working: FwhtSample;
  /** Bytes of working memory; 0 for float32 and integers of size 2^k in natural order. */
  readonly workBytes: number;
  readonly #engine: Engine;
  readonly #kernels: TransformKernels;
  readonly #base: HadamardSize['base'];
  readonly #power: number;
  readonly #valueBytes: number;
  readonly #sequency: number;
  // Looking a kernel up in the instance's exports takes longer than a transform of 16 values: they are looked up once.
  readonly #naturalF32: TransformKernels['fwhtF32'];
  readonly #orderedF32: TransformKernels['fwhtOrderedF32'];
  /** The natural order's kernel for 2^k values; the last parameter is a factor, or for integers a policy. */
  readonly #natural: TransformKernels['fwhtF64'];
  readonly #step: TransformKernels['hadamardStepF64'];
  readonly #plain: boolean;
  /** Whether the working type is one of integers, whose kernels take a policy. */
  readonly #exact: boolean;
  readonly #forwardParameter: number;
  readonly #inverseParameter: number;
  readonly #inverseDivisor: number = 1;
  #work = 0;

  /** `title`: what the size is called in errors. */
  constructor(engine: Engine, size: number, options: WalshPlanOptions, title = 'size') {
    const { order = 'natural', scale = 'none', sample = 'f32', overflow } = options;
    const kernels = transformKernels(engine);
    this.#engine = engine;
    this.#kernels = kernels;
    this.order = checkOneOf('order', order, ORDERS);
    this.scale = checkOneOf('scale', scale, SCALES);
    this.sample = checkOneOf('sample', sample, SAMPLES);
    this.overflow = checkOneOf('overflow', overflow ?? 'wrap', OVERFLOWS);
    const { base, power } = checkSize(title, size, order);
    this.size = size;
    this.#base = base;
    this.#power = power;
    if (isInteger(sample)) {
      if (scale !== 'none') throwRange('scale', `none for ${sample} samples`, scale);
    } else if (overflow !== undefined) {
      throwRange('overflow', 'to be left out for floating point', overflow);
    }
    const widened = this.overflow === 'widen' && isInteger(sample);
    if (widened && sample === 'i16' && size > LARGEST_WIDENED) {
      throwRange(title, `at most ${LARGEST_WIDENED} to widen i16 samples`, size);
    }
    this.working = !widened ? sample : sample === 'i16' ? 'i32' : 'f64';
    const byWorking = { f32: kernels.fwhtF32, f64: kernels.fwhtF64, i32: kernels.fwhtI32, i16: kernels.fwhtI16 };
    this.#naturalF32 = kernels.fwhtF32;
    this.#orderedF32 = kernels.fwhtOrderedF32;
    this.#natural = byWorking[this.working];
    this.#step = {
      f32: kernels.hadamardStepF32,
      f64: kernels.hadamardStepF64,
      i32: kernels.hadamardStepI32,
      i16: kernels.hadamardStepI16,
    }[this.working];
    this.#plain = this.working === 'f32' && base === 1 && order === 'natural';
    this.#exact = isInteger(this.working);
    this.#valueBytes = bytesOfSample(this.working);
    this.#sequency = order === 'sequency' ? 1 : 0;
    if (this.#exact) {
      this.#forwardParameter = POLICIES[this.overflow];
      this.#inverseParameter = HALVE;
    } else {
      this.#forwardParameter = scale === 'none' ? 1 : scale === 'inverse' ? 1 / size : 1 / Math.sqrt(size);
      // The two factors multiply to 1/n, whatever the scale.
      this.#inverseParameter = scale === 'none' ? 1 / size : scale === 'inverse' ? 1 : 1 / Math.sqrt(size);
      // Of widened integers nothing may be rounded: m, of which 1/m is not exact, divides what is then a multiple of it.
      if (widened) this.#inverseParameter = 1 / power;
      if (widened) this.#inverseDivisor = base;
    }
    // Either a transform to reorder, or the tables of the step and of its transpose and a line of each row.
    if (base > 1) this.workBytes = 2 * stepTableBytes(base) + base * 64;
    else if (order === 'natural') this.workBytes = 0;
    else if (this.working === 'f32') this.workBytes = size < 64 ? 0 : Math.max(size, SCRATCH_VALUES) * 4;
    else this.workBytes = size * this.#valueBytes;
  }

  /** Takes `workBytes` bytes at the address as working memory; before the first transform, where that is not 0. */
  useWork(pointer: number): void {
    this.#work = pointer;
    if (this.#base === 1) return;
    const bytes = stepTableBytes(this.#base);
    fillStepTable(new Uint32Array(this.#engine.buffer, pointer, bytes / 4), this.#base, false);
    fillStepTable(new Uint32Array(this.#engine.buffer, pointer + bytes, bytes / 4), this.#base, true);
  }

  /** Transforms `batch` runs of `size` values in place. Real-time safe. */
  forward(pointer: number, batch: number): void {
    this.#run(pointer, batch, this.#forwardParameter, 0);
  }

  /** Undoes `forward`. Real-time safe. */
  inverse(pointer: number, batch: number): void {
    this.#run(pointer, batch, this.#inverseParameter, 1);
  }

  /** Bytes of scratch that `forwardColumns` needs for rows of so many values. */
  columnBytes(columns: number): number {
    return this.size * Math.min(64, Math.ceil((columns * this.#valueBytes) / 16) * 16) + this.#base * 64;
  }

  /** Transforms each column of a matrix of `size` rows in place; `scratch` has `columnBytes(columns)`. Real-time safe. */
  forwardColumns(pointer: number, columns: number, scratch: number): void {
    this.#runColumns(pointer, columns, scratch, this.#forwardParameter, 0);
  }

  /** Undoes `forwardColumns`. Real-time safe. */
  inverseColumns(pointer: number, columns: number, scratch: number): void {
    this.#runColumns(pointer, columns, scratch, this.#inverseParameter, 1);
  }

  #run(pointer: number, batch: number, parameter: number, transposed: number): void {
    if (this.#plain) {
      this.#naturalF32(pointer, this.size, batch, parameter);
    } else if (this.#base > 1) {
      const base = this.#base;
      const bytes = stepTableBytes(base);
      this.#natural(pointer, this.#power, batch * base, parameter);
      const table = this.#work + transposed * bytes;
      const rowBytes = this.#power * this.#valueBytes;
      const option = this.#exact ? parameter : transposed === 1 ? this.#inverseDivisor : 1;
      this.#step(pointer, base, rowBytes, batch, table, this.#work + 2 * bytes, option);
    } else if (this.order === 'natural') {
      this.#natural(pointer, this.size, batch, parameter);
    } else if (this.working === 'f32') {
      this.#orderedF32(pointer, this.#work, this.size, batch, parameter, this.#sequency);
    } else {
      this.#natural(pointer, this.size, batch, parameter);
      this.#kernels.reorderWalsh(pointer, this.#work, this.size, batch, this.#valueBytes, this.#sequency);
    }
  }

  #runColumns(pointer: number, columns: number, scratch: number, parameter: number, transposed: number): void {
    this.#kernels.fwhtColumns(
      pointer,
      columns * this.#valueBytes,
      this.size,
      scratch,
      SAMPLES.indexOf(this.working),
      parameter,
      this.order === 'natural' ? 0 : this.order === 'dyadic' ? 1 : 2,
      this.#base,
      this.#work + transposed * stepTableBytes(this.#base),
      transposed === 1 ? this.#inverseDivisor : 1,
    );
  }
}
