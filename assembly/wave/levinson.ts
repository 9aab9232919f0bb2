// Prediction coefficients from an autocorrelation: the Levinson–Durbin recursion (N. Levinson, 1946; J. Durbin, 1960), in
// float64 and in a fixed order, since encoder and decoder must find the same bits.
//
// Memory: SCRATCH_SETS of the plan's scratch (assembly/lib/wave-layout.ts), where order n's set follows that of order n − 1;
// SCRATCH_ERRORS. A set has a[0] = −1, so that the new coefficient comes of the same operation as the others: 0 − k·(−1).
import { SCRATCH_ERRORS, SCRATCH_SETS, SET_BYTES } from '../lib/wave-layout';

/** The set of order 0; returns its address. */
export function firstSet(scratch: usize): usize {
  const set = scratch + SCRATCH_SETS;
  v128.store(set, f64x2(-1, 0));
  v128.store(set, f64x2.splat(0), 16);
  return set;
}

/**
 * Adds reflection k as coefficient `count` (from 1) to the set of one less, a[j] −= k·a[count − j], in the place behind it;
 * returns its address.
 */
export function stepUp(before: usize, count: i32, k: f64): usize {
  const set = before + SET_BYTES;
  // An even count's last pair asks for what stands before the first coefficient: the end of another set, 0 as well.
  store<f64>(before - 8, 0);
  const ks = f64x2.splat(k);
  let mirrored = before + 8 * (count - 1);
  for (let at: usize = 0; at <= <usize>(8 * count); at += 16, mirrored -= 16) {
    const pair = v128.load(mirrored);
    const product = f64x2.mul(ks, v128.shuffle<f64>(pair, pair, 1, 0));
    v128.store(set + at, f64x2.sub(v128.load(before + at), product));
  }
  v128.store(set + 8 * (count + 1), f64x2.splat(0));
  return set;
}

/** Writes a set as float32, oldest sample's coefficient first. */
export function storeCoefficients(target: usize, set: usize, order: i32): void {
  for (let j = 1; j <= order; j++) store<f32>(target + 4 * (order - j), <f32>load<f64>(set + 8 * j));
}

/**
 * Coefficients of all orders from an autocorrelation whose lag 0 is taken for `power`, and beside them what each leaves of
 * it, up to the first that leaves nothing; returns what the last one left.
 */
export function levinson(r: usize, scratch: usize, order: i32, power: f64): f64 {
  const errors = scratch + SCRATCH_ERRORS;
  let set = firstSet(scratch);
  let error = power;
  store<f64>(errors, error);
  for (let i = 1; i <= order; i++) {
    let sum = load<f64>(r + 8 * i);
    for (let j = 1; j < i; j++) sum -= load<f64>(set + 8 * j) * load<f64>(r + 8 * (i - j));
    const k = sum / error;
    set = stepUp(set, i, k);
    error *= 1 - k * k;
    store<f64>(errors + 8 * i, error);
    if (!(error > 0)) break;
  }
  return error;
}
