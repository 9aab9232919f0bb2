/** The formats that have a plain reference of their own, and signals of all kinds to compare them on. Not itself tested. */
import { expect } from 'vitest';
import type { Engine } from '../../src/engine/engine.js';
import type { BlockOptions } from '../../src/quantize/index.js';
import {
  decodeGrid,
  decodeMixed,
  decodeSign,
  decodeTernary,
  encodeGrid,
  encodeMixed,
  encodeSign,
  encodeTernary,
  equalBins,
  twinGrid,
} from '../reference/edges.js';
import { decodeGgml, encodeGgml, type GgmlFormat } from '../reference/ggml.js';
import {
  decodeLookup,
  decodeNested,
  encodeLookup,
  encodeNested,
  fp4,
  type LookupDefinition,
  mulaw,
  nearestEntry,
} from '../reference/lookup.js';
import { decodePlanes, encodePlanes } from '../reference/planes.js';
import { decodeInteger, encodeInteger } from '../reference/quantize.js';
import { decodeSharedExponent, encodeSharedExponent } from '../reference/shared-exponent.js';
import dynamic8 from '../vectors/dynamic8.json' with { type: 'json' };
import nf4 from '../vectors/nf4.json' with { type: 'json' };
import { bitsOf, floats, withCodec } from './_oracle.js';
import { generator } from './_signals.js';

interface PlainFormat {
  options: BlockOptions & { blockSize: number };
  encode(x: Float32Array): Uint8Array;
  decode(bytes: Uint8Array): Float32Array;
}

const ggml = (format: GgmlFormat): PlainFormat => ({
  options: { format, blockSize: 32 },
  encode: (x) => encodeGgml(format, x),
  decode: (bytes) => decodeGgml(format, bytes),
});
const lookup = (format: string, definition: LookupDefinition, blockSize: number): PlainFormat => ({
  options: { format, blockSize },
  encode: (x) => encodeLookup(x, definition, blockSize),
  decode: (bytes) => decodeLookup(bytes, definition, blockSize),
});
const sharedExponent = (format: string, bits: number, blockSize: number): PlainFormat => ({
  options: { format, blockSize },
  encode: (x) => encodeSharedExponent(x, { bits, blockSize }),
  decode: (bytes) => decodeSharedExponent(bytes, { bits, blockSize }),
});

const integer = (bits: number): PlainFormat => ({
  options: { format: `int${bits}`, blockSize: 32 },
  encode: (x) => encodeInteger(x, { bits, blockSize: 32 }),
  decode: (bytes) => decodeInteger(bytes, { bits, blockSize: 32 }),
});
const scales = nearestEntry([...floats(dynamic8.table_u32)], 8);

export const plainFormats: readonly PlainFormat[] = [
  ggml('ggml-q8_0'),
  ggml('ggml-q4_0'),
  ggml('ggml-mxfp4'),
  lookup('nf4', nearestEntry([...floats(nf4.table_u32)], 4), 64),
  lookup('bnb-fp4', fp4, 64),
  lookup('dynamic8', nearestEntry([...floats(dynamic8.table_u32)], 8), 256),
  lookup('mulaw8', mulaw, 32),
  {
    options: { format: 'fp6-4plus2', blockSize: 32 },
    encode: (x) => encodePlanes(x, 32),
    decode: (bytes) => decodePlanes(bytes, 32),
  },
  {
    options: { format: 'nf4', scaleFormat: 'dynamic8', blockSize: 16 },
    encode: (x) => encodeNested(x, nearestEntry([...floats(nf4.table_u32)], 4), scales, 16),
    decode: (bytes) => decodeNested(bytes, nearestEntry([...floats(nf4.table_u32)], 4), scales, 16),
  },
  ...[2, 3, 4, 5, 6, 7, 8].map(integer),
  {
    options: { format: 'twinlog', blockSize: 64 },
    encode: (x) => encodeGrid(x, twinGrid, 64),
    decode: (bytes) => decodeGrid(bytes, twinGrid, 64),
  },
  {
    options: { format: 'ifsq', blockSize: 64 },
    encode: (x) => encodeGrid(x, equalBins, 64),
    decode: (bytes) => decodeGrid(bytes, equalBins, 64),
  },
  {
    options: { format: 'ternary', blockSize: 80 },
    encode: (x) => encodeTernary(x, 80),
    decode: (bytes) => decodeTernary(bytes, 80),
  },
  {
    options: { format: 'sign', blockSize: 64 },
    encode: (x) => encodeSign(x, 64),
    decode: (bytes) => decodeSign(bytes, 64),
  },
  { options: { format: 'mixed-int', blockSize: 256 }, encode: encodeMixed, decode: decodeMixed },
  sharedExponent('bfp', 4, 16),
  sharedExponent('dfp16', 16, 64),
];

export const nameOf = ({ options: { format, scaleFormat } }: PlainFormat) =>
  scaleFormat === undefined ? format : `${format}, scales of ${scaleFormat}`;

/** Blocks of random floats of near exponents, of uniform values, and of whole numbers (ties), at every level there is. */
function mixedBlocks(next: () => number, blocks: number, blockSize: number): Float32Array {
  const x = new Float32Array(blocks * blockSize);
  const words = new Uint32Array(x.buffer);
  for (let block = 0; block < blocks; block++) {
    const kind = next() % 4;
    const exponent = 12 + (next() % 240);
    const level = 2 ** (kind === 3 ? -(next() % 12) : exponent - 127);
    for (let i = block * blockSize; i < (block + 1) * blockSize; i++) {
      const word = next();
      const field = Math.min(254, exponent - ((word >>> 23) % 12));
      if (kind === 0) words[i] = ((word & 0x807fffff) | (field << 23)) >>> 0;
      else if (kind === 1) x[i] = ((word % 65) - 32) * 0.5 * (level / 16);
      else x[i] = (word / 2 ** 31 - 1) * level;
    }
  }
  return x;
}

/** Compares bytes and samples of kernels and reference, to the bit, on `count` values of each format. */
export function expectAgreement(engine: Engine, { options, encode, decode }: PlainFormat, count: number): void {
  const next = generator(options.format.length + options.blockSize);
  const blocks = Math.ceil(4096 / options.blockSize);
  withCodec(engine, options, (codec) => {
    for (let done = 0; done < count; done += 4096) {
      const x = mixedBlocks(next, blocks, options.blockSize);
      const bytes = codec.encode(x);
      if (Buffer.compare(bytes, encode(x)) !== 0) expect(bytes).toEqual(encode(x));
      const [decoded, reference] = [bitsOf(codec.decode(bytes)), bitsOf(decode(bytes))];
      if (decoded.some((word, i) => word !== reference[i])) expect(decoded).toEqual(reference);
    }
    expect(codec.faults).toBe(0);
  });
}
