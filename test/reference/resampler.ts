/** Resampling by its definition, in float64: every output is the sum of all input frames times a windowed sinc. */

export interface WindowedSinc {
  from: number;
  to: number;
  /** Input frames on each side of an output instant, whole or not. */
  halfWidth: number;
  /** For Kaiser's formula of the window's shape. */
  attenuationDecibels: number;
  /** As a fraction of the Nyquist frequency of the lower rate. */
  cutoff: number;
}

/** I0 by its integral, (1/π)∫exp(x·cos θ)dθ over half a turn: for a periodic function the trapezoids converge at once. */
function besselI0(x: number): number {
  const steps = 64;
  let sum = (Math.exp(x) + Math.exp(-x)) / 2;
  for (let i = 1; i < steps; i++) sum += Math.exp(x * Math.cos((Math.PI * i) / steps));
  return sum / steps;
}

/** The filter's value `t` input frames from its middle, before it is scaled. */
function kernel({ from, to, halfWidth, attenuationDecibels, cutoff }: WindowedSinc, t: number): number {
  if (Math.abs(t) >= halfWidth) return 0;
  const x = Math.PI * cutoff * Math.min(1, to / from) * t;
  const beta = 0.1102 * (attenuationDecibels - 8.7);
  return (x === 0 ? 1 : Math.sin(x) / x) * besselI0(beta * Math.sqrt(1 - (t / halfWidth) ** 2));
}

/** Outputs `first` to `last` − 1 of the resampled input. */
export function resampleReference(
  filter: WindowedSinc,
  input: ArrayLike<number>,
  first: number,
  last: number,
): Float64Array {
  const { from, to, halfWidth } = filter;
  // Gain 1 at 0 Hz: the mean over instants spread evenly between two input frames.
  const instants = 4;
  let gain = 0;
  const edge = Math.ceil(halfWidth * instants);
  for (let i = -edge; i <= edge; i++) gain += kernel(filter, i / instants) / instants;
  return Float64Array.from({ length: last - first }, (_, index) => {
    const k = first + index;
    const middle = Math.floor((k * from) / to);
    const fraction = ((k * from) % to) / to;
    let sum = 0;
    for (
      let n = Math.max(0, Math.floor(middle - halfWidth));
      n <= Math.min(input.length - 1, middle + halfWidth + 1);
      n++
    ) {
      sum += input[n] * kernel(filter, fraction + (middle - n));
    }
    return sum / gain;
  });
}
