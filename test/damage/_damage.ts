/**
 * Damages files, the same way every time for the same seed: what cables, disks and transfers do (flips, cuts, insertions,
 * pieces that come twice or in another order), and what somebody does who wants a reader to fail (extremes in header
 * fields, with the checksums right again).
 */
import { ByteReader, ByteWriter } from '../../src/coding/bytes.js';
import { crc32c } from '../../src/coding/crc32c.js';
import { PREFIX_BYTES, prefixCheck, SYNC } from '../../src/container/_layout.js';

/** Whole numbers below `limit` from a seed (xorshift32: G. Marsaglia, 2003). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = Math.imul(seed + 1, 0x9e3779b1) | 1;
  }

  below(limit: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % limit;
  }

  of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)];
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.below(256));
  }
}

type Damage = (bytes: Uint8Array, random: Random) => Uint8Array;

const join = (...parts: readonly Uint8Array[]) => Uint8Array.from(Buffer.concat(parts));

function overwrite(bytes: Uint8Array, at: number, values: ArrayLike<number>): Uint8Array {
  const result = bytes.slice();
  for (let i = 0; i < values.length && at + i < result.length; i++) result[at + i] = values[i];
  return result;
}

const FILLS: readonly (readonly number[])[] = [
  [0],
  [0xff],
  [0x80],
  [0x7f, 0xff, 0xff, 0xff],
  [0xff, 0xff, 0xff, 0x7f],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f],
];

/** A piece of the file, mostly short. */
function piece(bytes: Uint8Array, random: Random): [start: number, end: number] {
  const start = random.below(bytes.length + 1);
  const length = random.below(random.of([2, 8, 100, bytes.length + 1]));
  return [start, Math.min(bytes.length, start + length)];
}

/** What happens to files of any kind. */
const accidents: Record<string, Damage> = {
  flip(bytes, random) {
    const result = bytes.slice();
    for (let count = 1 + random.below(random.of([1, 4, 40])); count > 0 && result.length > 0; count--) {
      result[random.below(result.length)] ^= 1 << random.below(8);
    }
    return result;
  },
  cutEnd: (bytes, random) => bytes.slice(0, random.below(bytes.length + 1)),
  cutStart: (bytes, random) => bytes.slice(random.below(bytes.length + 1)),
  cutOut(bytes, random) {
    const [start, end] = piece(bytes, random);
    return join(bytes.subarray(0, start), bytes.subarray(end));
  },
  insert(bytes, random) {
    const at = random.below(bytes.length + 1);
    return join(bytes.subarray(0, at), random.bytes(random.below(random.of([3, 30, 1000]))), bytes.subarray(at));
  },
  repeat(bytes, random) {
    const [start, end] = piece(bytes, random);
    return join(bytes.subarray(0, end), bytes.subarray(start));
  },
  swap(bytes, random) {
    const [start, end] = piece(bytes, random);
    return join(bytes.subarray(end), bytes.subarray(start, end), bytes.subarray(0, start));
  },
  fill: (bytes, random) => overwrite(bytes, random.below(bytes.length + 1), random.of(FILLS)),
  noise: (bytes, random) => overwrite(bytes, random.below(bytes.length + 1), random.bytes(random.below(200))),
};

export interface Page {
  readonly start: number;
  readonly end: number;
  readonly kind: number;
}

/** The pages of a sound file. */
export function pagesOf(bytes: Uint8Array): Page[] {
  const pages: Page[] = [];
  for (let start = 0; start + PREFIX_BYTES < bytes.length && bytes[start] === SYNC[0]; ) {
    const end = start + PREFIX_BYTES + (bytes[start + 7] | (bytes[start + 8] << 8) | (bytes[start + 9] << 16)) + 4;
    pages.push({ start, end, kind: bytes[start + 5] });
    start = end;
  }
  return pages;
}

/** Makes the lengths and checksums of a page right, whatever its body is. */
export function seal(page: Uint8Array): Uint8Array {
  const sealed = page.slice();
  const view = new DataView(sealed.buffer);
  const body = sealed.length - PREFIX_BYTES - 4;
  view.setUint16(7, body & 0xffff, true);
  sealed[9] = body >>> 16;
  view.setUint16(10, prefixCheck(sealed), true);
  view.setUint32(sealed.length - 4, crc32c(sealed.subarray(0, sealed.length - 4)), true);
  return sealed;
}

/** Changes one page and makes its checksums right again. */
function inPage(change: (body: Uint8Array, random: Random) => Uint8Array): Damage {
  return (bytes, random) => {
    const pages = pagesOf(bytes);
    if (pages.length === 0) return bytes;
    const { start, end } = random.of(pages);
    const page = bytes.subarray(start, end);
    const body = change(page.slice(PREFIX_BYTES, -4), random);
    const changed = seal(join(page.subarray(0, PREFIX_BYTES), body, new Uint8Array(4)));
    return join(bytes.subarray(0, start), changed, bytes.subarray(end));
  };
}

const EXTREMES = [0, 1, 2, 63, 64, 65, 127, 128, 255, 256, 65535, 2 ** 24, 2 ** 24 + 1, 2 ** 31, 2 ** 32, 2 ** 53 - 1];
const JSON_EXTREMES = [0, 1, -1, 0.5, 7, 32, 255, 1e9, 2 ** 53, 1e308, null, true, '', 'full', [], {}, [[[]]]];

