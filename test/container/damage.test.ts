import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodePage, FLAG_LAST, FLAG_SKIPPABLE, PREFIX_BYTES, prefixCheck, SYNC } from '../../src/container/_layout.js';
import { type ContainerEvent, PaleyReader, PaleyWriter } from '../../src/container/index.js';
import { BitstreamError } from '../../src/engine/errors.js';
import { readPages } from '../reference/container.js';
import { crc32cBitwise } from '../reference/crc32c.js';
import { damageOf, errorOf, HEADER, join, makePackets, ofType, packetsOf, read, write } from './_streams.js';

const PACKETS = makePackets(12, (i) => 4 + (i % 5));
const FILE = write(PACKETS, { pageBytes: 20 }, HEADER, 117);
const PAGES = readPages(FILE);
const pageAt = (offset: number) => PAGES.findIndex((page) => offset < page.offset + page.length);

/** Indices of the packets in a page. */
function packetsIn(page: number): number[] {
  const start = PAGES[page].frame / HEADER.framesPerPacket;
  return (PAGES[page].packets ?? []).map((_, at) => start + at);
}

/** Every packet that came, under the index its frame tells; where no header told it, under what the file says. */
function byIndex(events: readonly ContainerEvent[]): Map<number, Uint8Array> {
  const found = new Map<number, Uint8Array>();
  for (const page of ofType(events, 'packets')) {
    for (const [at, { bytes }] of page.packets.entries()) {
      found.set(page.firstFrame / HEADER.framesPerPacket + at, bytes);
    }
  }
  return found;
}

function framesLostIn(events: readonly ContainerEvent[]): number {
  return damageOf(events).reduce((sum, { framesLost }) => sum + framesLost!, 0);
}

/** A packets page of the file's stream with any body behind the common fields. */
function craft(kind: number, flags: number, sequence: number, frame: number, content: readonly number[]): Uint8Array {
  const { streamId } = PAGES[0];
  return encodePage(kind, flags, Uint8Array.from([streamId & 255, streamId >> 8, sequence, frame, ...content]));
}

const HEADERS = FILE.slice(0, PAGES[2].offset);

