/** `paley info FILE`: what is in a file. */
import { formatFromHeader, type Metadata, type StreamHeader } from '../container/index.js';
import { type ByteSource, openAudio } from '../files/index.js';
import { format as formatRational, toNumber } from '../stage/rational.js';
import { parametersOf as waveParameters } from '../wave/config.js';
import { printJson, printRows, readArguments, type Verb } from './_command.js';
import { CONTAINERS, inputContainer, withSource } from './_input.js';
import { scanPaley } from './_scan.js';
import { bytes, duration, plural } from './_units.js';

/** The codec's parameters, those that the header leaves out included. */
function parametersOf(header: StreamHeader): unknown {
  if (header.codec !== 'wave') return header.parameters;
  try {
    return waveParameters('header', formatFromHeader(header));
  } catch {
    return header.parameters;
  }
}

async function describePaley(path: string, source: ByteSource): Promise<Record<string, unknown>> {
  const scan = await scanPaley(source);
  const { header, frames } = scan;
  const rate = toNumber(header.sampleRate);
  const samples = (frames ?? 0) * header.channels.length;
  return {
    file: path,
    container: 'paley',
    codec: header.codec,
    parameters: parametersOf(header),
    sampleRate: formatRational(header.sampleRate),
    channels: header.channels,
    framesPerPacket: header.framesPerPacket,
    startTimeNanoseconds: header.startTimeNanoseconds,
    streams: scan.streams,
    frames,
    durationSeconds: frames === undefined ? undefined : frames / rate,
    bytes: scan.bytes,
    pages: scan.pages,
    packets: scan.packets,
    seekPoints: scan.seekPoints,
    metadata: scan.metadata,
    bitsPerSample: samples > 0 ? (8 * scan.bytes) / samples : undefined,
    overhead: scan.bytes > 0 ? 1 - scan.packetBytes / scan.bytes : undefined,
    complete: scan.complete,
    damage: scan.damage.map(({ byteOffset, reason }) => ({ byteOffset, message: reason })),
  };
}

async function describeRecording(path: string, source: ByteSource): Promise<Record<string, unknown>> {
  const { format } = await openAudio(source, { name: path });
  const durationSeconds = format.frames === undefined ? undefined : format.frames / format.sampleRate;
  return { file: path, ...format, durationSeconds, bytes: source.size };
}

/** Values as people read them; what a file does not say has no row. */
function rowsOf(description: Record<string, unknown>): [string, string][] {
  const show: Record<string, (value: never) => string> = {
    sampleRate: (rate: string | number) => `${rate} Hz`,
    durationSeconds: (seconds: number) => duration(seconds),
    bytes: (count: number) => bytes(count),
    bitsPerSample: (bits: number) => bits.toFixed(bits % 1 === 0 ? 0 : 3),
    overhead: (share: number) => `${(100 * share).toFixed(2)} %`,
    damage: (list: unknown[]) => plural(list.length, 'place'),
    channels: (channels: number | readonly { name?: string; unit?: string }[]) =>
      typeof channels === 'number' ? String(channels) : describeChannels(channels),
  };
  return Object.entries(description)
    .filter(([, value]) => value !== undefined)
    .flatMap(([key, value]): [string, string][] => {
      if (key === 'metadata') return metadataRows(value as Metadata);
      const text = show[key]?.(value as never) ?? (typeof value === 'object' ? JSON.stringify(value) : String(value));
      return [
        [key.replace(/Seconds$|Nanoseconds$/, '').replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`), text],
      ];
    });
}

/** A row a key, with several lines brought into one. */
function metadataRows(metadata: Metadata): [string, string][] {
  return Object.entries(metadata).map(([key, value], at) => [
    at === 0 ? 'metadata' : '',
    `${key}=${value.replace(/\s+/g, ' ')}`,
  ]);
}

function describeChannels(channels: readonly { name?: string; unit?: string }[]): string {
  const named = channels.filter(({ name, unit }) => name ?? unit);
  const list = named.map(({ name = '?', unit }) => (unit ? `${name} in ${unit}` : name)).join(', ');
  return list ? `${channels.length}: ${list}` : String(channels.length);
}

async function info(args: readonly string[]): Promise<number> {
  const parsed = readArguments(args, { json: true, 'from-format': 'NAME' }, ['FILE']);
  const [path] = parsed.positionals;
  const container = inputContainer(path, parsed.oneOf('from-format', CONTAINERS));
  const describe = container === 'paley' ? describePaley : describeRecording;
  const description = await withSource(path, async (source) => {
    const result = await describe(path, source);
    await source.close?.();
    return result;
  });
  if (parsed.has('json')) printJson(description);
  else printRows(rowsOf(description));
  return 0;
}

export const infoVerb: Verb = {
  help: `  --from-format F      wav, paley or qoa, where the name does not say
  --json               print one JSON object`,
  run: info,
};
