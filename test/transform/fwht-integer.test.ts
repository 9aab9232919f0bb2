import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { Fwht, Fwht2d, type FwhtOptions, type FwhtOrder, fwht, hadamardMatrix } from '../../src/transform/index.js';
import { naturalIndex, walshByRecursion } from '../reference/fwht.js';
import { exactProduct, exactWalsh, saturatingProduct, saturatingWalsh } from '../reference/fwht-integer.js';
import { LARGEST_LOG, noise, sameBits } from './_noise.js';

const ORDERS: FwhtOrder[] = ['natural', 'dyadic', 'sequency'];
const TYPES = [
  { sample: 'i32', bits: 32, ArrayOf: Int32Array },
  { sample: 'i16', bits: 16, ArrayOf: Int16Array },
] as const;

interface GoldenCase {
  name: string;
  input: number[];
  natural: number[];
  dyadic: number[];
  sequency: number[];
}
const golden = JSON.parse(readFileSync(new URL('../vectors/fwht.json', import.meta.url), 'utf8')) as {
  cases: GoldenCase[];
};
const whole = golden.cases.filter(({ input }) => input.every(Number.isInteger));
const fits = (values: number[], bits: number) =>
  values.every((value) => value >= -(2 ** (bits - 1)) && value < 2 ** (bits - 1));

let engine: Engine;
let free: number;
beforeAll(async () => {
  engine = await Engine.load({ memory: 32 * 2 ** 20 });
  free = engine.memory.free;
});
afterAll(() => {
  expect(engine.memory.free).toBe(free);
});

const integers = (length: number, bits: number, seed: number) =>
  Array.from(noise(length, seed), (value) => Math.floor(value * 2 ** (bits - 1)));

/** Values at the ends of the type and anywhere between. */
const anyValue = (bits: number) =>
  fc.oneof(
    fc.constantFrom(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1, 0, -1, 1),
    fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 }),
  );
const anyBlock = (bits: number, largest: number) =>
  fc
    .integer({ min: 0, max: largest })
    .chain((log) => fc.array(anyValue(bits), { minLength: 2 ** log, maxLength: 2 ** log }));
const order = fc.constantFrom(...ORDERS);

function using<Result, Sample extends 'i32' | 'i16', Overflow extends 'wrap' | 'saturate' | 'widen'>(
  options: FwhtOptions<Sample, Overflow>,
  work: (processor: Fwht<Sample, Overflow>) => Result,
): Result {
  const processor = new Fwht(engine, options);
  try {
    return work(processor);
  } finally {
    processor.dispose();
  }
}

