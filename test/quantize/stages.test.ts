import fc from 'fast-check';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { BitstreamError, DisposedError, EngineMemoryError } from '../../src/engine/errors.js';
import {
  BlockCodec,
  BlockDecoder,
  BlockEncoder,
  type BlockEncoderOptions,
  type BlockRotation,
} from '../../src/quantize/index.js';
import type { BlocksFormat, FramesFormat, PacketsFormat } from '../../src/stage/format.js';
import { PacketsPort, SamplesPort } from '../../src/stage/port.js';
import { ratio } from '../../src/stage/rational.js';
import { decodeThroughPorts, encodeThroughPorts } from './_ports.js';
import { gaussian } from './_signals.js';

const RATE = { numerator: 48000, denominator: 1 };
const frames = (channels = 1): FramesFormat => ({ kind: 'frames', sampleRate: RATE, channels, sample: 'f32' });
const blocks = (size: number, channels = 1): BlocksFormat => ({
  kind: 'blocks',
  blockRate: { numerator: 1000, denominator: 1 },
  channels,
  size,
});

let engine: Engine;
let freeAtStart: number;
const made: { dispose(): void }[] = [];
beforeAll(async () => {
  engine = await Engine.load({ memory: 4 * 2 ** 20 });
  freeAtStart = engine.memory.free;
});
afterEach(() => {
  for (const processor of made.splice(0)) processor.dispose();
  expect(engine.memory.free).toBe(freeAtStart);
});

function keep<T extends { dispose(): void }>(processor: T): T {
  made.push(processor);
  return processor;
}
const createEncoder = (options: BlockEncoderOptions) => keep(new BlockEncoder(engine, options));
const createDecoder = (input: PacketsFormat, maxInput?: number) => keep(new BlockDecoder(engine, { input, maxInput }));

/** Channels of noise, each different. */
const noise = (channels: number, length: number) =>
  Array.from({ length: channels }, (_, channel) => gaussian(length, channel + 1));

/** A stream to code: what comes in, how it is packed, how long it is and how it is cut. */
const streams = fc
  .record({
    format: fc.constantFrom('int3', 'int4', 'int8'),
    rotation: fc.constantFrom<BlockRotation>('none', 'block'),
    blockSize: fc.constantFrom(16, 32, 64),
    blocksPerPacket: fc.integer({ min: 1, max: 4 }),
    itemSize: fc.constantFrom(0, 1, 4, 24, 64, 256),
    channels: fc.integer({ min: 1, max: 3 }),
    items: fc.integer({ min: 0, max: 40 }),
    sizes: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
    maxInput: fc.constantFrom(1, 3, 100),
  })
  .map(({ itemSize, channels, items, blockSize, blocksPerPacket, ...rest }) => ({
    ...rest,
    // Of frames more are needed to fill packets.
    planes: noise(channels, itemSize === 0 ? items * 11 : items * itemSize),
    input: itemSize === 0 ? frames(channels) : blocks(itemSize, channels),
    itemSize: Math.max(1, itemSize),
    blockSize,
    framesPerPacket: blockSize * blocksPerPacket,
  }));

