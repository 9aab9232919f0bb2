/** The page's helper: a pipeline as a node of the audio graph. */
import { checkBytes, checkInteger } from '../../engine/check.js';
import { type PipelineReport, withRow } from '../../pipeline/report.js';
import { itemRate, type StreamFormat } from '../../stage/format.js';
import { toNumber, toRate } from '../../stage/rational.js';
import { LateAudioWorkletNode } from './_audio-worklet-node.js';
import { readEvents } from './_govern.js';
import { latencyFrames } from './_latency.js';
import { createSharedLink, type Link, MessageLink } from './_link.js';
import { type FromProcessor, PROCESSOR, type ProcessorSetup, STATUS, type ToProcessor, VERSION } from './_protocol.js';
import { moduleOf, type PaleyModule } from './module.js';
import { type NodePlan, type NodeRole, type PaleyNodeOptions, planNode, stretchName } from './plan.js';

/** A packet with what its bytes do not say. */
export interface Packet {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Frames of it that belong to the stream: fewer than `framesPerPacket` only in the last one. */
  readonly frames: number;
  /** Its number in the stream, from 0: a number left out is a packet that was lost. */
  readonly sequence: number;
}

/** What a node has done so far. */
export interface PaleyNodeStatus {
  readonly frames: number;
  /** Packets made or played. */
  readonly packets: number;
  /** Packets lost because nobody took them in time, or that were no packets of this stream. */
  readonly dropped: number;
  /** Times that packets ran out while playing, and the frames of silence in these quanta. */
  readonly underruns: number;
  readonly underrunFrames: number;
  /** NaN and infinities replaced by zero, damaged packets. */
  readonly faults: number;
  /** Decoded frames waiting to be played, and packets waiting in the ring. */
  readonly queuedFrames: number;
  readonly queuedPackets: number;
  /**
   * The node's share of the time it has, from the last reading of `status` on, if that is at least 200 quanta ago; the
   * reading before that otherwise. Undefined without `measureLoad`.
   */
  readonly load: number | undefined;
  /** The setting that the governor runs the chain with, 0 being the best, and how many there are. */
  readonly rung: number;
  readonly rungs: number;
  /** Of a player with `jitter`: what its buffer has done. */
  readonly jitter: PaleyJitterStatus | undefined;
}

/** What a player's jitter buffer has done so far, and holds. */
export interface PaleyJitterStatus {
  /** Packets given to the decoder as lost: never came, came too late, or stood in for the wait. */
  readonly concealed: number;
  /** Came when their place had been concealed already. */
  readonly late: number;
  /** How often nothing was waiting when something was needed. */
  readonly emptied: number;
  /** Packets left out because far too much was waiting. */
  readonly skipped: number;
  /** Seconds of sound that wait now, and that should wait. */
  readonly waitingSeconds: number;
  readonly targetSeconds: number;
}

/** Milliseconds between two looks at what the governor has told. */
const GOVERN_MILLISECONDS = 100;
/** Milliseconds between two looks into a ring, and how long a context may be suspended before waiting is given up. */
const POLL_MILLISECONDS = 5;
const PATIENCE_MILLISECONDS = 1000;
const LOAD_FRAMES = 200 * 128;

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The plan of the node under construction: made before `super`, needed after it. */
interface Parts {
  readonly plan: NodePlan;
  readonly link: Link;
}
let parts: Parts | undefined;

function nodeOptions(plan: NodePlan, link: Link, { kernels }: PaleyModule): AudioWorkletNodeOptions {
  const { role, pipeline } = plan;
  const { ringBytes, measureLoad, delaySeconds, ratio, jitter, memory } = plan;
  const setup: ProcessorSetup = {
    version: VERSION,
    kernels,
    memory,
    pipeline: pipeline.toJSON(),
    ringBytes,
    shared: link.shared,
    measureLoad,
    delaySeconds,
    ratio,
    jitter,
  };
  return {
    numberOfInputs: role === 'player' ? 0 : 1,
    numberOfOutputs: role === 'encoder' ? 0 : 1,
    ...(role !== 'encoder' && { outputChannelCount: [pipeline.output.channels] }),
    ...(role !== 'player' && { channelCount: pipeline.input.channels, channelCountMode: 'explicit' as const }),
    processorOptions: setup,
  };
}

