// The encoder's search (the M algorithm; J. B. Anderson and S. Mohan, 1984): of all ways to code a channel's span it
// keeps the M cheapest so far, by squared error in steps plus λ·bits. Every survivor predicts from its own past, with its
// own weights and means. What it finds are levels; the encoder then runs through them as the decoder will.
//
// Memory: 2·M paths in BEAM; survivors' slots and candidates in CANDIDATES; TRACE has for each sample and survivor the
// level and the survivor it came from.

import {
  BEAM,
  CANDIDATES,
  CHANNEL_PATH,
  COEFFICIENTS,
  COST,
  COSTS,
  CROSS,
  CROSS_ON,
  CROSS_RATE,
  CROSS_TAPS,
  DIFFERENCE,
  FRAMES,
  HIGHEST,
  LAMBDA,
  LEVELS,
  LOWEST,
  ORDER,
  OWN,
  PAST,
  PATH_BYTES,
  PATH_HEAD,
  PATH_RESIDUALS,
  PATH_SAMPLES,
  PLAN_ORDER,
  PLAN_TAPS,
  PREDICTION,
  RATE,
  REFERENCE,
  RESIDUAL,
  RESIDUALS,
  SAMPLE,
  SAMPLES,
  SCALE,
  TABLES,
  TAPS,
  TARGET,
  TRACE,
  WARM_UP,
  WIDTH,
} from '../lib/wave-layout';
import {
  CONTEXT_COUNT,
  COST_ROW,
  contextOf,
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
} from '../lib/wave-levels';
import { adapt, clampTo, predict } from '../lib/wave-predict';
import { noiseFilter, shapedTarget, takeError } from '../lib/wave-shaping';
import { nearestLevel, stepOf } from './channel';

/** Most survivors. */
const MOST: usize = 16;
// In CANDIDATES: slots of the survivors now and next (u32 each), then candidates of 16 bytes: cost, level, sample, parent.
const NEXT_SLOTS: usize = 4 * MOST;
const TAKEN: usize = 8 * MOST;
const LIST: usize = 12 * MOST;
const CANDIDATE: usize = 16;
/** Bytes of TRACE for a sample: level and parent of each survivor. */
const TRACE_ROW: usize = 8 * MOST;

function copyPath(target: usize, source: usize): void {
  memory.copy(target, source, PATH_HEAD);
  const samples = <usize>load<u32>(source, SAMPLE);
  const offset = samples - (source + PATH_SAMPLES);
  const residuals = <usize>load<u32>(source, RESIDUAL);
  memory.copy(target + PATH_SAMPLES + offset - 4 * ORDER, samples - 4 * ORDER, 4 * ORDER);
  memory.copy(target + PATH_RESIDUALS + offset - 4 * TAPS, residuals - 4 * TAPS, 4 * TAPS);
  store<u32>(target, <u32>(target + PATH_SAMPLES + offset), SAMPLE);
  store<u32>(target, <u32>(target + PATH_RESIDUALS + offset), RESIDUAL);
}

/** Puts a candidate where it belongs among the best, if it does; returns how many there are now. */
function offer(list: usize, count: i32, width: i32, cost: f32, level: i32, sample: f32, parent: i32): i32 {
  let at = count;
  if (count === width) {
    if (cost >= load<f32>(list + CANDIDATE * (count - 1))) return count;
    at = count - 1;
  }
  let entry = list + CANDIDATE * at;
  while (entry > list && load<f32>(entry - CANDIDATE) > cost) {
    v128.store(entry, v128.load(entry - CANDIDATE));
    entry -= CANDIDATE;
  }
  store<f32>(entry, cost);
  store<i32>(entry, level, 4);
  store<f32>(entry, sample, 8);
  store<i32>(entry, parent, 12);
  return min(count + 1, width);
}

