/**
 * Single bits in and out, most significant first: the first bit written is bit 7 of the first byte. The last byte is
 * filled with zeros.
 *
 * The Rice code of u with parameter k (R. F. Rice, 1979) is ⌊u / 2^k⌋ in unary, that many ones and a zero, and then the
 * k low bits of u. Signed values are folded first: 0, −1, 1, −2, 2 … become 0, 1, 2, 3, 4 …
 */
import { BitstreamError } from '../engine/errors.js';

/** Largest parameter of a Rice code here; folded values stay below 2^31. */
export const MAX_RICE_PARAMETER = 24;

/** A signed integer as an unsigned one of like size. */
export function fold(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

/** Undoes `fold`. */
export function unfold(folded: number): number {
  return folded % 2 === 1 ? -(folded + 1) / 2 : folded / 2;
}

/** The parameter that codes all the values in the fewest bits, and how many those are. */
export function chooseRiceParameter(folded: ArrayLike<number>): { parameter: number; bits: number } {
  let parameter = 0;
  let bits = Infinity;
  for (let candidate = 0; candidate <= MAX_RICE_PARAMETER; candidate++) {
    let total = folded.length * (candidate + 1);
    for (let i = 0; i < folded.length; i++) total += folded[i] >>> candidate;
    if (total >= bits) break; // the length is convex in the parameter, so it only grows from here
    parameter = candidate;
    bits = total;
  }
  return { parameter, bits };
}

/** Collects bits in a buffer that grows. */
export class BitWriter {
  #bytes: Uint8Array;
  #bitLength = 0;

  constructor(capacity = 64) {
    this.#bytes = new Uint8Array(capacity);
  }

  get bitLength(): number {
    return this.#bitLength;
  }

  /** The lowest `count` ≤ 32 bits of a value. */
  bits(value: number, count: number): this {
    const needed = (this.#bitLength + count + 7) >>> 3;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    for (let left = count; left > 0; ) {
      const room = 8 - (this.#bitLength & 7);
      const step = Math.min(room, left);
      const part = (value >>> (left - step)) & ((1 << step) - 1);
      this.#bytes[this.#bitLength >>> 3] |= part << (room - step);
      this.#bitLength += step;
      left -= step;
    }
    return this;
  }

  /** `value` < 2^31 as a Rice code. */
  rice(value: number, parameter: number): this {
    let ones = value >>> parameter;
    for (; ones >= 32; ones -= 32) this.bits(-1, 32);
    return this.bits(-2, ones + 1).bits(value, parameter);
  }

  /** A view of the bytes written so far; valid until the next write. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, (this.#bitLength + 7) >>> 3);
  }
}

/** Reads what BitWriter wrote; reading past the end throws a BitstreamError. */
export class BitReader {
  readonly #bytes: Uint8Array;
  readonly #base: number;
  #position = 0;

  /** `baseOffset` is where `bytes[0]` stands in the whole stream. */
  constructor(bytes: Uint8Array, baseOffset = 0) {
    this.#bytes = bytes;
    this.#base = baseOffset;
  }

  /** Bits not read yet. */
  get remaining(): number {
    return 8 * this.#bytes.length - this.#position;
  }

  /** Bytes read so far, a begun one counted. */
  get bytesRead(): number {
    return (this.#position + 7) >>> 3;
  }

  #error(message: string): BitstreamError {
    return new BitstreamError(message, this.#base + (this.#position >>> 3));
  }

  /** An unsigned value of `count` ≤ 32 bits. */
  bits(title: string, count: number): number {
    if (count > this.remaining) throw this.#error(`${title} needs ${count} bits, only ${this.remaining} left`);
    let value = 0;
    for (let left = count; left > 0; ) {
      const room = 8 - (this.#position & 7);
      const step = Math.min(room, left);
      const part = (this.#bytes[this.#position >>> 3] >>> (room - step)) & ((1 << step) - 1);
      value = value * (1 << step) + part;
      this.#position += step;
      left -= step;
    }
    return value;
  }

  /** A Rice code of at most `maximum` < 2^31. */
  rice(title: string, parameter: number, maximum: number): number {
    const start = this.#position;
    const mostOnes = maximum >>> parameter;
    let ones = 0;
    while (this.bits(title, 1) === 1) {
      ones++;
      if (ones > mostOnes) break;
    }
    const value = ones > mostOnes ? Infinity : ones * (1 << parameter) + this.bits(title, parameter);
    if (value <= maximum) return value;
    this.#position = start;
    throw this.#error(`${title} is above ${maximum}`);
  }
}
