import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BitstreamError } from '../../src/engine/errors.js';
import { BytesSource, SAMPLE_FORMATS, type SampleFormat, WavReader } from '../../src/files/index.js';
import { type Chunk, chunksOf, data, fmt, riff, samplesOf, u32, u64 } from '../reference/wav.js';
import { deinterleave, PiecewiseSource, readAll, ZerosSource } from './_sources.js';

const BITS: Record<SampleFormat, number> = { u8: 8, i16: 16, i24: 24, i32: 32, f32: 32, f64: 64 };
const tagOf = (format: SampleFormat) => (format === 'f32' || format === 'f64' ? 3 : 1);
const bytesUpTo = (count: number) => Uint8Array.from({ length: count }, (_, i) => (i * 37 + 11) & 0xff);

async function failure(bytes: Uint8Array): Promise<BitstreamError> {
  const error = await WavReader.open(bytes).then(
    () => undefined,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(BitstreamError);
  expect(error.message).not.toContain('\n');
  return error;
}

describe('WavReader reads', () => {
  test('every sample format, however the bytes arrive and however many frames are asked for', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...SAMPLE_FORMATS),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 0, max: 50 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        fc.integer({ min: 1, max: 60 }),
        async (format, channels, frames, lengths, framesPerCall) => {
          const body = bytesUpTo((frames * channels * BITS[format]) / 8);
          const header = fmt({ tag: tagOf(format), channels, bits: BITS[format], sampleRate: 12345 });
          const file = riff([header, data(body)]);
          const reader = await WavReader.open(new PiecewiseSource(file, lengths));
          expect(reader.format).toMatchObject({ sampleRate: 12345, channels, sampleFormat: format });
          expect(await readAll(reader, framesPerCall)).toEqual(deinterleave(samplesOf(format, body), channels));
          expect(reader.framesRead).toBe(frames);
          expect(reader.missingFrames).toBe(0);
          expect(reader.damage).toEqual([]);
        },
      ),
    );
  });

  test('the extensible form, with its valid bits and channel mask', async () => {
    const extensible = { validBits: 20, channelMask: 0x33, subformat: 1 };
    const body = bytesUpTo(36);
    const reader = await WavReader.open(riff([fmt({ channels: 4, bits: 24, extensible }), data(body)]));
    expect(reader.format).toEqual({
      container: 'WAV',
      sampleRate: 8000,
      channels: 4,
      sampleFormat: 'i24',
      bitsPerSample: 20,
      frames: 3,
      channelMask: 0x33,
    });
    expect(await readAll(reader)).toEqual(deinterleave(samplesOf('i24', body), 4));
    const float = { validBits: 0, channelMask: 0, subformat: 3 };
    const floats = await WavReader.open(riff([fmt({ bits: 64, extensible: float }), data(bytesUpTo(8))]));
    expect(floats.format).toMatchObject({ sampleFormat: 'f64', bitsPerSample: 64 });
  });

  test('12- and 20-bit samples from the upper end of their bytes', async () => {
    const twelve = await WavReader.open(riff([fmt({ bits: 12, blockAlign: 2 }), data([0x00, 0x80, 0xf0, 0x7f])]));
    expect(twelve.format).toMatchObject({ sampleFormat: 'i16', bitsPerSample: 12 });
    expect(await readAll(twelve)).toEqual([[-1, 2047 / 2048]]);
  });

  test('past unknown and odd-sized chunks before the samples, by skipping where the source can', async () => {
    const chunks: Chunk[] = [
      { id: 'JUNK', body: bytesUpTo(300001) },
      fmt({}),
      { id: 'LIST', body: bytesUpTo(33) },
      { id: 'bext', body: [] },
      data([0x00, 0x40]),
      { id: 'LIST', body: bytesUpTo(5) },
    ];
    const file = riff(chunks);
    expect(await readAll(await WavReader.open(file))).toEqual([[0.5]]);
    expect(await readAll(await WavReader.open(new PiecewiseSource(file, [7])))).toEqual([[0.5]]);
  });

  test('no further than the samples, whatever follows them', async () => {
    const file = riff([fmt({}), data([1, 0, 2, 0]), { id: 'data', body: [3, 0] }]);
    expect(await readAll(await WavReader.open(file))).toEqual([[1 / 32768, 2 / 32768]]);
  });

  test('RF64 and BW64 with sizes from ds64, in constant memory', async () => {
    const dataBytes = 6e9;
    const ds64: Chunk = {
      id: 'ds64',
      body: [...u64(dataBytes + 100), ...u64(dataBytes), ...u64(dataBytes / 4), ...u32(0)],
    };
    for (const form of ['RF64', 'BW64']) {
      const file = riff([ds64, fmt({ channels: 2 }), data([], 0xffffffff)], { form, size: 0xffffffff });
      const source = new ZerosSource(file, dataBytes);
      const reader = await WavReader.open(source);
      expect(reader.format).toMatchObject({ container: form, frames: 1.5e9, channels: 2 });
      const planes = [new Float32Array(1 << 20), new Float32Array(1 << 20)];
      for (let call = 0; call < 3; call++) expect(await reader.read(planes)).toBe(1 << 20);
      expect(source.largestRequest).toBeLessThanOrEqual(262144);
    }
  });

  test('an RF64 file whose data size fits 32 bits from the data chunk itself', async () => {
    const ds64: Chunk = { id: 'ds64', body: [...u64(0), ...u64(0), ...u64(0), ...u32(0)] };
    const reader = await WavReader.open(riff([ds64, fmt({}), data([0, 64])], { form: 'RF64', size: 0xffffffff }));
    expect(await readAll(reader)).toEqual([[0.5]]);
  });

  test('to the end where the length is unknown', async () => {
    for (const size of [0xffffffff, 0, 0x7ffff000, 0x7fffffff]) {
      const file = riff([fmt({}), data([0, 64, 0, 192], size)], { size: size === 0 ? 0 : 0xffffffff });
      const piped = await WavReader.open(new PiecewiseSource(file));
      expect(piped.format.frames).toBeUndefined();
      expect(await readAll(piped)).toEqual([[0.5, -0.5]]);
      expect(piped.damage).toEqual([]);
      const stored = await WavReader.open(file);
      expect(stored.format.frames).toBe(2);
      expect(await readAll(stored)).toEqual([[0.5, -0.5]]);
      expect(stored.missingFrames).toBe(0);
    }
  });

  test('what a recorder wrote before it lost power, its sizes still those of an empty file', async () => {
    const file = riff([fmt({}), data([0, 64, 0, 192], 0)], { size: 36 });
    expect(await readAll(await WavReader.open(file))).toEqual([[0.5, -0.5]]);
  });

  test('no samples in an empty data chunk with something behind it', async () => {
    const file = riff([fmt({}), data([]), { id: 'LIST', body: [1, 2, 3, 4] }]);
    const reader = await WavReader.open(file);
    expect(reader.format.frames).toBe(0);
    expect(await readAll(reader)).toEqual([[]]);
  });

  test('0 again and again at the end', async () => {
    const reader = await WavReader.open(riff([fmt({}), data([0, 64])]));
    const plane = new Float32Array(4);
    expect(await reader.read([plane])).toBe(1);
    expect(await reader.read([plane])).toBe(0);
    expect(await reader.read([plane])).toBe(0);
    expect(reader.damage).toEqual([]);
  });

  test('the recording that audio-lena ships', async () => {
    const file = readFileSync(new URL('../../node_modules/audio-lena/lena.wav', import.meta.url));
    const reader = await WavReader.open(new Uint8Array(file));
    expect(reader.format).toMatchObject({ sampleRate: 44100, channels: 1, sampleFormat: 'i16', frames: 541184 });
    const [samples] = await readAll(reader, 10000);
    const body = chunksOf(new Uint8Array(file)).find(({ id }) => id === 'data')!.body;
    const expected = samplesOf('i16', body);
    expect(samples.length).toBe(expected.length);
    expect(samples.every((sample, i) => sample === expected[i])).toBe(true);
  });
});

