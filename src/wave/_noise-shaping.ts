/**
 * The fixed filter of noise shaping: what makes the coding error follow the threshold of hearing.
 *
 * An encoder that minimises the error through W(z) = 1 + w1·z^−1 + … leaves an error of the spectrum 1/|W|². Linear
 * prediction finds the W for a spectrum that is given: its autocorrelation, then Levinson's recursion, as for a signal.
 * That W is minimum phase and starts with 1, so the logarithm of 1/|W|² is 0 on average (M. Gerzon and P. G. Craven, 1989):
 * what goes down at one frequency comes up at another.
 */
import { checkOneOf } from '../engine/check.js';
import { cosPi, exp, power } from '../engine/exact-math.js';
import { layout } from './_layout.js';

/**
 * How the coding error is distributed over frequencies: `none`, evenly; `fixed`, along the ear's threshold; `adaptive`, along
 * the signal's own spectrum.
 */
export type NoiseShaping = 'none' | 'fixed' | 'adaptive';

/** As the kernels number them. */
export const NOISE_SHAPINGS = ['none', 'fixed', 'adaptive'] as const satisfies NoiseShaping[];

/** Hz below which there is too little of the audible range for an ear's curve to mean anything. */
const LEAST_RATE = 4000;
/** dB above the least of the threshold that the error comes up to: more would cost much and bring little. */
const MOST_DECIBELS = 12;
const BANDS = 512;

/** The threshold of hearing in dB (E. Terhardt, 1979); 20 Hz stands for all below. */
function thresholdDecibels(hertz: number): number {
  const kilohertz = Math.max(hertz, 20) / 1000;
  const fromEar = kilohertz - 3.3;
  return (
    3.64 * power(kilohertz, -0.8) -
    6.5 * exp(-0.6 * fromEar * fromEar) +
    0.001 * kilohertz * kilohertz * kilohertz * kilohertz
  );
}

/** Coefficients w1, w2 … of W for an error of a power spectrum, given in the middles of bands from 0 to half the rate. */
function whiteningFilter(spectrum: Float64Array, order: number): Float64Array {
  const correlation = Float64Array.from({ length: order + 1 }, (_, lag) =>
    spectrum.reduce((sum, value, band) => sum + value * cosPi((lag * (band + 0.5)) / spectrum.length), 0),
  );
  const filter = new Float64Array(order);
  let error = correlation[0];
  for (let m = 0; m < order; m++) {
    let sum = correlation[m + 1];
    for (let j = 0; j < m; j++) sum += filter[j] * correlation[m - j];
    const k = -sum / error;
    const before = filter.slice(0, m);
    for (let j = 0; j < m; j++) filter[j] += k * before[m - 1 - j];
    filter[m] = k;
    error *= 1 - k * k;
  }
  return filter;
}

/** The fixed filter for a sample rate in Hz: w1, w2 …. */
export function fixedFilter(sampleRate: number): Float64Array {
  const threshold = Float64Array.from({ length: BANDS }, (_, band) =>
    thresholdDecibels(((band + 0.5) * sampleRate) / (2 * BANDS)),
  );
  const least = threshold.reduce((a, b) => Math.min(a, b));
  return whiteningFilter(
    threshold.map((decibels) => exp((Math.min(decibels - least, MOST_DECIBELS) / 10) * Math.LN10)),
    layout.SHAPING_ORDER,
  );
}

/** Checks the option for a sample rate in Hz. */
export function checkNoiseShaping(value: unknown, sampleRate: number, isExact: boolean): NoiseShaping {
  const shaping = checkOneOf('noiseShaping', value, NOISE_SHAPINGS);
  if (shaping !== 'none' && isExact) {
    throw new RangeError(
      `noiseShaping expected 'none' where lossless or maxError holds every sample, got '${shaping}'`,
    );
  }
  if (shaping === 'fixed' && sampleRate < LEAST_RATE) {
    throw new RangeError(
      `noiseShaping 'fixed' follows the ear and expected a sampleRate of at least ${LEAST_RATE} Hz, got ${sampleRate}`,
    );
  }
  return shaping;
}
