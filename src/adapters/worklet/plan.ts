/** What a node is to be: a chain of stages looked at before anything is sent to the worklet's thread. */
import { checkBoolean, checkNumber, checkOneOf, checkOptions, throwType } from '../../engine/check.js';
import type { Engine } from '../../engine/engine.js';
import { FormatMismatchError, LatencyBudgetError } from '../../engine/errors.js';
import type { Budget, PipelineData } from '../../pipeline/options.js';
import { Pipeline } from '../../pipeline/pipeline.js';
import { latencyShares, linkDelay, linkShares } from '../../pipeline/report.js';
import type { Resampler } from '../../resample/resampler.js';
import { describeFormat, type FramesFormat, itemRate, type StreamFormat } from '../../stage/format.js';
import { add, format, type Rational, toNumber } from '../../stage/rational.js';
import { LARGEST_DEVIATION } from '../jitter-buffer.js';
import { missingIsolation, recordBytes } from '../ring.js';
import type { JitterSettings, RatioRange } from './_protocol.js';
import { createJitterBuffer } from './jitter-queue.js';
import { createStretch } from './stretcher.js';

export interface PaleyNodeOptions {
  /** The chain as plain data: `pipeline.toJSON()`, or the pipeline itself. */
  readonly pipeline: PipelineData | Pipeline;
  /** In place of the chain's own budget: where it cannot be kept the node is not made. */
  readonly budget?: Budget;
  /** How packets pass between the threads: over shared memory where the page has it (`auto`, the default), or as said. */
  readonly transport?: 'auto' | 'shared' | 'messages';
  /** Seconds of packets that a ring has room for. Default 2; in an OfflineAudioContext all of its length. */
  readonly ringSeconds?: number;
  /** A node that plays: seconds of packets to wait for before the first one is played, and after each pause. Default 0. */
  readonly delaySeconds?: number;
  /** A node that plays: what the `ratio` parameter may ask for. Without it the parameter has no effect. */
  readonly ratio?: RatioRange;
  /**
   * A node that plays: packets may come late, twice, in the wrong order or never, and from another clock. A `JitterBuffer`
   * stands before the decoder then, and what it finds of the clocks changes the speed by at most 350 ppm, for some
   * milliseconds of latency more. `startSeconds` wait at first (default: `delaySeconds`, or 0.04), never more than
   * `maxSeconds` (default 1). Packets need their `sequence`.
   */
  readonly jitter?: true | JitterSettings;
  /**
   * Tell the load in `status`: costs two readings of the clock a quantum, which are garbage. Default: where the budget has
   * a load.
   */
  readonly measureLoad?: boolean;
  /** Bytes of the engine's memory. Default 16 MiB. */
  readonly memory?: number;
}

const OPTION_NAMES = [
  'pipeline',
  'budget',
  'transport',
  'ringSeconds',
  'delaySeconds',
  'ratio',
  'jitter',
  'measureLoad',
  'memory',
] as const;

const SMALLEST_RING = 2 ** 12;
const LARGEST_RING = 2 ** 28;

/** `effect`: sound in and out; `encoder`: sound in, packets out; `player`: packets in, sound out. */
export type NodeRole = 'effect' | 'encoder' | 'player';

export interface NodePlan {
  readonly role: NodeRole;
  /** The chain on an engine of the page, for its latency, its formats and its report. */
  readonly pipeline: Pipeline;
  readonly shared: boolean;
  readonly ringBytes: number;
  readonly delaySeconds: number;
  readonly ratio: RatioRange | undefined;
  readonly jitter: JitterSettings | undefined;
  /** What plays faster or slower behind the chain, where `ratio` or `jitter` want it. */
  readonly stretch: Resampler | undefined;
  /** Of both. */
  readonly latency: Rational;
  readonly measureLoad: boolean;
  readonly memory: number | undefined;
}

/** The frames in a render quantum of this context; 128 where it does not tell. */
function quantumOf(context: BaseAudioContext): number {
  return (context as { readonly renderQuantumSize?: number }).renderQuantumSize ?? 128;
}

