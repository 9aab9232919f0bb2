/** Integer Walsh–Hadamard transforms, exactly: the definition in BigInt, and butterflies that saturate, one at a time. */
import { naturalIndex, type Order, walshEntry } from './fwht.js';

/** The true coefficients, however large. */
export function exactWalsh(x: ArrayLike<number>, order: Order): bigint[] {
  const n = x.length;
  return Array.from({ length: n }, (_, i) => {
    let sum = 0n;
    for (let j = 0; j < n; j++) sum += BigInt(walshEntry(i, j, n, order)) * BigInt(x[j]);
    return sum;
  });
}

/** Stages from neighbours to halves; every sum and difference is clamped to `bits` bits. */
export function saturatingWalsh(x: ArrayLike<number>, order: Order, bits: number): number[] {
  const limit = 2 ** (bits - 1);
  const clamp = (value: number) => Math.max(-limit, Math.min(limit - 1, value));
  let values = Array.from(x);
  for (let half = 1; half < x.length; half *= 2) {
    values = values.map((_, i) => {
      const [a, b] = [values[i & ~half], values[i | half]];
      return clamp(i & half ? a - b : a + b);
    });
  }
  return values.map((_, i) => values[naturalIndex(i, x.length, order)]);
}

/** The true coefficients by any matrix of ±1, row by row. */
export function exactProduct(matrix: Int8Array, x: ArrayLike<number>): bigint[] {
  const n = x.length;
  return Array.from({ length: n }, (_, i) => {
    let sum = 0n;
    for (let j = 0; j < n; j++) sum += BigInt(matrix[i * n + j]) * BigInt(x[j]);
    return sum;
  });
}

/** m·2^k values: the rows as above, then every column by the matrix of order m, each sum exact and then clamped. */
export function saturatingProduct(matrix: Int8Array, m: number, x: readonly number[], bits: number): number[] {
  const limit = 2 ** (bits - 1);
  const width = x.length / m;
  const rows = Array.from({ length: m }, (_, i) =>
    saturatingWalsh(x.slice(i * width, (i + 1) * width), 'natural', bits),
  );
  return Array.from(x, (_, at) => {
    const i = Math.floor(at / width);
    const sum = rows.reduce((total, row, j) => total + matrix[i * m + j] * row[at % width], 0);
    return Math.max(-limit, Math.min(limit - 1, sum));
  });
}
