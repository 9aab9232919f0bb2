/**
 * Packets in buffers that travel to and fro in messages, where memory cannot be shared. A buffer is the status, the bytes
 * of records its sender has room for, the bytes in use, and the records: length, frames, sequence number, and the
 * packet's bytes, filled up to a multiple of 4.
 */
import { type PacketRing, RECORD_BYTES, recordBytes } from '../ring.js';
import { STATUS_WORDS } from './_protocol.js';

const ROOM = STATUS_WORDS;
const USED = STATUS_WORDS + 1;
const RECORDS_BYTE = 4 * (STATUS_WORDS + 2);

/** Bytes of a buffer that holds `bytes` bytes of records. */
export function exchangeBytes(bytes: number): number {
  return RECORDS_BYTE + ((bytes + 3) & ~3);
}

/** Bytes of records that the side which filled the buffer has room for. */
export function roomOf(buffer: ArrayBuffer): number {
  return new Int32Array(buffer)[ROOM];
}

/**
 * Moves packets from the ring to the buffer, as many as there is room for there and, by `room`, on the other side; and
 * says that this side has room for `ownRoom` bytes.
 */
export function pack(ring: PacketRing, buffer: ArrayBuffer, room: number, ownRoom: number): void {
  const words = new Int32Array(buffer);
  const bytes = new Uint8Array(buffer);
  const end = Math.min(buffer.byteLength, RECORDS_BYTE + room);
  let position = RECORDS_BYTE;
  for (;;) {
    const length = ring.nextLength;
    if (length < 0 || position + recordBytes(length) > end) break;
    words[position >> 2] = length;
    words[(position >> 2) + 1] = ring.nextFrames;
    words[(position >> 2) + 2] = ring.nextSequence;
    ring.pull(bytes, position + RECORD_BYTES);
    position += recordBytes(length);
  }
  words[ROOM] = ownRoom;
  words[USED] = position - RECORDS_BYTE;
}

/** Moves all packets of the buffer to the ring, which has room for them. */
export function unpack(buffer: ArrayBuffer, ring: PacketRing): void {
  const words = new Int32Array(buffer);
  const bytes = new Uint8Array(buffer);
  const end = RECORDS_BYTE + words[USED];
  for (let position = RECORDS_BYTE; position < end; ) {
    const word = position >> 2;
    const length = words[word];
    ring.push(bytes, position + RECORD_BYTES, length, words[word + 1], words[word + 2]);
    position += recordBytes(length);
  }
}
