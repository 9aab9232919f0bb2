/** What a caller may ask of a resampler's filter: a preset by its name, figures, or a latency. */
import { checkNumber, checkOneOf, checkOptions, throwRange } from '../engine/check.js';
import { type Rational, toNumber } from '../stage/rational.js';
import type { PhaseName } from './_shaped-prototype.js';
import { extentOf } from './design.js';
import { type Preset, presets, QUALITIES, type QualityName } from './presets.js';

/** A filter by its figures. Frequencies are fractions of the Nyquist frequency of the lower rate. */
export interface FilterSpecification {
  /** Up to here the gain is that at 0 Hz to within twice the stop band's: 0.1 to 0.999. */
  readonly passband: number;
  /** From here on everything is attenuated: above `passband`, at most 1.5. Aliases above 2 − stopband fold back below 1. */
  readonly stopband: number;
  /** 30 to 150 dB. */
  readonly attenuationDecibels: number;
}

/**
 * The best filter whose latency does not exceed this: `archive`, `high`, `medium` or `voice`, whichever is the first that
 * fits. Where not even `voice` does, a filter of 98 dB with its stop band from 1.00 and as much of a pass band as there is
 * time for, from 50 % on. With minimum phase all fit.
 */
export interface LatencyTarget {
  /** Above 0. */
  readonly maxLatencySeconds: number;
}

/** A preset's name, figures, or a latency. */
export type Quality = QualityName | FilterSpecification | LatencyTarget;

const SPECIFICATION_NAMES = ['passband', 'stopband', 'attenuationDecibels'] as const;
/** Float32 samples end here. */
const LARGEST_ATTENUATION = 150;
/** A float32 sum's own noise is at −142 dB. */
const LARGEST_FLOAT32_ATTENUATION = 138;
const LONGEST_HALF_WIDTH_PERIODS = 8192;
/** From the best to the promptest. */
const BY_LATENCY = ['archive', 'high', 'medium', 'voice'] as const;
const SHORT_ATTENUATION = 98;
const NARROWEST_PASSBAND = 0.5;

/** Kaiser's formula (presets.ts): half the width in periods, times the transition as a fraction of the Nyquist frequency. */
function timeAndBandwidth(attenuationDecibels: number): number {
  return (attenuationDecibels - 7.95) / 14.36;
}

/** Kaiser's estimate is short by up to a decibel, and by up to a lobe at the start of the stop band. */
const SPARE_DECIBELS = 1;
const SPARE_WIDTH = 1.03;
const SPARE_PERIODS = 1;

function designFilter(passband: number, stopband: number, attenuationDecibels: number): Preset {
  const attenuation = attenuationDecibels + SPARE_DECIBELS;
  const halfWidth = (SPARE_WIDTH * timeAndBandwidth(attenuation)) / (stopband - passband);
  return {
    attenuationDecibels: attenuation,
    halfWidthPeriods: Math.ceil(halfWidth) + SPARE_PERIODS,
    cutoff: (passband + stopband) / 2,
    arithmetic: attenuationDecibels <= LARGEST_FLOAT32_ATTENUATION ? 'float32' : 'mixed',
  };
}

function fromSpecification(specification: FilterSpecification): Preset {
  checkOptions('quality', specification, SPECIFICATION_NAMES);
  const passband = checkNumber('quality.passband', specification.passband, 0.1, 0.999);
  const stopband = checkNumber('quality.stopband', specification.stopband, 0.1, 1.5);
  if (stopband <= passband) throwRange('quality.stopband', `a number above the passband, ${passband}`, stopband);
  const attenuation = checkNumber(
    'quality.attenuationDecibels',
    specification.attenuationDecibels,
    30,
    LARGEST_ATTENUATION,
  );
  const preset = designFilter(passband, stopband, attenuation);
  if (preset.halfWidthPeriods > LONGEST_HALF_WIDTH_PERIODS) {
    throw new RangeError(
      `quality expected a filter of at most ${2 * LONGEST_HALF_WIDTH_PERIODS} periods of the lower rate, got one of ` +
        `${2 * preset.halfWidthPeriods}: the stop band starts too close behind the pass band`,
    );
  }
  return preset;
}

function fromLatency(target: LatencyTarget, phase: PhaseName, from: Rational, leastRatio: number): Preset {
  checkOptions('quality', target, ['maxLatencySeconds']);
  const { maxLatencySeconds } = target;
  checkNumber('quality.maxLatencySeconds', maxLatencySeconds, Number.MIN_VALUE, Number.MAX_VALUE);
  const rate = toNumber(from);
  const latencyOf = (preset: Preset) => extentOf(preset, phase, 1 / leastRatio).ahead / rate;
  for (let index = 0; index < BY_LATENCY.length; index++) {
    const preset = presets[BY_LATENCY[index]];
    if (latencyOf(preset) <= maxLatencySeconds) return preset;
  }
  // Shorter and shorter ones: half-widths come in steps of input frames, so the first that fits is the best.
  const widest = SPARE_WIDTH * timeAndBandwidth(SHORT_ATTENUATION + SPARE_DECIBELS);
  const least = Math.ceil(widest / (1 - NARROWEST_PASSBAND)) + SPARE_PERIODS;
  for (let periods = presets.voice.halfWidthPeriods; periods >= least; periods--) {
    const passband = 1 - widest / (periods - SPARE_PERIODS);
    const preset = { ...designFilter(passband, 1, SHORT_ATTENUATION), halfWidthPeriods: periods };
    if (latencyOf(preset) <= maxLatencySeconds) return preset;
  }
  const shortest = latencyOf({ ...presets.voice, halfWidthPeriods: least });
  throwRange('quality.maxLatencySeconds', `at least ${shortest} s for these rates`, maxLatencySeconds);
}

/**
 * The filter for what was asked. `leastRatio` is the least number of output frames per input frame.
 * @throws TypeError or RangeError naming `quality`.
 */
export function resolveQuality(quality: Quality, phase: PhaseName, from: Rational, leastRatio: number): Preset {
  if (typeof quality !== 'object' || quality === null) return presets[checkOneOf('quality', quality, QUALITIES)];
  return 'maxLatencySeconds' in quality ? fromLatency(quality, phase, from, leastRatio) : fromSpecification(quality);
}
