/** What the prediction of wave packets is computed with, after docs/BITSTREAM.md 8.13. */
import { cosineOfTurns, sineOfTurns } from './wave-elementary.js';

const { fround } = Math;

/** The window over the past, oldest sample first: float64. */
export function analysisWindow(frames: number): number[] {
  const rise = frames / 16;
  return Array.from({ length: frames }, (_, n) => {
    const age = frames - 1 - n;
    if (age < rise) return sineOfTurns((0.5 * (age + 0.5)) / rise);
    const fall = cosineOfTurns((0.5 * (age - rise + 0.5)) / (frames - rise));
    return fall * fall;
  });
}

/** The reflection coefficient that j stands for, `parts` to the half turn. */
export function reflectionOf(j: number, parts: number): number {
  const value = sineOfTurns(Math.abs(j) / parts);
  return j < 0 ? -value : value;
}

/** One step of the Levinson–Durbin recursion: coefficients a[1 … i], a[0] unused, from those of order i − 1. */
function nextOrder(a: readonly number[], i: number, k: number): number[] {
  const next = [...a];
  for (let j = 1; j < i; j++) next[j] = a[j] - k * a[i - j];
  next[i] = k;
  return next;
}

/** Coefficients of every order from 0 to that of the reflections, and the autocorrelation that they mean. */
export function fromReflections(reflections: readonly number[]): { orders: number[][]; correlation: number[] } {
  const order = reflections.length;
  const orders = [new Array<number>(order + 1).fill(0)];
  const correlation = [1];
  let rest = 1;
  for (let i = 1; i <= order; i++) {
    const a = orders[i - 1];
    const k = reflections[i - 1];
    let sum = k * rest;
    for (let j = 1; j < i; j++) sum += a[j] * correlation[i - j];
    correlation[i] = sum;
    rest *= 1 - k * k;
    orders.push(nextOrder(a, i, k));
  }
  return { orders, correlation };
}

export interface Analysis {
  readonly window: readonly number[];
  readonly order: number;
  /** What the key said about the time before it, ρ. */
  readonly keyCorrelation: readonly number[];
  /** Samples since the key. */
  readonly age: number;
  /** By how much the squared step of this span is above the mean of those before, where it is: q. */
  readonly addedNoise: number;
}

/** Coefficients a[1 … order] from the last decoded samples: as many as the window is long. */
export function fromPast(past: ArrayLike<number>, analysis: Analysis): number[] {
  const { window, order, keyCorrelation, age, addedNoise } = analysis;
  const length = Math.min(age, window.length);
  const last = window.length - 1;
  // The same shape over what there is since the key.
  const fitted = Array.from(
    { length },
    (_, n) => window[last - Math.floor(((length - 1 - n) * window.length) / length)],
  );
  const y = fitted.map((weight, n) => past[past.length - length + n] * weight);
  const squaresOf = (weights: readonly number[]) => weights.reduce((sum, weight) => sum + weight * weight, 0);

  const correlation: number[] = [];
  for (let lag = 0; lag <= order; lag++) {
    const sums = [0, 0];
    for (let n = lag; n < length; n++) sums[n % 2] += y[n] * y[n - lag];
    correlation.push(sums[0] + sums[1]);
  }
  const whole = squaresOf(window);
  if (age < window.length) {
    // From the newest sample on.
    const seen = squaresOf(fitted.toReversed());
    const power = (correlation[0] * (whole - seen)) / seen;
    for (let lag = 0; lag <= order; lag++) correlation[lag] += power * keyCorrelation[lag];
  }

  let rest = correlation[0] * (1 + 1e-9) + 1;
  if (addedNoise > 0) rest += (addedNoise * whole) / 12;
  const orders = [new Array<number>(order + 1).fill(0)];
  const criteria = [rest];
  let penalty = 1;
  for (let i = 1; i <= order; i++) {
    const a = orders[i - 1];
    let t = correlation[i];
    for (let j = 1; j < i; j++) t -= a[j] * correlation[i - j];
    const k = t / rest;
    rest *= 1 - k * k;
    if (!(rest > 0)) break;
    penalty *= 1 + 3 / window.length;
    orders.push(nextOrder(a, i, k));
    criteria.push(rest * penalty);
  }
  return mixed(orders, criteria, window.length);
}

/** Of the coefficients of all orders one set: each weighs by how near its criterion is to the least. */
function mixed(orders: readonly number[][], criteria: readonly number[], length: number): number[] {
  const least = Math.min(...criteria);
  const total = new Array<number>(orders[0].length).fill(0);
  let sum = 0;
  orders.forEach((a, i) => {
    const distance = 1 + (length / 4) * (criteria[i] / least - 1);
    const weight = (1 / (distance * distance)) * (i === a.length - 1 ? 16 : 1);
    sum += weight;
    a.forEach((value, j) => {
      total[j] += weight * value;
    });
  });
  return total.map((value) => value / sum);
}

/** a[order] … a[1] in float32, the order of the samples that they are multiplied with. */
export function oldestFirst(a: readonly number[]): Float32Array {
  return Float32Array.from(a.slice(1).reverse());
}

/** The float32 dot product of `c` with as many of `h` from `from` on, in eight sums. */
export function dot(c: Float32Array, h: Float32Array, from = 0): number {
  const sums = new Float32Array(8);
  for (let j = 0; j < c.length; j++) sums[j % 8] = fround(sums[j % 8] + fround(c[j] * h[from + j]));
  const [s0, s1, s2, s3] = [0, 1, 2, 3].map((lane) => fround(sums[lane] + sums[4 + lane]));
  return fround(fround(s0 + s2) + fround(s1 + s3));
}
