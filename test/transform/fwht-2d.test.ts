import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { DisposedError } from '../../src/engine/errors.js';
import {
  Fwht,
  Fwht2d,
  type Fwht2dOptions,
  type FwhtOptions,
  type FwhtOrder,
  type FwhtSample,
  type FwhtScale,
  hadamardMatrix,
} from '../../src/transform/index.js';
import { naturalIndex, relativeError } from '../reference/fwht.js';
import { noise, sameBits } from './_noise.js';

const ORDERS: FwhtOrder[] = ['natural', 'dyadic', 'sequency'];
const SCALES: FwhtScale[] = ['none', 'orthonormal', 'inverse'];
const ARRAYS = { f32: Float32Array, f64: Float64Array, i32: Int32Array, i16: Int16Array };

let engine: Engine;
let free: number;
beforeAll(async () => {
  engine = await Engine.load({ memory: 32 * 2 ** 20 });
  free = engine.memory.free;
});
afterAll(() => {
  expect(engine.memory.free).toBe(free);
});

/** W·x in float64 by the rows of hadamardMatrix, put in order. */
function transform(x: number[], order: FwhtOrder): number[] {
  const n = x.length;
  const matrix = hadamardMatrix(n);
  return x.map((_, i) => {
    const row = naturalIndex(i, n, order) * n;
    return x.reduce((sum, value, j) => sum + matrix[row + j] * value, 0);
  });
}

const columnOf = (x: ArrayLike<number>, columns: number, c: number) =>
  Array.from({ length: x.length / columns }, (_, i) => x[i * columns + c]);

/** Every column for itself. */
function transformColumns(x: ArrayLike<number>, columns: number, order: FwhtOrder): Float64Array {
  const y = new Float64Array(x.length);
  for (let c = 0; c < columns; c++) {
    transform(columnOf(x, columns, c), order).forEach((value, i) => {
      y[i * columns + c] = value;
    });
  }
  return y;
}

/** Every row, then every column. */
function transformMatrix(x: ArrayLike<number>, columns: number, order: FwhtOrder): Float64Array {
  const rows = Array.from({ length: x.length / columns }, (_, r) =>
    transform(Array.from(x).slice(r * columns, (r + 1) * columns), order),
  );
  return transformColumns(rows.flat(), columns, order);
}

/** Samples small enough for the sums of 2^12 of them to fit in every type. */
const samples = (sample: FwhtSample, length: number, seed: number) =>
  ARRAYS[sample].from(
    Array.from(noise(length, seed), (value) => (sample.startsWith('i') ? Math.round(value * 7) : value)),
  );

const type = fc.constantFrom<FwhtSample>('f32', 'f64', 'i32', 'i16');
const order = fc.constantFrom(...ORDERS);
const tolerance = (sample: FwhtSample, n: number) => (sample === 'f64' ? 1e-14 : 1e-6) * Math.max(1, Math.log2(n));

function expectClose(sample: FwhtSample, actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  if (sample.startsWith('i')) {
    expect(Array.from(actual)).toEqual(Array.from(expected, (value) => value + 0));
  } else {
    expect(relativeError(actual, expected)).toBeLessThan(2 * tolerance(sample, expected.length));
  }
}

type AnyArray = Float32Array & Float64Array & Int32Array & Int16Array;

