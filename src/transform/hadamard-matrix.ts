/**
 * Hadamard matrices: square, of +1 and −1, with orthogonal rows. Beyond order 2 they need an order that is a multiple of
 * 4; the powers of two are Sylvester's, and others are made here from the quadratic residues of a prime or from four
 * circulant matrices. All are normalised: the first row and the first column are +1.
 *
 * Sources: J. J. Sylvester, Thoughts on inverse orthogonal matrices (1867); R. E. A. C. Paley, On orthogonal matrices
 * (1933); J. Williamson, Hadamard's determinant theorem and the sum of four squares (1944).
 */
import { throwRange, throwType } from '../engine/check.js';

const LARGEST_ORDER = 4096;

/** Orders that are no power of two, the base of all others: 12, 20 and 28. */
type BaseOrder = 1 | 12 | 20 | 28;

/** What a size is made of: size = base·power, `power` a power of two. */
export interface HadamardSize {
  readonly base: BaseOrder;
  readonly power: number;
}

/** Splits a size from 1 to `largest`; undefined where it is none of 2^k, 12·2^k, 20·2^k and 28·2^k. */
export function splitHadamardSize(size: number, largest: number): HadamardSize | undefined {
  if (!(Number.isInteger(size) && size >= 1 && size <= largest)) return undefined;
  let odd = size;
  while (odd % 2 === 0) odd /= 2;
  // 12 = 4·3, 20 = 4·5, 28 = 4·7.
  const base = odd === 1 ? 1 : odd * 4;
  if (!(base === 1 || base === 12 || base === 20 || base === 28) || size % base !== 0) return undefined;
  return { base, power: size / base };
}

/** The allowed sizes in words, for errors. */
export const describeHadamardSizes = (largest: number) =>
  `a power of two, or 12, 20 or 28 times one, from 1 to ${largest}`;

/**
 * Paley's first construction, for primes q that are 3 modulo 4: with χ(x) = +1 for squares modulo q, −1 for others and 0
 * for 0, the matrix of χ(i − j) is antisymmetric and any two rows of it have the product −1. Its rows negated, 1
 * subtracted on the diagonal and a border of +1 around it, it is a Hadamard matrix of order q + 1.
 */
function paley(q: number): Int8Array {
  const squareOrZero = new Uint8Array(q);
  for (let x = 0; x < q; x++) squareOrZero[(x * x) % q] = 1;
  const order = q + 1;
  const matrix = new Int8Array(order * order).fill(1);
  for (let i = 0; i < q; i++) {
    for (let j = 0; j < q; j++) {
      if (squareOrZero[(i - j + q) % q] === 1) matrix[(i + 1) * order + j + 1] = -1;
    }
  }
  return matrix;
}

/** Products of a symmetric circulant's rows 0 and `shift`; bit j of `word` says that entries ±(j + 1) are −1. */
function autocorrelation(word: number, length: number, shift: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += circulantEntry(word, length, i) * circulantEntry(word, length, i + shift);
  return sum;
}

function circulantEntry(word: number, length: number, index: number): number {
  const distance = Math.min(index % length, length - (index % length));
  return distance > 0 && (word >> (distance - 1)) & 1 ? -1 : 1;
}

/** The first four words, in order of size, whose circulants' squares sum to 4·length times the unit matrix. */
function findCirculants(length: number): [number, number, number, number] {
  const words = 1 << ((length - 1) / 2);
  for (let a = 0; a < words; a++) {
    for (let b = a; b < words; b++) {
      for (let c = b; c < words; c++) {
        for (let d = c; d < words; d++) {
          let fits = true;
          for (let shift = 1; shift <= (length - 1) / 2 && fits; shift++) {
            const sum = [a, b, c, d].reduce((total, word) => total + autocorrelation(word, length, shift), 0);
            fits = sum === 0;
          }
          if (fits) return [a, b, c, d];
        }
      }
    }
  }
  throw new RangeError(`length expected one with four Williamson circulants, got ${length}`);
}

/** The blocks of Williamson's array: which circulant stands there, counted from 1, and its sign. */
const WILLIAMSON_ARRAY = [
  [1, 2, 3, 4],
  [-2, 1, -4, 3],
  [-3, 4, 1, -2],
  [-4, -3, 2, 1],
];

