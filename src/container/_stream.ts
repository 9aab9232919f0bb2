/** What a reader knows of the stream it is in: which page and frame come next, and what has been lost. */
import { crc32c } from '../coding/crc32c.js';
import { type HeaderPage, type Page, sameBytes } from './_page.js';
import type { StreamHeader, StreamTotals } from './types.js';

export class StreamState {
  readonly id: number;
  header: StreamHeader | undefined;
  /** The page flagged as the last has come. */
  hasEnded = false;
  nextSequence = 0;
  /** Frames lost so far; undefined once a loss was of unknown size. */
  framesLost: number | undefined = 0;
  /** A first header that came again: where packets from before its coming follow it, it began another stream. */
  restart: HeaderPage | undefined;
  /** What has come, to be held against what the index says; undefined where the reader joined late. */
  totals: Omit<StreamTotals, 'frames'> | undefined = { packets: 0, packetBytes: 0, checksum: 0 };
  #description: Uint8Array | undefined;
  /** Where the last page's packets start and how many they are: with a header, where the next ones start. */
  #pageFrame = 0;
  #pagePackets = 0;

  constructor(id: number) {
    this.id = id;
  }

  /** Starts the count at a page: nothing before it is missed. */
  joinAt(page: Page): void {
    this.nextSequence = page.sequence;
    this.#pageFrame = page.frame;
    if (page.sequence > 0) this.totals = undefined;
  }

  /** Whether a page, by its marks, is of another stream than this one. */
  isOver(page: Page): boolean {
    if (page.streamId !== this.id) return true;
    if (this.hasEnded) return page.sequence !== this.nextSequence - 1;
    if (page.kind === 'header') {
      return this.#description !== undefined && !sameBytes(page.description, this.#description);
    }
    return page.kind === 'packets' && this.restart !== undefined && page.sequence < this.nextSequence;
  }

  /** The frame the next packet starts at; undefined where that takes a header. */
  nextFrame(header = this.header): number | undefined {
    if (this.#pagePackets === 0) return this.#pageFrame;
    return header && this.#pageFrame + this.#pagePackets * header.framesPerPacket;
  }

  /** What a page says that cannot be, after the pages before it; undefined where all is well. */
  contradiction(page: Page): string | undefined {
    const total = this.header?.totalFrames;
    if (page.kind === 'header' && total !== undefined && (page.header.totalFrames ?? total) !== total) {
      return `a header says ${page.header.totalFrames} frames, one before it ${total}`;
    }
    const nextFrame = this.nextFrame(page.kind === 'header' ? page.header : this.header);
    if (nextFrame !== undefined && page.frame < nextFrame) {
      return `page ${page.sequence} starts at frame ${page.frame}, before the end of the page before it`;
    }
    const nothingIsMissing = this.framesLost === 0 && page.sequence === this.nextSequence;
    if (page.kind === 'index' && nothingIsMissing && this.totals !== undefined) {
      const { packets, packetBytes, checksum } = page.index;
      const { totals } = this;
      if (packets !== totals.packets || packetBytes !== totals.packetBytes || checksum !== totals.checksum) {
        return 'the packets are not those that the index sums up';
      }
    }
    if (page.kind === 'packets' && this.header) {
      const end = page.frame + page.packets.length * this.header.framesPerPacket;
      if (end > Number.MAX_SAFE_INTEGER) return `page ${page.sequence} goes beyond 2^53 frames`;
    }
    return undefined;
  }

  /** Frames of the stream from `from` to `to`; what lies beyond its exact length does not count. */
  framesBetween(from: number, to: number): number {
    const limit = this.header?.totalFrames ?? Infinity;
    return Math.max(Math.min(to, limit) - Math.min(from, limit), 0);
  }

  /** Counts a loss. */
  lose(frames: number | undefined): void {
    this.framesLost = frames === undefined || this.framesLost === undefined ? undefined : this.framesLost + frames;
  }

  /** Takes over what a header page says, and tells what that was to this stream. */
  acceptHeader(page: HeaderPage): 'first' | 'repeated' | 'completed' {
    const before = this.header;
    this.#description ??= page.description;
    if (before !== undefined && (before.totalFrames !== undefined || page.header.totalFrames === undefined)) {
      return 'repeated';
    }
    this.header = page.header;
    return before === undefined ? 'first' : 'completed';
  }

  /** Moves on behind a page. */
  accept(page: Page): void {
    this.nextSequence = page.sequence + 1;
    this.#pageFrame = page.frame;
    this.#pagePackets = page.kind === 'packets' ? page.packets.length : 0;
    if (page.kind === 'packets' && this.totals !== undefined) {
      let { packets, packetBytes, checksum } = this.totals;
      for (const packet of page.packets) {
        packets++;
        packetBytes += packet.length;
        checksum = crc32c(packet, checksum);
      }
      this.totals = { packets, packetBytes, checksum };
    }
    this.hasEnded = page.isLast;
    this.restart = undefined;
  }
}
