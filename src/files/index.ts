/**
 * Recordings in and out, in any runtime: WAV as a stream, other kinds through @audio/decode, and the packed samples they
 * are made of. Files and standard streams of Node are in `node.ts`.
 */
export type { AudioFormat, AudioReader, Damage } from './audio-reader.js';
export {
  type ByteInput,
  type ByteSink,
  type ByteSource,
  BytesSource,
  IterableSource,
  MemorySink,
  toByteSource,
} from './byte-io.js';
export { type OpenAudioOptions, openAudio } from './decode.js';
export {
  bytesPerSample,
  isIntegerFormat,
  SAMPLE_FORMATS,
  type SampleFormat,
  SamplePacker,
  type SamplePackerOptions,
  type SamplePlane,
  type SamplePlanes,
  unpackSamples,
} from './sample-format.js';
export { WavReader } from './wav-reader.js';
export { WavWriter, type WavWriterOptions } from './wav-writer.js';
