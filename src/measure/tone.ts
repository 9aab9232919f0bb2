/** Sines in and sines out: how a test tone is made, and how much of a recording it accounts for. */

/** What a least-squares fit of one known frequency finds. Powers are mean squares over the frames fitted. */
export interface ToneFit {
  amplitude: number;
  /** Power of the fitted tone. */
  tonePower: number;
  /** Power of everything else, a constant included. */
  residualPower: number;
}

/**
 * `frames` frames of amplitude·sin(2π·cycles·n + phase).
 *
 * @param cyclesPerFrame frequency over sample rate
 * @param phase in radians; π/2 starts at the crest
 */
export function tone(frames: number, cyclesPerFrame: number, amplitude = 1, phase = 0): Float64Array {
  const out = new Float64Array(frames);
  for (let n = 0; n < frames; n++) {
    const cycles = n * cyclesPerFrame;
    out[n] = amplitude * Math.sin(2 * Math.PI * (cycles - Math.floor(cycles)) + phase);
  }
  return out;
}

/**
 * Fits a·cos + b·sin of one known frequency to the frames from `first` up to `last` by least squares. Nothing but that
 * frequency counts as signal: no window, no neighbouring bins, no constant.
 *
 * @param cyclesPerFrame frequency over the rate of `samples`
 * @example
 * const { amplitude } = fitTone(tone(1000, 0.1, 0.9), 0.1); // 0.9
 */
export function fitTone(
  samples: Float32Array | Float64Array,
  cyclesPerFrame: number,
  first = 0,
  last = samples.length,
): ToneFit {
  const frames = Math.max(0, last - first);
  const cos = new Float64Array(frames);
  const sin = new Float64Array(frames);
  let cc = 0;
  let cs = 0;
  let ss = 0;
  let yc = 0;
  let ys = 0;
  for (let i = 0; i < frames; i++) {
    const cycles = i * cyclesPerFrame;
    const angle = 2 * Math.PI * (cycles - Math.floor(cycles));
    const c = Math.cos(angle);
    const s = Math.sin(angle);
    cos[i] = c;
    sin[i] = s;
    cc += c * c;
    cs += c * s;
    ss += s * s;
    yc += samples[first + i] * c;
    ys += samples[first + i] * s;
  }
  // At 0 and at the Nyquist frequency the sine vanishes at every frame and the cosine stands alone.
  const alone = ss < 1e-9 * frames;
  const determinant = cc * ss - cs * cs;
  const a = alone ? yc / cc : (yc * ss - ys * cs) / determinant;
  const b = alone ? 0 : (ys * cc - yc * cs) / determinant;
  let fitted = 0;
  let rest = 0;
  for (let i = 0; i < frames; i++) {
    const model = a * cos[i] + b * sin[i];
    const error = samples[first + i] - model;
    fitted += model * model;
    rest += error * error;
  }
  return { amplitude: Math.sqrt(a * a + b * b), tonePower: fitted / frames, residualPower: rest / frames };
}

/** Mean square of the frames from `first` up to `last`. */
export function power(samples: Float32Array | Float64Array, first = 0, last = samples.length): number {
  let sum = 0;
  for (let i = first; i < last; i++) sum += samples[i] * samples[i];
  return sum / Math.max(1, last - first);
}
