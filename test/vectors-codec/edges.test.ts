import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { BitstreamError, DisposedError } from '../../src/engine/errors.js';
import { VectorCodec, type VectorOptions } from '../../src/vectors/index.js';
import { gaussian } from '../reference/vectors.js';

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load({ memory: 2 ** 25 });
});

const CASES: [string, VectorOptions][] = VectorCodec.codecs.map((codec) => [
  codec,
  {
    codec,
    dimension: codec === 'itq3s' ? 256 : 64,
    ...(codec === 'cq' && { codebook: gaussian(32, 4) }),
    ...(codec === 'eden' && { scaleFormat: 'float16' }),
    ...(codec === 'pvq' && { scaleFormat: 'float16' }),
  },
]);

describe.each(CASES)('%s', (name, options) => {
  const { dimension } = options;
  const codecs = () => new VectorCodec(engine, options);

  it('gives zeros for zeros, and nothing for nothing', () => {
    const codec = codecs();
    const decoded = codec.decode(codec.encode(new Float32Array(3 * dimension)));
    // A codebook has no entry at zero unless one was put there.
    if (name !== 'cq') expect(decoded.every((value) => value === 0)).toBe(true);
    expect(codec.encode(new Float32Array(0))).toHaveLength(0);
    expect(codec.decode(new Uint8Array(0))).toHaveLength(0);
    expect(codec.faults).toBe(0);
    codec.dispose();
  });

  it('takes constants, spikes, subnormals, the largest values and NaN, and gives finite values', () => {
    const codec = codecs();
    const x = new Float32Array(8 * dimension);
    x.fill(5, 0, dimension);
    x[dimension + 3] = -1e6;
    x.fill(1e-42, 2 * dimension, 3 * dimension);
    x.fill(3e38, 3 * dimension, 4 * dimension);
    x.set(gaussian(dimension), 4 * dimension);
    x[4 * dimension + 1] = Number.NaN;
    x[5 * dimension] = Number.POSITIVE_INFINITY;
    x[6 * dimension] = Number.NEGATIVE_INFINITY;
    x.fill(-(2 ** 80), 7 * dimension);
    const bytes = codec.encode(x);
    expect(codec.faults).toBe(dimension + 3);
    const decoded = codec.decode(bytes);
    expect(decoded.every(Number.isFinite)).toBe(true);
    if (name !== 'cq' && options.scaleFormat !== 'float16' && name !== 'itq3s') {
      // Turned twice a constant is like any other vector.
      const error = decoded.subarray(0, dimension).reduce((sum, value) => sum + (value - 5) ** 2, 0);
      expect(error).toBeLessThan(25 * dimension * 2);
    }
    codec.dispose();
  });

  it('gives finite values for any bytes of a right length, and a BitstreamError for others', () => {
    const codec = codecs();
    fc.assert(
      fc.property(fc.uint8Array({ minLength: codec.vectorBytes, maxLength: codec.vectorBytes }), (bytes) => {
        try {
          expect(codec.decode(bytes).every(Number.isFinite)).toBe(true);
          expect(codec.innerProducts(bytes, gaussian(dimension)).every(Number.isFinite)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(BitstreamError);
          expect(name).toBe('e8');
        }
      }),
      { numRuns: 60 },
    );
    const bytes = codec.encode(gaussian(2 * dimension));
    for (const length of [1, bytes.length - 1]) {
      expect(() => codec.decode(bytes.subarray(0, length))).toThrow(BitstreamError);
      expect(() => codec.innerProducts(bytes.subarray(0, length), new Float32Array(dimension))).toThrow(BitstreamError);
    }
    codec.dispose();
  });

  it('gives finite values where the largest scale stands before any codes', () => {
    const codec = codecs();
    const bytes = codec.encode(gaussian(dimension));
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 40, maxLength: 40 }), fc.integer({ min: 0, max: 7 }), (noise, at) => {
        const damaged = bytes.slice();
        damaged.set(noise.subarray(0, Math.max(0, damaged.length - 10)), 10);
        new DataView(damaged.buffer).setFloat32(at, 5e30, true);
        if (name === 'e8') damaged.set(bytes.subarray(0, 2));
        if (name === 'e8') new DataView(damaged.buffer).setFloat32(2, 5e30, true);
        expect(codec.decode(damaged).every(Number.isFinite)).toBe(true);
        expect(codec.innerProducts(damaged, gaussian(dimension)).every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 60 },
    );
    codec.dispose();
  });

  it('refuses wrong lengths and types, and work after dispose', () => {
    const codec = codecs();
    expect(() => codec.encode(new Float32Array(dimension + 1))).toThrow(RangeError);
    expect(() => codec.encode([1] as never)).toThrow(TypeError);
    expect(() => codec.encode(new Float32Array(dimension), new Uint8Array(1))).toThrow(
      name === 'e8' ? TypeError : RangeError,
    );
    expect(() => codec.decode('x' as never)).toThrow(TypeError);
    expect(() => codec.decode(codec.encode(gaussian(dimension)), new Float32Array(1))).toThrow(RangeError);
    expect(() => codec.innerProducts(new Uint8Array(0), new Float32Array(1))).toThrow(RangeError);
    const other = new VectorCodec(engine, { codec: 'eden', dimension: 32 });
    expect(() => codec.innerProductsOfCodes(new Uint8Array(0), new Uint8Array(0), other)).toThrow(RangeError);
    other.dispose();
    codec.dispose();
    expect(() => codec.encode(new Float32Array(dimension))).toThrow(DisposedError);
    expect(() => codec.decode(new Uint8Array(0))).toThrow(DisposedError);
  });
});

