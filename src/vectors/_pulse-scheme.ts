/** Pyramid vector quantisation of small groups. */
import { checkInteger, throwRange } from '../engine/check.js';
import { writeGains } from './_gains.js';
import type { SchemeSite, VectorScheme } from './_scheme.js';
import { countTable } from './pulses.js';

const LARGEST_GROUP = 32;
const MOST_PULSES = 128;

const bitsFor = (count: bigint) => (count - 1n).toString(2).length;

export function createPulseScheme({ engine, kernels, options, reserve }: SchemeSite): VectorScheme {
  const { dimension, bits, scaleBytes } = options;
  const groupSize = checkInteger('groupSize', options.groupSize ?? 8, 2, LARGEST_GROUP);
  if (dimension % groupSize !== 0) throwRange('groupSize', `a divisor of the dimension, ${dimension}`, groupSize);
  const table = countTable(groupSize, MOST_PULSES);
  const room = options.pulses === undefined ? Math.min(63, bits * groupSize) : 63;
  let most = 0;
  while (most < MOST_PULSES && bitsFor(table[groupSize][most + 1]) <= room) most++;
  if (most === 0) throwRange('bits', `enough for one pulse in ${groupSize} values`, bits);
  const pulses = checkInteger('pulses', options.pulses ?? most, 1, most);
  const indexBits = bitsFor(table[groupSize][pulses]);
  const groups = dimension / groupSize;
  const counts = reserve(8 * (groupSize + 1) * (pulses + 1));
  const words = new BigUint64Array(engine.buffer, counts, (groupSize + 1) * (pulses + 1));
  words.set(table.flatMap((row) => row.slice(0, pulses + 1)));
  const gains = writeGains({ engine, reserve });
  const scratch = reserve(256 + 8 * groups);
  const { encodePulseVectors, decodePulseVectors } = kernels;
  return {
    vectorBytes: scaleBytes + groups + Math.ceil((groups * indexBits) / 8),
    bits: (8 + indexBits) / groupSize,
    encode: (target, source, vectors) =>
      encodePulseVectors(
        target,
        source,
        vectors,
        dimension,
        groupSize,
        pulses,
        indexBits,
        counts,
        gains,
        scaleBytes,
        scratch,
      ) - target,
    decode: (target, source, vectors) =>
      decodePulseVectors(
        target,
        source,
        vectors,
        dimension,
        groupSize,
        pulses,
        indexBits,
        counts,
        gains,
        scaleBytes,
        scratch,
      ),
  };
}