describe('damage', () => {
  test('every flip of a single bit is reported, loses at most its own page, and says which frames', () => {
    for (let bit = 0; bit < 8 * FILE.length; bit++) {
      const damaged = FILE.slice();
      damaged[bit >> 3] ^= 1 << (bit & 7);
      const hit = pageAt(bit >> 3);
      const events = read(damaged);
      const found = byIndex(events);
      const lost = packetsIn(hit);
      const isLast = hit === PAGES.length - 1;
      const outcome = {
        damage: damageOf(events).map(({ type, reason, ...rest }) => rest),
        packets: [...found.keys()],
        areIntact: [...found].every(([index, bytes]) => Buffer.compare(bytes, PACKETS[index]) === 0),
        complete: ofType(events, 'end').map(({ complete }) => complete),
      };
      expect(outcome).toEqual({
        damage: [
          {
            byteOffset: PAGES[hit].offset,
            byteLength: PAGES[hit].length,
            pagesLost: isLast ? undefined : 1,
            framesLost: isLast ? undefined : lost.reduce((sum, index) => sum + (index === 11 ? 7 : 10), 0),
            firstFrame: isLast ? 120 : lost.length ? 10 * lost[0] : undefined,
          },
        ],
        packets: PACKETS.map((_, index) => index).filter((index) => !lost.includes(index)),
        areIntact: true,
        complete: [lost.length === 0 && !isLast],
      });
    }
  });

  test('with the length in the first header, no flip leaves the lost frames unknown', () => {
    const file = write(PACKETS, { pageBytes: 20 }, { ...HEADER, totalFrames: 117 });
    for (let at = 0; at < file.length; at++) {
      const damaged = file.slice();
      damaged[at] ^= 0x10;
      const events = read(damaged);
      const end = events.at(-1);
      expect(end).toMatchObject({ type: 'end', frames: 117, framesLost: framesLostIn(events) });
      expect(damageOf(events)).toHaveLength(1);
      const held = [...byIndex(events).keys()].reduce((sum, index) => sum + (index === 11 ? 7 : 10), 0);
      expect(held + framesLostIn(events)).toBe(117);
    }
  });

  test('a file cut at any byte gives every whole page, a report and an end that is not complete', () => {
    for (let length = 0; length < FILE.length; length++) {
      const cut = FILE.slice(0, length);
      if (length < PAGES[0].length) {
        expect(errorOf(() => read(cut))).toBeInstanceOf(BitstreamError);
        continue;
      }
      const events = read(cut);
      const whole = PAGES.filter((page) => page.offset + page.length <= length).length;
      expect(packetsOf(events)).toEqual(PACKETS.slice(0, PAGES.slice(0, whole).flatMap((_, i) => packetsIn(i)).length));
      expect(damageOf(events)).toHaveLength(1);
      expect(damageOf(events)[0].byteOffset).toBe(PAGES[whole].offset);
      expect(events.at(-1)).toMatchObject({ type: 'end', complete: false });
    }
  });

  test('a file that has lost its beginning, up to any byte, gives every whole page that is left', () => {
    for (let start = 1; start < FILE.length; start++) {
      const rest = FILE.slice(start);
      const first = PAGES.findIndex((page) => page.offset >= start);
      if (first < 0) {
        expect(errorOf(() => read(rest))).toBeInstanceOf(BitstreamError);
        continue;
      }
      const events = read(rest);
      const left = PAGES.flatMap((_, page) => (page < first ? [] : packetsIn(page)));
      expect([...byIndex(events).keys()]).toEqual(left);
      expect(damageOf(events)[0]).toMatchObject({
        byteOffset: 0,
        pagesLost: first,
        framesLost: PAGES[first].frame && Math.min(PAGES[first].frame, first >= PAGES.length - 2 ? 117 : Infinity),
      });
    }
  });

  test('garbage between pages is reported to the byte and costs nothing', () => {
    const garbage = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 40 }),
      fc.constant(Uint8Array.from([0xf5, 0xf5, 0x70, 0x61])),
      fc.constant(FILE.slice(PAGES[2].offset, PAGES[2].offset + 25)),
      fc.constant(Uint8Array.from(SYNC)),
    );
    fc.assert(
      fc.property(garbage, fc.nat(PAGES.length), (bytes, place) => {
        const at = place === PAGES.length ? FILE.length : PAGES[place].offset;
        const events = read(join([FILE.slice(0, at), bytes, FILE.slice(at)]));
        expect(packetsOf(events)).toEqual(PACKETS);
        expect(damageOf(events)).toHaveLength(1);
        expect(damageOf(events)[0]).toMatchObject({
          byteOffset: at,
          byteLength: bytes.length,
          pagesLost: 0,
          framesLost: 0,
        });
        expect(ofType(events, 'end')[0]).toMatchObject({ complete: true, frames: 117 });
      }),
    );
  });

  test('a sync inside packets confuses nobody, even when the page around it is damaged', () => {
    const inner = FILE.slice(PAGES[2].offset, PAGES[3].offset);
    inner[inner.length - 1] ^= 6; // a page in all but its checksum
    const packets = [
      Uint8Array.from(SYNC),
      join([inner, Uint8Array.from(SYNC)]),
      Uint8Array.from([...SYNC, 0, 1, 0, 255, 255]),
    ];
    const bytes = write(packets, { live: true });
    expect(packetsOf(read(bytes))).toEqual(packets);
    const pages = readPages(bytes);
    for (let at = pages[3].offset; at < pages[3].offset + pages[3].length; at++) {
      const damaged = bytes.slice();
      damaged[at] ^= 1;
      const events = read(damaged);
      expect(packetsOf(events)).toEqual([packets[0], packets[2]]);
      expect(damageOf(events)).toMatchObject([
        { byteOffset: pages[3].offset, byteLength: pages[3].length, framesLost: 10, firstFrame: 10 },
      ]);
    }
  });

  test('pages missing without a trace are counted, with their frames', () => {
    const [from, to] = [PAGES[3].offset, PAGES[5].offset];
    const events = read(join([FILE.slice(0, from), FILE.slice(to)]));
    const lost = [...packetsIn(3), ...packetsIn(4)];
    expect(damageOf(events)).toEqual([
      {
        type: 'damage',
        byteOffset: from,
        byteLength: 0,
        reason: '2 pages are missing',
        pagesLost: 2,
        framesLost: 10 * lost.length,
        firstFrame: 10 * lost[0],
      },
    ]);
    expect(events.at(-1)).toMatchObject({ complete: false, frames: 117, framesLost: 10 * lost.length });
  });

  test('any page repeated, or come late, is reported and dropped', () => {
    const slices = PAGES.map(({ offset, length }) => FILE.slice(offset, offset + length));
    for (let page = 0; page < PAGES.length; page++) {
      for (let place = page + 1; place <= PAGES.length; place++) {
        if (place === PAGES.length && page < PAGES.length - 1) continue; // behind the last page: another stream
        const events = read(join([...slices.slice(0, place), slices[page], ...slices.slice(place)]));
        expect(packetsOf(events)).toEqual(PACKETS);
        expect(damageOf(events)).toMatchObject([
          { reason: `page ${page} came late or twice`, byteLength: slices[page].length, framesLost: 0 },
        ]);
        expect(ofType(events, 'end')).toMatchObject([{ complete: true, frames: 117 }]);
      }
    }
    const swapped = read(join([...slices.slice(0, 3), slices[4], slices[3], ...slices.slice(5)]));
    expect(damageOf(swapped)).toMatchObject([
      { reason: '1 page is missing', framesLost: 10 * packetsIn(3).length },
      { reason: 'page 3 came late or twice', framesLost: 0 },
    ]);
  });

  test('a first header that is lost, in both copies, is made up for by the last', () => {
    const damaged = FILE.slice();
    damaged[PAGES[0].offset + 20] ^= 1;
    damaged[PAGES[1].offset + 20] ^= 1;
    const events = read(damaged);
    expect(ofType(events, 'packets')[0].packets[0].firstFrame).toBeUndefined();
    expect(packetsOf(events)).toEqual(PACKETS);
    expect(ofType(events, 'header')).toMatchObject([{ role: 'first', header: { ...HEADER, totalFrames: 117 } }]);
    expect(events.at(-1)).toMatchObject({ complete: true, frames: 117, framesLost: 0 });
  });
});

