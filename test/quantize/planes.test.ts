import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { decodePlanes, encodePlanes } from '../reference/planes.js';
import { float16Value, snr } from '../reference/quantize.js';
import {
  bitsOf,
  bytesOf,
  expectBytes,
  expectIdempotent,
  expectSamples,
  floats,
  hexOf,
  readCases,
  withCodec,
} from './_oracle.js';
import { blocksOf, gaussian, student } from './_signals.js';

interface PlaneCase {
  name: string;
  n: number;
  input_u32?: string[];
  packed: string;
  packed_linear: string;
  decoded_u32: string[];
}

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load({ memory: 2 ** 20 });
});
const format = 'fp6-4plus2';
const cases = readCases<PlaneCase>('fp6_4plus2');

describe('fp6-4plus2', () => {
  it('reads the planes of the golden vectors, all 64 codes among them, bit for bit under a scale of one', () => {
    for (const { name, n, packed, decoded_u32 } of cases) {
      withCodec(engine, { format, blockSize: n }, (codec) => {
        expect(bitsOf(codec.decode(bytesOf(`003c${packed}`))), name).toEqual(bitsOf(floats(decoded_u32)));
      });
    }
  });

  it('writes them beside a sample of 28, which makes the scale one', () => {
    const encoded = cases.filter(({ input_u32 }) => input_u32 !== undefined);
    expect(encoded.length).toBeGreaterThan(3);
    for (const { name, n, input_u32, packed } of encoded) {
      withCodec(engine, { format, blockSize: n + 16 }, (codec) => {
        const x = new Float32Array(n + 16).fill(28);
        // What is beyond 28 the vectors hold there: an element's own limit, which under a scale of its own is not met.
        x.set(floats(input_u32 as string[]).map((value) => Math.max(-28, Math.min(28, value))));
        expect(hexOf(codec.encode(x)).slice(0, 4 + packed.length), name).toBe(`003c${packed}`);
      });
    }
  });

  it('holds the bits of the linear packing in another order', () => {
    for (const { name, n, packed, packed_linear } of cases) {
      const bytes = bytesOf(packed);
      const linear = bytesOf(packed_linear);
      for (let k = 0; k < n; k++) {
        const [group, i] = [12 * (k >> 4), k & 15];
        const code =
          ((bytes[group + (i & 7)] >> (i < 8 ? 0 : 4)) & 15) |
          (((bytes[group + 8 + (i & 3)] >> (2 * (i >> 2))) & 3) << 4);
        const word = linear[3 * (k >> 2)] | (linear[3 * (k >> 2) + 1] << 8) | (linear[3 * (k >> 2) + 2] << 16);
        expect((word >> (6 * (k & 3))) & 63, name).toBe(code);
      }
    }
  });

  it('writes the bytes of the plain reference at every level, subnormals and the largest floats included', () => {
    for (const blockSize of [16, 32, 80]) {
      expectBytes(engine, { format, blockSize }, (x) => encodePlanes(x, blockSize));
    }
  });

  it('makes the samples of the plain reference from any bytes', () => {
    for (const blockSize of [16, 48, 256]) {
      expectSamples(engine, { format, blockSize }, (bytes) => decodePlanes(bytes, blockSize));
    }
  });

  it('rounds the midpoints of codes to the even one, and the floats beside them to their own side', () => {
    const values = Array.from(
      { length: 32 },
      (_, code) => ((code & 3) + (code > 3 ? 4 : 0)) * 2 ** (Math.max(1, code >> 2) - 5),
    );
    const word = new Float32Array(1);
    for (const step of [-1, 0, 1]) {
      const x = new Float32Array(32).fill(28);
      for (let code = 0; code < 31; code++) {
        word[0] = (values[code] + values[code + 1]) / 2;
        new Int32Array(word.buffer)[0] += step;
        x[code] = word[0];
      }
      withCodec(engine, { format }, (codec) => {
        const upper = (code: number) => (step === 0 ? code % 2 === 1 : step > 0);
        const expected = values.slice(0, 31).map((_, code) => values[upper(code) ? code + 1 : code]);
        expect([...codec.decode(codec.encode(x)).subarray(0, 31)]).toEqual(expected);
      });
    }
  });

  it('brings every sample back within an eighth of itself, or half of the smallest step', () => {
    withCodec(engine, { format }, (codec) => {
      fc.assert(
        fc.property(blocksOf(32, { loudest: 20 }), (x) => {
          const bytes = codec.encode(x);
          const decoded = codec.decode(bytes);
          for (const [i, value] of x.entries()) {
            const at = (i >> 5) * codec.blockBytes;
            const scale = float16Value(bytes[at] + 256 * bytes[at + 1]);
            const bound = Math.max(Math.abs(value) / 8, scale / 32, 2 ** -29) * (1 + 2 ** -20);
            expect(Math.abs(value - decoded[i])).toBeLessThanOrEqual(bound);
          }
        }),
      );
    });
  });

  it('has 26.4 dB on Gaussian noise, one more than the elements have under a power of two, and 28.2 on Student’s', () => {
    withCodec(engine, { format }, (codec) => {
      for (const [x, figure] of [
        [gaussian(192_000), 26.4],
        [student(320_000), 28.2],
      ] as const) {
        expect(Math.abs(snr(x, codec.decode(codec.encode(x))) - figure)).toBeLessThan(0.2);
      }
    });
  });

  it('gives what it decoded back unchanged', () => {
    expectIdempotent(engine, { format }, gaussian(3200));
  });

  it('codes silence as zeros, keeps the sign of zero, and holds what is beyond 28·65504', () => {
    withCodec(engine, { format }, (codec) => {
      expect(codec.encode(new Float32Array(32))).toEqual(new Uint8Array(26));
      const decoded = codec.decode(codec.encode(new Float32Array(32).fill(-0).fill(1, 16)));
      expect(Object.is(decoded[0], -0)).toBe(true);
      expect(codec.decode(codec.encode(new Float32Array(32).fill(-3e38)))).toEqual(
        new Float32Array(32).fill(-28 * 65504),
      );
    });
  });

  it('codes NaN and infinities as zero, and makes zeros of scales that are never written; counts both', () => {
    withCodec(engine, { format }, (codec) => {
      const x = gaussian(64);
      const clean = x.slice();
      for (const [index, value] of [
        [0, Number.NaN],
        [63, -Infinity],
      ]) {
        x[index] = value;
        clean[index] = 0;
      }
      expect(hexOf(codec.encode(x))).toBe(hexOf(codec.encode(clean)));
      expect(codec.faults).toBe(2);
      for (const [index, scale] of [0x7c00, 0x7e00, 0x8000, 0xbc00].entries()) {
        const bytes = new Uint8Array(52).fill(0x11);
        bytes.set([scale & 255, scale >> 8]);
        expect(bitsOf(codec.decode(bytes).subarray(0, 32))).toEqual(new Array(32).fill(0));
        expect(codec.faults).toBe(3 + index);
      }
    });
  });
});
