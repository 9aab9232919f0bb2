/**
 * Rate control with a plan: the bits of every span at one step are known from a survey, so the step can stay where it is
 * but for corrections. One step for all spans of all packets is the best there is for the error of the whole.
 */
import { bitsToIndices, INERTIA, MOST_INDEX, StepControl, TOO_MUCH } from './_step-control.js';
import type { WaveRatePlan } from './rate-plan.js';

/** The survey searches less than the encoder: what it found is too much by about this, until the encoder knows better. */
const FIRST_RATIO = 0.96;
/** Mean spans that the first guess weighs as much as. */
const GUESS_WEIGHT = 100;
/** Bits a packet of silence takes at least, and a span among others. */
const LEAST_BITS = 8;
const LEAST_SPAN_BITS = 1;
/** The reserve for what the survey did not tell, in mean spans for one span to come. */
const RESERVE = 0.35;
/** How far from the step the corrections may go while there is something left to correct. */
const MOST_CORRECTION = 30;

export class PlannedRate extends StepControl {
  readonly #plan: WaveRatePlan;
  readonly #budget: number;
  readonly #mean: number;
  readonly #total: number;
  readonly #spansPerPacket: number;
  #span = 0;
  #spent = 0;
  #surveyed = 0;
  #index: number;

  /** `samples` are those of a span. */
  constructor(plan: WaveRatePlan, bitsPerSample: number, samples: number, spansPerPacket: number) {
    super(samples);
    this.#plan = plan;
    this.#total = plan.bits.reduce((sum, bits) => sum + bits, 0);
    this.#budget = bitsPerSample * plan.samples;
    this.#spansPerPacket = spansPerPacket;
    this.#mean = this.#budget / Math.max(1, plan.bits.length);
    this.#index = plan.stepIndex;
  }

  get #left(): number {
    return Math.max(1, this.#plan.bits.length - this.#span);
  }

  limit(): number {
    const left = this.#left - 1;
    const owed = this.#spansPerPacket === 1 ? LEAST_BITS * left : LEAST_SPAN_BITS * left + LEAST_BITS;
    // Of a whole recording that may be beyond what fits 32 bits; no span is.
    return Math.floor(Math.min(2 ** 30, Math.max(16, this.#budget - this.#spent - owed)));
  }

  target(): number {
    return Math.round(0.98 * this.limit());
  }

  get first(): number {
    const { stepIndex } = this.#plan;
    const weight = GUESS_WEIGHT * this.#mean;
    const ratio = (this.#spent + FIRST_RATIO * weight) / (this.#surveyed + weight);
    const coming = ratio * Math.max(0, this.#total - this.#surveyed);
    // What comes is known about as well as a sum of so many independent packets.
    const available = this.#budget - this.#spent - RESERVE * this.#mean * Math.sqrt(this.#left);
    if (coming <= 0 || available <= 0) return this.#index;
    const correction = bitsToIndices(coming, available, this.#left * this.samples);
    const wanted = stepIndex + Math.max(-MOST_CORRECTION, Math.min(MOST_CORRECTION, correction));
    if (Math.abs(wanted - this.#index) > INERTIA) this.#index = Math.round(wanted);
    this.#index = Math.max(0, Math.min(MOST_INDEX, this.#index));
    return this.#index;
  }

  isFar(bits: number): boolean {
    return bits > TOO_MUCH * this.limit();
  }

  take(bits: number): void {
    this.#spent += bits;
    if (this.#span < this.#plan.bits.length) this.#surveyed += this.#plan.bits[this.#span];
    this.#span++;
  }

  reset(): void {
    this.#span = 0;
    this.#spent = 0;
    this.#surveyed = 0;
    this.#index = this.#plan.stepIndex;
  }
}
