/** `paley transcode IN OUT`: one recording into another, resampled, coded or decoded on the way. */
import { statSync } from 'node:fs';
import type { Metadata } from '../container/index.js';
import { Engine } from '../engine/engine.js';
import { DITHERS, SAMPLE_FORMATS, type SamplePlanes } from '../files/index.js';
import { type AnyChain, type EncodeStep, Pipeline } from '../pipeline/index.js';
import { BlockCodec } from '../quantize/index.js';
import { PHASES, QUALITIES } from '../resample/index.js';
import type { FramesFormat, PacketsFormat } from '../stage/format.js';
import type { Plane } from '../stage/port.js';
import { equal, format as formatRational, type Rational, toNumber } from '../stage/rational.js';
import type { StreamData } from '../stage/stage.js';
import { NOISE_SHAPINGS } from '../wave/_noise-shaping.js';
import { type WaveRatePlan, WaveSurvey } from '../wave/index.js';
import { canMapChannels, mapChannels } from './_channels.js';
import { printJson, printRows, readArguments, type Verb } from './_command.js';
import { FRAMES_PER_READ, openRecording, type Recording } from './_input.js';
import { mergeMetadata } from './_metadata.js';
import { type Output, openPaleyOutput, openQoaOutput, openWavOutput, paleyBytes } from './_output.js';
import { Progress } from './_progress.js';
import { OPTIONS, readSettings, type Settings } from './_transcode-settings.js';
import { bytes, duration, plural } from './_units.js';
import {
  checkIntegers,
  holdPlannedBits,
  inOnePass,
  insideContainer,
  lookAheadBytes,
  sampleBitsOf,
  withoutLoss,
} from './_wave-settings.js';

/** The chain between the recording and the output; undefined where frames go through as they are. */
async function buildPipeline(
  settings: Settings,
  input: FramesFormat,
  sampleBits: number | undefined,
  seconds: number | undefined,
): Promise<Pipeline | undefined> {
  let chain = Pipeline.from(input) as unknown as AnyChain;
  if (settings.rate && !equal(settings.rate, input.sampleRate)) {
    // A file is nobody's live signal, unless a latency was asked for.
    const mode = settings.budgetSeconds === undefined ? 'offline' : 'stream';
    chain = chain.resample({ to: settings.rate, quality: settings.quality, phase: settings.phase, mode });
  }
  let memory = 64 * 2 ** 20;
  if (settings.encode) {
    const sampleRate = settings.rate ?? input.sampleRate;
    const encode = insideContainer(settings.encode, input.channels, seconds && seconds * toNumber(sampleRate));
    chain = chain.encode({ ...encode, ...(sampleBits !== undefined && { sampleBits }) });
    memory += lookAheadBytes(encode, { ...input, sampleRate });
  }
  if (chain.steps.length === 0) return undefined;
  const engine = await Engine.load({ memory: Math.min(2 ** 30, memory) });
  return chain.build(engine, { quantum: FRAMES_PER_READ, budget: { latencySeconds: settings.budgetSeconds } });
}

/** Reads the part of a recording between two instants, a piece at a time, with the channels wanted. */
async function* readPieces(
  recording: Recording,
  settings: Settings,
  { channels, sample }: FramesFormat,
): AsyncGenerator<Plane[]> {
  const rate = toNumber(recording.sampleRate);
  const start = Math.round(settings.startSeconds * rate);
  const end = settings.endSeconds === Infinity ? Infinity : Math.round(settings.endSeconds * rate);
  const Samples = sample === 'f64' ? Float64Array : Float32Array;
  const planes = Array.from({ length: recording.format.channels }, () => new Samples(FRAMES_PER_READ));
  for (let at = start > 0 ? ((await recording.seek?.(start)) ?? 0) : 0; at < end; ) {
    const count = await recording.read(planes as SamplePlanes);
    if (count === 0) return;
    const [first, last] = [Math.max(0, start - at), Math.min(count, end - at)];
    at += count;
    if (first >= last) continue;
    yield mapChannels(
      planes.map((plane) => plane.subarray(first, last)),
      channels,
    );
  }
}

/** Frames the part between --start and --end has, where the recording's length is known. */
function knownFrames(recording: Recording, { startSeconds, endSeconds }: Settings): number | undefined {
  const { frames } = recording.format;
  if (frames === undefined) return undefined;
  const rate = toNumber(recording.sampleRate);
  const end = Math.min(frames, endSeconds === Infinity ? frames : Math.round(endSeconds * rate));
  return Math.max(0, end - Math.min(frames, Math.round(startSeconds * rate)));
}

