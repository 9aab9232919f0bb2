/** Which block format suits a signal: crest factors, a short trial of each, and the gain bias of what comes back. */
import {
  checkFloat32,
  checkInteger,
  checkNumber,
  checkOneOf,
  checkOptions,
  throwRange,
  throwType,
} from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import { ln } from '../engine/exact-math.js';
import { Processor } from '../engine/processor.js';
import { BlockCoder } from './_block-coder.js';
import type { BlockOptions, BlockRotation } from './_block-options.js';
import { blockFormatIds, encodableFormatIds } from './formats.js';

/** Samples of an excerpt that pass through the engine's memory at a time: a multiple of every default block size. */
const CHUNK_VALUES = 4096;
/** Chunks that are tried, spread over the excerpt. */
const MOST_CHUNKS = 16;

const decibels = (powerRatio: number) =>
  powerRatio === 0 ? -Infinity : powerRatio === Infinity ? Infinity : (10 / Math.LN10) * ln(powerRatio);

/**
 * The gain bias of a decoded signal, β = ⟨x, y⟩/⟨x, x⟩ − 1: −0.005 means that what is in x comes back half a percent too
 * small. 0 where x is silent. Formats whose elements are floats shrink; uniform ones hardly do.
 *
 * Allocates nothing; takes as long as the signal is.
 * @throws TypeError or RangeError where the two are not Float32Arrays of one length.
 *
 * @example
 * ```ts
 * import { gainBias } from 'paley';
 *
 * gainBias(Float32Array.of(1, -1), Float32Array.of(0.99, -0.99)); // about -0.01
 * ```
 */
export function gainBias(x: Float32Array, y: Float32Array): number {
  checkFloat32('x', x);
  checkFloat32('y', y, x.length);
  let [product, power] = [0, 0];
  for (let i = 0; i < x.length; i++) {
    product += x[i] * y[i];
    power += x[i] * x[i];
  }
  return power === 0 ? 0 : product / power - 1;
}

/**
 * The mean over blocks of max|x|/rms, blocks of zeros apart: 1 for a square wave, 1.4 for a sine, about 2.1 for Gaussian
 * noise in blocks of 16. Integers of largest code Q reach about 10·log10(12·Q²/κ²) dB. 1 where all is silent.
 * @param x samples; a block that is cut short by their end counts as one.
 * @param blockSize samples of a block, at least 1.
 *
 * @example
 * ```ts
 * import { crestFactor } from 'paley';
 *
 * crestFactor(Float32Array.of(1, -1, 1, -1), 4); // 1
 * ```
 */
export function crestFactor(x: Float32Array, blockSize: number): number {
  checkFloat32('x', x);
  checkInteger('blockSize', blockSize, 1, 2 ** 20);
  let [sum, blocks] = [0, 0];
  for (let first = 0; first < x.length; first += blockSize) {
    let [power, most] = [0, 0];
    const end = Math.min(x.length, first + blockSize);
    for (let i = first; i < end; i++) {
      power += x[i] * x[i];
      most = Math.max(most, Math.abs(x[i]));
    }
    if (!(power > 0 && power < Infinity)) continue;
    sum += most / Math.sqrt(power / (end - first));
    blocks++;
  }
  return blocks === 0 ? 1 : sum / blocks;
}

/** What a format makes of an excerpt. */
export interface FormatTrial {
  /** What BlockCodec and BlockEncoder take to do the same. */
  readonly options: { readonly format: string; readonly rotation: BlockRotation; readonly seed: number };
  /** Stored bits for each sample. */
  readonly bitsPerSample: number;
  /** Signal-to-noise ratio in dB. */
  readonly snr: number;
  /** β, as `gainBias` has it. */
  readonly gainBias: number;
}

export interface SelectFormatOptions {
  /** Most stored bits for each sample. Default 4.5. */
  readonly bitsPerSample?: number;
  /** Ids to choose among. Default all that encode. */
  readonly formats?: readonly string[];
  /** Rotations to try. Default `none` and `block`; what a format has not got is passed over, as where its block is no power of two. */
  readonly rotations?: readonly BlockRotation[];
  readonly seed?: number;
}

export interface FormatChoice extends FormatTrial {
  /** The excerpt's mean crest factor in blocks of 16. The E2M1 and the integer grid of 4 bits are level near 2.3. */
  readonly crestFactor: number;
  /** All that was tried, best first. */
  readonly trials: readonly FormatTrial[];
}

/** Room in the engine's memory where formats are tried. */
class Trials extends Processor {
  readonly samples: Float32Array<ArrayBuffer>;
  readonly decoded: Float32Array<ArrayBuffer>;
  readonly bytes: number;

  constructor(engine: Engine) {
    super(engine);
    this.samples = this.reserveFloat32(CHUNK_VALUES);
    this.decoded = this.reserveFloat32(CHUNK_VALUES);
    // No format takes more than 10 bytes for a sample.
    this.bytes = this.reserve(CHUNK_VALUES * 10);
  }

