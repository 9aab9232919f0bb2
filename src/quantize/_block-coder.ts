/**
 * A block format at work on one engine: what the codec and the stages share. Addresses in, addresses out.
 */

import { throwRange } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import { Processor } from '../engine/processor.js';
import { fillSignMasks } from '../transform/signs.js';
import { AdaptiveBlocks } from './_adaptive-blocks.js';
import { type BlockOptions, type BlockRotation, checkBlockOptions, LARGEST_TENSOR_SCALE } from './_block-options.js';
import { DelayedLevels } from './_delayed-scale.js';
import { quantizeKernels } from './_kernels.js';
import {
  type BlockFormat,
  type FloatLayout,
  type Rounding,
  SATURATED_WORD,
  type ScaleFormat,
  type ScaleRule,
  STATE_BYTES,
  TENSOR_SCALE_WORD,
} from './format.js';

/** Samples in another order, or rotated, wait here for their codes: 16 KiB, half of the smallest first-level cache in use. */
const WORK_VALUES = 4096;

/** A well-mixed word of a seed and a number (the finaliser of MurmurHash3; Appleby, 2011). */
function mixedWord(seed: number, number: number): number {
  let word = (seed >>> 0) ^ Math.imul(Math.floor(seed / 2 ** 32) + 1, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca77);
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return (word ^ (word >>> 16)) >>> 0;
}

/**
 * Encodes and decodes runs of blocks in the engine's memory. A run is what one channel of a packet is, or one call of
 * BlockCodec: `headerBytes` (the tensor scale of `frame` and `delayed`, none otherwise) and its blocks, before every
 * `groupBlocks` of them `groupBytes` of what their scales share.
 */
export class BlockCoder extends Processor {
  readonly #kernels = quantizeKernels(this.engine);
  /** The id of the format. */
  readonly format: string;
  /** Samples that share a scale; of tiles, those of 16 rows. */
  readonly blockSize: number;
  readonly columns: number | undefined;
  readonly order: readonly number[] | undefined;
  /** Samples that the kernels take for a block. */
  readonly unitSize: number;
  readonly scaleRule: ScaleRule | undefined;
  readonly rounding: Rounding;
  readonly shapingOrder: 1 | 2;
  readonly tensorScale: 'frame' | 'delayed' | number | undefined;
  readonly scaleFormat: ScaleFormat | undefined;
  readonly layout: FloatLayout | undefined;
  readonly rotation: BlockRotation;
  readonly seed: number;
  /** Bytes of a coded block, its scale included. */
  readonly blockBytes: number;
  /** Bytes before the blocks of a run. */
  readonly headerBytes: number;
  /** Blocks of a group, and bytes before one; 1 and 0 where there are no groups. */
  readonly groupBlocks: number;
  readonly groupBytes: number;
  readonly #format: BlockFormat;
  readonly #encode: NonNullable<BlockFormat['encode']>;
  /** How many of the kernels' blocks a block is. */
  readonly #units: number;
  /** Room for two of those: where samples are cleaned of NaN and infinities. */
  readonly #scratch: number;
  /** The format's words for its kernels, and each channel's memory; 0 where it has none. */
  readonly #parameters: number = 0;
  readonly #states: number = 0;
  readonly #stateWords: Uint32Array<ArrayBuffer> | undefined;
  readonly #tensorScaleCell: Float32Array<ArrayBuffer> | undefined;
  readonly #saturatedCell: Uint32Array<ArrayBuffer> | undefined;
  readonly #levels: DelayedLevels | undefined;
  readonly #adaptive: AdaptiveBlocks | undefined;
  readonly #view: DataView;
  /** A level on its way: in a cell, since a fraction that one method returns to another is an object each time. */
  readonly #level = new Float32Array(1);
  /** Where samples are rotated or cut into tiles, some blocks at a time, and the rotation's signs; 0 without. */
  readonly #work: number = 0;
  readonly #workBlocks: number = 0;
  readonly #masks: number = 0;
  /** The indices of `order`; 0 without. */
  readonly #order: number = 0;
  /** 1/√unitSize, which makes the rotation orthogonal; a float32 where the kernels use it. */
  readonly #factor: number;
  #saturated = 0;

