/**
 * The protocol a resampler is measured by, in the frequency domain: SNR, ripple, bandwidth, rejection of aliases and
 * images. Its other half, positions and delays, is in resampler-timing.ts. The device under test is abstract, so that
 * any resampler can be put on the bench. docs/MEASURING.md states every frequency and window.
 */
import { fitTone, power, tone } from './tone.js';

/** A running stream of a resampler: mono, fed in order, flushed once. */
export interface ResamplerStream {
  process(chunk: Float32Array | Float64Array): Float32Array | Float64Array;
  flush(): Float32Array | Float64Array;
}

/** A resampler on the bench. Both methods start afresh at each call. */
export interface ResamplerUnderTest {
  /** Sample rates in hertz; only their ratio matters, but whole numbers keep the instants exact. */
  readonly from: number;
  readonly to: number;
  /** What it is fed: 'f32' (the default) rounds the test signals to float32, which caps the SNR at about 152 dB. */
  readonly sample?: 'f32' | 'f64';
  /** The whole stream at once, flush included. */
  run(input: Float32Array | Float64Array): Float32Array | Float64Array;
  /** A fresh stream, for the figures that depend on how the input is cut. */
  stream(): ResamplerStream;
}

/** A figure in dB and the tone that decided it. */
export interface WorstTone {
  decibels: number;
  /** Frequency of that tone as a fraction of the lower Nyquist frequency. */
  frequency: number;
}

/** Settings of a tone test. */
export interface ToneOptions {
  /** Input frames of each tone. */
  frames?: number;
}

const AMPLITUDE = 0.9;

/** Half the lower of the two rates: what a resampler can at best let through. */
export function lowerNyquist(device: { readonly from: number; readonly to: number }): number {
  return Math.min(device.from, device.to) / 2;
}

function checkFrames(frames: number): void {
  if (!Number.isSafeInteger(frames) || frames < 64) {
    throw new RangeError(`frames expected a whole number of at least 64, got ${frames}`);
  }
}

/**
 * Sends one tone through; the middle half of input and output is what counts.
 *
 * @throws RangeError when less than half the frames due come out.
 */
function send(device: ResamplerUnderTest, frequency: number, frames: number, phase = 0) {
  const exact = tone(frames, frequency / device.from, AMPLITUDE, phase);
  const input = device.sample === 'f64' ? exact : Float32Array.from(exact);
  const output = device.run(input);
  // Silence by absence would pass for perfect rejection.
  const due = (frames * device.to) / device.from;
  if (!(output.length >= due / 2)) {
    throw new RangeError(`device.run expected to give about ${Math.round(due)} frames, got ${output.length}`);
  }
  const first = Math.floor(output.length / 4);
  const last = Math.floor((3 * output.length) / 4);
  return { input, output, first, last };
}

function inputPower(input: Float32Array | Float64Array): number {
  return power(input, Math.floor(input.length / 4), Math.floor((3 * input.length) / 4));
}

/** `count` equal steps from `low` to `high`, both included; the last is `high` itself, free of rounding. */
function grid(low: number, high: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => (i === count - 1 ? high : low + ((high - low) * i) / (count - 1)));
}

function worst(frequencies: readonly number[], decibelsAt: (frequency: number) => number): WorstTone {
  let result: WorstTone = { decibels: Infinity, frequency: frequencies[0] };
  for (const frequency of frequencies) {
    const decibels = decibelsAt(frequency);
    // A device that returns NaN or nothing must not pass for a perfect one.
    if (!(decibels >= result.decibels)) result = { decibels, frequency };
    if (Number.isNaN(decibels)) break;
  }
  return result;
}

/**
 * Worst SNR of 20 tones from 0.01 to 0.90 of the lower Nyquist frequency: the fitted tone's power over that of all the
 * rest, over the central half of the output.
 *
 * @example
 * const resampler = new Resampler(engine, { from: 44100, to: 48000 });
 * const process = (chunk) => resampler.process([chunk])[0];
 * const flush = () => resampler.flush()[0];
 * const device = {
 *   from: 44100,
 *   to: 48000,
 *   run(input) {
 *     resampler.reset();
 *     const [body, end] = [process(input), flush()];
 *     const whole = new Float32Array(body.length + end.length);
 *     whole.set(body);
 *     whole.set(end, body.length);
 *     return whole;
 *   },
 *   stream() {
 *     resampler.reset();
 *     return { process, flush };
 *   },
 * };
 * signalToNoise(device).decibels; // above 128
 */
export function signalToNoise(device: ResamplerUnderTest, options: ToneOptions = {}): WorstTone {
  const { frames = 32768 } = options;
  checkFrames(frames);
  const nyquist = lowerNyquist(device);
  return worst(grid(0.01, 0.9, 20), (frequency) => {
    const { output, first, last } = send(device, frequency * nyquist, frames);
    const fit = fitTone(output, (frequency * nyquist) / device.to, first, last);
    return fit.residualPower === 0 && fit.tonePower > 0 ? Infinity : 10 * Math.log10(fit.tonePower / fit.residualPower);
  });
}

/** Gain in dB at a fraction of the lower Nyquist frequency (below 1). */
function gain(device: ResamplerUnderTest, frequency: number, frames: number): number {
  const hertz = frequency * lowerNyquist(device);
  const { output, first, last } = send(device, hertz, frames);
  return 20 * Math.log10(fitTone(output, hertz / device.to, first, last).amplitude / AMPLITUDE);
}

/**
 * Ripple of the pass band in dB, peak to peak: the largest gain less the smallest of 90 tones, 0.01, 0.02 … 0.90 of the
 * lower Nyquist frequency, 8,192 frames each.
 */