describe('Fwht2d', () => {
  it('transforms every row, then every column, in every type and order, and back', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 7 }),
        fc.integer({ min: 0, max: 7 }),
        type,
        order,
        (logRows, logColumns, sample, order) => {
          const [rows, columns] = [2 ** logRows, 2 ** logColumns];
          const processor = new Fwht2d(engine, { rows, columns, sample, order });
          const x = samples(sample, rows * columns, rows + columns);
          const y = processor.transform(x as AnyArray);
          expect(y).toBeInstanceOf(ARRAYS[sample]);
          expectClose(sample, y, transformMatrix(x, columns, order));
          expectClose(sample, processor.inverse(y as AnyArray), x);
          processor.buffer.set(x);
          processor.run();
          expect(sameBits(processor.buffer, y)).toBe(true);
          processor.runInverse();
          expectClose(sample, processor.buffer, x);
          processor.dispose();
        },
      ),
      { numRuns: 100 },
    );
  });

  it('takes sizes that are no power of two in natural order, and every scale', () => {
    for (const [rows, columns] of [
      [12, 20],
      [28, 8],
      [16, 12],
      [40, 1],
      [1, 24],
      [24, 48],
    ]) {
      for (const sample of ['f32', 'f64'] as const) {
        for (const scale of SCALES) {
          const processor = new Fwht2d(engine, { rows, columns, sample, scale });
          const x = samples(sample, rows * columns, 5);
          const n = rows * columns;
          const factor = { none: 1, orthonormal: 1 / Math.sqrt(n), inverse: 1 / n }[scale];
          const y = processor.transform(x as AnyArray);
          const expected = transformMatrix(x, columns, 'natural').map((value) => value * factor);
          expectClose(sample, y, expected);
          expectClose(sample, processor.inverse(y as AnyArray), x);
          processor.dispose();
        }
      }
    }
  });

  it('widens: the largest int16 samples of a 256×256 matrix do not overflow', () => {
    const processor = new Fwht2d(engine, { rows: 256, columns: 256, sample: 'i16', overflow: 'widen' });
    const x = new Int16Array(2 ** 16).fill(-32768);
    const y = processor.transform(x);
    expect([y.constructor, y[0], y[1], y[256]]).toEqual([Int32Array, -(2 ** 31), 0, 0]);
    expect(sameBits(processor.inverse(y), x)).toBe(true);
    processor.dispose();
  });

  it('touches nothing outside its memory', () => {
    for (const [rows, columns, sample] of [
      [4, 1, 'i16'],
      [64, 2, 'i16'],
      [8, 12, 'f32'],
      [2, 2, 'f64'],
    ] as const) {
      const processor = new Fwht2d(engine, { rows, columns, sample });
      const neighbour = new Fwht(engine, { size: 256 });
      neighbour.buffer.fill(7);
      processor.run();
      processor.runInverse();
      expect(neighbour.buffer.every((value) => value === 7)).toBe(true);
      neighbour.dispose();
      processor.dispose();
    }
  });

  it('refuses what it cannot do', () => {
    const make = (options: unknown) => () => new Fwht2d(engine, options as Fwht2dOptions);
    expect(make({ rows: 3, columns: 4 })).toThrow(/rows expected a power of two, or 12, 20 or 28 times one.*got 3/);
    expect(make({ rows: 4, columns: 0 })).toThrow(/columns expected .* got 0/);
    expect(make({ rows: 4 })).toThrow(/columns expected a number, got undefined/);
    expect(make({ rows: 12, columns: 4, order: 'sequency' })).toThrow(
      /rows expected a power of two .* in sequency order/,
    );
    expect(make({ rows: 2 ** 15, columns: 2 ** 15 })).toThrow(/rows·columns expected at most/);
    expect(make({ rows: 512, columns: 256, sample: 'i16', overflow: 'widen' })).toThrow(/to widen i16 samples/);
    expect(make({ rows: 4, columns: 4, batch: 2 })).toThrow(/no option 'batch'/);
    const processor = new Fwht2d(engine, { rows: 4, columns: 4 });
    expect(() => processor.transform(new Float32Array(15))).toThrow(/x expected 16 values, got 15/);
    expect(() => processor.inverse(new Float64Array(16) as unknown as Float32Array)).toThrow(TypeError);
    processor.dispose();
    expect(() => processor.run()).toThrow(DisposedError);
    expect(() => processor.runInverse()).toThrow(DisposedError);
  });
});

