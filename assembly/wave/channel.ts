// One channel's part of a span: prediction, levels, adaptation, sample after sample. Decoder and encoder run the same
// function, so that their states cannot part; only where the level comes from differs.

import { runAlone } from '../lib/wave-alone';
import {
  CHANNEL_BYTES,
  CHANNEL_PATH,
  COEFFICIENTS,
  CONTEXTS,
  COSTS,
  CROSS,
  CROSS_ERROR,
  CROSS_ON,
  CROSS_RATE,
  CROSS_TAPS,
  DECODING,
  DIFFERENCE,
  EXACT,
  FRAMES,
  FREQUENCIES,
  HELD,
  HIGHEST,
  KEY,
  LAMBDA,
  LARGEST_ERROR,
  LEVELS,
  LOWEST,
  NEW_EXACT,
  NEW_LARGEST_ERROR,
  NEW_SHIFT,
  NEW_STEP_INDEX,
  ORDER,
  OUTPUT,
  OWN,
  OWN_ERROR,
  PAST,
  PLAN_ORDER,
  PLAN_TAPS,
  RATE,
  REFERENCE,
  RESIDUAL,
  RESIDUALS,
  SAMPLE,
  SAMPLES,
  SHIFT,
  STATE,
  STATE_BYTES,
  STEP_INDEX,
  STEPS,
  TABLES,
  TAPS,
  TARGET,
  WARM_UP,
  WIDTH,
} from '../lib/wave-layout';
import {
  CONTEXT_COUNT,
  COST_ROW,
  contextOf,
  decodeLevel,
  encodeLevel,
  FREQUENCY_ROW,
  firstScale,
  keptShares,
  levelCost,
  loadMeans,
  meanShares,
  moveMeans,
  newShare,
  nextScale,
  rawBitsOf,
  storeMeans,
} from '../lib/wave-levels';
import { adapt, clampTo, dot, predict } from '../lib/wave-predict';
import { noiseFilter, shapedTarget, takeError } from '../lib/wave-shaping';

/** The step of this span: from the table, or for exact spans the whole number 2e + 1, or 2^shift. */
export function stepOf(plan: usize): f32 {
  if (!load<i32>(plan, NEW_EXACT))
    return load<f32>(<usize>load<u32>(plan, STEPS) + 4 * load<i32>(plan, NEW_STEP_INDEX));
  return exactStep(load<i32>(plan, NEW_LARGEST_ERROR), load<i32>(plan, NEW_SHIFT));
}

/** That of the span before. */
function stepBefore(plan: usize): f32 {
  if (!load<i32>(plan, EXACT)) return load<f32>(<usize>load<u32>(plan, STEPS) + 4 * load<i32>(plan, STEP_INDEX));
  return exactStep(load<i32>(plan, LARGEST_ERROR), load<i32>(plan, SHIFT));
}

function exactStep(largestError: i32, shift: i32): f32 {
  return <f32>((2 * largestError + 1) << shift);
}

/** The sample a level means: nearest to prediction + level · step, or, exact, a whole number of steps from the prediction. */
export function reconstruct(prediction: f32, level: i32, step: f32, exact: bool, shift: i32): f32 {
  if (!exact) return nearest<f32>(prediction + <f32>level * step);
  // With a shift the prediction, too, goes to the grid of multiples of 2^shift.
  const grid = <f32>(1 << shift);
  return <f32>(<i64>(nearest<f32>(prediction / grid) * grid) + <i64>level * <i64>step);
}

/** The whole-number level nearest to a quotient, held to what the coder takes. */
export function nearestLevel(quotient: f32): i32 {
  return <i32>clampTo(nearest<f32>(quotient), -33554431, 33554431);
}

/**
 * The level of an exact packet, in float64: the difference of two 24-bit samples has more bits than a float32, and a
 * quotient rounded to half-way would be a level beside the one that holds the bound.
 */
function exactLevel(wanted: f32, prediction: f32, step: f32): i32 {
  return <i32>nearest<f64>((<f64>wanted - <f64>prediction) / <f64>step);
}

/** Sends the channel before through this one's linear prediction, 16 samples of the past included. */
function filterReference(channel: usize, order: i32, frames: i32): void {
  const coefficients = channel + COEFFICIENTS + 4 * ORDER * ORDER;
  const orderBytes = <usize>(4 * order);
  let source = channel - CHANNEL_BYTES + SAMPLES + 4 * (PAST - CROSS_TAPS);
  let target = channel + REFERENCE;
  for (let n = -CROSS_TAPS; n < frames; n++, source += 4, target += 4) {
    store<f32>(target, load<f32>(source) - dot(coefficients, source - orderBytes, orderBytes));
  }
}

