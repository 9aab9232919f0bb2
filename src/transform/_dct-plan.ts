/** What the cosine transform's class and its stages share: the options, checked, the tables, and the work in memory. */
import { checkOneOf, checkPowerOfTwo } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import { cosPi, sinPi } from '../engine/exact-math.js';
import { Processor } from '../engine/processor.js';
import { FftPlan, LARGEST_FFT } from './_fft-plan.js';
import { type MatchedKernels, matchedKernels } from './_matched-kernels.js';

/** Factor of the cosine transform: `orthonormal` √(2/n), √(1/n) for the first coefficient; `none` 1. */
export type DctScale = 'orthonormal' | 'none';

export interface DctPlanOptions {
  readonly size: number;
  readonly scale?: DctScale;
  readonly sample?: 'f32' | 'f64';
}

export class DctPlan extends Processor {
  readonly size: number;
  readonly scale: DctScale;
  readonly sample: 'f32' | 'f64';
  readonly #fft: FftPlan;
  readonly #reorder: MatchedKernels['dctReorderF32'];
  readonly #restore: MatchedKernels['dctRestoreF32'];
  readonly #turn: MatchedKernels['dctTurnF32'];
  readonly #turnBack: MatchedKernels['dctTurnBackF32'];
  /** Bytes of a run. */
  readonly #bytes: number;
  /** Addresses of the samples in the order of the Fourier transform, of their spectrum, and of the turns. */
  readonly #signal: number;
  readonly #spectrum: number;
  readonly #table: number;
  /** Factors of coefficient 0 and of the others. */
  readonly #first: number;
  readonly #others: number;

  constructor(engine: Engine, options: DctPlanOptions, title = 'size') {
    super(engine);
    const { size, scale = 'orthonormal', sample = 'f32' } = options;
    this.size = checkPowerOfTwo(title, size, 2, LARGEST_FFT);
    this.scale = checkOneOf('scale', scale, ['orthonormal', 'none']);
    this.sample = checkOneOf('sample', sample, ['f32', 'f64']);
    this.#first = scale === 'none' ? 1 : 1 / Math.sqrt(size);
    this.#others = scale === 'none' ? 1 : Math.sqrt(2 / size);
    const kernels = matchedKernels(engine);
    const isFloat32 = sample === 'f32';
    this.#reorder = isFloat32 ? kernels.dctReorderF32 : kernels.dctReorderF64;
    this.#restore = isFloat32 ? kernels.dctRestoreF32 : kernels.dctRestoreF64;
    this.#turn = isFloat32 ? kernels.dctTurnF32 : kernels.dctTurnF64;
    this.#turnBack = isFloat32 ? kernels.dctTurnBackF32 : kernels.dctTurnBackF64;
    this.#bytes = size * (isFloat32 ? 4 : 8);
    this.#signal = this.reserve(this.#bytes);
    this.#spectrum = this.reserve(this.#bytes + (isFloat32 ? 8 : 16));
    this.#table = this.reserve(8 * size);
    const turns = new Float64Array(engine.buffer, this.#table, size);
    for (let k = 1; k <= size / 2; k++) {
      turns[k - 1] = cosPi(k / (2 * size));
      turns[size / 2 + k - 1] = sinPi(k / (2 * size));
    }
    try {
      this.#fft = new FftPlan(engine, { size, sample });
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /**
   * Transforms `batch` runs of `size` values in place. The even samples, then the odd ones backwards, have a Fourier
   * transform V for which X[k] − i·X[n − k] = exp(−πik/2n)·V[k]: J. Makhoul, A fast cosine transform in one and two
   * dimensions (1980). Real-time safe.
   */
  forward(pointer: number, batch: number): void {
    const { size } = this;
    for (let run = 0; run < batch; run++) {
      const at = pointer + run * this.#bytes;
      this.#reorder(this.#signal, at, size);
      this.#fft.forward(this.#spectrum, this.#signal);
      this.#turn(at, this.#spectrum, this.#table, size, this.#first, this.#others);
    }
  }

  /** Undoes `forward`. Real-time safe. */
  inverse(pointer: number, batch: number): void {
    const { size } = this;
    for (let run = 0; run < batch; run++) {
      const at = pointer + run * this.#bytes;
      this.#turnBack(this.#spectrum, at, this.#table, size, this.#first, 1 / this.#others);
      this.#fft.inverse(this.#signal, this.#spectrum);
      this.#restore(at, this.#signal, size);
    }
  }

  override dispose(): void {
    this.#fft?.dispose();
    super.dispose();
  }
}
