/**
 * Channel scaling as stages: by scales that are known, frames to frames; and by scales that follow the stream, frames to
 * packets which say them. The packet of the second, `C` channels of `n` frames:
 *
 *     C bytes           e, signed: the channel was divided by 2^(e/4); then zeros up to a multiple of four
 *     C·n float32       the scaled values, channel after channel
 */
import { checkInteger, checkNumber, checkOneOf, checkOptions, throwType } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import { exp } from '../engine/exact-math.js';
import { BaseStage } from '../stage/base-stage.js';
import { describeFormat, type FramesFormat, type PacketsFormat } from '../stage/format.js';
import type { Port } from '../stage/port.js';
import { checkCount, checkSamplesPort } from '../stage/port-checks.js';
import { checkPackets, PacketReadingStage, PacketWritingStage } from './_packet-stages.js';
import { checkScales, fillScales, fillStatistic, type ScalingRule, scalingRules } from './channel-scaling.js';

export interface ChannelScalingStageOptions {
  /** The frames that come in; float32. */
  readonly input: FramesFormat;
  /** The scale of each channel: from `channelScales`, say. */
  readonly scales: ArrayLike<number>;
  /** Multiplies by the scales instead of dividing. Default false. */
  readonly inverse?: boolean;
  /** Most frames of one `processInto` call. Default 4096. */
  readonly maxInput?: number;
}

/**
 * Divides each channel by its scale, or with `inverse` multiplies it again. Frames in, frames out, at once: latency 0. NaN and
 * infinities become zero and are counted in `faults`. `processInto`, `flushInto` and `reset` are real-time safe.
 *
 * @example
 * ```ts
 * import { ChannelScalingStage, Engine } from 'paley';
 *
 * const engine = await Engine.load();
 * const sampleRate = { numerator: 100, denominator: 1 };
 * const input = { kind: 'frames', sampleRate, channels: 2, sample: 'f32' } as const;
 * const stage = new ChannelScalingStage(engine, { input, scales: [1, 50] });
 * console.log(stage.process([Float32Array.of(1, 2), Float32Array.of(50, 100)])); // 1 2, and 1 2
 * ```
 */
export class ChannelScalingStage extends BaseStage<Float32Array[], Float32Array[]> {
  readonly name: string;
  readonly input: FramesFormat;
  readonly output: FramesFormat;
  readonly period = Object.freeze({ input: 1, output: 1 });
  readonly maxInput: number;
  readonly maxOutput: number;
  readonly #factors: Float64Array;
  readonly #values: Float32Array<ArrayBuffer>;
  #faults = 0;

  /** @throws TypeError or RangeError for options out of range. */
  constructor(engine: Engine, options: ChannelScalingStageOptions) {
    super(engine);
    checkOptions('ChannelScalingStageOptions', options, ['input', 'scales', 'inverse', 'maxInput']);
    const { input, scales, inverse = false, maxInput = 4096 } = options;
    if (typeof input !== 'object' || input === null) throwType('input', 'a stream format', input);
    if (input.kind !== 'frames' || input.sample !== 'f32') {
      throw new TypeError(`input expected f32 frames, got ${describeFormat(input)}`);
    }
    this.input = input;
    this.output = input;
    this.maxInput = checkInteger('maxInput', maxInput, 1, 2 ** 24);
    this.maxOutput = this.maxInput;
    this.#factors = checkScales('scales', scales, input.channels).map((scale) => (inverse ? scale : 1 / scale));
    this.#values = new Float32Array(engine.buffer);
    this.name = inverse ? 'inverse scale channels' : 'scale channels';
  }

  /** NaN and infinities replaced by zero so far. */
  get faults(): number {
    return this.#faults;
  }

  inputNeeded(outputCount: number): number {
    return checkInteger('outputCount', outputCount, 0, Number.MAX_SAFE_INTEGER);
  }

  /** Real-time safe. */
  processInto(input: Port, output: Port): number {
    this.checkAlive();
    const source = checkSamplesPort(this, 'input', input, 1, 0);
    const target = checkSamplesPort(this, 'output', output, 1, this.maxOutput);
    const count = checkCount(this, source);
    const values = this.#values;
    for (let channel = 0; channel < this.input.channels; channel++) {
      const pointer = target.pointer + channel * target.planeBytes;
      this.#faults += this.engine.kernels.copyFiniteF32(pointer, source.pointer + channel * source.planeBytes, count);
      const factor = this.#factors[channel];
      for (let i = pointer / 4; i < pointer / 4 + count; i++) values[i] *= factor;
    }
    target.count = count;
    return count;
  }

  /** There is never anything left. Real-time safe. */
  flushInto(output: Port): number {
    this.checkAlive();
    output.count = 0;
    return 0;
  }

