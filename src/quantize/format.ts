/**
 * What a block number format is: a small record over shared kernels. A family of formats is one file that makes such
 * records (integer.ts, mx.ts, nv.ts) and one line in formats.ts.
 */
import type { QuantizeKernels } from './_kernels.js';

/**
 * How a block's scale follows from its largest magnitude amax; which of them a format has is in its record.
 *
 * - `floor`: the power of two that puts amax into the binade of the largest element. It clips: the MX standard's rule.
 * - `ceil`: rounded up, so that nothing clips; a power of two takes the binade above amax.
 * - `even`: rounded to the nearest; a power of two follows amax rounded to the element's precision.
 * - `rceil`: the least power of two under which nothing clips.
 * - `search`: of the neighbours the one with the least squared error of the block.
 */
export type ScaleRule = 'floor' | 'ceil' | 'even' | 'rceil' | 'search';

/**
 * How samples become elements.
 *
 * - `nearest`: the nearest, ties to even.
 * - `stochastic`: one of the two neighbours, with the probabilities that make the mean exact where nothing clips.
 * - `shaped`: the nearest, with the error of the samples before fed back, which moves the noise to high frequencies.
 */
export type Rounding = 'nearest' | 'stochastic' | 'shaped';

/** The number format of the scales. */
export type ScaleFormat = 'float16' | 'e8m0' | 'e4m3' | 'none' | 'float32' | 'dynamic8';

/** The layout of a 4-bit float, by its bits of exponent and mantissa. */
export type FloatLayout = 'e1m2' | 'e2m1' | 'e3m0';

/** The block sizes a format can have: from `minimum` to `maximum` in steps of `step`. */
export interface BlockSizes {
  readonly minimum: number;
  readonly maximum: number;
  readonly step: number;
  readonly default: number;
}

/** The choices a coder has made, for a record whose kernels take them from memory. */
export interface FormatSettings {
  readonly scaleRule: ScaleRule;
  readonly rounding: Rounding;
  readonly shapingOrder: 1 | 2;
  /** 1 where the format has no tensor scale. */
  readonly tensorScale: number;
}

/**
 * One block number format. Blocks have no memory of each other, and a coded block is a whole number of bytes.
 * `encode` and `decode` work on consecutive blocks at addresses in the engine's memory and are real-time safe.
 */
export interface BlockFormat {
  /** The id: `int4`. */
  readonly id: string;
  readonly blockSizes: BlockSizes;
  /** Rules for its scales, the default first. Absent: there is one way only, and no option. */
  readonly scaleRules?: readonly ScaleRule[];
  /** The rule where rounding is not to nearest: one that rounds the scale up. */
  readonly unclippedRule?: ScaleRule;
  /** Ways to round beside `nearest`. Absent: there are none, and no option. */
  readonly roundings?: readonly Rounding[];
  /** amax of a signal divided by its tensor scale, where the format has one. Absent: no option. */
  readonly tensorRange?: number;
  /** The same elements under other scales, by the name of the scale's format; the first is this record itself. */
  readonly scaleFormats?: { readonly [Name in ScaleFormat]?: BlockFormat };
  /** The same format with one layout in place of a choice among several. Absent: no option. */
  readonly layouts?: { readonly [Name in FloatLayout]?: BlockFormat };
  /** A scale may be that of a tile, `blockSize` 256, too. */
  readonly tiles?: boolean;
  /** So many blocks share so many bytes before them; `encode` and `decode` begin with the first of a group. */
  readonly groups?: { readonly blocks: number; readonly bytes: number };
  /** Bytes of a coded block, its scale included. */
  blockBytes(blockSize: number): number;
  /** The words at `parameters` for the kernels; the tensor scale, where there is one, is word TENSOR_SCALE_WORD. */
  parameters?(settings: FormatSettings): Uint32Array;
  /**
   * Returns how many samples were NaN or infinite and coded as zero; `scratch` holds two blocks of float32. `parameters`
   * and the channel's `state` are addresses, 0 for a record that has no `parameters`. Absent: it can only be decoded.
   */
  encode?(
    kernels: QuantizeKernels,
    target: number,
    source: number,
    blocks: number,
    blockSize: number,
    scratch: number,
    parameters: number,
    state: number,
  ): number;
  /** Returns how many blocks were impossible and became zeros. */
  decode(
    kernels: QuantizeKernels,
    target: number,
    source: number,
    blocks: number,
    blockSize: number,
    parameters: number,
    scratch: number,
  ): number;
}

/** Which of a format's parameter words holds the tensor scale, a float32. */
export const TENSOR_SCALE_WORD = 13;
/** Which of them counts the blocks that no scale reaches, where there is a tensor scale. */
export const SATURATED_WORD = 16;
/** Bytes of a channel's state: what stochastic and shaped rounding carry from block to block. */
export const STATE_BYTES = 32;
