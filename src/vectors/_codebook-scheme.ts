/** GSQ and coupled quantisation: groups of values as entries of a codebook, with a gain of their own or as they are. */
import { checkInteger, checkNumber, throwRange, throwType } from '../engine/check.js';
import { writeGains } from './_gains.js';
import { fillNormal } from './_normal.js';
import type { SchemeSite, VectorScheme } from './_scheme.js';
import { trainCodebook } from './codebook.js';

const MOST_INDEX_BITS = 12;
/** Index bits up to which a codebook of directions is made where none is given: more would take seconds. */
const MOST_TRAINED_BITS = 8;
/** Examples for each entry, and rounds, of that. */
const EXAMPLES = 8;
const ROUNDS = 10;

function checkCodebook(codebook: ArrayLike<number>, lengths: readonly number[]): Float32Array {
  if (!Array.isArray(codebook) && !ArrayBuffer.isView(codebook)) throwType('codebook', 'an array of numbers', codebook);
  if (!lengths.includes(codebook.length)) throwRange('codebook.length', lengths.join(' or '), codebook.length);
  for (let i = 0; i < codebook.length; i++) checkNumber(`codebook[${i}]`, codebook[i], -(2 ** 60), 2 ** 60);
  return Float32Array.from(codebook);
}

/** Directions spread evenly over the sphere, the same everywhere. */
function trainDirections(groupSize: number, indexBits: number): Float32Array {
  if (indexBits > MOST_TRAINED_BITS) {
    throw new RangeError(
      `gsq expected a codebook for indices of ${indexBits} bits, got none; up to ${MOST_TRAINED_BITS} bits it makes its own`,
    );
  }
  const entries = 1 << indexBits;
  const examples = new Float32Array(EXAMPLES * entries * groupSize);
  fillNormal(examples, 0);
  return trainCodebook(examples, { groupSize, entries, rounds: ROUNDS, directions: true });
}

export function createCodebookScheme(site: SchemeSite): VectorScheme {
  const { engine, kernels, options, reserve } = site;
  const { codec, dimension, bits, scaleBytes } = options;
  const hasGains = codec === 'gsq';
  const groupSize = checkInteger('groupSize', options.groupSize ?? (hasGains ? 4 : 2), 1, 64);
  if (dimension % groupSize !== 0) throwRange('groupSize', `a divisor of the dimension, ${dimension}`, groupSize);
  const indexBits = checkInteger('bits·groupSize', bits * groupSize, 1, MOST_INDEX_BITS);
  const groups = dimension / groupSize;
  const entries = 1 << indexBits;
  const length = entries * groupSize;
  if (options.codebook === undefined && !hasGains)
    throwType('codebook', 'an array of numbers (see trainCodebook)', undefined);
  const values =
    options.codebook === undefined
      ? trainDirections(groupSize, indexBits)
      : checkCodebook(options.codebook, [length, length * groups]);
  const codebook = reserve(4 * values.length);
  new Float32Array(engine.buffer, codebook, values.length).set(values);
  const stride = values.length > length ? 4 * length : 0;
  const gains = hasGains ? writeGains(site) : 0;
  const scratch = reserve(8 * groups);
  const indexBytes = Math.ceil((groups * indexBits) / 8);
  const { encodeCodebookVectors, decodeCodebookVectors } = kernels;
  return {
    vectorBytes: indexBytes + (hasGains ? scaleBytes + groups : 0),
    bits: indexBits / groupSize + (hasGains ? 8 / groupSize : 0),
    encode: (target, source, vectors) =>
      encodeCodebookVectors(
        target,
        source,
        vectors,
        dimension,
        groupSize,
        entries,
        indexBits,
        codebook,
        stride,
        gains,
        scaleBytes,
        scratch,
      ) - target,
    decode: (target, source, vectors) =>
      decodeCodebookVectors(
        target,
        source,
        vectors,
        dimension,
        groupSize,
        indexBits,
        codebook,
        stride,
        gains,
        scaleBytes,
      ),
  };
}
