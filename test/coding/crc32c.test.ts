import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crc32c } from '../../src/coding/crc32c.js';
import { crc32cBitwise } from '../reference/crc32c.js';

const bytesOf = (hex: string) => Uint8Array.from(hex.match(/../g)!, (pair) => Number.parseInt(pair, 16));

describe('crc32c', () => {
  // RFC 3720, appendix B.4; the RFC shows checksums byte by byte, least significant first.
  test.each([
    ['32 bytes of zeros', new Uint8Array(32), 'aa36918a'],
    ['32 bytes of ones', new Uint8Array(32).fill(255), '43aba862'],
    ['32 bytes counting up', Uint8Array.from({ length: 32 }, (_, i) => i), '4e79dd46'],
    ['32 bytes counting down', Uint8Array.from({ length: 32 }, (_, i) => 31 - i), '5cdb3f11'],
    [
      'an iSCSI read command',
      bytesOf(`01c0${'0'.repeat(28)}14000000000004000000001400000018280000000000000002${'0'.repeat(14)}`),
      '563a96d9',
    ],
  ])('gives the checksum of RFC 3720 for %s', (_, message, expected) => {
    const sum = new Uint8Array(4);
    new DataView(sum.buffer).setUint32(0, crc32c(message), true);
    expect(Buffer.from(sum).toString('hex')).toBe(expected);
  });

  test('gives the check value 0xE3069283 for 123456789, and 0 for nothing', () => {
    expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283);
    expect(crc32c(new Uint8Array())).toBe(0);
  });

  test('agrees with division bit by bit, in however many pieces', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), (bytes, cut) => {
        const expected = crc32cBitwise(bytes);
        expect(crc32c(bytes)).toBe(expected);
        expect(crc32c(bytes.subarray(cut), crc32c(bytes.subarray(0, cut)))).toBe(expected);
      }),
    );
  });
});