describe('a WAV file cut short', () => {
  const file = riff([fmt({ channels: 2 }), data(bytesUpTo(400))]);

  test('gives the frames that are there and says how many are missing, at any cut within the samples', async () => {
    for (let cut = 44; cut < file.length; cut++) {
      const held = Math.floor((cut - 44) / 4);
      for (const size of [undefined, cut]) {
        const reader = await WavReader.open(new PiecewiseSource(file.slice(0, cut), [61], size));
        expect(reader.format.frames).toBe(100);
        expect(reader.missingFrames).toBe(size === undefined ? 0 : 100 - held);
        const planes = await readAll(reader, 17);
        expect(planes[1].length).toBe(held);
        expect(reader.missingFrames).toBe(100 - held);
        expect(reader.damage).toHaveLength(1);
        expect(reader.damage[0].byteOffset).toBe(cut);
        expect(reader.damage[0].message).toMatch(/cut short/);
      }
    }
  });

  test('within its header is an error that says where it ends, at any cut', async () => {
    for (let cut = 0; cut < 44; cut++) {
      const error = await failure(file.slice(0, cut));
      expect(error.byteOffset).toBeLessThanOrEqual(cut);
      expect(error.message).toMatch(cut < 4 ? /no WAV file/ : /ends/);
    }
  });

  test('by part of a frame is damage where the length is unknown or wrong', async () => {
    const unknown = await WavReader.open(
      riff([fmt({}), data([0, 64, 1], 0xffffffff)], { size: 0xffffffff }).slice(0, 47),
    );
    expect(await readAll(unknown)).toEqual([[0.5]]);
    expect(unknown.damage).toMatchObject([{ byteOffset: 46, message: expect.stringMatching(/within a frame/) }]);
    const odd = await WavReader.open(riff([fmt({}), data([0, 64, 1])]));
    expect(await readAll(odd)).toEqual([[0.5]]);
    expect(odd.damage).toMatchObject([{ byteOffset: 46, message: expect.stringMatching(/within a frame/) }]);
  });
});

