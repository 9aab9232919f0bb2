/**
 * A block format at work on one engine: what the codec and the stages share. Addresses in, addresses out.
 */
import { checkInteger, checkNumber, checkOneOf, checkPowerOfTwo, throwRange } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import { Processor } from '../engine/processor.js';
import { transformKernels } from '../transform/_kernels.js';
import { fillSignMasks } from '../transform/signs.js';
import { quantizeKernels } from './_kernels.js';
import {
  type BlockFormat,
  type Rounding,
  type ScaleFormat,
  type ScaleRule,
  STATE_BYTES,
  TENSOR_SCALE_WORD,
} from './format.js';
import { findBlockFormat } from './formats.js';

/** `none`, or `block`: each block is turned by a one-block random Hadamard rotation before it is coded. */
export type BlockRotation = 'none' | 'block';

export interface BlockOptions {
  /**
   * A format id such as `int8` or `mxfp4`; `BlockCodec.formats` lists them. BlockCodec and BlockEncoder also take `auto`,
   * with an `excerpt` of the signal: the choice then is the codec of the packets, so it stands in the header.
   */
  readonly format: string;
  /**
   * Samples that share a scale. For `int2` … `int8` a multiple of 16 from 16 to 256, a power of two where rotated,
   * default 32, at which the scale costs half a bit a sample; fixed for most other formats.
   */
  readonly blockSize?: number;
  /**
   * How a block's scale is found. MX formats (`mx…`, and integers with `scaleFormat: 'e8m0'`): `search` (default), `floor`
   * (the standard's), `ceil`, `even`, `rceil`. Those with 8-bit fractions for scales (`nv…`, `fp4-e1m2`): `even`
   * (default), `ceil`, `search`. Where rounding is not to nearest the default is `rceil` or `ceil`: no clipping.
   */
  readonly scaleRule?: ScaleRule;
  /** Default `nearest`. `stochastic` takes its numbers from `seed`; `shaped` goes with no rotation. */
  readonly rounding?: Rounding;
  /** For `shaped`: 1 (default) makes the noise 1 − z⁻¹, 2 makes it (1 − z⁻¹)². */
  readonly shapingOrder?: 1 | 2;
  /**
   * The float32 above the block scales of `nvfp4`, `nvint4`, `fp4-e1m2` and integers with `scaleFormat: 'e4m3'`. `fixed`
   * (default): made for signals up to 1.0. `frame`: made anew for each packet's channel, or call of `encode`, from its
   * largest magnitude, and written before its blocks, 4 bytes. A number from 2^-120 to 2^120: itself.
   */
  readonly tensorScale?: 'fixed' | 'frame' | number;
  /** For `int2` … `int8`: default `float16`; `e8m0` a power of two, `e4m3` under a tensor scale, a byte each. */
  readonly scaleFormat?: ScaleFormat;
  /**
   * Default `none`. `block` spreads what is large in a block over all of it. In blocks of 32 at 4 and 8 bits clicks in
   * noise gain 6 to 13 dB and heavy tails (Student, 3 degrees of freedom) 5; noise is indifferent; a steady tone loses
   * 5, and so does a click in near silence at 4 bits.
   */
  readonly rotation?: BlockRotation;
  /**
   * Chooses the rotation's signs and the numbers of stochastic rounding: a whole number from 0 to 2^53 − 1. Encoder and
   * decoder need the same. Default 0.
   */
  readonly seed?: number;
}

/** Names of the options above, for checks of what a caller passed. */
export const blockOptionNames: readonly string[] = [
  'format',
  'blockSize',
  'scaleRule',
  'rounding',
  'shapingOrder',
  'tensorScale',
  'scaleFormat',
  'rotation',
  'seed',
];

/** Rotated samples wait here for their codes: 16 KiB, half of the smallest first-level cache in use. */
const WORK_VALUES = 4096;

