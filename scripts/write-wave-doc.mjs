// Writes the tables of docs/WAVE.md: between `<!-- figures: NAME -->` and `<!-- end -->` stands what the function of that
// name gives. Signals and codec are deterministic; test/docs/wave-doc.test.ts makes some rows anew, test/docs/wave-doc.long.ts
// all of them, and both fail when a figure is stale. Takes a minute.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Engine } from '../dist/engine/engine.js';
import { surveyWave } from '../dist/index.js';
import { Fft } from '../dist/measure/index.js';
import { code, LIVE_KEY_INTERVAL, LOSSLESS, mean, transcode } from './bench/_wave-coding.mjs';
import { qoaFormat } from './bench/_wave-peers.mjs';
import { makeCorpus } from './corpus.mjs';

const root = join(import.meta.dirname, '..');
const SECONDS = 3;
const BITS = 3.2;

const shown = (value, digits) =>
  value === undefined || Number.isNaN(value)
    ? '–'
    : value
        .toFixed(digits)
        .replace(/^-(?=[0.]+$)/, '')
        .replace('-', '−');
const signed = (value, digits) => shown(value, digits).replace(/^(?=[\d])/, '+');
const line = (cells) => `| ${cells.join(' | ')} |`;
const table = (head, rows) => [head, head.map((_, i) => (i === 0 ? '---' : '---:')), ...rows].map(line).join('\n');

/** Rows of numbers, a row of their means, all shown by the columns' own functions. */
function rowsAndMeans(columns, rows) {
  const last = ['mean', ...columns.map((_, i) => mean(rows.map((row) => row[i + 1])))];
  return [...rows, last].map((row) => cellsOf(columns, row));
}
const cellsOf = (columns, [name, ...values]) => [name, ...values.map((value, i) => columns[i](value))];

const oneDigit = (value) => shown(value, 1);
const twoDigits = (value) => shown(value, 2);
const signedDigit = (value) => signed(value, 1);
const signedDigits = (value) => signed(value, 2);

/** Clip by clip beside QOA: at the bits that it takes, and at fewer. */
const CODING = [twoDigits, oneDigit, oneDigit, signedDigit, oneDigit, signedDigit, oneDigit, signedDigit, twoDigits];
function codingRow(engine, clip) {
  const qoa = qoaFormat(clip);
  const lossless = code(engine, clip, LOSSLESS);
  if (lossless.snr !== Infinity) throw new Error(`${clip.name}: lossless is not`);
  const ratios = [qoa.bits, 2.4, 1.6].flatMap((bitsPerSample) => {
    const { snr } = transcode(engine, clip, { bitsPerSample });
    return [snr, snr - qoa.snr];
  });
  return [clip.name, qoa.bits, qoa.snr, ...ratios, lossless.bits];
}
function coding(engine, clips) {
  const head = ['clip', 'QOA: bits', 'dB', 'wave, at its bits: dB', '− QOA', '2.4 bits: dB', '− QOA', '1.6 bits: dB'];
  const rows = clips.map((clip) => codingRow(engine, clip));
  return table([...head, '− QOA', 'lossless: bits'], rowsAndMeans(CODING, rows));
}

/** What a key every 32 packets takes: at one step for the whole, and where every packet is held to the rate. */
const KEYS = [oneDigit, signedDigits, oneDigit, signedDigits];
function keysRow(engine, clip) {
  const { planes, sampleRate } = clip;
  const options = { sampleRate, channels: planes.length, bitsPerSample: BITS, effort: 2 };
  const cells = [true, false].flatMap((isPlanned) => {
    const [without, withKeys] = [0, LIVE_KEY_INTERVAL].map((keyInterval) => {
      const setting = { ...options, keyInterval };
      const plan = isPlanned ? surveyWave(engine, planes, setting) : undefined;
      return code(engine, clip, { ...setting, plan });
    });
    return [without.snr, without.snr - withKeys.snr - 6.02 * (without.packetBits - withKeys.packetBits)];
  });
  return [clip.name, ...cells];
}
function keys(engine, clips) {
  const head = ['clip', 'planned, no keys: dB', 'keys cost', 'bounded, no keys: dB', 'keys cost'];
  const rows = clips.map((clip) => keysRow(engine, clip));
  return table(head, rowsAndMeans(KEYS, rows));
}

