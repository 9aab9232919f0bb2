/** The .paley container, version 0: docs/BITSTREAM.md is its description. */
export { formatFromHeader, type HeaderDetails, headerFromFormat } from './format.js';
export { PaleyReader, type PaleyReaderOptions } from './reader.js';
export type {
  ChannelDescription,
  ContainerEvent,
  DamageEvent,
  EndEvent,
  HeaderEvent,
  PacketRecord,
  PacketsEvent,
  SkippedEvent,
  StreamHeader,
} from './types.js';
export { PaleyWriter, type PaleyWriterOptions } from './writer.js';
