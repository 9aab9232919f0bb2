// Linear prediction from decoded samples: windowed autocorrelation and the Levinson–Durbin recursion (N. Levinson, 1946;
// J. Durbin, 1960), all in float64 and in a fixed order, since encoder and decoder must find the same bits.
//
// Scratch: 40 zeros, 1024 windowed samples, a set of 40 coefficients, 40 reflections; for keys also 40 correlations and
// 1024 samples.
import {
  AGE,
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
  PAST_NOISE,
  PLAN_ORDER,
  PLAN_WINDOW,
  REFLECTIONS,
  SAMPLES,
  SCRATCH,
  SINES,
  WARM_UP,
  WINDOW,
  WINDOW_POWER,
} from '../lib/wave-layout';

const ZEROS: usize = 40;
const FORWARD_SET: usize = 8 * (ZEROS + PAST);
const KEPT: usize = FORWARD_SET + 8 * 40;
const CHOSEN: usize = KEPT + 8 * 40;
// Where no key is being made CHOSEN and what follows are free.
const CRITERIA: usize = CHOSEN;
const MIXED: usize = CHOSEN + 8 * 40;
/** What the whole order's weight is multiplied with. */
const WHOLE: f64 = 16;

/** a[n] −= b[n]. */
export function subtract(a: usize, b: usize, count: i32): void {
  for (let n = 0; n < count; n += 4) v128.store(a + 4 * n, f32x4.sub(v128.load(a + 4 * n), v128.load(b + 4 * n)));
}

/** Two of the samples from `source` on, times two of the window's values. */
function windowPair(source: usize, window: usize): v128 {
  return f64x2.mul(f64x2.promote_low_f32x4(v128.load64_zero(source)), v128.load(window));
}

/** Both lanes of a sum. */
function storeSum(r: usize, lag: i32, sum: v128): void {
  store<f64>(r + 8 * lag, f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1));
}

/**
 * Windows `count` float32 samples that end at `end`, the window's last value being the newest sample's, and finds their
 * autocorrelation, lags 0 … order (4 or 32): even and odd samples apart, then added.
 */
function correlate(r: usize, scratch: usize, window: usize, end: usize, count: i32, order: i32): void {
  const source = end - 4 * count;
  if (order === 4) correlateFew(r, window, source, count);
  else correlateMany(r, scratch, window, source, count);
}

/** Lags 0 … 4 as the samples come, none of them stored. */
function correlateFew(r: usize, window: usize, from: usize, count: i32): void {
  let a = f64x2.splat(0);
  let b = f64x2.splat(0);
  let c = f64x2.splat(0);
  let d = f64x2.splat(0);
  let e = f64x2.splat(0);
  let before = f64x2.splat(0);
  let twoBefore = f64x2.splat(0);
  let between = f64x2.splat(0);
  let source = from;
  let weights = window;
  for (let i = 0; i < count; i += 4, source += 16, weights += 32) {
    const x = windowPair(source, weights);
    const y = windowPair(source + 8, weights + 16);
    const beforeX = v128.shuffle<f64>(before, x, 1, 2);
    const beforeY = v128.shuffle<f64>(x, y, 1, 2);
    a = f64x2.add(f64x2.add(a, f64x2.mul(x, x)), f64x2.mul(y, y));
    b = f64x2.add(f64x2.add(b, f64x2.mul(x, beforeX)), f64x2.mul(y, beforeY));
    c = f64x2.add(f64x2.add(c, f64x2.mul(x, before)), f64x2.mul(y, x));
    d = f64x2.add(f64x2.add(d, f64x2.mul(x, between)), f64x2.mul(y, beforeX));
    e = f64x2.add(f64x2.add(e, f64x2.mul(x, twoBefore)), f64x2.mul(y, before));
    twoBefore = x;
    before = y;
    between = beforeY;
  }
  storeSum(r, 0, a);
  storeSum(r, 1, b);
  storeSum(r, 2, c);
  storeSum(r, 3, d);
  storeSum(r, 4, e);
}

