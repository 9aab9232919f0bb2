import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import {
  Fwht,
  type FwhtOptions,
  type FwhtScale,
  FwhtStage,
  fwht,
  hadamardMatrix,
  InverseFwhtStage,
} from '../../src/transform/index.js';
import { relativeError, walshEntry } from '../reference/fwht.js';
import { LARGEST_LOG, noise } from './_noise.js';

const BASES = [12, 20, 28];
const ORDERS = [1, 2, 4, 8, 16, 64, 12, 24, 48, 96, 20, 40, 80, 28, 56, 112, 224];

let engine: Engine;
let free: number;
beforeAll(async () => {
  engine = await Engine.load({ memory: 64 * 2 ** 20 });
  free = engine.memory.free;
});
afterAll(() => {
  expect(engine.memory.free).toBe(free);
});

/** y = H·x, or Hᵀ·x, by H_m ⊗ H_{2^k} entry by entry: m·2^k values for each. */
function multiply(x: ArrayLike<number>, transposed = false): Float64Array {
  const base = BASES.find((m) => x.length % m === 0 && Number.isInteger(Math.log2(x.length / m))) ?? 1;
  const power = x.length / base;
  const outer = hadamardMatrix(base);
  const rows = Array.from({ length: base }, (_, r) => {
    let row = Array.from({ length: power }, (_, c) => x[r * power + c]);
    for (let h = 1; h < power; h *= 2) {
      row = row.map((_, i) => (i & h ? row[i ^ h] - row[i] : row[i] + row[i ^ h]));
    }
    return row;
  });
  return Float64Array.from({ length: x.length }, (_, i) => {
    const r = Math.floor(i / power);
    let sum = 0;
    for (let s = 0; s < base; s++) sum += outer[transposed ? s * base + r : r * base + s] * rows[s][i % power];
    return sum;
  });
}

describe('hadamardMatrix', () => {
  it.each(ORDERS)('of order %i has entries ±1 and orthogonal rows: H·Hᵀ = n·I', (n) => {
    const matrix = hadamardMatrix(n);
    expect(matrix.length).toBe(n * n);
    expect(matrix.every((entry) => entry === 1 || entry === -1)).toBe(true);
    const products = new Float64Array(n * n);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        let product = 0;
        for (let k = 0; k < n; k++) product += matrix[i * n + k] * matrix[j * n + k];
        products[i * n + j] = product;
      }
    }
    expect(products).toEqual(Float64Array.from({ length: n * n }, (_, at) => (at % (n + 1) === 0 ? n : 0)));
  });

  it.each(ORDERS)('of order %i is normalised: the first row and column are +1', (n) => {
    const matrix = hadamardMatrix(n);
    for (let i = 0; i < n; i++) if (matrix[i] !== 1 || matrix[i * n] !== 1) expect.fail(`a −1 at ${i}`);
  });

  it('is (−1)^popcount(i & j) for powers of two, and a Kronecker product with that for others', () => {
    expect(Array.from(hadamardMatrix(32))).toEqual(
      Array.from({ length: 1024 }, (_, k) => walshEntry(k >> 5, k & 31, 32, 'natural')),
    );
    for (const base of BASES) {
      const [outer, whole] = [hadamardMatrix(base), hadamardMatrix(base * 4)];
      const order = base * 4;
      const expected = whole.map((_, at) => {
        const [i, j] = [Math.floor(at / order), at % order];
        return outer[(i >> 2) * base + (j >> 2)] * walshEntry(i & 3, j & 3, 4, 'natural');
      });
      expect(whole).toEqual(expected);
    }
  });

  it('has in orders 12 and 20 a −1 where the difference of indices is a square modulo 11 or 19', () => {
    for (const q of [11, 19]) {
      const squares = new Set(Array.from({ length: q }, (_, x) => (x * x) % q));
      const matrix = hadamardMatrix(q + 1);
      for (let i = 0; i < q; i++) {
        for (let j = 0; j < q; j++) {
          expect(matrix[(i + 1) * (q + 1) + j + 1]).toBe(squares.has((((i - j) % q) + q) % q) ? -1 : 1);
        }
      }
    }
  });

  it('refuses orders that it has no construction for', () => {
    for (const order of [0, -4, 3, 6, 36, 44, 52, 60, 144, 8192, 4.5, Number.NaN, Infinity]) {
      expect(() => hadamardMatrix(order)).toThrow(RangeError);
      expect(() => hadamardMatrix(order)).toThrow(/order expected a power of two, or 12, 20 or 28 times one/);
    }
    expect(() => hadamardMatrix('12' as unknown as number)).toThrow(TypeError);
  });
});