/**
 * Builds the chain on an engine of its own and looks whether this context can run it.
 * @throws what `Pipeline` throws; FormatMismatchError where it does not fit the context; Error for a transport that this
 * page does not have.
 */
export function planNode(context: BaseAudioContext, engine: Engine, options: PaleyNodeOptions): NodePlan {
  checkOptions('PaleyNodeOptions', options, OPTION_NAMES);
  const { budget, memory } = options;
  const delaySeconds = checkNumber('delaySeconds', options.delaySeconds ?? 0, 0, 3600);
  const jitter = checkJitter(options.jitter, delaySeconds);
  const ratio = widenedBy(checkRatio(options.ratio), jitter);
  const shared = isShared(checkOneOf('transport', options.transport ?? 'auto', ['auto', 'shared', 'messages']));
  const ringSeconds = checkNumber('ringSeconds', options.ringSeconds ?? defaultRingSeconds(context), 0, 86400);
  const data = dataOf(options.pipeline);
  const kept = budget ?? data.budget ?? {};
  const measureLoad = checkBoolean('measureLoad', options.measureLoad ?? kept.load !== undefined);
  const pipeline = Pipeline.fromJSON(data).build(engine.fresh(memory === undefined ? {} : { memory }), {
    // A player takes a packet when it needs one, and no more: so a quantum's work has the least bound.
    quantum: data.input?.kind === 'packets' ? 1 : quantumOf(context),
    ...(budget && { budget }),
  });
  try {
    const role = roleOf(pipeline, context);
    const ringBytes = ringBytesOf(pipeline, Math.max(ringSeconds, delaySeconds * 2));
    if (jitter) checkPlays(role, pipeline, jitter);
    const stretch = role === 'player' && ratio ? stretchBehind(pipeline, ratio, kept) : undefined;
    const latency = stretch ? add(pipeline.latency, stretch.latency) : pipeline.latency;
    return { role, pipeline, shared, ringBytes, delaySeconds, ratio, jitter, stretch, latency, measureLoad, memory };
  } catch (error) {
    pipeline.dispose();
    throw error;
  }
}

function dataOf(pipeline: PipelineData | Pipeline): PipelineData {
  if (typeof pipeline !== 'object' || pipeline === null)
    throwType('pipeline', 'what pipeline.toJSON() gives', pipeline);
  return pipeline instanceof Pipeline ? pipeline.toJSON() : pipeline;
}

function checkRatio(ratio: RatioRange | undefined): RatioRange | undefined {
  if (ratio === undefined) return undefined;
  checkOptions('ratio', ratio, ['minimum', 'maximum']);
  const minimum = checkNumber('ratio.minimum', ratio.minimum, 1 / 256, 1);
  return { minimum, maximum: checkNumber('ratio.maximum', ratio.maximum, 1, 256) };
}

function checkJitter(jitter: true | JitterSettings | undefined, delaySeconds: number): JitterSettings | undefined {
  if (jitter === undefined) return undefined;
  const settings = jitter === true ? {} : jitter;
  checkOptions('jitter', settings, ['startSeconds', 'maxSeconds']);
  return delaySeconds > 0 ? { startSeconds: delaySeconds, ...settings } : settings;
}

/** A jitter buffer needs its own share of the range. */
function widenedBy(ratio: RatioRange | undefined, jitter: JitterSettings | undefined): RatioRange | undefined {
  if (jitter === undefined) return ratio;
  const { minimum, maximum } = ratio ?? { minimum: 1, maximum: 1 };
  return {
    minimum: Math.max(1 / 256, minimum * (1 - LARGEST_DEVIATION)),
    maximum: Math.min(256, maximum * (1 + LARGEST_DEVIATION)),
  };
}

function checkPlays(role: NodeRole, { input, inputPacketBytes }: Pipeline, jitter: JitterSettings): void {
  if (role !== 'player' || input.kind !== 'packets') {
    throw new TypeError(`jitter expected a pipeline that starts from packets; this node is an ${role}`);
  }
  // Made for its errors: here they can be caught where the mistake is.
  createJitterBuffer(input, inputPacketBytes, jitter);
}