/** What a .paley output says about itself: what the input says, changed as asked for. */
function metadataOf({ metadata }: Settings, recording: Recording): Metadata | undefined {
  return mergeMetadata(recording.metadata, metadata);
}

/** Says that a recording's metadata have no place in the output; undefined where nothing is lost. */
function describeLostMetadata({ from, toContainer }: Settings, { metadata }: Recording): string | undefined {
  if (toContainer === 'paley' || metadata === undefined) return undefined;
  const keys = Object.keys(metadata).join(', ');
  return `a ${toContainer === 'wav' ? 'WAV' : 'QOA'} file has no place for the metadata of ${from}: ${keys}`;
}

function openOutput(settings: Settings, format: FramesFormat | PacketsFormat, recording: Recording): Promise<Output> {
  const { to, force, sampleFormat, dither } = settings;
  if (format.kind === 'packets')
    return openPaleyOutput(to, format, { force, metadata: metadataOf(settings, recording) });
  if (settings.toContainer === 'qoa') return openQoaOutput(to, format, { force, effort: settings.effort });
  const { channels, channelMask, sampleFormat: sourceFormat } = recording.format;
  return openWavOutput(to, format, {
    force,
    sampleFormat: sampleFormat ?? sourceFormat,
    dither,
    // The length is written when it is known: a pipe's header cannot be put right later.
    frames: undefined,
    channelMask: channels === format.channels ? channelMask : undefined,
  });
}

interface Totals {
  /** Frames of the recording that went in. */
  input: number;
  /** Frames of the output stream. */
  output: number;
}

/** Runs everything through; the output is complete when this resolves. What `mustBeIntegers` throws where it is not. */
async function run(
  settings: Settings,
  { recording, pipeline, input }: Session,
  write: (data: StreamData) => Promise<void>,
  mustBeIntegers = settings.encode?.lossless === true,
): Promise<Totals> {
  const rate = toNumber(recording.sampleRate);
  const frames = knownFrames(recording, settings);
  const progress = new Progress(frames === undefined ? undefined : frames / rate);
  const totals = { input: 0, output: 0 };
  for await (const planes of readPieces(recording, settings, input)) {
    if (mustBeIntegers) checkIntegers(planes, sampleBitsOf(recording.format.sampleFormat), totals.input);
    totals.input += planes[0].length;
    const data: StreamData = pipeline ? pipeline.process(planes) : planes;
    await write(data);
    progress.update(totals.input / rate);
  }
  if (pipeline) await write(pipeline.flush());
  totals.output = settings.rate ? scaledLength(totals.input, recording.sampleRate, settings.rate) : totals.input;
  progress.finish();
  return totals;
}

/** ceil(frames · to / from), exactly. */
function scaledLength(frames: number, from: Rational, to: Rational): number {
  const top = BigInt(frames) * BigInt(to.numerator) * BigInt(from.denominator);
  const bottom = BigInt(to.denominator) * BigInt(from.numerator);
  return Number((top + bottom - 1n) / bottom);
}

/** A recording, what is made of it, and in which format it comes out. */
interface Session {
  readonly recording: Recording;
  readonly input: FramesFormat;
  readonly pipeline: Pipeline | undefined;
  readonly format: FramesFormat | PacketsFormat;
}

async function openSession(settings: Settings): Promise<Session> {
  const recording = await openRecording(settings.from, settings.fromContainer);
  try {
    const channels = settings.channels ?? recording.format.channels;
    if (!canMapChannels(recording.format.channels, channels)) {
      throw new Error(`${settings.from} has ${recording.format.channels} channels: --channels can be 1 or that many`);
    }
    const sample = settings.quality === 'reference' ? 'f64' : 'f32';
    const input: FramesFormat = { kind: 'frames', sampleRate: recording.sampleRate, channels, sample };
    const sampleBits = settings.encode?.codec === 'wave' ? sampleBitsOf(recording.format.sampleFormat) : undefined;
    const frames = knownFrames(recording, settings);
    const seconds = frames && frames / toNumber(recording.sampleRate);
    const pipeline = await buildPipeline(settings, input, sampleBits, seconds);
    return { recording, input, pipeline, format: (pipeline?.output ?? input) as FramesFormat | PacketsFormat };
  } catch (error) {
    await recording.close();
    throw error;
  }
}

