import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodePage, FLAG_SKIPPABLE, KIND_INDEX } from '../../src/container/_layout.js';
import {
  type Metadata,
  PaleyReader,
  PaleyWriter,
  type PaleyWriterOptions,
  readIndexes,
} from '../../src/container/index.js';
import { BytesSource } from '../../src/files/index.js';
import { readPages } from '../reference/container.js';
import { crc32cBitwise } from '../reference/crc32c.js';
import { anyPackets, damageOf, HEADER, join, makePackets, ofType, packetsOf, read, write } from './_streams.js';

const STEP = HEADER.framesPerPacket;

/** A stream in which every `interval`th packet is a key. */
function writeWithKeys(packets: readonly Uint8Array[], interval: number, options: PaleyWriterOptions = {}): Uint8Array {
  const writer = new PaleyWriter(HEADER, options);
  return join([...packets.map((packet, at) => writer.write(packet, { key: at % interval === 0 })), writer.finish()]);
}

/** The packets from a frame on, read from the page its seek point names. */
function readFrom(stream: Uint8Array, byteOffset: number, frame: number): Uint8Array[] {
  const reader = new PaleyReader({ lateJoin: true });
  const events = [...reader.push(stream.subarray(byteOffset)), ...reader.end()];
  return ofType(events, 'packets').flatMap(({ firstFrame, packets }) =>
    packets.filter((_, at) => firstFrame + at * STEP >= frame).map(({ bytes }) => bytes),
  );
}

