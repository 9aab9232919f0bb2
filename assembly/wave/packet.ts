// A packet: spans, each its header and then the levels of one channel after the other, all in one run of the range coder.
//
// Memory: the plan's words and all channels' states (assembly/lib/wave-layout.ts); bytes from START to NEXT where it encodes,
// from NEXT to END where it decodes.
import {
  codeBits,
  codeFlag,
  encodedBits,
  endEncoding,
  restoreEncoder,
  saveEncoder,
  startDecoding,
  startEncoding,
} from '../lib/wave-coder';
import {
  AGE,
  CHANNEL_BYTES,
  CHANNEL_PATH,
  CHANNEL_STATES,
  CHANNELS,
  CHECKED,
  COEFFICIENTS,
  CROSS_BEFORE,
  CROSS_ON,
  DECODING,
  DIFFERENCE,
  EXACT,
  FORWARD,
  FRAMES,
  HELD,
  INPUT,
  INPUT_PAST,
  KEY,
  KEY_MEAN,
  KEY_RESIDUAL,
  LARGEST_ERROR,
  LEVELS,
  MAY_FORWARD,
  MEANS,
  NEW_EXACT,
  NEW_LARGEST_ERROR,
  NEW_SHIFT,
  NEW_STEP_INDEX,
  ORDER,
  OUTPUT,
  PAST,
  PAST_NOISE,
  PLAN_ORDER,
  PLAN_WINDOW,
  RESIDUALS,
  SAMPLES,
  SHIFT,
  SPAN,
  SPANS,
  START,
  STATE,
  STATE_BYTES,
  STEP_INDEX,
  TAPS,
  TARGET,
  WARM_UP,
  WIDTH,
} from '../lib/wave-layout';
import { dot } from '../lib/wave-predict';
import { analyseChannel, solveChannel } from './backward';
import { beginChannel, runChannel, stepOf } from './channel';
import { chooseReflections, correlateInput, subtract, useReflections } from './forward';
import { codeChannel, codeSettings } from './header';
import { beginShaping, keepErrors } from './noise-shaping';
import { searchChannel } from './search';
import { settleSteadiness, startSteadiness } from './steadiness';

/** No span follows where the packet has room for one: the lowest part, which the zeros behind a packet stand for, too. */
const NO_MORE: u32 = 64;
/** A difference is coded where it leaves less than this part of what the channel by itself leaves. */
const LESS: f64 = 0.7;

function channelAt(plan: usize, index: i32): usize {
  return <usize>load<u32>(plan, CHANNEL_STATES) + CHANNEL_BYTES * index;
}

/** Forgets everything before a key. */
function restart(channel: usize): void {
  memory.fill(channel + SAMPLES, 0, 4 * PAST);
  memory.fill(channel + RESIDUALS, 0, 4 * TAPS);
  memory.fill(channel + STATE, 0, STATE_BYTES);
  store<i32>(channel, 0, AGE);
  store<i32>(channel, 0, CROSS_BEFORE);
  startSteadiness(channel);
}

/** Sets what is to be coded: the input, less (for a difference) the input or the output of the channel before. */
function setTarget(channel: usize, before: usize, frames: i32): void {
  memory.copy(channel + TARGET, channel + INPUT, 4 * frames);
  if (load<i32>(channel, DIFFERENCE)) subtract(channel + TARGET, channel - CHANNEL_BYTES + before, frames);
}

/** What a set of coefficients leaves of the packet's input, on average. */
function openLoopResidual(plan: usize, channel: usize, isKey: bool): f64 {
  const order = load<i32>(plan, PLAN_ORDER);
  const frames = load<i32>(plan, FRAMES);
  const orderBytes = <usize>(4 * order);
  // The packet's input takes the decoded samples' place for the while; decoding overwrites it.
  memory.copy(channel + SAMPLES + 4 * PAST, channel + TARGET, 4 * frames);
  const warmUp = load<i32>(channel, WARM_UP);
  let sum: f64 = 0;
  for (let n = isKey ? min(4, order) : 0; n < frames; n++) {
    const at = channel + SAMPLES + 4 * (PAST + n);
    const set = channel + COEFFICIENTS + 4 * ORDER * min(warmUp + n, ORDER);
    sum += <f64>abs(load<f32>(at) - dot(set, at - orderBytes, orderBytes));
  }
  return sum / frames;
}

/** The squared step, or 0 where the levels code each sample as it is. */
function noiseOf(plan: usize): f64 {
  if (load<i32>(plan, NEW_EXACT) && load<i32>(plan, NEW_LARGEST_ERROR) === 0) return 0;
  return <f64>stepOf(plan) * <f64>stepOf(plan);
}

/** Begins a packet of the encoder's. */
export function waveStartPacket(plan: usize, target: usize): void {
  startEncoding(plan, target);
  store<u32>(plan, <u32>target, START);
  store<i32>(plan, 0, SPAN);
}

