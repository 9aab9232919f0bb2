/** Frames between calls that bring some and calls that take some: planes used as rings, first in, first out. */
export class FrameQueue {
  /** Frames held. */
  count: number;
  readonly #planes: readonly Float32Array[];
  readonly #mask: number;
  /** Place of the oldest frame. */
  #first = 0;

  /** With room for at least `capacity` frames, `silence` of which are there already. */
  constructor(channels: number, capacity: number, silence = 0) {
    let size = 1;
    while (size < capacity) size *= 2;
    this.#mask = size - 1;
    this.#planes = Array.from({ length: channels }, () => new Float32Array(size));
    this.count = silence;
  }

  /** Adds the first `count` frames of `planes`. Real-time safe. */
  push(planes: readonly Float32Array[], count: number): void {
    const start = this.#first + this.count;
    const mask = this.#mask;
    for (let channel = 0; channel < this.#planes.length; channel++) {
      const target = this.#planes[channel];
      const source = planes[channel];
      for (let index = 0; index < count; index++) target[(start + index) & mask] = source[index];
    }
    this.count += count;
  }

  /**
   * Moves `count` frames to `planes`, from their frame `at` on; silence where fewer are held. Returns how many were.
   * Planes beyond the queue's own channels are left as they are. Real-time safe.
   */
  pull(planes: readonly Float32Array[], at: number, count: number): number {
    const held = Math.min(count, this.count);
    const mask = this.#mask;
    const channels = Math.min(planes.length, this.#planes.length);
    for (let channel = 0; channel < channels; channel++) {
      const source = this.#planes[channel];
      const target = planes[channel];
      for (let index = 0; index < held; index++) target[at + index] = source[(this.#first + index) & mask];
      for (let index = held; index < count; index++) target[at + index] = 0;
    }
    this.#first = (this.#first + held) & mask;
    this.count -= held;
    return held;
  }
}