/** Sets the channel's path to where the span begins. */
export function beginChannel(plan: usize, channel: usize, index: i32): void {
  const path = channel + CHANNEL_PATH;
  memory.copy(path, channel + STATE, STATE_BYTES);
  store<u32>(path, <u32>(channel + SAMPLES + 4 * PAST), SAMPLE);
  store<u32>(path, <u32>(channel + RESIDUALS + 4 * TAPS), RESIDUAL);
  // Means are counted in steps, and the step may be another one.
  if (!load<i32>(plan, KEY)) {
    storeMeans(path, f32x4.mul(loadMeans(path), f32x4.splat(stepBefore(plan) / stepOf(plan))));
  }
  store<f64>(channel, 0, OWN_ERROR);
  store<f64>(channel, 0, CROSS_ERROR);
  if (index > 0) filterReference(channel, load<i32>(plan, PLAN_ORDER), load<i32>(plan, FRAMES));
}

// The four of them apart, so that what is constant is.
function decodeLite(plan: usize, channel: usize, step: f32): void {
  runAlone(plan, channel, step, true, true);
}

function decodeFull(plan: usize, channel: usize, step: f32): void {
  runAlone(plan, channel, step, false, true);
}

function encodeLite(plan: usize, channel: usize, step: f32): void {
  runAlone(plan, channel, step, true, false);
}

function encodeFull(plan: usize, channel: usize, step: f32): void {
  runAlone(plan, channel, step, false, false);
}

/** Runs the channel through the span: decodes its levels, or codes those in LEVELS, or (width 1) chooses them as it goes. */
export function runChannel(plan: usize, channel: usize, index: i32): void {
  const decoding = <bool>load<i32>(plan, DECODING);
  const shaping = !decoding && load<i32>(plan, WIDTH) === 1 && noiseFilter(plan) !== 0;
  const step = stepOf(plan);
  if (index > 0 || shaping || load<i32>(plan, NEW_EXACT)) {
    runBeside(plan, channel, index, step, decoding);
  } else if (load<i32>(plan, PLAN_TAPS) > 16) {
    decoding ? decodeLite(plan, channel, step) : encodeLite(plan, channel, step);
  } else {
    decoding ? decodeFull(plan, channel, step) : encodeFull(plan, channel, step);
  }
  giveOutput(plan, channel, load<i32>(channel, DIFFERENCE) !== 0);
}

