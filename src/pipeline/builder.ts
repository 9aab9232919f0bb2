/**
 * The chain as it is written down, before there is an engine: an immutable list of steps whose type knows what flows
 * at its end, so that an editor offers only the steps that fit.
 */
import type { Engine } from '../engine/engine.js';
import type { StreamFormat } from '../stage/format.js';
import { checkStep } from './catalogue.js';
import type { BuildOptions } from './options.js';
import type { Pipeline } from './pipeline.js';
import type {
  ButterflyStep,
  ConvolveStep,
  DecimateStep,
  DecodeStep,
  EncodeStep,
  EncodeVectorsStep,
  ResampleStep,
  RotateMethod,
  RotateStep,
  ScaleStep,
  SparseStep,
  Step,
  TransformKind,
  TransformStep,
  XorStep,
} from './step.js';

type Options<S extends Step> = Omit<S, 'type'>;
type EncodeOptions = Options<EncodeStep> | Options<EncodeVectorsStep>;
type Kind = StreamFormat['kind'];

/** Of frames blocks, of blocks frames again. */
type BlockStep<K extends Kind, S extends Step> = K extends 'frames'
  ? (options: Options<S> & { inverse?: false }) => Chain<'blocks'>
  : K extends 'blocks'
    ? (options: Options<S> & { inverse: true }) => Chain<'frames'>
    : never;

/** Of frames blocks, but packets where they say what was done. */
interface Transforming {
  (options: Options<TransformStep> & { kind: 'choose'; inverse?: undefined }): Chain<'packets'>;
  (options: Options<TransformStep> & { kind?: Exclude<TransformKind, 'choose'>; inverse?: false }): Chain<'blocks'>;
}
interface Rotating {
  (options: Options<RotateStep> & { method: Exclude<RotateMethod, 'hadamard'>; inverse?: undefined }): Chain<'packets'>;
  (options: Options<RotateStep> & { method?: 'hadamard'; inverse?: false }): Chain<'blocks'>;
}
interface Scaling {
  (options: Options<ScaleStep> & { scales: readonly number[] }): Chain<'frames'>;
  (options: Options<ScaleStep> & { scales?: undefined; size: number }): Chain<'packets'>;
}

/** What a chain can do next; `build` is there whatever flows at its end. */
export interface Chain<K extends Kind> {
  /** The steps so far, as plain data. */
  readonly steps: readonly Step[];
  /** Makes the stages on an engine. Throws what `Pipeline` says. */
  build(engine: Engine, options?: BuildOptions): Pipeline;
  /** Adds a step given as plain data. */
  step(step: Step): AnyChain;
  /** Changes the sample rate, anti-aliased. */
  resample: K extends 'frames' ? (options: Options<ResampleStep>) => Chain<'frames'> : never;
  /** Filters with an impulse response of any length. */
  convolve: K extends 'frames' ? (options: Options<ConvolveStep>) => Chain<'frames'> : never;
  /** Frames to blocks of coefficients; with `inverse: true`, blocks back to frames; with `kind: 'choose'`, to packets. */
  transform: K extends 'frames' ? Transforming : BlockStep<K, TransformStep>;
  /** Frames to blocks turned by a random Hadamard rotation; with `inverse: true`, back; with other methods, to packets. */
  rotate: K extends 'frames' ? Rotating : BlockStep<K, RotateStep>;
  /** Channels divided by scales that are given, or to packets by scales that follow them. */
  scale: K extends 'frames' ? Scaling : never;
  /** Fewer frames by cutting cosine coefficients; with `inverse: true`, as many as before. */
  decimate: K extends 'frames' ? (options: Options<DecimateStep>) => Chain<'frames'> : never;
  /** Frames to packets of the few Walsh–Hadamard coefficients that they have. */
  sparse: K extends 'frames' ? (options: Options<SparseStep>) => Chain<'packets'> : never;
  /** Frames to blocks of their XOR convolution with a kernel; with `inverse: true`, back. */
  xor: BlockStep<K, XorStep>;
  /** Frames to blocks multiplied by a product of 2×2 stages; with `inverse: true`, back. */
  butterfly: BlockStep<K, ButterflyStep>;
  /** Frames or blocks to packets. */
  encode: K extends 'frames' | 'blocks' ? (options: EncodeOptions) => Chain<'packets'> : never;
  /** Packets back to what was encoded; say 'blocks' as its type where those were blocks. */
  decode: K extends 'packets'
    ? <To extends 'frames' | 'blocks' = 'frames'>(options?: Options<DecodeStep>) => Chain<To>
    : never;
  /** Through a number format and back: the samples as a receiver would have them. */
  quantize: K extends 'frames' | 'blocks' ? (options: EncodeOptions) => Chain<K> : never;
}