/** Scenes one after the other, a clip and its gain each, that differ in kind, in loudness, or both. */
const [LENA, STRINGS, DRUMS, PINK] = ['lena', 'strings', 'drums', 'pink noise'].map((name) => `${name} 44.1 kHz`);
const [BAND, ROOM] = ['band stereo 44.1 kHz', 'lena stereo 44.1 kHz'];
const SEQUENCES = [
  [LENA, 1, STRINGS, 1, DRUMS, 1, PINK, 1],
  [PINK, 1, DRUMS, 1, STRINGS, 1, LENA, 1],
  [LENA, 0.1, STRINGS, 1, LENA, 0.3, STRINGS, 0.1, LENA, 1, STRINGS, 0.3],
  [PINK, 1, PINK, 0.1, PINK, 1, PINK, 0.1],
  [DRUMS, 1, DRUMS, 1, DRUMS, 0.1, DRUMS, 0.1],
  ['speech 16 kHz', 1, 'white noise 16 kHz', 0.3, 'lena 16 kHz', 1, 'speech 16 kHz', 0.2],
  [BAND, 1, ROOM, 1, BAND, 0.2, ROOM, 0.5],
];
const SCENE_SECONDS = 4;

function makeSequence(clips, scenes) {
  const pairs = Array.from({ length: scenes.length / 2 }, (_, i) => [scenes[2 * i], scenes[2 * i + 1]]);
  const parts = pairs.map(([name, gain]) => ({ gain, clip: clips.find((clip) => clip.name === name) }));
  const { sampleRate, planes } = parts[0].clip;
  const frames = SCENE_SECONDS * sampleRate;
  const joined = planes.map((_, channel) => {
    const plane = new Float32Array(frames * parts.length);
    for (const [index, { gain, clip }] of parts.entries()) {
      const scene = clip.planes[channel].subarray(0, frames);
      plane.set(
        scene.map((value) => Math.round(32768 * gain * value) / 32768),
        index * frames,
      );
    }
    return plane;
  });
  return { name: 'sequence', sampleRate, planes: joined };
}

/** Ways to hold a rate, by how much of the future they know. */
const RATES = [
  ['a plan', 'plan'],
  ['5 s of look-ahead', { rate: 'average', lookAheadSeconds: 5 }],
  ['2 s', { rate: 'average', lookAheadSeconds: 2 }],
  ['0.5 s', { rate: 'average', lookAheadSeconds: 0.5 }],
  ["`rate: 'average'` without", { rate: 'average' }],
  ['bounded', { rate: 'bounded' }],
];
const RATE_SECONDS = 6;
async function rates(engine) {
  const clips = await makeCorpus({ seconds: RATE_SECONDS });
  const sequences = SEQUENCES.map((scenes) => makeSequence(clips, scenes));
  const rows = RATES.map(([title, rate]) => {
    const ratios = [clips, sequences].map((signals) =>
      mean(
        signals.map((clip) => {
          const { planes, sampleRate } = clip;
          const options = { sampleRate, channels: planes.length, bitsPerSample: BITS, effort: 1, keyInterval: 256 };
          const held = rate === 'plan' ? { plan: surveyWave(engine, planes, options) } : rate;
          return code(engine, clip, { ...options, ...held }).snr;
        }),
      ),
    );
    return [title, ...ratios.map(oneDigit)];
  });
  return table(['', 'clips', 'sequences'], rows);
}