describe('the index of a stream', () => {
  test('leads to packets that decoding can start from, whatever the pages', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyPackets,
        fc.integer({ min: 1, max: 9 }),
        fc.nat(400),
        async (packets, interval, pageBytes) => {
          const bytes = writeWithKeys(packets, interval, { pageBytes: pageBytes + 1, index: true });
          const [stream] = (await readIndexes(new BytesSource(bytes))) ?? [];
          expect(stream).toMatchObject({ frames: packets.length * STEP, byteOffset: 0, byteLength: bytes.length });
          for (const { frame, byteOffset } of stream.points) {
            const index = frame / STEP;
            expect(index % interval).toBe(0);
            expect(readFrom(bytes, byteOffset, frame)).toEqual(packets.slice(index));
          }
          // Where not every packet is a key, every key has a point.
          if (interval > 1 && packets.length > 1) {
            const keys = Math.ceil(packets.length / interval);
            expect(stream.points.length).toBe(keys);
          }
        },
      ),
    );
  });

  test('has one point a page where every packet is a key', async () => {
    const packets = makePackets(100, () => 10);
    const bytes = write(packets, { pageBytes: 100 });
    const [stream] = (await readIndexes(new BytesSource(bytes))) ?? [];
    expect(stream.points.map(({ frame }) => frame)).toEqual(Array.from({ length: 10 }, (_, page) => page * 10 * STEP));
    const places = readPages(bytes).filter(({ kind }) => kind === 1);
    expect(stream.points.map(({ byteOffset }) => byteOffset)).toEqual(places.map(({ offset }) => offset));
  });

  test('is there by itself where a page does not say all, and where it is asked for', async () => {
    const hasIndex = (bytes: Uint8Array) => readPages(bytes).some(({ kind }) => kind === 3);
    const packets = makePackets(6, () => 10);
    expect(hasIndex(write(packets))).toBe(false);
    expect(hasIndex(writeWithKeys(packets, 6))).toBe(false);
    expect(hasIndex(writeWithKeys(packets, 3))).toBe(true);
    expect(hasIndex(write(packets, { pageBytes: 30 }))).toBe(true);
    expect(hasIndex(write(packets, { live: true }))).toBe(true);
    expect(hasIndex(write(packets, { index: true }))).toBe(true);
    expect(hasIndex(write(packets, { pageBytes: 30, index: false }))).toBe(false);
    expect(await readIndexes(new BytesSource(write(packets)))).toBeUndefined();
  });

  test('stays small however long the stream is', async () => {
    const count = 70_000;
    const writer = new PaleyWriter(HEADER, { live: true, headerInterval: 1e9 });
    const parts = [];
    for (let at = 0; at < count; at++) parts.push(writer.write(new Uint8Array(1)));
    const bytes = join([...parts, writer.finish()]);
    const [stream] = (await readIndexes(new BytesSource(bytes))) ?? [];
    expect(stream.points.length).toBeLessThanOrEqual(16384);
    const gaps = stream.points.slice(1).map(({ frame }, at) => (frame - stream.points[at].frame) / STEP);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(16);
    const { frame, byteOffset } = stream.points[7000];
    expect(readFrom(bytes, byteOffset, frame)).toHaveLength(count - frame / STEP);
  });

  test('is found in every stream of those on end', async () => {
    const parts = [1, 7, 0, 30].map((count) =>
      writeWithKeys(
        makePackets(count, (i) => 5 + i),
        4,
        { pageBytes: 50, index: true },
      ),
    );
    const streams = (await readIndexes(new BytesSource(join(parts)))) ?? [];
    expect(streams.map(({ frames }) => frames / STEP)).toEqual([1, 7, 0, 30]);
    let start = 0;
    for (const [at, part] of parts.entries()) {
      expect([streams[at].byteOffset, streams[at].byteLength]).toEqual([start, part.length]);
      start += part.length;
    }
  });

  test('is not trusted where bytes were lost, added or changed, and read past without it', async () => {
    const packets = makePackets(30, (i) => 5 + i);
    const bytes = write(packets, { pageBytes: 60 });
    const indexOf = async (file: Uint8Array) => readIndexes(new BytesSource(file));
    expect(await indexOf(bytes)).toHaveLength(1);
    expect(await indexOf(write(packets, { index: false }))).toBeUndefined();
    expect(await indexOf(bytes.subarray(0, bytes.length - 1))).toBeUndefined();
    expect(await indexOf(join([bytes, Uint8Array.of(0)]))).toBeUndefined();
    expect(await indexOf(join([bytes.slice(0, 300), bytes.slice(301)]))).toBeUndefined();
    expect(await indexOf(join([bytes.slice(0, 300), Uint8Array.of(9), bytes.slice(300)]))).toBeUndefined();
    expect(await readIndexes({})).toBeUndefined();
    for (let at = 0; at < bytes.length; at++) {
      const damaged = bytes.slice();
      damaged[at] ^= 0x10;
      const found = await indexOf(damaged);
      if (found !== undefined) expect(found[0].points.length).toBeGreaterThan(0);
    }
  });

  test('whose numbers cannot be is damage', () => {
    const bytes = write(
      makePackets(3, () => 4),
      { index: true },
    );
    const pages = readPages(bytes);
    const { streamId, sequence, frame, offset, length } = pages.at(-2) as (typeof pages)[0];
    const common = [streamId & 255, streamId >> 8, sequence, frame];
    for (const content of [
      [],
      [30, 3, 12, 0, 0, 0, 0, 100, 200], // more points than bytes
      [30, 3, 12, 0, 0, 0, 0, 100, 1, 0, 100, 31, 0, 0, 0], // a point behind the index
      [30, 3, 12, 0, 0, 0, 0, 100, 2, 0, 1, 0, 1, 33, 0, 0, 0], // two points of one frame
      [30, 3, 12, 0, 0, 0, 0, 100, 0, 1, 0, 0, 0], // another length
    ]) {
      const page = encodePage(KIND_INDEX, FLAG_SKIPPABLE, Uint8Array.from([...common, ...content]));
      const events = read(join([bytes.slice(0, offset), page, bytes.slice(offset + length)]));
      expect(damageOf(events)).toHaveLength(1);
      expect(packetsOf(events)).toHaveLength(3);
    }
  });
});

