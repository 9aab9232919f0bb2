/** What a resampler is made with, and the checks of its rates. */
import { checkInteger, checkNumber, throwRange } from '../engine/check.js';
import { format, type Rational, type RationalLike, toNumber, toRate } from '../stage/rational.js';
import { PHASES, type PhaseName } from './_shaped-prototype.js';
import { ratioInLeastTerms } from './design.js';
import type { Quality } from './quality.js';

export { PHASES, type PhaseName };

/** Ways to run the filter that a caller may name. */
export const MODES = ['stream', 'offline'] as const;

export type ModeName = (typeof MODES)[number];

export interface ResamplerOptions {
  /** Input rate in Hz, 1e-6 to 1e9. */
  readonly from: RationalLike;
  /** Output rate in Hz, 1e-6 to 1e9 and from 1/256 to 256 times the input rate. */
  readonly to: RationalLike;
  /** 1 to 64. Default 1. */
  readonly channels?: number;
  /**
   * A preset's name, the figures of a filter, or the latency it may have. Default `high`: 130 dB, −0.1 dB at 95 % of the
   * lower Nyquist frequency, stop band from 100 %. `reference` takes and gives float64 samples, all others float32.
   */
  readonly quality?: Quality;
  /**
   * Default `linear`: every frequency stands where it belongs. `minimum`: no latency and no pre-ringing, for a group delay
   * that depends on the frequency. `intermediate`: half of either phase.
   */
  readonly phase?: PhaseName;
  /**
   * Default `stream`. `offline` has the same figures from 1.5 to 4 times as fast, in blocks of thousands of frames, whose length
   * the latency tells: for files. Not where the ratio can vary.
   */
  readonly mode?: ModeName;
  /** Most input frames of one `processInto` call. Default 4096, or what gives 16384 output frames if that is less. */
  readonly maxInput?: number;
  /**
   * The least ratio, output frames per input frame, that `setRatio` may be asked for: it decides the latency, which then
   * stays. 1/256 to to/from; default to/from. With this or `maxRatio` the ratio can vary, and equal rates are filtered too.
   */
  readonly minRatio?: number;
  /** The largest one: to/from to 256; default to/from. */
  readonly maxRatio?: number;
}

/** When and how fast `setRatio` takes effect. */
export interface RatioChange {
  /** Output frames over which the ratio goes from the present one to the new one. Default 0: at once. */
  readonly overFrames?: number;
  /** Output frame, counted from the stream's first, where that begins. Default: the next one that has not come yet. */
  readonly atFrame?: number;
}

export const OPTION_NAMES = [
  'from',
  'to',
  'channels',
  'quality',
  'phase',
  'mode',
  'maxInput',
  'minRatio',
  'maxRatio',
] as const;

const LOWEST_RATE = 1e-6;
const HIGHEST_RATE = 1e9;
const LARGEST_RATIO = 256;
const LARGEST_MAX_INPUT = 2 ** 20;
const DEFAULT_MAX_INPUT = 4096;
const DEFAULT_MAX_OUTPUT = 16384;

/** A rate within the bounds. */
export function toSampleRate(title: string, value: RationalLike): Rational {
  const rate = toRate(title, value);
  const hertz = toNumber(rate);
  if (!(hertz >= LOWEST_RATE && hertz <= HIGHEST_RATE)) {
    throwRange(title, `a rate from ${LOWEST_RATE} to ${HIGHEST_RATE} Hz`, hertz);
  }
  return rate;
}

/** How far a ratio may be moved. */
export interface RatioRange {
  readonly least: number;
  readonly largest: number;
}

/** Output frames per input frame: in least terms, and how far they may be moved; not at all where that is undefined. */
export interface Ratios {
  readonly up: number;
  readonly down: number;
  readonly range: RatioRange | undefined;
}

/** @throws RangeError naming `to`, `minRatio` or `maxRatio`. */
export function checkRatios(from: Rational, to: Rational, { minRatio, maxRatio }: ResamplerOptions): Ratios {
  const { up, down } = ratioInLeastTerms(from, to);
  if (up > LARGEST_RATIO * down || down > LARGEST_RATIO * up) {
    throwRange('to', `1/${LARGEST_RATIO} to ${LARGEST_RATIO} times the input rate ${format(from)} Hz`, toNumber(to));
  }
  if (minRatio === undefined && maxRatio === undefined) return { up, down, range: undefined };
  const nominal = up / down;
  const least = checkNumber('minRatio', minRatio ?? nominal, 1 / LARGEST_RATIO, nominal);
  return { up, down, range: { least, largest: checkNumber('maxRatio', maxRatio ?? nominal, nominal, LARGEST_RATIO) } };
}

/** Most input frames of one call: what was asked for, or the default. */
export function checkMaxInput(maxInput: number | undefined, largestRatio: number): number {
  const fitting = Math.max(1, Math.floor(DEFAULT_MAX_OUTPUT / largestRatio));
  return checkInteger('maxInput', maxInput ?? Math.min(DEFAULT_MAX_INPUT, fitting), 1, LARGEST_MAX_INPUT);
}
