/** Packets in, sound out: a chain that decodes what a queue of packets gives. */
import type { Pipeline } from '../../pipeline/pipeline.js';
import type { FramesFormat } from '../../stage/format.js';
import type { PacketsPort, SamplesPort } from '../../stage/port.js';
import { FrameQueue } from './_frame-queue.js';
import { applyGain } from './_gain.js';
import { type RatioRange, STATUS } from './_protocol.js';
import type { PacketQueue } from './packet-queue.js';
import type { Runner, RunnerParameters } from './runner.js';
import { Stretcher } from './stretcher.js';

/** The largest render quantum that a frame queue has to serve beside one packet's frames. */
const LARGEST_QUANTUM = 2 ** 14;

/** Decodes as many packets as a quantum needs; where there are too few it plays silence, and counts it. */
export class PlayerRunner implements Runner {
  readonly #pipeline: Pipeline;
  readonly #status: Int32Array;
  readonly #packets: PacketQueue;
  readonly #input: PacketsPort;
  readonly #output: SamplesPort;
  readonly #frames: FrameQueue;
  readonly #stretcher: Stretcher | undefined;
  /** True from the first packet on until packets run out. */
  #playing = false;
  /** True between `flush` and the moment when the last packet's tail has been decoded. */
  #ending = false;

  constructor(pipeline: Pipeline, status: Int32Array, packets: PacketQueue, ratio: RatioRange | undefined) {
    this.#pipeline = pipeline;
    this.#status = status;
    this.#packets = packets;
    this.#input = pipeline.createInputPort() as PacketsPort;
    this.#output = pipeline.createOutputPort() as SamplesPort;
    const { engine, output, maxOutput } = pipeline;
    this.#stretcher = ratio && new Stretcher(engine, output as FramesFormat, ratio, maxOutput);
    const most = this.#stretcher?.maxOutput ?? maxOutput;
    this.#frames = new FrameQueue(output.channels, LARGEST_QUANTUM + most);
  }

  render(
    _input: readonly Float32Array[],
    output: readonly Float32Array[],
    frames: number,
    { gain, ratio }: RunnerParameters,
  ): void {
    this.#stretcher?.setRatio(ratio, this.#packets.ratio);
    let decoded = true;
    while (decoded && this.#frames.count < frames) decoded = this.#decodeNext();
    const held = this.#frames.pull(output, 0, frames);
    if (held < frames && this.#playing) {
      this.#playing = false;
      this.#status[STATUS.underruns]++;
      this.#status[STATUS.underrunFrames] += frames - held;
    }
    for (let channel = 0; channel < output.length; channel++) applyGain(output[channel], 0, frames, gain);
    this.#status[STATUS.queuedFrames] = this.#frames.count;
    this.#status[STATUS.dropped] = this.#packets.strange;
    this.#status[STATUS.faults] = this.#pipeline.faults;
    this.#packets.tell(this.#status);
  }

  flush(): void {
    this.#ending = true;
    this.#packets.finish();
  }

  /** Decodes one packet, or a piece of the stream's tail; false where there is neither. */
  #decodeNext(): boolean {
    if (this.#packets.pull(this.#input, this.#frames.count) > 0) {
      this.#playing = true;
      this.#status[STATUS.packets]++;
      this.#pipeline.processInto(this.#input, this.#output);
      this.#queue();
      return true;
    }
    if (!this.#ending) return false;
    if (this.#pipeline.flushInto(this.#output) > 0) {
      this.#queue();
      return true;
    }
    if (this.#stretcher?.flush()) {
      this.#queueFrom(this.#stretcher.output);
      return true;
    }
    // What follows the end is not missing.
    this.#ending = false;
    this.#playing = false;
    this.#status[STATUS.ends]++;
    return false;
  }

  #queue(): void {
    this.#queueFrom(this.#stretcher === undefined ? this.#output : this.#stretcher.stretch(this.#output));
  }

  #queueFrom(port: SamplesPort): void {
    this.#frames.push(port.planes, port.count);
  }

  dispose(): void {
    this.#stretcher?.dispose();
    for (const part of [this.#input, this.#output, this.#pipeline]) part.dispose();
  }
}