describe('Fwht of integers', () => {
  it('has golden vectors to be compared with', () => {
    expect(whole.length).toBeGreaterThan(20);
    expect(whole.filter(({ natural }) => fits(natural, 16)).length).toBeGreaterThan(15);
  });

  it.each(whole)('equals the golden vector $name exactly in every order, and gives it back', (golden) => {
    for (const name of ORDERS) {
      const size = golden.input.length;
      for (const { sample, bits, ArrayOf } of TYPES) {
        if (!fits(golden.input, bits)) continue;
        const x = ArrayOf.from(golden.input);
        // Widened always; in the type itself where the coefficients fit.
        const wide = using({ size, order: name, sample, overflow: 'widen' }, (processor) => {
          const y = processor.transform(x as Int16Array & Int32Array);
          expect(processor.inverse(y)).toEqual(x);
          return y;
        });
        expect(wide).toBeInstanceOf(sample === 'i16' ? Int32Array : Float64Array);
        expect(Array.from(wide, (value) => value + 0)).toEqual(golden[name]);
        if (!fits(golden[name], bits)) continue;
        for (const overflow of ['wrap', 'saturate'] as const) {
          const y = fwht(engine, x, { order: name, overflow });
          expect(y).toBeInstanceOf(ArrayOf);
          expect(Array.from(y)).toEqual(golden[name]);
          expect(fwht(engine, y, { order: name, overflow, inverse: true })).toEqual(x);
        }
      }
    }
  });

  it.each(TYPES)('$sample wraps: coefficients are the true ones modulo 2^$bits', ({ bits, ArrayOf }) => {
    fc.assert(
      fc.property(anyBlock(bits, 8), order, (values, order) => {
        const y = fwht(engine, ArrayOf.from(values), { order });
        expect(Array.from(y)).toEqual(exactWalsh(values, order).map((value) => Number(BigInt.asIntN(bits, value))));
      }),
      { numRuns: 60 },
    );
  });

  it.each(TYPES)('$sample wraps: inverse gives the samples modulo 2^($bits − k)', ({ bits, ArrayOf }) => {
    fc.assert(
      fc.property(anyBlock(bits, 8), order, (values, order) => {
        const left = bits - Math.log2(values.length);
        const back = fwht(engine, fwht(engine, ArrayOf.from(values), { order }), { order, inverse: true });
        const low = (value: number) => BigInt.asUintN(left, BigInt(value));
        expect(Array.from(back, low)).toEqual(values.map(low));
      }),
      { numRuns: 60 },
    );
  });

  it.each(TYPES)('$sample saturates: every butterfly is clamped, in the stated order', ({ bits, ArrayOf }) => {
    fc.assert(
      fc.property(anyBlock(bits, 9), order, (values, order) => {
        const y = fwht(engine, ArrayOf.from(values), { order, overflow: 'saturate' });
        expect(Array.from(y)).toEqual(saturatingWalsh(values, order, bits));
      }),
      { numRuns: 60 },
    );
  });

  it.each(TYPES)('$sample saturates at large sizes as at small ones', ({ bits, ArrayOf }) => {
    for (const log of [12, 13, 14, 15]) {
      const values = integers(2 ** log, bits, log);
      const y = fwht(engine, ArrayOf.from(values), { order: 'natural', overflow: 'saturate' });
      expect(sameBits(y, ArrayOf.from(saturatingWalsh(values, 'natural', bits)))).toBe(true);
    }
  });

  it.each(TYPES)(
    '$sample is given back exactly where the coefficients fit, whatever the sums on the way',
    ({ bits, ArrayOf }) => {
      fc.assert(
        // One large value alone: its n·x overflows, its coefficients do not.
        fc.property(fc.integer({ min: 0, max: 10 }), order, anyValue(bits), fc.nat(), (log, order, value, at) => {
          const x = new ArrayOf(2 ** log);
          x[at % x.length] = Math.max(value, 1 - 2 ** (bits - 1));
          for (const overflow of ['wrap', 'saturate'] as const) {
            const y = fwht(engine, x, { order, overflow });
            expect(fwht(engine, y, { order, overflow, inverse: true })).toEqual(x);
          }
        }),
        { numRuns: 60 },
      );
    },
  );

  it.each(TYPES)('$sample inverse comes within k/2 of the true one for any coefficients', ({ bits, ArrayOf }) => {
    fc.assert(
      fc.property(anyBlock(bits, 7), order, (values, order) => {
        const back = fwht(engine, ArrayOf.from(values), { order, inverse: true });
        const n = values.length;
        const exact = exactWalsh(values, order).map((value) => Number(value) / n);
        for (let i = 0; i < n; i++) expect(Math.abs(back[i] - exact[i])).toBeLessThanOrEqual(Math.log2(n) / 2);
      }),
      { numRuns: 60 },
    );
  });

  it('widens without any overflow: the largest samples at the largest sizes', () => {
    for (const order of ORDERS) {
      using({ size: 2 ** 16, sample: 'i16', overflow: 'widen', order }, (processor) => {
        const x = new Int16Array(2 ** 16).fill(-32768);
        const y = processor.transform(x);
        expect(y[0]).toBe(-(2 ** 31));
        expect(y.every((value, i) => i === 0 || value === 0)).toBe(true);
        expect(sameBits(processor.inverse(y), x)).toBe(true);
        const mixed = Int16Array.from(integers(2 ** 16, 16, 3));
        const transformed = processor.transform(mixed);
        expect(sameBits(transformed, Int32Array.from(walshByRecursion(mixed, order)))).toBe(true);
        expect(sameBits(processor.inverse(transformed), mixed)).toBe(true);
      });
      using({ size: 2 ** 14, sample: 'i32', overflow: 'widen', order }, (processor) => {
        const x = Int32Array.from(integers(2 ** 14, 32, 4));
        const y = processor.transform(x);
        expect(sameBits(y, walshByRecursion(x, order))).toBe(true);
        expect(sameBits(processor.inverse(y), x)).toBe(true);
      });
    }
  });

  it.each(TYPES)('$sample is exact at every size, in every order', ({ sample, bits, ArrayOf }) => {
    for (let log = 0; log <= LARGEST_LOG; log++) {
      if (log === 17 || log === 19) continue; // They take long, and have neighbours on both sides.
      const size = 2 ** log;
      // Below 2^(bits − 1) after log stages, or a single one where that leaves nothing.
      const small = integers(size, Math.max(1, bits - log), log + 1);
      if (bits - log < 2) small.fill(0).fill(1, size >> 1, (size >> 1) + 1);
      const x = ArrayOf.from(small);
      const natural = walshByRecursion(x, 'natural');
      for (const order of log > 14 ? [ORDERS[log % 3]] : ORDERS) {
        using({ size, sample, order }, (processor) => {
          const y = processor.transform(x as Int16Array & Int32Array);
          const expected = ArrayOf.from(natural.map((_, i) => natural[naturalIndex(i, size, order)]));
          expect(sameBits(y, expected)).toBe(true);
          expect(sameBits(processor.inverse(y), x)).toBe(true);
          processor.buffer.set(x);
          processor.run();
          expect(sameBits(processor.buffer, y)).toBe(true);
          processor.runInverse();
          expect(sameBits(processor.buffer, x)).toBe(true);
        });
      }
    }
  });

  it.each(TYPES)(
    '$sample gives the same for a batch as for its transforms one at a time',
    ({ sample, bits, ArrayOf }) => {
      fc.assert(
        fc.property(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 1, max: 40 }), order, (log, most, order) => {
          const size = 2 ** log;
          const batch = Math.max(1, Math.min(most, Math.floor(2 ** 14 / size)));
          for (const overflow of ['wrap', 'saturate'] as const) {
            const x = ArrayOf.from(integers(size * batch, bits, batch));
            const options = { size, sample, order, overflow };
            const together = using({ ...options, batch }, (p) => p.transform(x as Int16Array & Int32Array));
            for (let k = 0; k < batch; k++) {
              const part = x.slice(k * size, (k + 1) * size);
              expect(together.slice(k * size, (k + 1) * size)).toEqual(fwht(engine, part, { order, overflow }));
            }
          }
        }),
        { numRuns: 40 },
      );
    },
  );

  it.each(TYPES)('$sample touches nothing outside its memory', ({ sample, bits, ArrayOf }) => {
    for (const order of ORDERS) {
      for (const size of [1, 2, 4, 8, 16, 32, 64, 2048]) {
        for (const batch of [1, 3]) {
          const processor = new Fwht(engine, { size, batch, sample, order });
          const neighbour = new Fwht(engine, { size: 1024 });
          neighbour.buffer.fill(7);
          processor.buffer.set(ArrayOf.from(integers(size * batch, bits, 1)));
          processor.run();
          processor.runInverse();
          expect(neighbour.buffer.every((value) => value === 7)).toBe(true);
          neighbour.dispose();
          processor.dispose();
        }
      }
    }
  });

  it('refuses what integers do not have', () => {
    const make = (options: unknown) => () => new Fwht(engine, options as FwhtOptions);
    expect(make({ size: 8, sample: 'i32', scale: 'orthonormal' })).toThrow(
      /scale expected none for i32 samples, got 'orthonormal'/,
    );
    expect(make({ size: 8, sample: 'i16', scale: 'inverse' })).toThrow(RangeError);
    expect(make({ size: 12, sample: 'i32', order: 'dyadic' })).toThrow(
      /size expected a power of two .* in dyadic order/,
    );
    expect(make({ size: 28 * 2 ** 12, sample: 'i16', overflow: 'widen' })).toThrow(/at most 65536 to widen i16/);
    expect(make({ size: 2 ** 17, sample: 'i16', overflow: 'widen' })).toThrow(
      /size expected at most 65536 to widen i16 samples, got 131072/,
    );
    expect(make({ size: 8, sample: 'i8' })).toThrow(/sample expected one of f32, f64, i32, i16, got 'i8'/);
    expect(make({ size: 8, sample: 'i16', overflow: 'clip' })).toThrow(
      /overflow expected one of wrap, saturate, widen/,
    );
    expect(make({ size: 8, overflow: 'wrap' })).toThrow(/overflow expected to be left out for floating point/);
    using({ size: 8, sample: 'i16', overflow: 'widen' }, (processor) => {
      expect(() => processor.transform(new Int32Array(8) as unknown as Int16Array)).toThrow(/x expected a Int16Array/);
      expect(() => processor.inverse(new Int16Array(8) as unknown as Int32Array)).toThrow(/y expected a Int32Array/);
      expect(() => processor.transform(new Int16Array(4))).toThrow(/x expected 8 values, got 4/);
      expect(() => processor.transform(new Int16Array(8), new Int32Array(9))).toThrow(/out expected 8 values, got 9/);
    });
    expect(() => fwht(engine, new Int16Array(8), { overflow: 'widen' as 'wrap' })).toThrow(RangeError);
    expect(() => fwht(engine, new Int32Array(8), { scale: 'inverse' })).toThrow(RangeError);
    expect(() => fwht(engine, new Uint8Array(8) as unknown as Int16Array)).toThrow(TypeError);
  });
});

