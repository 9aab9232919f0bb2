import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { BitstreamError } from '../../src/engine/errors.js';
import { openAudio } from '../../src/files/index.js';
import { ascii, data, fmt, riff } from '../reference/wav.js';
import { PiecewiseSource, readAll } from './_sources.js';

const lena = (ending: string) =>
  new Uint8Array(readFileSync(new URL(`../../node_modules/audio-lena/lena.${ending}`, import.meta.url)));
const installed = await import('@audio/decode').then(
  () => true,
  () => false,
);
const missing = () => Promise.reject(new Error("Cannot find package '@audio/decode'"));

type Pcm = { channelData: Float32Array[]; sampleRate: number };

/** A stand-in for @audio/decode whose decoders give the pieces listed, one a call, and record what they are fed. */
function fakeDecoder(pieces: (Pcm | Error)[]) {
  const fed: number[] = [];
  const freed = vi.fn();
  const create = async () =>
    Object.assign(
      async (chunk?: Uint8Array) => {
        fed.push(chunk?.length ?? 0);
        const piece = pieces.shift() ?? { channelData: [], sampleRate: 0 };
        if (piece instanceof Error) throw piece;
        return piece;
      },
      { free: freed },
    );
  const load = async () => ({ default: { mp3: create, flac: create, m4a: create } });
  return { load, fed, freed };
}

const pcm = (sampleRate: number, ...planes: number[][]): Pcm => ({
  sampleRate,
  channelData: planes.map((plane) => Float32Array.from(plane)),
});
const mp3 = (mode: number) => Uint8Array.from([0xff, 0xfb, 0x90, mode << 6, ...new Array(100).fill(0)]);
const m4a = Uint8Array.from([0, 0, 0, 32, ...ascii('ftypM4A '), ...new Array(100).fill(0)]);

async function failure(bytes: Uint8Array, options = {}): Promise<Error> {
  const error = await openAudio(bytes, options).then(
    () => undefined,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(Error);
  expect(error.message).not.toContain('\n');
  return error;
}

describe('openAudio', () => {
  test('reads WAV without @audio/decode, whatever the file is named', async () => {
    const file = riff([fmt({}), data([0, 64])]);
    const reader = await openAudio(file, { name: 'song.mp3', loadDecoder: missing });
    expect(reader.format.container).toBe('WAV');
    expect(await readAll(reader)).toEqual([[0.5]]);
  });

  test('opens a live WAV stream as soon as its header is there', async () => {
    const file = riff([fmt({}), data([0, 64])]);
    const reader = await openAudio(
      (async function* () {
        yield file.slice(0, 44);
        throw new Error('read on');
      })(),
    );
    expect(reader.format.frames).toBe(1);
  });

  test('says which package to install where it is missing', async () => {
    for (const [bytes, name] of [
      [Uint8Array.from([...ascii('fLaC'), ...new Array(60).fill(0)]), 'FLAC'],
      [mp3(0), 'MP3'],
      [m4a, 'MP4'],
    ] as const) {
      const { message } = await failure(bytes, { loadDecoder: missing });
      expect(message).toBe(`reading ${name} needs the package @audio/decode: npm install @audio/decode`);
    }
  });

  test('tells text, random bytes and nothing from recordings, without the package', async () => {
    const text = new TextEncoder().encode('Shopping: milk, eggs\nand Wörter'.repeat(20));
    const options = { loadDecoder: missing };
    expect((await failure(text, options)).message).toMatch(/^no recording of a known kind: it holds text \('Shopping/);
    expect((await failure(text, { ...options, name: 'a/b.WAV' })).message).toMatch(/^no WAV file: it holds text/);
    const binary = Uint8Array.of(0, 1, 2, 3, 254, 255);
    expect((await failure(binary, options)).message).toMatch(/starts with the bytes 00 01 02 03 fe ff/);
    expect((await failure(new Uint8Array(0), options)).message).toMatch(/it is empty/);
    expect(await failure(new Uint8Array(0), { ...options, name: 'x.wav' })).toBeInstanceOf(BitstreamError);
    await expect(openAudio(3 as never)).rejects.toThrow(TypeError);
  });

  test('never fails other than by a line, on any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 80 }),
        fc.constantFrom('', 'ID3', 'RIFF', 'fLaC'),
        async (bytes, start) => {
          const { load } = fakeDecoder([]);
          await failure(Uint8Array.from([...ascii(start), ...bytes]), { loadDecoder: load });
        },
      ),
    );
  });

  test('looks behind an ID3 tag of any length', async () => {
    const { load, fed } = fakeDecoder([pcm(8000, [1])]);
    const tag = new Uint8Array(10 + 200000);
    tag.set([...ascii('ID3'), 4, 0, 0, 0, (200000 >> 14) & 127, (200000 >> 7) & 127, 200000 & 127]);
    tag[7] = 200000 >> 14;
    const file = new Uint8Array([...tag, ...mp3(3)]);
    expect((await openAudio(new PiecewiseSource(file, [999]), { loadDecoder: load })).format.container).toBe('MP3');
    expect(fed[0]).toBe(104);
    expect((await failure(tag.slice(0, 5000))).message).toMatch(/within its ID3 tag/);
  });
});