function checkBlockSize(format: BlockFormat, value: number | undefined, rotation: BlockRotation): number {
  const { minimum, maximum, step, default: standard } = format.blockSizes;
  const blockSize = checkInteger('blockSize', value ?? standard, minimum, maximum);
  if (blockSize % step !== 0) throwRange('blockSize', `a multiple of ${step} for ${format.id}`, blockSize);
  return rotation === 'block' ? checkPowerOfTwo('blockSize', blockSize, minimum, maximum) : blockSize;
}

const POWER_120 = 2 ** 120;

/** A choice among what the format has; where it has none, an option that is given is an error. */
function checkChoice<T extends string>(
  title: string,
  format: BlockFormat,
  value: T,
  allowed: readonly T[] | undefined,
) {
  if (allowed === undefined) throwRange(title, `none for ${format.id}, which has no such choice`, value);
  return checkOneOf(title, value, allowed);
}

function findFormat({ format: id, scaleFormat }: BlockOptions): BlockFormat {
  const format = findBlockFormat('format', id);
  if (scaleFormat === undefined) return format;
  const { scaleFormats } = format;
  if (scaleFormats === undefined) throwRange('scaleFormat', `none for ${id}, which has no such choice`, scaleFormat);
  return scaleFormats[
    checkOneOf('scaleFormat', scaleFormat, Object.keys(scaleFormats) as ScaleFormat[])
  ] as BlockFormat;
}

/** A well-mixed word of a seed and a number (the finaliser of MurmurHash3; Appleby, 2011). */
function mixedWord(seed: number, number: number): number {
  let word = (seed >>> 0) ^ Math.imul(Math.floor(seed / 2 ** 32) + 1, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca77);
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return (word ^ (word >>> 16)) >>> 0;
}

/**
 * Encodes and decodes runs of blocks in the engine's memory. A run is what one channel of a packet is, or one call of
 * BlockCodec: `headerBytes` (the tensor scale of `frame`, none otherwise) and its blocks.
 */
export class BlockCoder extends Processor {
  readonly #kernels = quantizeKernels(this.engine);
  readonly #rotations = transformKernels(this.engine);
  /** The id of the format. */
  readonly format: string;
  /** Samples that share a scale. */
  readonly blockSize: number;
  readonly scaleRule: ScaleRule | undefined;
  readonly rounding: Rounding;
  readonly shapingOrder: 1 | 2;
  readonly tensorScale: 'frame' | number | undefined;
  readonly scaleFormat: ScaleFormat | undefined;
  readonly rotation: BlockRotation;
  readonly seed: number;
  /** Bytes of a coded block, its scale included. */
  readonly blockBytes: number;
  /** Bytes before the blocks of a run. */
  readonly headerBytes: number;
  readonly #format: BlockFormat;
  readonly #encode: NonNullable<BlockFormat['encode']>;
  /** Where one block of samples is cleaned of NaN and infinities. */
  readonly #scratch: number;
  /** The format's words for its kernels, and each channel's memory; 0 where it has none. */
  readonly #parameters: number = 0;
  readonly #states: number = 0;
  readonly #stateWords: Uint32Array<ArrayBuffer> | undefined;
  readonly #tensorScaleCell: Float32Array<ArrayBuffer> | undefined;
  readonly #view: DataView;
  /** Where samples are rotated, some blocks at a time, and the signs of the rotation; 0 without one. */
  readonly #work: number = 0;
  readonly #workBlocks: number = 0;
  readonly #masks: number = 0;
  /** 1/√blockSize, which makes the rotation orthogonal; a float32 where the kernels use it. */
  readonly #factor: number;