describe('what cannot be read', () => {
  test.each([
    ['nothing at all', new Uint8Array(), 'no stream header: the stream is empty'],
    ['text', Buffer.from('Paley, R. E. A. C. (1932)\n'), 'no stream header: this is no .paley stream'],
    [
      'no header left',
      FILE.slice(PAGES[2].offset, PAGES.at(-1)!.offset),
      'no stream header: every copy is damaged or missing',
    ],
    [
      'line ends changed',
      Buffer.from(Buffer.from(FILE).toString('latin1').replaceAll('\n', '\r\n'), 'latin1'),
      'no stream header: line ends were changed',
    ],
    [
      'line ends changed back',
      Buffer.from(Buffer.from(FILE).toString('latin1').replaceAll('\r\n', '\n'), 'latin1'),
      'no stream header: line ends were changed',
    ],
  ])('%s is a BitstreamError at byte 0', (_, bytes, message) => {
    const error = errorOf(() => read(Uint8Array.from(bytes)));
    expect(error).toBeInstanceOf(BitstreamError);
    expect((error as BitstreamError).message).toContain(message);
    expect((error as BitstreamError).byteOffset).toBe(0);
  });

  test('a later version is refused by name, behind the events before it, whatever the pieces', () => {
    const later = PACKETS[0].slice();
    const page = craft(0, 0, 0, 0, [...later]);
    page[4] = 3;
    const view = new DataView(page.buffer);
    view.setUint16(10, prefixCheck(page), true);
    view.setUint32(page.length - 4, crc32cBitwise(page.subarray(0, -4)), true);
    const message = 'the stream is .paley version 3; this reader knows version 0';
    expect(errorOf(() => read(page))).toMatchObject({
      name: 'BitstreamError',
      byteOffset: 4,
      message: `${message} (at byte 4)`,
    });
    for (const piece of [1, 7, 10000]) {
      const reader = new PaleyReader();
      const events: ContainerEvent[] = [];
      const bytes = join([FILE, page]);
      const error = errorOf(() => {
        for (let at = 0; at < bytes.length; at += piece) events.push(...reader.push(bytes.subarray(at, at + piece)));
        reader.end();
      });
      expect(events).toEqual(read(FILE));
      expect((error as Error).message).toContain(message);
      expect(errorOf(() => reader.push(new Uint8Array(1)))).toBe(error);
    }
  });

  test('an unknown kind of page is skipped where it allows that, counts in the sequence, and else is refused', () => {
    const skippable = join([
      HEADERS,
      craft(9, FLAG_SKIPPABLE, 2, 0, [1, 2, 3]),
      craft(1, 0, 3, 0, [1, 0, 77]),
      craft(200, FLAG_SKIPPABLE | FLAG_LAST, 4, 10, []),
    ]);
    const events = read(skippable);
    expect(damageOf(events)).toEqual([]);
    expect(ofType(events, 'skipped')).toMatchObject([
      { kind: 9, sequence: 2 },
      { kind: 200, sequence: 4 },
    ]);
    expect(events.at(-1)).toMatchObject({ type: 'end', complete: true, frames: 10 });
    const refused = errorOf(() => read(join([HEADERS, craft(9, 0, 2, 0, [1, 2, 3])])));
    expect(refused).toBeInstanceOf(BitstreamError);
    expect((refused as Error).message).toContain('a page of kind 9');
  });

  test.each([
    ['more packets than its bits can hold', [0xff, 0x1f, 0x20, 5, 0, 0]],
    ['no packet', [0, 0]],
    ['4097 packets', [0x81, 0x20, 0x20, 0, ...new Array(600).fill(0)]],
    ['packets whose lengths overrun the page', [2, 0x20, 100, 0]],
    ['packets whose lengths fall short of the page', [2, 0x20, 1, 0, 1, 2, 3]],
    ['a negative length', [2, 0x20, 0, 0b10110000, 1, 2]],
    ['equal lengths that do not divide', [2, 0, 1, 2, 3]],
    ['two empty packets coded as equal', [2, 0]],
    ['an unknown coding of lengths', [1, 0x60, 1, 0, 1]],
    ['a Rice parameter of 31', [1, 0x3f, 1, 0, 0, 0, 0, 1]],
    ['Rice codes without an end', [1, 0x20, 1, 255, 255]],
    ['no fields', []],
  ])('a page with a right checksum and %s is damage, and the next page is read', (_, content) => {
    const events = read(
      join([HEADERS, craft(1, 0, 2, 0, content), craft(1, 0, 3, 10, [1, 0, 9]), craft(9, 3, 4, 20, [])]),
    );
    expect(damageOf(events)).toMatchObject([
      { byteOffset: HEADERS.length, pagesLost: 1, framesLost: 10, firstFrame: 0 },
    ]);
    expect(packetsOf(events)).toEqual([Uint8Array.from([9])]);
  });

  test('pages that contradict each other are damage', () => {
    const page = (sequence: number, frame: number) => craft(1, 0, sequence, frame, [1, 0, 9]);
    const last = craft(9, FLAG_SKIPPABLE | FLAG_LAST, 4, 30, []);
    const backwards = read(join([HEADERS, page(2, 20), page(3, 10), last]));
    expect(damageOf(backwards).map(({ reason, framesLost }) => [reason, framesLost])).toEqual([
      ['frames are missing', 20],
      ['page 3 starts at frame 10, before the end of the page before it', 0],
    ]);
    const lengths = (frames: number) => new PaleyWriter(HEADER, { live: true }).firstHeader(frames);
    const disagreeing = lengths(100);
    const [first] = readPages(disagreeing);
    const events = read(join([disagreeing.slice(0, first.length), lengths(101).slice(first.length)]));
    expect(damageOf(events)[0].reason).toBe('a header says 101 frames, one before it 100');
    expect(events.at(-1)).toMatchObject({ complete: false, frames: 100, framesLost: 100 });
  });

  test('random bytes with right checksums never give anything but events or a BitstreamError', () => {
    const page = fc
      .tuple(fc.constantFrom(0, 1), fc.nat(3), fc.nat(5), fc.nat(40), fc.uint8Array({ maxLength: 60 }))
      .map(([kind, flags, sequence, frame, content]) => craft(kind, flags, sequence, frame, [...content]));
    const mutated = fc.tuple(fc.nat(FILE.length - 1), fc.nat(255)).map(([at, value]) => {
      const { offset, length, kind, flags } = PAGES[pageAt(at)];
      const body = FILE.slice(offset + PREFIX_BYTES, offset + length - 4);
      body[Math.min(at - offset, body.length - 1)] = value;
      return encodePage(kind, flags, body);
    });
    fc.assert(
      fc.property(fc.array(fc.oneof(page, mutated, fc.constant(HEADERS)), { maxLength: 8 }), (pages) => {
        const bytes = join(pages);
        try {
          const events = read(bytes);
          expect(packetsOf(events).length).toBeLessThanOrEqual(8 * bytes.length);
        } catch (error) {
          expect(error).toBeInstanceOf(BitstreamError);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('claimed lengths allocate nothing: memory follows what was pushed', () => {
    const prefix = Uint8Array.from([...SYNC, 0, 1, 0, 255, 255, 255, 0, 0]);
    new DataView(prefix.buffer).setUint16(10, prefixCheck(prefix), true);
    const before = process.memoryUsage().arrayBuffers;
    const readers = Array.from({ length: 200 }, () => {
      const reader = new PaleyReader();
      reader.push(HEADERS);
      reader.push(prefix);
      return reader;
    });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(200 * 20000);
    for (const reader of readers) expect(reader.end().at(-1)).toMatchObject({ type: 'end', complete: false });
  });

  test('nested pages crafted to be summed over and over are given up on in time', () => {
    const bytes = new Uint8Array(3 * 2 ** 20);
    for (let at = 0; at + 12 <= bytes.length; at += 12) {
      const prefix = bytes.subarray(at, at + 12);
      const length = Math.min(2 ** 20, bytes.length - at - 16);
      prefix.set([...SYNC, 0, 1, 0, length & 255, (length >> 8) & 255, length >> 16]);
      const check = prefixCheck(prefix);
      prefix[10] = check & 255;
      prefix[11] = check >> 8;
    }
    const start = performance.now();
    const events = read(join([HEADERS, bytes]));
    expect(performance.now() - start).toBeLessThan(3000); // unbounded, it would be minutes
    expect(damageOf(events)).toMatchObject([{ byteOffset: HEADERS.length, byteLength: bytes.length }]);
  });
});
