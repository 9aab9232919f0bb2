/**
 * Eigenvalues and eigenvectors of symmetric matrices, and what a covariance has to be to have them.
 *
 * Source: C. G. J. Jacobi, Über ein leichtes Verfahren, die in der Theorie der Säcularstörungen vorkommenden Gleichungen
 * numerisch aufzulösen (1846); the rotation as in H. Rutishauser, The Jacobi method for real symmetric matrices (1966).
 */
import { throwRange, throwType } from '../engine/check.js';

/** Largest matrix: a sweep of 512 takes about a second. */
const LARGEST_ORDER = 512;

/** Convergence is quadratic: six to eight sweeps do for order 128. */
const MOST_SWEEPS = 40;

/** A square symmetric matrix of finite numbers, row by row; returns its order. */
export function checkSymmetric(title: string, matrix: unknown): number {
  if (!Array.isArray(matrix) && !(matrix instanceof Float64Array || matrix instanceof Float32Array)) {
    throwType(title, 'an array of numbers, row by row', matrix);
  }
  const order = Math.sqrt(matrix.length);
  if (!Number.isInteger(order) || order < 1 || order > LARGEST_ORDER) {
    throwRange(`${title}.length`, `the square of a number from 1 to ${LARGEST_ORDER}`, matrix.length);
  }
  for (let i = 0; i < order; i++) {
    for (let j = 0; j <= i; j++) {
      const [a, b] = [matrix[i * order + j], matrix[j * order + i]];
      if (!Number.isFinite(a) || !Number.isFinite(b)) throwRange(`${title}[${i}, ${j}]`, 'a finite number', a);
      const limit = 1e-9 * Math.max(Math.abs(matrix[i * order + i]), Math.abs(matrix[j * order + j]), Math.abs(a));
      if (Math.abs(a - b) > limit) throwRange(`${title}[${i}, ${j}]`, `${b}, as on the other side of the diagonal`, a);
    }
  }
  return order;
}

/** Solves for all eigenvalues and eigenvectors of matrices of one order, without allocating. */
export class JacobiSolver {
  readonly order: number;
  /** Eigenvalues, the largest first. */
  readonly values: Float64Array;
  /** Row i is the eigenvector of value i: of length 1, its entry of largest magnitude positive. */
  readonly vectors: Float64Array;
  readonly #work: Float64Array;
  readonly #rows: Float64Array;

  constructor(order: number) {
    this.order = order;
    this.values = new Float64Array(order);
    this.vectors = new Float64Array(order * order);
    this.#work = new Float64Array(order * order);
    this.#rows = new Float64Array(order * order);
  }

  /** Fills `values` and `vectors`; reads both halves of the matrix as their mean. Real-time safe: bounded sweeps. */
  solve(matrix: ArrayLike<number>): void {
    const n = this.order;
    const a = this.#work;
    const v = this.#rows;
    v.fill(0);
    let norm = 0;
    for (let i = 0; i < n; i++) {
      v[i * n + i] = 1;
      for (let j = 0; j < n; j++) {
        a[i * n + j] = (matrix[i * n + j] + matrix[j * n + i]) / 2;
        norm += a[i * n + j] * a[i * n + j];
      }
    }
    // Below the last place of the norm an off-diagonal entry changes nothing.
    const least = Math.sqrt(norm) * 2 ** -60;
    for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
      let rotations = 0;
      for (let p = 0; p < n - 1; p++) {
        for (let q = p + 1; q < n; q++) {
          const off = a[p * n + q];
          const small = Math.abs(off) <= 2 ** -60 * Math.min(Math.abs(a[p * n + p]), Math.abs(a[q * n + q]));
          if (Math.abs(off) <= least || small) continue;
          rotations++;
          this.#rotate(p, q);
        }
      }
      if (rotations === 0) break;
    }
    this.#sort();
  }

  /** Makes entry (p, q) zero: the rotation's tangent is the smaller root of t² + 2θt − 1. */
  #rotate(p: number, q: number): void {
    const n = this.order;
    const a = this.#work;
    const off = a[p * n + q];
    const v = this.#rows;
    const theta = (a[q * n + q] - a[p * n + p]) / (2 * off);
    const root = Math.abs(theta) + Math.sqrt(theta * theta + 1);
    const t = (theta < 0 ? -1 : 1) / root;
    const c = 1 / Math.sqrt(t * t + 1);
    const s = t * c;
    for (let k = 0; k < n; k++) {
      const x = a[p * n + k];
      const y = a[q * n + k];
      a[p * n + k] = c * x - s * y;
      a[q * n + k] = s * x + c * y;
    }
    for (let k = 0; k < n; k++) {
      const x = a[k * n + p];
      const y = a[k * n + q];
      a[k * n + p] = c * x - s * y;
      a[k * n + q] = s * x + c * y;
    }
    a[p * n + q] = 0;
    a[q * n + p] = 0;
    for (let k = 0; k < n; k++) {
      const x = v[p * n + k];
      const y = v[q * n + k];
      v[p * n + k] = c * x - s * y;
      v[q * n + k] = s * x + c * y;
    }
  }

  #sort(): void {
    const n = this.order;
    const a = this.#work;
    const v = this.#rows;
    for (let i = 0; i < n; i++) {
      let best = -1;
      for (let k = 0; k < n; k++) {
        // A row that is taken has NaN on its diagonal, which is not larger than anything.
        if (a[k * n + k] > (best < 0 ? -Infinity : a[best * n + best])) best = k;
      }
      this.values[i] = a[best * n + best];
      a[best * n + best] = Number.NaN;
      let largest = 0;
      for (let k = 0; k < n; k++) {
        const entry = v[best * n + k];
        // A little more has to be larger to count: rounding must not decide between two that are equal.
        if (Math.abs(entry) > Math.abs(largest) * (1 + 1e-9)) largest = entry;
      }
      const sign = largest < 0 ? -1 : 1;
      for (let k = 0; k < n; k++) this.vectors[i * n + k] = sign * v[best * n + k];
    }
  }
}

/** What `symmetricEigen` gives. */
export interface SymmetricEigen {
  /** Eigenvalues, the largest first. */
  readonly values: Float64Array;
  /** Row i, of as many values as the order, is the eigenvector of value i: of length 1, its largest entry positive. */
  readonly vectors: Float64Array;
}

/**
 * All eigenvalues and eigenvectors of a symmetric matrix, given row by row, of order 1 to 512, by Jacobi's rotations in
 * float64: to a few units in the last place of the largest eigenvalue. Not real-time safe.
 *
 * @throws TypeError or RangeError where the matrix is not square, not symmetric or not finite.
 * @example
 * ```ts
 * import { symmetricEigen } from 'paley';
 *
 * const { values, vectors } = symmetricEigen([2, 1, 1, 2]);
 * console.log(values, vectors); // 3 and 1; (0.71, 0.71) and (0.71, −0.71) or its opposite
 * ```
 */
export function symmetricEigen(matrix: ArrayLike<number>): SymmetricEigen {
  const solver = new JacobiSolver(checkSymmetric('matrix', matrix));
  solver.solve(matrix);
  return { values: solver.values, vectors: solver.vectors };
}