  constructor(engine: Engine, options: BlockOptions, channels = 1) {
    super(engine);
    const { blockSize, scaleRule, rounding = 'nearest', shapingOrder = 1, tensorScale, rotation = 'none' } = options;
    const format = findFormat(options);
    this.#format = format;
    this.#encode = format.encode ?? (() => refuse(format));
    this.format = format.id;
    this.scaleFormat = options.scaleFormat;
    this.rotation = checkOneOf('rotation', rotation, ['none', 'block']);
    this.seed = checkInteger('seed', options.seed ?? 0, 0, Number.MAX_SAFE_INTEGER);
    this.blockSize = checkBlockSize(format, blockSize, this.rotation);
    this.blockBytes = format.blockBytes(this.blockSize);
    checkOneOf('rounding', rounding, ['nearest', 'stochastic', 'shaped']);
    this.rounding = rounding === 'nearest' ? rounding : checkChoice('rounding', format, rounding, format.roundings);
    this.shapingOrder = checkInteger('shapingOrder', shapingOrder, 1, 2) as 1 | 2;
    if (options.shapingOrder !== undefined && rounding !== 'shaped') {
      throwRange('shapingOrder', "rounding 'shaped' beside it", rounding);
    }
    if (rounding === 'shaped' && rotation !== 'none') {
      throwRange('rotation', "none beside rounding 'shaped', which works along time", rotation);
    }
    const standardRule = rounding === 'nearest' ? format.scaleRules?.[0] : format.unclippedRule;
    this.scaleRule =
      scaleRule === undefined ? standardRule : checkChoice('scaleRule', format, scaleRule, format.scaleRules);
    this.tensorScale = checkTensorScale(format, tensorScale);
    this.headerBytes = this.tensorScale === 'frame' ? 4 : 0;
    this.#view = new DataView(engine.buffer);
    this.#scratch = this.reserve(this.blockSize * 4);
    this.#factor = 1 / Math.sqrt(this.blockSize);
    if (format.parameters !== undefined) {
      const words = format.parameters({
        scaleRule: this.scaleRule ?? 'ceil',
        rounding,
        shapingOrder,
        tensorScale: typeof this.tensorScale === 'number' ? this.tensorScale : 1,
      });
      this.#parameters = this.reserve(words.byteLength);
      new Uint32Array(engine.buffer, this.#parameters, words.length).set(words);
      this.#tensorScaleCell = new Float32Array(engine.buffer, this.#parameters + 4 * TENSOR_SCALE_WORD, 1);
    }
    if (rounding !== 'nearest') {
      this.#states = this.reserve(channels * STATE_BYTES);
      this.#stateWords = new Uint32Array(engine.buffer, this.#states, (channels * STATE_BYTES) / 4);
      this.reset();
    }
    if (this.rotation === 'block') {
      this.#workBlocks = Math.max(1, Math.floor(WORK_VALUES / this.blockSize));
      this.#work = this.reserve(this.#workBlocks * this.blockSize * 4);
      this.#masks = this.reserve(this.blockSize * 4);
      fillSignMasks(new Uint32Array(engine.buffer, this.#masks, this.blockSize), this.seed);
    }
  }

  /** Stored bits for each sample, the scales of blocks included. */
  get bitsPerSample(): number {
    return (8 * this.blockBytes) / this.blockSize;
  }

  /** Throws a RangeError where the format can only be decoded. */
  checkEncodes(): void {
    if (this.#format.encode === undefined) refuse(this.#format);
  }

  /** Forgets what stochastic and shaped rounding carry along. Real-time safe. */
  reset(): void {
    const words = this.#stateWords;
    if (words === undefined) return;
    words.fill(0);
    const stride = STATE_BYTES / 4;
    for (let i = 0; i < words.length; i += stride) words[i + 1] = mixedWord(this.seed, i / stride);
  }

  /** Encodes one run; returns how many samples were NaN or infinite and coded as zero. Real-time safe. */
  encodeRun(target: number, source: number, blocks: number, channel: number): number {
    if (this.headerBytes > 0) this.writeHeader(target, this.largestMagnitude(source, blocks));
    return this.encodeBlocks(target + this.headerBytes, source, blocks, channel);
  }

  /** Decodes one run; returns how many blocks were impossible and became zeros. Real-time safe. */
  decodeRun(target: number, source: number, blocks: number): number {
    if (this.headerBytes > 0) this.readHeader(source);
    return this.decodeBlocks(target, source + this.headerBytes, blocks);
  }

  /** The largest finite magnitude of blocks as they are coded: of rotated values where they are rotated. */
  largestMagnitude(source: number, blocks: number): number {
    const kernels = this.#kernels;
    if (this.#work === 0) return kernels.largestMagnitudeF32(source, blocks * this.blockSize);
    let largest = 0;
    for (let first = 0; first < blocks; first += this.#workBlocks) {
      const values = Math.min(this.#workBlocks, blocks - first) * this.blockSize;
      this.#rotateInto(source + first * this.blockSize * 4, values);
      largest = Math.max(largest, kernels.largestMagnitudeF32(this.#work, values));
    }
    return largest;
  }

  /** Makes the tensor scale of what has this largest magnitude, and writes it. */
  writeHeader(target: number, largest: number): void {
    const cell = this.#tensorScaleCell as Float32Array;
    // Below 2^-120 its inverse would overflow; all elements come out as zero under a scale of zero.
    cell[0] = largest === 0 ? 0 : Math.max(1 / POWER_120, largest / (this.#format.tensorRange as number));
    this.#view.setFloat32(target, cell[0], true);
  }

  /** Takes the tensor scale of a run; one that is never written makes zeros of its blocks. */
  readHeader(source: number): void {
    const value = this.#view.getFloat32(source, true);
    (this.#tensorScaleCell as Float32Array)[0] = value > 0 && value <= POWER_120 ? value : 0;
  }

  /** Encodes consecutive blocks; returns how many samples were NaN or infinite and coded as zero. Real-time safe. */
  encodeBlocks(target: number, source: number, blocks: number, channel: number): number {
    const kernels = this.#kernels;
    const state = this.#states === 0 ? 0 : this.#states + channel * STATE_BYTES;
    if (this.#work === 0) {
      return this.#encode(kernels, target, source, blocks, this.blockSize, this.#scratch, this.#parameters, state);
    }
    let faults = 0;
    for (let first = 0; first < blocks; first += this.#workBlocks) {
      const count = Math.min(this.#workBlocks, blocks - first);
      const to = target + first * this.blockBytes;
      faults += this.#rotateInto(source + first * this.blockSize * 4, count * this.blockSize);
      faults += this.#encode(kernels, to, this.#work, count, this.blockSize, this.#scratch, this.#parameters, state);
    }
    return faults;
  }

  /** Decodes consecutive blocks; returns how many were impossible and became zeros. Real-time safe. */
  decodeBlocks(target: number, source: number, blocks: number): number {
    const kernels = this.#kernels;
    const faults = this.#format.decode(kernels, target, source, blocks, this.blockSize, this.#parameters);
    if (this.#work !== 0) this.#rotations.unrotateF32(target, this.#masks, this.blockSize, blocks, this.#factor);
    return faults;
  }

  /** Puts rotated samples to where they are coded from; returns how many were not finite. */
  #rotateInto(source: number, values: number): number {
    const kernels = this.#kernels;
    // Before the rotation: one NaN would fill the block.
    const faults = kernels.copyFiniteF32(this.#work, source, values);
    this.#rotations.rotateF32(this.#work, this.#masks, this.blockSize, values / this.blockSize, this.#factor);
    return faults;
  }
}

function refuse(format: BlockFormat): never {
  throwRange('format', 'one that can be encoded', `${format.id}, which can only be decoded`);
}

function checkTensorScale(format: BlockFormat, value: BlockOptions['tensorScale']): 'frame' | number | undefined {
  if (format.tensorRange === undefined) {
    if (value !== undefined) throwRange('tensorScale', `none for ${format.id}, which has no tensor scale`, value);
    return undefined;
  }
  if (typeof value === 'number') return Math.fround(checkNumber('tensorScale', value, 1 / POWER_120, POWER_120));
  const choice = checkOneOf('tensorScale', value === undefined ? 'fixed' : value, ['fixed', 'frame']);
  return choice === 'frame' ? choice : Math.fround(1 / format.tensorRange);
}
