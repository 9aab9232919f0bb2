/**
 * The first passes over a recording: they find the one step at which the whole of it takes the bits it may.
 */
import { checkInteger, checkNumber } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import { LEAST_FILE_BITS, MOST_BITS } from './_rate-choice.js';
import { bitsToIndices, FIRST_INDEX } from './_step-control.js';
import { stepTable } from './_tables.js';
import { usualSpanFrames } from './config.js';
import type { WaveRatePlan } from './rate-plan.js';
import { WaveEncoder } from './wave-encoder.js';
import { scoutOptions, type WaveEncoderOptions } from './wave-encoder-options.js';

/** The last index of a step that an encoder can be given: 0.35·10^(307/40) is the last below 2^24. */
const MOST_GIVEN_INDEX = 307;
/** Passes that the search for the step may take. */
const MOST_PASSES = 5;
/** Bits that a span costs more where it is a packet by itself: an end, rounding to bytes, a flag for the step. */
const PACKET_BITS = 3.5;
/** What a thorough search saves of the bits of a quick one, by effort. */
const SAVINGS = [1, 0.95, 0.94, 0.93];

/** Spans of a packet; options that make no sense are the encoder's to refuse. */
function spansOf({ framesPerPacket = 128, spanFrames = usualSpanFrames(framesPerPacket) }: WaveEncoderOptions): number {
  const spans = framesPerPacket / spanFrames;
  return Number.isInteger(spans) && spans > 1 ? spans : 1;
}

/**
 * Finds the step at which a recording takes the bits it may: two to five quick passes over the whole, which the caller
 * feeds. Not real-time safe.
 *
 * @example
 * ```ts
 * import { Engine, WaveEncoder, WaveSurvey } from 'paley';
 *
 * const engine = await Engine.load();
 * const recording = [Float32Array.from({ length: 9600 }, (_, frame) => ((frame % 96) - 48) / 64)];
 * const options = { sampleRate: 48000, bitsPerSample: 2.4, effort: 3, keyInterval: 256 };
 * const survey = new WaveSurvey(engine, options);
 * while (!survey.done) {
 *   survey.process(recording); // as often as there is more of it
 *   survey.endPass();
 * }
 * const encoder = new WaveEncoder(engine, { ...options, plan: survey.plan });
 * const packets = [...encoder.process(recording), ...encoder.flush()];
 * survey.dispose();
 * ```
 */
export class WaveSurvey {
  readonly #engine: Engine;
  readonly #options: WaveEncoderOptions;
  readonly #bitsPerSample: number;
  readonly #saving: number;
  /** Bits that a packet of the survey takes beyond its span's. */
  readonly #saved: number;
  #encoder: WaveEncoder;
  #bits: number[] = [];
  #samples = 0;
  #index = FIRST_INDEX;
  #passes = 0;
  #tooMany = -1;
  #tooFew = MOST_GIVEN_INDEX + 1;
  #plan: WaveRatePlan | undefined;

  /**
   * @param options those of the encoder to come; `bitsPerSample` is what is looked for.
   * @throws what the encoder throws.
   */
  constructor(engine: Engine, options: WaveEncoderOptions) {
    this.#engine = engine;
    this.#options = options;
    this.#bitsPerSample = checkNumber('bitsPerSample', options.bitsPerSample ?? 3.2, LEAST_FILE_BITS, MOST_BITS);
    this.#saving = SAVINGS[checkInteger('effort', options.effort ?? 2, 1, SAVINGS.length) - 1];
    this.#saved = spansOf(options) > 1 ? PACKET_BITS : 0;
    this.#encoder = this.#makeEncoder();
  }

  /** True when the plan is there. */
  get done(): boolean {
    return this.#plan !== undefined;
  }

  /** What was found. */
  get plan(): WaveRatePlan {
    if (this.#plan === undefined)
      throw new TypeError('plan expected a survey that is done: feed it passes until it is');
    return this.#plan;
  }

  #makeEncoder(): WaveEncoder {
    // Each span as a packet by itself, so that its length is known.
    const { framesPerPacket = 128, keyInterval = 32 } = this.#options;
    const spans = spansOf(this.#options);
    return new WaveEncoder(this.#engine, {
      // A hair above the table's value, so that rounding cannot take the step below.
      ...scoutOptions(this.#options, stepTable()[this.#index] * 1.0001),
      framesPerPacket: framesPerPacket / spans,
      spanFrames: undefined,
      keyInterval: spans * keyInterval,
    });
  }

  /** Takes the next frames of this pass. */
  process(planes: Float32Array[]): void {
    for (const packet of this.#encoder.process(planes)) this.#bits.push(8 * packet.length - this.#saved);
    this.#samples += planes.length * (planes[0]?.length ?? 0);
  }

  /** Ends a pass over the whole recording. */
  endPass(): void {
    for (const packet of this.#encoder.flush()) this.#bits.push(8 * packet.length - this.#saved);
    this.#passes++;
    const spent = this.#saving * this.#bits.reduce((sum, bits) => sum + bits, 0);
    const wanted = this.#bitsPerSample * this.#samples;
    if (spent > wanted) this.#tooMany = Math.max(this.#tooMany, this.#index);
    else this.#tooFew = Math.min(this.#tooFew, this.#index);
    const away = this.#samples > 0 ? bitsToIndices(spent, wanted, this.#samples) : 0;
    let next = Math.round(this.#index + away);
    if (next <= this.#tooMany || next >= this.#tooFew) next = (this.#tooMany + this.#tooFew) >> 1;
    next = Math.max(0, Math.min(MOST_GIVEN_INDEX, next));
    const found = Math.abs(away) <= 1 || next === this.#index || this.#tooFew - this.#tooMany <= 1;
    if (found || this.#passes === MOST_PASSES) {
      this.#plan = { stepIndex: this.#index, bits: Float32Array.from(this.#bits), samples: this.#samples };
      return;
    }
    this.#index = next;
    this.#bits = [];
    this.#samples = 0;
    this.#encoder.dispose();
    this.#encoder = this.#makeEncoder();
  }

  /** Gives the memory back. */
  dispose(): void {
    this.#encoder.dispose();
  }
}

/**
 * The survey of a recording that lies in memory. Not real-time safe.
 *
 * @example
 * ```ts
 * import { Engine, surveyWave, WaveEncoder } from 'paley';
 *
 * const engine = await Engine.load();
 * const recording = [Float32Array.from({ length: 9600 }, (_, frame) => ((frame % 75) - 37) / 64)];
 * const options = { sampleRate: 48000, bitsPerSample: 3.2, keyInterval: 256 };
 * const encoder = new WaveEncoder(engine, { ...options, plan: surveyWave(engine, recording, options) });
 * const packets = [...encoder.process(recording), ...encoder.flush()];
 * ```
 */
export function surveyWave(engine: Engine, planes: Float32Array[], options: WaveEncoderOptions): WaveRatePlan {
  const survey = new WaveSurvey(engine, options);
  try {
    while (!survey.done) {
      survey.process(planes);
      survey.endPass();
    }
    return survey.plan;
  } finally {
    survey.dispose();
  }
}
