/** How an offline conversion is laid out: its transforms, its filter and its interpolator, from a preset and a ratio. */
import { ratio } from '../stage/rational.js';
import type { PhaseName } from './_shaped-prototype.js';
import { designPolyphase, ratioInLeastTerms } from './design.js';
import type { Preset } from './presets.js';

/** The intermediate rate is at least this many times the lower one of the two: the less, the longer the interpolator. */
const LEAST_OVERSAMPLING = 1.45;
const LEAST_FACTOR = 1 / 256;
/** The interpolator's stop band lies below the filter's own. */
const INTERPOLATOR_SPARE_DECIBELS = 6;
/** Kaiser's estimate of a filter's length is a little short. */
const SPARE_WIDTH = 1.03;
/** Lengths of the forward transform: the shortest, and the longest that pays. */
const SHORTEST_TRANSFORM = 1024;
const LONGEST_USUAL_TRANSFORM = 2 ** 16;
/** The inverse has fewer values where the rate goes down. */
const SHORTEST_INVERSE = 32;
export const LONGEST_TRANSFORM = 2 ** 20;
/** Intermediate frames of a block, at most where there is a choice. */
const MOST_OUTPUTS = 2 ** 17;
export interface OfflineOptions {
  readonly preset: Preset;
  readonly phase: PhaseName;
  /** to/from = up/down in least terms. */
  readonly up: number;
  readonly down: number;
  readonly channels: number;
  readonly maxInput: number;
}

/** How an offline conversion is laid out. Lengths in input frames. */
export interface OfflinePlan {
  /** The intermediate rate over the input's: a power of two. */
  readonly factor: number;
  readonly size: number;
  readonly hop: number;
  /** What the filter reaches back and ahead. */
  readonly behind: number;
  readonly ahead: number;
  readonly lead: number;
  /** to/intermediate in least terms, and the interpolator's half-width in intermediate frames: 0 where there is none. */
  readonly up: number;
  readonly down: number;
  readonly halfWidth: number;
  /** Numbers of the spectrum that the filter lets through, and of that at the intermediate rate. */
  readonly bins: number;
  readonly numbers: number;
  /** Intermediate frames of a block, those before them that are none, and what the interpolator has before the first. */
  readonly blockFrames: number;
  readonly blockStart: number;
  readonly keptAtStart: number;
}

/** A whole number as the interpreter has it without an object. */
function small(value: number): number {
  return value | 0;
}

export function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}

/** Multiplications of the two transforms of a block, about, an input frame. */
function costOf(size: number, factor: number, hop: number): number {
  let passes = 3;
  for (let length = 1; length < size; length *= 2) passes++;
  let inversePasses = 3;
  for (let length = 1; length < size * factor; length *= 2) inversePasses++;
  return (size * passes + size * factor * inversePasses) / hop;
}

export function planOf({ preset, phase, up, down }: OfflineOptions): OfflinePlan {
  const lower = Math.min(1, up / down);
  const power = powerOfTwo(up, down);
  // Long transforms for much silence: beyond 4 the interpolator is cheaper.
  const exponent = power !== undefined && power <= 2 ? power : undefined;
  let factor = exponent === undefined ? LEAST_FACTOR : up / down;
  if (exponent === undefined) while (factor < LEAST_OVERSAMPLING * lower) factor *= 2;
  const whole = Math.max(1, 1 / factor);
  const rest = ratioInLeastTerms(ratio(Math.max(1, factor), whole), ratio(up, down));
  // From the band's end to its image's beginning, as a fraction of the intermediate Nyquist frequency.
  const transition = 2 - (2 * lower) / factor;
  const width = (preset.attenuationDecibels + INTERPOLATOR_SPARE_DECIBELS - 7.95) / 14.36;
  const halfWidth = exponent === undefined ? Math.ceil((SPARE_WIDTH * width) / transition) : 0;
  const design = filterOf(preset, phase, factor, lower);
  const behind = roundUp(design.taps - design.ahead, whole);
  const ahead = roundUp(design.ahead, whole);
  const lead = roundUp(halfWidth / factor, whole);
  let size = SHORTEST_TRANSFORM;
  while (size < 2 * (behind + ahead) || size * factor < SHORTEST_INVERSE) size *= 2;
  const hopOf = (length: number) => Math.floor((length - behind - ahead) / whole) * whole;
  const most = Math.min(LONGEST_USUAL_TRANSFORM, LONGEST_TRANSFORM / Math.max(1, factor));
  for (let next = 2 * size; next <= most && (next * up) / down <= MOST_OUTPUTS; next *= 2) {
    if (costOf(next, factor, hopOf(next)) < costOf(size, factor, hopOf(size))) size = next;
  }
  const [blockFrames, blockStart, keptAtStart] = [hopOf(size) * factor, behind * factor, halfWidth - 1 - lead * factor];
  return {
    factor,
    size,
    hop: small(hopOf(size)),
    behind: small(behind),
    ahead: small(ahead),
    lead: small(lead),
    ...rest,
    halfWidth: small(halfWidth),
    bins: small((size * Math.min(1, factor)) / 2 + 1),
    numbers: small((size * factor) / 2 + 1),
    blockFrames: small(blockFrames),
    blockStart: small(blockStart),
    keptAtStart: exponent === undefined ? small(keptAtStart) : 0,
  };
}

/** k where up/down is 2^k, else undefined. */
function powerOfTwo(up: number, down: number): number | undefined {
  let [exponent, a, b] = [0, up, down];
  for (; a % 2 === 0; a /= 2) exponent++;
  for (; b % 2 === 0; b /= 2) exponent--;
  return a === 1 && b === 1 ? exponent : undefined;
}

/** The filter, at the higher one of the input and the intermediate rate; the band is that of `lower` times the input rate. */
export function filterOf(preset: Preset, phase: PhaseName, factor: number, lower: number) {
  const up = Math.max(1, factor);
  return designPolyphase(preset, phase, up, up / lower);
}

/** What remains to do at the intermediate rate. */
export function interpolatorOf({ up, down, halfWidth }: OfflinePlan, preset: Preset): Preset {
  return {
    attenuationDecibels: preset.attenuationDecibels + INTERPOLATOR_SPARE_DECIBELS,
    halfWidthPeriods: halfWidth,
    // At the intermediate Nyquist frequency, whatever the ratio: the band's end and its image lie on either side.
    cutoff: 1 / Math.min(1, up / down),
    arithmetic: 'float64',
  };
}
