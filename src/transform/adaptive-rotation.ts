/**
 * A rotation chosen for every block: rotating spreads what is concentrated and so helps clicks, hot channels and heavy tails;
 * it hurts where a few values are all there is to code, as of a sine, and is indifferent to noise. So each block of
 * [channel × time] is left alone, or rotated along time or across channels, and its largest values may be taken out first
 * and kept exactly; what was done is said beside it.
 *
 * Sources: AdaHOP's row, column and no transform by the pattern of outliers (2025); T. Dettmers and others, LLM.int8() (2022),
 * for keeping outliers apart.
 */
import { checkInteger, checkOneOf, checkOptions, checkPowerOfTwo, throwType } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import { exp } from '../engine/exact-math.js';
import { Processor } from '../engine/processor.js';
import { RotationPlan } from './_rotation-plan.js';
import { checkFloats } from './_vector-transform.js';

/** `none`; `time`: each channel's frames are rotated; `channel`: each frame's channels are. */
export type RotationAxis = 'none' | 'time' | 'channel';

export const rotationAxes: readonly RotationAxis[] = ['none', 'time', 'channel'];

/** Replaces values by what a quantiser makes of them; all `channels·frames` of a block, plane after plane. */
export type BlockQuantiser = (values: Float32Array) => void;

export interface AdaptiveRotationOptions {
  /** Frames of a block: a power of two from 1 to 2^16. */
  readonly frames: number;
  /** Channels of a block, from 1 to 4096. Across them it can be rotated where they are a power of two. Default 1. */
  readonly channels?: number;
  /** What is chosen among. Default all that the block has: `channel` not of one channel. */
  readonly axes?: readonly RotationAxis[];
  /** Largest values that may be taken out and kept exactly, from 0 to 255. Default 0. */
  readonly extract?: number;
  /**
   * `crest`: the choice with the least sum of squared peaks, each channel's or a rotated row's, which is what an integer
   * quantiser's noise goes with. `trial`: the choice with the least error behind the quantiser. Default `crest`.
   */
  readonly choose?: 'crest' | 'trial';
  /** For `trial`: the quantiser, an integer one of so many bits for each channel of the block, or a function. Default 4. */
  readonly quantiser?: number | BlockQuantiser;
  /** Chooses the signs of the rotations: a whole number from 0 to 2^53 − 1. Default 0. */
  readonly seed?: number;
}

/** Names of the options, for checks of what a caller passed. */
export const adaptiveOptionNames = ['frames', 'channels', 'axes', 'extract', 'choose', 'quantiser', 'seed'] as const;

/** A value of a block that is kept exactly. */
export interface Outlier {
  /** channel·frames + frame. */
  readonly index: number;
  readonly value: number;
}

/** A block and what was done to it. */
export interface AdaptedBlock {
  readonly axis: RotationAxis;
  /** By index, ascending; empty where none were taken out. */
  readonly outliers: readonly Outlier[];
  /** What is left, rotated: `channels·frames` values, plane after plane. */
  readonly values: Float32Array;
}

/** Bits that an outlier costs: its index and its value. */
export const OUTLIER_BITS = 64;

/**
 * Rotates blocks of `channels·frames` values, plane after plane, each as suits it. The trial is made with the quantiser that
 * will be used, from the block to what comes back of it, so that its choice is never worse than any fixed one; taking values
 * out counts as the factor 4^(bits/values) on the error that as many bits for all values would make up for.
 *
 * `choose` and `restore`, on `buffer`, are real-time safe (a trial as far as the quantiser is).
 *
 * @example
 * ```ts
 * import { AdaptiveRotation, Engine } from 'paley';
 *
 * const engine = await Engine.load();
 * const rotation = new AdaptiveRotation(engine, { frames: 64, choose: 'trial' });
 * const sine = Float32Array.from({ length: 64 }, (_, i) => Math.sin(i * 0.13));
 * const click = Float32Array.from({ length: 64 }, (_, i) => (i === 20 ? 8 : Math.sin(i * i)));
 * console.log(rotation.forward(sine).axis, rotation.forward(click).axis); // none, time
 * console.log(rotation.inverse(rotation.forward(click))); // the click again
 * rotation.dispose();
 * ```
 */
