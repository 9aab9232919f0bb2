/** Bytes of a .paley stream in, in pieces of any size; headers, packets and reports of damage out. */
import { checkBoolean, checkBytes, checkOptions } from '../engine/check.js';
import { BitstreamError } from '../engine/errors.js';
import { SIGNATURE, SIGNATURE_OFFSET, SYNC } from './_layout.js';
import { type HeaderPage, type Page, RefusedError, readPage } from './_page.js';
import { PageScanner } from './_scan.js';
import { StreamState } from './_stream.js';
import type { ContainerEvent, PacketRecord, StreamHeader } from './types.js';

/** How much of what is pushed is looked at in one go: bounds the memory a large piece takes. */
const PUSH_BYTES = 2 ** 16;
/** Enough to see what became of the signature. */
const HEAD_BYTES = SIGNATURE_OFFSET + 2 * SIGNATURE.length;

export interface PaleyReaderOptions {
  /** The bytes start somewhere inside a stream: what came before the first page is not missed. Default: false. */
  lateJoin?: boolean;
}

/**
 * Reads .paley streams, one or several on end. Push bytes as they come, then `end`; the events do not depend on how the
 * bytes are cut. Damage is reported and passed over; pages count once and in order, so that one which comes twice, or
 * after a later one, is reported and dropped. Packets may come before the first header: decode them when it is known,
 * or not at all. Memory: at most twice the largest page, 16 MiB, and only as much as was pushed. Not real-time safe.
 *
 * Refuses with a BitstreamError a stream of a later version, one with pages it does not know and must not pass over,
 * and, at the `end`, one without any header. What `push` had read before is handed out first: then the next call throws.
 *
 * @example
 * ```ts
 * import { PaleyReader, PaleyWriter } from 'paley';
 * const writer = new PaleyWriter({
 *   sampleRate: { numerator: 1, denominator: 10 }, channels: [{ name: 'level', unit: 'm' }],
 *   codec: 'int8', parameters: {}, framesPerPacket: 4,
 * });
 * writer.write(new Uint8Array([1, 2, 3, 4]));
 * const reader = new PaleyReader();
 * for (const event of [...reader.push(writer.finish(3)), ...reader.end()]) console.log(event.type);
 * // header, header, packets, header, end
 * ```
 */
export class PaleyReader {
  readonly #lateJoin: boolean;
  readonly #scanner = new PageScanner();
  readonly #head: number[] = [];
  #stream: StreamState | undefined;
  /** Where the bytes begin that have not been read since the last good page, and what was wrong with the first. */
  #damage: { byteOffset: number; reason: string } | undefined;
  #events: ContainerEvent[] = [];
  /** The header page read last, whatever came of it: spares repetitions the parsing. */
  #knownHeader: HeaderPage | undefined;
  #isFirstPage = true;
  #hasHeader = false;
  #isEnded = false;
  #failure: BitstreamError | undefined;

  constructor(options: PaleyReaderOptions = {}) {
    checkOptions('PaleyReader options', options, ['lateJoin']);
    this.#lateJoin = checkBoolean('lateJoin', options.lateJoin ?? false);
  }

  /** The header of the stream being read; undefined before one has come. */
  get header(): StreamHeader | undefined {
    return this.#stream?.header;
  }

