import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { decode, encode } from 'qoa-format';
import { describe, expect, test } from 'vitest';
import { BitstreamError } from '../../src/engine/errors.js';
import { DEQUANTIZED } from '../../src/files/_qoa-format.js';
import { IterableSource, MemorySink, openAudio, QoaReader, QoaWriter, WavReader } from '../../src/files/index.js';

type Effort = 1 | 2 | 3 | 4;

interface Decoded {
  planes: Float32Array[];
  frames: number;
  missing: number;
  damage: string[];
}

async function write(planes: Float32Array[], effort: Effort = 1, piece = planes[0].length): Promise<Uint8Array> {
  const sink = new MemorySink();
  const writer = new QoaWriter(sink, { sampleRate: 44100, channels: planes.length, effort });
  for (let at = 0; at < planes[0].length; at += piece) {
    await writer.write(planes.map((plane) => plane.subarray(at, at + piece)));
  }
  await writer.finish();
  return sink.bytes.slice();
}

async function read(bytes: Uint8Array, piece = 4096): Promise<Decoded> {
  const reader = await QoaReader.open(bytes);
  const planes = Array.from({ length: reader.format.channels }, () => new Float32Array(bytes.length * 3));
  let frames = 0;
  for (let count = -1; count !== 0; frames += count) {
    count = await reader.read(planes.map((plane) => plane.subarray(frames, frames + piece)));
  }
  expect(reader.framesRead).toBe(frames);
  return {
    planes: planes.map((plane) => plane.subarray(0, frames)),
    frames,
    missing: reader.missingFrames,
    damage: reader.damage.map(({ message }) => message),
  };
}

/** The 16-bit integers behind what qoa-format makes of a file: it divides by 32767 above zero. */
function oracle(bytes: Uint8Array): number[][] {
  return decode(bytes).channelData.map((plane) =>
    Array.from(plane, (value) => Math.round(value < 0 ? value * 32768 : value * 32767)),
  );
}

const integers = (planes: Float32Array[]) => planes.map((plane) => Array.from(plane, (value) => value * 32768 || 0));
const without0 = (planes: number[][]) => planes.map((plane) => plane.map((value) => value || 0));

function signal(name: string, frames: number, seed = 1): Float32Array {
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state / 0x40000000 - 1;
  };
  const shapes: Record<string, (frame: number) => number> = {
    silence: () => 0,
    tone: (frame) => 0.7 * Math.sin(frame * 0.05),
    noise: random,
    square: (frame) => (frame % 37 < 18 ? 1 : -1),
    alternating: (frame) => (frame % 2 === 0 ? 1 : -1),
    loudHighTone: (frame) => Math.sin(frame * 2.9),
    impulses: (frame) => (frame % 611 === 0 ? random() : 0.001 * random()),
  };
  return Float32Array.from({ length: frames }, (_, frame) => shapes[name](frame));
}

const SIGNALS = ['silence', 'tone', 'noise', 'square', 'alternating', 'loudHighTone', 'impulses'];

async function recording(frames: number): Promise<Float32Array> {
  const file = readFileSync(new URL('../../node_modules/audio-lena/lena.wav', import.meta.url));
  const wav = await WavReader.open(new Uint8Array(file));
  const plane = new Float32Array(44100 + frames);
  await wav.read([plane]);
  return plane.slice(44100);
}

function signalToNoise(x: Float32Array, y: Float32Array): number {
  let [signalPower, noisePower] = [0, 0];
  for (let i = 0; i < x.length; i++) {
    signalPower += x[i] ** 2;
    noisePower += (x[i] - y[i]) ** 2;
  }
  return 10 * Math.log10(signalPower / noisePower);
}