/** Ends the packet; returns its length. */
function endPacket(plan: usize): i32 {
  const start = <usize>load<u32>(plan, START);
  return <i32>(endEncoding(plan, start) - start);
}

/** Prepares the encoder's next span: coefficients from the past, or from the input where it is a key. */
export function waveBeginSpan(plan: usize, isKey: i32): void {
  saveEncoder(plan);
  const channels = load<i32>(plan, CHANNELS);
  const frames = load<i32>(plan, FRAMES);
  store<i32>(plan, isKey, KEY);
  store<i32>(plan, 0, DECODING);
  for (let index = 0; index < channels; index++) {
    const channel = channelAt(plan, index);
    store<i32>(channel, isKey, FORWARD);
    if (isKey) {
      const plain = correlateInput(plan, channel, false, true);
      store<i32>(channel, 0, DIFFERENCE);
      if (index > 0) {
        if (correlateInput(plan, channel, true, true) < LESS * plain) store<i32>(channel, 1, DIFFERENCE);
        else correlateInput(plan, channel, false, true);
      }
      restart(channel);
      continue;
    }
    analyseChannel(plan, channel);
    if (!load<i32>(plan, MAY_FORWARD)) continue;
    setTarget(channel, INPUT, frames);
    solveChannel(plan, channel, stepOf(plan));
    const backward = openLoopResidual(plan, channel, false);
    correlateInput(plan, channel, load<i32>(channel, DIFFERENCE) !== 0, false);
    const bits = 10 + chooseReflections(plan, channel, noiseOf(plan), false);
    useReflections(plan, channel, false);
    // Pays where each sample saves its share of the coefficients' bits; 2^x ≥ 1 + 0.7·x + 0.25·x² stands for the power.
    const share = bits / frames;
    const factor = 1 + 0.7 * share + 0.25 * share * share;
    if (openLoopResidual(plan, channel, false) * factor + 0.25 < backward) store<i32>(channel, 1, FORWARD);
  }
}

/** A key's coefficients and first means, at this packet's step. */
function beginKey(plan: usize, channel: usize): void {
  setTarget(channel, INPUT, load<i32>(plan, FRAMES));
  chooseReflections(plan, channel, noiseOf(plan), true);
  useReflections(plan, channel, true);
  store<f32>(channel, <f32>openLoopResidual(plan, channel, true), KEY_RESIDUAL);
}

/** Sets a key's means, in steps: all three alike. */
function startMeans(channel: usize): void {
  // 2^(code − 4), by its bits.
  const mean = reinterpret<f32>((123 + load<i32>(channel, KEY_MEAN)) << 23);
  store<f32>(channel, mean, STATE + MEANS);
  store<f32>(channel, mean, STATE + MEANS + 4);
  store<f32>(channel, mean, STATE + MEANS + 8);
}

/** Eight bits that depend on all samples of the span and on all weights and means after it. */
function checkState(plan: usize): u32 {
  const channels = load<i32>(plan, CHANNELS);
  const frames = load<i32>(plan, FRAMES);
  let hash: u32 = 0x811c9dc5;
  for (let index = 0; index < channels; index++) {
    const channel = channelAt(plan, index);
    for (let n = 0; n < frames; n++) {
      hash = (hash ^ <u32>(<i32>load<f32>(channel + 4 * n, SAMPLES + 4 * PAST))) * 0x9e3779b1;
      hash ^= hash >> 15;
    }
    for (let word: usize = 0; word < <usize>STATE_BYTES; word += 4) {
      hash = (hash ^ load<u32>(channel + word, CHANNEL_PATH)) * 0x9e3779b1;
      hash ^= hash >> 15;
    }
  }
  return hash >> 24;
}

/**
 * Tries the span with the settings in the plan, behind those before it, and ends the packet with its last. Returns the bits
 * of the packet so far. Changes nothing that lasts.
 */
