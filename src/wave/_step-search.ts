/** Looks for the step at which a span takes the bits it may: a few tries, so that its time is bounded. */
import type { WaveKernels } from './_kernels.js';
import type { WavePlan } from './_plan.js';
import { MOST_INDEX, type StepControl } from './_step-control.js';

/** Tries at the full width beyond the first two, and quick ones between: they bound a span's time. */
const WIDE_TRIES = 1;
const NARROW_TRIES = 6;

export class StepSearch {
  readonly #plan: WavePlan;
  readonly #kernels: WaveKernels;
  /** Bits of the packet before the span, and of the span in the last try. */
  #before = 0;
  #bits = 0;

  constructor(plan: WavePlan, kernels: WaveKernels) {
    this.#plan = plan;
    this.#kernels = kernels;
  }

  /**
   * Tries steps until the span fits, `before` bits of its packet being there already; returns the packet's bits with it. The
   * step of the span before does as a rule. Where it does not, the signal has changed: a few narrow, quick searches find out
   * by how much, then the span is searched again.
   */
  encode(rate: StepControl, paths: number, before: number, isKey: boolean): number {
    const plan = this.#plan;
    this.#before = before;
    // A packet of one span has whole bytes.
    const limit = before === 0 && plan.get('SPANS') === 1 ? rate.limit(isKey) & ~7 : rate.limit(isKey);
    plan.set('WIDTH', paths);
    let index = rate.first;
    let bits = this.#try(index);
    if (rate.isFar(bits, index, isKey)) {
      index = this.#findStep(rate, isKey, index, bits);
      plan.set('WIDTH', paths);
      // One path is what the search for the step tried with, too.
      bits = paths === 1 ? this.#bits : this.#try(index);
    }
    for (let tries = 0; bits > limit && index < MOST_INDEX; tries++) {
      if (tries === WIDE_TRIES) plan.set('WIDTH', 1);
      const distance = rate.distanceUp(bits, limit - (limit >> 6));
      index = Math.min(MOST_INDEX, index + Math.max(distance, 1 + tries * tries));
      bits = this.#try(index);
    }
    rate.take(bits, index, isKey);
    return before + bits;
  }

  /** The index at which a narrow search takes about the bits wanted, from what it took at `from`. */
  #findStep(rate: StepControl, isKey: boolean, from: number, bitsThere: number): number {
    // A narrow search takes some bits more.
    const wanted = Math.round(1.04 * rate.target(isKey)) | 0;
    let index = from;
    let bits = bitsThere;
    let below = -1;
    let above = MOST_INDEX + 1;
    this.#plan.set('WIDTH', 1);
    for (let tries = 0; tries < NARROW_TRIES; tries++) {
      if (bits > wanted) below = Math.max(below, index);
      else above = Math.min(above, index);
      if (above - below <= 1 || (bits <= wanted && 100 * bits > 93 * wanted)) break;
      const distance = rate.distance(bits, wanted);
      let next = index + (bits > wanted ? Math.max(1, distance) : Math.min(-1, distance));
      // Bits fall with the index but for some noise: only what lies between two tries is worth a third.
      if (next <= below) next = above <= MOST_INDEX ? (below + above) >> 1 : below + 1;
      else if (next >= above) next = (below + above) >> 1;
      index = Math.max(0, Math.min(MOST_INDEX, next));
      bits = this.#try(index);
    }
    return index;
  }

  /** Bits of the span at a step. */
  #try(index: number): number {
    this.#plan.set('NEW_STEP_INDEX', index);
    this.#bits = this.#kernels.waveEncodeSpan(this.#plan.pointer) - this.#before;
    return this.#bits;
  }
}
