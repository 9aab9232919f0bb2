/** What a .paley stream says about itself, and what reading one gives. */
import type { Json } from '../stage/format.js';
import type { Rational } from '../stage/rational.js';

/** What one channel holds: both parts are optional, and neither is interpreted. */
export interface ChannelDescription {
  /** `left`, `x`, `coolant inlet`: at most 255 bytes of UTF-8 without control characters. */
  readonly name?: string;
  /** `m/s²`, `°C`: at most 63 bytes of UTF-8 without control characters. */
  readonly unit?: string;
}

/** What a stream says about itself. */
export interface StreamHeader {
  /** Frames a second, exact: 44100, 1/10 and 1000/3 are all at home. */
  readonly sampleRate: Rational;
  /** 1 to 64 channels, in the order the codec gives them. */
  readonly channels: readonly ChannelDescription[];
  /** The codec's name: 1 to 64 printable ASCII characters without spaces. */
  readonly codec: string;
  /** What the codec's decoder has to know: at most 64 KiB of JSON, nested at most 64 deep. */
  readonly parameters: Json;
  /** Frames that each packet codes, 1 to 2^24; the last packet may code more than the stream has left. */
  readonly framesPerPacket: number;
  /** The exact length in frames; undefined while it is not known. */
  readonly totalFrames?: number;
  /** The instant of frame 0 in nanoseconds since 1970-01-01T00:00Z, leap seconds not counted (as POSIX time does). */
  readonly startTimeNanoseconds?: bigint;
}

/** A stream header, come by for the first time or again. */
export interface HeaderEvent {
  readonly type: 'header';
  /**
   * `first` of all; `repeated`, with nothing new; `completed`, the same with the length now known; `next`, of another
   * stream that was appended to the one before.
   */
  readonly role: 'first' | 'repeated' | 'completed' | 'next';
  readonly header: StreamHeader;
  readonly sequence: number;
  readonly byteOffset: number;
  readonly byteLength: number;
}

/** One packet of a page. */
export interface PacketRecord {
  /** A view of the page's own copy of the data: the caller's to keep. */
  readonly bytes: Uint8Array;
  /** The frame the packet starts at; undefined while no header has told how many frames a packet has. */
  readonly firstFrame: number | undefined;
}

/** A page of packets whose checksum is right. */
export interface PacketsEvent {
  readonly type: 'packets';
  /** Counts all pages of a stream, from 0. */
  readonly sequence: number;
  readonly firstFrame: number;
  readonly packets: readonly PacketRecord[];
  readonly byteOffset: number;
  readonly byteLength: number;
}

/** Texts by name: `title`, `artist`, `sensor`. Nothing in them is interpreted. */
export type Metadata = Readonly<Record<string, string>>;

/** What a stream says about itself in words; may come more than once. */
export interface MetadataEvent {
  readonly type: 'metadata';
  readonly metadata: Metadata;
  readonly sequence: number;
  readonly byteOffset: number;
  readonly byteLength: number;
}

/** A frame that decoding can start at. */
export interface SeekPoint {
  readonly frame: number;
  /** Where the page with the frame's packet starts, from the stream's first byte. */
  readonly byteOffset: number;
}

/** A stream, summed up by who wrote it. */
export interface StreamTotals {
  /** The exact length. */
  readonly frames: number;
  readonly packets: number;
  readonly packetBytes: number;
  /** The CRC-32C of all packets, one behind the other. */
  readonly checksum: number;
}

/** The stream's index, right before its end. */
export interface IndexEvent extends StreamTotals {
  readonly type: 'index';
  readonly points: readonly SeekPoint[];
  readonly sequence: number;
  readonly byteOffset: number;
  readonly byteLength: number;
}

/** A page of a kind this reader does not know, marked as one that may be passed over. */
export interface SkippedEvent {
  readonly type: 'skipped';
  readonly kind: number;
  readonly sequence: number;
  readonly byteOffset: number;
  readonly byteLength: number;
}

/** Bytes that could not be read, pages that are missing, or both. */
export interface DamageEvent {
  readonly type: 'damage';
  readonly byteOffset: number;
  /** Bytes passed over; 0 where pages are missing without a trace. */
  readonly byteLength: number;
  /** One short sentence, for people. */
  readonly reason: string;
  /** Pages known to be missing; undefined at a stream's end that was cut off. */
  readonly pagesLost: number | undefined;
  /** Frames lost, from `firstFrame` on; undefined where it cannot be known. */
  readonly framesLost: number | undefined;
  /** The first frame that was lost; undefined where it cannot be known. */
  readonly firstFrame: number | undefined;
}

/** A stream is over. */
export interface EndEvent {
  readonly type: 'end';
  /** Every frame of the stream's length came, and that length is known to be the whole. */
  readonly complete: boolean;
  /** The exact length where it is known, else the length up to the last packet that came; undefined without a header. */
  readonly frames: number | undefined;
  /** All frames lost on the way; undefined where it cannot be known. */
  readonly framesLost: number | undefined;
  readonly byteOffset: number;
}

export type ContainerEvent =
  | HeaderEvent
  | PacketsEvent
  | MetadataEvent
  | IndexEvent
  | SkippedEvent
  | DamageEvent
  | EndEvent;
