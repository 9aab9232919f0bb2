/** The random Hadamard rotation as a stage of a stream, and its inverse. */
import { checkOptions } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import type { BlocksFormat, FramesFormat } from '../stage/format.js';
import { GatheringStage, SpreadingStage } from './_block-stages.js';
import { RotationPlan } from './_rotation-plan.js';

export interface RotationStageOptions {
  /** The frames that come in; float32. */
  readonly input: FramesFormat;
  /** Frames of a block: a power of two from 1 to 2^20. */
  readonly size: number;
  /** A whole number from 0 to 2^53 − 1. Default 0. */
  readonly seed?: number;
  /** How many rotations one after the other. Default 1. */
  readonly blocks?: 1 | 2 | 3;
  /** Most frames of one `processInto` call. Default 4096. */
  readonly maxInput?: number;
}

/**
 * Frames in, blocks of rotated values out: each channel for itself and with the same rotation, `size` frames a block.
 * The last block is filled up with zeros at the end of the stream. Latency: `size − 1` frames. NaN and infinities become
 * zero and are counted in `faults`. `processInto`, `flushInto` and `reset` are real-time safe.
 *
 * @example
 * ```ts
 * import { Engine, InverseRotationStage, RotationStage } from 'paley';
 *
 * const engine = await Engine.load();
 * const sampleRate = { numerator: 100, denominator: 1 };
 * const forward = new RotationStage(engine, {
 *   input: { kind: 'frames', sampleRate, channels: 1, sample: 'f32' },
 *   size: 4,
 *   seed: 7,
 * });
 * const backward = new InverseRotationStage(engine, { input: forward.output, seed: 7 });
 * console.log(backward.process(forward.process([Float32Array.of(8, 0, 0, 0)]))); // [ 8 0 0 0 ]
 * ```
 */
export class RotationStage extends GatheringStage {
  readonly name: string;
  readonly #plan: RotationPlan;

  /** @throws TypeError or RangeError for options out of range; EngineMemoryError. */
  constructor(engine: Engine, options: RotationStageOptions) {
    checkOptions('RotationStageOptions', options, ['input', 'size', 'seed', 'blocks', 'maxInput']);
    const { input, size, maxInput } = options;
    const plan = new RotationPlan(engine, 'size', size, options);
    super(engine, input, size, maxInput);
    this.#plan = plan;
    this.name = `rotate ${size}`;
    plan.useMasks(this.reserve(plan.maskBytes));
  }

  protected transformBlocks(pointer: number, blocks: number): void {
    this.#plan.forward(pointer, blocks);
  }
}

export interface InverseRotationStageOptions {
  /** The blocks that come in: the output format of a `RotationStage`. */
  readonly input: BlocksFormat;
  /** Seed of the rotation to undo. Default 0. */
  readonly seed?: number;
  /** Blocks of the rotation to undo. Default 1. */
  readonly blocks?: 1 | 2 | 3;
  /** Most blocks of one `processInto` call. Default: 4096 frames' worth. */
  readonly maxInput?: number;
}

/**
 * Undoes a `RotationStage` of the same seed and blocks: rotated blocks in, frames out. It adds no latency of its own.
 * Real-time safety and `faults` are as there, and so is the example.
 */
export class InverseRotationStage extends SpreadingStage {
  readonly name: string;
  readonly #plan: RotationPlan;

  /** @throws TypeError or RangeError for options out of range; EngineMemoryError. */
  constructor(engine: Engine, options: InverseRotationStageOptions) {
    checkOptions('InverseRotationStageOptions', options, ['input', 'seed', 'blocks', 'maxInput']);
    const { input, maxInput } = options;
    super(engine, input, maxInput);
    this.#plan = new RotationPlan(engine, 'input.size', input.size, options);
    this.name = `inverse rotate ${input.size}`;
    this.#plan.useMasks(this.reserve(this.#plan.maskBytes));
  }

  protected transformBlocks(pointer: number, blocks: number): void {
    this.#plan.inverse(pointer, blocks);
  }
}
