/** Files and standard output of Node as byte sinks. */
import { type FileHandle, link, open, realpath, rename, stat, unlink } from 'node:fs/promises';
import type { ByteSink } from './byte-io.js';
import { fileError } from './node-source.js';

/** How a file is written. */
export interface FileSinkOptions {
  /** Whether a file that is there already is replaced. Default false: it is an error. */
  force?: boolean;
}

let sinks = 0;

async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number | null): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const at = position === null ? null : position + done;
    done += (await handle.write(bytes, done, bytes.length - done, at)).bytesWritten;
  }
}

/**
 * A file as a byte sink. It is written under a temporary name beside its own and takes its name when it is closed, so
 * that there never is a half-written file of that name; `abort` leaves nothing behind. A device or a named pipe is
 * written to directly and cannot be patched.
 *
 * @example
 * ```ts
 * import { WavWriter } from 'paley';
 * import { FileSink } from 'paley/node';
 * const sink = await FileSink.open('out.wav', { force: true });
 * try {
 *   const writer = new WavWriter(sink, { sampleRate: 8000, channels: 1, sampleFormat: 'i16' });
 *   await writer.write([new Float32Array(8000)]);
 *   await writer.finish();
 *   await sink.close();
 * } catch (error) {
 *   await sink.abort();
 *   throw error;
 * }
 * ```
 */
export class FileSink implements ByteSink {
  readonly path: string;
  /** Only where the target is a regular file. */
  readonly patch?: (position: number, bytes: Uint8Array) => Promise<void>;
  /** Where the bytes lie until `close`; undefined for a device or pipe. */
  readonly temporaryPath: string | undefined;
  readonly #target: string;
  readonly #force: boolean;
  readonly #handle: FileHandle;
  #position = 0;
  #open = true;

  private constructor(path: string, target: string, temporary: string | undefined, handle: FileHandle, force: boolean) {
    this.path = path;
    this.temporaryPath = temporary;
    this.#target = target;
    this.#handle = handle;
    this.#force = force;
    if (temporary === undefined) return;
    this.patch = async (position, bytes) => {
      try {
        await writeAll(this.#handle, bytes, position);
      } catch (error) {
        throw fileError('write', path, error);
      }
    };
  }

  /** Opens a file for writing; throws an Error in one line, with Node's `code`, where that cannot be. */
  static async open(path: string, options: FileSinkOptions = {}): Promise<FileSink> {
    const { force = false } = options;
    try {
      const stats = await stat(path).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined;
        throw error;
      });
      if (stats?.isDirectory()) throw new Error('it is a directory');
      if (stats && !stats.isFile()) return new FileSink(path, path, undefined, await open(path, 'w'), force);
      if (stats && !force) throw Object.assign(new Error('it exists already'), { code: 'EEXIST' });
      // Behind a symbolic link it is the file that is replaced, not the link.
      const target = stats ? await realpath(path) : path;
      const temporary = `${target}.${process.pid}-${++sinks}.part`;
      const handle = await open(temporary, 'wx', stats ? stats.mode & 0o777 : 0o666);
      return new FileSink(path, target, temporary, handle, force);
    } catch (error) {
      throw fileError('write', path, error);
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    try {
      await writeAll(this.#handle, bytes, this.temporaryPath === undefined ? null : this.#position);
      this.#position += bytes.length;
    } catch (error) {
      throw fileError('write', this.path, error);
    }
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    try {
      await this.#handle.close();
      if (this.temporaryPath !== undefined) await this.#giveName(this.temporaryPath);
    } catch (error) {
      if (this.temporaryPath !== undefined) await unlink(this.temporaryPath).catch(() => {});
      throw fileError('write', this.path, error);
    }
  }

  async abort(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#handle.close().catch(() => {});
    if (this.temporaryPath !== undefined) await unlink(this.temporaryPath).catch(() => {});
  }

  async #giveName(temporary: string): Promise<void> {
    if (!this.#force) {
      // A link, unlike a renaming, fails where a file of that name has appeared meanwhile.
      try {
        await link(temporary, this.#target);
        await unlink(temporary);
        return;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw error;
        // File systems without links are left to the renaming.
      }
    }
    await rename(temporary, this.#target);
  }
}

/** Standard output as a byte sink: what was written cannot be changed, and closing leaves it open. */
export function stdoutSink(): ByteSink {
  const { stdout } = process;
  // A reader that goes away (`| head`) is told by an event that would otherwise end the process, and by the callback.
  stdout.on('error', () => {});
  return {
    write: (bytes) =>
      new Promise((resolve, reject) => {
        stdout.write(bytes, (error) => (error ? reject(fileError('write', 'standard output', error)) : resolve()));
      }),
    close: async () => {},
    abort: async () => {},
  };
}
