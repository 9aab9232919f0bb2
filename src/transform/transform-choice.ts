/** The transform that suits a stream, found while it runs, and kept until another one is better by some margin. */
import {
  checkInteger,
  checkNumber,
  checkOneOf,
  checkOptions,
  checkPowerOfTwo,
  throwRange,
  throwType,
} from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import { exp } from '../engine/exact-math.js';
import { Processor } from '../engine/processor.js';
import { DctPlan } from './_dct-plan.js';
import { FftPlan } from './_fft-plan.js';
import { type ChoiceOptions, Hysteresis } from './_hysteresis.js';
import { checkFloats, type Floats } from './_vector-transform.js';
import { WalshPlan } from './_walsh-plan.js';
import {
  fillGain,
  residualOfVariances,
  scoreTransforms,
  squaredNorm,
  type TransformScore,
  transformNames,
} from './coding-gain.js';
import { Haar } from './haar.js';

/** Transforms that can be chosen in a stream: those that need no side information beside their name. */
export type StreamTransform = 'wht' | 'haar' | 'dct' | 'dft';

export const streamTransforms: readonly StreamTransform[] = ['wht', 'haar', 'dct', 'dft'];

export interface TransformChooserOptions extends ChoiceOptions {
  /** Values of a block: a power of two from 2 to 512. */
  readonly size: number;
  /** What is chosen among. Default all: `wht`, `haar`, `dct`, `dft`. */
  readonly candidates?: readonly StreamTransform[];
  /** Blocks after which a block's weight has fallen to one half. Default 64. */
  readonly halfLifeBlocks?: number;
  /** Blocks from one decision to the next. Default 8. */
  readonly interval?: number;
}

/** Names of the options, for checks of what a caller passed. */
export const chooserOptionNames = [
  'size',
  'candidates',
  'halfLifeBlocks',
  'interval',
  'marginDecibels',
  'hold',
] as const;

/**
 * Follows a stream of blocks and chooses the transform with the largest coding gain: it transforms every block by each
 * candidate and keeps exponentially weighted variances of all coefficients, and the covariance beside them. Another one is
 * taken when it has been better by `marginDecibels` in `hold` decisions in a row; the first decision takes the best.
 * float64. `observe` and `reset` are real-time safe.
 *
 * @example
 * ```ts
 * import { Engine, TransformChooser } from 'paley';
 *
 * const engine = await Engine.load();
 * const chooser = new TransformChooser(engine, { size: 16 });
 * for (let block = 0; block < 100; block++) {
 *   chooser.observe(Float32Array.from({ length: 16 }, (_, i) => Math.sin(0.1 * (i + 16 * block))));
 * }
 * console.log(chooser.choice, chooser.scores()); // dct; all with their gains and residuals
 * chooser.dispose();
 * ```
 */
export class TransformChooser extends Processor {
  readonly size: number;
  readonly candidates: readonly StreamTransform[];
  readonly #decay: number;
  readonly #interval: number;
  readonly #hysteresis: Hysteresis;
  readonly #dct: DctPlan;
  readonly #fft: FftPlan;
  readonly #walsh: WalshPlan;
  readonly #haar: Haar;
  /** The block's coefficients; of the Fourier transform two values more. */
  readonly #work: Float64Array<ArrayBuffer>;
  readonly #signal: Float64Array<ArrayBuffer>;
  /** For each candidate the variances of its `size` coefficients. */
  readonly #variances: Float64Array[];
  readonly #covariance: Float64Array;
  readonly #gains: Float64Array;
  #blocks = 0;

