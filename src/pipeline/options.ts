/** What a pipeline is built with, and the plain data it can be written as. */
import { checkNumber, checkOptions } from '../engine/check.js';
import type { StreamFormat } from '../stage/format.js';
import type { Step } from './step.js';

export interface Budget {
  /** The chain's latency must not exceed this: a LatencyBudgetError at build where it does. */
  readonly latencySeconds?: number;
  /** Share of a quantum's duration that the chain may cost, from 0 to 1; `report()` shows it beside the measured one. */
  readonly load?: number;
}

export interface BuildOptions {
  /** Most items of input in one `processInto` call. Default 128, the render quantum of Web Audio. */
  readonly quantum?: number;
  readonly budget?: Budget;
}

/** A pipeline as plain data: what travels to a worklet, to a worker or into a file. */
export interface PipelineData {
  readonly input: StreamFormat;
  readonly steps: readonly Step[];
  readonly quantum: number;
  readonly budget?: Budget;
}

export function checkBudget(budget: Budget): void {
  checkOptions('budget', budget, ['latencySeconds', 'load']);
  if (budget.latencySeconds !== undefined) checkNumber('budget.latencySeconds', budget.latencySeconds, 0, 3600);
  if (budget.load !== undefined) checkNumber('budget.load', budget.load, 0, 1);
}
