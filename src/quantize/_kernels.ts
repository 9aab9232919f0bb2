/**
 * The kernels of assembly/quantize as TypeScript sees them: pointers are byte addresses in the engine's memory.
 */
import { declareKernels } from '../engine/kernels.js';

/** What comes first: where to, where from, how many blocks of how many values. */
type Blocks = [target: number, source: number, blocks: number, blockSize: number];

export interface QuantizeKernels {
  /** The bits of the least float16 that is not below x >= 0; infinity above 65504. */
  float16Above(x: number): number;
  /** The bits of the float16 nearest to x, ties to even. */
  float16Nearest(x: number): number;
  /** The value of float16 bits. */
  float32FromFloat16(bits: number): number;
  /** Encodes blocks of integer codes under a float16 scale; `scratch` holds one block. Returns samples not finite. */
  encodeIntegerBlocks(...run: [...Blocks, bits: number, scratch: number]): number;
  /** Decodes them; returns how many blocks had an impossible scale and became zeros. */
  decodeIntegerBlocks(...run: [...Blocks, bits: number]): number;
  /** Encodes ggml's q8_0, q4_0 or mxfp4 (`kind` 0, 1, 2), blocks of 32; returns samples not finite. */
  encodeGgmlBlocks(target: number, source: number, blocks: number, kind: number, scratch: number): number;
  /** Decodes them; returns how many blocks had an impossible scale and became zeros. So do the other decoders below. */
  decodeGgmlBlocks(target: number, source: number, blocks: number, kind: number): number;
  /** Decodes ggml's q4_K, blocks of 256. */
  decodeGgmlQ4K(target: number, source: number, blocks: number): number;
  /** Encodes codes of table entries, under the block's largest magnitude where `scaled` is 1; returns samples not finite. */
  encodeLookupBlocks(...run: [...Blocks, bits: number, scaled: number, table: number, scratch: number]): number;
  decodeLookupBlocks(...run: [...Blocks, bits: number, scaled: number, table: number]): number;
  /** The same under nested scales, in groups of up to 256 blocks; `tables` are the format's and then the scales'. */
  encodeNestedBlocks(...run: [...Blocks, bits: number, tables: number, scratch: number]): number;
  decodeNestedBlocks(...run: [...Blocks, bits: number, tables: number]): number;
  /** Encodes μ-law, a byte a sample; returns samples not finite. Its decoder is decodeLookupBlocks. */
  encodeMulawBlocks(...run: [...Blocks, scratch: number]): number;
  /** Encodes E3M2 codes in a 4-bit and a 2-bit plane under a float16 scale; returns samples not finite. */
  encodePlaneBlocks(...run: [...Blocks, scratch: number]): number;
  decodePlaneBlocks(...run: Blocks): number;
  /** Encodes integer codes under a power of two; returns samples not finite. */
  encodeSharedExponentBlocks: QuantizeKernels['encodeIntegerBlocks'];
  decodeSharedExponentBlocks: QuantizeKernels['decodeIntegerBlocks'];
  /** Encodes table entries of 4 bits under the root mean square of a block, or of each sign in it (`sides` 2). */
  encodeDeviationBlocks(...run: [...Blocks, sides: number, table: number, scratch: number]): number;
  decodeDeviationBlocks(...run: [...Blocks, sides: number, table: number]): number;
  /** Encodes three levels, five to a byte; `blockSize` is a multiple of 80. */
  encodeTernaryBlocks(...run: [...Blocks, scratch: number]): number;
  decodeTernaryBlocks(...run: Blocks): number;
  /** Encodes two levels, eight to a byte. */
  encodeSignBlocks(...run: [...Blocks, scratch: number]): number;
  decodeSignBlocks(...run: Blocks): number;
  /** Encodes floats of 4 bits of the best layout, of those whose bits are set in `layouts`, and a searched scale. */
  encodeSearchedBlocks(...run: [...Blocks, layouts: number, scratch: number]): number;
  decodeSearchedBlocks(...run: Blocks): number;
  /** Encodes blocks of eight parts of 32, `wide` of which have 8 bits a sample and the others 4. */
  encodeMixedBlocks(target: number, source: number, blocks: number, wide: number, scratch: number): number;
  decodeMixedBlocks(target: number, source: number, blocks: number, wide: number): number;
  /** Encodes parts of encodeScaledBlocks, and of one or the loudest what is left; `scratch` holds two blocks. */
  encodeResidualBlocks(...run: [...Blocks, codedBytes: number, scratch: number, parameters: number]): number;
  decodeResidualBlocks: QuantizeKernels['encodeResidualBlocks'];
  /** y = scale·H·D·x for `batch` runs of `size` values, D by `size` u32 masks, 0 or 0x80000000. */
  rotateBlocksF32(pointer: number, masks: number, size: number, batch: number, scale: number): void;
  /** x = scale·D·H·y. */
  unrotateBlocksF32: QuantizeKernels['rotateBlocksF32'];
  /** target[i] = source[order[i]] in each of `periods` periods. */
  gatherF32(target: number, source: number, order: number, period: number, periods: number): void;
  /** target[order[i]] = source[i]. */
  scatterF32: QuantizeKernels['gatherF32'];
  /** target[i] = (source[i]·multiplier + 2^(shift − 1)) >> shift of int32 values, held to least … most. */
  requantizeI32(
    target: number,
    source: number,
    count: number,
    multiplier: number,
    shift: number,
    least: number,
    most: number,
  ): void;
  /** The largest finite |x| of `count` values, a multiple of 4. */
  largestMagnitudeF32(source: number, count: number): number;
  /**
   * Encodes blocks of minifloats or integers under a small scale; assembly/quantize/scaled.ts has the words at
   * `parameters` and `state`. Returns samples not finite.
   */
  encodeScaledBlocks(...run: [...Blocks, scratch: number, parameters: number, state: number]): number;
  /** Decodes them; returns how many blocks had an impossible scale and became zeros. */
  decodeScaledBlocks(...run: [...Blocks, parameters: number]): number;
  /** The minifloat codes, a byte each, of 16·`groups` values without a scale. */
  minifloatCodes(target: number, source: number, groups: number, parameters: number): void;
  /** Tiles of 16 × 16, one after the other, from 16·`strips` rows of `columns` values. */
  tilesFromRows(target: number, source: number, columns: number, strips: number): void;
  /** The other way. */
  rowsFromTiles: QuantizeKernels['tilesFromRows'];
}

