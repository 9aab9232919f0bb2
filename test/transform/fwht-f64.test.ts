import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { Fwht, type FwhtOptions, type FwhtOrder, type FwhtScale, fwht } from '../../src/transform/index.js';
import { naturalIndex, relativeError, walshByMatrix } from '../reference/fwht.js';
import { exactWalsh } from '../reference/fwht-integer.js';
import { LARGEST_LOG, noise } from './_noise.js';

const ORDERS: FwhtOrder[] = ['natural', 'dyadic', 'sequency'];
const SCALES: FwhtScale[] = ['none', 'orthonormal', 'inverse'];

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

let engine: Engine;
let free: number;
beforeAll(async () => {
  engine = await Engine.load({ memory: 64 * 2 ** 20 });
  free = engine.memory.free;
});
afterAll(() => {
  expect(engine.memory.free).toBe(free);
});

/** Noise with all 53 bits of the mantissa in use. */
function fine(length: number, seed: number): Float64Array {
  const [high, low] = [noise(length, seed), noise(length, seed + 1000)];
  return Float64Array.from(high, (value, i) => value + low[i] * 2 ** -24);
}

/** Natural order as the sum of exact halves: coefficients of the high and of the low parts, each exact in float64. */
function exactNatural(x: Float64Array): Float64Array {
  const parts = [27, 60].map((shift, index) => {
    const cut = (value: number) => Math.round(value * 2 ** 27);
    return Array.from(x, (value) =>
      index === 0 ? cut(value) : Math.round((value - cut(value) / 2 ** 27) * 2 ** shift),
    );
  });
  const butterfly = (values: number[]) => {
    const y = values.slice();
    for (let h = 1; h < y.length; h *= 2) {
      for (let i = 0; i < y.length; i++) {
        if (i & h) continue;
        const [a, b] = [y[i], y[i + h]];
        y[i] = a + b;
        y[i + h] = a - b;
      }
    }
    return y;
  };
  const [high, low] = parts.map(butterfly);
  return Float64Array.from(high, (value, i) => value / 2 ** 27 + low[i] / 2 ** 60);
}

const tolerance = (size: number) => 1e-14 * Math.max(1, Math.log2(size));
const order = fc.constantFrom(...ORDERS);
const scale = fc.constantFrom(...SCALES);

describe('Fwht of float64', () => {
  it.each(golden.cases)('equals the golden vector $name exactly in every order', (golden) => {
    for (const order of ORDERS) {
      const y = fwht(engine, Float64Array.from(golden.input), { order });
      expect(y).toBeInstanceOf(Float64Array);
      expect(Array.from(y, (value) => value + 0)).toEqual(golden[order]);
    }
  });

  it('is exact for whole numbers beyond the reach of float32', () => {
    const x = Float64Array.from(noise(128, 5), (value) => Math.round(value * 2 ** 45));
    for (const order of ORDERS) {
      expect(Array.from(fwht(engine, x, { order }), BigInt)).toEqual(exactWalsh(x, order));
    }
  });

  it('is within 1e-14·max(1, log2 n) of exact in every order, at every size', () => {
    for (let log = 0; log <= LARGEST_LOG; log++) {
      if (log === 17 || log === 19) continue; // They take long, and have neighbours on both sides.
      const x = fine(2 ** log, log + 1);
      const exact = exactNatural(x);
      for (const order of log > 16 ? [ORDERS[log % 3]] : ORDERS) {
        const expected = exact.map((_, i) => exact[naturalIndex(i, x.length, order)]);
        expect(relativeError(fwht(engine, x, { order }), expected)).toBeLessThan(tolerance(x.length));
      }
    }
  });

  it('scales by 1, 1/√n and 1/n', () => {
    const factors = { none: () => 1, orthonormal: (n: number) => 1 / Math.sqrt(n), inverse: (n: number) => 1 / n };
    for (let n = 1; n <= 256; n *= 2) {
      const x = fine(n, n);
      for (const order of ORDERS) {
        for (const scale of SCALES) {
          const expected = walshByMatrix(x, order).map((value) => value * factors[scale](n));
          expect(relativeError(fwht(engine, x, { order, scale }), expected)).toBeLessThan(tolerance(n));
        }
      }
    }
  });

  it('is undone by inverse, and the same in a batch as alone', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 12 }),
        fc.integer({ min: 1, max: 5 }),
        order,
        scale,
        (log, batch, ...of) => {
          const [order, scale] = of;
          const size = 2 ** log;
          const processor = new Fwht(engine, { size, batch, order, scale, sample: 'f64' });
          const x = fine(size * batch, log);
          const y = processor.transform(x);
          expect(relativeError(processor.inverse(y), x)).toBeLessThan(2 * tolerance(size));
          processor.dispose();
          for (let k = 0; k < batch; k++) {
            const part = x.slice(k * size, (k + 1) * size);
            expect(y.slice(k * size, (k + 1) * size)).toEqual(fwht(engine, part, { order, scale }));
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('takes NaN and infinities as they are: they spread over their own transform alone', () => {
    const processor = new Fwht(engine, { size: 4, batch: 2, sample: 'f64' });
    const y = processor.transform(Float64Array.of(1, Number.NaN, 0, 0, 1, 2, 3, 4));
    expect(Array.from(y)).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN, 10, -2, -4, 0]);
    expect(Array.from(fwht(engine, Float64Array.of(Infinity, 1)))).toEqual([Infinity, Infinity]);
    processor.dispose();
  });

  it('refuses arrays of another precision', () => {
    const processor = new Fwht(engine, { size: 4, sample: 'f64' });
    expect(() => processor.transform(new Float32Array(4) as unknown as Float64Array)).toThrow(
      /x expected a Float64Array, got Float32Array\(4\)/,
    );
    expect(() => processor.inverse(new Float64Array(4), new Float64Array(3))).toThrow(/out expected 4 values, got 3/);
    processor.dispose();
    expect(() => new Fwht(engine, { size: 4, sample: 'f64', overflow: 'wrap' } as FwhtOptions)).toThrow(RangeError);
  });
});