/** Chooses a channel's levels for the span; not for exact spans, whose levels follow from the samples. */
export function searchChannel(plan: usize, channel: usize, index: i32): void {
  const width = load<i32>(plan, WIDTH);
  const frames = load<i32>(plan, FRAMES);
  const orderBytes = <usize>(4 * load<i32>(plan, PLAN_ORDER));
  const tapBytes = <usize>(4 * load<i32>(plan, PLAN_TAPS));
  const step = stepOf(plan);
  const inverse = <f32>1 / step;
  const widening: f32 = load<i32>(channel, DIFFERENCE) ? 2 : 1;
  const lowest = widening * load<f32>(plan, LOWEST);
  const highest = widening * (load<f32>(plan, HIGHEST) + 1) - 1;
  const rate = load<f32>(plan, RATE);
  const crossRate = load<f32>(plan, CROSS_RATE);
  const lambda = load<f32>(plan, LAMBDA);
  const crossOn = load<i32>(channel, CROSS_ON) !== 0;
  const tables = load<i32>(channel, TABLES);
  const kept = keptShares(tables);
  const share = newShare(tables);
  const costs = <usize>load<u32>(plan, COSTS) + ((CONTEXT_COUNT * tables) << COST_ROW);
  const warmUp = load<i32>(channel, WARM_UP);
  const beam = <usize>load<u32>(plan, BEAM);
  const filter = noiseFilter(plan);
  let slots = <usize>load<u32>(plan, CANDIDATES);
  let nextSlots = slots + NEXT_SLOTS;
  const taken = slots + TAKEN;
  const list = slots + LIST;
  let trace = <usize>load<u32>(plan, TRACE);
  let reference = index > 0 ? channel + REFERENCE + 4 * CROSS_TAPS : 0;

  memory.copy(beam, channel + CHANNEL_PATH, PATH_HEAD);
  memory.copy(beam + PATH_SAMPLES, channel + SAMPLES + 4 * (PAST - ORDER), 4 * ORDER);
  memory.copy(beam + PATH_RESIDUALS, channel + RESIDUALS, 4 * TAPS);
  store<u32>(beam, <u32>(beam + PATH_SAMPLES + 4 * ORDER), SAMPLE);
  store<u32>(beam, <u32>(beam + PATH_RESIDUALS + 4 * TAPS), RESIDUAL);
  store<f32>(beam, 0, COST);
  v128.store32_lane(beam, firstScale(loadMeans(beam), meanShares(tables)), 0, SCALE);
  store<u32>(slots, <u32>beam);
  let survivors = 1;

  for (let n = 0; n < frames; n++) {
    const coefficients = channel + COEFFICIENTS + 4 * ORDER * min(warmUp + n, ORDER);
    const input = load<f32>(channel + 4 * n, TARGET);
    let count = 0;
    for (let i = 0; i < survivors; i++) {
      const path = <usize>load<u32>(slots + 4 * i);
      predict(path, coefficients, orderBytes, tapBytes, reference);
      const own = load<f32>(path, OWN);
      const prediction = clampTo(crossOn ? own + load<f32>(path, CROSS) : own, lowest, highest);
      store<f32>(path, prediction, PREDICTION);
      let context = contextOf(load<i32>(path, SCALE));
      const rawBits = rawBitsOf(context);
      context -= rawBits << 2;
      const table = costs + (context << COST_ROW);
      const wanted = shapedTarget(path, filter, input);
      const quotient = (wanted - prediction) * inverse;
      const level = nearestLevel(quotient);
      const before = load<f32>(path, COST);
      // The nearest level and its two neighbours; away from zero the last can pay only through later samples.
      for (let candidate = level - 1; candidate <= level + 1; candidate++) {
        const sample = clampTo(nearest<f32>(prediction + <f32>candidate * step), lowest, highest);
        const error = (sample - wanted) * inverse;
        const cost = before + error * error + lambda * levelCost(table, rawBits, <u32>abs(candidate));
        count = offer(list, count, width, cost, candidate, sample, i);
      }
    }
    // Each parent's first child takes its place; the others get copies, made before anything changes.
    memory.fill(taken, 0, 4 * MOST);
    for (let c = 0; c < count; c++) {
      const parent = load<i32>(list + CANDIDATE * c, 12);
      if (load<u32>(taken + 4 * parent) === 0) {
        store<u32>(taken + 4 * parent, 1);
        store<u32>(nextSlots + 4 * c, load<u32>(slots + 4 * parent));
      } else {
        store<u32>(nextSlots + 4 * c, 0);
      }
    }
    let orphan = 0;
    let fresh = survivors;
    for (let c = 0; c < count; c++) {
      if (load<u32>(nextSlots + 4 * c) !== 0) continue;
      while (orphan < survivors && load<u32>(taken + 4 * orphan) !== 0) orphan++;
      // Slots of paths without children first, then those never used: there are as many slots as survivors ever were.
      const slot = orphan < survivors ? <usize>load<u32>(slots + 4 * orphan++) : beam + PATH_BYTES * fresh++;
      copyPath(slot, <usize>load<u32>(slots + 4 * load<i32>(list + CANDIDATE * c, 12)));
      store<u32>(nextSlots + 4 * c, <u32>slot);
    }
    for (let c = 0; c < count; c++) {
      const path = <usize>load<u32>(nextSlots + 4 * c);
      const entry = list + CANDIDATE * c;
      const level = load<i32>(entry, 4);
      const sample = load<f32>(entry, 8);
      store<f32>(path, load<f32>(entry), COST);
      store<i32>(trace + 8 * c, level);
      store<i32>(trace + 8 * c, load<i32>(entry, 12), 4);
      let crossError: f32 = 0;
      if (reference !== 0)
        crossError = sample - clampTo(load<f32>(path, OWN) + load<f32>(path, CROSS), lowest, highest);
      const prediction = load<f32>(path, PREDICTION);
      adapt(path, sample, prediction, step, load<f32>(path, SCALE), tapBytes, reference, crossError, rate, crossRate);
      const means = loadMeans(path);
      const size = f32x4.splat(<f32>abs(level));
      v128.store32_lane(path, nextScale(means, size, kept, share), 0, SCALE);
      storeMeans(path, moveMeans(means, size));
      if (filter !== 0) takeError(path, sample - input, step);
    }
    survivors = count;
    const swap = slots;
    slots = nextSlots;
    nextSlots = swap;
    trace += TRACE_ROW;
    if (reference !== 0) reference += 4;
  }

  let best = 0;
  for (let i = 1; i < survivors; i++) {
    if (load<f32>(<usize>load<u32>(slots + 4 * i), COST) < load<f32>(<usize>load<u32>(slots + 4 * best), COST))
      best = i;
  }
  for (let n = frames - 1; n >= 0; n--) {
    trace -= TRACE_ROW;
    store<i32>(channel + 4 * n, load<i32>(trace + 8 * best), LEVELS);
    best = load<i32>(trace + 8 * best, 4);
  }
}
