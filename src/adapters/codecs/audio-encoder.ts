/** An encoder in the shape of WebCodecs' AudioEncoder (W3C WebCodecs, 2024). */
import { throwType } from '../../engine/check.js';
import { Engine } from '../../engine/engine.js';
import { keyTestOf } from '../../pipeline/key-packets.js';
import { Pipeline } from '../../pipeline/pipeline.js';
import type { EncodeStep } from '../../pipeline/step.js';
import type { PacketsFormat } from '../../stage/format.js';
import { toNumber } from '../../stage/rational.js';
import { describePackets } from './_description.js';
import { type CodecCallbacks, CodecMachine, NotSupported } from './_machine.js';
import { type AudioDataLike, PaleyEncodedChunk } from './audio-data.js';

export interface PaleyAudioEncoderConfig {
  /** `wave`, or the id of a number format such as `mxfp4`. */
  readonly codec: string;
  /** Hz. */
  readonly sampleRate: number;
  readonly numberOfChannels: number;
  /** Bits a second of all channels; for `wave`, where it stands for `bitsPerSample`. */
  readonly bitrate?: number;
  /** The other options of the codec's `encode` step: `blockSize`, `effort`, `framesPerPacket` … */
  readonly paley?: Omit<EncodeStep, 'type' | 'codec'>;
}

/** What a decoder has to be configured with. */
export interface PaleyAudioDecoderConfig {
  readonly codec: string;
  readonly sampleRate: number;
  readonly numberOfChannels: number;
  /** The packets' parameters, as the encoder's first output has them in its metadata. */
  readonly description: Uint8Array;
}

export interface PaleyEncodedMetadata {
  /** With the first chunk after `configure`. */
  readonly decoderConfig?: PaleyAudioDecoderConfig;
}

type EncoderOutput = (chunk: PaleyEncodedChunk, metadata: PaleyEncodedMetadata) => void;

/** Frames of input taken in one step of the pipeline. */
const QUANTUM = 1024;

function checkConfig(config: PaleyAudioEncoderConfig): PaleyAudioEncoderConfig {
  if (typeof config !== 'object' || config === null) throwType('config', 'an object', config);
  const { codec, sampleRate, numberOfChannels, bitrate } = config;
  if (typeof codec !== 'string' || codec.trim() === '') throwType('config.codec', 'the name of a codec', codec);
  for (const [name, value] of Object.entries({ sampleRate, numberOfChannels, bitrate: bitrate ?? 1 })) {
    if (typeof value !== 'number' || !(value > 0)) throwType(`config.${name}`, 'a number above 0', value);
  }
  return config;
}

function encodeStepOf({
  codec,
  sampleRate,
  numberOfChannels,
  bitrate,
  paley = {},
}: PaleyAudioEncoderConfig): EncodeStep {
  const perSample = bitrate === undefined ? {} : { bitsPerSample: bitrate / (sampleRate * numberOfChannels) };
  return { type: 'encode', codec, ...paley, ...perSample } as EncodeStep;
}

function buildEncoder(engine: Engine, config: PaleyAudioEncoderConfig): Pipeline {
  const { sampleRate, numberOfChannels: channels } = config;
  try {
    return Pipeline.from({ sampleRate, channels }).step(encodeStepOf(config)).build(engine, { quantum: QUANTUM });
  } catch (error) {
    throw new NotSupported((error as Error).message, { cause: error });
  }
}

/**
 * Encodes audio to packets, with the methods, states, events and errors of WebCodecs' AudioEncoder; `config.codec` is
 * one of ours, and options beyond the standard's stand under `config.paley`. Input may be the browser's AudioData or a
 * PaleyAudioData. Work is done behind the caller's back, a chunk a task. Not real-time safe.
 *
 * @example
 * ```ts
 * import { PaleyAudioData, PaleyAudioEncoder } from 'paley';
 *
 * const chunks: Uint8Array[] = [];
 * const encoder = new PaleyAudioEncoder({
 *   output(chunk) {
 *     const bytes = new Uint8Array(chunk.byteLength);
 *     chunk.copyTo(bytes);
 *     chunks.push(bytes);
 *   },
 *   error: (error) => console.error(error.message),
 * });
 * encoder.configure({ codec: 'mxfp8-e4m3', sampleRate: 48000, numberOfChannels: 1 });
 * encoder.encode(new PaleyAudioData({ sampleRate: 48000, timestamp: 0, planes: [new Float32Array(4800)] }));
 * await encoder.flush();
 * encoder.close();
 * console.log(chunks.length, 'packets');
 * ```
 */
export class PaleyAudioEncoder extends CodecMachine {
  readonly #output: EncoderOutput;
  #config: PaleyAudioEncoderConfig | undefined;
  #pipeline: Pipeline | undefined;
  #decoderConfig: PaleyAudioDecoderConfig | undefined;
  /** Microseconds of the first frame since the last flush; undefined before it. */
  #start: number | undefined;
  #framesIn = 0;
  #packetsOut = 0;

