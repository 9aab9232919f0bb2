/** Reads QOA files safely: every count is held against the others and against the room there is before it is used. */
import { BitstreamError } from '../engine/errors.js';
import { BufferedSource } from './_buffered-source.js';
import {
  DEQUANTIZED,
  FILE_HEADER_BYTES,
  FRAME_HEADER_BYTES,
  type FrameHeader,
  FULL_FRAMES,
  frameBytes,
  isConsistent,
  MAGIC,
  readFrameHeader,
  SLICE_BYTES,
  SLICE_FRAMES,
  STATE_BYTES,
  TAPS,
} from './_qoa-format.js';
import { hasText } from './_sniff.js';
import { MAX_SAMPLE_RATE } from './_wav-format.js';
import type { AudioFormat, AudioReader, Damage } from './audio-reader.js';
import { type ByteInput, toByteSource } from './byte-io.js';
import { checkSamplePlanes, MAX_CHANNELS, type SamplePlanes } from './sample-format.js';

/** Places of damage told one by one: a file of nothing but damage must not fill the memory with reports of it. */
const MOST_REPORTS = 1000;

/**
 * A QOA file as a stream of frames. What its headers say more than once has to agree: a coded frame whose header does not
 * is decoded as the file's first header has it, and reported. QOA has no checksums: other damage is heard, not found.
 *
 * @example
 * ```ts
 * import { MemorySink, QoaReader, QoaWriter } from 'paley';
 * const sink = new MemorySink();
 * const writer = new QoaWriter(sink, { sampleRate: 44100, channels: 1 });
 * await writer.write([Float32Array.from({ length: 1000 }, (_, frame) => (frame % 100) / 100)]);
 * await writer.finish();
 *
 * const qoa = await QoaReader.open(sink.bytes);
 * const planes = [new Float32Array(1000)];
 * console.log(qoa.format.container, await qoa.read(planes)); // QOA 1000
 * ```
 */
export class QoaReader implements AudioReader {
  readonly format: AudioFormat;
  readonly #source: BufferedSource;
  readonly #damage: Damage[] = [];
  /** The coded frame decoded last, of which `#at` frames have been given out. */
  readonly #decoded: Int16Array[];
  #at = 0;
  #held = 0;
  readonly #history = new Int32Array(TAPS);
  readonly #weights = new Int32Array(TAPS);
  #framesDecoded = 0;
  #framesRead = 0;
  #missingFrames = 0;
  #isOver = false;

  private constructor(source: BufferedSource, frames: number, { channels, sampleRate }: FrameHeader) {
    this.#source = source;
    this.format = Object.freeze({
      container: 'QOA',
      sampleRate,
      channels,
      sampleFormat: 'i16',
      bitsPerSample: 16,
      frames: frames === 0 ? undefined : frames,
    });
    this.#decoded = Array.from({ length: channels }, () => new Int16Array(FULL_FRAMES));
  }

  /**
   * Reads the headers of the file and of its first frame; a file whose header says 0 frames is read to its end.
   *
   * Throws BitstreamError, with a line that says what is wrong and where, for what is no QOA file, ends within these
   * headers, or asks for more than 64 channels or a sample rate outside 1 Hz to 10 MHz.
   */
  static async open(input: ByteInput): Promise<QoaReader> {
    const source = input instanceof BufferedSource ? input : new BufferedSource(toByteSource(input));
    const available = await source.fill(FILE_HEADER_BYTES + FRAME_HEADER_BYTES);
    const head = source.bytes.subarray(source.start, source.end);
    if (!hasText(head, 0, MAGIC)) throw new BitstreamError('no QOA file: it does not start with qoaf', source.position);
    if (available < FILE_HEADER_BYTES + FRAME_HEADER_BYTES) {
      throw new BitstreamError('the QOA file ends before its first frame', source.position + available);
    }
    const view = new DataView(source.bytes.buffer, source.start);
    const first = readFrameHeader(view, FILE_HEADER_BYTES);
    const at = source.position + FILE_HEADER_BYTES;
    if (first.channels < 1 || first.channels > MAX_CHANNELS) {
      throw new BitstreamError(`the QOA file says ${first.channels} channels; 1 to ${MAX_CHANNELS} are allowed`, at);
    }
    if (first.sampleRate < 1 || first.sampleRate > MAX_SAMPLE_RATE) {
      throw new BitstreamError(`the QOA file says ${first.sampleRate} Hz; 1 to ${MAX_SAMPLE_RATE} are allowed`, at + 1);
    }
    const frames = view.getUint32(4);
    source.consume(FILE_HEADER_BYTES);
    return new QoaReader(source, frames, first);
  }

  get framesRead(): number {
    return this.#framesRead;
  }

  get missingFrames(): number {
    return this.#missingFrames;
  }

  get damage(): readonly Damage[] {
    return this.#damage;
  }

