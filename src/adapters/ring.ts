/**
 * Packets from one thread to another: a ring of bytes with one thread that writes and one that reads, over a
 * SharedArrayBuffer where there is one. Neither ever waits for the other.
 *
 * Layout, in little-endian words of 32 bits:
 *
 *   0 'paly'   1 bytes written   2 bytes read   3 packets refused   4 packets written   5 packets read   16 …  records
 *
 * A record is its length in bytes, its frames, its sequence number, and the bytes, filled up to a multiple of 4. The two
 * counts run on modulo 2^32 and each is written by one side only; the room is a power of two, so that a count's low bits
 * are its place. A record is visible once the count of bytes written has passed it, and its room is free again once the
 * count of bytes read has.
 */
import { checkInteger, throwType } from '../engine/check.js';

const MAGIC = 0x796c6170;
const WRITTEN = 1;
const READ = 2;
const REFUSED = 3;
const PACKETS_WRITTEN = 4;
const PACKETS_READ = 5;
const HEADER_WORDS = 16;
const HEADER_BYTES = 4 * HEADER_WORDS;
/** Bytes of a record beside its packet. */
export const RECORD_BYTES = 12;

const LARGEST = 2 ** 28;

/** Bytes that a packet of `length` bytes takes in a ring. */
export function recordBytes(length: number): number {
  return RECORD_BYTES + ((length + 3) & ~3);
}

/**
 * A ring of packets. "Producer" is the one thread that calls `push`, "consumer" the one thread that calls `pull`, `skip`
 * and what tells of the next packet. Between threads both hold a ring over the same SharedArrayBuffer; inside one thread
 * an ArrayBuffer does.
 *
 * @example
 * ```ts
 * import { PacketRing } from 'paley/worklet';
 *
 * const ring = PacketRing.create({ bytes: 4096, shared: true });
 * ring.push(Uint8Array.of(1, 2, 3), 0, 3, 128, 0);
 * const other = PacketRing.attach(ring.buffer); // in the other thread, which got `ring.buffer` in a message
 * const packet = new Uint8Array(other.nextLength);
 * other.pull(packet, 0);
 * console.log(packet, other.nextLength); // 1 2 3, then -1: empty
 * ```
 */
export class PacketRing {
  /** What to send to the other thread. */
  readonly buffer: SharedArrayBuffer | ArrayBuffer;
  /** Bytes that all records together may take. */
  readonly capacity: number;
  readonly #words: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #mask: number;

  private constructor(buffer: SharedArrayBuffer | ArrayBuffer) {
    this.buffer = buffer;
    this.capacity = buffer.byteLength - HEADER_BYTES;
    this.#mask = this.capacity - 1;
    this.#words = new Int32Array(buffer);
    this.#bytes = new Uint8Array(buffer, HEADER_BYTES);
  }

  /**
   * An empty ring with room for at least `bytes` bytes of records (a packet's length and some 14 bytes each); `shared`
   * where another thread is to see it. Not real-time safe.
   * @throws TypeError or RangeError for a wrong option; Error where the runtime has no SharedArrayBuffer.
   */
  static create(options: { readonly bytes: number; readonly shared?: boolean }): PacketRing {
    const bytes = checkInteger('bytes', options.bytes, 1, LARGEST);
    let capacity = 64;
    while (capacity < bytes) capacity *= 2;
    if (options.shared && typeof SharedArrayBuffer === 'undefined') throw new Error(missingIsolation('a shared ring'));
    const buffer = options.shared
      ? new SharedArrayBuffer(HEADER_BYTES + capacity)
      : new ArrayBuffer(HEADER_BYTES + capacity);
    new Int32Array(buffer)[0] = MAGIC;
    return new PacketRing(buffer);
  }

  /** The ring over the `buffer` of another one. Not real-time safe. @throws TypeError where the buffer is no ring's. */
  static attach(buffer: SharedArrayBuffer | ArrayBuffer): PacketRing {
    const capacity = (buffer?.byteLength ?? 0) - HEADER_BYTES;
    const fits = capacity >= 64 && (capacity & (capacity - 1)) === 0;
    if (!fits || new Int32Array(buffer, 0, 1)[0] !== MAGIC) {
      throwType('buffer', 'the buffer of a PacketRing', buffer);
    }
    return new PacketRing(buffer);
  }