export class AdaptiveRotation extends Processor {
  readonly frames: number;
  readonly channels: number;
  readonly axes: readonly RotationAxis[];
  readonly extract: number;
  readonly seed: number;
  /** The block that `choose` rotates and `restore` turns back, in place. The view never changes. */
  readonly buffer: Float32Array<ArrayBuffer>;
  /** Indices and values of the outliers of the block in `buffer`: the first `outlierCount` of each. */
  readonly outlierIndices: Uint32Array;
  readonly outlierValues: Float32Array;
  outlierCount = 0;
  /** What was done to the block in `buffer`: a place in `rotationAxes`. */
  axisIndex = 0;
  readonly #byTrial: boolean;
  readonly #quantise: BlockQuantiser;
  readonly #timePlan: RotationPlan;
  readonly #channelPlan: RotationPlan | undefined;
  /** The block as it came, a candidate, the candidate transposed, and the best one yet. */
  readonly #original: Float32Array<ArrayBuffer>;
  readonly #candidate: Float32Array<ArrayBuffer>;
  readonly #transposed: Float32Array<ArrayBuffer>;
  readonly #costs = new Float64Array(1);
  /** What the bits of outliers would have taken off the error: one more for every value is 6 dB, a factor of 4. */
  readonly #outlierFactor: number;

  /** @throws TypeError or RangeError for options out of range; EngineMemoryError. */
  constructor(engine: Engine, options: AdaptiveRotationOptions) {
    super(engine);
    checkOptions('AdaptiveRotationOptions', options, adaptiveOptionNames);
    const { channels = 1, extract = 0, choose = 'crest', quantiser = 4, seed = 0 } = options;
    this.frames = checkPowerOfTwo('frames', options.frames, 1, 2 ** 16);
    this.channels = checkInteger('channels', channels, 1, 4096);
    const length = this.frames * this.channels;
    this.extract = checkInteger('extract', extract, 0, Math.min(255, length));
    this.#byTrial = checkOneOf('choose', choose, ['crest', 'trial']) === 'trial';
    this.#quantise = quantiserOf(quantiser, this.frames);
    const acrossChannels = channels > 1 && (channels & (channels - 1)) === 0;
    const possible = rotationAxes.filter((axis) => axis !== 'channel' || acrossChannels);
    const { axes = possible } = options;
    if (!Array.isArray(axes) || axes.length === 0) throwType('axes', `an array of ${possible.join(', ')}`, axes);
    for (const axis of axes) checkOneOf('axes', axis, possible);
    this.axes = Object.freeze(rotationAxes.filter((axis) => axes.includes(axis)));
    this.seed = checkInteger('seed', seed, 0, Number.MAX_SAFE_INTEGER);
    this.#timePlan = new RotationPlan(engine, 'frames', this.frames, { seed });
    this.#timePlan.useMasks(this.reserve(this.#timePlan.maskBytes));
    if (acrossChannels) {
      this.#channelPlan = new RotationPlan(engine, 'channels', channels, { seed });
      this.#channelPlan.useMasks(this.reserve(this.#channelPlan.maskBytes));
    }
    this.buffer = this.reserveFloat32(length);
    this.#original = this.reserveFloat32(length);
    this.#candidate = this.reserveFloat32(length);
    this.#transposed = this.reserveFloat32(length);
    this.#outlierFactor = exp((2 * Math.LN2 * extract * OUTLIER_BITS) / length);
    this.outlierIndices = new Uint32Array(extract);
    this.outlierValues = new Float32Array(extract);
  }