describe('QOA', () => {
  test('has the levels of the formula: round((s + 1)^2.75) times 0.75, 2.5, 4.5 and 7', () => {
    const levels = [0.75, 2.5, 4.5, 7];
    for (let entry = 0; entry < 128; entry++) {
      const value = Math.round(Math.round(((entry >> 3) + 1) ** 2.75) * levels[(entry & 7) >> 1]);
      expect(DEQUANTIZED[entry]).toBe(entry & 1 ? -value : value);
    }
  });

  test.each(SIGNALS)('decodes what qoa-format encodes of %s as qoa-format does, bit for bit', async (name) => {
    for (const [frames, channels] of [
      [1, 1],
      [20, 2],
      [5120, 1],
      [5141, 3],
      [12345, 2],
    ]) {
      const channelData = Array.from({ length: channels }, (_, channel) => signal(name, frames, channel + 1));
      const bytes = encode({ channelData, sampleRate: 44100 });
      const ours = await read(bytes);
      expect(ours).toMatchObject({ frames, missing: 0, damage: [] });
      expect(integers(ours.planes)).toEqual(without0(oracle(bytes)));
    }
  });

  test.each(SIGNALS)('writes %s so that qoa-format decodes the same samples', async (name) => {
    for (const [frames, channels, effort] of [
      [1, 1, 4],
      [19, 2, 3],
      [5121, 8, 1],
      [10240, 1, 2],
    ]) {
      const planes = Array.from({ length: channels }, (_, channel) => signal(name, frames, channel + 1));
      const bytes = await write(planes, effort as Effort);
      const ours = await read(bytes);
      expect(ours).toMatchObject({ frames, missing: 0, damage: [] });
      expect(integers(ours.planes)).toEqual(without0(oracle(bytes)));
    }
  });

  test('is written at least 2 dB better than qoa-format writes it, in as many bytes', async () => {
    const x = await recording(2 * 44100);
    // Its encoder multiplies by 32767 and rounds down: given to it so that it sees the same integers.
    const theirs = encode({
      channelData: [x.map((value) => (value < 0 ? value : (value * 32768 + 0.001) / 32767))],
      sampleRate: 44100,
    });
    const reference = signalToNoise(x, (await read(theirs)).planes[0]);
    const gain = async (effort: Effort) => {
      const bytes = await write([x], effort);
      expect(bytes.length).toBe(theirs.length);
      return signalToNoise(x, (await read(bytes)).planes[0]) - reference;
    };
    expect(await gain(1)).toBeGreaterThan(0);
    expect(await gain(3)).toBeGreaterThan(2);
  });

  test('is written better than qoa-format writes it where a recording starts in the middle of a sound', async () => {
    const x = Float32Array.from({ length: 2000 }, (_, frame) => Math.round(26000 * Math.cos(frame * 0.021)) / 32768);
    const theirs = encode({
      channelData: [x.map((v) => (v < 0 ? v : (v * 32768 + 0.001) / 32767))],
      sampleRate: 44100,
    });
    const reference = signalToNoise(x, (await read(theirs)).planes[0]);
    for (const effort of [1, 2, 3, 4] as const) {
      expect(signalToNoise(x, (await read(await write([x], effort))).planes[0])).toBeGreaterThan(reference);
    }
  });

  test('gives the same bytes and samples however the input is cut', async () => {
    const planes = [signal('noise', 6000, 5), signal('tone', 6000)];
    const whole = await write(planes);
    const samples = await read(whole);
    for (const piece of [1, 777, 5120]) {
      expect(await write(planes, 1, piece)).toEqual(whole);
      expect(await read(whole, piece)).toEqual(samples);
    }
  });

  test('is told by its bytes, and read from a pipe', async () => {
    const bytes = await write([signal('tone', 100)]);
    const reader = await openAudio(
      new IterableSource(
        (async function* () {
          for (const byte of bytes) yield Uint8Array.of(byte);
        })(),
      ),
    );
    expect(reader.format).toMatchObject({ container: 'QOA', sampleRate: 44100, channels: 1, frames: 100 });
    expect(await reader.read([new Float32Array(200)])).toBe(100);
  });

  test('without a length is read to its end', async () => {
    const bytes = await write([signal('tone', 7000)]);
    const { planes } = await read(bytes);
    new DataView(bytes.buffer).setUint32(4, 0);
    expect((await QoaReader.open(bytes)).format.frames).toBeUndefined();
    expect(await read(bytes)).toMatchObject({ frames: 7000, damage: [], planes });
    expect(await read(bytes.subarray(0, bytes.length - 9))).toMatchObject({
      frames: 6960,
      damage: ['the data end within a frame'],
    });
  });

  test('whose rate or channels change on the way is refused', async () => {
    const [mono, stereo] = [await write([signal('tone', 5120)]), await write([signal('tone', 50), signal('tone', 50)])];
    const both = Buffer.concat([mono, stereo.subarray(8)]);
    both.writeUInt32BE(0, 4);
    await expect(read(both)).rejects.toThrow(BitstreamError);
  });

  test('holds one silent sample where there was none, for its headers stand in frames', async () => {
    expect(await read(await write([new Float32Array(0)]))).toMatchObject({ frames: 1, damage: [] });
  });

  test('refuses options no QOA file can hold', () => {
    const make = (options: object) => () =>
      new QoaWriter(new MemorySink(), { sampleRate: 44100, channels: 1, ...options } as never);
    for (const [options, message] of [
      [{ channels: 9 }, /channels expected .* 8/],
      [{ sampleRate: 2 ** 24 }, /sampleRate/],
      [{ effort: 5 }, /effort/],
      [{ frames: -1 }, /frames/],
      [{ quality: 1 }, /quality/],
    ] as const) {
      expect(make(options)).toThrow(message);
    }
    expect(() => new QoaWriter({} as never, { sampleRate: 1, channels: 1 })).toThrow(TypeError);
  });
});

