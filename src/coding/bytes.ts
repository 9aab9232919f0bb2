/**
 * Whole bytes in and out: little-endian integers, LEB128 varints and runs of bytes. The reader checks every field
 * against what is left before it touches it, and says where in the whole stream the trouble stands.
 */
import { BitstreamError } from '../engine/errors.js';

const TWO_TO_32 = 2 ** 32;

/** Longest varint: 8 · 7 = 56 bits hold any whole number below 2^53. */
const MAX_VARINT_BYTES = 8;

/** Collects bytes in a buffer that grows. Values are trusted: whoever writes has checked them. */
export class ByteWriter {
  #bytes: Uint8Array;
  #length = 0;

  constructor(capacity = 64) {
    this.#bytes = new Uint8Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  #reserve(count: number): number {
    const at = this.#length;
    this.#length += count;
    if (this.#length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#length, 2 * this.#bytes.length));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    return at;
  }

  /** The lowest `count` ≤ 4 bytes of a whole number, least significant first. */
  unsigned(value: number, count: number): this {
    const at = this.#reserve(count);
    for (let i = 0; i < count; i++) this.#bytes[at + i] = value >>> (8 * i);
    return this;
  }

  /** A whole number below 2^53 in 8 bytes. */
  unsigned64(value: number): this {
    return this.unsigned((value % TWO_TO_32) | 0, 4).unsigned(Math.floor(value / TWO_TO_32), 4);
  }

  /** A two's complement 64-bit integer. */
  signed64(value: bigint): this {
    const at = this.#reserve(8);
    new DataView(this.#bytes.buffer).setBigInt64(at, value, true);
    return this;
  }

  /** A whole number below 2^53, seven bits a byte, least significant first, the top bit set on all but the last byte. */
  varint(value: number): this {
    while (value > 0x7f) {
      this.unsigned((value % 0x80) | 0x80, 1);
      value = Math.floor(value / 0x80);
    }
    return this.unsigned(value, 1);
  }

  bytes(bytes: Uint8Array): this {
    const at = this.#reserve(bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }

  /** Forgets what was written and keeps the buffer. */
  clear(): void {
    this.#length = 0;
  }

  /** A view of what was written so far; valid until the next write. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** A copy of what was written so far. */
  copy(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }
}

/** Reads what ByteWriter wrote; a field that cannot be as it is throws a BitstreamError with the byte's offset in the whole stream. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #base: number;
  #position = 0;

  /** `baseOffset` is where `bytes[0]` stands in the whole stream. */
  constructor(bytes: Uint8Array, baseOffset = 0) {
    this.#bytes = bytes;
    this.#base = baseOffset;
  }

  /** Bytes not read yet. */
  get remaining(): number {
    return this.#bytes.length - this.#position;
  }

  /** Where the next byte stands in the whole stream. */
  get byteOffset(): number {
    return this.#base + this.#position;
  }

  /** The error of a field that starts at the next byte. */
  error(message: string): BitstreamError {
    return new BitstreamError(message, this.byteOffset);
  }

  #advance(title: string, count: number): number {
    if (count > this.remaining) throw this.error(`${title} needs ${count} bytes, only ${this.remaining} left`);
    const at = this.#position;
    this.#position += count;
    return at;
  }

  /** A whole number of `count` ≤ 4 bytes. */
  unsigned(title: string, count: number): number {
    const at = this.#advance(title, count);
    let value = 0;
    for (let i = count - 1; i >= 0; i--) value = ((value << 8) | this.#bytes[at + i]) >>> 0;
    return value;
  }

  /** A whole number of 8 bytes, or undefined where it is 2^53 or more; `isAllOnes` tells the all-ones pattern from other such. */
  unsigned64(title: string): { value: number | undefined; isAllOnes: boolean } {
    this.#advance(title, 8);
    this.#position -= 8;
    const low = this.unsigned(title, 4);
    const high = this.unsigned(title, 4);
    const value = high < 2 ** 21 ? high * TWO_TO_32 + low : undefined;
    return { value, isAllOnes: low === 0xffffffff && high === 0xffffffff };
  }

  /** A two's complement 64-bit integer. */
  signed64(title: string): bigint {
    const at = this.#advance(title, 8);
    const { buffer, byteOffset, byteLength } = this.#bytes;
    return new DataView(buffer, byteOffset, byteLength).getBigInt64(at, true);
  }

  /** A varint from `minimum` to `maximum` < 2^53, in its shortest form. */
  varint(title: string, minimum: number, maximum: number): number {
    const start = this.#position;
    let value = 0;
    let weight = 1;
    for (;;) {
      const byte = this.unsigned(title, 1);
      value += (byte & 0x7f) * weight;
      weight *= 0x80;
      const count = this.#position - start;
      if (byte < 0x80) {
        if (byte === 0 && count > 1) throw this.#errorAt(start, `${title} is not in its shortest form`);
        break;
      }
      if (count === MAX_VARINT_BYTES) throw this.#errorAt(start, `${title} is longer than ${MAX_VARINT_BYTES} bytes`);
    }
    if (value < minimum || value > maximum) {
      throw this.#errorAt(start, `${title} expected ${minimum} to ${maximum}, got ${value}`);
    }
    return value;
  }

  /** The next `count` bytes, as a view. */
  bytes(title: string, count: number): Uint8Array {
    const at = this.#advance(title, count);
    return this.#bytes.subarray(at, at + count);
  }

  /** All that is left, as a view, without reading it. */
  view(): Uint8Array {
    return this.#bytes.subarray(this.#position);
  }

  #errorAt(position: number, message: string): BitstreamError {
    return new BitstreamError(message, this.#base + position);
  }
}
