/** Formats whose codes stand for the entries of a table: how such a table is made for the kernels, and the record. */
import type { BlockFormat, BlockSizes } from './format.js';

/** 2^bits codes; the arrays are in ascending order of what the codes stand for. */
export interface Codebook {
  readonly codes: readonly number[];
  /** float32 values. */
  readonly values: readonly number[];
  /** One between every two neighbours: float32 values; what is above it belongs to the upper one. */
  readonly thresholds: readonly number[];
}

const float = new Float32Array(1);
const word = new Int32Array(float.buffer);

/** The largest float32 below x: a threshold of it, where x itself belongs to the upper neighbour. */
export function floatBelow(x: number): number {
  float[0] = x;
  // Bits of the sign apart, they ascend with the magnitude; below zero is the smallest negative subnormal.
  if (float[0] === 0) word[0] = -0x7fffffff;
  else word[0] += float[0] > 0 ? -1 : 1;
  return float[0];
}

/** A codebook by its values alone: codes in ascending order, and thresholds midway, where a tie goes to the lower code. */
export function ascendingCodebook(values: readonly number[]): Codebook {
  const floats = values.map(Math.fround);
  return {
    codes: floats.map((_, code) => code),
    values: floats,
    thresholds: floats.slice(1).map((value, i) => Math.fround((floats[i] + value) / 2)),
  };
}

/** The table as assembly/quantize/lookup.ts lays it out. */
export function codebookWords({ codes, values, thresholds }: Codebook): Uint32Array {
  const size = codes.length;
  const words = new Uint32Array((9 * size) / 4);
  new Float32Array(words.buffer, 0, size - 1).set(thresholds);
  const byCode = new Float32Array(size);
  for (const [rank, code] of codes.entries()) byCode[code] = values[rank];
  const bytes = new Uint8Array(words.buffer);
  const from = new Uint8Array(byCode.buffer);
  for (let i = 0; i < 4 * size; i++) bytes[4 * size + (size === 16 ? (i & 3) * 16 + (i >> 2) : i)] = from[i];
  bytes.set(codes, 8 * size);
  return words;
}

interface CodebookFormatOptions {
  readonly bits: 4 | 8;
  readonly blockSizes: BlockSizes;
}

/** A format of such codes: under the block's largest magnitude as a float32, or `scaled` false, under none. */
export function codebookFormat(
  id: string,
  { bits, scaled, blockSizes }: CodebookFormatOptions & { scaled: boolean },
  makeCodebook: () => Codebook,
): BlockFormat {
  const mode = scaled ? 1 : 0;
  return {
    id,
    blockSizes,
    blockBytes: (blockSize) => 4 * mode + (blockSize * bits) / 8,
    parameters: () => codebookWords(makeCodebook()),
    encode: (kernels, target, source, blocks, blockSize, scratch, table) =>
      kernels.encodeLookupBlocks(target, source, blocks, blockSize, bits, mode, table, scratch),
    decode: (kernels, target, source, blocks, blockSize, table) =>
      kernels.decodeLookupBlocks(target, source, blocks, blockSize, bits, mode, table),
  };
}

/** Blocks whose scales share an offset and a peak. */
const GROUP = { blocks: 256, bytes: 8 };

/** The same codes under scales that are codes themselves, of 8 bits, of another codebook. */
export function nestedCodebookFormat(
  id: string,
  { bits, blockSizes }: CodebookFormatOptions,
  makeCodebook: () => Codebook,
  makeScaleCodebook: () => Codebook,
): BlockFormat {
  return {
    id,
    blockSizes,
    groups: GROUP,
    blockBytes: (blockSize) => 1 + (blockSize * bits) / 8,
    parameters: () => {
      const words = codebookWords(makeCodebook());
      const scaleWords = codebookWords(makeScaleCodebook());
      const both = new Uint32Array(words.length + scaleWords.length);
      both.set(words);
      both.set(scaleWords, words.length);
      return both;
    },
    encode: (kernels, target, source, blocks, blockSize, scratch, tables) =>
      kernels.encodeNestedBlocks(target, source, blocks, blockSize, bits, tables, scratch),
    decode: (kernels, target, source, blocks, blockSize, tables) =>
      kernels.decodeNestedBlocks(target, source, blocks, blockSize, bits, tables),
  };
}
