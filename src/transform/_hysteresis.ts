/** Choices that do not flutter. */
import { checkInteger, checkNumber } from '../engine/check.js';
import { SAME_GAIN } from './coding-gain.js';

/** Options of a choice with hysteresis. */
export interface ChoiceOptions {
  /** dB by which another transform has to be better before it is taken. Default 0.5. */
  readonly marginDecibels?: number;
  /** Decisions in a row in which it has to be. Default 2. */
  readonly hold?: number;
}

/** Remembers a choice: one that is better is taken once it has been so by a margin and for some decisions in a row. */
export class Hysteresis {
  choice = 0;
  readonly #margin: number;
  readonly #hold: number;
  #candidate = -1;
  #count = 0;
  #started = false;

  constructor({ marginDecibels = 0.5, hold = 2 }: ChoiceOptions) {
    this.#margin = checkNumber('marginDecibels', marginDecibels, 0, 1000);
    this.#hold = checkInteger('hold', hold, 1, 2 ** 31);
  }

  /** Decides by the scores of all candidates, in dB; the first decision takes the best. Real-time safe. */
  decide(scores: Float64Array): number {
    let best = 0;
    for (let i = 1; i < scores.length; i++) if (scores[i] > scores[best] + SAME_GAIN) best = i;
    const better = scores[best] > scores[this.choice] + this.#margin;
    if (!better) this.#candidate = -1;
    else if (this.#candidate !== best) {
      this.#candidate = best;
      this.#count = 0;
    }
    if (!this.#started || (better && ++this.#count >= this.#hold)) {
      this.choice = best;
      this.#candidate = -1;
    }
    this.#started = true;
    return this.choice;
  }

  reset(): void {
    this.choice = 0;
    this.#candidate = -1;
    this.#started = false;
  }
}
