import { beforeAll, describe, expect, it } from 'vitest';
import { PaleyReader, PaleyWriter } from '../../src/container/index.js';
import { Engine } from '../../src/engine/engine.js';
import { BitstreamError } from '../../src/engine/errors.js';
import { PacketsPort, SamplesPort } from '../../src/stage/port.js';
import { VectorCodec, VectorDecoder, VectorEncoder, type VectorEncoderOptions } from '../../src/vectors/index.js';
import { gaussian } from '../reference/vectors.js';

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load({ memory: 2 ** 25 });
});

const sampleRate = { numerator: 1000, denominator: 1 };
const frames = (channels: number) => ({ kind: 'frames', sampleRate, channels, sample: 'f32' }) as const;
const codebook = gaussian(32, 4);

const CASES: [string, Omit<VectorEncoderOptions, 'input'>][] = [
  ['eden', { codec: 'eden', dimension: 64, bits: 3 }],
  [
    'eden of 2.5 bits, scaled',
    { codec: 'eden', dimension: 64, bits: 2.5, channelScales: new Float32Array(64).fill(3) },
  ],
  ['turbo-prod', { codec: 'turbo-prod', dimension: 64, bits: 2 }],
  ['octopus', { codec: 'octopus', dimension: 64 }],
  ['pvq', { codec: 'pvq', dimension: 64, bits: 2 }],
  ['itq3s', { codec: 'itq3s', dimension: 256, bits: 1.625 }],
  ['gsq', { codec: 'gsq', dimension: 64, bits: 1 }],
  ['cq', { codec: 'cq', dimension: 64, bits: 2, codebook }],
  ['e8', { codec: 'e8', dimension: 64, bits: 3 }],
  [
    'saw-int4, dealt out',
    { codec: 'saw-int4', dimension: 64, rotation: 'outlier', channelMagnitudes: gaussian(64).map((v) => 1 + v * v) },
  ],
];

describe.each(CASES)('stages of %s', (_, options) => {
  it('code every channel as VectorCodec does, and keep the length, in pieces of any size', () => {
    const input = frames(2);
    const { dimension = 0 } = options;
    const planes = [gaussian(dimension * 5, 1), gaussian(dimension * 5, 2)];
    const encoder = new VectorEncoder(engine, { ...options, input, framesPerPacket: 2 * dimension, maxInput: 100 });
    const decoder = new VectorDecoder(engine, { input: JSON.parse(JSON.stringify(encoder.output)) });
    const whole = [...encoder.process(planes), ...encoder.flush()];
    expect(whole).toHaveLength(3);
    const pieces: Uint8Array[] = [];
    for (let from = 0; from < planes[0].length; from += 37) {
      pieces.push(...encoder.process(planes.map((plane) => plane.subarray(from, from + 37))));
    }
    pieces.push(...encoder.flush());
    expect(pieces).toEqual(whole);
    const codec = new VectorCodec(engine, { ...options, dimension });
    const first = planes.map((plane) => codec.encode(plane.subarray(0, 2 * dimension)));
    expect([...whole[0]]).toEqual([...first[0], ...first[1]]);
    const decoded = decoder.process(whole);
    for (const [channel, plane] of decoded.entries()) {
      expect(plane).toHaveLength(6 * dimension);
      expect(plane.subarray(0, 2 * dimension)).toEqual(codec.decode(first[channel]));
    }
    for (const stage of [encoder, decoder, codec]) stage.dispose();
  });

  it('make zeros of damaged packets at the real-time door, and throw at the other', () => {
    const input = frames(1);
    const { dimension = 0 } = options;
    const encoder = new VectorEncoder(engine, { ...options, input });
    const decoder = new VectorDecoder(engine, { input: encoder.output, maxInput: 2 });
    const [packet] = encoder.process([gaussian(dimension)]);
    expect(() => decoder.process([packet.subarray(1)])).toThrow(BitstreamError);
    expect(() => decoder.process([packet.subarray(0, packet.length - 1)])).toThrow(BitstreamError);
    const source = new PacketsPort(engine, { capacity: 2, packetBytes: encoder.maxPacketBytes });
    const target = new SamplesPort(engine, { capacity: decoder.maxOutput, channels: 1 });
    target.planes[0].fill(7);
    source.bytes.set(packet);
    source.offsets.set([0, 0]);
    source.lengths.set([packet.length - 1, packet.length]);
    source.frames.set([dimension, 5]);
    source.count = 2;
    expect(decoder.processInto(source, target)).toBe(dimension + 5);
    expect(target.planes[0].subarray(0, dimension).every((value) => value === 0)).toBe(true);
    expect(target.planes[0].subarray(dimension, dimension + 5).some((value) => value !== 0)).toBe(true);
    expect(decoder.faults).toBe(1);
    for (const part of [encoder, decoder, source, target]) part.dispose();
  });
});