  /** Does nothing: there is nothing to forget. Real-time safe. */
  reset(): void {
    this.checkAlive();
  }
}

const CODEC = 'scaled-channels';

/** Steps of a scale in an octave. */
const STEPS = 4;

/** Half a step of a scale, as a factor: 2^(1/8). */
const HALF_STEP = Math.sqrt(Math.sqrt(Math.SQRT2));

const headerBytes = (channels: number) => Math.ceil(channels / 4) * 4;

/** 2^(e/4) for every byte e: exact at whole octaves. */
function stepTable(): Float64Array {
  return Float64Array.from({ length: 256 }, (_, byte) => {
    const e = (byte << 24) >> 24;
    const octave = Math.floor(e / STEPS);
    const part = exp(((e - octave * STEPS) / STEPS) * Math.LN2);
    return e % STEPS === 0 ? octavePower(octave) : part * octavePower(octave);
  });
}

function octavePower(octave: number): number {
  let power = 1;
  for (let i = 0; i < Math.abs(octave); i++) power *= octave < 0 ? 0.5 : 2;
  return power;
}

export interface RunningScalingStageOptions {
  /** The frames that come in; float32. */
  readonly input: FramesFormat;
  /** Frames of a packet, from 1 to 65536: a channel keeps its scale that long. */
  readonly size: number;
  /** Default `rms`. */
  readonly rule?: Exclude<ScalingRule, 'none'>;
  /** Packets after which a packet's weight has fallen to one half; of `max` rules, the largest magnitude. Default 16. */
  readonly halfLifePackets?: number;
  /** dB by which the statistic may differ from the scale before that follows. Default 3. */
  readonly hysteresisDecibels?: number;
  /** Most frames of one `processInto` call. Default 4096. */
  readonly maxInput?: number;
}

/**
 * Divides each channel by a scale that follows it: of a packet it depends on that and those before, on nothing to come. A scale
 * is a power of 2^(1/4), and stays until the statistic has left it by `hysteresisDecibels`. Latency: `size − 1` frames. NaN and
 * infinities become zero and are counted in `faults`. `processInto`, `flushInto` and `reset` are real-time safe.
 *
 * @example
 * ```ts
 * import { Engine, InverseRunningScalingStage, RunningScalingStage } from 'paley';
 *
 * const engine = await Engine.load();
 * const sampleRate = { numerator: 100, denominator: 1 };
 * const input = { kind: 'frames', sampleRate, channels: 2, sample: 'f32' } as const;
 * const forward = new RunningScalingStage(engine, { input, size: 4 });
 * const backward = new InverseRunningScalingStage(engine, { input: forward.output });
 * const packets = forward.process([new Float32Array(4).fill(1), new Float32Array(4).fill(64)]);
 * console.log(packets[0].subarray(0, 2)); // 0 and 24: divided by 1 and by 2^6
 * console.log(backward.process(packets)); // the channels again
 * ```
 */
export class RunningScalingStage extends PacketWritingStage {
  readonly name: string;
  readonly #size: number;
  readonly #rule: ScalingRule;
  readonly #keep: number;
  /** By how much the statistic may be above or below the scale: a factor. */
  readonly #margin: number;
  readonly #statistics: Float64Array;
  readonly #now: Float64Array;
  readonly #scales: Float64Array;
  readonly #sorted: Float64Array;
  readonly #scratch: Float32Array;
  readonly #codes: Int8Array;
  readonly #table = stepTable();
  readonly #bytes: Int8Array<ArrayBuffer>;
  /** 0 before the first packet. */
  #packets = 0;

  /** @throws TypeError or RangeError for options out of range; EngineMemoryError. */
  constructor(engine: Engine, options: RunningScalingStageOptions) {
    checkOptions('RunningScalingStageOptions', options, [
      'input',
      'size',
      'rule',
      'halfLifePackets',
      'hysteresisDecibels',
      'maxInput',
    ]);
    const { input, size, halfLifePackets = 16, hysteresisDecibels = 3, maxInput } = options;
    const rule = checkOneOf('rule', options.rule ?? 'rms', scalingRules.slice(1));
    checkInteger('size', size, 1, 2 ** 16);
    checkNumber('halfLifePackets', halfLifePackets, 0.01, 2 ** 31);
    checkNumber('hysteresisDecibels', hysteresisDecibels, 0, 100);
    const channels = input?.channels;
    const packetBytes = headerBytes(channels) + 4 * channels * size;
    super(engine, input, { codec: CODEC, parameters: {}, size, packetBytes }, maxInput);
    this.name = `scale channels by ${rule}`;
    this.#size = size;
    this.#rule = rule;
    this.#keep = exp(-Math.LN2 / halfLifePackets);
    // Never less than the half step that rounding alone makes.
    this.#margin = Math.max(HALF_STEP, exp((hysteresisDecibels * Math.LN10) / 20));
    this.#statistics = new Float64Array(channels);
    this.#now = new Float64Array(channels);
    this.#scales = new Float64Array(channels).fill(1);
    this.#sorted = new Float64Array(channels);
    this.#scratch = new Float32Array(rule === 'median' ? size : 0);
    this.#codes = new Int8Array(channels);
    this.#bytes = new Int8Array(engine.buffer);
  }

