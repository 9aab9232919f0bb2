/**
 * Prototypes of another phase than the linear one. A preset's magnitude gets the phase on a coarse grid of eight points a
 * period of the lower rate, once for all ratios; the many points of a table come from those by band-limited interpolation.
 */
import { besselI0, sinc } from '../engine/exact-math.js';
import { blendPhase, groupDelaySeconds } from './minimum-phase.js';
import type { Preset } from './presets.js';

/** Phase responses a caller may name: linear, the least delay, and half of each. */
export const PHASES = ['linear', 'intermediate', 'minimum'] as const;

export type PhaseName = (typeof PHASES)[number];

/** How far a filter reaches from an output's instant, in periods of the lower rate. */
export interface Reach {
  /** To input before it. */
  readonly behind: number;
  /** To input after it: what makes latency. */
  readonly ahead: number;
}

/** Points of the grid a period. The band ends at 1/8 of the grid's Nyquist frequency: its images are far off. */
const POINTS = 8;
/** Share of the linear phase in the intermediate one. */
const LINEAR_SHARE = 0.5;
/**
 * What another phase costs in the stop band: minimum phase 0.6 dB, for the zeros held up, and as much
 * where an alias folds on its own image, intermediate phase up to 3 dB, for
 * its response has no end and is cut. So the filters are made that much better.
 */
const SPARE_DECIBELS = { minimum: 1.5, intermediate: 3 };
/**
 * Where it is cut, in half-widths of the linear filter: the least at which the stop band ends within 3 dB of what it would
 * be without an end, by trial of the five presets. Beyond 150 dB the ends have farther to fall.
 */
const INTERMEDIATE_REACH = { ahead: 1.125, behind: 1.5 };
const FINE_INTERMEDIATE_REACH = { ahead: 1.25, behind: 1.75 };
const FINE_DECIBELS = 150;

/**
 * What minimum phase is delayed by beyond its own delay, in points of the grid: 1 µs at 44.1 kHz. Without it the few large
 * coefficients of ratios such as 1:2 and 1:4 round to float32 so unluckily that images of `archive` come up to 144.8 dB.
 */
const MINIMUM_DELAY_POINTS = 0.4;

/** The interpolator: a windowed sinc over so many points of the grid, images this far below the stop band. */
const INTERPOLATOR_POINTS = 20;
const INTERPOLATOR_SPARE_DECIBELS = 14;

/** The preset whose magnitude a phase is given to. */
function magnitudeOf(preset: Preset, phase: PhaseName): Preset {
  if (phase === 'linear') return preset;
  const attenuationDecibels = preset.attenuationDecibels + SPARE_DECIBELS[phase];
  // The same transition: Kaiser's formula, presets.ts.
  const wider = (attenuationDecibels - 7.95) / (preset.attenuationDecibels - 7.95);
  return { ...preset, attenuationDecibels, halfWidthPeriods: Math.ceil(preset.halfWidthPeriods * wider) };
}

/** How far a preset's filter reaches with a phase. */
export function reachOf(preset: Preset, phase: PhaseName): Reach {
  const { halfWidthPeriods, attenuationDecibels } = magnitudeOf(preset, phase);
  if (phase === 'linear') return { behind: halfWidthPeriods, ahead: halfWidthPeriods };
  if (phase === 'minimum') return { behind: 2 * halfWidthPeriods, ahead: 0 };
  const { ahead, behind } = attenuationDecibels > FINE_DECIBELS ? FINE_INTERMEDIATE_REACH : INTERMEDIATE_REACH;
  return { behind: Math.ceil(behind * halfWidthPeriods), ahead: Math.ceil(ahead * halfWidthPeriods) };
}

/** A linear-phase prototype on the grid, whole, gain 1: a sinc under a Kaiser window. */
function linearPrototype({ attenuationDecibels, halfWidthPeriods, cutoff }: Preset): Float64Array {
  const beta = 0.1102 * (attenuationDecibels - 8.7);
  const middle = halfWidthPeriods * POINTS;
  const values = new Float64Array(2 * middle + 1);
  let sum = 0;
  for (let i = 0; i <= middle; i++) {
    const place = i / middle;
    const value = sinc((cutoff * i) / POINTS) * besselI0(beta * Math.sqrt((1 - place) * (1 + place)));
    values[middle - i] = value;
    values[middle + i] = value;
    sum += i === 0 ? value : 2 * value;
  }
  for (let i = 0; i < values.length; i++) values[i] /= sum;
  return values;
}

