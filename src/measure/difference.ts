/**
 * What lies between two recordings: signal-to-noise ratios, the largest error, the lag. Every figure is defined in
 * docs/MEASURING.md. Decibels are of power: 10·log10.
 */
import { findLag, type Lag } from './lag.js';
import type { Samples } from './types.js';

/** Settings of a comparison. */
export interface DifferenceOptions {
  /** Length of a segment of the segmental SNR. Default 256. */
  segmentFrames?: number;
  /** How many samples of each recording, all channels together, the lag is sought in. Default 2^18; 0 seeks none. */
  lagWindowSamples?: number;
  /** The farthest lag sought, in frames. Default 32768. */
  maxLagFrames?: number;
}

/** The figures of a comparison. Ratios are in dB. */
export interface Difference {
  channels: number;
  /** Frames compared: the common part. */
  frames: number;
  referenceFrames: number;
  testFrames: number;
  /** 10·log10(Σx² / Σ(y−x)²): Infinity when equal, −Infinity when only the reference is silent. */
  snr: number;
  /** The same a channel. */
  channelSnr: number[];
  /** Mean of the segments' own SNRs, each kept within −10 … 100 dB; NaN when no segment holds a signal. */
  segmentalSnr: number;
  /** Segments that went into it. */
  segments: number;
  /** Scale-invariant signal-to-distortion ratio: the SNR after the best gain; NaN when the reference is silent. */
  siSdr: number;
  /** ⟨x,y⟩/⟨x,x⟩ − 1: by how much the test is too loud (+) or has shrunk (−); NaN when the reference is silent. */
  gainBias: number;
  /** The largest |y−x| and its first place; null when nothing was compared. */
  largestError: { value: number; frame: number; channel: number } | null;
  /** √(mean (y−x)²) over all samples compared; 0 when there are none. */
  rmsError: number;
  /** √(mean x²) over all samples compared; 0 when there are none. */
  referenceRms: number;
  /** Samples left out of every sum because they, or their counterparts, are NaN or infinite. */
  nonFinite: number;
  /** By how much the test trails; null when not sought or when there is nothing to tell it by. */
  lag: Lag | null;
}

/** Segments farther than this below the loudest one, in whole dB, hold no signal to speak of. */
const SILENCE_DECIBELS = 60;
const SEGMENT_FLOOR = -10;
const SEGMENT_CEILING = 100;

function decibels(signal: number, noise: number): number {
  if (noise === 0) return Infinity;
  return 10 * Math.log10(signal / noise);
}

/** Sums of one channel: since the start, and of the segment that is being filled. */
class ChannelSums {
  signal = 0;
  error = 0;
  product = 0;
  segmentSignal = 0;
  segmentError = 0;
  segmentProduct = 0;

  closeSegment(): void {
    this.signal += this.segmentSignal;
    this.error += this.segmentError;
    this.product += this.segmentProduct;
    this.segmentSignal = 0;
    this.segmentError = 0;
    this.segmentProduct = 0;
  }
}

function checkCount(title: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new RangeError(`${title} expected a whole number of at least ${least}, got ${value}`);
  }
}

/**
 * Compares two recordings piece by piece, in memory that does not grow with their length.
 *
 * Feed equal stretches of both with `add`; when one call brings more frames of one recording than of the other, the
 * shorter recording has ended there, and what follows of the longer is counted but not compared. `result` may be asked
 * for at any time. The figures do not depend on how the recordings are cut.
 *
 * The lag is sought in the first 2^18 samples (all channels together) after both recordings' common leading silence.
 *
 * @throws RangeError for a plane count other than `channels`, planes of unequal length, or frames after the end.
 * @example
 * const meter = new DifferenceMeter(1);
 * meter.add([Float32Array.of(1, -1)], [Float32Array.of(0.9, -0.9)]);
 * meter.result().snr; // about 20 dB
 */
export class DifferenceMeter {
  readonly channels: number;
  readonly #segmentFrames: number;
  readonly #maxLagFrames: number;
  readonly #lagFrames: number;
  readonly #sums: ChannelSums[] = [];
  /** Level of the reference in whole dB -> [segments, sum of their SNRs]: what is silence is known only at the end. */
  readonly #levels = new Map<number, [number, number]>();
  readonly #lagReference: Float64Array[] = [];
  readonly #lagTest: Float64Array[] = [];
  #lagFilled = 0;
  #frames = 0;
  #referenceFrames = 0;
  #testFrames = 0;
  #inSegment = 0;
  #nonFinite = 0;
  #largest = -1;
  #largestFrame = 0;
  #largestChannel = 0;

