// Noise shaping (B. S. Atal and M. R. Schroeder, 1979): the encoder minimises not its error e = decoded − wanted but what a
// filter W(z) = 1 + w1·z^−1 + … makes of it. That comes out white, and so the error's spectrum is 1/|W|². Decoders need not
// know. The last errors stand in a path, oldest first, as the filter's coefficients do.
import { ERRORS, NOISE_FILTER, NOISE_SHAPING, SHAPING_ORDER } from './wave-layout';
import { clampTo, dot } from './wave-predict';

/**
 * Steps that an error counts at most. Errors of a shaped quantiser are one or two steps; larger ones are of an input that
 * the range or the bits cannot follow, and to make up for those later would only spread them.
 */
const MOST_STEPS: f32 = 4;

/** The filter's coefficients, or 0 where nothing is shaped. */
// @ts-ignore: decorator
@inline
export function noiseFilter(plan: usize): usize {
  return load<i32>(plan, NOISE_SHAPING) ? <usize>load<u32>(plan, NOISE_FILTER) : 0;
}

/** What to come near to at the sample that a path stands at: the wanted one, less what its past errors leave in W. */
// @ts-ignore: decorator
@inline
export function shapedTarget(path: usize, filter: usize, wanted: f32): f32 {
  return filter === 0 ? wanted : wanted - dot(filter, path + ERRORS, 4 * SHAPING_ORDER);
}

// @ts-ignore: decorator
@inline
export function heldError(error: f32, step: f32): f32 {
  return clampTo(error, -MOST_STEPS * step, MOST_STEPS * step);
}

/** Makes an error the newest one of the path. */
// @ts-ignore: decorator
@inline
export function takeError(path: usize, error: f32, step: f32): void {
  const a = v128.load(path, ERRORS);
  const b = v128.load(path, ERRORS + 16);
  const c = v128.load(path, ERRORS + 32);
  const d = v128.load(path, ERRORS + 48);
  v128.store(path, v128.shuffle<f32>(a, b, 1, 2, 3, 4), ERRORS);
  v128.store(path, v128.shuffle<f32>(b, c, 1, 2, 3, 4), ERRORS + 16);
  v128.store(path, v128.shuffle<f32>(c, d, 1, 2, 3, 4), ERRORS + 32);
  v128.store(path, v128.shuffle<f32>(d, f32x4.splat(heldError(error, step)), 1, 2, 3, 4), ERRORS + 48);
}
