/**
 * Steps: the plain data a pipeline is described by. A list of steps travels as JSON to a worklet, a worker or a page
 * header; `catalogue.ts` makes stages of them.
 */

import type { BlockRotation } from '../quantize/index.js';
import type { PhaseName, QualityName } from '../resample/index.js';
import type { RationalLike } from '../stage/rational.js';
import type { FwhtOrder, FwhtScale } from '../transform/index.js';

/** Frames at one rate to frames at another. */
export interface ResampleStep {
  readonly type: 'resample';
  /** Output rate in Hz. */
  readonly to: RationalLike;
  readonly quality?: QualityName;
  readonly phase?: PhaseName;
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

/** Frames or blocks to packets. */
export interface EncodeStep {
  readonly type: 'encode';
  /** A format id such as `int8` or `int4`. */
  readonly codec: string;
  readonly blockSize?: number;
  readonly rotation?: BlockRotation;
  readonly seed?: number;
  /** Values of each channel in a packet; one block unless said otherwise. */
  readonly framesPerPacket?: number;
}

/** Packets back to what was encoded. */
export interface DecodeStep {
  readonly type: 'decode';
}

export type Step = ResampleStep | TransformStep | RotateStep | EncodeStep | DecodeStep;
