/** Writes QOA files: 3.2 bits a sample and 0.4 % of headers, for every player there is. */
import { checkInteger, checkOptions, throwType } from '../engine/check.js';
import {
  FILE_HEADER_BYTES,
  FRAME_HEADER_BYTES,
  FULL_FRAMES,
  frameBytes,
  MAGIC,
  MAX_QOA_CHANNELS,
  MAX_QOA_RATE,
  SLICE_BYTES,
  SLICE_FRAMES,
  STATE_BYTES,
  TAPS,
} from './_qoa-format.js';
import { ChannelSearch } from './_qoa-search.js';
import type { ByteSink } from './byte-io.js';
import { checkSamplePlanes, SamplePacker, type SamplePlanes } from './sample-format.js';

/** Paths that the search keeps, by effort. */
const WIDTHS = [1, 4, 8, 16];
const MAX_FRAMES = 0xffffffff;

/** What a QOA file is to hold. */
export interface QoaWriterOptions {
  /** Whole hertz, 1 to 16 777 215. */
  sampleRate: number;
  /** 1 to 8. */
  channels: number;
  /** How many frames there will be, where that is known: the header is then right from the first byte. */
  frames?: number;
  /** 1, as fast as it goes, to 4, as good as it gets. Default 3. */
  effort?: 1 | 2 | 3 | 4;
}

/**
 * Writes frames to a sink as a QOA file. The bitstream is the ordinary one; its codes are searched for, not taken one by
 * one, which is worth about 2 dB. The sink is not closed: that is for whoever made it, once `finish` has returned.
 *
 * The header says how many frames there are: where that was not told and the sink cannot go back, 0, for a stream of
 * unknown length, which not every player takes.
 *
 * @example
 * ```ts
 * import { MemorySink, QoaWriter } from 'paley';
 * const sink = new MemorySink();
 * const writer = new QoaWriter(sink, { sampleRate: 8000, channels: 1 });
 * await writer.write([new Float32Array(8000)]);
 * await writer.finish();
 * console.log((8 * sink.bytes.length) / 8000 < 3.26); // true
 * ```
 */
export class QoaWriter {
  readonly sampleRate: number;
  readonly channels: number;
  readonly #sink: ByteSink;
  readonly #promised: number | undefined;
  readonly #packer: SamplePacker;
  readonly #packed: Uint8Array;
  readonly #samples: Int16Array[];
  readonly #searches: ChannelSearch[];
  readonly #out: Uint8Array;
  #filled = 0;
  #framesWritten = 0;
  #hasStarted = false;
  #isFinished = false;

  /** Throws TypeError and RangeError for options that no QOA file can hold. */
  constructor(sink: ByteSink, options: QoaWriterOptions) {
    if (typeof sink?.write !== 'function') throwType('sink', 'a ByteSink', sink);
    checkOptions('QoaWriter', options, ['sampleRate', 'channels', 'frames', 'effort']);
    this.#sink = sink;
    this.sampleRate = checkInteger('sampleRate', options.sampleRate, 1, MAX_QOA_RATE);
    this.channels = checkInteger('channels', options.channels, 1, MAX_QOA_CHANNELS);
    const { frames } = options;
    // A file of no frames would read as one of unknown length, which is what it then is.
    this.#promised = frames === undefined ? undefined : checkInteger('frames', frames, 0, MAX_FRAMES);
    const width = WIDTHS[checkInteger('effort', options.effort ?? 3, 1, 4) - 1];
    this.#packer = new SamplePacker({ sampleFormat: 'i16', channels: this.channels });
    this.#packed = new Uint8Array(2 * this.channels * FULL_FRAMES);
    this.#samples = Array.from({ length: this.channels }, () => new Int16Array(FULL_FRAMES));
    this.#searches = Array.from({ length: this.channels }, () => new ChannelSearch(width));
    this.#out = new Uint8Array(frameBytes(this.channels, FULL_FRAMES));
  }

  get framesWritten(): number {
    return this.#framesWritten;
  }

  /** Samples so far beyond 16 bits, set to their end. */
  get clipped(): number {
    return this.#packer.clipped;
  }

