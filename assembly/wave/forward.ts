// Coefficients that a span carries, a key's above all: reflections chosen from the input, and the sets made of them.
//
// Memory: a channel's REFLECTIONS, COEFFICIENTS, KEY_CORRELATION and (of a key) CORRELATION; of the scratch
// (assembly/lib/wave-layout.ts) what correlation.ts and levinson.ts use, SCRATCH_CORRELATION and SCRATCH_JOINED.
import {
  CHANNEL_BYTES,
  COEFFICIENTS,
  CORRELATION,
  FRAMES,
  HALVINGS,
  INPUT,
  INPUT_PAST,
  KEY_CORRELATION,
  ORDER,
  PAST,
  PLAN_ORDER,
  PLAN_WINDOW,
  REFLECTIONS,
  SCRATCH,
  SCRATCH_CORRELATION,
  SCRATCH_JOINED,
  SCRATCH_SAMPLES,
  SINES,
  WARM_UP,
  WINDOW,
  WINDOW_POWER,
} from '../lib/wave-layout';
import { correlate } from './correlation';
import { firstSet, levinson, stepUp, storeCoefficients } from './levinson';

/** a[n] −= b[n]. */
export function subtract(a: usize, b: usize, count: i32): void {
  for (let n = 0; n < count; n += 4) v128.store(a + 4 * n, f32x4.sub(v128.load(a + 4 * n), v128.load(b + 4 * n)));
}

/** Reflections, from 0, that have a code of fixed length, and the largest size of the others. */
export const FIXED = 4;
export const LARGEST = 7;

/** Where reflection i stands among those of a code of their own: the first ones are larger than those that follow. */
export function reflectionClass(i: i32): i32 {
  return i < 8 ? 0 : i < 16 ? 1 : 2;
}

/** What a reflection's code stands for: sines, 64 or (from the fifth reflection on) 16 to the half turn. */
function reflectionOf(sines: usize, i: i32, code: i32): f64 {
  const sine = load<f64>(sines + 8 * (i < FIXED ? abs(code) : abs(code) << 2));
  return code < 0 ? -sine : sine;
}

/** Bits of a reflection's code, about. */
function reflectionCost(i: i32, size: i32): f64 {
  if (i < FIXED) return 6;
  const kind = reflectionClass(i);
  if (size === 0) return kind === 0 ? 1.4 : kind === 1 ? 0.7 : 0.2;
  const more: f64 = kind === 0 ? 1.2 : kind === 1 ? 2.5 : 3.1;
  return (kind === 0 ? 1.3 : kind === 1 ? 0.2 : 0.9) + more * <f64>size;
}

/** Where the correlation of the input goes: for a key it stays there, to be solved at every step that is tried. */
function inputCorrelation(plan: usize, channel: usize, isKey: bool): usize {
  return isKey ? channel + CORRELATION : <usize>load<u32>(plan, SCRATCH) + SCRATCH_CORRELATION;
}

/**
 * The autocorrelation of the input, this span's included, or of its difference from the channel before. Returns the power
 * that the best coefficients leave.
 */
export function correlateInput(plan: usize, channel: usize, difference: bool, isKey: bool): f64 {
  const order = load<i32>(plan, PLAN_ORDER);
  const frames = load<i32>(plan, FRAMES);
  const count = load<i32>(plan, PLAN_WINDOW);
  const scratch = <usize>load<u32>(plan, SCRATCH);
  const window = <usize>load<u32>(plan, WINDOW);
  // The span's own input stands behind the past for the while.
  const past = channel + INPUT_PAST;
  const joined = scratch + SCRATCH_JOINED;
  memory.copy(joined, past + 4 * frames, 4 * (PAST - frames));
  memory.copy(joined + 4 * (PAST - frames), channel + INPUT, 4 * frames);
  if (difference) {
    subtract(joined, past - CHANNEL_BYTES + 4 * frames, PAST - frames);
    subtract(joined + 4 * (PAST - frames), channel - CHANNEL_BYTES + INPUT, frames);
  }
  const r = inputCorrelation(plan, channel, isKey);
  correlate(r, scratch, window, joined + 4 * PAST, count, order);
  return levinson(r, scratch, order, load<f64>(r) * (1 + 1e-7) + 1);
}

/**
 * Reflections for a key or a span of its own coefficients, each of them the best after those before it as they will be
 * decoded. The prediction is from decoded samples: their noise, so much of a squared step, counts as part of the signal.
 * Returns the bits that the reflections take, about.
 */