/** The threshold of hearing in dB of sound pressure (E. Terhardt, 1979). */
function thresholdOfHearing(hertz) {
  const f = Math.max(hertz, 20) / 1000;
  return 3.64 * f ** -0.8 - 6.5 * Math.exp(-0.6 * (f - 3.3) ** 2) + 1e-3 * f ** 4;
}

const SPECTRUM = 1024;
const BANDS = 16;
/** Hertz at which the columns of the table end. */
const EDGES = [500, 1500, 3000, 5000, 8000, 12000, 16000, Infinity];

/** Power spectra of a plane, a Hann window's length after the other. */
function spectraOf(plane) {
  const fft = new Fft(SPECTRUM);
  return Array.from({ length: Math.floor(plane.length / SPECTRUM) }, (_, index) => {
    const re = Float64Array.from(
      { length: SPECTRUM },
      (_, n) => plane[index * SPECTRUM + n] * (0.5 - 0.5 * Math.cos((2 * Math.PI * (n + 0.5)) / SPECTRUM)),
    );
    const im = new Float64Array(SPECTRUM);
    fft.forward(re, im);
    return re.subarray(0, SPECTRUM / 2).map((value, i) => value ** 2 + im[i] ** 2);
  });
}

const toDecibels = (power) => 10 * Math.log10(power);
const sum = (values) => values.reduce((total, value) => total + value, 0);

/** How loud an error is in all, over the threshold of hearing, over the signal in its worst band, and in each range. */
function errorFigures({ planes, sampleRate }, { decoded, snr }) {
  const [inRange, worst] = [new Float64Array(EDGES.length), []];
  let weighted = 0;
  const hertz = Array.from({ length: SPECTRUM / 2 }, (_, i) => ((i + 0.5) * sampleRate) / SPECTRUM);
  const range = hertz.map((value) => EDGES.findIndex((edge) => value < edge));
  const weight = hertz.map((value) => 10 ** (-thresholdOfHearing(value) / 10));
  for (const [channel, plane] of planes.entries()) {
    const signals = spectraOf(plane);
    for (const [index, error] of spectraOf(plane.map((value, n) => value - decoded[channel][n])).entries()) {
      for (const [i, power] of error.entries()) {
        inRange[range[i]] += power;
        weighted += power * weight[i];
      }
      const width = error.length / BANDS;
      const overSignal = Array.from({ length: BANDS }, (_, band) => {
        const [noise, signal] = [error, signals[index]].map((s) => sum(s.subarray(band * width, (band + 1) * width)));
        return toDecibels((noise + 1e-12) / (signal + 1e-12));
      });
      worst.push(Math.max(...overSignal));
    }
  }
  return [snr, toDecibels(weighted), mean(worst), ...Array.from(inRange, toDecibels)];
}

/** What noise shaping changes, by the mean over the clips of a rate. */
const SHAPINGS = [
  ['fixed', 44100, BITS],
  ['fixed', 16000, BITS],
  ['fixed', 8000, BITS],
  ['adaptive', 44100, BITS],
  ['adaptive', 44100, 1.5],
  ['adaptive', 16000, BITS],
  ['adaptive', 8000, BITS],
];
function shaping(engine, clips) {
  const rows = SHAPINGS.map(([noiseShaping, sampleRate, bitsPerSample]) => {
    const changes = clips
      .filter((clip) => clip.sampleRate === sampleRate)
      .map((clip) => {
        const [plain, shaped] = ['none', noiseShaping].map((name) =>
          errorFigures(clip, once(transcode, engine, clip, { bitsPerSample, noiseShaping: name })),
        );
        return shaped.map((value, i) => value - plain[i]);
      });
    const means = changes[0].map((_, i) => mean(changes.map((change) => change[i])));
    const cells = means.map((value) => (value === undefined ? '' : signed(value, 1)));
    return [`\`${noiseShaping}\`, ${sampleRate / 1000} kHz`, bitsPerSample, ...cells];
  });
  const ranges = ['–0.5 kHz', '–1.5', '–3', '–5', '–8', '–12', '–16', 'above'];
  return table(['', 'bits', 'SNR', 'over the threshold', 'over signal, worst of 16 bands', ...ranges], rows);
}