/** The kernels on an engine; the list beside says how many parameters each has. */
export const quantizeKernels = declareKernels<QuantizeKernels>(
  'quantize',
  () => import('../../wasm/quantize.base64.js'),
  {
    float16Above: 1,
    float16Nearest: 1,
    float32FromFloat16: 1,
    encodeIntegerBlocks: 6,
    decodeIntegerBlocks: 5,
    encodeGgmlBlocks: 5,
    decodeGgmlBlocks: 4,
    decodeGgmlQ4K: 3,
    encodeLookupBlocks: 8,
    decodeLookupBlocks: 7,
    encodeNestedBlocks: 7,
    decodeNestedBlocks: 6,
    encodeMulawBlocks: 5,
    encodePlaneBlocks: 5,
    decodePlaneBlocks: 4,
    encodeSharedExponentBlocks: 6,
    decodeSharedExponentBlocks: 5,
    encodeDeviationBlocks: 7,
    decodeDeviationBlocks: 6,
    encodeTernaryBlocks: 5,
    decodeTernaryBlocks: 4,
    encodeSignBlocks: 5,
    decodeSignBlocks: 4,
    encodeSearchedBlocks: 6,
    decodeSearchedBlocks: 4,
    encodeMixedBlocks: 5,
    decodeMixedBlocks: 4,
    encodeResidualBlocks: 7,
    decodeResidualBlocks: 7,
    rotateBlocksF32: 5,
    unrotateBlocksF32: 5,
    gatherF32: 5,
    scatterF32: 5,
    requantizeI32: 7,
    largestMagnitudeF32: 2,
    encodeScaledBlocks: 7,
    decodeScaledBlocks: 5,
    minifloatCodes: 4,
    tilesFromRows: 4,
    rowsFromTiles: 4,
  },
);
