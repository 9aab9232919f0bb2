/**
 * Packed sample bytes and planes of floats: the little-endian, interleaved layout that WAV and raw streams carry, on one
 * side, and one Float32Array or Float64Array a channel on the other.
 *
 * The rule: the integer k of b bits is the value k / 2^(b−1), so −1 is the lowest integer and +1 lies one step above the
 * highest. `u8` is offset binary: its byte stands for k = byte − 128. Back to integers a value v becomes v·2^(b−1),
 * rounded half to even and saturated. Hence
 *
 * - u8, i16 and i24 survive a way through Float32 planes bit for bit, and i32 a way through Float64 planes;
 * - i32 through Float32 planes keeps the 24 leading bits of each sample and loses the rest;
 * - f32 and f64 are copied as they are when read, whatever they hold, NaN included.
 *
 * Everything here is exact or correctly rounded arithmetic in a fixed order: the same samples give the same bytes on
 * every machine.
 */
import { checkBytes, checkInteger, checkNumber, checkOneOf, checkOptions, throwType } from '../engine/check.js';

/** How one sample is stored: unsigned or signed integer, or IEEE 754 float, with its bits. */
export type SampleFormat = 'u8' | 'i16' | 'i24' | 'i32' | 'f32' | 'f64';

/** One channel of samples. */
export type SamplePlane = Float32Array | Float64Array;

/** The samples of a stretch of time, one plane a channel, all of one kind. */
export type SamplePlanes = readonly Float32Array[] | readonly Float64Array[];

export const SAMPLE_FORMATS: readonly SampleFormat[] = Object.freeze(['u8', 'i16', 'i24', 'i32', 'f32', 'f64']);

const BYTES: Readonly<Record<SampleFormat, number>> = { u8: 1, i16: 2, i24: 3, i32: 4, f32: 4, f64: 8 };

/** 2^(b−1) for integers of so many bytes. */
const SCALES: Readonly<Record<number, number>> = { 1: 128, 2: 32768, 3: 8388608, 4: 2147483648 };

/** More channels than any layout in use (22.2 sound has 24), few enough that one frame stays below a kilobyte. */
export const MAX_CHANNELS = 64;

/** 1.5·2^52: adding and taking it away again leaves a float64 below 2^51 rounded to the even neighbour on a tie. */
const ROUND_TO_INTEGER = 6755399441055744;

const LARGEST_FLOAT32 = 3.4028234663852886e38;

/** Bytes one sample takes in the format. */
export function bytesPerSample(format: SampleFormat): number {
  return BYTES[checkOneOf('format', format, SAMPLE_FORMATS)];
}

/** Whether the format stores integers, which dither and saturation are about. */
export function isIntegerFormat(format: SampleFormat): boolean {
  return format !== 'f32' && format !== 'f64';
}

/** `channels` planes of Float32Array or all of Float64Array, of equal length, which is returned. */
export function checkSamplePlanes(title: string, planes: SamplePlanes, channels: number): number {
  if (!Array.isArray(planes)) throwType(title, `an array of ${channels} Float32Array or Float64Array planes`, planes);
  if (planes.length !== channels) throw new RangeError(`${title} expected ${channels} planes, got ${planes.length}`);
  const kind = planes[0] instanceof Float64Array ? Float64Array : Float32Array;
  for (let channel = 0; channel < channels; channel++) {
    if (!(planes[channel] instanceof kind)) throwType(`${title}[${channel}]`, `a ${kind.name}`, planes[channel]);
    if (planes[channel].length !== planes[0].length) {
      throw new RangeError(
        `${title}[${channel}] expected ${planes[0].length} frames as in plane 0, got ${planes[channel].length}`,
      );
    }
  }
  return planes[0].length;
}