/** Lags 0 … 32: the last one while windowing, the others eight at a time. */
function correlateMany(r: usize, scratch: usize, window: usize, from: usize, count: i32): void {
  const start = scratch + 8 * ZEROS;
  for (let at = scratch; at < start; at += 16) v128.store(at, f64x2.splat(0));
  const end = start + 8 * count;
  let last = f64x2.splat(0);
  let source = from;
  let weights = window;
  for (let at = start; at < end; at += 16, source += 8, weights += 16) {
    const x = windowPair(source, weights);
    last = f64x2.add(last, f64x2.mul(x, v128.load(at - 8 * 32)));
    v128.store(at, x);
  }
  storeSum(r, 32, last);
  for (let lag = 0; lag < 32; lag += 8) {
    let a = f64x2.splat(0);
    let b = f64x2.splat(0);
    let c = f64x2.splat(0);
    let d = f64x2.splat(0);
    let e = f64x2.splat(0);
    let f = f64x2.splat(0);
    let g = f64x2.splat(0);
    let h = f64x2.splat(0);
    let back = start - 8 * lag;
    // Two pairs at a time: what lag l is to the second pair, l − 2 is to the first.
    for (let at = start; at < end; at += 32, back += 32) {
      const x = v128.load(at);
      const y = v128.load(at, 16);
      let past = v128.load(back);
      a = f64x2.add(f64x2.add(a, f64x2.mul(x, past)), f64x2.mul(y, v128.load(back, 16)));
      c = f64x2.add(c, f64x2.mul(x, v128.load(back - 16)));
      c = f64x2.add(c, f64x2.mul(y, past));
      past = v128.load(back - 8);
      b = f64x2.add(f64x2.add(b, f64x2.mul(x, past)), f64x2.mul(y, v128.load(back, 8)));
      d = f64x2.add(d, f64x2.mul(x, v128.load(back - 24)));
      d = f64x2.add(d, f64x2.mul(y, past));
      past = v128.load(back - 32);
      e = f64x2.add(f64x2.add(e, f64x2.mul(x, past)), f64x2.mul(y, v128.load(back - 16)));
      g = f64x2.add(g, f64x2.mul(x, v128.load(back - 48)));
      g = f64x2.add(g, f64x2.mul(y, past));
      past = v128.load(back - 40);
      f = f64x2.add(f64x2.add(f, f64x2.mul(x, past)), f64x2.mul(y, v128.load(back - 24)));
      h = f64x2.add(h, f64x2.mul(x, v128.load(back - 56)));
      h = f64x2.add(h, f64x2.mul(y, past));
    }
    storeSum(r, lag, a);
    storeSum(r, lag + 1, b);
    storeSum(r, lag + 2, c);
    storeSum(r, lag + 3, d);
    storeSum(r, lag + 4, e);
    storeSum(r, lag + 5, f);
    storeSum(r, lag + 6, g);
    storeSum(r, lag + 7, h);
  }
}

/** Adds reflection k as coefficient `count` (from 1) to the set: a[j] −= k·a[count − j]. */
function stepUp(set: usize, count: i32, k: f64): void {
  // From both ends to the middle, where they may be the same one.
  let low = set + 8;
  let high = set + 8 * (count - 1);
  for (; low <= high; low += 8, high -= 8) {
    const first = load<f64>(low);
    const second = load<f64>(high);
    store<f64>(low, first - k * second);
    store<f64>(high, second - k * first);
  }
  store<f64>(set + 8 * count, k);
}

/** Writes the set as float32, oldest sample's coefficient first. */
function storeCoefficients(target: usize, set: usize, order: i32): void {
  for (let j = 1; j <= order; j++) store<f32>(target + 4 * (order - j), <f32>load<f64>(set + 8 * j));
}

/** Coefficients from an autocorrelation whose lag 0 is taken for `power`, reflections beside; returns what is left of it. */
function levinson(r: usize, scratch: usize, order: i32, power: f64): f64 {
  const set = scratch + FORWARD_SET;
  for (let at: usize = 0; at < 8 * 40; at += 16) {
    v128.store(set + at, f64x2.splat(0));
    v128.store(scratch + KEPT + at, f64x2.splat(0));
  }
  let error = power;
  for (let i = 1; i <= order; i++) {
    let sum = load<f64>(r + 8 * i);
    for (let j = 1; j < i; j++) sum -= load<f64>(set + 8 * j) * load<f64>(r + 8 * (i - j));
    const k = sum / error;
    stepUp(set, i, k);
    store<f64>(scratch + KEPT + 8 * i, k);
    error *= 1 - k * k;
    if (!(error > 0)) break;
  }
  return error;
}

