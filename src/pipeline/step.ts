/**
 * Steps: the plain data a pipeline is described by. A list of steps travels as JSON to a worklet, a worker or a page
 * header; `catalogue.ts` makes stages of them.
 */

import type { BlockOptions } from '../quantize/index.js';
import type { ModeName, PhaseName, Quality } from '../resample/index.js';
import type { RationalLike } from '../stage/rational.js';
import type {
  AdaptedRotationStageOptions,
  AdaptiveRotationStageOptions,
  RunningScalingStageOptions,
  TransformChooserOptions,
} from '../transform/adaptive.js';
import type { ButterflyOptions, FwhtOrder, FwhtScale } from '../transform/index.js';
import type { SparseFwhtStageOptions } from '../transform/sparse.js';
import type { VectorEncoderOptions } from '../vectors/index.js';
import type { WaveEncoderOptions } from '../wave/index.js';

/** What the codec `wave` may be told beside its input and its packets' size. */
export interface WaveOptions
  extends Omit<WaveEncoderOptions, 'sampleRate' | 'channels' | 'framesPerPacket' | 'maxInput' | 'effort'> {
  /** As WaveEncoder's; `auto` is the hardest search that fits the budget. */
  readonly effort?: number | 'auto';
}

/** Frames at one rate to frames at another. */
export interface ResampleStep {
  readonly type: 'resample';
  /** Output rate in Hz. */
  readonly to: RationalLike;
  /**
   * A preset's name, the figures of a filter, or the latency it may have. `reference` takes and gives float64 samples;
   * `auto` is the best of `archive`, `high`, `medium` and `voice` that fits the budget.
   */
  readonly quality?: Quality | 'auto';
  readonly phase?: PhaseName;
  /** `offline` is quicker, and late by thousands of frames: for files. Default `stream`. */
  readonly mode?: ModeName;
}

/** Frames through a filter of any length, for one partition of delay. The stream keeps its length. */
export interface ConvolveStep {
  readonly type: 'convolve';
  /** The impulse response, for all channels or one for each; plain numbers, so that the step can travel. */
  readonly filter: readonly number[] | readonly (readonly number[])[];
  /** Frames worked on at a time, a power of two. Default 128. */
  readonly partition?: number;
}

/** What a step's transform is: one that is given, or with `choose` the one that suits the stream. */
export type TransformKind = 'wht' | 'dct' | 'haar' | 'dft' | 'choose';

/**
 * Frames to blocks of coefficients, or back. With `choose` to packets, which name the transform and which `decode` undoes.
 * An inverse has the kind, order, scale and levels of what it undoes.
 */
export interface TransformStep extends Omit<TransformChooserOptions, 'size'> {
  readonly type: 'transform';
  /** Default `wht`, the Walsh–Hadamard transform. `candidates` and what follows it are for `choose`. */
  readonly kind?: TransformKind;
  /** Values of a block, a power of two. Taken from the blocks that come in where `inverse` is set. */
  readonly size?: number;
  /** Of `wht`. */
  readonly order?: FwhtOrder;
  /** Of `wht`, `dct` (but `inverse`) and `dft`. Default orthonormal, so that errors of coefficients and of samples are equal. */
  readonly scale?: FwhtScale;
  /** Of `haar`: how often means are taken of means. Default all the way to one value. */
  readonly levels?: number;
  /** Not of `choose`. */
  readonly inverse?: boolean;
}

/**
 * What a rotation is made of: `hadamard` is random, along each channel's blocks; `klt-hadamard` and `dictionary` follow the
 * stream across its channels; `adaptive` is random again, in the direction, if any, that suits each block.
 */
export type RotateMethod = 'hadamard' | 'klt-hadamard' | 'dictionary' | 'adaptive';

/**
 * Frames to blocks turned by a random Hadamard rotation, or back. With the other methods to packets, which say how they are
 * turned and which `decode` undoes.
 */
