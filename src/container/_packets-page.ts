/**
 * The body of a packets page, behind the fields that all pages have:
 *
 *     count varint | coding u8 | [ reference varint | Rice codes, filled to a byte ] | packets
 *
 * `coding` 0: all packets are equally long, and nothing more needs saying. Else its low five bits are the parameter of
 * the Rice codes of each length's difference from the page's mean (0x20) or from the packet before (0x40). Every packet
 * so costs at least a bit, or a byte of its own: a count can be held against what is left.
 */
import { BitReader, BitWriter, chooseRiceParameter, fold, MAX_RICE_PARAMETER, unfold } from '../coding/bits.js';
import type { ByteReader, ByteWriter } from '../coding/bytes.js';
import { BitstreamError } from '../engine/errors.js';
import { MAX_PACKET_BYTES, MAX_PACKETS_PER_PAGE } from './_layout.js';

const EQUAL = 0;
const ABOUT_MEAN = 0x20;
const ABOUT_PREVIOUS = 0x40;

/** Writes the count and the lengths; the packets' bytes follow. */
export function writeLengths(writer: ByteWriter, lengths: readonly number[]): void {
  const count = lengths.length;
  writer.varint(count);
  if (lengths.every((length) => length === lengths[0]) && (lengths[0] > 0 || count === 1)) {
    writer.unsigned(EQUAL, 1);
    return;
  }
  const mean = Math.round(lengths.reduce((sum, length) => sum + length, 0) / count);
  const aboutMean = lengths.map((length) => fold(length - mean));
  const aboutPrevious = lengths.map((length, at) => fold(length - lengths[Math.max(at - 1, 0)]));
  const meanChoice = chooseRiceParameter(aboutMean);
  const previousChoice = chooseRiceParameter(aboutPrevious);
  const takesMean = meanChoice.bits <= previousChoice.bits;
  const { parameter } = takesMean ? meanChoice : previousChoice;
  writer.unsigned((takesMean ? ABOUT_MEAN : ABOUT_PREVIOUS) | parameter, 1);
  writer.varint(takesMean ? mean : lengths[0]);
  const bits = new BitWriter(count);
  for (const folded of takesMean ? aboutMean : aboutPrevious) bits.rice(folded, parameter);
  writer.bytes(bits.view());
}

function mismatch(byteOffset: number): BitstreamError {
  return new BitstreamError('the packet lengths do not add up to the rest of the page', byteOffset);
}

/** Reads the count and the lengths and returns the packets as views; what is left must be theirs to the byte. */
export function readPackets(reader: ByteReader): Uint8Array[] {
  const count = reader.varint('the number of packets', 1, MAX_PACKETS_PER_PAGE);
  const codingStart = reader.byteOffset;
  const coding = reader.unsigned('the coding of the packet lengths', 1);
  const packets: Uint8Array[] = [];
  if (coding === EQUAL) {
    const length = reader.remaining / count;
    if (!Number.isInteger(length) || (length === 0 && count > 1)) {
      throw reader.error(`${reader.remaining} bytes do not make ${count} packets of equal length`);
    }
    if (length > MAX_PACKET_BYTES) throw reader.error(`a packet has more than ${MAX_PACKET_BYTES} bytes`);
    for (let at = 0; at < count; at++) packets.push(reader.bytes('a packet', length));
    return packets;
  }
  const parameter = coding & 0x1f;
  const predictor = coding & ~0x1f;
  if ((predictor !== ABOUT_MEAN && predictor !== ABOUT_PREVIOUS) || parameter > MAX_RICE_PARAMETER) {
    throw new BitstreamError('the coding of the packet lengths is not one of version 0', codingStart);
  }
  let reference = reader.varint('the length that packet lengths are told from', 0, MAX_PACKET_BYTES);
  if (count > 8 * reader.remaining) throw reader.error(`${count} packets do not fit ${reader.remaining} bytes`);

  const tableStart = reader.byteOffset;
  const table = reader.view();
  const bits = new BitReader(table, tableStart);
  const lengths: number[] = [];
  let total = 0;
  for (let at = 0; at < count; at++) {
    const length = reference + unfold(bits.rice('the length of a packet', parameter, 2 * MAX_PACKET_BYTES));
    total += length;
    if (length < 0 || length > MAX_PACKET_BYTES || total > table.length) throw mismatch(tableStart);
    lengths.push(length);
    if (predictor === ABOUT_PREVIOUS) reference = length;
  }
  reader.bytes('the packet lengths', bits.bytesRead);
  if (total !== reader.remaining) throw mismatch(tableStart);
  for (const length of lengths) packets.push(reader.bytes('a packet', length));
  return packets;
}
