/**
 * Levels for tensor scales that do not look at what they are for: the largest magnitude of the packets before, with
 * headroom (delayed scaling; Micikevicius et al., FP8 formats for deep learning, 2022). An E4M3 scale has 15 binades of
 * full precision, so four of them above the largest block so far leave eleven, 65 dB, below it.
 */

/** Packets that are remembered: a third of a second of 128 frames at 48 kHz. */
const PACKETS = 128;
/** 24 dB. */
const HEADROOM = 16;

/** What each channel's packets have reached. After construction nothing here allocates. */
export class DelayedLevels {
  /** PACKETS levels of each channel, the oldest overwritten first. */
  readonly #levels: Float32Array;
  readonly #next: Uint32Array;

  constructor(channels: number) {
    this.#levels = new Float32Array(channels * PACKETS);
    this.#next = new Uint32Array(channels);
    this.reset();
  }

  /** As if one packet had come, of the level that makes 1.0 the limit. */
  reset(): void {
    this.#levels.fill(0);
    this.#next.fill(1);
    for (let at = 0; at < this.#levels.length; at += PACKETS) this.#levels[at] = 1 / HEADROOM;
  }

  /**
   * Remembers the level in the cell, a packet's, and puts the one in its place that was expected of it at most: 1 after
   * nothing but silence.
   */
  exchange(channel: number, cell: Float32Array): void {
    const levels = this.#levels;
    let most = 0;
    const begin = channel * PACKETS;
    for (let at = begin; at < begin + PACKETS; at++) if (levels[at] > most) most = levels[at];
    const next = this.#next[channel];
    levels[begin + next] = cell[0];
    this.#next[channel] = (next + 1) % PACKETS;
    cell[0] = most > 0 ? most * HEADROOM : 1;
  }
}
