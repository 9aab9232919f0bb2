/**
 * One scale for each channel, so that all have about the same size before they are rotated into one another: without it a loud
 * channel's rounding errors are spread over the quiet ones.
 *
 * Source: G. Xiao and others, SmoothQuant (2023), for scaling the channels of a quantised product.
 */
import { checkNumber, checkOneOf, checkPlanes, throwRange, throwType } from '../engine/check.js';
import { ln } from '../engine/exact-math.js';

/**
 * What a channel's scale is made of: `rms` its root mean square, `median` the median of its magnitudes, `max` the largest of
 * them, `sqrt-max` the square root of that, `log` log2(1 + max/m) with m the median of all channels' largest; `none`: 1.
 */
export type ScalingRule = 'none' | 'rms' | 'median' | 'max' | 'sqrt-max' | 'log';

export const scalingRules: readonly ScalingRule[] = ['none', 'rms', 'median', 'max', 'sqrt-max', 'log'];

/**
 * Puts the statistic that a rule needs into `statistics[channel]`: of the `count` values from `at` on. Sorts a copy in
 * `scratch` for medians. Numbers go in and out through arrays: returned, they would cost the heap an object each.
 */
export function fillStatistic(
  rule: ScalingRule,
  values: Float32Array,
  at: number,
  count: number,
  scratch: Float32Array,
  statistics: Float64Array,
  channel: number,
): void {
  if (rule === 'none' || count === 0) {
    statistics[channel] = 1;
  } else if (rule === 'rms') {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += values[at + i] * values[at + i];
    statistics[channel] = sum / count;
  } else if (rule === 'median') {
    for (let i = 0; i < scratch.length; i++) scratch[i] = i < count ? Math.abs(values[at + i]) : Infinity;
    scratch.sort();
    statistics[channel] = (scratch[(count - 1) >> 1] + scratch[count >> 1]) / 2;
  } else {
    let largest = 0;
    for (let i = 0; i < count; i++) largest = Math.max(largest, Math.abs(values[at + i]));
    statistics[channel] = largest;
  }
}

/** Binary places of the logarithm. */
const LOGARITHM_BITS = 48;

/** Scales from the statistics of all channels; a channel without any signal keeps its `scales`. */
export function fillScales(
  rule: ScalingRule,
  statistics: Float64Array,
  scratch: Float64Array,
  scales: Float64Array,
): void {
  let middle = 0;
  if (rule === 'log') {
    scratch.set(statistics);
    scratch.sort();
    middle = scratch[scratch.length >> 1];
  }
  for (let channel = 0; channel < scales.length; channel++) {
    const statistic = statistics[channel];
    if (!(statistic > 0)) continue;
    if (rule === 'rms' || rule === 'sqrt-max') {
      scales[channel] = Math.sqrt(statistic);
    } else if (rule !== 'log') {
      scales[channel] = statistic;
    } else {
      // log2(1 + x): whole octaves, then a bit of the fraction with every squaring.
      let rest = 1 + statistic / (middle > 0 ? middle : statistic);
      let logarithm = 0;
      for (; rest >= 2; rest /= 2) logarithm++;
      for (let bit = 0, weight = 0.5; bit < LOGARITHM_BITS; bit++, weight /= 2) {
        rest *= rest;
        if (rest < 2) continue;
        rest /= 2;
        logarithm += weight;
      }
      scales[channel] = logarithm;
    }
  }
}

/**
 * The scale of each channel by a rule, from a recording to calibrate with: one plane a channel. A silent channel has scale 1.
 * NaN and infinities are an error. Not real-time safe; for a stream without calibration see `RunningScalingStage`.
 *
 * @throws TypeError or RangeError for planes of another type or of different lengths, or values that are not finite.
 * @example
 * ```ts
 * import { channelScales, scaleChannels } from 'paley';
 *
 * const planes = [Float32Array.of(1, -1, 1, -1), Float32Array.of(50, 50, -50, 50)];
 * const scales = channelScales(planes, 'rms'); // 1 50
 * console.log(scaleChannels(planes, scales)); // both of size 1
 * ```
 */
