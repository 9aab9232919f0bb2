/** What a pipeline is built with, and the plain data it can be written as. */
import { checkNumber, checkOneOf, checkOptions, throwType } from '../engine/check.js';
import type { StreamFormat } from '../stage/format.js';
import type { Step } from './step.js';

export interface Budget {
  /** The chain's latency must not exceed this: a LatencyBudgetError at build where it does. */
  readonly latencySeconds?: number;
  /**
   * Share of a quantum's duration that the chain may cost, above 0 up to 1. With it the chain is watched while it runs:
   * `pipeline.load` has the figures.
   */
  readonly load?: number;
  /**
   * What happens when the load stays above the budget: `report` (default) tells `onGovern`; `degrade` also goes down a
   * ladder of cheaper settings (resampler quality, encoder effort) without a click, and up again when there is room. The
   * settings are built beforehand and all as late as the best, so the latency stays.
   */
  readonly onOverload?: 'report' | 'degrade';
}

/** What the governor has seen or done. */
export interface GovernorEvent {
  /** `overload` and `relief`: the load has gone above the budget, and below again. `degrade`, `restore`: a step was taken. */
  readonly kind: 'overload' | 'relief' | 'degrade' | 'restore';
  /** The setting that runs from now on: 0 is the best. */
  readonly rung: number;
  readonly rungs: number;
  /** Mean of the quanta that led to it, as a share of their duration. */
  readonly load: number;
  /** Quanta since the start. */
  readonly quanta: number;
}

/** A clock for the governor. */
export interface LoadClock {
  /** Milliseconds. */
  now(): number;
  /** `quantum`: fine enough for one quantum. `mean`: only for the mean of hundreds, as Date.now() is. */
  readonly resolution: 'quantum' | 'mean';
}

export interface BuildOptions {
  /** Most items of input in one `processInto` call. Default 128, the render quantum of Web Audio. */
  readonly quantum?: number;
  readonly budget?: Budget;
  /** Called, from inside `processInto`, when the governor has seen or done something. */
  readonly onGovern?: (event: GovernorEvent) => void;
  /** Default: `performance` where there is one, Date.now() elsewhere. Reading it is what garbage a watched chain makes. */
  readonly clock?: LoadClock;
}

/** A pipeline as plain data: what travels to a worklet, to a worker or into a file. */
export interface PipelineData {
  readonly input: StreamFormat;
  readonly steps: readonly Step[];
  readonly quantum: number;
  readonly budget?: Budget;
}

export function checkBudget(budget: Budget): void {
  checkOptions('budget', budget, ['latencySeconds', 'load', 'onOverload']);
  if (budget.latencySeconds !== undefined) checkNumber('budget.latencySeconds', budget.latencySeconds, 0, 3600);
  if (budget.load !== undefined) checkNumber('budget.load', budget.load, 1e-6, 1);
  if (budget.onOverload !== undefined) {
    checkOneOf('budget.onOverload', budget.onOverload, ['report', 'degrade']);
    if (budget.load === undefined) throwType('budget.load', 'a share of the quantum beside onOverload', budget.load);
  }
}

/** The clock given, or the best there is. */
export function checkClock(clock: LoadClock | undefined): LoadClock {
  if (clock !== undefined) {
    if (typeof clock?.now !== 'function') throwType('clock', '{ now, resolution }', clock);
    checkOneOf('clock.resolution', clock.resolution, ['quantum', 'mean']);
    return clock;
  }
  const { performance } = globalThis as { performance?: { now(): number } };
  if (performance === undefined) return { now: () => Date.now(), resolution: 'mean' };
  return { now: () => performance.now(), resolution: 'quantum' };
}
