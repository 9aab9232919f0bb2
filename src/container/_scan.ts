/**
 * Finds pages in bytes that come in pieces of any size. A page counts when its sync, the check of its prefix and its
 * CRC-32C are right; after anything else the search goes on one byte behind the failed sync, never behind the length it
 * claimed. Decisions are made on whole pages only, so that the pieces' sizes leave no trace.
 */
import { crc32c } from '../coding/crc32c.js';
import { CHECKSUM_BYTES, PREFIX_BYTES, prefixCheck, SYNC } from './_layout.js';

/** A page as it stands, its checksum right and nothing else looked at. */
export interface ScannedPage {
  readonly byteOffset: number;
  readonly byteLength: number;
  readonly version: number;
  readonly kind: number;
  readonly flags: number;
  /** A copy. */
  readonly body: Uint8Array;
}

/** Bytes that are part of no page. */
export interface ScannedDamage {
  readonly byteOffset: number;
  readonly reason: string;
}

/**
 * Pages crafted to overlap, each with a right prefix and a wrong checksum, would cost a checksum of up to 16 MiB for
 * every twelve bytes. Honest data, even damaged, is summed about once: past this many times over, plus a start, syncs
 * whose page would go beyond are taken for chance.
 */
const MAX_CHECKSUM_PASSES = 16;
const CHECKSUM_START_BYTES = 2 ** 26;

export class PageScanner {
  #buffer = new Uint8Array(4096);
  #start = 0;
  #end = 0;
  /** Offset of `#buffer[0]` in the whole stream. */
  #base = 0;
  #damage: ScannedDamage | undefined;
  #summedBytes = 0;

  /** Offset of the next byte that is not part of a page found, or of bytes found damaged. */
  get byteOffset(): number {
    return this.#base + this.#start;
  }

  append(bytes: Uint8Array): void {
    if (this.#end + bytes.length > this.#buffer.length) {
      const kept = this.#end - this.#start;
      const needed = kept + bytes.length;
      // Twice what is kept, so that moving it to the front costs each byte a bounded number of copies.
      const target =
        needed > this.#buffer.length / 2 ? new Uint8Array(Math.max(2 * needed, this.#buffer.length)) : this.#buffer;
      target.set(this.#buffer.subarray(this.#start, this.#end));
      this.#buffer = target;
      this.#base += this.#start;
      this.#start = 0;
      this.#end = kept;
    }
    this.#buffer.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /** The damage before the next page, if any; forgets it. */
  takeDamage(): ScannedDamage | undefined {
    const damage = this.#damage;
    this.#damage = undefined;
    return damage;
  }

  /** The next whole page, or undefined where more bytes are needed; `isFinal` says that none will come. */
  next(isFinal: boolean): ScannedPage | undefined {
    while (this.#start < this.#end) {
      if (!this.#startsWithSync()) {
        const found = this.#buffer.subarray(0, this.#end).indexOf(SYNC[0], this.#start + 1);
        this.#pass('bytes that belong to no page', (found < 0 ? this.#end : found) - this.#start);
        continue;
      }
      const available = this.#end - this.#start;
      if (available < PREFIX_BYTES) {
        if (!isFinal) return undefined;
        this.#pass('a page is cut short', 1);
        continue;
      }
      const prefix = this.#buffer.subarray(this.#start, this.#start + PREFIX_BYTES);
      if (prefixCheck(prefix) !== (prefix[10] | (prefix[11] << 8))) {
        this.#pass("the check of a page's first bytes is wrong", 1);
        continue;
      }
      const bodyLength = prefix[7] | (prefix[8] << 8) | (prefix[9] << 16);
      const byteLength = PREFIX_BYTES + bodyLength + CHECKSUM_BYTES;
      if (available < byteLength) {
        if (!isFinal) return undefined;
        this.#pass('a page is cut short', 1);
        continue;
      }
      if (!this.#checksumIsRight(byteLength)) {
        this.#pass("a page's checksum is wrong", 1);
        continue;
      }
      const page = {
        byteOffset: this.byteOffset,
        byteLength,
        version: prefix[4],
        kind: prefix[5],
        flags: prefix[6],
        body: this.#buffer.slice(this.#start + PREFIX_BYTES, this.#start + PREFIX_BYTES + bodyLength),
      };
      this.#start += byteLength;
      return page;
    }
    return undefined;
  }

  /** Whether the bytes left are a sync, or could become one. */
  #startsWithSync(): boolean {
    const length = Math.min(SYNC.length, this.#end - this.#start);
    for (let at = 0; at < length; at++) {
      if (this.#buffer[this.#start + at] !== SYNC[at]) return false;
    }
    return true;
  }

  #checksumIsRight(byteLength: number): boolean {
    const allowance = MAX_CHECKSUM_PASSES * (this.byteOffset + byteLength) + CHECKSUM_START_BYTES;
    if (this.#summedBytes + byteLength > allowance) return false;
    this.#summedBytes += byteLength;
    const end = this.#start + byteLength - CHECKSUM_BYTES;
    const stored = new DataView(this.#buffer.buffer).getUint32(end, true);
    return crc32c(this.#buffer.subarray(this.#start, end)) === stored;
  }

  #pass(reason: string, count: number): void {
    this.#damage ??= { byteOffset: this.byteOffset, reason };
    this.#start += count;
  }
}
