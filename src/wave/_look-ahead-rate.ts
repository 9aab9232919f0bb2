/**
 * Rate control that sees what comes: a scout has coded the packets that wait at a step near the one in use, so their bits
 * at any step are known about as well as a survey knows a recording's. The step is the finest that pays for the packets
 * that wait and, at the mean of all that was seen, for as many again as there may be behind them.
 *
 * What has been sent never exceeds the mean of all that was taken in: the packets that wait lend their bits, and when the
 * stream ends, nothing is owed.
 */
import { BITS_PER_INDEX, FIRST_INDEX, INERTIA, MOST_INDEX, TOO_MUCH, VariableRate } from './_step-control.js';

/** Bits a sample by distance from the index where they would be LEAST, in parts of 1/1024 so that sums are exact. */
const LEAST = 0.03;
const MOST = 40;
const PARTS = 1024;
const SUBSTEPS = 64;

/** What a thorough search saves of the scout's bits, by effort: until the encoder knows better, after so many packets. */
const SAVINGS = [1, 0.96, 0.95, 0.94];
const GUESS_PACKETS = 100;
const RATIO_MEMORY = 400;

/** Packets over which the mean of all that was seen goes. */
const MEMORY = 2 ** 15;
/** The future that is provided for: as many packets as there were, but at least and at most so many. */
const LEAST_FUTURE = 200;
const MOST_FUTURE = 2 ** 14;
/** What may go wrong with the sum over packets that wait, in mean packets for the root of their number. */
const RESERVE = 0.35;
/**
 * What each of the packets that wait must be left: a part of the mean, but at least the bits that a packet of zeros takes
 * with another step in its header; and packets for a key among them.
 */
const LEAST_SHARE = 0.1;
const LEAST_BITS = 24;
const LEAST_CHANNEL_BITS = 8;
const KEY_RESERVE = 1;
/** The scout follows the step when that is so many indices away. */
const SCOUT_DISTANCE = 3;

const INDICES = MOST_INDEX + 1;

/** Bits a sample, in parts, by distance: they fall with the index i as dr/di = −0.083·r/(r + 0.8), see _step-control.ts. */
function shapeOfBits(): Float64Array {
  const values: number[] = [];
  for (let rate = LEAST; rate < MOST; ) {
    values.push(Math.round(PARTS * rate));
    for (let part = 0; part < SUBSTEPS; part++) rate += ((BITS_PER_INDEX / SUBSTEPS) * rate) / (rate + 0.8);
  }
  return Float64Array.from(values);
}

/** Places in the state: bits of the mean packet, bits taken in and not spent, packets taken in, packets coded, … */
const MEAN = 0;
const CREDIT = 1;
const SEEN = 2;
const CODED = 3;
/** … bits spent and bits foretold, fading, whose quotient corrects what is foretold; the step; the scout's step; … */
const SPENT = 4;
const FORETOLD = 5;
const POSITION = 6;
const SCOUT = 7;
/** … and a result: the index wanted, in fractions. */
const WANTED = 8;
/** What SPENT and FORETOLD are at the start of a stream. */
const START_SPENT = 9;
const START_FORETOLD = 10;

export class LookAheadRate extends VariableRate {
  readonly #channels: number;
  readonly #framesPerPacket: number;
  readonly #saving: number;
  readonly #state = new Float64Array(11);
  readonly #shape = shapeOfBits();
  /** Bits a sample at each index, in parts: of the packets that wait, and of all that were seen, fading. */
  readonly #waiting = new Float64Array(INDICES);
  readonly #all = new Float64Array(INDICES);
  /** Of each packet that waits: the index at which it would take LEAST, and whether it is a key. */
  readonly #origins: Int32Array;
  readonly #keys: Uint8Array;
  #first = 0;
  #held = 0;
  #heldKeys = 0;
  #ending = false;

  /** @param packets most packets that wait at a time. */
  constructor(bitsPerSample: number, channels: number, framesPerPacket: number, packets: number, effort: number) {
    super(channels * framesPerPacket);
    this.#channels = channels;
    this.#framesPerPacket = framesPerPacket;
    this.#saving = SAVINGS[effort - 1];
    this.#origins = new Int32Array(packets);
    this.#keys = new Uint8Array(packets);
    this.#setMean(bitsPerSample * this.samples);
    this.reset();
  }

  /** Other bits a sample from the next packet on; what was taken in and not spent counts as so many packets of it. */
  changeBits(bitsPerSample: number): void {
    const state = this.#state;
    const mean = bitsPerSample * this.samples;
    state[CREDIT] *= mean / state[MEAN];
    this.#setMean(mean);
  }

