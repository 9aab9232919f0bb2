/** ITQ3_S: three or eight levels for blocks of 256 turned values, each block under a scale of its own. */
import { throwRange } from '../engine/check.js';
import { createLevelScheme } from './_levels.js';
import { TERNARY_LEVEL } from './_lloyd-max.js';
import type { SchemeSite, VectorScheme } from './_scheme.js';

const BLOCK = 256;
/** Five trits to a byte, and one in the last. */
const TERNARY_BYTES = 52;

export function createTernaryScheme(site: SchemeSite): VectorScheme {
  const { dimension, bits, scaleBytes } = site.options;
  const blocks = dimension / BLOCK;
  if (bits === 3) {
    const scheme = createLevelScheme({ ...site, options: { ...site.options, dimension: BLOCK } });
    return {
      vectorBytes: blocks * scheme.vectorBytes,
      bits,
      encode: (target, source, vectors) => scheme.encode(target, source, vectors * blocks),
      decode: (target, source, vectors) => scheme.decode(target, source, vectors * blocks),
    };
  }
  if (bits !== 1.625) throwRange('bits', '1.625 or 3 with the codec itq3s', bits);
  const { encodeTernaryVectors, decodeTernaryVectors } = site.kernels;
  return {
    vectorBytes: blocks * (scaleBytes + TERNARY_BYTES),
    bits,
    encode: (target, source, vectors) =>
      encodeTernaryVectors(target, source, vectors * blocks, TERNARY_LEVEL / 2, scaleBytes) - target,
    decode: (target, source, vectors) => decodeTernaryVectors(target, source, vectors * blocks, scaleBytes),
  };
}
