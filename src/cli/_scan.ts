/** Reads a .paley file from end to end, for `info` and `verify`: what is in it, without decoding. */
import { type DamageEvent, type EndEvent, type Metadata, PaleyReader, type StreamHeader } from '../container/index.js';
import type { ByteSource } from '../files/index.js';

export interface Scan {
  /** The first stream's header, with the exact length where any copy tells it. */
  header: StreamHeader;
  streams: number;
  bytes: number;
  pages: number;
  packets: number;
  packetBytes: number;
  /** Of all streams. */
  seekPoints: number;
  /** Of the first stream that has any. */
  metadata: Metadata | undefined;
  frames: number | undefined;
  complete: boolean;
  damage: DamageEvent[];
}

/** Throws BitstreamError where there is no usable header. `onPacket` sees every packet. */
export async function scanPaley(source: ByteSource, onPacket?: (packet: Uint8Array) => void): Promise<Scan> {
  const reader = new PaleyReader();
  const chunk = new Uint8Array(65536);
  const scan = {
    streams: 0,
    bytes: 0,
    pages: 0,
    packets: 0,
    packetBytes: 0,
    seekPoints: 0,
    damage: [] as DamageEvent[],
  };
  let metadata: Metadata | undefined;
  let header: StreamHeader | undefined;
  const ends: EndEvent[] = [];
  for (let count = -1; count !== 0; ) {
    count = await source.read(chunk);
    scan.bytes += count;
    for (const event of count === 0 ? reader.end() : reader.push(chunk.subarray(0, count))) {
      if (event.type === 'damage') scan.damage.push(event);
      else if (event.type === 'end') ends.push(event);
      else scan.pages++;
      if (event.type === 'index') scan.seekPoints += event.points.length;
      if (event.type === 'metadata') metadata ??= event.metadata;
      if (event.type === 'header') {
        if (event.role === 'first' || event.role === 'next') scan.streams++;
        if (scan.streams === 1) header = event.header;
      } else if (event.type === 'packets') {
        for (const { bytes } of event.packets) {
          scan.packets++;
          scan.packetBytes += bytes.length;
          onPacket?.(bytes);
        }
      }
    }
  }
  const lengths = ends.map(({ frames }) => frames);
  return {
    ...scan,
    metadata,
    header: header as StreamHeader,
    frames: lengths.includes(undefined)
      ? undefined
      : lengths.reduce<number>((sum, frames) => sum + (frames as number), 0),
    complete: ends.every(({ complete }) => complete) && scan.damage.length === 0,
  };
}
