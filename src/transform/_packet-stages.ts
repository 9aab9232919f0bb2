/**
 * The two shapes of a stage whose blocks carry side information: frames gathered into blocks and written as packets, and such
 * packets read and laid out as frames. A subclass supplies what a packet says. Packets of one stream may differ in length;
 * all their fields stand at multiples of four bytes, little-endian.
 */
import { checkInteger, throwType } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import { BitstreamError } from '../engine/errors.js';
import { BaseStage } from '../stage/base-stage.js';
import {
  describeFormat,
  type FramesFormat,
  type Json,
  type PacketsFormat,
  type StreamFormat,
} from '../stage/format.js';
import type { Port } from '../stage/port.js';
import { checkCount, checkPacketsPort, checkSamplesPort } from '../stage/port-checks.js';
import type { StagePeriod } from '../stage/stage.js';

/** Frames taken by one call where nothing else is said. */
const DEFAULT_MAX_FRAMES = 4096;

function checkFrames(title: string, format: StreamFormat): FramesFormat {
  if (typeof format !== 'object' || format === null) throwType(title, 'a stream format', format);
  if (format.kind !== 'frames' || format.sample !== 'f32') {
    throw new TypeError(`${title} expected f32 frames, got ${describeFormat(format)}`);
  }
  return format;
}

/** Packets of one of the codecs here; returns their parameters. */
export function checkPackets(format: PacketsFormat, codec: string): { readonly [key: string]: Json } {
  if (typeof format !== 'object' || format === null) throwType('input', 'a stream format', format);
  if (format.kind !== 'packets' || format.codec !== codec) {
    throw new TypeError(`input expected ${codec} packets, got ${describeFormat(format)}`);
  }
  checkInteger('input.channels', format.channels, 1, 64);
  checkInteger('input.framesPerPacket', format.framesPerPacket, 1, 2 ** 20);
  const { parameters } = format;
  if (typeof parameters !== 'object' || parameters === null || Array.isArray(parameters)) {
    throwType('input.parameters', 'an object', parameters);
  }
  return parameters as { readonly [key: string]: Json };
}

/** What the two sides agree on. */
export interface PacketPlan {
  readonly codec: string;
  readonly parameters: Json;
  /** Frames of a block. */
  readonly size: number;
  /** Bytes of the longest packet, a multiple of four. */
  readonly packetBytes: number;
}

/** Gathers `size` frames of every channel and writes a packet of them. */
export abstract class PacketWritingStage extends BaseStage<Float32Array[], Uint8Array[]> {
  readonly input: FramesFormat;
  readonly output: PacketsFormat;
  readonly period: StagePeriod;
  readonly maxInput: number;
  readonly maxOutput: number;
  override readonly maxPacketBytes: number;
  /** The block being gathered: a plane of `size` values a channel. */
  protected readonly block: Float32Array<ArrayBuffer>;
  /** The whole memory, as numbers of four bytes. */
  protected readonly floats: Float32Array<ArrayBuffer>;
  protected readonly words: Uint32Array<ArrayBuffer>;
  readonly #size: number;
  #held = 0;
  #faults = 0;

  protected constructor(engine: Engine, input: FramesFormat, plan: PacketPlan, maxInput = DEFAULT_MAX_FRAMES) {
    super(engine);
    const { sampleRate, channels } = checkFrames('input', input);
    const { codec, parameters, size, packetBytes } = plan;
    this.input = input;
    this.output = Object.freeze({ kind: 'packets', codec, parameters, framesPerPacket: size, sampleRate, channels });
    this.period = { input: size, output: 1 };
    this.maxInput = checkInteger('maxInput', maxInput, 1, 2 ** 24);
    this.maxOutput = Math.max(1, Math.floor((size - 1 + maxInput) / size));
    this.maxPacketBytes = packetBytes;
    this.#size = size;
    this.block = this.reserveFloat32(size * channels);
    this.floats = new Float32Array(engine.buffer);
    this.words = new Uint32Array(engine.buffer);
  }

