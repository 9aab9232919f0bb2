/**
 * What the Fourier transform's class and its stages share: the options, checked, the tables, and the kernels that carry
 * the transform out from one address to another.
 */

import { checkOneOf, checkPowerOfTwo } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import { Processor } from '../engine/processor.js';
import { bytesOf, type FftSample, FftTable, SHORTEST_PASSES } from './_fft-tables.js';
import { fourierKernels } from './_fourier-kernels.js';

export const LARGEST_FFT = 2 ** 20;

const TYPES = ['real', 'complex'] as const;
const SAMPLES = ['f32', 'f64'] as const;
const ORDERS = ['natural', 'internal'] as const;
const SCALES = ['none', 'orthonormal', 'inverse'] as const;

/** What is transformed: `real` values or `complex` numbers. */
export type FftType = (typeof TYPES)[number];

/**
 * Order of the spectrum. `natural`: by frequency. `internal`: as the vectors of the kernels leave it, which is quicker;
 * it serves `multiply` and `inverse`, and which bin is where is not part of the contract.
 */
export type FftOrder = (typeof ORDERS)[number];

/** Factor of the forward transform: `none` 1, `orthonormal` 1/√size, `inverse` 1/size. */
export type FftScale = (typeof SCALES)[number];

export interface FftPlanOptions {
  readonly size: number;
  readonly type?: FftType;
  readonly sample?: FftSample;
  readonly order?: FftOrder;
  readonly scale?: FftScale;
}

/** Bits of the complex kernels' `mode`. */
const INVERSE = 1;
const CELLS_IN = 2;
const CELLS_OUT = 4;

/** Layouts of the product kernels. */
const PACKED = 1;
const IN_CELLS = 2;

/** The options with their defaults filled in, and all memory a transform needs beside what it transforms. */
export class FftPlan extends Processor {
  readonly #kernels = fourierKernels(this.engine);
  readonly size: number;
  readonly type: FftType;
  readonly sample: FftSample;
  readonly order: FftOrder;
  readonly scale: FftScale;
  /** Values of the signal: `size`, or twice as many where it is complex. */
  readonly signalLength: number;
  /** Values of the spectrum: of a real signal in natural order two more than of the signal. */
  readonly spectrumLength: number;
  readonly #forwardFactor: number;
  readonly #inverseFactor: number;
  readonly #internal: boolean;
  readonly #layout: number;
  readonly #work: number;
  readonly #twiddles: FftTable;
  readonly #split: FftTable | undefined;

  constructor(engine: Engine, options: FftPlanOptions) {
    super(engine);
    const { size, type = 'real', sample = 'f32', order = 'natural', scale = 'none' } = options;
    this.size = checkPowerOfTwo('size', size, 2, LARGEST_FFT);
    this.type = checkOneOf('type', type, TYPES);
    this.sample = checkOneOf('sample', sample, SAMPLES);
    this.order = checkOneOf('order', order, ORDERS);
    this.scale = checkOneOf('scale', scale, SCALES);
    const real = type === 'real';
    this.#internal = order === 'internal';
    this.signalLength = real ? size : 2 * size;
    this.spectrumLength = real && !this.#internal ? size + 2 : this.signalLength;
    this.#forwardFactor = scale === 'none' ? 1 : scale === 'inverse' ? 1 / size : 1 / Math.sqrt(size);
    // The two factors multiply to 1/n, whatever the scale.
    this.#inverseFactor = scale === 'none' ? 1 / size : scale === 'inverse' ? 1 : 1 / Math.sqrt(size);
    const numbers = real ? size / 2 : size;
    const short = numbers < SHORTEST_PASSES;
    this.#layout = this.#internal ? (short ? 0 : IN_CELLS) + (real ? PACKED : 0) : 0;
    this.#work = this.reserve(this.spectrumLength * bytesOf(sample));
    try {
      this.#twiddles = short && real ? FftTable.definition(engine, size) : FftTable.twiddles(engine, sample, numbers);
      this.#split = real && !short ? FftTable.cells(engine, sample, size, size / 4) : undefined;
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /** The spectrum of the signal at `source`, at `target`: 16-byte aligned addresses, not the same. Real-time safe. */
  forward(target: number, source: number): void {
    const kernels = this.#kernels;
    const table = this.#twiddles.pointer;
    const { size } = this;
    const factor = this.#forwardFactor;
    if (this.type === 'real') {
      const split = this.#split === undefined ? 0 : this.#split.pointer;
      const internal = this.#internal ? 1 : 0;
      if (this.sample === 'f32') kernels.fftRealF32(target, source, this.#work, table, split, size, factor, internal);
      else kernels.fftRealF64(target, source, this.#work, table, split, size, factor, internal);
    } else {
      const mode = this.#internal ? CELLS_OUT : 0;
      if (this.sample === 'f32') kernels.fftComplexF32(target, source, this.#work, table, size, factor, mode);
      else kernels.fftComplexF64(target, source, this.#work, table, size, factor, mode);
    }
  }

  /** The signal of the spectrum at `source`, at `target`. Real-time safe. */
  inverse(target: number, source: number): void {
    const kernels = this.#kernels;
    const table = this.#twiddles.pointer;
    const { size } = this;
    const factor = this.#inverseFactor;
    if (this.type === 'real') {
      const split = this.#split === undefined ? 0 : this.#split.pointer;
      const internal = this.#internal ? 1 : 0;
      if (this.sample === 'f32')
        kernels.inverseFftRealF32(target, source, this.#work, table, split, size, factor, internal);
      else kernels.inverseFftRealF64(target, source, this.#work, table, split, size, factor, internal);
    } else {
      const mode = this.#internal ? CELLS_IN | INVERSE : INVERSE;
      if (this.sample === 'f32') kernels.fftComplexF32(target, source, this.#work, table, size, factor, mode);
      else kernels.fftComplexF64(target, source, this.#work, table, size, factor, mode);
    }
  }

  /** The product of two spectra, bin by bin; the target may be one of them. Real-time safe. */
  multiply(target: number, a: number, b: number): void {
    const kernels = this.#kernels;
    if (this.sample === 'f32') kernels.multiplySpectraF32(target, a, b, this.spectrumLength, this.#layout);
    else kernels.multiplySpectraF64(target, a, b, this.spectrumLength, this.#layout);
  }

  override dispose(): void {
    this.#twiddles?.release();
    this.#split?.release();
    super.dispose();
  }
}