describe('WavReader refuses, in one line that says what is wrong', () => {
  const extensible = { validBits: 16, channelMask: 0, subformat: 1 };
  const text = new TextEncoder().encode('Dear diary, today I named this file .wav');
  const cases: [string, Uint8Array, RegExp, number][] = [
    ['an empty file', new Uint8Array(0), /no WAV file: it is empty/, 0],
    ['text', text, /no WAV file: it starts with 'Dear'/, 0],
    ['a picture', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a), /starts with bytes 89 50 4e 47/, 0],
    ['big-endian WAV', riff([fmt({}), data([])], { form: 'RIFX' }), /RIFX/, 0],
    ['another RIFF', riff([], { type: 'WEBP' }), /'WEBP'/, 8],
    ['no data chunk', riff([fmt({})]), /'data' chunk/, 36],
    ['no fmt chunk', riff([data([1, 2])]), /before any 'fmt ' chunk/, 12],
    ['two fmt chunks', riff([fmt({}), fmt({}), data([])]), /second 'fmt '/, 36],
    ['a short fmt chunk', riff([{ id: 'fmt ', body: [1, 0, 1, 0] }, data([])]), /'fmt ' chunk has 4 bytes/, 20],
    ['zero channels', riff([fmt({ channels: 0 }), data([])]), /0 channels/, 22],
    ['65 channels', riff([fmt({ channels: 65 }), data([])]), /65 channels/, 22],
    [
      'zero channels far in',
      riff([{ id: 'JUNK', body: bytesUpTo(300001) }, fmt({ channels: 0 })]),
      /0 channels/,
      300032,
    ],
    ['no sample rate', riff([fmt({ sampleRate: 0 }), data([])]), /0 Hz/, 24],
    ['an absurd sample rate', riff([fmt({ sampleRate: 4e9 }), data([])]), /4000000000 Hz/, 24],
    ['0 bits', riff([fmt({ bits: 0 }), data([])]), /0 bits/, 34],
    ['33 bits', riff([fmt({ bits: 33 }), data([])]), /33 bits/, 34],
    ['16-bit floats', riff([fmt({ tag: 3, bits: 16 }), data([])]), /16-bit floats/, 34],
    ['a wrong block align', riff([fmt({ channels: 2, blockAlign: 2 }), data([])]), /2 bytes a frame.*take 4/, 32],
    ['A-law', riff([fmt({ tag: 6, bits: 8 }), data([])]), /0x0006 \(A-law\) is not read/, 20],
    ['mu-law', riff([fmt({ tag: 7, bits: 8 }), data([])]), /0x0007 \(mu-law\) is not read/, 20],
    ['an unheard-of format', riff([fmt({ tag: 0x4242 }), data([])]), /0x4242 is not read/, 20],
    ['a foreign subformat', riff([fmt({ extensible: { ...extensible, subformat: 0x10001 } }), data([])]), /GUID/, 44],
    [
      'more valid bits than bits',
      riff([fmt({ extensible: { ...extensible, validBits: 17 } }), data([])]),
      /17 valid/,
      38,
    ],
    ['a short extensible fmt', riff([{ id: 'fmt ', body: [0xfe, 0xff, ...new Array(14).fill(0)] }]), /16 bytes/, 20],
    ['RF64 without ds64', riff([fmt({}), data([], 0xffffffff)], { form: 'RF64' }), /no 'ds64'/, 36],
    [
      'a short ds64',
      riff([{ id: 'ds64', body: u64(1) }, fmt({}), data([])], { form: 'RF64' }),
      /'ds64' chunk has 8/,
      12,
    ],
    [
      'a size beyond 2^53',
      riff([{ id: 'ds64', body: [...u64(9), 0, 0, 0, 0, 0, 0, 0, 0x40, ...u64(0), ...u32(0)] }], { form: 'RF64' }),
      /2\^53/,
      28,
    ],
    [
      'a chunk beyond the file',
      riff([{ id: 'LIST', body: [1, 2], size: 4e9 }, fmt({}), data([])]),
      /within its 'LIST'/,
      20,
    ],
    ['a chunk without a name', riff([{ id: '\0\0\0\x01', body: [] }]), /name of a chunk/, 12],
  ];
  test.each(cases)('%s', async (_, bytes, message, byteOffset) => {
    const error = await failure(bytes);
    expect(error.message).toMatch(message);
    expect(error.byteOffset).toBe(byteOffset);
  });

  test('planes that do not fit the file', async () => {
    const reader = await WavReader.open(riff([fmt({ channels: 2 }), data([0, 0, 0, 0])]));
    await expect(reader.read([new Float32Array(1)])).rejects.toThrow(RangeError);
    await expect(reader.read([new Float32Array(1), new Float32Array(2)])).rejects.toThrow(RangeError);
    await expect(reader.read([new Float32Array(1), new Float64Array(1)] as never)).rejects.toThrow(TypeError);
    await expect(WavReader.open('a.wav' as never)).rejects.toThrow(TypeError);
  });
});

