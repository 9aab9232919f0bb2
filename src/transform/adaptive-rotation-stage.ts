/**
 * The adaptive rotation as a stage, and its inverse. The packet, `C` channels of `n` frames, words little-endian:
 *
 *     byte 0            the axis: 0 none, 1 time, 2 channel
 *     byte 1            k, the number of values taken out
 *     bytes 2 and 3     zero
 *     k words           their indices, channel·n + frame, ascending
 *     k float32         their values
 *     C·n float32       what is left, rotated, channel after channel
 */
import { checkInteger, checkOptions } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import type { FramesFormat, PacketsFormat } from '../stage/format.js';
import { checkPackets, PacketReadingStage, PacketWritingStage } from './_packet-stages.js';
import {
  AdaptiveRotation,
  type AdaptiveRotationOptions,
  adaptiveOptionNames,
  rotationAxes,
} from './adaptive-rotation.js';

const CODEC = 'adaptive-rotation';

/** An index and a value. */
const OUTLIER_BYTES = 8;

export interface AdaptiveRotationStageOptions extends Omit<AdaptiveRotationOptions, 'frames' | 'channels'> {
  /** The frames that come in; float32. */
  readonly input: FramesFormat;
  /** Frames of a block: a power of two from 1 to 65536. */
  readonly size: number;
  /** Most frames of one `processInto` call. Default 4096. */
  readonly maxInput?: number;
}

/**
 * Frames in, packets of blocks out, each rotated as suits it and saying how. The last block is filled up with zeros at the
 * end of the stream. Latency: `size − 1` frames. NaN and infinities become zero and are counted in `faults`. `processInto`,
 * `flushInto` and `reset` are real-time safe, a trial as far as its quantiser is.
 *
 * @example
 * ```ts
 * import { AdaptiveRotationStage, Engine, InverseAdaptiveRotationStage } from 'paley';
 *
 * const engine = await Engine.load();
 * const sampleRate = { numerator: 48000, denominator: 1 };
 * const input = { kind: 'frames', sampleRate, channels: 1, sample: 'f32' } as const;
 * const forward = new AdaptiveRotationStage(engine, { input, size: 16 });
 * const backward = new InverseAdaptiveRotationStage(engine, { input: forward.output });
 * const click = new Float32Array(16);
 * click[3] = 1;
 * const packets = forward.process([click]);
 * console.log(packets[0][0], backward.process(packets)); // 1: along time; and the click again
 * ```
 */
export class AdaptiveRotationStage extends PacketWritingStage {
  readonly name: string;
  readonly #rotation: AdaptiveRotation;
  readonly #bytes: Uint8Array<ArrayBuffer>;

  /** @throws TypeError or RangeError for options out of range; EngineMemoryError. */
  constructor(engine: Engine, options: AdaptiveRotationStageOptions) {
    const names = adaptiveOptionNames.filter((name) => name !== 'frames' && name !== 'channels');
    checkOptions('AdaptiveRotationStageOptions', options, [...names, 'input', 'size', 'maxInput']);
    const { input, size, maxInput, ...rest } = options;
    const channels = input?.channels;
    const rotation = new AdaptiveRotation(engine, { ...rest, frames: size, channels });
    const { extract, seed } = rotation;
    try {
      const packetBytes = 4 + OUTLIER_BYTES * extract + 4 * channels * size;
      super(engine, input, { codec: CODEC, parameters: { seed, extract }, size, packetBytes }, maxInput);
    } catch (error) {
      rotation.dispose();
      throw error;
    }
    this.#rotation = rotation;
    this.#bytes = new Uint8Array(engine.buffer);
    this.name = `rotate adaptively ${size}`;
  }

  protected writePacket(at: number): number {
    const { floats, words, block } = this;
    const rotation = this.#rotation;
    rotation.buffer.set(block);
    rotation.choose();
    const count = rotation.outlierCount;
    words[at] = 0;
    this.#bytes[4 * at] = rotation.axisIndex;
    this.#bytes[4 * at + 1] = count;
    let next = at + 1;
    for (let i = 0; i < count; i++) words[next++] = rotation.outlierIndices[i];
    for (let i = 0; i < count; i++) floats[next++] = rotation.outlierValues[i];
    for (let i = 0; i < block.length; i++) floats[next++] = rotation.buffer[i];
    return 4 * (next - at);
  }

  protected forget(): void {}

  override dispose(): void {
    this.#rotation?.dispose();
    super.dispose();
  }
}

export interface InverseAdaptiveRotationStageOptions {
  /** The packets that come in: the output format of an `AdaptiveRotationStage`. */
  readonly input: PacketsFormat;
  /** Most packets of one `processInto` call. Default: 4096 frames' worth. */
  readonly maxInput?: number;
}

/**
 * Undoes an `AdaptiveRotationStage`: packets in, frames out, each packet by itself. It adds no latency of its own. Damaged
 * packets become zeros and are counted in `faults`; `process` throws a BitstreamError for them. Real-time safety is as there,
 * and so is the example.
 */
export class InverseAdaptiveRotationStage extends PacketReadingStage {
  readonly name: string;
  readonly #rotation: AdaptiveRotation;
  readonly #bytes: Uint8Array<ArrayBuffer>;

  /** @throws TypeError or RangeError for options out of range; EngineMemoryError. */
  constructor(engine: Engine, options: InverseAdaptiveRotationStageOptions) {
    checkOptions('InverseAdaptiveRotationStageOptions', options, ['input', 'maxInput']);
    const { input, maxInput } = options;
    const parameters = checkPackets(input, CODEC);
    checkOptions('input.parameters', parameters, ['seed', 'extract']);
    const extract = checkInteger('input.parameters.extract', parameters.extract, 0, 255);
    const seed = checkInteger('input.parameters.seed', parameters.seed, 0, Number.MAX_SAFE_INTEGER);
    const { channels, framesPerPacket: size } = input;
    const rotation = new AdaptiveRotation(engine, { frames: size, channels, extract, seed });
    try {
      super(engine, input, 4 + OUTLIER_BYTES * extract + 4 * channels * size, maxInput);
    } catch (error) {
      rotation.dispose();
      throw error;
    }
    this.#rotation = rotation;
    this.#bytes = new Uint8Array(engine.buffer);
    this.name = `inverse rotate adaptively ${size}`;
  }

  protected readPacket(at: number, bytes: number): number {
    const { floats, words, block } = this;
    const rotation = this.#rotation;
    if (bytes < 4) return bytes;
    const axis = this.#bytes[4 * at];
    const count = this.#bytes[4 * at + 1];
    // Channels that are no power of two are in no rotation across them.
    if (axis >= rotationAxes.length || (axis === 2 && rotation.axes.length < 3)) return 0;
    if (count > rotation.extract) return 1;
    const whole = 4 + OUTLIER_BYTES * count + 4 * block.length;
    if (bytes !== whole) return Math.min(bytes, whole);
    for (let i = 0; i < count; i++) {
      if (words[at + 1 + i] >= block.length) return 4 * (1 + i);
      rotation.outlierIndices[i] = words[at + 1 + i];
      rotation.outlierValues[i] = floats[at + 1 + count + i];
    }
    const next = at + 1 + 2 * count;
    for (let i = 0; i < block.length; i++) rotation.buffer[i] = floats[next + i];
    rotation.axisIndex = axis;
    rotation.outlierCount = count;
    rotation.restore();
    block.set(rotation.buffer);
    return -1;
  }

  protected forget(): void {}

  override dispose(): void {
    this.#rotation?.dispose();
    super.dispose();
  }
}
