/** The Walsh–Hadamard transform as a stage of a stream, and its inverse. */
import { checkOptions } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import type { BlocksFormat, FramesFormat } from '../stage/format.js';
import type { Plane } from '../stage/port.js';
import { GatheringStage, SpreadingStage } from './_block-stages.js';
import { type FwhtOrder, type FwhtScale, type WalshOptions, WalshPlan } from './_walsh-plan.js';

const SAMPLES = ['f32', 'f64'] as const;

export interface FwhtStageOptions extends WalshOptions {
  /** The frames that come in; float32 or float64. */
  readonly input: FramesFormat;
  /** Frames of a block: 2^k, 12·2^k, 20·2^k or 28·2^k, up to 2^20. */
  readonly size: number;
  /** Order of the coefficients. Default `natural`, the only one for sizes that are not 2^k. */
  readonly order?: FwhtOrder;
  /** Factor of the transform. Default `orthonormal`: coefficients and samples then have equal energy, and equal errors. */
  readonly scale?: FwhtScale;
  /** Most frames of one `processInto` call. Default 4096. */
  readonly maxInput?: number;
}

/**
 * Frames in, blocks of Walsh–Hadamard coefficients out: each channel for itself, `size` frames a block. The last block
 * is filled up with zeros at the end of the stream. Latency: `size − 1` frames. NaN and infinities become zero and are
 * counted in `faults`. `processInto`, `flushInto` and `reset` are real-time safe. Of float64 frames it is an
 * `FwhtStage<Float64Array>`, and gives float64 blocks.
 *
 * @example
 * ```ts
 * import { Engine, FwhtStage } from 'paley';
 *
 * const engine = await Engine.load();
 * const sampleRate = { numerator: 48000, denominator: 1 };
 * const stage = new FwhtStage(engine, {
 *   input: { kind: 'frames', sampleRate, channels: 1, sample: 'f32' },
 *   size: 4,
 *   scale: 'none',
 * });
 * console.log(stage.process([Float32Array.of(1, 2, 3, 4, 5)])); // [ 10 −2 −4 0 ]
 * console.log(stage.flush()); // [ 5 5 5 5 ]
 * stage.dispose();
 * ```
 */
export class FwhtStage<P extends Plane = Float32Array> extends GatheringStage<P> {
  readonly name: string;
  readonly #plan: WalshPlan;

  /** @throws TypeError or RangeError for options out of range; EngineMemoryError. */
  constructor(engine: Engine, options: FwhtStageOptions) {
    checkOptions('FwhtStageOptions', options, ['input', 'size', 'order', 'scale', 'maxInput']);
    const { input, size, order, scale = 'orthonormal', maxInput } = options;
    const plan = new WalshPlan(engine, size, { order, scale, sample: input?.sample === 'f64' ? 'f64' : 'f32' });
    super(engine, input, size, maxInput, SAMPLES);
    this.#plan = plan;
    this.name = `transform ${size}`;
    if (plan.workBytes > 0) plan.useWork(this.reserve(plan.workBytes));
  }

  protected transformBlocks(pointer: number, blocks: number): void {
    this.#plan.forward(pointer, blocks);
  }
}

export interface InverseFwhtStageOptions extends WalshOptions {
  /** The blocks that come in: the output format of an `FwhtStage`. */
  readonly input: BlocksFormat;
  /** Order of the coefficients that come in. Default `natural`. */
  readonly order?: FwhtOrder;
  /** Scale of the transform to undo. Default `orthonormal`. */
  readonly scale?: FwhtScale;
  /** Most blocks of one `processInto` call. Default: 4096 frames' worth. */
  readonly maxInput?: number;
}

/**
 * Undoes an `FwhtStage` of the same order and scale: blocks of coefficients in, frames out. It adds no latency of its
 * own. Real-time safety, `faults` and float64 are as there.
 *
 * @example
 * ```ts
 * import { Engine, FwhtStage, InverseFwhtStage } from 'paley';
 *
 * const engine = await Engine.load();
 * const sampleRate = { numerator: 48000, denominator: 1 };
 * const forward = new FwhtStage(engine, { input: { kind: 'frames', sampleRate, channels: 1, sample: 'f32' }, size: 4 });
 * const backward = new InverseFwhtStage(engine, { input: forward.output });
 * console.log(backward.process(forward.process([Float32Array.of(1, 2, 3, 4)]))); // [ 1 2 3 4 ]
 * ```
 */
export class InverseFwhtStage<P extends Plane = Float32Array> extends SpreadingStage<P> {
  readonly name: string;
  readonly #plan: WalshPlan;

  /** @throws TypeError or RangeError for options out of range; EngineMemoryError. */
  constructor(engine: Engine, options: InverseFwhtStageOptions) {
    checkOptions('InverseFwhtStageOptions', options, ['input', 'order', 'scale', 'maxInput']);
    const { input, order, scale = 'orthonormal', maxInput } = options;
    super(engine, input, maxInput, SAMPLES);
    this.#plan = new WalshPlan(engine, input.size, { order, scale, sample: input.sample ?? 'f32' });
    this.name = `inverse transform ${input.size}`;
    if (this.#plan.workBytes > 0) this.#plan.useWork(this.reserve(this.#plan.workBytes));
  }

  protected transformBlocks(pointer: number, blocks: number): void {
    this.#plan.inverse(pointer, blocks);
  }
}