export function waveEncodeSpan(plan: usize): i32 {
  const channels = load<i32>(plan, CHANNELS);
  const width = load<i32>(plan, WIDTH);
  const searches = width > 1 && !load<i32>(plan, NEW_EXACT);
  if (load<i32>(plan, KEY)) {
    for (let index = 0; index < channels; index++) beginKey(plan, channelAt(plan, index));
  }
  restoreEncoder(plan);
  if (load<i32>(plan, SPAN) > 0) codeFlag(plan, false, true, NO_MORE);
  codeSettings(plan, false);
  for (let index = 0; index < channels; index++) codeChannel(plan, channelAt(plan, index), index, false);
  for (let index = 0; index < channels; index++) {
    const channel = channelAt(plan, index);
    if (load<i32>(plan, KEY)) startMeans(channel);
    if (!load<i32>(channel, FORWARD)) solveChannel(plan, channel, stepOf(plan));
    beginChannel(plan, channel, index);
    beginShaping(plan, channel, stepOf(plan));
    setTarget(channel, OUTPUT, load<i32>(plan, FRAMES));
    if (searches) {
      searchChannel(plan, channel, index);
      const held = load<i32>(plan, HELD);
      memory.fill(channel + LEVELS + 4 * held, 0, 4 * (load<i32>(plan, FRAMES) - held));
    } else {
      store<i32>(plan, 1, WIDTH);
    }
    runChannel(plan, channel, index);
    store<i32>(plan, width, WIDTH);
  }
  if (load<i32>(plan, CHECKED)) codeBits(plan, false, checkState(plan), 8);
  if (load<i32>(plan, SPAN) + 1 < load<i32>(plan, SPANS)) return encodedBits(plan);
  return 8 * endPacket(plan);
}

/** Ends a packet before its last span and returns its length. */
export function waveEndPacket(plan: usize): i32 {
  codeFlag(plan, false, false, NO_MORE);
  return endPacket(plan);
}

/** Makes the span tried last, or decoded, part of the past. */
export function waveAcceptSpan(plan: usize): void {
  const channels = load<i32>(plan, CHANNELS);
  const frames = load<i32>(plan, FRAMES);
  const decoding = load<i32>(plan, DECODING);
  for (let index = 0; index < channels; index++) {
    const channel = channelAt(plan, index);
    settleSteadiness(plan, channel);
    memory.copy(channel + STATE, channel + CHANNEL_PATH, STATE_BYTES);
    memory.copy(channel + SAMPLES, channel + SAMPLES + 4 * frames, 4 * PAST);
    memory.copy(channel + RESIDUALS, channel + RESIDUALS + 4 * frames, 4 * TAPS);
    store<i32>(channel, min(PAST, load<i32>(channel, AGE) + frames), AGE);
    store<i32>(channel, load<i32>(channel, CROSS_ON), CROSS_BEFORE);
    if (!decoding) {
      keepErrors(plan, channel);
      const past = channel + INPUT_PAST;
      memory.copy(past, past + 4 * frames, 4 * (PAST - frames));
      memory.copy(past + 4 * (PAST - frames), channel + INPUT, 4 * frames);
    }
  }
  // A key's past begins with it; later on the record of steps fades as the window does.
  const step = <f64>stepOf(plan);
  const past = load<f64>(plan, PAST_NOISE);
  const share = min(<f64>frames / (0.375 * <f64>load<i32>(plan, PLAN_WINDOW)), <f64>1);
  const noise = load<i32>(plan, KEY) ? step * step : past + share * (step * step - past);
  store<f64>(plan, noise, PAST_NOISE);
  store<i32>(plan, load<i32>(plan, NEW_EXACT), EXACT);
  store<i32>(plan, load<i32>(plan, NEW_LARGEST_ERROR), LARGEST_ERROR);
  store<i32>(plan, load<i32>(plan, NEW_SHIFT), SHIFT);
  store<i32>(plan, load<i32>(plan, NEW_STEP_INDEX), STEP_INDEX);
  store<i32>(plan, load<i32>(plan, SPAN) + 1, SPAN);
}

/** Begins a packet of the decoder's. */
export function waveOpenPacket(plan: usize, source: usize, length: i32): void {
  startDecoding(plan, source, length);
  store<i32>(plan, 0, SPAN);
}

/**
 * Decodes the packet's next span: 1; 0 where no encoder writes such a one (then nothing has changed); 2 where its check
 * bits do not match; 3 where the packet has ended.
 */
export function waveDecodeSpan(plan: usize): i32 {
  const channels = load<i32>(plan, CHANNELS);
  store<i32>(plan, 1, DECODING);
  if (load<i32>(plan, SPAN) > 0 && !codeFlag(plan, true, false, NO_MORE)) return 3;
  if (!codeSettings(plan, true)) return 0;
  const key = load<i32>(plan, KEY) !== 0;
  for (let index = 0; index < channels; index++) codeChannel(plan, channelAt(plan, index), index, true);
  for (let index = 0; index < channels; index++) {
    const channel = channelAt(plan, index);
    if (key) {
      restart(channel);
      startMeans(channel);
    }
    if (load<i32>(channel, FORWARD)) {
      useReflections(plan, channel, key);
    } else {
      analyseChannel(plan, channel);
      solveChannel(plan, channel, stepOf(plan));
    }
    beginChannel(plan, channel, index);
    runChannel(plan, channel, index);
  }
  let matches = true;
  if (load<i32>(plan, CHECKED)) matches = codeBits(plan, true, 0, 8) === checkState(plan);
  waveAcceptSpan(plan);
  return matches ? 1 : 2;
}