  /** Writes the packet of `block` at a word's index; may overwrite `block`. Returns its bytes, a multiple of four. */
  protected abstract writePacket(at: number): number;

  /** Forgets what the subclass remembers of blocks gone by. */
  protected abstract forget(): void;

  /** NaN and infinities replaced by zero so far. */
  get faults(): number {
    return this.#faults;
  }

  /** Frames before packet `outputCount − 1` is complete. */
  inputNeeded(outputCount: number): number {
    return checkInteger('outputCount', outputCount, 0, Number.MAX_SAFE_INTEGER) * this.#size;
  }

  /** Takes `input.count` frames and writes the packets they complete. Real-time safe. */
  processInto(input: Port, output: Port): number {
    this.checkAlive();
    const source = checkSamplesPort(this, 'input', input, 1, 0);
    const target = checkPacketsPort(this, 'output', output, this.maxPacketBytes, this.maxOutput);
    const count = checkCount(this, source);
    const size = this.#size;
    const { copyFiniteF32 } = this.engine.kernels;
    let packets = 0;
    for (let used = 0; used < count; ) {
      const taken = Math.min(count - used, size - this.#held);
      for (let channel = 0; channel < this.input.channels; channel++) {
        const to = this.block.byteOffset + 4 * (channel * size + this.#held);
        this.#faults += copyFiniteF32(to, source.pointer + channel * source.planeBytes + 4 * used, taken);
      }
      used += taken;
      this.#held += taken;
      if (this.#held === size) {
        this.#write(target, packets++, size);
        this.#held = 0;
      }
    }
    target.count = packets;
    return packets;
  }

  /** The last block, if it is incomplete, with zeros in its place of missing frames. Real-time safe. */
  flushInto(output: Port): number {
    this.checkAlive();
    const target = checkPacketsPort(this, 'output', output, this.maxPacketBytes, 1);
    const size = this.#size;
    const held = this.#held;
    if (held > 0) {
      for (let channel = 0; channel < this.input.channels; channel++) {
        this.block.fill(0, channel * size + held, (channel + 1) * size);
      }
      this.#write(target, 0, held);
    }
    target.count = held > 0 ? 1 : 0;
    // The next packet starts a new stream, for which nothing of this one is known.
    if (held === 0) this.forget();
    this.#held = 0;
    return target.count;
  }

  /** Forgets everything fed so far. Real-time safe. */
  reset(): void {
    this.checkAlive();
    this.#held = 0;
    this.forget();
  }

  #write(
    target: { pointer: number; offsets: Uint32Array; lengths: Uint32Array; frames: Uint32Array },
    index: number,
    frames: number,
  ): void {
    const offset = index * this.maxPacketBytes;
    target.offsets[index] = offset;
    target.lengths[index] = this.writePacket((target.pointer + offset) / 4);
    target.frames[index] = frames;
  }
}

/** Reads packets and lays their blocks out as frames. */
export abstract class PacketReadingStage extends BaseStage<Uint8Array[], Float32Array[]> {
  readonly input: PacketsFormat;
  readonly output: FramesFormat;
  readonly period: StagePeriod;
  readonly maxInput: number;
  readonly maxOutput: number;
  /** The block read last: a plane of `size` values a channel. */
  protected readonly block: Float32Array<ArrayBuffer>;
  protected readonly floats: Float32Array<ArrayBuffer>;
  protected readonly words: Uint32Array<ArrayBuffer>;
  readonly #size: number;
  readonly #packetBytes: number;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  /** Where a packet is brought to, on a boundary of its words. */
  readonly #packet: number;
  #faults = 0;
  /** The byte at which the last damaged packet was so. */
  #damagedAt = -1;

