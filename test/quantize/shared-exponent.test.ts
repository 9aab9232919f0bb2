import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { snr } from '../reference/quantize.js';
import { decodeSharedExponent, encodeSharedExponent, stepOf } from '../reference/shared-exponent.js';
import { anyBlocks, bitsOf, expectBytes, expectIdempotent, expectSamples, hexOf, withCodec } from './_oracle.js';
import { gaussian } from './_signals.js';

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load({ memory: 2 ** 20 });
});
const formats = [
  { format: 'bfp', bits: 4, standard: 16 },
  { format: 'dfp16', bits: 16, standard: 256 },
];

describe.each(formats)('$format', ({ format, bits, standard }) => {
  const most = 2 ** (bits - 1) - 1;

  it('writes the bytes of the plain reference at every level, and makes its samples from any bytes', () => {
    for (const blockSize of [16, 48, 256]) {
      expectBytes(engine, { format, blockSize }, (x) => encodeSharedExponent(x, { bits, blockSize }));
      expectSamples(engine, { format, blockSize }, (bytes) => decodeSharedExponent(bytes, { bits, blockSize }));
    }
  });

  it('brings every sample back within half a step, or, held at the largest code, within one', () => {
    withCodec(engine, { format, blockSize: 32 }, (codec) => {
      fc.assert(
        fc.property(anyBlocks(32), (x) => {
          const bytes = codec.encode(x);
          const decoded = codec.decode(bytes);
          for (const [i, value] of x.entries()) {
            const step = stepOf(bytes[(i >> 5) * codec.blockBytes], bits);
            const held = Math.abs(value) > (most + 0.5) * step;
            expect(Math.abs(value - decoded[i])).toBeLessThanOrEqual(held ? step : step / 2);
          }
        }),
      );
    });
  });

  it('takes the exponent from the bits, just below powers of two too', () => {
    const word = new Float32Array(1);
    withCodec(engine, { format, blockSize: 16 }, (codec) => {
      for (let exponent = -126; exponent <= 127; exponent++) {
        word[0] = 2 ** exponent;
        expect(codec.encode(new Float32Array(16).fill(word[0]))[0]).toBe(exponent + 127);
        new Int32Array(word.buffer)[0]--;
        expect(codec.encode(new Float32Array(16).fill(-word[0]))[0]).toBe(exponent + 126);
      }
    });
  });

  it('gives what it decoded back unchanged', () => {
    expectIdempotent(engine, { format }, gaussian(16 * standard));
  });

  it('has the 6 dB a bit of integers, less what a power of two wastes', () => {
    const x = gaussian(256 * 400);
    const figure = withCodec(engine, { format }, (codec) => snr(x, codec.decode(codec.encode(x))));
    expect(figure).toBeGreaterThan(bits === 4 ? 18 : 86);
    expect(figure).toBeLessThan(bits === 4 ? 20 : 90);
  });

  it('codes silence as zeros, never writes the lowest code, and decodes it as the one above it', () => {
    withCodec(engine, { format, blockSize: 16 }, (codec) => {
      expect(codec.bitsPerSample).toBe(bits + 0.5);
      expect(codec.encode(new Float32Array(32).fill(-0))).toEqual(new Uint8Array(2 * codec.blockBytes));
      const full = codec.encode(new Float32Array(16).fill(-1.9999999));
      expect(codec.decode(full)).toEqual(new Float32Array(16).fill(-most * stepOf(127, bits)));
      const lowest = new Uint8Array(codec.blockBytes).fill(bits === 4 ? 0x88 : 0);
      if (bits === 16) for (let i = 2; i < lowest.length; i += 2) lowest[i] = 0x80;
      lowest[0] = 127;
      expect(codec.decode(lowest)).toEqual(new Float32Array(16).fill(-most * stepOf(127, bits)));
    });
    withCodec(engine, { format }, (codec) => expect(codec.blockSize).toBe(standard));
  });

  it('codes NaN and infinities as zero, and makes zeros of a block with exponent 255; counts both', () => {
    withCodec(engine, { format, blockSize: 16 }, (codec) => {
      const x = gaussian(32);
      const clean = x.slice();
      for (const [index, value] of [
        [1, Number.NaN],
        [31, Infinity],
      ]) {
        x[index] = value;
        clean[index] = 0;
      }
      const bytes = codec.encode(x);
      expect(hexOf(bytes)).toBe(hexOf(codec.encode(clean)));
      expect(codec.faults).toBe(2);
      bytes[0] = 255;
      const decoded = codec.decode(bytes);
      expect(bitsOf(decoded.subarray(0, 16))).toEqual(new Array(16).fill(0));
      expect(decoded.subarray(16)).toEqual(codec.decode(codec.encode(clean)).subarray(16));
      expect(codec.faults).toBe(3);
    });
  });
});
