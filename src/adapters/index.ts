/** Pipelines where streams are: web streams, iterables, WebCodecs. */

export type { CodecCallbacks, CodecState } from './codecs/_machine.js';
export {
  type AudioDataLike,
  type EncodedAudioChunkLike,
  PaleyAudioData,
  type PaleyAudioDataInit,
  PaleyEncodedChunk,
  type PaleyEncodedChunkInit,
} from './codecs/audio-data.js';
export { PaleyAudioDecoder } from './codecs/audio-decoder.js';
export {
  type PaleyAudioDecoderConfig,
  PaleyAudioEncoder,
  type PaleyAudioEncoderConfig,
  type PaleyEncodedMetadata,
} from './codecs/audio-encoder.js';
export { JitterBuffer, type JitterBufferOptions, type JitterFigures } from './jitter-buffer.js';
export type { StreamChunk, StreamInput } from './streams/_pieces.js';
export { throughStages } from './streams/iterable.js';
export { type StageStreamOptions, stageStream } from './streams/web.js';