describe('Fwht of integers, m·2^k of them', () => {
  const BASES = [12, 20, 28];
  /** A base, a power, and values. */
  const anySized = (bits: number, largest: number) =>
    fc
      .tuple(fc.constantFrom(...BASES), fc.integer({ min: 0, max: largest }))
      .chain(([m, log]) =>
        fc.tuple(fc.constant(m), fc.array(anyValue(bits), { minLength: m * 2 ** log, maxLength: m * 2 ** log })),
      );
  const matrices = new Map<number, Int8Array>();
  const matrixOf = (order: number) => {
    const matrix = matrices.get(order) ?? hadamardMatrix(order);
    matrices.set(order, matrix);
    return matrix;
  };

  it.each(TYPES)(
    '$sample is exact where the coefficients fit, and given back, in every policy',
    ({ bits, ArrayOf }) => {
      for (const m of BASES) {
        for (const log of [0, 1, 2, 3, 4, 6]) {
          const size = m * 2 ** log;
          const x = ArrayOf.from(integers(size, bits - Math.ceil(Math.log2(size)) - 1, size));
          const expected = exactProduct(matrixOf(size), x).map(Number);
          for (const overflow of ['wrap', 'saturate', 'widen'] as const) {
            using({ size, sample: bits === 32 ? 'i32' : 'i16', overflow }, (processor) => {
              const y = processor.transform(x as Int16Array & Int32Array);
              expect(Array.from(y, (value) => value + 0)).toEqual(expected);
              expect(processor.inverse(y)).toEqual(x);
            });
          }
        }
      }
    },
  );

  it.each(TYPES)('$sample wraps: coefficients are the true ones modulo 2^$bits', ({ bits, ArrayOf }) => {
    fc.assert(
      fc.property(anySized(bits, 3), ([, values]) => {
        const y = fwht(engine, ArrayOf.from(values));
        const exact = exactProduct(matrixOf(values.length), values);
        expect(Array.from(y)).toEqual(exact.map((value) => Number(BigInt.asIntN(bits, value))));
      }),
      { numRuns: 30 },
    );
  });

  it.each(TYPES)('$sample saturates: every butterfly, and then every sum of m', ({ bits, ArrayOf }) => {
    fc.assert(
      fc.property(anySized(bits, 4), ([m, values]) => {
        const y = fwht(engine, ArrayOf.from(values), { overflow: 'saturate' });
        expect(Array.from(y)).toEqual(saturatingProduct(matrixOf(m), m, values, bits));
      }),
      { numRuns: 30 },
    );
  });

  it.each(TYPES)('$sample gives a single value back, though m times it would overflow', ({ bits, ArrayOf }) => {
    fc.assert(
      fc.property(anySized(bits, 3), fc.nat(), ([, values], at) => {
        const x = new ArrayOf(values.length);
        x[at % x.length] = Math.max(values[0], 1 - 2 ** (bits - 1));
        for (const overflow of ['wrap', 'saturate'] as const) {
          expect(fwht(engine, fwht(engine, x, { overflow }), { overflow, inverse: true })).toEqual(x);
        }
      }),
      { numRuns: 30 },
    );
  });

  it.each(TYPES)('$sample inverse comes within k/2 + 1 of the true one for any coefficients', ({ bits, ArrayOf }) => {
    fc.assert(
      fc.property(anySized(bits, 3), ([m, values]) => {
        const n = values.length;
        const matrix = matrixOf(n);
        const transposed = Int8Array.from(matrix, (_, at) => matrix[(at % n) * n + Math.floor(at / n)]);
        const back = fwht(engine, ArrayOf.from(values), { inverse: true });
        for (const [i, sum] of exactProduct(transposed, values).entries()) {
          expect(Math.abs(back[i] - Number(sum) / n)).toBeLessThanOrEqual(Math.log2(n / m) / 2 + 1);
        }
      }),
      { numRuns: 30 },
    );
  });

  it.each(TYPES)('widens the largest $sample values without rounding, both ways', ({ bits, ArrayOf }) => {
    for (const size of bits === 16 ? [12 * 2 ** 12, 28 * 2 ** 11] : [12 * 2 ** 14, 20 * 2 ** 4, 28]) {
      using({ size, sample: bits === 16 ? 'i16' : 'i32', overflow: 'widen' }, (processor) => {
        for (const x of [ArrayOf.from(integers(size, bits, 5)), new ArrayOf(size).fill(-(2 ** (bits - 1)))]) {
          const y = processor.transform(x as Int16Array & Int32Array);
          expect(y[0]).toBe(Array.from<number>(x).reduce((sum, value) => sum + value, 0));
          expect(sameBits(processor.inverse(y), x)).toBe(true);
        }
      });
    }
  });

  it.each(TYPES)('$sample is the same in channels and in two dimensions', ({ sample, bits, ArrayOf }) => {
    for (const overflow of ['wrap', 'saturate', 'widen'] as const) {
      for (const [size, channels] of [
        [12, 3],
        [40, 5],
        [56, 16],
        [24, 40],
      ]) {
        const x = ArrayOf.from(integers(size * channels, overflow === 'widen' ? bits : bits - 4, channels));
        using({ size, channels, sample, overflow }, (processor) => {
          const y = processor.transform(x as Int16Array & Int32Array);
          for (let channel = 0; channel < channels; channel++) {
            const own = new ArrayOf(size);
            for (let i = 0; i < size; i++) own[i] = x[i * channels + channel];
            const alone = using({ size, sample, overflow }, (p) => p.transform(own as Int16Array & Int32Array));
            const strided = Array.from({ length: size }, (_, i) => y[i * channels + channel]);
            expect(strided).toEqual(Array.from<number>(alone));
          }
          if (overflow === 'widen') expect(processor.inverse(y)).toEqual(x);
        });
      }
    }
    const block = new Fwht2d(engine, { rows: 12, columns: 20, sample });
    const x = ArrayOf.from(integers(240, bits - 9, 1));
    const [rows, columns] = [matrixOf(12), matrixOf(20)];
    const expected = Array.from({ length: 240 }, (_, at) => {
      let sum = 0;
      for (let i = 0; i < 12; i++) {
        for (let j = 0; j < 20; j++) {
          sum += rows[Math.floor(at / 20) * 12 + i] * x[i * 20 + j] * columns[(at % 20) * 20 + j];
        }
      }
      return sum;
    });
    const y = block.transform(x as Int16Array & Int32Array);
    expect(Array.from(y)).toEqual(expected);
    expect(block.inverse(y)).toEqual(x);
    block.dispose();
  });
});
