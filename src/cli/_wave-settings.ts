/** What `paley transcode` may be told of the codec wave. */
import { statSync } from 'node:fs';
import type { SampleFormat } from '../files/index.js';
import type { EncodeStep } from '../pipeline/index.js';
import type { FramesFormat } from '../stage/format.js';
import { toNumber } from '../stage/rational.js';
import { NOISE_SHAPINGS } from '../wave/_noise-shaping.js';
import { LEAST_BITS, LEAST_FILE_BITS, MOST_BITS } from '../wave/_rate-choice.js';
import { type Arguments, UsageError } from './_command.js';

/** A key every so many frames, and a thorough search. */
const KEY_FRAMES = 32768;
const DEFAULT_EFFORT = 3;
/** A file's packets are many spans, long ones where nothing is searched; a pipe's are one, so that they come at once. */
const PACKETS = [64, 128, 256, 512, 1024, 2048, 4096];
const MOST_PIPED = 256;
const DEFAULT_PACKET = { file: { exact: 4096, searched: 2048 }, pipe: { exact: 256, searched: 128 } };
const DEFAULT_BITS = 3.2;

/** Options that only wave has. */
export const WAVE_OPTIONS = {
  lossless: true,
  'max-error': 'E',
  step: 'S',
  'look-ahead': 'SECONDS',
  'noise-shaping': 'NAME',
} as const;

/** How far to look ahead in what comes once, where nobody says it and nobody waits. */
const LOOK_AHEAD_SECONDS = 2;
/** Bits that the container takes for each packet where there are hundreds, and for itself. */
const BITS_PER_PACKET = 9;
const FIXED_BITS = 8 * 350;

type Given = (name: string) => boolean;

/** Whether wave is meant: named, or asked for what no other codec can do. */
export function meansWave(codec: string | undefined, bits: number | undefined, given: Given): boolean {
  if (codec !== undefined) return codec === 'wave';
  return (
    Object.keys(WAVE_OPTIONS).some(given) || (bits !== undefined && !(Number.isInteger(bits) && bits >= 2 && bits <= 8))
  );
}

/** The encode step; throws UsageError for options that do not fit each other. */
export function readWave(args: Arguments, bits: number | undefined, given: Given): Omit<EncodeStep, 'type'> {
  const constants = ['bits', 'lossless', 'max-error', 'step'].filter(given);
  if (constants.length > 1) throw new UsageError(`--${constants[0]} and --${constants[1]} exclude each other`);
  const lossless = given('lossless');
  if (lossless && given('rate')) throw new UsageError('--lossless and --rate exclude each other');
  const noiseShaping = args.oneOf('noise-shaping', NOISE_SHAPINGS);
  const exact = ['lossless', 'max-error'].find(given);
  if (exact !== undefined && noiseShaping !== undefined && noiseShaping !== 'none') {
    throw new UsageError(`--${exact} holds every sample: --noise-shaping ${noiseShaping} is not for it`);
  }
  if (bits !== undefined && bits > MOST_BITS)
    throw new UsageError(`--bits expected a number from 1 to 24, got '${bits}'`);
  const maxError = args.integer('max-error', 0, 2 ** 22);
  const step = args.number('step', 0.35, 2 ** 24);
  const isExact = lossless || maxError !== undefined;
  const isRate = !isExact && step === undefined;
  const lookAheadSeconds = args.number('look-ahead', 0, 60);
  if (lookAheadSeconds !== undefined && !isRate)
    throw new UsageError(`--look-ahead and --${constants[0]} exclude each other`);
  const [from, to] = args.positionals;
  const isFile = from !== '-' && statSync(from, { throwIfNoEntry: false })?.isFile() !== false;
  const isPlanned = isFile && lookAheadSeconds === undefined;
  // Who asks for a latency does not want to wait for a long packet.
  const isPatient = isPlanned && to !== '-' && !given('budget');
  const usual = DEFAULT_PACKET[isPatient ? 'file' : 'pipe'][isExact ? 'exact' : 'searched'];
  const packet = args.integer('packet', 64, 4096) ?? usual;
  if (!PACKETS.includes(packet)) {
    throw new UsageError(`--packet expected 64, 128, 256 … 4096 with --codec wave, got '${packet}'`);
  }
  if (!isPlanned && isRate && packet > MOST_PIPED) {
    throw new UsageError(`--packet expected 64, 128 or 256 where the rate is held in one pass, got '${packet}'`);
  }
  return {
    codec: 'wave',
    framesPerPacket: packet,
    keyInterval: KEY_FRAMES / packet,
    effort: args.integer('effort', 1, 4) ?? DEFAULT_EFFORT,
    ...(noiseShaping !== undefined && { noiseShaping }),
    ...(lossless && { lossless }),
    ...(maxError !== undefined && { maxError }),
    ...(step !== undefined && { step }),
    ...(isRate && { bitsPerSample: bits ?? DEFAULT_BITS, rate: 'average' as const }),
    ...(lookAheadSeconds !== undefined && { lookAheadSeconds }),
  };
}

