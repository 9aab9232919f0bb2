/**
 * Random Hadamard rotations: they spread what is concentrated in a few values evenly over all of them, which is what a
 * coarse quantiser wants, at the price of n·log2(n) additions instead of the n² operations of a random orthogonal matrix.
 *
 * Sources: N. Ailon and B. Chazelle, The fast Johnson–Lindenstrauss transform (2009), for signs before a Hadamard
 * transform; F. X. Yu et al., Orthogonal random features (2016), for products of several such blocks.
 */
import { checkFloat32, checkInteger, checkOptions } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import { Processor } from '../engine/processor.js';
import { countGroups, RotationPlan } from './_rotation-plan.js';

export interface RotationOptions {
  /** Values of a vector: a power of two from 1 to 2^20, or any multiple of `blockSize` up to 2^24 where that is given. */
  readonly size: number;
  /** A whole number from 0 to 2^53 − 1: equal seeds give equal rotations, everywhere. Default 0. */
  readonly seed?: number;
  /** How many rotations one after the other. One takes a one-hot vector to constant magnitude; two are close to a rotation drawn uniformly; three closer. Default 1. */
  readonly blocks?: 1 | 2 | 3;
  /** Rotates consecutive groups of this many values, all alike, instead of the whole vector: a power of two. */
  readonly blockSize?: number;
}

const OPTION_NAMES = ['size', 'seed', 'blocks', 'blockSize'] as const;

/**
 * A rotation R = H·D_b ⋯ H·D_1 / √n^b: D_j are diagonals of random signs (signs.ts defines them to the bit), H is the
 * Walsh–Hadamard matrix in natural order, n the size of a transform. R is orthogonal: lengths and angles are kept, to
 * float32 accuracy, and the inverse is exact but for rounding.
 *
 * `run`, `runInverse`, and `forward` and `inverse` with `out`, are real-time safe.
 *
 * @example
 * ```ts
 * import { Engine, Rotation } from 'paley';
 *
 * const engine = await Engine.load();
 * const rotation = new Rotation(engine, { size: 4, seed: 7 });
 * const spread = rotation.forward(Float32Array.of(1, 0, 0, 0)); // four values of magnitude 0.5
 * console.log(spread, rotation.inverse(spread)); // and the one-hot vector back
 * rotation.dispose();
 * ```
 */
export class Rotation extends Processor {
  readonly size: number;
  readonly seed: number;
  readonly blocks: 1 | 2 | 3;
  /** Values of one group; the size where the whole vector is rotated. */
  readonly blockSize: number;
  /** The `size` values that `run` rotates in place. The view never changes. */
  readonly buffer: Float32Array<ArrayBuffer>;
  readonly #pointer: number;
  readonly #plan: RotationPlan;
  readonly #groups: number;

  /** @throws TypeError or RangeError for options out of range; EngineMemoryError. */
  constructor(engine: Engine, options: RotationOptions) {
    super(engine);
    checkOptions('RotationOptions', options, OPTION_NAMES);
    const { size, blockSize = size } = options;
    this.#plan = new RotationPlan(engine, options.blockSize === undefined ? 'size' : 'blockSize', blockSize, options);
    this.size = checkInteger('size', size, 1, 2 ** 24);
    this.seed = this.#plan.seed;
    this.blocks = this.#plan.blocks;
    this.blockSize = blockSize;
    this.#groups = countGroups(size, blockSize);
    this.#plan.useMasks(this.reserve(this.#plan.maskBytes));
    this.buffer = this.reserveFloat32(size);
    this.#pointer = this.buffer.byteOffset;
  }

  /** Rotates `buffer` in place. Real-time safe. */
  run(): void {
    this.checkAlive();
    this.#plan.forward(this.#pointer, this.#groups);
  }

  /** Undoes `run` in place. Real-time safe. */
  runInverse(): void {
    this.checkAlive();
    this.#plan.inverse(this.#pointer, this.#groups);
  }

  /**
   * The rotation of `x`, `size` values, in `out` or a fresh array. Overwrites `buffer`. Real-time safe where `out` is
   * given.
   * @throws TypeError or RangeError for arrays of another type or length; DisposedError.
   */
  forward(x: Float32Array, out?: Float32Array): Float32Array {
    this.#take('x', x, out);
    this.#plan.forward(this.#pointer, this.#groups);
    return this.#give(out);
  }

  /** Undoes `forward`: shapes, errors and real-time safety are the same. */
  inverse(y: Float32Array, out?: Float32Array): Float32Array {
    this.#take('y', y, out);
    this.#plan.inverse(this.#pointer, this.#groups);
    return this.#give(out);
  }

  #take(title: string, x: Float32Array, out: Float32Array | undefined): void {
    this.checkAlive();
    checkFloat32(title, x, this.size);
    if (out !== undefined) checkFloat32('out', out, this.size);
    this.buffer.set(x);
  }

  #give(out: Float32Array | undefined): Float32Array {
    if (out === undefined) return this.buffer.slice();
    out.set(this.buffer);
    return out;
  }
}

/**
 * The rotation of `x` in one call, for when speed does not matter: it makes a `Rotation` of size `x.length` and
 * disposes of it. `inverse: true` undoes the rotation of the same options. Not real-time safe.
 *
 * @throws TypeError or RangeError as the constructor of `Rotation` does; EngineMemoryError.
 * @example
 * ```ts
 * import { Engine, rotate } from 'paley';
 *
 * const engine = await Engine.load();
 * const spread = rotate(engine, Float32Array.of(3, 0, 0, 0), { seed: 1, blocks: 2 });
 * console.log(rotate(engine, spread, { seed: 1, blocks: 2, inverse: true })); // 3 0 0 0
 * ```
 */
export function rotate(
  engine: Engine,
  x: Float32Array,
  options: Omit<RotationOptions, 'size'> & { readonly inverse?: boolean } = {},
): Float32Array {
  checkFloat32('x', x);
  checkOptions('options', options, ['seed', 'blocks', 'blockSize', 'inverse']);
  const { inverse = false, ...rest } = options;
  const rotation = new Rotation(engine, { ...rest, size: x.length });
  try {
    return inverse ? rotation.inverse(x) : rotation.forward(x);
  } finally {
    rotation.dispose();
  }
}
