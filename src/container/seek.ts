/** Finds the indexes of .paley streams from the end of a file, so that reading can start anywhere in it. */
import { crc32c } from '../coding/crc32c.js';
import { throwType } from '../engine/check.js';
import { BitstreamError } from '../engine/errors.js';
import { PAGE_LENGTH_BYTES } from './_index-page.js';
import { CHECKSUM_BYTES, MAX_BODY_BYTES, MAX_PARAMETERS_BYTES, PREFIX_BYTES, prefixCheck, SYNC } from './_layout.js';
import { type HeaderPage, type IndexPage, type Page, RefusedError, readPage, sameBytes } from './_page.js';
import type { SeekPoint, StreamHeader } from './types.js';

/** More than the longest header page: its parameters, 64 channels with name and unit, and 1 kB of the rest. */
const HEADER_PAGE_BYTES = MAX_PARAMETERS_BYTES + 64 * (255 + 63 + 4) + 1024;
/** Streams on end that are looked for; a file of more is read from its start. */
const MOST_STREAMS = 4096;

/** Bytes that can be read at any place, a file's say. */
export interface RandomAccess {
  readonly size?: number;
  /** Fills the array with the bytes from a position on, and returns how many there were. */
  readAt?(into: Uint8Array, position: number): Promise<number>;
}

/** Where one stream of a file lies, and where its decoding can start. */
export interface StreamIndex {
  readonly header: StreamHeader;
  /** Its exact length. */
  readonly frames: number;
  /** Its first byte in the file. */
  readonly byteOffset: number;
  readonly byteLength: number;
  /** In ascending order; their byte offsets count from the stream's first byte. */
  readonly points: readonly SeekPoint[];
}

/** A page that starts with the bytes given; undefined where there is none. */
function parsePage(bytes: Uint8Array, byteOffset: number): Page | undefined {
  if (bytes.length < PREFIX_BYTES + CHECKSUM_BYTES || SYNC.some((byte, at) => bytes[at] !== byte)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (prefixCheck(bytes) !== view.getUint16(10, true)) return undefined;
  const bodyLength = view.getUint16(7, true) | (bytes[9] << 16);
  const end = PREFIX_BYTES + bodyLength;
  if (end + CHECKSUM_BYTES > bytes.length) return undefined;
  if (crc32c(bytes.subarray(0, end)) !== view.getUint32(end, true)) return undefined;
  const byteLength = end + CHECKSUM_BYTES;
  const [version, kind, flags] = bytes.subarray(4, 7);
  try {
    return readPage({ byteOffset, byteLength, version, kind, flags, body: bytes.slice(PREFIX_BYTES, end) }, undefined);
  } catch (error) {
    if (error instanceof BitstreamError || error instanceof RefusedError) return undefined;
    throw error;
  }
}

class Backwards {
  readonly #readAt: NonNullable<RandomAccess['readAt']>;

  constructor(file: RandomAccess) {
    this.#readAt = (into, position) => (file.readAt as NonNullable<RandomAccess['readAt']>)(into, position);
  }

  async #read(start: number, end: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(end - start);
    let done = 0;
    while (done < bytes.length) {
      const count = await this.#readAt(bytes.subarray(done), start + done);
      if (count === 0) break;
      done += count;
    }
    return bytes.subarray(0, done);
  }

  /** The header page flagged LAST that ends at `end`. */
  async lastPage(end: number): Promise<HeaderPage | undefined> {
    const start = Math.max(0, end - HEADER_PAGE_BYTES);
    const bytes = await this.#read(start, end);
    for (let at = bytes.lastIndexOf(SYNC[0]); at >= 0; at = at === 0 ? -1 : bytes.lastIndexOf(SYNC[0], at - 1)) {
      const page = parsePage(bytes.subarray(at), start + at);
      if (page?.kind === 'header' && page.isLast && page.byteOffset + page.byteLength === end) return page;
    }
    return undefined;
  }

  /** The index page that ends at `end`: its last field before the checksum tells its length. */
  async indexPage(end: number): Promise<IndexPage | undefined> {
    const tail = PAGE_LENGTH_BYTES + CHECKSUM_BYTES;
    if (end < tail) return undefined;
    const field = await this.#read(end - tail, end - CHECKSUM_BYTES);
    if (field.length < PAGE_LENGTH_BYTES) return undefined;
    const length = new DataView(field.buffer).getUint32(0, true);
    if (length > Math.min(end, PREFIX_BYTES + MAX_BODY_BYTES + CHECKSUM_BYTES)) return undefined;
    const page = parsePage(await this.#read(end - length, end), end - length);
    return page?.kind === 'index' && page.byteLength === length ? page : undefined;
  }

  /** The header page that starts at `start`. */
  async firstPage(start: number, end: number): Promise<HeaderPage | undefined> {
    const page = parsePage(await this.#read(start, Math.min(end, start + HEADER_PAGE_BYTES)), start);
    return page?.kind === 'header' ? page : undefined;
  }
}

/**
 * The indexes of all streams in a file, in order, from its end and the pages that stand there: a few reads a stream.
 * Undefined where one is missing or does not fit, where bytes were lost or added, say: then there is the way from the start.
 *
 * @example
 * ```ts
 * import { PaleyWriter, readIndexes } from 'paley';
 * const writer = new PaleyWriter({
 *   sampleRate: { numerator: 8, denominator: 1 }, channels: [{}], codec: 'int8', parameters: {}, framesPerPacket: 4,
 * });
 * writer.write(new Uint8Array(6));
 * const bytes = writer.finish();
 * const file = {
 *   size: bytes.length,
 *   readAt: async (into: Uint8Array, position: number) => {
 *     const part = bytes.subarray(position, position + into.length);
 *     into.set(part);
 *     return part.length;
 *   },
 * };
 * console.log((await readIndexes(file))?.[0].points.length); // 1
 * ```
 */
export async function readIndexes(file: RandomAccess): Promise<StreamIndex[] | undefined> {
  if (typeof file !== 'object' || file === null) throwType('file', 'an object with size and readAt', file);
  if (file.size === undefined || file.readAt === undefined) return undefined;
  const backwards = new Backwards(file);
  const streams: StreamIndex[] = [];
  for (let end = file.size; end > 0; ) {
    if (streams.length === MOST_STREAMS) return undefined;
    const last = await backwards.lastPage(end);
    const frames = last?.header.totalFrames;
    if (last === undefined || frames === undefined) return undefined;
    const index = await backwards.indexPage(last.byteOffset);
    if (index === undefined || index.streamId !== last.streamId || index.sequence !== last.sequence - 1) {
      return undefined;
    }
    const { distance, points } = index.index;
    const byteOffset = index.byteOffset - distance;
    if (byteOffset < 0) return undefined;
    const first = await backwards.firstPage(byteOffset, end);
    if (first === undefined || first.sequence !== 0 || !sameBytes(first.description, last.description))
      return undefined;
    streams.push({ header: last.header, frames, byteOffset, byteLength: end - byteOffset, points });
    end = byteOffset;
  }
  return streams.reverse();
}
