import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { BitstreamError } from '../../src/engine/errors.js';
import { ProgressiveVectorCodec, type Refinement, VectorCodec } from '../../src/vectors/index.js';
import { gaussian, relativeError } from '../reference/vectors.js';

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load({ memory: 2 ** 25 });
});

const LAYERS: [string, Refinement[]][] = [
  [
    'levels',
    [
      { kind: 'levels', bits: 2 },
      { kind: 'levels', bits: 3 },
    ],
  ],
  [
    'sparse coefficients',
    [
      { kind: 'sparse', count: 8 },
      { kind: 'sparse', count: 20 },
    ],
  ],
  ['nvfp4', [{ kind: 'nvfp4' }]],
  ['all of them', [{ kind: 'sparse', count: 4 }, { kind: 'nvfp4' }, { kind: 'levels', bits: 1 }]],
];

describe.each(LAYERS)('refinement by %s', (_, refinements) => {
  const dimension = 64;
  const vectors = 150;
  const make = () => new ProgressiveVectorCodec(engine, { codec: 'eden', dimension, bits: 2, refinements });

  it('begins with the codec itself, and every layer makes it better', () => {
    const codec = make();
    const x = gaussian(vectors * dimension);
    const bytes = codec.encode(x);
    const plain = new VectorCodec(engine, { codec: 'eden', dimension, bits: 2 });
    expect(bytes.subarray(0, vectors * plain.vectorBytes)).toEqual(plain.encode(x));
    let length = 0;
    let before = 1;
    for (const [index, each] of codec.layerBytes.entries()) {
      length += vectors * each;
      const decoded = codec.decode(bytes.subarray(0, length), vectors);
      if (index === 0) expect(decoded).toEqual(plain.decode(plain.encode(x)));
      const error = relativeError(x, decoded);
      expect(error).toBeLessThan(0.85 * before);
      before = error;
    }
    expect(length).toBe(bytes.length);
    codec.dispose();
    plain.dispose();
  });

  it('decodes any beginning that holds the first layer, never worse than a shorter one', () => {
    const codec = make();
    const x = gaussian(vectors * dimension, 3);
    const bytes = codec.encode(x);
    const base = vectors * codec.layerBytes[0];
    fc.assert(
      fc.property(
        fc.integer({ min: base, max: bytes.length }),
        fc.integer({ min: base, max: bytes.length }),
        (a, b) => {
          const [short, long] = [Math.min(a, b), Math.max(a, b)].map((length) =>
            relativeError(x, codec.decode(bytes.subarray(0, length), vectors)),
          );
          expect(long).toBeLessThanOrEqual(short + 1e-9);
        },
      ),
      { numRuns: 20 },
    );
    expect(() => codec.decode(bytes.subarray(0, base - 1), vectors)).toThrow(BitstreamError);
    expect(() => codec.decode(new Uint8Array(bytes.length + 1), vectors)).toThrow(BitstreamError);
    codec.dispose();
  });

  it('gives zeros for zeros and finite values for any bytes', () => {
    const codec = make();
    expect(codec.decode(codec.encode(new Float32Array(dimension)), 1).every((value) => value === 0)).toBe(true);
    const length = codec.layerBytes.reduce((sum, each) => sum + each, 0);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: length, maxLength: length }), (bytes) => {
        expect(codec.decode(bytes, 1).every(Number.isFinite)).toBe(true);
      }),
    );
    codec.dispose();
  });
});

it('the layer nvfp4 errs as NVFP4 does on the error of the codec: 20 dB less', () => {
  const x = gaussian(128 * 200);
  const codec = new ProgressiveVectorCodec(engine, {
    codec: 'eden',
    dimension: 128,
    bits: 1,
    refinements: [{ kind: 'nvfp4' }],
  });
  const decoded = codec.decode(codec.encode(x), 200);
  const gain = 10 * Math.log10(0.361 / relativeError(x, decoded));
  expect(gain).toBeGreaterThan(18.5);
  expect(gain).toBeLessThan(23);
  codec.dispose();
});

it('layers that are none are refused, and all memory comes back', () => {
  const { free } = engine.memory;
  const base = { codec: 'eden', dimension: 64 } as const;
  for (const refinements of [
    [],
    [{ kind: 'no' }],
    [{ kind: 'sparse', count: 65 }],
    [{ kind: 'levels', bits: 9 }],
    [{ kind: 'nvfp4', bits: 4 }],
    'x',
  ]) {
    expect(() => new ProgressiveVectorCodec(engine, { ...base, refinements } as never)).toThrow();
  }
  expect(() => new ProgressiveVectorCodec(engine, { ...base, codec: 'e8', refinements: [{ kind: 'nvfp4' }] })).toThrow(
    RangeError,
  );
  expect(engine.memory.free).toBe(free);
});
