// One sample's prediction and adaptation, the same for decoder, encoder and search. Sums run in four lanes, even and odd
// vectors apart, and are added as (0 + 2) + (1 + 3): docs/BITSTREAM.md has the order of every operation.
import {
  CROSS,
  CROSS_ENERGY,
  CROSS_TAPS,
  CROSS_WEIGHTS,
  ENERGY,
  LINEAR,
  OWN,
  RESIDUAL,
  SAMPLE,
  WEIGHTS,
} from './wave-layout';

/** How many times the mean error an error counts at most for the weights. */
export const BOUND: f32 = 2;
// @ts-ignore: decorator
@inline
export function sumLanes(a: v128): f32 {
  return (
    f32x4.extract_lane(a, 0) + f32x4.extract_lane(a, 2) + (f32x4.extract_lane(a, 1) + f32x4.extract_lane(a, 3))
  );
}

/** Σ a[j]·b[j] over `bytes`/4 values, a multiple of 4. */
// @ts-ignore: decorator
@inline
export function dot(a: usize, b: usize, bytes: usize): f32 {
  let even = f32x4.splat(0);
  let odd = f32x4.splat(0);
  let at: usize = 0;
  for (; at + 16 < bytes; at += 32) {
    even = f32x4.add(even, f32x4.mul(v128.load(a + at), v128.load(b + at)));
    odd = f32x4.add(odd, f32x4.mul(v128.load(a + at, 16), v128.load(b + at, 16)));
  }
  if (at < bytes) even = f32x4.add(even, f32x4.mul(v128.load(a + at), v128.load(b + at)));
  return sumLanes(f32x4.add(even, odd));
}

/** w[j] += g·h[j]; `bytes` is a multiple of 64. */
// @ts-ignore: decorator
@inline
function adaptWeights(w: usize, h: usize, bytes: usize, gain: f32): void {
  const g = f32x4.splat(gain);
  for (let end = w + bytes; w < end; w += 64, h += 64) {
    v128.store(w, f32x4.add(v128.load(w), f32x4.mul(g, v128.load(h))));
    v128.store(w, f32x4.add(v128.load(w, 16), f32x4.mul(g, v128.load(h, 16))), 16);
    v128.store(w, f32x4.add(v128.load(w, 32), f32x4.mul(g, v128.load(h, 32))), 32);
    v128.store(w, f32x4.add(v128.load(w, 48), f32x4.mul(g, v128.load(h, 48))), 48);
  }
}

/** Σ w[j]·h[j], and beside it Σ h[j]², which goes to `energy`; `bytes` is a multiple of 64. */
// @ts-ignore: decorator
@inline
function weigh(w: usize, h: usize, bytes: usize, energy: usize): f32 {
  let even = f32x4.splat(0);
  let odd = f32x4.splat(0);
  let evenSquares = f32x4.splat(0);
  let oddSquares = f32x4.splat(0);
  for (let end = w + bytes; w < end; w += 64, h += 64) {
    const h0 = v128.load(h);
    const h1 = v128.load(h, 16);
    const h2 = v128.load(h, 32);
    const h3 = v128.load(h, 48);
    even = f32x4.add(f32x4.add(even, f32x4.mul(v128.load(w), h0)), f32x4.mul(v128.load(w, 32), h2));
    odd = f32x4.add(f32x4.add(odd, f32x4.mul(v128.load(w, 16), h1)), f32x4.mul(v128.load(w, 48), h3));
    evenSquares = f32x4.add(f32x4.add(evenSquares, f32x4.mul(h0, h0)), f32x4.mul(h2, h2));
    oddSquares = f32x4.add(f32x4.add(oddSquares, f32x4.mul(h1, h1)), f32x4.mul(h3, h3));
  }
  store<f32>(energy, sumLanes(f32x4.add(evenSquares, oddSquares)));
  return sumLanes(f32x4.add(even, odd));
}

/**
 * Predicts the sample a path stands at. `coefficients` are the linear prediction's, `reference` the address of the other
 * channel's filtered sample at the same instant (0 where there is none).
 */
// @ts-ignore: decorator
@inline
export function predict(path: usize, coefficients: usize, orderBytes: usize, tapBytes: usize, reference: usize): void {
  const linear = dot(coefficients, <usize>load<u32>(path, SAMPLE) - orderBytes, orderBytes);
  const history = <usize>load<u32>(path, RESIDUAL) - tapBytes;
  store<f32>(path, linear, LINEAR);
  store<f32>(path, linear + weigh(path + WEIGHTS, history, tapBytes, path + ENERGY), OWN);
  if (reference !== 0) {
    const past = reference - 4 * (CROSS_TAPS - 1);
    store<f32>(path, weigh(path + CROSS_WEIGHTS, past, 4 * CROSS_TAPS, path + CROSS_ENERGY), CROSS);
  }
}

/** Takes the decoded sample: both filters adapt, the path goes on to the next sample. `scale` is what the level's context came of. */
// @ts-ignore: decorator
@inline
export function adapt(
  path: usize,
  sample: f32,
  prediction: f32,
  step: f32,
  scale: f32,
  tapBytes: usize,
  reference: usize,
  crossError: f32,
  rate: f32,
  crossRate: f32,
): void {
  const sampleAt = <usize>load<u32>(path, SAMPLE);
  const residualAt = <usize>load<u32>(path, RESIDUAL);
  const error = sample - prediction;
  const floor = <f32>0.1 * (step * step);
  // One sample out of line, the edge of a step say, must not throw over what the weights have learnt.
  const bound = (BOUND * scale + 1) * step;
  const own =
    rate * clampTo(error, -bound, bound) * (<f32>1 / (load<f32>(path, ENERGY) * (<f32>4 / <f32>tapBytes) + floor));
  adaptWeights(path + WEIGHTS, residualAt - tapBytes, tapBytes, own);
  if (reference !== 0) {
    const cross =
      crossRate *
      clampTo(crossError, -bound, bound) *
      (<f32>1 / (load<f32>(path, CROSS_ENERGY) * (<f32>1 / <f32>CROSS_TAPS) + floor));
    adaptWeights(path + CROSS_WEIGHTS, reference - 4 * (CROSS_TAPS - 1), 4 * CROSS_TAPS, cross);
  }
  store<f32>(sampleAt, sample);
  store<f32>(residualAt, sample - load<f32>(path, LINEAR));
  store<u32>(path, <u32>sampleAt + 4, SAMPLE);
  store<u32>(path, <u32>residualAt + 4, RESIDUAL);
}

/** Held to the range; NaN, which cannot come, would become the lowest. */
// @ts-ignore: decorator
@inline
export function clampTo(value: f32, lowest: f32, highest: f32): f32 {
  const above = value > lowest ? value : lowest;
  return above < highest ? above : highest;
}
