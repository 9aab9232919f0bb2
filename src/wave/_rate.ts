/**
 * Rate control: which step a packet is tried with, and when a try is good enough.
 *
 * A bucket of credit holds what packets may spend beyond the mean: B bits come in for each packet. A link of constant
 * rate with a queue of `reservoir` packets is a bucket that overflows (`bounded`); a file's bucket does not (`average`).
 * Bits fall with the step by log2(10)/40 = 0.083 a sample and index where the rate is high, and less where it is low.
 */

/** log2(10^(1/40)): bits a sample that one index more saves at high rates. */
export const BITS_PER_INDEX = 0.08304820237218406;

/** Packets without a key may run ahead of the mean by this part of one; keys by a whole one, at first. */
const RESERVOIR = 0.3;
const KEY_RESERVOIR = 1;
/** How much of a packet the queue of a key goes down by in each of the packets behind it. */
const RECOVERY = 0.1;

/** Where in the reservoir a link should stand, in packets, and the part of the way back that a packet is to go. */
const MIDDLE = 0.04;
const RETURN = 0.4;

/** Indices that the step goes at most from one packet to the next. */
const MOST_MOVE = 6;
export const MOST_INDEX = 319;
/** Where the first packet's step is looked for first. */
export const FIRST_INDEX = 60;
/** A packet that takes less than this part of what it should is worth another try. */
const ENOUGH = 0.75;
/** One that takes more than so many times its limit needs more than an index or two. */
export const TOO_MUCH = 1.15;
/**
 * What tells the encoder which step to try and whether a packet fits. All of it is real-time safe: what goes in and out is
 * whole numbers, since a fraction that a function gives back is an object on the heap wherever the call is not inlined.
 */
export interface StepControl {
  /** Whole bits the next packet may take. */
  limit(isKey: boolean): number;
  /** Whole bits the next packet should take. */
  target(isKey: boolean): number;
  /** The step index to try first. */
  readonly first: number;
  /** Are so many bits at this index so far from what they should be that a step in between must be looked for? */
  isFar(bits: number, index: number, isKey: boolean): boolean;
  /** How many indices lie between so many bits and so many others, about: to the nearest. */
  distance(bits: number, wanted: number): number;
  /** The same, rounded up. */
  distanceUp(bits: number, wanted: number): number;
  /** Books a packet of so many bits at this index. */
  take(bits: number, index: number, isKey: boolean): void;
  reset(): void;
}

/** Indices that lie between so many bits and so many others for so many samples, about. Not real-time safe. */
export function bitsToIndices(bits: number, wanted: number, samples: number): number {
  const rate = Math.max(bits, wanted) / samples;
  return (bits - wanted) / (samples * BITS_PER_INDEX * (rate / (rate + 0.8)));
}

/** The same for whole bits, to a place of an array: a fraction given back would be an object. Real-time safe. */
export function indicesInto(state: Float64Array, at: number, bits: number, wanted: number, samples: number): void {
  const rate = Math.max(bits, wanted) / samples;
  state[at] = (bits - wanted) / (samples * BITS_PER_INDEX * (rate / (rate + 0.8)));
}

/** Places in the state: bits of the mean packet, bits sent beyond it (negative: credit), how far a packet may run ahead, … */
const MEAN = 0;
const AHEAD = 1;
const CEILING = 2;
/** … and where the step stands, in fractions of an index. */
const POSITION = 3;
/** Results, kept here for the same reason: what the next packet may take and should take, and a distance in indices. */
const LIMIT = 4;
const TARGET = 5;
const DISTANCE = 6;

export class RateControl implements StepControl {
  readonly #samples: number;
  /** How far a key may run ahead. */
  readonly #keyCeiling: number;
  /** Numbers by MEAN to POSITION: in an array, where those that change with every packet are no objects of their own. */
  readonly #state = new Float64Array(7);

  constructor(bitsPerSample: number, samples: number, hasKeys: boolean) {
    this.#samples = samples;
    this.#keyCeiling = RateControl.reservoir(hasKeys);
    this.#state[MEAN] = bitsPerSample * samples;
    this.reset();
  }

  /** Other bits a sample from the next packet on; what has been sent beyond the mean counts as so many packets of it. */
  changeBits(bitsPerSample: number): void {
    const state = this.#state;
    const mean = bitsPerSample * this.#samples;
    state[AHEAD] *= mean / state[MEAN];
    state[MEAN] = mean;
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
    const ceiling = isKey ? Math.max(this.#keyCeiling, state[CEILING]) : state[CEILING];
    const limit = Math.min(mean * (1 + ceiling) - state[AHEAD], 2 * mean);
    state[LIMIT] = limit;
    // Halfway up the reservoir there is room for what comes unforeseen, above and below.
    const steady = mean + RETURN * (MIDDLE * mean - state[AHEAD]);
    state[TARGET] = isKey ? 0.95 * limit : Math.min(0.95 * limit, steady);
  }

  get first(): number {
    return Math.round(this.#state[POSITION]) | 0;
  }

  isFar(bits: number, index: number, isKey: boolean): boolean {
    this.#update(isKey);
    if (bits > TOO_MUCH * this.#state[LIMIT]) return true;
    return index > 0 && bits < ENOUGH * this.#state[TARGET];
  }

  distance(bits: number, wanted: number): number {
    indicesInto(this.#state, DISTANCE, bits, wanted, this.#samples);
    return Math.round(this.#state[DISTANCE]) | 0;
  }

  distanceUp(bits: number, wanted: number): number {
    indicesInto(this.#state, DISTANCE, bits, wanted, this.#samples);
    return Math.ceil(this.#state[DISTANCE]) | 0;
  }

  take(bits: number, index: number, isKey: boolean): void {
    indicesInto(this.#state, DISTANCE, bits, this.target(isKey), this.#samples);
    const moved = this.#state[DISTANCE];
    this.#state[POSITION] = index + (isKey ? 0 : Math.max(-MOST_MOVE, Math.min(MOST_MOVE, 0.7 * moved)));
    this.#state[POSITION] = Math.max(0, Math.min(MOST_INDEX, this.#state[POSITION]));
    this.#state[AHEAD] += bits - this.#state[MEAN];
    if (this.#state[AHEAD] < 0) this.#state[AHEAD] = 0;
    this.#state[CEILING] = Math.max(
      RESERVOIR,
      Math.min(this.#keyCeiling, this.#state[AHEAD] / this.#state[MEAN]) - RECOVERY,
    );
  }

  reset(): void {
    this.#state[AHEAD] = 0;
    this.#state[CEILING] = RESERVOIR;
    this.#state[POSITION] = FIRST_INDEX;
  }

  /** Packets by which a link of the mean rate may lag behind. */
  static reservoir(hasKeys: boolean): number {
    return hasKeys ? KEY_RESERVOIR : RESERVOIR;
  }
}
