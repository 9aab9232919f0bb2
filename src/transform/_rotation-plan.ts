/**
 * What the rotation's class and its stages share: the options, checked, the signs in engine memory, and the kernels.
 */
import { checkInteger, checkPowerOfTwo, throwRange } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import { type TransformKernels, transformKernels } from './_kernels.js';
import { LARGEST_SIZE } from './_walsh-plan.js';
import { fillSignMasks } from './signs.js';

export interface RotationPlanOptions {
  readonly seed?: number;
  readonly blocks?: 1 | 2 | 3;
}

export class RotationPlan {
  /** Values of one Hadamard transform. */
  readonly size: number;
  readonly seed: number;
  readonly blocks: 1 | 2 | 3;
  /** Bytes of the sign masks. */
  readonly maskBytes: number;
  readonly #engine: Engine;
  // Looked up once, as in _walsh-plan.ts.
  readonly #rotate: TransformKernels['rotateF32'];
  readonly #unrotate: TransformKernels['unrotateF32'];
  readonly #factor: number;
  #masks = 0;

  constructor(engine: Engine, title: string, size: number, { seed = 0, blocks = 1 }: RotationPlanOptions) {
    this.#engine = engine;
    const kernels = transformKernels(engine);
    this.#rotate = kernels.rotateF32;
    this.#unrotate = kernels.unrotateF32;
    this.size = checkPowerOfTwo(title, size, 1, LARGEST_SIZE);
    this.seed = checkInteger('seed', seed, 0, Number.MAX_SAFE_INTEGER);
    this.blocks = checkInteger('blocks', blocks, 1, 3) as 1 | 2 | 3;
    this.maskBytes = this.blocks * size * 4;
    this.#factor = 1 / Math.sqrt(size);
  }

  /** Writes the signs to `maskBytes` bytes at the address, and works with them from then on. */
  useMasks(pointer: number): void {
    this.#masks = pointer;
    for (let block = 0; block < this.blocks; block++) {
      const masks = new Uint32Array(this.#engine.buffer, pointer + block * this.size * 4, this.size);
      fillSignMasks(masks, this.seed, block);
    }
  }

  /** Rotates `batch` runs of `size` values in place. Real-time safe. */
  forward(pointer: number, batch: number): void {
    const { size, blocks } = this;
    for (let block = 0; block < blocks; block++) {
      this.#rotate(pointer, this.#masks + block * size * 4, size, batch, this.#factor);
    }
  }

  /** Undoes `forward`. Real-time safe. */
  inverse(pointer: number, batch: number): void {
    const { size, blocks } = this;
    for (let block = blocks - 1; block >= 0; block--) {
      this.#unrotate(pointer, this.#masks + block * size * 4, size, batch, this.#factor);
    }
  }
}

/** Checks that a vector splits into whole groups of `blockSize`; returns how many. */
export function countGroups(size: number, blockSize: number): number {
  const groups = size / blockSize;
  if (!Number.isInteger(groups)) throwRange('size', `a multiple of blockSize, ${blockSize}`, size);
  return groups;
}
