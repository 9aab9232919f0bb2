/**
 * Writes WAV as a stream: RIFF, or RF64 beyond 4 GiB. Sizes are right from the start where `frames` is told, are put right
 * by `finish` where the sink can go back, and stay 0xFFFFFFFF, 'unknown', on a pipe.
 */
import { checkInteger, checkOneOf, checkOptions, throwRange, throwType } from '../engine/check.js';
import { MAX_SAMPLE_RATE, MIN_SAMPLE_RATE, SIZE_ELSEWHERE } from './_wav-format.js';
import { buildHeader, riffSize, type WavHeader } from './_wav-header.js';
import type { ByteSink } from './byte-io.js';
import {
  checkSamplePlanes,
  type Dither,
  MAX_CHANNELS,
  SAMPLE_FORMATS,
  type SampleFormat,
  SamplePacker,
  type SamplePlanes,
} from './sample-format.js';

const BUFFER_BYTES = 262144;

/** The largest frame count whose file size is still a safe integer at 64 channels of 8 bytes. */
const MAX_FRAMES = 2 ** 44;

/** What a WAV file is to hold. */
export interface WavWriterOptions {
  /** Whole hertz, 1 to 10 000 000: WAV has no fractions. */
  sampleRate: number;
  /** 1 to 64. */
  channels: number;
  sampleFormat: SampleFormat;
  /** How many frames there will be, where that is known: the header is then right from the first byte. */
  frames?: number;
  /**
   * The loudspeaker of each channel, a bit each in the order of WAVE_FORMAT_EXTENSIBLE; written where the extensible form
   * is. Default: front centre for one channel, front left and right for two, none for more, which may be sensors.
   */
  channelMask?: number;
  /** Dither when rounding to integers; see SamplePacker. Default `none`. */
  dither?: Dither;
  /** Seed of the dither. Default 0. */
  seed?: number;
}

/**
 * Writes frames to a sink as a WAV file. The sink is not closed: that is for whoever made it, once `finish` has returned.
 *
 * @example
 * ```ts
 * import { MemorySink, WavWriter } from 'paley';
 * const sink = new MemorySink();
 * const writer = new WavWriter(sink, { sampleRate: 48000, channels: 1, sampleFormat: 'f32', frames: 3 });
 * await writer.write([Float32Array.of(0.1, 0.2, 0.3)]);
 * await writer.finish();
 * await sink.close();
 * ```
 */
export class WavWriter {
  readonly sampleRate: number;
  readonly channels: number;
  readonly sampleFormat: SampleFormat;
  readonly #sink: ByteSink;
  readonly #packer: SamplePacker;
  readonly #header: WavHeader;
  readonly #buffer: Uint8Array;
  #buffered = 0;
  #started = false;
  #finished = false;
  #framesWritten = 0;