export function channelScales(planes: Float32Array[], rule: ScalingRule): Float64Array {
  if (!Array.isArray(planes)) throwType('planes', 'an array of Float32Array planes', planes);
  const length = checkPlanes('planes', planes, planes.length);
  checkOneOf('rule', rule, scalingRules);
  const scratch = new Float32Array(rule === 'median' ? length : 0);
  const statistics = new Float64Array(planes.length);
  for (const [channel, plane] of planes.entries()) {
    const fault = plane.findIndex((value) => !(Math.abs(value) < Infinity));
    if (fault >= 0) throwRange(`planes[${channel}]`, 'finite values', plane[fault]);
    fillStatistic(rule, plane, 0, length, scratch, statistics, channel);
  }
  const scales = new Float64Array(planes.length).fill(1);
  fillScales(rule, statistics, new Float64Array(planes.length), scales);
  return scales;
}

/** One positive, finite number a channel. */
export function checkScales(title: string, scales: unknown, channels: number): Float64Array {
  if (!Array.isArray(scales) && !ArrayBuffer.isView(scales)) throwType(title, 'an array of numbers', scales);
  const values = scales as ArrayLike<number>;
  if (values.length !== channels) throwRange(title, `${channels} scales`, values.length);
  return Float64Array.from({ length: channels }, (_, channel) =>
    checkNumber(`${title}[${channel}]`, values[channel], 2 ** -100, 2 ** 100),
  );
}

/**
 * Planes divided by their channels' scales, or with `inverse` multiplied by them; fresh arrays. Not real-time safe.
 *
 * @throws TypeError or RangeError for planes of another type, or scales that are not one positive number a channel.
 * @example
 * ```ts
 * import { scaleChannels } from 'paley';
 *
 * console.log(scaleChannels([Float32Array.of(10, 20)], [10])); // 1 2
 * console.log(scaleChannels([Float32Array.of(1, 2)], [10], { inverse: true })); // 10 20
 * ```
 */
export function scaleChannels(
  planes: Float32Array[],
  scales: ArrayLike<number>,
  options: { readonly inverse?: boolean } = {},
): Float32Array[] {
  if (!Array.isArray(planes)) throwType('planes', 'an array of Float32Array planes', planes);
  checkPlanes('planes', planes, planes.length);
  const factors = checkScales('scales', scales, planes.length);
  return planes.map((plane, channel) => {
    const factor = options.inverse ? factors[channel] : 1 / factors[channel];
    return plane.map((value) => value * factor);
  });
}

/** Errors of a multichannel signal, in dB: one alone says little where channels differ in size. */
export interface ChannelErrors {
  /** All energy over all error: what the loudest channels have. */
  readonly totalDecibels: number;
  /** Mean over the channels of their ratios in dB. */
  readonly meanChannelDecibels: number;
  /** The least ratio of a channel. */
  readonly worstChannelDecibels: number;
}

/**
 * Signal over error of all channels together, on the mean, and of the worst one. Channels without any signal are left out of
 * the last two; without any error a ratio is Infinity. Not real-time safe.
 *
 * @throws TypeError or RangeError for planes of another type or length.
 * @example
 * ```ts
 * import { channelErrors } from 'paley';
 *
 * const original = [Float32Array.of(100, 100), Float32Array.of(1, 1)];
 * const decoded = [Float32Array.of(101, 99), Float32Array.of(0.5, 1.5)];
 * console.log(channelErrors(original, decoded)); // total 39, mean 23, worst 6 dB
 * ```
 */
export function channelErrors(original: Float32Array[], decoded: Float32Array[]): ChannelErrors {
  if (!Array.isArray(original)) throwType('original', 'an array of Float32Array planes', original);
  const length = checkPlanes('original', original, original.length);
  if (checkPlanes('decoded', decoded, original.length) !== length) {
    throwRange('decoded', `${length} frames, as the original`, decoded[0].length);
  }
  let [signals, errors] = [0, 0];
  const ratios: number[] = [];
  for (const [channel, plane] of original.entries()) {
    let [signal, error] = [0, 0];
    for (const [i, value] of plane.entries()) {
      signal += value * value;
      error += (value - decoded[channel][i]) * (value - decoded[channel][i]);
    }
    signals += signal;
    errors += error;
    if (signal > 0) ratios.push(decibels(signal, error));
  }
  return {
    totalDecibels: decibels(signals, errors),
    meanChannelDecibels: ratios.reduce((sum, ratio) => sum + ratio / ratios.length, 0),
    worstChannelDecibels: ratios.reduce((least, ratio) => Math.min(least, ratio), Infinity),
  };
}

function decibels(signal: number, error: number): number {
  if (error === 0) return Infinity;
  return signal === 0 ? -Infinity : (10 * ln(signal / error)) / Math.LN10;
}
