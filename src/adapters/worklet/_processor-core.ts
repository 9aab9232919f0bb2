/** What a processor is, apart from the class that a worklet wants: tests run it in Node under a heap profiler. */
import { Engine } from '../../engine/engine.js';
import { Pipeline } from '../../pipeline/pipeline.js';
import { itemRate } from '../../stage/format.js';
import { toNumber } from '../../stage/rational.js';
import { PacketRing } from '../ring.js';
import { BitsControl } from './_controls.js';
import { pack, roomOf, unpack } from './_exchange.js';
import { tellEvent } from './_govern.js';
import { type ProcessorSetup, STATUS, STATUS_WORDS, VERSION } from './_protocol.js';
import { EffectRunner } from './effect-runner.js';
import { EncoderRunner } from './encoder-runner.js';
import { JitterQueue } from './jitter-queue.js';
import { RingQueue } from './packet-queue.js';
import { PlayerRunner } from './player-runner.js';
import type { Runner, RunnerParameters } from './runner.js';

/** Everything is made in the constructor; `render` makes no garbage but the clock's, where the load is measured. */
export class ProcessorCore {
  /** Words by `STATUS`, shared with the page where memory can be. */
  readonly status: Int32Array;
  /** Packets from the page, and to it. */
  readonly incoming: PacketRing;
  readonly outgoing: PacketRing;
  readonly #runner: Runner;
  readonly #bits: BitsControl;
  readonly #measureLoad: boolean;
  /** Frames of a quantum in which no array tells: nothing is connected to a node without outputs. */
  readonly #usualFrames: number;

  constructor(setup: ProcessorSetup) {
    if (setup?.version !== VERSION) {
      throw new TypeError(
        `the worklet script is paley ${VERSION}, the page's is ${setup?.version}: copy paley/worklet/processor.js of the same version to the address given as url`,
      );
    }
    const { shared, ringBytes } = setup;
    this.status = new Int32Array(shared?.status ?? new ArrayBuffer(4 * STATUS_WORDS));
    this.incoming = shared ? PacketRing.attach(shared.toWorklet) : PacketRing.create({ bytes: ringBytes });
    this.outgoing = shared ? PacketRing.attach(shared.fromWorklet) : PacketRing.create({ bytes: ringBytes });
    this.#measureLoad = setup.measureLoad;
    const engine = Engine.fromBytes(setup.kernels, { memory: setup.memory });
    const pipeline = Pipeline.fromJSON(setup.pipeline).build(engine, {
      onGovern: (event) => tellEvent(this.status, event),
    });
    this.status[STATUS.rungs] = pipeline.ladder.rungs;
    this.#usualFrames = pipeline.maxInput;
    this.#bits = new BitsControl(pipeline);
    this.#runner = this.#createRunner(pipeline, setup);
  }

  /** One quantum of as many frames as the arrays have. Real-time safe. */
  render(input: readonly Float32Array[], output: readonly Float32Array[], parameters: RunnerParameters): void {
    const frames = output.length > 0 ? output[0].length : input.length > 0 ? input[0].length : this.#usualFrames;
    // The scope of a worklet has no finer clock. A quantum is far shorter than its tick, so only the mean over many tells.
    const start = this.#measureLoad ? Date.now() : 0;
    this.#bits.set(parameters.bits);
    this.#runner.render(input, output, frames, parameters);
    const { status } = this;
    status[STATUS.frames] += frames;
    if (this.#measureLoad) {
      status[STATUS.busyMilliseconds] += Date.now() - start;
      status[STATUS.measuredFrames] += frames;
    }
  }

  /** Takes the packets out of the page's buffer and puts its own in. Called between quanta; makes some garbage. */
  exchange(buffer: ArrayBuffer): void {
    const room = roomOf(buffer);
    unpack(buffer, this.incoming);
    pack(this.outgoing, buffer, room, this.incoming.free);
    new Int32Array(buffer).set(this.status);
  }

  flush(): void {
    this.#runner.flush();
  }

  dispose(): void {
    this.#runner.dispose();
  }

  #createRunner(pipeline: Pipeline, { delaySeconds, ratio, jitter }: ProcessorSetup): Runner {
    const { input, output } = pipeline;
    if (output.kind === 'packets') return new EncoderRunner(pipeline, this.status, this.outgoing);
    if (input.kind !== 'packets') return new EffectRunner(pipeline, this.status);
    if (jitter !== undefined) {
      const queue = new JitterQueue(this.incoming, input, pipeline.inputPacketBytes, jitter);
      return new PlayerRunner(pipeline, this.status, queue, ratio);
    }
    const startPackets = Math.ceil(delaySeconds * toNumber(itemRate(input)));
    const queue = new RingQueue(this.incoming, input.framesPerPacket, startPackets);
    return new PlayerRunner(pipeline, this.status, queue, ratio);
  }
}