/** A preset's impulse response on the grid: point 0 stands `ahead` periods before the response's time 0. */
interface ShapedPrototype {
  readonly values: Float64Array;
  /** Where time 0 is, in points of the grid: not whole for the intermediate phase, whose delay at 0 Hz it takes away. */
  readonly origin: number;
}

/** The last ones made: a table, a clone's and the group delay want the same. */
const made = new Map<string, ShapedPrototype>();
const MOST_KEPT = 4;

function shape(preset: Preset, phase: Exclude<PhaseName, 'linear'>): ShapedPrototype {
  const magnitude = magnitudeOf(preset, phase);
  const { attenuationDecibels, halfWidthPeriods, cutoff } = magnitude;
  const key = [phase, attenuationDecibels, halfWidthPeriods, cutoff].join(' ');
  const known = made.get(key);
  if (known !== undefined) return known;
  const circle = blendPhase(
    linearPrototype(magnitude),
    { attenuationDecibels },
    phase === 'minimum' ? 0 : LINEAR_SHARE,
  );
  const { ahead, behind } = reachOf(preset, phase);
  // A little more on either side than is reached, for what moving the origin brings in.
  const spare = phase === 'minimum' ? 0 : 4;
  const before = (ahead + spare) * POINTS;
  const values = new Float64Array(before + (behind + spare) * POINTS + 1);
  for (let i = 0; i < values.length; i++) values[i] = circle[(i - before + circle.length) % circle.length];
  // The minimum phase keeps its delay: without it the filter would want input from after the output's instant.
  const origin = phase === 'minimum' ? -MINIMUM_DELAY_POINTS : groupDelaySeconds(values, 1, 0);
  const prototype = { values, origin };
  if (made.size === MOST_KEPT) made.delete(made.keys().next().value as string);
  made.set(key, prototype);
  return prototype;
}

function greatestCommonDivisor(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y !== 0) [x, y] = [y, x % y];
  return x;
}

/**
 * The response at `count` instants 1/`perPeriod` periods apart, the first of them `first`/`perPeriod` periods after its time
 * 0; their sum is `gain`.
 */
export function sampleShaped(
  preset: Preset,
  phase: Exclude<PhaseName, 'linear'>,
  { first, count, perPeriod, gain }: { first: number; count: number; perPeriod: number; gain: number },
): Float64Array {
  const { values, origin } = shape(preset, phase);
  const samples = new Float64Array(count);
  const weights = new Float64Array(INTERPOLATOR_POINTS);
  const beta = 0.1102 * (preset.attenuationDecibels + INTERPOLATOR_SPARE_DECIBELS - 8.7);
  const half = INTERPOLATOR_POINTS / 2;
  // Every so many instants the same weights come again, a whole number of points on.
  const cycle = perPeriod / greatestCommonDivisor(perPeriod, POINTS);
  const pointsPerCycle = (cycle * POINTS) / perPeriod;
  let sum = 0;
  for (let start = 0; start < Math.min(cycle, count); start++) {
    const place = ((first + start) * POINTS) / perPeriod + origin;
    const whole = Math.floor(place);
    let weight = 0;
    for (let j = 0; j < INTERPOLATOR_POINTS; j++) {
      const distance = whole + j - half + 1 - place;
      const edge = Math.abs(distance) / half;
      weights[j] = edge >= 1 ? 0 : sinc(distance) * besselI0(beta * Math.sqrt((1 - edge) * (1 + edge)));
      weight += weights[j];
    }
    for (let i = start, from = whole - half + 1; i < count; i += cycle, from += pointsPerCycle) {
      const low = Math.max(0, -from);
      const high = Math.min(INTERPOLATOR_POINTS, values.length - from);
      let value = 0;
      for (let j = low; j < high; j++) value += weights[j] * values[from + j];
      samples[i] = value / weight;
      sum += samples[i];
    }
  }
  for (let i = 0; i < count; i++) samples[i] *= gain / sum;
  return samples;
}

/** Group delay in periods of the lower rate, at a fraction of the lower Nyquist frequency. */
export function shapedGroupDelay(preset: Preset, phase: Exclude<PhaseName, 'linear'>, frequency: number): number {
  const { values, origin } = shape(preset, phase);
  return groupDelaySeconds(values, POINTS, frequency / 2) - origin / POINTS;
}