describe('VectorCodec', () => {
  it.each([
    [{ codec: 'no' }, RangeError],
    [{ codec: 'eden', dimension: 17 }, RangeError],
    [{ codec: 'eden', dimension: 0 }, RangeError],
    [{ codec: 'eden', bits: 9 }, RangeError],
    [{ codec: 'eden', bits: '4' }, TypeError],
    [{ codec: 'eden', bias: 'some' }, RangeError],
    [{ codec: 'turbo-mse', bias: 'unbiased' }, RangeError],
    [{ codec: 'eden', rotationSize: 3 }, RangeError],
    [{ codec: 'eden', rotationSize: 128 }, RangeError],
    [{ codec: 'eden', rotation: 'outlier' }, RangeError],
    [{ codec: 'eden', rotation: 'hadamard', channelMagnitudes: new Float32Array(64).fill(1) }, RangeError],
    [{ codec: 'eden', channelScales: [1, 2] }, RangeError],
    [{ codec: 'eden', channelScales: new Float32Array(64) }, RangeError],
    [{ codec: 'turbo-prod', projection: 'x' }, RangeError],
    [{ codec: 'turbo-prod', bits: 2.5 }, RangeError],
    [{ codec: 'pvq', groupSize: 7 }, RangeError],
    [{ codec: 'pvq', pulses: 1000 }, RangeError],
    [{ codec: 'saw-int4', bits: 5 }, RangeError],
    [{ codec: 'octopus', bits: 5 }, RangeError],
    [{ codec: 'e8', bits: 0.5 }, RangeError],
    [{ codec: 'cq', codebook: [Number.NaN, ...new Float32Array(31)] }, RangeError],
    [{ codec: 'eden', typo: 1 }, TypeError],
  ] as [object, typeof RangeError][])('refuses %o', (options, kind) => {
    const { free } = engine.memory;
    expect(() => new VectorCodec(engine, { dimension: 64, ...options } as VectorOptions)).toThrow(kind);
    expect(engine.memory.free).toBe(free);
  });

  it('gives all memory back', () => {
    const { free } = engine.memory;
    for (const [, options] of CASES) new VectorCodec(engine, options).dispose();
    expect(engine.memory.free).toBe(free);
  });
});
