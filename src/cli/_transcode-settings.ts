/** What `paley transcode` was asked to do: its options, checked, with their defaults. */
import type { Metadata } from '../container/index.js';
import { DITHERS, type Dither, SAMPLE_FORMATS, type SampleFormat } from '../files/index.js';
import type { EncodeStep } from '../pipeline/index.js';
import { checkBlockOptions } from '../quantize/_block-options.js';
import type { Rounding, ScaleFormat, ScaleRule } from '../quantize/format.js';
import { encodableFormatIds } from '../quantize/formats.js';
import { PHASES, type PhaseName, QUALITIES, type QualityName } from '../resample/index.js';
import { lcm, type Rational, toRate } from '../stage/rational.js';
import { type Arguments, UsageError } from './_command.js';
import { CONTAINERS, type Container, containerOf, inputContainer } from './_input.js';
import { readMetadataOptions } from './_metadata.js';
import { meansWave, readWave, WAVE_OPTIONS } from './_wave-settings.js';

/** Web Audio's render quantum: packets as long as that suit files and live streams alike. */
const DEFAULT_FRAMES_PER_PACKET = 128;
const DEFAULT_CODEC = 'int8';
const TENSOR_SCALES = ['fixed', 'frame', 'delayed'] as const;

/** Options of block formats. */
const BLOCK_CHOICES = {
  rotation: 'NAME',
  'scale-rule': 'NAME',
  'scale-format': 'NAME',
  'tensor-scale': 'T',
  rounding: 'NAME',
  'shaping-order': 'K',
} as const;

export const OPTIONS = {
  rate: 'HZ',
  quality: 'NAME',
  phase: 'NAME',
  channels: 'N',
  codec: 'NAME',
  bits: 'B',
  ...WAVE_OPTIONS,
  effort: 'N',
  packet: 'FRAMES',
  ...BLOCK_CHOICES,
  start: 'S',
  end: 'S',
  metadata: ['KEY=VALUE'],
  'sample-format': 'NAME',
  dither: 'NAME',
  'from-format': 'NAME',
  'to-format': 'NAME',
  budget: 'TIME',
  strict: true,
  json: true,
  force: true,
} as const;

/** Those of them that are about packets. */
const CODING_OPTIONS = ['codec', 'bits', ...Object.keys(WAVE_OPTIONS), 'packet', ...Object.keys(BLOCK_CHOICES)];

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
  /** How long encoders search, where that is a choice. */
  readonly effort: 1 | 2 | 3 | 4 | undefined;
  readonly sampleFormat: SampleFormat | undefined;
  readonly dither: Dither | undefined;
  /** Of a .paley output: texts by name; empty ones are to be left out. */
  readonly metadata: Metadata;
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

function readTensorScale(text: string | undefined): EncodeStep['tensorScale'] {
  if (text === undefined) return undefined;
  const named = TENSOR_SCALES.find((name) => name === text);
  if (named !== undefined) return named;
  const value = Number(text);
  if (value > 0) return value;
  throw new UsageError(`--tensor-scale expected ${TENSOR_SCALES.join(', ')} or a number above 0, got '${text}'`);
}

type BlockChoices = Omit<EncodeStep, 'type' | 'codec' | 'framesPerPacket'>;

/** What a block format may be told; whether it has the choice is looked at with the format. */
function readBlockOptions(args: Arguments): BlockChoices {
  return {
    rotation: args.oneOf('rotation', ['none', 'block', 'adaptive']),
    scaleRule: args.text('scale-rule') as ScaleRule | undefined,
    scaleFormat: args.text('scale-format') as ScaleFormat | undefined,
    tensorScale: readTensorScale(args.text('tensor-scale')),
    rounding: args.text('rounding') as Rounding | undefined,
    shapingOrder: args.integer('shaping-order', 1, 2) as 1 | 2 | undefined,
  };
}

/** The block size of a format with these options; throws UsageError where it has not got them. */
function blockSizeOf(codec: string, options: BlockChoices): number {
  try {
    return checkBlockOptions({ ...options, format: codec }).blockSize;
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(`--codec ${codec}: ${error.message}`);
    throw error;
  }
}

