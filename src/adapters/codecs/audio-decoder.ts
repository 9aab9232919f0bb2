/** A decoder in the shape of WebCodecs' AudioDecoder (W3C WebCodecs, 2024). */
import { throwType } from '../../engine/check.js';
import { Engine } from '../../engine/engine.js';
import { Pipeline } from '../../pipeline/pipeline.js';
import { readDescription } from './_description.js';
import { type CodecCallbacks, CodecMachine, NotSupported } from './_machine.js';
import { type AudioDataLike, type EncodedAudioChunkLike, PaleyAudioData } from './audio-data.js';
import type { PaleyAudioDecoderConfig } from './audio-encoder.js';

type DecoderOutput = (data: AudioDataLike) => void;

function checkConfig(config: PaleyAudioDecoderConfig): PaleyAudioDecoderConfig {
  if (typeof config !== 'object' || config === null) throwType('config', 'an object', config);
  const { codec, sampleRate, numberOfChannels } = config;
  if (typeof codec !== 'string' || codec.trim() === '') throwType('config.codec', 'the name of a codec', codec);
  for (const [name, value] of Object.entries({ sampleRate, numberOfChannels })) {
    if (typeof value !== 'number' || !(value > 0)) throwType(`config.${name}`, 'a number above 0', value);
  }
  return config;
}

function buildDecoder(engine: Engine, config: PaleyAudioDecoderConfig): Pipeline {
  const { codec, sampleRate, numberOfChannels: channels, description } = config;
  try {
    const { framesPerPacket, parameters } = readDescription(description);
    const rate = { numerator: sampleRate, denominator: 1 };
    return Pipeline.from({ kind: 'packets', codec, parameters, framesPerPacket, sampleRate: rate, channels })
      .decode()
      .build(engine, { quantum: 1 });
  } catch (error) {
    throw new NotSupported((error as Error).message, { cause: error });
  }
}

/**
 * Decodes packets, with the methods, states, events and errors of WebCodecs' AudioDecoder. It takes what
 * PaleyAudioEncoder gives, configured with the `decoderConfig` of the first chunk's metadata; out come AudioData where
 * the runtime has them, PaleyAudioData elsewhere. Not real-time safe.
 *
 * @example
 * ```ts
 * import { PaleyAudioData, PaleyAudioDecoder, PaleyAudioEncoder } from 'paley';
 *
 * let frames = 0;
 * const error = (reason: DOMException) => console.error(reason.message);
 * const decoder = new PaleyAudioDecoder({ output: (data) => (frames += data.numberOfFrames), error });
 * const encoder = new PaleyAudioEncoder({
 *   output(chunk, { decoderConfig }) {
 *     if (decoderConfig) decoder.configure(decoderConfig);
 *     decoder.decode(chunk);
 *   },
 *   error,
 * });
 * encoder.configure({ codec: 'int8', sampleRate: 16000, numberOfChannels: 1 });
 * encoder.encode(new PaleyAudioData({ sampleRate: 16000, timestamp: 0, planes: [new Float32Array(1000)] }));
 * await encoder.flush();
 * await decoder.flush();
 * console.log(frames); // 1000
 * ```
 */
export class PaleyAudioDecoder extends CodecMachine {
  readonly #output: DecoderOutput;
  #config: PaleyAudioDecoderConfig | undefined;
  #pipeline: Pipeline | undefined;
  #needsKey = true;

  /** @throws TypeError where `output` or `error` is no function. */
  constructor(callbacks: CodecCallbacks<DecoderOutput>) {
    super('PaleyAudioDecoder', callbacks);
    this.#output = callbacks.output;
  }

  /** Whether a configuration would do. @throws TypeError (the promise is rejected) where it is none at all. */
  static async isConfigSupported(
    config: PaleyAudioDecoderConfig,
  ): Promise<{ supported: boolean; config: PaleyAudioDecoderConfig }> {
    const { codec, sampleRate, numberOfChannels, description } = checkConfig(config);
    const known = { codec, sampleRate, numberOfChannels, description };
    try {
      buildDecoder(await Engine.load(), known).dispose();
      return { supported: true, config: known };
    } catch {
      return { supported: false, config: known };
    }
  }

  /** Chunks not yet taken up. */
  get decodeQueueSize(): number {
    return this.queueSize;
  }

  /**
   * Sets the codec up; packets it cannot decode are told by the error callback, as NotSupportedError.
   * @throws TypeError where the configuration is none; InvalidStateError when closed.
   */
  configure(config: PaleyAudioDecoderConfig): void {
    const checked = { ...checkConfig(config) };
    this.#needsKey = true;
    this.queueConfigure((engine) => {
      this.release();
      this.#pipeline = buildDecoder(engine, checked);
      this.#config = checked;
    });
  }

  /**
   * Queues a packet; its bytes are copied now.
   * @throws TypeError where it is none; InvalidStateError when not configured; DataError where decoding cannot begin
   * with it: after `configure` and `flush` a key packet comes first.
   */
  decode(chunk: EncodedAudioChunkLike): void {
    if (typeof chunk?.copyTo !== 'function') throwType('chunk', 'an encoded chunk', chunk);
    this.checkConfigured('decode');
    if (this.#needsKey && chunk.type !== 'key') {
      throw new DOMException('decode expected a key packet to begin with, got a delta', 'DataError');
    }
    this.#needsKey = false;
    const { timestamp, duration } = chunk;
    const packet = new Uint8Array(chunk.byteLength);
    chunk.copyTo(packet);
    this.queueWork(() => {
      const { sampleRate } = this.#config as PaleyAudioDecoderConfig;
      const decoded = (this.#pipeline as Pipeline).process([packet]) as Float32Array[];
      // The last packet of a stream codes more frames than belong to it; its duration tells how many do.
      const frames = duration
        ? Math.min(decoded[0].length, Math.round((duration * sampleRate) / 1e6))
        : decoded[0].length;
      if (frames > 0)
        this.#output(
          audioData(
            decoded.map((plane) => plane.subarray(0, frames)),
            sampleRate,
            timestamp,
          ),
        );
    });
  }

  /** Decodes all that waits; the next chunk has to be a key packet. */
  flush(): Promise<void> {
    this.#needsKey = true;
    return this.queueFlush(() => this.#pipeline?.reset());
  }

  protected release(): void {
    this.#pipeline?.dispose();
    this.#pipeline = undefined;
  }
}

type AudioDataConstructor = new (init: {
  format: 'f32-planar';
  sampleRate: number;
  numberOfFrames: number;
  numberOfChannels: number;
  timestamp: number;
  data: Float32Array;
}) => AudioDataLike;

function audioData(planes: Float32Array[], sampleRate: number, timestamp: number): AudioDataLike {
  const { AudioData } = globalThis as { AudioData?: AudioDataConstructor };
  if (AudioData === undefined) return new PaleyAudioData({ sampleRate, timestamp, planes });
  const [{ length: numberOfFrames }] = planes;
  const data = new Float32Array(numberOfFrames * planes.length);
  for (const [channel, plane] of planes.entries()) data.set(plane, channel * numberOfFrames);
  return new AudioData({
    format: 'f32-planar',
    sampleRate,
    numberOfFrames,
    numberOfChannels: planes.length,
    timestamp,
    data,
  });
}
