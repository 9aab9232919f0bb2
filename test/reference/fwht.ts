/**
 * The Walsh–Hadamard transform in float64, twice: by the matrix, entry by entry, and by recursion for sizes at which the
 * matrix takes too long. Neither shares a line with the kernels.
 */

export type Order = 'natural' | 'dyadic' | 'sequency';

function parity(x: number): number {
  let odd = 0;
  for (let rest = x; rest !== 0; rest &= rest - 1) odd ^= 1;
  return odd;
}

/** The natural index of coefficient `index`, bit by bit as the definition says it. */
export function naturalIndex(index: number, size: number, order: Order): number {
  if (order === 'natural') return index;
  const source = order === 'sequency' ? index ^ (index >> 1) : index;
  let reversed = 0;
  for (let bit = 1; bit < size; bit *= 2) reversed = reversed * 2 + (source & bit ? 1 : 0);
  return reversed;
}

/** Entry (i, j) of the matrix: +1 or −1. */
export function walshEntry(i: number, j: number, size: number, order: Order): number {
  return parity(naturalIndex(i, size, order) & j) ? -1 : 1;
}

/** y = W·x by the matrix. */
export function walshByMatrix(x: ArrayLike<number>, order: Order): Float64Array {
  return Float64Array.from({ length: x.length }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < x.length; j++) sum += walshEntry(i, j, x.length, order) * x[j];
    return sum;
  });
}

function naturalByRecursion(x: Float64Array): Float64Array {
  if (x.length === 1) return x;
  const half = x.length / 2;
  const lower = naturalByRecursion(x.slice(0, half));
  const upper = naturalByRecursion(x.slice(half));
  const y = new Float64Array(x.length);
  for (let i = 0; i < half; i++) {
    y[i] = lower[i] + upper[i];
    y[half + i] = lower[i] - upper[i];
  }
  return y;
}

/** y = W·x by H(2n) = [[H, H], [H, −H]], then reordered. */
export function walshByRecursion(x: ArrayLike<number>, order: Order): Float64Array {
  const natural = naturalByRecursion(Float64Array.from(x));
  return Float64Array.from(natural, (_, i) => natural[naturalIndex(i, x.length, order)]);
}

/** Root of (energy of the difference ÷ energy of the expected values). */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let error = 0;
  let energy = 0;
  for (let i = 0; i < expected.length; i++) {
    error += (actual[i] - expected[i]) ** 2;
    energy += expected[i] ** 2;
  }
  return energy === 0 ? Math.sqrt(error) : Math.sqrt(error / energy);
}
