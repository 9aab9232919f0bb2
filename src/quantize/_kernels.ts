/**
 * The kernels of assembly/quantize as TypeScript sees them: pointers are byte addresses in the engine's memory.
 */
import { declareKernels } from '../engine/kernels.js';

export interface QuantizeKernels {
  /** The bits of the least float16 that is not below x >= 0; infinity above 65504. */
  float16Above(x: number): number;
  /** The bits of the float16 nearest to x, ties to even. */
  float16Nearest(x: number): number;
  /** The value of float16 bits. */
  float32FromFloat16(bits: number): number;
  /** Encodes blocks of integer codes under a float16 scale; `scratch` holds one block. Returns samples not finite. */
  encodeIntegerBlocks(
    target: number,
    source: number,
    blocks: number,
    blockSize: number,
    bits: number,
    scratch: number,
  ): number;
  /** Decodes them; returns how many blocks had an impossible scale and became zeros. */
  decodeIntegerBlocks(target: number, source: number, blocks: number, blockSize: number, bits: number): number;
  /** Encodes ggml's q8_0, q4_0 or mxfp4 (`kind` 0, 1, 2), blocks of 32; returns samples not finite. */
  encodeGgmlBlocks(target: number, source: number, blocks: number, kind: number, scratch: number): number;
  /** Decodes them; returns how many blocks had an impossible scale and became zeros. So do the other decoders below. */
  decodeGgmlBlocks(target: number, source: number, blocks: number, kind: number): number;
  /** Decodes ggml's q4_K, blocks of 256. */
  decodeGgmlQ4K(target: number, source: number, blocks: number): number;
  /** Encodes codes of table entries, under the block's largest magnitude where `scaled` is 1; returns samples not finite. */
  encodeLookupBlocks(
    target: number,
    source: number,
    blocks: number,
    blockSize: number,
    bits: number,
    scaled: number,
    table: number,
    scratch: number,
  ): number;
  decodeLookupBlocks(
    target: number,
    source: number,
    blocks: number,
    blockSize: number,
    bits: number,
    scaled: number,
    table: number,
  ): number;
  /** Encodes E3M2 codes in a 4-bit and a 2-bit plane under a float16 scale; returns samples not finite. */
  encodePlaneBlocks(target: number, source: number, blocks: number, blockSize: number, scratch: number): number;
  decodePlaneBlocks(target: number, source: number, blocks: number, blockSize: number): number;
  /** Encodes integer codes under a power of two; returns samples not finite. */
  encodeSharedExponentBlocks(
    target: number,
    source: number,
    blocks: number,
    blockSize: number,
    bits: number,
    scratch: number,
  ): number;
  decodeSharedExponentBlocks(target: number, source: number, blocks: number, blockSize: number, bits: number): number;
  /** The largest finite |x| of `count` values, a multiple of 4. */
  largestMagnitudeF32(source: number, count: number): number;
  /**
   * Encodes blocks of minifloats or integers under a small scale; assembly/quantize/scaled.ts has the words at
   * `parameters` and `state`. Returns samples not finite.
   */
  encodeScaledBlocks(
    target: number,
    source: number,
    blocks: number,
    blockSize: number,
    scratch: number,
    parameters: number,
    state: number,
  ): number;
  /** Decodes them; returns how many blocks had an impossible scale and became zeros. */
  decodeScaledBlocks(target: number, source: number, blocks: number, blockSize: number, parameters: number): number;
  /** The minifloat codes, a byte each, of 16·`groups` values without a scale. */
  minifloatCodes(target: number, source: number, groups: number, parameters: number): void;
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
    encodePlaneBlocks: 5,
    decodePlaneBlocks: 4,
    encodeSharedExponentBlocks: 6,
    decodeSharedExponentBlocks: 5,
    largestMagnitudeF32: 2,
    encodeScaledBlocks: 7,
    decodeScaledBlocks: 5,
    minifloatCodes: 4,
  },
);
