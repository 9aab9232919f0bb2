/** What the page and the worklet's thread tell each other: both sides are built from this file. */
import type { PipelineData } from '../../pipeline/options.js';

/** The version of the package: a page and a script of different versions must not work together. */
export const VERSION = '0.1.0';

/** What the processor is registered as. */
export const PROCESSOR = 'paley';

/** Where the script leaves itself for the page, which cannot import from a script without exports. */
export const SCRIPT = Symbol.for('paley.worklet');

/** Words of the status, an Int32Array that the worklet's thread writes and the page reads. */
export const STATUS = {
  /** Frames since construction, modulo 2^32. */
  frames: 0,
  /** Packets made or played. */
  packets: 1,
  /** Packets lost because a ring was full, or that were no packets of this stream. */
  dropped: 2,
  /** Times that packets ran out while playing. */
  underruns: 3,
  /** Frames of silence that stood in for them. */
  underrunFrames: 4,
  /** NaN and infinities replaced by zero, damaged packets. */
  faults: 5,
  /** Decoded frames waiting to be played. */
  queuedFrames: 6,
  /** Streams ended by `flush`. */
  ends: 7,
  /** Milliseconds spent in `process`, and the frames of these calls: the load, where it is measured. */
  busyMilliseconds: 8,
  measuredFrames: 9,
  /** Of a jitter buffer: packets concealed and late, how often it was empty, and frames that wait and should. */
  concealed: 10,
  late: 11,
  emptied: 12,
  waitingFrames: 13,
  targetFrames: 14,
  /** The setting that runs, and how many there are. */
  rung: 15,
  rungs: 16,
  /** What the governor has told so far, and the last of it: see _govern.ts. */
  events: 17,
  eventRecords: 18,
  /** Of a jitter buffer: packets left out because far too much was waiting. */
  skipped: 50,
} as const;
export const STATUS_WORDS = 64;

/** What a processor is made from: `processorOptions`, which is cloned on its way. */
export interface ProcessorSetup {
  readonly version: string;
  /** The kernels' bytes: modules do not arrive in every browser. */
  readonly kernels: readonly ArrayBuffer[];
  readonly memory: number | undefined;
  readonly pipeline: PipelineData;
  /** Bytes of each ring. */
  readonly ringBytes: number;
  /** The shared memory, where there is any: rings and status. */
  readonly shared: SharedMemory | undefined;
  readonly measureLoad: boolean;
  /** A node that plays: seconds of packets to wait for before it begins. */
  readonly delaySeconds: number;
  /** A node that plays: what the `ratio` parameter may ask for. */
  readonly ratio: RatioRange | undefined;
  /** A node that plays: a jitter buffer stands before its decoder. */
  readonly jitter: JitterSettings | undefined;
}

export interface SharedMemory {
  readonly status: SharedArrayBuffer;
  readonly toWorklet: SharedArrayBuffer;
  readonly fromWorklet: SharedArrayBuffer;
}

/** How much a jitter buffer lets wait. */
export interface JitterSettings {
  /** At first, before the network is known. Default 0.04. */
  readonly startSeconds?: number;
  /** At most. Default 1. */
  readonly maxSeconds?: number;
}

export interface RatioRange {
  readonly minimum: number;
  readonly maximum: number;
}

/** Messages from the page to the processor. */
export type ToProcessor =
  /** A buffer with packets for the processor; it comes back with the processor's. */
  | { readonly type: 'exchange'; readonly buffer: ArrayBuffer }
  /** The stream ends here. */
  | { readonly type: 'flush' }
  | { readonly type: 'dispose' };

/** Messages from the processor to the page, none of them sent while sound is being made. */
export type FromProcessor =
  | { readonly type: 'ready' }
  | { readonly type: 'error'; readonly name: string; readonly message: string }
  | { readonly type: 'exchange'; readonly buffer: ArrayBuffer };
