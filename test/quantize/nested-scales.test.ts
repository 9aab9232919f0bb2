import { beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { BitstreamError } from '../../src/engine/errors.js';
import { BlockCodec, BlockDecoder, BlockEncoder } from '../../src/quantize/index.js';
import { decodeNested, encodeNested, fp4, nearestEntry } from '../reference/lookup.js';
import { rotateBlocks, snr } from '../reference/quantize.js';
import dynamic8 from '../vectors/dynamic8.json' with { type: 'json' };
import nf4 from '../vectors/nf4.json' with { type: 'json' };
import { bitsOf, expectBytes, floats, hexOf, withCodec } from './_oracle.js';
import { gaussian, student } from './_signals.js';

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load({ memory: 2 ** 21 });
});

const scales = nearestEntry([...floats(dynamic8.table_u32)], 8);
const nested = [
  { format: 'nf4', definition: nearestEntry([...floats(nf4.table_u32)], 4) },
  { format: 'bnb-fp4', definition: fp4 },
  { format: 'dynamic8', definition: scales },
];

describe.each(nested)('$format under scales of 8 bits', ({ format, definition }) => {
  const options = { format, blockSize: 16, scaleFormat: 'dynamic8' } as const;

  it('writes the bytes of the plain reference at every level', () => {
    expectBytes(engine, options, (x) => encodeNested(x, definition, scales, 16));
    withCodec(engine, options, (codec) => {
      // A group, and a part of the next.
      const x = student(16 * 300).map((value, i) => value * 2 ** ((i >> 4) % 7));
      expect(hexOf(codec.encode(x))).toBe(hexOf(encodeNested(x, definition, scales, 16)));
      expect(codec.encode(x).length).toBe(2 * 8 + 300 * (1 + 2 * definition.bits));
    });
  });

  it('makes the samples of the plain reference from any bytes', () => {
    withCodec(engine, options, (codec) => {
      const bytes = codec.encode(gaussian(16 * 300));
      for (let i = 0; i < bytes.length; i++) if (i % 7 === 3 && i > 8) bytes[i] ^= i;
      expect(bitsOf(codec.decode(bytes))).toEqual(bitsOf(decodeNested(bytes, definition, scales, 16)));
    });
  });

  it('codes a stream in packets as it codes each packet by itself', () => {
    const input = {
      kind: 'frames',
      sampleRate: { numerator: 48000, denominator: 1 },
      channels: 2,
      sample: 'f32',
    } as const;
    const encoder = new BlockEncoder(engine, { ...options, input, framesPerPacket: 128 });
    const decoder = new BlockDecoder(engine, { input: JSON.parse(JSON.stringify(encoder.output)) });
    const planes = [gaussian(384, 3), student(384, 4)];
    const packets = encoder.process(planes);
    withCodec(engine, options, (codec) => {
      expect(packets.map(hexOf)).toEqual(
        [0, 128, 256].map((at) => planes.map((plane) => hexOf(codec.encode(plane.subarray(at, at + 128)))).join('')),
      );
      const decoded = decoder.process(packets);
      expect(decoded[1].subarray(128, 256)).toEqual(codec.decode(codec.encode(planes[1].subarray(128, 256))));
    });
    encoder.dispose();
    decoder.dispose();
  });

  it('rotates whole groups', () => {
    const x = gaussian(16 * 300);
    const rotated = withCodec(engine, { ...options, rotation: 'block', seed: 5 }, (codec) => codec.encode(x));
    const plain = withCodec(engine, options, (codec) => codec.encode(rotateBlocks(x, 16, 5)));
    expect(hexOf(rotated)).toBe(hexOf(plain));
  });

  it('codes silence as zeros, NaN and infinities as zero, and makes zeros of groups whose statistics no encoder writes', () => {
    withCodec(engine, options, (codec) => {
      expect(codec.decode(codec.encode(new Float32Array(64)))).toEqual(new Float32Array(64));
      const x = gaussian(64);
      x[20] = Number.NaN;
      x[40] = -Infinity;
      const bytes = codec.encode(x);
      expect(codec.faults).toBe(2);
      expect(hexOf(bytes)).toBe(hexOf(codec.encode(x.map((value) => (Number.isFinite(value) ? value : 0)))));
      for (const [at, word] of [
        [0, 0x7f800000],
        [4, 0x7fc00000],
        [0, 0xbf800000],
        [4, 0x80000000],
      ] as const) {
        const damaged = bytes.slice();
        new DataView(damaged.buffer).setUint32(at, word, true);
        const { faults } = codec;
        expect(codec.decode(damaged)).toEqual(new Float32Array(64));
        expect(codec.faults).toBe(faults + 4);
      }
    });
  });

  it('refuses bytes that are no whole blocks', () => {
    withCodec(engine, options, (codec) => {
      const { length } = codec.encode(gaussian(16 * 257));
      for (const wrong of [1, 8, 9, length - 1, length + 1, length - codec.blockBytes - 1]) {
        expect(() => codec.decode(new Uint8Array(wrong)), `${wrong} bytes`).toThrow(BitstreamError);
      }
      // 256 blocks and the beginning of a group without one.
      expect(() => codec.decode(new Uint8Array(16 + 256 * codec.blockBytes))).toThrow(BitstreamError);
    });
  });
});

