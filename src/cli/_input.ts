/** Opens what a command reads: a .paley stream, or any recording. */
import type { Metadata } from '../container/index.js';
import { BitstreamError } from '../engine/errors.js';
import { type AudioReader, type ByteSource, type Damage, openAudio } from '../files/index.js';
import { FileSource, stdinSource } from '../files/node.js';
import { type Rational, toRate } from '../stage/rational.js';
import { UsageError } from './_command.js';
import { PaleyRecording } from './_paley-recording.js';
import { checkSilence } from './_silence.js';

export const CONTAINERS = ['wav', 'paley', 'qoa'] as const;
/** Frames read from a recording at a time. */
export const FRAMES_PER_READ = 4096;

export type Container = (typeof CONTAINERS)[number];

/** The container a file's name asks for; undefined where its ending is neither. */
export function containerOf(path: string): Container | undefined {
  const ending = /\.([^./\\]+)$/.exec(path)?.[1].toLowerCase();
  return ending === 'wave' ? 'wav' : CONTAINERS.find((container) => container === ending);
}

/** The container of an input, by its name or by `--from-format`. */
export function inputContainer(path: string, given: Container | undefined): Container | undefined {
  if (path === '-' && given === undefined) throw new UsageError('reading from - needs --from-format wav, paley or qoa');
  return given ?? containerOf(path);
}

async function openSource(path: string): Promise<ByteSource> {
  return path === '-' ? stdinSource() : FileSource.open(path);
}

/** A recording being read, with its exact rate. */
export interface Recording extends AudioReader {
  readonly sampleRate: Rational;
  /** What the recording says about itself in words. */
  readonly metadata?: Metadata;
  /** Goes on at a frame, before anything has been read, or somewhere before it: where, is what it gives. */
  seek?(frame: number): Promise<number>;
}

/** Opens a source for `use`; where that fails the source is closed and the error says which file it was. */
export async function withSource<T>(path: string, use: (source: ByteSource) => Promise<T>): Promise<T> {
  const source = await openSource(path);
  try {
    if (source.size === 0) throw new BitstreamError('the file is empty', 0);
    return await use(source);
  } catch (error) {
    await source.close?.();
    throw error instanceof BitstreamError ? Object.assign(error, { message: `${path}: ${error.message}` }) : error;
  }
}

/** Opens a recording; closing it closes the file. */
export function openRecording(path: string, container: Container | undefined): Promise<Recording> {
  return withSource(path, (source) =>
    container === 'paley' ? PaleyRecording.open(source) : openPlainRecording(source, path),
  );
}

/** A recording that holds samples, filled up with silence to the length its header promises. */
async function openPlainRecording(source: ByteSource, path: string): Promise<Recording> {
  const reader = await openAudio(source, { name: path });
  let filled = 0;
  return {
    format: reader.format,
    sampleRate: toRate('sampleRate', reader.format.sampleRate),
    get framesRead() {
      return reader.framesRead + filled;
    },
    get missingFrames() {
      return reader.missingFrames;
    },
    get damage(): readonly Damage[] {
      return reader.damage;
    },
    async read(planes) {
      const count = await reader.read(planes);
      if (count === planes[0].length || reader.missingFrames === filled) return count;
      checkSilence(reader.missingFrames, reader.framesRead, planes.length);
      const silent = Math.min(planes[0].length - count, reader.missingFrames - filled);
      for (const plane of planes) plane.fill(0, count, count + silent);
      filled += silent;
      return count + silent;
    },
    close: () => reader.close(),
  };
}