export function chooseReflections(plan: usize, channel: usize, noise: f64, isKey: bool): f64 {
  const order = load<i32>(plan, PLAN_ORDER);
  const scratch = <usize>load<u32>(plan, SCRATCH);
  const sines = <usize>load<u32>(plan, SINES);
  const r = inputCorrelation(plan, channel, isKey);
  let set = firstSet(scratch);
  // What is left when the coefficients so far have done their work, correlated with the samples of lags −order … order.
  const left = scratch + SCRATCH_SAMPLES + 8 * ORDER;
  for (let lag = -order; lag <= order; lag++) store<f64>(left + 8 * lag, load<f64>(r + 8 * abs(lag)));
  const power = load<f64>(r) * (1 + 1e-7) + 1 + (noise * load<f64>(plan, WINDOW_POWER)) / 12;
  store<f64>(left, power);
  const coded = order >> load<i32>(plan, HALVINGS);
  for (let i = coded; i < order; i++) store<i32>(channel + 4 * i, 0, REFLECTIONS);
  let bits: f64 = 0;
  for (let i = 1; i <= coded; i++) {
    let error = load<f64>(left);
    let sum = load<f64>(left + 8 * i);
    for (let j = 1; j < i; j++) {
      const a = load<f64>(set + 8 * j);
      error -= a * load<f64>(left + 8 * j);
      sum -= a * load<f64>(left + 8 * (i - j));
    }
    const k = sum / error;
    // Being off by d makes the error larger by d² of 1 − k², which costs half as many bits a sample, over ln 2.
    const weight = (1.5 * <f64>load<i32>(plan, FRAMES)) / max<f64>(1 - k * k, 1e-6);
    let code = 0;
    let least = f64.MAX_VALUE;
    const most = i <= FIXED ? 31 : LARGEST;
    for (let size = 0; size <= most; size++) {
      const away = reflectionOf(sines, i - 1, size) - abs(k);
      const cost = weight * away * away + reflectionCost(i - 1, size);
      if (cost < least) {
        least = cost;
        code = size;
      }
    }
    bits += reflectionCost(i - 1, code);
    if (k < 0) code = -code;
    store<i32>(channel + 4 * (i - 1), code, REFLECTIONS);
    const taken = reflectionOf(sines, i - 1, code);
    set = stepUp(set, i, taken);
    let low = left - 8 * (order - i);
    let high = left + 8 * order;
    for (; low <= high; low += 8, high -= 8) {
      const first = load<f64>(low);
      const second = load<f64>(high);
      store<f64>(low, first - taken * second);
      store<f64>(high, second - taken * first);
    }
  }
  return bits;
}

/**
 * Coefficients from reflections: set n, for sample n of a key, has n of them, the last set all. Keeps the correlation that
 * goes with them, for the spans that follow.
 */
export function useReflections(plan: usize, channel: usize, isKey: bool): void {
  const order = load<i32>(plan, PLAN_ORDER);
  const scratch = <usize>load<u32>(plan, SCRATCH);
  const sines = <usize>load<u32>(plan, SINES);
  let set = firstSet(scratch);
  const table = channel + COEFFICIENTS;
  memory.fill(table, 0, 4 * ORDER * ORDER);
  const r = channel + KEY_CORRELATION;
  if (isKey) store<f64>(r, 1);
  let error: f64 = 1;
  for (let i = 1; i <= order; i++) {
    const k = reflectionOf(sines, i - 1, load<i32>(channel + 4 * (i - 1), REFLECTIONS));
    if (isKey) {
      // Levinson's recursion solved for the correlation at lag i.
      let sum = k * error;
      for (let m = 1; m < i; m++) sum += load<f64>(set + 8 * m) * load<f64>(r + 8 * (i - m));
      store<f64>(r + 8 * i, sum);
      error *= 1 - k * k;
    }
    set = stepUp(set, i, k);
    if (i < order) storeCoefficients(table + 4 * ORDER * i + 4 * (order - i), set, i);
  }
  for (let i = order; i < ORDER; i++) storeCoefficients(table + 4 * ORDER * i, set, order);
  storeCoefficients(table + 4 * ORDER * ORDER, set, order);
  store<i32>(channel, isKey ? 0 : ORDER, WARM_UP);
}
