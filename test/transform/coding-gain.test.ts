import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  codingGain,
  commutatorResidual,
  KltRotation,
  scoreTransforms,
  spaceUtilisation,
  symmetricEigen,
  type TransformName,
  transformMatrix,
  transformVariances,
} from '../../src/index.js';
import {
  dctMatrix,
  haarMatrix,
  multiplyMatrices,
  normal,
  rowsOf,
  transposed,
  walshMatrix,
} from '../reference/matched.js';

/** The covariance of a first-order autoregressive signal. */
const ar1 = (n: number, rho: number) =>
  Float64Array.from({ length: n * n }, (_, at) => rho ** Math.abs(Math.floor(at / n) - (at % n)));

/** A covariance of random numbers: AᵀA. */
function randomCovariance(n: number, seed: number): Float64Array {
  const next = normal(seed);
  const a = Array.from({ length: n + 2 }, () => Float64Array.from({ length: n }, next));
  return Float64Array.from(multiplyMatrices(transposed(a), a).flatMap((row) => [...row]));
}

/** An XOR-invariant covariance: entry (i, j) is a function of i ⊕ j, its Walsh spectrum positive. */
function xorCovariance(n: number, seed: number): Float64Array {
  const next = normal(seed);
  const spectrum = Array.from({ length: n }, () => Math.exp(2 * next()));
  const kernel = multiplyMatrices([spectrum], walshMatrix(n))[0];
  return Float64Array.from({ length: n * n }, (_, at) => kernel[Math.floor(at / n) ^ (at % n)]);
}

/** A circulant one. */
const circulant = (n: number) =>
  Float64Array.from({ length: n * n }, (_, at) => {
    const lag = Math.abs(Math.floor(at / n) - (at % n));
    return 0.5 ** Math.min(lag, n - lag);
  });

const matrices = { dct: dctMatrix, wht: walshMatrix, haar: haarMatrix };

describe('symmetricEigen', () => {
  it('takes a covariance apart to a few units of the last place', () => {
    for (const n of [1, 2, 3, 16, 64]) {
      const covariance = randomCovariance(n, n);
      const { values, vectors } = symmetricEigen(covariance);
      const rows = rowsOf(vectors, n);
      const diagonal = multiplyMatrices(multiplyMatrices(rows, rowsOf(covariance, n)), transposed(rows));
      const identity = multiplyMatrices(rows, transposed(rows));
      for (let i = 0; i < n; i++) {
        if (i > 0) expect(values[i]).toBeLessThanOrEqual(values[i - 1]);
        for (let j = 0; j < n; j++) {
          expect(Math.abs(diagonal[i][j] - (i === j ? values[i] : 0))).toBeLessThan(1e-13 * values[0]);
          expect(Math.abs(identity[i][j] - (i === j ? 1 : 0))).toBeLessThan(1e-13);
        }
      }
    }
  });

  it('refuses what is not symmetric', () => {
    expect(() => symmetricEigen([1, 2, 3])).toThrow(/matrix.length expected the square/);
    expect(() => symmetricEigen([1, 2, 3, 4])).toThrow(/matrix\[1, 0\] expected 2/);
    expect(() => symmetricEigen([1, Number.NaN, Number.NaN, 4])).toThrow(/finite/);
    expect(() => symmetricEigen('abcd' as never)).toThrow(TypeError);
    expect(symmetricEigen(new Float64Array(9)).values).toEqual(new Float64Array(3));
  });
});

