/** Sound in, sound out: a chain from frames to frames of the same rate, inside the graph. */
import type { Pipeline } from '../../pipeline/pipeline.js';
import type { FramesFormat } from '../../stage/format.js';
import type { SamplesPort } from '../../stage/port.js';
import { FrameQueue } from './_frame-queue.js';
import { applyGain, copyInput } from './_gain.js';
import { latencyFrames } from './_latency.js';
import { STATUS } from './_protocol.js';
import type { Runner, RunnerParameters } from './runner.js';

/**
 * Gives every quantum as many frames as came, late by exactly the chain's latency: frame k of the chain's output needs the
 * input up to frame k + latency, so in the quantum that brings this one the other can go out, however quanta are cut.
 */
export class EffectRunner implements Runner {
  readonly #pipeline: Pipeline;
  readonly #status: Int32Array;
  readonly #input: SamplesPort;
  readonly #output: SamplesPort;
  /** What went through the chain, and what did not, equally late. */
  readonly #coded: FrameQueue;
  readonly #plain: FrameQueue;
  readonly #plainPiece: readonly Float32Array[];

  constructor(pipeline: Pipeline, status: Int32Array) {
    this.#pipeline = pipeline;
    this.#status = status;
    this.#input = pipeline.createInputPort() as SamplesPort;
    this.#output = pipeline.createOutputPort() as SamplesPort;
    const { channels, sampleRate } = pipeline.input as FramesFormat;
    const latency = latencyFrames(pipeline.latency, sampleRate);
    const piece = pipeline.maxInput;
    this.#coded = new FrameQueue(channels, latency + piece + pipeline.maxOutput, latency);
    this.#plain = new FrameQueue(channels, latency + piece, latency);
    this.#plainPiece = Array.from({ length: channels }, () => new Float32Array(piece));
  }

  render(
    input: readonly Float32Array[],
    output: readonly Float32Array[],
    frames: number,
    parameters: RunnerParameters,
  ): void {
    const piece = this.#pipeline.maxInput;
    for (let from = 0; from < frames; from += piece) {
      const count = Math.min(piece, frames - from);
      copyInput(this.#input.planes, input, from, count);
      this.#input.count = count;
      this.#plain.push(this.#input.planes, count);
      this.#coded.push(this.#output.planes, this.#pipeline.processInto(this.#input, this.#output));
      this.#coded.pull(output, from, count);
      this.#plain.pull(this.#plainPiece, 0, count);
      this.#mix(output, from, count, parameters.bypass);
    }
    for (let channel = 0; channel < output.length; channel++) applyGain(output[channel], 0, frames, parameters.gain);
    this.#status[STATUS.faults] = this.#pipeline.faults;
  }

  /** Brings the plain sound in by the share that `bypass` says; at 0 the coded one stays as it is, to the bit. */
  #mix(output: readonly Float32Array[], from: number, count: number, bypass: Float32Array): void {
    if (bypass.length === 1 && bypass[0] === 0) return;
    for (let channel = 0; channel < output.length; channel++) {
      const coded = output[channel];
      const plain = this.#plainPiece[channel];
      for (let index = 0; index < count; index++) {
        const share = bypass[bypass.length > 1 ? from + index : 0];
        const sample = coded[from + index];
        coded[from + index] = share === 1 ? plain[index] : sample + share * (plain[index] - sample);
      }
    }
  }

  /** Nothing to do: silence follows a sound in the graph and brings out what the chain holds. */
  flush(): void {}

  dispose(): void {
    for (const part of [this.#input, this.#output, this.#pipeline]) part.dispose();
  }
}
