/** A progress line on standard error, where that is a terminal; nothing elsewhere. */
import { duration } from './_units.js';

const MILLISECONDS_BETWEEN = 100;

export class Progress {
  readonly #shown = process.stderr.isTTY === true;
  readonly #start = performance.now();
  readonly #totalSeconds: number | undefined;
  #last = 0;

  /** `totalSeconds` is the length of the recording where it is known. */
  constructor(totalSeconds: number | undefined) {
    this.#totalSeconds = totalSeconds;
  }

  /** Tells how much of the recording is done. */
  update(seconds: number): void {
    const now = performance.now();
    if (!this.#shown || now - this.#last < MILLISECONDS_BETWEEN) return;
    this.#last = now;
    const speed = seconds / ((now - this.#start) / 1000);
    const total = this.#totalSeconds;
    const share = total ? `${((100 * seconds) / total).toFixed(0).padStart(3)} %  ` : '';
    const end = total ? ` of ${duration(total)}` : '';
    process.stderr.write(`\r${share}${duration(seconds)}${end}  ${speed.toFixed(0)} × real time\x1b[K`);
  }

  /** Takes the line away. */
  finish(): void {
    if (this.#shown) process.stderr.write('\r\x1b[K');
  }
}
