/** Tells what a file is by how it starts, names of files being no evidence. */

/** A kind of recording that @audio/decode may read. */
export interface SniffedKind {
  /** The name @audio/decode has for it. */
  readonly id: string;
  /** The name people have for it. */
  readonly name: string;
  /**
   * Whether its decoder may be fed piece by piece. Only where that gives the same samples as the whole file does; of the
   * rest some do not stop where the samples end, and some keep the whole file anyway.
   */
  readonly streams: boolean;
}

/** The farthest a mark stands from the start (ProTracker modules), with its four characters. */
export const SNIFF_BYTES = 1084;

/** Bytes of an ID3v2 header; the tag behind it can be larger than any window. */
export const ID3_HEADER_BYTES = 10;

const ASF_GUID = '\x30\x26\xb2\x75\x8e\x66\xcf\x11';

/** What stands where: all marks of a row have to. Rows that another row's marks would also fit stand below it. */
const KINDS: readonly (SniffedKind & { readonly marks: readonly (readonly [offset: number, text: string])[] })[] = [
  { id: 'flac', name: 'FLAC', streams: true, marks: [[0, 'fLaC']] },
  {
    id: 'opus',
    name: 'Opus',
    streams: true,
    marks: [
      [0, 'OggS'],
      [28, 'OpusHead'],
    ],
  },
  {
    id: 'flac',
    name: 'FLAC in Ogg',
    streams: false,
    marks: [
      [0, 'OggS'],
      [28, '\x7fFLAC'],
    ],
  },
  { id: 'oga', name: 'Ogg Vorbis', streams: true, marks: [[0, 'OggS']] },
  {
    id: 'aiff',
    name: 'AIFF',
    streams: false,
    marks: [
      [0, 'FORM'],
      [8, 'AIFF'],
    ],
  },
  {
    id: 'aiff',
    name: 'AIFF-C',
    streams: false,
    marks: [
      [0, 'FORM'],
      [8, 'AIFC'],
    ],
  },
  {
    id: 'avi',
    name: 'AVI',
    streams: false,
    marks: [
      [0, 'RIFF'],
      [8, 'AVI '],
    ],
  },
  { id: 'm4a', name: 'MP4', streams: false, marks: [[4, 'ftyp']] },
  { id: 'caf', name: 'CAF', streams: false, marks: [[0, 'caff']] },
  { id: 'webm', name: 'WebM', streams: false, marks: [[0, '\x1a\x45\xdf\xa3']] },
  { id: 'wma', name: 'WMA', streams: false, marks: [[0, ASF_GUID]] },
  { id: 'amr', name: 'AMR', streams: false, marks: [[0, '#!AMR']] },
  { id: 'wv', name: 'WavPack', streams: false, marks: [[0, 'wvpk']] },
  { id: 'tta', name: 'True Audio', streams: false, marks: [[0, 'TTA1']] },
  { id: 'mpc', name: 'Musepack', streams: false, marks: [[0, 'MPCK']] },
  { id: 'mpc', name: 'Musepack', streams: false, marks: [[0, 'MP+']] },
  { id: 'ape', name: "Monkey's Audio", streams: false, marks: [[0, 'MAC ']] },
  { id: 'dsf', name: 'DSF', streams: false, marks: [[0, 'DSD ']] },
  {
    id: 'dff',
    name: 'DSDIFF',
    streams: false,
    marks: [
      [0, 'FRM8'],
      [12, 'DSD '],
    ],
  },
  { id: 'dts', name: 'DTS', streams: false, marks: [[0, '\x7f\xfe\x80\x01']] },
  { id: 'it', name: 'Impulse Tracker', streams: false, marks: [[0, 'IMPM']] },
  { id: 'xm', name: 'FastTracker', streams: false, marks: [[0, 'Extended Module: ']] },
  { id: 's3m', name: 'Scream Tracker', streams: false, marks: [[44, 'SCRM']] },
  { id: 'mod', name: 'ProTracker', streams: false, marks: [[1080, 'M.K.']] },
];

export function hasText(head: Uint8Array, offset: number, text: string): boolean {
  if (head.length < offset + text.length) return false;
  for (let i = 0; i < text.length; i++) if (head[offset + i] !== text.charCodeAt(i)) return false;
  return true;
}

/** Whether these bytes are what our own WAV reader is for. */
export function isWav(head: Uint8Array): boolean {
  if (hasText(head, 0, 'RF64') || hasText(head, 0, 'BW64') || hasText(head, 0, 'RIFX')) return true;
  return hasText(head, 0, 'RIFF') && !hasText(head, 8, 'AVI ');
}

/** Length in bytes of the ID3v2 tag that the data start with, and that any kind of music file may have; 0 for none. */
export function id3Length(head: Uint8Array): number {
  if (!hasText(head, 0, 'ID3') || head.length < ID3_HEADER_BYTES) return 0;
  // The size is written in 7 bits a byte, so that it cannot look like the start of an MPEG frame.
  for (let i = 6; i < 10; i++) if (head[i] > 0x7f) return 0;
  const size = (head[6] << 21) | (head[7] << 14) | (head[8] << 7) | head[9];
  const footer = (head[5] & 0x10) !== 0 ? ID3_HEADER_BYTES : 0;
  return ID3_HEADER_BYTES + size + footer;
}

/** Channels of an MPEG audio frame whose header these bytes start with (ISO 11172-3, 2.4.2.3), 0 where they do not. */
export function mpegChannels(head: Uint8Array): number {
  if (head.length < 4 || head[0] !== 0xff || (head[1] & 0xe0) !== 0xe0) return 0;
  const version = (head[1] >> 3) & 3;
  const layer = (head[1] >> 1) & 3;
  const bitRate = head[2] >> 4;
  const sampleRate = (head[2] >> 2) & 3;
  if (version === 1 || layer === 0 || bitRate === 0 || bitRate === 15 || sampleRate === 3) return 0;
  return head[3] >> 6 === 3 ? 1 : 2;
}

/** The kind of recording these first bytes belong to, if any. */
export function sniff(head: Uint8Array): SniffedKind | undefined {
  for (const kind of KINDS) if (kind.marks.every(([offset, text]) => hasText(head, offset, text))) return kind;
  if (mpegChannels(head) > 0) return { id: 'mp3', name: 'MP3', streams: true };
  // ADTS: twelve bits of sync, then a layer of 0, which no MPEG audio layer has.
  if (head.length >= 7 && head[0] === 0xff && (head[1] & 0xf6) === 0xf0) {
    return { id: 'aac', name: 'AAC', streams: false };
  }
  if (head.length >= 6 && head[0] === 0x0b && head[1] === 0x77) {
    return head[5] >> 3 <= 10
      ? { id: 'ac3', name: 'AC-3', streams: false }
      : { id: 'eac3', name: 'E-AC-3', streams: false };
  }
  return undefined;
}

/** What unknown bytes are, in a few words for an error: text and its beginning, or the first bytes in hexadecimal. */
export function describeUnknown(head: Uint8Array): string {
  if (head.length === 0) return 'it is empty';
  const start = head.subarray(0, 512);
  const isText = start.every((byte) => byte >= 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d);
  const ascii = start.filter((byte) => byte < 0x7f).length;
  if (isText && ascii * 2 > start.length) {
    const words = String.fromCharCode(
      ...start.subarray(0, 24).map((byte) => (byte < 0x20 || byte > 0x7e ? 0x20 : byte)),
    );
    return `it holds text ('${words.trimEnd()}${head.length > 24 ? '…' : ''}')`;
  }
  const bytes = Array.from(head.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0'));
  return `it starts with the bytes ${bytes.join(' ')}`;
}
