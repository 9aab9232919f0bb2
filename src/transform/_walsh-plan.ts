/**
 * What the transform's class and its stages share: the options, checked, and the kernel that carries them out.
 */
import { checkOneOf, checkPowerOfTwo } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import type { Kernels } from '../engine/exports.js';

export const LARGEST_SIZE = 2 ** 20;

/** What fwht-ordered.ts wants at least, so as to do small transforms several at a time. */
const SCRATCH_VALUES = 4096;

const ORDERS = ['natural', 'dyadic', 'sequency'] as const;
const SCALES = ['none', 'orthonormal', 'inverse'] as const;

/**
 * Order of the coefficients. `natural` (Hadamard): row i of the matrix is (−1)^popcount(i & j). `dyadic` (Paley):
 * row i is natural row bitreverse(i). `sequency` (Walsh): row i is natural row bitreverse(i ^ (i >> 1)), and changes
 * its sign i times. All three matrices are symmetric, and H·H = n·I.
 */
export type FwhtOrder = (typeof ORDERS)[number];

/** Factor of the forward transform: `none` 1, `orthonormal` 1/√n, `inverse` 1/n as MATLAB has it. */
export type FwhtScale = (typeof SCALES)[number];

/** Order and scale of a transform of one size. */
export interface WalshOptions {
  readonly order?: FwhtOrder;
  readonly scale?: FwhtScale;
}

/** The options with their defaults filled in. */
export class WalshPlan {
  readonly size: number;
  readonly order: FwhtOrder;
  readonly scale: FwhtScale;
  /** Bytes the orders other than natural work in; 0 for natural. */
  readonly scratchBytes: number;
  // Looking a kernel up in the instance's exports takes longer than a transform of 16 values: they are looked up once.
  readonly #natural: Kernels['fwhtF32'];
  readonly #ordered: Kernels['fwhtOrderedF32'];
  readonly #forwardFactor: number;
  readonly #inverseFactor: number;
  #scratch = 0;

  constructor(engine: Engine, size: number, { order = 'natural', scale = 'none' }: WalshOptions) {
    this.#natural = engine.kernels.fwhtF32;
    this.#ordered = engine.kernels.fwhtOrderedF32;
    this.size = checkPowerOfTwo('size', size, 1, LARGEST_SIZE);
    this.order = checkOneOf('order', order, ORDERS);
    this.scale = checkOneOf('scale', scale, SCALES);
    this.scratchBytes = order === 'natural' || size < 64 ? 0 : Math.max(size, SCRATCH_VALUES) * 4;
    this.#forwardFactor = scale === 'none' ? 1 : scale === 'inverse' ? 1 / size : 1 / Math.sqrt(size);
    // The two factors multiply to 1/n, whatever the scale.
    this.#inverseFactor = scale === 'none' ? 1 / size : scale === 'inverse' ? 1 : 1 / Math.sqrt(size);
  }

  /** Says where the scratch lies; before the first transform, where `scratchBytes` is not 0. */
  useScratch(pointer: number): void {
    this.#scratch = pointer;
  }

  /** Transforms `batch` runs of `size` values in place. Real-time safe. */
  forward(pointer: number, batch: number): void {
    this.#run(pointer, batch, this.#forwardFactor);
  }

  /** Undoes `forward`. Real-time safe. */
  inverse(pointer: number, batch: number): void {
    this.#run(pointer, batch, this.#inverseFactor);
  }

  #run(pointer: number, batch: number, factor: number): void {
    if (this.order === 'natural') this.#natural(pointer, this.size, batch, factor);
    else this.#ordered(pointer, this.#scratch, this.size, batch, factor, this.order === 'sequency' ? 1 : 0);
  }
}
