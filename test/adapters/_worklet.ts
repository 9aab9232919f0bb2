/** Chains and sounds for the tests of the worklet, in Node and in a page alike. */
import type { PipelineData, Step } from 'paley';

export const SAMPLE_RATE = 48000;

/** A chain over float32 frames as plain data. */
export function chain(steps: readonly Step[], channels = 1, sampleRate = SAMPLE_RATE): PipelineData {
  const input = {
    kind: 'frames',
    sampleRate: { numerator: sampleRate, denominator: 1 },
    channels,
    sample: 'f32',
  } as const;
  return { input, steps, quantum: 128 };
}

/** Noise from a linear congruential generator, the same everywhere. */
export function noise(frames: number, seed = 1): Float32Array<ArrayBuffer> {
  let state = seed;
  return Float32Array.from({ length: frames }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 32;
  });
}