  protected writePacket(at: number): number {
    const { block, floats } = this;
    const size = this.#size;
    this.#follow();
    const header = headerBytes(this.input.channels);
    for (let i = 0; i < header; i++) this.#bytes[4 * at + i] = i < this.#codes.length ? this.#codes[i] : 0;
    let next = at + header / 4;
    for (let channel = 0; channel < this.input.channels; channel++) {
      const factor = 1 / this.#table[this.#codes[channel] & 255];
      for (let i = 0; i < size; i++) floats[next++] = factor * block[channel * size + i];
    }
    return 4 * (next - at);
  }

  /** Brings statistics and scales up to the block. */
  #follow(): void {
    const keep = this.#keep;
    const statistics = this.#statistics;
    const now = this.#now;
    const peaks = this.#rule !== 'rms' && this.#rule !== 'median';
    for (let channel = 0; channel < this.input.channels; channel++) {
      fillStatistic(this.#rule, this.block, channel * this.#size, this.#size, this.#scratch, now, channel);
      if (this.#packets === 0) statistics[channel] = now[channel];
      else if (peaks) statistics[channel] = Math.max(now[channel], keep * statistics[channel]);
      else statistics[channel] = keep * statistics[channel] + (1 - keep) * now[channel];
    }
    fillScales(this.#rule, statistics, this.#sorted, this.#scales);
    for (let channel = 0; channel < this.input.channels; channel++) {
      const wanted = this.#scales[channel];
      const present = this.#table[this.#codes[channel] & 255];
      const stays = wanted <= present * this.#margin && wanted * this.#margin >= present;
      if (this.#packets > 0 && stays) continue;
      // The nearest step: the first whose upper edge, half a step above it, is not below what is wanted.
      let code = -128;
      for (let bit = 128; bit > 0; bit >>= 1) {
        if (this.#table[(code + bit - 1) & 255] * HALF_STEP < wanted) code += bit;
      }
      this.#codes[channel] = Math.min(127, code);
    }
    this.#packets = 1;
  }

  protected forget(): void {
    this.#packets = 0;
    this.#statistics.fill(0);
    this.#scales.fill(1);
    this.#codes.fill(0);
  }
}

export interface InverseRunningScalingStageOptions {
  /** The packets that come in: the output format of a `RunningScalingStage`. */
  readonly input: PacketsFormat;
  /** Most packets of one `processInto` call. Default: 4096 frames' worth. */
  readonly maxInput?: number;
}

/**
 * Undoes a `RunningScalingStage`: packets in, frames out, each packet by itself. It adds no latency of its own. Damaged packets
 * become zeros and are counted in `faults`; `process` throws a BitstreamError for them. Real-time safety is as there, and so is
 * the example.
 */
export class InverseRunningScalingStage extends PacketReadingStage {
  readonly name = 'inverse scale channels';
  readonly #table = stepTable();
  readonly #codes: Uint8Array<ArrayBuffer>;

  /** @throws TypeError or RangeError for options out of range; EngineMemoryError. */
  constructor(engine: Engine, options: InverseRunningScalingStageOptions) {
    checkOptions('InverseRunningScalingStageOptions', options, ['input', 'maxInput']);
    const { input, maxInput } = options;
    checkOptions('input.parameters', checkPackets(input, CODEC), []);
    const { channels, framesPerPacket: size } = input;
    super(engine, input, headerBytes(channels) + 4 * channels * size, maxInput);
    this.#codes = new Uint8Array(engine.buffer);
  }

  protected readPacket(at: number, bytes: number): number {
    const { block, floats } = this;
    const { channels, framesPerPacket: size } = this.input;
    const header = headerBytes(channels);
    const whole = header + 4 * block.length;
    if (bytes !== whole) return Math.min(bytes, whole);
    let next = at + header / 4;
    for (let channel = 0; channel < channels; channel++) {
      const factor = this.#table[this.#codes[4 * at + channel]];
      for (let i = 0; i < size; i++) block[channel * size + i] = factor * floats[next++];
    }
    return -1;
  }

  protected forget(): void {}
}
