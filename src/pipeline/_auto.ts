/**
 * `auto` in a step: the best setting that fits the budget. Every candidate is built on an engine of its own, its latency
 * computed and its load measured; what is rejected is kept with the reason, for the report.
 */
import type { Engine } from '../engine/engine.js';
import { EngineMemoryError } from '../engine/errors.js';
import type { Budget } from './options.js';
import type { Step } from './step.js';

/** A setting that was tried, or looked at, and not taken. */
export interface RejectedSetting {
  /** Which step, counted from 0, and its type. */
  readonly step: number;
  readonly type: Step['type'];
  /** `quality: archive`, `effort: 4`. */
  readonly setting: string;
  /** Why, with figures. */
  readonly reason: string;
}

export interface Choice {
  /** The steps without `auto`. */
  readonly steps: readonly Step[];
  readonly rejected: readonly RejectedSetting[];
}

/** What a step calls its setting, and the values from the best to the cheapest. */
export const SETTINGS = {
  resample: { name: 'quality', values: ['archive', 'high', 'medium', 'voice'] },
  encode: { name: 'effort', values: [4, 3, 2, 1] },
} as const;

/** Measured loads vary from run to run; a chain at the very limit would be stepped down at once. */
const LOAD_MARGIN = 0.9;

interface AutoStep {
  readonly index: number;
  readonly type: keyof typeof SETTINGS;
  rung: number;
}

/** What a trial tells of a candidate; `load` only where there is a clock. */
export interface Trial {
  readonly latencySeconds: number;
  readonly load: number | undefined;
}

const settingOf = ({ type }: AutoStep): (typeof SETTINGS)[keyof typeof SETTINGS] => SETTINGS[type];
const isAuto = (step: Step): boolean =>
  step.type in SETTINGS &&
  (step as unknown as Record<string, unknown>)[SETTINGS[step.type as keyof typeof SETTINGS].name] === 'auto';

/** The steps with each `auto` replaced. `measure` builds a candidate on the engine it is given and disposes of it. */
export function chooseSettings(
  steps: readonly Step[],
  budget: Budget,
  engine: Engine,
  measure: (engine: Engine, steps: readonly Step[], wantsLoad: boolean) => Trial,
): Choice {
  const autos: AutoStep[] = [];
  for (const [index, step] of steps.entries()) {
    if (isAuto(step)) autos.push({ index, type: step.type as keyof typeof SETTINGS, rung: 0 });
  }
  if (autos.length === 0) return { steps, rejected: [] };
  const rejected: RejectedSetting[] = [];
  for (;;) {
    const candidate = withSettings(steps, autos);
    const reason = reasonAgainst(candidate, budget, engine, measure);
    const next = reason && nextToCheapen(autos, reason.kind);
    if (!reason || !next) return { steps: candidate, rejected };
    const { name, values } = settingOf(next);
    const setting = `${name}: ${values[next.rung]}`;
    rejected.push({ step: next.index, type: next.type, setting, reason: reason.text });
    next.rung++;
  }
}

function withSettings(steps: readonly Step[], autos: readonly AutoStep[]): Step[] {
  const result = [...steps];
  for (const auto of autos) {
    const { name, values } = settingOf(auto);
    result[auto.index] = { ...result[auto.index], [name]: values[auto.rung] } as Step;
  }
  return result;
}

function reasonAgainst(
  steps: readonly Step[],
  { latencySeconds, load }: Budget,
  engine: Engine,
  measure: (engine: Engine, steps: readonly Step[], wantsLoad: boolean) => Trial,
): { kind: 'latency' | 'load' | 'memory'; text: string } | undefined {
  let trial: Trial;
  try {
    trial = measure(engine.fresh(), steps, load !== undefined);
  } catch (error) {
    if (error instanceof EngineMemoryError) return { kind: 'memory', text: error.message };
    throw error;
  }
  if (latencySeconds !== undefined && trial.latencySeconds > latencySeconds) {
    const [is, may] = [trial.latencySeconds, latencySeconds].map((seconds) => `${(1000 * seconds).toFixed(3)} ms`);
    return { kind: 'latency', text: `latency ${is}, the budget is ${may}` };
  }
  if (load !== undefined && trial.load !== undefined && trial.load > LOAD_MARGIN * load) {
    const [is, may] = [trial.load, load].map((share) => `${(100 * share).toFixed(1)} %`);
    return { kind: 'load', text: `load ${is}, the budget is ${may}` };
  }
  return undefined;
}

/**
 * The step to take down next: for latency a resampler, whose filters differ in it; for load first the encoders, since
 * what they save costs the least.
 */
function nextToCheapen(autos: readonly AutoStep[], kind: 'latency' | 'load' | 'memory'): AutoStep | undefined {
  const canGoDown = autos.filter((auto) => auto.rung < settingOf(auto).values.length - 1);
  const order = kind === 'latency' ? ['resample'] : ['encode', 'resample'];
  for (const type of order) {
    const ofType = canGoDown.filter((auto) => auto.type === type);
    if (ofType.length > 0) return ofType.reduce((a, b) => (b.rung < a.rung ? b : a));
  }
  return undefined;
}