/** What was coded for one table is not coded again for another. */
const done = new WeakMap();
function once(make, engine, clip, options) {
  if (!done.has(clip)) done.set(clip, new Map());
  const key = JSON.stringify([make.name, { noiseShaping: 'none', effort: 3, framesPerPacket: 2048, ...options }]);
  const made = done.get(clip);
  if (!made.has(key)) made.set(key, make(engine, clip, options));
  return made.get(key);
}

const meanOf = (engine, clips, options) =>
  mean(clips.map((clip) => once(transcode, engine, clip, { bitsPerSample: BITS, ...options }).snr));

/** Predictors and efforts. */
function efforts(engine, clips) {
  const rows = ['full', 'lite'].map((predictor) => {
    const choice = predictor === 'full' ? {} : { predictor };
    return [
      `\`${predictor}\``,
      ...[1, 2, 3, 4].map((effort) => oneDigit(meanOf(engine, clips, { effort, ...choice }))),
    ];
  });
  return table(['predictor', 'effort 1', '2', '3', '4'], rows);
}

/** Packet lengths: files of one step, and links. */
function packets(engine, clips) {
  const rows = [64, 128, 256, 2048].map((framesPerPacket) => {
    const planned = clips.map((clip) => once(transcode, engine, clip, { bitsPerSample: BITS, framesPerPacket }));
    const overhead = mean(planned.map(({ bits, packetBits }) => bits - packetBits));
    const bounded =
      framesPerPacket > 256
        ? undefined
        : mean(
            clips.map(
              (clip) => code(engine, clip, { bitsPerSample: BITS, effort: 3, framesPerPacket, keyInterval: 0 }).snr,
            ),
          );
    return [
      framesPerPacket,
      `${shown((1000 * (framesPerPacket - 1)) / 48000, 1)} ms`,
      oneDigit(mean(planned.map(({ snr }) => snr))),
      twoDigits(overhead),
      oneDigit(bounded),
    ];
  });
  return table(['frames', 'latency at 48 kHz', 'files: dB', 'container: bits a sample', 'links: dB'], rows);
}

const FIGURES = { coding, keys, packets, efforts, rates, shaping };

/** The text with every table of figures made anew. */
export async function withFigures(text) {
  const engine = await Engine.load({ memory: 64 * 2 ** 20 });
  const clips = await makeCorpus({ seconds: SECONDS });
  const tables = {};
  for (const [, name] of text.matchAll(/<!-- figures: (\w+) -->/g)) {
    tables[name] = await FIGURES[name](engine, clips);
  }
  return text.replace(/(<!-- figures: (\w+) -->\n)[\s\S]*?(\n<!-- end -->)/g, (_, begin, name, end) => {
    return `${begin}${tables[name]}${end}`;
  });
}

/** The rows of some clips in the tables that have a row a clip. */
export async function rowsOf(names) {
  const engine = await Engine.load({ memory: 64 * 2 ** 20 });
  const clips = await makeCorpus({ names, seconds: SECONDS });
  return clips.flatMap((clip) => [
    line(cellsOf(CODING, codingRow(engine, clip))),
    line(cellsOf(KEYS, keysRow(engine, clip))),
  ]);
}

/** Bits a sample of the file that the figures are of, for the test that compares it with the command's. */
export async function fileBits(clip, bitsPerSample) {
  return transcode(await Engine.load({ memory: 64 * 2 ** 20 }), clip, { bitsPerSample }).bits;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const path = join(root, 'docs/WAVE.md');
  writeFileSync(path, await withFigures(readFileSync(path, 'utf8')));
}
