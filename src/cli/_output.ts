/** Writes what a command makes: a WAV or QOA file of frames or a .paley stream of packets, to a file or to a pipe. */
import { headerFromFormat, type Metadata, PaleyWriter } from '../container/index.js';
import {
  type ByteSink,
  type Dither,
  isIntegerFormat,
  QoaWriter,
  type QoaWriterOptions,
  type SampleFormat,
  WavWriter,
} from '../files/index.js';
import { FileSink, stdoutSink } from '../files/node.js';
import { keyTestOf } from '../pipeline/index.js';
import type { FramesFormat, PacketsFormat } from '../stage/format.js';
import type { Rational } from '../stage/rational.js';
import type { StreamData } from '../stage/stage.js';

/** Takes what a pipeline gives. Of frames, the first `frames` of each plane count. */
export interface Output {
  write(data: StreamData): Promise<void>;
  /** Completes the output, which has `frames` frames in all; only now the file gets its name. */
  finish(frames: number): Promise<void>;
  /** Leaves nothing behind. */
  abort(): Promise<void>;
  /** Bytes written, container and all. */
  readonly bytes: number;
  /** Samples that did not fit the sample format and were set to its ends. */
  readonly clipped: number;
}

/** A sink that counts, and that puts a failure to go on into words once. */
class CountingSink implements ByteSink {
  bytes = 0;
  readonly patch: ByteSink['patch'];
  readonly #sink: ByteSink;

  constructor(sink: ByteSink) {
    this.#sink = sink;
    this.patch = sink.patch && ((position, bytes) => (sink.patch as NonNullable<ByteSink['patch']>)(position, bytes));
  }

  write(bytes: Uint8Array): Promise<void> {
    this.bytes += bytes.length;
    return this.#sink.write(bytes);
  }

  close(): Promise<void> {
    return this.#sink.close();
  }

  abort(): Promise<void> {
    return this.#sink.abort();
  }
}

async function openSink(path: string, force: boolean): Promise<CountingSink> {
  return new CountingSink(path === '-' ? stdoutSink() : await FileSink.open(path, { force }));
}

/** Opens a WAV output for frames of a format. */
export async function openWavOutput(
  path: string,
  format: FramesFormat,
  options: {
    force: boolean;
    sampleFormat: SampleFormat;
    frames: number | undefined;
    channelMask?: number;
    dither?: Dither;
  },
): Promise<Output> {
  const { sampleRate, channels } = format;
  checkWholeRate('WAV', sampleRate);
  const { sampleFormat, frames, channelMask } = options;
  // What is not rounded needs no dither.
  const dither = isIntegerFormat(sampleFormat) ? options.dither : undefined;
  const sink = await openSink(path, options.force);
  const writer = new WavWriter(sink, {
    sampleRate: sampleRate.numerator,
    channels,
    sampleFormat,
    frames,
    channelMask,
    dither,
  });
  return samplesOutput(sink, writer);
}

/** What a writer of samples makes of a sink. */
function samplesOutput(sink: CountingSink, writer: WavWriter | QoaWriter): Output {
  return {
    write: (planes) => writer.write(planes as Float32Array[]),
    async finish() {
      await writer.finish();
      await sink.close();
    },
    abort: () => sink.abort(),
    get bytes() {
      return sink.bytes;
    },
    get clipped() {
      return writer.clipped;
    },
  };
}

function checkWholeRate(what: string, { numerator, denominator }: Rational): void {
  if (denominator === 1) return;
  throw new Error(`a ${what} file cannot hold the rate ${numerator}/${denominator} Hz: give a whole --rate`);
}

/** Opens a QOA output for frames of a format. */
export async function openQoaOutput(
  path: string,
  { sampleRate, channels }: FramesFormat,
  options: { force: boolean; effort: QoaWriterOptions['effort'] },
): Promise<Output> {
  checkWholeRate('QOA', sampleRate);
  const sink = await openSink(path, options.force);
  const writer = new QoaWriter(sink, { sampleRate: sampleRate.numerator, channels, effort: options.effort });
  return samplesOutput(sink, writer);
}

/**
 * Packets of wave lean on those before them, and a damaged byte costs its page and what follows up to a key. So pages are
 * small, but the first: what fits one page does without an index.
 */
const LATER_WAVE_PAGE_BYTES = 2 ** 14;

function makeWriter(format: PacketsFormat, metadata: Metadata | undefined): PaleyWriter {
  const laterPageBytes = format.codec === 'wave' ? LATER_WAVE_PAGE_BYTES : undefined;
  return new PaleyWriter(headerFromFormat(format), { metadata, laterPageBytes });
}

/** Bytes of the .paley file of these packets, and how many of them are there without any. */
export function paleyBytes(
  format: PacketsFormat,
  packets: readonly Uint8Array[],
  frames: number,
  metadata: Metadata | undefined,
): { total: number; fixed: number } {
  const isKey = keyTestOf(format);
  const count = (held: readonly Uint8Array[], length: number) => {
    const writer = makeWriter(format, metadata);
    const written = held.reduce((sum, packet) => {
      return sum + (writer.write(packet, { key: isKey(packet) })?.length ?? 0);
    }, 0);
    return written + writer.finish(length).length;
  };
  return { total: count(packets, frames), fixed: count([], 0) };
}

/** Opens a .paley output for packets of a format. */
export async function openPaleyOutput(
  path: string,
  format: PacketsFormat,
  { force, metadata }: { force: boolean; metadata: Metadata | undefined },
): Promise<Output> {
  const sink = await openSink(path, force);
  const writer = makeWriter(format, metadata);
  const isKey = keyTestOf(format);
  return {
    async write(packets) {
      for (const packet of packets as Uint8Array[]) {
        const bytes = writer.write(packet, { key: isKey(packet) });
        if (bytes) await sink.write(bytes);
      }
    },
    async finish(frames) {
      await sink.write(writer.finish(frames));
      await sink.patch?.(0, writer.firstHeader(frames));
      await sink.close();
    },
    abort: () => sink.abort(),
    get bytes() {
      return sink.bytes;
    },
    clipped: 0,
  };
}
