import { inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { base64, colourMap, encodePng, spectrogram, spectrogramFigure, tone } from '../../src/measure/index.js';
import { knownNoise } from './devices.js';

/** Reads a PNG by the standard: its chunks, checksums verified. */
function chunksOf(png: Uint8Array): Map<string, Buffer> {
  const bytes = Buffer.from(png);
  expect(bytes.subarray(0, 8)).toEqual(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'));
  const chunks = new Map<string, Buffer>();
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const body = bytes.subarray(at + 4, at + 8 + length);
    expect(bytes.readUInt32BE(at + 8 + length)).toBe(checksum(body));
    chunks.set(body.subarray(0, 4).toString('latin1'), body.subarray(4));
    at += 12 + length;
  }
  return chunks;
}

/** CRC-32 bit by bit. */
function checksum(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

function pixelsOf(png: Uint8Array): { width: number; height: number; pixels: Uint8Array } {
  const chunks = chunksOf(png);
  const header = chunks.get('IHDR') as Buffer;
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const rows = inflateSync(chunks.get('IDAT') as Buffer);
  expect(rows.length).toBe(height * (width + 1));
  const pixels = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    expect(rows[y * (width + 1)]).toBe(0);
    pixels.set(rows.subarray(y * (width + 1) + 1, (y + 1) * (width + 1)), y * width);
  }
  return { width, height, pixels };
}

describe('encodePng', () => {
  it.each([
    [1, 1],
    [479, 200],
    [65534, 1],
    [65535, 1],
  ])('writes %i × %i pixels as zlib reads them back, in one deflate block or several', (width, height) => {
    const pixels = Uint8Array.from(knownNoise(width * height), (value) => 128 + 127 * value);
    const read = pixelsOf(encodePng(width, height, pixels, colourMap()));
    expect([read.width, read.height]).toEqual([width, height]);
    expect(Buffer.compare(read.pixels, pixels)).toBe(0);
  });

  it('says in its header what it is: indexed, 8 bits, with the palette given', () => {
    const palette = Uint8Array.of(1, 2, 3, 4, 5, 6);
    const chunks = chunksOf(encodePng(2, 1, Uint8Array.of(0, 1), palette));
    expect([...chunks.keys()]).toEqual(['IHDR', 'PLTE', 'IDAT', 'IEND']);
    expect([...(chunks.get('IHDR') as Buffer).subarray(8)]).toEqual([8, 3, 0, 0, 0]);
    expect([...(chunks.get('PLTE') as Buffer)]).toEqual([...palette]);
  });

  it('refuses sizes that disagree', () => {
    expect(() => encodePng(2, 2, new Uint8Array(3), colourMap())).toThrow('pixels expected 4');
    expect(() => encodePng(0, 2, new Uint8Array(0), colourMap())).toThrow('width');
    expect(() => encodePng(1, 1, new Uint8Array(1), new Uint8Array(4))).toThrow('palette');
  });
});

it('base64 is that of RFC 4648', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
      expect(base64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
    }),
  );
});

describe('colourMap', () => {
  /** CIE lightness by the standard's formulas, not by the space the map is made in. */
  function lightness(red: number, green: number, blue: number): number {
    const linear = (byte: number) => (byte <= 10 ? byte / 255 / 12.92 : ((byte / 255 + 0.055) / 1.055) ** 2.4);
    const y = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
    return y > 216 / 24389 ? 116 * Math.cbrt(y) - 16 : (y * 24389) / 27;
  }

  it('grows lighter at every second step and evenly over the whole, from near black to near white', () => {
    const map = colourMap();
    const levels = Array.from({ length: 256 }, (_, i) => lightness(map[3 * i], map[3 * i + 1], map[3 * i + 2]));
    for (let i = 2; i < 256; i++) expect(levels[i]).toBeGreaterThan(levels[i - 2]);
    expect(levels[0]).toBeLessThan(3);
    expect(levels[255]).toBeGreaterThan(93);
    for (let i = 32; i < 256; i += 32) expect(Math.abs(levels[i] - (100 * i) / 256)).toBeLessThan(12);
  });

  it('never turns abruptly', () => {
    const map = colourMap();
    for (let i = 3; i < map.length; i++) expect(Math.abs(map[i] - map[i - 3])).toBeLessThanOrEqual(8);
  });
});

