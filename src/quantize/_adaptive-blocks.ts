/**
 * Blocks that are rotated before they are coded where that leaves less error. Each has a byte behind it: 1 where it was
 * rotated, 0 where not.
 */
import type { Engine } from '../engine/engine.js';
import { Processor } from '../engine/processor.js';
import { fillSignMasks } from '../transform/signs.js';
import { quantizeKernels } from './_kernels.js';

/** A format at work on one block, from one address to another; each returns what it counts as faults. */
export interface OneBlockCoder {
  readonly encode: (target: number, source: number) => number;
  readonly decode: (target: number, source: number) => number;
}

export class AdaptiveBlocks extends Processor {
  readonly #size: number;
  readonly #codedBytes: number;
  readonly #coder: OneBlockCoder;
  readonly #kernels = quantizeKernels(this.engine);
  readonly #masks: number;
  readonly #factor: number;
  /** The block without faults, rotated, and as it comes back; then a code of it. */
  readonly #clean: Float32Array<ArrayBuffer>;
  readonly #rotated: Float32Array<ArrayBuffer>;
  readonly #back: Float32Array<ArrayBuffer>;
  readonly #candidate: number;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #values: Float32Array<ArrayBuffer>;
  /** Errors of the block as it is and rotated. */
  readonly #errors = new Float64Array(2);

  constructor(engine: Engine, size: number, codedBytes: number, seed: number, coder: OneBlockCoder) {
    super(engine);
    this.#size = size;
    this.#codedBytes = codedBytes;
    this.#coder = coder;
    this.#factor = 1 / Math.sqrt(size);
    this.#masks = this.reserve(size * 4);
    fillSignMasks(new Uint32Array(engine.buffer, this.#masks, size), seed);
    this.#clean = this.reserveFloat32(size);
    this.#rotated = this.reserveFloat32(size);
    this.#back = this.reserveFloat32(size);
    this.#candidate = this.reserve(codedBytes);
    this.#bytes = new Uint8Array(engine.buffer);
    this.#values = new Float32Array(engine.buffer);
  }

  /** Encodes consecutive blocks; returns how many samples were NaN or infinite and coded as zero. Real-time safe. */
  encode(target: number, source: number, blocks: number): number {
    const size = this.#size;
    const { encode, decode } = this.#coder;
    const clean = this.#clean.byteOffset;
    const rotated = this.#rotated.byteOffset;
    const back = this.#back.byteOffset;
    let faults = 0;
    for (let block = 0; block < blocks; block++) {
      const to = target + block * (this.#codedBytes + 1);
      faults += this.#kernels.copyFiniteF32(clean, source + 4 * block * size, size);
      this.#kernels.copyFiniteF32(rotated, clean, size);
      this.#kernels.rotateBlocksF32(rotated, this.#masks, size, 1, this.#factor);
      encode(to, clean);
      decode(back, to);
      this.#measure(0);
      encode(this.#candidate, rotated);
      decode(back, this.#candidate);
      this.#kernels.unrotateBlocksF32(back, this.#masks, size, 1, this.#factor);
      this.#measure(1);
      const isRotated = this.#errors[1] < this.#errors[0];
      if (isRotated) this.#bytes.copyWithin(to, this.#candidate, this.#candidate + this.#codedBytes);
      this.#bytes[to + this.#codedBytes] = isRotated ? 1 : 0;
    }
    return faults;
  }

  /** Decodes consecutive blocks; returns how many were impossible and became zeros. Real-time safe. */
  decode(target: number, source: number, blocks: number): number {
    const size = this.#size;
    let faults = 0;
    for (let block = 0; block < blocks; block++) {
      const from = source + block * (this.#codedBytes + 1);
      const to = target + 4 * block * size;
      const choice = this.#bytes[from + this.#codedBytes];
      if (choice > 1) {
        this.#values.fill(0, to / 4, to / 4 + size);
        faults++;
        continue;
      }
      faults += this.#coder.decode(to, from);
      if (choice === 1) this.#kernels.unrotateBlocksF32(to, this.#masks, size, 1, this.#factor);
    }
    return faults;
  }

  #measure(index: number): void {
    const clean = this.#clean;
    const back = this.#back;
    let sum = 0;
    for (let i = 0; i < clean.length; i++) sum += (clean[i] - back[i]) * (clean[i] - back[i]);
    this.#errors[index] = sum;
  }
}
