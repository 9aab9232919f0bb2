/**
 * From a preset and a ratio to the numbers of a polyphase filter. All in float64 with exact-math alone, so that the
 * table has the same bits in every runtime.
 */
import { besselI0, sinc } from '../engine/exact-math.js';
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

/** The kernel takes 16 taps at a time. */
const HALF_TAPS_STEP = 8;

/** A larger table would no longer stay in a processor's second-level cache, and takes long to make. */
export const LARGEST_TABLE_BYTES = 2 * 2 ** 20;

/** to/from in least terms. The parts may be beyond the safe integers, and then are rounded: such a table is refused. */
export function ratioInLeastTerms(from: Rational, to: Rational): { up: number; down: number } {
  const top = BigInt(to.numerator) * BigInt(from.denominator);
  const bottom = BigInt(to.denominator) * BigInt(from.numerator);
  let [a, b] = [top, bottom];
  while (b !== 0n) [a, b] = [b, a % b];
  return { up: Number(top / a), down: Number(bottom / a) };
}

/** The filter of a preset for to/from = up/down. Where the rate falls it is longer in input frames: down/up times. */
export function designPolyphase(preset: Preset, up: number, down: number): PolyphaseDesign {
  const widest = preset.halfWidthPeriods * Math.max(1, down / up);
  return { preset, up, down, halfWidth: Math.ceil(widest / HALF_TAPS_STEP) * HALF_TAPS_STEP };
}

/** Coefficients of one phase. */
export function tapsOf({ halfWidth }: PolyphaseDesign): number {
  return 2 * halfWidth;
}

/** Bytes of the phase table in float32. */
export function tableBytes(design: PolyphaseDesign): number {
  return design.up * tapsOf(design) * 4;
}

/**
 * The right half of the prototype: its value at i/up input frames from the middle, i = 0 … up·halfWidth. The sum over
 * both halves is `up`, so that the phases have a gain of 1 at 0 Hz on the average, and each one to within the stop band.
 */
function prototype({ preset, up, down, halfWidth }: PolyphaseDesign): Float64Array {
  // Kaiser's formula for attenuations above 50 dB.
  const beta = 0.1102 * (preset.attenuationDecibels - 8.7);
  const edge = up * halfWidth;
  // Cutoff in half cycles per 1/up of an input frame.
  const cutoff = (preset.cutoff * Math.min(1, up / down)) / up;
  const values = new Float64Array(edge + 1);
  let sum = 0;
  for (let i = 0; i < edge; i++) {
    const place = i / edge;
    values[i] = sinc(cutoff * i) * besselI0(beta * Math.sqrt((1 - place) * (1 + place)));
    sum += i === 0 ? values[i] : 2 * values[i];
  }
  // At the edge itself the window ends: 0, so that the filter is symmetric although its taps are even in number.
  for (let i = 0; i < edge; i++) values[i] *= up / sum;
  return values;
}

/**
 * Fills a phase table: `up` rows of coefficients, in the order in which successive outputs use them. Output k stands
 * (k·down mod up)/up frames after input frame ⌊k·down/up⌋; tap j of its row meets the input frame that stands
 * halfWidth − 1 − j frames before that one.
 */
export function fillPhaseTable(design: PolyphaseDesign, table: Float32Array): void {
  const { up, down, halfWidth } = design;
  const values = prototype(design);
  const taps = tapsOf(design);
  const step = down % up;
  for (let row = 0, phase = 0, at = 0; row < up; row++) {
    for (let j = 0; j < taps; j++) table[at++] = values[Math.abs(phase + (halfWidth - 1 - j) * up)];
    phase += step;
    if (phase >= up) phase -= up;
  }
}
