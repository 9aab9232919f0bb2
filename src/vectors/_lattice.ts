/** Points of the lattice E8, entropy-coded: the high end. */
import { checkInteger, checkNumber } from '../engine/check.js';
import { exp, ln, power } from '../engine/exact-math.js';
import type { SchemeSite, VectorScheme } from './_scheme.js';

/** The length of a coded vector has 16 bits. */
const LARGEST_LATTICE_DIMENSION = 8192;
const TOTAL = 2 ** 15;
/** Models: whole numbers and halves; any, even, odd. */
const MODELS = 6;
/** How many standard deviations have symbols of their own. */
const REACH = 4.5;

/** Weights of Simpson's rule in eight steps. */
const SIMPSON = [1, 4, 2, 4, 2, 4, 2, 4, 1];

/** How likely each number from −reach to reach is for values of a standard deviation, a cell being as wide as the lattice's. */
function likelihoods(deviation: number, reach: number, offset: number): number[] {
  return Array.from({ length: 2 * reach + 1 }, (_, symbol) => {
    let sum = 0;
    for (const [i, weight] of SIMPSON.entries()) {
      const x = (symbol - reach + offset - 0.5 + i / 8) / deviation;
      sum += weight * exp((-x * x) / 2);
    }
    return sum / 24 / (deviation * Math.sqrt(2 * Math.PI));
  });
}

/** Those of a model, 0 where it has no such number; what is beyond the reach comes last. */
function modelLikelihoods(deviation: number, reach: number, model: number): number[] {
  const all = likelihoods(deviation, reach, model >= 3 ? 0.5 : 0);
  const parity = (model % 3) - 1;
  const kept = all.map((value, symbol) => (parity < 0 || Math.abs(symbol - reach) % 2 === parity ? value : 0));
  const beyond = 2 ** -15;
  const sum = kept.reduce((total, value) => total + value, 0);
  return [...kept.map((value) => (value / sum) * (1 - beyond)), beyond];
}

const entropy = (chances: number[]) =>
  chances.reduce((sum, chance) => (chance > 0 ? sum - (chance * ln(chance)) / Math.LN2 : sum), 0);

/** Cumulative frequencies of 2^15, at least 1 for what can be. */
function cumulate(chances: number[]): Uint16Array {
  const frequencies = chances.map((chance) => (chance > 0 ? Math.max(1, Math.round(chance * TOTAL)) : 0));
  const total = frequencies.reduce((sum, frequency) => sum + frequency, 0);
  frequencies[frequencies.indexOf(Math.max(...frequencies))] += TOTAL - total;
  const cumulative = new Uint16Array(chances.length + 1);
  for (const [i, frequency] of frequencies.entries()) cumulative[i + 1] = cumulative[i] + frequency;
  return cumulative;
}

export function createLatticeScheme({ engine, kernels, options, reserve }: SchemeSite): VectorScheme {
  const { scaleBytes } = options;
  const bits = checkNumber('bits', options.bits, 1, 8);
  const dimension = checkInteger('dimension', options.dimension, 16, LARGEST_LATTICE_DIMENSION);
  // Beside the values: length, scale, and about six bits at the coder's end.
  const target = bits - (8 * (2 + scaleBytes) + 6) / dimension;
  checkNumber('bits without the scale and the length', target, 0.5, 8);
  // A Gaussian value has ½·log2(2πe) bits more than its step's logarithm; at few bits a little less, which two or three
  // corrections find.
  let step = power(2, 2.0471 - target);
  let reach = 0;
  let chances: number[][] = [];
  for (let round = 0; round < 4; round++) {
    reach = Math.ceil(REACH / step) + 1;
    chances = Array.from({ length: MODELS }, (_, model) => modelLikelihoods(1 / step, reach, model));
    const [anyWhole, even, odd, anyHalf, evenHalf, oddHalf] = chances.map(entropy);
    const found = (1 + 3.5 * (anyWhole + anyHalf) + (even + odd + evenHalf + oddHalf) / 4) / 8;
    if (round < 3) step *= power(2, found - target);
  }
  const length = 2 * reach + 3;
  const models = reserve(2 * MODELS * length);
  const words = new Uint16Array(engine.buffer, models, MODELS * length);
  for (const [model, list] of chances.entries()) words.set(cumulate(list), model * length);
  const scratch = reserve(256);
  const { encodeLatticeVectors, decodeLatticeVectors } = kernels;
  const headBytes = 2 + scaleBytes;
  return {
    // Two bytes for any number within reach, and five more for each beyond: at most one in 20 is that far from the mean.
    vectorBytes: headBytes + 3 * dimension + 64,
    bits,
    lengthAt: (bytes, at, end) => {
      if (end - at < headBytes) return -1;
      const all = headBytes + bytes[at] + 256 * bytes[at + 1];
      return all > end - at ? -1 : all;
    },
    encode: (to, source, vectors) =>
      encodeLatticeVectors(to, source, vectors, dimension, step, models, reach, scaleBytes, scratch) - to,
    decode: (to, source, vectors) =>
      decodeLatticeVectors(to, source, vectors, dimension, models, reach, scaleBytes, scratch),
  };
}
