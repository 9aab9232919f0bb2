/**
 * The governor: keeps the cost of a chain inside its budget by choosing among settings of falling cost, the rungs of a
 * ladder. It knows neither a clock nor a chain: it is told what quanta cost and says which rung they should run on.
 *
 * Down: when the mean load of a window is above the budget, at once as far as the costs of the rungs say is needed.
 * Up: when the load that the rung above would have has stayed well inside the budget for a while. If a step up had to be
 * taken back soon, the next one waits twice as long; so a load that hovers at the limit does not make it swing. Between
 * two changes lies a second at least.
 */
import { checkInteger, checkNumber, checkOneOf, checkOptions } from '../engine/check.js';
import { type LoadFigures, LoadMeter } from './load-meter.js';

export interface GovernorOptions {
  /** How long a quantum lasts. */
  readonly quantumSeconds: number;
  /** Share of it that may be spent, above 0 up to 1. */
  readonly load: number;
  /** How many settings there are; 0 is the best, the last the cheapest. */
  readonly rungs: number;
  /**
   * `quantum` (default): the cost of each quantum is exact. `mean`: only the mean over hundreds is, as with a clock of
   * whole milliseconds; the window is longer then.
   */
  readonly resolution?: 'quantum' | 'mean';
  /** What each rung costs, in any unit, where it is known; learnt from the steps themselves where not. */
  readonly rungCosts?: readonly number[];
}

/** Quanta in the window that decides on a step down, and those not looked at after a change, in which two rungs run. */
const WINDOW = { quantum: 32, mean: 200 } as const;
const SETTLING_QUANTA = 16;
/** A quantum counts as at most so many budgets: one pause of the machine is no overload. */
const LARGEST_SHARE = 4;
const LEAST_SECONDS_BETWEEN = 1;
/** A step up is taken when the rung above would need at most this part of the budget … */
const ROOM = 0.75;
/** … and has done so for this long: at first, and at most after steps that had to be taken back. */
const FIRST_HOLD_SECONDS = 2;
const LONGEST_HOLD_SECONDS = 64;
/** A step up that lasted less than so many holds was a mistake. */
const HOLDS_TO_LAST = 5;
/** Where nothing is known, the rung above is taken for twice as costly. */
const UNKNOWN_RATIO = 2;

/** Decides on the rung. Real-time safe but for `figures`. */
export class Governor {
  readonly rungs: number;
  readonly load: number;
  readonly #quantumSeconds: number;
  readonly #meter = new LoadMeter();
  readonly #window: Float64Array;
  readonly #costs: Float64Array;
  readonly #betweenQuanta: number;
  #rung = 0;
  #filled = 0;
  #next = 0;
  #sum = 0;
  #windowLoad = 0;
  #settling = 0;
  #overloaded = false;
  #sinceOverload = 0;
  /** Quanta since the last change, and since the rung above first looked affordable. */
  #sinceChange: number;
  #affordable = 0;
  #holdQuanta: number;
  #lastWasUp = false;
  /** The window's mean before a step down, to learn from; 0 for none. */
  #meanBefore = 0;
  #rungBefore = 0;

  /** @throws TypeError or RangeError for options out of range. */
  constructor(options: GovernorOptions) {
    checkOptions('GovernorOptions', options, ['quantumSeconds', 'load', 'rungs', 'resolution', 'rungCosts']);
    const { resolution = 'quantum', rungCosts } = options;
    this.#quantumSeconds = checkNumber('quantumSeconds', options.quantumSeconds, 1e-6, 3600);
    this.load = checkNumber('load', options.load, 1e-6, 1);
    this.rungs = checkInteger('rungs', options.rungs, 1, 1024);
    checkOneOf('resolution', resolution, ['quantum', 'mean']);
    this.#window = new Float64Array(WINDOW[resolution]);
    this.#costs = new Float64Array(this.rungs);
    for (let rung = 0; rung < this.rungs; rung++) {
      if (rungCosts) this.#costs[rung] = checkNumber(`rungCosts[${rung}]`, rungCosts[rung], 0, Number.MAX_VALUE);
    }
    this.#betweenQuanta = this.#quantaIn(LEAST_SECONDS_BETWEEN);
    this.#holdQuanta = this.#quantaIn(FIRST_HOLD_SECONDS);
    this.#sinceChange = this.#betweenQuanta;
  }

  /** The setting that should run: 0 is the best. */
  get rung(): number {
    return this.#rung;
  }

