/**
 * Steps: the plain data a pipeline is described by. A list of steps travels as JSON to a worklet, a worker or a page
 * header; `catalogue.ts` makes stages of them.
 */

import type { BlockOptions } from '../quantize/index.js';
import type { PhaseName, Quality } from '../resample/index.js';
import type { RationalLike } from '../stage/rational.js';
import type { FwhtOrder, FwhtScale } from '../transform/index.js';

/** Frames at one rate to frames at another. */
export interface ResampleStep {
  readonly type: 'resample';
  /** Output rate in Hz. */
  readonly to: RationalLike;
  /** A preset's name, the figures of a filter, or the latency it may have; not `reference`, which takes float64. */
  readonly quality?: Quality;
  readonly phase?: PhaseName;
}

/** Frames through a filter of any length, for one partition of delay. The stream keeps its length. */
export interface ConvolveStep {
  readonly type: 'convolve';
  /** The impulse response, for all channels or one for each; plain numbers, so that the step can travel. */
  readonly filter: readonly number[] | readonly (readonly number[])[];
  /** Frames worked on at a time, a power of two. Default 128. */
  readonly partition?: number;
}

/** Frames to blocks of Walsh–Hadamard coefficients, or back. */
export interface TransformStep {
  readonly type: 'transform';
  /** Values of a block, a power of two. Taken from the blocks that come in where `inverse` is set. */
  readonly size?: number;
  readonly order?: FwhtOrder;
  /** Default orthonormal, so that errors of coefficients and of samples are equal. */
  readonly scale?: FwhtScale;
  readonly inverse?: boolean;
}

/** Frames to blocks turned by a random Hadamard rotation, or back. */
export interface RotateStep {
  readonly type: 'rotate';
  /** Values of a block, a power of two. Taken from the blocks that come in where `inverse` is set. */
  readonly size?: number;
  readonly seed?: number;
  readonly blocks?: 1 | 2 | 3;
  readonly inverse?: boolean;
}

/** Frames or blocks to packets. The options of block formats are those of BlockEncoder. */
export interface EncodeStep extends Omit<BlockOptions, 'format'> {
  readonly type: 'encode';
  /** A format id such as `int8` or `mxfp4`. */
  readonly codec: string;
  /** Values of each channel in a packet; one block unless said otherwise. */
  readonly framesPerPacket?: number;
}

/** Packets back to what was encoded. */
export interface DecodeStep {
  readonly type: 'decode';
}

export type Step = ResampleStep | ConvolveStep | TransformStep | RotateStep | EncodeStep | DecodeStep;