  constructor(engine: Engine, options: BlockOptions, channels = 1) {
    super(engine);
    const settings = checkBlockOptions(options);
    const { record: format, columns, order, rounding, shapingOrder } = settings;
    this.#format = format;
    this.#encode = format.encode ?? (() => refuse(format));
    this.format = format.id;
    this.scaleFormat = options.scaleFormat;
    this.layout = options.layout;
    this.rotation = settings.rotation;
    this.seed = settings.seed;
    this.columns = options.columns;
    this.order = order;
    this.unitSize = settings.unitSize;
    this.blockSize = settings.blockSize;
    this.#units = this.blockSize / this.unitSize;
    const isAdaptive = this.rotation === 'adaptive';
    this.blockBytes = format.blockBytes(this.unitSize) * this.#units + (isAdaptive ? 1 : 0);
    this.groupBlocks = format.groups?.blocks ?? 1;
    this.groupBytes = format.groups?.bytes ?? 0;
    this.rounding = rounding;
    this.shapingOrder = shapingOrder;
    this.scaleRule = settings.scaleRule;
    this.tensorScale = settings.tensorScale;
    this.headerBytes = typeof this.tensorScale === 'string' ? 4 : 0;
    if (this.tensorScale === 'delayed') this.#levels = new DelayedLevels(channels);
    this.#view = new DataView(engine.buffer);
    this.#scratch = this.reserve(this.unitSize * 8);
    this.#factor = 1 / Math.sqrt(this.unitSize);
    if (format.parameters !== undefined) {
      const words = format.parameters({
        scaleRule: this.scaleRule ?? 'ceil',
        rounding,
        shapingOrder,
        tensorScale: typeof this.tensorScale === 'number' ? this.tensorScale : 1,
      });
      this.#parameters = this.reserve(words.byteLength);
      new Uint32Array(engine.buffer, this.#parameters, words.length).set(words);
      if (format.tensorRange !== undefined) {
        this.#tensorScaleCell = new Float32Array(engine.buffer, this.#parameters + 4 * TENSOR_SCALE_WORD, 1);
        this.#saturatedCell = new Uint32Array(engine.buffer, this.#parameters + 4 * SATURATED_WORD, 1);
      }
    }
    if (rounding !== 'nearest') {
      this.#states = this.reserve(channels * STATE_BYTES);
      this.#stateWords = new Uint32Array(engine.buffer, this.#states, (channels * STATE_BYTES) / 4);
      this.reset();
    }
    if (this.rotation === 'block' || columns > 0 || order !== undefined) {
      // Whole groups, as what a group shares is found from all its blocks.
      const blocks = Math.max(1, Math.floor(WORK_VALUES / this.blockSize));
      this.#workBlocks = Math.ceil(blocks / this.groupBlocks) * this.groupBlocks;
      this.#work = this.reserve(this.#workBlocks * this.blockSize * 4);
    }
    if (order !== undefined) {
      this.#order = this.reserve(order.length * 4);
      new Uint32Array(engine.buffer, this.#order, order.length).set(order);
    }
    if (isAdaptive) {
      const { decode, blockBytes } = format;
      this.#adaptive = new AdaptiveBlocks(engine, this.unitSize, blockBytes(this.unitSize), this.seed, {
        encode: (to, from) =>
          this.#encode(this.#kernels, to, from, 1, this.unitSize, this.#scratch, this.#parameters, 0),
        decode: (to, from) => decode(this.#kernels, to, from, 1, this.unitSize, this.#parameters, this.#scratch),
      });
    }
    if (this.rotation === 'block') {
      this.#masks = this.reserve(this.unitSize * 4);
      fillSignMasks(new Uint32Array(engine.buffer, this.#masks, this.unitSize), this.seed);
    }
  }

  /** Stored bits for each sample, the scales of blocks included. */
  get bitsPerSample(): number {
    return (8 * (this.blockBytes + this.groupBytes / this.groupBlocks)) / this.blockSize;
  }

  /** Blocks whose largest sample was beyond the reach of the tensor scale, and held there, so far. */
  get saturated(): number {
    return this.#saturated;
  }

  /** Bytes of so many blocks, from the first of a group, without the header of a run. */
  bytesOf(blocks: number): number {
    return Math.ceil(blocks / this.groupBlocks) * this.groupBytes + blocks * this.blockBytes;
  }

  /** The blocks that so many bytes are; −1 where they are no whole number of them. */
  blocksIn(bytes: number): number {
    const full = Math.floor(bytes / this.bytesOf(this.groupBlocks));
    const rest = bytes - full * this.bytesOf(this.groupBlocks);
    const blocks = full * this.groupBlocks + Math.max(0, Math.floor((rest - this.groupBytes) / this.blockBytes));
    return this.bytesOf(blocks) === bytes ? blocks : -1;
  }

  /** Throws a RangeError where the format can only be decoded. */
  checkEncodes(): void {
    if (this.#format.encode === undefined) refuse(this.#format);
  }

  /** Forgets what stochastic and shaped rounding and delayed scales carry along. Real-time safe. */
  reset(): void {
    this.#levels?.reset();
    const words = this.#stateWords;
    if (words === undefined) return;
    words.fill(0);
    const stride = STATE_BYTES / 4;
    for (let i = 0; i < words.length; i += stride) words[i + 1] = mixedWord(this.seed, i / stride);
  }

  /** Encodes one run; returns how many samples were NaN or infinite and coded as zero. Real-time safe. */
  encodeRun(target: number, source: number, blocks: number, channel: number): number {
    if (this.headerBytes > 0) {
      this.clearLevel();
      this.raiseLevel(source, blocks);
      this.#levels?.exchange(channel, this.#level);
      this.writeHeader(target);
    }
    return this.encodeBlocks(target + this.headerBytes, source, blocks, channel);
  }

  /** Decodes one run; returns how many blocks were impossible and became zeros. Real-time safe. */
  decodeRun(target: number, source: number, blocks: number): number {
    if (this.headerBytes > 0) this.readHeader(source);
    return this.decodeBlocks(target, source + this.headerBytes, blocks);
  }

  /** Forgets the level that `raiseLevel` has found. */
  clearLevel(): void {
    this.#level[0] = 0;
  }

  /** Raises the level to the largest finite magnitude of blocks as they are coded: of rotated values where they are rotated. */
  raiseLevel(source: number, blocks: number): void {
    const kernels = this.#kernels;
    const level = this.#level;
    if (this.#masks === 0) {
      level[0] = Math.max(level[0], kernels.largestMagnitudeF32(source, blocks * this.blockSize));
      return;
    }
    for (let first = 0; first < blocks; first += this.#workBlocks) {
      const count = Math.min(this.#workBlocks, blocks - first);
      this.#prepare(source + first * this.blockSize * 4, count);
      level[0] = Math.max(level[0], kernels.largestMagnitudeF32(this.#work, count * this.blockSize));
    }
  }

  /** Makes the tensor scale of what has the level found, and writes it. */
  writeHeader(target: number): void {
    const cell = this.#tensorScaleCell as Float32Array;
    const largest = this.#level[0];
    // Below 2^-120 its inverse would overflow; all elements come out as zero under a scale of zero.
    const wanted = Math.max(1 / LARGEST_TENSOR_SCALE, largest / (this.#format.tensorRange as number));
    cell[0] = largest === 0 ? 0 : Math.min(LARGEST_TENSOR_SCALE, wanted);
    this.#view.setFloat32(target, cell[0], true);
  }

  /** Takes the tensor scale of a run; one that is never written makes zeros of its blocks. */
  readHeader(source: number): void {
    const value = this.#view.getFloat32(source, true);
    (this.#tensorScaleCell as Float32Array)[0] = value > 0 && value <= LARGEST_TENSOR_SCALE ? value : 0;
  }

  /** Encodes consecutive blocks; returns how many samples were NaN or infinite and coded as zero. Real-time safe. */
  encodeBlocks(target: number, source: number, blocks: number, channel: number): number {
    const state = this.#states === 0 ? 0 : this.#states + channel * STATE_BYTES;
    let faults = 0;
    if (this.#adaptive !== undefined) {
      faults = this.#adaptive.encode(target, source, blocks);
    } else if (this.#work === 0) {
      faults = this.#encodeUnits(target, source, blocks, state);
    } else {
      for (let first = 0; first < blocks; first += this.#workBlocks) {
        const count = Math.min(this.#workBlocks, blocks - first);
        faults += this.#prepare(source + first * this.blockSize * 4, count);
        faults += this.#encodeUnits(target + this.bytesOf(first), this.#work, count * this.#units, state);
      }
    }
    if (this.#saturatedCell !== undefined) {
      this.#saturated += this.#saturatedCell[0];
      this.#saturatedCell[0] = 0;
    }
    return faults;
  }

  /** Decodes consecutive blocks; returns how many were impossible and became zeros. Real-time safe. */
  decodeBlocks(target: number, source: number, blocks: number): number {
    if (this.#adaptive !== undefined) return this.#adaptive.decode(target, source, blocks);
    if (this.columns === undefined && this.#order === 0) return this.#decodeUnits(target, source, blocks);
    let faults = 0;
    for (let first = 0; first < blocks; first += this.#workBlocks) {
      const count = Math.min(this.#workBlocks, blocks - first);
      faults += this.#decodeUnits(this.#work, source + this.bytesOf(first), count * this.#units);
      const to = target + first * this.blockSize * 4;
      if (this.columns !== undefined) this.#kernels.rowsFromTiles(to, this.#work, this.columns, count);
      else this.#kernels.scatterF32(to, this.#work, this.#order, this.blockSize, count);
    }
    return faults;
  }

  override dispose(): void {
    this.#adaptive?.dispose();
    super.dispose();
  }

  #encodeUnits(target: number, source: number, units: number, state: number): number {
    return this.#encode(this.#kernels, target, source, units, this.unitSize, this.#scratch, this.#parameters, state);
  }

  #decodeUnits(target: number, source: number, units: number): number {
    const faults = this.#format.decode(
      this.#kernels,
      target,
      source,
      units,
      this.unitSize,
      this.#parameters,
      this.#scratch,
    );
    if (this.#masks !== 0) this.#kernels.unrotateBlocksF32(target, this.#masks, this.unitSize, units, this.#factor);
    return faults;
  }

  /** Puts blocks, as tiles or in order, and rotated, to where they are coded from; returns how many samples were made zero for it. */
  #prepare(source: number, blocks: number): number {
    const kernels = this.#kernels;
    let from = source;
    if (this.columns !== undefined) {
      kernels.tilesFromRows(this.#work, source, this.columns, blocks);
      from = this.#work;
    } else if (this.#order !== 0) {
      kernels.gatherF32(this.#work, source, this.#order, this.blockSize, blocks);
      from = this.#work;
    }
    if (this.#masks === 0) return 0;
    // Before the rotation: one NaN would fill the block.
    const faults = kernels.copyFiniteF32(this.#work, from, blocks * this.blockSize);
    kernels.rotateBlocksF32(this.#work, this.#masks, this.unitSize, blocks * this.#units, this.#factor);
    return faults;
  }
}

function refuse(format: BlockFormat): never {
  throwRange('format', 'one that can be encoded', `${format.id}, which can only be decoded`);
}
