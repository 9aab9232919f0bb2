/**
 * The body of a metadata page, behind the fields that all pages have: the number of entries, then a key and a value for
 * each, texts of UTF-8.
 */
import type { ByteReader, ByteWriter } from '../coding/bytes.js';
import { decodeUtf8, encodeUtf8 } from '../coding/utf8.js';
import { throwRange, throwType } from '../engine/check.js';
import { BitstreamError } from '../engine/errors.js';
import { MAX_KEY_BYTES, MAX_METADATA_BYTES, MAX_METADATA_ENTRIES, MAX_VALUE_BYTES } from './_layout.js';
import type { Metadata } from './types.js';

/** Keys and values reach terminals, where a control character is a command; values may have lines. */
const CONTROL_IN_KEY = /\p{Cc}/u;
const CONTROL_IN_VALUE = /(?![\t\n])\p{Cc}/u;

function encodeText(title: string, text: unknown, least: number, most: number, forbidden: RegExp): Uint8Array {
  if (typeof text !== 'string') throwType(title, 'a string', text);
  if (forbidden.test(text)) throwRange(title, 'text without control characters', text);
  let bytes: Uint8Array;
  try {
    bytes = encodeUtf8(text);
  } catch {
    throwRange(title, 'well-formed Unicode', text);
  }
  if (bytes.length < least || bytes.length > most) throwRange(title, `${least} to ${most} bytes of UTF-8`, text);
  return bytes;
}

/** Checks metadata and copies them into bytes: what stands behind the common fields. */
export function writeMetadata(body: ByteWriter, title: string, metadata: Metadata): void {
  if (typeof metadata !== 'object' || metadata === null) throwType(title, 'an object of strings', metadata);
  const entries = Object.entries(metadata);
  if (entries.length > MAX_METADATA_ENTRIES) {
    throw new RangeError(`${title} expected at most ${MAX_METADATA_ENTRIES} entries, got ${entries.length}`);
  }
  const start = body.length;
  body.varint(entries.length);
  for (const [key, value] of entries) {
    for (const bytes of [
      encodeText(`a key of ${title}`, key, 1, MAX_KEY_BYTES, CONTROL_IN_KEY),
      encodeText(`${title}.${key}`, value, 0, MAX_VALUE_BYTES, CONTROL_IN_VALUE),
    ]) {
      body.varint(bytes.length).bytes(bytes);
    }
  }
  if (body.length - start > MAX_METADATA_BYTES) {
    throw new RangeError(`${title} expected at most ${MAX_METADATA_BYTES} bytes in all, got ${body.length - start}`);
  }
}

function readText(reader: ByteReader, title: string, least: number, most: number, forbidden: RegExp): string {
  const length = reader.varint(`the length of ${title}`, least, most);
  const start = reader.byteOffset;
  let text: string;
  try {
    text = decodeUtf8(reader.bytes(title, length));
  } catch (cause) {
    throw cause instanceof URIError ? new BitstreamError(`${title} is not well-formed UTF-8`, start) : cause;
  }
  if (forbidden.test(text)) throw new BitstreamError(`${title} has control characters`, start);
  return text;
}

/** Reads what `writeMetadata` wrote; of a key that comes twice the last value counts. */
export function readMetadata(reader: ByteReader): Metadata {
  const count = reader.varint('the number of metadata entries', 0, Math.min(MAX_METADATA_ENTRIES, reader.remaining));
  const entries: [string, string][] = [];
  for (let at = 0; at < count; at++) {
    const key = readText(reader, 'a metadata key', 1, MAX_KEY_BYTES, CONTROL_IN_KEY);
    entries.push([key, readText(reader, 'a metadata value', 0, MAX_VALUE_BYTES, CONTROL_IN_VALUE)]);
  }
  return Object.fromEntries(entries); // which defines properties, whatever their names
}