interface Coded {
  readonly packets: Uint8Array[];
  readonly totals: Totals;
  readonly session: Session;
}

/** Codes the whole recording into memory. */
async function encodeWhole(settings: Settings, mustBeIntegers?: boolean): Promise<Coded> {
  const session = await openSession(settings);
  try {
    const packets: Uint8Array[] = [];
    const write = async (data: StreamData) => {
      for (const packet of data as Uint8Array[]) packets.push(packet);
    };
    return { packets, totals: await run(settings, session, write, mustBeIntegers), session };
  } finally {
    await session.recording.close();
  }
}

/** Whether the whole recording is looked at before its coding is decided on. */
const hasPasses = ({ encode, from }: Settings) =>
  encode?.rate === 'average' &&
  encode.lookAheadSeconds === undefined &&
  from !== '-' &&
  statSync(from, { throwIfNoEntry: false })?.isFile() === true;

/** About what the container takes beside packets: the code of a packet's length, and headers and index. */
const BITS_PER_LENGTH = 8;
const FIXED_BITS = 8 * 200;
/** Tries to come down to the bits asked for, where what the container takes was guessed too low. */
const MOST_TRIES = 4;

/** Up to this index of the step, 1.1 of the integers', no loss at all may take no more bits than a little of it. */
const ABOUT_LOSSLESS = 20;

/** Finds, in quick passes over the recording, how its bits are best spent. */
async function survey(settings: Settings, bitsPerSample: (session: Session) => number): Promise<WaveRatePlan> {
  const { codec: _, ...encode } = settings.encode as EncodeStep & { effort?: number };
  const engine = await Engine.load({ memory: 64 * 2 ** 20 });
  let passes: WaveSurvey | undefined;
  for (;;) {
    const session = await openSession({ ...settings, encode: undefined });
    try {
      const { sampleRate, channels } = session.format;
      const sampleBits = sampleBitsOf(session.recording.format.sampleFormat);
      const bits = bitsPerSample(session);
      const looker =
        passes ?? new WaveSurvey(engine, { ...encode, sampleRate, channels, sampleBits, bitsPerSample: bits });
      passes = looker;
      await run(settings, session, async (planes) => looker.process(planes as Float32Array[]));
    } finally {
      await session.recording.close();
    }
    passes.endPass();
    if (passes.done) return passes.plan;
  }
}

/** Codes the recording as well as the bits asked for allow, headers and all, after a look at the whole of it. */
async function encodeInPasses(settings: Settings): Promise<Coded> {
  const { bitsPerSample: asked, framesPerPacket, ...encode } = settings.encode as Required<EncodeStep>;
  const overhead = ({ recording, format: { channels } }: Session) => {
    const frames = knownFrames(recording, settings) ?? Infinity;
    const fixed = FIXED_BITS + 8 * Buffer.byteLength(JSON.stringify(metadataOf(settings, recording) ?? {}));
    return Math.min(asked / 10, fixed / (frames * channels)) + BITS_PER_LENGTH / (framesPerPacket * channels);
  };
  let bits = asked;
  const plan = await survey(settings, (session) => {
    bits = holdPlannedBits(asked - overhead(session));
    return bits;
  });
  /** Bytes that the file may take, and bytes that it takes beyond them. */
  const weigh = ({ packets, totals, session }: Coded) => {
    const format = session.format as PacketsFormat;
    const { total, fixed } = paleyBytes(format, packets, totals.output, metadataOf(settings, session.recording));
    const allowed = (asked * totals.output * format.channels) / 8;
    // A file so short that its headers would take much of it is as long as its packets need, and then its headers.
    return { allowed, excess: total - Math.max(allowed, 0.9 * allowed + fixed) };
  };
  if (plan.stepIndex <= ABOUT_LOSSLESS) {
    const exact = await encodeWhole({ ...settings, encode: withoutLoss(settings.encode as EncodeStep) }, false);
    if (weigh(exact).excess <= 0) return exact;
  }
  let best: Coded | undefined;
  for (let attempt = 1; ; attempt++) {
    const step = { ...encode, framesPerPacket, plan, bitsPerSample: bits };
    const pass = await encodeWhole({ ...settings, encode: step });
    const samples = pass.totals.output * pass.session.format.channels;
    const { allowed, excess } = weigh(pass);
    if (excess <= 0) best = pass;
    const isClose = excess <= 0 && -excess <= 0.01 * allowed;
    // Bits left over are asked for once: there may be nothing to spend them on.
    if (isClose || samples === 0 || (best !== undefined && attempt > 1) || attempt === MOST_TRIES) return best ?? pass;
    bits = holdPlannedBits(bits - ((excess > 0 ? 8.1 : 7.8) * excess) / samples);
  }
}

