/** A resampler on the protocol's bench. */
import type { Engine } from '../../src/engine/engine.js';
import type { ResamplerUnderTest } from '../../src/measure/resampler.js';
import type { ResamplerOptions } from '../../src/resample/options.js';
import { Resampler } from '../../src/resample/resampler.js';
import type { Plane } from '../../src/stage/port.js';
import { toNumber } from '../../src/stage/rational.js';

export interface Bench extends ResamplerUnderTest {
  readonly latencySeconds: number;
  readonly latencyFrames: number;
  dispose(): void;
}

/** One resampler used again and again: flush and reset start a new stream each time. */
export function benchOf(engine: Engine, options: ResamplerOptions & { from: number; to: number }): Bench {
  const resampler = new Resampler<Plane>(engine, options);
  const process = (input: Plane) => resampler.process([input])[0];
  const flush = () => resampler.flush()[0];
  return {
    from: options.from,
    to: options.to,
    sample: resampler.input.sample === 'f64' ? 'f64' : 'f32',
    latencySeconds: toNumber(resampler.latency),
    latencyFrames: resampler.latencyFrames,
    run(input) {
      resampler.reset();
      const [body, end] = [process(input), flush()];
      const whole = resampler.input.sample === 'f64' ? Float64Array : Float32Array;
      const output = new whole(body.length + end.length);
      output.set(body);
      output.set(end, body.length);
      return output;
    },
    stream() {
      resampler.reset();
      return { process, flush };
    },
    dispose: () => resampler.dispose(),
  };
}
