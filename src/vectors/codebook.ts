/**
 * Codebooks from examples, by k-means: the entries that groups of values are nearest to, each the mean of those.
 *
 * Source: Y. Linde, A. Buzo and R. M. Gray, An algorithm for vector quantizer design (1980); R. M. Gray and others, Vector
 * quantizers and predictive vector quantizers for Gauss-Markov sources (1982), for gain and shape.
 */
import { checkBoolean, checkFloat32, checkInteger, checkOptions, throwRange } from '../engine/check.js';
import { splitmix64 } from '../transform/signs.js';

export interface TrainCodebookOptions {
  /** Values of an entry: 1 to 64. */
  readonly groupSize: number;
  /** Entries: 2 to 4096, and no more than there are examples. */
  readonly entries: number;
  /** Most rounds; fewer where nothing changes any more. Default 30. */
  readonly rounds?: number;
  /** Entries of length 1, for directions alone: what the codec `gsq` takes. Default false. */
  readonly directions?: boolean;
  /** Chooses the examples it starts from. Default 0. */
  readonly seed?: number;
}

/** Entry nearest to the example at `at`: the least squared distance, or for directions the largest inner product. */
function nearestEntry(x: Float32Array, at: number, codebook: Float64Array, size: number, directions: boolean): number {
  let best = -Infinity;
  let found = 0;
  for (let entry = 0; entry < codebook.length; entry += size) {
    let score = 0;
    for (let i = 0; i < size; i++) {
      const value = x[at + i];
      const difference = value - codebook[entry + i];
      score += directions ? value * codebook[entry + i] : -difference * difference;
    }
    if (score > best) {
      best = score;
      found = entry;
    }
  }
  return found;
}

function normalise(codebook: Float64Array, size: number): void {
  for (let entry = 0; entry < codebook.length; entry += size) {
    let square = 0;
    for (let i = 0; i < size; i++) square += codebook[entry + i] * codebook[entry + i];
    const length = Math.sqrt(square);
    for (let i = 0; i < size; i++) codebook[entry + i] = length > 0 ? codebook[entry + i] / length : Number(i === 0);
  }
}

/**
 * A codebook for groups of values like those of `x`: `entries` groups, one behind the other, as the option `codebook` of a
 * VectorCodec takes it. Not real-time safe; the time is that of `x.length · entries` multiplications a round.
 *
 * @param x groups of `groupSize` values, one behind the other; NaN and infinities are an error.
 * @throws TypeError or RangeError for options or values out of range.
 * @example
 * ```ts
 * import { Engine, trainCodebook, VectorCodec } from 'paley';
 *
 * const stereo = Float32Array.from({ length: 4000 }, (_, i) => Math.sin((i >> 1) * 0.37) + (i & 1) * 0.1); // left, right, left …
 * const codebook = trainCodebook(stereo, { groupSize: 2, entries: 16 });
 * const engine = await Engine.load();
 * const codec = new VectorCodec(engine, { codec: 'cq', dimension: 4, groupSize: 2, bits: 2, codebook });
 * console.log(codec.encode(stereo).length); // 1000 bytes: 2 bits a value
 * ```
 */
export function trainCodebook(x: Float32Array, options: TrainCodebookOptions): Float32Array {
  checkFloat32('x', x);
  checkOptions('TrainCodebookOptions', options, ['groupSize', 'entries', 'rounds', 'directions', 'seed']);
  const size = checkInteger('groupSize', options.groupSize, 1, 64);
  const groups = Math.floor(x.length / size);
  if (groups * size !== x.length) throwRange('x.length', `a multiple of the group size, ${size}`, x.length);
  const entries = checkInteger('entries', options.entries, 2, Math.min(4096, groups));
  const rounds = checkInteger('rounds', options.rounds ?? 30, 1, 1000);
  const directions = checkBoolean('directions', options.directions ?? false);
  const seed = checkInteger('seed', options.seed ?? 0, 0, Number.MAX_SAFE_INTEGER);
  const fault = x.findIndex((value) => !(Math.abs(value) < Infinity));
  if (fault >= 0) throwRange(`x[${fault}]`, 'a finite value', x[fault]);
  const codebook = new Float64Array(entries * size);
  const draw = (k: number) => Number(splitmix64(BigInt(seed), BigInt(k)) >> 11n) / 2 ** 53;
  // Examples from equal stretches of x, so that none comes twice.
  for (let entry = 0; entry < entries; entry++) {
    const group = Math.floor(((entry + draw(entry)) * groups) / entries);
    for (let i = 0; i < size; i++) codebook[entry * size + i] = x[group * size + i];
  }
  if (directions) normalise(codebook, size);
  const chosen = new Uint32Array(groups).fill(0xffffffff);
  const counts = new Uint32Array(entries);
  for (let round = 0; round < rounds; round++) {
    let changed = false;
    counts.fill(0);
    const sums = new Float64Array(entries * size);
    for (let group = 0; group < groups; group++) {
      const entry = nearestEntry(x, group * size, codebook, size, directions);
      changed ||= chosen[group] !== entry;
      chosen[group] = entry;
      counts[entry / size]++;
      for (let i = 0; i < size; i++) sums[entry + i] += x[group * size + i];
    }
    if (!changed) break;
    for (let entry = 0; entry < entries; entry++) {
      // One that nothing is nearest to begins anew, from another example.
      const other = Math.floor(draw(entries * (round + 1) + entry) * groups);
      for (let i = 0; i < size; i++) {
        const at = entry * size + i;
        codebook[at] = counts[entry] > 0 ? sums[at] / counts[entry] : x[other * size + i];
      }
    }
    if (directions) normalise(codebook, size);
  }
  return Float32Array.from(codebook);
}
