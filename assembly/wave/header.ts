// A span's header: what all channels share, then what each of them says before the levels begin. Encoder and decoder run the
// same functions, so that they cannot part.
//
// Memory: of the plan KEY and the words EXACT to NEW_SHIFT; of a channel FORWARD, REFLECTIONS, KEY_MEAN, DIFFERENCE, CROSS_ON.
import { codeBits, codeFlag, codeGamma, startDecoding, TOTAL_BITS } from '../lib/wave-coder';
import {
  CROSS_BEFORE,
  CROSS_ON,
  DIFFERENCE,
  EXACT,
  FORWARD,
  HALVINGS,
  KEY,
  KEY_MEAN,
  KEY_RESIDUAL,
  LARGEST_ERROR,
  NEW_EXACT,
  NEW_LARGEST_ERROR,
  NEW_SHIFT,
  NEW_STEP_INDEX,
  PLAN_ORDER,
  REFLECTIONS,
  SHIFT,
  SPAN,
  SPANS,
  STEP_INDEX,
} from '../lib/wave-layout';
import { stepOf } from './channel';
import { FIXED, LARGEST, reflectionClass } from './forward';

const ONE: u32 = 1 << TOTAL_BITS;
/** Chances of 2^15 that a flag is 0. */
const NO_KEY: u32 = ONE - 512;
const SAME_SHIFT: u32 = ONE - 512;
const SAME_STEP: u32 = 20000;
/** Packets of several spans are a plan's, whose step hardly moves. */
const SAME_STEP_PLANNED: u32 = 32000;
const NO_FORWARD: u32 = ONE - 256;
const SAME_CROSS: u32 = ONE - 2048;
/** Of a reflection, by class: that it is 0, and that its size is no larger. */
const ZERO_0: u32 = 12000;
const ZERO_1: u32 = 20000;
const ZERO_2: u32 = 28000;
const LAST_0: u32 = 18000;
const LAST_1: u32 = 27000;
const LAST_2: u32 = 29000;

const STEP_COUNT = 320;
/** Codes or decodes the reflections of a channel's own coefficients. */
function codeReflections(plan: usize, channel: usize, decoding: bool): void {
  const order = load<i32>(plan, PLAN_ORDER);
  const coded = order >> <i32>codeBits(plan, decoding, load<u32>(plan, HALVINGS), 2);
  for (let i = coded; i < order; i++) store<i32>(channel + 4 * i, 0, REFLECTIONS);
  for (let i = 0; i < coded; i++) {
    const code = load<i32>(channel + 4 * i, REFLECTIONS);
    if (i < FIXED) {
      const value = codeBits(plan, decoding, <u32>(code + 32), 6);
      // The lowest code is never written.
      store<i32>(channel + 4 * i, max(<i32>value, 1) - 32, REFLECTIONS);
      continue;
    }
    const kind = reflectionClass(i);
    const zero: u32 = kind === 0 ? ZERO_0 : kind === 1 ? ZERO_1 : ZERO_2;
    const last: u32 = kind === 0 ? LAST_0 : kind === 1 ? LAST_1 : LAST_2;
    let size = 0;
    let negative: u32 = 0;
    if (codeFlag(plan, decoding, code !== 0, zero)) {
      negative = codeBits(plan, decoding, u32(code < 0), 1);
      size = 1;
      while (size < LARGEST && codeFlag(plan, decoding, abs(code) > size, last)) size++;
    }
    store<i32>(channel + 4 * i, negative ? -size : size, REFLECTIONS);
  }
}

/** Codes or decodes the part of the header that all channels share; returns 0 where no encoder writes such a one. */
export function codeSettings(plan: usize, decoding: bool): bool {
  const key = load<i32>(plan, SPAN) === 0 && codeFlag(plan, decoding, load<i32>(plan, KEY) !== 0, NO_KEY);
  let exact = decoding ? load<i32>(plan, EXACT) : load<i32>(plan, NEW_EXACT);
  let error = decoding ? load<i32>(plan, LARGEST_ERROR) : load<i32>(plan, NEW_LARGEST_ERROR);
  let shift = decoding ? load<i32>(plan, SHIFT) : load<i32>(plan, NEW_SHIFT);
  let step = decoding ? load<i32>(plan, STEP_INDEX) : load<i32>(plan, NEW_STEP_INDEX);
  if (key) {
    exact = <i32>codeBits(plan, decoding, <u32>exact, 1);
    if (exact) {
      error = <i32>codeGamma(plan, decoding, <u32>error + 1) - 1;
      shift = error === 0 ? <i32>codeBits(plan, decoding, <u32>shift, 5) : 0;
    } else {
      step = <i32>codeBits(plan, decoding, <u32>step, 9);
    }
  } else if (exact) {
    if (error === 0 && codeFlag(plan, decoding, shift !== load<i32>(plan, SHIFT), SAME_SHIFT)) {
      shift = <i32>codeBits(plan, decoding, <u32>shift, 5);
    }
  } else {
    const before = load<i32>(plan, STEP_INDEX);
    const same = load<i32>(plan, SPANS) > 1 ? SAME_STEP_PLANNED : SAME_STEP;
    if (codeFlag(plan, decoding, step !== before, same)) {
      const down = codeBits(plan, decoding, u32(step < before), 1);
      const size = <i32>codeGamma(plan, decoding, <u32>abs(step - before));
      step = down ? before - size : before + size;
    }
  }
  if (step < 0 || step >= STEP_COUNT || shift > 23 || error > 0x7fffff) return false;
  store<i32>(plan, i32(key), KEY);
  store<i32>(plan, exact, NEW_EXACT);
  store<i32>(plan, error, NEW_LARGEST_ERROR);
  store<i32>(plan, shift, NEW_SHIFT);
  store<i32>(plan, step, NEW_STEP_INDEX);
  return true;
}

/** Codes or decodes what a channel says before the levels begin. */
export function codeChannel(plan: usize, channel: usize, index: i32, decoding: bool): void {
  const key = load<i32>(plan, KEY) !== 0;
  const forward = key || codeFlag(plan, decoding, load<i32>(channel, FORWARD) !== 0, NO_FORWARD);
  store<i32>(channel, i32(forward), FORWARD);
  if (forward) codeReflections(plan, channel, decoding);
  if (key) {
    if (!decoding) {
      // The least power of two of 2^-4 steps that is not below the mean.
      let power: f32 = 0.0625 * stepOf(plan);
      let code = 0;
      for (; code < 31 && power < load<f32>(channel, KEY_RESIDUAL); code++) power *= 2;
      store<i32>(channel, code, KEY_MEAN);
    }
    store<i32>(channel, <i32>codeBits(plan, decoding, <u32>load<i32>(channel, KEY_MEAN), 5), KEY_MEAN);
    store<i32>(channel, 0, CROSS_ON);
    let difference: u32 = 0;
    if (index > 0) difference = codeBits(plan, decoding, load<u32>(channel, DIFFERENCE), 1);
    store<u32>(channel, difference, DIFFERENCE);
  } else if (index > 0) {
    const before = load<i32>(channel, CROSS_BEFORE);
    const changed = codeFlag(plan, decoding, load<i32>(channel, CROSS_ON) !== before, SAME_CROSS);
    store<i32>(channel, changed ? 1 - before : before, CROSS_ON);
  }
}

/** Is the packet a key? */
export function waveIsKey(plan: usize, source: usize, length: i32): i32 {
  startDecoding(plan, source, length);
  return i32(codeFlag(plan, true, false, NO_KEY));
}
