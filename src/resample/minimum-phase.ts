/**
 * Filters with the magnitude of a linear-phase one and another phase: minimum, the least delay that the magnitude allows,
 * or a blend. All in float64 with exact-math alone, so that the coefficients have the same bits in every runtime.
 *
 * Method: homomorphic filtering (Oppenheim and Schafer, Discrete-Time Signal Processing, chapter 13). The logarithm of
 * the magnitude has a real, even cepstrum; folding its negative times onto the positive ones leaves the magnitude alone
 * and makes the sequence that belongs to it causal, with all zeros on or inside the unit circle. Folding a part of them
 * gives that part of the phase.
 */
import { checkNumber, throwRange, throwType } from '../engine/check.js';
import { amplitudeFromDecibels, cosPi, exp, ln, sinPi } from '../engine/exact-math.js';
import { DesignFourier } from './_fourier.js';

/**
 * Points of the transform per coefficient, at least. The zeros of the stop band lie on the unit circle; held above the
 * floor they act like zeros a fraction of 1/length inside it, whose cepstrum dies away in a few lengths. What has not
 * died away at half the transform folds back as an error of the magnitude. With a floor 10 dB below the lobes the
 * error in the pass band is 4e-6 dB at 16 points a coefficient, 1e-7 dB at 32 and less at 64; the floor itself adds 0.4 dB to the
 * highest lobes.
 */
const POINTS_PER_COEFFICIENT = 16;
const FINE_POINTS_PER_COEFFICIENT = 64;
/** Filters better than this are meant for float64 samples, and get the finer transform. */
const FINE_DECIBELS = 150;
/** The floor, as a share of the mean power of the stop band about it: 10 dB below its lobes. */
const FLOOR = 0.2;
/** Lobes on each side of a frequency that this mean is taken over. */
const FLOOR_LOBES = 2;
const LARGEST_TRANSFORM = 2 ** 24;

export interface MinimumPhaseOptions {
  /** Attenuation of the filter's stop band, 20 to 200 dB: what lies below it counts as stop band, whose zeros are held up. */
  readonly attenuationDecibels: number;
}

/**
 * Adds a floor to a power spectrum, so that its zeros have a logarithm. The floor follows the lobes down: the images of an
 * interpolator by 160 are 160 stop bands, and a floor of one height under them all would add up to far more than the
 * highest lobe. `sums` is overwritten.
 */
function holdUp(powers: Float64Array, sums: Float64Array, stopband: number, width: number): void {
  const size = powers.length;
  let sum = 0;
  for (let k = 0; k < size; k++) {
    sum += Math.min(powers[k], stopband);
    sums[k] = sum;
  }
  const reach = Math.min(width, size / 2 - 1);
  for (let k = 0; k < size; k++) {
    const last = k + reach;
    const before = k - reach - 1;
    const upTo = last < size ? sums[last] : sum + sums[last - size];
    const from = before >= 0 ? sums[before] : sums[before + size] - sum;
    powers[k] += (FLOOR * (upTo - from)) / (2 * reach + 1) + stopband * 1e-12;
  }
}

/**
 * The response whose magnitude is that of `coefficients`, and whose phase is `linearShare` of a symmetrical filter's (about
 * time 0: none) and the rest of the minimum phase. Share 0 is causal; what the others have before time 0 stands at the
 * end of the circle. Not real-time safe: four Fourier transforms of at least sixteen times the length.
 *
 * @throws as `minimumPhase`
 */
export function blendPhase(
  coefficients: Float64Array,
  { attenuationDecibels }: MinimumPhaseOptions,
  linearShare: number,
): Float64Array {
  if (!(coefficients instanceof Float64Array)) throwType('coefficients', 'a Float64Array', coefficients);
  const attenuation = checkNumber('attenuationDecibels', attenuationDecibels, 20, 200);
  const { length } = coefficients;
  let size = 256;
  const points = attenuation > FINE_DECIBELS ? FINE_POINTS_PER_COEFFICIENT : POINTS_PER_COEFFICIENT;
  while (size < points * length) size *= 2;
  if (length === 0 || size > LARGEST_TRANSFORM) {
    throwRange('coefficients', `1 to ${LARGEST_TRANSFORM / points} values`, coefficients);
  }
  const fourier = new DesignFourier(size);
  const re = new Float64Array(size);
  const im = new Float64Array(size);
  re.set(coefficients);
  fourier.run(re, im);
  let peak = 0;
  for (let k = 0; k < size; k++) {
    re[k] = re[k] * re[k] + im[k] * im[k];
    peak = Math.max(peak, re[k]);
  }
  if (!(peak > 0 && peak < Infinity)) throwRange('coefficients', 'finite values, not all of them zero', coefficients);
  holdUp(re, im, peak * amplitudeFromDecibels(-2 * attenuation), Math.ceil((FLOOR_LOBES * size) / length));
  for (let k = 0; k < size; k++) {
    re[k] = ln(re[k]) / 2;
    im[k] = 0;
  }
  fourier.run(re, im, true);
  // The real cepstrum, folded: the shares of c[n] and c[−n] keep their sum, which is the magnitude.
  const half = size / 2;
  for (let n = 0; n < size; n++) {
    const share = n === 0 || n === half ? 1 : n < half ? 2 - linearShare : linearShare;
    re[n] *= share / size;
    im[n] = 0;
  }
  fourier.run(re, im);
  for (let k = 0; k < size; k++) {
    const magnitude = exp(re[k]);
    const turns = im[k] / Math.PI;
    re[k] = magnitude * cosPi(turns);
    im[k] = magnitude * sinPi(turns);
  }
  fourier.run(re, im, true);
  for (let n = 0; n < size; n++) re[n] /= size;
  return re;
}

/**
 * The minimum-phase filter whose magnitude is that of `coefficients`, of the same length. Its gain keeps its sign only as a
 * magnitude: a filter with a negative gain at 0 Hz comes out positive. Not real-time safe.
 *
 * @throws TypeError for another type; RangeError for no coefficients, for more than 2^20 (2^18 above 150 dB), for ones that are not finite or
 * all zero, or for options out of range.
 */
export function minimumPhase(coefficients: Float64Array, options: MinimumPhaseOptions): Float64Array {
  return blendPhase(coefficients, options, 0).slice(0, coefficients.length);
}

/**
 * Group delay of a filter in seconds at a frequency: Re(Σ n·h[n]·e^(−iωn) / Σ h[n]·e^(−iωn)) over the coefficients' rate.
 * NaN where the filter lets nothing through.
 *
 * @param coefficientRate in Hz: `up` times the input rate for the prototype of a polyphase filter
 * @param frequency in Hz
 */
export function groupDelaySeconds(coefficients: Float64Array, coefficientRate: number, frequency: number): number {
  let [re, im, slopeRe, slopeIm] = [0, 0, 0, 0];
  for (let n = 0; n < coefficients.length; n++) {
    const turns = (2 * frequency * n) / coefficientRate;
    const x = coefficients[n] * cosPi(turns);
    const y = -coefficients[n] * sinPi(turns);
    re += x;
    im += y;
    slopeRe += n * x;
    slopeIm += n * y;
  }
  return (slopeRe * re + slopeIm * im) / (re * re + im * im) / coefficientRate;
}
