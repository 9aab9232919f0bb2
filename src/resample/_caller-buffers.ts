/**
 * The real-time door for arrays that are the caller's own: planes, or one array in which the channels alternate. What comes
 * and goes is copied through ports that are made here once.
 */
import { throwRange, throwType } from '../engine/check.js';
import { createPort, type Plane, type Port, type SamplesPort } from '../stage/port.js';
import type { Stage } from '../stage/stage.js';

/** A plane a channel, all of one length; or one array of frames, each a sample of channel 0, one of channel 1 … */
export type CallerBuffer<P extends Plane> = P | readonly P[];

function checkArray(title: string, array: unknown, sample: 'f32' | 'f64'): void {
  const fits = sample === 'f64' ? array instanceof Float64Array : array instanceof Float32Array;
  if (!fits) throwType(title, sample === 'f64' ? 'a Float64Array' : 'a Float32Array', array);
}

/** The frames that fit a buffer; throws where it is not one. */
function framesOf(title: string, buffer: CallerBuffer<Plane>, port: SamplesPort): number {
  const { channels, sample } = port;
  if (ArrayBuffer.isView(buffer)) {
    checkArray(title, buffer, sample);
    const { length } = buffer as Plane;
    if (length % channels !== 0) throwRange(`${title}.length`, `a multiple of ${channels} channels`, length);
    return length / channels;
  }
  if (!Array.isArray(buffer)) throwType(title, `${channels} planes, or one array of interleaved frames`, buffer);
  const planes = buffer as readonly Plane[];
  if (planes.length !== channels) throwRange(`${title}.length`, `${channels} planes`, planes.length);
  for (let channel = 0; channel < channels; channel++) {
    checkArray(title, planes[channel], sample);
    if (planes[channel].length !== planes[0].length) {
      throwRange(title, `planes of one length, ${planes[0].length} frames`, planes[channel].length);
    }
  }
  return planes[0].length;
}

/** Carries a stage's frames between the caller's arrays and its ports. */
export class CallerBuffers {
  readonly #stage: Stage;
  readonly #input: SamplesPort;
  readonly #output: SamplesPort;

  /** @throws EngineMemoryError */
  constructor(stage: Stage) {
    this.#stage = stage;
    this.#input = createPort(stage.engine, stage.input, stage.maxInput) as SamplesPort;
    try {
      this.#output = createPort(stage.engine, stage.output, stage.maxOutput) as SamplesPort;
    } catch (error) {
      this.#input.dispose();
      throw error;
    }
  }

  process(input: CallerBuffer<Plane>, output: CallerBuffer<Plane>): number {
    const { maxInput, maxOutput } = this.#stage;
    const frames = framesOf('input', input, this.#input);
    if (frames > maxInput) throwRange('input', `at most maxInput, ${maxInput}, frames`, frames);
    const room = framesOf('output', output, this.#output);
    if (room < maxOutput) throwRange('output', `room for maxOutput, ${maxOutput}, frames`, room);
    const { planes, channels } = this.#input;
    const alternating = ArrayBuffer.isView(input);
    for (let channel = 0; channel < channels; channel++) {
      const plane = planes[channel];
      if (alternating) {
        const source = input as Plane;
        for (let frame = 0, at = channel; frame < frames; frame++, at += channels) plane[frame] = source[at];
      } else {
        plane.set((input as readonly Plane[])[channel]);
      }
    }
    this.#input.count = frames;
    return this.#give(this.#stage.processInto(this.#input as Port, this.#output as Port), output);
  }

  flush(output: CallerBuffer<Plane>): number {
    const { maxOutput } = this.#stage;
    const room = framesOf('output', output, this.#output);
    if (room < maxOutput) throwRange('output', `room for maxOutput, ${maxOutput}, frames`, room);
    return this.#give(this.#stage.flushInto(this.#output as Port), output);
  }

  dispose(): void {
    this.#input.dispose();
    this.#output.dispose();
  }

  #give(count: number, output: CallerBuffer<Plane>): number {
    const { planes, channels } = this.#output;
    const alternating = ArrayBuffer.isView(output);
    for (let channel = 0; channel < channels; channel++) {
      const plane = planes[channel];
      const target = alternating ? (output as Plane) : (output as readonly Plane[])[channel];
      const step = alternating ? channels : 1;
      let at = alternating ? channel : 0;
      for (let frame = 0; frame < count; frame++, at += step) target[at] = plane[frame];
    }
    return count;
  }
}
