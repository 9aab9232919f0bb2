/** The two ways to filter, as the resampler sees them: with an exact table of phases, or with an interpolated one. */
import type { SamplesPort } from '../stage/port.js';

/**
 * Turns a history of input frames into output frames. It knows where its next output stands; the history's first frame is
 * the one that output's first tap meets, or a few frames before it.
 */
export interface Filter {
  /**
   * Writes all the outputs that the `held` frames of the history cover and sets `output.count`. Returns the frames at the
   * front of the history that no later output needs. Real-time safe.
   */
  run(output: SamplesPort, history: number, planeBytes: number, held: number): number;
  /** The next output is output 0. Real-time safe. */
  reset(): void;
  dispose(): void;
}
