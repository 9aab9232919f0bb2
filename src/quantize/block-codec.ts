/**
 * Block codecs by themselves: arrays of samples to bytes and back. For streams see BlockEncoder and BlockDecoder.
 */
import { checkBytes, checkFloat32, checkOptions, throwRange } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import { BitstreamError } from '../engine/errors.js';
import { Processor } from '../engine/processor.js';
import { BlockCoder } from './_block-coder.js';
import { type BlockOptions, type BlockRotation, blockOptionNames } from './_block-options.js';
import type { Rounding, ScaleRule } from './format.js';
import { blockFormatIds } from './formats.js';
import { type AutomaticOptions, automaticOptionNames, resolveFormat } from './selector.js';

/** Samples that pass through the engine's memory at a time: with their codes they stay in a first-level cache. */
const CHUNK_VALUES = 4096;

/**
 * A block number format: `blockSize` samples share a scale, and each keeps a few bits. Stateless but for `faults`; the
 * bytes of equal blocks are equal wherever they stand, where rounding is to nearest and the tensor scale no frame's.
 * Stochastic and shaped rounding start anew with every call of `encode`. docs/FORMATS.md has all formats with figures.
 *
 * `mxfp8-e4m3`, `mxfp8-e5m2`, `mxfp6-e3m2`, `mxfp6-e2m3`, `mxfp4`, `mxint8`: those of the OCP Microscaling specification
 * 1.0 (2023), 32 samples under a power of two. `nvfp4`, `nvint4`, `fp4-e1m2`, `nvfp4-ue5m3`, `nvint4-ue5m3`: 16 samples of 4
 * bits under an 8-bit float and, but for the last two, one float32, in the arithmetic of torchao's NVFP4.
 *
 * `int2` … `int8`: symmetric codes −Q … Q with Q = 2^(bits−1) − 1 under a float16 scale, rounded up, so that nothing
 * clips and every sample comes back within half a step while all are at most 65504·Q; larger ones come back as ±65504·Q.
 * With `rotation: 'block'` the block is turned first (y = H·D·x/√n, D random signs; Ailon and Chazelle, 2009) and the
 * error bound holds for y, so for x in the root mean square only.
 *
 * Not real-time safe (the stages are): copies in and out.
 *
 * @example
 * ```ts
 * import { BlockCodec, Engine } from 'paley';
 *
 * const engine = await Engine.load();
 * const codec = new BlockCodec(engine, { format: 'int4', blockSize: 32 });
 * const x = Float32Array.from({ length: 320 }, (_, i) => Math.sin(i / 10));
 * const bytes = codec.encode(x); // 180 bytes: 4.5 bits a sample
 * const decoded = codec.decode(bytes);
 * ```
 */
export class BlockCodec extends Processor {
  /** The ids of all formats. */
  static readonly formats: readonly string[] = blockFormatIds;

  readonly format: string;
  /** Samples that share a scale. */
  readonly blockSize: number;
  /** Bytes of a coded block, its scale included. */
  readonly blockBytes: number;
  /** Stored bits for each sample, the scales of blocks included. */
  readonly bitsPerSample: number;
  /** Bytes before the blocks of an encoded array: 4 with `tensorScale: 'frame'`, otherwise 0. */
  readonly headerBytes: number;
  readonly scaleRule: ScaleRule | undefined;
  readonly rounding: Rounding;
  /** The tensor scale, or `frame`; undefined where the format has none. */
  readonly tensorScale: 'frame' | 'delayed' | number | undefined;
  readonly rotation: BlockRotation;
  readonly seed: number;
  readonly #coder: BlockCoder;
  readonly #chunkBlocks: number;
  readonly #samples: Float32Array<ArrayBuffer>;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  #faults = 0;

  /**
   * @throws TypeError for options of a wrong type or name; RangeError for an unknown format (the message lists the
   * known ones) or a block size the format does not have; EngineMemoryError where memory runs out.
   */
  constructor(engine: Engine, options: AutomaticOptions<BlockOptions>) {
    super(engine);
    checkOptions('BlockCodec', options, [...blockOptionNames, ...automaticOptionNames]);
    if (options.tensorScale === 'delayed') {
      throwRange(
        'tensorScale',
        "one of fixed, frame, or a number ('delayed' is for the packets of a BlockEncoder)",
        'delayed',
      );
    }
    this.#coder = new BlockCoder(engine, resolveFormat(engine, options));
    const { format, blockSize, blockBytes, bitsPerSample, rotation, seed } = this.#coder;
    this.format = format;
    this.blockSize = blockSize;
    this.blockBytes = blockBytes;
    this.bitsPerSample = bitsPerSample;
    this.rotation = rotation;
    this.seed = seed;
    this.headerBytes = this.#coder.headerBytes;
    this.scaleRule = this.#coder.scaleRule;
    this.rounding = this.#coder.rounding;
    this.tensorScale = this.#coder.tensorScale;
    const { groupBlocks } = this.#coder;
    this.#chunkBlocks = Math.ceil(Math.max(1, Math.floor(CHUNK_VALUES / blockSize)) / groupBlocks) * groupBlocks;
    this.#samples = this.reserveFloat32(this.#chunkBlocks * blockSize);
    const byteLength = this.#coder.bytesOf(this.#chunkBlocks);
    this.#bytes = new Uint8Array(engine.buffer, this.reserve(byteLength), byteLength);
  }

