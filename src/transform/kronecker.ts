/**
 * Rotations that are a Kronecker product of two smaller ones, for sizes that are a product of two sizes of a Hadamard
 * matrix: R = P ⊗ Q takes the a×b matrix X, row by row, to P·X·Qᵀ.
 *
 * Source: Y. Sun et al., FlatQuant: flatness matters for LLM quantization (2024), for the two-factor form.
 */

import { checkFloat32, checkInteger, checkOptions, throwRange, throwType } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import { Processor } from '../engine/processor.js';
import { transformKernels } from './_kernels.js';
import { LARGEST_SIZE } from './_walsh-plan.js';
import { Fwht2d } from './fwht-2d.js';
import { splitHadamardSize } from './hadamard-matrix.js';
import { fillSignMasks } from './signs.js';

export interface KroneckerRotationOptions {
  /** Values of a vector: the product of two sizes of `Fwht`, up to 2^24. */
  readonly size: number;
  /** Sizes a and b of the factors, each 2^k, 12·2^k, 20·2^k or 28·2^k up to 2^20. Default: the pair nearest to each other, a ≤ b. */
  readonly factors?: readonly [number, number];
  /** A whole number from 0 to 2^53 − 1: equal seeds give equal rotations, everywhere. Default 0. */
  readonly seed?: number;
  /** How many rotations each factor has one after the other. Default 1. */
  readonly blocks?: 1 | 2 | 3;
}

const OPTION_NAMES = ['size', 'factors', 'seed', 'blocks'] as const;
const LARGEST_VECTOR = 2 ** 24;

/** Sign block of the second factor's first rotation; the first factor's is 0. */
const SECOND_FACTOR = 128;

const allowed = (size: number) => splitHadamardSize(size, LARGEST_SIZE) !== undefined;

function balancedFactors(size: number): readonly [number, number] {
  for (let a = Math.floor(Math.sqrt(size)); a >= 1; a--) {
    if (size % a === 0 && allowed(a) && allowed(size / a)) return [a, size / a];
  }
  return throwRange('size', 'a product of two sizes of the form 2^k, 12·2^k, 20·2^k or 28·2^k', size);
}

function checkFactors(size: number, factors: readonly [number, number]): readonly [number, number] {
  if (!Array.isArray(factors) || factors.length !== 2) throwType('factors', 'two sizes', factors);
  for (const factor of factors) {
    if (typeof factor !== 'number') throwType('factors', 'two sizes', factor);
    if (!allowed(factor)) throwRange('factors', `2^k, 12·2^k, 20·2^k or 28·2^k, up to ${LARGEST_SIZE}`, factor);
  }
  if (factors[0] * factors[1] !== size) throwRange('factors', `a product of ${size}`, factors[0] * factors[1]);
  return [factors[0], factors[1]];
}

/**
 * A rotation R = P ⊗ Q with P = H_a·D_j ⋯ H_a·D_1/√a^j and Q alike of size b: value i·b + j of the vector is entry (i, j)
 * of an a×b matrix, P works on its columns and Q on its rows. H is the matrix of `hadamardMatrix` in natural order. The
 * diagonals are those of signs.ts: rotation j = 0, 1, 2 of P has the signs of block j of the seed, that of Q those of block
 * 128 + j. R is orthogonal: lengths and angles are kept, to float32 accuracy, and the inverse is exact but for rounding.
 *
 * `run`, `runInverse`, and `forward` and `inverse` with `out`, are real-time safe.
 *
 * @example
 * ```ts
 * import { Engine, KroneckerRotation } from 'paley';
 *
 * const engine = await Engine.load();
 * const rotation = new KroneckerRotation(engine, { size: 240, seed: 7 });
 * console.log(rotation.factors); // 12 and 20
 * const x = new Float32Array(240);
 * x[17] = 1;
 * const spread = rotation.forward(x); // 240 values of magnitude 1/√240
 * console.log(Math.abs(spread[0]), rotation.inverse(spread)[17]);
 * rotation.dispose();
 * ```
 */
export class KroneckerRotation extends Processor {
  readonly #kernels = transformKernels(this.engine);
  readonly size: number;
  /** Sizes of the factors: rows and columns of the matrix that the vector is. */
  readonly factors: readonly [number, number];
  readonly seed: number;
  readonly blocks: 1 | 2 | 3;
  /** The `size` values that `run` rotates in place. The view never changes. */
  readonly buffer: Float32Array<ArrayBuffer>;
  readonly #hadamard: Fwht2d<'f32'>;
  readonly #masks: number;

  /** @throws TypeError or RangeError for options out of range; EngineMemoryError. */
  constructor(engine: Engine, options: KroneckerRotationOptions) {
    super(engine);
    checkOptions('KroneckerRotationOptions', options, OPTION_NAMES);
    const { seed = 0, blocks = 1, factors } = options;
    this.size = checkInteger('size', options.size, 1, LARGEST_VECTOR);
    this.factors = Object.freeze(factors === undefined ? balancedFactors(this.size) : checkFactors(this.size, factors));
    this.seed = checkInteger('seed', seed, 0, Number.MAX_SAFE_INTEGER);
    this.blocks = checkInteger('blocks', blocks, 1, 3) as 1 | 2 | 3;
    const [rows, columns] = this.factors;
    this.#masks = this.reserve(this.blocks * (rows + columns) * 4);
    for (let block = 0; block < this.blocks; block++) {
      fillSignMasks(new Uint32Array(engine.buffer, this.#maskOf(block), rows), this.seed, block);
      const columnMasks = new Uint32Array(engine.buffer, this.#maskOf(block) + rows * 4, columns);
      fillSignMasks(columnMasks, this.seed, SECOND_FACTOR + block);
    }
    try {
      this.#hadamard = new Fwht2d(engine, { rows, columns, scale: 'orthonormal' });
    } catch (error) {
      this.dispose();
      throw error;
    }
    this.buffer = this.#hadamard.buffer;
  }

  /** Rotates `buffer` in place. Real-time safe. */
  run(): void {
    this.checkAlive();
    for (let block = 0; block < this.blocks; block++) {
      this.#flip(block);
      this.#hadamard.run();
    }
  }

  /** Undoes `run` in place. Real-time safe. */
  runInverse(): void {
    this.checkAlive();
    for (let block = this.blocks - 1; block >= 0; block--) {
      this.#hadamard.runInverse();
      this.#flip(block);
    }
  }

  /**
   * The rotation of `x`, `size` values, in `out` or a fresh array. Overwrites `buffer`. Real-time safe where `out` is
   * given.
   * @throws TypeError or RangeError for arrays of another type or length; DisposedError.
   */
  forward(x: Float32Array, out?: Float32Array): Float32Array {
    this.#take('x', x, out);
    this.run();
    return this.#give(out);
  }

  /** Undoes `forward`: shapes, errors and real-time safety are the same. */
  inverse(y: Float32Array, out?: Float32Array): Float32Array {
    this.#take('y', y, out);
    this.runInverse();
    return this.#give(out);
  }

  override dispose(): void {
    this.#hadamard?.dispose();
    super.dispose();
  }

  #maskOf(block: number): number {
    return this.#masks + block * (this.factors[0] + this.factors[1]) * 4;
  }

  #flip(block: number): void {
    const rows = this.factors[0];
    const columns = this.factors[1];
    const masks = this.#maskOf(block);
    this.#kernels.flipOuterSignsF32(this.buffer.byteOffset, masks, masks + rows * 4, rows, columns);
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
