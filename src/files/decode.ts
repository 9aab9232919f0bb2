/**
 * Opens a recording of whatever kind: WAV and QOA with our own readers, anything else through the optional package @audio/decode,
 * which is loaded when it is first needed. What a file is, is told by its bytes and not by its name.
 *
 * FLAC, MP3, Ogg Vorbis and Opus are decoded piece by piece as they are read. Of the other kinds the whole file and its
 * samples have to be in memory at once.
 */
import { BitstreamError } from '../engine/errors.js';
import { BufferedSource } from './_buffered-source.js';
import { FlacScale, flacStreamInfo } from './_flac.js';
import { MAGIC as QOA_MAGIC } from './_qoa-format.js';
import {
  describeUnknown,
  hasText,
  id3Length,
  isWav,
  mpegChannels,
  SNIFF_BYTES,
  type SniffedKind,
  sniff,
} from './_sniff.js';
import { MAX_SAMPLE_RATE } from './_wav-format.js';
import type { AudioFormat, AudioReader, Damage } from './audio-reader.js';
import { type ByteInput, toByteSource } from './byte-io.js';
import { QoaReader } from './qoa-reader.js';
import { checkSamplePlanes, MAX_CHANNELS, type SampleFormat, type SamplePlanes } from './sample-format.js';
import { WavReader } from './wav-reader.js';

const PIECE_BYTES = 65536;

/** The most that is taken into memory of a file that cannot be decoded piece by piece. */
const MAX_WHOLE_BYTES = 2 ** 30;

/** How a recording is opened. */
export interface OpenAudioOptions {
  /** Name of the file; only used to tell a file named .wav that it is none. */
  name?: string;
  /** Loads @audio/decode. Default: `() => import('@audio/decode')`. For those who keep it elsewhere. */
  loadDecoder?: () => Promise<unknown>;
}

/** What we use of @audio/decode 3. */
interface Pcm {
  readonly channelData: readonly Float32Array[];
  readonly sampleRate: number;
}
interface Decoder {
  (piece?: Uint8Array): Promise<Pcm>;
  free(): void;
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n', 1)[0].trim() || 'it gave no reason';
}

let quiet: Promise<unknown> = Promise.resolve();

/**
 * Some decoders tell of broken frames on the console only, a line each. For as long as one runs, which is within one turn
 * of the event loop, those lines are counted instead of shown. One at a time, or the console would not be put back.
 */
function withQuietConsole<T>(run: () => Promise<T>): Promise<{ result: T; lines: number }> {
  const turn = quiet.then(async () => {
    const { error, warn, log } = console;
    let lines = 0;
    const count = () => {
      lines++;
    };
    Object.assign(console, { error: count, warn: count, log: () => {} });
    try {
      const result = await run();
      return { result, lines };
    } finally {
      Object.assign(console, { error, warn, log });
    }
  });
  quiet = turn.catch(() => {});
  return turn;
}

async function createDecoder(kind: SniffedKind, load: () => Promise<unknown>): Promise<Decoder> {
  let loaded: { default?: unknown };
  try {
    loaded = (await load()) as { default?: unknown };
  } catch (cause) {
    throw new Error(`reading ${kind.name} needs the package @audio/decode: npm install @audio/decode`, { cause });
  }
  const table = (loaded.default ?? loaded) as Record<string, () => Promise<Decoder>>;
  if (typeof table[kind.id] !== 'function') throw new Error(`@audio/decode has no decoder for ${kind.name}`);
  try {
    return await table[kind.id]();
  } catch (cause) {
    throw new Error(`@audio/decode cannot decode ${kind.name}: ${firstLine(cause)}`, { cause });
  }
}

/** A recording that @audio/decode turns into samples. */
class DecodedReader implements AudioReader {
  readonly #kind: SniffedKind;
  readonly #source: BufferedSource;
  readonly #decoder: Decoder;
  #format!: AudioFormat;
  #flacScale: FlacScale | undefined;
  /** Decoded and not yet given out, from frame `#at` on. */
  #pcm: readonly Float32Array[] = [];
  #at = 0;
  /** 'feeding' until the source is at its end, 'ended' when the decoder has given its last. */
  #state: 'feeding' | 'ended' = 'feeding';
  #framesRead = 0;
  #missingFrames = 0;
  #complaints = 0;
  readonly #damage: Damage[] = [];

