/**
 * Frames with time stamps of their own, jittered and with gaps, onto a regular grid: for sensors, whose clocks wander and
 * whose radios lose packets. Arithmetic is float64 in TypeScript: at sensor rates there is no need of a kernel.
 */
import { checkInteger, checkNumber, checkOptions, checkPlanes, throwRange, throwType } from '../engine/check.js';
import { sinc } from '../engine/exact-math.js';
import { type Rational, type RationalLike, toNumber, toRate } from '../stage/rational.js';

export interface IrregularResamplerOptions {
  /** Frames a second that come on the average, in Hz. */
  readonly nominalRate: RationalLike;
  /** Rate of the grid in Hz: 1/8 to 256 times the nominal rate. For less, resample the grid once more, with `Resampler`. */
  readonly to: RationalLike;
  /** 1 to 64. Default 1. */
  readonly channels?: number;
  /** Between two stamps farther apart than this nothing is made up: at least 2 nominal intervals, the default is 4. */
  readonly maxGapSeconds?: number;
}

/** Grid frames for which there was no signal: between two stamps too far apart. */
export interface Gap {
  /** The stamps of the last frame before and of the first frame behind. */
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** The grid frames between: `frames` of them, the first being `firstFrame`; they are NaN. May be none. */
  readonly firstFrame: number;
  readonly frames: number;
}

/** What `process` and `flush` give. */
export interface RegularFrames {
  /** The grid's frames, a plane a channel; NaN within gaps. */
  readonly planes: Float64Array[];
  /** Number of the first of them: frame k stands at `startSeconds + k/to`. */
  readonly firstFrame: number;
  /** Gaps that ended within this call's input. */
  readonly gaps: Gap[];
}

const OPTION_NAMES = ['nominalRate', 'to', 'channels', 'maxGapSeconds'] as const;
const LEAST_RATIO = 1 / 8;
const LARGEST_RATIO = 256;
/** The pass band, as a fraction of the Nyquist frequency of the lower rate. */
const PASSBAND = 0.8;
/** What the width of a fit is chosen for, by Kaiser's formula, as in presets.ts. */
const ATTENUATION_DECIBELS = 70;
const FEWEST_TAPS = 32;
/** Power of white noise, over that of the signal's band, that a fit must not be hurt by: it bounds the weights. */
const NOISE_SHARE = 1e-8;
/** Frames may come this many times as densely as the nominal rate before a fit uses the nearest ones alone. */
const DENSEST = 2;
const HISTORY_FACTOR = 4;
const LONGEST_LEAP_FRAMES = 2 ** 20;
/** Of gaps that nobody fetches only the last so many are kept. */
const MOST_GAPS = 1024;

/**
 * Puts irregularly sampled frames onto a regular grid, anti-aliased. Each grid frame is the weighted sum of the frames
 * about it whose frequency response, by least squares, is that of a low pass: 1 up to 80 % of the lower rate's Nyquist
 * frequency, 0 from 100 % of it up to half the nominal rate, at 0 Hz exactly 1. The weights are found anew for each grid
 * frame, from the stamps. After Yen (On nonuniform sampling of bandwidth-limited signals, 1956), with a stop band.
 *
 * Grid frame k stands at the first stamp + k/to. Every frame between the first and the last stamp comes, those in a gap
 * (see `maxGapSeconds`) as NaN; a gap separates, no frame from beyond it enters a fit. The output is the same however
 * the input is cut.
 *
 * Latency: frame k comes with the first input frame whose stamp is at least `latencySeconds` later (or behind a gap), or
 * with `flush`. Content above half the nominal rate is beyond help.
 *
 * Error of a sine, for stamps that miss their places by up to 10 % of an interval: at the nominal rate −95 dB up to 60 % of
 * the Nyquist frequency and −75 dB at 80 %; at a quarter of it −55 dB and −33 dB, for samples so placed have no exact
 * stop band. Where that matters choose the nominal rate, and lower it with `Resampler`.
 *
 * It is no Stage: a frame that comes with its own time belongs to no port, and how many it makes depends on that time. The
 * real-time door is `push` and `next`, a frame at a time; a regular stream from there on goes into any pipeline.
 * `push`, `next` and `reset` are real-time safe, but each grid frame costs time with the cube of `taps`: 0.1 ms at 32,
 * about 10 ms at 180. It is meant for tens or hundreds of frames a second, not for audio.
 *
 * @example
 * ```ts
 * import { IrregularResampler } from 'paley';
 *
 * const resampler = new IrregularResampler({ nominalRate: 100, to: 100, maxGapSeconds: 0.1 });
 * const stamps = Float64Array.from({ length: 200 }, (_, i) => (i + 0.2 * Math.random()) / 100);
 * const values = stamps.map((seconds) => Math.sin(2 * Math.PI * 10 * seconds));
 * const { planes } = resampler.process(stamps, [values]);
 * const rest = resampler.flush();
 * console.log(planes[0].length + rest.planes[0].length); // about 200
 * ```
 */