describe('Fwht with interleaved channels', () => {
  it('transforms each channel for itself, in every type, order and batch, and back', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 8 }),
        fc.integer({ min: 2, max: 37 }),
        fc.integer({ min: 1, max: 3 }),
        type,
        order,
        (log, channels, batch, sample, order) => {
          const size = 2 ** log;
          const processor = new Fwht(engine, { size, channels, batch, sample, order });
          const x = samples(sample, size * channels * batch, channels);
          const y = processor.transform(x as AnyArray);
          for (let k = 0; k < batch; k++) {
            const part = [k * size * channels, (k + 1) * size * channels];
            expectClose(sample, y.slice(...part), transformColumns(x.slice(...part), channels, order));
          }
          expectClose(sample, processor.inverse(y as AnyArray), x);
          processor.dispose();
        },
      ),
      { numRuns: 80 },
    );
  });

  it('has scales, sizes that are no power of two, and large sizes', () => {
    for (const [size, channels] of [
      [12, 3],
      [56, 5],
      [48, 20],
    ]) {
      const processor = new Fwht(engine, { size, channels, scale: 'orthonormal' });
      const x = samples('f32', size * channels, 3);
      const y = processor.transform(x as Float32Array);
      const expected = transformColumns(x, channels, 'natural').map((value) => value / Math.sqrt(size));
      expectClose('f32', y, expected);
      expectClose('f32', processor.inverse(y), x);
      processor.dispose();
    }
    const alone = new Fwht(engine, { size: 2 ** 15, order: 'sequency' });
    const together = new Fwht(engine, { size: 2 ** 15, channels: 3, order: 'sequency' });
    const x = noise(3 * 2 ** 15, 8);
    const y = together.transform(x);
    for (let c = 0; c < 3; c++) {
      const expected = alone.transform(Float32Array.from(columnOf(x, 3, c)));
      expect(relativeError(columnOf(y, 3, c), expected)).toBeLessThan(1e-6);
    }
    alone.dispose();
    together.dispose();
  });

  it('saturates and wraps as one channel alone does', () => {
    for (const overflow of ['wrap', 'saturate'] as const) {
      const options = { size: 128, sample: 'i16', overflow } as const;
      const [together, alone] = [new Fwht(engine, { ...options, channels: 9 }), new Fwht(engine, options)];
      const x = Int16Array.from(noise(128 * 9, 2), (value) => value * 32767);
      const y = together.transform(x);
      for (let c = 0; c < 9; c++) {
        expect(columnOf(y, 9, c)).toEqual(Array.from(alone.transform(Int16Array.from(columnOf(x, 9, c)))));
      }
      together.dispose();
      alone.dispose();
    }
  });
});

describe('Fwht of strided values', () => {
  it('transforms one channel in place and leaves the others', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 6 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 0, max: 8 }),
        type,
        order,
        (log, stride, offset, sample, order) => {
          const processor = new Fwht(engine, { size: 2 ** log, sample, order });
          const data = samples(sample, offset + 2 ** log * stride, 6);
          const kept = data.slice();
          const at = Array.from({ length: 2 ** log }, (_, i) => offset + i * stride);
          expect(processor.transformStrided(data as AnyArray, stride, offset)).toBe(data);
          const expected = transform(
            at.map((index) => kept[index]),
            order,
          );
          expectClose(
            sample,
            at.map((index) => data[index]),
            expected,
          );
          processor.inverseStrided(data as AnyArray, stride, offset);
          expectClose(sample, data, kept);
          processor.transformStrided(data as AnyArray, stride, offset);
          for (const index of at) data[index] = kept[index];
          expect(sameBits(data, kept)).toBe(true);
          processor.dispose();
        },
      ),
      { numRuns: 80 },
    );
  });

  it('refuses data that end too early, and strides that are none', () => {
    const processor = new Fwht(engine, { size: 4, batch: 2 });
    expect(() => processor.transformStrided(new Float32Array(16), 2, 2)).toThrow(
      /data expected at least 17 values, got Float32Array\(16\)|data expected at least 17 values, got 16/,
    );
    expect(processor.transformStrided(new Float32Array(17), 2, 2).length).toBe(17);
    expect(() => processor.transformStrided(new Float32Array(16), 0)).toThrow(/stride expected a whole number/);
    expect(() => processor.inverseStrided(new Float32Array(16), 1, -1)).toThrow(/offset expected a whole number/);
    expect(() => processor.inverseStrided(new Float64Array(16) as unknown as Float32Array, 1)).toThrow(TypeError);
    processor.dispose();
    expect(() => processor.transformStrided(new Float32Array(8), 1)).toThrow(DisposedError);
    expect(() => new Fwht(engine, { size: 4, channels: 0 } as FwhtOptions)).toThrow(/channels expected a whole number/);
  });
});