describe('a recording read through @audio/decode', () => {
  test('has the channels its header says, though the package folds equal ones together', async () => {
    const pieces = [pcm(8000, [0, 0]), pcm(8000, [1, 2], [3, 4])];
    const { load } = fakeDecoder([...pieces]);
    const reader = await openAudio(mp3(0), { loadDecoder: load });
    expect(reader.format).toEqual({
      container: 'MP3',
      sampleRate: 8000,
      channels: 2,
      sampleFormat: 'f32',
      bitsPerSample: 32,
      frames: undefined,
    });
    expect(await readAll(reader, 3)).toEqual([
      [0, 0, 1, 2],
      [0, 0, 3, 4],
    ]);
    expect(reader.framesRead).toBe(4);
    const mono = await openAudio(mp3(3), { loadDecoder: fakeDecoder([...pieces]).load });
    expect(await readAll(mono)).toEqual([[0, 0, 1, 2]]);
  });

  test('is fed in pieces of at most 64 KiB where its kind allows, as a whole elsewhere', async () => {
    const long = new Uint8Array(200000);
    long.set(mp3(3));
    const streaming = fakeDecoder([pcm(8000, [1])]);
    await readAll(await openAudio(long, { loadDecoder: streaming.load }));
    expect(Math.max(...streaming.fed)).toBeLessThanOrEqual(65536);
    expect(streaming.fed.reduce((a, b) => a + b)).toBe(200000);
    long.set(m4a);
    const whole = fakeDecoder([pcm(8000, [1])]);
    await readAll(await openAudio(long, { loadDecoder: whole.load }));
    expect(whole.fed).toEqual([200000, 0]);
  });

  test('fails in one line where the package does', async () => {
    const broken = fakeDecoder([new Error('bad frame\n    at decode (mp3.js:1)')]);
    const error = await failure(mp3(0), { loadDecoder: broken.load });
    expect(error).toBeInstanceOf(BitstreamError);
    expect(error.message).toMatch(/^@audio\/decode cannot decode this MP3 data: bad frame \(at byte/);
    expect(broken.freed).toHaveBeenCalled();
    expect((await failure(mp3(0), { loadDecoder: fakeDecoder([]).load })).message).toMatch(/finds no samples/);
    expect((await failure(mp3(0), { loadDecoder: async () => ({ default: {} }) })).message).toMatch(
      /no decoder for MP3/,
    );
    const rate = fakeDecoder([pcm(8000, [1]), pcm(9000, [1])]);
    const reader = await openAudio(mp3(3), { loadDecoder: rate.load });
    await expect(readAll(reader)).rejects.toThrow(/sample rate changes from 8000 to 9000/);
    const absurd = fakeDecoder([pcm(0, [1])]);
    expect((await failure(mp3(3), { loadDecoder: absurd.load })).message).toMatch(/at 0 Hz/);
    const uneven = fakeDecoder([pcm(8000, [1], [1, 2])]);
    expect((await failure(mp3(0), { loadDecoder: uneven.load })).message).toMatch(/unequal length/);
  });

  test('comes from FLAC on our scale, whichever of the two the decoder uses', async () => {
    for (const bits of [8, 16, 20, 24]) {
      const file = new Uint8Array(100);
      file.set([...ascii('fLaC'), 0x80, 0, 0, 34]);
      file.set([0x0a, 0xc4, 0x40 | ((bits - 1) >> 4), ((bits - 1) & 15) << 4, 0, 0, 0, 10], 18);
      const full = 2 ** (bits - 1);
      const integers = [0, 3, -full, full - 1, -full + 1, full / 2, full / 2 + 1, -5, full - 2, 1];
      for (const divisor of [full - 1, full]) {
        const pieces = [integers.slice(0, 1), integers.slice(1)].map((piece) => piece.map((k) => k / divisor));
        const { load } = fakeDecoder(pieces.map((piece) => pcm(44100, piece)));
        const reader = await openAudio(file, { loadDecoder: load });
        expect(reader.format).toMatchObject({ bitsPerSample: bits, frames: 10 });
        expect((await readAll(reader))[0].map((value) => value * full)).toEqual(integers);
      }
    }
  });

  test('gives back its decoder when closed early', async () => {
    const { load, freed } = fakeDecoder([pcm(8000, [1, 2, 3])]);
    const reader = await openAudio(mp3(3), { loadDecoder: load });
    await reader.close();
    expect(freed).toHaveBeenCalledTimes(1);
    expect(await reader.read([new Float32Array(1)])).toBe(0);
  });

  test('counts what a decoder says on the console as damage, and puts the console back', async () => {
    const load = async () => ({
      default: {
        mp3: async () =>
          Object.assign(
            async (piece?: Uint8Array) => {
              console.error('broken frame');
              return piece ? pcm(8000, [1]) : pcm(0);
            },
            { free: () => {} },
          ),
      },
    });
    const { error } = console;
    const shown = vi.spyOn(console, 'error');
    const readers = await Promise.all([1, 2].map(() => openAudio(mp3(3), { loadDecoder: load })));
    await Promise.all(readers.map((reader) => readAll(reader)));
    for (const reader of readers) expect(reader.damage).toMatchObject([{ message: expect.stringMatching(/2 broken/) }]);
    expect(shown).not.toHaveBeenCalled();
    shown.mockRestore();
    expect(console.error).toBe(error);
  });
});

describe.skipIf(!installed)('with @audio/decode installed', () => {
  const samples = async (ending: string, lengths = [50000]) => {
    const reader = await openAudio(new PiecewiseSource(lena(ending), lengths));
    const [plane] = await readAll(reader, 8192);
    return { format: reader.format, plane, reader };
  };

  test('FLAC gives the very samples that were coded: their MD5 is the one in the file', async () => {
    const file = lena('flac');
    const { format, plane, reader } = await samples('flac', [4001]);
    expect(format).toEqual({
      container: 'FLAC',
      sampleRate: 44100,
      channels: 1,
      sampleFormat: 'i16',
      bitsPerSample: 16,
      frames: 541184,
    });
    expect(reader.damage).toEqual([]);
    const integers = Int16Array.from(plane, (value) => value * 32768);
    const digest = createHash('md5').update(new Uint8Array(integers.buffer)).digest('hex');
    expect(digest).toBe(Buffer.from(file.subarray(26, 42)).toString('hex'));
  });

  test('AIFF gives the very samples that are stored', async () => {
    const file = Buffer.from(lena('aiff'));
    const { format, plane } = await samples('aiff');
    expect(format).toMatchObject({ container: 'AIFF', sampleRate: 44100, channels: 1 });
    const start = file.indexOf('SSND') + 16;
    expect(plane.length).toBe(file.readUInt32BE(file.indexOf('COMM') + 10));
    expect(plane.every((value, i) => value * 32768 === file.readInt16BE(start + 2 * i))).toBe(true);
  });

  test('MP3 and Ogg Vorbis give the recording, at its length and in its place', async () => {
    const { plane: wav } = await samples('wav');
    for (const [ending, container] of [
      ['mp3', 'MP3'],
      ['ogg', 'Ogg Vorbis'],
    ]) {
      const { format, plane } = await samples(ending);
      expect(format).toMatchObject({ container, sampleRate: 44100, channels: 1, sampleFormat: 'f32' });
      expect(plane.length).toBe(wav.length);
      let signal = 0;
      let error = 0;
      for (let i = 0; i < wav.length; i++) {
        signal += wav[i] * wav[i];
        error += (wav[i] - plane[i]) ** 2;
      }
      expect(10 * Math.log10(signal / error)).toBeGreaterThan(10);
    }
  });

  test('half a FLAC file gives its half and says what is missing', async () => {
    const file = lena('flac');
    const reader = await openAudio(file.slice(0, file.length / 2));
    const [plane] = await readAll(reader, 8192);
    expect(plane.length).toBeGreaterThan(200000);
    expect(reader.missingFrames).toBe(541184 - plane.length);
    expect(reader.damage).toMatchObject([{ message: expect.stringMatching(/of 541184 frames are missing/) }]);
  });

  test('a broken MP3 file is read on behind the break, in silence', async () => {
    const file = lena('mp3');
    for (let i = 0; i < 2000; i++) file[100000 + i] ^= i * 37;
    const shown = [vi.spyOn(console, 'error'), vi.spyOn(console, 'warn'), vi.spyOn(console, 'log')];
    const reader = await openAudio(file);
    const [plane] = await readAll(reader, 8192);
    expect(plane.length).toBeGreaterThan(500000);
    expect(reader.damage).toMatchObject([{ message: expect.stringMatching(/broken frames/) }]);
    for (const spy of shown) expect(spy).not.toHaveBeenCalled();
    vi.restoreAllMocks();
  });

  test('magic bytes with nothing behind them are a failure in one line', async () => {
    for (const start of ['fLaC', 'OggS', 'caff', 'qoaf', 'TTA1', 'wvpk']) {
      const bytes = Uint8Array.from([...ascii(start), ...new Array(200).fill(0x55)]);
      await failure(bytes);
    }
  });
});
