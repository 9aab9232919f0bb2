/** Collects, while packets go into pages, the places that decoding can start from. */
import type { SeekPoint } from './types.js';

/** Points kept: with more, every other one is dropped and those to come stand twice as far apart. */
const MOST_POINTS = 16384;

export class SeekTable {
  /** Of each point: its packet's number and its page's place. */
  #packets: number[] = [];
  #offsets: number[] = [];
  /** Keys of the page under way. */
  #keys: number[] = [];
  #allAreKeys = true;
  /** Packets between two points at least. */
  #spacing = 1;

  /** Takes note of the next packet. */
  note(packet: number, key: boolean): void {
    if (!key) this.#allAreKeys = false;
    // Where every packet is a key, the first one stands for its page: the others are found when that is read.
    else if (this.#keys.length === 0 || !this.#allAreKeys) this.#keys.push(packet);
  }

  /** The packets noted so far make up a page that starts at this byte of the stream. */
  endPage(byteOffset: number): void {
    for (const packet of this.#keys) {
      const last = this.#packets[this.#packets.length - 1];
      if (last !== undefined && packet - last < this.#spacing) continue;
      this.#packets.push(packet);
      this.#offsets.push(byteOffset);
      if (this.#packets.length > MOST_POINTS) this.#thin();
    }
    this.#keys.length = 0;
    this.#allAreKeys = true;
  }

  get length(): number {
    return this.#packets.length;
  }

  points(framesPerPacket: number): SeekPoint[] {
    return this.#packets.map((packet, at) => ({ frame: packet * framesPerPacket, byteOffset: this.#offsets[at] }));
  }

  #thin(): void {
    const isKept = (_: number, at: number) => at % 2 === 0;
    this.#packets = this.#packets.filter(isKept);
    this.#offsets = this.#offsets.filter(isKept);
    const span = this.#packets[this.#packets.length - 1] - this.#packets[0];
    this.#spacing = Math.max(2 * this.#spacing, Math.floor(span / this.#packets.length));
  }
}
