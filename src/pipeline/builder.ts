/**
 * The chain as it is written down, before there is an engine: an immutable list of steps whose type knows what flows
 * at its end, so that an editor offers only the steps that fit.
 */
import type { Engine } from '../engine/engine.js';
import type { StreamFormat } from '../stage/format.js';
import { checkStep } from './catalogue.js';
import type { BuildOptions } from './options.js';
import type { Pipeline } from './pipeline.js';
import type { ConvolveStep, DecodeStep, EncodeStep, ResampleStep, RotateStep, Step, TransformStep } from './step.js';

type Options<S extends Step> = Omit<S, 'type'>;
type Kind = StreamFormat['kind'];

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
  /** Frames to blocks of Walsh–Hadamard coefficients; with `inverse: true`, blocks back to frames. */
  transform: K extends 'frames'
    ? (options: Options<TransformStep> & { inverse?: false }) => Chain<'blocks'>
    : K extends 'blocks'
      ? (options: Options<TransformStep> & { inverse: true }) => Chain<'frames'>
      : never;
  /** Frames to blocks turned by a random Hadamard rotation; with `inverse: true`, back. */
  rotate: K extends 'frames'
    ? (options: Options<RotateStep> & { inverse?: false }) => Chain<'blocks'>
    : K extends 'blocks'
      ? (options: Options<RotateStep> & { inverse: true }) => Chain<'frames'>
      : never;
  /** Frames or blocks to packets. */
  encode: K extends 'frames' | 'blocks' ? (options: Options<EncodeStep>) => Chain<'packets'> : never;
  /** Packets back to what was encoded; say 'blocks' as its type where those were blocks. */
  decode: K extends 'packets'
    ? <To extends 'frames' | 'blocks' = 'frames'>(options?: Options<DecodeStep>) => Chain<To>
    : never;
  /** Through a number format and back: the samples as a receiver would have them. */
  quantize: K extends 'frames' | 'blocks' ? (options: Options<EncodeStep>) => Chain<K> : never;
}

/** A chain of which the compiler does not know what flows at its end: one read from JSON, say. */
export interface AnyChain extends Pick<Chain<Kind>, 'steps' | 'build' | 'step'> {
  resample(options: Options<ResampleStep>): AnyChain;
  convolve(options: Options<ConvolveStep>): AnyChain;
  transform(options: Options<TransformStep>): AnyChain;
  rotate(options: Options<RotateStep>): AnyChain;
  encode(options: Options<EncodeStep>): AnyChain;
  decode(options?: Options<DecodeStep>): AnyChain;
  quantize(options: Options<EncodeStep>): AnyChain;
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

  encode(options: Options<EncodeStep>): ChainOfSteps {
    return this.step({ ...options, type: 'encode' });
  }

  decode(options: Options<DecodeStep> = {}): ChainOfSteps {
    return this.step({ ...options, type: 'decode' });
  }

  quantize(options: Options<EncodeStep>): ChainOfSteps {
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
