/**
 * paley: transforms, resampling and block-quantised codecs for signals in real time, in WebAssembly SIMD.
 *
 * @packageDocumentation
 */

export * from './adapters/index.js';
export { crc32c } from './coding/crc32c.js';
export * from './container/index.js';
export { Arena } from './engine/arena.js';
export { Engine, type EngineOptions } from './engine/engine.js';
export {
  BitstreamError,
  DisposedError,
  EngineMemoryError,
  FormatMismatchError,
  LatencyBudgetError,
  type LatencyShare,
} from './engine/errors.js';
export * from './files/index.js';
export * from './pipeline/index.js';
export * from './quantize/index.js';
export * from './resample/index.js';
export type { BlocksFormat, FramesFormat, Json, PacketsFormat, StreamFormat } from './stage/format.js';
export { PacketsPort, type Plane, type Port, SamplesPort } from './stage/port.js';
export type { Rational, RationalLike } from './stage/rational.js';
export type { Stage, StagePeriod, StreamData } from './stage/stage.js';
export * from './transform/adaptive.js';
export * from './transform/index.js';
export * from './transform/sparse.js';
export * from './vectors/index.js';
export * from './wave/index.js';
