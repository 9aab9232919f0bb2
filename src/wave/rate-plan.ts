/** What a survey of a recording finds and an encoder with a plan goes by. */
import { checkInteger, throwType } from '../engine/check.js';
import { STEP_COUNT } from './_tables.js';

/** What a survey finds: plain data, for the `plan` of a WaveEncoder. */
export interface WaveRatePlan {
  readonly stepIndex: number;
  /** Bits of each span at that step, by a quick search. */
  readonly bits: Float32Array;
  /** Samples of the recording, all channels together. */
  readonly samples: number;
}

/** Checks a plan. */
export function checkPlan(value: WaveRatePlan): WaveRatePlan {
  if (typeof value !== 'object' || value === null) throwType('plan', 'the plan of a WaveSurvey', value);
  checkInteger('plan.stepIndex', value.stepIndex, 0, STEP_COUNT - 1);
  if (!(value.bits instanceof Float32Array)) throwType('plan.bits', 'a Float32Array', value.bits);
  checkInteger('plan.samples', value.samples, 0, Number.MAX_SAFE_INTEGER);
  return value;
}
