/**
 * The protocol's other half: where a resampler puts its frames, how many it gives, how late, and whether cutting the
 * input changes them.
 */
import { Fft, powerOfTwoFrom } from './fft.js';
import { lowerNyquist, type ResamplerUnderTest } from './resampler.js';

type Plane = Float32Array | Float64Array;

/** What an impulse shows. */
export interface Impulse {
  /** Peak less the instant where it belongs, in output frames, of the impulse that lies farthest off. */
  offsetFrames: number;
  /**
   * Energy that comes more than a period of the lower rate before the impulse's own instant, in dB of the whole energy; the
   * worst impulse. −Infinity where nothing does.
   */
  preRinging: number;
}

function plane(device: ResamplerUnderTest, values: Float64Array): Plane {
  return device.sample === 'f64' ? values : Float32Array.from(values);
}

/** Deterministic noise between −0.5 and 0.5: a linear congruence modulo 2^32 (Numerical Recipes' constants). */
function noise(frames: number, seed = 1): Float64Array {
  const out = new Float64Array(frames);
  let state = seed >>> 0;
  for (let i = 0; i < frames; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    out[i] = state / 2 ** 32 - 0.5;
  }
  return out;
}

/** The place of the largest magnitude of the band-limited signal through the samples, in frames. */
function bandLimitedPeak(samples: Plane): number {
  let start = 0;
  for (let i = 1; i < samples.length; i++) if (Math.abs(samples[i]) > Math.abs(samples[start])) start = i;
  const fft = new Fft(powerOfTwoFrom(2 * samples.length));
  const re = new Float64Array(fft.size);
  const im = new Float64Array(fft.size);
  re.set(samples);
  fft.forward(re, im);
  let peak = start;
  for (let iteration = 0; iteration < 12; iteration++) {
    let slope = 0;
    let curvature = 0;
    for (let k = 1; k < fft.size / 2; k++) {
      const w = (2 * Math.PI * k) / fft.size;
      const c = Math.cos(w * peak);
      const s = Math.sin(w * peak);
      slope -= w * (re[k] * s + im[k] * c);
      curvature -= w * w * (re[k] * c - im[k] * s);
    }
    const step = curvature === 0 ? 0 : slope / curvature;
    peak -= step;
    if (!(Math.abs(peak - start) <= 1)) return start;
    if (Math.abs(step) < 1e-11) break;
  }
  return peak;
}

/**
 * Sends eight unit impulses through, one a run, at input frames 2048, 2085, 2122 … (a step of 37 reaches eight
 * different phases), and finds where each comes out: the largest magnitude of the band-limited signal through the output
 * frames. An impulse at input frame i belongs at output frame i·to/from.
 *
 * A filter that reaches more than 2048 input frames to a side needs more `frames` than the default 8192: the impulses
 * stand from their first quarter on.
 *
 * Pre-ringing is the energy of the frames that stand more than one period of the lower rate before i·to/from. An ideal
 * low pass has −13.1 dB of it, a filter that no input to come enters none: −Infinity.
 */
export function impulse(device: ResamplerUnderTest, options: { frames?: number } = {}): Impulse {
  const { frames = 8192 } = options;
  if (!Number.isSafeInteger(frames) || frames < 1024) {
    throw new RangeError(`frames expected a whole number of at least 1024, got ${frames}`);
  }
  const { from, to } = device;
  const lobe = to / (2 * lowerNyquist(device));
  let offsetFrames = 0;
  let preRinging = -Infinity;
  for (let j = 0; j < 8; j++) {
    const at = Math.floor(frames / 4) + 37 * j;
    const input = new Float64Array(frames);
    input[at] = 1;
    const output = device.run(plane(device, input));
    const peak = bandLimitedPeak(output);
    const offset = peak - (at * to) / from;
    if (!(Math.abs(offset) <= Math.abs(offsetFrames))) offsetFrames = offset;
    let before = 0;
    let all = 0;
    for (let k = 0; k < output.length; k++) {
      const energy = output[k] * output[k];
      all += energy;
      if (k < (at * to) / from - lobe) before += energy;
    }
    preRinging = Math.max(preRinging, 10 * Math.log10(before / all));
  }
  return { offsetFrames, preRinging };
}

/** How late a stream runs, fed one frame at a time. */
export interface Backlog {
  /**
   * The latency of the design's rule: the largest, over the output frames, of the instant of the last input frame that
   * had to be fed before it came, less its own instant.
   */
  latencySeconds: number;
  /** The same in output frames: latencySeconds·to. */
  latencyFrames: number;
  /** The input frame and the output frame that decided it: latencySeconds = inputFrame/from − outputFrame/to. */
  inputFrame: number;
  outputFrame: number;
  /** Most output frames owed: those whose instant the input has reached, less those that have come. */
  backlogFrames: number;
  /** Most owed less fewest owed, once the first frame has come. */
  jitterFrames: number;
}