/**
 * Coefficients of all orders, mixed: those of a high order fit the window's samples better than any to come, and where the
 * signal is noise, they are noise themselves. Each order weighs by a criterion like H. Akaike's (1974), what it leaves times
 * 1 + 3/A an order; the window sees about A/2 samples. Takes levinson's reflections.
 */
function mixOrders(scratch: usize, order: i32, power: f64, count: i32): void {
  const criteria = scratch + CRITERIA;
  const set = scratch + FORWARD_SET;
  const mixed = scratch + MIXED;
  const each = 1 + <f64>3 / <f64>count;
  let error = power;
  let penalty: f64 = 1;
  let least = power;
  let last = 0;
  store<f64>(criteria, power);
  for (let i = 1; i <= order; i++) {
    const k = load<f64>(scratch + KEPT + 8 * i);
    error *= 1 - k * k;
    if (!(error > 0)) break;
    penalty *= each;
    const criterion = error * penalty;
    store<f64>(criteria + 8 * i, criterion);
    least = min(least, criterion);
    last = i;
  }
  memory.fill(set, 0, 8 * 40);
  memory.fill(mixed, 0, 8 * 40);
  const scale = <f64>count / 4;
  let sum: f64 = 0;
  for (let i = 0; i <= last; i++) {
    if (i > 0) stepUp(set, i, load<f64>(scratch + KEPT + 8 * i));
    const distance = 1 + scale * (load<f64>(criteria + 8 * i) / least - 1);
    let weight = 1 / (distance * distance);
    if (i === order) weight *= WHOLE;
    sum += weight;
    const weights = f64x2.splat(weight);
    for (let at: usize = 0; at <= <usize>(8 * i); at += 16) {
      const value = f64x2.mul(weights, v128.load(set + at));
      v128.store(mixed + at, f64x2.add(v128.load(mixed + at), value));
    }
  }
  const sums = f64x2.splat(sum);
  for (let at: usize = 0; at <= <usize>(8 * order); at += 16) {
    v128.store(set + at, f64x2.div(v128.load(mixed + at), sums));
  }
}

/**
 * The autocorrelation of a channel's last decoded samples. Since the last key there may be fewer than the window asks for:
 * what is missing is filled in with the correlation the key carried, at the power seen since.
 */
export function analyseChannel(plan: usize, channel: usize): void {
  const order = load<i32>(plan, PLAN_ORDER);
  const count = load<i32>(plan, PLAN_WINDOW);
  const scratch = <usize>load<u32>(plan, SCRATCH);
  const window = <usize>load<u32>(plan, WINDOW);
  const r = channel + CORRELATION;
  correlate(r, scratch, window, channel + SAMPLES + 4 * PAST, count, order);
  const age = load<i32>(channel, AGE);
  if (age >= count) return;
  let seen: f64 = 0;
  let missing: f64 = 0;
  for (let i = 0; i < count; i++) {
    const w = load<f64>(window + 8 * i);
    if (i < count - age) missing += w * w;
    else seen += w * w;
  }
  const power = (load<f64>(r) * missing) / seen;
  for (let lag = 0; lag <= order; lag++) {
    const add = power * load<f64>(channel + 8 * lag, KEY_CORRELATION);
    store<f64>(r + 8 * lag, load<f64>(r + 8 * lag) + add);
  }
}

/**
 * The coefficients that go with the autocorrelation, at this packet's step. Where the step is larger than those of the
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
  mixOrders(scratch, order, power, load<i32>(plan, PLAN_WINDOW));
  storeCoefficients(channel + COEFFICIENTS + 4 * ORDER * ORDER, scratch + FORWARD_SET, order);
  store<i32>(channel, ORDER, WARM_UP);
}

/** Bits of reflection i, from 0. */
export function reflectionBits(i: i32): i32 {
  return i < 4 ? 7 : i < 16 ? 5 : 4;
}

