/**
 * The search for a channel's slices. A QOA decoder adapts to what it decodes, so a code that is nearest now may cost
 * later; instead of the nearest code this keeps the `width` best paths (the M-algorithm: Jelinek and Anderson, 1971), for
 * every scale factor and from slice to slice, and decides at the end of a coded frame.
 */
import { DEQUANTIZED, FIRST_WEIGHTS, SCALE_FACTORS, SLICE_FRAMES, SLICES_PER_FRAME, TAPS } from './_qoa-format.js';

/** The same limit, on the sum of the squares of the weights over 2^18, as the reference encoder has: sounds that drive
 * the weights beyond it end in clicks. */
const WEIGHTS_LIMIT = 0x8ff;
/** Weights have 16 bits: a path that leaves them behind is the last that is taken. */
const OVERFLOW_COST = 2 ** 60;

/** Codes from the lowest level to the highest, and what they add. */
const CODE_OF_RANK = Int32Array.of(7, 5, 3, 1, 0, 2, 4, 6);
const SORTED = DEQUANTIZED.map((_, index) => DEQUANTIZED[(index & ~7) + CODE_OF_RANK[index & 7]]);

/** Predictor states of some paths, with what the paths cost and how they came about within the slice. */
class Paths {
  count = 0;
  readonly history: Int32Array;
  readonly weights: Int32Array;
  readonly cost: Float64Array;
  /** The path of the slice before that this one goes on from. */
  readonly parent: Uint8Array;
  readonly scale: Uint8Array;
  /** The codes so far, the last one in the lowest bits: ten in `early`, then ten in `late`. */
  readonly early: Int32Array;
  readonly late: Int32Array;

  constructor(width: number) {
    this.history = new Int32Array(TAPS * width);
    this.weights = new Int32Array(TAPS * width);
    this.cost = new Float64Array(width);
    this.parent = new Uint8Array(width);
    this.scale = new Uint8Array(width);
    this.early = new Int32Array(width);
    this.late = new Int32Array(width);
  }

  /** Copies path `from` of other paths to place `to` of these. */
  copy(to: number, paths: Paths, from: number): void {
    for (let tap = 0; tap < TAPS; tap++) {
      this.history[TAPS * to + tap] = paths.history[TAPS * from + tap];
      this.weights[TAPS * to + tap] = paths.weights[TAPS * from + tap];
    }
    this.cost[to] = paths.cost[from];
    this.parent[to] = paths.parent[from];
    this.scale[to] = paths.scale[from];
    this.early[to] = paths.early[from];
    this.late[to] = paths.late[from];
  }
}

/** Encodes one channel. */
export class ChannelSearch {
  /** The predictor at the start of the coded frame: what its header says. */
  readonly history = new Int32Array(TAPS);
  readonly weights = Int32Array.from(FIRST_WEIGHTS);
  /** The slices of the frame encoded last: scale factor and codes as they stand in the file, in two halves. */
  readonly high = new Int32Array(SLICES_PER_FRAME);
  readonly low = new Int32Array(SLICES_PER_FRAME);

  readonly #width: number;
  /** Where the slice starts, where it is, where the next sample leads, and the best that came of all scale factors. */
  readonly #start: Paths;
  #now: Paths;
  #next: Paths;
  #best: Paths;
  /** The continuations of one sample, best first. */
  readonly #cost: Float64Array;
  readonly #from: Uint8Array;
  readonly #code: Uint8Array;
  readonly #sample: Int32Array;
  /** Of every slice of the frame and every path kept: parent, scale factor, codes. */
  readonly #parents: Uint8Array;
  readonly #scales: Uint8Array;
  readonly #early: Int32Array;
  readonly #late: Int32Array;
  #lastScale = 0;

  constructor(width: number) {
    this.#width = width;
    this.#start = new Paths(width);
    this.#now = new Paths(width);
    this.#next = new Paths(width);
    this.#best = new Paths(width);
    this.#cost = new Float64Array(width);
    this.#from = new Uint8Array(width);
    this.#code = new Uint8Array(width);
    this.#sample = new Int32Array(width);
    this.#parents = new Uint8Array(width * SLICES_PER_FRAME);
    this.#scales = new Uint8Array(width * SLICES_PER_FRAME);
    this.#early = new Int32Array(width * SLICES_PER_FRAME);
    this.#late = new Int32Array(width * SLICES_PER_FRAME);
  }

