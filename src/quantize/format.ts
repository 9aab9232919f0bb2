/**
 * What a block number format is: a small record over shared kernels. A family of formats is one file that makes such
 * records (integer.ts) and one line in formats.ts.
 */
import type { Kernels } from '../engine/exports.js';

/** The block sizes a format can have: from `minimum` to `maximum` in steps of `step`. */
export interface BlockSizes {
  readonly minimum: number;
  readonly maximum: number;
  readonly step: number;
  readonly default: number;
}

/**
 * One block number format. Blocks have no memory of each other, and a coded block is a whole number of bytes.
 * `encode` and `decode` work on consecutive blocks at addresses in the engine's memory and are real-time safe.
 */
export interface BlockFormat {
  /** The id: `int4`. */
  readonly id: string;
  readonly blockSizes: BlockSizes;
  /** Bytes of a coded block, its scale included. */
  blockBytes(blockSize: number): number;
  /** Returns how many samples were NaN or infinite and coded as zero; `scratch` holds one block of float32. */
  encode(kernels: Kernels, target: number, source: number, blocks: number, blockSize: number, scratch: number): number;
  /** Returns how many blocks were impossible and became zeros. */
  decode(kernels: Kernels, target: number, source: number, blocks: number, blockSize: number): number;
}
