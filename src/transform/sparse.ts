/**
 * The few coefficients of a sparse Walsh–Hadamard spectrum, from few samples.
 *
 * @packageDocumentation
 */

export type { SampleSource } from './_sparse-group.js';
export { SparseFwht, type SparseFwhtOptions, type SparseSpectrum, sparseFwht } from './sparse-fwht.js';
export {
  InverseSparseFwhtStage,
  type InverseSparseFwhtStageOptions,
  SparseFwhtStage,
  type SparseFwhtStageOptions,
} from './sparse-stage.js';
