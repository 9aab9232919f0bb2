/**
 * A second reader of undamaged .paley version 0 streams, written from docs/BITSTREAM.md alone: everything in memory, all
 * bits as strings of 0 and 1, and an error at the first thing that is not as described.
 */
import { crc32cBitwise } from './crc32c.js';

export interface ReferenceHeader {
  totalFrames: bigint;
  rate: [number, number];
  framesPerPacket: number;
  startTime: bigint | undefined;
  codec: string;
  parameters: unknown;
  channels: { name: string; unit: string }[];
}

export interface ReferencePage {
  offset: number;
  length: number;
  kind: number;
  flags: number;
  streamId: number;
  sequence: number;
  frame: number;
  header?: ReferenceHeader;
  packets?: number[][];
  metadata?: [key: string, value: string][];
  index?: {
    frames: number;
    packets: number;
    packetBytes: number;
    checksum: number;
    distance: number;
    points: [number, number][];
  };
}

function expect(condition: boolean, what: string): void {
  if (!condition) throw new Error(`not as described: ${what}`);
}

function readBody(bytes: Uint8Array, kind: number): Omit<ReferencePage, 'offset' | 'length' | 'kind' | 'flags'> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const take = (count: number): number[] => {
    expect(at + count <= bytes.length, 'a field runs past the body');
    at += count;
    return Array.from(bytes.slice(at - count, at));
  };
  const varint = (): number => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const [byte] = take(1);
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return Number(value);
    }
  };
  const text = (): string =>
    new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(take(varint())));

  const streamId = view.getUint16(0, true);
  at = 2;
  const common = { streamId, sequence: varint(), frame: varint() };
  if (kind === 0) {
    expect(String.fromCharCode(...take(9)) === 'paley\r\n\x1a\n', 'the signature');
    const totalFrames = view.getBigUint64(at, true);
    at += 8;
    const [flags] = take(1);
    const rate: [number, number] = [varint(), varint()];
    const framesPerPacket = varint();
    let startTime: bigint | undefined;
    if (flags & 1) {
      startTime = view.getBigInt64(at, true);
      at += 8;
    }
    const codec = text();
    const parameters = JSON.parse(text());
    const channels = Array.from({ length: varint() }, () => ({ name: text(), unit: text() }));
    expect(at === bytes.length, 'bytes left behind a header');
    return { ...common, header: { totalFrames, rate, framesPerPacket, startTime, codec, parameters, channels } };
  }
  if (kind === 2) {
    const metadata = Array.from({ length: varint() }, (): [string, string] => [text(), text()]);
    expect(at === bytes.length, 'bytes left behind metadata');
    return { ...common, metadata };
  }
  if (kind === 3) {
    const u32 = () => take(4).reduceRight((value, byte) => value * 256 + byte, 0);
    const [frames, packets, packetBytes, checksum, distance] = [varint(), varint(), varint(), u32(), varint()];
    let [frame, offset] = [0, 0];
    const points = Array.from({ length: varint() }, (): [number, number] => {
      frame += varint();
      offset += varint();
      return [frame, offset];
    });
    expect(u32() === bytes.length + 16, 'the length of the index page');
    expect(at === bytes.length, 'bytes left behind an index');
    return { ...common, index: { frames, packets, packetBytes, checksum, distance, points } };
  }
  expect(kind === 1, 'the kind');
  const count = varint();
  const [coding] = take(1);
  const lengths: number[] = [];
  if (coding === 0) {
    for (let i = 0; i < count; i++) lengths.push((bytes.length - at) / count);
  } else {
    const parameter = coding % 32;
    let reference = varint();
    const start = at;
    const bits = Array.from(bytes.slice(start), (byte) => byte.toString(2).padStart(8, '0')).join('');
    let bit = 0;
    for (let i = 0; i < count; i++) {
      const zero = bits.indexOf('0', bit);
      const low = bits.slice(zero + 1, zero + 1 + parameter);
      const folded = (zero - bit) * 2 ** parameter + (low === '' ? 0 : Number.parseInt(low, 2));
      lengths.push(reference + (folded % 2 ? -(folded + 1) / 2 : folded / 2));
      if (coding >> 5 === 2) reference = lengths[i];
      bit = zero + 1 + parameter;
    }
    at = start + Math.ceil(bit / 8);
  }
  const packets = lengths.map((length) => take(length));
  expect(at === bytes.length, 'bytes left behind the packets');
  return { ...common, packets };
}

/** The pages of an undamaged stream. */
export function readPages(bytes: Uint8Array): ReferencePage[] {
  const pages: ReferencePage[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const at = (index: number) => bytes[offset + index];
    expect(
      [0xf5, 0x70, 0x61, 0x6c].every((byte, index) => at(index) === byte),
      'the sync',
    );
    expect(at(4) === 0, 'the version');
    const bodyLength = at(7) + 256 * at(8) + 65536 * at(9);
    const check = crc32cBitwise(bytes.slice(offset, offset + 10)) & 0xffff;
    expect(check === at(10) + 256 * at(11), 'the check of the prefix');
    const length = 16 + bodyLength;
    const sum = crc32cBitwise(bytes.slice(offset, offset + length - 4));
    const stored = new DataView(bytes.buffer, bytes.byteOffset).getUint32(offset + length - 4, true);
    expect(sum === stored, 'the checksum');
    const body = bytes.slice(offset + 12, offset + 12 + bodyLength);
    pages.push({ offset, length, kind: at(5), flags: at(6), ...readBody(body, at(5)) });
    offset += length;
  }
  return pages;
}