function prepare(context: BaseAudioContext, options: PaleyNodeOptions): AudioWorkletNodeOptions {
  const module = moduleOf(context);
  const plan = planNode(context, module.engine, options);
  const link = plan.shared ? createSharedLink(plan.ringBytes) : new MessageLink(plan.ringBytes);
  parts = { plan, link };
  return nodeOptions(plan, link, module);
}

/**
 * A pipeline as a node of the audio graph. What it is follows from the chain:
 *
 * - frames to frames, an **effect**: sound in, sound out, late by exactly `latencyFrames`;
 * - frames to packets, an **encoder**: sound in; the packets come out by `readPacket` or `packets()`. It has no output;
 * - packets to frames, a **player**: packets go in by `writePacket`, sound comes out. It has no input.
 *
 * Frames are at the context's rate on the side that meets the graph. AudioParams, by `parameters.get(name)`:
 * `gain` (of the sound out, or in where packets come out); `bypass`, of an effect (1: the sound as it came in, equally late;
 * between 0 and 1 a mix); `ratio`, of a player made with `ratio` (frames played for each frame decoded); `bits` (bits a sample
 * for codecs that can change their rate while they run; 0: as the chain says).
 *
 * A budget with a load is kept by a governor on the worklet's thread; what it does comes as `govern` events, whose `detail` is a
 * `GovernorEvent`, a tenth of a second later at most. `auto` settings are chosen here, where there is a clock.
 *
 * Packets pass over shared memory where the page is cross-origin isolated, and the thread that makes the sound then makes
 * no garbage at all. Elsewhere buffers travel in messages, a hundred times a second, answered between quanta: some
 * 0.7 kB of garbage each time on that thread.
 *
 * @throws Error without `addPaleyModule`; what `Pipeline` throws (LatencyBudgetError, FormatMismatchError naming both
 * sides, EngineMemoryError, TypeError and RangeError for a chain that is none); Error for `transport: 'shared'` on a page
 * that is not isolated.
 *
 * @example
 * ```ts
 * import { Pipeline } from 'paley';
 * import { addPaleyModule, PaleyNode } from 'paley/worklet';
 *
 * const context = new AudioContext({ sampleRate: 48000 });
 * await addPaleyModule(context);
 * const node = new PaleyNode(context, {
 *   pipeline: {
 *     input: { kind: 'frames', sampleRate: { numerator: 48000, denominator: 1 }, channels: 1, sample: 'f32' },
 *     steps: [{ type: 'encode', codec: 'int4', blockSize: 64 }],
 *     quantum: 128,
 *   },
 *   budget: { latencySeconds: 0.01 },
 * });
 * new OscillatorNode(context).connect(node);
 * for await (const { bytes, sequence } of node.packets()) console.log(sequence, bytes.length);
 * ```
 */