/** A chain of which the compiler does not know what flows at its end: one read from JSON, say. */
export interface AnyChain extends Pick<Chain<Kind>, 'steps' | 'build' | 'step'> {
  resample(options: Options<ResampleStep>): AnyChain;
  convolve(options: Options<ConvolveStep>): AnyChain;
  transform(options: Options<TransformStep>): AnyChain;
  rotate(options: Options<RotateStep>): AnyChain;
  scale(options: Options<ScaleStep>): AnyChain;
  decimate(options: Options<DecimateStep>): AnyChain;
  sparse(options: Options<SparseStep>): AnyChain;
  xor(options: Options<XorStep>): AnyChain;
  butterfly(options: Options<ButterflyStep>): AnyChain;
  encode(options: EncodeOptions): AnyChain;
  decode(options?: Options<DecodeStep>): AnyChain;
  quantize(options: EncodeOptions): AnyChain;
}

/** How a finished list of steps becomes a pipeline. */
export type BuildPipeline = (
  engine: Engine,
  input: StreamFormat,
  steps: readonly Step[],
  options: BuildOptions,
) => Pipeline;

/** The chain behind both faces. Every method returns a new chain; none changes the one it was called on. */
class ChainOfSteps implements AnyChain {
  readonly steps: readonly Step[];
  readonly #build: BuildPipeline;
  readonly #input: StreamFormat;
  readonly #defaults: BuildOptions;

  constructor(build: BuildPipeline, input: StreamFormat, steps: readonly Step[], defaults: BuildOptions) {
    this.#build = build;
    this.#input = input;
    this.steps = steps;
    this.#defaults = defaults;
  }

  build(engine: Engine, options: BuildOptions = {}): Pipeline {
    return this.#build(engine, this.#input, this.steps, { ...this.#defaults, ...options });
  }

  step(step: Step): ChainOfSteps {
    checkStep(step);
    return new ChainOfSteps(this.#build, this.#input, [...this.steps, step], this.#defaults);
  }

  resample(options: Options<ResampleStep>): ChainOfSteps {
    return this.step({ ...options, type: 'resample' });
  }

  convolve(options: Options<ConvolveStep>): ChainOfSteps {
    return this.step({ ...options, type: 'convolve' });
  }

  transform(options: Options<TransformStep>): ChainOfSteps {
    return this.step({ ...options, type: 'transform' });
  }

  rotate(options: Options<RotateStep>): ChainOfSteps {
    return this.step({ ...options, type: 'rotate' });
  }

  scale(options: Options<ScaleStep>): ChainOfSteps {
    return this.step({ ...options, type: 'scale' });
  }

  decimate(options: Options<DecimateStep>): ChainOfSteps {
    return this.step({ ...options, type: 'decimate' });
  }

  sparse(options: Options<SparseStep>): ChainOfSteps {
    return this.step({ ...options, type: 'sparse' });
  }

  xor(options: Options<XorStep>): ChainOfSteps {
    return this.step({ ...options, type: 'xor' });
  }

  butterfly(options: Options<ButterflyStep>): ChainOfSteps {
    return this.step({ ...options, type: 'butterfly' });
  }

  encode(options: EncodeOptions): ChainOfSteps {
    return this.step({ ...options, type: 'encode' } as Step);
  }

  decode(options: Options<DecodeStep> = {}): ChainOfSteps {
    return this.step({ ...options, type: 'decode' });
  }

  quantize(options: EncodeOptions): ChainOfSteps {
    return this.encode(options).decode();
  }
}

/** A chain with the steps given, or with none yet. */
export function createChain(
  build: BuildPipeline,
  input: StreamFormat,
  steps: readonly Step[],
  defaults: BuildOptions,
): AnyChain {
  return steps.reduce<AnyChain>((chain, step) => chain.step(step), new ChainOfSteps(build, input, [], defaults));
}