  #setMean(mean: number): void {
    const state = this.#state;
    state[MEAN] = mean;
    state[START_FORETOLD] = GUESS_PACKETS * mean;
    state[START_SPENT] = this.#saving * state[START_FORETOLD];
  }

  /** The index that the scout codes its next packet with. */
  get scoutIndex(): number {
    return this.#state[SCOUT] | 0;
  }

  /** Books a packet that has come in: what it cost the scout, and how many of its frames belong to the stream. */
  takeIn(bits: number, frames: number, isKey: boolean): void {
    const state = this.#state;
    const shape = this.#shape;
    const parts = (PARTS * bits) / this.samples;
    let distance = 0;
    while (distance < shape.length - 1 && shape[distance] < parts) distance++;
    const origin = distance + this.scoutIndex;
    const place = (this.#first + this.#held) % this.#origins.length;
    this.#origins[place] = origin;
    this.#keys[place] = isKey ? 1 : 0;
    this.#held++;
    this.#heldKeys += this.#keys[place];
    state[SEEN] += 1;
    state[CREDIT] += (state[MEAN] * frames) / this.#framesPerPacket;
    const weight = 1 / Math.min(state[SEEN], MEMORY);
    for (let index = 0; index < INDICES; index++) {
      const foretold = shape[Math.max(0, Math.min(shape.length - 1, origin - index))];
      this.#waiting[index] += foretold;
      this.#all[index] += weight * (foretold - this.#all[index]);
    }
    this.#choose();
    // Before anything is coded the step in use is the one that is wanted by then.
    if (state[CODED] === 0) state[POSITION] = Math.round(state[WANTED]);
    if (Math.abs(state[POSITION] - state[SCOUT]) >= SCOUT_DISTANCE) state[SCOUT] = state[POSITION];
  }

  /** Nothing comes behind the packets that wait. */
  end(): void {
    this.#ending = true;
  }

  /** Works out WANTED, from which POSITION follows. */
  #choose(): void {
    const state = this.#state;
    const mean = state[MEAN];
    const bitsInParts = (state[SPENT] / state[FORETOLD]) * (this.samples / PARTS);
    const future = this.#ending ? 0 : Math.max(LEAST_FUTURE, Math.min(MOST_FUTURE, state[SEEN]));
    const held = Math.max(0, state[CREDIT] - RESERVE * mean * Math.sqrt(this.#held));
    const all = state[CREDIT] + future * mean;
    // The smallest index that fits both.
    let below = -1;
    let above: number = MOST_INDEX;
    while (above - below > 1) {
      const index = (below + above) >> 1;
      const waiting = bitsInParts * this.#waiting[index];
      if (waiting <= held && waiting + bitsInParts * future * this.#all[index] <= all) above = index;
      else below = index;
    }
    state[WANTED] = above;
    // Between it and the one before it, by what the tighter of the two leaves over.
    if (below >= 0) {
      const coarse = bitsInParts * this.#waiting[above];
      const fine = bitsInParts * this.#waiting[below];
      const coarseAll = coarse + bitsInParts * future * this.#all[above];
      const fineAll = fine + bitsInParts * future * this.#all[below];
      const left = fine > coarse ? (held - coarse) / (fine - coarse) : 1;
      const leftAll = fineAll > coarseAll ? (all - coarseAll) / (fineAll - coarseAll) : 1;
      state[WANTED] -= Math.max(0, Math.min(1, left, leftAll));
    }
  }

  limit(isKey: boolean): number {
    const state = this.#state;
    const mean = state[MEAN];
    const others = this.#held - 1;
    const keys = this.#heldKeys - (isKey ? 1 : 0);
    const each = Math.max(LEAST_SHARE * mean, LEAST_BITS + LEAST_CHANNEL_BITS * this.#channels);
    const left = state[CREDIT] - others * each - (keys > 0 ? KEY_RESERVE * mean : 0);
    return Math.floor(Math.max(16, Math.min(2 ** 30, left))) | 0;
  }

  target(isKey: boolean): number {
    return Math.floor(0.95 * this.limit(isKey)) | 0;
  }

  get first(): number {
    const state = this.#state;
    this.#choose();
    if (Math.abs(state[WANTED] - state[POSITION]) > INERTIA) state[POSITION] = Math.round(state[WANTED]);
    return state[POSITION] | 0;
  }

  isFar(bits: number, _index: number, isKey: boolean): boolean {
    return bits > TOO_MUCH * this.limit(isKey);
  }

  take(bits: number, index: number): void {
    const state = this.#state;
    const shape = this.#shape;
    const origin = this.#origins[this.#first];
    const parts = shape[Math.max(0, Math.min(shape.length - 1, origin - index))];
    const fading = 1 - 1 / RATIO_MEMORY;
    state[SPENT] = fading * state[SPENT] + bits;
    state[FORETOLD] = fading * state[FORETOLD] + (parts * this.samples) / PARTS;
    state[CREDIT] -= bits;
    state[CODED] += 1;
    for (let at = 0; at < INDICES; at++) {
      this.#waiting[at] -= shape[Math.max(0, Math.min(shape.length - 1, origin - at))];
    }
    this.#heldKeys -= this.#keys[this.#first];
    this.#first = (this.#first + 1) % this.#origins.length;
    this.#held--;
  }

  reset(): void {
    const state = this.#state;
    state[CREDIT] = 0;
    state[SEEN] = 0;
    state[CODED] = 0;
    // Streams end so rarely that this stays interpreted, and there a fraction that is read is an object.
    state.copyWithin(SPENT, START_SPENT, START_FORETOLD + 1);
    state[POSITION] = FIRST_INDEX;
    state[SCOUT] = FIRST_INDEX;
    this.#waiting.fill(0);
    this.#all.fill(0);
    this.#first = 0;
    this.#held = 0;
    this.#heldKeys = 0;
    this.#ending = false;
  }
}
