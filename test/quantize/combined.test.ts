import { beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { type BlockOptions, levelOrder } from '../../src/quantize/index.js';
import { encodeResidual } from '../reference/edges.js';
import { snr } from '../reference/quantize.js';
import { hexOf, withCodec } from './_oracle.js';
import { gaussian, generator, student } from './_signals.js';

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load({ memory: 2 ** 21 });
});

const figure = (options: BlockOptions, x: Float32Array) =>
  withCodec(engine, options, (codec) => snr(x, codec.decode(codec.encode(x))));

describe('nvfp4-residual of parts', () => {
  /** Sixteen parts a block, some of them loud. */
  const x = student(256 * 100).map((value, i) => value * 2 ** ([0, 0, 5, 0, 7, 4, 0, 0, 6][(i >> 4) % 9] - 14));

  it.each([32, 48, 64, 128, 240, 256])(
    'of %i samples writes the bytes of the plain reference, and decodes to its values',
    (blockSize) => {
      const some = x.subarray(0, Math.floor(x.length / blockSize) * blockSize);
      withCodec(engine, { format: 'nvfp4-residual', blockSize, tensorScale: 2 ** -10 }, (codec) => {
        const expected = encodeResidual(some, 2 ** -10, blockSize);
        const bytes = codec.encode(some);
        expect(hexOf(bytes)).toBe(hexOf(expected.bytes));
        expect(codec.decode(bytes)).toEqual(expected.decoded);
        const parts = blockSize / 16;
        expect(codec.bitsPerSample).toBe((8 * (2 + 9 * parts + 9 * Math.ceil(parts / 4))) / blockSize);
      });
    },
  );

  it('has a base that decodes alone: nvfp4 behind the flags', () => {
    const bytes = withCodec(engine, { format: 'nvfp4-residual', blockSize: 256 }, (codec) => codec.encode(x));
    const base = bytes.filter((_, i) => i % 182 >= 2 && i % 182 < 146);
    withCodec(engine, { format: 'nvfp4' }, (codec) => expect(hexOf(base)).toBe(hexOf(codec.encode(x))));
  });

  it('refines parts with a peak above an eighth of the block, the loudest quarter at most, and no others', () => {
    const flagsOf = (levels: readonly number[]) => {
      const block = Float32Array.from({ length: 256 }, (_, i) => (i % 16 === 5 ? levels[i >> 4] : 0));
      return withCodec(engine, { format: 'nvfp4-residual', blockSize: 256 }, (codec) => {
        const bytes = codec.encode(block);
        return bytes[0] + 256 * bytes[1];
      });
    };
    const quiet = new Array<number>(16).fill(0.1);
    expect(flagsOf(quiet)).toBe(0b1111);
    expect(flagsOf(quiet.with(9, 0.8))).toBe(1 << 9);
    expect(flagsOf(quiet.with(9, 0.79))).toBe((1 << 9) | 0b111);
    expect(flagsOf(quiet.with(9, -0.9).with(15, 0.2))).toBe((1 << 9) | (1 << 15));
    expect(flagsOf(quiet.map((_, i) => i / 16))).toBe(0xf000);
    expect(flagsOf(quiet.map(() => 0))).toBe(0);
  });

  it('has 18 dB more than nvfp4 where less than a quarter is loud, for 1.19 bits a sample', () => {
    const loud = gaussian(256 * 400).map((value, i) => (value * ([3, 8, 14].includes((i >> 4) % 16) ? 40 : 1)) / 256);
    const base = figure({ format: 'nvfp4' }, loud);
    expect(figure({ format: 'nvfp4-residual', blockSize: 256 }, loud)).toBeGreaterThan(base + 18);
  });

  it('makes zeros of blocks with more flags than there is room for, or of parts that are not there', () => {
    withCodec(engine, { format: 'nvfp4-residual', blockSize: 64 }, (codec) => {
      const some = x.subarray(0, 128);
      const good = codec.encode(some);
      const second = codec.decode(good).subarray(64);
      for (const flags of [3, 1 << 4, 1 << 15]) {
        const bad = good.slice();
        bad[0] = flags & 255;
        bad[1] = flags >> 8;
        const { faults } = codec;
        const decoded = codec.decode(bad);
        expect(decoded.subarray(0, 64)).toEqual(new Float32Array(64));
        expect(decoded.subarray(64)).toEqual(second);
        expect(codec.faults).toBe(faults + 1);
      }
      const next = generator(3);
      expect(codec.decode(Uint8Array.from({ length: codec.blockBytes * 300 }, next)).every(Number.isFinite)).toBe(true);
      const faulty = x.slice(0, 64);
      faulty[3] = Number.NaN;
      faulty[40] = Infinity;
      const { faults } = codec;
      const bytes = codec.encode(faulty);
      expect(codec.faults).toBe(faults + 2);
      expect(hexOf(bytes)).toBe(hexOf(codec.encode(faulty.map((value) => (Number.isFinite(value) ? value : 0)))));
      expect(codec.decode(codec.encode(new Float32Array(64))).map((value) => value + 0)).toEqual(new Float32Array(64));
    });
  });
});

