import type { ByteSource } from './byte-io.js';

/** Large enough that the way to the file system costs little beside the bytes: reads of 64 KiB take four times as long. */
const CAPACITY = 262144;

/**
 * A source with a fixed window of bytes before it: one can look before one reads. The window is all the memory a reader
 * ever takes, whatever sizes the data speak of.
 */
export class BufferedSource implements ByteSource {
  readonly size: number | undefined;
  /** The window; its valid part lies from `start` to `end`. */
  readonly bytes = new Uint8Array(CAPACITY);
  start = 0;
  end = 0;
  readonly #source: ByteSource;
  #position = 0;
  #ended = false;

  constructor(source: ByteSource) {
    this.#source = source;
    this.size = source.size;
  }

  /** Offset, from the start of the data, of the next byte. */
  get position(): number {
    return this.#position;
  }

  get available(): number {
    return this.end - this.start;
  }

  /** Reads until at least `count` bytes (at most the window) are in it or the data end; returns how many are. */
  async fill(count: number): Promise<number> {
    if (this.available < count && this.start > 0) {
      this.bytes.copyWithin(0, this.start, this.end);
      this.end -= this.start;
      this.start = 0;
    }
    while (this.available < count && !this.#ended) {
      const got = await this.#read(this.bytes.subarray(this.end));
      this.end += got;
    }
    return this.available;
  }

  /** Takes `count` bytes, which must be in the window, off it. */
  consume(count: number): void {
    this.start += count;
    this.#position += count;
  }

  async read(into: Uint8Array): Promise<number> {
    if (this.available === 0) {
      const got = this.#ended || into.length === 0 ? 0 : await this.#read(into);
      this.#position += got;
      return got;
    }
    const count = Math.min(into.length, this.available);
    into.set(this.bytes.subarray(this.start, this.start + count));
    this.consume(count);
    return count;
  }

  async skip(count: number): Promise<number> {
    let left = count;
    while (left > 0) {
      if (this.available === 0) {
        if (this.#source.skip) {
          const skipped = await this.#source.skip(left);
          this.#position += skipped;
          left -= skipped;
          break;
        }
        if ((await this.fill(1)) === 0) break;
      }
      const step = Math.min(left, this.available);
      this.consume(step);
      left -= step;
    }
    return count - left;
  }

  async close(): Promise<void> {
    await this.#source.close?.();
  }

  async #read(into: Uint8Array): Promise<number> {
    const got = await this.#source.read(into);
    if (!(Number.isInteger(got) && got >= 0 && got <= into.length)) {
      throw new RangeError(`source.read expected to return a count from 0 to ${into.length}, got ${got}`);
    }
    if (got === 0) this.#ended = true;
    return got;
  }
}
