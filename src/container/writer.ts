/** Packets in, the bytes of a .paley stream out. */
import { ByteWriter } from '../coding/bytes.js';
import { crc32c } from '../coding/crc32c.js';
import { checkBoolean, checkBytes, checkInteger, checkOptions } from '../engine/check.js';
import { encodeDescription, writeHeaderFields } from './_header-page.js';
import { writeIndex } from './_index-page.js';
import {
  encodePage,
  FLAG_LAST,
  FLAG_SKIPPABLE,
  KIND_HEADER,
  KIND_INDEX,
  KIND_METADATA,
  KIND_PACKETS,
  MAX_PACKET_BYTES,
  MAX_PACKETS_PER_PAGE,
} from './_layout.js';
import { writeMetadata } from './_metadata-page.js';
import { writeLengths } from './_packets-page.js';
import { SeekTable } from './_seek-table.js';
import type { Metadata, StreamHeader } from './types.js';

const MAX_FRAMES = Number.MAX_SAFE_INTEGER;

/** How a PaleyWriter cuts its pages. */
export interface PaleyWriterOptions {
  /** One packet a page, each handed out at once. Default: false, many packets a page. */
  live?: boolean;
  /** Packets pages between two copies of the header, for readers that join late. Default: 32 when live, else 64. */
  headerInterval?: number;
  /** Packet bytes that fill a page, 1 to 2^23. Default: 65536. Ignored when live. */
  pageBytes?: number;
  /** The same of all pages behind the first: smaller ones lose less where a byte is damaged. Default: `pageBytes`. */
  laterPageBytes?: number;
  /**
   * 0 to 65535: what tells this stream from one appended to it. Default: taken from a checksum of the header, so that
   * the same recording gives the same bytes.
   */
  streamId?: number;
  /** Texts by name, `{ title: 'Morning' }`: at most 1024, keys of 1 to 255 bytes, values of at most 64 KiB, 1 MiB in all. */
  metadata?: Metadata;
  /**
   * Whether a page before the last one tells where decoding can start, and sums the packets up. Default: true, but for a
   * stream of one page of packets that decoding starts from alone: its page's own checksum says as much.
   */
  index?: boolean;
}

/** What the writer has to know of a packet. */
export interface PacketOptions {
  /** Whether decoding can start at this packet. Default: true, as with all codecs whose packets stand alone. */
  key?: boolean;
}

/**
 * Writes one .paley stream. The header goes out with the first bytes and once more at the end, with the exact length, so
 * that no single damaged place loses it; twice at first where more than one page of packets follows, for those who read
 * from a pipe. What the methods return is the caller's to keep. Allocates: not real-time safe.
 *
 * @example
 * ```ts
 * import { PaleyWriter } from 'paley';
 * const writer = new PaleyWriter({
 *   sampleRate: { numerator: 16000, denominator: 1 }, channels: [{}], codec: 'int8', parameters: {}, framesPerPacket: 4,
 * });
 * const parts = [writer.write(new Uint8Array([1, 2, 3, 4])), writer.finish(3)]; // 3 frames: the last packet is not full
 * const bytes = parts.reduce((sum, part) => sum + (part?.length ?? 0), 0);
 * console.log(bytes > 0); // true
 * ```
 */
export class PaleyWriter {
  /** Marks this stream's pages. */
  readonly streamId: number;
  readonly #description: Uint8Array;
  readonly #framesPerPacket: number;
  readonly #totalFrames: number | undefined;
  readonly #headerInterval: number;
  #pageBytes: number;
  readonly #laterPageBytes: number;
  readonly #maxPackets: number;
  readonly #metadata: Uint8Array | undefined;
  /** Undefined: where it is worth its bytes. */
  readonly #hasIndex: boolean | undefined;
  readonly #seekTable = new SeekTable();
  /** Bytes handed out, or waiting to be together with others. */
  #bytes = 0;
  #packetBytes = 0;
  #checksum = 0;
  #packets: ByteWriter;
  #lengths: number[] = [];
  #packetCount = 0;
  #pageFirstFrame = 0;
  #sequence = 0;
  #pagesSinceHeader = 0;
  /** Copies of the header that the stream began with; 1 where all of it was at hand when the first bytes went out. */
  #firstHeaders = 2;
  #isFinished = false;

