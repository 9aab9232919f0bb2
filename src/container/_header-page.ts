/** The body of a header page, behind the fields that all pages have: StreamHeader to bytes and back. */
import { type ByteReader, ByteWriter } from '../coding/bytes.js';
import { decodeUtf8, encodeUtf8 } from '../coding/utf8.js';
import { checkInteger, throwRange, throwType } from '../engine/check.js';
import { BitstreamError } from '../engine/errors.js';
import type { Json } from '../stage/format.js';
import { ratio, toRate } from '../stage/rational.js';
import {
  MAX_CHANNELS,
  MAX_CODEC_BYTES,
  MAX_FRAMES_PER_PACKET,
  MAX_NAME_BYTES,
  MAX_PARAMETERS_BYTES,
  MAX_PARAMETERS_DEPTH,
  MAX_UNIT_BYTES,
  SIGNATURE,
} from './_layout.js';
import type { ChannelDescription, StreamHeader } from './types.js';

const HAS_START_TIME = 1;
const MAX_SAFE = Number.MAX_SAFE_INTEGER;
const INT64_LIMIT = 2n ** 63n;

/** Names and units reach terminals, where a control character is a command. */
const CONTROL_CHARACTER = /\p{Cc}/u;
const CODEC_NAME = /^[\x21-\x7e]+$/;

function encodeText(title: string, text: unknown, maximumBytes: number): Uint8Array {
  if (typeof text !== 'string') throwType(title, 'a string', text);
  if (CONTROL_CHARACTER.test(text)) throwRange(title, 'text without control characters', text);
  let bytes: Uint8Array;
  try {
    bytes = encodeUtf8(text);
  } catch {
    throwRange(title, 'well-formed Unicode', text);
  }
  if (bytes.length > maximumBytes) throwRange(title, `at most ${maximumBytes} bytes of UTF-8`, text);
  return bytes;
}

/** Throws at what JSON would drop or change in silence: undefined, functions, NaN, infinities, objects of a class. */
function checkJson(title: string, value: unknown, depth: number): void {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throwRange(title, 'finite numbers', value);
    return;
  }
  if (typeof value !== 'object') throwType(title, 'plain JSON data', value);
  if (depth === 0) throwRange(title, `nesting of at most ${MAX_PARAMETERS_DEPTH}`, value);
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at++) checkJson(`${title}[${at}]`, value[at], depth - 1);
    return;
  }
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) throwType(title, 'plain JSON data', value);
  for (const [key, member] of Object.entries(value)) checkJson(`${title}.${key}`, member, depth - 1);
}

function encodeParameters(title: string, parameters: Json): Uint8Array {
  checkJson(title, parameters, MAX_PARAMETERS_DEPTH);
  const bytes = encodeUtf8(JSON.stringify(parameters)); // which escapes lone surrogates
  if (bytes.length > MAX_PARAMETERS_BYTES) {
    throw new RangeError(`${title} expected at most ${MAX_PARAMETERS_BYTES} bytes of JSON, got ${bytes.length}`);
  }
  return bytes;
}

/** All of a header but its length in frames: what two headers of one stream have in common, byte for byte. */
export function encodeDescription(title: string, header: StreamHeader): Uint8Array {
  if (typeof header !== 'object' || header === null) throwType(title, 'a StreamHeader', header);
  const { channels, codec, framesPerPacket, parameters, startTimeNanoseconds } = header;
  const sampleRate = toRate(`${title}.sampleRate`, header.sampleRate);
  if (!Array.isArray(channels)) throwType(`${title}.channels`, 'an array of ChannelDescription', channels);
  if (channels.length < 1 || channels.length > MAX_CHANNELS) {
    throw new RangeError(`${title}.channels expected 1 to ${MAX_CHANNELS} channels, got ${channels.length}`);
  }
  if (typeof codec !== 'string') throwType(`${title}.codec`, 'a string', codec);
  if (!CODEC_NAME.test(codec) || codec.length > MAX_CODEC_BYTES) {
    throwRange(`${title}.codec`, `1 to ${MAX_CODEC_BYTES} printable ASCII characters without spaces`, codec);
  }
  checkInteger(`${title}.framesPerPacket`, framesPerPacket, 1, MAX_FRAMES_PER_PACKET);
  if (startTimeNanoseconds !== undefined) {
    if (typeof startTimeNanoseconds !== 'bigint')
      throwType(`${title}.startTimeNanoseconds`, 'a bigint', startTimeNanoseconds);
    if (startTimeNanoseconds < -INT64_LIMIT || startTimeNanoseconds >= INT64_LIMIT) {
      throwRange(`${title}.startTimeNanoseconds`, 'a 64-bit integer', startTimeNanoseconds);
    }
  }

  const writer = new ByteWriter(256);
  writer.unsigned(startTimeNanoseconds === undefined ? 0 : HAS_START_TIME, 1);
  writer.varint(sampleRate.numerator).varint(sampleRate.denominator).varint(framesPerPacket);
  if (startTimeNanoseconds !== undefined) writer.signed64(startTimeNanoseconds);
  for (const bytes of [
    encodeText(`${title}.codec`, codec, MAX_CODEC_BYTES),
    encodeParameters(`${title}.parameters`, parameters),
  ]) {
    writer.varint(bytes.length).bytes(bytes);
  }
  writer.varint(channels.length);
  for (const [index, channel] of channels.entries()) {
    const name = `${title}.channels[${index}]`;
    if (typeof channel !== 'object' || channel === null) throwType(name, 'a ChannelDescription', channel);
    for (const bytes of [
      encodeText(`${name}.name`, channel.name ?? '', MAX_NAME_BYTES),
      encodeText(`${name}.unit`, channel.unit ?? '', MAX_UNIT_BYTES),
    ]) {
      writer.varint(bytes.length).bytes(bytes);
    }
  }
  return writer.copy();
}