  protected constructor(engine: Engine, input: PacketsFormat, packetBytes: number, maxInput?: number) {
    super(engine);
    const { framesPerPacket: size, sampleRate, channels } = input;
    this.input = input;
    this.output = Object.freeze({ kind: 'frames', sampleRate, channels, sample: 'f32' });
    this.period = { input: 1, output: size };
    this.maxInput = checkInteger('maxInput', maxInput ?? Math.ceil(DEFAULT_MAX_FRAMES / size), 1, 2 ** 24);
    this.maxOutput = this.maxInput * size;
    this.#size = size;
    this.#packetBytes = packetBytes;
    this.block = this.reserveFloat32(size * channels);
    this.floats = new Float32Array(engine.buffer);
    this.words = new Uint32Array(engine.buffer);
    this.#bytes = new Uint8Array(engine.buffer);
    this.#packet = this.reserve(packetBytes);
  }

  /**
   * Reads the packet of `bytes` bytes at a word's index into `block`; returns −1, or the byte at which it is damaged, having
   * read nothing beyond its end. Only where it is not damaged may what the subclass remembers change.
   */
  protected abstract readPacket(at: number, bytes: number): number;

  /** Forgets what the subclass remembers of packets gone by. */
  protected abstract forget(): void;

  override get inputPacketBytes(): number {
    return this.#packetBytes;
  }

  /** Damaged packets that became zeros, and NaN and infinities that became zero, so far. */
  get faults(): number {
    return this.#faults;
  }

  /** Packets before frame `outputCount − 1` is there. */
  inputNeeded(outputCount: number): number {
    return Math.ceil(checkInteger('outputCount', outputCount, 0, Number.MAX_SAFE_INTEGER) / this.#size);
  }

  /** Takes `input.count` packets and writes as many of their frames as their records say. Real-time safe. */
  processInto(input: Port, output: Port): number {
    this.checkAlive();
    const source = checkPacketsPort(this, 'input', input, 0, 0);
    const target = checkSamplesPort(this, 'output', output, 1, this.maxOutput);
    const count = checkCount(this, source);
    const size = this.#size;
    const { copyFiniteF32 } = this.engine.kernels;
    let frames = 0;
    for (let index = 0; index < count; index++) {
      const wanted = Math.min(source.frames[index], size);
      const damagedAt = this.#take(source.pointer + source.offsets[index], source.lengths[index]);
      if (damagedAt >= 0) {
        this.#damagedAt = damagedAt;
        this.#faults++;
        this.block.fill(0);
      }
      for (let channel = 0; channel < this.input.channels; channel++) {
        const to = target.pointer + channel * target.planeBytes + 4 * frames;
        this.#faults += copyFiniteF32(to, this.block.byteOffset + 4 * channel * size, wanted);
      }
      frames += wanted;
    }
    target.count = frames;
    return frames;
  }

  /**
   * Packets in, frames out.
   * @throws BitstreamError at the first packet that is damaged, with the byte's offset in it. Not real-time safe.
   */
  override process(packets: Uint8Array[]): Float32Array[] {
    if (!Array.isArray(packets) || packets.length === 0) return super.process(packets);
    const pieces = packets.map((packet, index) => {
      this.#damagedAt = -1;
      const planes = super.process([packet]);
      if (this.#damagedAt >= 0) {
        throw new BitstreamError(`packets[${index}] is not a whole packet of ${this.input.codec}`, this.#damagedAt);
      }
      return planes;
    });
    return pieces[0].map((_, channel) => {
      const plane = new Float32Array(pieces.length * this.#size);
      for (const [index, piece] of pieces.entries()) plane.set(piece[channel], index * this.#size);
      return plane;
    });
  }

  /** There is never anything left. Real-time safe. */
  flushInto(output: Port): number {
    this.checkAlive();
    this.forget();
    output.count = 0;
    return 0;
  }

  /** Forgets everything read so far. Real-time safe. */
  reset(): void {
    this.checkAlive();
    this.forget();
  }

  #take(pointer: number, bytes: number): number {
    if (bytes > this.#packetBytes || pointer + bytes > this.#bytes.length) return 0;
    this.#bytes.copyWithin(this.#packet, pointer, pointer + bytes);
    return this.readPacket(this.#packet / 4, bytes);
  }
}
