/**
 * A PNG of up to 256 colours, written without a compressor: the pixels travel in stored deflate blocks (RFC 1951),
 * which every reader takes. Good for the small pictures inside a figure.
 */

let crcTable: Uint32Array | null = null;

/** Remainders of every byte by the reflected polynomial of ISO/IEC 15948, annex D. */
function makeCrcTable(): Uint32Array {
  const table = new Uint32Array(256);
  for (let n = 0; n < 256; n++) {
    let c = n;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    table[n] = c;
  }
  return table;
}

function crc32(bytes: Uint8Array): number {
  crcTable ??= makeCrcTable();
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = crcTable[(crc ^ bytes[i]) & 0xff] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

function adler32(bytes: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (let i = 0; i < bytes.length; i++) {
    a = (a + bytes[i]) % 65521;
    b = (b + a) % 65521;
  }
  return ((b << 16) | a) >>> 0;
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function bigEndian(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

/** length | type | data | CRC-32 of type and data */
function chunk(type: string, data: Uint8Array): Uint8Array {
  const body = concatenate([Uint8Array.from(type, (letter) => letter.charCodeAt(0)), data]);
  return concatenate([bigEndian(data.length), body, bigEndian(crc32(body))]);
}

/** 0x78 0x01 | blocks of at most 65535 bytes: final? length, its complement, bytes | Adler-32 (RFC 1950) */
function zlibStored(bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.of(0x78, 0x01)];
  for (let at = 0; at < bytes.length; at += 65535) {
    const block = bytes.subarray(at, at + 65535);
    const final = at + 65535 >= bytes.length ? 1 : 0;
    const length = block.length;
    parts.push(Uint8Array.of(final, length, length >>> 8, ~length, ~length >>> 8), block);
  }
  parts.push(bigEndian(adler32(bytes)));
  return concatenate(parts);
}

/**
 * Encodes an indexed picture as PNG (ISO/IEC 15948): 8 bits a pixel, palette, no filter, no compression.
 *
 * @param pixels palette indices, row after row from the top, width·height of them
 * @param palette red, green, blue of each colour, 1 to 256 of them, 0 … 255
 * @throws RangeError when the sizes disagree.
 */
export function encodePng(width: number, height: number, pixels: Uint8Array, palette: Uint8Array): Uint8Array {
  if (!(Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0)) {
    throw new RangeError(`width and height expected whole numbers above 0, got ${width} and ${height}`);
  }
  if (pixels.length !== width * height) {
    throw new RangeError(`pixels expected ${width * height} values, got ${pixels.length}`);
  }
  if (palette.length === 0 || palette.length > 768 || palette.length % 3 !== 0) {
    throw new RangeError(`palette expected 3 bytes for each of 1 to 256 colours, got ${palette.length} bytes`);
  }
  const rows = new Uint8Array(height * (width + 1));
  for (let y = 0; y < height; y++) rows.set(pixels.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  const header = concatenate([bigEndian(width), bigEndian(height), Uint8Array.of(8, 3, 0, 0, 0)]);
  return concatenate([
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk('IHDR', header),
    chunk('PLTE', palette),
    chunk('IDAT', zlibStored(rows)),
    chunk('IEND', new Uint8Array(0)),
  ]);
}

/** Base64 (RFC 4648) by hand: not every realm that loads this has btoa, and none gives it bytes. */
export function base64(bytes: Uint8Array): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  let out = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const word = (bytes[i] << 16) | ((left > 1 ? bytes[i + 1] : 0) << 8) | (left > 2 ? bytes[i + 2] : 0);
    out += letters[word >>> 18] + letters[(word >>> 12) & 63];
    out += (left > 1 ? letters[(word >>> 6) & 63] : '=') + (left > 2 ? letters[word & 63] : '=');
  }
  return out;
}
