/**
 * docs/BITSTREAM.md 8.13 is enough to write a decoder: the one in test/reference, written from it alone, finds the same
 * integers as the package's.
 */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { model } from '../../src/wave/_model.js';
import * as tables from '../../src/wave/_tables.js';
import { type WaveConfig, WaveDecoder, WaveEncoder, type WaveEncoderOptions } from '../../src/wave/index.js';
import { crc32cBitwise } from '../reference/crc32c.js';
import { DamagedPacket } from '../reference/wave-coder.js';
import {
  decodeWave,
  decodeWaveToFloats,
  ReferenceWaveDecoder,
  tablesOfDocument,
  type WaveStream,
} from '../reference/wave-decoder.js';
import { exponential } from '../reference/wave-elementary.js';
import { analysisWindow, reflectionOf } from '../reference/wave-prediction.js';
import { makeRandom, voice } from './_signals.js';

const vectors = JSON.parse(readFileSync(new URL('../vectors/wave.json', import.meta.url), 'utf8')) as {
  cases: (WaveStream & { name: string; packets: [string, string][] })[];
  damaged: WaveStream & { packets: string[] };
};

const engine = await Engine.load();

type Settings = Partial<WaveEncoderOptions>;

function encode(planes: Int32Array[], settings: Settings) {
  const encoder = new WaveEncoder(engine, {
    sampleRate: 48000,
    channels: planes.length,
    stateCheck: true,
    ...settings,
  });
  const packets = [...encoder.process(planes), ...encoder.flush()];
  const { config } = encoder;
  encoder.dispose();
  return { packets, config };
}

/** Both decoders on the packets from `first` on. */
function expectTheSame(planes: Int32Array[], settings: Settings, first = 0): void {
  const { packets, config } = encode(planes, settings);
  const rest = packets.slice(first);
  const decoder = new WaveDecoder(engine, config);
  const integers = decoder.processIntegers(rest);
  expect([decoder.faults, decoder.concealedFrames]).toEqual([0, 0]);
  expect(decodeWave(config, rest)).toEqual(integers);
  decoder.reset();
  expect(decodeWaveToFloats(config, rest)).toEqual(decoder.process(rest));
  decoder.dispose();
}

/** Channels that have something in common, each with a voice of its own too. */
function planesOf(channels: number, frames: number, seed: number, bits = 16): Int32Array[] {
  const first = voice(frames, seed, bits);
  return Array.from({ length: channels }, (_, channel) => {
    if (channel === 0) return first;
    const own = voice(frames, seed + channel, bits);
    return first.map((value, n) => (channel === 1 ? value + (own[n] >> 5) : (value >> 1) + (own[n] >> 2)));
  });
}

test('every predictor, effort and packet size decodes to the same integers', { timeout: 30_000 }, () => {
  for (const predictor of ['lite', 'full'] as const) {
    for (const framesPerPacket of [64, 128, 256]) {
      for (const effort of [1, 2, 3, 4]) {
        expectTheSame(planesOf(1, 1300, 10 + effort), { predictor, framesPerPacket, effort, keyInterval: 4 });
      }
    }
  }
});

test('whatever is held constant, at 8, 16 and 24 bits and in one to three channels', { timeout: 30_000 }, () => {
  const modes: Settings[] = [
    { bitsPerSample: 3.2, keyInterval: 8 },
    { bitsPerSample: 2, rate: 'average', keyInterval: 0 },
    { step: 3 },
    { maxError: 2, keyInterval: 4, analysisFrames: 256 },
    { lossless: true, analysisFrames: 512 },
  ];
  for (const sampleBits of [8, 16, 24]) {
    for (const [at, mode] of modes.entries()) {
      for (const channels of [1, 2, 3]) {
        expectTheSame(planesOf(channels, 900, 20 + at, sampleBits), { effort: 1, ...mode, sampleBits });
      }
    }
  }
});

test('silence, full scale, even numbers and one click', () => {
  const random = makeRandom(3);
  const signals: ((n: number) => number)[] = [
    () => 0,
    () => (random() > 0 ? 8388607 : -8388608),
    (n) => (Math.floor(random() * 2 ** 15) + (n >> 8)) * 256,
    (n) => (n === 300 ? -8388608 : 0),
  ];
  for (const [at, signal] of signals.entries()) {
    for (const mode of [{ lossless: true }, { bitsPerSample: 2 }, { step: 0.35 }]) {
      const planes = [Int32Array.from({ length: 800 }, (_, n) => signal(n)), voice(800, at, 24)];
      expectTheSame(planes, { ...mode, sampleBits: 24, effort: 1 });
    }
  }
});

test('from any key packet on', () => {
  const planes = planesOf(2, 6000, 41);
  for (const [keyInterval, first] of [
    [8, 8],
    [8, 40],
    [32, 32],
  ]) {
    expectTheSame(planes, { keyInterval, effort: 1 }, first);
  }
});

