/**
 * A .paley stream as a recording: packets decoded to frames, gaps filled with silence, and exactly as long as the
 * stream says.
 */
import {
  type ContainerEvent,
  formatFromHeader,
  type Metadata,
  type PacketsEvent,
  PaleyReader,
  readIndexes,
  type StreamHeader,
} from '../container/index.js';
import { Engine } from '../engine/engine.js';
import { BitstreamError, EngineMemoryError } from '../engine/errors.js';
import type { AudioFormat, AudioReader, ByteSource, Damage } from '../files/index.js';
import { Pipeline } from '../pipeline/index.js';
import { sameFormat } from '../stage/format.js';
import { type Rational, toNumber } from '../stage/rational.js';
import type { WaveParameters } from '../wave/index.js';
import { checkSilence } from './_silence.js';
import { plural } from './_units.js';
import { sampleFormatOf } from './_wave-settings.js';

const READ_BYTES = 65536;
/** Packets decoded at a time: so many, or so many frames of them. */
const PACKETS_AT_ONCE = 64;
const FRAMES_AT_ONCE = 16384;
/** Bytes of packets before any header that are kept for when it comes: more than the page that a short file is. */
const MOST_HEADLESS_BYTES = 2 ** 18;
/** Lost frames in a row that are concealed: after a second or so all is silent anyway. */
const MOST_CONCEALED = 65536;

/** A run of decoded frames, or of silence where there are no planes. */
interface Run {
  readonly frames: number;
  readonly planes?: Float32Array[];
}

/** The smallest format for the samples: integers where the codec codes those. */
function storageOf({ codec, parameters }: StreamHeader): Pick<AudioFormat, 'sampleFormat' | 'bitsPerSample'> {
  if (codec !== 'wave') return { sampleFormat: 'f32', bitsPerSample: 32 };
  const { sampleBits = 16 } = parameters as Partial<WaveParameters>;
  return { sampleFormat: sampleFormatOf(sampleBits), bitsPerSample: sampleBits };
}

/** The decoder for a header's packets. */
function makeDecoder(header: StreamHeader, engine: Engine): Pipeline {
  try {
    const quantum = Math.max(1, Math.min(PACKETS_AT_ONCE, Math.floor(FRAMES_AT_ONCE / header.framesPerPacket)));
    return Pipeline.from(formatFromHeader(header)).decode().build(engine, { quantum });
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError || error instanceof EngineMemoryError)) throw error;
    throw new BitstreamError(`the header asks for what cannot be decoded: ${error.message}`, 0);
  }
}

/** Reads a .paley source from its start to its end. */
export class PaleyRecording implements AudioReader {
  readonly format: AudioFormat;
  readonly sampleRate: Rational;
  readonly header: StreamHeader;
  readonly damage: Damage[] = [];
  /** Of the first stream that has any; what stands before the packets is here from the start. */
  metadata: Metadata | undefined;
  framesRead = 0;
  missingFrames = 0;
  readonly #source: ByteSource;
  #reader: PaleyReader;
  readonly #decoder: Pipeline;
  #runs: Run[] = [];
  /** Frames of `#runs[0]` already given out. */
  #taken = 0;
  /** Frames before the stream that is being read: of those it was appended to. */
  #base = 0;
  /** The frame, within its stream, that the next run begins at. */
  #next = 0;
  /** The last packet that came, not decoded yet: the stream may end within it. */
  #held: { bytes: Uint8Array; firstFrame: number } | undefined;
  #ended = false;
  /** The page wanted is the next to come; it holds packets before the one that decoding starts from. */
  #isFirstAfterSeek = false;
  readonly #chunk = new Uint8Array(READ_BYTES);

  private constructor(source: ByteSource, reader: PaleyReader, header: StreamHeader, decoder: Pipeline) {
    this.#source = source;
    this.#reader = reader;
    this.#decoder = decoder;
    this.header = header;
    this.sampleRate = header.sampleRate;
    this.format = {
      container: 'paley',
      sampleRate: toNumber(header.sampleRate),
      channels: header.channels.length,
      ...storageOf(header),
      frames: header.totalFrames,
    };
  }

