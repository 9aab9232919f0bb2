// The whole road once: a recording in, packets out, a recording back, inside a latency budget. `npm run demo`.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { Engine, formatFromHeader, headerFromFormat, PaleyReader, PaleyWriter, Pipeline } from 'paley';
import { FileSink, openAudioFile, WavWriter } from 'paley/node';
import { difference, spectrogram, spectrogramFigure } from '../dist/measure/index.js';

const RATE = 16000;
const BUDGET = { latencySeconds: 0.02 };
const QUANTUM = 128;
const folder = join(import.meta.dirname, '..', 'demo-output');

const settings = [
  { name: 'int8', title: 'INT8', encode: { codec: 'int8', blockSize: 64 } },
  { name: 'int4', title: 'INT4', encode: { codec: 'int4', blockSize: 64 } },
  {
    name: 'int4-rotated',
    title: 'INT4, rotated',
    encode: { codec: 'int4', blockSize: 64, rotation: 'block', seed: 1 },
  },
  { name: 'wave', title: 'wave', encode: { codec: 'wave', bitsPerSample: 3.2, rate: 'average' } },
];

/** Reads a recording into one plane, the mean of its channels. */
async function readMono(path) {
  const reader = await openAudioFile(path);
  const { sampleRate, channels, frames } = reader.format;
  const planes = Array.from({ length: channels }, () => new Float32Array(frames));
  await reader.read(planes);
  await reader.close();
  const mono = planes[0].map((_, frame) => planes.reduce((sum, plane) => sum + plane[frame], 0) / channels);
  return { sampleRate, mono };
}

async function writeWav(name, samples) {
  const sink = await FileSink.open(join(folder, name), { force: true });
  const writer = new WavWriter(sink, { sampleRate: RATE, channels: 1, sampleFormat: 'i16', frames: samples.length });
  await writer.write([samples]);
  await writer.finish();
  await sink.close();
}

/** Packets as a file would hold them, pages and checksums included. */
function toFile(pipeline, packets, frames) {
  const writer = new PaleyWriter(headerFromFormat(pipeline.output, { totalFrames: frames }));
  const parts = packets.map((packet) => writer.write(packet)).filter((bytes) => bytes !== undefined);
  return Buffer.concat([...parts, writer.finish(frames)]);
}

/** What a receiver makes of the file. */
function fromFile(engine, file) {
  const reader = new PaleyReader();
  const events = [...reader.push(file), ...reader.end()];
  const header = events.find(({ type }) => type === 'header').header;
  const packets = events
    .filter(({ type }) => type === 'packets')
    .flatMap((event) => event.packets.map(({ bytes }) => bytes));
  const pipeline = Pipeline.from(formatFromHeader(header)).decode().build(engine);
  const [samples] = pipeline.process(packets);
  pipeline.dispose();
  return samples.subarray(0, header.totalFrames);
}

const require = createRequire(import.meta.url);
const source = join(require.resolve('audio-lena'), '..', 'lena.wav');
const { sampleRate, mono } = await readMono(source);
const engine = await Engine.load();
mkdirSync(folder, { recursive: true });

const resample = Pipeline.from({ sampleRate }).resample({ to: RATE }).build(engine, { quantum: QUANTUM });
const reference = Float32Array.from([...resample.process([mono])[0], ...resample.flush()[0]]);
await writeWav('reference.wav', reference);

const seconds = mono.length / sampleRate;
console.log(`audio-lena: ${seconds.toFixed(2)} s at ${sampleRate} Hz, brought to ${RATE} Hz and coded\n`);

const rows = [['codec', 'bits/sample', 'SNR', 'segmental SNR', 'largest error', '× real time']];
const panels = [panel('before', reference, `${RATE} Hz, float32`)];
const reports = [];
for (const { name, title, encode } of settings) {
  const pipeline = Pipeline.from({ sampleRate })
    .resample({ to: RATE })
    .encode(encode)
    .build(engine, { quantum: QUANTUM, budget: BUDGET });
  const start = performance.now();
  const packets = [...pipeline.process([mono]), ...pipeline.flush()];
  const file = toFile(pipeline, packets, reference.length);
  writeFileSync(join(folder, `${name}.paley`), file);
  const decoded = fromFile(engine, readFileSync(join(folder, `${name}.paley`)));
  const elapsed = (performance.now() - start) / 1000;
  await writeWav(`${name}.wav`, decoded);

  const { snr, segmentalSnr, largestError } = difference([reference], [decoded]);
  const bits = (8 * file.length) / reference.length;
  rows.push([
    title,
    bits.toFixed(3),
    `${snr.toFixed(2)} dB`,
    `${segmentalSnr.toFixed(2)} dB`,
    largestError.value.toFixed(5),
    (seconds / elapsed).toFixed(0),
  ]);
  panels.push(panel(`after ${title}`, decoded, `${bits.toFixed(2)} bits a sample, SNR ${snr.toFixed(1)} dB`));
  reports.push([title, pipeline.report()]);
  pipeline.dispose();
}

function panel(title, samples, note) {
  return { title, note, spectrogram: spectrogram(samples, { sampleRate: RATE, windowFrames: 512 }) };
}

function printTable(table) {
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)));
  for (const row of table) {
    const cells = row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column])));
    console.log(cells.join('  '));
  }
}

printTable(rows);
console.log(`\nlatency by stage, of a budget of ${BUDGET.latencySeconds * 1000} ms (quanta of ${QUANTUM} frames)\n`);
console.log(String(reports[1][1]));
writeFileSync(join(folder, 'spectrograms.svg'), spectrogramFigure({ title: 'Before and after', panels }));
console.log(
  `\nwritten to ${relative(process.cwd(), folder) || '.'}/: the recordings (.wav), the packets (.paley), spectrograms.svg`,
);
