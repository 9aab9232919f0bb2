/**
 * The engine's memory, handed out in pieces: first fit over a free list that is kept in address order and coalesces,
 * so that making and disposing processors for months leaves no crumbs.
 */
import { checkInteger } from './check.js';
import { EngineMemoryError } from './errors.js';

/** A cache line: no two processors share one, and every SIMD load of a table is aligned. */
const ALIGNMENT_BYTES = 64;

const roundUp = (bytes: number) => Math.ceil(bytes / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;

/** The free list over the region `[begin, end)` of an engine's memory. Not for real time: it belongs to construction. */
export class Arena {
  /** Bytes of the engine's whole memory. */
  readonly size: number;
  /** Addresses and lengths of the free pieces, by ascending address; no two of them touch. */
  readonly #freeAt: number[];
  readonly #freeBytes: number[];
  readonly #allocated = new Map<number, number>();
  #free: number;

  constructor(begin: number, end: number) {
    const first = roundUp(begin);
    this.size = end;
    this.#free = Math.max(0, end - first);
    this.#freeAt = [first];
    this.#freeBytes = [this.#free];
  }

  /** Bytes not handed out, in however many pieces. */
  get free(): number {
    return this.#free;
  }

  /** Bytes of the largest piece that can be had at once. */
  get largestFree(): number {
    return this.#freeBytes.reduce((largest, bytes) => Math.max(largest, bytes), 0);
  }

  /**
   * Reserves at least `bytes` bytes, 64-byte aligned; the contents are whatever was there.
   * @throws EngineMemoryError where no free piece is that long.
   */
  allocate(bytes: number): number {
    const length = roundUp(Math.max(1, checkInteger('bytes', bytes, 0, Number.MAX_SAFE_INTEGER)));
    const index = this.#freeBytes.findIndex((available) => available >= length);
    if (index < 0) throw this.#exhausted(length);
    const pointer = this.#freeAt[index];
    if (this.#freeBytes[index] === length) {
      this.#freeAt.splice(index, 1);
      this.#freeBytes.splice(index, 1);
    } else {
      this.#freeAt[index] += length;
      this.#freeBytes[index] -= length;
    }
    this.#free -= length;
    this.#allocated.set(pointer, length);
    return pointer;
  }

  /** Gives back what `allocate` returned. */
  release(pointer: number): void {
    const length = this.#allocated.get(pointer);
    if (length === undefined) throw new RangeError(`pointer expected one that allocate() returned, got ${pointer}`);
    this.#allocated.delete(pointer);
    this.#free += length;
    let index = this.#freeAt.findIndex((address) => address > pointer);
    if (index < 0) index = this.#freeAt.length;
    this.#freeAt.splice(index, 0, pointer);
    this.#freeBytes.splice(index, 0, length);
    this.#joinWithNext(index);
    if (index > 0) this.#joinWithNext(index - 1);
  }

  #joinWithNext(index: number): void {
    const touches = this.#freeAt[index] + this.#freeBytes[index] === this.#freeAt[index + 1];
    if (!touches) return;
    this.#freeBytes[index] += this.#freeBytes[index + 1];
    this.#freeAt.splice(index + 1, 1);
    this.#freeBytes.splice(index + 1, 1);
  }

  #exhausted(bytes: number): EngineMemoryError {
    const used = this.size - this.#free;
    const enough = Math.ceil((used + bytes) / 2 ** 20) + 1;
    return new EngineMemoryError(
      `${bytes} bytes were asked for and ${this.#free} of ${this.size} are free (${this.largestFree} in one piece): ` +
        `load the engine with { memory: ${enough} * 2 ** 20 } or more`,
      bytes,
      this.#free,
    );
  }
}