describe('spectrogramFigure', () => {
  const low = spectrogram(tone(16000, 1 / 16, 1), { sampleRate: 16000 });
  const high = spectrogram(tone(96000, 1 / 48, 1), { sampleRate: 48000 });
  const imagesOf = (svg: string) =>
    [...svg.matchAll(/href="data:image\/png;base64,([^"]+)"/g)].map((match) =>
      pixelsOf(Buffer.from(match[1], 'base64')),
    );

  it('is one file that refers to nothing outside itself', () => {
    const svg = spectrogramFigure({ title: 'Tones', panels: [{ title: 'low', spectrogram: low }] });
    expect(svg.startsWith('<svg xmlns="http://www.w3.org/2000/svg"')).toBe(true);
    expect(svg.endsWith('</svg>\n')).toBe(true);
    expect(svg.match(/(?:href|src)="(?!data:)/)).toBeNull();
    expect(svg.match(/NaN|Infinity|undefined/)).toBeNull();
    expect(svg.length).toBeLessThan(150_000);
  });

  it('draws the tone in the row where it belongs', () => {
    const [picture, ramp] = imagesOf(spectrogramFigure({ panels: [{ title: 'low', spectrogram: low }] }));
    const column = picture.width >> 1;
    const brightness = Array.from({ length: picture.height }, (_, row) => picture.pixels[row * picture.width + column]);
    // 1 kHz of 8 kHz: an eighth of the way up.
    const brightest = brightness.indexOf(Math.max(...brightness));
    expect(Math.abs(brightest + 0.5 - (picture.height * 7) / 8)).toBeLessThanOrEqual(1);
    expect(brightness[brightest]).toBeGreaterThan(240);
    expect([ramp.pixels[0], ramp.pixels[255]]).toEqual([255, 0]);
  });

  it('gives all panels one scale of time, frequency and level', () => {
    const svg = spectrogramFigure({
      panels: [
        { title: 'low', spectrogram: low },
        { title: 'high', spectrogram: high },
      ],
    });
    const [first, second] = imagesOf(svg);
    expect(second.height).toBe(3 * first.height);
    const widths = [...svg.matchAll(/<svg x="66" y="[\d.]+" width="([\d.]+)"/g)].map((match) => Number(match[1]));
    expect(widths[1]).toBeCloseTo(2 * widths[0], 1);
    expect(svg).toContain('above the Nyquist frequency of 16 kHz sampling');
  });

  it('writes titles and notes as text, whatever they hold', () => {
    const svg = spectrogramFigure({
      title: '<script>&"',
      note: 'a\u0000b',
      panels: [{ title: 'x'.repeat(500), note: '<b>', spectrogram: low }],
    });
    expect(svg).toContain('&lt;script&gt;&amp;&quot;');
    expect(svg).not.toMatch(/<script|<b>|x{200}/);
    expect(svg).not.toContain('\u0000');
    expect(svg).toContain('…');
  });

  it('draws silence, an empty recording and slow sensors', () => {
    const silent = spectrogram(new Float32Array(0), { sampleRate: 44100 });
    expect(spectrogramFigure({ panels: [{ title: 'nothing', spectrogram: silent }] })).not.toMatch(/NaN|Infinity/);
    const slow = spectrogram(tone(4000, 0.1), { sampleRate: 0.1, windowFrames: 64 });
    const svg = spectrogramFigure({ panels: [{ title: 'tide', spectrogram: slow }] });
    expect(svg).toContain('frequency, Hz');
    expect(svg).toContain('time, h');
  });

  it('refuses what it cannot draw', () => {
    const panels = [{ title: 'low', spectrogram: low }];
    expect(() => spectrogramFigure({ panels: [] })).toThrow('panels');
    expect(() => spectrogramFigure({ panels, range: { low: 0, high: -10 } })).toThrow('range');
    expect(() => spectrogramFigure({ panels, maxHertz: 0 })).toThrow('maxHertz');
    expect(() => spectrogramFigure({ panels, width: 10 })).toThrow('width');
  });
});
