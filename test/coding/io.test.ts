import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BitReader, BitWriter, chooseRiceParameter, fold, unfold } from '../../src/coding/bits.js';
import { ByteReader, ByteWriter } from '../../src/coding/bytes.js';
import { decodeUtf8, encodeUtf8 } from '../../src/coding/utf8.js';
import { BitstreamError } from '../../src/engine/errors.js';

const MAX = Number.MAX_SAFE_INTEGER;

/** The error that a call throws, for its fields. */
function errorOf(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('bytes', () => {
  test('varints come back, in the bytes that LEB128 by BigInt gives', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.nat(300), fc.maxSafeNat(), fc.constant(MAX))), (values) => {
        const writer = new ByteWriter(1);
        const expected: number[] = [];
        for (const value of values) {
          writer.varint(value);
          let rest = BigInt(value);
          for (; rest > 127n; rest >>= 7n) expected.push(Number(rest & 127n) + 128);
          expected.push(Number(rest));
        }
        expect(Array.from(writer.copy())).toEqual(expected);
        const reader = new ByteReader(writer.view());
        for (const value of values) expect(reader.varint('value', 0, MAX)).toBe(value);
        expect(reader.remaining).toBe(0);
      }),
    );
  });

  test('integers of fixed size come back, little-endian', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), fc.nat(), (long, signed, short) => {
        const bytes = new ByteWriter(1).unsigned64(long).signed64(signed).unsigned(short, 4).unsigned(short, 3).copy();
        const view = new DataView(bytes.buffer);
        expect(view.getBigUint64(0, true)).toBe(BigInt(long));
        expect(view.getBigInt64(8, true)).toBe(signed);
        expect(view.getUint32(16, true)).toBe(short);
        const reader = new ByteReader(bytes);
        expect(reader.unsigned64('long')).toEqual({ value: long, isAllOnes: false });
        expect(reader.signed64('signed')).toBe(signed);
        expect(reader.unsigned('short', 4)).toBe(short);
        expect(reader.unsigned('short', 3)).toBe(short % 2 ** 24);
      }),
    );
  });

  test.each([
    ['a varint of nine bytes', [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1]],
    ['a varint of 2^53', [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10]],
    ['a varint with an idle last byte', [0x81, 0]],
    ['a varint without its last byte', [0x81]],
    ['a varint of no byte', []],
  ])('%s is a BitstreamError', (_, bytes) => {
    expect(() => new ByteReader(Uint8Array.from(bytes)).varint('count', 0, MAX)).toThrow(BitstreamError);
  });

  test('an error tells the field, and its offset in the whole stream', () => {
    const reader = new ByteReader(Uint8Array.from([1, 2, 9, 4]), 1000);
    reader.bytes('start', 2);
    expect(errorOf(() => reader.varint('count', 0, 8))).toMatchObject({
      byteOffset: 1002,
      message: 'count expected 0 to 8, got 9 (at byte 1002)',
    });
    expect(errorOf(() => reader.bytes('name', 5))).toMatchObject({
      byteOffset: 1003,
      message: 'name needs 5 bytes, only 1 left (at byte 1003)',
    });
    expect(reader.unsigned('rest', 1)).toBe(4);
  });
});

describe('bits', () => {
  test('bits come back, the first in the top of the first byte', () => {
    const field = fc.integer({ min: 0, max: 32 }).chain((count) =>
      fc.tuple(
        fc.nat().map((v) => v % 2 ** count),
        fc.constant(count),
      ),
    );
    fc.assert(
      fc.property(fc.array(field), (fields) => {
        const writer = new BitWriter(1);
        for (const [value, count] of fields) writer.bits(value, count);
        const text = fields.map(([value, count]) => (count ? value.toString(2).padStart(count, '0') : '')).join('');
        const bytes = writer.view();
        expect(Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('')).toBe(
          text.padEnd(Math.ceil(text.length / 8) * 8, '0'),
        );
        const reader = new BitReader(bytes);
        for (const [value, count] of fields) expect(reader.bits('field', count)).toBe(value);
        expect(reader.bytesRead).toBe(bytes.length);
      }),
    );
    expect(new BitReader(new BitWriter().bits(-1, 32).view()).bits('field', 32)).toBe(2 ** 32 - 1);
  });

  test('Rice codes come back, and the parameter chosen is the best of all', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -2000, max: 2000 }), { minLength: 1, maxLength: 40 }), (values) => {
        const folded = values.map(fold);
        expect(folded.map(unfold)).toEqual(values);
        const { parameter, bits } = chooseRiceParameter(folded);
        const sizes = Array.from({ length: 25 }, (_, candidate) => {
          const writer = new BitWriter(1);
          for (const value of folded) writer.rice(value, candidate);
          const reader = new BitReader(writer.view());
          for (const value of folded) expect(reader.rice('value', candidate, 4000)).toBe(value);
          return writer.bitLength;
        });
        expect(bits).toBe(Math.min(...sizes));
        expect(sizes[parameter]).toBe(bits);
      }),
      { numRuns: 30 },
    );
  });

  test('folding is 0, -1, 1, -2, 2 … to 0, 1, 2, 3, 4 …', () => {
    expect([0, -1, 1, -2, 2].map(fold)).toEqual([0, 1, 2, 3, 4]);
  });

  test('a Rice code above its maximum, and one without an end, are BitstreamErrors', () => {
    const bytes = new BitWriter().rice(100, 3).view();
    expect(new BitReader(bytes).rice('length', 3, 100)).toBe(100);
    expect(errorOf(() => new BitReader(bytes, 70).rice('length', 3, 99))).toMatchObject({
      byteOffset: 70,
      message: 'length is above 99 (at byte 70)',
    });
    expect(() => new BitReader(new Uint8Array(1000).fill(255)).rice('length', 0, 2 ** 24)).toThrow(BitstreamError);
  });
});

describe('utf8', () => {
  test('text comes back, in the bytes that TextEncoder gives', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }).filter((text) => !/\p{Surrogate}/u.test(text)),
        (text) => {
          const bytes = encodeUtf8(text);
          expect(bytes).toEqual(new TextEncoder().encode(text));
          expect(decodeUtf8(bytes)).toBe(text);
        },
      ),
    );
  });

  test('what is no UTF-8 throws, exactly where a fatal TextDecoder does', () => {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    const attempt = (decode: () => string) => {
      try {
        return decode();
      } catch {
        return undefined;
      }
    };
    const byte = fc.constantFrom(
      0x41,
      0x7f,
      0x80,
      0xbf,
      0xc0,
      0xc3,
      0xe0,
      0xed,
      0xa0,
      0xef,
      0xbb,
      0xf0,
      0xf4,
      0x90,
      0xf5,
      0xff,
    );
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 6 }), (list) => {
        const bytes = Uint8Array.from(list);
        expect(attempt(() => decodeUtf8(bytes))).toBe(attempt(() => decoder.decode(bytes)));
      }),
      { numRuns: 1000 },
    );
    expect(() => encodeUtf8('\ud800')).toThrow(URIError);
  });
});
