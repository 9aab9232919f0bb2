/**
 * Rotations made from a covariance. The eigenvectors of the covariance part the values into uncorrelated ones, whose variances
 * differ; a Hadamard matrix after them mixes those in equal shares, so that every output has the same variance and one
 * quantiser step suits them all. The Hadamard matrix alone does that only where the values are uncorrelated already.
 *
 * Sources: K. Karhunen (1947) and M. Loève (1948) for the first; Z. Xu and others, MambaQuant (2025), for the two together.
 */
import { checkInteger, checkNumber, checkOptions, throwRange } from '../engine/check.js';
import { exp } from '../engine/exact-math.js';
import { checkFloats, type Floats, VectorTransform } from './_vector-transform.js';
import { checkSymmetric, JacobiSolver } from './eigen.js';
import { hadamardMatrix } from './hadamard-matrix.js';

/** Fills `matrix` with H·V/√n, V the eigenvectors in rows. */
export function fillKltHadamard(matrix: Float64Array, hadamard: Int8Array, vectors: Float64Array, order: number): void {
  const factor = 1 / Math.sqrt(order);
  for (let i = 0; i < order; i++) {
    for (let j = 0; j < order; j++) {
      let sum = 0;
      for (let k = 0; k < order; k++) sum += hadamard[i * order + k] * vectors[k * order + j];
      matrix[i * order + j] = factor * sum;
    }
  }
}

/** Multiplies by an orthogonal matrix, and by its transpose. */
export class MatrixRotation extends VectorTransform {
  readonly size: number;
  /** The rotation, row by row. */
  readonly matrix: Float64Array;
  readonly #work: Float64Array;

  constructor(size: number) {
    super();
    this.size = size;
    this.matrix = new Float64Array(size * size);
    this.#work = new Float64Array(size);
    for (let i = 0; i < size; i++) this.matrix[i * size + i] = 1;
  }

  /** Transforms the `size` values from index `at` on, in place. Real-time safe. */
  forwardAt(values: Floats, at: number): void {
    const { size, matrix } = this;
    const work = this.#work;
    for (let i = 0; i < size; i++) {
      let sum = 0;
      for (let j = 0; j < size; j++) sum += matrix[i * size + j] * values[at + j];
      work[i] = sum;
    }
    for (let i = 0; i < size; i++) values[at + i] = work[i];
  }

  /** Undoes `forwardAt`. Real-time safe. */
  inverseAt(values: Floats, at: number): void {
    const { size, matrix } = this;
    const work = this.#work;
    work.fill(0);
    for (let i = 0; i < size; i++) {
      const value = values[at + i];
      for (let j = 0; j < size; j++) work[j] += matrix[i * size + j] * value;
    }
    for (let i = 0; i < size; i++) values[at + i] = work[i];
  }
}

export interface KltRotationOptions {
  /** The covariance of the values, row by row; its order is one that `hadamardMatrix` has, up to 512. */
  readonly covariance: ArrayLike<number>;
}

/**
 * The rotation R = H·V/√d for a covariance Σ = Vᵀ·Λ·V (V has the eigenvectors in its rows): the d values of R·x have equal
 * variances, tr(Σ)/d, each. Orthogonal: `inverse` is Rᵀ. float64; needs no engine. `forward` and `inverse` with `out`,
 * `forwardAt` and `inverseAt` are real-time safe.
 *
 * @example
 * ```ts
 * import { KltRotation } from 'paley';
 *
 * const rotation = new KltRotation({ covariance: [9, 2, 2, 1] });
 * const y = rotation.forward(Float64Array.of(3, 1)); // each of variance 5
 * console.log(rotation.inverse(y)); // 3 1
 * ```
 */
export class KltRotation extends MatrixRotation {
  /** Variances of the uncorrelated values between the two steps, the largest first. */
  readonly eigenvalues: Float64Array;