  run(options: FormatTrial['options'], excerpt: Float32Array): FormatTrial {
    const coder = new BlockCoder(this.engine, options);
    try {
      const chunks = Math.ceil(excerpt.length / CHUNK_VALUES);
      const stride = Math.max(1, Math.ceil(chunks / MOST_CHUNKS));
      let [product, power, noise] = [0, 0, 0];
      for (let chunk = 0; chunk < chunks; chunk += stride) {
        const part = excerpt.subarray(chunk * CHUNK_VALUES, (chunk + 1) * CHUNK_VALUES);
        this.samples.fill(0);
        this.samples.set(part);
        const blocks = Math.ceil(part.length / coder.blockSize);
        coder.encodeRun(this.bytes, this.samples.byteOffset, blocks, 0);
        coder.decodeRun(this.decoded.byteOffset, this.bytes, blocks);
        for (let i = 0; i < part.length; i++) {
          const [x, y] = [Number.isFinite(part[i]) ? part[i] : 0, this.decoded[i]];
          product += x * y;
          power += x * x;
          noise += (x - y) * (x - y);
        }
      }
      return {
        options,
        bitsPerSample: coder.bitsPerSample,
        snr: noise === 0 ? Infinity : decibels(power / noise),
        gainBias: power === 0 ? 0 : product / power - 1,
      };
    } finally {
      coder.dispose();
    }
  }

  /** Bits a sample of a format with these options; undefined where it cannot have them. */
  bitsPerSample(options: FormatTrial['options']): number | undefined {
    try {
      const coder = new BlockCoder(this.engine, options);
      coder.dispose();
      return coder.blockSize <= CHUNK_VALUES ? coder.bitsPerSample : undefined;
    } catch (error) {
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  }
}

/**
 * Chooses the block format that keeps an excerpt best within a number of bits, by trying them: up to 65,536 samples of
 * it, each format at its default block and scale rule, raw and rotated. Of equal ones the first of `BlockCodec.formats`.
 *
 * The same as `format: 'auto'`, but with the figures. Not real-time safe.
 * @param engine lends some 60 KiB of its memory while it runs.
 * @param excerpt samples of the signal, at least one; one channel of it will do.
 * @throws TypeError or RangeError for wrong arguments, and where no format has so few bits.
 *
 * @example
 * ```ts
 * import { BlockCodec, Engine, selectFormat } from 'paley';
 *
 * const engine = await Engine.load();
 * const excerpt = Float32Array.from({ length: 4096 }, (_, i) => Math.sin(i / 20));
 * const choice = selectFormat(engine, excerpt, { bitsPerSample: 4.5 });
 * const codec = new BlockCodec(engine, choice.options);
 * ```
 */
export function selectFormat(engine: Engine, excerpt: Float32Array, options: SelectFormatOptions = {}): FormatChoice {
  checkFloat32('excerpt', excerpt);
  if (excerpt.length === 0) throwRange('excerpt.length', 'at least 1', 0);
  checkOptions('selectFormat', options, ['bitsPerSample', 'formats', 'rotations', 'seed']);
  const { formats = encodableFormatIds, rotations = ['none', 'block'], seed = 0 } = options;
  const most = checkNumber('bitsPerSample', options.bitsPerSample ?? 4.5, 0, 64);
  if (!Array.isArray(formats)) throwType('formats', 'an array of ids', formats);
  for (const format of formats) checkOneOf('formats', format, blockFormatIds);
  if (!Array.isArray(rotations)) throwType('rotations', 'an array of rotations', rotations);
  for (const rotation of rotations) checkOneOf('rotations', rotation, ['none', 'block', 'adaptive']);
  const trials = new Trials(engine);
  try {
    const results: FormatTrial[] = [];
    for (const format of formats) {
      for (const rotation of rotations) {
        const candidate = { format, rotation, seed };
        const bits = trials.bitsPerSample(candidate);
        if (bits !== undefined && bits <= most) results.push(trials.run(candidate, excerpt));
      }
    }
    if (results.length === 0) throwRange('bitsPerSample', 'enough for one of the formats', most);
    results.sort((a, b) => (a.snr === b.snr ? 0 : b.snr - a.snr));
    return { ...results[0], crestFactor: crestFactor(excerpt, 16), trials: results };
  } finally {
    trials.dispose();
  }
}

/** Options of a codec or encoder that may leave the choice of the format to an excerpt. */
export type AutomaticOptions<Options extends BlockOptions> = Options & {
  /** With `format: 'auto'`: samples of the signal, for the choice. */
  readonly excerpt?: Float32Array;
  /** With `format: 'auto'`: most stored bits for each sample. Default 4.5. */
  readonly bitsPerSample?: number;
};

/** The options with the choice made, where the format is `auto`. */
export function resolveFormat(engine: Engine, options: AutomaticOptions<BlockOptions>): BlockOptions {
  const { excerpt, bitsPerSample, ...rest } = options;
  if (rest.format !== 'auto') {
    if (excerpt !== undefined) throwRange('excerpt', "none but beside format 'auto'", excerpt);
    if (bitsPerSample !== undefined) throwRange('bitsPerSample', "none but beside format 'auto'", bitsPerSample);
    return rest;
  }
  if (excerpt === undefined) throwType('excerpt', "a Float32Array beside format 'auto'", excerpt);
  checkOptions("format 'auto'", rest, ['format', 'rotation', 'seed']);
  const { rotation, seed } = rest;
  const rotations = rotation === undefined ? undefined : [rotation];
  return selectFormat(engine, excerpt, { bitsPerSample, rotations, seed }).options;
}

/** The names of the options that `resolveFormat` adds. */
export const automaticOptionNames: readonly string[] = ['excerpt', 'bitsPerSample'];