  /** Throws a TypeError or RangeError that names the field of `header` or the option at fault. */
  constructor(header: StreamHeader, options: PaleyWriterOptions = {}) {
    checkOptions('PaleyWriter options', options, [
      'live',
      'headerInterval',
      'pageBytes',
      'laterPageBytes',
      'streamId',
      'metadata',
      'index',
    ]);
    const live = checkBoolean('live', options.live ?? false);
    this.#headerInterval = checkInteger('headerInterval', options.headerInterval ?? (live ? 32 : 64), 1, MAX_FRAMES);
    this.#pageBytes = checkInteger('pageBytes', options.pageBytes ?? 2 ** 16, 1, MAX_PACKET_BYTES);
    this.#laterPageBytes = checkInteger(
      'laterPageBytes',
      options.laterPageBytes ?? this.#pageBytes,
      1,
      MAX_PACKET_BYTES,
    );
    this.#maxPackets = live ? 1 : MAX_PACKETS_PER_PAGE;
    this.#description = encodeDescription('header', header);
    this.#framesPerPacket = header.framesPerPacket;
    this.#totalFrames = header.totalFrames;
    if (header.totalFrames !== undefined) checkInteger('header.totalFrames', header.totalFrames, 0, MAX_FRAMES);
    this.streamId = checkInteger('streamId', options.streamId ?? crc32c(this.#description) & 0xffff, 0, 0xffff);
    this.#packets = new ByteWriter(live ? 256 : this.#pageBytes);
    if (options.metadata !== undefined) {
      const body = new ByteWriter();
      writeMetadata(body, 'metadata', options.metadata);
      this.#metadata = body.copy();
    }
    this.#hasIndex = options.index === undefined ? undefined : checkBoolean('index', options.index);
  }

  /** Packets written so far. */
  get packetCount(): number {
    return this.#packetCount;
  }

  /**
   * Takes the next packet, at most 2^23 bytes, 0 included, and copies it. Returns the bytes that are ready to go out,
   * or undefined while the page is not full.
   */
  write(packet: Uint8Array, options: PacketOptions = {}): Uint8Array | undefined {
    this.#checkOpen();
    checkOptions('packet options', options, ['key']);
    const key = checkBoolean('key', options.key ?? true);
    checkBytes('packet', packet);
    if (packet.length > MAX_PACKET_BYTES) {
      throw new RangeError(`packet expected at most ${MAX_PACKET_BYTES} bytes, got ${packet.length}`);
    }
    const frames = (this.#packetCount + 1) * this.#framesPerPacket;
    if (frames > MAX_FRAMES) throw new RangeError('a stream has fewer than 2^53 frames');
    const parts: Uint8Array[] = [];
    if (this.#lengths.length > 0 && this.#packets.length + packet.length > this.#pageBytes) this.#emitPackets(parts);
    if (this.#hasIndex !== false) {
      this.#checksum = crc32c(packet, this.#checksum);
      this.#packetBytes += packet.length;
      this.#seekTable.note(this.#packetCount, key);
    }
    this.#packets.bytes(packet);
    this.#lengths.push(packet.length);
    this.#packetCount++;
    if (this.#packets.length >= this.#pageBytes || this.#lengths.length >= this.#maxPackets) this.#emitPackets(parts);
    return parts.length > 0 ? concatenate(parts) : undefined;
  }

  /** Closes the page under way and returns it; undefined where no packet waits. For streams that must not lag too far. */
  flush(): Uint8Array | undefined {
    this.#checkOpen();
    if (this.#lengths.length === 0) return undefined;
    const parts: Uint8Array[] = [];
    this.#emitPackets(parts);
    return concatenate(parts);
  }

  /**
   * Returns the last bytes: the page under way, and the header with the exact length. `frames` is that length, at most
   * what the packets hold; default: the header's, else all that the packets hold.
   */
  finish(frames?: number): Uint8Array {
    this.#checkOpen();
    const held = this.#packetCount * this.#framesPerPacket;
    const total = checkInteger('frames', frames ?? this.#totalFrames ?? held, 0, held);
    if (this.#totalFrames !== undefined && total !== this.#totalFrames) {
      throw new RangeError(`frames expected ${this.#totalFrames} as the header said, got ${total}`);
    }
    this.#isFinished = true;
    const parts: Uint8Array[] = [];
    if (this.#sequence === 0) {
      this.#firstHeaders = 1;
      this.#emitFirstHeaders(parts, total);
    }
    if (this.#lengths.length > 0) this.#emitPackets(parts);
    const isOnePage = this.#firstHeaders === 1;
    if (this.#hasIndex ?? !(isOnePage && this.#seekTable.length <= 1)) this.#emit(parts, this.#indexPage(held, total));
    this.#emit(parts, this.#headerPage(this.#sequence++, held, FLAG_LAST, total));
    return concatenate(parts);
  }

  /**
   * The stream's very first bytes, as they would be had its length been known: of the same size as those that went out,
   * to be written over them at offset 0 of a file.
   */
  firstHeader(frames: number): Uint8Array {
    checkInteger('frames', frames, 0, MAX_FRAMES);
    return concatenate(
      Array.from({ length: this.#firstHeaders }, (_, sequence) => this.#headerPage(sequence, 0, 0, frames)),
    );
  }

  #checkOpen(): void {
    if (this.#isFinished) throw new Error('PaleyWriter was used after finish(): make a new one');
  }

  #beginBody(sequence: number, frame: number, capacity: number): ByteWriter {
    return new ByteWriter(capacity).unsigned(this.streamId, 2).varint(sequence).varint(frame);
  }

  #headerPage(sequence: number, frame: number, flags: number, totalFrames: number | undefined): Uint8Array {
    const body = this.#beginBody(sequence, frame, this.#description.length + 40);
    writeHeaderFields(body, totalFrames);
    return encodePage(KIND_HEADER, flags, body.bytes(this.#description).view());
  }

  #metadataPage(frame: number): Uint8Array {
    const metadata = this.#metadata as Uint8Array;
    const body = this.#beginBody(this.#sequence++, frame, metadata.length + 32);
    return encodePage(KIND_METADATA, FLAG_SKIPPABLE, body.bytes(metadata).view());
  }

  #indexPage(frame: number, frames: number): Uint8Array {
    const body = this.#beginBody(this.#sequence++, frame, 256);
    writeIndex(body, {
      frames,
      packets: this.#packetCount,
      packetBytes: this.#packetBytes,
      checksum: this.#checksum,
      distance: this.#bytes,
      points: this.#seekTable.points(this.#framesPerPacket),
    });
    return encodePage(KIND_INDEX, FLAG_SKIPPABLE, body.view());
  }

  #emit(parts: Uint8Array[], page: Uint8Array): void {
    parts.push(page);
    this.#bytes += page.length;
  }

  #emitFirstHeaders(parts: Uint8Array[], totalFrames: number | undefined): void {
    for (let copy = 0; copy < this.#firstHeaders; copy++) {
      this.#emit(parts, this.#headerPage(this.#sequence++, 0, 0, totalFrames));
    }
    if (this.#metadata !== undefined) this.#emit(parts, this.#metadataPage(0));
  }

  #emitPackets(parts: Uint8Array[]): void {
    if (this.#sequence === 0) {
      this.#emitFirstHeaders(parts, this.#totalFrames);
    } else if (this.#pagesSinceHeader >= this.#headerInterval) {
      this.#emit(parts, this.#headerPage(this.#sequence++, this.#pageFirstFrame, 0, this.#totalFrames));
      if (this.#metadata !== undefined) this.#emit(parts, this.#metadataPage(this.#pageFirstFrame));
      this.#pagesSinceHeader = 0;
    }
    const packets = this.#packets.view();
    const body = this.#beginBody(
      this.#sequence++,
      this.#pageFirstFrame,
      packets.length + 2 * this.#lengths.length + 32,
    );
    writeLengths(body, this.#lengths);
    this.#seekTable.endPage(this.#bytes);
    this.#emit(parts, encodePage(KIND_PACKETS, 0, body.bytes(packets).view()));
    this.#packets.clear();
    this.#pageBytes = this.#laterPageBytes;
    this.#lengths.length = 0;
    this.#pageFirstFrame = this.#packetCount * this.#framesPerPacket;
    this.#pagesSinceHeader++;
  }
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0];
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
