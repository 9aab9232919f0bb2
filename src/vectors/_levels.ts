/** EDEN, DRIVE and TurboQuant's mse: levels of a scalar quantiser under one scale. */
import { checkNumber, checkOneOf, throwRange } from '../engine/check.js';
import { splitmix64 } from '../transform/signs.js';
import { NORMAL_LEVELS, SPHERE_LEVELS } from './_lloyd-max.js';
import type { SchemeSite, VectorScheme } from './_scheme.js';

/** How the scale is found, as the kernel counts. */
export const LEAST_SQUARES = 0;
export const UNBIASED = 1;
export const NORM_ONLY = 2;

/** Bytes of the thresholds and magnitudes of all tables; as many behind them for the levels. */
export const TABLES_BYTES = 2048;

/** Values that have their bits in common. */
export const GROUP = 16;

/** Writes the tables of 2^bits levels, those above zero given in ascending order. */
export function writeLevelTables(engine: SchemeSite['engine'], tables: number, bits: number, above: readonly number[]) {
  const floats = new Float32Array(engine.buffer);
  const first = tables / 4 + (1 << bits);
  const half = above.length;
  for (let k = 0; k < half; k++) {
    const level = Math.fround(above[k]);
    if (k > 0) floats[first + k - 1] = (Math.fround(above[k - 1]) + level) / 2;
    floats[first + half - 1 + k] = level;
    floats[first + TABLES_BYTES / 4 + half + k] = level;
    floats[first + TABLES_BYTES / 4 + half - 1 - k] = -level;
  }
}

/** The levels above zero for the values of a turned vector of this length. */
export function levelsFor(dimension: number, bits: number, distribution: 'normal' | 'sphere'): readonly number[] {
  const list = distribution === 'sphere' ? SPHERE_LEVELS[dimension]?.[bits - 1] : undefined;
  return list ?? NORMAL_LEVELS[bits - 1];
}

/**
 * Bits of the codes of each group of 16: the same for all, or where `bits` is no whole number one more for some, which the
 * seed chooses.
 */
export function fillGroupBits(groupBits: Uint8Array, bits: number, seed: number): void {
  const less = Math.floor(bits);
  const longer = Math.round((bits - less) * groupBits.length);
  groupBits.fill(less);
  const order = Uint32Array.from(groupBits, (_, group) => group);
  for (let k = 0; k < longer; k++) {
    // Fisher and Yates: one of those left. The index keeps away from the signs of the rotation (transform/signs.ts).
    const draw = Number(splitmix64(BigInt(seed), (2n ** 63n) | BigInt(k)) >> 11n) / 2 ** 53;
    const other = k + Math.floor(draw * (order.length - k));
    const group = order[other];
    order[other] = order[k];
    groupBits[group] = less + 1;
  }
}

/** Tables in engine memory for what the vectors of a codec need. */
export class LevelTables {
  readonly tables: number;
  readonly groupBits: number;
  /** Bits a value, as they came out. */
  readonly bits: number;
  readonly codeBytes: number;

  constructor({ engine, options, reserve }: SchemeSite, bits: number, distribution: 'normal' | 'sphere') {
    const { dimension, seed } = options;
    checkNumber('bits', bits, 1, 8);
    this.tables = reserve(2 * TABLES_BYTES);
    const groups = dimension / GROUP;
    this.groupBits = reserve(groups);
    const groupBits = new Uint8Array(engine.buffer, this.groupBits, groups);
    fillGroupBits(groupBits, bits, seed);
    let sum = 0;
    for (const width of groupBits) sum += width;
    this.bits = sum / groups;
    this.codeBytes = sum * (GROUP / 8);
    for (const width of new Set(groupBits)) {
      writeLevelTables(engine, this.tables, width, levelsFor(dimension, width, distribution));
    }
  }
}

export function createLevelScheme(site: SchemeSite): VectorScheme {
  const { codec, bits, bias = 'least-squares', dimension, scaleBytes } = site.options;
  checkOneOf('bias', bias, ['least-squares', 'unbiased']);
  if (codec === 'drive' && bits !== 1) throwRange('bits', '1 with the codec drive', bits);
  const isTurbo = codec === 'turbo-mse';
  const tables = new LevelTables(site, bits, isTurbo ? 'sphere' : 'normal');
  const rule = isTurbo ? NORM_ONLY : bias === 'unbiased' ? UNBIASED : LEAST_SQUARES;
  const scratch = site.reserve(64);
  const { encodeLevelVectors, decodeLevelVectors, dotLevelVectors } = site.kernels;
  const { tables: at, groupBits } = tables;
  return {
    vectorBytes: scaleBytes + tables.codeBytes,
    bits: tables.bits,
    encode: (target, source, vectors) =>
      encodeLevelVectors(target, source, vectors, dimension, at, groupBits, scaleBytes, rule, scratch) - target,
    decode: (target, source, vectors) =>
      decodeLevelVectors(target, source, vectors, dimension, at, groupBits, scaleBytes),
    dot: (products, source, vectors, query) =>
      dotLevelVectors(products, source, vectors, dimension, at, groupBits, scaleBytes, query),
  };
}
