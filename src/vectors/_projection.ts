/** TurboQuant's prod: levels, and the signs of a random projection of what they leave over. */
import { checkInteger, checkOneOf, checkPowerOfTwo } from '../engine/check.js';
import { fillSignMasks, splitmix64 } from '../transform/signs.js';
import { LevelTables } from './_levels.js';
import { fillNormal } from './_normal.js';
import type { SchemeSite, VectorScheme } from './_scheme.js';

/** Largest dimension of a matrix of Gaussian values: 4 MiB of them. */
const LARGEST_MATRIX = 1024;

export function createProjectionScheme(site: SchemeSite): VectorScheme {
  const { bits, dimension, scaleBytes, seed, projection = 'gaussian' } = site.options;
  const { engine, reserve, kernels } = site;
  checkOneOf('projection', projection, ['gaussian', 'hadamard']);
  checkInteger('bits', bits, 1, 8);
  let rows = 0;
  let masks = 0;
  // A second stream of the seed: signs and values must not be those of the rotation before.
  const own = Number(splitmix64(BigInt(seed), 2n ** 62n) >> 11n);
  if (projection === 'gaussian') {
    checkInteger('dimension', dimension, 16, LARGEST_MATRIX);
    rows = reserve(4 * dimension * dimension);
    fillNormal(new Float32Array(engine.buffer, rows, dimension * dimension), own);
  } else {
    checkPowerOfTwo('dimension', dimension, 16, 2 ** 16);
    masks = reserve(8 * dimension);
    fillSignMasks(new Uint32Array(engine.buffer, masks, dimension), own, 0);
    fillSignMasks(new Uint32Array(engine.buffer, masks + 4 * dimension, dimension), own, 1);
  }
  // E[Sᵀ·sign(S·r)] = d·√(2/π)·r/‖r‖ for d rows of Gaussian values, and √d in place of d for orthonormal ones.
  const weight = Math.sqrt(Math.PI / 2) / (projection === 'gaussian' ? dimension : Math.sqrt(dimension));
  const levels = bits > 1 ? new LevelTables(site, bits - 1, 'sphere') : undefined;
  const { tables = 0, groupBits = 0 } = levels ?? {};
  const codeBytes = levels === undefined ? 0 : scaleBytes + levels.codeBytes;
  const scratch = reserve(64 + 8 * dimension);
  const { encodeProjectedVectors, decodeProjectedVectors, dotProjectedVectors } = kernels;
  return {
    vectorBytes: codeBytes + scaleBytes + dimension / 8,
    bits,
    encode: (target, source, vectors) =>
      encodeProjectedVectors(
        target,
        source,
        vectors,
        dimension,
        tables,
        groupBits,
        scaleBytes,
        rows,
        masks,
        weight,
        scratch,
      ) - target,
    decode: (target, source, vectors) =>
      decodeProjectedVectors(
        target,
        source,
        vectors,
        dimension,
        tables,
        groupBits,
        scaleBytes,
        codeBytes,
        rows,
        masks,
        scratch,
      ),
    dot: (products, source, vectors, query) =>
      dotProjectedVectors(
        products,
        source,
        vectors,
        dimension,
        tables,
        groupBits,
        scaleBytes,
        codeBytes,
        rows,
        masks,
        query,
        scratch,
      ),
  };
}
