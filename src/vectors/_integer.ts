/** SAW-INT4: integers of 4 bits behind a Hadamard transform by blocks. */
import { checkInteger } from '../engine/check.js';
import type { SchemeSite, VectorScheme } from './_scheme.js';

export function createIntegerScheme({ kernels, options }: SchemeSite): VectorScheme {
  const { dimension, scaleBytes } = options;
  const bits = checkInteger('bits', options.bits, 4, 4);
  const { encodeIntegerVectors, decodeIntegerVectors } = kernels;
  return {
    vectorBytes: 2 * scaleBytes + dimension / 2,
    bits,
    encode: (target, source, vectors) => encodeIntegerVectors(target, source, vectors, dimension, scaleBytes) - target,
    decode: (target, source, vectors) => decodeIntegerVectors(target, source, vectors, dimension, scaleBytes),
  };
}
