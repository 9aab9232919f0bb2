/** The range coder of wave packets and its tables of symbols, after docs/BITSTREAM.md 8.13. */

export class DamagedPacket extends Error {}

/** Takes the parts of a range that a packet says. */
export class RangeDecoder {
  readonly #packet: Uint8Array;
  #at = 4;
  #range = 0xffffffff;
  #code: number;

  constructor(packet: Uint8Array) {
    if (packet.length === 0) throw new DamagedPacket('a packet of no bytes stands for one that was lost');
    this.#packet = packet;
    this.#code = [0, 1, 2, 3].reduce((code, at) => code * 256 + (packet[at] ?? 0), 0);
  }

  /** How many equal parts of 2^k lie below the code: which one it is in. */
  #place(k: number): number {
    const width = Math.floor(this.#range / 2 ** k);
    return Math.min(Math.floor(this.#code / width), 2 ** k - 1);
  }

  #take(start: number, size: number, k: number): void {
    const width = Math.floor(this.#range / 2 ** k);
    this.#code -= width * start;
    this.#range = width * size;
    while (this.#range < 2 ** 24) {
      this.#code = (this.#code * 256 + (this.#packet[this.#at++] ?? 0)) % 2 ** 32;
      this.#range *= 256;
    }
  }

  bits(count: number): number {
    const value = this.#place(count);
    this.#take(value, 1, count);
    return value;
  }

  flag(zeroSize: number): boolean {
    const isSet = this.#place(15) >= zeroSize;
    if (isSet) this.#take(zeroSize, 2 ** 15 - zeroSize, 15);
    else this.#take(0, zeroSize, 15);
    return isSet;
  }

  /** Elias' gamma code of a value from 1 to 2^25 − 1. */
  gamma(): number {
    let count = 0;
    while (count < 24 && this.bits(1) === 0) count++;
    const upper = Math.min(count, 16);
    const value = 2 ** upper + this.bits(upper);
    return value * 2 ** (count - upper) + this.bits(count - upper);
  }

  /** Takes the symbol whose frequencies are these; they add up to 2^15. */
  symbol(frequencies: readonly number[]): number {
    const place = this.#place(15);
    let symbol = 0;
    let start = 0;
    while (start + frequencies[symbol] <= place) start += frequencies[symbol++];
    this.#take(start, frequencies[symbol], 15);
    return symbol;
  }
}

const octave = [1048576, 934167, 832255, 741455, 660562, 588491];

/** Frequencies of the 33 symbols in a context from the line of letters that stands in the document. */
export function frequenciesOf(line: string): number[] {
  const weights = Array.from(line, (letter) => {
    const q = letter.charCodeAt(0) - 33;
    return Math.floor(octave[q % 6] / 2 ** Math.floor(q / 6));
  });
  const sum = weights.reduce((a, b) => a + b);
  const frequencies = weights.map((weight) => Math.max(1, Math.floor((weight * 32735) / sum)));
  const missing = 2 ** 15 - frequencies.reduce((a, b) => a + b);
  frequencies[frequencies.indexOf(Math.max(...frequencies))] += missing;
  return frequencies;
}
