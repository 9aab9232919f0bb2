/**
 * Rate control for links: a bucket of credit holds what packets may spend beyond the mean. B bits come in for each packet; a
 * link of constant rate with a queue of `reservoir` packets is a bucket that overflows.
 */
import { BITS_PER_INDEX, FIRST_INDEX, indicesInto, MOST_INDEX, TOO_MUCH, VariableRate } from './_step-control.js';

/** Packets may run ahead of the mean by this part of one; with keys by a whole one. */
const RESERVOIR = 0.3;
const KEY_RESERVOIR = 1;
/** What a packet that is no key may take beyond its share, in packets: a burst must not starve those behind it. */
const SPARE = 0.3;

/** Where in the reservoir a link should stand, in packets: without keys; when a key comes; where that is beyond the horizon. */
const WITHOUT_KEYS = 0.04;
const AT_KEYS = 0.15;
const BETWEEN_KEYS = 0.4;
/** Packets in which the way there is gone: without keys, and with them at least and at most. */
const RETURN = 2.5;
const LEAST_HORIZON = 4;
const HORIZON = 24;
/** The part of the reservoir that is planned with. */
const FILLED = 0.95;

/** How far the estimate of the step goes towards what the last packet would have needed, without keys and with them. */
const FOLLOWS = 0.7;
const FOLLOWS_KEYS = 0.4;
/** A key's bits beyond those of other packets: in packets as long as none is known, and how fast that is learnt. */
const FIRST_EXTRA = 0.3;
const LEARNS = 0.3;

/** Indices that the step goes at most from one packet to the next. */
const MOST_MOVE = 6;
/** A packet that takes less than this part of what it should is worth another try. */
const ENOUGH = 0.75;

/** Places in the state: bits of the mean packet, bits sent beyond it, … */
const MEAN = 0;
const AHEAD = 1;
/** … the index at which a packet would take the mean (below 0: unknown), the one to try next, and a key's extra bits. */
const EVEN = 2;
const POSITION = 3;
const EXTRA = 4;
/** Results, kept here for the same reason: what a packet may take and should take, and a distance in indices. */
const LIMIT = 5;
const TARGET = 6;
const DISTANCE = 7;
/** What EXTRA is at the start of a stream. */
const START_EXTRA = 8;

/** Packets since the key are counted as far as this. */
const MOST_AGE = 2 ** 20;

/**
 * The step is to be as even as the reservoir allows: the least error at equal bits. So what a key takes beyond other packets
 * is saved in all packets up to the next one, and the reservoir is empty when that comes.
 */
export class BoundedRate extends VariableRate {
  readonly #keyInterval: number;
  readonly #reservoir: number;
  /** Packets since the last key. */
  #age = 0;
  /** Numbers by MEAN to START_EXTRA: in an array, where those that change with every packet are no objects of their own. */
  readonly #state = new Float64Array(9);

  constructor(bitsPerSample: number, samples: number, keyInterval: number) {
    super(samples);
    this.#keyInterval = keyInterval;
    this.#reservoir = BoundedRate.reservoir(keyInterval > 0);
    this.#state[MEAN] = bitsPerSample * samples;
    this.#state[START_EXTRA] = FIRST_EXTRA * this.#state[MEAN];
    this.reset();
  }

  /** Other bits a sample from the next packet on; what has been sent beyond the mean counts as so many packets of it. */
  changeBits(bitsPerSample: number): void {
    const state = this.#state;
    const mean = bitsPerSample * this.samples;
    if (state[EVEN] >= 0) {
      indicesInto(state, DISTANCE, state[MEAN], mean, this.samples);
      state[EVEN] = Math.max(0, Math.min(MOST_INDEX, state[EVEN] + state[DISTANCE]));
      state[POSITION] = Math.max(0, Math.min(MOST_INDEX, state[POSITION] + state[DISTANCE]));
    }
    state[AHEAD] *= mean / state[MEAN];
    state[MEAN] = mean;
    state[START_EXTRA] = FIRST_EXTRA * mean;
  }

