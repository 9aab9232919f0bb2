/** Gain as an AudioParam gives it: one value for all frames of a quantum, or one for each. */

/**
 * Multiplies the first `count` samples, in place; a gain of 1 leaves them as they are. `from` is the place of the first
 * one in the quantum. Real-time safe.
 */
export function applyGain(samples: Float32Array, from: number, count: number, gain: Float32Array): void {
  if (gain.length > 1) {
    for (let index = 0; index < count; index++) samples[index] *= gain[from + index];
  } else if (gain[0] !== 1) {
    const factor = gain[0];
    for (let index = 0; index < count; index++) samples[index] *= factor;
  }
}

/**
 * Fills the planes of a port with `count` frames of the inputs from their frame `from` on; silence where an input is
 * missing. Real-time safe.
 */
export function copyInput(
  target: readonly Float32Array[],
  input: readonly Float32Array[],
  from: number,
  count: number,
): void {
  for (let channel = 0; channel < target.length; channel++) {
    const plane = target[channel];
    if (channel < input.length) {
      const source = input[channel];
      for (let index = 0; index < count; index++) plane[index] = source[from + index];
    } else {
      for (let index = 0; index < count; index++) plane[index] = 0;
    }
  }
}
