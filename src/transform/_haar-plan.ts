/** The Haar transform of float32 blocks in engine memory: the same bits as the class's own arithmetic gives. */
import type { Engine } from '../engine/engine.js';
import { Processor } from '../engine/processor.js';
import { matchedKernels } from './_matched-kernels.js';

export class HaarPlan extends Processor {
  readonly size: number;
  readonly levels: number;
  readonly #kernels = matchedKernels(this.engine);
  readonly #work: number;

  /** Of a size and levels that were checked. */
  constructor(engine: Engine, { size, levels }: { readonly size: number; readonly levels: number }) {
    super(engine);
    this.size = size;
    this.levels = levels;
    this.#work = this.reserve(4 * size);
  }

  /** Transforms `batch` blocks, one behind the other, in place. Real-time safe. */
  forward(pointer: number, batch: number): void {
    this.#kernels.haarF32(pointer, batch, this.#work, this.size, this.levels);
  }

  /** Undoes `forward`. Real-time safe. */
  inverse(pointer: number, batch: number): void {
    this.#kernels.inverseHaarF32(pointer, batch, this.#work, this.size, this.levels);
  }
}
