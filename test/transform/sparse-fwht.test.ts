import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { DisposedError, EngineMemoryError } from '../../src/engine/errors.js';
import { SparseFwht, type SparseSpectrum, sparseFwht } from '../../src/transform/sparse.js';
import { relativeError, walshByRecursion } from '../reference/fwht.js';
import { normal } from '../reference/matched.js';
import { type SparseSignal, sparseSignal } from '../reference/sparse.js';

let engine: Engine;
let free: number;
beforeAll(async () => {
  engine = await Engine.load();
  free = engine.memory.free;
});
afterAll(() => {
  expect(engine.memory.free).toBe(free);
});

const sameSupport = ({ indices }: SparseSpectrum, { spectrum }: SparseSignal) =>
  indices.length === spectrum.size && indices.every((k) => spectrum.has(k));

/** Largest error of a coefficient. */
const worst = ({ indices, values }: SparseSpectrum, { spectrum }: SparseSignal) =>
  indices.reduce((most, k, i) => Math.max(most, Math.abs(values[i] - (spectrum.get(k) ?? 0))), 0);

describe('SparseFwht', () => {
  it('finds 60 of 2^18 coefficients exactly, from fewer than 6,000 samples, for 100 seeds of 100', () => {
    for (let seed = 0; seed < 100; seed++) {
      const signal = sparseSignal(2 ** 18, 60, seed);
      const found = sparseFwht(engine, signal.sample, { size: 2 ** 18, sparsity: 60, scale: 'inverse', seed });
      expect(sameSupport(found, signal), `seed ${seed}`).toBe(true);
      expect(worst(found, signal)).toBeLessThan(1e-12);
      expect(found).toMatchObject({ recovered: true, dense: false, samplesRead: signal.calls() });
      expect(found.samplesRead).toBeLessThan(6000);
    }
  });

  it('finds the support of 60 equal magnitudes at 20 dB a sample, from fewer than 60,000 samples, 95 times of 100', () => {
    let right = 0;
    for (let seed = 0; seed < 100; seed++) {
      const noise = Math.sqrt(60 / 100);
      const signal = sparseSignal(2 ** 18, 60, seed, { equal: true, noise });
      const options = { size: 2 ** 18, sparsity: 60, scale: 'inverse', seed, noise, fallback: 'none' } as const;
      const found = sparseFwht(engine, signal.sample, options);
      expect(found.samplesRead).toBeLessThan(60_000);
      expect(found.samplesRead).toBe(signal.calls());
      if (found.recovered && sameSupport(found, signal)) right++;
    }
    expect(right).toBeGreaterThanOrEqual(95);
  });

  it('estimates the noise where it is not told', () => {
    for (let seed = 0; seed < 10; seed++) {
      const signal = sparseSignal(2 ** 16, 40, seed, { equal: true, noise: 0.7 });
      const options = {
        size: 2 ** 16,
        sparsity: 40,
        scale: 'inverse',
        seed,
        noise: 'estimate',
        fallback: 'none',
      } as const;
      const found = sparseFwht(engine, signal.sample, options);
      expect(sameSupport(found, signal), `seed ${seed}`).toBe(true);
      expect(found.noise).toBeGreaterThan(0.55);
      expect(found.noise).toBeLessThan(0.9);
    }
  });

  it('equals the whole transform for any sparse array, any size, scale and structure of the support', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: -9, max: 9 })), { maxLength: 20 }),
        fc.constantFrom('none', 'orthonormal', 'inverse'),
        fc.boolean(),
        (log, entries, scale, regular) => {
          const n = 2 ** log;
          const spectrum = new Float64Array(n);
          for (const [i, [k, value]] of entries.entries()) spectrum[regular ? i % n : k % n] = value;
          const factor = scale === 'none' ? n : scale === 'inverse' ? 1 : Math.sqrt(n);
          const found = sparseFwht(engine, walshByRecursion(spectrum, 'natural'), { sparsity: Math.min(n, 16), scale });
          const all = new Float64Array(n);
          for (const [i, k] of found.indices.entries()) all[k] = found.values[i] / factor;
          expect(relativeError(all, spectrum)).toBeLessThan(1e-9);
          expect([...found.indices]).toEqual([...found.indices].sort((a, b) => a - b));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('tells when a spectrum is not sparse, and then transforms all of it, or does not where told so', () => {
    const next = normal(3);
    const dense = Float64Array.from({ length: 1024 }, next);
    const found = sparseFwht(engine, dense, { sparsity: 8 });
    expect(found).toMatchObject({ recovered: false, dense: true, groups: 8 });
    expect(found.samplesRead).toBeGreaterThan(1024);
    expect(relativeError(found.values, walshByRecursion(dense, 'natural'))).toBeLessThan(1e-13);
    const given = sparseFwht(engine, dense, { sparsity: 8, fallback: 'none' });
    expect(given).toMatchObject({ recovered: false, dense: false });
    expect(given.samplesRead).toBeLessThan(8 * 8 * 12);
  });

  it('finds more than it was told of, by reading more', () => {
    const signal = sparseSignal(2 ** 16, 48, 5);
    const found = sparseFwht(engine, signal.sample, { size: 2 ** 16, sparsity: 32, scale: 'inverse' });
    expect(found.recovered).toBe(true);
    expect(sameSupport(found, signal)).toBe(true);
  });

  it('reads samples as K·log N says', () => {
    const rows: [number, number][] = [];
    for (let log = 14; log <= 20; log += 2) {
      for (const sparsity of [16, 32, 64, 128]) {
        const signal = sparseSignal(2 ** log, sparsity, log);
        const found = sparseFwht(engine, signal.sample, { size: 2 ** log, sparsity, groups: 4 });
        expect(found.recovered).toBe(true);
        rows.push([Math.log(sparsity * log), Math.log(found.samplesRead)]);
      }
    }
    const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length;
    const [x, y] = [mean(rows.map(([a]) => a)), mean(rows.map(([, b]) => b))];
    const slope = mean(rows.map(([a, b]) => (a - x) * (b - y))) / mean(rows.map(([a]) => (a - x) ** 2));
    expect(slope).toBeGreaterThan(0.85);
    expect(slope).toBeLessThan(1.15);
  });

  it('refuses bad input', () => {
    const make = (options: object) => () => new SparseFwht(engine, { size: 256, sparsity: 4, ...options });
    expect(make({ size: 100 })).toThrow(/size expected a power of two/);
    expect(make({ sparsity: 0 })).toThrow(/sparsity/);
    expect(make({ sparsity: 257 })).toThrow(/sparsity/);
    expect(make({ noise: -1 })).toThrow(RangeError);
    expect(make({ noise: 'loud' })).toThrow(TypeError);
    expect(make({ groups: 1 })).toThrow(/groups/);
    expect(make({ maxGroups: 2 })).toThrow(/maxGroups/);
    expect(make({ repeats: 0 })).toThrow(/repeats/);
    expect(make({ fallback: 'guess' })).toThrow(/fallback/);
    expect(make({ bins: 3 })).toThrow(/no option 'bins'/);
    expect(() => sparseFwht(engine, [1, 2] as never, { sparsity: 1 })).toThrow(TypeError);
    expect(() => sparseFwht(engine, undefined as never, { sparsity: 1 })).toThrow(TypeError);
    expect(() => sparseFwht(engine, () => Number.NaN, { size: 64, sparsity: 1 })).toThrow(/finite samples/);
    const array = new Float64Array(256);
    array[0] = Infinity;
    expect(() => sparseFwht(engine, array, { sparsity: 1 })).toThrow(/finite samples/);
    const big = { size: 2 ** 21, sparsity: 1, maxGroups: 3 };
    expect(() => sparseFwht(engine, (i) => i % 7, big)).toThrow(/at most 1048576 for a dense fallback/);
    const processor = new SparseFwht(engine, { size: 256, sparsity: 4 });
    expect(() => processor.transform(new Float64Array(255))).toThrow(/source expected 256/);
    processor.dispose();
    expect(() => processor.transform(new Float64Array(256))).toThrow(DisposedError);
  });

  it('says how much memory a dense fallback needs', async () => {
    const small = await Engine.load({ memory: 2 ** 20 });
    expect(() => sparseFwht(small, (i) => i % 7, { size: 2 ** 20, sparsity: 1, maxGroups: 3 })).toThrow(
      EngineMemoryError,
    );
  });
});
