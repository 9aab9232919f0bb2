/**
 * The kernels of assembly/vectors as TypeScript sees them: pointers are byte addresses in the engine's memory.
 */
import { declareKernels } from '../engine/kernels.js';

/** What comes first: where to, where from, how many vectors of how many values. */
type Vectors = [target: number, source: number, vectors: number, dimension: number];
type Levels = [...Vectors, tables: number, groupBits: number, scaleBytes: number];
type Projected = [...Levels, codeBytes: number, rows: number, masks: number];

export interface VectorKernels {
  /** Copies values held to ±2^80, NaN as zero; returns how many were changed. */
  takeVectorsF32(target: number, source: number, count: number): number;
  /** y = scale·H·D·x for `batch` runs of `size` values, D by `size` u32 masks, 0 or 0x80000000. */
  rotateVectorsF32(pointer: number, masks: number, size: number, batch: number, scale: number): void;
  /** x = scale·D·H·y. */
  unrotateVectorsF32: VectorKernels['rotateVectorsF32'];
  /** Multiplies value j of each run by factor j. */
  multiplyVectorsF32(pointer: number, factors: number, size: number, batch: number): void;
  /** target[j] = source[order[j]] in each run, or with `inverse` 1 target[order[j]] = source[j]. */
  permuteVectorsF32(target: number, source: number, order: number, size: number, batch: number, inverse: number): void;
  /** Inner products, float64, of each run with a query; they go to `target`, here and below. */
  dotVectorsF32(...run: [...Vectors, query: number]): void;
  /** Encodes vectors as levels under one scale; assembly/vectors/levels.ts has the layouts. Returns the address behind. */
  encodeLevelVectors(...run: [...Levels, rule: number, scratch: number]): number;
  /** Decodes them; returns how many had an impossible scale and became zeros. So do the other decoders. */
  decodeLevelVectors(...run: Levels): number;
  /** Inner products, float64, of coded vectors with one of floats. */
  dotLevelVectors(...run: [...Levels, query: number]): number;
  /** The same with the signs of a projection behind them; assembly/vectors/projection.ts has the layouts. */
  encodeProjectedVectors(...run: [...Levels, rows: number, masks: number, weight: number, scratch: number]): number;
  decodeProjectedVectors(...run: [...Projected, scratch: number]): number;
  dotProjectedVectors(...run: [...Projected, query: number, scratch: number]): number;
  /** Pyramid vector quantisation; assembly/vectors/pulses.ts has the layouts. */
  encodePulseVectors(
    ...run: [
      ...Vectors,
      groupSize: number,
      pulses: number,
      indexBits: number,
      counts: number,
      gains: number,
      scaleBytes: number,
      scratch: number,
    ]
  ): number;
  decodePulseVectors: VectorKernels['encodePulseVectors'];
  /** Points of E8, entropy-coded; assembly/vectors/lattice.ts has the layouts. */
  encodeLatticeVectors(
    ...run: [...Vectors, step: number, models: number, reach: number, scaleBytes: number, scratch: number]
  ): number;
  decodeLatticeVectors(
    ...run: [...Vectors, models: number, reach: number, scaleBytes: number, scratch: number]
  ): number;
  /** Integers of 4 bits under one scale a vector. */
  encodeIntegerVectors(...run: [...Vectors, scaleBytes: number]): number;
  decodeIntegerVectors: VectorKernels['encodeIntegerVectors'];
  /** Three levels, blocks of 256 values. */
  encodeTernaryVectors(target: number, source: number, blocks: number, threshold: number, scaleBytes: number): number;
  decodeTernaryVectors(target: number, source: number, blocks: number, scaleBytes: number): number;
  /** Triples as octahedral directions and lengths; assembly/vectors/octahedral.ts has the layouts. */
  encodeOctahedralVectors(
    ...run: [
      ...Vectors,
      tables: number,
      uBits: number,
      vBits: number,
      radiusBits: number,
      restBits: number,
      scaleBytes: number,
      scratch: number,
    ]
  ): number;
  decodeOctahedralVectors: VectorKernels['encodeOctahedralVectors'];
  /** Groups as entries of a codebook; assembly/vectors/codebook.ts has the layouts. */
  encodeCodebookVectors(
    ...run: [
      ...Vectors,
      groupSize: number,
      entries: number,
      indexBits: number,
      codebook: number,
      stride: number,
      gains: number,
      scaleBytes: number,
      scratch: number,
    ]
  ): number;
  decodeCodebookVectors(
    ...run: [
      ...Vectors,
      groupSize: number,
      indexBits: number,
      codebook: number,
      stride: number,
      gains: number,
      scaleBytes: number,
    ]
  ): number;
}

/** The kernels on an engine; the list beside says how many parameters each has. */
export const vectorKernels = declareKernels<VectorKernels>('vectors', () => import('../../wasm/vectors.base64.js'), {
  takeVectorsF32: 3,
  rotateVectorsF32: 5,
  unrotateVectorsF32: 5,
  multiplyVectorsF32: 4,
  permuteVectorsF32: 6,
  dotVectorsF32: 5,
  encodeLevelVectors: 9,
  decodeLevelVectors: 7,
  dotLevelVectors: 8,
  encodeProjectedVectors: 11,
  decodeProjectedVectors: 11,
  dotProjectedVectors: 12,
  encodePulseVectors: 11,
  decodePulseVectors: 11,
  encodeLatticeVectors: 9,
  decodeLatticeVectors: 8,
  encodeIntegerVectors: 5,
  decodeIntegerVectors: 5,
  encodeTernaryVectors: 5,
  decodeTernaryVectors: 4,
  encodeOctahedralVectors: 11,
  decodeOctahedralVectors: 11,
  encodeCodebookVectors: 12,
  decodeCodebookVectors: 10,
});
