import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { quantizeKernels } from '../../src/quantize/_kernels.js';
import { E1M2, E2M1, E2M3, E3M2, E4M3, E5M2, E8M0_SCALE, scaledParameters } from '../../src/quantize/_scaled-format.js';
import { BlockCodec, type BlockOptions } from '../../src/quantize/index.js';
import { nearestCode, ue5m3 } from '../reference/scaled.js';

interface BlockCase {
  format: string;
  name: string;
  input_u32: string[];
  scales: number[];
  decoded_u32: string[];
  packed: string;
  tensor_scale_u32?: string;
  any_scale?: boolean;
  any_scale_block0?: boolean;
}
interface MinifloatCase {
  name: string;
  decode_u32: string[];
  encode: Record<string, { input_u32: string[]; codes: number[] }>;
  nan_codes: number[];
  max_finite_code: number;
  sweep: { sha256: string };
}

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), 'utf8')).cases;
const floats = (hex: string[]) => new Float32Array(Uint32Array.from(hex, (word) => Number.parseInt(word, 16)).buffer);
const bitsOf = (values: Float32Array) => [...new Uint32Array(values.slice().buffer)];

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load({ memory: 2 ** 21 });
});

function coded(options: BlockOptions, x: Float32Array) {
  const codec = new BlockCodec(engine, options);
  const bytes = codec.encode(x);
  const decoded = codec.decode(bytes);
  const { blockBytes, headerBytes } = codec;
  codec.dispose();
  const blocks = Array.from({ length: (bytes.length - headerBytes) / blockBytes }, (_, i) =>
    bytes.subarray(headerBytes + i * blockBytes, headerBytes + (i + 1) * blockBytes),
  );
  return {
    header: bytes.subarray(0, headerBytes),
    scales: blocks.map((block) => block[0]),
    packed: Buffer.concat(blocks.map((block) => block.subarray(1))).toString('hex'),
    decoded: bitsOf(decoded),
  };
}

describe('golden vectors of minifloats', () => {
  const elements = { e4m3fn: E4M3, e5m2: E5M2, e3m2: E3M2, e2m3: E2M3, e2m1: E2M1, e1m2: E1M2 };
  const codesOf = (name: keyof typeof elements, x: Float32Array): Uint8Array => {
    const { memory, buffer } = engine;
    const kernels = quantizeKernels(engine);
    const groups = Math.ceil(x.length / 16);
    const [source, target, parameters] = [groups * 64, groups * 16, 68].map((bytes) => memory.allocate(bytes));
    new Float32Array(buffer, source, groups * 16).fill(0).set(x);
    new Uint32Array(buffer, parameters, 17).set(
      scaledParameters(elements[name], E8M0_SCALE, {
        scaleRule: 'floor',
        rounding: 'nearest',
        shapingOrder: 1,
        tensorScale: 1,
      }),
    );
    kernels.minifloatCodes(target, source, groups, parameters);
    const codes = new Uint8Array(buffer, target, x.length).slice();
    for (const pointer of [source, target, parameters]) memory.release(pointer);
    return codes;
  };
  const cases = (read('minifloat') as MinifloatCase[]).filter(({ name }) => name in elements);

  it.each(cases)('$name encodes every listed value to its code: ties, subnormals, overflow, random', (golden) => {
    for (const { input_u32, codes } of Object.values(golden.encode)) {
      expect([...codesOf(golden.name as keyof typeof elements, floats(input_u32))]).toEqual(codes);
    }
  });

  it.each(cases)('$name encodes all finite values of bfloat16 as the libraries do', (golden) => {
    const words = new Uint32Array(65280);
    for (let h = 0, i = 0; h < 0xff80; h++) if (h < 0x7f80 || h >= 0x8000) words[i++] = h * 65536;
    const codes = codesOf(golden.name as keyof typeof elements, new Float32Array(words.buffer));
    expect(createHash('sha256').update(codes).digest('hex')).toBe(golden.sweep.sha256);
  });

  it.each(cases)('$name gives every number its own code back', (golden) => {
    const values = floats(golden.decode_u32);
    const codes = codesOf(golden.name as keyof typeof elements, values);
    for (const [code, value] of values.entries()) if (Number.isFinite(value)) expect(codes[code]).toBe(code);
  });

  it('has the oracle agree on UE5M3, the scale of the ue5m3 variants', () => {
    const golden = (read('minifloat') as MinifloatCase[]).find(({ name }) => name === 'ue5m3') as MinifloatCase;
    expect([...floats(golden.decode_u32)].slice(0, 255)).toEqual(ue5m3);
    for (const { input_u32, codes } of Object.values(golden.encode)) {
      expect([...floats(input_u32)].map((value) => nearestCode(ue5m3, value))).toEqual(codes);
    }
  });
});