  /** NaN and infinities so far, written as zero. */
  get replaced(): number {
    return this.#packer.replaced;
  }

  /**
   * Appends the first `frames` frames of the planes, by default all. Bytes reach the sink a coded frame of 5120 frames at
   * a time. Throws RangeError for more frames than were promised, or than the header's 32 bits can tell.
   */
  async write(planes: SamplePlanes, frames?: number): Promise<void> {
    if (this.#isFinished) throw new Error('QoaWriter was written to after finish()');
    const length = checkSamplePlanes('planes', planes, this.channels);
    const count = frames === undefined ? length : checkInteger('frames', frames, 0, length);
    const most = this.#promised ?? MAX_FRAMES;
    if (this.#framesWritten + count > most) {
      throw new RangeError(`write expected ${most} frames in all, got ${this.#framesWritten + count}`);
    }
    for (let done = 0; done < count; ) {
      const step = Math.min(count - done, FULL_FRAMES - this.#filled);
      this.#take(planes, done, step);
      done += step;
      this.#framesWritten += step;
      if (this.#filled === FULL_FRAMES) await this.#writeFrame();
    }
  }

  /** Ends the file: sends the last coded frame and puts the header right. */
  async finish(): Promise<void> {
    if (this.#isFinished) return;
    if (this.#promised !== undefined && this.#promised !== this.#framesWritten && !this.#sink.patch) {
      throw new RangeError(`finish expected the promised ${this.#promised} frames, got ${this.#framesWritten}`);
    }
    // Readers find channels and sample rate in a coded frame: one of a single silent sample says them where nothing came.
    if (this.#framesWritten === 0) {
      this.#samples.forEach((plane) => {
        plane[0] = 0;
      });
      this.#filled = 1;
    }
    if (this.#filled > 0) await this.#writeFrame();
    this.#isFinished = true;
    const frames = Math.max(1, this.#framesWritten);
    if (this.#promised !== frames) await this.#sink.patch?.(0, this.#fileHeader(frames));
  }

  #fileHeader(frames: number): Uint8Array {
    const header = new Uint8Array(FILE_HEADER_BYTES);
    for (let at = 0; at < MAGIC.length; at++) header[at] = MAGIC.charCodeAt(at);
    new DataView(header.buffer).setUint32(4, frames);
    return header;
  }

  #take(planes: SamplePlanes, from: number, count: number): void {
    this.#packer.pack(planes, from, count, this.#packed, 0);
    const view = new DataView(this.#packed.buffer);
    for (let frame = 0; frame < count; frame++) {
      for (let channel = 0; channel < this.channels; channel++) {
        this.#samples[channel][this.#filled + frame] = view.getInt16(2 * (frame * this.channels + channel), true);
      }
    }
    this.#filled += count;
  }

  async #writeFrame(): Promise<void> {
    const { channels } = this;
    const frames = this.#filled;
    const bytes = frameBytes(channels, frames);
    const view = new DataView(this.#out.buffer);
    view.setUint32(0, (channels << 24) | this.sampleRate);
    view.setUint16(4, frames);
    view.setUint16(6, bytes);
    const slices = Math.ceil(frames / SLICE_FRAMES);
    for (const [channel, search] of this.#searches.entries()) {
      const state = FRAME_HEADER_BYTES + channel * STATE_BYTES;
      for (let tap = 0; tap < TAPS; tap++) {
        view.setInt16(state + 2 * tap, search.history[tap]);
        view.setInt16(state + 2 * (TAPS + tap), search.weights[tap]);
      }
      search.encode(this.#samples[channel], frames);
      search.commit();
      let at = FRAME_HEADER_BYTES + channels * STATE_BYTES + channel * SLICE_BYTES;
      for (let slice = 0; slice < slices; slice++, at += channels * SLICE_BYTES) {
        view.setInt32(at, search.high[slice]);
        view.setInt32(at + 4, search.low[slice]);
      }
    }
    this.#filled = 0;
    if (!this.#hasStarted) {
      this.#hasStarted = true;
      await this.#sink.write(this.#fileHeader(this.#promised ?? 0));
    }
    await this.#sink.write(this.#out.subarray(0, bytes));
  }
}
