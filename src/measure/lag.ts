/**
 * By how many frames one recording trails another: the place of the largest cross-correlation, found with one Fourier
 * transform a channel, and refined between the frames on the same spectrum.
 */
import { Fft, powerOfTwoFrom } from './fft.js';
import type { Samples } from './types.js';

/** By how much the test stands behind the reference. */
export interface Lag {
  /** Whole frames; positive when the test is late. */
  frames: number;
  /** The same between the frames: where the band-limited cross-correlation is largest. */
  fineFrames: number;
  /** Normalised correlation of the overlapping frames at `frames`, −1 … 1. Near 0 the lag means nothing. */
  correlation: number;
}

function withoutMean(samples: Samples, frames: number): Float64Array {
  const out = new Float64Array(frames);
  let sum = 0;
  for (let i = 0; i < frames; i++) sum += samples[i];
  const mean = sum / frames;
  for (let i = 0; i < frames; i++) out[i] = samples[i] - mean;
  return out;
}

/** Adds conj(X)·Y of one channel, both spectra from one complex transform of x + iy. */
function addCrossSpectrum(fft: Fft, x: Float64Array, y: Float64Array, re: Float64Array, im: Float64Array): void {
  const { size } = fft;
  const a = new Float64Array(size);
  const b = new Float64Array(size);
  a.set(x);
  b.set(y);
  fft.forward(a, b);
  for (let k = 0; k < size; k++) {
    const m = (size - k) & (size - 1);
    const xRe = (a[k] + a[m]) / 2;
    const xIm = (b[k] - b[m]) / 2;
    const yRe = (b[k] + b[m]) / 2;
    const yIm = (a[m] - a[k]) / 2;
    re[k] += xRe * yRe + xIm * yIm;
    im[k] += xRe * yIm - xIm * yRe;
  }
}

/** Newton's method on the correlation's derivative, written as a sum over the cross-spectrum. */
function refine(re: Float64Array, im: Float64Array, start: number): number {
  const size = re.length;
  let lag = start;
  for (let iteration = 0; iteration < 6; iteration++) {
    let slope = 0;
    let curvature = 0;
    for (let k = 1; k < size / 2; k++) {
      const w = (2 * Math.PI * k) / size;
      const c = Math.cos(w * lag);
      const s = Math.sin(w * lag);
      slope -= w * (re[k] * s + im[k] * c);
      curvature -= w * w * (re[k] * c - im[k] * s);
    }
    const step = curvature === 0 ? 0 : slope / curvature;
    lag -= step;
    // A maximum of a band-limited function lies within a frame of its largest sample; elsewhere Newton has lost it.
    if (!(Math.abs(lag - start) <= 1)) return start;
    if (Math.abs(step) < 1e-9) break;
  }
  return lag;
}

/**
 * The lag of the test behind the reference, or null when there is nothing to compare (a silent or constant recording).
 *
 * Each channel's mean is taken off, so that a sensor's offset does not hide the signal; the channels' correlations are
 * added; the lag is the place within ±`maxLagFrames` where their sum is largest in magnitude, so that a recording of
 * reversed polarity is found as well (its `correlation` is negative). Of equal places the one nearest to 0 wins.
 *
 * @param reference planes of the reference, at least `frames` long
 * @param test planes of the test, as many
 * @param frames how many frames of both to look at; default all of them
 * @param maxLagFrames the farthest lag looked for; default 32768, and never more than half of `frames`
 * @example
 * const x = Float64Array.from({ length: 4096 }, (_, i) => Math.sin(i * i * 1e-4));
 * const late = new Float64Array(4096);
 * late.set(x.subarray(0, 4000), 96);
 * findLag([x], [late])?.frames; // 96
 */
export function findLag(
  reference: readonly Samples[],
  test: readonly Samples[],
  frames = Math.min(reference[0]?.length ?? 0, test[0]?.length ?? 0),
  maxLagFrames = 32768,
): Lag | null {
  if (reference.length !== test.length) {
    throw new RangeError(`test expected ${reference.length} channels like the reference, got ${test.length}`);
  }
  if (frames < 2) return null;
  const reach = Math.min(maxLagFrames, Math.floor(frames / 2));
  const fft = new Fft(powerOfTwoFrom(frames + reach + 1));
  const re = new Float64Array(fft.size);
  const im = new Float64Array(fft.size);
  const xs: Float64Array[] = [];
  const ys: Float64Array[] = [];
  for (let channel = 0; channel < reference.length; channel++) {
    xs.push(withoutMean(reference[channel], frames));
    ys.push(withoutMean(test[channel], frames));
    addCrossSpectrum(fft, xs[channel], ys[channel], re, im);
  }
  const correlation = re.slice();
  fft.inverse(correlation, im.slice());
  let best = 0;
  let largest = Math.abs(correlation[0]);
  for (let d = 1; d <= reach; d++) {
    for (const lag of [d, -d]) {
      const value = Math.abs(correlation[(lag + fft.size) % fft.size]);
      if (value > largest) {
        largest = value;
        best = lag;
      }
    }
  }
  let xy = 0;
  let xx = 0;
  let yy = 0;
  for (let channel = 0; channel < xs.length; channel++) {
    const x = xs[channel];
    const y = ys[channel];
    for (let i = Math.max(0, -best); i < frames && i + best < frames; i++) {
      xy += x[i] * y[i + best];
      xx += x[i] * x[i];
      yy += y[i + best] * y[i + best];
    }
  }
  if (!(xx > 0 && yy > 0)) return null;
  return { frames: best, fineFrames: refine(re, im, best), correlation: xy / Math.sqrt(xx * yy) };
}