/**
 * Reflections for a key or a packet of its own coefficients, from the input, this packet's included, or from its difference
 * from the channel before. Returns the power that they leave.
 */
export function chooseReflections(plan: usize, channel: usize, difference: bool): f64 {
  const order = load<i32>(plan, PLAN_ORDER);
  const frames = load<i32>(plan, FRAMES);
  const count = load<i32>(plan, PLAN_WINDOW);
  const scratch = <usize>load<u32>(plan, SCRATCH);
  const window = <usize>load<u32>(plan, WINDOW);
  const sines = <usize>load<u32>(plan, SINES);
  // The packet's own input stands behind the past for the while.
  const past = channel + INPUT_PAST;
  const joined = scratch + CHOSEN + 8 * 40;
  memory.copy(joined, past + 4 * frames, 4 * (PAST - frames));
  memory.copy(joined + 4 * (PAST - frames), channel + INPUT, 4 * frames);
  if (difference) {
    subtract(joined, past - CHANNEL_BYTES + 4 * frames, PAST - frames);
    subtract(joined + 4 * (PAST - frames), channel - CHANNEL_BYTES + INPUT, frames);
  }
  const r = scratch + CHOSEN;
  correlate(r, scratch, window, joined + 4 * PAST, count, order);
  const left = levinson(r, scratch, order, load<f64>(r) * (1 + 1e-7) + 1);
  const coded = order >> load<i32>(plan, HALVINGS);
  for (let i = coded; i < order; i++) store<i32>(channel + 4 * i, 0, REFLECTIONS);
  for (let i = 0; i < coded; i++) {
    const k = load<f64>(scratch + KEPT + 8 * (i + 1));
    const shift = 7 - reflectionBits(i);
    const size = abs(k);
    // The nearest of the values the bits allow.
    let best = 0;
    let least = f64.MAX_VALUE;
    for (let j = 0; j < 64; j += 1 << shift) {
      const away = abs(load<f64>(sines + 8 * j) - size);
      if (away < least) {
        least = away;
        best = j >> shift;
      }
    }
    store<i32>(channel + 4 * i, k < 0 ? -best : best, REFLECTIONS);
  }
  return left;
}

/**
 * Coefficients from reflections: set n, for sample n of a key, has n of them, the last set all. Keeps the correlation that
 * goes with them, for the packets that follow.
 */
export function useReflections(plan: usize, channel: usize, isKey: bool): void {
  const order = load<i32>(plan, PLAN_ORDER);
  const scratch = <usize>load<u32>(plan, SCRATCH);
  const sines = <usize>load<u32>(plan, SINES);
  const set = scratch + FORWARD_SET;
  memory.fill(set, 0, 8 * 40);
  const table = channel + COEFFICIENTS;
  memory.fill(table, 0, 4 * ORDER * ORDER);
  const r = channel + KEY_CORRELATION;
  if (isKey) store<f64>(r, 1);
  let error: f64 = 1;
  for (let i = 1; i <= order; i++) {
    const j = load<i32>(channel + 4 * (i - 1), REFLECTIONS) << (7 - reflectionBits(i - 1));
    const sine = load<f64>(sines + 8 * abs(j));
    const k = j < 0 ? -sine : sine;
    if (isKey) {
      // Levinson's recursion solved for the correlation at lag i.
      let sum = k * error;
      for (let m = 1; m < i; m++) sum += load<f64>(set + 8 * m) * load<f64>(r + 8 * (i - m));
      store<f64>(r + 8 * i, sum);
      error *= 1 - k * k;
    }
    stepUp(set, i, k);
    if (i < order) storeCoefficients(table + 4 * ORDER * i + 4 * (order - i), set, i);
  }
  for (let i = order; i < ORDER; i++) storeCoefficients(table + 4 * ORDER * i, set, order);
  storeCoefficients(table + 4 * ORDER * ORDER, set, order);
  store<i32>(channel, isKey ? 0 : ORDER, WARM_UP);
}
