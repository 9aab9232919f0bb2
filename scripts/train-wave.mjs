// Trains the wave codec's static tables: codes the clips of scripts/corpus.mjs (made signals, and the recording in the
// development package audio-lena) at many steps, counts which magnitudes come in which context, and writes
// src/wave/_model.ts and the same lines in docs/BITSTREAM.md. What is counted was chosen with the tables there are, so run
// it twice or thrice; then `node scripts/build-dist.mjs`. Streams coded with other tables cannot be read any more: not for
// released versions. `--check` writes nothing and prints how many bits a level the tables take beyond the least there is.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import esbuild from 'esbuild';
import { makeCorpus } from './corpus.mjs';

const root = join(import.meta.dirname, '..');

/** Steps that are trained on: 8 to 100 dB above the least. */
const STEPS = [16, 40, 64, 88, 112, 136, 160, 200];
const SECONDS = 2;
/** Counts that a Laplacian's shape weighs as much as, and that the shape of all classes together does. */
const PRIOR = 20;
const TOGETHER = 100;

/** The encoder's parts, which the package does not export. */
async function loadParts() {
  const { outputFiles } = await esbuild.build({
    stdin: {
      contents: `export { Engine } from './src/engine/engine.ts';
        export { waveKernels } from './src/wave/_kernels.ts';
        export { layout } from './src/wave/_layout.ts';
        export { WavePlan } from './src/wave/_plan.ts';
        export { ROW, symbolCosts } from './src/wave/_tables.ts';
        export { makeConfig } from './src/wave/config.ts';`,
      resolveDir: root,
    },
    bundle: true,
    format: 'esm',
    platform: 'node',
    write: false,
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}

const { Engine, waveKernels, layout, WavePlan, ROW, symbolCosts, makeConfig } = await loadParts();
const CONTEXTS = 33;
const CLASSES = 3;
const SYMBOLS = 33;
const counts = Array.from({ length: CLASSES * CONTEXTS }, () => new Float64Array(SYMBOLS));

/** Codes a clip at one step and counts. */
function count(engine, { planes, sampleRate }, stepIndex, frames, paths) {
  const channels = planes.length;
  const stream = { framesPerPacket: frames, sampleRate, channels };
  const { config, parameters } = makeConfig('clip', 'clip', { predictor: 'full', sampleBits: 16 }, stream);
  const plan = new WavePlan(engine, config, parameters, paths);
  const kernels = waveKernels(engine);
  plan.setFloat('LAMBDA', 0.12);
  plan.set('NEW_STEP_INDEX', stepIndex);
  plan.set('WIDTH', paths);
  plan.set('HELD', frames);
  const source = engine.memory.allocate(4 * frames * channels);
  const target = engine.memory.allocate(16 + channels * (24 + 9 * frames));
  const input = new Float32Array(engine.buffer, source, frames * channels);
  const words = new Int32Array(engine.buffer);
  for (let packet = 0; (packet + 1) * frames <= planes[0].length; packet++) {
    for (const [channel, plane] of planes.entries()) {
      input.set(plane.subarray(packet * frames, (packet + 1) * frames), channel * frames);
    }
    kernels.waveTakeInput(plan.pointer, source, 4 * frames, 0, frames, 32768);
    kernels.waveStartPacket(plan.pointer, target);
    kernels.waveBeginSpan(plan.pointer, packet % 256 === 0 ? 1 : 0);
    kernels.waveEncodeSpan(plan.pointer);
    for (let channel = 0; channel < channels; channel++) {
      const state = (plan.get('CHANNEL_STATES') + channel * layout.CHANNEL_BYTES) >> 2;
      for (let n = 0; n < frames; n++) {
        const level = words[state + (layout.LEVELS >> 2) + n];
        const where = words[state + (layout.CONTEXTS >> 2) + n];
        counts[where & 0xff][Math.min(32, Math.abs(level) >> (where >> 8))]++;
      }
    }
    kernels.waveAcceptSpan(plan.pointer);
  }
  plan.dispose();
  engine.memory.release(source);
  engine.memory.release(target);
}

const engine = await Engine.load();
for (const clip of await makeCorpus({ seconds: SECONDS })) {
  for (const step of STEPS) count(engine, clip, step, 128, 4);
}

/** Bits a level that the tables take beyond what tables made of these very counts would. */
function excessBits() {
  const costs = symbolCosts();
  let [levels, excess] = [0, 0];
  for (const [row, seen] of counts.entries()) {
    const total = seen.reduce((sum, value) => sum + value, 0);
    levels += total;
    for (const [symbol, value] of seen.entries()) {
      if (value > 0) excess += value * (costs[row * ROW + symbol] - Math.log2(total / value));
    }
  }
  return excess / levels;
}

if (process.argv.includes('--check')) {
  console.log(excessBits());
  process.exit();
}

/** The mean magnitude a context stands for. */
const meanOf = (context) => {
  const bits = new DataView(new ArrayBuffer(4));
  bits.setUint32(0, ((487 + context) << 21) + (1 << 20));
  return Math.max(0.01, bits.getFloat32(0) - 0.03);
};

/** Chances from counts, rare symbols' with their neighbours', and from a shape that weighs as much as so many counts. */
function chancesOf(seen, shape, weight) {
  const total = seen.reduce((sum, value) => sum + value, 0);
  return shape.map((prior, symbol) => {
    const reach = symbol > 12 ? 2 : symbol > 5 ? 1 : 0;
    let [sum, width] = [0, 0];
    for (let near = symbol - reach; near <= symbol + reach; near++) {
      if (near > 31 && symbol < 32) continue;
      sum += seen[near] ?? 0;
      width++;
    }
    if (symbol === 32) [sum, width] = [seen[32], 1];
    return (sum / width + weight * prior) / (total + weight);
  });
}

/** A letter a symbol: how many sixths of an octave it is rarer than the likeliest. */
const lines = counts.map((seen, row) => {
  const context = row % CONTEXTS;
  // Where little was seen the shape is that of all classes together, and where that is little a Laplacian's of the mean.
  const mean = Math.max(0.12, meanOf(context));
  const laplacian = Array.from({ length: SYMBOLS }, (_, symbol) => {
    if (symbol === 0) return 1 - Math.exp(-0.6 / mean);
    return Math.exp(-(symbol - 0.4) / mean) * (symbol < 32 ? 1 - Math.exp(-1 / mean) : 1);
  });
  const together = laplacian.map((_, symbol) => {
    let sum = 0;
    for (let other = context; other < counts.length; other += CONTEXTS) sum += counts[other][symbol];
    return sum;
  });
  const chances = chancesOf(seen, chancesOf(together, laplacian, PRIOR), TOGETHER);
  const most = Math.max(...chances);
  return chances
    .map((chance) => String.fromCharCode(33 + Math.min(90, Math.round(-6 * Math.log2(chance / most)))))
    .join('');
});
const literals = lines.map((line) => `  '${line.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}',`);
writeFileSync(
  join(root, 'src/wave/_model.ts'),
  `// Generated by scripts/train-wave.mjs: do not edit.\n/** Three classes of 33 contexts, a context a line, a letter a symbol: see frequenciesOf in _tables.ts. */\nexport const model: readonly string[] = [\n${literals.join('\n')}\n];\n`,
);

// The document has the same lines.
const document = join(root, 'docs/BITSTREAM.md');
const text = readFileSync(document, 'utf8');
const from = text.indexOf('```\n', text.indexOf('**Tables.**')) + 4;
const to = text.indexOf('\n```', from);
writeFileSync(document, `${text.slice(0, from)}${lines.join('\n')}${text.slice(to)}`);
console.log(counts.map((seen) => seen.reduce((sum, value) => sum + value, 0)).join(' '));