describe('a damaged QOA file', () => {
  /** The coded frames of 5120, 1 and 5120 samples under a header that says 5122, which overflow the reference decoder. */
  test('whose frames hold more than its header says gives what the header says', async () => {
    for (const total of [5122, 5121, 5120, 1]) {
      const [full, one] = [await write([signal('noise', 5120)]), await write([signal('noise', 1)])];
      const file = Buffer.concat([full, one.subarray(8), full.subarray(8)]);
      file.writeUInt32BE(total, 4);
      const outcome = await read(file);
      expect(outcome.frames).toBe(total);
      expect(outcome.damage.length).toBeGreaterThan(0);
      expect(integers(outcome.planes)[0]).toEqual(without0(oracle(file))[0]);
    }
  });

  test('that promises what it does not hold costs no more than it holds', async () => {
    const bytes = await write([signal('tone', 30)]);
    new DataView(bytes.buffer).setUint32(4, 0xffffffff);
    expect(await read(bytes)).toMatchObject({ frames: 30, missing: 0xffffffff - 30 });
  });

  test('cut anywhere gives what came, or says that there is no header', async () => {
    const bytes = await write([signal('tone', 90), signal('noise', 90)]);
    const whole = await read(bytes);
    for (let length = 0; length < bytes.length; length++) {
      const cut = bytes.subarray(0, length);
      if (length < 16) {
        await expect(read(cut)).rejects.toThrow(BitstreamError);
        continue;
      }
      const { frames, missing, damage, planes } = await read(cut);
      expect([length, frames + missing, damage.length]).toEqual([length, 90, 1]);
      expect(planes).toEqual(whole.planes.map((plane) => plane.subarray(0, frames)));
    }
  });

  test('with any bit of its headers flipped keeps its length or is refused', async () => {
    const planes = [signal('tone', 5200)];
    const bytes = await write(planes);
    const whole = integers((await read(bytes)).planes);
    const second = bytes.length - (8 + 16 + 4 * 8);
    for (const [start, end] of [
      [0, 16],
      [second, second + 8],
    ]) {
      for (let bit = 8 * start; bit < 8 * end; bit++) {
        const flipped = bytes.slice();
        flipped[bit >> 3] ^= 0x80 >> (bit & 7);
        const outcome = await read(flipped).catch((error) => error);
        if (outcome instanceof BitstreamError) {
          expect(bit).toBeLessThan(128);
          continue;
        }
        // Behind the first headers everything is said twice. Only a length as likely as the right one is believed.
        if (start === second) {
          expect(integers(outcome.planes)).toEqual(whole.map((plane) => plane.slice(0, outcome.frames)));
          expect(outcome.frames + outcome.missing).toBe(5200);
          expect(outcome.frames).toBeGreaterThan(5180);
        }
        // A rate that is wrong throughout the first frame is told by the second.
        if (bit >= 32) expect([bit, outcome.damage.length > 0]).toEqual([bit, true]);
      }
    }
  });

  test('of any bytes is decoded with a report or refused', async () => {
    const bytes = await write([signal('noise', 5200), signal('tone', 5200)]);
    const change = fc.tuple(fc.nat(bytes.length - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 20 }), fc.nat(bytes.length), async (changes, length) => {
        const damaged = bytes.slice(0, length);
        for (const [at, value] of changes) if (at < length) damaged[at] = value;
        const outcome = await read(damaged).catch((error) => error);
        if (!(outcome instanceof BitstreamError)) expect(outcome.frames).toBeLessThanOrEqual(3 * damaged.length);
      }),
      { numRuns: 100 },
    );
  });
});
