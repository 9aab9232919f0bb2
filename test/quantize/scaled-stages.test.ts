import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { BlockCodec, BlockDecoder, BlockEncoder, type BlockOptions } from '../../src/quantize/index.js';
import type { FramesFormat } from '../../src/stage/format.js';
import { decodeThroughPorts, encodeThroughPorts } from './_ports.js';
import { gaussian } from './_signals.js';

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load({ memory: 4 * 2 ** 20 });
});

const input: FramesFormat = {
  kind: 'frames',
  sampleRate: { numerator: 48000, denominator: 1 },
  channels: 2,
  sample: 'f32',
};

const options: BlockOptions[] = [
  { format: 'mxfp8-e4m3' },
  { format: 'mxfp4', scaleRule: 'floor' },
  { format: 'mxfp6-e2m3', rounding: 'stochastic', seed: 5 },
  { format: 'mxint8', rotation: 'block', rounding: 'stochastic' },
  { format: 'nvfp4' },
  { format: 'nvfp4', tensorScale: 'frame' },
  { format: 'nvint4', tensorScale: 'frame', rotation: 'block' },
  { format: 'nvint4', tensorScale: 2 ** -8, rounding: 'shaped' },
  { format: 'fp4-e1m2', tensorScale: 'frame', rounding: 'shaped', shapingOrder: 2 },
  { format: 'nvfp4-ue5m3', scaleRule: 'search' },
  { format: 'int5', scaleFormat: 'e8m0', blockSize: 48 },
  { format: 'int4', scaleFormat: 'e4m3', tensorScale: 'frame', rounding: 'stochastic' },
  { format: 'int8', rounding: 'shaped' },
  { format: 'nvfp4-residual', blockSize: 64, tensorScale: 'frame' },
  { format: 'nvfp4-residual', rotation: 'adaptive' },
  { format: 'float-search', layout: 'e2m1', blockSize: 64 },
];

describe.each(options.map((option) => ({ name: JSON.stringify(option), option })))('stages of $name', ({ option }) => {
  const create = (blocksPerPacket: number, maxInput?: number) => {
    const codec = new BlockCodec(engine, option);
    const { blockSize } = codec;
    codec.dispose();
    return new BlockEncoder(engine, { ...option, input, framesPerPacket: blockSize * blocksPerPacket, maxInput });
  };

  it('give the same packets however the stream is cut, and after a reset or a flush the same again', () => {
    const planes = [gaussian(1500, 1), gaussian(1500, 2)].map((plane) => plane.map((value) => value / 6));
    const whole = create(3, 1500);
    const expected = encodeThroughPorts(whole, planes, [1500]);
    expect(encodeThroughPorts(whole, planes, [1500])).toEqual(expected);
    whole.process(planes.map((plane) => plane.subarray(0, 500)));
    whole.reset();
    expect(encodeThroughPorts(whole, planes, [700])).toEqual(expected);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 5 }), (sizes) => {
        const encoder = create(3, 400);
        expect(encodeThroughPorts(encoder, planes, sizes)).toEqual(expected);
        encoder.dispose();
      }),
      { numRuns: 8 },
    );
    whole.dispose();
  });

  it('decode from what the header carries, by JSON, to the exact length', () => {
    const planes = [gaussian(1000, 3), gaussian(1000, 4)].map((plane) => plane.map((value) => value / 6));
    const encoder = create(2, 128);
    const decoder = new BlockDecoder(engine, { input: JSON.parse(JSON.stringify(encoder.output)) });
    const packets = encodeThroughPorts(encoder, planes, [128, 1]);
    expect(packets.every(({ bytes }) => bytes.length === encoder.maxPacketBytes)).toBe(true);
    expect(encoder.bitsPerSample).toBe((8 * encoder.maxPacketBytes) / (2 * encoder.output.framesPerPacket));
    const decoded = decodeThroughPorts(decoder, packets);
    for (const [channel, plane] of planes.entries()) {
      expect(decoded[channel].length).toBe(1000);
      const noise = plane.reduce((sum, value, i) => sum + (value - decoded[channel][i]) ** 2, 0);
      expect(noise / plane.reduce((sum, value) => sum + value ** 2, 0)).toBeLessThan(0.1);
    }
    expect(decoder.faults).toBe(0);
    encoder.dispose();
    decoder.dispose();
  });
});

describe('stages of scaled formats', () => {
  it('give channels of stochastic rounding numbers of their own', () => {
    const encoder = new BlockEncoder(engine, { format: 'mxfp4', rounding: 'stochastic', input, framesPerPacket: 64 });
    const plane = gaussian(64);
    const [packet] = encoder.process([plane, plane]);
    expect(packet.subarray(0, packet.length / 2)).not.toEqual(packet.subarray(packet.length / 2));
    encoder.dispose();
  });

  it('refuse parameters that no encoder writes', () => {
    const encoder = new BlockEncoder(engine, { format: 'nvfp4', input });
    const attempt = (changed: object) => () =>
      new BlockDecoder(engine, {
        input: { ...encoder.output, parameters: { ...(encoder.output.parameters as object), ...changed } },
      });
    expect(attempt({ tensorScale: -1 })).toThrow(RangeError);
    expect(attempt({ tensorScale: 1e300 })).toThrow(RangeError);
    expect(attempt({ tensorScale: null })).toThrow(TypeError);
    expect(attempt({ scaleRule: 'best' })).toThrow(RangeError);
    expect(attempt({ rounding: 7 })).toThrow(TypeError);
    expect(attempt({ scaleFormat: 'float16' })).toThrow(RangeError);
    expect(attempt({ columns: 24 })).toThrow(RangeError);
    expect(attempt({ layout: 'e2m1' })).toThrow(/layout expected none for nvfp4/);
    expect(attempt({ order: [0, 0] })).toThrow(RangeError);
    expect(attempt({ order: {} })).toThrow(TypeError);
    encoder.dispose();
  });
});
