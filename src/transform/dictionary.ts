/**
 * An orthogonal dictionary learnt from a stream: the rotation in which its vectors are sparse, where the Karhunen–Loève
 * transform only makes them uncorrelated. It tells apart what the covariance cannot, sources of equal power among them.
 *
 * Sources: Y. Xue and V. K. N. Lau, Online orthogonal dictionary learning based on Frank–Wolfe method (2021), for the l3 norm and
 * the steps; P. H. Schönemann, A generalized
 * solution of the orthogonal Procrustes problem (1966), for the projection.
 */
import { checkInteger, checkNumber, checkOptions, throwRange } from '../engine/check.js';
import { checkFloats, type Floats } from './_vector-transform.js';
import { JacobiSolver } from './eigen.js';
import { MatrixRotation } from './klt-rotation.js';
import { splitmix64 } from './signs.js';

export interface OrthogonalDictionaryOptions {
  /** Values of a vector: from 1 to 128. */
  readonly size: number;
  /** Vectors of a batch: after each the dictionary takes a step. Default 16·size. */
  readonly batch?: number;
  /** How far the first step goes towards the best dictionary of its batch, 0 … 1; step t goes rate·(8/(8 + t))^½. Default 1. */
  readonly rate?: number;
  /** Chooses the dictionary to begin with: a whole number from 0 to 2^53 − 1. Default 0. */
  readonly seed?: number;
}

/** Names of the options, for checks of what a caller passed. */
export const dictionaryOptionNames = ['size', 'batch', 'rate', 'seed'] as const;

/** Least part of the largest singular value that the projection takes for rank: what is below is as good as any direction. */
const LEAST_SINGULAR = 1e-12;

/**
 * Makes the l3 norm of D·x as large as it gets over all orthogonal D, which at a given length is where the coefficients are
 * fewest. A batch's gradient G = Σ (|D·x|·D·x)·xᵀ points to the polar factor of G, the corner of the ball of matrices with
 * norm 1 that increases the norm most; a step of Frank and Wolfe goes part of the way there, and is projected onto the
 * orthogonal matrices by the polar factor again. Rows of D are the atoms, found up to order and sign.
 *
 * float64; needs no engine. `observe` and `reset` are real-time safe: a step costs about 20·size³ operations.
 *
 * @example
 * ```ts
 * import { OrthogonalDictionary } from 'paley';
 *
 * const dictionary = new OrthogonalDictionary({ size: 2, batch: 64 });
 * for (let t = 0; t < 4096; t++) {
 *   const [a, b] = t % 2 === 0 ? [Math.sin(t), 0] : [0, Math.cos(3 * t)]; // one source at a time
 *   dictionary.observe(Float64Array.of(0.6 * a - 0.8 * b, 0.8 * a + 0.6 * b));
 * }
 * console.log(dictionary.matrix); // rows (0.6, 0.8) and (−0.8, 0.6), in some order and with some signs
 * ```
 */
export class OrthogonalDictionary extends MatrixRotation {
  readonly batch: number;
  readonly rate: number;
  readonly seed: number;
  readonly #gradient: Float64Array;
  readonly #solver: JacobiSolver;
  readonly #gram: Float64Array;
  readonly #polar: Float64Array;
  readonly #product: Float64Array;
  readonly #start: Float64Array;
  #observed = 0;
  #steps = 0;

  /** @throws TypeError or RangeError for options out of range. */
  constructor(options: OrthogonalDictionaryOptions) {
    checkOptions('OrthogonalDictionaryOptions', options, dictionaryOptionNames);
    const size = checkInteger('size', options.size, 1, 128);
    super(size);
    this.batch = checkInteger('batch', options.batch ?? 16 * size, 1, 2 ** 31);
    this.rate = checkNumber('rate', options.rate ?? 1, 0, 1);
    this.seed = checkInteger('seed', options.seed ?? 0, 0, Number.MAX_SAFE_INTEGER);
    this.#gradient = new Float64Array(size * size);
    this.#solver = new JacobiSolver(size);
    this.#gram = new Float64Array(size * size);
    this.#polar = new Float64Array(size * size);
    this.#product = new Float64Array(size * size);
    this.#start = new Float64Array(size * size);
    this.#drawStart();
    this.reset();
  }

  /** Steps taken. */
  get steps(): number {
    return this.#steps;
  }

