/** The .paley container, version 0: docs/BITSTREAM.md is its description. */
export { formatFromHeader, type HeaderDetails, headerFromFormat } from './format.js';
export { PaleyReader, type PaleyReaderOptions } from './reader.js';
export { type RandomAccess, readIndexes, type StreamIndex } from './seek.js';
export type {
  ChannelDescription,
  ContainerEvent,
  DamageEvent,
  EndEvent,
  HeaderEvent,
  IndexEvent,
  Metadata,
  MetadataEvent,
  PacketRecord,
  PacketsEvent,
  SeekPoint,
  SkippedEvent,
  StreamHeader,
  StreamTotals,
} from './types.js';
export { type PacketOptions, PaleyWriter, type PaleyWriterOptions } from './writer.js';
