/** Looks for the step at which a packet takes the bits it may: a few tries, so that a packet's time is bounded. */
import type { WaveKernels } from './_kernels.js';
import type { WavePlan } from './_plan.js';
import { MOST_INDEX, type StepControl } from './_rate.js';

/** Tries at the full width beyond the first two, and quick ones between: they bound a packet's time. */
const WIDE_TRIES = 1;
const NARROW_TRIES = 6;

export class StepSearch {
  readonly #plan: WavePlan;
  readonly #kernels: WaveKernels;
  /** Of the last try. */
  #bytes = 0;

  constructor(plan: WavePlan, kernels: WaveKernels) {
    this.#plan = plan;
    this.#kernels = kernels;
  }

  /**
   * Tries steps until the packet fits; returns its length. The step of the packet before does as a rule. Where it does not,
   * the signal has changed: a few narrow, quick searches find out by how much, then the packet is searched again.
   */
  encode(rate: StepControl, paths: number, target: number, isKey: boolean): number {
    const plan = this.#plan;
    const limit = Math.floor(rate.limit(isKey) / 8);
    plan.set('WIDTH', paths);
    let index = rate.first;
    let bytes = this.#try(index, target);
    if (rate.isFar(8 * bytes, index, isKey)) {
      index = this.#findStep(rate, target, isKey, index, 8 * bytes);
      plan.set('WIDTH', paths);
      // One path is what the search for the step tried with, too.
      bytes = paths === 1 ? this.#bytes : this.#try(index, target);
    }
    for (let tries = 0; bytes > limit && index < MOST_INDEX; tries++) {
      if (tries === WIDE_TRIES) plan.set('WIDTH', 1);
      const distance = rate.distanceUp(8 * bytes, 8 * limit - (limit >> 3));
      index = Math.min(MOST_INDEX, index + Math.max(distance, 1 + tries * tries));
      bytes = this.#try(index, target);
    }
    rate.take(8 * bytes, index, isKey);
    return bytes;
  }

  /** The index at which a narrow search takes about the bits wanted, from what it took at `from`. */
  #findStep(rate: StepControl, target: number, isKey: boolean, from: number, bitsThere: number): number {
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
      bits = 8 * this.#try(index, target);
    }
    return index;
  }

  #try(index: number, target: number): number {
    this.#plan.set('NEW_STEP_INDEX', index);
    this.#bytes = this.#kernels.waveEncodePacket(this.#plan.pointer, target);
    return this.#bytes;
  }
}