  async read(planes: SamplePlanes): Promise<number> {
    const wanted = checkSamplePlanes('planes', planes, this.format.channels);
    let done = 0;
    while (done < wanted && (this.#at < this.#held || (await this.#nextFrame()))) {
      const frames = Math.min(wanted - done, this.#held - this.#at);
      for (let channel = 0; channel < planes.length; channel++) {
        const [from, into] = [this.#decoded[channel], planes[channel]];
        for (let frame = 0; frame < frames; frame++) into[done + frame] = from[this.#at + frame] / 32768;
      }
      this.#at += frames;
      done += frames;
    }
    this.#framesRead += done;
    return done;
  }

  async close(): Promise<void> {
    await this.#source.close();
  }

  #note(byteOffset: number, message: string): void {
    if (this.#damage.length < MOST_REPORTS) this.#damage.push({ byteOffset, message });
  }

  /** Decodes the next coded frame, or as much of it as there is; false at the end. */
  async #nextFrame(): Promise<boolean> {
    if (this.#isOver) return false;
    const { channels, frames: total } = this.format;
    const left = total === undefined ? FULL_FRAMES : total - this.#framesDecoded;
    if (left === 0) return this.#end();
    const available = await this.#source.fill(FRAME_HEADER_BYTES);
    if (available < FRAME_HEADER_BYTES) return this.#endEarly(available);
    const view = new DataView(this.#source.bytes.buffer, this.#source.start);
    const layout = this.#layout(readFrameHeader(view, 0), left);
    const bytes = frameBytes(channels, layout);
    const held = Math.min(await this.#source.fill(bytes), bytes);
    // A slice of every channel is the least that gives frames.
    const prefix = FRAME_HEADER_BYTES + channels * STATE_BYTES;
    const rounds = Math.max(0, Math.floor((held - prefix) / (channels * SLICE_BYTES)));
    this.#held = Math.min(layout, rounds * SLICE_FRAMES, left);
    this.#at = 0;
    this.#decode(this.#held);
    this.#framesDecoded += this.#held;
    if (held < bytes) {
      this.#endEarly(held);
      return this.#held > 0;
    }
    if (layout > left) this.#note(this.#source.position, `the frame holds ${layout} samples where ${left} are left`);
    this.#source.consume(bytes);
    return true;
  }

  /** How many frames the coded frame holds, by its header or, where that cannot be, by what the first one makes of it. */
  #layout(header: FrameHeader, left: number): number {
    const { channels, sampleRate, frames: total } = this.format;
    const { position } = this.#source;
    const expected = Math.min(left, FULL_FRAMES);
    const isSame = header.channels === channels && header.sampleRate === sampleRate;
    if (isConsistent(header) && isSame) {
      if (header.frames < expected && total !== undefined) {
        this.#note(position, `a frame before the last holds ${header.frames} samples, not ${FULL_FRAMES}`);
      }
      return header.frames;
    }
    if (isConsistent(header) && total === undefined) {
      throw new BitstreamError(
        `the stream goes on with ${header.channels} channels at ${header.sampleRate} Hz, which is not read`,
        position,
      );
    }
    this.#note(position, "a frame's header contradicts itself or the first one");
    return expected;
  }

  /** Decodes the first `frames` frames of the coded frame that stands in the window. */
  #decode(frames: number): void {
    const { channels } = this.format;
    const view = new DataView(this.#source.bytes.buffer, this.#source.start);
    for (let channel = 0; channel < channels; channel++) {
      const state = FRAME_HEADER_BYTES + channel * STATE_BYTES;
      for (let tap = 0; tap < TAPS; tap++) {
        this.#history[tap] = view.getInt16(state + 2 * tap);
        this.#weights[tap] = view.getInt16(state + 2 * (TAPS + tap));
      }
      let at = FRAME_HEADER_BYTES + channels * STATE_BYTES + channel * SLICE_BYTES;
      for (let start = 0; start < frames; start += SLICE_FRAMES) {
        this.#decodeSlice(view, at, this.#decoded[channel], start, Math.min(start + SLICE_FRAMES, frames));
        at += channels * SLICE_BYTES;
      }
    }
  }

  #decodeSlice(view: DataView, at: number, out: Int16Array, start: number, end: number): void {
    let high = view.getUint32(at);
    let low = view.getUint32(at + 4);
    const table = (high >>> 28) << 3;
    let [h0, h1, h2, h3] = this.#history;
    let [w0, w1, w2, w3] = this.#weights;
    for (let frame = start; frame < end; frame++) {
      // The 60 bits of the codes move up by three from sample to sample, below the scale factor.
      const residual = DEQUANTIZED[table + ((high >>> 25) & 7)];
      high = (high << 3) | (low >>> 29);
      low <<= 3;
      const sum = (Math.imul(w0, h0) + Math.imul(w1, h1) + Math.imul(w2, h2) + Math.imul(w3, h3)) | 0;
      const value = (sum >> 13) + residual;
      const sample = Math.max(-32768, Math.min(32767, value));
      const delta = residual >> 4;
      // Weights have 16 bits in the file, and so here: players that keep more differ only where encoders let them run over.
      w0 = ((w0 + (h0 < 0 ? -delta : delta)) << 16) >> 16;
      w1 = ((w1 + (h1 < 0 ? -delta : delta)) << 16) >> 16;
      w2 = ((w2 + (h2 < 0 ? -delta : delta)) << 16) >> 16;
      w3 = ((w3 + (h3 < 0 ? -delta : delta)) << 16) >> 16;
      h0 = h1;
      h1 = h2;
      h2 = h3;
      h3 = sample;
      out[frame] = sample;
    }
    this.#history[0] = h0;
    this.#history[1] = h1;
    this.#history[2] = h2;
    this.#history[3] = h3;
    this.#weights[0] = w0;
    this.#weights[1] = w1;
    this.#weights[2] = w2;
    this.#weights[3] = w3;
  }

  /** All frames have come; what stands behind them is no part of the file. */
  async #end(): Promise<false> {
    this.#isOver = true;
    if ((await this.#source.fill(1)) > 0) this.#note(this.#source.position, 'bytes follow the last frame');
    return false;
  }

  /** The data end within a coded frame, or before one that the header promises. */
  #endEarly(held: number): false {
    this.#isOver = true;
    const { frames } = this.format;
    const at = this.#source.position + held;
    if (frames !== undefined) {
      this.#missingFrames = frames - this.#framesDecoded;
      this.#note(at, `the QOA file is cut short: ${this.#missingFrames} of ${frames} frames are missing`);
    } else if (held > 0) {
      this.#note(at, 'the data end within a frame');
    }
    return false;
  }
}