  /** Finds the slices of a coded frame's samples; the state that the next frame starts from is set by `commit`. */
  encode(samples: Int16Array, frames: number): void {
    const start = this.#start;
    start.count = 1;
    start.cost[0] = 0;
    start.history.set(this.history);
    start.weights.set(this.weights);
    const slices = Math.ceil(frames / SLICE_FRAMES);
    for (let slice = 0; slice < slices; slice++) {
      const first = slice * SLICE_FRAMES;
      this.#searchSlice(samples, first, Math.min(first + SLICE_FRAMES, frames));
      const { count, cost } = this.#best;
      const base = slice * this.#width;
      for (let path = 0; path < count; path++) {
        this.#parents[base + path] = this.#best.parent[path];
        this.#scales[base + path] = this.#best.scale[path];
        this.#early[base + path] = this.#best.early[path];
        this.#late[base + path] = this.#best.late[path];
        start.copy(path, this.#best, path);
      }
      // Costs count from the best path's, or in an hour they would be too large to tell small errors.
      for (let path = count - 1; path >= 0; path--) start.cost[path] -= cost[0];
      start.count = count;
    }
    this.#traceBack(slices);
  }

  /** Goes on to the next coded frame, behind the best path. */
  commit(): void {
    this.history.set(this.#start.history.subarray(0, TAPS));
    this.weights.set(this.#start.weights.subarray(0, TAPS));
  }

  #traceBack(slices: number): void {
    let path = 0;
    for (let slice = slices - 1; slice >= 0; slice--) {
      const at = slice * this.#width + path;
      const [early, late] = [this.#early[at], this.#late[at]];
      // 4 bits of scale factor and 60 of codes: 28 of the first 30 are in the upper half.
      this.high[slice] = (this.#scales[at] << 28) | (early >>> 2);
      this.low[slice] = (early << 30) | late;
      path = this.#parents[at];
    }
  }

  /** Leaves the best paths through a slice, over all scale factors, in `#best`. */
  #searchSlice(samples: Int16Array, first: number, end: number): void {
    this.#best.count = 0;
    const middle = this.#lastScale;
    // From the last slice's scale factor outwards, for good ones early make bad ones short. All are tried: where a signal
    // starts suddenly, errors do not simply fall and then rise with the scale.
    for (let distance = 0; distance < SCALE_FACTORS; distance++) {
      const [above, below] = [middle + distance, middle - distance];
      if (above < SCALE_FACTORS) this.#tryScale(above, samples, first, end);
      if (distance > 0 && below >= 0) this.#tryScale(below, samples, first, end);
    }
    this.#lastScale = this.#best.scale[0];
  }

  #tryScale(scale: number, samples: Int16Array, first: number, end: number): void {
    const width = this.#width;
    let now = this.#now;
    let next = this.#next;
    now.count = this.#start.count;
    for (let path = 0; path < now.count; path++) {
      now.copy(path, this.#start, path);
      now.parent[path] = path;
      now.scale[path] = scale;
      now.early[path] = 0;
      now.late[path] = 0;
    }
    for (let at = first; at < first + SLICE_FRAMES; at++) {
      const isEarly = at < first + SLICE_FRAMES / 2;
      const codes = isEarly ? now.early : now.late;
      if (at >= end) {
        for (let path = 0; path < now.count; path++) codes[path] <<= 3;
        continue;
      }
      const limit = this.#best.count === width ? this.#best.cost[width - 1] : Infinity;
      const count = this.#continue(now, scale << 3, samples[at], limit);
      if (count === 0) return;
      this.#step(now, next, scale << 3, count, isEarly);
      [now, next] = [next, now];
    }
    this.#now = now;
    this.#next = next;
    this.#merge(now);
  }

  /** The best continuations of the paths by one sample, at most `width`, those below `limit`; returns how many. */
  #continue({ count: paths, history, weights, cost }: Paths, table: number, target: number, limit: number): number {
    const width = this.#width;
    const [costs, origins, codes, values] = [this.#cost, this.#from, this.#code, this.#sample];
    let count = 0;
    for (let path = 0; path < paths; path++) {
      const p = TAPS * path;
      const sum =
        Math.imul(weights[p], history[p]) +
        Math.imul(weights[p + 1], history[p + 1]) +
        Math.imul(weights[p + 2], history[p + 2]) +
        Math.imul(weights[p + 3], history[p + 3]);
      const predicted = (sum | 0) >> 13;
      const residual = target - predicted;
      // The first level not below the residual; the nearest is that or the one before.
      let rank = residual > SORTED[table + 3] ? 4 : 0;
      while (rank < 7 && SORTED[table + rank] < residual) rank++;
      const lowest = rank > 0 ? rank - 1 : 0;
      for (let choice = lowest; choice <= rank; choice++) {
        const value = predicted + SORTED[table + choice];
        const sample = Math.max(-32768, Math.min(32767, value));
        const error = target - sample;
        const total = cost[path] + error * error;
        if (total >= limit || (count === width && total >= costs[width - 1])) continue;
        let place = count < width ? count++ : width - 1;
        for (; place > 0 && costs[place - 1] > total; place--) {
          costs[place] = costs[place - 1];
          origins[place] = origins[place - 1];
          codes[place] = codes[place - 1];
          values[place] = values[place - 1];
        }
        costs[place] = total;
        origins[place] = path;
        codes[place] = CODE_OF_RANK[choice];
        values[place] = sample;
      }
    }
    return count;
  }

  /** Makes the paths of the continuations found. */
  #step(now: Paths, next: Paths, table: number, count: number, isEarly: boolean): void {
    next.count = count;
    for (let place = 0; place < count; place++) {
      const from = this.#from[place];
      const code = this.#code[place];
      const delta = DEQUANTIZED[table + code] >> 4;
      const [p, q] = [TAPS * from, TAPS * place];
      let squares = 0;
      for (let tap = 0; tap < TAPS; tap++) {
        const weight = now.weights[p + tap] + (now.history[p + tap] < 0 ? -delta : delta);
        next.weights[q + tap] = weight;
        squares += weight * weight;
      }
      next.history[q] = now.history[p + 1];
      next.history[q + 1] = now.history[p + 2];
      next.history[q + 2] = now.history[p + 3];
      next.history[q + 3] = this.#sample[place];
      const excess = Math.max(0, squares / 2 ** 18 - WEIGHTS_LIMIT);
      next.cost[place] = this.#cost[place] + excess * excess;
      if (excess > 0) this.#wrap(next, place);
      next.parent[place] = now.parent[from];
      next.scale[place] = now.scale[from];
      next.early[place] = isEarly ? (now.early[from] << 3) | code : now.early[from];
      next.late[place] = isEarly ? 0 : (now.late[from] << 3) | code;
    }
  }

  /** Wraps the weights of a path to 16 bits, as decoders do, and makes it the last choice where that changes them. */
  #wrap(paths: Paths, path: number): void {
    for (let at = TAPS * path; at < TAPS * (path + 1); at++) {
      const weight = (paths.weights[at] << 16) >> 16;
      if (weight !== paths.weights[at]) paths.cost[path] += OVERFLOW_COST;
      paths.weights[at] = weight;
    }
  }

  /** Keeps the best `width` of the best so far and of a scale factor's paths. */
  #merge(paths: Paths): void {
    const best = this.#best;
    for (let path = 0; path < paths.count; path++) {
      const total = paths.cost[path];
      if (best.count === this.#width && total >= best.cost[best.count - 1]) continue;
      let place = best.count < this.#width ? best.count++ : best.count - 1;
      for (; place > 0 && best.cost[place - 1] > total; place--) best.copy(place, best, place - 1);
      best.copy(place, paths, path);
    }
  }
}
