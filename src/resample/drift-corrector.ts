/** Two clocks that are meant to be equal and are not: the sensor's and the sound card's, the sender's and the receiver's. */
import { checkNumber, checkOptions } from '../engine/check.js';
import type { RatioChange } from './options.js';

export interface DriftCorrectorOptions {
  /** Frames that the buffer is to hold. */
  readonly targetFrames: number;
  /** Frames per second that are taken from the buffer, as far as is known: the resampler's `to`. */
  readonly sampleRate: number;
  /** The ratio to start from: the resampler's to/from. Default 1. */
  readonly ratio?: number;
  /** How fast it answers: a disturbance is down to a tenth after four times this. 0.01 to 1e6. Default 5. */
  readonly timeConstantSeconds?: number;
  /** The ratio is at most this fraction above or below `ratio`. Above 0, at most 0.5. Default 0.001, 1000 ppm. */
  readonly maxDeviation?: number;
}

const OPTION_NAMES = ['targetFrames', 'sampleRate', 'ratio', 'timeConstantSeconds', 'maxDeviation'] as const;

/** What `steer` steers: a `Resampler`. */
export interface RatioFollower {
  setRatio(ratio: Float64Array, change?: RatioChange): void;
}

/**
 * Keeps a buffer of resampled frames full when what fills it and what empties it run on different clocks: from the buffer's
 * fill it tells the ratio the resampler should have.
 *
 * A proportional and integral controller. With the error e, the fill less the target in seconds (frames over
 * `sampleRate`), the ratio is r·(1 − (2/τ)·e − (1/τ²)·∫e dt), τ being the time constant. The fill's rate of change is the
 * ratio's deviation less the clocks', so that e″ + (2/τ)·e′ + e/τ² = 0: critically damped. Clocks that come
 * to differ by d move the fill by at most d·τ/e seconds, once and to one side; a fill that starts off by some error crosses
 * the target once, by 14 % of that error; nothing is left of either, whatever the (constant) difference of the clocks.
 * Where the ratio is at its limit the integral waits.
 *
 * Fill counted in blocks jumps by a block: a time constant long against the blocks' period keeps that out of the pitch.
 * `update` and `steer` are real-time safe.
 *
 * @example
 * ```ts
 * import { DriftCorrector, Engine, Resampler } from 'paley';
 *
 * const engine = await Engine.load();
 * const resampler = new Resampler(engine, { from: 48000, to: 48000, minRatio: 0.999, maxRatio: 1.001 });
 * const corrector = new DriftCorrector({ targetFrames: 1024, sampleRate: 48000, maxDeviation: 0.001 });
 * // Once a block: the frames now in the buffer, and the seconds since the last time.
 * corrector.steer(resampler, 1030, 128 / 48000, { overFrames: 128 });
 * ```
 */
export class DriftCorrector {
  readonly targetFrames: number;
  readonly #sampleRate: number;
  readonly #ratio: number;
  readonly #proportional: number;
  readonly #integral: number;
  readonly #maxDeviation: number;
  /** The integral of the error; in an array, where a number is no object of its own. */
  readonly #sum = new Float64Array(1);
  readonly #wanted = new Float64Array(1);

  /** @throws TypeError or RangeError for options out of range. */
  constructor(options: DriftCorrectorOptions) {
    checkOptions('DriftCorrectorOptions', options, OPTION_NAMES);
    this.targetFrames = checkNumber('targetFrames', options.targetFrames, 0, 2 ** 40);
    this.#sampleRate = checkNumber('sampleRate', options.sampleRate, 1e-6, 1e9);
    this.#ratio = checkNumber('ratio', options.ratio ?? 1, 1 / 256, 256);
    const timeConstant = checkNumber('timeConstantSeconds', options.timeConstantSeconds ?? 5, 0.01, 1e6);
    this.#maxDeviation = checkNumber('maxDeviation', options.maxDeviation ?? 0.001, Number.MIN_VALUE, 0.5);
    this.#proportional = 2 / timeConstant;
    this.#integral = 1 / (timeConstant * timeConstant);
  }

  /**
   * The ratio from here on.
   *
   * @param fillFrames frames in the buffer
   * @param elapsedSeconds since the last call: 0 or more
   */
  update(fillFrames: number, elapsedSeconds: number): number {
    this.#update(fillFrames, elapsedSeconds);
    return this.#wanted[0];
  }

  /**
   * `update`, and the resampler's `setRatio` with what it finds: not a number between them that the garbage collector would
   * have to see to.
   *
   * @throws as `setRatio`: where the ratio is outside the resampler's bounds
   */
  steer(resampler: RatioFollower, fillFrames: number, elapsedSeconds: number, change?: RatioChange): void {
    this.#update(fillFrames, elapsedSeconds);
    resampler.setRatio(this.#wanted, change);
  }

  #update(fillFrames: number, elapsedSeconds: number): void {
    checkNumber('fillFrames', fillFrames, 0, Number.MAX_VALUE);
    checkNumber('elapsedSeconds', elapsedSeconds, 0, Number.MAX_VALUE);
    const error = (fillFrames - this.targetFrames) / this.#sampleRate;
    const sum = this.#sum[0] + error * elapsedSeconds;
    const wanted = -this.#proportional * error - this.#integral * sum;
    const deviation = Math.max(-this.#maxDeviation, Math.min(this.#maxDeviation, wanted));
    if (deviation === wanted) this.#sum[0] = sum;
    this.#wanted[0] = this.#ratio * (1 + deviation);
  }

  /** Forgets what it has learnt of the clocks. Real-time safe. */
  reset(): void {
    this.#sum[0] = 0;
  }
}