/** The loop for exact spans, for channels that the one before helps to predict, and for noise that is shaped. */
function runBeside(plan: usize, channel: usize, index: i32, step: f32, decoding: bool): void {
  const path = channel + CHANNEL_PATH;
  const frames = load<i32>(plan, FRAMES);
  const orderBytes = <usize>(4 * load<i32>(plan, PLAN_ORDER));
  const tapBytes = <usize>(4 * load<i32>(plan, PLAN_TAPS));
  const choosing = !decoding && load<i32>(plan, WIDTH) === 1;
  const exact = <bool>load<i32>(plan, NEW_EXACT);
  const filter = choosing ? noiseFilter(plan) : 0;
  const inverse = <f32>1 / step;
  const shift = load<i32>(plan, NEW_SHIFT);
  const widening: f32 = load<i32>(channel, DIFFERENCE) ? 2 : 1;
  const lowest = widening * load<f32>(plan, LOWEST);
  const highest = widening * (load<f32>(plan, HIGHEST) + 1) - 1;
  const rate = load<f32>(plan, RATE);
  const crossRate = load<f32>(plan, CROSS_RATE);
  const lambda = load<f32>(plan, LAMBDA);
  const crossOn = load<i32>(channel, CROSS_ON) !== 0;
  const tables = load<i32>(channel, TABLES);
  const kept = keptShares(tables);
  const share = newShare(tables);
  const firstOfClass = CONTEXT_COUNT * tables;
  const frequencies = <usize>load<u32>(plan, FREQUENCIES) + (firstOfClass << FREQUENCY_ROW);
  const costs = <usize>load<u32>(plan, COSTS) + (firstOfClass << COST_ROW);
  const warmUp = load<i32>(channel, WARM_UP);
  const held = load<i32>(plan, HELD);
  let reference = index > 0 ? channel + REFERENCE + 4 * CROSS_TAPS : 0;
  let ownError: f64 = 0;
  let crossErrors: f64 = 0;
  let means = loadMeans(path);
  let scales = firstScale(means, meanShares(tables));

  for (let n = 0; n < frames; n++) {
    const set = min(warmUp + n, ORDER);
    predict(path, channel + COEFFICIENTS + 4 * ORDER * set, orderBytes, tapBytes, reference);
    const own = load<f32>(path, OWN);
    const both = own + load<f32>(path, CROSS);
    const prediction = clampTo(crossOn ? both : own, lowest, highest);
    const scale = f32x4.extract_lane(scales, 0);
    let context = contextOf(reinterpret<i32>(scale));
    const rawBits = rawBitsOf(context);
    context -= rawBits << 2;
    const table = frequencies + (context << FREQUENCY_ROW);
    let level = 0;
    if (decoding) {
      level = decodeLevel(plan, table, rawBits);
      store<i32>(channel + 4 * n, level, LEVELS);
    } else {
      if (choosing) {
        if (n < held) {
          const wanted = shapedTarget(path, filter, load<f32>(channel + 4 * n, TARGET));
          const costsHere = costs + (context << COST_ROW);
          level = exact
            ? exactLevel(wanted, reconstruct(prediction, 0, step, true, shift), step)
            : chooseLevel(wanted, prediction, step, inverse, lambda, costsHere, rawBits, lowest, highest);
        }
        store<i32>(channel + 4 * n, level, LEVELS);
      } else {
        level = load<i32>(channel + 4 * n, LEVELS);
      }
      store<i32>(channel + 4 * n, (firstOfClass + context) | (rawBits << 8), CONTEXTS);
      encodeLevel(plan, table, rawBits, level);
    }
    const size = f32x4.splat(<f32>abs(level));
    scales = nextScale(means, size, kept, share);
    means = moveMeans(means, size);
    const sample = clampTo(reconstruct(prediction, level, step, exact, shift), lowest, highest);
    let crossError: f32 = 0;
    if (reference !== 0) {
      crossError = sample - clampTo(both, lowest, highest);
      const ownOnly = sample - clampTo(own, lowest, highest);
      ownError += <f64>(ownOnly * ownOnly);
      crossErrors += <f64>(crossError * crossError);
    }
    adapt(path, sample, prediction, step, scale, tapBytes, reference, crossError, rate, crossRate);
    if (filter !== 0) takeError(path, sample - load<f32>(channel + 4 * n, TARGET), step);
    if (reference !== 0) reference += 4;
  }
  storeMeans(path, means);
  store<f64>(channel, ownError, OWN_ERROR);
  store<f64>(channel, crossErrors, CROSS_ERROR);
}

/** The span's decoded samples: the difference, where it is one, added to the channel before and held to the range. */
export function giveOutput(plan: usize, channel: usize, difference: bool): void {
  const frames = load<i32>(plan, FRAMES);
  const output = channel + OUTPUT;
  memory.copy(output, channel + SAMPLES + 4 * PAST, 4 * frames);
  if (!difference) return;
  const lowest = load<f32>(plan, LOWEST);
  const highest = load<f32>(plan, HIGHEST);
  const before = output - CHANNEL_BYTES;
  for (let n = 0; n < frames; n++) {
    store<f32>(output + 4 * n, clampTo(load<f32>(output + 4 * n) + load<f32>(before + 4 * n), lowest, highest));
  }
}

/** The level for a sample on its own: of the nearest and the next one towards zero the one that is cheaper by error and bits. */
function chooseLevel(
  wanted: f32,
  prediction: f32,
  step: f32,
  inverse: f32,
  lambda: f32,
  costs: usize,
  rawBits: i32,
  lowest: f32,
  highest: f32,
): i32 {
  const level = nearestLevel((wanted - prediction) * inverse);
  if (level === 0) return 0;
  const lower = level > 0 ? level - 1 : level + 1;
  const error = (clampTo(reconstruct(prediction, level, step, false, 0), lowest, highest) - wanted) * inverse;
  const lowerError = (clampTo(reconstruct(prediction, lower, step, false, 0), lowest, highest) - wanted) * inverse;
  const cost = error * error + lambda * levelCost(costs, rawBits, <u32>abs(level));
  const lowerCost = lowerError * lowerError + lambda * levelCost(costs, rawBits, <u32>abs(lower));
  return lowerCost < cost ? lower : level;
}
