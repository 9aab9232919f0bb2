/** Sample-rate conversion. */
export type { CallerBuffer } from './_caller-buffers.js';
export { DriftCorrector, type DriftCorrectorOptions, type RatioFollower } from './drift-corrector.js';
export { type Gap, IrregularResampler, type IrregularResamplerOptions, type RegularFrames } from './irregular.js';
export {
  MODES,
  type ModeName,
  PHASES,
  type PhaseName,
  type RatioChange,
  type ResamplerOptions,
} from './options.js';
export { QUALITIES, type QualityName } from './presets.js';
export type { FilterSpecification, LatencyTarget, Quality } from './quality.js';
export { Resampler } from './resampler.js';
