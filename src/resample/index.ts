/** Sample-rate conversion. */
export { QUALITIES, type QualityName } from './presets.js';
export { MODES, type ModeName, PHASES, type PhaseName, Resampler, type ResamplerOptions } from './resampler.js';
