/**
 * How well a transform suits a covariance: what coding its coefficients gains over coding the samples, and how far the
 * covariance is from the ones it was made for.
 *
 * Sources: N. S. Jayant and P. Noll, Digital coding of waveforms (1984), for the coding gain; U. Grenander and G. Szegő,
 * Toeplitz forms (1958), for covariances as near to an algebra of matrices.
 */
import { checkOneOf, checkPowerOfTwo, throwRange, throwType } from '../engine/check.js';
import { cosPi, exp, ln, sinPi } from '../engine/exact-math.js';
import { checkSymmetric, JacobiSolver } from './eigen.js';

/**
 * Fourier, cosine (DCT-II), Walsh–Hadamard, Haar, and Karhunen–Loève: the eigenvectors of the covariance itself, which no
 * other transform surpasses and which have to be told to the decoder.
 */
export type TransformName = 'wht' | 'haar' | 'dct' | 'dft' | 'klt';

/** In the order of what they cost. */
export const transformNames: readonly TransformName[] = ['wht', 'haar', 'dct', 'dft', 'klt'];

/** Variances below this part of their mean count as this much: they are lost in rounding and would make any gain infinite. */
const LEAST_VARIANCE = 1e-12;

/** Row k, without its factor, of a transform of n values; `imaginary`: the sine part of the Fourier transform. */
function fillRow(row: Float64Array, name: TransformName, k: number, imaginary: boolean): void {
  const n = row.length;
  for (let i = 0; i < n; i++) {
    if (name === 'dct') row[i] = cosPi((k * (2 * i + 1)) / (2 * n)) * (k === 0 ? Math.SQRT1_2 : 1) * Math.SQRT2;
    else if (name === 'dft')
      row[i] = imaginary ? -sinPi(((2 * k * i) % (2 * n)) / n) : cosPi(((2 * k * i) % (2 * n)) / n);
    else if (name === 'wht') row[i] = oddBits(k & i) ? -1 : 1;
    else row[i] = haarEntry(k, i, n);
  }
}

function oddBits(x: number): boolean {
  let odd = x ^ (x >>> 8);
  odd ^= odd >>> 4;
  return ((0x6996 >>> (odd & 15)) & 1) === 1;
}

/** Times √n: row 0 is 1, row 2^l + m has ±√2^l over the m-th of 2^l parts of the block. */
function haarEntry(k: number, i: number, n: number): number {
  if (k === 0) return 1;
  const parts = 1 << (31 - Math.clz32(k));
  const length = n / parts;
  const inside = i - (k - parts) * length;
  if (inside < 0 || inside >= length) return 0;
  return inside < length / 2 ? Math.sqrt(parts) : -Math.sqrt(parts);
}

/**
 * The orthonormal matrix of a transform, row by row: `dct`, `wht` (natural order) or `haar`. Not real-time safe.
 *
 * @throws TypeError or RangeError for another name, or a size that is no power of two from 1 to 4096.
 * @example
 * ```ts
 * import { transformMatrix } from 'paley';
 *
 * console.log(transformMatrix('haar', 2)); // 0.71 0.71 0.71 −0.71
 * ```
 */
export function transformMatrix(name: 'dct' | 'wht' | 'haar', size: number): Float64Array {
  checkOneOf('name', name, ['dct', 'wht', 'haar']);
  checkPowerOfTwo('size', size, 1, 4096);
  const matrix = new Float64Array(size * size);
  for (let k = 0; k < size; k++) fillRow(matrix.subarray(k * size, (k + 1) * size), name, k, false);
  const factor = 1 / Math.sqrt(size);
  return matrix.map((entry) => entry * factor);
}

/** rowᵀ·covariance·row. */
function quadratic(row: Float64Array, covariance: ArrayLike<number>): number {
  const n = row.length;
  let sum = 0;
  for (let i = 0; i < n; i++) {
    let inner = 0;
    for (let j = 0; j < n; j++) inner += covariance[i * n + j] * row[j];
    sum += row[i] * inner;
  }
  return sum;
}

/**
 * The variances of a transform's orthonormal coefficients where its input has this covariance, row by row and of order
 * 2^k up to 512. Of the Fourier transform those of its complex bins, all of them. Not real-time safe.
 *
 * @throws TypeError or RangeError for another name, or a matrix that is no covariance of that order.
 * @example
 * ```ts
 * import { transformVariances } from 'paley';
 *
 * console.log(transformVariances([1, 0.5, 0.5, 1], 'wht')); // 1.5 0.5
 * ```
 */
