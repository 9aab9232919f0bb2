import { beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { decodeLookup, encodeLookup, mulaw } from '../reference/lookup.js';
import { snr } from '../reference/quantize.js';
import { bitsOf, expectBytes, expectIdempotent, expectSamples, hexOf, withCodec } from './_oracle.js';
import { gaussian } from './_signals.js';

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load({ memory: 2 ** 20 });
});
const format = 'mulaw8';

describe('mulaw8', () => {
  it('gives all 65536 whole samples the codes of the usual 16-bit encoder', () => {
    const x = Float32Array.from({ length: 65536 }, (_, i) => (i - 32768) / 32768);
    withCodec(engine, { format }, (codec) => {
      expect(codec.encode(x)).toEqual(Uint8Array.from(x, mulaw.encode));
    });
  });

  it('decodes to the 255 output values of G.711', () => {
    withCodec(engine, { format }, (codec) => {
      const codes = Uint8Array.from({ length: 256 }, (_, code) => code);
      const decoded = codec.decode(codes);
      expect(bitsOf(decoded)).toEqual(bitsOf(Float32Array.from(codes, mulaw.decode)));
      // 14-bit values of the standard's table: its ends, a segment's first step, and both zeros.
      const inTable = (code: number) => decoded[code] * 8192;
      expect([0x80, 0x00, 0xfe, 0xef, 0xff, 0x7f].map(inTable)).toEqual([8031, -8031, 2, 33, 0, 0]);
      expect(bitsOf(decoded.subarray(0x7f, 0x80))).toEqual([0]);
    });
  });

  it('writes the bytes of the plain reference at every level, and makes its samples from any bytes', () => {
    expectBytes(engine, { format, blockSize: 48 }, (x) => encodeLookup(x, mulaw, 48));
    expectSamples(engine, { format }, (bytes) => decodeLookup(bytes, mulaw, 32));
  });

  it('gives decision values to the larger magnitude and the floats below them to the smaller, on both sides of zero', () => {
    const word = new Float32Array(1);
    withCodec(engine, { format, blockSize: 16 }, (codec) => {
      for (let index = 1; index < 128; index++) {
        const decision = (((8 * (index & 15) + 128) << (index >> 4)) - 132) / 32768;
        word[0] = decision;
        new Int32Array(word.buffer)[0]--;
        const x = Float32Array.of(decision, -decision, word[0], -word[0], ...new Float32Array(12));
        expect([...codec.encode(x).subarray(0, 4)]).toEqual([255 - index, 127 - index, 256 - index, 128 - index]);
      }
    });
  });

  it('gives what it decoded back unchanged, holds what is beyond full scale, and takes tiny negatives to 0x7f', () => {
    expectIdempotent(
      engine,
      { format },
      gaussian(3200).map((value) => value / 4),
    );
    withCodec(engine, { format, blockSize: 16 }, (codec) => {
      const x = Float32Array.of(2, -3e38, 1, -1, 0, -0, 1e-45, -1e-45, ...new Float32Array(8));
      expect([...codec.encode(x).subarray(0, 8)]).toEqual([0x80, 0x00, 0x80, 0x00, 0xff, 0xff, 0xff, 0x7f]);
    });
  });

  it('keeps 35 to 39 dB of signal-to-noise ratio over 26 dB of level', () => {
    withCodec(engine, { format }, (codec) => {
      for (const level of [0.2, 0.05, 0.01]) {
        const x = gaussian(64_000).map((value) => value * level);
        const figure = snr(x, codec.decode(codec.encode(x)));
        expect(figure).toBeGreaterThan(34.5);
        expect(figure).toBeLessThan(39);
      }
    });
  });

  it('stores a byte a sample in blocks of any multiple of 16, and codes NaN and infinities as zero', () => {
    withCodec(engine, { format, blockSize: 4096 }, (codec) => expect(codec.bitsPerSample).toBe(8));
    withCodec(engine, { format, blockSize: 16 }, (codec) => {
      const x = new Float32Array(16).fill(0.5);
      [x[0], x[1], x[15]] = [Number.NaN, Infinity, -Infinity];
      const silence = codec.encode(x);
      expect([silence[0], silence[1], silence[15]]).toEqual([0xff, 0xff, 0xff]);
      expect(hexOf(silence.subarray(2, 15))).toBe('8f'.repeat(13));
      expect(codec.faults).toBe(3);
    });
  });
});
