/**
 * Block number formats: samples that share a scale, at a few bits each.
 *
 * @packageDocumentation
 */

export type { BlockOptions, BlockRotation } from './_block-options.js';
export {
  type Allocation,
  type AllocationOptions,
  allocateBits,
  allocateBitsExactly,
} from './allocation.js';
export { BlockCodec } from './block-codec.js';
export { BlockDecoder, type BlockDecoderOptions } from './block-decoder.js';
export { BlockEncoder, type BlockEncoderOptions } from './block-encoder.js';
export { levelOrder } from './channel-order.js';
export type { FloatLayout, Rounding, ScaleFormat, ScaleRule } from './format.js';
export { Requantizer, type RequantizerOptions } from './requantizer.js';
export {
  type AutomaticOptions,
  crestFactor,
  type FormatChoice,
  type FormatTrial,
  gainBias,
  type SelectFormatOptions,
  selectFormat,
} from './selector.js';
export { percentileScale } from './static-scale.js';
