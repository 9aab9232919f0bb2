import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { DisposedError } from '../../src/engine/errors.js';
import { transformKernels } from '../../src/transform/_kernels.js';
import { fillSignMasks, Rotation, type RotationOptions, rotate, splitmix64 } from '../../src/transform/index.js';
import { relativeError, walshByRecursion } from '../reference/fwht.js';
import { noise } from './_noise.js';

let engine: Engine;
let free: number;
beforeAll(async () => {
  engine = await Engine.load();
  free = engine.memory.free;
});
afterAll(() => {
  expect(engine.memory.free).toBe(free);
});

/** The definition in signs.ts, written again: the generator as a sequence, with its state, not as a counter. */
function referenceSigns(count: number, seed: number, block: number): number[] {
  const wrap = (x: bigint) => BigInt.asUintN(64, x);
  let state = wrap(BigInt(seed) + (BigInt(block) << 32n) * 0x9e3779b97f4a7c15n);
  const signs: number[] = [];
  while (signs.length < count) {
    state = wrap(state + 0x9e3779b97f4a7c15n);
    let z = state;
    z = wrap((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = wrap((z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    z ^= z >> 31n;
    for (let bit = 0n; bit < 64n; bit++) signs.push((z >> bit) & 1n ? -1 : 1);
  }
  return signs.slice(0, count);
}

/** R·x in float64, group by group. */
function referenceRotation(
  x: ArrayLike<number>,
  { seed = 0, blocks = 1, blockSize = x.length }: Partial<RotationOptions>,
) {
  const y = Float64Array.from(x);
  for (let block = 0; block < blocks; block++) {
    const signs = referenceSigns(blockSize, seed, block);
    for (let from = 0; from < y.length; from += blockSize) {
      const turned = walshByRecursion(
        y.subarray(from, from + blockSize).map((value, i) => value * signs[i]),
        'natural',
      );
      y.set(
        turned.map((value) => value / Math.sqrt(blockSize)),
        from,
      );
    }
  }
  return y;
}

const size = fc.integer({ min: 0, max: 14 }).map((log) => 2 ** log);
const seed = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const blocks = fc.constantFrom<1 | 2 | 3>(1, 2, 3);

describe('the sign generator', () => {
  it('is splitmix64: the published outputs for seeds 1234567 and 0', () => {
    const outputs = (seed: bigint, count: number) =>
      Array.from({ length: count }, (_, k) => splitmix64(seed, BigInt(k)));
    expect(outputs(1234567n, 5)).toEqual([
      6457827717110365317n,
      3203168211198807973n,
      9817491932198370423n,
      4593380528125082431n,
      16408922859458223821n,
    ]);
    expect(outputs(0n, 3)).toEqual([0xe220a8397b1dcdafn, 0x6e789e6aa1b965f4n, 0x06c45d188009454fn]);
  });

  it('takes sign i of block b from bit i mod 64 of output b·2^32 + floor(i/64)', () => {
    fc.assert(
      fc.property(seed, fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 300 }), (seed, block, count) => {
        const masks = new Uint32Array(count);
        fillSignMasks(masks, seed, block);
        expect(Array.from(masks, (mask) => (mask === 0x80000000 ? -1 : mask === 0 ? 1 : Number.NaN))).toEqual(
          referenceSigns(count, seed, block),
        );
      }),
    );
  });

  it('is fair: half of the signs are minus, and neighbours are independent', () => {
    const masks = new Uint32Array(2 ** 16);
    fillSignMasks(masks, 42);
    let minus = 0;
    let equal = 0;
    for (let i = 0; i < masks.length; i++) {
      if (masks[i] !== 0) minus++;
      if (i > 0 && masks[i] === masks[i - 1]) equal++;
    }
    // Six standard deviations of a fair coin thrown 2^16 times.
    expect(Math.abs(minus - 2 ** 15)).toBeLessThan(6 * 128);
    expect(Math.abs(equal - 2 ** 15)).toBeLessThan(6 * 128);
  });
});

describe('Rotation', () => {
  it('equals H·D_b ⋯ H·D_1/√n^b in float64, for the whole vector and for groups', () => {
    fc.assert(
      fc.property(
        size,
        seed,
        blocks,
        fc.integer({ min: 1, max: 7 }),
        fc.boolean(),
        (n, seed, blocks, groups, split) => {
          const count = split ? n * groups : n;
          const x = noise(count, n + groups);
          const options = { seed, blocks, blockSize: split ? n : undefined };
          expect(relativeError(rotate(engine, x, options), referenceRotation(x, options))).toBeLessThan(3e-6);
        },
      ),
      { numRuns: 80 },
    );
  });

  it('keeps length and angles to 1e-6', () => {
    fc.assert(
      fc.property(size, seed, blocks, (size, seed, blocks) => {
        const rotation = new Rotation(engine, { size, seed, blocks });
        const [x, y] = [noise(size, 1), noise(size, 2)];
        const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i], 0);
        const [u, v] = [rotation.forward(x), rotation.forward(y)];
        rotation.dispose();
        expect(Math.abs(Math.sqrt(dot(u, u) / dot(x, x)) - 1)).toBeLessThan(1e-6);
        expect(Math.abs(dot(u, v) - dot(x, y)) / Math.sqrt(dot(x, x) * dot(y, y))).toBeLessThan(1e-6);
      }),
      { numRuns: 80 },
    );
  });

  it('is undone by inverse to 1e-6, at every size, and up to 2^20', () => {
    for (let log = 0; log <= 20; log++) {
      const size = 2 ** log;
      const rotation = new Rotation(engine, { size, seed: log, blocks: log > 16 ? 1 : 3 });
      const x = noise(size, log);
      expect(relativeError(rotation.inverse(rotation.forward(x)), x)).toBeLessThan(2e-6);
      rotation.buffer.set(x);
      rotation.run();
      rotation.runInverse();
      expect(relativeError(rotation.buffer, x)).toBeLessThan(2e-6);
      rotation.dispose();
    }
  });

  it('takes a one-hot vector to constant magnitude, with one block', () => {
    const x = new Float32Array(256);
    x[37] = 3;
    const y = rotate(engine, x, { seed: 5 });
    for (const value of y) expect(Math.abs(value)).toBeCloseTo(3 / 16, 6);
  });

  it('is the same for the same seed, another for another', () => {
    const x = noise(64);
    expect(rotate(engine, x, { seed: 9 })).toEqual(rotate(engine, x, { seed: 9 }));
    expect(rotate(engine, x, { seed: 9 })).not.toEqual(rotate(engine, x, { seed: 10 }));
    expect(rotate(engine, x, { blocks: 2 })).not.toEqual(rotate(engine, rotate(engine, x), {}));
  });

  it('refuses options and arrays that do not fit', () => {
    const make = (options: unknown) => () => new Rotation(engine, options as RotationOptions);
    expect(make({ size: 12 })).toThrow(/size expected a power of two/);
    expect(make({ size: 24, blockSize: 12 })).toThrow(/blockSize expected a power of two/);
    expect(make({ size: 12, blockSize: 8 })).toThrow(/size expected a multiple of blockSize, 8, got 12/);
    expect(make({ size: 8, seed: -1 })).toThrow(RangeError);
    expect(make({ size: 8, seed: Number.NaN })).toThrow(/seed expected a whole number .* got NaN/);
    expect(make({ size: 8, seed: 2 ** 53 })).toThrow(RangeError);
    expect(make({ size: 8, seed: '1' })).toThrow(TypeError);
    expect(make({ size: 8, blocks: 4 })).toThrow(RangeError);
    expect(make({ size: Number.NaN, blockSize: 4 })).toThrow(RangeError);
    expect(make({ size: 8, sede: 1 })).toThrow(/no option 'sede'/);
    expect(() => fillSignMasks(new Uint32Array(4), 0.5)).toThrow(RangeError);
    const rotation = new Rotation(engine, { size: 12, blockSize: 4 });
    expect(() => rotation.forward(new Float32Array(8))).toThrow(/x expected 12 values, got 8/);
    expect(() => rotation.inverse(new Float32Array(12), new Float32Array(4))).toThrow(/out expected 12 values/);
    rotation.dispose();
    expect(() => rotation.run()).toThrow(DisposedError);
    expect(() => rotation.runInverse()).toThrow(DisposedError);
    expect(() => rotation.forward(new Float32Array(12))).toThrow(DisposedError);
  });
});

describe('the kernels under it', () => {
  it('flip signs and scale any count, and nothing behind it', () => {
    const at = engine.memory.allocate(256);
    const values = new Float32Array(engine.buffer, at, 24);
    const masks = new Uint32Array(engine.buffer, at + 128, 24);
    fillSignMasks(masks, 3);
    for (let count = 0; count <= 20; count++) {
      const x = noise(24, count + 1);
      values.set(x);
      transformKernels(engine).flipSignsF32(at, at + 128, count);
      expect(values).toEqual(x.map((value, i) => (i < count && masks[i] !== 0 ? -value : value)));
      values.set(x);
      transformKernels(engine).scaleF32(at, count, 0.25);
      expect(values).toEqual(x.map((value, i) => (i < count ? value * 0.25 : value)));
    }
    engine.memory.release(at);
  });
});