describe('nvfp4-residual', () => {
  it('writes the bytes of the plain reference, and decodes to its values', () => {
    withCodec(engine, { format: 'nvfp4-residual', tensorScale: 2 ** -10 }, (codec) => {
      const x = student(16 * 400).map((value, i) => value * 2 ** (((i >> 4) % 20) - 14));
      const expected = encodeResidual(x, 2 ** -10);
      const bytes = codec.encode(x);
      expect(hexOf(bytes)).toBe(hexOf(expected.bytes));
      expect(codec.decode(bytes)).toEqual(expected.decoded);
      expect(codec.bitsPerSample).toBe(9);
    });
  });

  it('has a base that decodes alone: every first nine bytes are nvfp4', () => {
    const x = gaussian(16 * 50).map((value) => value / 8);
    const bytes = withCodec(engine, { format: 'nvfp4-residual' }, (codec) => codec.encode(x));
    const base = bytes.filter((_, i) => i % 18 < 9);
    withCodec(engine, { format: 'nvfp4' }, (codec) => expect(hexOf(base)).toBe(hexOf(codec.encode(x))));
  });

  it('makes zeros of what is never written, silence of silence, and zeros of NaN', () => {
    withCodec(engine, { format: 'nvfp4-residual', tensorScale: 'frame' }, (codec) => {
      expect(codec.decode(codec.encode(new Float32Array(64))).map((value) => value + 0)).toEqual(new Float32Array(64));
      const x = gaussian(64);
      x[5] = Number.NaN;
      const bytes = codec.encode(x);
      expect(codec.faults).toBe(1);
      x[5] = 0;
      expect(hexOf(codec.encode(x))).toBe(hexOf(bytes));
      bytes[4] = 0xff;
      expect(codec.decode(bytes).every(Number.isFinite)).toBe(true);
      expect(codec.faults).toBe(2);
      const next = generator(3);
      expect(codec.decode(Uint8Array.from({ length: 4 + 18 * 500 }, next)).every(Number.isFinite)).toBe(true);
    });
  });
});

describe('mixed-int', () => {
  it('gives 8 bits to the two loudest of eight parts', () => {
    const x = gaussian(256 * 40).map((value, i) => value * (Math.floor(i / 32) % 8 === (i >> 8) % 8 ? 30 : 1));
    withCodec(engine, { format: 'mixed-int' }, (codec) => {
      const bytes = codec.encode(x);
      for (let block = 0; block < 40; block++) expect((bytes[177 * block] >> (block % 8)) & 1).toBe(1);
      expect(codec.bitsPerSample).toBe((8 * 177) / 256);
    });
    // What 4.5 and 8.5 bits for all samples have.
    expect(figure({ format: 'mixed-int' }, x)).toBeGreaterThan(figure({ format: 'int4' }, x) + 15);
    expect(figure({ format: 'mixed-int' }, x)).toBeGreaterThan(figure({ format: 'int5' }, x) + 8);
  });

  it('finds outliers that are scattered once their order has put them side by side', () => {
    const outliers = new Set(Array.from({ length: 40 }, (_, i) => (i * 97 + 5) % 256));
    const x = gaussian(256 * 100).map((value, i) => value * (outliers.has(i % 256) ? 30 : 1));
    const order = levelOrder(x, 256);
    expect(new Set(order.slice(0, 40))).toEqual(outliers);
    const scattered = figure({ format: 'mixed-int' }, x);
    const sorted = figure({ format: 'mixed-int', order }, x);
    // Scattered, every part has outliers, and six of eight have 4 bits for them.
    expect(scattered).toBeLessThan(25);
    expect(sorted).toBeGreaterThan(scattered + 18);
    withCodec(engine, { format: 'mixed-int', order }, (codec) => {
      expect(
        codec
          .encode(x)
          .filter((_, i) => i % 177 === 0)
          .every((flags) => flags === 0b11),
      ).toBe(true);
    });
  });
});
