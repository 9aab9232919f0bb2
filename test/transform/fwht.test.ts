import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { DisposedError, EngineMemoryError } from '../../src/engine/errors.js';
import { Fwht, type FwhtOptions, type FwhtOrder, type FwhtScale, fwht } from '../../src/transform/index.js';
import { naturalIndex, relativeError, walshByMatrix, walshByRecursion, walshEntry } from '../reference/fwht.js';
import { LARGEST_LOG, noise } from './_noise.js';

const ORDERS: FwhtOrder[] = ['natural', 'dyadic', 'sequency'];
const SCALES: FwhtScale[] = ['none', 'orthonormal', 'inverse'];

interface GoldenCase {
  name: string;
  n: number;
  input: number[];
  natural: number[];
  dyadic: number[];
  sequency: number[];
}
const golden = JSON.parse(readFileSync(new URL('../vectors/fwht.json', import.meta.url), 'utf8')) as {
  cases: GoldenCase[];
  row_of_natural: Record<string, Record<'dyadic' | 'sequency', number[]>>;
};

let engine: Engine;
let free: number;
beforeAll(async () => {
  engine = await Engine.load({ memory: 32 * 2 ** 20 });
  free = engine.memory.free;
});
afterAll(() => {
  expect(engine.memory.free).toBe(free);
});

/** Runs with a processor and disposes of it whatever happens. */
function using<T>(options: FwhtOptions<'f32', 'wrap'>, work: (processor: Fwht) => T): T {
  const processor = new Fwht(engine, options);
  try {
    return work(processor);
  } finally {
    processor.dispose();
  }
}

const tolerance = (size: number) => 1e-6 * Math.max(1, Math.log2(size));
const size = (largest: number) => fc.integer({ min: 0, max: largest }).map((log) => 2 ** log);
const order = fc.constantFrom(...ORDERS);
const scale = fc.constantFrom(...SCALES);

describe('the reference', () => {
  it('has the published row permutations, and sequency row i changes its sign i times', () => {
    for (const [n, rows] of Object.entries(golden.row_of_natural)) {
      for (const name of ['dyadic', 'sequency'] as const) {
        expect(rows[name].map((_, i) => naturalIndex(i, Number(n), name))).toEqual(rows[name]);
      }
    }
    for (let i = 0; i < 64; i++) {
      let changes = 0;
      for (let j = 1; j < 64; j++) {
        if (walshEntry(i, j, 64, 'sequency') !== walshEntry(i, j - 1, 64, 'sequency')) changes++;
      }
      expect(changes).toBe(i);
    }
  });

  it('gives the same by matrix and by recursion', () => {
    for (const name of ORDERS) {
      const x = noise(128);
      expect(relativeError(walshByRecursion(x, name), walshByMatrix(x, name))).toBeLessThan(1e-14);
    }
  });
});