export class IrregularResampler {
  readonly nominalRate: Rational;
  readonly to: Rational;
  readonly channels: number;
  readonly maxGapSeconds: number;
  /** How far a stamp must lie behind a grid frame's instant before that frame comes. */
  readonly latencySeconds: number;
  /** Frames of a fit at the nominal rate. */
  readonly taps: number;
  readonly #passHertz: number;
  readonly #stopHertz: number;
  readonly #topHertz: number;
  readonly #mostTaps: number;
  readonly #times: Float64Array;
  readonly #values: Float64Array;
  readonly #capacity: number;
  readonly #matrix: Float64Array;
  readonly #weights: Float64Array;
  readonly #ones: Float64Array;
  /** The instant that is being told: in an array, where it is no object of its own. */
  readonly #instantNow = new Float64Array(1);
  /** The longest time between two stamps, in seconds: a stamp gone wrong shall not ask for a billion frames. */
  readonly #longestLeap: number;
  readonly #gaps: Gap[] = [];
  #held = 0;
  #start = Number.NaN;
  /** The next grid frame. */
  #next = 0;
  #faults = 0;

  /** @throws TypeError or RangeError for options out of range. */
  constructor(options: IrregularResamplerOptions) {
    checkOptions('IrregularResamplerOptions', options, OPTION_NAMES);
    this.nominalRate = toRate('nominalRate', options.nominalRate);
    this.to = toRate('to', options.to);
    this.channels = checkInteger('channels', options.channels ?? 1, 1, 64);
    const nominal = toNumber(this.nominalRate);
    const to = toNumber(this.to);
    if (!(to >= nominal * LEAST_RATIO && to <= nominal * LARGEST_RATIO)) {
      throwRange('to', `${LEAST_RATIO} to ${LARGEST_RATIO} times the nominal rate ${nominal} Hz`, to);
    }
    this.maxGapSeconds = checkNumber('maxGapSeconds', options.maxGapSeconds ?? 4 / nominal, 2 / nominal, 1e9);
    this.#longestLeap = LONGEST_LEAP_FRAMES / to;
    const nyquist = Math.min(nominal, to) / 2;
    this.#passHertz = PASSBAND * nyquist;
    this.#topHertz = nominal / 2;
    this.#stopHertz = Math.min(nyquist, this.#topHertz);
    // Where the rate does not fall the images above half the nominal rate take the stop band's place.
    const transition = to < nominal ? nyquist - this.#passHertz : 2 * (nyquist - this.#passHertz);
    const kaiser = ((ATTENUATION_DECIBELS - 7.95) / 14.36) * (nominal / transition);
    this.taps = 2 * Math.ceil(Math.max(FEWEST_TAPS, kaiser) / 2);
    this.latencySeconds = this.taps / 2 / nominal;
    this.#mostTaps = DENSEST * this.taps;
    this.#capacity = HISTORY_FACTOR * this.#mostTaps;
    this.#times = new Float64Array(this.#capacity);
    this.#values = new Float64Array(this.#capacity * this.channels);
    this.#matrix = new Float64Array(this.#mostTaps * this.#mostTaps);
    this.#weights = new Float64Array(this.#mostTaps);
    this.#ones = new Float64Array(this.#mostTaps);
  }

  /** Instant of grid frame 0 in seconds: the first stamp. NaN before it came. */
  get startSeconds(): number {
    return this.#start;
  }

  /** Frames left out at the real-time door since construction: stamps that do not rise, values that are not finite. */
  get faults(): number {
    return this.#faults;
  }