describe('WavReader survives', () => {
  const drain = async (bytes: Uint8Array) => {
    const source = new PiecewiseSource(bytes, [4096], bytes.length);
    try {
      const reader = await WavReader.open(source);
      const planes = Array.from({ length: reader.format.channels }, () => new Float32Array(64));
      let frames = 0;
      for (let got = await reader.read(planes); got > 0; got = await reader.read(planes)) frames += got;
      expect(frames * reader.format.channels).toBeLessThanOrEqual(bytes.length);
      expect(frames + reader.missingFrames).toBe(reader.format.frames);
    } catch (error) {
      expect(error).toBeInstanceOf(BitstreamError);
      expect((error as BitstreamError).byteOffset).toBeLessThanOrEqual(bytes.length);
    }
    expect(source.largestRequest).toBeLessThanOrEqual(262144);
  };

  test('any bytes, alone or behind the start of a header', async () => {
    const start = [0x52, 0x49, 0x46, 0x46, 1, 2, 3, 4, 0x57, 0x41, 0x56, 0x45];
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 0, max: 12 }), async (bytes, known) => {
        await drain(Uint8Array.from([...start.slice(0, known), ...bytes]));
      }),
    );
  });

  test('every flipped bit of a header: an error or a reading, nothing else', async () => {
    const extensible = { validBits: 24, channelMask: 3, subformat: 1 };
    const ds64: Chunk = { id: 'ds64', body: [...u64(200), ...u64(60), ...u64(10), ...u32(0)] };
    const files = [
      riff([fmt({ channels: 2 }), { id: 'LIST', body: [1, 2, 3] }, data(bytesUpTo(60))]),
      riff([ds64, fmt({ channels: 2, bits: 24, extensible }), data(bytesUpTo(60), 0xffffffff)], { form: 'RF64' }),
    ];
    for (const file of files) {
      for (let bit = 0; bit < (file.length - 60) * 8; bit++) {
        const flipped = file.slice();
        flipped[bit >> 3] ^= 1 << (bit & 7);
        await drain(flipped);
      }
    }
  });

  test('a source that promises more than it was asked for', async () => {
    const source = new BytesSource(riff([fmt({}), data([0, 0])]));
    source.read = async () => 1e6;
    await expect(WavReader.open(source)).rejects.toThrow(RangeError);
  });
});
