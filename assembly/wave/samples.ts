// Samples in and out of the wave codec's channels, and what stands in for packets that are lost.
import {
  AGE,
  CHANNEL_BYTES,
  CHANNEL_STATES,
  CHANNELS,
  COEFFICIENTS,
  CROSS_BEFORE,
  DIFFERENCE,
  FADE,
  FADED,
  FRAMES,
  HIGHEST,
  INPUT,
  LOWEST,
  ORDER,
  OUTPUT,
  PAST,
  PLAN_ORDER,
  RESIDUALS,
  SAMPLES,
  TAPS,
} from '../lib/wave-layout';
import { clampTo, dot } from '../lib/wave-predict';
import { analyseChannel, solveChannel } from './backward';
import { giveOutput } from './channel';

/**
 * Takes `count` frames to place `at` of the span, times `scale` and rounded to whole numbers of the range; NaN and
 * infinities become 0. Returns how many those were.
 */
export function waveTakeInput(plan: usize, source: usize, planeBytes: usize, at: i32, count: i32, scale: f32): i32 {
  const channels = load<i32>(plan, CHANNELS);
  const lowest = load<f32>(plan, LOWEST);
  const highest = load<f32>(plan, HIGHEST);
  let faults = 0;
  for (let index = 0; index < channels; index++) {
    const target = <usize>load<u32>(plan, CHANNEL_STATES) + CHANNEL_BYTES * index + INPUT + 4 * at;
    const plane = source + planeBytes * index;
    for (let n = 0; n < count; n++) {
      let value = load<f32>(plane + 4 * n);
      if ((reinterpret<u32>(value) & 0x7f800000) === 0x7f800000) {
        value = 0;
        faults++;
      }
      // Adding zero makes −0 a plain 0.
      store<f32>(target + 4 * n, clampTo(nearest<f32>(value * scale), lowest, highest) + 0);
    }
  }
  return faults;
}

/** Fills the span's input from place `at` on with each channel's last value. */
export function wavePadInput(plan: usize, at: i32): void {
  const channels = load<i32>(plan, CHANNELS);
  const frames = load<i32>(plan, FRAMES);
  for (let index = 0; index < channels; index++) {
    const target = <usize>load<u32>(plan, CHANNEL_STATES) + CHANNEL_BYTES * index + INPUT;
    const value = load<f32>(target + 4 * (at - 1));
    for (let n = at; n < frames; n++) store<f32>(target + 4 * n, value);
  }
}

/** How many low bits all samples of the span's input leave 0, at most 23; −1 where all are 0. */
export function waveInputShift(plan: usize): i32 {
  const channels = load<i32>(plan, CHANNELS);
  const frames = load<i32>(plan, FRAMES);
  let all = 0;
  for (let index = 0; index < channels; index++) {
    const target = <usize>load<u32>(plan, CHANNEL_STATES) + CHANNEL_BYTES * index + INPUT;
    for (let n = 0; n < frames; n++) all |= <i32>load<f32>(target + 4 * n);
  }
  return all === 0 ? -1 : min(ctz(all), 23);
}

/** Gives the first `count` frames of the span decoded last, times `scale`. */
export function waveGiveOutput(plan: usize, target: usize, planeBytes: usize, count: i32, scale: f32): void {
  const channels = load<i32>(plan, CHANNELS);
  for (let index = 0; index < channels; index++) {
    const source = <usize>load<u32>(plan, CHANNEL_STATES) + CHANNEL_BYTES * index + OUTPUT;
    const plane = target + planeBytes * index;
    // As at the input: integers have no −0.
    for (let n = 0; n < count; n++) store<f32>(plane + 4 * n, (load<f32>(source + 4 * n) + 0) * scale);
  }
}

/**
 * Gives `count` frames in place of a lost span: the linear prediction runs on by itself, under a fade to silence over
 * FADE frames from the first lost one. The span counts as part of the past, so that losses in a row join.
 */
export function waveConceal(plan: usize, target: usize, planeBytes: usize, count: i32, scale: f32): void {
  const channels = load<i32>(plan, CHANNELS);
  const frames = load<i32>(plan, FRAMES);
  const orderBytes = <usize>(4 * load<i32>(plan, PLAN_ORDER));
  const lowest = load<f32>(plan, LOWEST);
  const highest = load<f32>(plan, HIGHEST);
  const faded = load<i32>(plan, FADED);
  const fade = load<i32>(plan, FADE);
  for (let index = 0; index < channels; index++) {
    const channel = <usize>load<u32>(plan, CHANNEL_STATES) + CHANNEL_BYTES * index;
    // Without a key since the start there is nothing to go on from.
    const silent = faded >= fade || load<i32>(channel, AGE) === 0;
    if (!silent) {
      analyseChannel(plan, channel);
      solveChannel(plan, channel, 0);
    }
    const coefficients = channel + COEFFICIENTS + 4 * ORDER * ORDER;
    const plane = target + planeBytes * index;
    const difference = load<i32>(channel, DIFFERENCE) !== 0;
    const widening: f32 = difference ? 2 : 1;
    for (let n = 0; n < frames; n++) {
      const at = channel + SAMPLES + 4 * (PAST + n);
      let value: f32 = 0;
      if (!silent)
        value = clampTo(
          dot(coefficients, at - orderBytes, orderBytes),
          widening * lowest,
          widening * (highest + 1) - 1,
        );
      store<f32>(at, value);
    }
    giveOutput(plan, channel, difference);
    for (let n = 0; n < count; n++) {
      const left = max(fade - faded - n, 0);
      store<f32>(plane + 4 * n, load<f32>(channel + 4 * n, OUTPUT) * scale * (<f32>left / <f32>fade));
    }
    memory.copy(channel + SAMPLES, channel + SAMPLES + 4 * frames, 4 * PAST);
    memory.fill(channel + RESIDUALS, 0, 4 * TAPS);
    store<i32>(channel, 0, CROSS_BEFORE);
  }
  store<i32>(plan, min(faded + frames, fade), FADED);
}
