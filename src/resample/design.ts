/**
 * From a preset and a ratio to the numbers of a filter. All in float64 with exact-math alone, so that a table has the
 * same bits in every runtime.
 */
import { amplitudeFromDecibels, besselI0, sinc } from '../engine/exact-math.js';
import type { Plane } from '../stage/port.js';
import type { Rational } from '../stage/rational.js';
import { type PhaseName, reachOf, sampleShaped } from './_shaped-prototype.js';
import type { Preset } from './presets.js';

/** A filter's length in input frames. */
export interface Extent {
  /** Coefficients of an output: a multiple of 16. */
  readonly taps: number;
  /** Input frames that the last tap stands after the input frame at or next before an output's instant. */
  readonly ahead: number;
}

/** The ratio of two rates in least terms, and the filter: what a phase table is made from. */
export interface PolyphaseDesign extends Extent {
  readonly preset: Preset;
  readonly phase: PhaseName;
  /** to/from = up/down in least terms. */
  readonly up: number;
  readonly down: number;
}

/** The kernels take 16 taps at a time. */
const TAPS_STEP = 16;
const HALF_TAPS_STEP = TAPS_STEP / 2;

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

/** The length of a preset's filter where no less than `leastRatio` outputs come a frame. */
export function extentOf(preset: Preset, phase: PhaseName, framesPerOutput: number): Extent {
  // Where the rate falls the filter is longer in input frames.
  const stretch = Math.max(1, framesPerOutput);
  const reach = reachOf(preset, phase);
  if (phase === 'linear') {
    const half = Math.ceil((reach.ahead * stretch) / HALF_TAPS_STEP) * HALF_TAPS_STEP;
    return { taps: 2 * half, ahead: half };
  }
  const ahead = Math.ceil(reach.ahead * stretch);
  return { taps: Math.ceil((ahead + Math.ceil(reach.behind * stretch)) / TAPS_STEP) * TAPS_STEP, ahead };
}

/** The filter of a preset for to/from = up/down. */
export function designPolyphase(preset: Preset, phase: PhaseName, up: number, down: number): PolyphaseDesign {
  return { preset, phase, up, down, ...extentOf(preset, phase, down / up) };
}

/** Bytes of a sample, and of a coefficient. */
export function sampleBytes({ arithmetic }: Preset): 4 | 8 {
  return arithmetic === 'float64' ? 8 : 4;
}

/** Coefficients of the whole phase table. */
export function tableLength({ up, taps }: PolyphaseDesign): number {
  return up * taps;
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

/** A design's prototype, 1/up input frames from point to point: its time 0 is point ahead·up. The sum is `up`. */
export function prototypePoints({ preset, phase, up, down, taps, ahead }: PolyphaseDesign): Float64Array {
  const points = taps * up;
  if (phase !== 'linear') {
    return sampleShaped(preset, phase, { first: -ahead * up, count: points, perPeriod: Math.max(up, down), gain: up });
  }
  const half = points / 2;
  const right = prototype(preset, half, (preset.cutoff * Math.min(1, up / down)) / up, up);
  const whole = new Float64Array(points);
  for (let i = 0; i < points; i++) whole[i] = right[Math.abs(i - half)];
  return whole;
}

/**
 * Fills a phase table: `up` rows of coefficients, in the order in which successive outputs use them. Output k stands
 * (k·down mod up)/up frames after input frame ⌊k·down/up⌋; the last tap of its row meets the input frame that stands
 * `ahead` frames after that one. The phases have a gain of 1 at 0 Hz on the average, and each one to within the stop band.
 */
export function fillPhaseTable(design: PolyphaseDesign, table: Plane): void {
  const { up, down, taps } = design;
  const values = prototypePoints(design);
  const step = down % up;
  for (let row = 0, phase = 0, at = 0; row < up; row++) {
    for (let j = 0; j < taps; j++) table[at++] = values[phase + (taps - 1 - j) * up];
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
export function interpolationPoints(preset: Preset, phase: PhaseName): number {
  const { ahead, behind } = reachOf(preset, phase);
  return (behind + ahead + 2 * MARGIN_PERIODS) * interpolationPhases(preset);
}

/**
 * Fills a table with a preset's prototype, turned round, since later input frames meet earlier points of it: its time 0
 * stands so many periods from the start as it reaches back, and the margin. Gain 1 for the sum over points a period apart.
 */
export function fillInterpolationTable(preset: Preset, phase: PhaseName, table: Plane): void {
  const phases = interpolationPhases(preset);
  const { ahead, behind } = reachOf(preset, phase);
  const origin = (behind + MARGIN_PERIODS) * phases;
  const before = ahead * phases;
  table.fill(0);
  if (phase !== 'linear') {
    const count = before + behind * phases + 1;
    const values = sampleShaped(preset, phase, { first: -before, count, perPeriod: phases, gain: phases });
    for (let i = 0; i < count; i++) table[origin + before - i] = values[i];
    return;
  }
  const values = prototype(preset, before, preset.cutoff / phases, phases);
  for (let i = 0; i < before; i++) {
    table[origin + i] = values[i];
    table[origin - i] = values[i];
  }
}
