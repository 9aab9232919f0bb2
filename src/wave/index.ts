/**
 * The wave codec: audio and sensor waveforms from 1 bit a sample to lossless, in packets of one render quantum or, for
 * files, of many.
 */

export type { NoiseShaping } from './_noise-shaping.js';
export type { WaveConfig, WaveParameters, WavePredictor } from './config.js';
export { isWaveKey } from './key.js';
export type { WaveRatePlan } from './rate-plan.js';
export { surveyWave, WaveSurvey } from './survey.js';
export { type ConcealedFrames, WaveDecoder, type WaveDecoderOptions } from './wave-decoder.js';
export { WaveEncoder } from './wave-encoder.js';
export type { WaveEncoderOptions } from './wave-encoder-options.js';
