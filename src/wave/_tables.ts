/**
 * The wave codec's tables: made once, when first needed, of + − × ÷ and sqrt alone, so that they are the same bits
 * everywhere.
 */
import { amplitudeFromDecibels, cosPi, ln, sinPi } from '../engine/exact-math.js';
import { model } from './_model.js';

/** Steps from 0.35 on, 0.5 dB apart: up to 3.3·10^7, beyond the range of 24 bits. */
export const STEP_COUNT = 320;
const LEAST_STEP = 0.35;

/** Contexts of the levels, and the symbols in each: magnitudes 0 … 31 and the escape for those above. */
export const CONTEXT_COUNT = 33;
export const SYMBOL_COUNT = 33;
const TOTAL = 2 ** 15;
/** Entries from one context's table to the next. */
export const ROW = 64;

/** The step of each index, float32. */
export function stepTable(): Float32Array {
  return Float32Array.from({ length: STEP_COUNT }, (_, index) => LEAST_STEP * amplitudeFromDecibels(index / 2));
}

/** The largest index whose step is not above `step`. */
export function stepIndexOf(step: number): number {
  const steps = stepTable();
  let index = 0;
  while (index + 1 < STEP_COUNT && steps[index + 1] <= step) index++;
  return index;
}

/** Of the window's values the newest sixteenth rises as a sine, the others fall off as a squared cosine; oldest first. */
export function analysisWindow(length: number): Float64Array {
  const attack = length / 16;
  return Float64Array.from({ length }, (_, at) => {
    const age = length - 1 - at;
    if (age < attack) return sinPi((0.5 * (age + 0.5)) / attack);
    const fall = cosPi((0.5 * (age - attack + 0.5)) / (length - attack));
    return fall * fall;
  });
}

/** sin(πj/128) for j = 0 … 63: the values of reflections. */
export function sineTable(): Float64Array {
  return Float64Array.from({ length: 64 }, (_, j) => sinPi(j / 128));
}

/** round(2^20 · 2^(−j/6)): the weights of a model's letters within an octave. */
const OCTAVE = [1048576, 934167, 832255, 741455, 660562, 588491];

/**
 * Frequencies of a context's symbols, which add up to 2^15, from its letters: letter c, counted from '!', weighs
 * 2^(−c/6). Every symbol has at least 1, and the likeliest takes what rounding leaves.
 */
function frequenciesOf(letters: string): number[] {
  const weights = Array.from(letters, (letter) => {
    const code = letter.charCodeAt(0) - 33;
    return Math.floor(OCTAVE[code % 6] / (1 << Math.floor(code / 6)));
  });
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const frequencies = weights.map((weight) => Math.max(1, Math.floor((weight * (TOTAL - SYMBOL_COUNT)) / sum)));
  const rest = TOTAL - frequencies.reduce((total, frequency) => total + frequency, 0);
  frequencies[frequencies.indexOf(Math.max(...frequencies))] += rest;
  return frequencies;
}

/** Where each symbol's frequencies begin, a row a context: 33 entries, then 2^15. */
export function cumulativeFrequencies(): Uint16Array {
  const table = new Uint16Array(CONTEXT_COUNT * ROW);
  for (const [context, letters] of model.entries()) {
    let sum = 0;
    const start = context * ROW;
    for (const [symbol, frequency] of frequenciesOf(letters).entries()) {
      table[start + symbol] = sum;
      sum += frequency;
    }
    table[start + SYMBOL_COUNT] = sum;
  }
  return table;
}

/** Bits of each symbol, a row a context: for the encoder's choices. */
export function symbolCosts(): Float32Array {
  const frequencies = cumulativeFrequencies();
  return Float32Array.from(frequencies, (start, at) => {
    if (at % ROW >= SYMBOL_COUNT) return 0;
    return ln(TOTAL / (frequencies[at + 1] - start)) / Math.LN2;
  });
}
