// Autocorrelation of windowed samples, in float64 and in a fixed order, since encoder and decoder must find the same bits.
//
// Memory: SCRATCH_ZEROS and SCRATCH_SAMPLES of the plan's scratch (assembly/lib/wave-layout.ts); results go to f64[order + 1].
import { SCRATCH_SAMPLES, SCRATCH_ZEROS } from '../lib/wave-layout';

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
export function correlate(r: usize, scratch: usize, window: usize, end: usize, count: i32, order: i32): void {
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
  const start = scratch + SCRATCH_SAMPLES;
  for (let at = scratch + SCRATCH_ZEROS; at < start; at += 16) v128.store(at, f64x2.splat(0));
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
