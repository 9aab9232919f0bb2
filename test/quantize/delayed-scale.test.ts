import { beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { BlockCodec, BlockDecoder, BlockEncoder, type BlockEncoderOptions } from '../../src/quantize/index.js';
import { snr } from '../reference/quantize.js';
import { hexOf } from './_oracle.js';
import { encodeThroughPorts } from './_ports.js';
import { gaussian } from './_signals.js';

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load({ memory: 2 ** 21 });
});

const input = (channels: number) =>
  ({ kind: 'frames', sampleRate: { numerator: 48000, denominator: 1 }, channels, sample: 'f32' }) as const;

function withEncoder<T>(
  options: Omit<BlockEncoderOptions, 'input'> & { channels?: number },
  use: (encoder: BlockEncoder) => T,
): T {
  const { channels = 1, ...rest } = options;
  const encoder = new BlockEncoder(engine, {
    input: input(channels),
    tensorScale: 'delayed',
    framesPerPacket: 128,
    ...rest,
  });
  try {
    return use(encoder);
  } finally {
    encoder.dispose();
  }
}
const tensorScaleOf = (packet: Uint8Array, at = 0) =>
  new DataView(packet.buffer, packet.byteOffset).getFloat32(at, true);
const peakOf = (x: Float32Array) => x.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

describe.each([
  { format: 'nvfp4', range: 448 * 6 },
  { format: 'nvint4', range: 448 * 7 },
  { format: 'int8', range: 448 * 127, scaleFormat: 'e4m3' },
] as const)('delayed tensor scales of $format', ({ range, ...options }) => {
  it('come from the 128 packets before with 24 dB of headroom, the first as if made for 1.0, each channel’s its own', () => {
    withEncoder({ ...options, channels: 2 }, (encoder) => {
      const packets = 150;
      const level = (packet: number) => (packet === 3 ? 40 : 0.01 * (1 + (packet % 5)));
      const planes = [1, 1000].map((gain, channel) =>
        gaussian(128 * packets, channel + 1).map((value, i) => value * gain * level(Math.floor(i / 128))),
      );
      const coded = encoder.process(planes);
      for (const [channel, plane] of planes.entries()) {
        const peaks = Array.from({ length: packets }, (_, i) => peakOf(plane.subarray(128 * i, 128 * i + 128)));
        for (let packet = 0; packet < packets; packet++) {
          // The packet before the first is one of 1/16.
          const before = [1 / 16, ...peaks].slice(Math.max(0, packet - 127), packet + 1);
          const expected = Math.fround((16 * Math.max(...before)) / range);
          const channelBytes = encoder.maxPacketBytes / 2;
          expect(tensorScaleOf(coded[packet], channel * channelBytes), `packet ${packet}`).toBe(expected);
        }
      }
    });
  });

  it('hold what is beyond them, count the blocks of it, and have caught up in the next packet', () => {
    withEncoder(options, (encoder) => {
      const decoder = new BlockDecoder(engine, { input: JSON.parse(JSON.stringify(encoder.output)) });
      expect(encoder.output.parameters).toMatchObject({ tensorScale: 'delayed' });
      const x = gaussian(128 * 6).map((value, i) => value * (i < 128 * 3 ? 0.01 : 100));
      const packets = encoder.process([x]);
      const [y] = decoder.process(packets);
      const limit = 16 * peakOf(x.subarray(0, 128 * 3)); // below 1/16 of what is to come
      expect(limit).toBeLessThan(16);
      const blockSize = (encoder.output.parameters as { blockSize: number }).blockSize;
      expect(encoder.saturated).toBe(128 / blockSize);
      const loud = y.subarray(128 * 3, 128 * 4);
      expect(peakOf(loud)).toBeLessThanOrEqual(1.0001);
      expect(peakOf(loud)).toBeGreaterThan(0.99);
      expect(snr(x.subarray(128 * 4), y.subarray(128 * 4))).toBeGreaterThan(18);
      expect(snr(x.subarray(0, 128 * 3), y.subarray(0, 128 * 3))).toBeGreaterThan(18);
      decoder.dispose();
    });
  });

  it('do not depend on how the stream is cut, and forget on reset and at its end', () => {
    const x = gaussian(128 * 20 + 50).map((value, i) => value * 2 ** ((i >> 8) % 9));
    withEncoder({ ...options, maxInput: 1000 }, (encoder) => {
      const runs = [[1000], [1], [37, 128, 300]].map((sizes) =>
        encodeThroughPorts(encoder, [x], sizes).map(({ bytes }) => hexOf(bytes)),
      );
      expect(runs[1]).toEqual(runs[0]);
      expect(runs[2]).toEqual(runs[0]);
      encoder.process([x.subarray(0, 128).map((value) => value * 1e6)]);
      encoder.reset();
      expect(encodeThroughPorts(encoder, [x], [500]).map(({ bytes }) => hexOf(bytes))).toEqual(runs[0]);
    });
  });

  it('stay what they were for 1.0 while there is nothing but silence', () => {
    withEncoder(options, (encoder) => {
      const packets = encoder.process([new Float32Array(128 * 140)]);
      for (const packet of packets) expect(tensorScaleOf(packet)).toBe(Math.fround(1 / range));
      const [loud] = encoder.process([gaussian(128).map((value) => value / 8)]);
      expect(tensorScaleOf(loud)).toBe(Math.fround(1 / range));
      expect(encoder.saturated).toBe(0);
    });
  });
});

describe('delayed tensor scales', () => {
  it('keep full resolution of noise 54 dB below the loudest packet of late', () => {
    withEncoder({ format: 'nvint4' }, (encoder) => {
      const decoder = new BlockDecoder(engine, { input: encoder.output });
      const x = gaussian(128 * 64).map((value, i) => value * (i < 128 ? 1 : 2e-3));
      const [y] = decoder.process(encoder.process([x]));
      expect(snr(x.subarray(256), y.subarray(256))).toBeGreaterThan(20);
      decoder.dispose();
    });
  });

  it('are for streams: a codec of arrays has no packets before', () => {
    expect(() => new BlockCodec(engine, { format: 'nvfp4', tensorScale: 'delayed' })).toThrow(
      /tensorScale expected one of fixed, frame, or a number/,
    );
    expect(() => withEncoder({ format: 'mxfp4' }, () => undefined)).toThrow(/tensorScale expected none for mxfp4/);
  });
});

describe('saturation', () => {
  it('is counted for fixed and given tensor scales, too, a block each, and never for a frame’s own', () => {
    const x = new Float32Array(160).fill(0.5);
    x[3] = 1.5;
    x[40] = -2;
    x[41] = 3;
    x[100] = 1;
    for (const [tensorScale, expected] of [
      ['fixed', 2],
      [1, 0],
      [2 ** -13, 10],
      ['frame', 0],
    ] as const) {
      const codec = new BlockCodec(engine, { format: 'nvfp4', tensorScale });
      codec.encode(x);
      expect(codec.saturated, `${tensorScale}`).toBe(expected);
      codec.dispose();
    }
  });
});
