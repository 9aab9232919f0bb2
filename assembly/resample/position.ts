// Where the next outputs stand among the input frames: whole numbers throughout, so that nothing drifts.
//
// Memory: one record of 24 bytes an output
//    0 i32  input frames from the start of the history to the first that this output's filter may reach
//    8 f64  the rest of its instant: a fraction of an input frame, 0 to 1
//   16 f64  how far its filter is stretched: the cutoff as a fraction of the input's Nyquist frequency, 0 to 1
//
// State of a constant ratio:
//    0 u64  the fraction of the next output's instant, in 1/up input frames
//   72 i32  (written) frames of the history that no later output needs
// State of a varying one, where a ratio is outputs per input frame:
//    0 u64  the fraction of the next output's instant, in 2^-64 input frames
//    8 f64  ratio at the start of the ramp    16 f64  ratio at its end, and from there on
//   24 f64  outputs into the ramp             32 f64  its length in outputs
//   40 f64  outputs until the next ramp begins, negative if none is to come
//   48 f64  that one's ratio                  56 f64  and length
//   64 f64  outputs so far
//   72 i32  (written) as above
//   76 i32  1 until the first ramp begins: the ratio is the one of construction, and its reciprocal known exactly
//   80 u64  of that reciprocal the fraction, in 2^-64 rounded up    88 i32  and the whole part
//
// A varying position is rounded up by at most 2^-64 of an input frame an output: an instant that falls on the end of the
// stream is never taken for one before it, and a year moves it by 2^-23 of a frame.

const USED: usize = 72;
/** Splits a float64 into halves of 26 bits (Dekker, 1971). */
const SPLITTER: f64 = 134217729.0;
const TWO_TO_64: f64 = 4294967296.0 * 4294967296.0;

/**
 * Constant ratio up/down, whole numbers below 2^53: writes records as long as their place is at most `room`, at most
 * `most`, and returns their number.
 */
export function constantPositions(
  records: usize,
  state: usize,
  up: f64,
  down: f64,
  stretch: f64,
  room: i32,
  most: i32,
): i32 {
  const modulus = <u64>up;
  const whole = <i32>(<u64>down / modulus);
  const step = <u64>down % modulus;
  let phase = load<u64>(state);
  let place: i32 = 0;
  let count: i32 = 0;
  for (; place <= room && count < most; count++, records += 24) {
    store<i32>(records, place);
    store<f64>(records, <f64>phase / up, 8);
    store<f64>(records, stretch, 16);
    place += whole;
    phase += step;
    if (phase >= modulus) {
      phase -= modulus;
      place++;
    }
  }
  store<u64>(state, phase);
  store<i32>(state, place, USED);
  return count;
}

/** What 1/ratio, correctly rounded to float64 as `reciprocal`, is short of, times 2^64 and rounded up. */
function shortfall(ratio: f64, reciprocal: f64): i64 {
  // The product's rounding error, exactly (Dekker, 1971).
  const product = ratio * reciprocal;
  const high1 = ratio * SPLITTER - (ratio * SPLITTER - ratio);
  const high2 = reciprocal * SPLITTER - (reciprocal * SPLITTER - reciprocal);
  const low1 = ratio - high1;
  const low2 = reciprocal - high2;
  const error = high1 * high2 - product + high1 * low2 + low1 * high2 + low1 * low2;
  return <i64>Math.ceil(((1 - product - error) / ratio) * TWO_TO_64);
}

/** The same for a varying ratio: output k + 1 stands 1/ratio(k) input frames after output k. */
export function varyingPositions(records: usize, state: usize, room: i32, most: i32): i32 {
  let fraction = load<u64>(state);
  let first = load<f64>(state, 8);
  let last = load<f64>(state, 16);
  let done = load<f64>(state, 24);
  let length = load<f64>(state, 32);
  let wait = load<f64>(state, 40);
  let untouched = load<i32>(state, 76);
  let place: i32 = 0;
  let count: i32 = 0;
  for (; place <= room && count < most; count++, records += 24) {
    let ratio = done < length ? first + (last - first) * (done / length) : last;
    if (wait === 0) {
      first = ratio;
      last = load<f64>(state, 48);
      length = load<f64>(state, 56);
      done = 0;
      untouched = 0;
      if (length === 0) ratio = last;
    }
    wait -= 1;
    done += 1;
    store<i32>(records, place);
    store<f64>(records, <f64>fraction / TWO_TO_64, 8);
    store<f64>(records, min(1.0, ratio), 16);
    let rest = load<u64>(state, 80);
    let whole = load<i32>(state, 88);
    if (untouched === 0) {
      const reciprocal = 1 / ratio;
      whole = <i32>Math.floor(reciprocal);
      const rounded = <u64>((reciprocal - <f64>whole) * TWO_TO_64);
      const missing = shortfall(ratio, reciprocal);
      rest = rounded + <u64>missing;
      if (missing > 0 && rest < rounded) whole++;
      if (missing < 0 && rest > rounded) whole--;
    }
    place += whole;
    fraction += rest;
    if (fraction < rest) place++;
  }
  store<u64>(state, fraction);
  store<f64>(state, first, 8);
  store<f64>(state, last, 16);
  store<f64>(state, done, 24);
  store<f64>(state, length, 32);
  store<f64>(state, wait, 40);
  store<i32>(state, untouched, 76);
  store<f64>(state, load<f64>(state, 64) + <f64>count, 64);
  store<i32>(state, place, USED);
  return count;
}