  private constructor(kind: SniffedKind, source: BufferedSource, decoder: Decoder) {
    this.#kind = kind;
    this.#source = source;
    this.#decoder = decoder;
  }

  static async open(kind: SniffedKind, source: BufferedSource, load: () => Promise<unknown>): Promise<DecodedReader> {
    const head = source.bytes.slice(source.start, source.end);
    const reader = new DecodedReader(kind, source, await createDecoder(kind, load));
    try {
      await reader.#openAt(head);
    } catch (error) {
      reader.#decoder.free();
      throw error;
    }
    return reader;
  }

  async #openAt(head: Uint8Array): Promise<void> {
    const info = flacStreamInfo(head);
    const first = await this.#next();
    if (!first) {
      throw new BitstreamError(`@audio/decode finds no samples in this ${this.#kind.name} data`, this.#source.position);
    }
    // The MP3 decoder gives mono as two equal channels, which @audio/decode folds back until they first differ, so that
    // a stereo recording that opens in silence starts with one channel there. The file's own header settles it.
    const channels = (this.#kind.id === 'mp3' && mpegChannels(head)) || first.channelData.length;
    const { sampleRate } = first;
    if (!(sampleRate >= 1 && sampleRate <= MAX_SAMPLE_RATE) || channels > MAX_CHANNELS) {
      throw new BitstreamError(
        `this ${this.#kind.name} data says ${channels} channels at ${sampleRate} Hz; 1 to ${MAX_CHANNELS} at 1 to ${MAX_SAMPLE_RATE} Hz are allowed`,
        0,
      );
    }
    const bitsPerSample = info?.bitsPerSample ?? 32;
    const integer: SampleFormat =
      bitsPerSample <= 8 ? 'u8' : bitsPerSample <= 16 ? 'i16' : bitsPerSample <= 24 ? 'i24' : 'i32';
    this.#format = Object.freeze({
      container: this.#kind.name,
      sampleRate,
      channels,
      sampleFormat: info ? integer : 'f32',
      bitsPerSample,
      frames: info?.frames,
    });
    if (info) this.#flacScale = new FlacScale(bitsPerSample);
    this.#accept(first);
  }

  get format(): AudioFormat {
    return this.#format;
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
    while (done < wanted) {
      const ready = this.#pcm.length === 0 ? 0 : this.#pcm[0].length - this.#at;
      if (ready === 0) {
        const next = await this.#next();
        if (!next) break;
        this.#accept(next);
        continue;
      }
      const frames = Math.min(ready, wanted - done);
      for (let channel = 0; channel < planes.length; channel++) {
        // A piece with fewer channels than the file has is one that was folded because they were equal in it.
        const from = this.#pcm[channel % this.#pcm.length];
        planes[channel].set(from.subarray(this.#at, this.#at + frames), done);
      }
      this.#at += frames;
      done += frames;
    }
    this.#framesRead += done;
    if (done < wanted && wanted > 0) this.#noteEnd();
    return done;
  }

  async close(): Promise<void> {
    if (this.#state !== 'ended') this.#decoder.free();
    this.#state = 'ended';
    this.#pcm = [];
    await this.#source.close();
  }

  #accept({ channelData, sampleRate }: Pcm): void {
    if (sampleRate !== this.#format.sampleRate) {
      throw new BitstreamError(
        `the sample rate changes from ${this.#format.sampleRate} to ${sampleRate} Hz within the recording`,
        this.#source.position,
      );
    }
    // Of MP3, and of the kinds decoded as a whole, equal channels may have been folded into one in a single piece.
    if (channelData.length !== this.#format.channels && this.#kind.streams && this.#kind.id !== 'mp3') {
      throw new BitstreamError(
        `the recording changes from ${this.#format.channels} to ${channelData.length} channels`,
        this.#source.position,
      );
    }
    if (channelData.some((plane) => plane.length !== channelData[0].length)) {
      throw new BitstreamError('@audio/decode gives channels of unequal length', this.#source.position);
    }
    this.#flacScale?.apply(channelData);
    this.#pcm = channelData;
    this.#at = 0;
  }

  /** The next samples there are, undefined at the end. */
  async #next(): Promise<Pcm | undefined> {
    while (this.#state === 'feeding') {
      const piece = await this.#piece();
      if (piece.length === 0) this.#state = 'ended';
      const pcm = await this.#decode(piece);
      if (pcm.channelData.length > 0 && pcm.channelData[0].length > 0) return pcm;
    }
    return undefined;
  }

  /** What the decoder is fed next: a fresh array, because decoders may keep it. Empty at the end. */
  async #piece(): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    let length = 0;
    do {
      const piece = new Uint8Array(PIECE_BYTES);
      const got = await this.#source.read(piece);
      if (got === 0) break;
      pieces.push(piece.subarray(0, got));
      length += got;
      if (length > MAX_WHOLE_BYTES) {
        throw new BitstreamError(
          `${this.#kind.name} is decoded as a whole, which is done up to ${MAX_WHOLE_BYTES / 2 ** 30} GiB`,
          this.#source.position,
        );
      }
    } while (!this.#kind.streams);
    const whole = new Uint8Array(length);
    let at = 0;
    for (const piece of pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    return whole;
  }

  /** Feeds the decoder, or flushes it with an empty piece. */
  async #decode(piece: Uint8Array): Promise<Pcm> {
    try {
      const { result, lines } = await withQuietConsole(() => this.#decoder(piece.length === 0 ? undefined : piece));
      this.#complaints += lines;
      return result;
    } catch (cause) {
      this.#state = 'ended';
      throw new BitstreamError(
        `@audio/decode cannot decode this ${this.#kind.name} data: ${firstLine(cause)}`,
        this.#source.position,
        { cause },
      );
    }
  }

  #noteEnd(): void {
    if (this.#complaints > 0) {
      const message = `the ${this.#kind.name} decoder reported ${this.#complaints} broken frames`;
      this.#damage.push({ byteOffset: this.#source.position, message });
      this.#complaints = 0;
    }
    const { frames } = this.#format;
    if (frames !== undefined && this.#framesRead < frames && this.#missingFrames === 0) {
      this.#missingFrames = frames - this.#framesRead;
      const message = `the ${this.#kind.name} file is damaged: ${this.#missingFrames} of ${frames} frames are missing`;
      this.#damage.push({ byteOffset: this.#source.position, message });
    }
  }
}

/**
 * Opens a recording for reading. The source is not closed when this throws.
 *
 * Throws BitstreamError, in one line, for what is no recording, or is one with an unusable header; Error for a kind that
 * needs @audio/decode where that is not installed.
 *
 * @example
 * ```ts
 * import { openAudio } from 'paley';
 * const response = await fetch('song.flac');
 * const reader = await openAudio(new Uint8Array(await response.arrayBuffer()));
 * const planes = Array.from({ length: reader.format.channels }, () => new Float32Array(4096));
 * for (let frames = await reader.read(planes); frames > 0; frames = await reader.read(planes)) {
 *   console.log(frames);
 * }
 * ```
 */
export async function openAudio(input: ByteInput, options: OpenAudioOptions = {}): Promise<AudioReader> {
  const { name = '', loadDecoder = () => import('@audio/decode') } = options;
  const source = input instanceof BufferedSource ? input : new BufferedSource(toByteSource(input));
  // A live WAV stream is opened by its first bytes; the marks of other kinds can stand much farther in.
  if (isWav(await look(source, 12))) return WavReader.open(source);
  let head = await look(source, SNIFF_BYTES);
  // A tag may be larger than any window and any kind may have one, so it goes before the kind is told.
  for (let tag = id3Length(head); tag > 0; tag = id3Length(head)) {
    if ((await source.skip(tag)) < tag) throw new BitstreamError('the file ends within its ID3 tag', source.position);
    head = await look(source, SNIFF_BYTES);
  }
  if (hasText(head, 0, QOA_MAGIC)) return QoaReader.open(source);
  const kind = sniff(head);
  if (kind) return DecodedReader.open(kind, source, loadDecoder);
  const what = /\.wave?$/i.test(name) ? 'no WAV file' : 'no recording of a known kind';
  throw new BitstreamError(`${what}: ${describeUnknown(head)}`, source.position);
}

/** A copy of the next bytes, up to `count` of them. */
async function look(source: BufferedSource, count: number): Promise<Uint8Array> {
  const available = await source.fill(count);
  return source.bytes.slice(source.start, source.start + Math.min(available, count));
}
