// Writes the tables of docs/QUANTISERS.md: between `<!-- figures: NAME -->` and `<!-- end -->` stands what the function of
// that name gives. Vectors are deterministic; test/vectors-codec/document.test.ts fails when a figure is stale. Speed, which is
// not, is written with `--speed` only.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { dct, Engine, ProgressiveVectorCodec, trainCodebook, VectorCodec } from '../dist/index.js';
import { makeCorpus } from './corpus.mjs';

const root = join(import.meta.dirname, '..');
const DIMENSION = 256;
const VECTORS = 200;

/** Numbers 0 < u < 1, the same on every run (xorshift32; Marsaglia, 2003). */
function uniform(seed) {
  let state = seed;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return ((state >>> 0) + 0.5) / 2 ** 32;
  };
  for (let i = 0; i < 16; i++) next();
  return next;
}

function normal(seed) {
  const next = uniform(seed);
  return () => Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next());
}

const make = (value) => Float32Array.from({ length: DIMENSION * VECTORS }, (_, i) => value(i));

/** Spectra of the demo recording: the DCT of stretches of 256 samples. */
async function spectra(engine) {
  const [{ planes }] = await makeCorpus({ names: ['lena 44.1 kHz'], seconds: 4 });
  const [x] = planes;
  const stride = Math.floor((x.length - DIMENSION) / VECTORS);
  const out = new Float32Array(DIMENSION * VECTORS);
  for (let vector = 0; vector < VECTORS; vector++) {
    const at = vector * stride;
    out.set(dct(engine, x.slice(at, at + DIMENSION)), vector * DIMENSION);
  }
  return out;
}

/** Two of 128 channels are loud. */
const isHot = (i) => i % 128 === 10 || i % 128 === 40;

async function signals(engine) {
  const [gauss, hot, t0, t1, t2, t3] = [1, 12, 20, 37, 54, 71].map(normal);
  const [next, place] = [uniform(9), uniform(10)];
  const oneHot = new Float32Array(DIMENSION * VECTORS);
  for (let vector = 0; vector < VECTORS; vector++) {
    oneHot[vector * DIMENSION + Math.floor(place() * DIMENSION)] = 1 + place();
  }
  return {
    Gaussian: make(() => gauss()),
    Laplace: make(() => {
      const u = next();
      return u < 0.5 ? Math.log(2 * u) : -Math.log(2 - 2 * u);
    }),
    'Student t3': make(() => t0() / Math.sqrt((t1() ** 2 + t2() ** 2 + t3() ** 2) / 3)),
    'one-hot': oneHot,
    'hot channels': make((i) => hot() * (isHot(i) ? 20 : 1)),
    spectra: await spectra(engine),
  };
}

/** The mean over vectors of ‖x − x̂‖²/‖x‖², in dB of what is left. */
function decibels(x, decoded, dimension = DIMENSION) {
  let sum = 0;
  let vectors = 0;
  for (let at = 0; at < x.length; at += dimension) {
    let signal = 0;
    let error = 0;
    for (let i = at; i < at + dimension; i++) {
      signal += x[i] ** 2;
      error += (x[i] - decoded[i]) ** 2;
    }
    if (signal === 0) continue;
    sum += error / signal;
    vectors++;
  }
  return -10 * Math.log10(sum / vectors);
}

