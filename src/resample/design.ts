/**
 * From a preset and a ratio to the numbers of a filter. All in float64 with exact-math alone, so that a table has the
 * same bits in every runtime.
 */
import { amplitudeFromDecibels, besselI0, sinc } from '../engine/exact-math.js';
import type { Plane } from '../stage/port.js';
import type { Rational } from '../stage/rational.js';
import type { Preset } from './presets.js';

/** The ratio of two rates in least terms, and the filter's length: what a phase table is made from. */
export interface PolyphaseDesign {
  readonly preset: Preset;
  /** to/from = up/down in least terms. */
  readonly up: number;
  readonly down: number;
  /** Input frames on each side of an output instant that the filter reaches. */
  readonly halfWidth: number;
}

/** The kernels take 16 taps at a time. */
const HALF_TAPS_STEP = 8;

/** 2 MiB of float32: a larger table would no longer stay in a processor's second-level cache, and takes long to make. */
export const LARGEST_TABLE = 2 ** 19;

const LARGEST = BigInt(Number.MAX_SAFE_INTEGER);

/**
 * to/from in least terms. Where those pass 2^53 − 1 it is the last convergent of the continued fraction (Euler, 1737)
 * that does not: off by less than 2^-90, so that the same frames come out for every stream shorter than 2^53 frames or so.
 */
export function ratioInLeastTerms(from: Rational, to: Rational): { up: number; down: number } {
  let a = BigInt(to.numerator) * BigInt(from.denominator);
  let b = BigInt(to.denominator) * BigInt(from.numerator);
  let [upBefore, downBefore, up, down] = [0n, 1n, 1n, 0n];
  while (b !== 0n) {
    const whole = a / b;
    const [nextUp, nextDown] = [whole * up + upBefore, whole * down + downBefore];
    if (nextUp > LARGEST || nextDown > LARGEST) break;
    [upBefore, downBefore, up, down] = [up, down, nextUp, nextDown];
    [a, b] = [b, a % b];
  }
  return { up: Number(up), down: Number(down) };
}

/** Input frames on each side that a preset's filter reaches where no less than `leastRatio` outputs come a frame. */
export function halfWidthOf(preset: Preset, leastRatio: number): number {
  return Math.ceil(widest(preset, 1 / leastRatio) / HALF_TAPS_STEP) * HALF_TAPS_STEP;
}

/** Where the rate falls the filter is longer in input frames. */
function widest(preset: Preset, framesPerOutput: number): number {
  return preset.halfWidthPeriods * Math.max(1, framesPerOutput);
}

/** The filter of a preset for to/from = up/down. */
export function designPolyphase(preset: Preset, up: number, down: number): PolyphaseDesign {
  const halfWidth = Math.ceil(widest(preset, down / up) / HALF_TAPS_STEP) * HALF_TAPS_STEP;
  return { preset, up, down, halfWidth };
}

/** Coefficients of one phase. */
export function tapsOf({ halfWidth }: PolyphaseDesign): number {
  return 2 * halfWidth;
}

/** Bytes of a sample, and of a coefficient. */
export function sampleBytes({ arithmetic }: Preset): 4 | 8 {
  return arithmetic === 'float64' ? 8 : 4;
}

/** Coefficients of the whole phase table. */
export function tableLength(design: PolyphaseDesign): number {
  return design.up * tapsOf(design);
}

/**
 * The right half of a preset's prototype at `points` points: a sinc under a Kaiser window that ends at the last one, where
 * it is 0, so that the filter is symmetric although its taps are even in number. `cutoff` is in half cycles a point. The
 * sum over both halves is `gain`.
 */
function prototype(preset: Preset, points: number, cutoff: number, gain: number): Float64Array {
  // Kaiser's formula for attenuations above 50 dB; below, its windows are a little better than asked for.
  const beta = 0.1102 * (preset.attenuationDecibels - 8.7);
  const values = new Float64Array(points + 1);
  let sum = 0;
  for (let i = 0; i < points; i++) {
    const place = i / points;
    values[i] = sinc(cutoff * i) * besselI0(beta * Math.sqrt((1 - place) * (1 + place)));
    sum += i === 0 ? values[i] : 2 * values[i];
  }
  for (let i = 0; i < points; i++) values[i] *= gain / sum;
  return values;
}

/**
 * Fills a phase table: `up` rows of coefficients, in the order in which successive outputs use them. Output k stands
 * (k·down mod up)/up frames after input frame ⌊k·down/up⌋; tap j of its row meets the input frame that stands
 * halfWidth − 1 − j frames before that one. The phases have a gain of 1 at 0 Hz on the average, and each one to within the
 * stop band.
 */
export function fillPhaseTable(design: PolyphaseDesign, table: Plane): void {
  const { preset, up, down, halfWidth } = design;
  const values = prototype(preset, up * halfWidth, (preset.cutoff * Math.min(1, up / down)) / up, up);
  const taps = tapsOf(design);
  const step = down % up;
  for (let row = 0, phase = 0, at = 0; row < up; row++) {
    for (let j = 0; j < taps; j++) table[at++] = values[Math.abs(phase + (halfWidth - 1 - j) * up)];
    phase += step;
    if (phase >= up) phase -= up;
  }
}

/** Periods of silence before and behind a sampled prototype: assembly/resample/interpolated.ts says why. */
const MARGIN_PERIODS = 20;
/** The interpolation's error stays this far below the stop band. */
const INTERPOLATION_SPARE_DECIBELS = 12;
const CACHE_LINE_BYTES = 64;

/**
 * Points a period of a prototype for cubic interpolation. Between points h apart the cubic through four of them is off by
 * at most 9/16·h⁴/24 of the fourth derivative (Lagrange's remainder), which for a sinc of unit height at the Nyquist
 * frequency is π⁴: 2.28·h⁴.
 *
 * A period is an odd number of cache lines: successive taps are about a period apart, and were it a power of two they would
 * all fall on the same few sets of the cache.
 */
export function interpolationPhases(preset: Preset): number {
  const error = amplitudeFromDecibels(-preset.attenuationDecibels - INTERPOLATION_SPARE_DECIBELS);
  const line = CACHE_LINE_BYTES / sampleBytes(preset);
  let phases = line;
  while (2.28 / (phases * phases * phases * phases) > error) phases += 2 * line;
  return phases;
}

/** Points of the whole table of a sampled prototype. */
export function interpolationPoints(preset: Preset): number {
  return 2 * (preset.halfWidthPeriods + MARGIN_PERIODS) * interpolationPhases(preset);
}

/** Fills a table with a preset's prototype, its middle in the middle. Gain 1 for the sum over points a period apart. */
export function fillInterpolationTable(preset: Preset, table: Plane): void {
  const phases = interpolationPhases(preset);
  const points = preset.halfWidthPeriods * phases;
  const values = prototype(preset, points, preset.cutoff / phases, phases);
  const middle = (preset.halfWidthPeriods + MARGIN_PERIODS) * phases;
  table.fill(0);
  for (let i = 0; i < points; i++) {
    table[middle + i] = values[i];
    table[middle - i] = values[i];
  }
}
