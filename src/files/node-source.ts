/** Files and standard input of Node as byte sources. */
import { type FileHandle, open } from 'node:fs/promises';
import { checkInteger } from '../engine/check.js';
import type { AudioReader } from './audio-reader.js';
import { type ByteSource, IterableSource } from './byte-io.js';
import { type OpenAudioOptions, openAudio } from './decode.js';

/** Says what could not be done to which file, and why, without the system call that Node's messages end in. */
export function fileError(doing: string, path: string, cause: unknown): Error {
  const { message, code } = cause as NodeJS.ErrnoException;
  const reason = code && message.startsWith(`${code}: `) ? message.slice(code.length + 2).split(', ', 1)[0] : message;
  return Object.assign(new Error(`cannot ${doing} ${path}: ${reason}`, { cause }), { code });
}

/**
 * A file as a byte source. Its size is known if it is a regular file; a device or a named pipe is read until it ends.
 *
 * @example
 * ```ts
 * import { WavReader } from 'paley';
 * import { FileSource } from 'paley/node';
 * const source = await FileSource.open('recording.wav');
 * const wav = await WavReader.open(source);
 * console.log(wav.format);
 * await wav.close();
 * ```
 */
export class FileSource implements ByteSource {
  readonly path: string;
  readonly size: number | undefined;
  /** Only of a regular file. */
  readonly skip?: (count: number) => Promise<number>;
  /** Only of a regular file. */
  readonly readAt?: (into: Uint8Array, position: number) => Promise<number>;
  /** Only of a regular file. */
  readonly seek?: (position: number) => void;
  readonly #handle: FileHandle;
  #position = 0;

  private constructor(path: string, handle: FileHandle, size: number | undefined) {
    this.path = path;
    this.#handle = handle;
    this.size = size;
    if (size === undefined) return;
    this.skip = async (count) => {
      const skipped = Math.max(0, Math.min(count, size - this.#position));
      this.#position += skipped;
      return skipped;
    };
    this.readAt = async (into, position) => {
      try {
        return (await this.#handle.read(into, 0, into.length, position)).bytesRead;
      } catch (error) {
        throw fileError('read', path, error);
      }
    };
    this.seek = (position) => {
      this.#position = checkInteger('position', position, 0, size);
    };
  }

  /** Opens a file; throws an Error in one line, with Node's `code`, where that cannot be. */
  static async open(path: string): Promise<FileSource> {
    let handle: FileHandle | undefined;
    try {
      handle = await open(path, 'r');
      const stats = await handle.stat();
      if (stats.isDirectory()) throw new Error('it is a directory');
      // Files of /proc call themselves regular and empty, and are neither.
      return new FileSource(path, handle, stats.isFile() && stats.size > 0 ? stats.size : undefined);
    } catch (error) {
      await handle?.close();
      throw fileError('read', path, error);
    }
  }

  async read(into: Uint8Array): Promise<number> {
    try {
      const position = this.size === undefined ? null : this.#position;
      const { bytesRead } = await this.#handle.read(into, 0, into.length, position);
      this.#position += bytesRead;
      return bytesRead;
    } catch (error) {
      throw fileError('read', this.path, error);
    }
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

/** Standard input as a byte source. */
export function stdinSource(): ByteSource {
  return new IterableSource(process.stdin);
}

/**
 * Opens a recording in a file by its path, as `openAudio` does; closing the reader closes the file.
 *
 * @example
 * ```ts
 * import { openAudioFile } from 'paley/node';
 * const reader = await openAudioFile('song.flac');
 * console.log(reader.format.sampleRate, reader.format.channels);
 * await reader.close();
 * ```
 */
export async function openAudioFile(path: string, options: OpenAudioOptions = {}): Promise<AudioReader> {
  const source = await FileSource.open(path);
  try {
    return await openAudio(source, { name: path, ...options });
  } catch (error) {
    await source.close();
    throw error;
  }
}