describe('the checksum of a whole stream', () => {
  test('is the CRC-32C of all packets', () => {
    const packets = makePackets(9, (i) => i);
    const [event] = ofType(read(write(packets, { pageBytes: 7 })), 'index');
    expect(event).toMatchObject({ packets: 9, packetBytes: 36, checksum: crc32cBitwise(join(packets)) });
  });

  test('finds a page put in place of another, each sound by itself', () => {
    const [ours, theirs] = [5, 6].map((value) =>
      write(
        makePackets(20, () => 10).map((packet) => packet.map((byte) => byte * value)),
        { pageBytes: 50, streamId: 77 },
      ),
    );
    const [{ offset, length }] = readPages(ours).filter(({ kind, frame }) => kind === 1 && frame > 0);
    const spliced = join([ours.slice(0, offset), theirs.slice(offset, offset + length), ours.slice(offset + length)]);
    expect(damageOf(read(ours))).toEqual([]);
    expect(damageOf(read(spliced))).toMatchObject([{ reason: 'the packets are not those that the index sums up' }]);
  });

  test('is not asked of a reader that joined late or lost packets', () => {
    const bytes = write(
      makePackets(20, () => 10),
      { pageBytes: 50 },
    );
    const pages = readPages(bytes);
    const late = read(bytes.slice(pages[3].offset), { lateJoin: true });
    expect(damageOf(late)).toEqual([]);
    const { offset, length } = pages.at(-3) as (typeof pages)[0];
    const events = read(join([bytes.slice(0, offset), bytes.slice(offset + length)]));
    expect(damageOf(events)).toMatchObject([{ pagesLost: 1, framesLost: 5 * STEP }]);
  });
});

describe('metadata', () => {
  const metadata: Metadata = {
    title: 'Étude n° 3',
    'place of recording': 'Bâle\n4ᵗʰ floor',
    empty: '',
    constructor: 'x',
  };

  test('come back as they were, behind every copy of the header, to both readers', () => {
    const bytes = write(
      makePackets(50, () => 10),
      { metadata, pageBytes: 40, headerInterval: 4 },
    );
    const events = read(bytes);
    expect(damageOf(events)).toEqual([]);
    const found = ofType(events, 'metadata');
    expect(found.length).toBeGreaterThan(3);
    for (const event of found) expect(event.metadata).toEqual(metadata);
    const pages = readPages(bytes).filter(({ kind }) => kind === 2);
    expect(pages.map((page) => Object.fromEntries(page.metadata ?? []))).toEqual(found.map((event) => event.metadata));
    expect(found[0].sequence).toBe(2);
  });

  test('of any text come back', () => {
    const text = (minLength: number) =>
      fc.string({ unit: 'grapheme', minLength, maxLength: 40 }).filter((value) => !/\p{Cc}/u.test(value));
    fc.assert(
      fc.property(fc.dictionary(text(1), text(0), { maxKeys: 20, noNullPrototype: true }), (given) => {
        expect(ofType(read(write([], { metadata: given })), 'metadata')[0].metadata).toEqual(given);
      }),
      { numRuns: 30 },
    );
  });

  test('that cannot be written are refused by name', () => {
    for (const [bad, message] of [
      [{ title: 3 }, /metadata\.title expected a string/],
      [{ '': 'x' }, /a key of metadata expected 1 to 255 bytes/],
      [{ ['k'.repeat(256)]: '' }, /a key of metadata/],
      [{ title: '\x1b[2J' }, /without control characters/],
      [{ title: '\ud800' }, /well-formed/],
      [{ title: 'x'.repeat(65537) }, /65536 bytes/],
      [Object.fromEntries(Array.from({ length: 1025 }, (_, at) => [`k${at}`, ''])), /1024 entries/],
      [
        Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`k${at}`, 'x'.repeat(65536)])),
        /1048576 bytes in all/,
      ],
      ['title', /an object of strings/],
    ] as const) {
      expect(() => new PaleyWriter(HEADER, { metadata: bad as unknown as Metadata })).toThrow(message);
    }
  });
});