export function transformVariances(covariance: ArrayLike<number>, name: TransformName): Float64Array {
  const n = checkSymmetric('covariance', covariance);
  checkPowerOfTwo('order of the covariance', n, 1, 512);
  checkOneOf('name', name, transformNames);
  if (name === 'klt') {
    const solver = new JacobiSolver(n);
    solver.solve(covariance);
    return solver.values;
  }
  const row = new Float64Array(n);
  return Float64Array.from({ length: n }, (_, k) => {
    fillRow(row, name, k, false);
    let variance = quadratic(row, covariance);
    if (name === 'dft') {
      fillRow(row, name, k, true);
      variance += quadratic(row, covariance);
    }
    return variance / n;
  });
}

/** Binary places of a logarithm. */
const LOGARITHM_BITS = 48;

/** Beyond this, or its inverse, a product is brought back: no factor is as large. */
const FAR = 2 ** 400;

/**
 * Puts 10·log10 of the arithmetic over the geometric mean of variances into `gains[index]`. Without a logarithm for each, and
 * without returning a number, which would cost the heap an object.
 */
export function fillGain(variances: Float64Array, gains: Float64Array, index: number): void {
  const count = variances.length;
  let mean = 0;
  for (let i = 0; i < count; i++) mean += Math.max(0, variances[i]) / count;
  gains[index] = 0;
  if (!(mean > 0)) return;
  // The product is `rest`·2^logarithm.
  let rest = 1;
  let logarithm = 0;
  for (let i = 0; i < count; i++) {
    rest *= Math.max(variances[i] / mean, LEAST_VARIANCE);
    if (rest < 1 / FAR) {
      rest *= FAR;
      logarithm -= 400;
    } else if (rest > FAR) {
      rest /= FAR;
      logarithm += 400;
    }
  }
  for (; rest >= 2; rest /= 2) logarithm++;
  for (; rest < 1; rest *= 2) logarithm--;
  // A bit of the fraction with every squaring.
  for (let bit = 0, weight = 0.5; bit < LOGARITHM_BITS; bit++, weight /= 2) {
    rest *= rest;
    if (rest < 2) continue;
    rest /= 2;
    logarithm += weight;
  }
  gains[index] = (-10 * logarithm * Math.LN2) / (count * Math.LN10);
}

function gainOfVariances(variances: Float64Array): number {
  const gain = new Float64Array(1);
  fillGain(variances, gain, 0);
  return gain[0];
}

/** √(1 − Σσ⁴/‖Σ‖²): energy off the diagonal after the transform, since it keeps ‖Σ‖. */
export function residualOfVariances(variances: ArrayLike<number>, squaredNorm: number): number {
  let diagonal = 0;
  for (let i = 0; i < variances.length; i++) diagonal += variances[i] * variances[i];
  return squaredNorm > 0 ? Math.sqrt(Math.max(0, 1 - diagonal / squaredNorm)) : 0;
}

export function squaredNorm(matrix: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < matrix.length; i++) sum += matrix[i] * matrix[i];
  return sum;
}

/**
 * The coding gain of a transform in dB: the arithmetic over the geometric mean of its coefficients' variances, which is what
 * optimal quantisers of the coefficients save over those of the samples at equal bits. Variances below 1e-12 of their mean
 * count as that. Not real-time safe.
 *
 * @throws TypeError or RangeError as `transformVariances`.
 * @example
 * ```ts
 * import { codingGain } from 'paley';
 *
 * const covariance = Array.from({ length: 256 }, (_, at) => 0.95 ** Math.abs((at >> 4) - (at & 15)));
 * console.log(codingGain(covariance, 'klt'), codingGain(covariance, 'dct')); // 9.48 and 9.46 dB
 * ```
 */
export function codingGain(covariance: ArrayLike<number>, name: TransformName): number {
  return gainOfVariances(transformVariances(covariance, name));
}

/**
 * How far a covariance Σ is from commuting with the matrices that a transform T diagonalises, 0 … 1: the square root of
 * E‖ΣM − MΣ‖²/(2‖Σ‖²) over all M = Tᴴ·diag(θ)·T with independent θ of variance 1. For the Fourier transform these are the
 * circulant matrices, for the Walsh–Hadamard transform the XOR-circulant ones. In the transform's basis entry (i, j) of the
 * commutator is (θ_j − θ_i)·(TΣTᴴ)_ij, so that it is also the share of Σ that the transform leaves off the diagonal:
 * ‖off-diagonal of TΣTᴴ‖/‖Σ‖. Not real-time safe.
 *
 * @throws TypeError or RangeError as `transformVariances`.
 * @example
 * ```ts
 * import { commutatorResidual } from 'paley';
 *
 * const covariance = [2, 1, 0, 1, 1, 2, 1, 0, 0, 1, 2, 1, 1, 0, 1, 2]; // circulant
 * console.log(commutatorResidual(covariance, 'dft')); // 0, but for rounding
 * ```
 */
export function commutatorResidual(covariance: ArrayLike<number>, name: TransformName): number {
  const variances = transformVariances(covariance, name);
  return name === 'klt' ? 0 : residualOfVariances(variances, squaredNorm(covariance));
}

