/**
 * Where bytes come from and go to, in terms that hold in every runtime. Files, pipes and memory all become a ByteSource
 * or a ByteSink, so readers and writers are the same code for each; `node-source.ts` and `node-sink.ts` make those of
 * Node.
 */
import { checkBytes, checkInteger, throwType } from '../engine/check.js';

/** A stream of bytes that is pulled. */
export interface ByteSource {
  /** Fills the array from its start with the next bytes and returns how many; 0 only at the end. */
  read(into: Uint8Array): Promise<number>;
  /** Passes over up to `count` bytes without reading them and returns how many there were. Absent: they are read. */
  skip?(count: number): Promise<number>;
  /** Fills the array with the bytes from a position on, wherever `read` stands, and returns how many there were. */
  readAt?(into: Uint8Array, position: number): Promise<number>;
  /** Lets `read` go on at a position. Present where `readAt` is. */
  seek?(position: number): void;
  /** Bytes in all, where that is known before reading: of a file, not of a pipe. */
  readonly size?: number;
  /** Gives back what the source holds. */
  close?(): Promise<void>;
}

/** A stream of bytes that is pushed. */
export interface ByteSink {
  /** Appends the bytes. They belong to the caller again when the promise resolves. */
  write(bytes: Uint8Array): Promise<void>;
  /** Overwrites bytes already written, at a position from the start. Absent where one cannot go back, as on a pipe. */
  patch?(position: number, bytes: Uint8Array): Promise<void>;
  /** Makes what was written final. */
  close(): Promise<void>;
  /** Drops what was written, as far as it can still be taken back. */
  abort(): Promise<void>;
}

/** What can be read from: a source, an array of bytes, or anything that yields arrays of bytes. */
export type ByteInput = ByteSource | Uint8Array | AsyncIterable<Uint8Array>;

/** A source over bytes in memory. */
export class BytesSource implements ByteSource {
  readonly size: number;
  readonly #bytes: Uint8Array;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = checkBytes('bytes', bytes);
    this.size = bytes.length;
  }

  async read(into: Uint8Array): Promise<number> {
    const count = Math.min(into.length, this.size - this.#position);
    into.set(this.#bytes.subarray(this.#position, this.#position + count));
    this.#position += count;
    return count;
  }

  async skip(count: number): Promise<number> {
    const skipped = Math.min(count, this.size - this.#position);
    this.#position += skipped;
    return skipped;
  }

  async readAt(into: Uint8Array, position: number): Promise<number> {
    const part = this.#bytes.subarray(position, position + into.length);
    into.set(part);
    return part.length;
  }

  seek(position: number): void {
    this.#position = checkInteger('position', position, 0, this.size);
  }
}

/** A source over an async iterable: a Node stream, a web stream where it can be iterated, a generator. */
export class IterableSource implements ByteSource {
  readonly #iterator: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array(0);

  constructor(iterable: AsyncIterable<Uint8Array>) {
    this.#iterator = iterable[Symbol.asyncIterator]();
  }

  async read(into: Uint8Array): Promise<number> {
    while (this.#chunk.length === 0) {
      const next = await this.#iterator.next();
      if (next.done) return 0;
      this.#chunk = checkBytes('a chunk of the iterable', next.value);
    }
    const count = Math.min(into.length, this.#chunk.length);
    into.set(this.#chunk.subarray(0, count));
    this.#chunk = this.#chunk.subarray(count);
    return count;
  }

  async close(): Promise<void> {
    await this.#iterator.return?.();
  }
}

/** Makes a ByteSource of whatever can be read from; throws TypeError for anything else. */
export function toByteSource(input: ByteInput): ByteSource {
  if (input instanceof Uint8Array) return new BytesSource(input);
  if (typeof input === 'object' && input !== null) {
    if ('read' in input && typeof input.read === 'function' && !(Symbol.asyncIterator in input)) return input;
    if (Symbol.asyncIterator in input) return new IterableSource(input);
  }
  throwType('source', 'a ByteSource, a Uint8Array or an async iterable of Uint8Array', input);
}

/**
 * A sink that keeps everything in memory.
 *
 * @example
 * ```ts
 * import { MemorySink, WavWriter } from 'paley';
 * const sink = new MemorySink();
 * const writer = new WavWriter(sink, { sampleRate: 8000, channels: 1, sampleFormat: 'i16' });
 * await writer.write([new Float32Array(80)]);
 * await writer.finish();
 * console.log(sink.bytes.length);
 * ```
 */
export class MemorySink implements ByteSink {
  #buffer = new Uint8Array(4096);
  #length = 0;

  /** What has been written so far: a view, valid until the next write. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  async write(bytes: Uint8Array): Promise<void> {
    const needed = this.#length + checkBytes('bytes', bytes).length;
    if (needed > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(needed, this.#buffer.length * 2));
      larger.set(this.bytes);
      this.#buffer = larger;
    }
    this.#buffer.set(bytes, this.#length);
    this.#length = needed;
  }

  async patch(position: number, bytes: Uint8Array): Promise<void> {
    checkBytes('bytes', bytes);
    checkInteger('position', position, 0, this.#length - bytes.length);
    this.#buffer.set(bytes, position);
  }

  async close(): Promise<void> {}

  async abort(): Promise<void> {
    this.#length = 0;
  }
}
