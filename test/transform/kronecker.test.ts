import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { DisposedError } from '../../src/engine/errors.js';
import {
  fillSignMasks,
  hadamardMatrix,
  KroneckerRotation,
  type KroneckerRotationOptions,
} from '../../src/transform/index.js';
import { relativeError } from '../reference/fwht.js';
import { noise } from './_noise.js';

let engine: Engine;
let free: number;
beforeAll(async () => {
  engine = await Engine.load({ memory: 32 * 2 ** 20 });
  free = engine.memory.free;
});
afterAll(() => {
  expect(engine.memory.free).toBe(free);
});

/** The rotation of one factor, H·D_j ⋯ H·D_1/√n^j, on one vector. */
function rotateFactor(x: number[], seed: number, blocks: number, firstBlock: number): number[] {
  const n = x.length;
  const matrix = hadamardMatrix(n);
  let y = x;
  for (let block = 0; block < blocks; block++) {
    const masks = new Uint32Array(n);
    fillSignMasks(masks, seed, firstBlock + block);
    const signed = y.map((value, i) => (masks[i] === 0 ? value : -value));
    y = signed.map((_, i) => signed.reduce((sum, value, j) => sum + matrix[i * n + j] * value, 0) / Math.sqrt(n));
  }
  return y;
}

/** P·X·Qᵀ, factor by factor in float64. */
function reference(x: ArrayLike<number>, rows: number, columns: number, seed: number, blocks: number): number[] {
  const turned = Array.from({ length: rows }, (_, r) =>
    rotateFactor(Array.from(x).slice(r * columns, (r + 1) * columns), seed, blocks, 128),
  );
  const y = turned.map((row) => row.slice());
  for (let c = 0; c < columns; c++) {
    const column = rotateFactor(
      turned.map((row) => row[c]),
      seed,
      blocks,
      0,
    );
    for (let r = 0; r < rows; r++) y[r][c] = column[r];
  }
  return y.flat();
}

const factor = fc.constantFrom(1, 2, 4, 8, 16, 32, 12, 20, 24, 28, 40, 56);
const seed = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const blocks = fc.constantFrom<1 | 2 | 3>(1, 2, 3);

describe('KroneckerRotation', () => {
  it('is the Kronecker product of two Hadamard rotations, and is undone by inverse', () => {
    fc.assert(
      fc.property(factor, factor, seed, blocks, (a, b, seed, blocks) => {
        const size = a * b;
        const rotation = new KroneckerRotation(engine, { size, factors: [a, b], seed, blocks });
        const x = noise(size, a + b);
        const y = rotation.forward(x);
        expect(relativeError(y, reference(x, a, b, seed, blocks))).toBeLessThan(3e-6);
        expect(relativeError(rotation.inverse(y), x)).toBeLessThan(3e-6);
        rotation.buffer.set(x);
        rotation.run();
        expect(rotation.buffer).toEqual(y);
        rotation.runInverse();
        expect(relativeError(rotation.buffer, x)).toBeLessThan(3e-6);
        rotation.dispose();
      }),
      { numRuns: 60 },
    );
  });

  it('keeps length and angles to 1e-6', () => {
    const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i], 0);
    for (const size of [144, 240, 12 * 1024, 400, 28 * 28 * 16, 2 ** 16]) {
      for (const blocks of [1, 2, 3] as const) {
        const rotation = new KroneckerRotation(engine, { size, seed: size, blocks });
        const [x, y] = [noise(size, 1), noise(size, 2)];
        const [u, v] = [rotation.forward(x), rotation.forward(y)];
        rotation.dispose();
        expect(Math.abs(Math.sqrt(dot(u, u) / dot(x, x)) - 1)).toBeLessThan(1e-6);
        expect(Math.abs(dot(u, v) - dot(x, y)) / Math.sqrt(dot(x, x) * dot(y, y))).toBeLessThan(1e-6);
      }
    }
  });

  it('takes a one-hot vector to constant magnitude, with one block', () => {
    const rotation = new KroneckerRotation(engine, { size: 12 * 28, seed: 3 });
    const x = new Float32Array(rotation.size);
    x[100] = Math.sqrt(rotation.size);
    for (const value of rotation.forward(x)) expect(Math.abs(value)).toBeCloseTo(1, 5);
    rotation.dispose();
  });

  it('chooses the factors nearest to each other', () => {
    for (const [size, a, b] of [
      [1, 1, 1],
      [2, 1, 2],
      [64, 8, 8],
      [144, 12, 12],
      [240, 12, 20],
      [336, 12, 28],
      [784, 28, 28],
      [11008 / 43, 16, 16],
      [14336, 112, 128],
    ]) {
      const rotation = new KroneckerRotation(engine, { size });
      expect(rotation.factors).toEqual([a, b]);
      rotation.dispose();
    }
  });

  it('is the same for the same seed, another for another', () => {
    const rotate = (options: KroneckerRotationOptions) => {
      const rotation = new KroneckerRotation(engine, options);
      const y = rotation.forward(noise(options.size, 1));
      rotation.dispose();
      return y;
    };
    expect(rotate({ size: 240, seed: 9 })).toEqual(rotate({ size: 240, seed: 9 }));
    expect(rotate({ size: 240, seed: 9 })).not.toEqual(rotate({ size: 240, seed: 10 }));
    expect(rotate({ size: 64 })).not.toEqual(rotate({ size: 64, factors: [4, 16] }));
  });

  it('refuses options and arrays that do not fit', () => {
    const make = (options: unknown) => () => new KroneckerRotation(engine, options as KroneckerRotationOptions);
    for (const size of [3, 7, 11008, 36 * 36]) {
      expect(make({ size })).toThrow(/size expected a product of two sizes of the form/);
    }
    expect(make({ size: 0 })).toThrow(/size expected a whole number/);
    expect(make({ size: Number.NaN })).toThrow(RangeError);
    expect(make({ size: 2 ** 25 })).toThrow(RangeError);
    expect(make({ size: 240, factors: [12, 24] })).toThrow(/factors expected a product of 240, got 288/);
    expect(make({ size: 36, factors: [6, 6] })).toThrow(/factors expected 2\^k, 12·2\^k.*got 6/);
    expect(make({ size: 240, factors: [240] })).toThrow(/factors expected two sizes, got an array of 1/);
    expect(make({ size: 240, factors: ['12', 20] })).toThrow(TypeError);
    expect(make({ size: 240, seed: -1 })).toThrow(/seed expected a whole number/);
    expect(make({ size: 240, seed: 2 ** 53 })).toThrow(RangeError);
    expect(make({ size: 240, blocks: 4 })).toThrow(RangeError);
    expect(make({ size: 240, blockSize: 12 })).toThrow(/no option 'blockSize'/);
    const rotation = new KroneckerRotation(engine, { size: 240 });
    expect(() => rotation.forward(new Float32Array(239))).toThrow(/x expected 240 values, got 239/);
    expect(() => rotation.inverse(new Float32Array(240), new Float32Array(1))).toThrow(/out expected 240 values/);
    rotation.dispose();
    expect(() => rotation.run()).toThrow(DisposedError);
    expect(() => rotation.runInverse()).toThrow(DisposedError);
  });
});