test('bytes that no encoder wrote decode to the same integers, or are refused by both', () => {
  const random = makeRandom(5);
  const below = (count: number) => Math.floor(((random() + 1) / 2) * count);
  let decodedPackets = 0;
  for (let round = 0; round < 120; round++) {
    const { config } = encode([new Int32Array(0), new Int32Array(0)].slice(below(2)), {
      predictor: below(2) ? 'full' : 'lite',
      sampleBits: 8 + below(17),
      framesPerPacket: 64,
      stateCheck: false,
    });
    const decoder = new WaveDecoder(engine, config);
    const second = new ReferenceWaveDecoder(config);
    for (let at = 0; at < 6; at++) {
      const packet = Uint8Array.from({ length: 1 + below([3, 30, 600][below(3)]) }, () => below(256));
      // The range coder takes what begins so for a key.
      if (at === 0) packet[0] = 0xfe + below(2);
      const integers = decoder.processIntegers([packet]);
      if (decoder.concealedFrames > 0) {
        expect(() => second.decode(packet)).toThrow(DamagedPacket);
        break;
      }
      expect(second.decode(packet)).toEqual(integers);
      decodedPackets++;
    }
    decoder.dispose();
  }
  expect(decodedPackets).toBeGreaterThan(400);
});

test('the second decoder sees that a packet is missing or changed', () => {
  const { packets, config } = encode([voice(2000, 51)], { keyInterval: 0 });
  expect(() => decodeWave(config, packets)).not.toThrow();
  expect(() => decodeWave(config, packets.slice(1))).toThrow('decoding starts at a key');
  expect(() => decodeWave(config, packets.toSpliced(3, 2))).toThrow('the state is not the encoder’s');
  const changed = packets.map((packet, at) => (at === 5 ? packet.map((byte, i) => byte ^ (i === 9 ? 8 : 0)) : packet));
  expect(() => decodeWave(config, changed)).toThrow('the state is not the encoder’s');
  expect(() => decodeWave(config, packets.with(2, new Uint8Array(0)))).toThrow(DamagedPacket);
});

test('the tables in the document are the codec’s', () => {
  expect(tablesOfDocument()).toEqual([...model]);
});

function hexChecksum(bytes: ArrayBufferLike): string {
  return crc32cBitwise(new Uint8Array(bytes)).toString(16).padStart(8, '0');
}

test('the checksums of the computed tables in the document are those of both decoders', () => {
  const steps = Float32Array.from({ length: 320 }, (_, index) => 0.35 * exponential((index / 2 / 20) * Math.LN10));
  const sines = Float64Array.from({ length: 32 }, (_, j) => reflectionOf(j, 64));
  const windows = [256, 512, 1024].map((length) => Float64Array.from(analysisWindow(length)));
  expect([...windows, sines, steps]).toEqual([
    ...[256, 512, 1024].map(tables.analysisWindow),
    tables.sineTable(),
    tables.stepTable(),
  ]);
  const document = readFileSync(new URL('../../docs/BITSTREAM.md', import.meta.url), 'utf8');
  const [, sentence] = document.split('To check them by, CRC-32C');
  const stated = [...sentence.slice(0, 300).matchAll(/`([0-9a-f]{8})`/g)].map(([, checksum]) => checksum);
  expect([...windows, sines, steps].map((table) => hexChecksum(table.buffer))).toEqual(stated);
});

const fromBase64 = (text: string) => Uint8Array.from(Buffer.from(text, 'base64'));
const configOf = (stream: WaveStream) =>
  ({ ...stream, kind: 'packets', codec: 'wave', sampleRate: 48000 }) as unknown as WaveConfig;

/** The checksum that the vectors have of a packet's integers. */
function checksumOf(planes: Int32Array[]): string {
  const values = planes.flatMap((plane) => [...plane]);
  const bytes = new DataView(new ArrayBuffer(4 * values.length));
  for (const [at, value] of values.entries()) bytes.setInt32(4 * at, value, true);
  return hexChecksum(bytes.buffer);
}

// Where these fail though encoder and decoder agree, the meaning of packets has changed: run scripts/write-wave-vectors.mjs.
test.for(vectors.cases)('conformance vectors, both decoders: $name', (vector) => {
  const decoder = new WaveDecoder(engine, configOf(vector));
  const second = new ReferenceWaveDecoder(vector);
  for (const [at, [base64, checksum]] of vector.packets.entries()) {
    const packet = fromBase64(base64);
    expect([at, checksumOf(second.decode(packet))]).toEqual([at, checksum]);
    expect([at, checksumOf(decoder.processIntegers(packet))]).toEqual([at, checksum]);
  }
  expect([decoder.faults, decoder.concealedFrames]).toEqual([0, 0]);
  decoder.dispose();
});

test('packets that no encoder writes are refused by both decoders', () => {
  const { damaged } = vectors;
  for (const base64 of damaged.packets) {
    expect(() => decodeWave(damaged, [fromBase64(base64)])).toThrow(DamagedPacket);
    const decoder = new WaveDecoder(engine, configOf(damaged));
    decoder.process(fromBase64(base64));
    expect([decoder.faults, decoder.concealedFrames]).toEqual([1, damaged.framesPerPacket]);
    decoder.dispose();
  }
});
