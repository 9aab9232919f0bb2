// The loop over a channel that no other one helps to predict, in inexact spans: what mono is made of, and the first
// channel of any stream. It does what runBeside in assembly/wave/channel.ts does, operation by operation, for speed:
//
// - Two chains go from sample to sample. One is the levels': code, magnitude, means, scale, context, and the next code. The
//   other is the prediction's: prediction, sample, error, weights, and the next prediction. Contexts come of levels alone, so
//   in a decoder the first chain never waits for the second and runs ahead of it as far as the processor can see. What counts
//   is the length of each: values of a chain stay in registers, as vectors of four equal lanes; the newest four samples and
//   residuals do, too, since a vector load cannot be served from a scalar store still on its way.
// - Where levels are chosen, the level waits for the prediction, and the two chains are one. The choice comes last in it:
//   what follows from either of two levels is worked out, one in even lanes and the other in odd ones, and `pick` then takes
//   one of them. Decoders have nothing to pick.
import { carry, TOTAL_BITS } from './wave-coder';
import {
  CHANNEL_PATH,
  COEFFICIENTS,
  CONTEXTS,
  COSTS,
  CROSS_ERROR,
  END,
  FRAMES,
  FREQUENCIES,
  HIGHEST,
  LAMBDA,
  LEVELS,
  LOW,
  LOWEST,
  NEXT,
  ORDER,
  OWN_ERROR,
  PAST,
  RANGE,
  RATE,
  RESIDUALS,
  SAMPLES,
  TABLES,
  TAPS,
  TARGET,
  WARM_UP,
  WEIGHTS,
  WIDTH,
} from './wave-layout';
import {
  CONTEXT_COUNT,
  COST_ROW,
  contextOf,
  decodeRest,
  encodeLevel,
  FREQUENCY_ROW,
  firstScale,
  keptShares,
  levelCost,
  loadMeans,
  meanShares,
  moveMeans,
  newShare,
  nextScale,
  rawBitsOf,
  storeMeans,
} from './wave-levels';
import { BOUND } from './wave-predict';

/** (0 + 2) + (1 + 3) in all four lanes. */
// @ts-ignore: decorator
@inline
function sumToAll(a: v128): v128 {
  const pairs = f32x4.add(a, v128.shuffle<f32>(a, a, 2, 3, 0, 1));
  return f32x4.add(pairs, v128.shuffle<f32>(pairs, pairs, 1, 0, 3, 2));
}

/** The last three lanes of a, and behind them a lane of b, whose lanes are equal. */
// @ts-ignore: decorator
@inline
function push(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 1, 2, 3, 4);
}

/** Held to the range, as clampTo does. */
// @ts-ignore: decorator
@inline
function clampAll(value: v128, lowest: v128, highest: v128): v128 {
  return f32x4.pmin(highest, f32x4.pmax(lowest, value));
}

/** The least lane, unsigned. */
// @ts-ignore: decorator
@inline
function leastOf(a: v128): u32 {
  const pairs = i32x4.min_u(a, v128.shuffle<i32>(a, a, 2, 3, 0, 1));
  return <u32>i32x4.extract_lane(i32x4.min_u(pairs, v128.shuffle<i32>(pairs, pairs, 1, 0, 3, 2)), 0);
}

/** Lane 0 or 1 in all four lanes, as `lane` says: the bytes of that lane, four times. */
// @ts-ignore: decorator
@inline
function pick(a: v128, lane: v128): v128 {
  return i8x16.swizzle(a, lane);
}

