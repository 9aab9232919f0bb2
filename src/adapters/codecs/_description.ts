/** What a decoder must know of packets, as bytes: a `description` of WebCodecs. */

import { decodeUtf8, encodeUtf8 } from '../../coding/utf8.js';
import { throwType } from '../../engine/check.js';
import type { Json, PacketsFormat } from '../../stage/format.js';

/** Version of the description, and the most it may hold: parameters are a few dozen bytes. */
const VERSION = 1;
const LARGEST_BYTES = 65536;

/** The parameters and frames a packet of a stream of packets, in JSON. */
export function describePackets({ parameters, framesPerPacket }: PacketsFormat): Uint8Array {
  return encodeUtf8(JSON.stringify({ version: VERSION, framesPerPacket, parameters }));
}

/** @throws TypeError where the bytes are no such description. */
export function readDescription(bytes: Uint8Array): { framesPerPacket: number; parameters: Json } {
  if (!(bytes instanceof Uint8Array) || bytes.length > LARGEST_BYTES) {
    throwType('config.description', 'the description that came with the first chunk', bytes);
  }
  try {
    const { version, framesPerPacket, parameters } = JSON.parse(decodeUtf8(bytes)) as Record<string, Json>;
    if (version === VERSION && typeof framesPerPacket === 'number') return { framesPerPacket, parameters };
  } catch {
    // What is no JSON is no description either.
  }
  return throwType('config.description', 'the description that came with the first chunk', bytes);
}
