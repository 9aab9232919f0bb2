/**
 * Base64 (RFC 4648, section 4) to bytes. An AudioWorklet has no `atob`, so the engine brings its own.
 */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Decodes padded base64 without white space, as scripts/build-wasm.mjs writes it. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const sextets = new Uint8Array(128);
  for (let value = 0; value < 64; value++) sextets[ALPHABET.charCodeAt(value)] = value;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  for (let from = 0, to = 0; to < bytes.length; from += 4, to += 3) {
    const group =
      (sextets[text.charCodeAt(from)] << 18) |
      (sextets[text.charCodeAt(from + 1)] << 12) |
      (sextets[text.charCodeAt(from + 2)] << 6) |
      sextets[text.charCodeAt(from + 3)];
    // Writes past the end of a typed array are dropped, which is what the padding asks for.
    bytes[to] = group >> 16;
    bytes[to + 1] = group >> 8;
    bytes[to + 2] = group;
  }
  return bytes;
}
