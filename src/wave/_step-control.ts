/**
 * What tells the encoder which step to try and whether a packet fits. Everything in an encoder's way is real-time safe: what
 * goes in and out is whole numbers, since a fraction that a function gives back is an object on the heap wherever the call is
 * not inlined.
 *
 * Bits fall with the step by log2(10)/40 = 0.083 a sample and index where the rate is high, and less where it is low.
 */

/** log2(10^(1/40)): bits a sample that one index more saves at high rates. */
export const BITS_PER_INDEX = 0.08304820237218406;

export const MOST_INDEX = 319;
/** Where the first packet's step is looked for first. */
export const FIRST_INDEX = 60;
/** A packet that takes more than so many times its limit needs more than an index or two. */
export const TOO_MUCH = 1.15;
/** The step stays where it is for so much less than an index, so that it does not flutter between two. */
export const INERTIA = 0.7;

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

/** Which step a packet (with a plan: a span) is tried with, and when a try is good enough. */
export abstract class StepControl {
  /** Samples of what is coded at a time. */
  protected readonly samples: number;
  readonly #distance = new Float64Array(1);

  constructor(samples: number) {
    this.samples = samples;
  }

  /** Whole bits the next packet may take. */
  abstract limit(isKey: boolean): number;
  /** Whole bits the next packet should take. */
  abstract target(isKey: boolean): number;
  /** The step index to try first. */
  abstract get first(): number;
  /** Are so many bits at this index so far from what they should be that a step in between must be looked for? */
  abstract isFar(bits: number, index: number, isKey: boolean): boolean;
  /** Books a packet of so many bits at this index. */
  abstract take(bits: number, index: number, isKey: boolean): void;
  abstract reset(): void;

  /** How many indices lie between so many bits and so many others, about: to the nearest. */
  distance(bits: number, wanted: number): number {
    indicesInto(this.#distance, 0, bits, wanted, this.samples);
    return Math.round(this.#distance[0]) | 0;
  }

  /** The same, rounded up. */
  distanceUp(bits: number, wanted: number): number {
    indicesInto(this.#distance, 0, bits, wanted, this.samples);
    return Math.ceil(this.#distance[0]) | 0;
  }
}

/** One whose rate may change on the way. */
export abstract class VariableRate extends StepControl {
  /** Other bits a sample from the next packet on; what has been saved or overdrawn counts as so many packets of it. */
  abstract changeBits(bitsPerSample: number): void;
}
