import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatFromHeader, headerFromFormat, PaleyReader, PaleyWriter } from '../../src/container/index.js';
import type { PacketsFormat } from '../../src/stage/format.js';
import { readPages } from '../reference/container.js';
import {
  anyHeader,
  anyOptions,
  anyPackets,
  damageOf,
  errorOf,
  HEADER,
  join,
  makePackets,
  ofType,
  packetsOf,
  read,
  rolesOf,
  write,
} from './_streams.js';

describe('a .paley stream', () => {
  test('gives back its header, its packets and its length, whatever they are', () => {
    fc.assert(
      fc.property(anyHeader, anyPackets, anyOptions, fc.nat(), (header, packets, options, cut) => {
        const held = packets.length * header.framesPerPacket;
        const frames = Math.max(held - (cut % header.framesPerPacket), 0);
        const events = read(write(packets, options, header, frames));
        expect(packetsOf(events)).toEqual(packets);
        expect(damageOf(events)).toEqual([]);
        // A stream that goes out as a whole knows its length from the start.
        const isWhole = events[1].type !== 'header' || events.length === 3;
        const known = isWhole ? { ...header, totalFrames: frames } : header;
        expect(events[0]).toEqual(
          expect.objectContaining({ type: 'header', role: 'first', header: known, sequence: 0 }),
        );
        const last = events.at(-2);
        expect(last).toMatchObject({
          role: isWhole ? 'repeated' : 'completed',
          header: { ...header, totalFrames: frames },
        });
        expect(events.at(-1)).toMatchObject({ type: 'end', complete: true, frames, framesLost: 0 });
        let frame = 0;
        for (const page of ofType(events, 'packets')) {
          expect(page.firstFrame).toBe(frame);
          for (const { firstFrame } of page.packets) {
            expect(firstFrame).toBe(frame);
            frame += header.framesPerPacket;
          }
        }
      }),
    );
  });

  test('reads the same to a reader written from its description alone', () => {
    fc.assert(
      fc.property(anyHeader, anyPackets, anyOptions, (header, packets, options) => {
        const bytes = write(packets, options, header);
        const pages = readPages(bytes);
        expect(pages.map(({ sequence }) => sequence)).toEqual(pages.map((_, index) => index));
        expect(pages.flatMap((page) => page.packets ?? [])).toEqual(packets.map((packet) => Array.from(packet)));
        const headers = pages.filter(({ kind }) => kind === 0);
        // What goes out as a whole needs no second copy at its beginning, and knows its length.
        const isShort = pages[1].kind !== 0 || pages.length === 2;
        expect(headers.length).toBeGreaterThanOrEqual(isShort ? 2 : 3);
        if (isShort) expect(pages.filter(({ kind }) => kind === 1).length).toBeLessThan(2);
        for (const page of headers) {
          const isLast = page === pages.at(-1);
          expect(page.flags).toBe(isLast ? 2 : 0);
          expect(page.header).toEqual({
            totalFrames: isLast || isShort ? BigInt(packets.length * header.framesPerPacket) : 2n ** 64n - 1n,
            rate: [header.sampleRate.numerator, header.sampleRate.denominator],
            framesPerPacket: header.framesPerPacket,
            startTime: header.startTimeNanoseconds,
            codec: header.codec,
            parameters: header.parameters,
            channels: header.channels.map(({ name = '', unit = '' }) => ({ name, unit })),
          });
        }
        const offsets = read(bytes).flatMap((event) => (event.type === 'end' ? [] : [event.byteOffset]));
        expect(offsets).toEqual(pages.map(({ offset }) => offset));
      }),
      { numRuns: 50 },
    );
  });

  test('gives the same events however its bytes are cut, damaged or not', () => {
    const bytes = join([
      write(
        makePackets(40, (i) => (i * 17) % 29),
        { pageBytes: 100, headerInterval: 3 },
      ),
      Uint8Array.from([0xf5, 0x70, 0xf5, 0x70, 0x61, 0x6c, 0, 1]),
      write(
        makePackets(5, () => 20),
        { live: true },
      ),
    ]);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length - 1), { maxLength: 3 }), fc.array(fc.nat(150)), (flips, cuts) => {
        const damaged = bytes.slice();
        for (const at of flips) damaged[at] ^= 1 << (at % 8);
        const expected = read(damaged);
        expect(read(damaged, {}, 1)).toEqual(expected);
        const reader = new PaleyReader();
        const events = [];
        let at = 0;
        for (const cut of cuts) {
          const piece = damaged.slice(at, at + cut);
          events.push(...reader.push(piece));
          piece.fill(0); // pushed bytes are the caller's again
          at += cut;
        }
        events.push(...reader.push(damaged.subarray(at)), ...reader.end());
        expect(events).toEqual(expected);
      }),
    );
  });

  test('can have its first header patched with the exact length, in place', () => {
    const packets = makePackets(9, () => 30);
    const writer = new PaleyWriter(HEADER, { pageBytes: 100 });
    const bytes = join([...packets.map((packet) => writer.write(packet)), writer.finish(83)]);
    expect(ofType(read(bytes), 'header')[0].header.totalFrames).toBeUndefined();
    const patch = writer.firstHeader(83);
    const before = bytes.slice();
    bytes.set(patch);
    expect(bytes.subarray(patch.length)).toEqual(before.subarray(patch.length));
    const events = read(bytes);
    expect(rolesOf(events)).toEqual(['first', 'repeated', 'repeated']);
    for (const { header } of ofType(events, 'header')) expect(header).toEqual({ ...HEADER, totalFrames: 83 });
    expect(damageOf(events)).toEqual([]);
    expect(bytes).toEqual(write(packets, { pageBytes: 100 }, { ...HEADER, totalFrames: 83 }));
  });

  test('that goes out as a whole says its length at once, and keeps a copy of its header at its end', () => {
    const packets = makePackets(9, () => 30);
    const writer = new PaleyWriter(HEADER);
    const bytes = join([...packets.map((packet) => writer.write(packet)), writer.finish(83)]);
    const events = read(bytes);
    expect(rolesOf(events)).toEqual(['first', 'repeated']);
    for (const { header } of ofType(events, 'header')) expect(header).toEqual({ ...HEADER, totalFrames: 83 });
    const first = writer.firstHeader(83);
    expect(bytes.subarray(0, first.length)).toEqual(first);
    // Without the first copy all packets are there, and what they are is said behind them.
    const damaged = read(bytes.map((byte, at) => (at === 20 ? byte ^ 1 : byte)));
    expect(packetsOf(damaged)).toEqual(packets);
    expect(ofType(damaged, 'header')[0].header).toEqual({ ...HEADER, totalFrames: 83 });
  });

  test('without packets has a length of 0 and is complete', () => {
    const events = read(new PaleyWriter(HEADER).finish());
    expect(rolesOf(events)).toEqual(['first', 'repeated']);
    expect(events.at(-1)).toMatchObject({ type: 'end', complete: true, frames: 0 });
  });

  test('of the same input has the same bytes', () => {
    expect(write(makePackets(20, (i) => i))).toEqual(write(makePackets(20, (i) => i)));
  });
});

