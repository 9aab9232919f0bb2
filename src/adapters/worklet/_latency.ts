/** The latency of a chain in frames of the graph. */
import { multiply, type Rational } from '../../stage/rational.js';

/** Whole for a chain of frames to frames of one rate; rounded up elsewhere. */
export function latencyFrames(latency: Rational, sampleRate: Rational): number {
  const { numerator, denominator } = multiply(latency, sampleRate);
  return Math.ceil(numerator / denominator);
}
