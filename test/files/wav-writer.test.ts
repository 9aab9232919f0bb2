import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildHeader } from '../../src/files/_wav-header.js';
import {
  type ByteSink,
  bytesPerSample,
  MemorySink,
  SAMPLE_FORMATS,
  WavReader,
  WavWriter,
  type WavWriterOptions,
} from '../../src/files/index.js';
import { ascii, chunksOf, data, fmt, riff, samplesOf, u16, u32, u64 } from '../reference/wav.js';
import { deinterleave, readAll } from './_sources.js';

/** A pipe: what is written stays as it is. */
class PipeSink implements ByteSink {
  readonly sizes: number[] = [];
  readonly #memory = new MemorySink();
  write(bytes: Uint8Array): Promise<void> {
    this.sizes.push(bytes.length);
    return this.#memory.write(bytes);
  }
  get bytes(): Uint8Array {
    return this.#memory.bytes;
  }
  async close(): Promise<void> {}
  async abort(): Promise<void> {}
}

async function written(
  options: WavWriterOptions,
  planes: Float32Array[] | Float64Array[],
  sink: MemorySink | PipeSink = new MemorySink(),
): Promise<Uint8Array> {
  const writer = new WavWriter(sink, options);
  await writer.write(planes);
  await writer.finish();
  return sink.bytes;
}

