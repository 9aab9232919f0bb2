/** `paley measure resampler`: the whole protocol of docs/MEASURING.md on one quality and one pair of rates. */
import { Engine } from '../engine/engine.js';
import { EngineMemoryError } from '../engine/errors.js';
import { FileSink } from '../files/node.js';
import {
  type ResamplerFigures,
  type ResamplerUnderTest,
  resamplerFigures,
  resamplerPage,
  smallNumber,
} from '../measure/index.js';
import { MODES, PHASES, QUALITIES, Resampler, type ResamplerOptions } from '../resample/index.js';
import { toNumber } from '../stage/rational.js';
import { type Arguments, printJson, printRows, readArguments, UsageError, type Verb } from './_command.js';
import { plural } from './_units.js';

const OPTIONS = {
  from: 'HZ',
  to: 'HZ',
  quality: 'NAME',
  phase: 'NAME',
  mode: 'NAME',
  svg: 'FILE',
  json: true,
  force: true,
} as const;

/** Reference filters at large factors need more than the engine's default. */
const ENGINE_BYTES = 256 * 2 ** 20;
const LOWEST_RATE = 1e-6;
const HIGHEST_RATE = 1e9;

type Planes = Float32Array[] & Float64Array[];

/** A resampler on the bench; it is used again and again. */
function benchOf(resampler: Resampler): ResamplerUnderTest {
  const { input, output } = resampler;
  const sample = input.sample === 'f64' ? 'f64' : 'f32';
  const process = (chunk: Float32Array | Float64Array): Float32Array | Float64Array =>
    resampler.process([chunk] as Planes)[0];
  const flush = (): Float32Array | Float64Array => resampler.flush()[0];
  return {
    from: toNumber(input.sampleRate),
    to: toNumber(output.sampleRate),
    sample,
    run(frames) {
      resampler.reset();
      const [body, end] = [process(frames), flush()];
      const whole =
        sample === 'f64' ? new Float64Array(body.length + end.length) : new Float32Array(body.length + end.length);
      whole.set(body);
      whole.set(end, body.length);
      return whole;
    },
    stream() {
      resampler.reset();
      return { process, flush };
    },
  };
}

function makeResampler(engine: Engine, options: ResamplerOptions): Resampler {
  try {
    return new Resampler(engine, options);
  } catch (error) {
    // Rates that do not go together are the caller's, memory is not.
    if (error instanceof RangeError && !(error instanceof EngineMemoryError)) throw new UsageError(error.message);
    throw error;
  }
}

function readRate(parsed: Arguments, name: 'from' | 'to'): number {
  const rate = parsed.number(name, LOWEST_RATE, HIGHEST_RATE);
  if (rate === undefined) throw new UsageError(`measure resampler needs --${name} HZ`);
  return rate;
}

const decibels = (value: number) => `${value.toFixed(1)} dB`.replace('-', '−');
const percent = (value: number) => `${(100 * value).toFixed(2)} %`;

/** Label, value and remark of each figure; the labels are the names of docs/MEASURING.md. */
function rowsOf(figures: ResamplerFigures, reportedSeconds: number): (readonly [string, string])[] {
  const { signalToNoise, bandwidth, aliasRejection, aliasRejectionBeyond, imageRejection, impulse, backlog } = figures;
  const worst = (tone: { decibels: number; frequency: number } | null) =>
    tone === null ? '' : `${decibels(tone.decibels)}  (worst tone: ${tone.frequency.toFixed(4)} N)`;
  const wrong = figures.lengths.filter(({ outputFrames, expectedFrames }) => outputFrames !== expectedFrames);
  const cut = figures.chunks.filter(({ firstDifference }) => firstDifference !== null);
  const same = Math.abs(backlog.latencySeconds - reportedSeconds) < 1e-12 + 1e-12 * reportedSeconds;
  const rows: (readonly [string, string])[] = [
    ['SNR', worst(signalToNoise)],
    ['Ripple', `${smallNumber(figures.ripple)} dB`],
    ['Bandwidth', `−0.1 dB at ${percent(bandwidth.tenthDecibel)}, −3 dB at ${percent(bandwidth.threeDecibels)} of N`],
    ['Alias rejection', worst(aliasRejection)],
    ['Alias rejection, 1.05', worst(aliasRejectionBeyond)],
    ['Image rejection', worst(imageRejection)],
    ['Impulse position', `${smallNumber(Math.abs(impulse.offsetFrames))} frames off at most`],
    ['Pre-ringing', impulse.preRinging === -Infinity ? 'none' : decibels(impulse.preRinging)],
    [
      'Latency',
      `${(1000 * backlog.latencySeconds).toFixed(3)} ms, ${backlog.latencyFrames.toFixed(2)} output frames; ` +
        (same ? 'as reported' : `reported ${(1000 * reportedSeconds).toFixed(3)} ms`),
    ],
    ['Backlog', plural(backlog.backlogFrames, 'output frame')],
    ['Jitter', plural(backlog.jitterFrames, 'output frame')],
    [
      'Lengths',
      wrong.length === 0
        ? `exact for ${plural(figures.lengths.length, 'input length')}`
        : wrong.map((row) => `${row.inputFrames} gives ${row.outputFrames}, not ${row.expectedFrames}`).join('; '),
    ],
    [
      'Chunking',
      cut.length === 0
        ? `the same bits for ${plural(figures.chunks.length, 'chunk size')}`
        : cut.map((row) => `${row.chunk}: differs from frame ${row.firstDifference} on`).join('; '),
    ],
  ];
  return rows.filter(([, value]) => value !== '');
}

