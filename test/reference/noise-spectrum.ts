/** Spectra of coding errors and the curves they are to follow, in plain float64. Nothing here comes from src. */
import { fftRecursive } from './fft.js';

const SIZE = 512;

/** Mean power spectrum of a signal in the middles of `bands` equal bands from 0 to half the rate, in dB. */
export function bandDecibels(signal: ArrayLike<number>, bands: number): Float64Array {
  const power = new Float64Array(bands);
  for (let start = 0; start + SIZE <= signal.length; start += SIZE / 2) {
    const re = Float64Array.from(
      { length: SIZE },
      (_, n) => signal[start + n] * (0.5 - 0.5 * Math.cos((2 * Math.PI * (n + 0.5)) / SIZE)),
    );
    const spectrum = fftRecursive({ re, im: new Float64Array(SIZE) });
    for (let bin = 0; bin < SIZE / 2; bin++) {
      power[Math.floor((bin * bands * 2) / SIZE)] += spectrum.re[bin] ** 2 + spectrum.im[bin] ** 2;
    }
  }
  return power.map((value) => 10 * Math.log10(value));
}

/** 1/|W|² of W = 1 + w1·z^−1 + … at a frequency in parts of the sample rate, in dB. */
export function inverseDecibels(filter: ArrayLike<number>, frequency: number): number {
  let [re, im] = [1, 0];
  for (let j = 0; j < filter.length; j++) {
    re += filter[j] * Math.cos(2 * Math.PI * frequency * (j + 1));
    im -= filter[j] * Math.sin(2 * Math.PI * frequency * (j + 1));
  }
  return -10 * Math.log10(re ** 2 + im ** 2);
}

/** The same on average over each of `bands` bands. */
export function inverseBandDecibels(filter: ArrayLike<number>, bands: number): Float64Array {
  const points = 32;
  return Float64Array.from({ length: bands }, (_, band) => {
    let power = 0;
    for (let i = 0; i < points; i++) {
      power += 10 ** (inverseDecibels(filter, (band + (i + 0.5) / points) / (2 * bands)) / 10);
    }
    return 10 * Math.log10(power / points);
  });
}

/** Power of white noise through 1/W, from its impulse response. */
export function inverseGain(filter: ArrayLike<number>): number {
  const response = [1];
  let power = 1;
  for (let n = 1; n < 4000; n++) {
    let value = 0;
    for (let j = 0; j < filter.length && j < n; j++) value -= filter[j] * response[n - 1 - j];
    response.push(value);
    power += value ** 2;
  }
  return power;
}

/** The threshold of hearing in dB of sound pressure (E. Terhardt, 1979). */
export function thresholdOfHearing(hertz: number): number {
  const f = hertz / 1000;
  return 3.64 * f ** -0.8 - 6.5 * Math.exp(-0.6 * (f - 3.3) ** 2) + 1e-3 * f ** 4;
}

/** Power of a signal as the ear weighs it at its threshold, in dB: spectrum over threshold. */
export function thresholdWeightedDecibels(signal: ArrayLike<number>, sampleRate: number): number {
  const bands = SIZE / 2;
  const power = bandDecibels(signal, bands).reduce((sum, decibels, band) => {
    const threshold = thresholdOfHearing(Math.max(20, ((band + 0.5) * sampleRate) / SIZE));
    return sum + 10 ** ((decibels - threshold) / 10);
  }, 0);
  return 10 * Math.log10(power);
}
