/**
 * Recordings in and out, in any runtime: WAV and QOA as streams, other kinds through @audio/decode, and the packed samples they
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
export { QoaReader } from './qoa-reader.js';
export { QoaWriter, type QoaWriterOptions } from './qoa-writer.js';
export {
  bytesPerSample,
  DITHERS,
  type Dither,
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
