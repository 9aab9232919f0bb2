/**
 * A resampler's filter as seen from outside: its impulse response on a grid finer than the output's, put together from
 * impulses that meet different phases, and the magnitude response computed from it.
 */
import type { ResamplerUnderTest } from './resampler.js';

/** Settings of `filterResponse`. */
export interface FilterResponseOptions {
  /** Input frames on each side of an impulse that the filter may reach. Default: 4096 periods of the lower rate. */
  reachFrames?: number;
}

/** The filter between two rates. */
export interface FilterResponse {
  /** Instants less the one where the impulse stood, ascending. */
  seconds: Float64Array;
  /** What came out there for an impulse of 1. */
  values: Float64Array;
  /** Up to this frequency the grid tells the response. */
  topHertz: number;
  /** Gain at a frequency in dB; above the lower Nyquist frequency that of aliases and images. */
  decibelsAt(hertz: number): number;
}

function greatestCommonDivisor(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}

/** Input frames searched for impulses where the phases of the two rates do not divide evenly. */
const SEARCHED_FRAMES = 32768;

/**
 * Input frames whose instants, in output frames, have fractions that divide 1 into equal parts; the fewest that give
 * `wanted` parts. There are at most from/gcd phases; where those do not divide suitably, the frames that come nearest.
 */
function impulseFrames(from: number, to: number, wanted: number): number[] {
  const phases =
    Number.isSafeInteger(from) && Number.isSafeInteger(to) ? from / greatestCommonDivisor(from, to) : Infinity;
  let parts = Math.min(wanted, phases);
  while (phases % parts !== 0 && parts < 4 * wanted) parts++;
  const even = phases % parts === 0;
  if (!even) parts = wanted;
  const frames = new Array<number>(parts).fill(0);
  const distances = new Array<number>(parts).fill(Infinity);
  for (let i = 0; i < Math.min(phases, SEARCHED_FRAMES); i++) {
    const place = (((i * to) % from) / from) * parts;
    const part = Math.round(place) % parts;
    const distance = Math.abs(place - Math.round(place));
    if (distance < distances[part] - 1e-9) {
      distances[part] = distance;
      frames[part] = i;
    }
  }
  return frames.filter((_, part) => distances[part] < 0.5);
}

/**
 * Measures the filter: unit impulses at input frames of different phase, a run each; what comes out is read at its
 * distance from the impulse. The grid has at least four points a period of the higher rate where the phases allow.
 *
 * The magnitude at f is from·|∫ h(t)·e^(−2πift) dt|, the integral by the trapezoid rule.
 *
 * @throws RangeError when `reachFrames` is no whole number of at least 16.
 * @example
 * const response = filterResponse(device);
 * response.decibelsAt(1000); // about 0
 */
export function filterResponse(device: ResamplerUnderTest, options: FilterResponseOptions = {}): FilterResponse {
  const { from, to } = device;
  const { reachFrames = Math.ceil(4096 * Math.max(1, from / to)) } = options;
  if (!Number.isSafeInteger(reachFrames) || reachFrames < 16) {
    throw new RangeError(`reachFrames expected a whole number of at least 16, got ${reachFrames}`);
  }
  const points: { place: number; value: number }[] = [];
  const starts = impulseFrames(from, to, Math.ceil((4 * Math.max(from, to)) / to));
  for (const start of starts) {
    const at = reachFrames + start;
    const input = new Float64Array(at + reachFrames);
    input[at] = 1;
    const output = device.run(device.sample === 'f64' ? input : Float32Array.from(input));
    const first = Math.max(0, Math.ceil((start * to) / from));
    // Distances in units of 1/(from·to) seconds: whole numbers where the rates are.
    for (let k = first; k < output.length; k++) points.push({ place: k * from - at * to, value: output[k] });
  }
  points.sort((a, b) => a.place - b.place);
  let first = 0;
  let last = points.length;
  while (first < last && points[first].value === 0) first++;
  while (last > first && points[last - 1].value === 0) last--;
  // One zero on each side closes the curve.
  const used = points.slice(Math.max(0, first - 1), last + 1);
  const scale = 1 / (from * to);
  const seconds = Float64Array.from(used, ({ place }) => place * scale);
  const values = Float64Array.from(used, ({ value }) => value);
  const regular = 1 / (to * starts.length);
  const weights = seconds.map((second, i) => {
    const before = i > 0 ? second - seconds[i - 1] : regular;
    const after = i + 1 < seconds.length ? seconds[i + 1] - second : regular;
    return values[i] * from * ((before + after) / 2);
  });
  return {
    seconds,
    values,
    topHertz: Math.min(Math.max(from, to), (to * starts.length) / 2),
    decibelsAt(hertz) {
      let re = 0;
      let im = 0;
      for (let i = 0; i < weights.length; i++) {
        const angle = 2 * Math.PI * hertz * seconds[i];
        re += weights[i] * Math.cos(angle);
        im -= weights[i] * Math.sin(angle);
      }
      return 10 * Math.log10(re * re + im * im);
    },
  };
}

/**
 * A sine that sweeps linearly from 0 Hz to half the rate: amplitude·sin(π·n²/(2·frames)).
 *
 * @example
 * const input = sweep(65536); // at frame n it has reached n/(2·65536) cycles a frame
 */
export function sweep(frames: number, amplitude = 0.9): Float64Array {
  const out = new Float64Array(frames);
  // n² modulo 4·frames, kept whole: the phase is exact however long the sweep.
  for (let n = 0; n < frames; n++) {
    const turns = (n * n) % (4 * frames);
    out[n] = amplitude * Math.sin((Math.PI * turns) / (2 * frames));
  }
  return out;
}