  constructor(channels: number, options: DifferenceOptions = {}) {
    const { segmentFrames = 256, lagWindowSamples = 2 ** 18, maxLagFrames = 32768 } = options;
    checkCount('channels', channels, 1);
    checkCount('segmentFrames', segmentFrames, 1);
    checkCount('lagWindowSamples', lagWindowSamples, 0);
    checkCount('maxLagFrames', maxLagFrames, 0);
    this.channels = channels;
    this.#segmentFrames = segmentFrames;
    this.#maxLagFrames = maxLagFrames;
    this.#lagFrames = Math.floor(lagWindowSamples / channels);
    for (let channel = 0; channel < channels; channel++) this.#sums.push(new ChannelSums());
  }

  /** Takes the next frames of both recordings; an empty array stands for a recording that has ended. */
  add(reference: readonly Samples[], test: readonly Samples[]): void {
    const referenceFrames = this.#framesOf('reference', reference);
    const testFrames = this.#framesOf('test', test);
    const ended = Math.min(this.#referenceFrames, this.#testFrames);
    if (this.#referenceFrames !== this.#testFrames) {
      const more = this.#referenceFrames < this.#testFrames ? referenceFrames : testFrames;
      if (more > 0)
        throw new RangeError(`the shorter recording ended at frame ${ended}, got ${more} more frames of it`);
    }
    const common = Math.min(referenceFrames, testFrames);
    if (common > 0) {
      this.#addToLag(reference, test, common);
      this.#compare(reference, test, common);
    }
    this.#referenceFrames += referenceFrames;
    this.#testFrames += testFrames;
  }

  /** The figures so far. */
  result(): Difference {
    let signal = 0;
    let error = 0;
    let product = 0;
    const channelSnr: number[] = [];
    for (const sums of this.#sums) {
      const channelSignal = sums.signal + sums.segmentSignal;
      const channelError = sums.error + sums.segmentError;
      channelSnr.push(decibels(channelSignal, channelError));
      signal += channelSignal;
      error += channelError;
      product += sums.product + sums.segmentProduct;
    }
    const samples = this.#frames * this.channels - this.#nonFinite;
    const { mean, segments } = this.#segmental();
    // With y = x + e the part of y along x is (1 + ⟨x,e⟩/⟨x,x⟩)·x and the rest is e less its own part along x. Summing
    // e rather than y keeps the precision when the two recordings are nearly equal.
    const bias = signal > 0 ? product / signal : Number.NaN;
    const rest = Math.max(0, error - product * bias);
    return {
      channels: this.channels,
      frames: this.#frames,
      referenceFrames: this.#referenceFrames,
      testFrames: this.#testFrames,
      snr: decibels(signal, error),
      channelSnr,
      segmentalSnr: error === 0 ? Infinity : mean,
      segments,
      siSdr: signal > 0 ? decibels((1 + bias) * (1 + bias) * signal, rest) : Number.NaN,
      gainBias: bias,
      largestError:
        this.#largest < 0 ? null : { value: this.#largest, frame: this.#largestFrame, channel: this.#largestChannel },
      rmsError: samples > 0 ? Math.sqrt(error / samples) : 0,
      referenceRms: samples > 0 ? Math.sqrt(signal / samples) : 0,
      nonFinite: this.#nonFinite,
      lag: this.#lagFilled > 0 ? findLag(this.#lagReference, this.#lagTest, this.#lagFilled, this.#maxLagFrames) : null,
    };
  }

  #framesOf(title: string, planes: readonly Samples[]): number {
    if (planes.length === 0) return 0;
    if (planes.length !== this.channels) {
      throw new RangeError(`${title} expected ${this.channels} planes, got ${planes.length}`);
    }
    const frames = planes[0].length;
    for (const plane of planes) {
      if (plane.length !== frames) {
        throw new RangeError(`${title} expected planes of one length, got ${frames} and ${plane.length}`);
      }
    }
    return frames;
  }

  #compare(reference: readonly Samples[], test: readonly Samples[], frames: number): void {
    for (let first = 0; first < frames; ) {
      const last = Math.min(frames, first + this.#segmentFrames - this.#inSegment);
      for (let channel = 0; channel < this.channels; channel++) {
        this.#compareChannel(reference[channel], test[channel], channel, first, last);
      }
      this.#frames += last - first;
      this.#inSegment += last - first;
      first = last;
      if (this.#inSegment === this.#segmentFrames) {
        for (const sums of this.#sums) {
          this.#count(sums, this.#segmentFrames);
          sums.closeSegment();
        }
        this.#inSegment = 0;
      }
    }
  }