describe('BlockEncoder', () => {
  it('packs channel after channel what BlockCodec makes of it, however the stream is cut, and pads the end', () => {
    fc.assert(
      fc.property(streams, ({ planes, sizes, itemSize: _, maxInput, ...options }) => {
        const encoder = new BlockEncoder(engine, { ...options, maxInput });
        const codec = new BlockCodec(engine, {
          format: options.format,
          blockSize: options.blockSize,
          rotation: options.rotation,
        });
        const { framesPerPacket } = options;
        const total = planes[0].length;
        const packets = encodeThroughPorts(encoder, planes, sizes);
        expect(packets.length).toBe(Math.ceil(total / framesPerPacket));
        for (const [index, { bytes, frames }] of packets.entries()) {
          const first = index * framesPerPacket;
          const expected = planes.flatMap((plane) => {
            const values = new Float32Array(framesPerPacket);
            values.set(plane.subarray(first, first + framesPerPacket));
            return [...codec.encode(values)];
          });
          expect([...bytes]).toEqual(expected);
          expect(frames).toBe(Math.min(framesPerPacket, total - first));
        }
        encoder.dispose();
        codec.dispose();
      }),
      { numRuns: 60 },
    );
  });

  it('gives through process() and flush() the packets that the ports give', () => {
    const options = { input: frames(2), format: 'int4', framesPerPacket: 64 };
    const planes = noise(2, 1000);
    const packets = encodeThroughPorts(createEncoder(options), planes, [128]).map(({ bytes }) => bytes);
    const encoder = createEncoder(options);
    expect([...encoder.process(planes), ...encoder.flush()]).toEqual(packets);
    // The end of a stream is the start of the next.
    const halves = [planes.map((plane) => plane.subarray(0, 301)), planes.map((plane) => plane.subarray(301))];
    expect([...halves.flatMap((half) => encoder.process(half)), ...encoder.flush()]).toEqual(packets);
    expect(encoder.flush()).toEqual([]);
  });

  it('knows exactly how much input each packet needs', () => {
    fc.assert(
      fc.property(streams, ({ planes, sizes: _, itemSize, ...options }) => {
        const encoder = new BlockEncoder(engine, options);
        let given = 0;
        for (let item = 0; item < planes[0].length / itemSize; item++) {
          const piece = planes.map((plane) => plane.subarray(item * itemSize, (item + 1) * itemSize));
          given += encoder.process(piece).length;
          expect(encoder.inputNeeded(given)).toBeLessThanOrEqual(item + 1);
          expect(encoder.inputNeeded(given + 1)).toBeGreaterThan(item + 1);
          const { input, output } = encoder.period;
          expect(encoder.inputNeeded(given + 1 + output)).toBe(encoder.inputNeeded(given + 1) + input);
        }
        encoder.dispose();
      }),
      { numRuns: 30 },
    );
  });

  it('has the latency of its packet less one frame, and none where blocks come whole', () => {
    const encoder = createEncoder({ input: frames(), format: 'int8', framesPerPacket: 96 });
    expect(encoder.latency).toEqual(ratio(95, 48000));
    expect(createEncoder({ input: frames(), format: 'int8' }).latency).toEqual(ratio(31, 48000));
    expect(createEncoder({ input: blocks(256), format: 'int8' }).latency).toEqual(ratio(0, 1));
    expect(createDecoder(encoder.output).latency).toEqual(ratio(0, 1));
  });

  it('describes its packets by plain data', () => {
    const encoder = createEncoder({ input: frames(2), format: 'int4', rotation: 'block', seed: 7, blockSize: 64 });
    expect(encoder.name).toBe('encode int4');
    expect(encoder.bitsPerSample).toBe(4.25);
    expect(encoder.maxPacketBytes).toBe(2 * 34);
    expect(encoder.output).toEqual({
      kind: 'packets',
      codec: 'int4',
      parameters: { blockSize: 64, rotation: 'block', seed: 7 },
      framesPerPacket: 64,
      sampleRate: RATE,
      channels: 2,
    });
    const ofBlocks = createEncoder({ input: blocks(48), format: 'int8' });
    expect(ofBlocks.output.parameters).toEqual({ blockSize: 32, rotation: 'none', seed: 0, valuesPerBlock: 48 });
    expect(ofBlocks.output.sampleRate).toEqual(RATE);
    expect(ofBlocks.output.framesPerPacket).toBe(96);
  });

  it('codes NaN and infinities as zero, and counts each once however the stream is cut', () => {
    const [plane] = noise(1, 320);
    const clean = plane.slice();
    for (const index of [0, 31, 32, 100, 319]) {
      plane[index] = [Number.NaN, Infinity, -Infinity][index % 3];
      clean[index] = 0;
    }
    const options = { input: frames(), format: 'int8' };
    const expected = encodeThroughPorts(createEncoder(options), [clean], [128]);
    for (const size of [1, 7, 32, 128]) {
      const encoder = createEncoder(options);
      expect(encodeThroughPorts(encoder, [plane], [size])).toEqual(expected);
      expect(encoder.faults).toBe(5);
    }
  });

  it('forgets what it holds on reset', () => {
    const encoder = createEncoder({ input: frames(), format: 'int8' });
    encoder.process([gaussian(20)]);
    encoder.reset();
    expect(encoder.flush()).toEqual([]);
    expect(encoder.process([new Float32Array(32)])).toEqual([new Uint8Array(34)]);
  });

  it('refuses wrong options by name, and keeps no memory of them', () => {
    const attempt = (changed: object) => () =>
      createEncoder({ input: frames(), format: 'int8', ...changed } as BlockEncoderOptions);
    expect(attempt({ input: undefined })).toThrow(TypeError);
    expect(attempt({ input: { ...frames(), kind: 'packets' } })).toThrow(/input.kind expected one of frames, blocks/);
    expect(attempt({ input: { ...frames(), sample: 'f64' } })).toThrow(/input.sample/);
    expect(attempt({ input: { ...frames(), channels: 65 } })).toThrow(/input.channels/);
    expect(attempt({ format: 'mp3' })).toThrow(/format expected one of int2/);
    expect(attempt({ framesPerPacket: 48 })).toThrow(/multiple of the block size, 32, got 48/);
    expect(attempt({ framesPerPacket: 16 })).toThrow(RangeError);
    expect(attempt({ framesPerPacket: 2 ** 25 })).toThrow(RangeError);
    expect(attempt({ maxInput: 0 })).toThrow(/maxInput/);
    expect(attempt({ packet: 1 })).toThrow(/no option 'packet'/);
    expect(attempt({ framesPerPacket: 2 ** 21 })).toThrow(EngineMemoryError);
  });
});

