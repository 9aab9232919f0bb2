/** What `paley transcode` may be told of the codec wave. */
import { statSync } from 'node:fs';
import type { SampleFormat } from '../files/index.js';
import type { EncodeStep } from '../pipeline/index.js';
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
export const WAVE_OPTIONS = { lossless: true, 'max-error': 'E', step: 'S' } as const;

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
  if (bits !== undefined && bits > 24) throw new UsageError(`--bits expected a number from 1 to 24, got '${bits}'`);
  const maxError = args.integer('max-error', 0, 2 ** 22);
  const step = args.number('step', 0.35, 2 ** 24);
  const isExact = lossless || maxError !== undefined;
  const isRate = !isExact && step === undefined;
  const [from, to] = args.positionals;
  const isFile = to !== '-' && from !== '-' && statSync(from, { throwIfNoEntry: false })?.isFile() !== false;
  const usual = DEFAULT_PACKET[isFile ? 'file' : 'pipe'][isExact ? 'exact' : 'searched'];
  const packet = args.integer('packet', 64, 4096) ?? usual;
  if (!PACKETS.includes(packet)) {
    throw new UsageError(`--packet expected 64, 128, 256 … 4096 with --codec wave, got '${packet}'`);
  }
  if (!isFile && isRate && packet > MOST_PIPED) {
    throw new UsageError(`--packet expected 64, 128 or 256 where a pipe's rate is held, got '${packet}'`);
  }
  return {
    codec: 'wave',
    framesPerPacket: packet,
    keyInterval: KEY_FRAMES / packet,
    effort: args.integer('effort', 1, 4) ?? DEFAULT_EFFORT,
    ...(lossless && { lossless }),
    ...(maxError !== undefined && { maxError }),
    ...(step !== undefined && { step }),
    ...(isRate && { bitsPerSample: bits ?? DEFAULT_BITS, rate: 'average' as const }),
  };
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