export interface TransformScore {
  readonly transform: TransformName;
  /** dB. */
  readonly codingGain: number;
  /** 0 … 1. */
  readonly commutatorResidual: number;
}

/** Differences of gain, in dB, that rounding makes. */
export const SAME_GAIN = 1e-9;

/**
 * Scores of transforms for a covariance, the best first: by coding gain, and where that is the same, to 1e-9 dB, what costs
 * less first (wht, haar, dct, dft, klt). Not real-time safe; for streams see `TransformChooser`.
 *
 * @throws TypeError or RangeError as `transformVariances`.
 * @example
 * ```ts
 * import { scoreTransforms } from 'paley';
 *
 * const covariance = [4, 2, 1, 0, 2, 4, 0, 1, 1, 0, 4, 2, 0, 1, 2, 4]; // entry (i, j) is one of i ⊕ j
 * console.log(scoreTransforms(covariance)[0].transform); // wht
 * ```
 */
export function scoreTransforms(
  covariance: ArrayLike<number>,
  candidates: readonly TransformName[] = transformNames,
): TransformScore[] {
  if (!Array.isArray(candidates) || candidates.length === 0) throwType('candidates', 'an array of names', candidates);
  const ordered = transformNames.filter((name) => candidates.includes(name));
  for (const name of candidates) checkOneOf('candidates', name, transformNames);
  const scores = ordered.map((transform): TransformScore => {
    const variances = transformVariances(covariance, transform);
    const residual = transform === 'klt' ? 0 : residualOfVariances(variances, squaredNorm(covariance));
    return { transform, codingGain: gainOfVariances(variances), commutatorResidual: residual };
  });
  return scores.sort((a, b) => {
    const difference = b.codingGain - a.codingGain;
    return Math.abs(difference) <= SAME_GAIN
      ? transformNames.indexOf(a.transform) - transformNames.indexOf(b.transform)
      : difference;
  });
}

/** What `spaceUtilisation` gives. */
export interface SpaceUtilisation {
  /** Natural logarithm of the volume of the data over that of the quantiser's cube. */
  readonly logarithm: number;
  /** The ratio for each dimension, its n-th root: comparable between sizes. */
  readonly perDimension: number;
  /** 0 … 1: the n-th root over that of the best rotation, which gives all values the same variance. */
  readonly ofBest: number;
}

/**
 * The share of the quantisation space that data of this covariance fill (QSUR): a quantiser whose step is one for all n values
 * spans a cube, as wide as the widest value needs; the data lie in the ellipsoid xᵀΣ⁻¹x ≤ r². The radius r cancels out, and
 * QSUR = V_n·√det Σ / (2ⁿ·max Σ_jj^(n/2)), V_n the volume of the unit ball. `rotation`, an orthogonal matrix of rows, is
 * applied first. A singular covariance has variances of 1e-12 of the mean in place of zeros. Not real-time safe.
 * Source: X. Hu and others, OSTQuant (2025).
 *
 * @throws TypeError or RangeError for a matrix that is no covariance, or a rotation of another order.
 * @example
 * ```ts
 * import { spaceUtilisation, transformMatrix } from 'paley';
 *
 * const covariance = [100, 0, 0, 1];
 * console.log(spaceUtilisation(covariance).ofBest); // 0.71
 * console.log(spaceUtilisation(covariance, transformMatrix('wht', 2)).ofBest); // 1
 * ```
 */
export function spaceUtilisation(covariance: ArrayLike<number>, rotation?: ArrayLike<number>): SpaceUtilisation {
  const n = checkSymmetric('covariance', covariance);
  if (rotation !== undefined && rotation.length !== n * n) throwRange('rotation', `${n * n} entries`, rotation.length);
  const solver = new JacobiSolver(n);
  solver.solve(covariance);
  let trace = 0;
  for (const value of solver.values) trace += Math.max(0, value);
  const mean = trace / n;
  if (!(mean > 0)) throwRange('covariance', 'one with a positive variance', mean);
  let halfDeterminant = 0;
  for (const value of solver.values) halfDeterminant += ln(Math.max(value, LEAST_VARIANCE * mean)) / 2;
  let largest = 0;
  for (let j = 0; j < n; j++) {
    const variance =
      rotation === undefined
        ? covariance[j * n + j]
        : quadratic(
            Float64Array.from({ length: n }, (_, i) => rotation[j * n + i]),
            covariance,
          );
    largest = Math.max(largest, variance);
  }
  // V_n = V_{n−2}·2π/n, from V_0 = 1 and V_1 = 2.
  let ball = n % 2 === 0 ? 0 : Math.LN2;
  for (let k = n; k >= 2; k -= 2) ball += ln((2 * Math.PI) / k);
  const logarithm = ball + halfDeterminant - n * Math.LN2 - (n / 2) * ln(largest);
  return { logarithm, perDimension: exp(logarithm / n), ofBest: Math.sqrt(mean / largest) };
}
