/** From a scanned page to what it says: the fields all pages of version 0 have, then the kind's own. */
import { ByteReader } from '../coding/bytes.js';
import { BitstreamError } from '../engine/errors.js';
import { readDescription, readHeaderFields } from './_header-page.js';
import { type Index, readIndex } from './_index-page.js';
import {
  FLAG_LAST,
  FLAG_SKIPPABLE,
  KIND_HEADER,
  KIND_INDEX,
  KIND_METADATA,
  KIND_PACKETS,
  PREFIX_BYTES,
  VERSION,
} from './_layout.js';
import { readMetadata } from './_metadata-page.js';
import { readPackets } from './_packets-page.js';
import type { ScannedPage } from './_scan.js';
import type { Metadata, StreamHeader } from './types.js';

interface CommonFields {
  readonly byteOffset: number;
  readonly byteLength: number;
  readonly isLast: boolean;
  readonly streamId: number;
  readonly sequence: number;
  /** The first frame of this page's packets or, in other pages, of the next packet. */
  readonly frame: number;
}

export interface HeaderPage extends CommonFields {
  readonly kind: 'header';
  readonly header: StreamHeader;
  /** The bytes of all of the header but its length in frames: two headers with the same ones are of one stream. */
  readonly description: Uint8Array;
}

export interface PacketsPage extends CommonFields {
  readonly kind: 'packets';
  readonly packets: readonly Uint8Array[];
}

export interface MetadataPage extends CommonFields {
  readonly kind: 'metadata';
  readonly metadata: Metadata;
}

export interface IndexPage extends CommonFields {
  readonly kind: 'index';
  readonly index: Index;
}

export interface SkippedPage extends CommonFields {
  readonly kind: 'skipped';
  readonly kindNumber: number;
}

export type Page = HeaderPage | PacketsPage | MetadataPage | IndexPage | SkippedPage;

/** A stream that this reader must not guess at: a later version, or a page it may not pass over. */
export class RefusedError extends Error {
  readonly error: BitstreamError;

  constructor(error: BitstreamError) {
    super(error.message);
    this.error = error;
  }
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

/**
 * Throws a BitstreamError for a page that is not what it should be, a RefusedError for one that is not version 0's.
 * `known` is a header page read before: most header pages are repetitions and need no second reading.
 */
export function readPage(scanned: ScannedPage, known: HeaderPage | undefined): Page {
  const { byteOffset, byteLength, version, kind, flags } = scanned;
  if (version !== VERSION) {
    const message = `the stream is .paley version ${version}; this reader knows version ${VERSION}`;
    throw new RefusedError(new BitstreamError(message, byteOffset + 4));
  }
  if (kind > KIND_INDEX && (flags & FLAG_SKIPPABLE) === 0) {
    const message = `the stream has a page of kind ${kind}, which this reader of .paley version ${VERSION} does not know`;
    throw new RefusedError(new BitstreamError(message, byteOffset + 5));
  }
  const reader = new ByteReader(scanned.body, byteOffset + PREFIX_BYTES);
  const common = {
    byteOffset,
    byteLength,
    isLast: (flags & FLAG_LAST) !== 0,
    streamId: reader.unsigned('the stream id', 2),
    sequence: reader.varint("the page's sequence number", 0, Number.MAX_SAFE_INTEGER - 1),
    frame: reader.varint("the page's first frame", 0, Number.MAX_SAFE_INTEGER),
  };
  if (kind === KIND_HEADER) {
    const totalFrames = readHeaderFields(reader);
    const description = reader.view();
    const isKnown = known !== undefined && sameBytes(description, known.description);
    const { totalFrames: _, ...described } = isKnown ? known.header : readDescription(reader);
    const header = { ...described, ...(totalFrames !== undefined && { totalFrames }) };
    return { ...common, kind: 'header', header, description };
  }
  if (kind === KIND_PACKETS) return { ...common, kind: 'packets', packets: readPackets(reader) };
  if (kind === KIND_METADATA) return { ...common, kind: 'metadata', metadata: readMetadata(reader) };
  if (kind === KIND_INDEX) return { ...common, kind: 'index', index: readIndex(reader, byteLength) };
  return { ...common, kind: 'skipped', kindNumber: kind };
}