  /** Chooses for the block in `buffer`, and rotates it; NaN and infinities have to be gone. Real-time safe. */
  choose(): void {
    this.checkAlive();
    const { buffer, axes } = this;
    const original = this.#original;
    original.set(buffer);
    let best = Infinity;
    let bestAxis = rotationAxes.indexOf(axes[0]);
    let bestCount = 0;
    for (let count = 0; ; count = this.extract) {
      for (let i = 0; i < axes.length; i++) {
        const axis = rotationAxes.indexOf(axes[i]);
        this.#makeCandidate(axis, count);
        this.#measure(axis, count);
        if (this.#costs[0] < best) {
          best = this.#costs[0];
          bestAxis = axis;
          bestCount = count;
        }
      }
      if (count === this.extract) break;
    }
    this.#makeCandidate(bestAxis, bestCount);
    this.axisIndex = bestAxis;
    buffer.set(this.#candidate);
  }

  /** Undoes `choose` in place, by `axisIndex` and the outliers. Real-time safe. */
  restore(): void {
    this.checkAlive();
    this.#rotate(this.buffer, this.axisIndex, true);
    for (let i = 0; i < this.outlierCount; i++) this.buffer[this.outlierIndices[i]] = this.outlierValues[i];
  }

  /**
   * The block `x` as suits it. Overwrites `buffer`. NaN and infinities become zero. Not real-time safe.
   * @throws TypeError or RangeError for an array of another type or length; DisposedError.
   */
  forward(x: Float32Array): AdaptedBlock {
    this.#take('x', x);
    for (let i = 0; i < x.length; i++) if (!(Math.abs(x[i]) < Infinity)) this.buffer[i] = 0;
    this.choose();
    const outliers = Array.from({ length: this.outlierCount }, (_, i) => ({
      index: this.outlierIndices[i],
      value: this.outlierValues[i],
    }));
    return { axis: rotationAxes[this.axisIndex], outliers, values: this.buffer.slice() };
  }

  /**
   * Undoes `forward`. Overwrites `buffer`. Not real-time safe.
   * @throws TypeError or RangeError for a block of another shape; DisposedError.
   */
  inverse(block: AdaptedBlock): Float32Array {
    if (typeof block !== 'object' || block === null)
      throwType('block', 'a block with axis, outliers and values', block);
    const { axis, outliers, values } = block;
    checkOneOf('block.axis', axis, this.#channelPlan === undefined ? ['none', 'time'] : rotationAxes);
    if (!Array.isArray(outliers)) throwType('block.outliers', 'an array', outliers);
    checkInteger('block.outliers.length', outliers.length, 0, this.extract);
    this.#take('block.values', values);
    this.axisIndex = rotationAxes.indexOf(axis);
    this.outlierCount = outliers.length;
    for (const [i, { index, value }] of outliers.entries()) {
      this.outlierIndices[i] = checkInteger(`block.outliers[${i}].index`, index, 0, values.length - 1);
      this.outlierValues[i] = value;
    }
    this.restore();
    return this.buffer.slice();
  }

  #take(title: string, x: Float32Array): void {
    this.checkAlive();
    checkFloats(title, x, this.buffer.length);
    if (!(x instanceof Float32Array)) throwType(title, 'a Float32Array', x);
    this.buffer.set(x);
  }

  /** Puts the original without its `count` largest values, rotated, where candidates are. */
  #makeCandidate(axis: number, count: number): void {
    const candidate = this.#candidate;
    candidate.set(this.#original);
    this.outlierCount = count;
    for (let i = 0; i < count; i++) {
      let largest = 0;
      for (let k = 1; k < candidate.length; k++) if (Math.abs(candidate[k]) > Math.abs(candidate[largest])) largest = k;
      // Kept in the order of their indices.
      let place = i;
      for (; place > 0 && this.outlierIndices[place - 1] > largest; place--) {
        this.outlierIndices[place] = this.outlierIndices[place - 1];
        this.outlierValues[place] = this.outlierValues[place - 1];
      }
      this.outlierIndices[place] = largest;
      this.outlierValues[place] = this.#original[largest];
      candidate[largest] = 0;
    }
    this.#rotate(candidate, axis, false);
  }

  /** Leaves the cost of the candidate in the first of the costs. */
  #measure(axis: number, count: number): void {
    const candidate = this.#candidate;
    const original = this.#original;
    const { frames, channels } = this;
    let cost = 0;
    if (this.#byTrial) {
      this.#quantise(candidate);
      this.#rotate(candidate, axis, true);
      for (let i = 0; i < count; i++) candidate[this.outlierIndices[i]] = this.outlierValues[i];
      for (let i = 0; i < candidate.length; i++) {
        const error = candidate[i] - original[i];
        cost += error * error;
      }
    } else {
      for (let channel = 0; channel < channels; channel++) {
        let peak = 0;
        for (let i = channel * frames; i < (channel + 1) * frames; i++) peak = Math.max(peak, Math.abs(candidate[i]));
        cost += peak * peak;
      }
    }
    this.#costs[0] = count > 0 ? cost * this.#outlierFactor : cost;
  }

  #rotate(values: Float32Array<ArrayBuffer>, axis: number, inverse: boolean): void {
    const { frames, channels } = this;
    if (axis === 0) return;
    if (axis === 1) {
      if (inverse) this.#timePlan.inverse(values.byteOffset, channels);
      else this.#timePlan.forward(values.byteOffset, channels);
      return;
    }
    const plan = this.#channelPlan as RotationPlan;
    const transposed = this.#transposed;
    for (let channel = 0; channel < channels; channel++) {
      for (let t = 0; t < frames; t++) transposed[t * channels + channel] = values[channel * frames + t];
    }
    if (inverse) plan.inverse(transposed.byteOffset, frames);
    else plan.forward(transposed.byteOffset, frames);
    for (let channel = 0; channel < channels; channel++) {
      for (let t = 0; t < frames; t++) values[channel * frames + t] = transposed[t * channels + channel];
    }
  }
}

/** A function as it is; of a number of bits the symmetric integer quantiser with one step for each run of values. */
function quantiserOf(quantiser: unknown, run: number): BlockQuantiser {
  if (typeof quantiser === 'function') return quantiser as BlockQuantiser;
  const bits = checkInteger('quantiser', quantiser, 2, 16);
  const codes = (1 << (bits - 1)) - 1;
  return (values) => {
    for (let from = 0; from < values.length; from += run) {
      let peak = 0;
      for (let i = from; i < from + run; i++) peak = Math.max(peak, Math.abs(values[i]));
      const step = peak / codes;
      for (let i = from; i < from + run && step > 0; i++) values[i] = step * Math.round(values[i] / step);
    }
  };
}