/** The codec to encode with: what --codec names, or the integer format that --bits asks for. */
function readCodec(args: Arguments): Omit<EncodeStep, 'type'> {
  const formats = encodableFormatIds;
  const bits = args.number('bits', 1, 32);
  const given = (name: string) => args.text(name) !== undefined || args.has(name);
  const named = args.oneOf('codec', ['wave', ...formats]);
  if (meansWave(named, bits, given)) {
    const stray = Object.keys(BLOCK_CHOICES).find(given);
    if (stray !== undefined) throw new UsageError(`--${stray} is not for the codec wave`);
    return readWave(args, bits, given);
  }
  const stray = ['effort', ...Object.keys(WAVE_OPTIONS)].find(given);
  if (stray !== undefined)
    throw new UsageError(`--${stray} is for the codec wave, not for ${named ?? `int${bits ?? 8}`}`);
  const codec = named ?? (bits === undefined ? DEFAULT_CODEC : `int${bits}`);
  if (!(formats as readonly string[]).includes(codec)) {
    throw new UsageError(`--bits ${bits} has no format of its own; those there are: ${formats.join(', ')}`);
  }
  if (bits !== undefined && codec !== `int${bits}`)
    throw new UsageError(`--codec ${codec} does not have --bits ${bits}`);
  const options = readBlockOptions(args);
  const blockSize = blockSizeOf(codec, options);
  // Where a block is longer than the usual packet, a packet is a block.
  const framesPerPacket = args.integer('packet', 1, 2 ** 20) ?? lcm(DEFAULT_FRAMES_PER_PACKET, blockSize);
  return { codec, ...options, framesPerPacket };
}

/** Reads the settings; throws UsageError for options that do not exist, do not fit each other or are out of range. */
export function readSettings(args: Arguments): Settings {
  const [from, to] = args.positionals;
  const fromContainer = inputContainer(from, args.oneOf('from-format', CONTAINERS));
  const toContainer = args.oneOf('to-format', CONTAINERS) ?? containerOf(to);
  if (toContainer === undefined) {
    const what = to === '-' ? 'writing to -' : `the name ${to}`;
    throw new UsageError(`${what} does not say what to write: end it in .wav, .paley or .qoa, or give --to-format`);
  }
  const coding = CODING_OPTIONS.filter((name) => args.text(name) !== undefined || args.has(name));
  if (args.texts('metadata').length > 0) coding.push('metadata');
  if (toContainer !== 'paley' && coding.length > 0) {
    const what = toContainer === 'wav' ? 'WAV' : 'QOA';
    throw new UsageError(`--${coding[0]} is for a .paley output, and ${to === '-' ? 'this' : to} is ${what}`);
  }
  for (const name of ['sample-format', 'dither']) {
    if (toContainer !== 'wav' && args.text(name) !== undefined) throw new UsageError(`--${name} is for a WAV output`);
  }
  const json = args.has('json');
  if (json && to === '-') throw new UsageError('--json and the output - both want standard output');
  const quality = args.oneOf('quality', QUALITIES);
  if (toContainer === 'wav' && args.text('effort') !== undefined)
    throw new UsageError('--effort is not for a WAV output');
  if (toContainer !== 'wav' && quality === 'reference') {
    throw new UsageError('--quality reference gives float64 samples, which only a WAV output can hold');
  }
  const startSeconds = args.number('start', 0, 1e9) ?? 0;
  const endSeconds = args.number('end', 0, 1e9) ?? Infinity;
  if (endSeconds <= startSeconds) throw new UsageError(`--end ${endSeconds} is not after --start ${startSeconds}`);
  return {
    from,
    to,
    fromContainer,
    toContainer,
    rate: readRate(args),
    quality,
    phase: args.oneOf('phase', PHASES),
    channels: args.integer('channels', 1, 64),
    encode: toContainer === 'paley' ? readCodec(args) : undefined,
    effort: args.integer('effort', 1, 4) as Settings['effort'],
    sampleFormat: args.oneOf('sample-format', SAMPLE_FORMATS),
    dither: args.oneOf('dither', DITHERS),
    metadata: readMetadataOptions(args.texts('metadata')),
    startSeconds,
    endSeconds,
    budgetSeconds: readTime('budget', args.text('budget')),
    strict: args.has('strict'),
    json,
    force: args.has('force'),
  };
}
