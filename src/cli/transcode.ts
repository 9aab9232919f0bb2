/** `paley transcode IN OUT`: one recording into another, resampled, coded or decoded on the way. */
import { Engine } from '../engine/engine.js';
import { SAMPLE_FORMATS } from '../files/index.js';
import { type AnyChain, Pipeline } from '../pipeline/index.js';
import { BlockCodec } from '../quantize/index.js';
import { PHASES, QUALITIES } from '../resample/index.js';
import type { FramesFormat, PacketsFormat } from '../stage/format.js';
import { equal, format as formatRational, type Rational, toNumber } from '../stage/rational.js';
import type { StreamData } from '../stage/stage.js';
import { canMapChannels, mapChannels } from './_channels.js';
import { printJson, printRows, readArguments, type Verb } from './_command.js';
import { FRAMES_PER_READ, openRecording, type Recording } from './_input.js';
import { type Output, openPaleyOutput, openWavOutput } from './_output.js';
import { Progress } from './_progress.js';
import { OPTIONS, readSettings, type Settings } from './_transcode-settings.js';
import { bytes, duration, plural } from './_units.js';

/** The chain between the recording and the output; undefined where frames go through as they are. */
async function buildPipeline(settings: Settings, input: FramesFormat): Promise<Pipeline | undefined> {
  let chain = Pipeline.from(input) as unknown as AnyChain;
  if (settings.rate && !equal(settings.rate, input.sampleRate)) {
    chain = chain.resample({ to: settings.rate, quality: settings.quality, phase: settings.phase });
  }
  if (settings.encode) chain = chain.encode(settings.encode);
  if (chain.steps.length === 0) return undefined;
  const engine = await Engine.load({ memory: 64 * 2 ** 20 });
  return chain.build(engine, { quantum: FRAMES_PER_READ, budget: { latencySeconds: settings.budgetSeconds } });
}