/** The settings with a plan for nothing: what comes out has the same format. */
function withoutSurvey(settings: Settings): Settings {
  const plan = { stepIndex: 0, bits: new Float32Array(0), samples: 0 };
  return { ...settings, encode: settings.encode && { ...settings.encode, plan } };
}

/** A stream that comes once cannot be looked at first. */
function forSource(settings: Settings): Settings {
  const { encode } = settings;
  if (encode?.rate !== 'average' || hasPasses(settings)) return settings;
  return { ...settings, encode: inOnePass(encode, settings.budgetSeconds !== undefined) };
}

async function transcode(args: readonly string[]): Promise<number> {
  const settings = forSource(readSettings(readArguments(args, OPTIONS, ['IN', 'OUT'])));
  const session = await openSession(hasPasses(settings) ? withoutSurvey(settings) : settings);
  const { recording, format } = session;
  const start = performance.now();
  let output: Output | undefined;
  const interrupt = () => {
    output?.abort().finally(() => process.exit(1));
  };
  try {
    const opened = await openOutput(settings, format, recording);
    output = opened;
    process.once('SIGINT', interrupt);
    const coded = hasPasses(settings)
      ? await encodeInPasses(settings)
      : { session, totals: await run(settings, session, (data) => opened.write(data)), packets: [] };
    if (coded.packets.length > 0) await opened.write(coded.packets);
    const totals = { ...coded.totals, seconds: (performance.now() - start) / 1000 };
    const { recording: read, pipeline } = coded.session;
    const { damage } = read;
    if (damage.length > 0 && settings.strict) throw new Error(describeDamage(settings.from, read));
    await output.finish(totals.output);
    if (damage.length > 0) process.stderr.write(`paley: ${describeDamage(settings.from, read)}\n`);
    const lost = describeLostMetadata(settings, read);
    if (lost !== undefined) process.stderr.write(`paley: ${lost}\n`);
    if (settings.to !== '-') report(settings, read, output, pipeline, format, totals);
    return 0;
  } catch (error) {
    await output?.abort();
    throw error;
  } finally {
    process.removeListener('SIGINT', interrupt);
    await recording.close();
  }
}

function describeDamage(path: string, { damage, missingFrames }: Recording): string {
  const rest = damage.length > 1 ? ` (and ${damage.length - 1} more)` : '';
  const filled = missingFrames > 0 ? `; ${plural(missingFrames, 'frame')} of silence in the gaps` : '';
  return `${path} is damaged at byte ${damage[0].byteOffset}: ${damage[0].message}${rest}${filled}`;
}

function report(
  settings: Settings,
  recording: Recording,
  output: Output,
  pipeline: Pipeline | undefined,
  format: FramesFormat | PacketsFormat,
  totals: Totals & { seconds: number },
): void {
  const inputSeconds = totals.input / toNumber(recording.sampleRate);
  const latencySeconds = pipeline ? toNumber(pipeline.latency) : 0;
  const lookAheadSeconds = settings.encode?.lookAheadSeconds;
  const result = {
    input: settings.from,
    output: settings.to,
    sampleRate: toNumber(format.sampleRate),
    channels: format.channels,
    frames: totals.output,
    durationSeconds: totals.output / toNumber(format.sampleRate),
    codec: format.kind === 'packets' ? format.codec : settings.toContainer === 'qoa' ? 'qoa' : 'pcm',
    bytes: output.bytes,
    bitsPerSample: totals.output === 0 ? 0 : (8 * output.bytes) / (totals.output * format.channels),
    metadata: format.kind === 'packets' ? metadataOf(settings, recording) : undefined,
    latencySeconds,
    ...(lookAheadSeconds !== undefined && { lookAheadSeconds }),
    timesRealTime: totals.seconds === 0 ? 0 : inputSeconds / totals.seconds,
    clippedSamples: output.clipped,
    replacedSamples: pipeline?.faults ?? 0,
    missingFrames: recording.missingFrames,
    damage: recording.damage,
  };
  if (settings.json) {
    printJson(result);
    return;
  }
  const rows: [string, string][] = [
    [
      'output',
      `${settings.to}, ${result.codec}, ${formatRational(format.sampleRate)} Hz, ${plural(format.channels, 'channel')}`,
    ],
    ['length', `${plural(result.frames, 'frame')}, ${duration(result.durationSeconds)}`],
    ['size', `${bytes(result.bytes)}, ${result.bitsPerSample.toFixed(3)} bits a sample`],
  ];
  if (pipeline) rows.push(['latency', `${(latencySeconds * 1000).toFixed(3)} ms: ${pipeline.name}`]);
  if (lookAheadSeconds) rows.push(['look-ahead', `${lookAheadSeconds} s of the latency`]);
  if (result.clippedSamples > 0) rows.push(['clipped', plural(result.clippedSamples, 'sample')]);
  if (result.replacedSamples > 0)
    rows.push(['replaced', `${plural(result.replacedSamples, 'sample')} (NaN or infinite) by 0`]);
  rows.push(['speed', `${result.timesRealTime.toFixed(0)} × real time`]);
  printRows(rows);
}

