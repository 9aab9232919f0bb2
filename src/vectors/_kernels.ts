/**
 * The kernels of assembly/vectors as TypeScript sees them: pointers are byte addresses in the engine's memory.
 */
import { declareKernels } from '../engine/kernels.js';

export interface VectorKernels {
  /** Copies values held to ±2^80, NaN as zero; returns how many were changed. */
  takeVectorsF32(target: number, source: number, count: number): number;
  /** y = scale·H·D·x for `batch` runs of `size` values, D by `size` u32 masks, 0 or 0x80000000. */
  rotateVectorsF32(pointer: number, masks: number, size: number, batch: number, scale: number): void;
  /** x = scale·D·H·y. */
  unrotateVectorsF32(pointer: number, masks: number, size: number, batch: number, scale: number): void;
  /** Multiplies value j of each run by factor j. */
  multiplyVectorsF32(pointer: number, factors: number, size: number, batch: number): void;
  /** target[j] = source[order[j]] in each run, or with `inverse` 1 target[order[j]] = source[j]. */
  permuteVectorsF32(target: number, source: number, order: number, size: number, batch: number, inverse: number): void;
  /** Inner products, float64, of each run with a query. */
  dotVectorsF32(products: number, source: number, vectors: number, dimension: number, query: number): void;
  /** Encodes vectors as levels under one scale; assembly/vectors/levels.ts has the layouts. Returns the address behind. */
  encodeLevelVectors(
    target: number,
    source: number,
    vectors: number,
    dimension: number,
    tables: number,
    groupBits: number,
    scaleBytes: number,
    rule: number,
    scratch: number,
  ): number;
  /** Decodes them; returns how many had an impossible scale and became zeros. So do the other decoders. */
  decodeLevelVectors(
    target: number,
    source: number,
    vectors: number,
    dimension: number,
    tables: number,
    groupBits: number,
    scaleBytes: number,
  ): number;
  /** Inner products, float64, of coded vectors with one of floats. */
  dotLevelVectors(
    products: number,
    source: number,
    vectors: number,
    dimension: number,
    tables: number,
    groupBits: number,
    scaleBytes: number,
    query: number,
  ): number;
  /** The same with the signs of a projection behind them; assembly/vectors/projection.ts has the layouts. */
  encodeProjectedVectors(
    target: number,
    source: number,
    vectors: number,
    dimension: number,
    tables: number,
    groupBits: number,
    scaleBytes: number,
    rows: number,
    masks: number,
    weight: number,
    scratch: number,
  ): number;
  decodeProjectedVectors(
    target: number,
    source: number,
    vectors: number,
    dimension: number,
    tables: number,
    groupBits: number,
    scaleBytes: number,
    codeBytes: number,
    rows: number,
    masks: number,
    scratch: number,
  ): number;
  dotProjectedVectors(
    products: number,
    source: number,
    vectors: number,
    dimension: number,
    tables: number,
    groupBits: number,
    scaleBytes: number,
    codeBytes: number,
    rows: number,
    masks: number,
    query: number,
    scratch: number,
  ): number;
  /** Pyramid vector quantisation; assembly/vectors/pulses.ts has the layouts. */
  encodePulseVectors(
    target: number,
    source: number,
    vectors: number,
    dimension: number,
    groupSize: number,
    pulses: number,
    indexBits: number,
    counts: number,
    gains: number,
    scaleBytes: number,
    scratch: number,
  ): number;
  decodePulseVectors(
    target: number,
    source: number,
    vectors: number,
    dimension: number,
    groupSize: number,
    pulses: number,
    indexBits: number,
    counts: number,
    gains: number,
    scaleBytes: number,
    scratch: number,
  ): number;
  /** Points of E8, entropy-coded; assembly/vectors/lattice.ts has the layouts. */
  encodeLatticeVectors(
    target: number,
    source: number,
    vectors: number,
    dimension: number,
    step: number,
    models: number,
    reach: number,
    scaleBytes: number,
    scratch: number,
  ): number;
  decodeLatticeVectors(
    target: number,
    source: number,
    vectors: number,
    dimension: number,
    models: number,
    reach: number,
    scaleBytes: number,
    scratch: number,
  ): number;
  /** Integers of 4 bits under one scale a vector. */
  encodeIntegerVectors(target: number, source: number, vectors: number, dimension: number, scaleBytes: number): number;
  decodeIntegerVectors(target: number, source: number, vectors: number, dimension: number, scaleBytes: number): number;
  /** Three levels, blocks of 256 values. */
  encodeTernaryVectors(target: number, source: number, blocks: number, threshold: number, scaleBytes: number): number;
  decodeTernaryVectors(target: number, source: number, blocks: number, scaleBytes: number): number;
  /** Triples as octahedral directions and lengths; assembly/vectors/octahedral.ts has the layouts. */
  encodeOctahedralVectors(
    target: number,
    source: number,
    vectors: number,
    dimension: number,
    tables: number,
    uBits: number,
    vBits: number,
    radiusBits: number,
    restBits: number,
    scaleBytes: number,
    scratch: number,
  ): number;
  decodeOctahedralVectors(
    target: number,
    source: number,
    vectors: number,
    dimension: number,
    tables: number,
    uBits: number,
    vBits: number,
    radiusBits: number,
    restBits: number,
    scaleBytes: number,
    scratch: number,
  ): number;
  /** Groups as entries of a codebook; assembly/vectors/codebook.ts has the layouts. */
  encodeCodebookVectors(
    target: number,
    source: number,
    vectors: number,
    dimension: number,
    groupSize: number,
    entries: number,
    indexBits: number,
    codebook: number,
    stride: number,
    gains: number,
    scaleBytes: number,
    scratch: number,
  ): number;
  decodeCodebookVectors(
    target: number,
    source: number,
    vectors: number,
    dimension: number,
    groupSize: number,
    indexBits: number,
    codebook: number,
    stride: number,
    gains: number,
    scaleBytes: number,
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
