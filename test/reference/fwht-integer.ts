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
