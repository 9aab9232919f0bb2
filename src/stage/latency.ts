/**
 * Exact latency from the maps `inputNeeded`. The latency of a stage, or of a chain of stages taken as one, is the
 * largest, over all output items, of (instant of the last input item it needs) − (its own instant).
 */
import { itemRate, type StreamFormat } from './format.js';
import { add, compare, lcm, multiply, type Rational, ratio, subtract, ZERO } from './rational.js';
import type { StagePeriod } from './stage.js';

/** The part of a stage, or of a chain, that latency depends on. */
export interface ItemMap {
  readonly input: StreamFormat;
  readonly output: StreamFormat;
  readonly period: StagePeriod | undefined;
  inputNeeded(outputCount: number): number;
}

/** More output items than this in one period are not walked through: a bound is given instead. */
const LONGEST_WALK = 2 ** 20;

/** The instant of item `index` of a stream with `rate` items a second. */
function instant(index: number, rate: Rational): Rational {
  return multiply(ratio(index, 1), { numerator: rate.denominator, denominator: rate.numerator });
}

/** The latency of a map whose period is known and not too long; undefined elsewhere. */
function walkedLatency(map: ItemMap): Rational | undefined {
  const { period } = map;
  if (period === undefined || period.output > LONGEST_WALK) return undefined;
  const inputRate = itemRate(map.input);
  const outputRate = itemRate(map.output);
  // Candidates are compared in floating point and the winner, with all that come within its error, exactly.
  const inputSeconds = inputRate.denominator / inputRate.numerator;
  const outputSeconds = outputRate.denominator / outputRate.numerator;
  let largest = -Infinity;
  for (let k = 0; k < period.output; k++) {
    largest = Math.max(largest, (map.inputNeeded(k + 1) - 1) * inputSeconds - k * outputSeconds);
  }
  const tolerance = 1e-12 * (1 + period.output * outputSeconds);
  let latency: Rational | undefined;
  for (let k = 0; k < period.output; k++) {
    const last = map.inputNeeded(k + 1) - 1;
    if (last * inputSeconds - k * outputSeconds < largest - tolerance) continue;
    const exact = subtract(instant(last, inputRate), instant(k, outputRate));
    if (latency === undefined || compare(exact, latency) > 0) latency = exact;
  }
  return latency === undefined || compare(latency, ZERO) < 0 ? ZERO : latency;
}

/** The exact latency of one stage. Its period must be known. */
export function stageLatency(map: ItemMap): Rational {
  const latency = walkedLatency(map);
  if (latency === undefined) throw new RangeError('a stage without a period tells its latency itself');
  return latency;
}

/** The period of two maps one after the other; undefined where there is none that whole numbers can count. */
export function composePeriods(
  first: StagePeriod | undefined,
  second: StagePeriod | undefined,
): StagePeriod | undefined {
  if (first === undefined || second === undefined) return undefined;
  const between = lcm(first.output, second.input);
  const input = (between / first.output) * first.input;
  const output = (between / second.input) * second.output;
  return Number.isSafeInteger(input) && Number.isSafeInteger(output) ? { input, output } : undefined;
}

/** Stages one after the other as one map. */
export function composeMaps(stages: readonly ItemMap[]): ItemMap {
  return {
    input: stages[0].input,
    output: stages[stages.length - 1].output,
    period: stages.map(({ period }) => period).reduce(composePeriods),
    inputNeeded(outputCount) {
      let count = outputCount;
      for (let index = stages.length - 1; index >= 0; index--) count = stages[index].inputNeeded(count);
      return count;
    },
  };
}

/**
 * The latency of a chain: exact where the stages have a common period that can be walked through; otherwise the sum of
 * the stages' own latencies, which it never exceeds.
 */
export function chainLatency(stages: readonly (ItemMap & { readonly latency: Rational })[]): Rational {
  if (stages.length === 0) return ZERO;
  return walkedLatency(composeMaps(stages)) ?? stages.map(({ latency }) => latency).reduce(add);
}
