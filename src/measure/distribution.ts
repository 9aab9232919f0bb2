/**
 * How the samples of two recordings are distributed, whatever their order in time: what a codec has made of a signal's
 * shape, beside what it has made of its samples.
 */
import type { Samples } from './types.js';

/** Samples of a window: a point in as many dimensions. */
const DIMENSION = 16;
/** Most windows that are kept; when there are more, every second one is dropped. */
const MOST_WINDOWS = 2048;
const DIRECTIONS = 16;

export interface DistributionDifference {
  /**
   * How far the error y − x is from Gaussian noise: 1 − r², r the correlation of its sorted samples with the quantiles of the
   * normal distribution. 0 for Gaussian noise, 1 − 3/π = 0.045 for uniform; NaN where there is no error.
   */
  readonly gaussianFitError: number;
  /**
   * Sliced Wasserstein distance of the two recordings' windows of 16 samples, over the RMS of the reference: the root mean
   * square, over random directions, of how far sorted projections lie apart. 0 where one recording has the other's windows
   * in whatever order; NaN where the reference is silent.
   */
  readonly slicedWasserstein: number;
}

/** The quantile function of the normal distribution, within 1.2e-9 (Acklam, 2003: rational minimax approximations). */
export function normalQuantile(p: number): number {
  if (p > 0.5) return -normalQuantile(1 - p);
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p));
    const top =
      ((((-7.784894002430293e-3 * q - 3.223964580411365e-1) * q - 2.400758277161838) * q - 2.549732539343734) * q +
        4.374664141464968) *
        q +
      2.938163982698783;
    const bottom =
      (((7.784695709041462e-3 * q + 3.224671290700398e-1) * q + 2.445134137142996) * q + 3.754408661907416) * q + 1;
    return top / bottom;
  }
  const q = p - 0.5;
  const r = q * q;
  const top =
    ((((-3.969683028665376e1 * r + 2.209460984245205e2) * r - 2.759285104469687e2) * r + 1.38357751867269e2) * r -
      3.066479806614716e1) *
      r +
    2.506628277459239;
  const bottom =
    ((((-5.447609879822406e1 * r + 1.615858368580409e2) * r - 1.556989798598866e2) * r + 6.680131188771972e1) * r -
      1.328068155288572e1) *
      r +
    1;
  return (top * q) / bottom;
}

/** How far samples are from Gaussian noise: 1 − r² against normal quantiles, whatever their mean and level. NaN of less than two values. */
export function gaussianFitError(x: Float32Array | Float64Array): number {
  const sorted = Float64Array.from(x).sort();
  const { length } = sorted;
  const mean = sorted.reduce((sum, value) => sum + value, 0) / length;
  let [product, power, normalPower] = [0, 0, 0];
  for (let i = 0; i < length; i++) {
    const quantile = normalQuantile((i + 0.5) / length);
    product += (sorted[i] - mean) * quantile;
    power += (sorted[i] - mean) ** 2;
    normalPower += quantile * quantile;
  }
  return power > 0 && normalPower > 0 ? 1 - product ** 2 / (power * normalPower) : Number.NaN;
}

/** Unit vectors, the same on every run (xorshift32; Marsaglia, 2003). */
function directions(): Float64Array[] {
  let state = 1;
  const uniform = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return ((state >>> 0) + 0.5) / 2 ** 32;
  };
  return Array.from({ length: DIRECTIONS }, () => {
    const vector = Float64Array.from({ length: DIMENSION }, () => {
      return Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
    });
    const norm = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
    return vector.map((value) => value / norm);
  });
}

/** Collects windows of two recordings, spread evenly over them in constant memory; the same however they are cut. */
export class DistributionMeter {
  readonly #pending: { readonly reference: Float64Array; readonly test: Float64Array }[];
  #held = 0;
  #windows = 0;
  #stride = 1;
  #kept: { readonly index: number; readonly reference: Float64Array; readonly test: Float64Array }[] = [];

  constructor(channels: number) {
    this.#pending = Array.from({ length: channels }, () => ({
      reference: new Float64Array(DIMENSION),
      test: new Float64Array(DIMENSION),
    }));
  }

  /** Takes the next frames of both; what one of them has more than the other is left out. */
  add(reference: readonly Samples[], test: readonly Samples[]): void {
    const frames = Math.min(reference[0].length, test[0].length);
    for (let frame = 0; frame < frames; ) {
      const count = Math.min(frames - frame, DIMENSION - this.#held);
      if (this.#windows % this.#stride === 0) {
        for (const [channel, pending] of this.#pending.entries()) {
          pending.reference.set(reference[channel].subarray(frame, frame + count), this.#held);
          pending.test.set(test[channel].subarray(frame, frame + count), this.#held);
        }
      }
      frame += count;
      this.#held += count;
      if (this.#held === DIMENSION) this.#take();
    }
  }

  /** Keeps a window of each channel, if it is its turn. */
  #take(): void {
    this.#held = 0;
    const index = this.#windows++;
    if (index % this.#stride !== 0) return;
    for (const { reference, test } of this.#pending) {
      if (![...reference, ...test].every(Number.isFinite)) continue;
      this.#kept.push({ index, reference: reference.slice(), test: test.slice() });
    }
    while (this.#kept.length > Math.max(MOST_WINDOWS, this.#pending.length)) {
      this.#stride *= 2;
      this.#kept = this.#kept.filter((window) => window.index % this.#stride === 0);
    }
  }

  /** The figures of what was added so far. */
  result(): DistributionDifference {
    const kept = this.#kept;
    const errors = new Float64Array(kept.length * DIMENSION);
    let power = 0;
    for (const [row, { reference, test }] of kept.entries()) {
      for (let i = 0; i < DIMENSION; i++) {
        errors[row * DIMENSION + i] = test[i] - reference[i];
        power += reference[i] * reference[i];
      }
    }
    const project = (direction: Float64Array, side: 'reference' | 'test') =>
      Float64Array.from(kept, (window) => {
        let sum = 0;
        for (let i = 0; i < DIMENSION; i++) sum += window[side][i] * direction[i];
        return sum;
      }).sort();
    let distance = 0;
    for (const direction of directions()) {
      const [a, b] = [project(direction, 'reference'), project(direction, 'test')];
      for (let i = 0; i < a.length; i++) distance += (a[i] - b[i]) ** 2;
    }
    // Means over windows and directions, and over windows and dimensions.
    const [meanDistance, meanPower] = [distance / (kept.length * DIRECTIONS), power / (kept.length * DIMENSION)];
    return {
      gaussianFitError: gaussianFitError(errors),
      slicedWasserstein: meanPower > 0 ? Math.sqrt(meanDistance / meanPower) : Number.NaN,
    };
  }
}