  #compareChannel(x: Samples, y: Samples, channel: number, first: number, last: number): void {
    const sums = this.#sums[channel];
    let signal = sums.segmentSignal;
    let error = sums.segmentError;
    let product = sums.segmentProduct;
    let largest = -1;
    let place = first;
    for (let i = first; i < last; i++) {
      const difference = y[i] - x[i];
      const size = Math.abs(difference);
      if (!(size < Infinity)) {
        this.#nonFinite++;
        continue;
      }
      signal += x[i] * x[i];
      error += difference * difference;
      product += x[i] * difference;
      if (size > largest) {
        largest = size;
        place = i;
      }
    }
    if (largest >= 0) this.#note(largest, this.#frames + place - first, channel);
    sums.segmentSignal = signal;
    sums.segmentError = error;
    sums.segmentProduct = product;
  }

  /** Keeps the first place of the largest error: the earliest frame, then the lowest channel. */
  #note(size: number, frame: number, channel: number): void {
    const earlier = frame < this.#largestFrame || (frame === this.#largestFrame && channel < this.#largestChannel);
    if (size < this.#largest || (size === this.#largest && !earlier)) return;
    this.#largest = size;
    this.#largestFrame = frame;
    this.#largestChannel = channel;
  }

  #count(sums: ChannelSums, frames: number): void {
    if (!(sums.segmentSignal > 0)) return;
    const ratio = decibels(sums.segmentSignal, sums.segmentError);
    const level = Math.floor(10 * Math.log10(sums.segmentSignal / frames));
    const entry = this.#levels.get(level) ?? [0, 0];
    entry[0] += 1;
    entry[1] += Math.min(SEGMENT_CEILING, Math.max(SEGMENT_FLOOR, ratio));
    this.#levels.set(level, entry);
  }

  #segmental(): { mean: number; segments: number } {
    if (this.#frames > 0 && this.#frames < this.#segmentFrames) {
      for (const sums of this.#sums) this.#count(sums, this.#frames);
      const result = this.#meanOfLevels();
      this.#levels.clear();
      return result;
    }
    return this.#meanOfLevels();
  }

  #meanOfLevels(): { mean: number; segments: number } {
    let loudest = -Infinity;
    for (const level of this.#levels.keys()) loudest = Math.max(loudest, level);
    let segments = 0;
    let sum = 0;
    // In order of level, so that the rounding of the sum does not depend on the order of arrival.
    for (const [level, entry] of [...this.#levels].sort((a, b) => a[0] - b[0])) {
      if (level < loudest - SILENCE_DECIBELS) continue;
      segments += entry[0];
      sum += entry[1];
    }
    return { mean: segments > 0 ? sum / segments : Number.NaN, segments };
  }

  #addToLag(reference: readonly Samples[], test: readonly Samples[], frames: number): void {
    let first = 0;
    if (this.#lagFilled === 0) {
      const sounds = (planes: readonly Samples[]) => planes.some((plane) => plane[first] !== 0);
      while (first < frames && !sounds(reference) && !sounds(test)) first++;
    }
    const count = Math.min(frames - first, this.#lagFrames - this.#lagFilled);
    if (count <= 0) return;
    for (let channel = 0; channel < this.channels; channel++) {
      this.#lagReference[channel] ??= new Float64Array(this.#lagFrames);
      this.#lagTest[channel] ??= new Float64Array(this.#lagFrames);
      const x = this.#lagReference[channel];
      const y = this.#lagTest[channel];
      for (let i = 0; i < count; i++) {
        const a = reference[channel][first + i];
        const b = test[channel][first + i];
        x[this.#lagFilled + i] = Number.isFinite(a) ? a : 0;
        y[this.#lagFilled + i] = Number.isFinite(b) ? b : 0;
      }
    }
    this.#lagFilled += count;
  }
}

/**
 * Compares two recordings held in memory: the figures of `DifferenceMeter` in one call.
 *
 * Recordings of unequal length are compared over their common part; `referenceFrames` and `testFrames` tell.
 *
 * @example
 * const x = Float32Array.from({ length: 1000 }, (_, i) => Math.sin(i / 10));
 * const y = x.map((value) => Math.round(value * 127) / 127);
 * const { snr, segmentalSnr, largestError } = difference([x], [y]);
 */
export function difference(
  reference: readonly Samples[],
  test: readonly Samples[],
  options: DifferenceOptions = {},
): Difference {
  const meter = new DifferenceMeter(reference.length, options);
  meter.add(reference, test);
  return meter.result();
}