/** Runs the channel through the span; `lite`, `decoding` are constants where it is inlined. */
// @ts-ignore: decorator
@inline
export function runAlone(plan: usize, channel: usize, step: f32, lite: bool, decoding: bool): void {
  const path = channel + CHANNEL_PATH;
  const choosing = !decoding && load<i32>(plan, WIDTH) === 1;
  const frames = load<i32>(plan, FRAMES);
  const inverse = f32x4.splat(<f32>1 / step);
  const steps = f32x4.splat(step);
  const lowest = f32x4.splat(load<f32>(plan, LOWEST));
  const highest = f32x4.splat(load<f32>(plan, HIGHEST));
  const rate = f32x4.splat(load<f32>(plan, RATE));
  const floor = f32x4.splat(<f32>0.1 * (step * step));
  const perTap = f32x4.splat(<f32>1 / (lite ? <f32>32 : <f32>16));
  const lambda = load<f32>(plan, LAMBDA);
  const tables = load<i32>(channel, TABLES);
  const firstOfClass = CONTEXT_COUNT * tables;
  const frequencies = <usize>load<u32>(plan, FREQUENCIES) + (firstOfClass << FREQUENCY_ROW);
  const costTables = <usize>load<u32>(plan, COSTS) + (firstOfClass << COST_ROW);
  const kept = keptShares(tables);
  const share = newShare(tables);
  const warmUp = load<i32>(channel, WARM_UP);
  const taps: usize = lite ? 128 : 64;
  const order: usize = lite ? 16 : 128;

  let code = load<u32>(plan, LOW);
  let range = load<u32>(plan, RANGE);
  let next = <usize>load<u32>(plan, NEXT);
  const end = <usize>load<u32>(plan, END);

  let means = loadMeans(path);
  let scale = firstScale(means, meanShares(tables));
  let scaleBits = i32x4.extract_lane(scale, 0);
  let w0 = v128.load(path, WEIGHTS);
  let w1 = v128.load(path, WEIGHTS + 16);
  let w2 = v128.load(path, WEIGHTS + 32);
  let w3 = v128.load(path, WEIGHTS + 48);
  let w4 = v128.load(path, WEIGHTS + 64);
  let w5 = v128.load(path, WEIGHTS + 80);
  let w6 = v128.load(path, WEIGHTS + 96);
  let w7 = v128.load(path, WEIGHTS + 112);

  /** Where the oldest residual of the history stands, and the oldest sample. */
  let history = channel + RESIDUALS + 4 * TAPS - taps;
  let past = channel + SAMPLES + 4 * PAST - order;
  let newestResiduals = v128.load(history + taps - 16);
  let newestSamples = v128.load(past + order - 16);

  for (let n = 0; n < frames; n++) {
    const a = channel + COEFFICIENTS + 4 * ORDER * min(warmUp + n, ORDER);
    // The linear prediction.
    let even: v128;
    let odd: v128;
    let linear: v128;
    if (lite) {
      linear = sumToAll(f32x4.mul(v128.load(a), newestSamples));
    } else {
      even = f32x4.mul(v128.load(a), v128.load(past));
      odd = f32x4.mul(v128.load(a, 16), v128.load(past, 16));
      even = f32x4.add(even, f32x4.mul(v128.load(a, 32), v128.load(past, 32)));
      odd = f32x4.add(odd, f32x4.mul(v128.load(a, 48), v128.load(past, 48)));
      even = f32x4.add(even, f32x4.mul(v128.load(a, 64), v128.load(past, 64)));
      odd = f32x4.add(odd, f32x4.mul(v128.load(a, 80), v128.load(past, 80)));
      even = f32x4.add(even, f32x4.mul(v128.load(a, 96), v128.load(past, 96)));
      odd = f32x4.add(odd, f32x4.mul(v128.load(a, 112), newestSamples));
      linear = sumToAll(f32x4.add(even, odd));
    }
    // The weights take the last error, over the history that was, and weigh the one that is.
    let h = v128.load(history);
    let squares = f32x4.mul(h, h);
    even = f32x4.mul(w0, h);
    h = v128.load(history, 16);
    let oddSquares = f32x4.mul(h, h);
    odd = f32x4.mul(w1, h);
    h = v128.load(history, 32);
    squares = f32x4.add(squares, f32x4.mul(h, h));
    even = f32x4.add(even, f32x4.mul(w2, h));
    h = lite ? v128.load(history, 48) : newestResiduals;
    oddSquares = f32x4.add(oddSquares, f32x4.mul(h, h));
    odd = f32x4.add(odd, f32x4.mul(w3, h));
    if (lite) {
      h = v128.load(history, 64);
      squares = f32x4.add(squares, f32x4.mul(h, h));
      even = f32x4.add(even, f32x4.mul(w4, h));
      h = v128.load(history, 80);
      oddSquares = f32x4.add(oddSquares, f32x4.mul(h, h));
      odd = f32x4.add(odd, f32x4.mul(w5, h));
      h = v128.load(history, 96);
      squares = f32x4.add(squares, f32x4.mul(h, h));
      even = f32x4.add(even, f32x4.mul(w6, h));
      h = newestResiduals;
      oddSquares = f32x4.add(oddSquares, f32x4.mul(h, h));
      odd = f32x4.add(odd, f32x4.mul(w7, h));
    }
    const energy = sumToAll(f32x4.add(squares, oddSquares));
    const prediction = clampAll(f32x4.add(linear, sumToAll(f32x4.add(even, odd))), lowest, highest);

    let context = contextOf(scaleBits);
    const rawBits = rawBitsOf(context);
    context -= rawBits << 2;
    const table = frequencies + (context << FREQUENCY_ROW);
    let level = 0;
    let sizes = f32x4.splat(0);
    let levels = f32x4.splat(0);
    let lane = i32x4.splat(0x03020100);
    if (decoding) {
      let following: u32 = 0;
      if (next + 4 <= end) {
        following = bswap<u32>(load<u32>(next));
      } else {
        for (let i: usize = 0; i < 4; i++) following = (following << 8) | (next + i < end ? load<u8>(next + i) : 0);
      }
      // Of the first eight symbols' ends, those not above the code are behind it; the nearest ones are where the part
      // begins and ends. Distances wrap where an end is on the other side, and are the greater for it.
      const width = range >> TOTAL_BITS;
      const widths = i32x4.splat(width);
      const codes = i32x4.splat(code);
      const ends = i32x4.mul(v128.load16x4_u(table + 2), widths);
      const moreEnds = i32x4.mul(v128.load16x4_u(table + 10), widths);
      const morePassed = i32x4.ge_u(codes, moreEnds);
      const negated = i32x4.add(i32x4.ge_u(codes, ends), morePassed);
      const pairs = i32x4.add(negated, v128.shuffle<i32>(negated, negated, 2, 3, 0, 1));
      const symbols = i32x4.neg(i32x4.add(pairs, v128.shuffle<i32>(pairs, pairs, 1, 0, 3, 2)));
      levels = f32x4.convert_i32x4_s(symbols);
      let magnitude = <u32>i32x4.extract_lane(symbols, 0);
      if (!i32x4.all_true(morePassed)) {
        const behind = i32x4.min_u(i32x4.sub(codes, ends), i32x4.sub(codes, moreEnds));
        const beyond = i32x4.splat(1 + code);
        const ahead = i32x4.min_u(i32x4.sub(ends, beyond), i32x4.sub(moreEnds, beyond));
        code = min<u32>(leastOf(behind), code);
        range = code + leastOf(ahead) + 1;
      } else {
        while (magnitude < 32 && code >= width * <u32>load<u16>(table + (<usize>magnitude << 1), 2)) magnitude++;
        const start = <u32>load<u16>(table + (<usize>magnitude << 1));
        code -= width * start;
        range = width * (<u32>load<u16>(table + (<usize>magnitude << 1), 2) - start);
        levels = f32x4.splat(<f32>magnitude);
      }
      let shift = clz(range) & 24;
      let window = (((<u64>code) << 32) | following) << shift;
      range <<= shift;
      next += shift >> 3;
      if (magnitude === 32 || rawBits > 0) {
        store<u32>(plan, <u32>(window >> 32), LOW);
        store<u32>(plan, range, RANGE);
        store<u32>(plan, <u32>min(next, end), NEXT);
        magnitude = decodeRest(plan, magnitude, rawBits);
        levels = f32x4.splat(<f32>magnitude);
        range = load<u32>(plan, RANGE);
        next = <usize>load<u32>(plan, NEXT);
        window = ((<u64>load<u32>(plan, LOW)) << 32) | (next < end ? <u64>load<u8>(next) << 24 : 0);
      }
      sizes = levels;
      store<i32>(channel + 4 * n, <i32>magnitude, LEVELS);
      // The sign, as one even bit; without a magnitude nothing happens here.
      const some = u32(magnitude !== 0);
      range >>= some;
      const negative = u32(<u32>(window >> 32) >= range) & some;
      window -= (<u64>(range & (0 - negative))) << 32;
      shift = clz(range) & 8;
      code = <u32>((window << shift) >> 32);
      range <<= shift;
      next += shift >> 3;
      levels = v128.xor(levels, i32x4.splat(negative << 31));
    } else if (choosing) {
      // Of the nearest level (even lanes) and the next one towards zero the one that is cheaper by error and bits.
      const wanted = v128.load32_splat(channel + 4 * n, TARGET);
      const quotient = f32x4.nearest(f32x4.mul(f32x4.sub(wanted, prediction), inverse));
      const nearest = clampAll(quotient, f32x4.splat(-33554431), f32x4.splat(33554431));
      sizes = f32x4.pmax(f32x4.splat(0), f32x4.sub(f32x4.abs(nearest), f32x4(0, 1, 0, 1)));
      levels = v128.or(sizes, v128.and(nearest, i32x4.splat(0x80000000)));
      const made = clampAll(f32x4.nearest(f32x4.add(prediction, f32x4.mul(levels, steps))), lowest, highest);
      const apart = f32x4.mul(f32x4.sub(made, wanted), inverse);
      const costs = costTables + (context << COST_ROW);
      const size = f32x4.extract_lane(sizes, 0);
      let magnitude: i32;
      let bits: v128;
      if (size < 32 && rawBits === 0) {
        // The low bits of a float32 from 2^23 on are the whole number beyond it. At 0 both lanes are the same level.
        magnitude = i32x4.extract_lane(f32x4.add(sizes, f32x4.splat(8388608)), 0) & 0x7fffff;
        const pair = v128.load64_zero(costs + ((<usize>magnitude) << 2) - 4);
        bits = f32x4.add(v128.shuffle<f32>(pair, pair, 1, 0, 1, 0), f32x4.pmin(f32x4.splat(1), sizes));
      } else {
        magnitude = <i32>size;
        bits = f32x4.splat(levelCost(costs, rawBits, <u32>magnitude));
        bits = f32x4.replace_lane(bits, 1, levelCost(costs, rawBits, <u32>max(magnitude - 1, 0)));
      }
      const cost = f32x4.add(f32x4.mul(apart, apart), f32x4.mul(f32x4.splat(lambda), bits));
      const lower = f32x4.lt(v128.shuffle<f32>(cost, cost, 1, 1, 1, 1), v128.shuffle<f32>(cost, cost, 0, 0, 0, 0));
      lane = i32x4.add(lane, v128.and(lower, i32x4.splat(0x04040404)));
      magnitude = max(magnitude + i32x4.extract_lane(lower, 0), 0);
      const sign = i32x4.extract_lane(nearest, 0) >> 31;
      level = (magnitude ^ sign) - sign;
      store<i32>(channel + 4 * n, level, LEVELS);
    } else {
      level = load<i32>(channel + 4 * n, LEVELS);
      levels = f32x4.convert_i32x4_s(i32x4.splat(level));
      sizes = f32x4.abs(levels);
    }
    if (!decoding) {
      store<i32>(channel + 4 * n, (firstOfClass + context) | (rawBits << 8), CONTEXTS);
      const magnitude = <u32>abs(level);
      const high = magnitude >> rawBits;
      if (high < 32 && rawBits === 0) {
        const start = <u32>load<u16>(table + (high << 1));
        const size = <u32>load<u16>(table + (high << 1), 2) - start;
        const width = range >> TOTAL_BITS;
        let before = code;
        code += width * start;
        if (code < before) carry(next);
        range = width * size;
        let shift = clz(range) & 24;
        store<u32>(next, bswap<u32>(code));
        next += shift >> 3;
        code <<= shift;
        range <<= shift;
        // The sign: half the range, and nothing where there is none.
        range >>= u32(magnitude !== 0);
        before = code;
        code += range & (0 - u32(level < 0));
        if (code < before) carry(next);
        shift = clz(range) & 8;
        store<u8>(next, <u8>(code >> 24));
        next += shift >> 3;
        code <<= shift;
        range <<= shift;
      } else {
        store<u32>(plan, code, LOW);
        store<u32>(plan, range, RANGE);
        store<u32>(plan, <u32>next, NEXT);
        encodeLevel(plan, table, rawBits, level);
        code = load<u32>(plan, LOW);
        range = load<u32>(plan, RANGE);
        next = <usize>load<u32>(plan, NEXT);
      }
    }

    let sample = clampAll(f32x4.nearest(f32x4.add(prediction, f32x4.mul(levels, steps))), lowest, highest);
    const error = f32x4.sub(sample, prediction);
    const bound = f32x4.mul(f32x4.add(f32x4.mul(f32x4.splat(BOUND), scale), f32x4.splat(1)), steps);
    const inverseEnergy = f32x4.div(f32x4.splat(1), f32x4.add(f32x4.mul(energy, perTap), floor));
    let gain = f32x4.mul(f32x4.mul(rate, clampAll(error, f32x4.neg(bound), bound)), inverseEnergy);
    scale = nextScale(means, sizes, kept, share);
    if (!decoding) {
      scale = pick(scale, lane);
      sizes = pick(sizes, lane);
      sample = pick(sample, lane);
      gain = pick(gain, lane);
    }
    scaleBits = i32x4.extract_lane(scale, 0);
    means = moveMeans(means, sizes);
    w0 = f32x4.add(w0, f32x4.mul(gain, v128.load(history)));
    w1 = f32x4.add(w1, f32x4.mul(gain, v128.load(history, 16)));
    w2 = f32x4.add(w2, f32x4.mul(gain, v128.load(history, 32)));
    if (lite) {
      w3 = f32x4.add(w3, f32x4.mul(gain, v128.load(history, 48)));
      w4 = f32x4.add(w4, f32x4.mul(gain, v128.load(history, 64)));
      w5 = f32x4.add(w5, f32x4.mul(gain, v128.load(history, 80)));
      w6 = f32x4.add(w6, f32x4.mul(gain, v128.load(history, 96)));
      w7 = f32x4.add(w7, f32x4.mul(gain, newestResiduals));
    } else {
      w3 = f32x4.add(w3, f32x4.mul(gain, newestResiduals));
    }
    const residual = f32x4.sub(sample, linear);
    v128.store32_lane(past + order, sample, 0);
    v128.store32_lane(history + taps, residual, 0);
    newestSamples = push(newestSamples, sample);
    newestResiduals = push(newestResiduals, residual);
    past += 4;
    history += 4;
  }

  store<u32>(plan, code, LOW);
  store<u32>(plan, range, RANGE);
  // A decoder has gone on over the zeros behind the last byte.
  store<u32>(plan, <u32>(decoding ? min(next, end) : next), NEXT);
  storeMeans(path, means);
  v128.store(path, w0, WEIGHTS);
  v128.store(path, w1, WEIGHTS + 16);
  v128.store(path, w2, WEIGHTS + 32);
  v128.store(path, w3, WEIGHTS + 48);
  if (lite) {
    v128.store(path, w4, WEIGHTS + 64);
    v128.store(path, w5, WEIGHTS + 80);
    v128.store(path, w6, WEIGHTS + 96);
    v128.store(path, w7, WEIGHTS + 112);
  }
  store<f64>(channel, 0, OWN_ERROR);
  store<f64>(channel, 0, CROSS_ERROR);
}