export class PaleyNode extends LateAudioWorkletNode {
  readonly role: NodeRole;
  /** What goes in, and what comes out. */
  readonly input: StreamFormat;
  readonly output: StreamFormat;
  /** The chain's latency, by which an effect's output is late; of a player with `ratio` or `jitter` that of its resampler, too. */
  readonly latencySeconds: number;
  /** The same in frames of the context; of an effect it is exact. */
  readonly latencyFrames: number;
  /** What a link of constant rate adds for packets of varying size, apart from `latencySeconds`; else undefined. */
  readonly linkDelaySeconds: number | undefined;
  /** How packets pass between the threads. */
  readonly transport: 'shared' | 'messages';
  /** Settles when the worklet's thread has built the chain; rejects, saying why, where it could not. */
  readonly ready: Promise<void>;
  readonly #plan: NodePlan;
  readonly #link: Link;
  #disposed = false;
  #sequence = 0;
  #load: number | undefined;
  #loadFrom = [0, 0];
  #eventsSeen = 0;
  #governTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(context: BaseAudioContext, options: PaleyNodeOptions) {
    super(context, PROCESSOR, prepare(context, options));
    const { plan, link } = parts as Parts;
    parts = undefined;
    const { pipeline } = plan;
    this.#plan = plan;
    this.#link = link;
    this.role = plan.role;
    this.input = pipeline.input;
    this.output = pipeline.output;
    this.latencySeconds = toNumber(plan.latency);
    this.latencyFrames = latencyFrames(plan.latency, toRate('sampleRate', context.sampleRate));
    this.linkDelaySeconds = pipeline.linkDelaySeconds;
    this.transport = plan.shared ? 'shared' : 'messages';
    this.ready = this.#whenReady();
    // Who does not ask is told by `processorerror`, as of any other node.
    this.ready.catch(() => {});
  }

  /** What the node has done so far. */
  get status(): PaleyNodeStatus {
    const { status, toWorklet, fromWorklet } = this.#link;
    const word = (name: keyof typeof STATUS) => Atomics.load(status, STATUS[name]);
    return {
      frames: word('frames') >>> 0,
      packets: word('packets'),
      dropped: word('dropped'),
      underruns: word('underruns'),
      underrunFrames: word('underrunFrames'),
      faults: word('faults'),
      queuedFrames: word('queuedFrames'),
      queuedPackets: this.role === 'player' ? toWorklet.count : fromWorklet.count,
      rung: word('rung'),
      rungs: Math.max(1, word('rungs')),
      jitter: this.#plan.jitter && this.#jitterStatus(word),
      load: this.#plan.measureLoad ? this.#readLoad(word('busyMilliseconds'), word('measuredFrames')) : undefined,
    };
  }

  /**
   * A row a stage: the latency it adds, its share of the budget, and its cost measured now on the page, since the worklet
   * has no clock. Takes some milliseconds.
   */
  report(): PipelineReport {
    const { pipeline, stretch, ratio } = this.#plan;
    const report = pipeline.report();
    if (stretch === undefined || ratio === undefined) return report;
    return withRow(report, stretchName(ratio), toNumber(stretch.latency), toNumber(itemRate(this.input)));
  }

  /**
   * Of an encoder: the next packet, or undefined where none is there yet.
   * @throws TypeError where the node is no encoder.
   */
  readPacket(): Packet | undefined {
    this.#checkRole('readPacket', 'encoder');
    const ring = this.#link.fromWorklet;
    const length = ring.nextLength;
    if (length < 0) return undefined;
    const bytes = new Uint8Array(length);
    const packet = { bytes, frames: ring.nextFrames, sequence: ring.nextSequence >>> 0 };
    ring.pull(bytes, 0);
    return packet;
  }

  /**
   * Of an encoder: packets as they come, up to the end of the stream (`flush` or `dispose`).
   * @throws TypeError where the node is no encoder; Error where the context stays suspended for a second, since no
   * packet would ever come.
   */
  async *packets(): AsyncGenerator<Packet, void, undefined> {
    this.#checkRole('packets', 'encoder');
    await this.ready;
    const ends = this.#ends;
    let suspendedFor = 0;
    while (!this.#disposed) {
      const ended = this.#ends !== ends;
      const packet = this.readPacket();
      if (packet !== undefined) {
        suspendedFor = 0;
        yield packet;
      } else if (ended || this.#isClosed) {
        return;
      } else {
        await wait(POLL_MILLISECONDS);
        suspendedFor = this.#countSuspended(suspendedFor, 'no packets come');
      }
    }
  }

  /**
   * Of a player: a packet to be decoded and played after those before it. Returns false where the ring is full: try again
   * when some of it has been played.
   * @throws TypeError where the node is no player, or the packet no Uint8Array; RangeError where it is longer than packets
   * of this stream are.
   */
  writePacket(packet: Uint8Array | Packet): boolean {
    this.#checkRole('writePacket', 'player');
    const { framesPerPacket } = this.input as Extract<StreamFormat, { kind: 'packets' }>;
    const isBare = packet instanceof Uint8Array;
    const bytes = checkBytes('packet', isBare ? packet : packet?.bytes);
    const frames = isBare ? framesPerPacket : checkInteger('packet.frames', packet.frames, 1, framesPerPacket);
    const sequence = isBare ? this.#sequence : checkInteger('packet.sequence', packet.sequence, 0, 2 ** 32 - 1);
    const { inputPacketBytes } = this.#plan.pipeline;
    if (bytes.length > inputPacketBytes) {
      throw new RangeError(`packet expected at most ${inputPacketBytes} bytes, got ${bytes.length}`);
    }
    const written = this.#link.toWorklet.push(bytes, 0, bytes.length, frames, sequence);
    if (written) this.#sequence = (sequence + 1) >>> 0;
    return written;
  }

  /**
   * The stream ends here: resolves when an encoder has given its last packets, or a player has decoded its last one. What
   * follows is a new stream. Nothing to do for an effect.
   * @throws Error where a player's context stays suspended for a second.
   */
  async flush(): Promise<void> {
    if (this.role === 'effect') return;
    await this.ready;
    const ends = this.#ends;
    this.#send({ type: 'flush' });
    let suspendedFor = 0;
    while (this.#ends === ends && !this.#disposed && !this.#isClosed) {
      await wait(POLL_MILLISECONDS);
      if (this.role === 'player') suspendedFor = this.#countSuspended(suspendedFor, 'nothing is played');
    }
  }

  /** Ends the processor and frees its memory, here and on the worklet's thread; the node is silent from then on. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.disconnect();
    this.#send({ type: 'dispose' });
    this.#link.close();
    clearTimeout(this.#governTimer);
    this.#plan.stretch?.dispose();
    this.#plan.pipeline.dispose();
  }

  /** An offline context is closed when it has rendered, and an encoder in it still answers. */
  get #isClosed(): boolean {
    const answers = this.role === 'encoder' && 'startRendering' in this.context;
    return this.context.state === 'closed' && !answers;
  }

  get #ends(): number {
    return Atomics.load(this.#link.status, STATUS.ends);
  }

  #send(message: ToProcessor): void {
    this.port.postMessage(message);
  }

  #whenReady(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.port.onmessage = ({ data }: MessageEvent<FromProcessor>) => {
        if (data.type === 'exchange') {
          this.#link.receive(data);
          return;
        }
        // In Node an open port keeps the process alive: until there is an answer, and no longer.
        (this.port as { unref?: () => void }).unref?.();
        if (data.type === 'ready') {
          this.#link.start(this.port);
          if (this.#plan.pipeline.load !== undefined) this.#watchGovernor();
          resolve();
        } else {
          reject(new Error(`the worklet could not build the pipeline: ${data.name}: ${data.message}`));
        }
      };
    });
  }

  #checkRole(method: string, role: NodeRole): void {
    if (this.role === role) return;
    const chain = role === 'encoder' ? 'ends in packets: add .encode()' : 'starts from packets';
    throw new TypeError(`${method} expected a node whose pipeline ${chain}; this one is an ${this.role}`);
  }

  /** Milliseconds of waiting in a suspended context so far; throws when that has been too long. */
  #countSuspended(before: number, consequence: string): number {
    if (this.context.state !== 'suspended') return 0;
    if (before < PATIENCE_MILLISECONDS) return before + POLL_MILLISECONDS;
    throw new Error(
      `the context is suspended, so ${consequence}: call context.resume() from a click or a key press (startRendering() of an OfflineAudioContext)`,
    );
  }

  /** Tells what the governor has told since the last time, again and again. */
  #watchGovernor(): void {
    this.#governTimer = setTimeout(() => {
      if (this.#disposed) return;
      for (const detail of readEvents(this.#link.status, this.#eventsSeen)) {
        this.dispatchEvent(new CustomEvent('govern', { detail }));
      }
      this.#eventsSeen = Atomics.load(this.#link.status, STATUS.events);
      this.#watchGovernor();
    }, GOVERN_MILLISECONDS);
    // In Node an open timer would keep the process alive.
    (this.#governTimer as { unref?: () => void }).unref?.();
  }

  #jitterStatus(word: (name: keyof typeof STATUS) => number): PaleyJitterStatus {
    const { sampleRate } = this.input as Extract<StreamFormat, { kind: 'packets' }>;
    const seconds = (frames: number) => frames / toNumber(sampleRate);
    return {
      concealed: word('concealed'),
      late: word('late'),
      emptied: word('emptied'),
      skipped: word('skipped'),
      waitingSeconds: seconds(word('waitingFrames')),
      targetSeconds: seconds(word('targetFrames')),
    };
  }

  #readLoad(busyMilliseconds: number, frames: number): number | undefined {
    const [busyBefore, framesBefore] = this.#loadFrom;
    const passed = (frames - framesBefore) | 0;
    if (passed >= LOAD_FRAMES) {
      this.#load = (busyMilliseconds - busyBefore) / 1000 / (passed / this.context.sampleRate);
      this.#loadFrom = [busyMilliseconds, frames];
    }
    return this.#load;
  }
}
