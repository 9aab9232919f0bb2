/** Byte sources and small habits that the tests of the files family share. */
import type { AudioReader, ByteSource } from '../../src/files/index.js';

/** Bytes given out in pieces of the lengths given, over and over; nothing is known of their size. */
export class PiecewiseSource implements ByteSource {
  largestRequest = 0;
  position = 0;

  constructor(
    readonly bytes: Uint8Array,
    readonly lengths: readonly number[] = [Number.MAX_SAFE_INTEGER],
    readonly size?: number,
  ) {}

  #turn = 0;

  async read(into: Uint8Array): Promise<number> {
    this.largestRequest = Math.max(this.largestRequest, into.length);
    const length = this.lengths[this.#turn++ % this.lengths.length];
    const count = Math.min(into.length, length, this.bytes.length - this.position);
    into.set(this.bytes.subarray(this.position, this.position + count));
    this.position += count;
    return count;
  }
}

/** A header, then `zeros` zero bytes that exist only when asked for. */
export class ZerosSource implements ByteSource {
  largestRequest = 0;
  #position = 0;

  constructor(
    readonly header: Uint8Array,
    readonly zeros: number,
  ) {}

  async read(into: Uint8Array): Promise<number> {
    this.largestRequest = Math.max(this.largestRequest, into.length);
    const headerLeft = this.header.length - this.#position;
    const count = Math.min(into.length, headerLeft > 0 ? headerLeft : headerLeft + this.zeros);
    if (headerLeft > 0) into.set(this.header.subarray(this.#position, this.#position + count));
    else into.fill(0, 0, count);
    this.#position += count;
    return count;
  }
}

/** Everything a reader gives, a plane a channel, read `framesPerCall` at a time. */
export async function readAll(reader: AudioReader, framesPerCall = 1024): Promise<number[][]> {
  const { channels } = reader.format;
  const planes = Array.from({ length: channels }, () => new Float64Array(framesPerCall));
  const all: number[][] = planes.map(() => []);
  for (let frames = await reader.read(planes); frames > 0; frames = await reader.read(planes)) {
    for (let c = 0; c < channels; c++) for (let i = 0; i < frames; i++) all[c].push(planes[c][i]);
  }
  return all;
}

/** Channel after channel out of interleaved values. */
export function deinterleave(values: readonly number[], channels: number): number[][] {
  const frames = Math.floor(values.length / channels);
  return Array.from({ length: channels }, (_, c) => Array.from({ length: frames }, (_, i) => values[i * channels + c]));
}
