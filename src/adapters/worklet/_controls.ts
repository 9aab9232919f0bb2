/** Parameters that reach into a chain's stages. */
import type { Pipeline } from '../../pipeline/pipeline.js';
import type { Stage } from '../../stage/stage.js';

/** A stage whose rate can be changed while it runs, real-time safe, at the next packet. */
interface VariableRateStage extends Stage {
  readonly hasVariableRate: boolean;
  /** 1 to 24. */
  setBitsPerSample(bits: number): void;
}

const LEAST_BITS = 1;
const MOST_BITS = 24;

function hasVariableRate(stage: Stage): stage is VariableRateStage {
  return (stage as Partial<VariableRateStage>).hasVariableRate === true;
}

/** Hands the `bits` parameter on to the stages that can change their rate. */
export class BitsControl {
  readonly #stages: readonly VariableRateStage[];
  /** In an array, where a number is no object of its own. */
  readonly #bits = new Float64Array(1);

  constructor(pipeline: Pipeline) {
    this.#stages = pipeline.stages.filter(hasVariableRate);
  }

  /** Bits a sample from here on, as the parameter's first value says; 0 leaves the chain as it was. Real-time safe. */
  set(parameter: Float32Array): void {
    const bits = parameter[0];
    if (bits === this.#bits[0] || bits === 0) return;
    this.#bits[0] = bits;
    const within = Math.max(LEAST_BITS, Math.min(MOST_BITS, bits));
    for (let index = 0; index < this.#stages.length; index++) this.#stages[index].setBitsPerSample(within);
  }
}
