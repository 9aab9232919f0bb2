import { beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { decodeLookup, encodeLookup, fp4, type LookupDefinition, nearestEntry } from '../reference/lookup.js';
import { rotateBlocks, snr } from '../reference/quantize.js';
import dynamic8 from '../vectors/dynamic8.json' with { type: 'json' };
import nf4 from '../vectors/nf4.json' with { type: 'json' };
import {
  bitsOf,
  expectBytes,
  expectIdempotent,
  expectSamples,
  floats,
  hexOf,
  readCases,
  withCodec,
} from './_oracle.js';
import { gaussian, student } from './_signals.js';

interface LookupCase {
  name: string;
  block_size: number;
  input_u32: string[];
  scales_u32: string[];
  packed: string;
  decoded_u32: string[];
}

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load({ memory: 2 ** 20 });
});

const nf4Values = [...floats(nf4.table_u32)];
const definitions: { format: string; definition: LookupDefinition; standard: number }[] = [
  { format: 'nf4', definition: nearestEntry(nf4Values, 4), standard: 64 },
  { format: 'bnb-fp4', definition: fp4, standard: 64 },
  { format: 'dynamic8', definition: nearestEntry([...floats(dynamic8.table_u32)], 8), standard: 2048 },
];

describe.each(definitions)('$format', ({ format, definition, standard }) => {
  it('writes the bytes of the plain reference at every level, subnormals and the largest floats included', () => {
    for (const blockSize of [16, 64, 144]) {
      expectBytes(engine, { format, blockSize }, (x) => encodeLookup(x, definition, blockSize));
    }
  });

  it('makes the samples of the plain reference from any bytes', () => {
    for (const blockSize of [16, 48, 4096]) {
      expectSamples(engine, { format, blockSize }, (bytes) => decodeLookup(bytes, definition, blockSize));
    }
  });

  it('gives every threshold and the floats beside it the codes of the reference', () => {
    const word = new Float32Array(1);
    const near: number[] = [];
    const values = Array.from({ length: 2 ** definition.bits }, (_, code) => definition.decode(code)).sort(
      (a, b) => a - b,
    );
    for (const [i, value] of values.slice(1).entries()) {
      for (let step = -3; step <= 3; step++) {
        word[0] = (value + values[i]) / 2;
        new Int32Array(word.buffer)[0] += step;
        near.push(Math.abs(word[0]) <= 1 ? word[0] : 0);
      }
    }
    const blockSize = 16;
    const blocks = Math.ceil(near.length / 15);
    const x = Float32Array.from({ length: 16 * blocks }, (_, i) =>
      i % 16 ? (near[15 * (i >> 4) + (i & 15) - 1] ?? 0) : 1,
    );
    withCodec(engine, { format, blockSize }, (codec) => {
      expect(hexOf(codec.encode(x))).toBe(hexOf(encodeLookup(x, definition, blockSize)));
    });
  });

  it('gives what it decoded back unchanged where the scale is a normal float32', () => {
    const x = gaussian(standard * 4);
    x[0] = 5; // the positive peak: dynamic8 has no −1
    for (let first = standard; first < x.length; first += standard) x[first] = 4.5 + first / standard;
    expectIdempotent(engine, { format }, x);
  });

  it('codes silence under the scale 0, NaN and infinities as zero, and counts those', () => {
    withCodec(engine, { format }, (codec) => {
      const silence = codec.encode(new Float32Array(codec.blockSize));
      expect(hexOf(silence.subarray(0, 4))).toBe('00000000');
      expect([...codec.decode(silence)].every((value) => value === 0)).toBe(true);
      const x = gaussian(2 * codec.blockSize);
      const clean = x.slice();
      for (const [index, value] of [
        [3, Number.NaN],
        [4, Infinity],
        [codec.blockSize, -Infinity],
      ]) {
        x[index] = value;
        clean[index] = 0;
      }
      expect(hexOf(codec.encode(x))).toBe(hexOf(codec.encode(clean)));
      expect(codec.faults).toBe(3);
    });
  });

  it('makes zeros of a block whose scale is never written, and counts it', () => {
    withCodec(engine, { format }, (codec) => {
      for (const [index, scale] of [0x7f800000, 0xff800000, 0x7fc00000, 0xbf800000, 0x80000000].entries()) {
        const bytes = new Uint8Array(2 * codec.blockBytes).fill(0x31);
        new DataView(bytes.buffer).setUint32(0, scale, true);
        const decoded = codec.decode(bytes);
        expect(bitsOf(decoded.subarray(0, codec.blockSize))).toEqual(new Array(codec.blockSize).fill(0));
        expect(decoded[codec.blockSize]).not.toBe(0);
        expect(codec.faults).toBe(index + 1);
      }
    });
  });

  it('has blocks of 16 to 4096 samples, rotated where they are asked to be', () => {
    withCodec(engine, { format }, (codec) => {
      expect(codec.blockSize).toBe(standard);
      expect(codec.bitsPerSample).toBe(definition.bits + 32 / standard);
    });
    for (const blockSize of [16, 4096]) {
      const x = gaussian(2 * blockSize);
      const figure = withCodec(engine, { format, blockSize, rotation: 'block' }, (codec) =>
        snr(x, codec.decode(codec.encode(x))),
      );
      expect(figure).toBeGreaterThan(11);
    }
    for (const blockSize of [8, 24, 4112])
      expect(() => withCodec(engine, { format, blockSize }, () => 0)).toThrow(RangeError);
  });
});

