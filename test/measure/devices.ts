/** Resamplers whose faults are known exactly, to put the measuring bench itself on the bench. */
import type { ResamplerUnderTest } from '../../src/measure/index.js';

type Plane = Float32Array | Float64Array;

/** Noise that is the same every time: a multiplicative congruence modulo 2^31 − 1 (Park & Miller, 1988), −1 … 1. */
export function knownNoise(frames: number, seed = 12345): Float64Array {
  const out = new Float64Array(frames);
  let state = seed;
  for (let i = 0; i < frames; i++) {
    state = (state * 48271) % 2147483647;
    out[i] = (2 * state) / 2147483647 - 1;
  }
  return out;
}

/** Finds the one sine that an input consists of: x[n+1] + x[n−1] = 2·cos ω·x[n] gives ω, least squares the rest. */
function sineOf(input: Plane): { omega: number; cos: number; sin: number } {
  let top = 0;
  let bottom = 0;
  for (let n = 1; n + 1 < input.length; n++) {
    top += input[n] * (input[n + 1] + input[n - 1]);
    bottom += 2 * input[n] * input[n];
  }
  if (bottom === 0) return { omega: 0, cos: 0, sin: 0 };
  const omega = Math.acos(Math.min(1, Math.max(-1, top / bottom)));
  // From x[0] and x[1]; where the sine vanishes, at the Nyquist frequency, the cosine is all.
  const cos = input[0];
  const sin = Math.abs(Math.sin(omega)) < 1e-6 ? 0 : (input[1] - cos * Math.cos(omega)) / Math.sin(omega);
  return { omega, cos, sin };
}

/** What an analytic device does to its tone. All are amplitudes; frequencies are fractions of the lower Nyquist. */
export interface Faults {
  gain?: (frequency: number) => number;
  /** Of a tone above the output's Nyquist frequency. */
  leak?: (frequency: number) => number;
  /** Phase of the leak, in radians. */
  leakPhase?: number;
  image?: number;
  /** Peak of added white noise of uniform distribution. */
  noise?: number;
  float32?: boolean;
}

/** A resampler that recognises the sine it is fed and writes down the answer. */
export function analyticDevice(from: number, to: number, faults: Faults = {}): ResamplerUnderTest {
  const { gain = () => 1, leak = () => 0, leakPhase = 0, image = 0, noise = 0, float32 = false } = faults;
  const run = (input: Plane): Plane => {
    const { omega, cos, sin } = sineOf(input);
    const hertz = (omega * from) / (2 * Math.PI);
    const frequency = hertz / (Math.min(from, to) / 2);
    const above = hertz >= (to / 2) * (1 - 1e-9);
    const amplitude = above ? leak(frequency) : gain(frequency);
    const turn = above ? leakPhase : 0;
    const hiss = knownNoise(Math.ceil((input.length * to) / from));
    const out = hiss.map((value, k) => {
      const angle = (2 * Math.PI * hertz * k) / to + turn;
      const mirror = (2 * Math.PI * (from - hertz) * k) / to;
      const wanted = amplitude * (cos * Math.cos(angle) + sin * Math.sin(angle));
      return wanted + image * (cos * Math.cos(mirror) - sin * Math.sin(mirror)) + noise * value;
    });
    return float32 ? Float32Array.from(out) : out;
  };
  return {
    from,
    to,
    sample: 'f64',
    run,
    stream: () => ({ process: () => new Float64Array(0), flush: () => new Float64Array(0) }),
  };
}

/** Takes the frame at or before each instant: no filter at all. */
export function holdingDevice(from: number, to: number): ResamplerUnderTest {
  const run = (input: Plane): Plane =>
    Float64Array.from({ length: Math.ceil((input.length * to) / from) }, (_, k) => input[Math.floor((k * from) / to)]);
  return {
    ...streamed(
      from,
      to,
      (k) => Math.floor((k * from) / to),
      (input, i) => input[i],
    ),
    run,
  };
}

/**
 * A streaming device by the frame: output k comes once input frame `needs(k)` is there, as `value(input, needs(k))`; the
 * rest comes with flush.
 */
export function streamed(
  from: number,
  to: number,
  needs: (k: number) => number,
  value: (input: number[], needed: number) => number = () => 0,
): ResamplerUnderTest {
  const stream = () => {
    const input: number[] = [];
    let come = 0;
    const give = (ready: (k: number) => boolean) => {
      const out: number[] = [];
      for (; ready(come); come++) out.push(value(input, needs(come)) ?? 0);
      return Float64Array.from(out);
    };
    return {
      process(chunk: Plane) {
        input.push(...chunk);
        return give((k) => needs(k) < input.length);
      },
      flush: () => give((k) => k < Math.ceil((input.length * to) / from)),
    };
  };
  const run = (input: Plane): Plane => {
    const whole = stream();
    return Float64Array.of(...whole.process(input), ...whole.flush());
  };
  return { from, to, sample: 'f64', run, stream };
}

/** Answers an impulse with a pulse of the given shape: its value `t` output frames after where it belongs. */
export function pulseDevice(from: number, to: number, pulse: (t: number) => number): ResamplerUnderTest {
  const run = (input: Plane): Plane => {
    const at = input.indexOf(1);
    return Float64Array.from({ length: Math.ceil((input.length * to) / from) }, (_, k) => pulse(k - (at * to) / from));
  };
  return { ...analyticDevice(from, to), run };
}
