import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { levelsFor } from '../../src/vectors/_levels.js';
import { NORMAL_LEVELS, SPHERE_LEVELS, TERNARY_LEVEL } from '../../src/vectors/_lloyd-max.js';
import { VectorCodec, type VectorOptions } from '../../src/vectors/index.js';
import { dot, eden, gaussian, normal, readCodes, relativeError, rotate } from '../reference/vectors.js';

interface EdenCase {
  name: string;
  bits: number;
  d: number;
  y_u32: string[];
  codes: number[];
  scale_unbiased: number;
  scale_mse: number;
  nmse_unbiased: number;
  nmse_mse: number;
}
interface LloydMaxCase {
  distribution: 'normal' | 'sphere';
  name: string;
  bits: number;
  levels: number[];
}
const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), 'utf8')).cases;
const floats = (hex: string[]) => new Float32Array(Uint32Array.from(hex, (word) => Number.parseInt(word, 16)).buffer);
const allLevels = (bits: number) => {
  const above = NORMAL_LEVELS[bits - 1];
  return [...[...above].reverse().map((level) => -level), ...above];
};

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.load({ memory: 2 ** 25 });
});

/** Mean of ‖x − x̂‖²/‖x‖² over Gaussian vectors. */
function meanError(options: VectorOptions, vectors = 10_000): number {
  const { dimension } = options;
  const x = gaussian(vectors * dimension, 7);
  const codec = new VectorCodec(engine, options);
  const decoded = codec.decode(codec.encode(x));
  let sum = 0;
  for (let at = 0; at < x.length; at += dimension) {
    sum += relativeError(x.subarray(at, at + dimension), decoded.subarray(at, at + dimension));
  }
  codec.dispose();
  return sum / vectors;
}

describe('the tables of Lloyd and Max', () => {
  it.each(read('lloydmax') as LloydMaxCase[])('$name are the golden ones', ({ distribution, name, bits, levels }) => {
    const above = distribution === 'normal' ? NORMAL_LEVELS : SPHERE_LEVELS[Number(/d(\d+)/.exec(name)?.[1])];
    expect(above[bits - 1]).toHaveLength(levels.length / 2);
    for (const [k, level] of levels.slice(levels.length / 2).entries()) {
      expect(Math.abs(above[bits - 1][k] - level)).toBeLessThan(2e-9);
    }
  });

  it('the ternary level is 2·(its threshold): the mean of the normal distribution beyond half of itself', () => {
    // From a fine sum: the mean of |x| beyond a/2.
    let [mass, moment] = [0, 0];
    for (let x = TERNARY_LEVEL / 2 + 5e-6; x < 12; x += 1e-5) {
      const density = Math.exp((-x * x) / 2);
      mass += density;
      moment += x * density;
    }
    expect(moment / mass).toBeCloseTo(TERNARY_LEVEL, 6);
  });

  it('are those of the sphere where there are some, and otherwise of the normal distribution', () => {
    expect(levelsFor(64, 2, 'sphere')).toBe(SPHERE_LEVELS[64][1]);
    expect(levelsFor(1024, 2, 'sphere')).toBe(NORMAL_LEVELS[1]);
    expect(levelsFor(64, 8, 'sphere')).toBe(NORMAL_LEVELS[7]);
  });
});

