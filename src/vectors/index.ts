/**
 * Quantisers of vectors behind a rotation: feature vectors, spectra, embeddings, sensor arrays.
 *
 * @packageDocumentation
 */

export type { Refinement } from './_refinements.js';
export type { VectorCodecName, VectorOptions, VectorRotation } from './_vector-options.js';
export type { VectorDirection } from './_vector-packets.js';
export { type TrainCodebookOptions, trainCodebook } from './codebook.js';
export { ProgressiveVectorCodec, type ProgressiveVectorOptions } from './progressive.js';
export { pvqCount, pvqIndex, pvqVector } from './pulses.js';
export { VectorCodec } from './vector-codec.js';
export { VectorDecoder, type VectorDecoderOptions } from './vector-decoder.js';
export { VectorEncoder, type VectorEncoderOptions } from './vector-encoder.js';
