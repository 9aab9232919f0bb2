/**
 * The sparse Walsh–Hadamard transform as a stage, and its inverse. A packet has a record for each channel of `n` frames, words
 * little-endian:
 *
 *     word 0            K, the number of coefficients; 2^32 − 1: all of them follow
 *     K words           their indices, natural order
 *     K float32         their values, orthonormal
 * or
 *     n float32         all coefficients, orthonormal, natural order
 */
import { checkInteger, checkNumber, checkOptions, checkPowerOfTwo } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import type { FramesFormat, PacketsFormat } from '../stage/format.js';
import { checkPackets, PacketReadingStage, PacketWritingStage } from './_packet-stages.js';
import { PeelingDecoder } from './_peeling-decoder.js';
import { WalshPlan } from './_walsh-plan.js';
import type { SparseFwhtOptions } from './sparse-fwht.js';

const CODEC = 'sparse-fwht';
const DENSE = 0xffff_ffff;

export interface SparseFwhtStageOptions
  extends Pick<SparseFwhtOptions, 'sparsity' | 'noise' | 'repeats' | 'groups' | 'maxGroups' | 'seed'> {
  /** The frames that come in; float32. */
  readonly input: FramesFormat;
  /** Frames of a block: a power of two from 2 to 2^16. */
  readonly size: number;
  /** Most frames of one `processInto` call. Default 4096. */
  readonly maxInput?: number;
}

/**
 * Frames in, packets of the few Walsh–Hadamard coefficients that each channel's block has out, found from some of its samples;
 * where the block is not sparse, all coefficients. Without noise told, float32's rounding counts as noise, of 2^-23 of the
 * block's largest sample. The last block is filled up with zeros at the end of the stream. Latency: `size − 1` frames. NaN and
 * infinities become zero and are counted in `faults`. `processInto`, `flushInto` and `reset` are real-time safe.
 *
 * @example
 * ```ts
 * import { Engine, InverseSparseFwhtStage, SparseFwhtStage } from 'paley';
 *
 * const engine = await Engine.load();
 * const sampleRate = { numerator: 48000, denominator: 1 };
 * const input = { kind: 'frames', sampleRate, channels: 1, sample: 'f32' } as const;
 * const forward = new SparseFwhtStage(engine, { input, size: 1024, sparsity: 2 });
 * const backward = new InverseSparseFwhtStage(engine, { input: forward.output });
 * const square = Float32Array.from({ length: 1024 }, (_, i) => (i & 64 ? -1 : 1));
 * const packets = forward.process([square]);
 * console.log(packets[0].length, backward.process(packets)); // 12 bytes, and the square wave again
 * ```
 */
export class SparseFwhtStage extends PacketWritingStage {
  readonly name: string;
  readonly #decoder: PeelingDecoder;
  readonly #plan: WalshPlan;
  readonly #size: number;
  readonly #givenNoise: boolean;
  /** A cell of its own: the count grows beyond what a field holds without an object. */
  readonly #samplesRead = new Float64Array(1);
  #denseBlocks = 0;

  /** @throws TypeError or RangeError for options out of range; EngineMemoryError. */
  constructor(engine: Engine, options: SparseFwhtStageOptions) {
    checkOptions('SparseFwhtStageOptions', options, [
      'input',
      'size',
      'sparsity',
      'noise',
      'repeats',
      'groups',
      'maxGroups',
      'seed',
      'maxInput',
    ]);
    const { input, maxInput, noise = 0, groups = 3, seed = 0 } = options;
    const { repeats = noise === 0 ? 1 : 4, maxGroups = Math.max(8, groups) } = options;
    const size = checkPowerOfTwo('size', options.size, 2, 2 ** 16);
    checkInteger('groups', groups, 2, 64);
    const decoderOptions = {
      size,
      sparsity: checkInteger('sparsity', options.sparsity, 1, size),
      noise: noise === 'estimate' ? noise : checkNumber('noise', noise, 0, 1e300),
      repeats: checkInteger('repeats', repeats, 1, 64),
      groups,
      maxGroups: checkInteger('maxGroups', maxGroups, groups, 64),
      seed: checkInteger('seed', seed, 0, Number.MAX_SAFE_INTEGER),
    };
    const packetBytes = 4 * (1 + size) * input?.channels;
    super(engine, input, { codec: CODEC, parameters: {}, size, packetBytes }, maxInput);
    this.name = `sparse transform ${size}`;
    this.#size = size;
    this.#givenNoise = noise !== 0;
    this.#plan = new WalshPlan(engine, size, { scale: 'orthonormal' });
    try {
      this.#decoder = new PeelingDecoder(engine, decoderOptions);
    } catch (error) {
      this.dispose();
      throw error;
    }
    this.#decoder.prepare();
  }

