import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DistributionMeter, gaussianFitError, normalQuantile } from '../../src/measure/index.js';

function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return ((state >>> 0) + 0.5) / 2 ** 32;
  };
}
function gaussian(length: number, seed = 1): Float64Array {
  const next = uniform(seed);
  return Float64Array.from({ length }, () => Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next()));
}
function compare(x: Float64Array, y: Float64Array) {
  const meter = new DistributionMeter(1);
  meter.add([x], [y]);
  return meter.result();
}

describe('normalQuantile', () => {
  it('is where the normal distribution has its probability, by integration', () => {
    // Simpson's rule from 0.
    const probability = (x: number) => {
      const steps = 4000;
      let sum = 0;
      for (let i = 0; i <= steps; i++) {
        const weight = i === 0 || i === steps ? 1 : i % 2 ? 4 : 2;
        sum += weight * Math.exp(-(((x * i) / steps) ** 2) / 2);
      }
      return 0.5 + (sum * x) / steps / 3 / Math.sqrt(2 * Math.PI);
    };
    for (const p of [1e-6, 1e-3, 0.02, 0.0243, 0.1, 0.3, 0.5, 0.77, 0.98, 0.9999]) {
      expect(Math.abs(probability(normalQuantile(p)) / p - 1)).toBeLessThan(1e-7);
    }
  });
});

describe('gaussianFitError', () => {
  it('is 0 for Gaussian noise of any mean and level, 1 − 3/π for uniform, 1 − 2/π for two values', () => {
    const x = gaussian(50_000);
    expect(gaussianFitError(x)).toBeLessThan(5e-4);
    expect(gaussianFitError(x.map((value) => 1e-3 * value + 7))).toBeCloseTo(gaussianFitError(x), 9);
    expect(gaussianFitError(Float64Array.from({ length: 50_000 }, (_, i) => i))).toBeCloseTo(1 - 3 / Math.PI, 4);
    // E|z|² = 2/π.
    expect(gaussianFitError(Float64Array.from({ length: 50_000 }, (_, i) => i % 2))).toBeCloseTo(1 - 2 / Math.PI, 3);
    expect(gaussianFitError(new Float64Array(9))).toBeNaN();
    expect(gaussianFitError(new Float64Array(0))).toBeNaN();
  });
});

describe('DistributionMeter', () => {
  it('finds no distance between recordings of the same windows in another order, and none to itself', () => {
    const x = gaussian(16 * 1000);
    const turned = x.map((_, i) => x[16 * (999 - (i >> 4)) + (i % 16)]);
    expect(compare(x, x)).toEqual({ gaussianFitError: Number.NaN, slicedWasserstein: 0 });
    expect(compare(x, turned).slicedWasserstein).toBeLessThan(1e-12);
  });

  it('finds the distance of white noise that is louder by a tenth: a tenth', () => {
    const x = gaussian(16 * 2000);
    expect(
      compare(
        x,
        x.map((value) => 1.1 * value),
      ).slicedWasserstein,
    ).toBeCloseTo(0.1, 2);
    expect(
      compare(
        x.map((value) => 40 * value),
        x.map((value) => 44 * value),
      ).slicedWasserstein,
    ).toBeCloseTo(0.1, 2);
  });

  it('finds little distance to other noise of one kind, however large the difference of samples', () => {
    const { slicedWasserstein } = compare(gaussian(16 * 2000, 3), gaussian(16 * 2000, 4));
    expect(slicedWasserstein).toBeLessThan(0.1);
  });

  it('tells the error of a uniform quantiser from noise that was added', () => {
    const x = gaussian(16 * 2000);
    const step = 0.05;
    const quantised = compare(
      x,
      x.map((value) => step * Math.round(value / step)),
    );
    expect(quantised.gaussianFitError).toBeCloseTo(1 - 3 / Math.PI, 2);
    const noise = gaussian(16 * 2000, 9);
    expect(
      compare(
        x,
        x.map((value, i) => value + 0.01 * noise[i]),
      ).gaussianFitError,
    ).toBeLessThan(2e-3);
  });

  it('gives the same figures however the recordings are cut, in constant memory', () => {
    const channels = [gaussian(60_000, 2), gaussian(60_000, 5)];
    const coded = channels.map((plane) => plane.map((value) => Math.round(8 * value) / 8));
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 9 }), (sizes) => {
        const [whole, cut] = [new DistributionMeter(2), new DistributionMeter(2)];
        whole.add(channels, coded);
        for (let at = 0, i = 0; at < 60_000; i++) {
          const end = Math.min(60_000, at + sizes[i % sizes.length]);
          const part = (planes: Float64Array[]) => planes.map((plane) => plane.subarray(at, end));
          cut.add(part(channels), part(coded));
          at = end;
        }
        expect(cut.result()).toEqual(whole.result());
      }),
      { numRuns: 5 },
    );
  });

  it('leaves out what is not finite, and has no distance from silence', () => {
    const x = gaussian(16 * 100);
    const y = x.map((value) => value * 1.01);
    y[5] = Number.NaN;
    expect(Number.isFinite(compare(x, y).slicedWasserstein)).toBe(true);
    expect(compare(new Float64Array(160), y.subarray(0, 160)).slicedWasserstein).toBeNaN();
    expect(new DistributionMeter(1).result().slicedWasserstein).toBeNaN();
  });
});