describe('BlockDecoder', () => {
  it('restores frames or blocks from the packets and their format as JSON, at exactly the encoded length', () => {
    fc.assert(
      fc.property(streams, ({ planes, sizes, itemSize: _, maxInput, ...options }) => {
        const encoder = new BlockEncoder(engine, options);
        const packets = encodeThroughPorts(encoder, planes, [100]);
        const format = JSON.parse(JSON.stringify(encoder.output)) as PacketsFormat;
        const decoder = new BlockDecoder(engine, { input: format, maxInput });
        const codec = new BlockCodec(engine, {
          format: options.format,
          blockSize: options.blockSize,
          rotation: options.rotation,
        });
        expect(decoder.output).toEqual(options.input);
        const decoded = decodeThroughPorts(decoder, packets, sizes);
        for (const [channel, plane] of planes.entries()) {
          const padded = new Float32Array(packets.length * options.framesPerPacket);
          padded.set(plane);
          expect(decoded[channel]).toEqual(codec.decode(codec.encode(padded)).subarray(0, plane.length));
        }
        for (const processor of [encoder, decoder, codec]) processor.dispose();
      }),
      { numRuns: 60 },
    );
  });

  it('gives whole packets through process(), whatever the length of the stream was', () => {
    const encoder = createEncoder({ input: frames(2), format: 'int8', framesPerPacket: 64 });
    const planes = noise(2, 100);
    const decoder = createDecoder(encoder.output);
    const decoded = decoder.process([...encoder.process(planes), ...encoder.flush()]);
    expect(decoded.map(({ length }) => length)).toEqual([128, 128]);
    expect(decoded[1].subarray(100)).toEqual(new Float32Array(28));
    expect(decoder.flush()).toEqual([new Float32Array(0), new Float32Array(0)]);
  });

  it('knows exactly how many packets its output needs', () => {
    fc.assert(
      fc.property(streams, ({ planes, sizes: _, itemSize, ...options }) => {
        const encoder = new BlockEncoder(engine, options);
        const decoder = new BlockDecoder(engine, { input: encoder.output });
        let given = 0;
        for (const [index, packet] of encoder.process(planes).entries()) {
          given += decoder.process([packet])[0].length / itemSize;
          expect(decoder.inputNeeded(given)).toBeLessThanOrEqual(index + 1);
          expect(decoder.inputNeeded(given + 1)).toBeGreaterThan(index + 1);
          const { input, output } = decoder.period;
          expect(decoder.inputNeeded(given + 1 + output)).toBe(decoder.inputNeeded(given + 1) + input);
        }
        encoder.dispose();
        decoder.dispose();
      }),
      { numRuns: 30 },
    );
  });

  it('puts zeros of the right length in place of a packet of a wrong length, and counts it, through the ports', () => {
    for (const input of [frames(2), blocks(24, 2)]) {
      const encoder = createEncoder({ input, format: 'int4', framesPerPacket: 96 });
      const packets = encodeThroughPorts(encoder, noise(2, 480), [4]);
      const whole = decodeThroughPorts(createDecoder(encoder.output), packets);
      const decoder = createDecoder(encoder.output);
      const damaged = packets.map((packet, i) => ({
        ...packet,
        bytes: packet.bytes.subarray(0, [108, 0, 107][i] ?? 108),
      }));
      const decoded = decodeThroughPorts(decoder, damaged);
      expect(decoder.faults).toBe(2);
      for (const [channel, plane] of decoded.entries()) {
        expect(plane).toEqual(whole[channel].fill(0, 96, 288));
      }
    }
  });

  it('throws through process() where a packet has a wrong length, with the byte, and decodes nothing of that call', () => {
    const encoder = createEncoder({ input: blocks(256), format: 'int4', framesPerPacket: 32 });
    const decoder = createDecoder(encoder.output);
    const packets = encoder.process(noise(1, 512));
    const caught = (bytes: Uint8Array) => {
      try {
        decoder.process([...packets.slice(0, 5), bytes]);
      } catch (error) {
        return error as BitstreamError;
      }
    };
    expect(caught(new Uint8Array(17))).toBeInstanceOf(BitstreamError);
    expect(caught(new Uint8Array(17))).toMatchObject({ byteOffset: 17 });
    expect(caught(new Uint8Array(19))).toMatchObject({ byteOffset: 18 });
    expect(caught(new Uint8Array(0))).toMatchObject({ byteOffset: 0 });
    expect(decoder.process(packets)[0].length).toBe(512);
  });

  it('makes finite samples of any bytes, and counts the blocks whose scale no encoder writes', () => {
    const encoder = createEncoder({ input: frames(), format: 'int8', rotation: 'block' });
    const decoder = createDecoder(encoder.output);
    const packet = new Uint8Array(34).fill(0xff);
    expect(decoder.process([packet])[0].map(Math.abs)).toEqual(new Float32Array(32)); // the rotation signs its zeros
    expect(decoder.faults).toBe(1);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 34, maxLength: 34 }), (bytes) => {
        expect(decoder.process([bytes])[0].every(Number.isFinite)).toBe(true);
      }),
    );
  });

  it('takes no more than a whole packet from a record that claims more', () => {
    const encoder = createEncoder({ input: frames(), format: 'int8' });
    const packets = encodeThroughPorts(encoder, noise(1, 64), [64]);
    const decoded = decodeThroughPorts(
      createDecoder(encoder.output),
      packets.map((packet) => ({ ...packet, frames: 2 ** 31 })),
    );
    expect(decoded[0].length).toBe(64);
  });

  it('refuses formats that no encoder gives', () => {
    const good = createEncoder({ input: frames(), format: 'int8' }).output;
    const attempt = (changed: object) => () => createDecoder({ ...good, ...changed } as PacketsFormat);
    const parameters = (changed: object) => attempt({ parameters: { ...(good.parameters as object), ...changed } });
    expect(() => createDecoder(undefined as unknown as PacketsFormat)).toThrow(TypeError);
    expect(attempt({ kind: 'frames' })).toThrow(/input.kind/);
    expect(attempt({ codec: 'wave' })).toThrow(/one of int2, .*, got 'wave'/);
    expect(attempt({ channels: 0 })).toThrow(/channels/);
    expect(attempt({ framesPerPacket: 33 })).toThrow(RangeError);
    expect(attempt({ framesPerPacket: Number.NaN })).toThrow(RangeError);
    expect(attempt({ framesPerPacket: 2 ** 40 })).toThrow(RangeError);
    expect(attempt({ sampleRate: { numerator: 0, denominator: 1 } })).toThrow(RangeError);
    expect(attempt({ parameters: null })).toThrow(TypeError);
    expect(parameters({ blockSize: undefined })).toThrow(TypeError);
    expect(parameters({ blockSize: 17 })).toThrow(RangeError);
    expect(parameters({ valuesPerBlock: 0 })).toThrow(/valuesPerBlock/);
    expect(parameters({ valuesPerBlock: 2 ** 30 })).toThrow(/valuesPerBlock/);
    expect(parameters({ future: 1 })).toThrow(/no option 'future'/);
    expect(() => createDecoder(good, 0)).toThrow(/maxInput/);
  });
});