  /** Bytes of records that can be written now. For the producer, real-time safe. */
  get free(): number {
    return this.capacity - this.#used();
  }

  /** Packets waiting. For either thread, real-time safe; while the other is at work it may be one off. */
  get count(): number {
    return (Atomics.load(this.#words, PACKETS_WRITTEN) - Atomics.load(this.#words, PACKETS_READ)) | 0;
  }

  /** Packets for which there was no room so far. For either thread, real-time safe. */
  get refused(): number {
    return Atomics.load(this.#words, REFUSED);
  }

  /**
   * Puts the `length` bytes of `source` from `offset` on into the ring, as a packet with `frames` frames and a number.
   * Returns false, and counts it as refused, where there is no room. For the producer; makes no garbage.
   */
  push(source: Uint8Array, offset: number, length: number, frames: number, sequence: number): boolean {
    const words = this.#words;
    const start = words[WRITTEN];
    const size = recordBytes(length);
    if (size > this.capacity - ((start - Atomics.load(words, READ)) | 0)) {
      Atomics.store(words, REFUSED, words[REFUSED] + 1);
      return false;
    }
    const mask = this.#mask;
    this.#setWord(start, length);
    this.#setWord(start + 4, frames);
    this.#setWord(start + 8, sequence);
    const bytes = this.#bytes;
    const first = start + RECORD_BYTES;
    // A loop, because a copy between arrays takes a view of a part, and that would be garbage.
    for (let index = 0; index < length; index++) bytes[(first + index) & mask] = source[offset + index];
    Atomics.store(words, PACKETS_WRITTEN, (words[PACKETS_WRITTEN] + 1) | 0);
    Atomics.store(words, WRITTEN, (start + size) | 0);
    return true;
  }

  /** Bytes of the next packet, -1 where there is none. For the consumer, real-time safe. */
  get nextLength(): number {
    return this.#used() === 0 ? -1 : this.#word(this.#words[READ]);
  }

  /** Frames of the next packet, which has to be there. For the consumer, real-time safe. */
  get nextFrames(): number {
    return this.#word(this.#words[READ] + 4);
  }

  /** Number of the next packet, which has to be there: a 32-bit integer with its sign. For the consumer, real-time safe. */
  get nextSequence(): number {
    return this.#word(this.#words[READ] + 8);
  }

  /**
   * Takes the next packet out and writes its bytes to `target` from `offset` on, where there has to be room for
   * `nextLength`. Returns the number of bytes, -1 where there is no packet. For the consumer; makes no garbage.
   */
  pull(target: Uint8Array, offset: number): number {
    const length = this.nextLength;
    if (length < 0) return -1;
    const mask = this.#mask;
    const bytes = this.#bytes;
    const first = this.#words[READ] + RECORD_BYTES;
    for (let index = 0; index < length; index++) target[offset + index] = bytes[(first + index) & mask];
    this.skip();
    return length;
  }

  /** Takes the next packet out unread; does nothing where there is none. For the consumer, real-time safe. */
  skip(): void {
    const length = this.nextLength;
    if (length < 0) return;
    Atomics.store(this.#words, PACKETS_READ, (this.#words[PACKETS_READ] + 1) | 0);
    Atomics.store(this.#words, READ, (this.#words[READ] + recordBytes(length)) | 0);
  }

  #used(): number {
    // The difference of two counts modulo 2^32 is at most the capacity, whichever of them has passed zero.
    return (Atomics.load(this.#words, WRITTEN) - Atomics.load(this.#words, READ)) | 0;
  }

  #word(position: number): number {
    return this.#words[HEADER_WORDS + ((position & this.#mask) >>> 2)];
  }

  #setWord(position: number, value: number): void {
    this.#words[HEADER_WORDS + ((position & this.#mask) >>> 2)] = value;
  }
}

/** What to do where there is no SharedArrayBuffer. */
export function missingIsolation(what: string): string {
  return (
    `${what} needs SharedArrayBuffer, which a page has when it is cross-origin isolated: serve it over https or from ` +
    `localhost with the headers 'Cross-Origin-Opener-Policy: same-origin' and 'Cross-Origin-Embedder-Policy: ` +
    `require-corp', or leave out { transport: 'shared' }`
  );
}
