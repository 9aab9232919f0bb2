/** How a wave packet says that decoding can start with it. */

/**
 * The flag is the first thing in a packet: of the coder's first 32 bits, divided in 2^15 parts of 131071 each, the parts from
 * 32256 on are a key's. So the first four bytes, zeros where a packet ends before, are 131071 · 32256 = 0xfbff8200 or more.
 * Compared in halves: a word with its highest bit set would be a number on the heap.
 */
const KEY_HIGH = 0xfbff;
const KEY_LOW = 0x8200;

/**
 * Whether decoding can start with a wave packet: the `length` bytes of `bytes` from `offset` on. A packet of no bytes, one
 * that was lost, is no key. Real-time safe.
 *
 * @example
 * ```ts
 * import { Engine, isWaveKey, WaveEncoder } from 'paley';
 *
 * const engine = await Engine.load();
 * const encoder = new WaveEncoder(engine, { sampleRate: 48000, keyInterval: 4 });
 * const packets = encoder.process([new Float32Array(1024)]);
 * console.log(packets.map((packet) => isWaveKey(packet))); // true, false, false, false, true …
 * ```
 */
export function isWaveKey(bytes: Uint8Array, offset = 0, length = bytes.length - offset): boolean {
  if (length < 2) return length === 1 && bytes[offset] > KEY_HIGH >> 8;
  const high = (bytes[offset] << 8) | bytes[offset + 1];
  if (high !== KEY_HIGH) return high > KEY_HIGH;
  const third = length > 2 ? bytes[offset + 2] : 0;
  const fourth = length > 3 ? bytes[offset + 3] : 0;
  return ((third << 8) | fourth) >= KEY_LOW;
}
