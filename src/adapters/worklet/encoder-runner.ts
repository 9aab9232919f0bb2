/** Sound in, packets out: a chain whose packets leave the graph by a ring. */
import type { Pipeline } from '../../pipeline/pipeline.js';
import type { PacketsPort, SamplesPort } from '../../stage/port.js';
import type { PacketRing } from '../ring.js';
import { applyGain, copyInput } from './_gain.js';
import { STATUS } from './_protocol.js';
import type { Runner, RunnerParameters } from './runner.js';

/** Writes every packet with its number; where the ring is full the packet is lost, and its number missing, not later. */
export class EncoderRunner implements Runner {
  readonly #pipeline: Pipeline;
  readonly #status: Int32Array;
  readonly #ring: PacketRing;
  readonly #input: SamplesPort;
  readonly #output: PacketsPort;
  #sequence = 0;

  constructor(pipeline: Pipeline, status: Int32Array, ring: PacketRing) {
    this.#pipeline = pipeline;
    this.#status = status;
    this.#ring = ring;
    this.#input = pipeline.createInputPort() as SamplesPort;
    this.#output = pipeline.createOutputPort() as PacketsPort;
  }

  render(
    input: readonly Float32Array[],
    _output: readonly Float32Array[],
    frames: number,
    { gain }: RunnerParameters,
  ): void {
    const piece = this.#pipeline.maxInput;
    const { planes } = this.#input;
    for (let from = 0; from < frames; from += piece) {
      const count = Math.min(piece, frames - from);
      copyInput(planes, input, from, count);
      for (let channel = 0; channel < planes.length; channel++) applyGain(planes[channel], from, count, gain);
      this.#input.count = count;
      this.#pipeline.processInto(this.#input, this.#output);
      this.#send();
    }
    this.#status[STATUS.faults] = this.#pipeline.faults;
  }

  flush(): void {
    while (this.#pipeline.flushInto(this.#output) > 0) this.#send();
    this.#status[STATUS.ends]++;
  }

  #send(): void {
    const { bytes, offsets, lengths, frames, count } = this.#output;
    for (let index = 0; index < count; index++) {
      const sent = this.#ring.push(bytes, offsets[index], lengths[index], frames[index], this.#sequence);
      this.#sequence = (this.#sequence + 1) | 0;
      this.#status[sent ? STATUS.packets : STATUS.dropped]++;
    }
  }

  dispose(): void {
    for (const part of [this.#input, this.#output, this.#pipeline]) part.dispose();
  }
}