  /**
   * Whether a full window has been above the budget, and none a second or more later at or below it: near the limit it
   * would otherwise go to and fro with every quantum.
   */
  get overloaded(): boolean {
    return this.#overloaded;
  }

  /** Mean load of the last full window. */
  get windowLoad(): number {
    return this.#windowLoad;
  }

  /** Quanta since the start. */
  get quanta(): number {
    return this.#meter.quanta;
  }

  /** Median, 99th percentile and worst load. Not real-time safe. */
  figures(): LoadFigures {
    return this.#meter.figures();
  }

  /** Takes the cost of a quantum; returns the rung for the next one. */
  observe(costSeconds: number): number {
    const load = costSeconds / this.#quantumSeconds;
    this.#meter.add(load);
    this.#sinceChange++;
    if (this.#settling > 0) {
      this.#settling--;
      return this.#rung;
    }
    this.#push(Math.min(load, LARGEST_SHARE * this.load));
    if (this.#filled < this.#window.length) return this.#rung;
    this.#windowLoad = this.#mean();
    this.#learn();
    this.#judge();
    if (this.#mean() > this.load) this.#considerDown();
    else this.#considerUp();
    return this.#rung;
  }

  #judge(): void {
    const isAbove = this.#mean() > this.load;
    this.#sinceOverload++;
    if (isAbove === this.#overloaded || (!isAbove && this.#sinceOverload < this.#betweenQuanta)) return;
    this.#overloaded = isAbove;
    this.#sinceOverload = 0;
  }

  #quantaIn(seconds: number): number {
    return Math.ceil(seconds / this.#quantumSeconds);
  }

  #push(load: number): void {
    this.#sum += load - (this.#filled === this.#window.length ? this.#window[this.#next] : 0);
    this.#window[this.#next] = load;
    this.#next = (this.#next + 1) % this.#window.length;
    this.#filled = Math.min(this.#filled + 1, this.#window.length);
    // Summed afresh once a round: what rounding leaves behind would add up over months.
    if (this.#next === 0) {
      this.#sum = 0;
      for (let index = 0; index < this.#filled; index++) this.#sum += this.#window[index];
    }
  }

  #mean(): number {
    return this.#sum / this.#filled;
  }

  /** After a step down the first full window tells what it has brought. */
  #learn(): void {
    if (this.#meanBefore === 0) return;
    const above = this.#costs[this.#rungBefore];
    if (above === 0 || this.#costs[this.#rung] === 0) {
      this.#costs[this.#rungBefore] = this.#meanBefore;
      this.#costs[this.#rung] = Math.max(this.#mean(), 1e-9);
    }
    this.#meanBefore = 0;
  }

  #ratio(from: number, to: number): number {
    const [a, b] = [this.#costs[from], this.#costs[to]];
    if (a > 0 && b > 0) return b / a;
    return to < from ? UNKNOWN_RATIO : 1 / UNKNOWN_RATIO;
  }

  #considerDown(): void {
    this.#affordable = 0;
    if (this.#rung === this.rungs - 1 || this.#sinceChange < this.#betweenQuanta) return;
    if (this.#lastWasUp && this.#sinceChange < HOLDS_TO_LAST * this.#holdQuanta) {
      this.#holdQuanta = Math.min(2 * this.#holdQuanta, this.#quantaIn(LONGEST_HOLD_SECONDS));
    } else {
      this.#holdQuanta = this.#quantaIn(FIRST_HOLD_SECONDS);
    }
    const mean = this.#mean();
    let rung = this.#rung + 1;
    while (rung < this.rungs - 1 && mean * this.#ratio(this.#rung, rung) > this.load) rung++;
    this.#meanBefore = mean;
    this.#rungBefore = this.#rung;
    this.#change(rung);
    this.#lastWasUp = false;
  }

  #considerUp(): void {
    if (this.#rung === 0) return;
    const wouldBe = this.#mean() * this.#ratio(this.#rung, this.#rung - 1);
    this.#affordable = wouldBe <= ROOM * this.load ? this.#affordable + 1 : 0;
    if (this.#affordable < this.#holdQuanta || this.#sinceChange < this.#betweenQuanta) return;
    this.#change(this.#rung - 1);
    this.#lastWasUp = true;
  }

  #change(rung: number): void {
    this.#rung = rung;
    this.#overloaded = false;
    this.#sinceChange = 0;
    this.#affordable = 0;
    this.#settling = SETTLING_QUANTA;
    this.#filled = 0;
    this.#next = 0;
    this.#sum = 0;
  }
}
