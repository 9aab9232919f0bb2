import { beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { BlockDecoder, BlockEncoder } from '../../src/quantize/index.js';
import { decodeGgml, decodeQ4K, encodeGgml, type GgmlFormat } from '../reference/ggml.js';
import { snr } from '../reference/quantize.js';
import { bitsOf, bytesOf, expectBytes, expectSamples, floats, hexOf, readCases, withCodec } from './_oracle.js';
import { gaussian, student } from './_signals.js';

interface GgmlCase {
  format: string;
  name: string;
  input_u32: string[];
  packed: string;
  packed_with_exact_log2?: string;
  decoded_u32: string[];
}

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load({ memory: 2 ** 20 });
});

const cases = readCases<GgmlCase>('ggml').map((entry) => ({ ...entry, id: `ggml-${entry.format.toLowerCase()}` }));
const formats: GgmlFormat[] = ['ggml-q8_0', 'ggml-q4_0', 'ggml-mxfp4'];
const golden = (id: string, name: string) => cases.find((entry) => entry.id === id && entry.name === name) as GgmlCase;

/** The first block of an encoding and what it decodes to. */
function block(format: GgmlFormat, x: readonly number[]) {
  return withCodec(engine, { format }, (codec) => {
    const filled = new Float32Array(32);
    filled.set(x);
    const bytes = codec.encode(filled);
    return { bytes: [...bytes], decoded: codec.decode(bytes) };
  });
}

describe.each(formats)('%s', (format) => {
  it('writes and reads the golden vectors bit for bit', () => {
    const own = cases.filter(({ id }) => id === format);
    expect(own.length).toBeGreaterThan(15);
    withCodec(engine, { format }, (codec) => {
      for (const { name, input_u32, packed, packed_with_exact_log2, decoded_u32 } of own) {
        // The exponent comes from the bits, so where ggml's own logarithm is rounded up, the exact one counts.
        expect(hexOf(codec.encode(floats(input_u32))), name).toBe(packed_with_exact_log2 ?? packed);
        expect(bitsOf(codec.decode(bytesOf(packed))), name).toEqual(bitsOf(floats(decoded_u32)));
      }
    });
  });

  it('writes the bytes of the plain reference at every level, subnormals and the largest floats included', () => {
    expectBytes(engine, { format }, (x) => encodeGgml(format, x));
  });

  it('makes the samples of the plain reference from any bytes', () => {
    expectSamples(engine, { format }, (bytes) => decodeGgml(format, bytes));
  });

  it('codes NaN and infinities as zero, counts them, and leaves the rest of the block alone', () => {
    withCodec(engine, { format }, (codec) => {
      const x = gaussian(96);
      const clean = x.slice();
      for (const [index, value] of [
        [3, Number.NaN],
        [40, Infinity],
        [41, -Infinity],
        [95, Number.NaN],
      ]) {
        x[index] = value;
        clean[index] = 0;
      }
      expect(hexOf(codec.encode(x))).toBe(hexOf(codec.encode(clean)));
      expect(codec.faults).toBe(4);
    });
  });
});

