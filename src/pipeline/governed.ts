/** Stages that can be made cheaper while they run, and the ladder that a chain of them is. */
import type { Stage } from '../stage/stage.js';

/** A stage with settings of falling cost: rung 0 is the best. */
export interface Governed {
  readonly rungs: number;
  /** The rung asked for last. */
  readonly rung: number;
  /** Real-time safe; the change is made as soon as it can be made without a click. */
  setRung(rung: number): void;
}

export function isGoverned(stage: Stage): stage is Stage & Governed {
  return typeof (stage as Partial<Governed>).setRung === 'function' && (stage as unknown as Governed).rungs > 1;
}

/**
 * The rungs of a chain: down from the last governed stage to the first. What an encoder saves costs bits or decibels at a
 * given rate; what a resampler saves costs bandwidth, so it comes later.
 */
export class Ladder {
  readonly rungs: number;
  readonly #stages: readonly Governed[];

  constructor(stages: readonly Stage[]) {
    this.#stages = stages.filter(isGoverned).reverse();
    this.rungs = 1 + this.#stages.reduce((sum, { rungs }) => sum + rungs - 1, 0);
  }

  /** Real-time safe. */
  setRung(rung: number): void {
    let rest = rung;
    for (let index = 0; index < this.#stages.length; index++) {
      const stage = this.#stages[index];
      const own = Math.min(rest, stage.rungs - 1);
      if (stage.rung !== own) stage.setRung(own);
      rest -= own;
    }
  }
}