  /** NaN and infinities coded as zero, and impossible blocks decoded as zeros, so far. */
  get faults(): number {
    return this.#faults;
  }

  /** Blocks whose largest sample was beyond the reach of a given or fixed tensor scale, and held there, so far. */
  get saturated(): number {
    return this.#coder.saturated;
  }

  /**
   * Encodes whole blocks; NaN and infinities are coded as zero and counted in `faults`.
   * @param x a whole number of blocks.
   * @param out where the bytes go: `headerBytes + x.length / blockSize * blockBytes` of them, and 8 more for every 256
   * blocks begun with `scaleFormat: 'dynamic8'`. A fresh array unless given.
   * @throws RangeError for a wrong length or a format that can only be decoded; DisposedError after `dispose()`.
   */
  encode(x: Float32Array, out?: Uint8Array): Uint8Array {
    this.checkAlive();
    this.#coder.checkEncodes();
    checkFloat32('x', x);
    const { blockSize } = this;
    if (x.length % blockSize !== 0) throwRange('x.length', `a multiple of the block size, ${blockSize}`, x.length);
    const blocks = x.length / blockSize;
    const header = blocks > 0 ? this.headerBytes : 0;
    const byteLength = this.#coder.bytesOf(blocks) + header;
    const bytes = out === undefined ? new Uint8Array(byteLength) : checkBytes('out', out);
    if (bytes.length !== byteLength) throwRange('out.length', `${byteLength}`, bytes.length);
    this.#coder.reset();
    if (header > 0) this.#writeHeader(x, blocks, bytes);
    for (let first = 0; first < blocks; first += this.#chunkBlocks) {
      const count = Math.min(this.#chunkBlocks, blocks - first);
      this.#samples.set(x.subarray(first * blockSize, (first + count) * blockSize));
      this.#faults += this.#coder.encodeBlocks(this.#bytes.byteOffset, this.#samples.byteOffset, count, 0);
      bytes.set(this.#bytes.subarray(0, this.#coder.bytesOf(count)), header + this.#coder.bytesOf(first));
    }
    return bytes;
  }

  /**
   * Decodes whole blocks. Any bytes decode to finite samples: a block whose scale no encoder writes becomes zeros and
   * is counted in `faults`.
   * @param bytes a whole number of coded blocks.
   * @param out where the samples go: `blockSize` of them for every coded block. A fresh array unless given.
   * @throws BitstreamError where `bytes` ends within a block; RangeError for a wrong length of `out`; DisposedError
   * after `dispose()`.
   */
  decode(bytes: Uint8Array, out?: Float32Array): Float32Array {
    this.checkAlive();
    checkBytes('bytes', bytes);
    const { blockSize, blockBytes } = this;
    const header = bytes.length > 0 ? this.headerBytes : 0;
    const blocks = bytes.length < header ? -1 : this.#coder.blocksIn(bytes.length - header);
    if (blocks < 0) {
      throw new BitstreamError(
        `${this.format} expected ${header > 0 ? `${header} bytes and ` : ''}whole blocks of ${blockBytes} bytes, got ${bytes.length} bytes`,
        bytes.length,
      );
    }
    const samples = out === undefined ? new Float32Array(blocks * blockSize) : checkFloat32('out', out);
    if (samples.length !== blocks * blockSize) throwRange('out.length', `${blocks * blockSize}`, samples.length);
    if (header > 0) {
      this.#bytes.set(bytes.subarray(0, header));
      this.#coder.readHeader(this.#bytes.byteOffset);
    }
    for (let first = 0; first < blocks; first += this.#chunkBlocks) {
      const count = Math.min(this.#chunkBlocks, blocks - first);
      const at = header + this.#coder.bytesOf(first);
      this.#bytes.set(bytes.subarray(at, at + this.#coder.bytesOf(count)));
      this.#faults += this.#coder.decodeBlocks(this.#samples.byteOffset, this.#bytes.byteOffset, count);
      samples.set(this.#samples.subarray(0, count * blockSize), first * blockSize);
    }
    return samples;
  }

  /** Finds the tensor scale of all of `x` and writes it. */
  #writeHeader(x: Float32Array, blocks: number, bytes: Uint8Array): void {
    const { blockSize } = this;
    this.#coder.clearLevel();
    for (let first = 0; first < blocks; first += this.#chunkBlocks) {
      const count = Math.min(this.#chunkBlocks, blocks - first);
      this.#samples.set(x.subarray(first * blockSize, (first + count) * blockSize));
      this.#coder.raiseLevel(this.#samples.byteOffset, count);
    }
    this.#coder.writeHeader(this.#bytes.byteOffset);
    bytes.set(this.#bytes.subarray(0, this.headerBytes));
  }

  override dispose(): void {
    this.#coder?.dispose();
    super.dispose();
  }
}