/** @throws LatencyBudgetError where chain and resampler together are too late. */
function stretchBehind(pipeline: Pipeline, ratio: RatioRange, { latencySeconds }: Budget): Resampler {
  const { engine, output, maxOutput, stages } = pipeline;
  const stretch = createStretch(engine, output as FramesFormat, ratio, maxOutput);
  const latency = toNumber(add(pipeline.latency, stretch.latency)) + linkDelay(stages);
  if (latencySeconds !== undefined && latency > latencySeconds) {
    const own = { stage: stretchName(ratio), latencySeconds: toNumber(stretch.latency) };
    throw new LatencyBudgetError(latency, latencySeconds, [...latencyShares(stages), own, ...linkShares(stages)]);
  }
  return stretch;
}

/** What reports call it. */
export function stretchName({ minimum, maximum }: RatioRange): string {
  return `play ${minimum} to ${maximum} times as long`;
}

/** Node has shared memory without asking; a page has to be isolated from others. */
function isShared(transport: 'auto' | 'shared' | 'messages'): boolean {
  const isolated = typeof SharedArrayBuffer !== 'undefined' && (globalThis.crossOriginIsolated ?? true);
  if (transport === 'shared' && !isolated) throw new Error(missingIsolation("{ transport: 'shared' }"));
  return transport !== 'messages' && isolated;
}

function defaultRingSeconds(context: BaseAudioContext): number {
  const { length, sampleRate } = context as Partial<OfflineAudioContext>;
  return length === undefined || sampleRate === undefined ? 2 : Math.min(length / sampleRate + 1, 86400);
}

function ringBytesOf(pipeline: Pipeline, seconds: number): number {
  const format = pipeline.output.kind === 'packets' ? pipeline.output : pipeline.input;
  if (format.kind !== 'packets') return SMALLEST_RING;
  const packetBytes = recordBytes(Math.max(pipeline.maxPacketBytes, pipeline.inputPacketBytes));
  const bytes = Math.ceil((seconds * toNumber(itemRate(format)) + 2) * packetBytes);
  return Math.max(SMALLEST_RING, Math.min(LARGEST_RING, bytes));
}

const sameRate = (rate: Rational, context: BaseAudioContext) => toNumber(rate) === context.sampleRate;

function roleOf({ input, output }: Pipeline, context: BaseAudioContext): NodeRole {
  checkSide('input', input, context);
  checkSide('output', output, context);
  if (input.kind === 'packets' && output.kind === 'packets') {
    throw new FormatMismatchError(
      'a pipeline from packets to packets makes no sound: run it in a worker, or add .decode()',
    );
  }
  if (output.kind === 'packets') return 'encoder';
  return input.kind === 'packets' ? 'player' : 'effect';
}

/** A side of the chain that meets the graph has to be float32 frames at its rate. */
function checkSide(side: 'input' | 'output', given: StreamFormat, context: BaseAudioContext): void {
  if (given.kind === 'packets') return;
  const { sampleRate } = context;
  if (given.kind === 'blocks' || given.sample !== 'f32') {
    const advice =
      side === 'input'
        ? `start it with Pipeline.from({ sampleRate: ${sampleRate} })`
        : 'add the inverse transform, or encode()';
    throw new FormatMismatchError(
      `the pipeline's ${side} is ${describeFormat(given)}, the context has f32 frames: ${advice}`,
    );
  }
  if (!sameRate(given.sampleRate, context)) {
    const advice =
      side === 'input'
        ? `start it with Pipeline.from({ sampleRate: ${sampleRate} }), or make the context with { sampleRate: ${format(given.sampleRate)} }`
        : `add .resample({ to: ${sampleRate} }) at its end`;
    throw new FormatMismatchError(
      `the pipeline's ${side} is at ${format(given.sampleRate)} Hz, the context at ${sampleRate} Hz: ${advice}`,
    );
  }
}
