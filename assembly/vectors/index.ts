// The module's entry, wasm/vectors.base64.js: quantisers of vectors. One line a kernel file, nothing else.

export { decodeCodebookVectors, encodeCodebookVectors } from './codebook';
export { decodeIntegerVectors, encodeIntegerVectors } from './integer';
export { decodeLatticeVectors, encodeLatticeVectors } from './lattice';
export { decodeLevelVectors, dotLevelVectors, encodeLevelVectors } from './levels';
export { decodeOctahedralVectors, encodeOctahedralVectors } from './octahedral';
export { decodeProjectedVectors, dotProjectedVectors, encodeProjectedVectors } from './projection';
export { decodePulseVectors, encodePulseVectors } from './pulses';
export {
  dotVectorsF32,
  multiplyVectorsF32,
  permuteVectorsF32,
  rotateVectorsF32,
  takeVectorsF32,
  unrotateVectorsF32,
} from './rotation';
export { decodeTernaryVectors, encodeTernaryVectors } from './ternary';
