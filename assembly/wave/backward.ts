// Prediction from decoded samples: the coefficients that encoder and decoder both find, in float64 and in a fixed order.
//
// Memory: a channel's CORRELATION and its last set of COEFFICIENTS; of the scratch (assembly/lib/wave-layout.ts) what
// correlation.ts and levinson.ts use, SCRATCH_WEIGHTS, SCRATCH_MIXED and SCRATCH_WINDOW.
import {
  AGE,
  COEFFICIENTS,
  CORRELATION,
  KEY_CORRELATION,
  ORDER,
  PAST,
  PAST_NOISE,
  PLAN_ORDER,
  PLAN_WINDOW,
  SAMPLES,
  SCRATCH,
  SCRATCH_ERRORS,
  SCRATCH_MIXED,
  SCRATCH_SETS,
  SCRATCH_WEIGHTS,
  SCRATCH_WINDOW,
  SET_BYTES,
  WARM_UP,
  WINDOW,
  WINDOW_POWER,
} from '../lib/wave-layout';
import { correlate } from './correlation';
import { levinson, storeCoefficients } from './levinson';

/** What the whole order's weight is multiplied with. */
const WHOLE: f64 = 16;

/**
 * Coefficients of all orders, mixed: those of a high order fit the window's samples better than any to come, and where the
 * signal is noise, they are noise themselves. Each order weighs by a criterion like H. Akaike's (1974), what it leaves times
 * 1 + 3/A an order; the window sees about A/2 samples. Takes what levinson found.
 */
function mixOrders(scratch: usize, order: i32, count: i32): void {
  const errors = scratch + SCRATCH_ERRORS;
  const weights = scratch + SCRATCH_WEIGHTS;
  const each = 1 + <f64>3 / <f64>count;
  let penalty: f64 = 1;
  let least = load<f64>(errors);
  let last = 0;
  // Criteria first, where the weights will be.
  store<f64>(weights, least);
  for (let i = 1; i <= order; i++) {
    const error = load<f64>(errors + 8 * i);
    if (!(error > 0)) break;
    penalty *= each;
    const criterion = error * penalty;
    store<f64>(weights + 8 * i, criterion);
    least = min(least, criterion);
    last = i;
  }
  const ones = f64x2.splat(1);
  const leasts = f64x2.splat(least);
  const scales = f64x2.splat(<f64>count / 4);
  for (let at: usize = 0; at <= <usize>(8 * last); at += 16) {
    const excess = f64x2.sub(f64x2.div(v128.load(weights + at), leasts), ones);
    const distance = f64x2.add(ones, f64x2.mul(scales, excess));
    v128.store(weights + at, f64x2.div(ones, f64x2.mul(distance, distance)));
  }
  if (last === order) store<f64>(weights + 8 * order, load<f64>(weights + 8 * order) * WHOLE);
  let sum: f64 = 0;
  for (let i = 0; i <= last; i++) sum += load<f64>(weights + 8 * i);
  const sums = f64x2.splat(sum);
  for (let j = 0; j <= order; j += 2) {
    let mixed = f64x2.splat(0);
    // Lower orders than j have no such coefficients.
    let set = scratch + SCRATCH_SETS + SET_BYTES * j + 8 * j;
    for (let i = j; i <= last; i++, set += SET_BYTES) {
      mixed = f64x2.add(mixed, f64x2.mul(v128.load64_splat(weights + 8 * i), v128.load(set)));
    }
    v128.store(scratch + 8 * j, f64x2.div(mixed, sums), SCRATCH_MIXED);
  }
}

/**
 * The autocorrelation of a channel's last decoded samples. Since the last key there may be fewer than the window asks for:
 * then its shape is fitted to those there are, since an edge in full sight would hide all that a good prediction can gain,
 * and what is missing is filled in with the correlation the key carried, at the power seen since.
 */
export function analyseChannel(plan: usize, channel: usize): void {
  const order = load<i32>(plan, PLAN_ORDER);
  const count = load<i32>(plan, PLAN_WINDOW);
  const scratch = <usize>load<u32>(plan, SCRATCH);
  const window = <usize>load<u32>(plan, WINDOW);
  const r = channel + CORRELATION;
  const age = load<i32>(channel, AGE);
  if (age >= count) {
    correlate(r, scratch, window, channel + SAMPLES + 4 * PAST, count, order);
    return;
  }
  const short = scratch + SCRATCH_WINDOW;
  let seen: f64 = 0;
  for (let i = 0; i < age; i++) {
    const w = load<f64>(window + 8 * (count - 1 - (i * count) / age));
    store<f64>(short + 8 * (age - 1 - i), w);
    seen += w * w;
  }
  correlate(r, scratch, short, channel + SAMPLES + 4 * PAST, age, order);
  const power = (load<f64>(r) * (load<f64>(plan, WINDOW_POWER) - seen)) / seen;
  for (let lag = 0; lag <= order; lag++) {
    const add = power * load<f64>(channel + 8 * lag, KEY_CORRELATION);
    store<f64>(r + 8 * lag, load<f64>(r + 8 * lag) + add);
  }
}

/**
 * The coefficients that go with the autocorrelation, at this span's step. Where the step is larger than those of the
 * past, the noise to come is added to the power: coefficients for a cleaner past would only amplify it, and a larger step
 * would not save a bit.
 */
export function solveChannel(plan: usize, channel: usize, step: f32): void {
  const order = load<i32>(plan, PLAN_ORDER);
  const scratch = <usize>load<u32>(plan, SCRATCH);
  const r = channel + CORRELATION;
  const noise = <f64>step * <f64>step - load<f64>(plan, PAST_NOISE);
  let power = load<f64>(r) * (1 + 1e-9) + 1;
  if (noise > 0) power += (noise * load<f64>(plan, WINDOW_POWER)) / 12;
  levinson(r, scratch, order, power);
  mixOrders(scratch, order, load<i32>(plan, PLAN_WINDOW));
  storeCoefficients(channel + COEFFICIENTS + 4 * ORDER * ORDER, scratch + SCRATCH_MIXED, order);
  store<i32>(channel, ORDER, WARM_UP);
}