describe('Fwht of m·2^k values', () => {
  it('multiplies by hadamardMatrix', () => {
    for (const n of [12, 24, 48, 96, 20, 40, 28, 56]) {
      const x = noise(n, n).map((value) => Math.round(value * 1000));
      const matrix = hadamardMatrix(n);
      const expected = Array.from({ length: n }, (_, i) =>
        x.reduce((sum, value, j) => sum + matrix[i * n + j] * value, 0),
      );
      expect(Array.from(fwht(engine, x), (value) => value + 0)).toEqual(expected);
      expect(Array.from(fwht(engine, Float64Array.from(x)), (value) => value + 0)).toEqual(expected);
      expect(Array.from(multiply(x))).toEqual(expected);
    }
  });

  it('is within 1e-6·log2 n (float32) and 1e-14·log2 n (float64) of exact, up to 2^20', () => {
    for (const base of BASES) {
      const sizes = Array.from({ length: 11 }, (_, log) => base * 2 ** log);
      // The largest of the form below 2^20.
      for (const n of [...sizes, ...(LARGEST_LOG === 20 ? [base * 2 ** (base === 12 ? 16 : 15)] : [])]) {
        const x = noise(n, n);
        const expected = multiply(x);
        expect(relativeError(fwht(engine, x), expected)).toBeLessThan(1e-6 * Math.log2(n));
        expect(relativeError(fwht(engine, Float64Array.from(x)), expected)).toBeLessThan(1e-14 * Math.log2(n));
      }
    }
  });

  it('is undone by inverse, whatever scale, batch and precision, and keeps the energy when orthonormal', () => {
    const scales: FwhtScale[] = ['none', 'orthonormal', 'inverse'];
    fc.assert(
      fc.property(
        fc.constantFrom(...BASES),
        fc.integer({ min: 0, max: 8 }),
        fc.integer({ min: 1, max: 5 }),
        fc.constantFrom(...scales),
        fc.constantFrom<'f32' | 'f64'>('f32', 'f64'),
        (base, log, batch, scale, sample) => {
          const size = base * 2 ** log;
          const processor = new Fwht(engine, { size, batch, scale, sample });
          const x = sample === 'f32' ? noise(size * batch, size) : Float64Array.from(noise(size * batch, size));
          const limit = (sample === 'f32' ? 2e-6 : 2e-14) * Math.log2(size);
          const y = processor.transform(x as Float32Array & Float64Array);
          expect(relativeError(processor.inverse(y), x)).toBeLessThan(limit);
          for (let k = 0; k < batch; k++) {
            const part = (values: ArrayLike<number>) => Array.from(values).slice(k * size, (k + 1) * size);
            const factor = { none: 1, orthonormal: 1 / Math.sqrt(size), inverse: 1 / size }[scale];
            const expected = multiply(part(x)).map((value) => value * factor);
            expect(relativeError(part(y), expected)).toBeLessThan(limit);
          }
          if (scale === 'orthonormal') {
            const energy = (values: ArrayLike<number>) => Array.from(values).reduce((sum, v) => sum + v * v, 0);
            expect(Math.abs(energy(y) / energy(x) - 1)).toBeLessThan(limit);
          }
          processor.dispose();
        },
      ),
      { numRuns: 80 },
    );
  });

  it('inverts by the transpose: orders 12 and 20 are not symmetric', () => {
    for (const n of [12, 20, 24]) {
      const x = noise(n, 9);
      const y = fwht(engine, x, { inverse: true });
      const expected = multiply(x, true).map((value) => value / n);
      expect(relativeError(y, expected)).toBeLessThan(1e-6);
      expect(relativeError(fwht(engine, x, { scale: 'inverse' }), expected)).toBeGreaterThan(0.1);
    }
  });

  it('works as a stage, and its inverse undoes it', () => {
    const sampleRate = { numerator: 48000, denominator: 1 };
    const input = { kind: 'frames', sampleRate, channels: 1, sample: 'f32' } as const;
    const forward = new FwhtStage(engine, { input, size: 24 });
    const backward = new InverseFwhtStage(engine, { input: forward.output });
    const x = noise(48, 4);
    const [blocks] = forward.process([x]);
    const expected = [0, 24].flatMap((at) => Array.from(multiply(x.subarray(at, at + 24))));
    expect(
      relativeError(
        blocks,
        expected.map((value) => value / Math.sqrt(24)),
      ),
    ).toBeLessThan(1e-6);
    expect(relativeError(backward.process([blocks])[0], x)).toBeLessThan(1e-6);
    forward.dispose();
    backward.dispose();
  });

  it('touches nothing outside its memory', () => {
    for (const size of [12, 24, 56, 12 * 256]) {
      const processor = new Fwht(engine, { size, batch: 3 });
      const neighbour = new Fwht(engine, { size: 1024 });
      neighbour.buffer.fill(7);
      const end = processor.buffer.byteOffset + processor.buffer.byteLength;
      const gap = new Uint8Array(engine.buffer, end, neighbour.buffer.byteOffset - end).fill(0xa5);
      processor.run();
      processor.runInverse();
      expect(gap.every((byte) => byte === 0xa5)).toBe(true);
      expect(neighbour.buffer.every((value) => value === 7)).toBe(true);
      neighbour.dispose();
      processor.dispose();
    }
  });

  it('has the natural order alone', () => {
    const make = (options: unknown) => () => new Fwht(engine, options as FwhtOptions);
    for (const order of ['dyadic', 'sequency']) {
      expect(make({ size: 12, order })).toThrow(RangeError);
      expect(make({ size: 40, order })).toThrow(
        new RegExp(`size expected a power of two from 1 to 1048576 in ${order} order, got 40`),
      );
    }
    for (const size of [36, 44, 52, 60, 100, 12 * 2 ** 17]) {
      expect(make({ size })).toThrow(/size expected a power of two, or 12, 20 or 28 times one, from 1 to 1048576, got/);
    }
  });
});