describe('the stages', () => {
  it('take vectors across channels, frame by frame', () => {
    const channels = 8;
    const planes = Array.from({ length: channels }, (_, channel) => gaussian(40, channel + 1));
    const options = { codec: 'eden', dimension: 16, bits: 8 } as const;
    const encoder = new VectorEncoder(engine, {
      ...options,
      input: frames(channels),
      across: 'channels',
      framesPerPacket: 4,
    });
    const decoder = new VectorDecoder(engine, { input: encoder.output });
    const packets = encoder.process(planes);
    expect(packets).toHaveLength(10);
    const codec = new VectorCodec(engine, options);
    const interleaved = Float32Array.from({ length: 32 }, (_, i) => planes[i % channels][i >> 3]);
    expect([...packets[0]]).toEqual([...codec.encode(interleaved)]);
    for (const [channel, plane] of decoder.process(packets).entries()) {
      for (const [frame, value] of plane.entries()) expect(Math.abs(value - planes[channel][frame])).toBeLessThan(0.1);
    }
    for (const stage of [encoder, decoder, codec]) stage.dispose();
  });

  it('take blocks as vectors and give blocks back, with a latency that is exact', () => {
    const input = { kind: 'blocks', blockRate: { numerator: 10, denominator: 1 }, channels: 1, size: 32 } as const;
    const encoder = new VectorEncoder(engine, { codec: 'eden', bits: 4, input, framesPerPacket: 64 });
    const decoder = new VectorDecoder(engine, { input: encoder.output });
    expect(decoder.output).toEqual(input);
    expect(encoder.latency).toEqual({ numerator: 1, denominator: 10 });
    const x = gaussian(32 * 7);
    const decoded = decoder.process([...encoder.process([x]), ...encoder.flush()]);
    expect(decoded[0]).toHaveLength(32 * 8);
    expect(new VectorEncoder(engine, { codec: 'eden', dimension: 128, input: frames(1) }).latency).toEqual({
      numerator: 127,
      denominator: 1000,
    });
    for (const stage of [encoder, decoder]) stage.dispose();
  });

  it.each(['e8', 'cq'] as const)(
    'go through a .paley stream: %s, whose vectors differ in length or whose codebook is in the header',
    (codec) => {
      const x = gaussian(64 * 9);
      const encoder = new VectorEncoder(engine, {
        codec,
        dimension: 64,
        bits: 2,
        ...(codec === 'cq' && { codebook }),
        input: frames(1),
      });
      const packets = encoder.process([x]);
      const { sampleRate: rate, parameters, framesPerPacket } = encoder.output;
      const writer = new PaleyWriter({ sampleRate: rate, channels: [{}], codec, parameters, framesPerPacket });
      const parts = [...packets.map((packet) => writer.write(packet)), writer.finish(x.length)];
      const reader = new PaleyReader();
      const events = [...parts.flatMap((part) => (part === undefined ? [] : reader.push(part))), ...reader.end()];
      const header = events.find((event) => event.type === 'header')?.header;
      const read = events.flatMap((event) => (event.type === 'packets' ? event.packets.map(({ bytes }) => bytes) : []));
      expect(read).toEqual(packets);
      const decoder = new VectorDecoder(engine, {
        input: {
          kind: 'packets',
          codec: header?.codec ?? '',
          parameters: header?.parameters ?? {},
          framesPerPacket: header?.framesPerPacket ?? 0,
          sampleRate: header?.sampleRate ?? rate,
          channels: 1,
        },
      });
      const direct = new VectorDecoder(engine, { input: encoder.output });
      expect(decoder.process(read)).toEqual(direct.process(packets));
      for (const stage of [encoder, decoder, direct]) stage.dispose();
    },
  );

  it('refuse options that do not fit', () => {
    const base = { codec: 'eden', input: frames(3) } as const;
    expect(() => new VectorEncoder(engine, { ...base, dimension: 16, across: 'channels' })).toThrow(RangeError);
    expect(() => new VectorEncoder(engine, { ...base, dimension: 16, framesPerPacket: 24 })).toThrow(RangeError);
    expect(() => new VectorEncoder(engine, { ...base })).toThrow(RangeError);
    expect(() => new VectorEncoder(engine, { ...base, dimension: 16, typo: 1 } as never)).toThrow(TypeError);
    const { output } = new VectorEncoder(engine, { ...base, dimension: 16 });
    expect(() => new VectorDecoder(engine, { input: { ...output, codec: 'no' } })).toThrow(RangeError);
    expect(() => new VectorDecoder(engine, { input: { ...output, parameters: { dimension: 17 } } })).toThrow(
      RangeError,
    );
    expect(() => new VectorDecoder(engine, { input: { ...output, parameters: { dimension: 16, x: 1 } } })).toThrow(
      TypeError,
    );
  });

  it('give all memory back', () => {
    const { free } = engine.memory;
    for (const [, options] of CASES) {
      const encoder = new VectorEncoder(engine, { ...options, input: frames(1) });
      const decoder = new VectorDecoder(engine, { input: encoder.output });
      decoder.process(encoder.process([new Float32Array(256)]));
      encoder.dispose();
      decoder.dispose();
      expect(() => encoder.flush()).toThrow();
    }
    expect(engine.memory.free).toBe(free);
  });
});
