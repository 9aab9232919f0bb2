/** What an encoder's options hold constant, and the rate control that goes with a rate. */
import { checkNumber, checkOneOf, throwType } from '../engine/check.js';
import { toNumber } from '../stage/rational.js';
import { AverageRate } from './_average-rate.js';
import { BoundedRate } from './_bounded-rate.js';
import { LookAheadRate } from './_look-ahead-rate.js';
import { PlannedRate } from './_planned-rate.js';
import type { StepControl } from './_step-control.js';
import type { WaveConfig } from './config.js';
import { checkPlan } from './rate-plan.js';
import type { WaveEncoderOptions } from './wave-encoder-options.js';

/** Bits a sample that can be asked for; and the least of what goes into a file of LEAST_BITS. */
export const LEAST_BITS = 1;
export const LEAST_FILE_BITS = 0.75;
export const MOST_BITS = 24;

const MOST_LOOK_AHEAD = 60;

export function checkBits(name: string, bits: unknown, least: number): number {
  return checkNumber(name, bits, least, MOST_BITS);
}

/** The least bits a sample that can be asked for. */
export function leastBitsOf({ plan, lookAheadSeconds = 0 }: WaveEncoderOptions): number {
  return plan !== undefined || lookAheadSeconds > 0 ? LEAST_FILE_BITS : LEAST_BITS;
}

/** Which one of the options is what is held constant. */
export function constantOf(options: WaveEncoderOptions): 'rate' | 'step' | 'maxError' | 'lossless' {
  const { bitsPerSample, rate, plan, step, maxError, lossless } = options;
  const given = [
    bitsPerSample !== undefined || rate !== undefined || plan !== undefined ? 'rate' : '',
    step !== undefined ? 'step' : '',
    maxError !== undefined ? 'maxError' : '',
    lossless === true ? 'lossless' : '',
  ].filter((name) => name !== '') as ('rate' | 'step' | 'maxError' | 'lossless')[];
  if (given.length > 1) {
    throw new TypeError(
      `WaveEncoder expected one of bitsPerSample, step, maxError and lossless, got ${given.join(' and ')}`,
    );
  }
  if (lossless !== undefined && typeof lossless !== 'boolean') throwType('lossless', 'true or false', lossless);
  return given[0] ?? 'rate';
}

/** Packets to look ahead. */
function packetsAhead({ rate, plan, lookAheadSeconds = 0 }: WaveEncoderOptions, packetSeconds: number): number {
  checkNumber('lookAheadSeconds', lookAheadSeconds, 0, MOST_LOOK_AHEAD);
  if (lookAheadSeconds > 0 && (rate !== 'average' || plan !== undefined)) {
    throw new RangeError(`lookAheadSeconds expected 0 without rate 'average' or with a plan, got ${lookAheadSeconds}`);
  }
  // A number of packets that seconds in binary miss by a hair is meant to be that number.
  return Math.ceil(lookAheadSeconds / packetSeconds - 1e-6);
}

export interface RateChoice {
  /** Undefined where something else is held constant. */
  readonly control: StepControl | undefined;
  /** Packets that the control looks ahead. */
  readonly packetsAhead: number;
  /** Seconds by which a link of that rate lags behind, where one can be told. */
  readonly linkDelaySeconds: number | undefined;
}

/** The control that the options ask for, of `bits` a sample; 0: something else is held constant. */
export function chooseRate(
  options: WaveEncoderOptions,
  bits: number,
  effort: number,
  keyInterval: number,
  { channels, framesPerPacket, sampleRate }: WaveConfig,
  spanFrames: number,
): RateChoice {
  const { plan } = options;
  const rate = checkOneOf('rate', options.rate ?? 'bounded', ['bounded', 'average']);
  const packets = packetsAhead(options, framesPerPacket / toNumber(sampleRate));
  const samples = channels * framesPerPacket;
  const spans = framesPerPacket / spanFrames;
  let control: StepControl | undefined;
  let linkDelaySeconds: number | undefined;
  if (bits === 0) {
    control = undefined;
  } else if (plan !== undefined) {
    control = new PlannedRate(checkPlan(plan), bits, channels * spanFrames, spans);
  } else if (spans > 1) {
    throw new RangeError(
      `framesPerPacket expected 64, 128 or 256, one span, where bitsPerSample has to hold without a plan, got ${framesPerPacket}`,
    );
  } else if (packets > 0) {
    control = new LookAheadRate(bits, channels, framesPerPacket, packets + 1, effort);
  } else if (rate === 'average') {
    control = new AverageRate(bits, samples, keyInterval > 0);
  } else {
    control = new BoundedRate(bits, samples, keyInterval);
    linkDelaySeconds = (BoundedRate.reservoir(keyInterval > 0) * framesPerPacket) / toNumber(sampleRate);
  }
  return { control, packetsAhead: packets, linkDelaySeconds };
}