describe('WavWriter writes', () => {
  test('the 44-byte header of 16-bit stereo, where the length is known, byte for byte', async () => {
    const planes = [Float32Array.of(0.5, -1), Float32Array.of(-0.5, 2)];
    const bytes = await written({ sampleRate: 44100, channels: 2, sampleFormat: 'i16', frames: 2 }, planes);
    const body = [0x00, 0x40, 0x00, 0xc0, 0x00, 0x80, 0xff, 0x7f];
    expect(bytes).toEqual(riff([fmt({ channels: 2, sampleRate: 44100 }), data(body)]));
    expect(bytes.length).toBe(52);
  });

  test('24-bit samples in the extensible form and pads an odd size', async () => {
    const options = { sampleRate: 96000, channels: 1, sampleFormat: 'i24', frames: 1 } as const;
    const bytes = await written(options, [Float64Array.of(-1 / 8388608)]);
    const extensible = { validBits: 24, channelMask: 4, subformat: 1 };
    expect(bytes).toEqual(riff([fmt({ sampleRate: 96000, bits: 24, extensible }), data([255, 255, 255])]));
    expect(bytes.length % 2).toBe(0);
  });

  test('more than two channels in the extensible form, with the mask asked for', async () => {
    const planes = Array.from({ length: 6 }, () => Float32Array.of(0));
    const options = { sampleRate: 48000, channels: 6, sampleFormat: 'i16', frames: 1 } as const;
    const header = (channelMask: number) =>
      fmt({ sampleRate: 48000, channels: 6, extensible: { validBits: 16, channelMask, subformat: 1 } });
    expect(await written(options, planes)).toEqual(riff([header(0), data(new Uint8Array(12))]));
    const named = await written({ ...options, channelMask: 0x3f }, planes);
    expect(named).toEqual(riff([header(0x3f), data(new Uint8Array(12))]));
  });

  test('floats with a fact chunk that counts the frames', async () => {
    const bytes = await written({ sampleRate: 8000, channels: 1, sampleFormat: 'f32', frames: 1 }, [
      Float32Array.of(1),
    ]);
    const header = fmt({ tag: 3, bits: 32 });
    const body = [...header.body, ...u16(0)];
    expect(bytes).toEqual(riff([{ id: 'fmt ', body }, { id: 'fact', body: u32(1) }, data([0, 0, 0x80, 0x3f])]));
  });

  test('right sizes at the end where they can be patched, keeping room for 64-bit ones', async () => {
    const bytes = await written({ sampleRate: 8000, channels: 1, sampleFormat: 'i16' }, [Float32Array.of(0.5)]);
    expect(bytes).toEqual(riff([{ id: 'JUNK', body: new Uint8Array(28) }, fmt({}), data([0, 0x40])]));
  });

  test("'unknown' for all sizes on a pipe, and no padding that would be taken for a sample", async () => {
    const options = { sampleRate: 8000, channels: 1, sampleFormat: 'u8' } as const;
    const bytes = await written(options, [Float32Array.of(0, 0.5, -0.5)], new PipeSink());
    expect(bytes.slice(0, 44)).toEqual(riff([fmt({ bits: 8 }), data([], 0xffffffff)], { size: 0xffffffff }));
    expect([...bytes.slice(44)]).toEqual([128, 192, 64]);
    expect(await readAll(await WavReader.open(bytes))).toEqual([[0, 0.5, -0.5]]);
  });

  test('RF64 from the start where the known length is beyond 4 GiB', async () => {
    const sink = new PipeSink();
    const frames = 2 ** 31;
    const writer = new WavWriter(sink, { sampleRate: 48000, channels: 2, sampleFormat: 'i16', frames });
    await writer.flush();
    const ds64 = { id: 'ds64', body: [...u64(frames * 4 + 72), ...u64(frames * 4), ...u64(frames), ...u32(0)] };
    const header = fmt({ channels: 2, sampleRate: 48000 });
    const expected = riff([ds64, header, data([], 0xffffffff)], { form: 'RF64', size: 0xffffffff });
    expect(sink.bytes).toEqual(expected);
    const reader = await WavReader.open(
      (async function* () {
        yield sink.bytes;
      })(),
    );
    expect(reader.format.frames).toBe(frames);
  });

  test('RIFF up to the last size that 32 bits can say, and RF64 in the room kept for it from there', () => {
    const header = { sampleRate: 8000, channels: 1, sampleFormat: 'u8', channelMask: 4, wide: true } as const;
    const room = { id: 'JUNK', body: new Uint8Array(28) };
    // 80 bytes of header, eight of which the RIFF size leaves out; all ones is not a size.
    const largest = 0xfffffffe - 72;
    const small = riff([room, fmt({ bits: 8 }), data([], largest)], { size: 0xfffffffe });
    expect(buildHeader({ ...header, frames: largest })).toEqual(small);
    const frames = largest + 2;
    const ds64 = { id: 'ds64', body: [...u64(0x100000000), ...u64(frames), ...u64(frames), ...u32(0)] };
    const sizes = { form: 'RF64', size: 0xffffffff };
    const large = riff([ds64, fmt({ bits: 8 }), data([], 0xffffffff)], sizes);
    expect(buildHeader({ ...header, frames })).toEqual(large);
    expect(large.length).toBe(small.length);
  });

  test('what it reads back bit for bit, for every format, cut and sink', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...SAMPLE_FORMATS),
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 6 }),
        fc.constantFrom('memory', 'pipe', 'known'),
        fc.integer({ min: 1, max: 50 }),
        async (sampleFormat, channels, cuts, kind, framesPerCall) => {
          const frames = cuts.reduce((a, b) => a + b, 0);
          const raw = Uint8Array.from(
            { length: frames * channels * bytesPerSample(sampleFormat) },
            (_, i) => (i * i * 7 + i * 3) % 120,
          );
          const values = deinterleave(samplesOf(sampleFormat, raw), channels);
          const sink = kind === 'memory' ? new MemorySink() : new PipeSink();
          const known = kind === 'known' ? { frames } : {};
          const writer = new WavWriter(sink, { sampleRate: 11025, channels, sampleFormat, ...known });
          let at = 0;
          for (const cut of cuts) {
            await writer.write(values.map((plane) => Float64Array.from(plane.slice(at, at + cut))));
            at += cut;
          }
          await writer.finish();
          expect(writer.framesWritten).toBe(frames);
          expect(writer.clipped).toBe(0);
          if (kind !== 'pipe') {
            const found = chunksOf(sink.bytes).find(({ id }) => id === 'data')!;
            expect(found.body).toEqual(raw);
            expect(found.offset + 8 + found.size + (found.size % 2)).toBe(sink.bytes.length);
          }
          const reader = await WavReader.open(sink.bytes);
          expect(reader.format).toMatchObject({ sampleRate: 11025, channels, sampleFormat, frames });
          expect(await readAll(reader, framesPerCall)).toEqual(values);
          expect(reader.damage).toEqual([]);
        },
      ),
    );
  });

  test('in pieces of at most 256 KiB, and at once on flush', async () => {
    const sink = new PipeSink();
    const writer = new WavWriter(sink, { sampleRate: 8000, channels: 3, sampleFormat: 'i24' });
    const planes = Array.from({ length: 3 }, () => new Float32Array(80000));
    await writer.write(planes);
    expect(sink.sizes.length).toBe(3);
    await writer.flush();
    expect(Math.max(...sink.sizes)).toBeLessThanOrEqual(262144);
    expect(sink.sizes.slice(1).reduce((a, b) => a + b)).toBe(720000);
  });

  test('only the frames asked for, and counts what it clips and replaces', async () => {
    const sink = new MemorySink();
    const writer = new WavWriter(sink, { sampleRate: 8000, channels: 1, sampleFormat: 'i16' });
    await writer.write([Float32Array.of(2, Number.NaN, 0.25, 9)], 3);
    await writer.finish();
    expect([writer.framesWritten, writer.clipped, writer.replaced]).toEqual([3, 1, 1]);
    expect(await readAll(await WavReader.open(sink.bytes))).toEqual([[32767 / 32768, 0, 0.25]]);
  });

  test('fewer frames than promised, said in the header where the sink can go back', async () => {
    const options = { sampleRate: 8000, channels: 1, sampleFormat: 'i16', frames: 5 } as const;
    expect(await written(options, [Float32Array.of(0.5)])).toEqual(riff([fmt({}), data([0, 64])]));
    await expect(written(options, [Float32Array.of(0.5)], new PipeSink())).rejects.toThrow(/promised 5 frames, got 1/);
  });
});