/** Writes the description of a header anew, with one field changed. */
function changedDescription(description: Uint8Array, random: Random): Uint8Array {
  const reader = new ByteReader(description);
  const writer = new ByteWriter();
  const text = (length: number) => Buffer.from(reader.bytes('text', length)).toString();
  const flags = reader.unsigned('flags', 1);
  const numbers = ['numerator', 'denominator', 'frames'].map((name) => reader.varint(name, 0, Number.MAX_SAFE_INTEGER));
  const codec = text(reader.varint('length', 0, 1000));
  const parameters = JSON.parse(text(reader.varint('length', 0, 70000)));
  const rest = reader.view().slice();
  const choice = random.below(6);
  if (choice < 3) numbers[choice] = random.of(EXTREMES);
  const keys = Object.keys(parameters);
  if (choice === 3 && keys.length > 0) parameters[random.of(keys)] = random.of(JSON_EXTREMES);
  if (choice === 4) rest[0] = random.of([0, 1, 2, 63, 64, 65, 255]);
  const written = choice === 5 ? random.of(['wave', 'int8', 'mxfp4', 'ggml-q4_k', '?', 'x'.repeat(64)]) : codec;
  writer.unsigned(flags, 1);
  for (const value of numbers) writer.varint(value);
  for (const part of [written, JSON.stringify(parameters)]) writer.varint(part.length).bytes(Buffer.from(part));
  return writer.bytes(rest).copy();
}

/** Bytes of a header page's body before its description: id, sequence, frame, signature, length. */
function descriptionStart(body: Uint8Array): number {
  const reader = new ByteReader(body);
  reader.unsigned('id', 2);
  reader.varint('sequence', 0, Number.MAX_SAFE_INTEGER);
  reader.varint('frame', 0, Number.MAX_SAFE_INTEGER);
  return reader.byteOffset + 9 + 8;
}

/** One field of the header, the same in all its copies, so that they are believed. */
const headerField: Damage = (bytes, random) => {
  const pages = pagesOf(bytes);
  const first = pages.find(({ kind }) => kind === 0);
  if (first === undefined) return bytes;
  const bodyOf = ({ start, end }: Page) => bytes.slice(start + PREFIX_BYTES, end - 4);
  const at = descriptionStart(bodyOf(first));
  const total = random.below(4) === 0 ? random.of(EXTREMES) : undefined;
  const description = total === undefined ? changedDescription(bodyOf(first).subarray(at), random) : undefined;
  const parts = pages.map((page) => {
    const whole = bytes.subarray(page.start, page.end);
    if (page.kind !== 0) return whole;
    const body = bodyOf(page);
    const start = descriptionStart(body);
    const field = total === undefined ? body.slice(start - 8, start) : new ByteWriter(8).unsigned64(total).copy();
    const front = join(body.subarray(0, start - 8), field);
    return seal(join(whole.subarray(0, PREFIX_BYTES), front, description ?? body.subarray(start), new Uint8Array(4)));
  });
  return join(...parts);
};

/** What somebody does to .paley files who knows how they are made. */
const forgeries: Record<string, Damage> = {
  headerField,
  bodyByte: inPage((body, random) => overwrite(body, random.below(body.length + 1), random.of(FILLS))),
  bodyNoise: inPage((body, random) => overwrite(body, random.below(body.length + 1), random.bytes(random.below(40)))),
  bodyCut: inPage((body, random) => body.slice(0, random.below(body.length + 1))),
  bodyGrown: inPage((body, random) => join(body, random.bytes(random.below(300)))),
  pageTwice(bytes, random) {
    const pages = pagesOf(bytes);
    if (pages.length === 0) return bytes;
    const { start, end } = random.of(pages);
    const to = random.of(pages).start;
    return join(bytes.subarray(0, to), bytes.subarray(start, end), bytes.subarray(to));
  },
  pageGone(bytes, random) {
    const pages = pagesOf(bytes);
    if (pages.length === 0) return bytes;
    const { start, end } = random.of(pages);
    return join(bytes.subarray(0, start), bytes.subarray(end));
  },
  kindAndFlags(bytes, random) {
    const pages = pagesOf(bytes);
    if (pages.length === 0) return bytes;
    const { start, end } = random.of(pages);
    const page = overwrite(bytes.subarray(start, end), 4 + random.below(3), [random.of([0, 1, 2, 3, 4, 255])]);
    return join(bytes.subarray(0, start), seal(page), bytes.subarray(end));
  },
};

/** Extremes in the fields of a QOA file's header or of one of its coded frames'. */
const qoaField: Damage = (bytes, random) => {
  const [offset, width] = random.of([
    [4, 4],
    [8, 1],
    [9, 3],
    [12, 2],
    [14, 2],
    [16, 16],
    [32, 8],
  ]);
  const value = random.of([
    new Array(width).fill(0),
    new Array(width).fill(0xff),
    [...new Array(width - 1).fill(0), 1],
    [0x80, ...new Array(width - 1).fill(0)],
    [0x7f, ...new Array(width - 1).fill(0xff)],
  ]);
  return overwrite(bytes, offset, value);
};

/** Damages a file in one to three ways; the names say which. */
export function damage(bytes: Uint8Array, kind: 'paley' | 'qoa', random: Random): { bytes: Uint8Array; how: string[] } {
  const ways = { ...accidents, ...(kind === 'paley' ? forgeries : { qoaField }) };
  const how: string[] = [];
  let result = bytes;
  for (let count = 1 + random.below(3); count > 0; count--) {
    const name = random.of(Object.keys(ways));
    how.push(name);
    try {
      result = ways[name as keyof typeof ways](result, random);
    } catch {
      // A forgery needs pages that are still whole: what damage has gone before decides.
      result = accidents.flip(result, random);
    }
  }
  return { bytes: result, how };
}