  /**
   * Reads up to the first header and what follows it before the packets. Decodes on the engine given, or on one of its own.
   * @throws BitstreamError where there is none, or where its codec is not one of ours.
   */
  static async open(source: ByteSource, engine?: Engine): Promise<PaleyRecording> {
    const reader = new PaleyReader();
    const chunk = new Uint8Array(READ_BYTES);
    const events: ContainerEvent[] = [];
    let header: StreamHeader | undefined;
    let ended = false;
    let headlessBytes = 0;
    // Metadata stand before the packets.
    const hasBegun = () => events.some(({ type }) => type === 'metadata' || type === 'packets' || type === 'end');
    while (header === undefined || !(ended || hasBegun())) {
      const count = await source.read(chunk);
      ended = count === 0;
      const arrived = count === 0 ? reader.end() : reader.push(chunk.subarray(0, count));
      header ??= arrived.find((event) => event.type === 'header')?.header;
      if (count === 0 && header === undefined) throw new BitstreamError('no stream header', 0);
      // Packets that come before any header cannot be decoded yet; of many it is kept only where they were.
      for (const event of arrived) {
        if (event.type === 'packets' && header === undefined) headlessBytes += event.byteLength;
        const isTooMuch = event.type === 'packets' && headlessBytes > MOST_HEADLESS_BYTES;
        events.push(isTooMuch ? { ...event, packets: [] } : event);
      }
    }
    const decoder = makeDecoder(header, engine ?? (await Engine.load()));
    try {
      if (decoder.output.kind !== 'frames') {
        throw new BitstreamError('the stream carries the blocks of a transform, not a recording', 0);
      }
      const recording = new PaleyRecording(source, reader, header, decoder);
      recording.#ended = ended;
      for (const event of events) recording.#take(event);
      return recording;
    } catch (error) {
      decoder.dispose();
      throw error;
    }
  }