  /**
   * Takes a vector: value i is `values[at + i·stride]`; with every `batch` of them the dictionary takes a step. Vectors that
   * are not finite are passed over. Returns whether it took a step. Real-time safe.
   * @throws TypeError or RangeError for an array of another type or too short.
   */
  observe(values: Floats, at = 0, stride = 1): boolean {
    const { size, matrix } = this;
    checkFloats('values', values);
    if (at + (size - 1) * stride >= values.length) throwRange('values', `${size} values from ${at} on`, values.length);
    let energy = 0;
    for (let i = 0; i < size; i++) energy += values[at + i * stride] * values[at + i * stride];
    if (energy < Infinity && energy > 0) {
      // Of the vector's direction alone: a loud passage must not outvote all others.
      const inverse = 1 / Math.sqrt(energy);
      const gradient = this.#gradient;
      for (let i = 0; i < size; i++) {
        let sum = 0;
        for (let j = 0; j < size; j++) sum += matrix[i * size + j] * values[at + j * stride];
        const weight = Math.abs(sum * inverse) * (sum * inverse) * inverse;
        for (let j = 0; j < size; j++) gradient[i * size + j] += weight * values[at + j * stride];
      }
    }
    if (++this.#observed < this.batch) return false;
    this.#observed = 0;
    this.#step();
    return true;
  }

  /** Begins anew. Real-time safe. */
  reset(): void {
    this.matrix.set(this.#start);
    this.#gradient.fill(0);
    this.#observed = 0;
    this.#steps = 0;
  }

  #step(): void {
    const { matrix } = this;
    const gradient = this.#gradient;
    this.#project(gradient);
    const part = this.rate * Math.sqrt(8 / (8 + this.#steps));
    const polar = this.#polar;
    for (let i = 0; i < matrix.length; i++) gradient[i] = (1 - part) * matrix[i] + part * polar[i];
    this.#project(gradient);
    matrix.set(polar);
    gradient.fill(0);
    this.#steps++;
  }

  /** The orthogonal matrix nearest to A, into `polar`: A·(AᵀA)^(−½); directions that A has not keep the dictionary's. */
  #project(a: Float64Array): void {
    const { matrix } = this;
    // A grain of the dictionary makes the polar factor defined, and change nothing that A determines.
    let norm = 0;
    for (let i = 0; i < a.length; i++) norm = Math.max(norm, Math.abs(a[i]));
    for (let i = 0; i < a.length; i++) a[i] += (norm > 0 ? norm * 1e-9 : 1) * matrix[i];
    this.#polar.set(a);
    // The second round takes away what rounding left of the first: small singular values lose half their digits in AᵀA.
    this.#orthogonalise();
    this.#orthogonalise();
  }

  #orthogonalise(): void {
    const { size } = this;
    const a = this.#polar;
    const gram = this.#gram;
    const product = this.#product;
    for (let i = 0; i < size; i++) {
      for (let j = 0; j <= i; j++) {
        let sum = 0;
        for (let k = 0; k < size; k++) sum += a[k * size + i] * a[k * size + j];
        gram[i * size + j] = sum;
        gram[j * size + i] = sum;
      }
    }
    this.#solver.solve(gram);
    const { values, vectors } = this.#solver;
    gram.fill(0);
    for (let k = 0; k < size; k++) {
      const factor = 1 / Math.sqrt(Math.max(values[k], LEAST_SINGULAR * LEAST_SINGULAR * values[0]));
      for (let i = 0; i < size; i++) {
        const left = factor * vectors[k * size + i];
        for (let j = 0; j < size; j++) gram[i * size + j] += left * vectors[k * size + j];
      }
    }
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        let sum = 0;
        for (let k = 0; k < size; k++) sum += a[i * size + k] * gram[k * size + j];
        product[i * size + j] = sum;
      }
    }
    a.set(product);
  }

  /** A rotation drawn by the seed: the polar factor of random numbers, so that no atom begins between two. */
  #drawStart(): void {
    for (let i = 0; i < this.#start.length; i++) {
      this.#start[i] = Number(splitmix64(BigInt(this.seed), BigInt(i)) >> 11n) / 2 ** 52 - 1;
    }
    this.#project(this.#start);
    this.#start.set(this.#polar);
  }
}