function checkRoom(
  format: SampleFormat,
  bytes: Uint8Array,
  byteOffset: number,
  planes: SamplePlanes,
  planeOffset: number,
  frames: number,
): void {
  const length = checkSamplePlanes('planes', planes, checkInteger('planes.length', planes?.length, 1, MAX_CHANNELS));
  checkInteger('planeOffset', planeOffset, 0, length);
  checkInteger('frames', frames, 0, length - planeOffset);
  checkBytes('bytes', bytes);
  checkInteger('byteOffset', byteOffset, 0, bytes.length);
  const needed = frames * planes.length * BYTES[format];
  if (bytes.length - byteOffset < needed) {
    throw new RangeError(
      `bytes expected ${needed} bytes from ${byteOffset} on for ${frames} frames, got ${bytes.length - byteOffset}`,
    );
  }
}

/**
 * Reads interleaved sample bytes into planes, from `planeOffset` on. Floats are copied as they are; a float64 put into a
 * Float32 plane is rounded.
 *
 * Not for real time: it makes a view. Throws TypeError and RangeError where arguments do not fit each other.
 *
 * @example
 * ```ts
 * import { unpackSamples } from 'paley';
 * const left = new Float32Array(2);
 * unpackSamples('i16', Uint8Array.of(0x00, 0x40, 0x00, 0xc0), 0, [left], 0, 2);
 * console.log(left); // 0.5, -0.5
 * ```
 */
export function unpackSamples(
  format: SampleFormat,
  bytes: Uint8Array,
  byteOffset: number,
  planes: SamplePlanes,
  planeOffset: number,
  frames: number,
): void {
  const size = bytesPerSample(format);
  checkRoom(format, bytes, byteOffset, planes, planeOffset, frames);
  const stride = size * planes.length;
  const end = planeOffset + frames;
  // Floats go through a DataView because their bytes may lie at any alignment; integers are put together from bytes.
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let channel = 0; channel < planes.length; channel++) {
    const plane = planes[channel];
    let at = byteOffset + channel * size;
    if (format === 'u8') {
      for (let i = planeOffset; i < end; i++, at += stride) plane[i] = (bytes[at] - 128) / 128;
    } else if (format === 'i16') {
      for (let i = planeOffset; i < end; i++, at += stride) {
        plane[i] = (((bytes[at] | (bytes[at + 1] << 8)) << 16) >> 16) / 32768;
      }
    } else if (format === 'i24') {
      for (let i = planeOffset; i < end; i++, at += stride) {
        plane[i] = (((bytes[at] << 8) | (bytes[at + 1] << 16) | (bytes[at + 2] << 24)) >> 8) / 8388608;
      }
    } else if (format === 'i32') {
      for (let i = planeOffset; i < end; i++, at += stride) {
        plane[i] = (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) / 2147483648;
      }
    } else if (format === 'f32') {
      for (let i = planeOffset; i < end; i++, at += stride) plane[i] = view.getFloat32(at, true);
    } else {
      for (let i = planeOffset; i < end; i++, at += stride) plane[i] = view.getFloat64(at, true);
    }
  }
}

/** A mixing of 32 bits in which every input bit reaches every output bit (Chris Wellons, 2018: "lowbias32"). */
function mix(value: number): number {
  let x = value | 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return x ^ (x >>> 16);
}

/** What is added before rounding to integers. */
export const DITHERS = Object.freeze(['none', 'tpdf', 'shaped'] as const);

export type Dither = (typeof DITHERS)[number];

/**
 * Noise shaping: the errors of the last samples, so weighted, are taken off the next one, which gives the error the
 * spectrum |1 − Σ c[i]·z^−i|². For 44.1 and 48 kHz the ear's own curve turned round, at its lowest about 4 and 12 kHz
 * (Lipshitz, Vanderkooy and Wannamaker, Minimally Audible Noise Shaping, 1991: the five-tap filter); for other rates,
 * where nothing is known of who listens, (1 − z⁻¹)², which takes the noise away from the low frequencies.
 */
