/**
 * Formats made of others: `mixed-int` and `nvfp4-residual`.
 *
 * ```
 * mixed-int, 177 bytes: 256 samples in 8 parts                  nvfp4-residual, 18 bytes: 16 samples
 * ┌───────────┬─────────────────────────────────────────┐       ┌─────────────────┬───────────────────┐
 * │ flags: u8  │ 8 parts: blocks of int8 or int4, 32 samples │       │ block of nvfp4: x  │ block of nvfp4: x − x̂ │
 * └───────────┴─────────────────────────────────────────┘       └─────────────────┴───────────────────┘
 * ```
 *
 * - `mixed-int` (the precisions of COMET, 2024, and MixLLM, 2024): the two parts with the largest samples, the first of equal
 *   ones, have 8 bits a sample and the others 4; bit i of the flags is set where part i has 8. Always two, so that packets
 *   have one length: 5.53 bits a sample. Other numbers of flags make zeros.
 * - `nvfp4-residual` (ARCQuant, 2026): what nvfp4 leaves is coded in nvfp4 again, under an eighth of the tensor scale. x̂ is
 *   the sum of the two; the first nine bytes of every eighteen are nvfp4 by themselves. So it is with blocks of 16, all of
 *   which are refined. Longer ones refine the loudest quarter of their parts of 16, rounded up, and of those only such as
 *   have a peak above an eighth of the block's; bit i of the flags is set where part i is refined. What is not needed of the
 *   quarter is zeros, so that packets have one length. Of 16 parts, 5.69 bits a sample:
 *
 * ```
 * nvfp4-residual, 2 + 9·parts + 9·⌈parts/4⌉ bytes
 * ┌────────────┬───────────────────────────┬──────────────────────────────────┐
 * │ flags: u16  │ blocks of nvfp4: x           │ blocks of nvfp4: x − x̂ where flagged │
 * └────────────┴───────────────────────────┴──────────────────────────────────┘
 * ```
 */
import { E2M1, E4M3_SCALE, scaledFormat, scaledParameters } from './_scaled-format.js';
import type { BlockFormat } from './format.js';

/** Parts of a block that have 8 bits a sample. */
const WIDE_PARTS = 2;

const mixed: BlockFormat = {
  id: 'mixed-int',
  blockSizes: { minimum: 256, maximum: 256, step: 256, default: 256 },
  blockBytes: () => 1 + 34 * WIDE_PARTS + 18 * (8 - WIDE_PARTS),
  encode: (kernels, target, source, blocks, _blockSize, scratch) =>
    kernels.encodeMixedBlocks(target, source, blocks, WIDE_PARTS, scratch),
  decode: (kernels, target, source, blocks) => kernels.decodeMixedBlocks(target, source, blocks, WIDE_PARTS),
};

const PART_SIZE = 16;
const FLAG_BYTES = 2;
const part = scaledFormat({
  id: 'nvfp4',
  element: E2M1,
  scale: E4M3_SCALE,
  blockSizes: { minimum: PART_SIZE, maximum: PART_SIZE, step: PART_SIZE, default: PART_SIZE },
  tensor: true,
});
const PART_BYTES = part.blockBytes(PART_SIZE);

const residual: BlockFormat = {
  id: 'nvfp4-residual',
  blockSizes: { minimum: PART_SIZE, maximum: 16 * PART_SIZE, step: PART_SIZE, default: PART_SIZE },
  scaleRules: part.scaleRules,
  tensorRange: part.tensorRange,
  blockBytes: (blockSize) => {
    const parts = blockSize / PART_SIZE;
    return (parts > 1 ? FLAG_BYTES : 0) + (parts + Math.ceil(parts / 4)) * PART_BYTES;
  },
  parameters: (settings) => {
    const words = scaledParameters(E2M1, E4M3_SCALE, settings);
    const both = new Uint32Array(2 * words.length);
    both.set(words);
    both.set(words, words.length);
    return both;
  },
  encode: (kernels, target, source, blocks, blockSize, scratch, parameters) =>
    kernels.encodeResidualBlocks(target, source, blocks, blockSize, PART_BYTES, scratch, parameters),
  decode: (kernels, target, source, blocks, blockSize, parameters, scratch) =>
    kernels.decodeResidualBlocks(target, source, blocks, blockSize, PART_BYTES, scratch, parameters),
};

export const combinedFormats: readonly BlockFormat[] = [mixed, residual];