/** Writes what a header page has in front of the description. */
export function writeHeaderFields(writer: ByteWriter, totalFrames: number | undefined): void {
  for (const byte of SIGNATURE) writer.unsigned(byte, 1);
  if (totalFrames === undefined) writer.unsigned(-1, 4).unsigned(-1, 4);
  else writer.unsigned64(totalFrames);
}

/** Reads the signature and the length in frames. */
export function readHeaderFields(reader: ByteReader): number | undefined {
  const start = reader.byteOffset;
  if (!reader.bytes('the signature', SIGNATURE.length).every((byte, at) => byte === SIGNATURE[at])) {
    throw new BitstreamError('the header page has not the signature of a .paley header', start);
  }
  const totalStart = reader.byteOffset;
  const { value, isAllOnes } = reader.unsigned64('the length in frames');
  if (value === undefined && !isAllOnes) {
    throw new BitstreamError('the length in frames is neither below 2^53 nor unknown', totalStart);
  }
  return value;
}

function readText(reader: ByteReader, title: string, minimum: number, maximum: number): string {
  const length = reader.varint(`the length of ${title}`, minimum, maximum);
  const start = reader.byteOffset;
  try {
    return decodeUtf8(reader.bytes(title, length));
  } catch (cause) {
    throw cause instanceof URIError ? new BitstreamError(`${title} is not well-formed UTF-8`, start) : cause;
  }
}

function readLabel(reader: ByteReader, title: string, maximum: number): string | undefined {
  const start = reader.byteOffset;
  const text = readText(reader, title, 0, maximum);
  if (CONTROL_CHARACTER.test(text)) throw new BitstreamError(`${title} has control characters`, start);
  return text === '' ? undefined : text;
}

function isDeeper(value: Json, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth === 0 || Object.values(value).some((member) => isDeeper(member, depth - 1));
}

function readParameters(reader: ByteReader): Json {
  const start = reader.byteOffset;
  const text = readText(reader, "the codec's parameters", 1, MAX_PARAMETERS_BYTES);
  let parameters: Json;
  try {
    parameters = JSON.parse(text);
  } catch {
    throw new BitstreamError("the codec's parameters are not JSON", start);
  }
  if (isDeeper(parameters, MAX_PARAMETERS_DEPTH)) {
    throw new BitstreamError(`the codec's parameters are nested more than ${MAX_PARAMETERS_DEPTH} deep`, start);
  }
  return parameters;
}

/** Reads what `encodeDescription` wrote; bytes behind it belong to later revisions and are left alone. */
export function readDescription(reader: ByteReader): StreamHeader {
  const flags = reader.unsigned('the header flags', 1);
  const numerator = reader.varint('the numerator of the sample rate', 1, MAX_SAFE);
  const denominator = reader.varint('the denominator of the sample rate', 1, MAX_SAFE);
  const framesPerPacket = reader.varint('the frames per packet', 1, MAX_FRAMES_PER_PACKET);
  const hasStartTime = (flags & HAS_START_TIME) !== 0;
  const startTimeNanoseconds = hasStartTime ? reader.signed64('the start time') : undefined;
  const codecStart = reader.byteOffset;
  const codec = readText(reader, "the codec's name", 1, MAX_CODEC_BYTES);
  if (!CODEC_NAME.test(codec)) throw new BitstreamError("the codec's name is not printable ASCII", codecStart);
  const parameters = readParameters(reader);
  const count = reader.varint('the number of channels', 1, MAX_CHANNELS);
  const channels: ChannelDescription[] = [];
  for (let channel = 0; channel < count; channel++) {
    const name = readLabel(reader, `the name of channel ${channel}`, MAX_NAME_BYTES);
    const unit = readLabel(reader, `the unit of channel ${channel}`, MAX_UNIT_BYTES);
    channels.push({ ...(name !== undefined && { name }), ...(unit !== undefined && { unit }) });
  }
  return {
    sampleRate: ratio(numerator, denominator),
    channels,
    codec,
    parameters,
    framesPerPacket,
    ...(startTimeNanoseconds !== undefined && { startTimeNanoseconds }),
  };
}
