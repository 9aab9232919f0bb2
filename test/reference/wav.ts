/**
 * WAV by the book and by hand: a writer and a parser for tests, which share nothing with those of the package. Both hold
 * everything in memory and trust what they are given.
 */

/** A chunk: its name, its body, and what its size field says where that is a lie. */
export interface Chunk {
  id: string;
  body: readonly number[] | Uint8Array;
  size?: number;
}

export const u16 = (n: number): number[] => [n % 256, Math.floor(n / 256) % 256];
export const u32 = (n: number): number[] => [...u16(n % 65536), ...u16(Math.floor(n / 65536))];
export const u64 = (n: number): number[] => [...u32(n % 4294967296), ...u32(Math.floor(n / 4294967296))];
export const ascii = (text: string): number[] => [...text].map((c) => c.charCodeAt(0));

/** The bytes of a form with these chunks, each padded to an even length. */
export function riff(chunks: readonly Chunk[], { form = 'RIFF', type = 'WAVE', size = -1 } = {}): Uint8Array {
  const bytes = [...ascii(type)];
  for (const chunk of chunks) {
    bytes.push(...ascii(chunk.id), ...u32(chunk.size ?? chunk.body.length));
    for (const byte of chunk.body) bytes.push(byte);
    if (chunk.body.length % 2 === 1) bytes.push(0);
  }
  return Uint8Array.from([...ascii(form), ...u32(size === -1 ? bytes.length : size), ...bytes]);
}

/** A 'fmt ' chunk; every field can be set to what it should not be. */
export function fmt(fields: {
  tag?: number;
  channels?: number;
  sampleRate?: number;
  bits?: number;
  blockAlign?: number;
  extensible?: { validBits: number; channelMask: number; subformat: number };
}): Chunk {
  const { tag = 1, channels = 1, sampleRate = 8000, bits = 16, extensible } = fields;
  const blockAlign = fields.blockAlign ?? channels * Math.ceil(bits / 8);
  const plain = [...u16(channels), ...u32(sampleRate), ...u32((sampleRate * blockAlign) % 4294967296)];
  plain.push(...u16(blockAlign), ...u16(bits));
  if (!extensible) return { id: 'fmt ', body: [...u16(tag), ...plain] };
  const { validBits, channelMask, subformat } = extensible;
  const guid = [...u32(subformat), 0x00, 0x00, 0x10, 0x00, 0x80, 0x00, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71];
  return { id: 'fmt ', body: [...u16(0xfffe), ...plain, ...u16(22), ...u16(validBits), ...u32(channelMask), ...guid] };
}

export const data = (body: readonly number[] | Uint8Array, size?: number): Chunk => ({ id: 'data', body, size });

/** Every chunk of a file in order, its body cut to what is there. */
export function chunksOf(bytes: Uint8Array): { id: string; offset: number; size: number; body: Uint8Array }[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const chunks = [];
  for (let at = 12; at + 8 <= bytes.length; ) {
    const id = String.fromCharCode(...bytes.subarray(at, at + 4));
    const size = view.getUint32(at + 4, true);
    chunks.push({ id, offset: at, size, body: bytes.subarray(at + 8, Math.min(bytes.length, at + 8 + size)) });
    at += 8 + size + (size % 2);
  }
  return chunks;
}

/** Sample values of packed bytes, by DataView and division. */
export function samplesOf(format: string, bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const size = { u8: 1, i16: 2, i24: 3, i32: 4, f32: 4, f64: 8 }[format] as number;
  const values = [];
  for (let at = 0; at + size <= bytes.length; at += size) {
    if (format === 'u8') values.push(view.getUint8(at) / 128 - 1);
    if (format === 'i16') values.push(view.getInt16(at, true) / 32768);
    if (format === 'i24') values.push((view.getUint16(at, true) + view.getInt8(at + 2) * 65536) / 8388608);
    if (format === 'i32') values.push(view.getInt32(at, true) / 2147483648);
    if (format === 'f32') values.push(view.getFloat32(at, true));
    if (format === 'f64') values.push(view.getFloat64(at, true));
  }
  return values;
}
