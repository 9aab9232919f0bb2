/**
 * Block number formats: samples that share a scale, at a few bits each.
 *
 * @packageDocumentation
 */

export type { BlockOptions, BlockRotation } from './_block-coder.js';
export { BlockCodec } from './block-codec.js';
export { BlockDecoder, type BlockDecoderOptions } from './block-decoder.js';
export { BlockEncoder, type BlockEncoderOptions } from './block-encoder.js';
export type { Rounding, ScaleFormat, ScaleRule } from './format.js';
export {
  type AutomaticOptions,
  crestFactor,
  type FormatChoice,
  type FormatTrial,
  gainBias,
  type SelectFormatOptions,
  selectFormat,
} from './selector.js';