describe('Fwht', () => {
  it.each(golden.cases)('equals the golden vector $name exactly in every order', (golden) => {
    for (const name of ORDERS) {
      const y = fwht(engine, Float32Array.from(golden.input), { order: name });
      expect(Array.from(y, (value) => value + 0)).toEqual(golden[name]);
    }
  });

  it.each(ORDERS)('is exact for whole numbers in %s order, at every size to 2^9', (name) => {
    for (let n = 1; n <= 512; n *= 2) {
      const x = noise(n, n).map((value) => Math.round(value * 1000));
      expect(Array.from(fwht(engine, x, { order: name }), (value) => value + 0)).toEqual(
        Array.from(walshByMatrix(x, name), (value) => value + 0),
      );
    }
  });

  it.each(ORDERS)('is within 1e-6·log2(n) of float64 in %s order, at every size', (name) => {
    for (let log = 0; log <= (name === 'natural' ? 20 : LARGEST_LOG); log++) {
      const n = 2 ** log;
      const x = noise(n, log + 1);
      expect(relativeError(fwht(engine, x, { order: name }), walshByRecursion(x, name))).toBeLessThan(tolerance(n));
    }
  });

  it('scales by 1, 1/√n and 1/n', () => {
    fc.assert(
      fc.property(size(12), order, (n, order) => {
        const x = noise(n, n);
        const expected = walshByRecursion(x, order);
        for (const [scale, factor] of [
          ['none', 1],
          ['orthonormal', 1 / Math.sqrt(n)],
          ['inverse', 1 / n],
        ] as const) {
          const y = fwht(engine, x, { order, scale });
          expect(
            relativeError(
              y,
              expected.map((value) => value * factor),
            ),
          ).toBeLessThan(tolerance(n));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('is undone by inverse, whatever order, scale, size and batch', () => {
    fc.assert(
      fc.property(size(13), fc.integer({ min: 1, max: 5 }), order, scale, (size, batch, order, scale) => {
        using({ size, batch, order, scale }, (processor) => {
          const x = noise(size * batch, size + batch);
          expect(relativeError(processor.inverse(processor.transform(x)), x)).toBeLessThan(2 * tolerance(size));
          processor.buffer.set(x);
          processor.run();
          processor.runInverse();
          expect(relativeError(processor.buffer, x)).toBeLessThan(2 * tolerance(size));
        });
      }),
      { numRuns: 150 },
    );
  });

  it('is linear', () => {
    fc.assert(
      fc.property(size(12), order, fc.integer({ min: -8, max: 8 }), (n, order, factor) => {
        const [x, y] = [noise(n, 3), noise(n, 4)];
        const [a, b] = [fwht(engine, x, { order }), fwht(engine, y, { order })];
        const sum = fwht(
          engine,
          x.map((value, i) => value + factor * y[i]),
          { order },
        );
        expect(
          relativeError(
            sum,
            a.map((value, i) => value + factor * b[i]),
          ),
        ).toBeLessThan(tolerance(n) + 1e-6);
      }),
      { numRuns: 60 },
    );
  });

  it('keeps the energy when orthonormal (Parseval)', () => {
    for (let log = 0; log <= 16; log++) {
      const x = noise(2 ** log, log + 9);
      const energy = (values: Float32Array) => values.reduce((sum, value) => sum + value * value, 0);
      const y = fwht(engine, x, { scale: 'orthonormal', order: ORDERS[log % 3] });
      expect(Math.abs(energy(y) / energy(x) - 1)).toBeLessThan(1e-5);
    }
  });

  it('gives the same bits for a batch as for its transforms one at a time', () => {
    fc.assert(
      fc.property(size(13), fc.integer({ min: 1, max: 70 }), order, scale, (n, most, order, scale) => {
        const batch = Math.max(1, Math.min(most, Math.floor(2 ** 14 / n)));
        const x = noise(n * batch, batch);
        const together = using({ size: n, batch, order, scale }, (processor) => processor.transform(x));
        const alone = new Float32Array(n * batch);
        using({ size: n, order, scale }, (processor) => {
          for (let k = 0; k < batch; k++) alone.set(processor.transform(x.slice(k * n, (k + 1) * n)), k * n);
        });
        expect(Buffer.from(together.buffer).equals(Buffer.from(alone.buffer))).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it('touches nothing outside its buffer', () => {
    for (const order of ORDERS) {
      for (const n of [1, 2, 4, 8, 16, 32, 64, 2048, 2 ** 15]) {
        // The neighbour lies right behind the buffer and the scratch: memory is handed out first fit.
        const [processor, neighbour] = [new Fwht(engine, { size: n, order }), new Fwht(engine, { size: 1024 })];
        const pattern = noise(1024, 5);
        neighbour.buffer.set(pattern);
        const end = processor.buffer.byteOffset + processor.buffer.byteLength;
        const gap = new Uint8Array(engine.buffer, end, neighbour.buffer.byteOffset - end).fill(0xa5);
        processor.buffer.set(noise(n));
        processor.run();
        processor.runInverse();
        expect(gap.every((byte) => byte === 0xa5)).toBe(true);
        expect(neighbour.buffer).toEqual(pattern);
        neighbour.dispose();
        processor.dispose();
      }
    }
  });

  it('writes to `out` and returns it, and leaves x as it was', () => {
    using({ size: 8, order: 'sequency', scale: 'inverse' }, (processor) => {
      const x = Float32Array.of(19, -1, 11, -9, -7, 13, -15, 5);
      const kept = x.slice();
      const out = new Float32Array(8);
      expect(processor.transform(x, out)).toBe(out);
      expect(Array.from(out)).toEqual([2, 3, 0, 4, 0, 0, 10, 0]);
      expect(x).toEqual(kept);
      expect(processor.inverse(out, out)).toBe(out);
      expect(out).toEqual(x);
      // The buffer itself may be given and taken.
      processor.buffer.set(x);
      expect(processor.transform(processor.buffer, processor.buffer)).toBe(processor.buffer);
      expect(Array.from(processor.buffer)).toEqual([2, 3, 0, 4, 0, 0, 10, 0]);
    });
  });

  it('keeps its view and the memory as they are while it runs', () => {
    using({ size: 1024, order: 'sequency', batch: 2 }, (processor) => {
      const { buffer } = processor;
      const { free } = engine.memory;
      const memory = engine.buffer;
      const out = new Float32Array(2048);
      for (let i = 0; i < 100; i++) {
        processor.run();
        processor.transform(out, out);
      }
      expect(processor.buffer).toBe(buffer);
      expect(buffer.buffer).toBe(memory);
      expect(memory.byteLength).toBe(engine.memory.size);
      expect(engine.memory.free).toBe(free);
    });
  });

  it('refuses options that no transform has', () => {
    const make = (options: unknown) => () => new Fwht(engine, options as FwhtOptions);
    for (const size of [0, -1, 3, 18, 1000, 1.5, Number.NaN, Infinity, 2 ** 21]) {
      expect(make({ size })).toThrow(RangeError);
      expect(make({ size })).toThrow(/size expected a power of two/);
    }
    expect(make({ size: '8' })).toThrow(/size expected a number, got '8'/);
    expect(make({})).toThrow(TypeError);
    expect(make({ size: 8, order: 'walsh' })).toThrow(/order expected one of natural, dyadic, sequency, got 'walsh'/);
    expect(make({ size: 8, scale: 2 })).toThrow(TypeError);
    expect(make({ size: 8, batch: 0 })).toThrow(/batch expected a whole number/);
    expect(make({ size: 8, batch: Number.NaN })).toThrow(RangeError);
    expect(make({ size: 8, Scale: 'none' })).toThrow(/no option 'Scale'/);
    expect(make(null)).toThrow(TypeError);
    expect(() => new Fwht({} as Engine, { size: 8 })).toThrow(/engine expected an Engine/);
    expect(make({ size: 2 ** 20, batch: 16 })).toThrow(EngineMemoryError);
  });

  it('refuses arrays of another type or length, and works on afterwards', () => {
    using({ size: 8, batch: 2 }, (processor) => {
      expect(() => processor.transform(new Float32Array(8))).toThrow(/x expected 16 values, got 8/);
      expect(() => processor.transform(new Float64Array(16) as unknown as Float32Array)).toThrow(TypeError);
      expect(() => processor.inverse(new Float32Array(16), new Float32Array(15))).toThrow(/out expected 16 values/);
      expect(() => processor.inverse([] as unknown as Float32Array)).toThrow(TypeError);
      expect(processor.transform(new Float32Array(16).fill(1))[8]).toBe(8);
    });
    expect(() => fwht(engine, new Float32Array(3))).toThrow(RangeError);
    expect(() => fwht(engine, new Float32Array(0))).toThrow(RangeError);
    expect(() => fwht(engine, [1, 2] as unknown as Float32Array)).toThrow(TypeError);
  });

  it('throws a DisposedError after dispose', () => {
    const processor = new Fwht(engine, { size: 8, order: 'dyadic' });
    processor.dispose();
    processor.dispose();
    for (const use of [
      () => processor.run(),
      () => processor.runInverse(),
      () => processor.transform(new Float32Array(8)),
      () => processor.inverse(new Float32Array(8)),
    ]) {
      expect(use).toThrow(DisposedError);
    }
  });
});
