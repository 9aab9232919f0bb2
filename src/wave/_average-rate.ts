/**
 * Rate control for a mean from the start, on signals whose future nobody knows. The error of the whole is least where the
 * step is the same throughout, so the step moves slowly towards what the signal so far would have needed, and a reserve of
 * bits is laid by for what is harder to code than that.
 */
import { FIRST_INDEX, indicesInto, MOST_INDEX, TOO_MUCH, VariableRate } from './_step-control.js';

/** The step follows the mean of so many packets, and of all there were as long as there are fewer. */
const MEMORY = 200;
/** The reserve, in mean packets: it grows by this part of each packet up to so many. */
const SAVING = 0.06;
const LEAST_RESERVE = 0.5;
const MOST_RESERVE = 10;
/** How many indices coarser the step is where the reserve is gone. */
const CAUTION = 12;
/** Packets over which what is beyond the reserve is spent. */
const HORIZON = 1000;
/** Indices that the step goes at most from one packet to the next: down, and up. */
const MOST_DOWN = 4;
const MOST_UP = 2;

/** Packets that the first one, a key without a past, may take beyond the mean, and those after which that is paid back. */
const FIRST_LOAN = 1;
const LOAN_PACKETS = 32;

/** Packets of credit that only keys may use, and what other packets may take of the mean where there is no more. */
const KEY_RESERVE = 1.5;
const SHARE = 0.9;

/** Places in the state: bits of the mean packet, bits sent beyond it (negative: credit), packets so far, … */
const MEAN = 0;
const AHEAD = 1;
const COUNT = 2;
/** … the index that the mean would have needed, and the one that is in use. */
const CENTRE = 3;
const POSITION = 4;
/** What the next packet may take, and a distance in indices: results, since a fraction given back would be an object. */
const AVAILABLE = 5;
const DISTANCE = 6;

export class AverageRate extends VariableRate {
  readonly #keyReserve: number;
  readonly #state = new Float64Array(7);

  constructor(bitsPerSample: number, samples: number, hasKeys: boolean) {
    super(samples);
    this.#keyReserve = hasKeys ? KEY_RESERVE : 0;
    this.#state[MEAN] = bitsPerSample * samples;
    this.reset();
  }

  /** Other bits a sample from the next packet on; credit counts as so many packets of it. */
  changeBits(bitsPerSample: number): void {
    const state = this.#state;
    const mean = bitsPerSample * this.samples;
    state[AHEAD] *= mean / state[MEAN];
    state[MEAN] = mean;
  }

  /**
   * Works out AVAILABLE, the bits there are for the next packet: the mean, the credit, and at first a loan; the last of it
   * is for keys.
   */
  #update(isKey: boolean): void {
    const state = this.#state;
    const mean = state[MEAN];
    const loan = FIRST_LOAN * Math.max(0, 1 - state[COUNT] / LOAN_PACKETS);
    const all = Math.max(16, mean * (1 + loan) - state[AHEAD]);
    state[AVAILABLE] = isKey ? all : Math.min(all, Math.max(all - this.#keyReserve * mean, SHARE * mean));
  }

  limit(isKey: boolean): number {
    this.#update(isKey);
    return Math.floor(Math.min(2 ** 30, this.#state[AVAILABLE])) | 0;
  }

  target(isKey: boolean): number {
    this.#update(isKey);
    const state = this.#state;
    const wanted = state[MEAN] * (state[COUNT] === 0 ? 1 + FIRST_LOAN : 1);
    return Math.floor(Math.min(0.95 * state[AVAILABLE], wanted)) | 0;
  }

  get first(): number {
    return Math.round(this.#state[POSITION]) | 0;
  }

  isFar(bits: number, _index: number, isKey: boolean): boolean {
    // At the start nothing is known; later on only what does not fit is looked into.
    this.#update(isKey);
    const state = this.#state;
    return bits > TOO_MUCH * state[AVAILABLE] || (state[COUNT] === 0 && bits < 0.75 * state[MEAN]);
  }

  take(bits: number, index: number): void {
    const state = this.#state;
    const mean = state[MEAN];
    const whole = Math.round(mean) | 0;
    indicesInto(state, DISTANCE, bits, whole, this.samples);
    const first = state[COUNT] === 0;
    state[COUNT] += 1;
    state[CENTRE] += (index + state[DISTANCE] - state[CENTRE]) / Math.min(state[COUNT], MEMORY);
    state[AHEAD] += bits - mean;
    if (first) {
      state[POSITION] = index;
      return;
    }
    const credit = -state[AHEAD] / mean;
    const reserve = Math.min(MOST_RESERVE, LEAST_RESERVE + SAVING * state[COUNT]);
    let wanted = state[CENTRE];
    if (credit < reserve) {
      wanted += CAUTION * (1 - credit / reserve);
    } else {
      const spendable = Math.round(mean * Math.min(2, (credit - reserve) / HORIZON)) | 0;
      indicesInto(state, DISTANCE, whole + spendable, whole, this.samples);
      wanted -= state[DISTANCE];
    }
    const move = Math.max(-MOST_DOWN, Math.min(MOST_UP, wanted - state[POSITION]));
    state[POSITION] = Math.max(0, Math.min(MOST_INDEX, state[POSITION] + move));
  }

  reset(): void {
    const state = this.#state;
    state[AHEAD] = 0;
    state[COUNT] = 0;
    state[CENTRE] = FIRST_INDEX;
    state[POSITION] = FIRST_INDEX;
  }
}