  /**
   * Takes frames and gives the grid's frames that can now be told. Not real-time safe.
   *
   * @param stamps seconds, rising
   * @param planes a plane of values a channel, as many as stamps; a frame with a value that is NaN or infinite is left
   * out and counted in `faults`
   * @throws RangeError for stamps that are not finite, do not rise or leap by more than 2^20 grid frames, and then takes
   * nothing; TypeError or RangeError for planes that do not fit.
   */
  process(stamps: Float64Array, planes: readonly Float64Array[]): RegularFrames {
    if (!(stamps instanceof Float64Array)) throwType('stamps', 'a Float64Array', stamps);
    const count = checkPlanes('planes', planes, this.channels, Float64Array);
    if (stamps.length !== count) throwRange('stamps', `${count} values, one a frame`, stamps);
    let before = this.#held > 0 ? this.#times[this.#held - 1] : Number.NaN;
    for (let i = 0; i < count; i++) {
      const stamp = stamps[i];
      if (!Number.isFinite(stamp)) throwRange(`stamps[${i}]`, 'a finite number of seconds', stamp);
      if (stamp <= before) throwRange(`stamps[${i}]`, `a time after the one before it, ${before} s`, stamp);
      if (stamp - before > this.#longestLeap) {
        throwRange(
          `stamps[${i}]`,
          `at most ${this.#longestLeap} s after the one before it; flush begins a new grid`,
          stamp,
        );
      }
      before = stamp;
    }
    const frame = new Float64Array(this.channels);
    return this.#gather(frame, (out) => {
      for (let i = 0; i < count; i++) {
        for (let channel = 0; channel < this.channels; channel++) frame[channel] = planes[channel][i];
        this.push(stamps[i], frame);
        while (this.next(frame)) out();
      }
    });
  }

  /** Ends the stream: gives the grid's frames up to the last stamp. The next frame taken begins a new one. Not real-time safe. */
  flush(): RegularFrames {
    const frame = new Float64Array(this.channels);
    const result = this.#gather(frame, (out) => {
      while (this.#fetch(frame, true)) out();
    });
    this.reset();
    return result;
  }

  /**
   * The real-time door: takes one frame, `values[channel]` at `stamp` seconds. One whose stamp is not finite, does not
   * rise or leaps by more than 2^20 grid frames, or with a value that is not finite, is left out and counted in `faults`.
   * Call `next` until it is false before the next `push`. Allocates only where there is a gap to report.
   */
  push(stamp: number, values: Float64Array): void {
    const { channels } = this;
    const last = this.#held > 0 ? this.#times[this.#held - 1] : Number.NaN;
    let sound = Number.isFinite(stamp) && !(stamp <= last) && !(stamp - last > this.#longestLeap);
    for (let channel = 0; channel < channels; channel++) sound = sound && Number.isFinite(values[channel]);
    if (!sound) {
      this.#faults++;
      return;
    }
    if (this.#held === 0) this.#start = stamp;
    else if (stamp - last > this.maxGapSeconds) this.#report(last, stamp);
    if (this.#held === this.#capacity) this.#forget(this.#capacity / 2);
    for (let channel = 0; channel < channels; channel++)
      this.#values[this.#held * channels + channel] = values[channel];
    this.#times[this.#held++] = stamp;
  }

  /** Writes the next grid frame into `out`, a value a channel; false where more input is needed first. Real-time safe. */
  next(out: Float64Array): boolean {
    return this.#fetch(out, false);
  }

  /** The gaps reported since the last call, or the last call of `process`. Not real-time safe. */
  takeGaps(): Gap[] {
    return this.#gaps.splice(0);
  }

  /** Forgets everything: the next stamp is the start of a new grid. `faults` are kept. Real-time safe. */
  reset(): void {
    this.#held = 0;
    this.#next = 0;
    this.#start = Number.NaN;
    this.#gaps.length = 0;
  }

  /** Instant of a grid frame: from its number, not from the frame before, so that nothing adds up. */
  #instant(frame: number): number {
    return this.#start + (frame * this.to.denominator) / this.to.numerator;
  }

  #gather(frame: Float64Array, run: (out: () => void) => void): RegularFrames {
    const { channels } = this;
    const firstFrame = this.#next;
    const values: number[] = [];
    run(() => {
      for (let channel = 0; channel < channels; channel++) values.push(frame[channel]);
    });
    const frames = values.length / channels;
    const planes = Array.from({ length: channels }, (_, channel) =>
      Float64Array.from({ length: frames }, (_, index) => values[index * channels + channel]),
    );
    return { planes, firstFrame, gaps: this.takeGaps() };
  }

  #report(startSeconds: number, endSeconds: number): void {
    const rate = toNumber(this.to);
    // Found by the same instants that decide which frames are NaN; the division only comes near.
    let first = Math.max(0, Math.floor((startSeconds - this.#start) * rate) - 1);
    while (this.#instant(first) <= startSeconds) first++;
    let end = Math.max(first, Math.floor((endSeconds - this.#start) * rate) - 1);
    while (this.#instant(end) < endSeconds) end++;
    if (this.#gaps.length === MOST_GAPS) this.#gaps.shift();
    this.#gaps.push({ startSeconds, endSeconds, firstFrame: first, frames: end - first });
  }

  #forget(frames: number): void {
    this.#times.copyWithin(0, frames, this.#held);
    this.#values.copyWithin(0, frames * this.channels, this.#held * this.channels);
    this.#held -= frames;
  }

  /** The next grid frame, if all that it depends on has come; at the `end` of the stream nothing more will. */
  #fetch(out: Float64Array, end: boolean): boolean {
    const times = this.#times;
    const held = this.#held;
    if (held === 0) return false;
    const instant = this.#instant(this.#next);
    if (instant > times[held - 1]) return false;
    // The last frame at or before the instant. It was forgotten only if frames came far more densely than they should.
    let at = 0;
    while (at + 1 < held && times[at + 1] <= instant) at++;
    const { maxGapSeconds, latencySeconds } = this;
    if (times[at] < instant && times[at + 1] - times[at] > maxGapSeconds) {
      out.fill(Number.NaN);
      this.#next++;
      return true;
    }
    let last = at;
    let closed = end;
    while (last + 1 < held) {
      if (times[last + 1] - times[last] > maxGapSeconds || times[last + 1] - instant >= latencySeconds) {
        closed = true;
        break;
      }
      last++;
    }
    if (!closed) return false;
    let first = at;
    while (
      first > 0 &&
      times[first] - times[first - 1] <= maxGapSeconds &&
      instant - times[first - 1] < latencySeconds
    ) {
      first--;
    }
    while (last - first + 1 > this.#mostTaps) {
      if (instant - times[first] > times[last] - instant) first++;
      else last--;
    }
    this.#instantNow[0] = instant;
    this.#fit(out, first, last - first + 1);
    this.#next++;
    // One frame before the window stays, to tell the gap before it.
    if (first > this.#mostTaps) this.#forget(first - 1);
    return true;
  }

  /** Weights for one instant, and the weighted sums. */
  #fit(out: Float64Array, first: number, count: number): void {
    const instant = this.#instantNow[0];
    const times = this.#times;
    const matrix = this.#matrix;
    const weights = this.#weights;
    const ones = this.#ones;
    const pass = this.#passHertz;
    const stop = this.#stopHertz;
    const top = this.#topHertz;
    for (let i = 0; i < count; i++) {
      const time = times[first + i];
      weights[i] = pass * sinc(2 * pass * (time - instant));
      ones[i] = 1;
      for (let j = 0; j <= i; j++) {
        const distance = time - times[first + j];
        // ∫cos(2πf·distance)df over both bands; where the rate does not fall the stop band is empty.
        let sum = pass * sinc(2 * pass * distance);
        if (stop < top) sum += top * sinc(2 * top * distance) - stop * sinc(2 * stop * distance);
        matrix[i * count + j] = sum;
      }
      matrix[i * count + i] += NOISE_SHARE * top;
    }
    solve(matrix, weights, ones, count);
    // Lagrange's multiplier makes the weights sum to 1: a constant, the gravity in an accelerometer, stays what it is.
    let sumOfWeights = 0;
    let sumOfOnes = 0;
    for (let i = 0; i < count; i++) {
      sumOfWeights += weights[i];
      sumOfOnes += ones[i];
    }
    const share = (1 - sumOfWeights) / sumOfOnes;
    for (let channel = 0; channel < this.channels; channel++) {
      let sum = 0;
      for (let i = 0; i < count; i++) {
        sum += (weights[i] + share * ones[i]) * this.#values[(first + i) * this.channels + channel];
      }
      out[channel] = sum;
    }
  }
}

/** Solves a symmetric, positive definite system for two right sides in place, by Cholesky's method (1910). */
function solve(matrix: Float64Array, a: Float64Array, b: Float64Array, count: number): void {
  for (let i = 0; i < count; i++) {
    const row = i * count;
    for (let j = 0; j <= i; j++) {
      const other = j * count;
      let sum = matrix[row + j];
      for (let k = 0; k < j; k++) sum -= matrix[row + k] * matrix[other + k];
      // Rounding may leave a pivot of nothing where stamps nearly coincide.
      if (i === j) matrix[row + i] = Math.sqrt(Math.max(sum, Number.MIN_VALUE));
      else matrix[row + j] = sum / matrix[other + j];
    }
    for (let k = 0; k < i; k++) {
      a[i] -= matrix[row + k] * a[k];
      b[i] -= matrix[row + k] * b[k];
    }
    a[i] /= matrix[row + i];
    b[i] /= matrix[row + i];
  }
  for (let i = count - 1; i >= 0; i--) {
    for (let k = i + 1; k < count; k++) {
      a[i] -= matrix[k * count + i] * a[k];
      b[i] -= matrix[k * count + i] * b[k];
    }
    a[i] /= matrix[i * count + i];
    b[i] /= matrix[i * count + i];
  }
}