/**
 * Feeds noise one frame at a time and watches what comes out. What only `flush` brings does not count, for it waited for
 * no input. Choose `frames` at least as long as the filter plus one period of the ratio (147 for 44.1 → 48 kHz);
 * the default, 8192, holds those of all the usual rates.
 *
 * @example
 * const { latencySeconds } = backlog(device); // to be compared with what the resampler reports
 */
export function backlog(device: ResamplerUnderTest, options: { frames?: number } = {}): Backlog {
  const { frames = 8192 } = options;
  if (!Number.isSafeInteger(frames) || frames < 1) {
    throw new RangeError(`frames expected a whole number of at least 1, got ${frames}`);
  }
  const { from, to } = device;
  const input = plane(device, noise(frames));
  const stream = device.stream();
  // Instants are compared as input·to − output·from, exact for whole rates.
  let latest = -Infinity;
  let inputFrame = 0;
  let outputFrame = 0;
  let come = 0;
  let most = 0;
  let mostSince = -Infinity;
  let fewestSince = Infinity;
  for (let i = 0; i < frames; i++) {
    const count = stream.process(input.subarray(i, i + 1)).length;
    if (count > 0) {
      const late = i * to - come * from;
      if (late > latest) {
        latest = late;
        inputFrame = i;
        outputFrame = come;
      }
      come += count;
    }
    const owed = Math.floor((i * to) / from) + 1 - come;
    most = Math.max(most, owed);
    if (come > 0) {
      mostSince = Math.max(mostSince, owed);
      fewestSince = Math.min(fewestSince, owed);
    }
  }
  if (come === 0) throw new RangeError(`frames expected enough for the first output to come, got ${frames}`);
  stream.flush();
  return {
    latencySeconds: latest / (from * to),
    latencyFrames: latest / from,
    inputFrame,
    outputFrame,
    backlogFrames: most,
    jitterFrames: mostSince - fewestSince,
  };
}

/** Input lengths of the protocol. */
export const PROTOCOL_LENGTHS: readonly number[] = [0, 1, 2, 3, 7, 10, 147, 160, 1000, 4096, 44100, 1_000_001];

/** One row of the length test. */
export interface LengthResult {
  inputFrames: number;
  outputFrames: number;
  /** ceil(inputFrames·to/from). */
  expectedFrames: number;
}

/** How many frames come out for each input length, flush included, beside how many should. */
export function lengths(device: ResamplerUnderTest, inputs: readonly number[] = PROTOCOL_LENGTHS): LengthResult[] {
  return inputs.map((inputFrames) => ({
    inputFrames,
    outputFrames: device.run(plane(device, noise(inputFrames))).length,
    expectedFrames: Math.ceil((inputFrames * device.to) / device.from),
  }));
}

/** Chunk sizes of the protocol, in frames. */
export const PROTOCOL_CHUNKS: readonly (number | 'random')[] = [1, 7, 64, 127, 128, 480, 1000, 'random'];

/** One row of the chunk test. */
export interface ChunkResult {
  chunk: number | 'random';
  /** The first output frame that differs from the one-shot run in any bit, or is missing, or too many; null when none. */
  firstDifference: number | null;
}

/**
 * Whether the output is the same, bit for bit, however the input is cut: 5,000 frames of noise in chunks of each size
 * ('random': 0 to 999 frames, empty chunks included) against one run.
 */
export function chunkInvariance(
  device: ResamplerUnderTest,
  chunks: readonly (number | 'random')[] = PROTOCOL_CHUNKS,
): ChunkResult[] {
  const input = plane(device, noise(5000));
  const whole = device.run(input);
  const sizes = noise(5000, 7);
  return chunks.map((chunk) => {
    if (chunk !== 'random' && !(Number.isSafeInteger(chunk) && chunk >= 1)) {
      throw new RangeError(`chunks expected 'random' or whole numbers of at least 1, got ${chunk}`);
    }
    const stream = device.stream();
    let come = 0;
    let firstDifference: number | null = null;
    const take = (part: Plane): void => {
      for (let i = 0; i < part.length; i++, come++) {
        if (!Object.is(part[i], whole[come])) firstDifference ??= come;
      }
    };
    for (let first = 0, turn = 0; first < input.length; turn++) {
      const size = chunk === 'random' ? Math.floor((sizes[turn % sizes.length] + 0.5) * 1000) : chunk;
      take(stream.process(input.slice(first, first + size)));
      first += size;
    }
    take(stream.flush());
    if (come < whole.length) firstDifference ??= come;
    return { chunk, firstDifference };
  });
}