describe('stages of block formats', () => {
  it('refuse ports that do not fit, before they write a byte', () => {
    const encoder = createEncoder({ input: frames(2), format: 'int8', maxInput: 100 });
    const decoder = createDecoder(encoder.output, 4);
    const samples = (options: object) =>
      keep(new SamplesPort(engine, { capacity: 128, channels: 2, itemSize: 1, ...options }));
    const packets = (options: object) => keep(new PacketsPort(engine, { capacity: 4, packetBytes: 68, ...options }));
    const [source, target] = [samples({}), packets({})];
    expect(encoder.processInto(source, target)).toBe(0);
    expect(() => encoder.processInto(samples({ channels: 1 }), target)).toThrow(TypeError);
    expect(() => encoder.processInto(samples({ itemSize: 2 }), target)).toThrow(TypeError);
    expect(() => encoder.processInto(target, target)).toThrow(TypeError);
    expect(() => encoder.processInto(source, packets({ capacity: 3 }))).toThrow(/capacity expected at least 4 packets/);
    expect(() => encoder.processInto(source, packets({ packetBytes: 67 }))).toThrow(RangeError);
    source.count = 101;
    expect(() => encoder.processInto(source, target)).toThrow(/input.count expected 0 to maxInput, 100, got 101/);
    expect(() => decoder.processInto(target, samples({ capacity: 127 }))).toThrow(/at least 128 items/);
    expect(() => decoder.processInto(source, source)).toThrow(TypeError);
    target.count = 1;
    target.lengths[0] = 68;
    target.offsets[0] = 4 * 68 - 67; // its last byte would be the port's next
    target.frames[0] = 32;
    expect(decoder.processInto(target, source)).toBe(32);
    expect(decoder.faults).toBe(1);
    expect(source.planes[0].subarray(0, 32)).toEqual(new Float32Array(32));
  });

  it('throw after dispose()', () => {
    const encoder = new BlockEncoder(engine, { input: frames(), format: 'int8' });
    const decoder = new BlockDecoder(engine, { input: encoder.output });
    encoder.process([new Float32Array(64)]);
    decoder.process([new Uint8Array(34)]);
    encoder.dispose();
    decoder.dispose();
    expect(() => encoder.process([new Float32Array(64)])).toThrow(DisposedError);
    expect(() => encoder.flush()).toThrow(DisposedError);
    expect(() => decoder.process([])).toThrow(DisposedError);
    expect(() => decoder.flush()).toThrow(DisposedError);
  });
});