  /** Throws TypeError and RangeError for options that no WAV file can hold, a fractional sample rate among them. */
  constructor(sink: ByteSink, options: WavWriterOptions) {
    if (typeof sink?.write !== 'function') throwType('sink', 'a ByteSink', sink);
    checkOptions('WavWriter', options, [
      'sampleRate',
      'channels',
      'sampleFormat',
      'frames',
      'channelMask',
      'dither',
      'seed',
    ]);
    const { frames, dither, seed } = options;
    this.#sink = sink;
    if (typeof options.sampleRate === 'number' && options.sampleRate > 0 && !Number.isInteger(options.sampleRate)) {
      throwRange('sampleRate', 'whole hertz, the only rates WAV can hold', options.sampleRate);
    }
    this.sampleRate = checkInteger('sampleRate', options.sampleRate, MIN_SAMPLE_RATE, MAX_SAMPLE_RATE);
    this.channels = checkInteger('channels', options.channels, 1, MAX_CHANNELS);
    this.sampleFormat = checkOneOf('sampleFormat', options.sampleFormat, SAMPLE_FORMATS);
    if (frames !== undefined) checkInteger('frames', frames, 0, MAX_FRAMES);
    const speakers = this.channels === 1 ? 0x4 : this.channels === 2 ? 0x3 : 0;
    const header: WavHeader = {
      sampleRate: this.sampleRate,
      channels: this.channels,
      sampleFormat: this.sampleFormat,
      channelMask: checkInteger('channelMask', options.channelMask ?? speakers, 0, 0xffffffff),
      wide: frames === undefined && sink.patch !== undefined,
      frames,
    };
    const large = frames !== undefined && riffSize(header, frames) >= SIZE_ELSEWHERE;
    this.#header = large ? { ...header, wide: true } : header;
    this.#packer = new SamplePacker({
      sampleFormat: this.sampleFormat,
      channels: this.channels,
      dither,
      sampleRate: this.sampleRate,
      seed,
    });
    this.#buffer = new Uint8Array(BUFFER_BYTES - (BUFFER_BYTES % this.#packer.bytesPerFrame));
  }

  get framesWritten(): number {
    return this.#framesWritten;
  }

  /** Samples so far beyond the format's range, set to its end. */
  get clipped(): number {
    return this.#packer.clipped;
  }

  /** NaN and infinities so far, written as zero. */
  get replaced(): number {
    return this.#packer.replaced;
  }

  /**
   * Appends the first `frames` frames of the planes, by default all. Bytes reach the sink in pieces of 256 KiB; `flush`
   * sends them at once. Throws RangeError for more frames than were promised.
   */
  async write(planes: SamplePlanes, frames?: number): Promise<void> {
    if (this.#finished) throw new Error('WavWriter was written to after finish()');
    const length = checkSamplePlanes('planes', planes, this.channels);
    const count = frames === undefined ? length : checkInteger('frames', frames, 0, length);
    const promised = this.#header.frames;
    if (this.#framesWritten + count > (promised ?? MAX_FRAMES)) {
      throw new RangeError(
        `write expected ${promised ?? MAX_FRAMES} frames in all, got ${this.#framesWritten + count}`,
      );
    }
    const { bytesPerFrame } = this.#packer;
    for (let done = 0; done < count; ) {
      const room = Math.floor((this.#buffer.length - this.#buffered) / bytesPerFrame);
      const step = Math.min(room, count - done);
      this.#packer.pack(planes, done, step, this.#buffer, this.#buffered);
      this.#buffered += step * bytesPerFrame;
      this.#framesWritten += step;
      done += step;
      if (this.#buffered === this.#buffer.length) await this.flush();
    }
  }

  /** Sends what has been written so far to the sink. */
  async flush(): Promise<void> {
    if (!this.#started) {
      this.#started = true;
      await this.#sink.write(buildHeader(this.#header));
    }
    if (this.#buffered === 0) return;
    await this.#sink.write(this.#buffer.subarray(0, this.#buffered));
    this.#buffered = 0;
  }

  /**
   * Ends the file: sends what is left and puts the sizes right. Throws RangeError where fewer frames came than were
   * promised and the sink cannot go back to say so.
   */
  async finish(): Promise<void> {
    if (this.#finished) return;
    const { frames } = this.#header;
    if (frames !== undefined && frames !== this.#framesWritten && !this.#sink.patch) {
      throw new RangeError(`finish expected the promised ${frames} frames, got ${this.#framesWritten}`);
    }
    await this.flush();
    this.#finished = true;
    const dataBytes = this.#framesWritten * this.#packer.bytesPerFrame;
    // Where the length stays unknown everything to the end is samples, and a padding byte would be one of them.
    if (dataBytes % 2 === 1 && (frames !== undefined || this.#sink.patch)) await this.#sink.write(Uint8Array.of(0));
    if (frames !== this.#framesWritten) {
      await this.#sink.patch?.(0, buildHeader({ ...this.#header, frames: this.#framesWritten }));
    }
  }
}
