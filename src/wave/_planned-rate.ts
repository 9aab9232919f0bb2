/**
 * Rate control with a plan: the bits of every span at one step are known from a survey, so the step can stay where it is
 * but for corrections. One step for all spans of all packets is the best there is for the error of the whole.
 */
import { bitsToIndices, INERTIA, MOST_INDEX, StepControl, TOO_MUCH } from './_step-control.js';
import type { WaveRatePlan } from './rate-plan.js';

/** The survey searches less than the encoder: what it found is too much by about this, until the encoder knows better. */
const FIRST_RATIO = 0.96;
/** Mean spans that the first guess weighs as much as. */
const GUESS_WEIGHT = 30;
/**
 * Spans after which what they took counts a third: a part of all, within bounds. How much a step is worth differs from signal
 * to signal, so corrections start from the steps of late, not from the plan's: what one of them leaves the next one takes.
 */
const MEMORY_PART = 1 / 20;
const LEAST_MEMORY = 30;
const MOST_MEMORY = 2000;
/** Bits a packet of silence takes at least, and a span among others. */
const LEAST_BITS = 8;
const LEAST_SPAN_BITS = 1;
/** The reserve for what the survey did not tell, in mean spans for one span to come. */
const RESERVE = 0.1;
/** What there is left is at least this part of what is to come, for the arithmetic. */
const LEAST_LEFT = 1 / 16;
/** How far from the steps of late a correction may go. */
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
  #index = 0;
  readonly #keep: number;
  /** Of late: bits spent, bits surveyed, and these times the index they were spent at. */
  #lateSpent = 0;
  #lateSurveyed = 0;
  #lateIndices = 0;

  /** `samples` are those of a span. */
  constructor(plan: WaveRatePlan, bitsPerSample: number, samples: number, spansPerPacket: number) {
    super(samples);
    this.#plan = plan;
    this.#total = plan.bits.reduce((sum, bits) => sum + bits, 0);
    this.#budget = bitsPerSample * plan.samples;
    this.#spansPerPacket = spansPerPacket;
    this.#mean = this.#budget / Math.max(1, plan.bits.length);
    const memory = Math.max(LEAST_MEMORY, Math.min(MOST_MEMORY, MEMORY_PART * plan.bits.length));
    this.#keep = 1 - 1 / memory;
    this.reset();
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
    const coming = (this.#lateSpent / this.#lateSurveyed) * Math.max(0, this.#total - this.#surveyed);
    if (!(coming > 0)) return this.#index;
    // What comes is known about as well as a sum of so many independent packets.
    const reserve = RESERVE * this.#mean * Math.sqrt(this.#left);
    const available = Math.max(this.#budget - this.#spent - reserve, LEAST_LEFT * coming);
    const correction = bitsToIndices(coming, available, this.#left * this.samples);
    const late = this.#lateIndices / this.#lateSurveyed;
    const wanted = late + Math.max(-MOST_CORRECTION, Math.min(MOST_CORRECTION, correction));
    if (Math.abs(wanted - this.#index) > INERTIA) this.#index = Math.round(wanted);
    this.#index = Math.max(0, Math.min(MOST_INDEX, this.#index));
    return this.#index;
  }

  isFar(bits: number): boolean {
    return bits > TOO_MUCH * this.limit();
  }

  take(bits: number, index: number): void {
    const surveyed = this.#span < this.#plan.bits.length ? this.#plan.bits[this.#span] : bits;
    this.#spent += bits;
    this.#surveyed += surveyed;
    this.#lateSpent = this.#keep * this.#lateSpent + bits;
    this.#lateSurveyed = this.#keep * this.#lateSurveyed + surveyed;
    this.#lateIndices = this.#keep * this.#lateIndices + surveyed * index;
    this.#span++;
  }

  reset(): void {
    this.#span = 0;
    this.#spent = 0;
    this.#surveyed = 0;
    this.#index = this.#plan.stepIndex;
    const weight = Math.max(1, GUESS_WEIGHT * this.#mean);
    this.#lateSpent = FIRST_RATIO * weight;
    this.#lateSurveyed = weight;
    this.#lateIndices = weight * this.#index;
  }
}