/**
 * The step for a recording that is coded in one pass: with a look-ahead, unless `isLive`; without one the rate is held from
 * packet to packet, as a link needs it.
 */
export function inOnePass(encode: Omit<EncodeStep, 'type'>, isLive: boolean): Omit<EncodeStep, 'type'> {
  const { lookAheadSeconds = isLive ? 0 : LOOK_AHEAD_SECONDS, ...rest } = encode;
  return lookAheadSeconds === 0 ? { ...rest, rate: 'bounded' } : { ...rest, lookAheadSeconds };
}

/**
 * The step with the bits that a container leaves its packets, where a mean is held for the whole. Where `frames` are not
 * known, the container's headers come on top.
 */
export function insideContainer(
  encode: Omit<EncodeStep, 'type'>,
  channels: number,
  frames = Infinity,
): Omit<EncodeStep, 'type'> {
  const { lookAheadSeconds = 0, rate, bitsPerSample: asked, framesPerPacket = DEFAULT_PACKET.pipe.searched } = encode;
  const isBounded = rate === 'bounded';
  if (encode.codec !== 'wave' || asked === undefined || !(isBounded || lookAheadSeconds > 0)) return encode;
  // Packets of a bounded rate run ahead by one.
  const fixed = FIXED_BITS + (isBounded ? asked * framesPerPacket * channels : 0);
  const overhead = Math.min(asked / 10, fixed / (frames * channels)) + BITS_PER_PACKET / (framesPerPacket * channels);
  return { ...encode, bitsPerSample: Math.max(isBounded ? LEAST_BITS : LEAST_FILE_BITS, asked - overhead) };
}

/** Bits that a planned encoder can be asked for, nearest to so many. */
export function holdPlannedBits(bits: number): number {
  return Math.max(LEAST_FILE_BITS, Math.min(MOST_BITS, bits));
}

/** The step of the same packets without loss: it has no error whose spectrum could be shaped. */
export function withoutLoss(encode: Omit<EncodeStep, 'type'>): Omit<EncodeStep, 'type'> {
  const { bitsPerSample, rate, plan, noiseShaping, ...rest } = encode;
  return { ...rest, lossless: true };
}

/** Bytes that wait in a look-ahead. */
export function lookAheadBytes(encode: Omit<EncodeStep, 'type'>, { channels, sampleRate }: FramesFormat): number {
  return 4 * channels * Math.ceil((encode.lookAheadSeconds ?? 0) * toNumber(sampleRate) + 512);
}

/** Bits of the integers that samples of a format are; float32 holds 24. */
export function sampleBitsOf(format: SampleFormat): number {
  return format === 'u8' ? 8 : format === 'i16' ? 16 : 24;
}

/** The sample format for what wave decodes to. */
export function sampleFormatOf(sampleBits: unknown): SampleFormat {
  return sampleBits === 8 ? 'u8' : Number(sampleBits) <= 16 ? 'i16' : 'i24';
}

/** Throws at the first sample that is no integer of so many bits, which lossless coding could not give back. */
export function checkIntegers(planes: readonly ArrayLike<number>[], sampleBits: number, firstFrame: number): void {
  const scale = 2 ** (sampleBits - 1);
  for (const plane of planes) {
    for (let frame = 0; frame < plane.length; frame++) {
      const value = plane[frame] * scale;
      if (Number.isInteger(value) && value >= -scale && value < scale) continue;
      throw new Error(
        `--lossless: the sample at frame ${firstFrame + frame} is no integer of ${sampleBits} bits: ${plane[frame]}`,
      );
    }
  }
}
