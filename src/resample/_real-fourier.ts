/** The real Fourier transform of one length in float64, as offline conversion needs it: from address to address. */
import type { Engine } from '../engine/engine.js';
import { Processor } from '../engine/processor.js';
import { FftTable } from '../transform/_fft-tables.js';
import { resampleKernels } from './_kernels.js';

/** Lengths: powers of two from here on. */
export const SHORTEST_REAL_FOURIER = 32;

export class RealFourier extends Processor {
  readonly size: number;
  readonly #kernels = resampleKernels(this.engine);
  readonly #work: number;
  readonly #twiddles: FftTable;
  readonly #split: FftTable;

  /** @throws EngineMemoryError */
  constructor(engine: Engine, size: number) {
    super(engine);
    this.size = size;
    this.#work = this.reserve(8 * (size + 2));
    try {
      this.#twiddles = FftTable.twiddles(engine, 'f64', size / 2);
      this.#split = FftTable.cells(engine, 'f64', size, size / 4);
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /** The size/2 + 1 numbers of the spectrum of the `size` values at `source`, in natural order. Real-time safe. */
  forward(target: number, source: number): void {
    const { pointer } = this.#twiddles;
    this.#kernels.forwardSpectrumF64(target, source, this.#work, pointer, this.#split.pointer, this.size);
  }

  /** The values of a spectrum. Real-time safe. */
  inverse(target: number, source: number): void {
    const { pointer } = this.#twiddles;
    this.#kernels.inverseSpectrumF64(target, source, this.#work, pointer, this.#split.pointer, this.size);
  }

  override dispose(): void {
    this.#twiddles?.release();
    this.#split?.release();
    super.dispose();
  }
}
