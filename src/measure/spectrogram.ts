/** Short-time spectra of a recording as a picture in dB. */
import { Fft } from './fft.js';
import type { Samples } from './types.js';

/** Settings of a spectrogram. */
export interface SpectrogramOptions {
  sampleRate: number;
  /** Length of the window and of its transform: a power of two from 16 to 65536. Default 1024. */
  windowFrames?: number;
  /** Frames from one spectrum to the next. Default: what fills `maxColumns`, within 1/16 … 1/4 of the window. */
  hopFrames?: number;
  /** The most columns given back; more spectra than that are averaged, in power. Default 480. */
  maxColumns?: number;
  /** 'hann', or the β of a Kaiser window. Default 12: side lobes below −85 dB, so that a loud tone hides no soft noise. */
  window?: 'hann' | number;
}

/** A spectrogram: `columns` spectra of `bins` levels each. */
export interface Spectrogram {
  sampleRate: number;
  /** Length of the recording. */
  durationSeconds: number;
  columns: number;
  /** windowFrames/2 + 1; bin b stands for b·sampleRate/windowFrames hertz. */
  bins: number;
  hertzPerBin: number;
  /** Column c covers the instants from c·secondsPerColumn up to (c + 1)·secondsPerColumn. */
  secondsPerColumn: number;
  /** Column after column, from 0 Hz up. 0 dB is a sine of amplitude 1; silence is −Infinity. */
  decibels: Float32Array;
}

/** The modified Bessel function of the first kind, order 0, by its power series. */
function besselI0(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > 1e-17 * sum; k++) {
    term *= (x / (2 * k)) * (x / (2 * k));
    sum += term;
  }
  return sum;
}

/** A window of `frames` values, periodic (its value at −1/2 would be its value at frames − 1/2), peak 1 in the middle. */
function windowOf(kind: 'hann' | number, frames: number): Float64Array {
  const out = new Float64Array(frames);
  for (let i = 0; i < frames; i++) {
    const x = (2 * i) / frames - 1;
    out[i] =
      kind === 'hann'
        ? 0.5 + 0.5 * Math.cos(Math.PI * x)
        : besselI0(kind * Math.sqrt(Math.max(0, 1 - x * x))) / besselI0(kind);
  }
  return out;
}

/** A hop that divides the recording evenly among the columns, several hops to a column if one would skip frames. */
function defaultHop(frames: number, windowFrames: number, maxColumns: number): number {
  const perColumn = Math.max(1, Math.ceil(frames / maxColumns / (windowFrames / 4)));
  return Math.max(Math.floor(windowFrames / 16), Math.ceil(frames / (maxColumns * perColumn)));
}

/**
 * The spectrogram of one channel: windowed Fourier transforms (Hann, or Kaiser, 1974), centred at frames 0, hop, 2·hop …
 * with silence beyond the ends. A column of the result is the mean power of the spectra centred within it; columns are
 * made longer, by whole hops, until at most `maxColumns` remain.
 *
 * @throws RangeError when a setting is outside its range.
 * @example
 * const s = spectrogram(tone(48000, 1000 / 48000), { sampleRate: 48000 });
 * s.decibels[10 * s.bins + Math.round(1000 / s.hertzPerBin)]; // about 0 dB
 */
export function spectrogram(samples: Samples, options: SpectrogramOptions): Spectrogram {
  const { sampleRate, windowFrames = 1024, maxColumns = 480, window = 12 } = options;
  if (!(sampleRate > 0 && sampleRate < Infinity)) {
    throw new RangeError(`sampleRate expected a number above 0, got ${sampleRate}`);
  }
  if (!(windowFrames >= 16 && windowFrames <= 65536)) {
    throw new RangeError(`windowFrames expected a power of two from 16 to 65536, got ${windowFrames}`);
  }
  if (!(Number.isInteger(maxColumns) && maxColumns >= 1)) {
    throw new RangeError(`maxColumns expected a whole number of at least 1, got ${maxColumns}`);
  }
  const { hopFrames = defaultHop(samples.length, windowFrames, maxColumns) } = options;
  if (!(Number.isInteger(hopFrames) && hopFrames >= 1)) {
    throw new RangeError(`hopFrames expected a whole number of at least 1, got ${hopFrames}`);
  }
  if (window !== 'hann' && !(window >= 0 && window <= 40)) {
    throw new RangeError(`window expected 'hann' or a Kaiser β of 0 … 40, got ${window}`);
  }
  const fft = new Fft(windowFrames);
  const weights = windowOf(window, windowFrames);
  const scale = 2 / weights.reduce((sum, weight) => sum + weight, 0);
  const spectra = Math.max(1, Math.ceil(samples.length / hopFrames));
  const perColumn = Math.ceil(spectra / maxColumns);
  const columns = Math.ceil(spectra / perColumn);
  const bins = windowFrames / 2 + 1;
  const decibels = new Float32Array(columns * bins);
  const powers = new Float64Array(bins);
  const re = new Float64Array(windowFrames);
  const im = new Float64Array(windowFrames);
  for (let column = 0; column < columns; column++) {
    const last = Math.min(spectra, (column + 1) * perColumn);
    powers.fill(0);
    for (let spectrum = column * perColumn; spectrum < last; spectrum++) {
      const start = spectrum * hopFrames - windowFrames / 2;
      for (let i = 0; i < windowFrames; i++) {
        const at = start + i;
        const inside = at >= 0 && at < samples.length && Number.isFinite(samples[at]);
        re[i] = inside ? samples[at] * weights[i] : 0;
      }
      im.fill(0);
      fft.forward(re, im);
      for (let bin = 0; bin < bins; bin++) powers[bin] += re[bin] * re[bin] + im[bin] * im[bin];
    }
    const count = last - column * perColumn;
    for (let bin = 0; bin < bins; bin++) {
      // At 0 and at the Nyquist frequency the two sides of the spectrum are one: no factor 2.
      const edge = bin === 0 || bin === bins - 1 ? 0.25 : 1;
      decibels[column * bins + bin] = 10 * Math.log10((edge * scale * scale * powers[bin]) / count);
    }
  }
  return {
    sampleRate,
    durationSeconds: samples.length / sampleRate,
    columns,
    bins,
    hertzPerBin: sampleRate / windowFrames,
    secondsPerColumn: (perColumn * hopFrames) / sampleRate,
    decibels,
  };
}
