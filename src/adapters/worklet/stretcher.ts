/** Plays faster or slower, so that two clocks go together or because the page wants it. */
import type { Engine } from '../../engine/engine.js';
import { Resampler } from '../../resample/resampler.js';
import type { FramesFormat } from '../../stage/format.js';
import { createPort, type SamplesPort } from '../../stage/port.js';
import type { RatioRange } from './_protocol.js';

/** The resampler whose ratio varies, behind a chain that gives up to `maxInput` such frames at a time. */
export function createStretch(
  engine: Engine,
  { sampleRate, channels }: FramesFormat,
  { minimum, maximum }: RatioRange,
  maxInput: number,
): Resampler {
  return new Resampler(engine, {
    from: sampleRate,
    to: sampleRate,
    channels,
    minRatio: minimum,
    maxRatio: maximum,
    maxInput,
  });
}

export class Stretcher {
  readonly maxOutput: number;
  readonly output: SamplesPort;
  readonly #resampler: Resampler;
  readonly #range: RatioRange;
  /** Changes are spread over a quantum, so that they are no steps. In one object, since a new one would be garbage. */
  readonly #change = { overFrames: 128 };
  /** The ratio now; in an array, where a number is no object of its own. */
  readonly #ratio = Float64Array.of(1);

  constructor(engine: Engine, format: FramesFormat, range: RatioRange, maxInput: number) {
    this.#range = range;
    this.#resampler = createStretch(engine, format, range, maxInput);
    this.maxOutput = this.#resampler.maxOutput;
    this.output = createPort(engine, this.#resampler.output, this.maxOutput) as SamplesPort;
  }

  /** Plays `asked` times `held` frames for one from here on, as far as the range goes. Real-time safe. */
  setRatio(asked: Float32Array, held: Float64Array): void {
    const ratio = asked[0] * held[0];
    const { minimum, maximum } = this.#range;
    const within = Math.max(minimum, Math.min(maximum, ratio));
    if (within === this.#ratio[0]) return;
    this.#ratio[0] = within;
    this.#resampler.setRatio(this.#ratio, this.#change);
  }

  /** Real-time safe. */
  stretch(input: SamplesPort): SamplesPort {
    this.#resampler.processInto(input, this.output);
    return this.output;
  }

  /** A piece of the stream's tail in `output`; false where there is none. Real-time safe. */
  flush(): boolean {
    const more = this.#resampler.flushInto(this.output) > 0;
    // At its end the resampler is as new, and its ratio 1.
    if (!more) this.#ratio[0] = 1;
    return more;
  }

  dispose(): void {
    this.#resampler.dispose();
    this.output.dispose();
  }
}
