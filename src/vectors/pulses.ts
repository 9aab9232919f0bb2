/**
 * Pyramid vector quantisation: integer vectors whose magnitudes add up to a given number of pulses, and their numbering.
 *
 * Source: T. R. Fischer, A pyramid vector quantizer (1986).
 */
import { checkInteger, throwRange, throwType } from '../engine/check.js';

/** Rows V(0…size, 0…pulses), by V(n, k) = V(n−1, k) + V(n, k−1) + V(n−1, k−1). */
export function countTable(size: number, pulses: number): bigint[][] {
  const rows = [[1n, ...Array<bigint>(pulses).fill(0n)]];
  for (let n = 1; n <= size; n++) {
    const above = rows[n - 1];
    const row = [1n];
    for (let k = 1; k <= pulses; k++) row.push(above[k] + row[k - 1] + above[k - 1]);
    rows.push(row);
  }
  return rows;
}

function checkSizes(size: number, pulses: number): void {
  checkInteger('size', size, 1, 1024);
  checkInteger('pulses', pulses, 0, 1024);
}

/**
 * How many vectors of `size` integers there are whose magnitudes add up to `pulses`; both at most 1024.
 *
 * @throws TypeError or RangeError for sizes out of range.
 * @example
 * ```ts
 * import { pvqCount } from 'paley';
 *
 * console.log(pvqCount(16, 8)); // 30316544n
 * ```
 */
export function pvqCount(size: number, pulses: number): bigint {
  checkSizes(size, pulses);
  return countTable(size, pulses)[size][pulses];
}

/**
 * The number of an integer vector among all of its length whose magnitudes have the same sum: 0 up to `pvqCount` less one.
 * First come those that begin with 0, then with 1, −1, 2, −2 …, equals ordered by the next value. Undone by `pvqVector`.
 *
 * @throws TypeError or RangeError for a vector that is not of integers, too long or too large.
 * @example
 * ```ts
 * import { pvqIndex, pvqVector } from 'paley';
 *
 * console.log(pvqIndex([1, 0, -2]), pvqVector(3, 3, pvqIndex([1, 0, -2])));
 * ```
 */
export function pvqIndex(vector: ArrayLike<number>): bigint {
  if (!Array.isArray(vector) && !ArrayBuffer.isView(vector)) throwType('vector', 'an array of whole numbers', vector);
  let left = 0;
  for (let i = 0; i < vector.length; i++) left += Math.abs(checkInteger(`vector[${i}]`, vector[i], -1024, 1024));
  const size = vector.length;
  checkSizes(size, left);
  const counts = countTable(size, left);
  let index = 0n;
  for (let i = 0; i < size; i++) {
    const row = counts[size - 1 - i];
    const magnitude = Math.abs(vector[i]);
    if (magnitude > 0) index += row[left];
    for (let m = 1; m < magnitude; m++) index += 2n * row[left - m];
    left -= magnitude;
    if (vector[i] < 0) index += row[left];
  }
  return index;
}

/**
 * The vector of `size` integers with magnitudes adding up to `pulses` that `pvqIndex` gives this number.
 *
 * @throws RangeError where the number is not below `pvqCount(size, pulses)`; TypeError where it is no bigint.
 * @example
 * ```ts
 * import { pvqVector } from 'paley';
 *
 * console.log(pvqVector(2, 1, 0n), pvqVector(2, 1, 3n)); // 0,1 and −1,0
 * ```
 */
export function pvqVector(size: number, pulses: number, index: bigint): Int32Array {
  checkSizes(size, pulses);
  if (typeof index !== 'bigint') throwType('index', 'a bigint', index);
  const counts = countTable(size, pulses);
  const most = counts[size][pulses];
  if (index < 0n || index >= most) throwRange('index', `from 0 to ${most - 1n}`, index);
  const vector = new Int32Array(size);
  let rest = index;
  let left = pulses;
  for (let i = 0; i < size; i++) {
    const row = counts[size - 1 - i];
    if (rest < row[left]) continue;
    rest -= row[left];
    let magnitude = 1;
    while (rest >= 2n * row[left - magnitude]) rest -= 2n * row[left - magnitude++];
    left -= magnitude;
    vector[i] = magnitude;
    if (rest >= row[left]) {
      rest -= row[left];
      vector[i] = -magnitude;
    }
  }
  return vector;
}
