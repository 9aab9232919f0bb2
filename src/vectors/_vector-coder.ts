/** Vectors to coded bytes in engine memory and back: scaling, order, rotation, and then the codec's own scheme. */
import type { Engine } from '../engine/engine.js';
import { Processor } from '../engine/processor.js';
import { fillSignMasks } from '../transform/signs.js';
import { type VectorKernels, vectorKernels } from './_kernels.js';
import { dealChannels } from './_outlier-order.js';
import type { VectorScheme } from './_scheme.js';
import { createScheme } from './_schemes.js';
import { type ResolvedOptions, resolveOptions, type VectorOptions } from './_vector-options.js';

/** Values that pass through at a time: with their codes they stay in a first-level cache. */
const CHUNK_VALUES = 4096;

export class VectorCoder extends Processor {
  readonly options: ResolvedOptions;
  readonly scheme: VectorScheme;
  /** Most vectors of one call. */
  readonly chunkVectors: number;
  /** Copies values as `take` does: any number of them, from anywhere to anywhere. */
  readonly takeVectors: VectorKernels['takeVectorsF32'];
  /** Room for a chunk of vectors. */
  readonly work: number;
  readonly #kernels: VectorKernels;
  readonly #spare: number;
  readonly #masks: number;
  readonly #factor: number;
  readonly #groups: number;
  readonly #scales: number = 0;
  readonly #inverseScales: number = 0;
  readonly #order: number = 0;

  constructor(engine: Engine, title: string, vectorOptions: VectorOptions) {
    super(engine);
    this.options = resolveOptions(title, vectorOptions);
    this.#kernels = vectorKernels(engine);
    this.takeVectors = this.#kernels.takeVectorsF32;
    const { dimension, rotation, rotationSize, rotationBlocks, seed, channelScales, channelMagnitudes } = this.options;
    this.chunkVectors = Math.max(1, Math.floor(CHUNK_VALUES / dimension));
    const chunkBytes = 4 * this.chunkVectors * dimension;
    this.work = this.reserve(chunkBytes);
    this.#spare = channelMagnitudes === undefined ? 0 : this.reserve(chunkBytes);
    this.#groups = dimension / rotationSize;
    this.#factor = 1 / Math.sqrt(rotationSize);
    this.#masks = rotation === 'none' ? 0 : this.reserve(4 * rotationBlocks * rotationSize);
    for (let block = 0; this.#masks > 0 && block < rotationBlocks; block++) {
      const masks = new Uint32Array(engine.buffer, this.#masks + 4 * block * rotationSize, rotationSize);
      fillSignMasks(masks, seed, block);
    }
    try {
      if (channelScales !== undefined) {
        const scales = Float32Array.from(channelScales);
        this.#scales = this.#reserveList(scales);
        this.#inverseScales = this.#reserveList(scales.map((scale) => 1 / scale));
      }
      if (channelMagnitudes !== undefined) {
        this.#order = this.#reserveList(dealChannels(channelMagnitudes, rotationSize));
      }
      this.scheme = createScheme({
        engine,
        kernels: this.#kernels,
        options: this.options,
        reserve: (bytes) => {
          const pointer = this.reserve(bytes);
          new Uint8Array(engine.buffer, pointer, bytes).fill(0);
          return pointer;
        },
      });
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  #reserveList(list: Float32Array | Uint32Array): number {
    const pointer = this.reserve(Math.ceil(list.byteLength / 16) * 16);
    new Uint8Array(this.engine.buffer, pointer, list.byteLength).set(new Uint8Array(list.buffer));
    return pointer;
  }

  /** Takes vectors in at `work`, at most a chunk; returns how many values were not finite or too large. Real-time safe. */
  take(source: number, vectors: number): number {
    return this.#kernels.takeVectorsF32(this.work, source, vectors * this.options.dimension);
  }

  /** Turns the vectors at `work` in place. Real-time safe. */
  turn(vectors: number): void {
    if (this.#scales > 0) this.#multiply(this.#inverseScales, vectors);
    this.#rotate(vectors);
  }

  /** The turned query whose inner products with turned vectors are those of the query with the vectors. Real-time safe. */
  turnQuery(vectors: number): void {
    if (this.#scales > 0) this.#multiply(this.#scales, vectors);
    this.#rotate(vectors);
  }

  /** Undoes `turn`; what is not finite after it, which only damaged vectors are, is held like input. Real-time safe. */
  turnBack(vectors: number): void {
    const { rotationSize, rotationBlocks, dimension } = this.options;
    if (this.#masks > 0) {
      for (let block = rotationBlocks - 1; block >= 0; block--) {
        const masks = this.#masks + 4 * block * rotationSize;
        this.#kernels.unrotateVectorsF32(this.work, masks, rotationSize, vectors * this.#groups, this.#factor);
      }
    }
    if (this.#order > 0) {
      this.#kernels.permuteVectorsF32(this.#spare, this.work, this.#order, dimension, vectors, 1);
      this.#kernels.takeVectorsF32(this.work, this.#spare, vectors * dimension);
    }
    if (this.#scales > 0) this.#multiply(this.#scales, vectors);
    this.take(this.work, vectors);
  }

  /** products[i], float64, of `vectors` turned vectors at `source` with a turned query. Real-time safe. */
  dot(products: number, source: number, vectors: number, query: number): void {
    this.#kernels.dotVectorsF32(products, source, vectors, this.options.dimension, query);
  }

  #multiply(factors: number, vectors: number): void {
    this.#kernels.multiplyVectorsF32(this.work, factors, this.options.dimension, vectors);
  }

  #rotate(vectors: number): void {
    const { rotationSize, rotationBlocks, dimension } = this.options;
    if (this.#order > 0) {
      this.#kernels.permuteVectorsF32(this.#spare, this.work, this.#order, dimension, vectors, 0);
      this.#kernels.takeVectorsF32(this.work, this.#spare, vectors * dimension);
    }
    if (this.#masks === 0) return;
    for (let block = 0; block < rotationBlocks; block++) {
      const masks = this.#masks + 4 * block * rotationSize;
      this.#kernels.rotateVectorsF32(this.work, masks, rotationSize, vectors * this.#groups, this.#factor);
    }
  }
}
