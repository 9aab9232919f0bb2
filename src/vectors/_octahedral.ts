/** OCTOPUS: triples of turned values as octahedral directions and lengths. */
import { checkInteger } from '../engine/check.js';
import { NORMAL_LEVELS, OCTAHEDRAL_LEVELS, RADIUS_LEVELS } from './_lloyd-max.js';
import type { SchemeSite, VectorScheme } from './_scheme.js';

/** Bits of u, v and the length by bits a value: of the published splits' orders the one that errs least. */
const SPLITS: Readonly<Record<number, readonly [number, number, number]>> = {
  2: [3, 2, 1],
  3: [4, 3, 2],
  4: [5, 4, 3],
};

const even = (above: readonly number[]) => [...[...above].reverse().map((level) => -level), ...above];

export function createOctahedralScheme({ engine, kernels, options, reserve }: SchemeSite): VectorScheme {
  const { dimension, scaleBytes } = options;
  const bits = checkInteger('bits', options.bits, 2, 4);
  const [u, v, radius] = SPLITS[bits];
  const levels = [
    ...even(OCTAHEDRAL_LEVELS[u - 1]),
    ...even(OCTAHEDRAL_LEVELS[v - 1]),
    ...RADIUS_LEVELS[radius - 1],
    ...even(NORMAL_LEVELS[bits - 1]),
  ];
  const tables = reserve(4 * levels.length);
  new Float32Array(engine.buffer, tables, levels.length).set(levels);
  const scratch = reserve(16);
  const { encodeOctahedralVectors, decodeOctahedralVectors } = kernels;
  return {
    vectorBytes: scaleBytes + (dimension * bits) / 8,
    bits,
    encode: (target, source, vectors) =>
      encodeOctahedralVectors(target, source, vectors, dimension, tables, u, v, radius, bits, scaleBytes, scratch) -
      target,
    decode: (target, source, vectors) =>
      decodeOctahedralVectors(target, source, vectors, dimension, tables, u, v, radius, bits, scaleBytes, scratch),
  };
}