describe('scales of 8 bits', () => {
  it('make nf4 4.127 bits a sample, and cost Gaussian noise less than 0.1 dB', () => {
    const x = gaussian(64 * 256 * 6);
    const standard = withCodec(engine, { format: 'nf4' }, (codec) => snr(x, codec.decode(codec.encode(x))));
    withCodec(engine, { format: 'nf4', scaleFormat: 'dynamic8' }, (codec) => {
      // bitsandbytes: 4 + 8/64 + 32/(64·256); an offset in each group is another 0.002.
      expect(codec.bitsPerSample).toBe(4 + 8 / 64 + 64 / (64 * 256));
      const figure = snr(x, codec.decode(codec.encode(x)));
      expect(figure).toBeLessThan(standard);
      expect(figure).toBeGreaterThan(standard - 0.1);
    });
  });

  it('are bitsandbytes’ one offset and one peak where there are at most 256 blocks', () => {
    const x = gaussian(64 * 40);
    withCodec(engine, { format: 'nf4', scaleFormat: 'dynamic8' }, (codec) => {
      const bytes = codec.encode(x);
      const peaks = Array.from({ length: 40 }, (_, i) => Math.max(...x.slice(64 * i, 64 * i + 64).map(Math.abs)));
      const mean = peaks.reduce((sum, value) => sum + value) / 40;
      const [offset, spread] = new Float32Array(bytes.slice(0, 8).buffer);
      expect(offset).toBe(Math.fround(mean));
      expect(spread).toBe(Math.fround(Math.max(...peaks.map((peak) => Math.abs(peak - offset)))));
      // The codes are those under float32 scales.
      const plain = withCodec(engine, { format: 'nf4' }, (other) => other.encode(x));
      for (let block = 0; block < 40; block++) {
        expect(hexOf(bytes.subarray(8 + 33 * block + 1, 8 + 33 * block + 33))).toBe(
          hexOf(plain.subarray(36 * block + 4, 36 * block + 36)),
        );
      }
    });
  });

  it('are no choice of other formats, and no other choice is one of these', () => {
    expect(() => new BlockCodec(engine, { format: 'int4', scaleFormat: 'dynamic8' })).toThrow(
      /one of float16, e8m0, e4m3/,
    );
    expect(() => new BlockCodec(engine, { format: 'nf4', scaleFormat: 'e8m0' })).toThrow(/one of float32, dynamic8/);
    expect(() => new BlockCodec(engine, { format: 'mulaw8', scaleFormat: 'dynamic8' })).toThrow(/none for mulaw8/);
    const x = gaussian(128);
    const named = withCodec(engine, { format: 'nf4', scaleFormat: 'float32' }, (codec) => codec.encode(x));
    expect(hexOf(named)).toBe(hexOf(withCodec(engine, { format: 'nf4' }, (codec) => codec.encode(x))));
  });
});
