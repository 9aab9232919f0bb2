/**
 * One group of samples of the sparse transform. Over a basis a₀ … a_{n−1} of the index bits, drawn at random, the group
 * reads x at ℓ₀a₀ ⊕ … ⊕ ℓ_{b−1}a_{b−1} ⊕ d for all ℓ of b bits and for each of its offsets d. A transform of the B = 2^b values
 * of one offset gives B bins, and
 *
 *   bin j of offset d = Σ X[k]·(−1)^⟨d,k⟩ over those k with ⟨a_i,k⟩ = bit i of j for i < b.
 *
 * Offsets are r and r ⊕ a_i, i ≥ b, for one or more r, and some at random to check with. A bin that holds one coefficient
 * so shows with its place and its signs all of ⟨a_i,k⟩, which are as many equations as k has bits.
 */

import type { Floats } from './_vector-transform.js';
import type { Fwht } from './fwht.js';
import { splitmix64 } from './signs.js';

/** Where a group reads from: the caller's function, or an array from some index on. */
export type SampleSource = ((index: number) => number) | Floats;

export function parity(x: number): number {
  let odd = x ^ (x >>> 16);
  odd ^= odd >>> 8;
  odd ^= odd >>> 4;
  return (0x6996 >>> (odd & 15)) & 1;
}

export interface GroupShape {
  /** Bits of an index. */
  readonly bits: number;
  /** Bits of a bin. */
  readonly binBits: number;
  /** How many r there are. */
  readonly repeats: number;
  /** Offsets only to check with. */
  readonly checks: number;
}

export const offsetsOf = ({ bits, binBits, repeats, checks }: GroupShape) => repeats * (bits - binBits + 1) + checks;

/** Draws numbers of `bits` bits from splitmix64. */
function* drawIndices(seed: number, group: number, bits: number): Generator<number, never> {
  for (let index = BigInt(group) << 32n; ; index++) yield Number(splitmix64(BigInt(seed), index) >> BigInt(64 - bits));
}

/** Solves for the rows of the inverse of a matrix of bits; undefined where there is none. */
function invertBits(rows: readonly number[]): Uint32Array | undefined {
  const left = Uint32Array.from(rows);
  const right = Uint32Array.from(rows, (_, i) => 1 << i);
  for (let column = 0; column < left.length; column++) {
    let pivot = column;
    while (pivot < left.length && ((left[pivot] >>> column) & 1) === 0) pivot++;
    if (pivot === left.length) return undefined;
    for (const side of [left, right]) [side[column], side[pivot]] = [side[pivot], side[column]];
    for (let i = 0; i < left.length; i++) {
      if (i === column || ((left[i] >>> column) & 1) === 0) continue;
      left[i] ^= left[column];
      right[i] ^= right[column];
    }
  }
  return right;
}

export class SparseGroup {
  readonly shape: GroupShape;
  /** Bins of one offset. */
  readonly bins: number;
  readonly offsets: Uint32Array;
  /** Value of offset p in bin j at p·bins + j: what the coefficients found so far do not explain. */
  readonly rest: Float64Array;
  readonly #basis: Uint32Array;
  /** Row m: which of ⟨a_i,k⟩ add up to bit m of k. */
  readonly #solution: Uint32Array;

  constructor(shape: GroupShape, seed: number, index: number) {
    const { bits, binBits, repeats, checks } = shape;
    this.shape = shape;
    this.bins = 1 << binBits;
    const draw = drawIndices(seed, index, bits);
    let basis: number[];
    let solution: Uint32Array | undefined;
    do {
      basis = Array.from({ length: bits }, () => draw.next().value);
      solution = invertBits(basis);
    } while (solution === undefined);
    this.#basis = Uint32Array.from(basis);
    this.#solution = solution;
    const starts = Array.from({ length: repeats }, (_, q) => (q === 0 ? 0 : draw.next().value));
    this.offsets = Uint32Array.from([
      ...starts.flatMap((start) => [start, ...basis.slice(binBits).map((vector) => start ^ vector)]),
      ...Array.from({ length: checks }, () => draw.next().value),
    ]);
    this.rest = new Float64Array(this.offsets.length * this.bins);
  }

  /** Reads the group's samples, from index `at` on of an array, and transforms them. Real-time safe for arrays. */
  load(source: SampleSource, at: number, fwht: Fwht<'f64'>): void {
    const { bins, offsets } = this;
    const { buffer } = fwht;
    const basis = this.#basis;
    for (let p = 0; p < offsets.length; p++) {
      let index = offsets[p];
      // In Gray's order each ℓ differs from the one before in one bit: the lowest one of the counter.
      for (let step = 0; ; ) {
        const place = p * bins + (step ^ (step >>> 1));
        if (typeof source === 'function') buffer[place] = source(index);
        else buffer[place] = source[at + index];
        if (++step === bins) break;
        index ^= basis[31 - Math.clz32(step & -step)];
      }
    }
    fwht.run();
    this.rest.set(buffer);
  }

  /** The bin that coefficient k falls into. */
  binOf(k: number): number {
    let bin = 0;
    for (let i = 0; i < this.shape.binBits; i++) bin |= parity(this.#basis[i] & k) << i;
    return bin;
  }

  /** Which coefficient a bin holds if it is only one: signs by vote, weighted with the products of the values. */
  indexOf(bin: number): number {
    const { bits, binBits, repeats } = this.shape;
    const { bins, rest } = this;
    const run = bits - binBits + 1;
    let equations = bin;
    for (let i = binBits; i < bits; i++) {
      let vote = 0;
      for (let q = 0; q < repeats; q++) {
        const start = q * run * bins + bin;
        vote += rest[start] * rest[start + (i - binBits + 1) * bins];
      }
      if (vote < 0) equations |= 1 << i;
    }
    let k = 0;
    for (let m = 0; m < bits; m++) k |= parity(this.#solution[m] & equations) << m;
    return k >>> 0;
  }

  /** Takes `values[at]` times coefficient k out of its bin. (A number given by itself would cost the heap an object.) */
  subtract(k: number, values: Float64Array, at: number): void {
    const value = values[at];
    const bin = this.binOf(k);
    const { bins, offsets, rest } = this;
    for (let p = 0; p < offsets.length; p++) {
      if (parity(offsets[p] & k) === 1) rest[p * bins + bin] += value;
      else rest[p * bins + bin] -= value;
    }
  }
}
