import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as layout from '../../src/container/_layout.js';
import { PaleyWriter } from '../../src/container/index.js';
import { readPages } from '../reference/container.js';
import { join, packetsOf, read } from './_streams.js';

const DOCUMENT = readFileSync(new URL('../../docs/BITSTREAM.md', import.meta.url), 'utf8');
const PACKETS = [
  [1, 2],
  [3, 4, 5],
  [6, 7],
].map((bytes) => Uint8Array.from(bytes));

/** The bytes of the document's example; every line must start at the offset it names. */
function exampleBytes(): Uint8Array {
  const bytes: number[] = [];
  for (const [, offset, hex] of DOCUMENT.matchAll(/^([0-9a-f]{4}) {2}((?:[0-9a-f]{2} )*[0-9a-f]{2})(?: {2}|$)/gm)) {
    expect(Number.parseInt(offset, 16)).toBe(bytes.length);
    bytes.push(...hex.split(' ').map((byte) => Number.parseInt(byte, 16)));
  }
  return Uint8Array.from(bytes);
}

describe('docs/BITSTREAM.md', () => {
  test('its example is what the writer writes and what both readers read', () => {
    const header = {
      sampleRate: { numerator: 1, denominator: 10 },
      channels: [{ name: 'level', unit: 'm' }],
      codec: 'int8',
      parameters: {},
      framesPerPacket: 4,
    };
    const writer = new PaleyWriter(header, { index: true });
    const written = join([...PACKETS.map((packet) => writer.write(packet)), writer.finish(11)]);
    const example = exampleBytes();
    expect(Buffer.from(example).toString('hex')).toBe(Buffer.from(written).toString('hex'));
    const events = read(example);
    expect(packetsOf(events)).toEqual(PACKETS);
    expect(events.at(-1)).toMatchObject({ type: 'end', complete: true, frames: 11 });
    const [index, last] = readPages(example).slice(2);
    expect(index.index).toMatchObject({ packets: 3, packetBytes: 7, points: [[0, 58]] });
    expect(last.header).toMatchObject({ totalFrames: 11n, rate: [1, 10] });
  });

  test('its limits and patterns are those of the code', () => {
    const hex = (bytes: readonly number[]) =>
      bytes
        .map((byte) => byte.toString(16).padStart(2, '0'))
        .join(' ')
        .toUpperCase();
    expect(DOCUMENT).toContain(`**sync**: \`${hex(layout.SYNC)}\``);
    expect(DOCUMENT).toContain(`**signature**: \`${hex(layout.SIGNATURE)}\``);
    expect(DOCUMENT).toContain(`stands at offset ${layout.SIGNATURE_OFFSET} |`);
    for (const [what, limit, value] of [
      ['body of a page', '2^24 − 1 bytes', layout.MAX_BODY_BYTES === 2 ** 24 - 1],
      ['packet', '2^23 bytes; 0 is allowed', layout.MAX_PACKET_BYTES === 2 ** 23],
      ['packets in a page', String(layout.MAX_PACKETS_PER_PAGE), true],
      ['frames in a packet', '1 to 2^24', layout.MAX_FRAMES_PER_PACKET === 2 ** 24],
      ['channels', `1 to ${layout.MAX_CHANNELS}`, true],
      [
        'name, unit, codec',
        `${layout.MAX_NAME_BYTES}, ${layout.MAX_UNIT_BYTES}, ${layout.MAX_CODEC_BYTES} bytes`,
        true,
      ],
      ['parameters', `65,536 bytes, ${layout.MAX_PARAMETERS_DEPTH} levels deep`, layout.MAX_PARAMETERS_BYTES === 65536],
    ] as const) {
      expect(DOCUMENT).toContain(`| ${what} | ${limit} |`);
      expect(value).toBe(true);
    }
  });
});