/** Williamson's construction of order 4·length, with rows and columns negated so that the first of both are +1. */
function williamson(length: number): Int8Array {
  const words = findCirculants(length);
  const order = 4 * length;
  const matrix = new Int8Array(order * order);
  for (let i = 0; i < order; i++) {
    for (let j = 0; j < order; j++) {
      const block = WILLIAMSON_ARRAY[Math.floor(i / length)][Math.floor(j / length)];
      const entry = circulantEntry(words[Math.abs(block) - 1], length, length + (j % length) - (i % length));
      matrix[i * order + j] = Math.sign(block) * entry;
    }
  }
  for (let j = 0; j < order; j++) {
    if (matrix[j] > 0) continue;
    for (let i = 0; i < order; i++) matrix[i * order + j] *= -1;
  }
  for (let i = 0; i < order; i++) {
    if (matrix[i * order] > 0) continue;
    for (let j = 0; j < order; j++) matrix[i * order + j] *= -1;
  }
  return matrix;
}

function baseMatrix(base: BaseOrder): Int8Array {
  if (base === 1) return Int8Array.of(1);
  return base === 28 ? williamson(7) : paley(base - 1);
}

/**
 * A Hadamard matrix H of the given order, row by row in a fresh array of order² values +1 and −1: H·Hᵀ = order·I. The
 * order is 2^k, 12·2^k, 20·2^k or 28·2^k, up to 4096; for 40, say, take H₂₀ ⊗ H₂.
 *
 * It is the matrix that `Fwht` multiplies by in natural order: H_m ⊗ H_{2^k}, where entry (i, j) of H_{2^k} is
 * (−1)^popcount(i & j), H₁₂ and H₂₀ are by Paley's first construction from the primes 11 and 19, and H₂₈ is by Williamson's
 * from circulants of order 7. The first row and the first column are +1. Only those with m = 1 are symmetric. Not
 * real-time safe.
 *
 * @throws TypeError where the order is no number; RangeError where it is not allowed.
 * @example
 * ```ts
 * import { hadamardMatrix } from 'paley';
 *
 * const matrix = hadamardMatrix(12);
 * let product = 0;
 * for (let j = 0; j < 12; j++) product += matrix[3 * 12 + j] * matrix[7 * 12 + j];
 * console.log(product); // 0: rows 3 and 7 are orthogonal
 * ```
 */
export function hadamardMatrix(order: number): Int8Array {
  if (typeof order !== 'number') throwType('order', 'a number', order);
  const parts = splitHadamardSize(order, LARGEST_ORDER);
  if (parts === undefined) throwRange('order', describeHadamardSizes(LARGEST_ORDER), order);
  const { base, power } = parts;
  const outer = baseMatrix(base);
  const matrix = new Int8Array(order * order);
  for (let i = 0; i < order; i++) {
    const outerRow = Math.floor(i / power) * base;
    for (let j = 0; j < order; j++) {
      const entry = outer[outerRow + Math.floor(j / power)];
      matrix[i * order + j] = oddBits((i % power) & (j % power)) ? -entry : entry;
    }
  }
  return matrix;
}

/** Whether a number below 2^16 has an odd count of bits. */
function oddBits(x: number): boolean {
  let parity = x ^ (x >> 8);
  parity ^= parity >> 4;
  parity ^= parity >> 2;
  return ((parity ^ (parity >> 1)) & 1) === 1;
}

/** Bytes of one table of `fillStepTable`. */
export const stepTableBytes = (base: number) => (base - 1) * base * 2;

/**
 * The table of assembly/transform/hadamard-step.ts: for every row of the base matrix but the first its columns with a −1,
 * times 64; with `transposed` for every column its rows.
 */
export function fillStepTable(table: Uint32Array, base: BaseOrder, transposed: boolean): void {
  const matrix = baseMatrix(base);
  let next = 0;
  for (let i = 1; i < base; i++) {
    for (let j = 0; j < base; j++) {
      if (matrix[transposed ? j * base + i : i * base + j] < 0) table[next++] = j * 64;
    }
  }
}
