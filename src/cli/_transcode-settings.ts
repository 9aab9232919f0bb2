/** What `paley transcode` was asked to do: its options, checked, with their defaults. */
import { SAMPLE_FORMATS, type SampleFormat } from '../files/index.js';
import type { EncodeStep } from '../pipeline/index.js';
import { encodableFormatIds, findBlockFormat } from '../quantize/formats.js';
import { PHASES, type PhaseName, QUALITIES, type QualityName } from '../resample/index.js';
import { lcm, type Rational, toRate } from '../stage/rational.js';
import { type Arguments, UsageError } from './_command.js';
import { CONTAINERS, type Container, containerOf, inputContainer } from './_input.js';

/** Web Audio's render quantum: packets as long as that suit files and live streams alike. */
const DEFAULT_FRAMES_PER_PACKET = 128;
const DEFAULT_CODEC = 'int8';
/** A file's samples go through the chain in float32. */
const FLOAT32_QUALITIES = QUALITIES.filter((name) => name !== 'reference');

export const OPTIONS = {
  rate: 'HZ',
  quality: 'NAME',
  phase: 'NAME',
  channels: 'N',
  codec: 'NAME',
  bits: 'B',
  packet: 'FRAMES',
  rotation: 'NAME',
  start: 'S',
  end: 'S',
  'sample-format': 'NAME',
  'from-format': 'NAME',
  'to-format': 'NAME',
  budget: 'TIME',
  strict: true,
  json: true,
  force: true,
} as const;

export interface Settings {
  readonly from: string;
  readonly to: string;
  readonly fromContainer: Container | undefined;
  readonly toContainer: Container;
  readonly rate: Rational | undefined;
  readonly quality: QualityName | undefined;
  readonly phase: PhaseName | undefined;
  readonly channels: number | undefined;
  readonly encode: Omit<EncodeStep, 'type'> | undefined;
  readonly sampleFormat: SampleFormat | undefined;
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly budgetSeconds: number | undefined;
  readonly strict: boolean;
  readonly json: boolean;
  readonly force: boolean;
}

/** `10ms`, `0.01s`. */
function readTime(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const match = /^(\d+(?:\.\d+)?)(ms|s)$/.exec(text);
  if (!match) throw new UsageError(`--${name} expected a time such as 10ms or 0.5s, got '${text}'`);
  return Number(match[1]) / (match[2] === 'ms' ? 1000 : 1);
}

/** `44100`, `0.1`, `1000/3`. */
function readRate(args: Arguments): Rational | undefined {
  const text = args.text('rate');
  if (text === undefined) return undefined;
  const match = /^(\d+(?:\.\d+)?)(?:\/(\d+))?$/.exec(text);
  try {
    if (match) {
      const [, top, bottom] = match;
      return toRate('--rate', bottom ? { numerator: Number(top), denominator: Number(bottom) } : Number(top));
    }
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  throw new UsageError(`--rate expected hertz such as 48000, 0.1 or 1000/3, got '${text}'`);
}

/** The codec to encode with: what --codec names, or the integer format that --bits asks for. */
function readCodec(args: Arguments): Omit<EncodeStep, 'type'> {
  const formats = encodableFormatIds;
  const bits = args.number('bits', 1, 32);
  const codec = args.oneOf('codec', formats) ?? (bits === undefined ? DEFAULT_CODEC : `int${bits}`);
  if (!(formats as readonly string[]).includes(codec)) {
    throw new UsageError(`--bits ${bits} has no format of its own; those there are: ${formats.join(', ')}`);
  }
  if (bits !== undefined && codec !== `int${bits}`)
    throw new UsageError(`--codec ${codec} does not have --bits ${bits}`);
  const rotation = args.oneOf('rotation', ['none', 'block'] as const);
  const { default: blockSize } = findBlockFormat('--codec', codec).blockSizes;
  // Where a block is longer than the usual packet, a packet is a block.
  const framesPerPacket = args.integer('packet', 1, 2 ** 20) ?? lcm(DEFAULT_FRAMES_PER_PACKET, blockSize);
  return { codec, rotation, framesPerPacket };
}

/** Reads the settings; throws UsageError for options that do not exist, do not fit each other or are out of range. */
export function readSettings(args: Arguments): Settings {
  const [from, to] = args.positionals;
  const fromContainer = inputContainer(from, args.oneOf('from-format', CONTAINERS));
  const toContainer = args.oneOf('to-format', CONTAINERS) ?? containerOf(to);
  if (toContainer === undefined) {
    const what = to === '-' ? 'writing to -' : `the name ${to}`;
    throw new UsageError(`${what} does not say what to write: end it in .wav or .paley, or give --to-format`);
  }
  const coding = ['codec', 'bits', 'packet', 'rotation'].filter((name) => args.text(name) !== undefined);
  if (toContainer === 'wav' && coding.length > 0) {
    throw new UsageError(`--${coding[0]} is for a .paley output, and ${to === '-' ? 'this' : to} is WAV`);
  }
  if (toContainer === 'paley' && args.text('sample-format') !== undefined) {
    throw new UsageError('--sample-format is for a WAV output');
  }
  const json = args.has('json');
  if (json && to === '-') throw new UsageError('--json and the output - both want standard output');
  const startSeconds = args.number('start', 0, 1e9) ?? 0;
  const endSeconds = args.number('end', 0, 1e9) ?? Infinity;
  if (endSeconds <= startSeconds) throw new UsageError(`--end ${endSeconds} is not after --start ${startSeconds}`);
  return {
    from,
    to,
    fromContainer,
    toContainer,
    rate: readRate(args),
    quality: args.oneOf('quality', FLOAT32_QUALITIES),
    phase: args.oneOf('phase', PHASES),
    channels: args.integer('channels', 1, 64),
    encode: toContainer === 'paley' ? readCodec(args) : undefined,
    sampleFormat: args.oneOf('sample-format', SAMPLE_FORMATS),
    startSeconds,
    endSeconds,
    budgetSeconds: readTime('budget', args.text('budget')),
    strict: args.has('strict'),
    json,
    force: args.has('force'),
  };
}