describe.each(['nf4', 'dynamic8'])('%s', (format) => {
  it('writes and reads the golden vectors bit for bit', () => {
    for (const { name, block_size: blockSize, input_u32, scales_u32, packed, decoded_u32 } of readCases<LookupCase>(
      format,
    )) {
      withCodec(engine, { format, blockSize }, (codec) => {
        const bytes = codec.encode(floats(input_u32));
        const blocks = scales_u32.map((_, i) => bytes.slice(i * codec.blockBytes, (i + 1) * codec.blockBytes));
        expect(
          blocks.map((block) => hexOf(block.subarray(0, 4).reverse())),
          name,
        ).toEqual(scales_u32);
        expect(blocks.map((block) => hexOf(block.subarray(4))).join(''), name).toBe(packed);
        expect(bitsOf(codec.decode(bytes)), name).toEqual(bitsOf(floats(decoded_u32)));
      });
    }
  });
});

describe('lookup formats', () => {
  it('reach the figures of the reference: nf4 20.7 dB on Gaussian noise, 18.1 on Student’s', () => {
    withCodec(engine, { format: 'nf4' }, (codec) => {
      for (const [x, figure] of [
        [gaussian(192_000), 20.7],
        [student(320_000), 18.1],
      ] as const) {
        expect(Math.abs(snr(x, codec.decode(codec.encode(x))) - figure)).toBeLessThan(0.2);
      }
    });
  });

  it('have quantiles of the normal distribution for nf4, to the float32 the table was made in', () => {
    // Φ by Simpson's rule from 0, and from it the p of each entry, which the definition spaces evenly.
    const probability = (x: number) => {
      const steps = 2000;
      let sum = 0;
      for (let i = 0; i <= steps; i++) {
        const weight = i === 0 || i === steps ? 1 : i % 2 ? 4 : 2;
        sum += weight * Math.exp(-(((x * i) / steps) ** 2 / 2));
      }
      return 0.5 + (sum * x) / steps / 3 / Math.sqrt(2 * Math.PI);
    };
    const largest = 1.8481308; // Φ⁻¹(0.9677083)
    expect(probability(largest)).toBeCloseTo(0.9677083, 7);
    for (const [code, value] of nf4Values.entries()) {
      const parts = code < 7 ? 7 : 8;
      const part = (code < 7 ? code - 7 : code - 7) / parts;
      expect(probability(Math.abs(value) * largest)).toBeCloseTo(0.5 + Math.abs(part) * 0.4677083, 6);
    }
  });

  it('turn blocks of more than 256 by the butterflies of the definition, in its order', () => {
    for (const blockSize of [512, 1024, 2048, 4096]) {
      const x = gaussian(2 * blockSize, blockSize);
      const options = { format: 'dynamic8', blockSize };
      const plain = withCodec(engine, options, (codec) => codec.encode(rotateBlocks(x, blockSize, 7)));
      const bytes = withCodec(engine, { ...options, rotation: 'block', seed: 7 }, (codec) => codec.encode(x));
      expect(hexOf(bytes)).toBe(hexOf(plain));
    }
  });

  it('put the earlier sample of a pair in the high nibble', () => {
    const x = new Float32Array(16).fill(-1);
    x[0] = 1;
    withCodec(engine, { format: 'nf4', blockSize: 16 }, (codec) => {
      expect([...codec.encode(x).subarray(0, 6)]).toEqual([0, 0, 0x80, 0x3f, 0xf0, 0x00]);
    });
  });

  it('have no −1 in dynamic8: the most negative sample comes back as −0.99297 of itself', () => {
    withCodec(engine, { format: 'dynamic8', blockSize: 16 }, (codec) => {
      const decoded = codec.decode(codec.encode(new Float32Array(16).fill(-1).fill(1, 8)));
      expect(decoded[0]).toBe(Math.fround(-0.992968738079071));
      expect(decoded[8]).toBe(1);
    });
  });

  it('give exact midpoints of dynamic8 to the lower code, unlike the library’s own search tree', () => {
    const { input_u32, codes } = dynamic8.cases.find(({ name }) => name === 'midpoints_block_amax_1') as never as {
      input_u32: string[];
      codes: number[];
    };
    const at = dynamic8.cases.flatMap((entry) => ('cuda_tree_differs_at' in entry ? entry.cuda_tree_differs_at : []));
    expect(at?.length).toBeGreaterThan(0);
    withCodec(engine, { format: 'dynamic8', blockSize: 256 }, (codec) => {
      const bytes = codec.encode(floats(input_u32));
      for (const index of at as number[]) expect(bytes[4 + index]).toBe(codes[index]);
    });
  });

  it('keep the sign of what bnb-fp4 rounds to zero, and zero itself without one', () => {
    withCodec(engine, { format: 'bnb-fp4', blockSize: 16 }, (codec) => {
      const bytes = codec.encode(Float32Array.of(1, -0.001, 0, -0, 0.001, -1, ...new Float32Array(10)));
      expect([...bytes.subarray(4, 7)]).toEqual([0x38, 0x00, 0x0b]);
      const decoded = codec.decode(bytes);
      expect([decoded[1], decoded[2], decoded[3]].map((value) => Object.is(value, -0))).toEqual([true, false, false]);
    });
  });

  it('do not mistake bnb-fp4 for E2M1: its second value is 1/16 of 1/12, not 1/2 of 1/6', () => {
    withCodec(engine, { format: 'bnb-fp4', blockSize: 16 }, (codec) => {
      const bytes = new Uint8Array(12);
      bytes.set([0, 0, 0x40, 0x41, 0x01, 0x23, 0x45, 0x67]); // scale 12
      const decoded = [...codec.decode(bytes)].slice(0, 8);
      const expected = [0, 1 / 16, 8, 12, 4, 6, 2, 3];
      for (const [code, value] of expected.entries()) expect(decoded[code]).toBeCloseTo(value, 6);
    });
  });
});
