/**
 * A plan: what the wave kernels work on, laid out in engine memory. Encoder and decoder have one each; the decoder's is
 * without the search.
 */
import type { Engine } from '../engine/engine.js';
import { Processor } from '../engine/processor.js';
import { layout } from './_layout.js';
import { fixedFilter, NOISE_SHAPINGS, type NoiseShaping } from './_noise-shaping.js';
import { analysisWindow, cumulativeFrequencies, sineTable, stepTable, symbolCosts } from './_tables.js';
import { predictors, type WaveConfig, type WaveParameters } from './config.js';

/** Adaptation of the two filters: weights move by rate · error / mean power of what they weigh. */
const OWN_RATE = 0.005;
const CROSS_RATE = 0.005;

/** Most survivors of the search. */
export const MOST_PATHS = 16;

const CANDIDATE_BYTES = 64 * MOST_PATHS;
const TRACE_BYTES = 8 * MOST_PATHS * layout.MAXIMUM_FRAMES;

/** Bytes that no packet exceeds: 67 bits a level are the most there are, and 248 a channel's coefficients in a span. */
export function mostPacketBytes({ channels, framesPerPacket }: WaveConfig, { spanFrames }: WaveParameters): number {
  return (framesPerPacket / spanFrames) * (16 + channels * (24 + 9 * spanFrames));
}

export class WavePlan extends Processor {
  /** Address of the plan. */
  readonly pointer: number;
  /** Its words. */
  readonly #words: Int32Array<ArrayBuffer>;
  readonly #floats: Float32Array<ArrayBuffer>;
  /** The state of all channels, one behind the other: as words, and as float64. */
  readonly #states: Int32Array<ArrayBuffer>;
  readonly #sums: Float64Array<ArrayBuffer>;

  constructor(engine: Engine, config: WaveConfig, parameters: WaveParameters, paths: number) {
    super(engine);
    const { channels, framesPerPacket } = config;
    const { spanFrames } = parameters;
    const { order, taps } = predictors[parameters.predictor];
    this.pointer = this.reserve(layout.PLAN_BYTES);
    this.#words = new Int32Array(engine.buffer, this.pointer, layout.PLAN_BYTES / 4).fill(0);
    this.#floats = new Float32Array(engine.buffer, this.pointer, layout.PLAN_BYTES / 4);
    const states = this.reserve(channels * layout.CHANNEL_BYTES);
    this.#states = new Int32Array(engine.buffer, states, (channels * layout.CHANNEL_BYTES) / 4);
    this.#sums = new Float64Array(engine.buffer, states, (channels * layout.CHANNEL_BYTES) / 8);
    this.set('CHANNELS', channels);
    this.set('FRAMES', spanFrames);
    this.set('SPANS', framesPerPacket / spanFrames);
    this.set('PLAN_ORDER', order);
    this.set('PLAN_TAPS', taps);
    this.set('PLAN_WINDOW', parameters.analysisFrames);
    this.set('CHANNEL_STATES', states);
    this.set('SCRATCH', this.reserve(layout.SCRATCH_BYTES));
    this.set('CHECKED', parameters.stateCheck ? 1 : 0);
    this.#put('STEPS', stepTable());
    this.#put('FREQUENCIES', cumulativeFrequencies());
    const window = analysisWindow(parameters.analysisFrames);
    this.#put('WINDOW', window);
    new Float64Array(engine.buffer, this.pointer + layout.WINDOW_POWER, 1)[0] = window.reduce(
      (power, value) => power + value * value,
      0,
    );
    this.#put('SINES', sineTable());
    this.setFloat('RATE', OWN_RATE);
    this.setFloat('CROSS_RATE', CROSS_RATE);
    this.setFloat('LOWEST', -(1 << (parameters.sampleBits - 1)));
    this.setFloat('HIGHEST', (1 << (parameters.sampleBits - 1)) - 1);
    if (paths > 0) {
      this.#put('COSTS', symbolCosts());
      this.set('BEAM', this.reserve(paths * layout.PATH_BYTES));
      this.set('CANDIDATES', this.reserve(CANDIDATE_BYTES));
      this.set('TRACE', this.reserve(TRACE_BYTES));
    }
    this.reset();
  }

  /** Shapes the noise; `sampleRate` in Hz. For a new plan. */
  shapeNoise(shaping: NoiseShaping, sampleRate: number): void {
    this.set('NOISE_SHAPING', NOISE_SHAPINGS.indexOf(shaping));
    if (shaping === 'none') return;
    // Oldest error's coefficient first; the adaptive filter takes the same place.
    const filter = shaping === 'fixed' ? fixedFilter(sampleRate).reverse() : new Float64Array(layout.SHAPING_ORDER);
    this.#put('NOISE_FILTER', Float32Array.from(filter));
  }

  #put(name: keyof typeof layout, table: Float32Array | Float64Array | Uint16Array): void {
    const pointer = this.reserve(table.byteLength);
    new Uint8Array(this.engine.buffer, pointer, table.byteLength).set(
      new Uint8Array(table.buffer, table.byteOffset, table.byteLength),
    );
    this.set(name, pointer);
  }

  /** A word of the plan. Real-time safe, as is all below. */
  get(name: keyof typeof layout): number {
    return this.#words[layout[name] >> 2];
  }

  set(name: keyof typeof layout, value: number): void {
    this.#words[layout[name] >> 2] = value;
  }

  setFloat(name: keyof typeof layout, value: number): void {
    this.#floats[layout[name] >> 2] = value;
  }

  setChannel(channel: number, name: keyof typeof layout, value: number): void {
    this.#states[(channel * layout.CHANNEL_BYTES + layout[name]) >> 2] = value;
  }

  /** Adds a float64 of a channel to a fading sum: to an array, where no number is an object of its own. */
  addChannelSum(channel: number, name: keyof typeof layout, sums: Float64Array, at: number, memory: number): void {
    sums[at] = memory * sums[at] + this.#sums[(channel * layout.CHANNEL_BYTES + layout[name]) >> 3];
  }

  /** Forgets the past. */
  reset(): void {
    this.#states.fill(0);
    this.set('FADED', 0);
    this.set('STEP_INDEX', 0);
  }
}