describe('PaleyWriter', () => {
  test('live, hands out one page for every packet at once, and the header again every so often', () => {
    const writer = new PaleyWriter(HEADER, { live: true, headerInterval: 3 });
    const packets = makePackets(8, (i) => 5 + i);
    const reader = new PaleyReader();
    const kinds = packets.map((packet) =>
      reader
        .push(writer.write(packet)!)
        .map(({ type }) => type)
        .join(' '),
    );
    expect(kinds).toEqual([
      'header header packets',
      'packets',
      'packets',
      'header packets',
      'packets',
      'packets',
      'header packets',
      'packets',
    ]);
  });

  test('in files, fills pages up to pageBytes and never beyond, but for a packet larger than that', () => {
    const events = read(
      write(
        makePackets(30, (i) => (i === 17 ? 500 : 30)),
        { pageBytes: 100 },
      ),
    );
    for (const { packets } of ofType(events, 'packets')) {
      const size = packets.reduce((sum, { bytes }) => sum + bytes.length, 0);
      expect(size <= 100 || packets.length === 1).toBe(true);
    }
    expect(ofType(events, 'packets').map(({ packets }) => packets.length)).toEqual([3, 3, 3, 3, 3, 2, 1, 3, 3, 3, 3]);
  });

  test('fills the first page up to pageBytes and those behind it up to laterPageBytes', () => {
    const events = read(
      write(
        makePackets(20, () => 30),
        { pageBytes: 200, laterPageBytes: 70 },
      ),
    );
    expect(ofType(events, 'packets').map(({ packets }) => packets.length)).toEqual([6, 2, 2, 2, 2, 2, 2, 2]);
  });

  test('flush closes the page under way', () => {
    const writer = new PaleyWriter(HEADER);
    expect(writer.flush()).toBeUndefined();
    expect(writer.write(new Uint8Array(10))).toBeUndefined();
    const reader = new PaleyReader();
    expect(packetsOf(reader.push(writer.flush()!))).toEqual([new Uint8Array(10)]);
  });

  test('holds at most 4096 packets a page, so that empty packets are no bomb', () => {
    const events = read(write(makePackets(5000, () => 0)));
    expect(ofType(events, 'packets').map(({ packets }) => packets.length)).toEqual([4096, 904]);
  });

  test('takes packets of 2^23 bytes and none larger', () => {
    const packet = new Uint8Array(2 ** 23).fill(0xf5);
    const bytes = write([packet]);
    expect(packetsOf(read(bytes))[0].length).toBe(2 ** 23);
    expect(() => new PaleyWriter(HEADER).write(new Uint8Array(2 ** 23 + 1))).toThrow(RangeError);
  });

  test.each([
    ['no channels', { channels: [] }, 'header.channels expected 1 to 64 channels, got 0'],
    [
      '65 channels',
      { channels: Array.from({ length: 65 }, () => ({})) },
      'header.channels expected 1 to 64 channels, got 65',
    ],
    [
      'a codec with a space',
      { codec: 'int 4' },
      "header.codec expected 1 to 64 printable ASCII characters without spaces, got 'int 4'",
    ],
    [
      'a rate of 0',
      { sampleRate: { numerator: 0, denominator: 1 } },
      'header.sampleRate expected a rate above 0, got 0',
    ],
    [
      'packets of no frames',
      { framesPerPacket: 0 },
      'header.framesPerPacket expected a whole number from 1 to 16777216, got 0',
    ],
    [
      'an escape sequence in a name',
      { channels: [{ name: '\u001b[2J' }] },
      'header.channels[0].name expected text without control characters',
    ],
    [
      'a name of 256 bytes',
      { channels: [{ name: 'é'.repeat(128) }] },
      'header.channels[0].name expected at most 255 bytes of UTF-8',
    ],
    ['a lone surrogate', { channels: [{ unit: '\ud800' }] }, 'header.channels[0].unit expected well-formed Unicode'],
    [
      'NaN in the parameters',
      { parameters: { a: [Number.NaN] } },
      'header.parameters.a[0] expected finite numbers, got NaN',
    ],
    [
      '70 KiB of parameters',
      { parameters: 'x'.repeat(70000) },
      'header.parameters expected at most 65536 bytes of JSON, got 70002',
    ],
    [
      'a start beyond 64 bits',
      { startTimeNanoseconds: 2n ** 63n },
      'header.startTimeNanoseconds expected a 64-bit integer',
    ],
    ['a negative length', { totalFrames: -1 }, 'header.totalFrames expected a whole number from 0'],
  ])('refuses %s by name', (_, change, message) => {
    const error = errorOf(() => new PaleyWriter({ ...HEADER, ...change }));
    expect(error).toBeInstanceOf(RangeError);
    expect((error as Error).message).toContain(message);
  });

  test('refuses wrong types, misspelt options, a wrong length, and use after finish', () => {
    expect(() => new PaleyWriter({ ...HEADER, startTimeNanoseconds: 5 as never })).toThrow(TypeError);
    expect(() => new PaleyWriter({ ...HEADER, parameters: new Map() as never })).toThrow(TypeError);
    expect(() => new PaleyWriter(HEADER, { liv: true } as never)).toThrow("no option 'liv'");
    const writer = new PaleyWriter(HEADER);
    expect(() => writer.write([1] as never)).toThrow(TypeError);
    expect(() => writer.finish(1)).toThrow('frames expected a whole number from 0 to 0, got 1');
    writer.finish();
    expect(() => writer.finish()).toThrow('after finish()');
    expect(() =>
      write(
        makePackets(2, () => 3),
        {},
        { ...HEADER, totalFrames: 15 },
        16,
      ),
    ).toThrow('frames expected 15');
  });
});

describe('header and format', () => {
  test('a packet format survives its header', () => {
    const format: PacketsFormat = {
      kind: 'packets',
      codec: 'int8',
      parameters: { blockSize: 32, rotation: 'none' },
      framesPerPacket: 128,
      sampleRate: { numerator: 16000, denominator: 1 },
      channels: 3,
    };
    const header = headerFromFormat(format, { totalFrames: 1000, startTimeNanoseconds: -5n });
    const [event] = ofType(
      read(
        write(
          makePackets(8, () => 9),
          {},
          header,
        ),
      ),
      'header',
    );
    expect(event.header).toEqual(header);
    expect(formatFromHeader(event.header)).toEqual(format);
    expect(() => headerFromFormat(format, { channels: [{}] })).toThrow('expected 3 entries');
  });
});