  /** Samples read so far; a block that is not sparse counts in full besides. */
  get samplesRead(): number {
    return this.#samplesRead[0];
  }

  /** Blocks, counted for each channel, that were not sparse. */
  get denseBlocks(): number {
    return this.#denseBlocks;
  }

  protected writePacket(at: number): number {
    let next = at;
    for (let channel = 0; channel < this.input.channels; channel++)
      next = this.#writeRecord(next, channel * this.#size);
    return 4 * (next - at);
  }

  /** Writes the record of the block's values from index `from` on; returns the word after it. */
  #writeRecord(at: number, from: number): number {
    const { block, floats, words } = this;
    const decoder = this.#decoder;
    const size = this.#size;
    if (!this.#givenNoise) decoder.takeNoiseFrom(block, from, size, 2 ** -23);
    const recovered = decoder.decode(block, from);
    this.#samplesRead[0] += decoder.samplesRead;
    if (recovered && 2 * decoder.count <= size) {
      const factor = Math.sqrt(size);
      words[at] = decoder.count;
      for (let i = 0; i < decoder.count; i++) {
        words[at + 1 + i] = decoder.indices[i];
        floats[at + 1 + decoder.count + i] = factor * decoder.values[i];
      }
      return at + 1 + 2 * decoder.count;
    }
    this.#samplesRead[0] += size;
    this.#denseBlocks++;
    this.#plan.forward(block.byteOffset + 4 * from, 1);
    words[at] = DENSE;
    for (let i = 0; i < size; i++) floats[at + 1 + i] = block[from + i];
    return at + 1 + size;
  }

  protected forget(): void {}

  override dispose(): void {
    this.#decoder?.dispose();
    super.dispose();
  }
}

export interface InverseSparseFwhtStageOptions {
  /** The packets that come in: the output format of a `SparseFwhtStage`. */
  readonly input: PacketsFormat;
  /** Most packets of one `processInto` call. Default: 4096 frames' worth. */
  readonly maxInput?: number;
}

/**
 * Undoes a `SparseFwhtStage`: packets in, frames out, each packet by itself. It adds no latency of its own. Damaged packets
 * become zeros and are counted in `faults`; `process` throws a BitstreamError for them. Real-time safety is as there, and so is
 * the example.
 */
export class InverseSparseFwhtStage extends PacketReadingStage {
  readonly name: string;
  readonly #plan: WalshPlan;

  /** @throws TypeError or RangeError for options out of range; EngineMemoryError. */
  constructor(engine: Engine, options: InverseSparseFwhtStageOptions) {
    checkOptions('InverseSparseFwhtStageOptions', options, ['input', 'maxInput']);
    const { input, maxInput } = options;
    checkOptions('input.parameters', checkPackets(input, CODEC), []);
    const { channels, framesPerPacket: size } = input;
    checkPowerOfTwo('input.framesPerPacket', size, 2, 2 ** 16);
    super(engine, input, 4 * (1 + size) * channels, maxInput);
    this.name = `inverse sparse transform ${size}`;
    this.#plan = new WalshPlan(engine, size, { scale: 'orthonormal' });
  }

  protected readPacket(at: number, bytes: number): number {
    const { block, floats, words } = this;
    const { channels, framesPerPacket: size } = this.input;
    const end = at + Math.floor(bytes / 4);
    let next = at;
    block.fill(0);
    for (let from = 0; from < channels * size; from += size) {
      if (next === end) return 4 * (next - at);
      const count = words[next++];
      if (count === DENSE) {
        if (end - next < size) return 4 * (end - at);
        for (let i = 0; i < size; i++) block[from + i] = floats[next++];
        continue;
      }
      if (count > (end - next) / 2) return 4 * (next - 1 - at);
      for (let i = 0; i < count; i++) {
        if (words[next + i] >= size) return 4 * (next + i - at);
        block[from + words[next + i]] = floats[next + count + i];
      }
      next += 2 * count;
    }
    if (4 * (next - at) !== bytes) return 4 * (next - at);
    this.#plan.inverse(block.byteOffset, channels);
    return -1;
  }

  protected forget(): void {}
}