  /** Takes the next bytes, which the caller may use again at once, and returns what they complete. */
  push(bytes: Uint8Array): ContainerEvent[] {
    checkBytes('bytes', bytes);
    this.#checkOpen();
    this.#events = [];
    try {
      for (let at = 0; at < bytes.length; at += PUSH_BYTES) {
        const piece = bytes.subarray(at, at + PUSH_BYTES);
        for (let i = 0; this.#head.length < HEAD_BYTES && i < piece.length; i++) this.#head.push(piece[i]);
        this.#scanner.append(piece);
        this.#readPages(false);
      }
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      this.#failure = error.error;
      if (this.#events.length === 0) throw error.error; // else the next call throws it
    }
    return this.#events;
  }

  /** Says that no bytes follow, and returns what was left to say: damage at the end, and the end itself. */
  end(): ContainerEvent[] {
    this.#checkOpen();
    this.#events = [];
    this.#isEnded = true;
    try {
      this.#readPages(true);
    } catch (error) {
      throw error instanceof RefusedError ? error.error : error;
    }
    const { byteOffset } = this.#scanner;
    this.#closeStream(byteOffset);
    if (this.#damage) this.#reportDamage(byteOffset, 0, 0, undefined);
    if (!this.#hasHeader) throw new BitstreamError(this.#noHeaderMessage(), 0);
    return this.#events;
  }

  #checkOpen(): void {
    if (this.#failure) throw this.#failure;
    if (this.#isEnded) throw new Error('PaleyReader was used after end(): make a new one');
  }

  #readPages(isFinal: boolean): void {
    for (;;) {
      const scanned = this.#scanner.next(isFinal);
      const damage = this.#scanner.takeDamage(); // always taken: what is left there would be told of the next page
      this.#damage ??= damage;
      if (scanned === undefined) return;
      try {
        const page = readPage(scanned, this.#knownHeader);
        if (page.kind === 'header') this.#knownHeader = page;
        this.#takePage(page);
      } catch (error) {
        if (!(error instanceof BitstreamError)) throw error;
        this.#damage ??= { byteOffset: scanned.byteOffset, reason: error.message };
      }
    }
  }

  #takePage(page: Page): void {
    if (this.#stream?.isOver(page)) {
      const { restart } = this.#stream;
      this.#closeStream(page.byteOffset);
      this.#stream = undefined;
      if (page.kind === 'packets' && restart !== undefined && restart.streamId === page.streamId) {
        this.#stream = new StreamState(restart.streamId);
        this.#stream.joinAt(restart);
        this.#acceptPage(this.#stream, restart);
      }
    }
    if (this.#stream === undefined) {
      this.#stream = new StreamState(page.streamId);
      if (this.#lateJoin && this.#isFirstPage) {
        this.#stream.joinAt(page);
        this.#damage = undefined;
      }
    }
    this.#isFirstPage = false;
    const stream = this.#stream;

    if (page.sequence < stream.nextSequence) {
      if (page.kind === 'header' && page.frame === 0) stream.restart = page;
      this.#damage ??= { byteOffset: page.byteOffset, reason: `page ${page.sequence} came late or twice` };
      this.#reportDamage(page.byteOffset + page.byteLength, 0, 0, undefined);
      return;
    }
    const contradiction = stream.contradiction(page);
    if (contradiction !== undefined) {
      this.#damage ??= { byteOffset: page.byteOffset, reason: contradiction };
      return;
    }
    this.#acceptPage(stream, page);
  }

  /** Reports what is missing before a page, hands the page out, and ends the stream where it is the last. */
  #acceptPage(stream: StreamState, page: Page): void {
    const { byteOffset, byteLength, sequence, frame } = page;
    const role = page.kind === 'header' ? stream.acceptHeader(page) : undefined;
    const pagesLost = sequence - stream.nextSequence;
    const nextFrame = stream.nextFrame();
    // An index knows the length, and the packet after the last one starts beyond it.
    const end = page.kind === 'index' ? Math.min(frame, page.index.frames) : frame;
    const framesLost = nextFrame !== undefined ? stream.framesBetween(nextFrame, end) : pagesLost === 0 ? 0 : undefined;
    if (this.#damage !== undefined || pagesLost > 0 || framesLost !== 0) {
      const missing = pagesLost > 0 ? `${pagesLost} ${pagesLost === 1 ? 'page is' : 'pages are'}` : 'frames are';
      this.#damage ??= { byteOffset, reason: `${missing} missing` };
      this.#reportDamage(byteOffset, pagesLost, framesLost, nextFrame);
    }
    stream.accept(page);
    if (page.kind === 'header') {
      const isNext = role === 'first' && this.#hasHeader;
      this.#hasHeader = true;
      const header = stream.header!;
      this.#events.push({ type: 'header', role: isNext ? 'next' : role!, header, sequence, byteOffset, byteLength });
    } else if (page.kind === 'packets') {
      const framesPerPacket = stream.header?.framesPerPacket;
      const packets: PacketRecord[] = page.packets.map((bytes, at) => ({
        bytes,
        firstFrame: framesPerPacket && frame + at * framesPerPacket,
      }));
      this.#events.push({ type: 'packets', sequence, firstFrame: frame, packets, byteOffset, byteLength });
    } else if (page.kind === 'metadata') {
      this.#events.push({ type: 'metadata', metadata: page.metadata, sequence, byteOffset, byteLength });
    } else if (page.kind === 'index') {
      const { distance: _, ...index } = page.index;
      this.#events.push({ type: 'index', ...index, sequence, byteOffset, byteLength });
    } else {
      this.#events.push({ type: 'skipped', kind: page.kindNumber, sequence, byteOffset, byteLength });
    }
    if (page.isLast) this.#endStream(stream, byteOffset + byteLength);
  }

  /** The last page has come: only packets that never were can be missing now. */
  #endStream(stream: StreamState, byteOffset: number): void {
    const nextFrame = stream.nextFrame();
    const total = stream.header?.totalFrames;
    if (total !== undefined && nextFrame !== undefined && nextFrame < total) {
      this.#damage = { byteOffset, reason: 'the stream has fewer frames than its header says' };
      this.#reportDamage(byteOffset, 0, total - nextFrame, nextFrame);
    }
    this.#pushEnd(stream, byteOffset);
  }

  /** Nothing more can come of the stream: reports how much of it is missing, unless its last page has come. */
  #closeStream(byteOffset: number): void {
    const stream = this.#stream;
    if (stream === undefined || stream.hasEnded) return;
    const nextFrame = stream.nextFrame();
    const total = stream.header?.totalFrames;
    const isKnown = total !== undefined && nextFrame !== undefined;
    this.#damage ??= { byteOffset, reason: 'the stream ends without its last page' };
    this.#reportDamage(byteOffset, undefined, isKnown ? stream.framesBetween(nextFrame, total) : undefined, nextFrame);
    this.#pushEnd(stream, byteOffset);
  }

  #pushEnd(stream: StreamState, byteOffset: number): void {
    const { header, framesLost } = stream;
    const frames = header && (header.totalFrames ?? stream.nextFrame());
    const complete = header !== undefined && framesLost === 0;
    this.#events.push({ type: 'end', complete, frames, framesLost, byteOffset });
  }

