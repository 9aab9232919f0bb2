/** Layers behind a coded vector: schemes for what is left over, in the turned space. Plain TypeScript where speed is no matter. */
import { checkInteger, checkOneOf, checkOptions, throwType } from '../engine/check.js';
import { powerOfTwo } from '../engine/exact-math.js';
import { createLevelScheme } from './_levels.js';
import type { SchemeSite, VectorScheme } from './_scheme.js';

/**
 * What a layer adds: codes of the error in `bits` bits under a scale of their own (`levels`), its `count` largest coefficients
 * to 8 bits each (`sparse`), or all of it as NVFP4 in blocks of 16 (`nvfp4`).
 */
export type Refinement =
  | { readonly kind: 'levels'; readonly bits: number }
  | { readonly kind: 'sparse'; readonly count: number }
  | { readonly kind: 'nvfp4' };

/** Bytes of a coefficient: where it stands, and a signed byte in steps of 1/127 of the largest. */
const SPARSE_BYTES = 3;
const STEPS = 127;

function createSparseScheme({ engine, options }: SchemeSite, wanted: number): VectorScheme {
  const { dimension } = options;
  const count = checkInteger('refinements.count', wanted, 1, dimension);
  const memory = new Float32Array(engine.buffer);
  const view = new DataView(engine.buffer);
  const vectorBytes = 4 + SPARSE_BYTES * count;
  return {
    vectorBytes,
    bits: (8 * SPARSE_BYTES * count) / dimension,
    encode(target, source, vectors) {
      for (let vector = 0; vector < vectors; vector++) {
        const at = target + vector * vectorBytes;
        const values = memory.subarray(source / 4 + vector * dimension, source / 4 + (vector + 1) * dimension);
        // By magnitude, then by place: in every runtime the same.
        const order = Array.from(values, (_, i) => i).sort(
          (a, b) => Math.abs(values[b]) - Math.abs(values[a]) || a - b,
        );
        const largest = Math.abs(values[order[0]]);
        view.setFloat32(at, largest, true);
        for (let k = 0; k < count; k++) {
          const i = order[k];
          view.setUint16(at + 4 + SPARSE_BYTES * k, i, true);
          view.setInt8(at + 6 + SPARSE_BYTES * k, largest > 0 ? Math.round((values[i] / largest) * STEPS) : 0);
        }
      }
      return vectors * vectorBytes;
    },
    decode(target, source, vectors) {
      let damaged = 0;
      memory.fill(0, target / 4, target / 4 + vectors * dimension);
      for (let vector = 0; vector < vectors; vector++) {
        const at = source + vector * vectorBytes;
        const largest = view.getFloat32(at, true);
        if (!(largest >= 0 && largest <= 2 ** 102)) {
          damaged++;
          continue;
        }
        for (let k = 0; k < count; k++) {
          const i = view.getUint16(at + 4 + SPARSE_BYTES * k, true);
          if (i >= dimension) damaged++;
          else
            memory[target / 4 + vector * dimension + i] = (largest * view.getInt8(at + 6 + SPARSE_BYTES * k)) / STEPS;
        }
      }
      return damaged;
    },
  };
}

/** Magnitudes of E2M1 by code, and of E4M3 without sign (the last one, of 127 codes, is 448). */
const E2M1 = [0, 0.5, 1, 1.5, 2, 3, 4, 6];
const E4M3 = Array.from({ length: 127 }, (_, code) =>
  code < 8 ? code * powerOfTwo(-9) : (1 + (code & 7) / 8) * powerOfTwo((code >> 3) - 7),
);
const NVFP4_BLOCK = 16;

/** Code of the magnitude nearest to x ≥ 0, ties to the even code. */
function nearestCode(magnitudes: readonly number[], x: number): number {
  let code = 0;
  for (; code + 1 < magnitudes.length; code++) {
    const middle = (magnitudes[code] + magnitudes[code + 1]) / 2;
    if (x < middle || (x === middle && code % 2 === 0)) break;
  }
  return code;
}

/** NVFP4 with the largest of a vector in place of a tensor's: a float32, a byte of scale each 16 values, 4 bits a value. */
function createNvfp4Scheme({ engine, options }: SchemeSite): VectorScheme {
  const { dimension } = options;
  const memory = new Float32Array(engine.buffer);
  const bytes = new Uint8Array(engine.buffer);
  const view = new DataView(engine.buffer);
  const blocks = dimension / NVFP4_BLOCK;
  const vectorBytes = 4 + blocks + dimension / 2;
  return {
    vectorBytes,
    bits: 4.5,
    encode(target, source, vectors) {
      bytes.fill(0, target, target + vectors * vectorBytes);
      for (let vector = 0; vector < vectors; vector++) {
        const at = target + vector * vectorBytes;
        const first = source / 4 + vector * dimension;
        let largest = 0;
        for (let i = 0; i < dimension; i++) largest = Math.max(largest, Math.abs(memory[first + i]));
        const whole = Math.fround(largest / (448 * 6));
        view.setFloat32(at, whole, true);
        if (whole === 0) continue;
        for (let block = 0; block < blocks; block++) {
          let most = 0;
          for (let i = 0; i < NVFP4_BLOCK; i++) {
            most = Math.max(most, Math.abs(memory[first + block * NVFP4_BLOCK + i]));
          }
          const code = nearestCode(E4M3, most / 6 / whole);
          bytes[at + 4 + block] = code;
          const step = E4M3[code] * whole;
          for (let i = 0; i < NVFP4_BLOCK && step > 0; i++) {
            const value = memory[first + block * NVFP4_BLOCK + i];
            const element = nearestCode(E2M1, Math.abs(value) / step) | (value < 0 ? 8 : 0);
            bytes[at + 4 + blocks + ((block * NVFP4_BLOCK + i) >> 1)] |= element << (4 * (i & 1));
          }
        }
      }
      return vectors * vectorBytes;
    },
    decode(target, source, vectors) {
      let damaged = 0;
      memory.fill(0, target / 4, target / 4 + vectors * dimension);
      for (let vector = 0; vector < vectors; vector++) {
        const at = source + vector * vectorBytes;
        const whole = view.getFloat32(at, true);
        if (!(whole >= 0 && whole <= 2 ** 94)) {
          damaged++;
          continue;
        }
        for (let i = 0; i < dimension; i++) {
          const code = bytes[at + 4 + Math.floor(i / NVFP4_BLOCK)];
          const element = (bytes[at + 4 + blocks + (i >> 1)] >> (4 * (i & 1))) & 15;
          // 127 and what has a sign is never written.
          const magnitude = code < 127 ? E2M1[element & 7] * E4M3[code] * whole : 0;
          memory[target / 4 + vector * dimension + i] = element & 8 ? -magnitude : magnitude;
        }
      }
      return damaged;
    },
  };
}

export function createRefinement(site: SchemeSite, refinement: Refinement): VectorScheme {
  if (typeof refinement !== 'object' || refinement === null) throwType('refinements', 'layers with a kind', refinement);
  checkOneOf('refinements.kind', refinement.kind, ['levels', 'sparse', 'nvfp4']);
  if (refinement.kind === 'sparse') {
    checkOptions('the refinement sparse', refinement, ['kind', 'count']);
    return createSparseScheme(site, refinement.count);
  }
  if (refinement.kind === 'nvfp4') {
    checkOptions('the refinement nvfp4', refinement, ['kind']);
    return createNvfp4Scheme(site);
  }
  checkOptions('the refinement levels', refinement, ['kind', 'bits']);
  return createLevelScheme({ ...site, options: { ...site.options, codec: 'eden', bits: refinement.bits } });
}