export function ripple(device: ResamplerUnderTest, options: ToneOptions = {}): number {
  const { frames = 8192 } = options;
  checkFrames(frames);
  let low = Infinity;
  let high = -Infinity;
  for (let percent = 1; percent <= 90; percent++) {
    const decibels = gain(device, percent / 100, frames);
    low = Math.min(low, decibels);
    high = Math.max(high, decibels);
  }
  return high - low;
}

/** How far the pass band reaches, as fractions of the lower Nyquist frequency on a grid of 0.25 %. */
export interface Bandwidth {
  /** The last grid frequency before the gain first falls more than 0.1 dB below that at 0.01. */
  tenthDecibel: number;
  /** The same for 3 dB. */
  threeDecibels: number;
}

/**
 * Bandwidth at −0.1 and −3 dB against the gain at 0.01 of the lower Nyquist frequency, 8,192 frames a tone. The grid
 * ends at 0.9975, since at the Nyquist frequency itself a gain has no meaning without a phase. Steps of 5 % find where
 * the gain first falls through, steps of 0.25 % where within.
 */
export function bandwidth(device: ResamplerUnderTest, options: ToneOptions = {}): Bandwidth {
  const { frames = 8192 } = options;
  checkFrames(frames);
  const reference = gain(device, 0.01, frames);
  const known = new Map<number, number>();
  const loss = (step: number): number => {
    const value = known.get(step) ?? reference - gain(device, step / 400, frames);
    known.set(step, value);
    return value;
  };
  const reach = (decibels: number): number => {
    let good = 0;
    for (let step = 20; step <= 399; step = step < 380 ? step + 20 : step + 19) {
      if (!(loss(step) <= decibels)) break;
      good = step;
    }
    while (good + 1 <= 399 && loss(good + 1) <= decibels) good++;
    return good / 400;
  };
  return { tenthDecibel: reach(0.1), threeDecibels: reach(3) };
}

/**
 * Power of what a tone leaves in the output, for the worst starting phase of the tone. A linear device answers phase φ
 * with cos φ·(answer to 0°) + sin φ·(answer to 90°): the worst power is the larger eigenvalue of the answers' Gram
 * matrix.
 */
function worstPhasePower(device: ResamplerUnderTest, frequency: number, frames: number): number {
  const sine = send(device, frequency, frames, 0);
  const cosine = send(device, frequency, frames, Math.PI / 2);
  let ss = 0;
  let cc = 0;
  let sc = 0;
  for (let i = sine.first; i < sine.last; i++) {
    ss += sine.output[i] * sine.output[i];
    cc += cosine.output[i] * cosine.output[i];
    sc += sine.output[i] * cosine.output[i];
  }
  const half = (ss - cc) / 2;
  return ((ss + cc) / 2 + Math.sqrt(half * half + sc * sc)) / Math.max(1, sine.last - sine.first);
}

/** Settings of the alias test. */
export interface AliasOptions extends ToneOptions {
  /** Where the tones begin, as a multiple of the output's Nyquist frequency: 1 (default) or 1.05 by the protocol. */
  start?: number;
}

/**
 * Alias rejection where the rate falls: worst of 25 tones from `start` times the output's Nyquist frequency to the
 * input's, equally spaced; all that comes out is alias. Its power over the central half against the tone's own.
 *
 * A tone that lands exactly on the output's Nyquist frequency or on 0 Hz (the first one, with `start` 1) leaves between
 * nothing and twice the power, depending on its phase: there the worst phase counts, from two runs at 0° and 90°. The
 * last tone, at the input's Nyquist frequency, is run at 90° only, for at 0° it is all zeros.
 *
 * @throws RangeError when the rate does not fall, or when `start` is not between 1 and the ratio of the rates.
 */
export function aliasRejection(device: ResamplerUnderTest, options: AliasOptions = {}): WorstTone {
  const { frames = 32768, start = 1 } = options;
  checkFrames(frames);
  const { from, to } = device;
  if (!(from > to)) throw new RangeError(`device expected a falling rate, got ${from} to ${to}`);
  if (!(start >= 1 && start <= from / to)) {
    throw new RangeError(`start expected 1 … ${from / to}, the input's Nyquist frequency, got ${start}`);
  }
  return worst(grid(start, from / to, 25), (frequency) => {
    const hertz = frequency === from / to ? from / 2 : (frequency * to) / 2;
    if (hertz === from / 2) {
      const { input, output, first, last } = send(device, hertz, frames, Math.PI / 2);
      return 10 * Math.log10(inputPower(input) / power(output, first, last));
    }
    const folds = Math.abs(frequency - Math.round(frequency)) < 1e-9;
    if (folds) return 10 * Math.log10((AMPLITUDE * AMPLITUDE) / 2 / worstPhasePower(device, hertz, frames));
    const { input, output, first, last } = send(device, hertz, frames);
    return 10 * Math.log10(inputPower(input) / power(output, first, last));
  });
}

/**
 * Image rejection where the rate rises: worst of 20 tones, 0.95, 0.9525 … 0.9975 of the input's Nyquist frequency. What
 * comes out beside the tone itself, over the central half, against the power of the tone that went in.
 *
 * @throws RangeError when the rate does not rise.
 */
export function imageRejection(device: ResamplerUnderTest, options: ToneOptions = {}): WorstTone {
  const { frames = 32768 } = options;
  checkFrames(frames);
  const { from, to } = device;
  if (!(to > from)) throw new RangeError(`device expected a rising rate, got ${from} to ${to}`);
  return worst(grid(0.95, 0.9975, 20), (frequency) => {
    const hertz = (frequency * from) / 2;
    const { input, output, first, last } = send(device, hertz, frames);
    return 10 * Math.log10(inputPower(input) / fitTone(output, hertz / to, first, last).residualPower);
  });
}