  /** @throws TypeError or RangeError for options out of range; EngineMemoryError. */
  constructor(engine: Engine, options: TransformChooserOptions) {
    super(engine);
    checkOptions('TransformChooserOptions', options, chooserOptionNames);
    const { candidates = streamTransforms, halfLifeBlocks = 64, interval = 8 } = options;
    const size = checkPowerOfTwo('size', options.size, 2, 512);
    this.size = size;
    if (!Array.isArray(candidates)) throwType('candidates', 'an array of names', candidates);
    if (candidates.length === 0) throwRange('candidates', 'at least one name', candidates);
    for (const name of candidates) checkOneOf('candidates', name, streamTransforms);
    this.candidates = Object.freeze(transformNames.filter((name) => candidates.includes(name)) as StreamTransform[]);
    this.#decay = exp(-Math.LN2 / checkNumber('halfLifeBlocks', halfLifeBlocks, 1, 2 ** 31));
    this.#interval = checkInteger('interval', interval, 1, 2 ** 31);
    this.#hysteresis = new Hysteresis(options);
    this.#variances = this.candidates.map(() => new Float64Array(size));
    this.#gains = new Float64Array(this.candidates.length);
    this.#covariance = new Float64Array(size * size);
    this.#haar = new Haar({ size });
    this.#walsh = new WalshPlan(engine, size, { sample: 'f64', scale: 'orthonormal' });
    this.#signal = new Float64Array(engine.buffer, this.reserve(size * 8), size);
    this.#work = new Float64Array(engine.buffer, this.reserve((size + 2) * 8), size + 2);
    try {
      this.#dct = new DctPlan(engine, { size, sample: 'f64' });
      this.#fft = new FftPlan(engine, { size, sample: 'f64', scale: 'orthonormal' });
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /** The transform in use. */
  get choice(): StreamTransform {
    return this.candidates[this.#hysteresis.choice];
  }

  /**
   * Takes the next block, `size` values from index `at` on. Real-time safe.
   * @throws TypeError or RangeError for an array of another type or too short; DisposedError.
   */
  observe(block: Floats, at = 0): void {
    this.checkAlive();
    checkFloats('block', block);
    if (!(at >= 0 && at + this.size <= block.length))
      throwRange('block', `${this.size} values from ${at} on`, block.length);
    this.addBlock(block, at, 1);
    this.endBlock();
  }

  /** Adds one of `channels` channels to the statistics; `endBlock` decides. Not checked: for stages. */
  addBlock(block: Floats, at: number, channels: number): void {
    const { size } = this;
    const weight = 1 / channels;
    const signal = this.#signal;
    const covariance = this.#covariance;
    for (let i = 0; i < size; i++) signal[i] = Math.abs(block[at + i]) < Infinity ? block[at + i] : 0;
    for (let i = 0; i < size; i++) {
      const scaled = weight * signal[i];
      for (let j = 0; j < size; j++) covariance[i * size + j] += scaled * signal[j];
    }
    for (let c = 0; c < this.candidates.length; c++)
      this.#addEnergies(this.candidates[c], this.#variances[c], channels);
  }

  /** Lets what was added grow old, and decides where it is time to. */
  endBlock(): void {
    const decay = this.#decay;
    if (this.#blocks++ % this.#interval === 0) {
      for (let c = 0; c < this.candidates.length; c++) fillGain(this.#variances[c], this.#gains, c);
      this.#hysteresis.decide(this.#gains);
    }
    for (let i = 0; i < this.#covariance.length; i++) this.#covariance[i] *= decay;
    for (let c = 0; c < this.candidates.length; c++) {
      const variances = this.#variances[c];
      for (let i = 0; i < variances.length; i++) variances[i] *= decay;
    }
  }

  /** Scores of the candidates for the stream so far, in the order of `candidates`. Not real-time safe. */
  scores(): TransformScore[] {
    const norm = squaredNorm(this.#covariance);
    const gains = new Float64Array(this.candidates.length);
    for (const [c, variances] of this.#variances.entries()) fillGain(variances, gains, c);
    return this.candidates.map((transform, c) => ({
      transform,
      codingGain: gains[c],
      commutatorResidual: residualOfVariances(this.#variances[c], norm),
    }));
  }

  /** Coding gain in dB of the stream's own Karhunen–Loève transform: what no choice surpasses. Not real-time safe. */
  bestGain(): number {
    return scoreTransforms(this.#covariance, ['klt'])[0].codingGain;
  }

  /** Forgets all blocks. Real-time safe. */
  reset(): void {
    this.#blocks = 0;
    this.#covariance.fill(0);
    for (let c = 0; c < this.candidates.length; c++) this.#variances[c].fill(0);
    this.#hysteresis.reset();
  }

  #addEnergies(name: StreamTransform, variances: Float64Array, channels: number): void {
    const { size } = this;
    const weight = 1 / channels;
    const work = this.#work;
    if (name === 'dft') {
      this.#fft.forward(work.byteOffset, this.#signal.byteOffset);
      for (let k = 0; k <= size / 2; k++) {
        const energy = weight * (work[2 * k] * work[2 * k] + work[2 * k + 1] * work[2 * k + 1]);
        variances[k] += energy;
        if (k > 0 && k < size / 2) variances[size - k] += energy;
      }
      return;
    }
    for (let i = 0; i < size; i++) work[i] = this.#signal[i];
    if (name === 'dct') this.#dct.forward(work.byteOffset, 1);
    else if (name === 'wht') this.#walsh.forward(work.byteOffset, 1);
    else this.#haar.forwardAt(work, 0);
    for (let k = 0; k < size; k++) variances[k] += weight * work[k] * work[k];
  }

  override dispose(): void {
    this.#dct?.dispose();
    this.#fft?.dispose();
    super.dispose();
  }
}
