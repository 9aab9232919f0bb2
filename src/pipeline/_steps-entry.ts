/** What an entry of the catalogue is, and what entries share. */
import { throwType } from '../engine/check.js';
import type { Engine } from '../engine/engine.js';
import type { StreamFormat } from '../stage/format.js';
import type { Stage } from '../stage/stage.js';
import type { Step } from './step.js';

/** What a stage is made from: the engine, what comes in, and how many items come at a time. */
export interface StageSite {
  readonly engine: Engine;
  readonly input: StreamFormat;
  readonly maxInput: number;
  /** Whether the stage should have cheaper settings to go down to. */
  readonly degradable: boolean;
}

/** Names of the options of a step, of any of its shapes. */
type OptionName<S extends Step> = S extends unknown ? keyof S & string : never;

/** The options of a step, and where they depend on one of them, what the step is called in the error that names a wrong one. */
export interface StepOptions<S extends Step> {
  readonly title?: string;
  readonly names: readonly OptionName<S>[];
}

export interface CatalogueEntry<S extends Step> {
  /** The options a step may have beside its type: a misspelt one is an error. */
  readonly options: (step: S) => StepOptions<S>;
  /** Kinds of stream the step can take. */
  readonly takes: (step: S) => readonly StreamFormat['kind'][];
  readonly create: (step: S, site: StageSite) => Stage;
}

export type StepOfType<T extends Step['type']> = Extract<Step, { type: T }>;

/** An array of numbers: a typed one would not come through JSON. */
export function checkNumbers(title: string, value: unknown): readonly number[] {
  if (!Array.isArray(value)) throwType(title, 'an array of numbers', value);
  for (let i = 0; i < value.length; i++) {
    if (typeof value[i] !== 'number') throwType(`${title}[${i}]`, 'a number', value[i]);
  }
  return value;
}