  /** Reports the damage at hand, which ends before `end`. */
  #reportDamage(
    end: number,
    pagesLost: number | undefined,
    framesLost: number | undefined,
    nextFrame: number | undefined,
  ): void {
    const { byteOffset, reason } = this.#damage!;
    this.#damage = undefined;
    this.#stream?.lose(framesLost);
    const firstFrame = framesLost === 0 ? undefined : nextFrame;
    this.#events.push({
      type: 'damage',
      byteOffset,
      byteLength: end - byteOffset,
      reason,
      pagesLost,
      framesLost,
      firstFrame,
    });
  }

  #noHeaderMessage(): string {
    if (this.#head.length === 0) return 'no stream header: the stream is empty';
    const head = String.fromCharCode(...this.#head);
    const startsWithSync = head.startsWith(String.fromCharCode(...SYNC));
    const name = head.indexOf('paley');
    const signature = head.slice(name, name + SIGNATURE.length);
    if (startsWithSync && name > 0 && signature.length === SIGNATURE.length) {
      if (signature !== String.fromCharCode(...SIGNATURE)) {
        return 'no stream header: line ends were changed, as a transfer in text mode does';
      }
    }
    const isPaley = startsWithSync || !this.#isFirstPage;
    return `no stream header: ${isPaley ? 'every copy is damaged or missing' : 'this is no .paley stream'}`;
  }
}