const AUDIO_SHAPING: readonly number[] = [2.033, -2.165, 1.959, -1.59, 0.6149];
const PLAIN_SHAPING: readonly number[] = [2, -1, 0, 0, 0];
const AUDIO_RATES = { lowest: 40000, highest: 52000 };
/** An error is at most half a step and the dither's one; clipping makes larger ones, which must not be fed back. */
const LARGEST_ERROR = 1.5;

/** How planes are packed. */
export interface SamplePackerOptions {
  sampleFormat: SampleFormat;
  /** 1 to 64. */
  channels: number;
  /**
   * `tpdf` adds triangular noise of ±1 step before rounding to integers, which turns the error of rounding into noise that
   * does not depend on the signal (Lipshitz, Wannamaker and Vanderkooy, 1992). `shaped` does so and moves that noise to
   * where it is heard least, or for rates other than 44.1 and 48 kHz to high frequencies. Default `none`: a file that only
   * passes through keeps its bits.
   */
  dither?: Dither;
  /** In hertz: what `shaped` goes by. Default 48000. */
  sampleRate?: number;
  /** Seed of the dither, 0 to 2^32 − 1; default 0. */
  seed?: number;
}

/**
 * Turns planes into interleaved sample bytes, counting what did not fit.
 *
 * The dither of a sample depends on the seed, its channel and its frame index alone, and the shaping on what came before
 * in its channel, so the bytes are the same however the stream is cut.
 *
 * @example
 * ```ts
 * import { SamplePacker } from 'paley';
 * const packer = new SamplePacker({ sampleFormat: 'i16', channels: 1 });
 * const bytes = new Uint8Array(4);
 * packer.pack([Float32Array.of(0.5, 1.5)], 0, 2, bytes, 0); // 00 40 ff 7f
 * console.log(packer.clipped); // 1
 * ```
 */
export class SamplePacker {
  readonly sampleFormat: SampleFormat;
  readonly channels: number;
  readonly dither: Dither;
  /** Bytes one frame takes. */
  readonly bytesPerFrame: number;
  readonly #seed: number;
  readonly #shaping: readonly number[] | undefined;
  /** The last errors of every channel, the latest first. */
  readonly #errors: Float64Array;
  #clipped = 0;
  #replaced = 0;
  #frame = 0;

  constructor(options: SamplePackerOptions) {
    checkOptions('SamplePacker', options, ['sampleFormat', 'channels', 'dither', 'sampleRate', 'seed']);
    this.sampleFormat = checkOneOf('sampleFormat', options.sampleFormat, SAMPLE_FORMATS);
    this.channels = checkInteger('channels', options.channels, 1, MAX_CHANNELS);
    this.dither = checkOneOf('dither', options.dither ?? 'none', DITHERS);
    const sampleRate = checkNumber('sampleRate', options.sampleRate ?? 48000, Number.MIN_VALUE, Number.MAX_VALUE);
    this.#seed = checkInteger('seed', options.seed ?? 0, 0, 0xffffffff);
    if (this.dither !== 'none' && !isIntegerFormat(this.sampleFormat)) {
      throw new RangeError(`dither expected an integer sample format to round to, got ${this.sampleFormat}`);
    }
    const audio = sampleRate >= AUDIO_RATES.lowest && sampleRate <= AUDIO_RATES.highest;
    if (this.dither === 'shaped') this.#shaping = audio ? AUDIO_SHAPING : PLAIN_SHAPING;
    this.#errors = new Float64Array(AUDIO_SHAPING.length * this.channels);
    this.bytesPerFrame = this.channels * BYTES[this.sampleFormat];
  }

  /** Samples so far that lay beyond the format's range and were set to its end. */
  get clipped(): number {
    return this.#clipped;
  }

  /** NaN and infinities so far; each became zero. */
  get replaced(): number {
    return this.#replaced;
  }

