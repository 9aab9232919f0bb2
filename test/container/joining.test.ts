import { describe, expect, test } from 'vitest';
import type { PaleyWriterOptions } from '../../src/container/index.js';
import { readPages } from '../reference/container.js';
import { damageOf, HEADER, join, makePackets, ofType, packetsOf, read, rolesOf, write } from './_streams.js';

const OTHER = { ...HEADER, codec: 'int8' };
const FIRST = makePackets(9, () => 6);
const SECOND = makePackets(7, (i) => 9 + i);

describe('streams on end', () => {
  test.each([
    ['of different headers', OTHER, {}],
    ['of the same header', HEADER, {}],
    ['of the same header and different ids', HEADER, { streamId: 3 }],
  ])('%s are read one after the other', (_, header, options: PaleyWriterOptions) => {
    const bytes = join([write(FIRST, { pageBytes: 20 }), write(SECOND, { pageBytes: 20, ...options }, header, 65)]);
    const events = read(bytes);
    expect(damageOf(events)).toEqual([]);
    expect(packetsOf(events)).toEqual([...FIRST, ...SECOND]);
    expect(rolesOf(events)).toEqual(['first', 'repeated', 'completed', 'next', 'repeated', 'completed']);
    expect(ofType(events, 'end')).toMatchObject([
      { complete: true, frames: 90 },
      { complete: true, frames: 65 },
    ]);
    expect(ofType(events, 'header')[3].header).toEqual(header);
  });

  test.each([
    ['of different headers', OTHER],
    ['of the same header', HEADER],
  ])('%s are told apart when the first one was cut off', (_, header) => {
    const first = write(FIRST, { live: true });
    const cut = readPages(first)[7].offset; // behind five packets
    for (const length of [cut, cut + 1, cut + 20]) {
      const events = read(join([first.slice(0, length), write(SECOND, { live: true }, header)]));
      expect(packetsOf(events)).toEqual([...FIRST.slice(0, 5), ...SECOND]);
      expect(ofType(events, 'end')).toMatchObject([
        { complete: false, frames: 50 },
        { complete: true, frames: 70 },
      ]);
      expect(rolesOf(events)).toContain('next');
      expect(ofType(events, 'packets').slice(5)[0].packets[0].firstFrame).toBe(0);
    }
  });

  test('whose joint is destroyed, end page and both headers, still give all other packets', () => {
    const first = write(FIRST, { live: true });
    const second = write(SECOND, { live: true });
    const from = readPages(first).at(-1)!.offset;
    const to = first.length + readPages(second)[2].offset;
    for (const header of [HEADER, OTHER]) {
      const bytes = join([first, write(SECOND, { live: true }, header)]);
      const events = read(bytes.fill(0xaa, from, header === OTHER ? to : first.length + 4));
      expect(packetsOf(events)).toEqual([...FIRST, ...SECOND]);
      expect(damageOf(events).length).toBeGreaterThan(0);
      expect(ofType(events, 'end')).toHaveLength(2);
    }
  });
});

describe('late joiners', () => {
  const packets = makePackets(20, (i) => 10 + (i % 3));
  const bytes = write(packets, { live: true, headerInterval: 6 });
  const pages = readPages(bytes);

  test('read on from any byte, get the header when it comes again, and miss nothing they did not hear', () => {
    for (let start = 1; start < pages[8].offset; start++) {
      const events = read(bytes.slice(start), { lateJoin: true });
      const first = pages.findIndex((page) => page.offset >= start);
      const expected = pages.slice(first).flatMap((page) => page.packets ?? []);
      expect(packetsOf(events).map((packet) => [...packet])).toEqual(expected);
      expect(damageOf(events)).toEqual([]);
      expect(rolesOf(events)[0]).toBe('first');
      expect(events.at(-1)).toMatchObject({ type: 'end', complete: true, framesLost: 0 });
      const early = ofType(events, 'packets').filter((event) => event.packets[0].firstFrame === undefined);
      const headerAt = pages.findIndex((page, index) => index >= first && page.kind === 0);
      expect(early).toHaveLength(headerAt - first);
    }
  });

  test('are told what is missing when they did not say they were late', () => {
    const [damage] = damageOf(read(bytes.slice(pages[8].offset)));
    expect(damage).toMatchObject({
      byteOffset: 0,
      byteLength: 0,
      pagesLost: 8,
      framesLost: pages[8].frame,
      firstFrame: 0,
    });
  });

  test('still hear of what is lost after they joined', () => {
    const [from, to] = [pages[10], pages[11]];
    const events = read(join([bytes.slice(pages[4].offset, from.offset), bytes.slice(to.offset)]), { lateJoin: true });
    expect(damageOf(events)).toMatchObject([{ pagesLost: 1, framesLost: 10, firstFrame: from.frame }]);
  });
});