const shown = (value, digits = 1) => (Number.isFinite(value) ? value.toFixed(digits).replace(/^-(?=[0.]+$)/, '') : '–');
const table = (head, rows) =>
  [head, head.map((_, i) => (i === 0 ? '---' : '---:')), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** Entropy in bits and error of a uniform quantiser of a Gaussian value, each cell as its mean. */
function uniformQuantiser(step) {
  const parts = 64;
  let [entropy, error] = [0, 1];
  for (let k = -Math.ceil(9 / step); k <= Math.ceil(9 / step); k++) {
    let [mass, moment] = [0, 0];
    for (let i = 0; i < parts; i++) {
      const x = (k - 0.5 + (i + 0.5) / parts) * step;
      const density = (Math.exp((-x * x) / 2) * step) / parts / Math.sqrt(2 * Math.PI);
      mass += density;
      moment += x * density;
    }
    if (mass < 1e-18) continue;
    entropy -= mass * Math.log2(mass);
    error -= moment ** 2 / mass;
  }
  return { entropy, error };
}

/** The least error in dB of a scalar quantiser with entropy coding at so many bits, for Gaussian values. */
function entropyCodedScalar(bits) {
  let [low, high] = [-12, 3];
  for (let round = 0; round < 40; round++) {
    const middle = (low + high) / 2;
    if (uniformQuantiser(2 ** middle).entropy > bits) low = middle;
    else high = middle;
  }
  return -10 * Math.log10(uniformQuantiser(2 ** low).error);
}

const BASE = { dimension: DIMENSION, scaleFormat: 'float16' };
const CODECS = [
  ...[1, 2, 3, 4, 6, 8].map((bits) => ({ codec: 'eden', bits })),
  { codec: 'eden', bits: 2.5 },
  ...[1, 2, 4].map((bits) => ({ codec: 'eden', bits, bias: 'unbiased' })),
  ...[2, 4].map((bits) => ({ codec: 'turbo-mse', bits })),
  ...[2, 3, 4].map((bits) => ({ codec: 'turbo-prod', bits })),
  ...[2, 3, 4].map((bits) => ({ codec: 'turbo-prod', bits, projection: 'hadamard' })),
  ...[2, 3, 4].map((bits) => ({ codec: 'octopus', bits })),
  { codec: 'pvq', groupSize: 8, pulses: 4 },
  { codec: 'pvq', groupSize: 16, pulses: 16 },
  { codec: 'itq3s', bits: 1.625 },
  { codec: 'itq3s', bits: 3 },
  { codec: 'gsq', bits: 2 },
  { codec: 'saw-int4', rotation: 'none' },
  ...[16, 32, 64, 128].map((rotationSize) => ({ codec: 'saw-int4', rotationSize })),
  ...[1.5, 2, 3, 4, 6].map((bits) => ({ codec: 'e8', bits })),
];

function coded(engine, options, x) {
  const codec = new VectorCodec(engine, options);
  const bytes = codec.encode(x);
  const decoded = codec.decode(bytes);
  codec.dispose();
  return { decoded, bits: (8 * bytes.length) / x.length };
}

const described = (options) =>
  Object.entries(options)
    .filter(([name]) => name !== 'codec')
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');

/** Every codec on every signal; the bounds are those of a Gaussian signal at the bits that it took. */
async function distortion(engine) {
  const inputs = Object.entries(await signals(engine));
  const rows = CODECS.map((options) => {
    const cells = inputs.map(([, x]) => coded(engine, { ...BASE, ...options }, x));
    const [{ bits }] = cells;
    return [
      `\`${options.codec}\``,
      described(options),
      shown(bits, 3),
      ...cells.map(({ decoded }, i) => shown(decibels(inputs[i][1], decoded))),
      shown(20 * Math.log10(2) * bits),
      shown(entropyCodedScalar(bits)),
    ];
  });
  return table(['codec', 'options', 'bits', ...inputs.map(([name]) => name), 'Shannon', 'entropy-coded scalar'], rows);
}

/** Levels and lattice on long Gaussian vectors, where what belongs to a vector as a whole weighs little. */
function lattice(engine) {
  const next = normal(3);
  const dimension = 1024;
  const x = Float32Array.from({ length: 200 * dimension }, () => next());
  const rows = [1.5, 2, 3, 4, 6].map((bits) => {
    const options = { dimension, scaleFormat: 'float16' };
    const codes = coded(engine, { ...options, codec: 'e8', bits }, x);
    const found = decibels(x, codes.decoded, dimension);
    // At the bits that e8 took: eden's are multiples of 1/64 with the scale another.
    const eden = coded(engine, { ...options, codec: 'eden', bits: Math.round(64 * codes.bits - 1) / 64 }, x);
    const other = decibels(x, eden.decoded, dimension);
    return [
      codes.bits.toFixed(3),
      shown(found, 2),
      eden.bits.toFixed(3),
      shown(other, 2),
      shown(found - other, 2),
      shown(20 * Math.log10(2) * codes.bits, 2),
      shown(entropyCodedScalar(codes.bits), 2),
    ];
  });
  return table(['`e8`, bits', 'dB', '`eden`, bits', 'dB', 'gain', 'Shannon', 'entropy-coded scalar'], rows);
}

/** What knowing the channels gains where some are loud. */
async function channels(engine) {
  const x = (await signals(engine))['hot channels'];
  const gathered = make(normal(13)).map((value, i) => value * ([64, 65, 70, 80].includes(i % 128) ? 20 : 1));
  const magnitudes = (hot) => Array.from({ length: DIMENSION }, (_, i) => (hot(i) ? 20 : 1));
  const isGathered = (i) => [64, 65, 70, 80].includes(i % 128);
  const quiet = (source, decoded, hot) => {
    let [signal, error] = [0, 0];
    for (const [i, value] of source.entries()) {
      if (hot(i)) continue;
      signal += value ** 2;
      error += (value - decoded[i]) ** 2;
    }
    return 10 * Math.log10(signal / error);
  };
  const rows = [];
  for (const codec of ['saw-int4', 'eden', 'e8']) {
    for (const [name, choose] of [
      ['none', () => ({ rotation: 'none' })],
      ['blocks of 32', () => ({ rotationSize: 32 })],
      ['the whole vector', () => ({ rotationSize: DIMENSION })],
      ['dealt out to blocks of 32', (hot) => ({ rotation: 'outlier', channelMagnitudes: magnitudes(hot) })],
      ['the whole vector, channels scaled', (hot) => ({ rotationSize: DIMENSION, channelScales: magnitudes(hot) })],
    ]) {
      const cells = [
        [x, isHot],
        [gathered, isGathered],
      ].flatMap(([source, hot]) => {
        const { decoded } = coded(engine, { ...BASE, codec, bits: 4, ...choose(hot) }, source);
        return [shown(decibels(source, decoded)), shown(quiet(source, decoded, hot))];
      });
      rows.push([`\`${codec}\``, name, ...cells]);
    }
  }
  return table(
    ['codec, 4 bits', 'rotation', 'two hot', 'quiet ones of these', 'four in one block', 'quiet ones'],
    rows,
  );
}

/** The error that is left of the mean over seeds. */
function bias(engine) {
  const twoHot = new Float32Array(128);
  twoHot.set([1], 3);
  twoHot.set([0.5], 77);
  const next = normal(3);
  const gauss = Float32Array.from({ length: 128 }, () => next());
  const left = (options, x, seeds) => {
    const mean = new Float64Array(x.length);
    for (let seed = 0; seed < seeds; seed++) {
      const codec = new VectorCodec(engine, { ...options, dimension: x.length, seed });
      for (const [i, value] of codec.decode(codec.encode(x)).entries()) mean[i] += value / seeds;
      codec.dispose();
    }
    const energy = x.reduce((sum, value) => sum + value ** 2, 0);
    return Math.sqrt(mean.reduce((sum, value, i) => sum + (value - x[i]) ** 2, 0) / energy);
  };
  const rows = [];
  for (const options of [
    { codec: 'eden', bits: 1, bias: 'unbiased', rotationBlocks: 1 },
    { codec: 'eden', bits: 1, bias: 'unbiased' },
    { codec: 'eden', bits: 2, bias: 'unbiased' },
    { codec: 'eden', bits: 1 },
    { codec: 'turbo-prod', bits: 2, projection: 'hadamard' },
  ]) {
    const cells = [gauss, twoHot].flatMap((x) =>
      [1, 16, 256].map((seeds) => `${shown(100 * left(options, x, seeds))} %`),
    );
    rows.push([`\`${options.codec}\``, described(options), ...cells]);
  }
  const heads = ['Gaussian', 'two-hot'].flatMap((name) => [1, 16, 256].map((seeds) => `${name}, ${seeds}`));
  return table(['codec', 'options', ...heads], rows);
}

/** Coupled channels: two of a correlation at 1 bit each. */
function coupled(engine) {
  const rows = [0, 0.5, 0.9, 0.99].map((correlation) => {
    const next = normal(5);
    const noise = Float32Array.from({ length: 60000 }, () => next());
    const other = Math.sqrt(1 - correlation ** 2);
    const x = noise.map((value, i) => (i % 2 ? correlation * noise[i - 1] + other * value : value));
    const all = (groupSize, bits) => {
      const codebook = trainCodebook(x.subarray(0, 20000), { groupSize, entries: 2 ** (bits * groupSize) });
      return shown(
        decibels(x, coded(engine, { codec: 'cq', dimension: 20, groupSize, bits, codebook }, x).decoded, x.length),
        2,
      );
    };
    return [correlation, all(1, 1), all(2, 1), all(2, 2), all(4, 1)];
  });
  return table(['correlation', 'each by itself, 1 bit', 'pairs, 1 bit', 'pairs, 2 bits', 'two pairs, 1 bit'], rows);
}

/** What each layer adds. */
async function layers(engine) {
  const inputs = Object.entries(await signals(engine));
  const rows = [];
  for (const [name, refinements] of [
    [
      'levels of 2 bits, levels of 3',
      [
        { kind: 'levels', bits: 2 },
        { kind: 'levels', bits: 3 },
      ],
    ],
    [
      '8 coefficients, 16 more',
      [
        { kind: 'sparse', count: 8 },
        { kind: 'sparse', count: 16 },
      ],
    ],
    ['NVFP4', [{ kind: 'nvfp4' }]],
  ]) {
    const codec = new ProgressiveVectorCodec(engine, { codec: 'eden', dimension: DIMENSION, bits: 2, refinements });
    let bytes = 0;
    for (const [index, part] of codec.layerBytes.entries()) {
      bytes += part;
      const cells = inputs.map(([, x]) =>
        shown(decibels(x, codec.decode(codec.encode(x).subarray(0, VECTORS * bytes), VECTORS))),
      );
      rows.push([
        index === 0 ? name : '',
        index === 0 ? 'eden, 2 bits' : `+ ${index}`,
        shown((8 * bytes) / DIMENSION, 2),
        ...cells,
      ]);
    }
    codec.dispose();
  }
  return table(['layers', 'up to', 'bits', ...inputs.map(([name]) => name)], rows);
}

/** MB/s of float32, this machine's: written on request, and not checked. */
async function speed() {
  const { run } = await import('./bench/vectors.mjs');
  const rows = await run({});
  return table(
    ['codec', 'encode MB/s', 'decode MB/s', 'inner products MB/s'],
    rows.map((row) => [
      row.codec,
      ...['encode MB/s', 'decode MB/s', 'inner products MB/s'].map((name) =>
        row[name] === undefined ? '–' : Math.round(row[name]),
      ),
    ]),
  );
}

const FIGURES = { distortion, lattice, channels, bias, coupled, layers };

/** The text with its tables made anew. */
export async function withFigures(text, names = Object.keys(FIGURES)) {
  return withTables(text, Object.fromEntries(names.map((name) => [name, FIGURES[name]])));
}

async function withTables(text, figures) {
  const engine = await Engine.load({ memory: 2 ** 25 });
  let result = text;
  for (const [name, make] of Object.entries(figures)) {
    const place = new RegExp(`(<!-- figures: ${name} -->\\n)[\\s\\S]*?(\\n<!-- end -->)`);
    const written = await make(engine);
    result = result.replace(place, (_, begin, end) => `${begin}${written}${end}`);
  }
  return result;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const path = join(root, 'docs/QUANTISERS.md');
  const figures = process.argv.includes('--speed') ? { speed } : FIGURES;
  writeFileSync(path, await withTables(readFileSync(path, 'utf8'), figures));
}