/** Reads the part of a recording between two instants, a piece at a time, with the channels wanted. */
async function* readPieces(recording: Recording, settings: Settings, channels: number): AsyncGenerator<Float32Array[]> {
  const rate = toNumber(recording.sampleRate);
  const start = Math.round(settings.startSeconds * rate);
  const end = settings.endSeconds === Infinity ? Infinity : Math.round(settings.endSeconds * rate);
  const planes = Array.from({ length: recording.format.channels }, () => new Float32Array(FRAMES_PER_READ));
  for (let at = 0; at < end; ) {
    const count = await recording.read(planes);
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

function openOutput(settings: Settings, format: FramesFormat | PacketsFormat, recording: Recording): Promise<Output> {
  const { to, force, sampleFormat } = settings;
  if (format.kind === 'packets') return openPaleyOutput(to, format, { force });
  const { channels, channelMask, sampleFormat: sourceFormat } = recording.format;
  return openWavOutput(to, format, {
    force,
    sampleFormat: sampleFormat ?? sourceFormat,
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
  seconds: number;
}

/** Runs everything through; the output is complete when this resolves. */
async function run(
  settings: Settings,
  recording: Recording,
  output: Output,
  pipeline: Pipeline | undefined,
  channels: number,
): Promise<Totals> {
  const start = performance.now();
  const rate = toNumber(recording.sampleRate);
  const frames = knownFrames(recording, settings);
  const progress = new Progress(frames === undefined ? undefined : frames / rate);
  const totals = { input: 0, output: 0, seconds: 0 };
  for await (const planes of readPieces(recording, settings, channels)) {
    totals.input += planes[0].length;
    const data: StreamData = pipeline ? pipeline.process(planes) : planes;
    await output.write(data);
    progress.update(totals.input / rate);
  }
  if (pipeline) await output.write(pipeline.flush());
  totals.output = settings.rate ? scaledLength(totals.input, recording.sampleRate, settings.rate) : totals.input;
  totals.seconds = (performance.now() - start) / 1000;
  progress.finish();
  return totals;
}

/** ceil(frames · to / from), exactly. */
function scaledLength(frames: number, from: Rational, to: Rational): number {
  const top = BigInt(frames) * BigInt(to.numerator) * BigInt(from.denominator);
  const bottom = BigInt(to.denominator) * BigInt(from.numerator);
  return Number((top + bottom - 1n) / bottom);
}

async function transcode(args: readonly string[]): Promise<number> {
  const settings = readSettings(readArguments(args, OPTIONS, ['IN', 'OUT']));
  const recording = await openRecording(settings.from, settings.fromContainer);
  let output: Output | undefined;
  const interrupt = () => {
    output?.abort().finally(() => process.exit(1));
  };
  try {
    const channels = settings.channels ?? recording.format.channels;
    if (!canMapChannels(recording.format.channels, channels)) {
      throw new Error(`${settings.from} has ${recording.format.channels} channels: --channels can be 1 or that many`);
    }
    const input: FramesFormat = { kind: 'frames', sampleRate: recording.sampleRate, channels, sample: 'f32' };
    const pipeline = await buildPipeline(settings, input);
    const format = (pipeline?.output ?? input) as FramesFormat | PacketsFormat;
    output = await openOutput(settings, format, recording);
    process.once('SIGINT', interrupt);
    const totals = await run(settings, recording, output, pipeline, channels);
    const { damage } = recording;
    if (damage.length > 0 && settings.strict) throw new Error(describeDamage(settings.from, recording));
    await output.finish(totals.output);
    if (damage.length > 0) process.stderr.write(`paley: ${describeDamage(settings.from, recording)}\n`);
    if (settings.to !== '-') report(settings, recording, output, pipeline, format, totals);
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
  totals: Totals,
): void {
  const inputSeconds = totals.input / toNumber(recording.sampleRate);
  const latencySeconds = pipeline ? toNumber(pipeline.latency) : 0;
  const result = {
    input: settings.from,
    output: settings.to,
    sampleRate: toNumber(format.sampleRate),
    channels: format.channels,
    frames: totals.output,
    durationSeconds: totals.output / toNumber(format.sampleRate),
    codec: format.kind === 'packets' ? format.codec : 'pcm',
    bytes: output.bytes,
    bitsPerSample: totals.output === 0 ? 0 : (8 * output.bytes) / (totals.output * format.channels),
    latencySeconds,
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
  if (result.clippedSamples > 0) rows.push(['clipped', plural(result.clippedSamples, 'sample')]);
  if (result.replacedSamples > 0)
    rows.push(['replaced', `${plural(result.replacedSamples, 'sample')} (NaN or infinite) by 0`]);
  rows.push(['speed', `${result.timesRealTime.toFixed(0)} × real time`]);
  printRows(rows);
}

export const transcodeVerb: Verb = {
  help: `The endings of the names say what is read and written: .wav or .paley; inputs may also be whatever the optional
package @audio/decode reads. - is standard input or output.

  --rate HZ            output sample rate: 48000, 0.1, 1000/3
  --quality NAME       of the resampler: ${QUALITIES.join(', ')}
  --phase NAME         of the resampler: ${PHASES.join(', ')}
  --channels N         1 mixes to the mean; N copies one channel to all
  --codec NAME         of a .paley output: ${BlockCodec.formats.join(', ')} (default int8)
  --bits B             instead of --codec: the integer format of so many bits
  --packet FRAMES      frames in a packet (default 128)
  --rotation NAME      none, or block: a random Hadamard rotation of each block
  --start S, --end S   only this part, in seconds
  --sample-format F    of a WAV output: ${SAMPLE_FORMATS.join(', ')} (default: the input's)
  --from-format F      wav or paley, where the name does not say
  --to-format F        wav or paley, where the name does not say
  --budget TIME        fail where the latency is above this, 10ms say
  --strict             damage in the input is a failure
  --json               print one JSON object
  --force              replace an output that exists`,
  run: transcode,
};