export interface RotateStep
  extends Omit<AdaptedRotationStageOptions, 'input' | 'size' | 'method' | 'covariance' | 'maxInput'>,
    Pick<AdaptiveRotationStageOptions, 'axes' | 'extract' | 'choose'> {
  readonly type: 'rotate';
  /** Default `hadamard`. */
  readonly method?: RotateMethod;
  /** Frames of a block: but for `klt-hadamard` and `dictionary` a power of two. Taken from the blocks where `inverse` is set. */
  readonly size?: number;
  /** Of all methods but `klt-hadamard`. */
  readonly seed?: number;
  /** Of `hadamard`. */
  readonly blocks?: 1 | 2 | 3;
  /** Of `hadamard`. */
  readonly inverse?: boolean;
  /** Of `klt-hadamard`: the covariance of the channels to begin with, row by row. */
  readonly covariance?: readonly number[];
  /** Of `adaptive`: bits of the quantiser that a trial is made with. Default 4. */
  readonly quantiser?: number;
}

/**
 * Every channel divided by a scale of its own: with `scales` by those, frames to frames, and with `inverse` back; else by
 * scales that follow the stream, frames to packets, which say them and which `decode` undoes.
 */
export interface ScaleStep extends Partial<Omit<RunningScalingStageOptions, 'input' | 'maxInput'>> {
  readonly type: 'scale';
  /** A scale for each channel; plain numbers, so that the step can travel. */
  readonly scales?: readonly number[];
  /** Multiplies by `scales` instead of dividing. */
  readonly inverse?: boolean;
}

/** Frames to fewer frames, `keep` for every `size` of them, by cutting cosine coefficients; or with `inverse` back. */
export interface DecimateStep {
  readonly type: 'decimate';
  /** Frames of a block, a power of two. */
  readonly size: number;
  /** Of these, a power of two as well. */
  readonly keep: number;
  readonly inverse?: boolean;
}

/** Frames to packets of the few Walsh–Hadamard coefficients that they have, which `decode` undoes. */
export interface SparseStep extends Omit<SparseFwhtStageOptions, 'input' | 'maxInput'> {
  readonly type: 'sparse';
}

/** Frames to blocks of their XOR convolution with a kernel; or with `inverse` such blocks, solved for the frames. */
export interface XorStep {
  readonly type: 'xor';
  /** As many values as a block has, a power of two; plain numbers, so that the step can travel. */
  readonly kernel: readonly number[];
  readonly inverse?: boolean;
  /** Of an inverse: added to the squared spectrum, where the kernel has none or little. */
  readonly regularisation?: number;
}

/** Frames to blocks multiplied by a product of 2×2 stages; or with `inverse` back. */
export interface ButterflyStep extends Pick<ButterflyOptions, 'points'> {
  readonly type: 'butterfly';
  /** What the points are; `complex` ones are two values each. Default `real`. */
  readonly numbers?: 'real' | 'complex';
  /** The stages in the order in which they are applied, as a `Butterfly` has them; plain numbers. */
  readonly factors: readonly { readonly pairs: readonly number[]; readonly entries: readonly number[] }[];
  /** Where the first stage's values come from. */
  readonly permutation?: readonly number[];
  readonly inverse?: boolean;
}

/**
 * Frames or blocks to packets. The options of block formats are those of BlockEncoder; frames also go into the codec
 * `wave`, whose options are those of WaveEncoder.
 */
export interface EncodeStep extends Omit<BlockOptions, 'format'>, WaveOptions {
  readonly type: 'encode';
  /** `wave`, or a format id such as `int8` or `mxfp4`. */
  readonly codec: string;
  /** Values of each channel in a packet; one block unless said otherwise. */
  readonly framesPerPacket?: number;
}

/** Frames or blocks to packets of coded vectors, by a codec of `VectorCodec`; the options are those of VectorEncoder. */
export interface EncodeVectorsStep
  extends Omit<VectorEncoderOptions, 'input' | 'maxInput' | 'channelScales' | 'channelMagnitudes' | 'codebook'> {
  readonly type: 'encode';
  /** These as plain numbers, so that the step can travel. */
  readonly channelScales?: readonly number[];
  readonly channelMagnitudes?: readonly number[];
  readonly codebook?: readonly number[];
}

/** Packets back to what was encoded. */
export interface DecodeStep {
  readonly type: 'decode';
}

export type Step =
  | ResampleStep
  | ConvolveStep
  | TransformStep
  | RotateStep
  | ScaleStep
  | DecimateStep
  | SparseStep
  | XorStep
  | ButterflyStep
  | EncodeStep
  | EncodeVectorsStep
  | DecodeStep;