describe('the coding gain', () => {
  it.each([
    [16, { klt: 9.48, dct: 9.46, wht: 8.19, haar: 8.18 }],
    [64, { klt: 9.95, dct: 9.94, wht: 8.3, haar: 8.25 }],
  ] as const)('of AR(1), ρ = 0.95, n = %i is what the literature says', (n, gains) => {
    for (const [name, gain] of Object.entries(gains)) {
      expect(Math.abs(codingGain(ar1(n, 0.95), name as TransformName) - gain), name).toBeLessThan(0.02);
    }
    // In closed form: the determinant of AR(1) is (1 − ρ²)^(n − 1).
    expect(codingGain(ar1(n, 0.95), 'klt')).toBeCloseTo(((-10 * (n - 1)) / n) * Math.log10(1 - 0.95 ** 2), 10);
  });

  it('comes from the variances on the diagonal of TΣTᵀ', () => {
    const covariance = randomCovariance(16, 5);
    for (const [name, rows] of Object.entries(matrices)) {
      const t = rows(16);
      const full = multiplyMatrices(multiplyMatrices(t, rowsOf(covariance, 16)), transposed(t));
      const variances = transformVariances(covariance, name as TransformName);
      for (let i = 0; i < 16; i++) expect(variances[i]).toBeCloseTo(full[i][i], 10);
      for (const [i, entry] of transformMatrix(name as 'dct', 16).entries()) {
        expect(entry).toBeCloseTo(t[Math.floor(i / 16)][i % 16], 14);
      }
      let off = 0;
      let all = 0;
      for (let i = 0; i < 16; i++) {
        for (let j = 0; j < 16; j++) {
          all += full[i][j] ** 2;
          if (i !== j) off += full[i][j] ** 2;
        }
      }
      expect(commutatorResidual(covariance, name as TransformName)).toBeCloseTo(Math.sqrt(off / all), 10);
    }
  });

  it('of the Karhunen–Loève transform is never surpassed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.nat(10000), (log, seed) => {
        const scores = scoreTransforms(randomCovariance(2 ** log, seed));
        const best = scores.find(({ transform }) => transform === 'klt')?.codingGain ?? Number.NaN;
        for (const { codingGain: gain } of scores) expect(gain).toBeLessThanOrEqual(best + 1e-9);
      }),
      { numRuns: 30 },
    );
  });

  it('is that of the Fourier transform, and its residual zero, for a circulant covariance', () => {
    expect(commutatorResidual(circulant(32), 'dft')).toBeLessThan(1e-7);
    expect(commutatorResidual(circulant(32), 'wht')).toBeGreaterThan(0.1);
    expect(scoreTransforms(circulant(32))[0].transform).toBe('dft');
    expect(codingGain(circulant(32), 'dft')).toBeCloseTo(codingGain(circulant(32), 'klt'), 9);
  });
});

describe('an XOR-invariant covariance', () => {
  it('is diagonalised by the Walsh–Hadamard transform to 1e-12, and that is what is picked', () => {
    for (const [seed, n] of [4, 16, 64].entries()) {
      const covariance = xorCovariance(n, seed);
      const t = rowsOf(transformMatrix('wht', n), n);
      const full = multiplyMatrices(multiplyMatrices(t, rowsOf(covariance, n)), transposed(t));
      const largest = Math.max(...full.map((row, i) => row[i]));
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) if (i !== j) expect(Math.abs(full[i][j])).toBeLessThan(1e-12 * largest);
      }
      expect(scoreTransforms(covariance)[0].transform).toBe('wht');
      expect(commutatorResidual(covariance, 'wht')).toBeLessThan(1e-7);
    }
  });
});

describe('the space utilisation', () => {
  it('is largest for the rotation that makes variances equal', () => {
    const covariance = randomCovariance(16, 8);
    const best = spaceUtilisation(covariance, new KltRotation({ covariance }).matrix);
    expect(best.ofBest).toBeCloseTo(1, 12);
    const others = [spaceUtilisation(covariance), spaceUtilisation(covariance, transformMatrix('wht', 16))];
    for (const other of others) {
      expect(other.logarithm).toBeLessThan(best.logarithm);
      expect(other.perDimension / best.perDimension).toBeCloseTo(other.ofBest, 12);
    }
    // A ball of radius 1 in a square of side 2.
    expect(spaceUtilisation([1, 0, 0, 1]).logarithm).toBeCloseTo(Math.log(Math.PI / 4), 14);
    expect(spaceUtilisation([1, 0, 0, 0, 1, 0, 0, 0, 1]).logarithm).toBeCloseTo(Math.log(Math.PI / 6), 14);
  });

  it('and the scores refuse what is no covariance', () => {
    expect(() => spaceUtilisation([0, 0, 0, 0])).toThrow(/positive variance/);
    expect(() => spaceUtilisation([1, 0, 0, 1], [1])).toThrow(/rotation expected 4 entries/);
    expect(() => codingGain(new Float64Array(9), 'dct')).toThrow(/power of two/);
    expect(() => codingGain([1], 'fft' as never)).toThrow(/one of wht/);
    expect(() => scoreTransforms([1], [])).toThrow(TypeError);
    expect(() => transformMatrix('klt' as never, 4)).toThrow(RangeError);
    expect(codingGain(new Float64Array(4), 'wht')).toBe(0);
  });
});
