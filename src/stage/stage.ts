/**
 * The contract of all processors. A stage takes items of one format and gives items of another; it knows exactly how
 * far its input must run ahead of its output, so that a chain of stages knows its latency before the first sample.
 */
import type { Engine } from '../engine/engine.js';
import type { StreamFormat } from './format.js';
import type { Plane, Port } from './port.js';
import type { Rational } from './rational.js';

/** What the convenient door takes and gives: a plane a channel (float64 where the format says so), or packets. */
export type StreamData = Plane[] | Uint8Array[];

/** A repeating pattern of the map `inputNeeded`: `input` more items in, `output` more items out, and it starts again. */
export interface StagePeriod {
  readonly input: number;
  readonly output: number;
}

export interface Stage {
  readonly engine: Engine;
  /** What the stage is called in errors and reports: `resample 44100→48000 Hz`. */
  readonly name: string;
  readonly input: StreamFormat;
  readonly output: StreamFormat;
  /** Seconds, exact: the longest time by which input must run ahead of output, fed one item at a time. */
  readonly latency: Rational;
  /**
   * Seconds by which a link of constant rate lags behind, for packets of varying size; told apart from `latency`, since it
   * is the link's. Undefined where there is none.
   */
  readonly linkDelaySeconds?: number | undefined;
  /** Input items that must be fed before `outputCount` items can have come out; exact and monotone, and 0 for 0. */
  inputNeeded(outputCount: number): number;
  /** inputNeeded(n + output) = inputNeeded(n) + input for every n >= 1; undefined where the map never repeats. */
  readonly period: StagePeriod | undefined;
  /** Most input items of one `processInto` call. */
  readonly maxInput: number;
  /** Most output items of one `processInto` or `flushInto` call: the least capacity of an output port. */
  readonly maxOutput: number;
  /** Bytes of the longest packet where the output is packets, 0 elsewhere. */
  readonly maxPacketBytes: number;
  /** Bytes of the longest packet the stage takes where the input is packets, 0 elsewhere. */
  readonly inputPacketBytes: number;
  /** NaN and infinities of the input replaced by zero so far. */
  readonly faults: number;

  /**
   * The real-time door: takes all `input.count` items, writes `output.count` items and returns that number. Allocates
   * nothing and does bounded work; what it wrote stays valid until the next call on this stage.
   */
  processInto(input: Port, output: Port): number;
  /**
   * The same for the end of a stream: call until it returns 0, which also resets the stage. At most `maxOutput` items
   * come at a time.
   */
  flushInto(output: Port): number;
  /** The convenient door: any amount of input; returns fresh arrays, the caller's to keep. Not real-time safe. */
  process(input: StreamData): StreamData;
  /** Ends the stream: returns what is still owed and resets the stage, so that the next `process` starts a new one. */
  flush(): StreamData;
  /** Forgets everything fed so far. Real-time safe. */
  reset(): void;
  /** Gives the memory back; using the stage afterwards throws a DisposedError. */
  dispose(): void;
}
