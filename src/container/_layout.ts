/**
 * The frame that every page has, whatever its kind and version:
 *
 *      0        4    5    6    7          10      12                 12+n
 *     +--------+----+----+----+----------+-------+------------------+--------+
 *     | sync   | v  | k  | f  |    n     | check |  body, n bytes   | CRC-32C|
 *     +--------+----+----+----+----------+-------+------------------+--------+
 *
 * v version, k kind, f flags, n body length; numbers are little-endian. `check` is the low half of the CRC-32C of bytes
 * 0 to 9, so that a damaged length is known at once and never waited for; the CRC-32C at the end covers bytes 0 to
 * 12+n−1. No later version moves these, which is what lets a reader tell a later version from a damaged byte.
 */
import { crc32c } from '../coding/crc32c.js';

export const VERSION = 0;

/** õpal: 0xF5 occurs in no UTF-8 text, and no end of the pattern is one of its starts. */
export const SYNC = Object.freeze([0xf5, 0x70, 0x61, 0x6c] as const);

/** `paley`, then the line ends and the end-of-file sign that transfers in text mode change (the habit of PNG, 1996). */
export const SIGNATURE = Object.freeze([0x70, 0x61, 0x6c, 0x65, 0x79, 0x0d, 0x0a, 0x1a, 0x0a] as const);

/** Where the signature stands in a stream's first page. */
export const SIGNATURE_OFFSET = 16;

export const PREFIX_BYTES = 12;
export const CHECKSUM_BYTES = 4;

/** The largest body, for the length has three bytes. */
export const MAX_BODY_BYTES = 2 ** 24 - 1;

/** The largest packet; with its page's other fields it fits the largest body. */
export const MAX_PACKET_BYTES = 2 ** 23;

/** A bound on what a small page can make a reader allocate. */
export const MAX_PACKETS_PER_PAGE = 4096;

export const MAX_FRAMES_PER_PACKET = 2 ** 24;
export const MAX_CHANNELS = 64;
export const MAX_CODEC_BYTES = 64;
export const MAX_NAME_BYTES = 255;
export const MAX_UNIT_BYTES = 63;
export const MAX_PARAMETERS_BYTES = 2 ** 16;
export const MAX_PARAMETERS_DEPTH = 64;

export const MAX_METADATA_ENTRIES = 1024;
export const MAX_METADATA_BYTES = 2 ** 20;
export const MAX_KEY_BYTES = 255;
export const MAX_VALUE_BYTES = 2 ** 16;

export const KIND_HEADER = 0;
export const KIND_PACKETS = 1;
/** Skippable, as all kinds beyond the first two. */
export const KIND_METADATA = 2;
export const KIND_INDEX = 3;

/** A reader that does not know the page's kind may pass over it. */
export const FLAG_SKIPPABLE = 1;
/** No further page of this stream follows. */
export const FLAG_LAST = 2;

/** The low half of the CRC-32C of a page's first ten bytes. */
export function prefixCheck(prefix: Uint8Array): number {
  return crc32c(prefix.subarray(0, 10)) & 0xffff;
}

/** A whole page around a body. */
export function encodePage(kind: number, flags: number, body: Uint8Array): Uint8Array {
  const page = new Uint8Array(PREFIX_BYTES + body.length + CHECKSUM_BYTES);
  const view = new DataView(page.buffer);
  page.set(SYNC);
  page[4] = VERSION;
  page[5] = kind;
  page[6] = flags;
  view.setUint16(7, body.length & 0xffff, true);
  page[9] = body.length >>> 16;
  view.setUint16(10, prefixCheck(page), true);
  page.set(body, PREFIX_BYTES);
  const end = PREFIX_BYTES + body.length;
  view.setUint32(end, crc32c(page.subarray(0, end)), true);
  return page;
}
