/**
 * Block codecs by themselves: arrays of samples to bytes and back. For streams see BlockEncoder and BlockDecoder.
 */
import { checkBytes, checkFloat32, checkOptions, throwRange } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import { BitstreamError } from '../engine/errors.js';
import { Processor } from '../engine/processor.js';
import { BlockCoder, type BlockOptions, type BlockRotation, blockOptionNames } from './_block-coder.js';
import { blockFormatIds } from './formats.js';

/** Samples that pass through the engine's memory at a time: with their codes they stay in a first-level cache. */
const CHUNK_VALUES = 4096;

/**
 * A block number format: `blockSize` samples share a scale, and each keeps a few bits. Stateless but for `faults`; the
 * bytes of equal blocks are equal wherever they stand.
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
  /** Stored bits for each sample, the scales included. */
  readonly bitsPerSample: number;
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
  constructor(engine: Engine, options: BlockOptions) {
    super(engine);
    checkOptions('BlockCodec', options, blockOptionNames);
    this.#coder = new BlockCoder(engine, options);
    const { format, blockSize, blockBytes, bitsPerSample, rotation, seed } = this.#coder;
    this.format = format;
    this.blockSize = blockSize;
    this.blockBytes = blockBytes;
    this.bitsPerSample = bitsPerSample;
    this.rotation = rotation;
    this.seed = seed;
    this.#chunkBlocks = Math.floor(CHUNK_VALUES / blockSize);
    this.#samples = this.reserveFloat32(this.#chunkBlocks * blockSize);
    const byteLength = this.#chunkBlocks * blockBytes;
    this.#bytes = new Uint8Array(engine.buffer, this.reserve(byteLength), byteLength);
  }

  /** NaN and infinities coded as zero, and impossible blocks decoded as zeros, so far. */
  get faults(): number {
    return this.#faults;
  }

  /**
   * Encodes whole blocks; NaN and infinities are coded as zero and counted in `faults`.
   * @param x a whole number of blocks.
   * @param out where the bytes go: `x.length / blockSize * blockBytes` of them. A fresh array unless given.
   * @throws RangeError for a wrong length; DisposedError after `dispose()`.
   */
  encode(x: Float32Array, out?: Uint8Array): Uint8Array {
    this.checkAlive();
    checkFloat32('x', x);
    const { blockSize, blockBytes } = this;
    if (x.length % blockSize !== 0) throwRange('x.length', `a multiple of the block size, ${blockSize}`, x.length);
    const blocks = x.length / blockSize;
    const bytes = out === undefined ? new Uint8Array(blocks * blockBytes) : checkBytes('out', out);
    if (bytes.length !== blocks * blockBytes) throwRange('out.length', `${blocks * blockBytes}`, bytes.length);
    for (let first = 0; first < blocks; first += this.#chunkBlocks) {
      const count = Math.min(this.#chunkBlocks, blocks - first);
      this.#samples.set(x.subarray(first * blockSize, (first + count) * blockSize));
      this.#faults += this.#coder.encodeBlocks(this.#bytes.byteOffset, this.#samples.byteOffset, count);
      bytes.set(this.#bytes.subarray(0, count * blockBytes), first * blockBytes);
    }
    return bytes;
  }

  /**
   * Decodes whole blocks. Any bytes decode to finite samples: a block whose scale no encoder writes becomes zeros and
   * is counted in `faults`.
   * @param bytes a whole number of coded blocks.
   * @param out where the samples go: `bytes.length / blockBytes * blockSize` of them. A fresh array unless given.
   * @throws BitstreamError where `bytes` ends within a block; RangeError for a wrong length of `out`; DisposedError
   * after `dispose()`.
   */
  decode(bytes: Uint8Array, out?: Float32Array): Float32Array {
    this.checkAlive();
    checkBytes('bytes', bytes);
    const { blockSize, blockBytes } = this;
    const blocks = Math.floor(bytes.length / blockBytes);
    if (bytes.length !== blocks * blockBytes) {
      throw new BitstreamError(
        `${this.format} expected whole blocks of ${blockBytes} bytes, got ${bytes.length} bytes`,
        bytes.length,
      );
    }
    const samples = out === undefined ? new Float32Array(blocks * blockSize) : checkFloat32('out', out);
    if (samples.length !== blocks * blockSize) throwRange('out.length', `${blocks * blockSize}`, samples.length);
    for (let first = 0; first < blocks; first += this.#chunkBlocks) {
      const count = Math.min(this.#chunkBlocks, blocks - first);
      this.#bytes.set(bytes.subarray(first * blockBytes, (first + count) * blockBytes));
      this.#faults += this.#coder.decodeBlocks(this.#samples.byteOffset, this.#bytes.byteOffset, count);
      samples.set(this.#samples.subarray(0, count * blockSize), first * blockSize);
    }
    return samples;
  }

  override dispose(): void {
    this.#coder?.dispose();
    super.dispose();
  }
}
