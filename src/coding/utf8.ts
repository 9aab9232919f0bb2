/**
 * UTF-8 text. TextEncoder and TextDecoder are missing in audio worklets; the URI functions are part of the language
 * itself, and refuse what is no UTF-8 (overlong forms, surrogates, stray bytes) and lone surrogates on the way in.
 */

/** The UTF-8 bytes of a text; throws a URIError when it has a lone surrogate. */
export function encodeUtf8(text: string): Uint8Array {
  const escaped = encodeURIComponent(text);
  const bytes = new Uint8Array(escaped.length);
  let length = 0;
  for (let at = 0; at < escaped.length; at++) {
    if (escaped[at] === '%') {
      bytes[length++] = Number.parseInt(escaped.slice(at + 1, at + 3), 16);
      at += 2;
    } else {
      bytes[length++] = escaped.charCodeAt(at);
    }
  }
  return bytes.slice(0, length);
}

/** The text that UTF-8 bytes spell; throws a URIError when they spell none. */
export function decodeUtf8(bytes: Uint8Array): string {
  const escaped: string[] = [];
  for (const byte of bytes) escaped.push(`%${byte < 16 ? '0' : ''}${byte.toString(16)}`);
  return decodeURIComponent(escaped.join(''));
}
