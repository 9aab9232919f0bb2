/** What quanta cost, over what they last: the figures a budget of load is held against. */

/** Quanta that the figures look back on. */
const REMEMBERED = 1024;

export interface LoadFigures {
  /** Quanta since the start. */
  readonly quanta: number;
  /** Of the last 1024 quanta, as shares of a quantum's duration; all 0 before the first. */
  readonly mean: number;
  readonly median: number;
  readonly percentile99: number;
  readonly worst: number;
}

/** Remembers the load of the last 1024 quanta. `add` is real-time safe, `figures` is not. */
export class LoadMeter {
  readonly #loads = new Float64Array(REMEMBERED);
  #quanta = 0;

  /** Quanta since the start. */
  get quanta(): number {
    return this.#quanta;
  }

  add(load: number): void {
    this.#loads[this.#quanta++ % REMEMBERED] = load;
  }

  figures(): LoadFigures {
    const count = Math.min(this.#quanta, REMEMBERED);
    const sorted = this.#loads.slice(0, count).sort();
    const at = (share: number) => (count === 0 ? 0 : sorted[Math.min(count - 1, Math.floor(share * count))]);
    return {
      quanta: this.#quanta,
      mean: count === 0 ? 0 : sorted.reduce((sum, load) => sum + load, 0) / count,
      median: at(0.5),
      percentile99: at(0.99),
      worst: at(1),
    };
  }
}
