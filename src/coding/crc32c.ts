/**
 * CRC-32C: the checksum of every .paley page. Polynomial 0x1EDC6F41 (G. Castagnoli, S. Bräuer and M. Herrmann, 1993),
 * bits reflected, register started at and finally inverted with 0xFFFFFFFF; `123456789` gives 0xE3069283.
 *
 * The loop takes eight bytes a step through eight tables (M. Kounavis and F. Berry, "slicing-by-8", 2005). The tables,
 * 8 KiB, are built when the first checksum is asked for.
 */

/** 0x1EDC6F41 with its bits in reverse order. */
const REFLECTED_POLYNOMIAL = 0x82f63b78;

let builtTables: Int32Array | undefined;

/** Entry 256·s + b: what byte b does to the register once s further bytes have followed it. */
function buildTables(): Int32Array {
  const tables = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let register = byte;
    for (let bit = 0; bit < 8; bit++) register = (register >>> 1) ^ (register & 1 ? REFLECTED_POLYNOMIAL : 0);
    tables[byte] = register;
  }
  for (let at = 256; at < tables.length; at++) {
    const before = tables[at - 256];
    tables[at] = (before >>> 8) ^ tables[before & 0xff];
  }
  return tables;
}

/**
 * The CRC-32C of `bytes`, as an unsigned 32-bit number; of a longer message when `previous` is the checksum of what
 * stands before. Allocates its tables on the first call and nothing after.
 *
 * @example
 * ```ts
 * import { crc32c } from 'paley';
 * const whole = crc32c(new Uint8Array([1, 2, 3, 4]));
 * const parts = crc32c(new Uint8Array([3, 4]), crc32c(new Uint8Array([1, 2])));
 * console.log(whole === parts); // true
 * ```
 */
export function crc32c(bytes: Uint8Array, previous = 0): number {
  builtTables ??= buildTables();
  const t = builtTables;
  const length = bytes.length;
  let register = ~previous;
  let at = 0;
  for (const end = length - 7; at < end; at += 8) {
    const low = register ^ (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24));
    register =
      t[0x700 + (low & 0xff)] ^
      t[0x600 + ((low >>> 8) & 0xff)] ^
      t[0x500 + ((low >>> 16) & 0xff)] ^
      t[0x400 + (low >>> 24)] ^
      t[0x300 + bytes[at + 4]] ^
      t[0x200 + bytes[at + 5]] ^
      t[0x100 + bytes[at + 6]] ^
      t[bytes[at + 7]];
  }
  for (; at < length; at++) register = (register >>> 8) ^ t[(register ^ bytes[at]) & 0xff];
  return ~register >>> 0;
}
