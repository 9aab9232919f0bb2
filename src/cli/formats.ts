/** `paley formats FILE`: what every number format makes of a recording. */
import { Engine } from '../engine/engine.js';
import { DistributionMeter, difference } from '../measure/index.js';
import { BlockCodec, type BlockOptions, selectFormat } from '../quantize/index.js';
import { toNumber } from '../stage/rational.js';
import { printJson, readArguments, type Verb } from './_command.js';
import { containerOf, FRAMES_PER_READ, openRecording } from './_input.js';

/** Seconds that are read unless told otherwise: enough for figures that stand, and for memory that suffices. */
const STANDARD_SECONDS = 30;
/** Most samples of all channels: 256 MiB of float32. */
const MOST_SAMPLES = 2 ** 26;
const BYTES_PER_SAMPLE = 4;

interface Row {
  readonly format: string;
  readonly rotation: string;
  readonly bitsPerSample: number;
  readonly snr: number;
  readonly segmentalSnr: number;
  readonly gainBias: number;
  readonly gaussianFitError: number;
  readonly slicedWasserstein: number;
  /** Megabytes of float32 a second; undefined where the recording is too short to time. */
  readonly encodeMegabytesPerSecond: number | undefined;
  readonly decodeMegabytesPerSecond: number | undefined;
}

async function readPlanes(path: string, seconds: number): Promise<{ planes: Float32Array[]; sampleRate: number }> {
  const recording = await openRecording(path, containerOf(path));
  try {
    const { channels } = recording.format;
    const sampleRate = toNumber(recording.sampleRate);
    const most = Math.min(Math.ceil(seconds * sampleRate), Math.floor(MOST_SAMPLES / channels));
    const chunk = Array.from({ length: channels }, () => new Float64Array(FRAMES_PER_READ));
    const parts: Float32Array[][] = Array.from({ length: channels }, () => []);
    let frames = 0;
    while (frames < most) {
      const count = Math.min(await recording.read(chunk), most - frames);
      if (count === 0) break;
      for (const [channel, plane] of chunk.entries()) parts[channel].push(Float32Array.from(plane.subarray(0, count)));
      frames += count;
    }
    if (frames === 0) throw new Error(`${path} holds no samples`);
    const planes = parts.map((list) => {
      const plane = new Float32Array(frames);
      let at = 0;
      for (const part of list) {
        plane.set(part, at);
        at += part.length;
      }
      return plane;
    });
    return { planes, sampleRate };
  } finally {
    await recording.close();
  }
}