describe('golden vectors of MX', () => {
  it.each(read('mx') as BlockCase[])('$format $name: scales, codes and decoded bits with the rule floor', (golden) => {
    const format = golden.format.replace('_', '-');
    const result = coded({ format, scaleRule: 'floor' }, floats(golden.input_u32));
    // Any scale of an all-zero block decodes to the same zeros; ours is the listed one except for mxint8.
    const free = golden.any_scale ? golden.scales.length : golden.any_scale_block0 ? 1 : 0;
    expect(result.scales.slice(free)).toEqual(golden.scales.slice(free));
    expect(result.packed).toBe(golden.packed);
    expect(result.decoded).toEqual(bitsOf(floats(golden.decoded_u32)));
  });

  it('decodes every code of every element exactly', () => {
    for (const [format, name] of [
      ['mxfp8-e4m3', 'e4m3fn'],
      ['mxfp8-e5m2', 'e5m2'],
      ['mxfp6-e3m2', 'e3m2'],
      ['mxfp6-e2m3', 'e2m3'],
      ['mxfp4', 'e2m1'],
    ]) {
      const golden = (read('minifloat') as MinifloatCase[]).find(
        (candidate) => candidate.name === name,
      ) as MinifloatCase;
      const codec = new BlockCodec(engine, { format });
      const values = floats(golden.decode_u32);
      const bits = Math.log2(values.length);
      for (let first = 0; first < values.length; first += 32) {
        const bytes = new Uint8Array(codec.blockBytes);
        bytes[0] = 127;
        for (let bit = 0; bit < 32 * bits; bit++) {
          const code = (first + Math.floor(bit / bits)) % values.length;
          bytes[1 + (bit >> 3)] |= ((code >> (bit % bits)) & 1) << (bit & 7);
        }
        const decoded = codec.decode(bytes);
        for (let i = 0; i < 32; i++) {
          const value = values[(first + i) % values.length];
          // Codes that are no number become zero.
          if (Number.isFinite(value)) expect(decoded[i]).toBe(value);
          else expect(Math.abs(decoded[i])).toBe(0);
        }
      }
      codec.dispose();
    }
  });
});

describe('golden vectors of NVFP4 and NVINT4', () => {
  it.each(read('nvfp4') as BlockCase[])('$format $name: scales, codes and decoded bits', (golden) => {
    const tensorScale = golden.tensor_scale_u32 === undefined ? 1 : floats([golden.tensor_scale_u32])[0];
    const result = coded({ format: golden.format, tensorScale }, floats(golden.input_u32));
    expect(result.scales).toEqual(golden.scales);
    expect(result.packed).toBe(golden.packed);
    expect(result.decoded).toEqual(bitsOf(floats(golden.decoded_u32)));
  });

  it('finds the tensor scale of a frame as the reference does', () => {
    const cases = (read('nvfp4') as (BlockCase & { scaling: string })[]).filter(({ scaling }) =>
      /from amax/.test(scaling),
    );
    expect(cases.length).toBeGreaterThan(20);
    for (const golden of cases) {
      const result = coded({ format: golden.format, tensorScale: 'frame' }, floats(golden.input_u32));
      expect(new DataView(result.header.slice().buffer).getUint32(0, true).toString(16).padStart(8, '0')).toBe(
        golden.tensor_scale_u32,
      );
      expect(result.packed).toBe(golden.packed);
      expect(result.decoded).toEqual(bitsOf(floats(golden.decoded_u32)));
    }
  });
});