describe('WavWriter refuses', () => {
  const good: WavWriterOptions = { sampleRate: 8000, channels: 1, sampleFormat: 'i16' };

  test('a sample rate that is no whole number of hertz, by name', () => {
    expect(() => new WavWriter(new MemorySink(), { ...good, sampleRate: 1000 / 3 })).toThrow(
      /^sampleRate .*whole hertz/,
    );
    expect(() => new WavWriter(new MemorySink(), { ...good, sampleRate: 0 })).toThrow(RangeError);
    expect(() => new WavWriter(new MemorySink(), { ...good, sampleRate: 1e7 + 1 })).toThrow(RangeError);
  });

  test('channels, formats, counts and options that there are not', () => {
    expect(() => new WavWriter(new MemorySink(), { ...good, channels: 0 })).toThrow(RangeError);
    expect(() => new WavWriter(new MemorySink(), { ...good, channels: 65 })).toThrow(RangeError);
    expect(() => new WavWriter(new MemorySink(), { ...good, sampleFormat: 'i8' as never })).toThrow(RangeError);
    expect(() => new WavWriter(new MemorySink(), { ...good, frames: -1 })).toThrow(RangeError);
    expect(() => new WavWriter(new MemorySink(), { ...good, bits: 16 } as never)).toThrow(TypeError);
    expect(() => new WavWriter({} as never, good)).toThrow(TypeError);
  });

  test('more frames than promised, planes that do not fit, and writing after the end', async () => {
    const writer = new WavWriter(new MemorySink(), { ...good, frames: 2 });
    await expect(writer.write([new Float32Array(3)])).rejects.toThrow(/2 frames in all, got 3/);
    await expect(writer.write([new Float32Array(1), new Float32Array(1)])).rejects.toThrow(RangeError);
    await writer.finish();
    await expect(writer.write([new Float32Array(1)])).rejects.toThrow(/after finish/);
  });
});

test('the reference writer of these tests makes what the standard shows', () => {
  const bytes = riff([fmt({}), data([1, 2])]);
  expect([...bytes.slice(0, 4), ...bytes.slice(8, 16)]).toEqual([...ascii('RIFF'), ...ascii('WAVEfmt ')]);
  expect(bytes.length).toBe(46);
});
