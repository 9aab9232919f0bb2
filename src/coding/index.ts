/** What several families need to make bytes: checksum, byte and bit I/O, UTF-8. */
export { BitReader, BitWriter, chooseRiceParameter, fold, MAX_RICE_PARAMETER, unfold } from './bits.js';
export { ByteReader, ByteWriter } from './bytes.js';
export { crc32c } from './crc32c.js';
export { decodeUtf8, encodeUtf8 } from './utf8.js';
