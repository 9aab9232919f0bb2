/** The Fourier transform of successive blocks as a stage of a stream, and its inverse. */
import { checkOptions, checkPowerOfTwo } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import { Processor } from '../engine/processor.js';
import type { BlocksFormat, FramesFormat } from '../stage/format.js';
import { FftPlan, type FftScale, LARGEST_FFT } from './_fft-plan.js';
import { InversePlannedStage, PlannedStage } from './_planned-stages.js';

const SMALLEST_FFT = 2;

/**
 * The transform of packed blocks, in place: the natural spectrum has two values more than the block, both known to be
 * zero, and the last bin's value goes where the first bin's zero was.
 */
export class PackedFft extends Processor {
  readonly #plan: FftPlan;
  /** The whole memory, in float32: blocks lie where the ports are. */
  readonly #values: Float32Array<ArrayBuffer>;
  /** Index of the natural spectrum in `values`. */
  readonly #spectrum: number;

  constructor(engine: Engine, size: number, scale: FftScale) {
    super(engine);
    this.#plan = new FftPlan(engine, { size, scale });
    this.#values = new Float32Array(engine.buffer);
    this.#spectrum = this.reserveFloat32(size + 2).byteOffset / 4;
  }

  forward(pointer: number, blocks: number): void {
    const { size } = this.#plan;
    const values = this.#values;
    const spectrum = this.#spectrum;
    for (let block = 0; block < blocks; block++) {
      const at = pointer + block * size * 4;
      this.#plan.forward(spectrum * 4, at);
      values[spectrum + 1] = values[spectrum + size];
      values.copyWithin(at / 4, spectrum, spectrum + size);
    }
  }

  inverse(pointer: number, blocks: number): void {
    const { size } = this.#plan;
    const values = this.#values;
    const spectrum = this.#spectrum;
    for (let block = 0; block < blocks; block++) {
      const at = pointer + block * size * 4;
      values.copyWithin(spectrum, at / 4, at / 4 + size);
      values[spectrum + size] = values[spectrum + 1];
      this.#plan.inverse(at, spectrum * 4);
    }
  }

  override dispose(): void {
    this.#plan?.dispose();
    super.dispose();
  }
}

export interface FftStageOptions {
  /** The frames that come in; float32. */
  readonly input: FramesFormat;
  /** Frames of a block: a power of two from 2 to 2^20. */
  readonly size: number;
  /** Factor of the transform. Default `orthonormal`: spectra and samples then have equal energy, and equal errors. */
  readonly scale?: FftScale;
  /** Most frames of one `processInto` call. Default 4096. */
  readonly maxInput?: number;
}

/**
 * Frames in, blocks of real Fourier spectra out: each channel for itself, `size` frames a block, one block behind the
 * other and without a window. A block has `size` values: X[0] and X[size/2], which are real, then re and im of X[1],
 * X[2] … X[size/2 − 1]. (Under the orthonormal scale the numbers' squares count twice but for those of the first two.)
 *
 * The last block is filled up with zeros at the end of the stream. Latency: `size − 1` frames. NaN and infinities become
 * zero and are counted in `faults`. `processInto`, `flushInto` and `reset` are real-time safe.
 *
 * @example
 * ```ts
 * import { Engine, FftStage } from 'paley';
 *
 * const engine = await Engine.load();
 * const sampleRate = { numerator: 48000, denominator: 1 };
 * const stage = new FftStage(engine, {
 *   input: { kind: 'frames', sampleRate, channels: 1, sample: 'f32' },
 *   size: 4,
 *   scale: 'none',
 * });
 * console.log(stage.process([Float32Array.of(1, 2, 3, 4, 5)])); // [ 10 −2 −2 2 ]
 * console.log(stage.flush()); // [ 5 5 5 0 ]
 * stage.dispose();
 * ```
 */
export class FftStage extends PlannedStage {
  /** @throws TypeError or RangeError for options out of range; EngineMemoryError. */
  constructor(engine: Engine, options: FftStageOptions) {
    checkOptions('FftStageOptions', options, ['input', 'size', 'scale', 'maxInput']);
    const { input, size, scale = 'orthonormal', maxInput } = options;
    checkPowerOfTwo('size', size, SMALLEST_FFT, LARGEST_FFT);
    super(engine, `fft ${size}`, { input, size, maxInput }, () => new PackedFft(engine, size, scale));
  }
}

export interface InverseFftStageOptions {
  /** The blocks that come in: the output format of an `FftStage`. */
  readonly input: BlocksFormat;
  /** Scale of the transform to undo. Default `orthonormal`. */
  readonly scale?: FftScale;
  /** Most blocks of one `processInto` call. Default: 4096 frames' worth. */
  readonly maxInput?: number;
}

/**
 * Undoes an `FftStage` of the same scale: blocks of spectra in, frames out. It adds no latency of its own. Real-time
 * safety and `faults` are as there.
 *
 * @example
 * ```ts
 * import { Engine, FftStage, InverseFftStage } from 'paley';
 *
 * const engine = await Engine.load();
 * const sampleRate = { numerator: 48000, denominator: 1 };
 * const forward = new FftStage(engine, { input: { kind: 'frames', sampleRate, channels: 1, sample: 'f32' }, size: 4 });
 * const backward = new InverseFftStage(engine, { input: forward.output });
 * console.log(backward.process(forward.process([Float32Array.of(1, 2, 3, 4)]))); // [ 1 2 3 4 ]
 * ```
 */
export class InverseFftStage extends InversePlannedStage {
  /** @throws TypeError or RangeError for options out of range; EngineMemoryError. */
  constructor(engine: Engine, options: InverseFftStageOptions) {
    checkOptions('InverseFftStageOptions', options, ['input', 'scale', 'maxInput']);
    const { input, scale = 'orthonormal', maxInput } = options;
    super(engine, 'fft', { input, maxInput }, () => {
      checkPowerOfTwo('input.size', input.size, SMALLEST_FFT, LARGEST_FFT);
      return new PackedFft(engine, input.size, scale);
    });
  }
}