  /** @throws TypeError where `output` or `error` is no function. */
  constructor(callbacks: CodecCallbacks<EncoderOutput>) {
    super('PaleyAudioEncoder', callbacks);
    this.#output = callbacks.output;
  }

  /**
   * Whether a configuration would do; what this version does not know is left out of the `config` that comes back.
   * @throws TypeError (the promise is rejected) where it is none at all.
   */
  static async isConfigSupported(
    config: PaleyAudioEncoderConfig,
  ): Promise<{ supported: boolean; config: PaleyAudioEncoderConfig }> {
    const { codec, sampleRate, numberOfChannels, bitrate, paley } = checkConfig(config);
    const known = {
      codec,
      sampleRate,
      numberOfChannels,
      ...(bitrate && { bitrate }),
      ...(paley && { paley: { ...paley } }),
    };
    try {
      buildEncoder(await Engine.load(), known).dispose();
      return { supported: true, config: known };
    } catch {
      return { supported: false, config: known };
    }
  }

  /** Chunks of input not yet taken up. */
  get encodeQueueSize(): number {
    return this.queueSize;
  }

  /**
   * Sets the codec up; one it does not have is told by the error callback, as NotSupportedError.
   * @throws TypeError where the configuration is none; InvalidStateError when closed.
   */
  configure(config: PaleyAudioEncoderConfig): void {
    const checked = { ...checkConfig(config) };
    this.queueConfigure((engine) => {
      this.#drain();
      this.release();
      this.#pipeline = buildEncoder(engine, checked);
      this.#config = checked;
      this.#decoderConfig = {
        codec: checked.codec,
        sampleRate: checked.sampleRate,
        numberOfChannels: checked.numberOfChannels,
        description: describePackets(this.#pipeline.output as PacketsFormat),
      };
    });
  }

  /**
   * Queues a piece of sound; its samples are copied now, so it may be closed at once.
   * @throws TypeError where it is no audio data; InvalidStateError when not configured.
   */
  encode(data: AudioDataLike): void {
    const isData = typeof data?.copyTo === 'function' && data.numberOfChannels > 0;
    if (!isData) throwType('data', 'AudioData that is not closed', data);
    this.checkConfigured('encode');
    const { sampleRate, numberOfChannels, numberOfFrames, timestamp } = data;
    const planes = Array.from({ length: numberOfChannels }, (_, planeIndex) => {
      const plane = new Float32Array(numberOfFrames);
      data.copyTo(plane, { planeIndex, format: 'f32-planar' });
      return plane;
    });
    this.queueWork(() => {
      const config = this.#config as PaleyAudioEncoderConfig;
      if (sampleRate !== config.sampleRate || numberOfChannels !== config.numberOfChannels) {
        throw new RangeError(
          `data expected ${config.numberOfChannels} channels at ${config.sampleRate} Hz as configured, got ${numberOfChannels} at ${sampleRate} Hz`,
        );
      }
      this.#start ??= timestamp;
      this.#framesIn += numberOfFrames;
      this.#emit((this.#pipeline as Pipeline).process(planes) as Uint8Array[]);
    });
  }

  /** Encodes all that waits, and the rest of the stream; the next chunk begins a new one. */
  flush(): Promise<void> {
    return this.queueFlush(() => this.#drain());
  }

  #drain(): void {
    if (this.#pipeline === undefined) return;
    this.#emit(this.#pipeline.flush() as Uint8Array[]);
    this.#start = undefined;
    this.#framesIn = 0;
    this.#packetsOut = 0;
  }

  #emit(packets: Uint8Array[]): void {
    const { output } = this.#pipeline as Pipeline;
    const { framesPerPacket, sampleRate } = output as PacketsFormat;
    const isKey = keyTestOf(output as PacketsFormat);
    const microseconds = (frames: number) => (frames / toNumber(sampleRate)) * 1e6;
    for (const data of packets) {
      const first = this.#packetsOut++ * framesPerPacket;
      const frames = Math.min(framesPerPacket, this.#framesIn - first);
      const chunk = new PaleyEncodedChunk({
        type: isKey(data) ? 'key' : 'delta',
        timestamp: Math.round((this.#start as number) + microseconds(first)),
        duration: Math.round(microseconds(frames)),
        data,
      });
      const decoderConfig = this.#decoderConfig;
      this.#decoderConfig = undefined;
      this.#output(chunk, decoderConfig ? { decoderConfig } : {});
      if (this.#pipeline === undefined) return; // the callback has reset or closed this encoder
    }
  }

  protected release(): void {
    this.#pipeline?.dispose();
    this.#pipeline = undefined;
    this.#start = undefined;
    this.#framesIn = 0;
    this.#packetsOut = 0;
  }
}
