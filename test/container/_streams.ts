/** What the container's tests share: streams to break, and ways to read them. */
import fc from 'fast-check';
import {
  type ContainerEvent,
  type DamageEvent,
  type HeaderEvent,
  type PacketsEvent,
  PaleyReader,
  type PaleyReaderOptions,
  PaleyWriter,
  type PaleyWriterOptions,
  type StreamHeader,
} from '../../src/container/index.js';

export const HEADER: StreamHeader = {
  sampleRate: { numerator: 1000, denominator: 3 },
  channels: [{ name: 'x', unit: 'm/s²' }, {}],
  codec: 'int4',
  parameters: { blockSize: 32 },
  framesPerPacket: 10,
};

export function join(parts: readonly (Uint8Array | undefined)[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts.map((part) => part ?? new Uint8Array())));
}

/** Packet i has `length(i)` bytes that tell which packet it is. */
export function makePackets(count: number, length: (index: number) => number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => Uint8Array.from({ length: length(i) }, (_, at) => 7 * i + 31 * at));
}

export function write(
  packets: readonly Uint8Array[],
  options: PaleyWriterOptions = {},
  header: StreamHeader = HEADER,
  frames?: number,
): Uint8Array {
  const writer = new PaleyWriter(header, options);
  return join([...packets.map((packet) => writer.write(packet)), writer.finish(frames)]);
}

export function read(bytes: Uint8Array, options?: PaleyReaderOptions, piece = bytes.length): ContainerEvent[] {
  const reader = new PaleyReader(options);
  const events: ContainerEvent[] = [];
  for (let at = 0; at < bytes.length; at += piece) events.push(...reader.push(bytes.subarray(at, at + piece)));
  events.push(...reader.end());
  return events;
}

export function ofType<T extends ContainerEvent['type']>(
  events: readonly ContainerEvent[],
  type: T,
): Extract<ContainerEvent, { type: T }>[] {
  return events.filter((event): event is Extract<ContainerEvent, { type: T }> => event.type === type);
}

export function packetsOf(events: readonly ContainerEvent[]): Uint8Array[] {
  return ofType(events, 'packets').flatMap((event: PacketsEvent) => event.packets.map(({ bytes }) => bytes));
}

export function damageOf(events: readonly ContainerEvent[]): DamageEvent[] {
  return ofType(events, 'damage');
}

export function rolesOf(events: readonly ContainerEvent[]): string[] {
  return ofType(events, 'header').map((event: HeaderEvent) => event.role);
}

/** The error that a call throws, for its fields. */
export function errorOf(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

const label = (maxLength: number) =>
  fc
    .string({ unit: 'grapheme', maxLength })
    .filter((text) => text !== '' && !/\p{Cc}/u.test(text) && Buffer.byteLength(text) <= 63);

export const anyHeader: fc.Arbitrary<StreamHeader> = fc.record(
  {
    sampleRate: fc.oneof(
      fc.constantFrom(
        { numerator: 44100, denominator: 1 },
        { numerator: 1, denominator: 10 },
        { numerator: 1000, denominator: 3 },
        { numerator: 1, denominator: Number.MAX_SAFE_INTEGER },
        { numerator: Number.MAX_SAFE_INTEGER, denominator: 1 },
      ),
    ),
    channels: fc.array(fc.record({ name: label(30), unit: label(10) }, { requiredKeys: [] }), {
      minLength: 1,
      maxLength: 64,
    }),
    codec: fc.stringMatching(/^[!-~]{1,64}$/),
    parameters: fc.jsonValue({ maxDepth: 5, noUnicodeString: false }).map((value) => JSON.parse(JSON.stringify(value))),
    framesPerPacket: fc.integer({ min: 1, max: 2 ** 24 }),
    startTimeNanoseconds: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
  },
  { requiredKeys: ['sampleRate', 'channels', 'codec', 'parameters', 'framesPerPacket'], noNullPrototype: true },
);

export const anyPackets = fc.array(
  fc.oneof(
    fc.uint8Array({ maxLength: 12 }),
    fc.constant(new Uint8Array()),
    fc.constant(new Uint8Array(50).fill(0xf5)),
    fc.uint8Array({ minLength: 200, maxLength: 300 }),
  ),
  { maxLength: 60 },
);

export const anyOptions: fc.Arbitrary<PaleyWriterOptions> = fc.record(
  {
    live: fc.boolean(),
    headerInterval: fc.integer({ min: 1, max: 5 }),
    pageBytes: fc.integer({ min: 1, max: 2000 }),
    streamId: fc.nat(65535),
  },
  { requiredKeys: [], noNullPrototype: true },
);