  /**
   * Writes `frames` frames of the planes, from `planeOffset` on, into `bytes` at `byteOffset`.
   *
   * Not for real time. Throws TypeError and RangeError where arguments do not fit each other; never for a sample's value.
   */
  pack(planes: SamplePlanes, planeOffset: number, frames: number, bytes: Uint8Array, byteOffset: number): void {
    checkSamplePlanes('planes', planes, this.channels);
    checkRoom(this.sampleFormat, bytes, byteOffset, planes, planeOffset, frames);
    const size = BYTES[this.sampleFormat];
    for (let channel = 0; channel < this.channels; channel++) {
      const at = byteOffset + channel * size;
      if (isIntegerFormat(this.sampleFormat)) {
        this.#packIntegers(planes[channel], channel, planeOffset, frames, bytes, at);
      } else {
        this.#packFloats(planes[channel], planeOffset, frames, bytes, at);
      }
    }
    this.#frame += frames;
  }

  #packIntegers(
    plane: SamplePlane,
    channel: number,
    planeOffset: number,
    frames: number,
    bytes: Uint8Array,
    byteOffset: number,
  ): void {
    const size = BYTES[this.sampleFormat];
    const stride = this.bytesPerFrame;
    const scale = SCALES[size];
    const high = scale - 1;
    // On a tie the even neighbour wins: scale (out of range) above, −scale (in range) below.
    const tooHigh = high + 0.5;
    const tooLow = -scale - 0.5;
    const key = mix(this.#seed ^ mix(channel + 1));
    const shaping = this.#shaping;
    const errors = this.#errors;
    const latest = channel * AUDIO_SHAPING.length;
    let clipped = 0;
    let replaced = 0;
    let at = byteOffset;
    for (let i = 0; i < frames; i++, at += stride) {
      let sample = plane[planeOffset + i];
      if (!Number.isFinite(sample)) {
        replaced++;
        sample = 0;
      }
      let value = sample * scale;
      if (shaping !== undefined) for (let j = 0; j < shaping.length; j++) value -= shaping[j] * errors[latest + j];
      const wanted = value;
      if (this.dither !== 'none') {
        const frame = this.#frame + i;
        const noise = mix(mix(frame ^ key) ^ Math.floor(frame / 4294967296));
        value += ((noise & 0xffff) - (noise >>> 16)) / 65536;
      }
      let integer: number;
      if (value >= tooHigh) {
        clipped++;
        integer = high;
      } else if (value < tooLow) {
        clipped++;
        integer = -scale;
      } else {
        integer = value + ROUND_TO_INTEGER - ROUND_TO_INTEGER;
      }
      if (shaping !== undefined) {
        for (let j = shaping.length - 1; j > 0; j--) errors[latest + j] = errors[latest + j - 1];
        errors[latest] = Math.max(-LARGEST_ERROR, Math.min(integer - wanted, LARGEST_ERROR));
      }
      if (size === 1) {
        bytes[at] = integer + 128;
        continue;
      }
      bytes[at] = integer;
      bytes[at + 1] = integer >> 8;
      if (size > 2) bytes[at + 2] = integer >> 16;
      if (size > 3) bytes[at + 3] = integer >> 24;
    }
    this.#clipped += clipped;
    this.#replaced += replaced;
  }

  #packFloats(plane: SamplePlane, planeOffset: number, frames: number, bytes: Uint8Array, byteOffset: number): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const single = this.sampleFormat === 'f32';
    let at = byteOffset;
    for (let i = 0; i < frames; i++, at += this.bytesPerFrame) {
      let sample = plane[planeOffset + i];
      if (!Number.isFinite(sample)) {
        this.#replaced++;
        sample = 0;
      }
      if (single) {
        const rounded = Math.fround(sample);
        if (!Number.isFinite(rounded)) {
          this.#clipped++;
          sample = sample > 0 ? LARGEST_FLOAT32 : -LARGEST_FLOAT32;
        }
        view.setFloat32(at, sample, true);
      } else {
        view.setFloat64(at, sample, true);
      }
    }
  }
}
