/**
 * The body of an index page, behind the fields that all pages have:
 *
 *     frames varint | packets varint | packet bytes varint | checksum u32 | distance varint | points varint |
 *     points · (frames varint, bytes varint) | page length u32
 *
 * It stands right before the LAST page. `checksum` is the CRC-32C of all packets one behind the other, `distance` the
 * bytes from the stream's first page to this one. A seek point is a frame from which decoding can start and the place of
 * its page, each told from the point before: the first ones from frame 0 and the stream's first byte. The length at the
 * end lets a reader that has found the LAST page find the start of this one.
 */
import type { ByteReader, ByteWriter } from '../coding/bytes.js';
import { BitstreamError } from '../engine/errors.js';
import { CHECKSUM_BYTES, MAX_PACKET_BYTES, PREFIX_BYTES } from './_layout.js';
import type { SeekPoint, StreamTotals } from './types.js';

const MAX_SAFE = Number.MAX_SAFE_INTEGER;
/** Frames and bytes of a point, at a byte each. */
const LEAST_POINT_BYTES = 2;
export const PAGE_LENGTH_BYTES = 4;

/** What an index page says. */
export interface Index extends StreamTotals {
  /** Bytes from the stream's first page to the index page. */
  readonly distance: number;
  /** In ascending order; byte offsets count from the stream's first byte. */
  readonly points: readonly SeekPoint[];
}

/** Writes the content behind the common fields, which are all that `body` holds so far. */
export function writeIndex(
  body: ByteWriter,
  { frames, packets, packetBytes, checksum, distance, points }: Index,
): void {
  body.varint(frames).varint(packets).varint(packetBytes).unsigned(checksum, 4).varint(distance).varint(points.length);
  let [frame, byteOffset] = [0, 0];
  for (const point of points) {
    body.varint(point.frame - frame).varint(point.byteOffset - byteOffset);
    ({ frame, byteOffset } = point);
  }
  body.unsigned(PREFIX_BYTES + body.length + PAGE_LENGTH_BYTES + CHECKSUM_BYTES, PAGE_LENGTH_BYTES);
}

/** Reads what `writeIndex` wrote; `pageBytes` is the length of the page. */
export function readIndex(reader: ByteReader, pageBytes: number): Index {
  const frames = reader.varint('the length in frames', 0, MAX_SAFE);
  const packets = reader.varint('the number of all packets', 0, MAX_SAFE);
  const packetBytes = reader.varint('the bytes of all packets', 0, Math.min(MAX_SAFE, packets * MAX_PACKET_BYTES));
  const checksum = reader.unsigned('the checksum of all packets', 4);
  const distance = reader.varint('the bytes before the index', 0, MAX_SAFE);
  const most = Math.floor(Math.max(0, reader.remaining - PAGE_LENGTH_BYTES) / LEAST_POINT_BYTES);
  const count = reader.varint('the number of seek points', 0, most);
  const points: SeekPoint[] = [];
  let [frame, byteOffset] = [0, 0];
  for (let at = 0; at < count; at++) {
    frame += reader.varint('the frame of a seek point', at === 0 ? 0 : 1, MAX_SAFE - frame);
    byteOffset += reader.varint('the place of a seek point', 0, Math.max(0, distance - 1 - byteOffset));
    points.push({ frame, byteOffset });
  }
  const start = reader.byteOffset;
  const length = reader.unsigned('the length of the index page', PAGE_LENGTH_BYTES);
  if (length !== pageBytes) throw new BitstreamError('the index tells a wrong length of its page', start);
  return { frames, packets, packetBytes, checksum, distance, points };
}