export const transcodeVerb: Verb = {
  help: `The endings of the names say what is read and written: .wav, .paley or .qoa; inputs may also be whatever the optional
package @audio/decode reads. - is standard input or output.

  --rate HZ            output sample rate: 48000, 0.1, 1000/3
  --quality NAME       of the resampler: ${QUALITIES.join(', ')}
  --phase NAME         of the resampler: ${PHASES.join(', ')}
  --channels N         1 mixes to the mean; N copies one channel to all
  --codec NAME         of a .paley output: wave, ${BlockCodec.formats.join(', ')} (default int8)
  --bits B             of the codec wave: bits of a sample, at most, on average (default 3.2); without --codec the
                       integer format of so many bits where there is one, and wave for other numbers. A file is
                       looked at as a whole first, so that bits go where they are needed, and coded without loss where
                       they are enough for that; a pipe by --look-ahead
  --look-ahead SECONDS of --bits with the codec wave: codes in one pass, so many seconds late, and knows what comes in
                       them, to 60. Default of pipes: 2, with --budget 0. At 0 the rate is held from packet to packet
  --lossless           with the codec wave: every integer sample comes back; so does float32 that holds integers
  --max-error E        with the codec wave: no sample is further off than E of the integer's steps
  --step S             with the codec wave: one quantiser step throughout, in the integer's steps
  --noise-shaping S    with the codec wave: ${NOISE_SHAPINGS.join(', ')} (default none): the error spread evenly, along the
                       ear's threshold, or along the signal's spectrum
  --effort N           of a .qoa output, and of the codec wave: 1, fast, to 4, best (default 3)
  --packet FRAMES      frames in a packet (default 128; wave: 64, 128, 256 … 4096; default 2048, without
                       loss 4096; from or to a pipe, and with --budget, 128 and 256)
  --rotation NAME      none, block: a random Hadamard rotation of each block, or adaptive: where it helps
  --scale-rule NAME    how a block's scale is found: floor, ceil, even, rceil, search, as the format has them
  --scale-format NAME  of int2 … int8: float16, e8m0, e4m3; of nf4, bnb-fp4, dynamic8: float32, dynamic8
  --tensor-scale T     above the scales of nvfp4, nvint4, fp4-e1m2: fixed (for 1.0), frame, delayed, or a number
  --rounding NAME      nearest, stochastic, or shaped; --shaping-order K: 1 (default) or 2
  --metadata KEY=VALUE what a .paley output says about itself in words; may be given several times. What a .paley input
                       says is kept; KEY= leaves a key out
  --start S, --end S   only this part, in seconds
  --sample-format F    of a WAV output: ${SAMPLE_FORMATS.join(', ')} (default: the input's)
  --dither NAME        where samples are rounded to integers: ${DITHERS.join(', ')} (default none)
  --from-format F      wav, paley or qoa, where the name does not say
  --to-format F        wav, paley or qoa, where the name does not say
  --budget TIME        fail where the latency is above this, 10ms say
  --strict             damage in the input is a failure
  --json               print one JSON object
  --force              replace an output that exists`,
  run: transcode,
};
