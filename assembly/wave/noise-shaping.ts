// What noise shaping does once a span: the filter that follows the signal, and the errors handed from span to span.
import {
  CHANNEL_PATH,
  COEFFICIENTS,
  ERRORS,
  FRAMES,
  INPUT,
  NOISE_FILTER,
  NOISE_SHAPING,
  ORDER,
  OUTPUT,
  PLAN_ORDER,
  SCRATCH,
  SHAPING_ORDER,
  STATE,
} from '../lib/wave-layout';
import { heldError } from '../lib/wave-shaping';

/** The filter that follows the signal. */
const ADAPTIVE = 2;
/** W(z) = A(z/γ): the signal's resonances, wider by −ln(γ)/π of the sample rate. */
const WIDENING: f64 = 0.8;
const NARROWER: f64 = 0.9;
const MOST_TRIES = 16;
/** Most noise power that shaping adds: 10^0.4, 4 dB. */
const MOST_GAIN: f64 = 2.51188643150958;

/**
 * Power of white noise through 1/W, from W's reflections, which step-down finds (J. D. Markel and A. H. Gray, 1976);
 * infinite where 1/W is not stable. `set` has w1 … as f64 and is overwritten.
 */
function noiseGain(set: usize, order: i32): f64 {
  let gain: f64 = 1;
  for (let m = order; m > 0; m--) {
    const k = load<f64>(set + 8 * (m - 1));
    const left = 1 - k * k;
    if (!(left > 0)) return Infinity;
    gain /= left;
    let low = set;
    let high = set + 8 * (m - 2);
    for (; low <= high; low += 8, high -= 8) {
      const first = load<f64>(low);
      const second = load<f64>(high);
      store<f64>(low, (first - k * second) / left);
      store<f64>(high, (second - k * first) / left);
    }
  }
  return gain;
}

/**
 * W from the channel's coefficients a, w[j] = −a[j]·γ^j, with the largest γ of a few at which the noise grows by no more than
 * it may. Those beyond the 16th would weigh less than γ^16 = 0.03 of what they are.
 */
function followSignal(plan: usize, channel: usize): void {
  const order = min(load<i32>(plan, PLAN_ORDER), SHAPING_ORDER);
  const filter = <usize>load<u32>(plan, NOISE_FILTER);
  const set = <usize>load<u32>(plan, SCRATCH);
  const newest = channel + COEFFICIENTS + 4 * (ORDER * ORDER + load<i32>(plan, PLAN_ORDER) - 1);
  let gamma = WIDENING;
  for (let tries = 0; tries < MOST_TRIES; tries++, gamma *= NARROWER) {
    let weight = gamma;
    for (let j = 0; j < order; j++, weight *= gamma) {
      const w = -weight * <f64>load<f32>(newest - 4 * j);
      store<f64>(set + 8 * j, w);
      store<f32>(filter + 4 * (SHAPING_ORDER - 1 - j), <f32>w);
    }
    if (noiseGain(set, order) <= MOST_GAIN) return;
  }
  memory.fill(filter, 0, 4 * SHAPING_ORDER);
}

/** Readies a channel's path for the span, at its step. */
export function beginShaping(plan: usize, channel: usize, step: f32): void {
  const shaping = load<i32>(plan, NOISE_SHAPING);
  if (!shaping) return;
  if (shaping === ADAPTIVE) followSignal(plan, channel);
  for (let at: usize = 0; at < 4 * SHAPING_ORDER; at += 4) {
    store<f32>(channel + at, heldError(load<f32>(channel + at, STATE + ERRORS), step), CHANNEL_PATH + ERRORS);
  }
}

/**
 * Keeps the last errors of the span just coded: of the channel itself, which in a difference is the same, since that
 * is taken from the decoded channel before.
 */
export function keepErrors(plan: usize, channel: usize): void {
  if (!load<i32>(plan, NOISE_SHAPING)) return;
  const last = channel + 4 * (load<i32>(plan, FRAMES) - SHAPING_ORDER);
  for (let at: usize = 0; at < 4 * SHAPING_ORDER; at += 4) {
    store<f32>(channel + at, load<f32>(last + at, OUTPUT) - load<f32>(last + at, INPUT), STATE + ERRORS);
  }
}