describe('eden', () => {
  it.each(read('eden') as EdenCase[])('has the golden codes and scales: $name at $bits bits', (golden) => {
    const y = floats(golden.y_u32);
    for (const [bias, scale, error] of [
      ['unbiased', golden.scale_unbiased, golden.nmse_unbiased],
      ['least-squares', golden.scale_mse, golden.nmse_mse],
    ] as const) {
      const codec = new VectorCodec(engine, {
        codec: 'eden',
        dimension: golden.d,
        bits: golden.bits,
        bias,
        rotation: 'none',
      });
      const bytes = codec.encode(y);
      expect(readCodes(bytes, 4, golden.d, golden.bits)).toEqual(golden.codes);
      expect(Math.abs(new DataView(bytes.buffer).getFloat32(0, true) / scale - 1)).toBeLessThan(2e-6);
      expect(Math.abs(relativeError(y, codec.decode(bytes)) / error - 1)).toBeLessThan(1e-4);
      codec.dispose();
    }
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'agrees with a plain float64 implementation at %i bits, rotation included',
    (bits) => {
      const dimension = 192;
      const codec = new VectorCodec(engine, { codec: 'eden', dimension, bits, seed: 5 });
      const x = gaussian(20 * dimension, bits);
      const bytes = codec.encode(x);
      let different = 0;
      for (let vector = 0; vector < 20; vector++) {
        const y = rotate([...x.subarray(vector * dimension, (vector + 1) * dimension)], 64, 5, 2);
        const plain = eden(y, allLevels(bits));
        const at = vector * codec.vectorBytes;
        const scale = new DataView(bytes.buffer).getFloat32(at, true);
        expect(Math.abs(scale / plain.leastSquares - 1)).toBeLessThan(1e-4);
        const codes = readCodes(bytes, at + 4, dimension, bits);
        different += codes.filter((code, i) => code !== plain.codes[i]).length;
        for (const [i, code] of codes.entries()) expect(Math.abs(code - plain.codes[i])).toBeLessThanOrEqual(1);
      }
      // Values within a rounding error of a threshold.
      expect(different).toBeLessThan(4);
      codec.dispose();
    },
  );

  it.each([
    ['unbiased', [0.568, 0.131, 0.0347, 0.0092]],
    ['least-squares', [0.361, 0.1154, 0.0335, 0.00915]],
  ] as const)('has the mean errors of the literature at d = 128, %s', (bias, expected) => {
    for (const [i, error] of expected.entries()) {
      const found = meanError({ codec: 'eden', dimension: 128, bits: i + 1, bias });
      expect(Math.abs(found / error - 1), `${i + 1} bits: ${found}`).toBeLessThan(0.02);
    }
  });

  it('is drive at one bit', () => {
    const x = gaussian(1280);
    const bytes = ['eden', 'drive'].map((codec) =>
      new VectorCodec(engine, { codec: codec as 'eden', dimension: 128, bits: 1 }).encode(x),
    );
    expect(bytes[0]).toEqual(bytes[1]);
    expect(() => new VectorCodec(engine, { codec: 'drive', dimension: 128, bits: 2 })).toThrow(RangeError);
  });

  it('takes bits in between, and their errors lie in between', () => {
    const errors = [2, 2.25, 2.5, 2.75, 3].map((bits) => meanError({ codec: 'eden', dimension: 128, bits }, 1000));
    for (let i = 1; i < errors.length; i++) expect(errors[i]).toBeLessThan(0.9 * errors[i - 1]);
    const codec = new VectorCodec(engine, { codec: 'eden', dimension: 128, bits: 2.5 });
    expect(codec.bitsPerSample).toBe(2.75);
    codec.dispose();
  });

  it('never does worse with the scale of least squares than with the norm', () => {
    const levels = new VectorCodec(engine, { codec: 'eden', dimension: 64, bits: 2, rotation: 'none' });
    fc.assert(
      fc.property(
        fc.array(fc.float({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 64, maxLength: 64 }),
        (list) => {
          const x = Float32Array.from(list);
          const { z, norm } = eden([...x], allLevels(2));
          const least = relativeError(x, levels.decode(levels.encode(x)));
          // S = 1 in units of ‖x‖/√d, which is what the tables are made for.
          const fixed = relativeError(
            x,
            z.map((level) => (level * norm) / 8),
          );
          if (norm > 1e-20) expect(least).toBeLessThanOrEqual(fixed + 1e-5);
        },
      ),
      { numRuns: 300 },
    );
    levels.dispose();
  });

  it('is the same bytes however many vectors a call has, and whatever they follow', () => {
    const codec = new VectorCodec(engine, { codec: 'eden', dimension: 48, bits: 3 });
    const x = gaussian(48 * 200);
    const whole = codec.encode(x);
    for (const vector of [0, 1, 84, 85, 199]) {
      const one = codec.encode(x.subarray(48 * vector, 48 * (vector + 1)));
      expect(one).toEqual(whole.slice(vector * codec.vectorBytes, (vector + 1) * codec.vectorBytes));
    }
    codec.dispose();
  });
});

describe('the mean over seeds of an unbiased codec', () => {
  /** ‖mean of x̂ − x‖/‖x‖ after some seeds. */
  function bias(options: Omit<VectorOptions, 'dimension'>, x: Float32Array, seeds: number): number {
    const mean = new Float64Array(x.length);
    for (let seed = 0; seed < seeds; seed++) {
      const codec = new VectorCodec(engine, { ...options, dimension: x.length, seed });
      for (const [i, value] of codec.decode(codec.encode(x)).entries()) mean[i] += value / seeds;
      codec.dispose();
    }
    return Math.sqrt(relativeError(x, mean));
  }
  const twoHot = new Float32Array(128);
  twoHot[3] = 1;
  twoHot[77] = 0.5;

  it.each([
    ['eden', { codec: 'eden', bits: 1, bias: 'unbiased' }],
    ['eden, 2 bits', { codec: 'eden', bits: 2, bias: 'unbiased' }],
    ['turbo-prod', { codec: 'turbo-prod', bits: 2 }],
    ['turbo-prod by Hadamard', { codec: 'turbo-prod', bits: 2, projection: 'hadamard' }],
  ] as const)('%s goes to x as 1/√seeds, for Gaussian and for two-hot vectors', (_, options) => {
    const seeds = options.codec === 'eden' ? 400 : 100;
    for (const x of [gaussian(128, 3), twoHot]) {
      const few = bias(options, x, seeds / 25);
      const many = bias(options, x, seeds);
      expect(many / few).toBeLessThan(1.6 / 5);
    }
  });

  it('keeps half of a two-hot vector (1, ½) as an error for ever with a single rotation', () => {
    const one = { codec: 'eden', bits: 1, bias: 'unbiased', rotationBlocks: 1 } as const;
    const [few, many] = [100, 400].map((seeds) => bias(one, twoHot, seeds));
    // y takes two magnitudes only, 1.5 and 0.5, with the sign of the larger entry: all of the smaller one is lost.
    expect(many).toBeGreaterThan(0.9 * few);
    expect(many).toBeGreaterThan(0.4);
  });
});

describe('turbo', () => {
  it('mse has the mean errors of the literature at d = 64', () => {
    for (const [i, error] of [0.358, 0.1145, 0.0334, 0.0091].entries()) {
      const found = meanError({ codec: 'turbo-mse', dimension: 64, bits: i + 1 });
      expect(Math.abs(found / error - 1), `${i + 1} bits: ${found}`).toBeLessThan(0.02);
    }
  });

  it('prod has the mean errors of the literature at d = 128', () => {
    for (const [i, error] of [1.558, 0.563, 0.1805, 0.0528].entries()) {
      const found = meanError({ codec: 'turbo-prod', dimension: 128, bits: i + 1 }, 4000);
      expect(Math.abs(found / error - 1), `${i + 1} bits: ${found}`).toBeLessThan(0.03);
    }
  });

  it('prod at 3 bits is worse than unbiased eden at 2', () => {
    const prod = meanError({ codec: 'turbo-prod', dimension: 128, bits: 3 }, 1000);
    expect(meanError({ codec: 'eden', dimension: 128, bits: 2, bias: 'unbiased' }, 1000)).toBeLessThan(prod);
  });
});

describe('inner products', () => {
  it.each([
    { codec: 'eden', dimension: 128, bits: 3 },
    { codec: 'eden', dimension: 48, bits: 2.3333333333333335, scaleFormat: 'float16' },
    { codec: 'turbo-prod', dimension: 64, bits: 1 },
    { codec: 'turbo-prod', dimension: 64, bits: 3, projection: 'hadamard' },
    { codec: 'turbo-mse', dimension: 64, bits: 2, rotation: 'none' },
  ] as const)('are those of the decoded vectors: %o', (options) => {
    const { dimension } = options;
    const next = normal(5);
    const channelScales = Float32Array.from({ length: dimension }, () => 1 + Math.abs(next()));
    const codec = new VectorCodec(engine, { ...options, channelScales });
    const other = new VectorCodec(engine, { codec: 'eden', dimension, bits: 2, seed: 9 });
    const [x, y] = [gaussian(100 * dimension, 2), gaussian(100 * dimension, 3)];
    const [a, b, c] = [codec.encode(x), other.encode(y), codec.encode(y)];
    const [dx, dy, dz] = [codec.decode(a), other.decode(b), codec.decode(c)];
    const query = y.subarray(0, dimension);
    const products = codec.innerProducts(a, query);
    const pairs = codec.innerProductsOfCodes(a, b, other);
    const same = codec.innerProductsOfCodes(a, c);
    for (let vector = 0; vector < 100; vector++) {
      const [from, to] = [vector * dimension, (vector + 1) * dimension];
      const decoded = dx.subarray(from, to);
      const tolerance = 1e-5 * Math.sqrt(dot(decoded, decoded) * 300);
      expect(Math.abs(products[vector] - dot(decoded, query))).toBeLessThan(tolerance);
      expect(Math.abs(pairs[vector] - dot(decoded, dy.subarray(from, to)))).toBeLessThan(tolerance);
      expect(Math.abs(same[vector] - dot(decoded, dz.subarray(from, to)))).toBeLessThan(tolerance);
    }
    codec.dispose();
    other.dispose();
  });

  it('are right on average over seeds for unbiased codecs, from one code and from two of different seeds', () => {
    const [x, y] = [gaussian(64, 1), gaussian(64, 2).map((value, i) => value + gaussian(64, 1)[i])];
    const truth = dot(x, y);
    for (const options of [
      { codec: 'eden', bits: 1, bias: 'unbiased' },
      { codec: 'turbo-prod', bits: 2, projection: 'hadamard' },
    ] as const) {
      let [one, two, seeds] = [0, 0, 600];
      for (let seed = 0; seed < seeds; seed++) {
        const codec = new VectorCodec(engine, { ...options, dimension: 64, seed });
        const other = new VectorCodec(engine, { ...options, dimension: 64, seed: seed + 1_000_000 });
        one += codec.innerProducts(codec.encode(x), y)[0] / seeds;
        two += codec.innerProductsOfCodes(codec.encode(x), other.encode(y), other)[0] / seeds;
        codec.dispose();
        other.dispose();
      }
      expect(Math.abs(one / truth - 1)).toBeLessThan(0.03);
      expect(Math.abs(two / truth - 1)).toBeLessThan(0.05);
    }
  });
});