describe('ggml formats', () => {
  it('reach the figures of the reference on Gaussian and Student noise', () => {
    for (const [format, normal, heavy] of [
      ['ggml-q8_0', 45.4, 41.4],
      ['ggml-q4_0', 21.3, 17.8],
    ] as const) {
      withCodec(engine, { format }, (codec) => {
        for (const [x, figure] of [
          [gaussian(2e5), normal],
          [student(320_000), heavy],
        ] as const) {
          expect(Math.abs(snr(x, codec.decode(codec.encode(x))) - figure), format).toBeLessThan(0.2);
        }
      });
    }
  });

  it('store 8.5, 4.5, 4.25 and 4.5 bits a sample, in blocks that have one size only', () => {
    const bits = [...formats, 'ggml-q4_k'].map((format) =>
      withCodec(engine, { format }, (codec) => codec.bitsPerSample),
    );
    expect(bits).toEqual([8.5, 4.5, 4.25, 4.5]);
    expect(() => withCodec(engine, { format: 'ggml-q4_0', blockSize: 64 }, () => 0)).toThrow(RangeError);
  });

  it('round halves away from zero in q8_0, but not the float32 just below a half', () => {
    // amax 127 makes d 1.
    const { bytes } = block('ggml-q8_0', [127, 0.5, -0.5, 1.5, -2.5, 0.49999997, -0.49999997, 126.5]);
    expect(bytes.slice(2, 10)).toEqual([127, 1, 255, 2, 253, 0, 0, 127]);
  });

  it('take the sign of q4_0’s scale from the first sample of the largest magnitude, and decode zero to its negative', () => {
    expect(block('ggml-q4_0', [1, -8, 8]).bytes.slice(0, 2)).toEqual([0x00, 0x3c]); // −8 came first: d = 1
    const { bytes, decoded } = block('ggml-q4_0', [1, 8, -8]);
    expect(bytes.slice(0, 2)).toEqual([0x00, 0xbc]);
    expect([decoded[0], decoded[1], decoded[2]]).toEqual([1, 8, -7]); // +8 would be code 16
    expect(Object.is(decoded[3], -0)).toBe(true);
    expect(hexOf(Uint8Array.from(block('ggml-q4_0', []).bytes))).toBe(golden('ggml-q4_0', 'all_zero').packed);
  });

  it('pair sample j with sample j + 16 in a byte, j low', () => {
    const x = new Float32Array(32);
    [x[0], x[1], x[16]] = [6, 1, 2];
    expect(block('ggml-mxfp4', [...x]).bytes.slice(0, 4)).toEqual([127, 0x47, 0x02, 0]);
  });

  it('give mxfp4’s midpoints to the smaller magnitude, and zero no sign', () => {
    const midpoints = [0.25, 0.75, 1.25, 1.75, 2.5, 3.5, 5];
    const { bytes, decoded } = block('ggml-mxfp4', [6, ...midpoints, ...midpoints.map((value) => -value), -0.1, -0]);
    expect(bytes[0]).toBe(127);
    const expected = [6, 0, 0.5, 1, 1.5, 2, 3, 4, 0, -0.5, -1, -1.5, -2, -3, -4, 0, 0];
    expect([...decoded.subarray(0, 17)]).toEqual(expected);
    const negativeZero = new Uint8Array(17).fill(0x88).fill(127, 0, 1);
    withCodec(engine, { format: 'ggml-mxfp4' }, (codec) => {
      expect(bitsOf(codec.decode(negativeZero))).toEqual(new Array(32).fill(0));
    });
  });

  it('take mxfp4’s exponent from the bits, just below every power of two', () => {
    const word = new Float32Array(1);
    for (let exponent = -124; exponent <= 127; exponent++) {
      word[0] = 2 ** exponent;
      const whole = word[0];
      new Int32Array(word.buffer)[0]--;
      expect(block('ggml-mxfp4', [whole]).bytes[0]).toBe(Math.max(0, exponent + 125));
      expect(block('ggml-mxfp4', [word[0]]).bytes[0]).toBe(Math.max(0, exponent + 124));
    }
  });

  it('hold what no float16 scale reaches at its limits, where ggml would write an infinity', () => {
    const loud = Float32Array.from({ length: 32 }, (_, i) => (i % 2 ? -1 : 1) * (i < 16 ? 3e38 : 1e7));
    const limits = { 'ggml-q8_0': [127, -127], 'ggml-q4_0': [8, -7] };
    for (const [format, [most, least]] of Object.entries(limits)) {
      const { decoded } = block(format as GgmlFormat, [...loud]);
      expect([...decoded]).toEqual(Array.from({ length: 32 }, (_, i) => 65504 * (i % 2 ? least : most)));
    }
  });

  it('make zeros of blocks whose scale is infinite, NaN or beyond what encoders write, and count them', () => {
    for (const [format, first] of [
      ['ggml-q8_0', [0x00, 0x7c]],
      ['ggml-q8_0', [0x01, 0xfc]],
      ['ggml-q4_0', [0x00, 0xfc]],
      ['ggml-mxfp4', [253]],
      ['ggml-mxfp4', [255]],
      ['ggml-q4_k', [0x00, 0x7c, 0, 0]],
      ['ggml-q4_k', [0x00, 0x3c, 0, 0x7e]],
    ] as const) {
      withCodec(engine, { format }, (codec) => {
        const bytes = new Uint8Array(2 * codec.blockBytes).fill(0x12);
        bytes.set(first);
        const decoded = codec.decode(bytes);
        expect(bitsOf(decoded.subarray(0, codec.blockSize))).toEqual(new Array(codec.blockSize).fill(0));
        expect(decoded[codec.blockSize]).not.toBe(0);
        expect(codec.faults).toBe(1);
      });
    }
  });
});

describe('ggml-q4_k', () => {
  it('reads the golden vectors and any other bytes to the bit', () => {
    const own = cases.filter(({ id }) => id === 'ggml-q4_k');
    expect(own.length).toBeGreaterThan(10);
    withCodec(engine, { format: 'ggml-q4_k' }, (codec) => {
      for (const { name, packed, decoded_u32 } of own) {
        expect(bitsOf(codec.decode(bytesOf(packed))), name).toEqual(bitsOf(floats(decoded_u32)));
      }
    });
    expectSamples(engine, { format: 'ggml-q4_k' }, decodeQ4K);
  });

  it('says that it can only be decoded, from codec and stage alike, and decodes as a stage', () => {
    const format = 'ggml-q4_k';
    withCodec(engine, { format }, (codec) => {
      expect(() => codec.encode(new Float32Array(256))).toThrow(
        /format expected one that can be encoded, got 'ggml-q4_k/,
      );
    });
    const sampleRate = { numerator: 8000, denominator: 1 };
    const input = { kind: 'frames', sampleRate, channels: 1, sample: 'f32' } as const;
    const free = engine.memory.free;
    expect(() => new BlockEncoder(engine, { input, format })).toThrow(/can only be decoded/);
    expect(engine.memory.free).toBe(free);
    const decoder = new BlockDecoder(engine, {
      input: {
        kind: 'packets',
        codec: format,
        parameters: { blockSize: 256, rotation: 'none', seed: 0 },
        framesPerPacket: 256,
        sampleRate,
        channels: 1,
      },
    });
    const { packed, decoded_u32 } = golden(format, 'gaussian');
    expect(bitsOf(decoder.process([bytesOf(packed)])[0])).toEqual(bitsOf(floats(decoded_u32)));
    decoder.dispose();
  });
});
