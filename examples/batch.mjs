// Codes a folder of recordings, a worker for each core, with a bar that tells how far it is.
// usage: node examples/batch.mjs [IN_FOLDER] [OUT_FOLDER] [--rate HZ] [--codec NAME] [--workers N]
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { Engine, headerFromFormat, keyTestOf, PaleyWriter, Pipeline } from 'paley';
import { FileSink, openAudioFile } from 'paley/node';

/** What recordings are called; those that are not WAV are read by the optional package @audio/decode. */
const ENDINGS = new Set(['.wav', '.aiff', '.flac', '.mp3', '.ogg', '.opus', '.m4a', '.aac', '.caf']);
const FRAMES_AT_A_TIME = 2 ** 16;

/** One recording to one .paley file; tells its seconds and its sizes. */
async function transcode(engine, path, { folder, rate, codec }) {
  const reader = await openAudioFile(path);
  const { sampleRate, channels } = reader.format;
  let chain = Pipeline.from({ sampleRate, channels });
  if (rate !== sampleRate) chain = chain.resample({ to: rate });
  const pipeline = chain.encode({ codec }).build(engine, { quantum: 4096 });
  const sink = await FileSink.open(join(folder, `${basename(path)}.paley`), { force: true });
  try {
    const writer = new PaleyWriter(headerFromFormat(pipeline.output));
    const isKey = keyTestOf(pipeline.output);
    const writeAll = async (packets) => {
      for (const packet of packets) {
        const bytes = writer.write(packet, { key: isKey(packet) });
        if (bytes !== undefined) await sink.write(bytes);
      }
    };
    const planes = Array.from({ length: channels }, () => new Float32Array(FRAMES_AT_A_TIME));
    for (;;) {
      const frames = await reader.read(planes);
      if (frames === 0) break;
      await writeAll(pipeline.process(planes.map((plane) => plane.subarray(0, frames))));
    }
    await writeAll(pipeline.flush());
    await sink.write(writer.finish(Math.ceil((reader.framesRead * rate) / sampleRate)));
    await sink.close();
    return { seconds: reader.framesRead / sampleRate, before: statSync(path).size, after: statSync(sink.path).size };
  } catch (error) {
    await sink.abort();
    throw error;
  } finally {
    pipeline.dispose();
    await reader.close();
  }
}

/** A worker has an engine of its own and takes one path after the other. */
async function work() {
  const engine = await Engine.load();
  parentPort.on('message', async (path) => {
    try {
      parentPort.postMessage({ path, ...(await transcode(engine, path, workerData)) });
    } catch (error) {
      parentPort.postMessage({ path, error: error.message });
    }
  });
}

function showProgress(done, total, startedAt) {
  if (!process.stderr.isTTY) return;
  const width = 40;
  const filled = Math.round((done / total) * width);
  const left = done === 0 ? '' : `, ${Math.ceil((((Date.now() - startedAt) / done) * (total - done)) / 1000)} s left`;
  process.stderr.write(`\r${'█'.repeat(filled)}${'░'.repeat(width - filled)} ${done}/${total}${left}   `);
  if (done === total) process.stderr.write('\n');
}

/** Hands the paths to the workers, the next one to whoever is free. */
function runAll(paths, settings, workers) {
  const [queue, results, startedAt] = [[...paths], [], Date.now()];
  showProgress(0, paths.length, startedAt);
  const runOne = () =>
    new Promise((resolve, reject) => {
      const worker = new Worker(fileURLToPath(import.meta.url), { workerData: settings });
      const next = () => (queue.length > 0 ? worker.postMessage(queue.shift()) : resolve(worker.terminate()));
      worker.on('error', reject);
      worker.on('message', (result) => {
        results.push(result);
        showProgress(results.length, paths.length, startedAt);
        next();
      });
      next();
    });
  return Promise.all(Array.from({ length: workers }, runOne)).then(() => results);
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rate: { type: 'string', default: '16000' },
      codec: { type: 'string', default: 'int4' },
      workers: { type: 'string', default: String(availableParallelism()) },
    },
  });
  const [from = 'node_modules/audio-lena', folder = 'demo-output/batch'] = positionals;
  const paths = readdirSync(from)
    .filter((name) => ENDINGS.has(extname(name)))
    .map((name) => join(from, name));
  if (paths.length === 0) throw new Error(`no recordings in ${from}`);
  mkdirSync(folder, { recursive: true });
  const startedAt = Date.now();
  const settings = { folder, rate: Number(values.rate), codec: values.codec };
  const results = await runAll(paths, settings, Math.min(Number(values.workers), paths.length));
  for (const { path, error } of results.filter((result) => result.error)) console.error(`${path}: ${error}`);
  const done = results.filter(({ error }) => error === undefined);
  const sum = (name) => done.reduce((total, result) => total + result[name], 0);
  const elapsed = (Date.now() - startedAt) / 1000;
  const megabytes = (bytes) => `${(bytes / 1e6).toFixed(2)} MB`;
  console.log(
    `${done.length} of ${paths.length} recordings, ${sum('seconds').toFixed(1)} s of sound in ${elapsed.toFixed(1)} s: ${megabytes(sum('before'))} to ${megabytes(sum('after'))} in ${folder}`,
  );
  if (done.length < paths.length) process.exitCode = 1;
}

if (isMainThread) await main();
else await work();