  /** @throws TypeError or RangeError for a matrix that is no covariance or has an order without a Hadamard matrix. */
  constructor(options: KltRotationOptions) {
    checkOptions('KltRotationOptions', options, ['covariance']);
    const order = checkSymmetric('covariance', options.covariance);
    const hadamard = hadamardMatrix(order);
    super(order);
    const solver = new JacobiSolver(order);
    solver.solve(options.covariance);
    const least = solver.values[order - 1];
    if (least < -1e-9 * Math.abs(solver.values[0])) throwRange('covariance', 'one without negative variances', least);
    this.eigenvalues = solver.values;
    fillKltHadamard(this.matrix, hadamard, solver.vectors, order);
  }
}

export interface CovarianceTrackerOptions {
  /** Values of a vector: from 1 to 512. */
  readonly size: number;
  /** Vectors after which a vector's weight has fallen to one half. Default 4096. */
  readonly halfLife?: number;
}

/**
 * The covariance of a stream of vectors under an exponential window: Σ ← λΣ + (1 − λ)·x·xᵀ, about zero, not about the mean.
 * The window's missing start is made up for, so that the first vectors count in full. `observe` and `reset` are real-time safe.
 *
 * @example
 * ```ts
 * import { CovarianceTracker, KltRotation } from 'paley';
 *
 * const tracker = new CovarianceTracker({ size: 2 });
 * for (let t = 0; t < 100; t++) tracker.observe(Float64Array.of(Math.sin(t), 3 * Math.cos(t)));
 * console.log(tracker.covariance()); // about 0.5 0 0 4.5
 * const rotation = new KltRotation({ covariance: tracker.covariance() });
 * ```
 */
export class CovarianceTracker {
  readonly size: number;
  readonly #keep: number;
  readonly #sums: Float64Array;
  /** Sum of the weights so far. */
  readonly #weight = new Float64Array(1);

  /** @throws TypeError or RangeError for options out of range. */
  constructor(options: CovarianceTrackerOptions) {
    checkOptions('CovarianceTrackerOptions', options, ['size', 'halfLife']);
    this.size = checkInteger('size', options.size, 1, 512);
    this.#keep = exp(-Math.LN2 / checkNumber('halfLife', options.halfLife ?? 4096, 1, 2 ** 40));
    this.#sums = new Float64Array(this.size * this.size);
  }

  /**
   * Takes a vector: value i is `values[at + i·stride]`. NaN and infinities count as zero. Real-time safe.
   * @throws TypeError or RangeError for an array of another type or too short.
   */
  observe(values: Floats, at = 0, stride = 1): void {
    const { size } = this;
    checkFloats('values', values);
    if (at + (size - 1) * stride >= values.length) throwRange('values', `${size} values from ${at} on`, values.length);
    const sums = this.#sums;
    const keep = this.#keep;
    for (let i = 0; i < size; i++) {
      const x = values[at + i * stride];
      const scaled = Math.abs(x) < Infinity ? (1 - keep) * x : 0;
      for (let j = 0; j <= i; j++) {
        const y = values[at + j * stride];
        sums[i * size + j] = keep * sums[i * size + j] + (Math.abs(y) < Infinity ? scaled * y : 0);
      }
    }
    this.#weight[0] = keep * this.#weight[0] + (1 - keep);
  }

  /** The covariance so far, row by row, in `out` or a fresh array; zeros before the first vector. Real-time safe with `out`. */
  covariance(out: Float64Array = new Float64Array(this.#sums.length)): Float64Array {
    const { size } = this;
    if (out.length !== size * size) throwRange('out', `${size * size} values`, out.length);
    const factor = this.#weight[0] > 0 ? 1 / this.#weight[0] : 0;
    for (let i = 0; i < size; i++) {
      for (let j = 0; j <= i; j++) {
        out[i * size + j] = factor * this.#sums[i * size + j];
        out[j * size + i] = out[i * size + j];
      }
    }
    return out;
  }

  /** Forgets all vectors. Real-time safe. */
  reset(): void {
    this.#sums.fill(0);
    this.#weight[0] = 0;
  }
}