  /**
   * Goes on at the last place not behind a frame that decoding can start from, and returns its frame: by the index at the
   * file's end, without reading what stands before. Where there is none, or no way back in the source, that is frame 0.
   * To be called before anything is read.
   */
  async seek(frame: number): Promise<number> {
    const streams = await readIndexes(this.#source);
    if (streams === undefined) return 0;
    let base = 0;
    let stream = streams[0];
    for (const candidate of streams.slice(1)) {
      if (base + stream.frames > frame) break;
      base += stream.frames;
      stream = candidate;
    }
    const point = stream.points.findLast((candidate) => base + candidate.frame <= frame);
    if (point === undefined || (base === 0 && point.frame === 0)) return 0;
    if (!sameFormat(formatFromHeader(stream.header), this.#decoder.input)) return 0;
    this.#source.seek?.(stream.byteOffset + point.byteOffset);
    this.#reader = new PaleyReader({ lateJoin: true });
    this.#runs = [];
    this.#held = undefined;
    this.#ended = false;
    this.#base = base;
    this.#next = point.frame;
    this.#isFirstAfterSeek = true;
    this.damage.length = 0;
    this.missingFrames = 0;
    this.#decoder.reset();
    return base + point.frame;
  }

  async read(planes: readonly (Float32Array | Float64Array)[]): Promise<number> {
    const wanted = planes[0].length;
    let done = 0;
    while (done < wanted && (await this.#fill())) {
      const [run] = this.#runs;
      const frames = Math.min(wanted - done, run.frames - this.#taken);
      for (const [channel, plane] of planes.entries()) {
        if (run.planes) plane.set(run.planes[channel].subarray(this.#taken, this.#taken + frames), done);
        else plane.fill(0, done, done + frames);
      }
      this.#taken += frames;
      done += frames;
      if (this.#taken === run.frames) {
        this.#runs.shift();
        this.#taken = 0;
      }
    }
    this.framesRead += done;
    return done;
  }

  async close(): Promise<void> {
    this.#decoder.dispose();
    await this.#source.close?.();
  }

  /** Reads on until there is a run to give out; false at the end. */
  async #fill(): Promise<boolean> {
    while (this.#runs.length === 0 && !this.#ended) {
      const count = await this.#source.read(this.#chunk);
      const events = count === 0 ? this.#reader.end() : this.#reader.push(this.#chunk.subarray(0, count));
      for (const event of events) this.#take(event);
      this.#ended = count === 0;
    }
    return this.#runs.length > 0;
  }

  #take(event: ContainerEvent): void {
    if (event.type === 'packets') this.#takePackets(event);
    else if (event.type === 'metadata') this.metadata ??= event.metadata;
    else if (event.type === 'damage') this.#note(event.byteOffset, event.reason);
    else if (event.type === 'end') this.#endStream(event.frames ?? this.#next, event.complete, event.byteOffset);
    else if (event.type === 'header' && event.role === 'next') this.#startNext(event.header, event.byteOffset);
  }

  #note(byteOffset: number, message: string): void {
    this.damage.push({ byteOffset, message });
  }

  #takePackets({ packets: all, firstFrame, byteOffset }: PacketsEvent): void {
    const { framesPerPacket } = this.header;
    if (this.#isFirstAfterSeek && firstFrame > this.#next)
      this.#note(byteOffset, 'the page that the index names is damaged');
    const packets = this.#isFirstAfterSeek
      ? all.filter((_, at) => firstFrame + at * framesPerPacket >= this.#next)
      : all;
    let at = firstFrame + (all.length - packets.length) * framesPerPacket;
    this.#isFirstAfterSeek = false;
    const ready: Uint8Array[] = [];
    let readyFrom = 0;
    for (const { bytes } of packets) {
      if (this.#held) {
        if (ready.length === 0) readyFrom = this.#held.firstFrame;
        if (this.#held.firstFrame === readyFrom + ready.length * framesPerPacket) ready.push(this.#held.bytes);
        else {
          this.#decode(ready.splice(0), readyFrom, byteOffset);
          readyFrom = this.#held.firstFrame;
          ready.push(this.#held.bytes);
        }
      }
      this.#held = { bytes, firstFrame: at };
      at += framesPerPacket;
    }
    if (ready.length > 0) this.#decode(ready, readyFrom, byteOffset);
  }

  /** Decodes packets that follow each other, after silence for whatever is missing before them. */
  #decode(packets: Uint8Array[], firstFrame: number, byteOffset: number): void {
    if (firstFrame < this.#next) return;
    this.#conceal(firstFrame - this.#next);
    const { framesPerPacket } = this.header;
    try {
      if (packets.some(({ length }) => length > this.#decoder.inputPacketBytes)) {
        throw new BitstreamError('a packet is too long', byteOffset);
      }
      const faults = this.#decoder.faults;
      const planes = this.#decoder.process(packets) as Float32Array[];
      this.#push({ frames: planes[0].length, planes });
      const wrong = this.#decoder.faults - faults;
      if (wrong > 0) this.#note(byteOffset, `${plural(wrong, 'packet is', 'packets are')} not of ${this.header.codec}`);
    } catch (error) {
      if (!(error instanceof BitstreamError)) throw error;
      if (packets.length > 1) {
        for (const [index, packet] of packets.entries()) {
          this.#decode([packet], firstFrame + index * framesPerPacket, byteOffset);
        }
        return;
      }
      this.#note(byteOffset, `the packet of frame ${this.#base + firstFrame} is not one of ${this.header.codec}`);
      this.#conceal(framesPerPacket);
    }
  }

  #push(run: Run): void {
    if (run.frames === 0) return;
    this.#runs.push(run);
    this.#next += run.frames;
  }

  /** Fills a gap: with what the codec makes up for lost packets, where it does, and then with silence. */
  #conceal(frames: number): void {
    const { codec, framesPerPacket } = this.header;
    const lost = codec === 'wave' ? Math.floor(Math.min(frames, MOST_CONCEALED) / framesPerPacket) : 0;
    if (lost > 0) {
      this.missingFrames += lost * framesPerPacket;
      const planes = this.#decoder.process(Array.from({ length: lost }, () => new Uint8Array(0))) as Float32Array[];
      this.#push({ frames: planes[0].length, planes });
    }
    this.#silence(frames - lost * framesPerPacket);
  }

  #silence(frames: number): void {
    this.missingFrames += frames;
    checkSilence(this.missingFrames, this.#base + this.#next, this.format.channels);
    this.#push({ frames });
  }

  /** Gives out the packet held back, cut to the stream's length, and silence for what never came. */
  #endStream(frames: number, complete: boolean, byteOffset: number): void {
    const held = this.#held;
    this.#held = undefined;
    if (held) {
      const before = this.#runs.length;
      this.#decode([held.bytes], held.firstFrame, byteOffset);
      const excess = this.#next - frames;
      const last = this.#runs[this.#runs.length - 1];
      if (excess > 0 && this.#runs.length > before && excess <= last.frames) {
        const kept = last.frames - excess;
        this.#runs[this.#runs.length - 1] = {
          frames: kept,
          planes: last.planes?.map((plane) => plane.subarray(0, kept)),
        };
        if (kept === 0) this.#runs.pop();
        this.#next = frames;
      }
    }
    if (!complete && this.damage.length === 0) this.#note(byteOffset, 'the stream is cut short');
    this.#silence(Math.max(0, frames - this.#next));
  }

  #startNext(header: StreamHeader, byteOffset: number): void {
    if (!sameFormat(formatFromHeader(header), this.#decoder.input)) {
      throw new BitstreamError('a stream of another format is appended, which is not read', byteOffset);
    }
    this.#base += this.#next;
    this.#next = 0;
    this.#decoder.reset();
  }
}