/** A codec of these options; undefined where the format has not got them or can only be decoded. */
function createCodec(engine: Engine, options: BlockOptions): BlockCodec | undefined {
  let codec: BlockCodec | undefined;
  try {
    codec = new BlockCodec(engine, options);
    codec.encode(new Float32Array(codec.blockSize));
    return codec;
  } catch (error) {
    codec?.dispose();
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The least of three runs: whatever else the machine does only ever adds. */
function leastSeconds(work: () => unknown): number {
  let least = Infinity;
  for (let run = 0; run < 3; run++) {
    const start = performance.now();
    work();
    least = Math.min(least, performance.now() - start);
  }
  return least / 1000;
}

/** Codes every channel. */
function measure(engine: Engine, options: BlockOptions, planes: readonly Float32Array[]): Row | undefined {
  const codec = createCodec(engine, options);
  if (codec === undefined) return undefined;
  const { length } = planes[0];
  const padded = new Float32Array(Math.ceil(length / codec.blockSize) * codec.blockSize);
  const decoded: Float32Array[] = [];
  let [encodeSeconds, decodeSeconds] = [0, 0];
  for (const plane of planes) {
    padded.set(plane);
    const bytes = codec.encode(padded);
    const samples = codec.decode(bytes);
    encodeSeconds += leastSeconds(() => codec.encode(padded, bytes));
    decodeSeconds += leastSeconds(() => codec.decode(bytes, samples));
    decoded.push(samples.subarray(0, length));
  }
  const { snr, segmentalSnr, gainBias } = difference(planes, decoded, { lagWindowSamples: 0 });
  const distributions = new DistributionMeter(planes.length);
  distributions.add(planes, decoded);
  const { format, rotation, bitsPerSample } = codec;
  codec.dispose();
  const megabytes = (planes.length * padded.length * BYTES_PER_SAMPLE) / 1e6;
  const speed = (seconds: number) => (seconds > 0 ? megabytes / seconds : undefined);
  return {
    format,
    rotation,
    bitsPerSample,
    snr,
    segmentalSnr,
    gainBias,
    ...distributions.result(),
    encodeMegabytesPerSecond: speed(encodeSeconds),
    decodeMegabytesPerSecond: speed(decodeSeconds),
  };
}

const shown = (value: number | undefined, digits: number) =>
  value === undefined || Number.isNaN(value)
    ? '–'
    : Number.isFinite(value)
      ? value.toFixed(digits)
      : value > 0
        ? '∞'
        : '−∞';

function printTable(rows: readonly Row[]): void {
  const head = [
    'format',
    'rotation',
    'bits',
    'SNR dB',
    'seg. dB',
    'β %',
    'SW %',
    'off Gauss %',
    'encode MB/s',
    'decode MB/s',
  ];
  const cells = rows.map((row) => [
    row.format,
    row.rotation,
    row.bitsPerSample.toFixed(3),
    shown(row.snr, 2),
    shown(row.segmentalSnr, 2),
    shown(100 * row.gainBias, 3),
    shown(100 * row.slicedWasserstein, 2),
    shown(100 * row.gaussianFitError, 2),
    shown(row.encodeMegabytesPerSecond, 0),
    shown(row.decodeMegabytesPerSecond, 0),
  ]);
  const widths = head.map((title, column) => Math.max(title.length, ...cells.map((line) => line[column].length)));
  for (const line of [head, ...cells]) {
    const padded = line.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])));
    process.stdout.write(`${padded.join('  ')}\n`);
  }
}

async function formats(args: readonly string[]): Promise<number> {
  const parsed = readArguments(args, { json: true, seconds: 'S', bits: 'B' }, ['FILE']);
  const [path] = parsed.positionals;
  const seconds = parsed.number('seconds', 0.001, 86400) ?? STANDARD_SECONDS;
  const bitsPerSample = parsed.number('bits', 1, 64) ?? 4.5;
  const { planes, sampleRate } = await readPlanes(path, seconds);
  const engine = await Engine.load();
  const rows: Row[] = [];
  for (const format of BlockCodec.formats) {
    for (const rotation of ['none', 'block', 'adaptive'] as const) {
      const row = measure(engine, { format, rotation }, planes);
      if (row !== undefined) rows.push(row);
    }
  }
  const { options, crestFactor } = selectFormat(engine, planes[0], { bitsPerSample });
  const { length: frames } = planes[0];
  if (parsed.has('json')) {
    printJson({ file: path, sampleRate, channels: planes.length, frames, crestFactor, choice: options, formats: rows });
    return 0;
  }
  printTable(rows);
  const rotated = options.rotation === 'block' ? ', rotated' : '';
  process.stdout.write(
    `\nfirst ${(frames / sampleRate).toFixed(2)} s; crest factor in blocks of 16: ${crestFactor.toFixed(2)}; ` +
      `best of at most ${bitsPerSample} bits: ${options.format}${rotated}\n`,
  );
  return 0;
}

export const formatsVerb: Verb = {
  help: [
    `  --seconds S          how much of the recording to try (default ${STANDARD_SECONDS})`,
    '  --bits B             most bits a sample of the format that is recommended (default 4.5)',
    '  --json               print one JSON object',
  ].join('\n'),
  run: formats,
};