  limit(isKey: boolean): number {
    this.#update(isKey);
    return Math.floor(this.#state[LIMIT]) | 0;
  }

  target(isKey: boolean): number {
    this.#update(isKey);
    return Math.round(this.#state[TARGET]) | 0;
  }

  /** Works out LIMIT and TARGET. */
  #update(isKey: boolean): void {
    const state = this.#state;
    const mean = state[MEAN];
    const most = Math.min(mean * (1 + this.#reservoir) - state[AHEAD], 2 * mean);
    const target = Math.min(0.95 * most, this.#level(isKey) + (isKey ? state[EXTRA] : 0));
    state[TARGET] = target;
    state[LIMIT] = isKey ? most : Math.min(most, Math.max(mean, target) + SPARE * mean);
  }

  /** Whole bits that the next packet should take, what a key takes beyond them apart. */
  #level(isKey: boolean): number {
    const state = this.#state;
    const mean = state[MEAN];
    const ahead = state[AHEAD] + (isKey ? state[EXTRA] : 0);
    const interval = this.#keyInterval;
    const left = interval - (isKey ? 0 : this.#age);
    let horizon = RETURN;
    let end = WITHOUT_KEYS;
    if (interval > 0) {
      horizon = Math.max(LEAST_HORIZON, Math.min(HORIZON, left));
      end = left > HORIZON ? BETWEEN_KEYS : AT_KEYS;
    }
    const even = mean + (end * mean - ahead) / horizon;
    const most = mean + FILLED * this.#reservoir * mean - ahead;
    return Math.round(Math.max(0.1 * mean, Math.min(even, most))) | 0;
  }

  get first(): number {
    return Math.round(this.#state[POSITION]) | 0;
  }

  isFar(bits: number, index: number, isKey: boolean): boolean {
    this.#update(isKey);
    if (bits > TOO_MUCH * this.#state[LIMIT]) return true;
    return index > 0 && bits < ENOUGH * this.#state[TARGET];
  }

  take(bits: number, index: number, isKey: boolean): void {
    const state = this.#state;
    const mean = state[MEAN];
    const plain = Math.max(0.1 * mean, bits - (isKey ? state[EXTRA] : 0));
    indicesInto(state, DISTANCE, plain, mean, this.samples);
    const needed = index + state[DISTANCE];
    if (state[EVEN] < 0) {
      state[EVEN] = Math.max(0, Math.min(MOST_INDEX, needed));
    } else if (isKey) {
      // What it took at its step, less what another packet would have taken there.
      const rate = mean / this.samples;
      const more = (needed - state[EVEN]) * this.samples * BITS_PER_INDEX * (rate / (rate + 0.8));
      state[EXTRA] = Math.max(0, Math.min(mean, state[EXTRA] + LEARNS * more));
    } else {
      state[EVEN] += (this.#keyInterval > 0 ? FOLLOWS_KEYS : FOLLOWS) * (needed - state[EVEN]);
      state[EVEN] = Math.max(0, Math.min(MOST_INDEX, state[EVEN]));
    }
    state[AHEAD] = Math.max(0, state[AHEAD] + bits - mean);
    this.#age = isKey ? 1 : Math.min(this.#age + 1, MOST_AGE);
    const level = this.#level(this.#keyInterval > 0 && this.#age >= this.#keyInterval);
    indicesInto(state, DISTANCE, mean, level, this.samples);
    const next = Math.max(index - MOST_MOVE, Math.min(index + MOST_MOVE, state[EVEN] + state[DISTANCE]));
    state[POSITION] = Math.max(0, Math.min(MOST_INDEX, next));
  }

  reset(): void {
    this.#state[AHEAD] = 0;
    this.#state[EVEN] = -1;
    this.#state[POSITION] = FIRST_INDEX;
    // Streams end so rarely that this stays interpreted, and there a fraction that is read is an object.
    this.#state.copyWithin(EXTRA, START_EXTRA, START_EXTRA + 1);
    this.#age = 0;
  }

  /** Packets by which a link of the mean rate may lag behind. */
  static reservoir(hasKeys: boolean): number {
    return hasKeys ? KEY_RESERVOIR : RESERVOIR;
  }
}