/** Opens the SVG's file first: a name that is taken shall not cost the measurement. */
async function withSvg(path: string | undefined, force: boolean, work: () => string | undefined): Promise<void> {
  if (path === undefined) {
    work();
    return;
  }
  const sink = await FileSink.open(path, { force });
  try {
    await sink.write(new TextEncoder().encode(work()));
    await sink.close();
  } catch (error) {
    await sink.abort();
    throw error;
  }
}

async function measure(args: readonly string[]): Promise<number> {
  const parsed = readArguments(args, OPTIONS, ['resampler']);
  const [subject] = parsed.positionals;
  if (subject !== 'resampler') throw new UsageError(`measure knows resampler, got '${subject}'`);
  const options: ResamplerOptions = {
    from: readRate(parsed, 'from'),
    to: readRate(parsed, 'to'),
    quality: parsed.oneOf('quality', QUALITIES) ?? 'high',
    phase: parsed.oneOf('phase', PHASES) ?? 'linear',
    mode: parsed.oneOf('mode', MODES) ?? 'stream',
  };
  const svg = parsed.text('svg');
  const engine = await Engine.load({ memory: ENGINE_BYTES });
  const resampler = makeResampler(engine, options);
  const device = benchOf(resampler);
  const reportedSeconds = toNumber(resampler.latency);
  const ahead = Math.ceil(reportedSeconds * device.from);
  const settlingFrames = Math.max(ahead, resampler.settlingFrames - ahead);
  const terminal = process.stderr.isTTY === true;
  let figures: ResamplerFigures | undefined;
  await withSvg(svg, parsed.has('force'), () => {
    figures = resamplerFigures(device, {
      settlingFrames,
      onProgress(test, done, all) {
        if (terminal) process.stderr.write(`\r${done + 1} of ${all}  ${test}\x1b[K`);
      },
    });
    if (terminal) process.stderr.write('\r\x1b[K');
    if (svg === undefined) return undefined;
    const { quality, phase, mode } = options;
    return resamplerPage(device, {
      title: `${quality}: ${device.from} → ${device.to} Hz`,
      subtitle: `paley resampler, ${phase} phase, mode ${mode}, samples ${device.sample === 'f64' ? 'float64' : 'float32'}`,
      figures,
      reachFrames: Math.max(64, 2 * settlingFrames),
    });
  });
  const { quality, phase, mode } = options;
  if (figures === undefined) throw new Error('nothing was measured');
  if (parsed.has('json')) {
    const { from, to, sample } = device;
    printJson({ quality, from, to, phase, mode, sample, reportedLatencySeconds: reportedSeconds, ...figures, svg });
    return 0;
  }
  process.stdout.write(`${quality}, ${device.from} → ${device.to} Hz, ${phase} phase, mode ${mode}\n`);
  printRows(rowsOf(figures, reportedSeconds));
  process.stdout.write('N is the lower Nyquist frequency; docs/MEASURING.md defines every figure by its name.\n');
  return 0;
}

export const measureVerb: Verb = {
  help: `  --from HZ            the input's rate
  --to HZ              the output's rate
  --quality NAME       ${QUALITIES.join(', ')} (high)
  --phase NAME         ${PHASES.join(', ')} (linear)
  --mode NAME          ${MODES.join(', ')} (stream)
  --svg FILE           also draw the responses and a swept sine
  --json               print one JSON object
  --force              overwrite FILE`,
  run: measure,
};
