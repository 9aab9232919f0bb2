// Writes the tables of docs/FORMATS.md: between `<!-- figures: NAME -->` and `<!-- end -->` stands what the function of
// that name gives. Signals and formats are deterministic; test/docs/formats.test.ts fails when a figure is stale.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Engine } from '../dist/engine/engine.js';
import { difference } from '../dist/measure/index.js';
import { BlockCodec, levelOrder, percentileScale } from '../dist/quantize/index.js';

const root = join(import.meta.dirname, '..');
/** A multiple of every block size; enough for figures that stand to 0.1 dB. */
const LENGTH = 5 * 3 * 2 ** 14;

/** Numbers 0 < u < 1, the same on every run (xorshift32; Marsaglia, 2003). */
function uniform(seed) {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return ((state >>> 0) + 0.5) / 2 ** 32;
  };
}

function normal(seed) {
  const next = uniform(seed);
  return () => Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next());
}

const make = (value) => Float32Array.from({ length: LENGTH }, (_, i) => value(i));

function signals() {
  const [gauss, t0, t1, t2, t3] = [1, 20, 37, 54, 71].map(normal);
  const next = uniform(9);
  return {
    Gaussian: make(() => gauss() / 8),
    // Softer, so that its tails stay below full scale.
    'Student t3': make(() => t0() / Math.sqrt((t1() ** 2 + t2() ** 2 + t3() ** 2) / 3) / 64),
    Laplace: make(() => {
      const u = next();
      return (u < 0.5 ? Math.log(2 * u) : -Math.log(2 - 2 * u)) / 8;
    }),
    // An amplitude off the grid of every scale.
    'sine, 997 Hz': make((i) => 0.7 * Math.sin((2 * Math.PI * 997 * i) / 48000)),
  };
}

const shown = (value, digits) =>
  Number.isFinite(value) ? value.toFixed(digits).replace(/^-(?=[0.]+$)/, '') : value > 0 ? '∞' : '–';
const table = (head, rows) =>
  [head, head.map((_, i) => (i === 0 ? '---' : '---:')), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** What comes back of a signal, or undefined where the format does not encode or has not got the options. */
function coded(engine, options, x) {
  try {
    const codec = new BlockCodec(engine, options);
    try {
      const bytes = codec.encode(x);
      const result = difference([x], [codec.decode(bytes)], { lagWindowSamples: 0 });
      return { ...result, bitsPerSample: codec.bitsPerSample };
    } finally {
      codec.dispose();
    }
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function figures(engine) {
  const inputs = Object.entries(signals());
  const rows = [];
  for (const format of BlockCodec.formats) {
    const raw = inputs.map(([, x]) => coded(engine, { format }, x));
    if (raw[0] === undefined) continue;
    const rotated = coded(engine, { format, rotation: 'block' }, inputs[2][1]);
    rows.push([
      `\`${format}\``,
      raw[0].bitsPerSample.toFixed(3),
      ...raw.map(({ snr }) => shown(snr, 1)),
      rotated === undefined ? '–' : shown(rotated.snr, 1),
      shown(100 * raw[0].gainBias, 2),
    ]);
  }
  return table(['format', 'bits', ...inputs.map(([name]) => name), 'Laplace, rotated', 'β %'], rows);
}

/** Formats under other scales and options than they come with. */
function scales(engine) {
  const inputs = Object.entries(signals());
  const choices = [
    { format: 'int4', scaleFormat: 'e8m0' },
    { format: 'int4', scaleFormat: 'e4m3' },
    { format: 'int8', scaleFormat: 'e8m0' },
    { format: 'int8', scaleFormat: 'e4m3' },
    { format: 'nf4', scaleFormat: 'dynamic8' },
    { format: 'bnb-fp4', scaleFormat: 'dynamic8' },
    { format: 'dynamic8', blockSize: 64, scaleFormat: 'dynamic8' },
    { format: 'nvfp4', columns: 64 },
    { format: 'nvint4', columns: 64 },
    { format: 'nvfp4', tensorScale: 'frame' },
    { format: 'nvint4', tensorScale: 'frame' },
    { format: 'nvfp4', scaleFormat: 'e8m0', scaleRule: 'rceil', tensorScale: 1 },
    { format: 'nvfp4', scaleFormat: 'e8m0', scaleRule: 'rceil', tensorScale: 'frame' },
    { format: 'float-search', layout: 'e1m2' },
    { format: 'float-search', layout: 'e2m1' },
    { format: 'float-search', layout: 'e3m0' },
    { format: 'nvfp4-residual', tensorScale: 'frame' },
    { format: 'nvfp4-residual', tensorScale: 'frame', scaleRule: 'search' },
    { format: 'nvfp4-residual', tensorScale: 'frame', blockSize: 256 },
    { format: 'twinlog', blockSize: 512 },
    { format: 'twinlog', blockSize: 4096 },
  ];
  const rows = choices.map(({ format, ...choice }) => {
    const raw = inputs.map(([, x]) => coded(engine, { format, ...choice }, x));
    const told = Object.entries(choice).map(([name, value]) => `${name} ${value}`);
    return [`\`${format}\``, told.join(', '), raw[0].bitsPerSample.toFixed(3), ...raw.map(({ snr }) => shown(snr, 1))];
  });
  return table(['format', 'option', 'bits', ...inputs.map(([name]) => name)], rows);
}

function rules(engine) {
  const inputs = Object.entries(signals());
  const rows = [];
  for (const format of ['mxfp8-e4m3', 'mxfp6-e2m3', 'mxfp4', 'mxint8', 'nvfp4', 'nvint4']) {
    for (const scaleRule of ['floor', 'even', 'rceil', 'ceil', 'search']) {
      const raw = inputs.map(([, x]) => coded(engine, { format, scaleRule }, x));
      if (raw[0] !== undefined) rows.push([`\`${format}\``, scaleRule, ...raw.map(({ snr }) => shown(snr, 1))]);
    }
  }
  return table(['format', 'rule', ...inputs.map(([name]) => name)], rows);
}

/** The mean over channels of their signal-to-noise ratios. */
function meanChannelSnr(engine, options, x, channels) {
  const codec = new BlockCodec(engine, options);
  const y = codec.decode(codec.encode(x));
  codec.dispose();
  const [power, noise] = [new Float64Array(channels), new Float64Array(channels)];
  for (let i = 0; i < x.length; i++) {
    power[i % channels] += x[i] ** 2;
    noise[i % channels] += (x[i] - y[i]) ** 2;
  }
  return power.reduce((sum, value, channel) => sum + 10 * Math.log10(value / noise[channel]), 0) / channels;
}

const CHANNELS = 128;
const BLOCK = 16;

/** What an order by level gains, by how many of 128 channels are loud, at most one to a block until there are more. */
function channels(engine) {
  const noise = make(normal(5));
  const mantissas = [
    { format: 'bfp' },
    { format: 'int8', scaleFormat: 'e8m0', blockSize: BLOCK },
    { format: 'dfp16', blockSize: BLOCK },
  ];
  const cells = (x) => {
    const order = levelOrder(x, CHANNELS);
    return mantissas.map((options) => {
      const before = meanChannelSnr(engine, options, x, CHANNELS);
      return shown(meanChannelSnr(engine, { ...options, order }, x, CHANNELS) - before, 1);
    });
  };
  const rows = [2, 3, 4, 5, 6, 8, 16].map((loud) => {
    const places = new Set(
      Array.from({ length: loud }, (_, k) => (BLOCK * k + ((7 * k + (k >> 3)) % BLOCK)) % CHANNELS),
    );
    const spoiled = Math.min(loud * (BLOCK - 1), CHANNELS - loud);
    const freed = spoiled - ((BLOCK - (loud % BLOCK)) % BLOCK);
    const at = (level) => cells(noise.map((value, i) => value * (places.has(i % CHANNELS) ? level : 1)));
    return [`${loud} loud`, freed, ...at(10), ...at(50)];
  });
  const spread = noise.map((value, i) => value * 10 ** (-(((i % CHANNELS) * 37) % CHANNELS) / 64));
  rows.push(['spread evenly over 40 dB', '–', ...cells(spread), '–', '–', '–']);
  const heads = [10, 50].flatMap((level) => [4, 8, 16].map((bits) => `× ${level}, ${bits} bits`));
  return table(['channels', 'freed', ...heads], rows);
}

/** What papers claim of the formats at the edges, and what is measured here. */
function claims(engine) {
  const { Gaussian: gauss, 'Student t3': heavy, Laplace: laplace, 'sine, 997 Hz': sine } = signals();
  const snr = (options, x) => shown(coded(engine, options, x).snr, 1);
  const each = (options) => [gauss, heavy, laplace, sine].map((x) => snr(options, x)).join(' / ');
  const quarter = make(normal(6)).map((value, i) => (value * ([3, 8, 14].includes((i >> 4) % 16) ? 40 : 1)) / 256);
  const outliers = make(normal(7)).map((value, i) => value * (((i % 256) * 97) % 256 < 40 ? 30 : 1));
  const order = levelOrder(outliers, 256);
  // The second decimal of a percentage asks for four times as much, and for tails that are no pairs of neighbours of xorshift.
  const [radius, angle] = [uniform(3), uniform(77)];
  const long = Float32Array.from(
    { length: 4 * LENGTH },
    () => Math.sqrt(-2 * Math.log(radius())) * Math.cos(2 * Math.PI * angle()),
  );
  const share = (blockSize) => shown(100 * 10 ** (-coded(engine, { format: 'twinlog', blockSize }, long).snr / 10), 2);
  const power = long.reduce((sum, value) => sum + value ** 2, 0);
  let clipped = 1;
  for (let step = 0.33; step < 0.35; step += 0.002) {
    const held = (value) => step * Math.max(-8, Math.min(7, Math.round(value / step)));
    clipped = Math.min(clipped, long.reduce((sum, value) => sum + (value - held(value)) ** 2, 0) / power);
  }
  const level = (percentile) => ({
    format: 'int8',
    scaleFormat: 'none',
    tensorScale: percentileScale(heavy, 8, percentile),
  });
  const options = (format, more) => ({ format, ...more });
  return table(
    ['claim', 'measured', 'so'],
    [
      [
        'POST: powers of √2 suit what is distributed about zero',
        `\`log-sqrt2\` ${each(options('log-sqrt2'))} dB; \`int4\` in blocks of 64 ${each(options('int4', { blockSize: 64 }))}`,
        'on noise, the more the heavier its tails; on tones it is the other way',
      ],
      [
        'twin-log: 1.13 % of error on Gaussian values, the best clipped uniform grid 1.21 %',
        `${share(512)} % in blocks of 512, ${share(4096)} % in blocks of 4096; uniform ${shown(100 * clipped, 2)} %. ` +
          `\`twinlog\` ${each(options('twinlog'))} dB, \`int4\` ${each(options('int4', { blockSize: 256 }))} in blocks of 256`,
        'on Gaussian values; nowhere else',
      ],
      [
        'iFSQ: equally filled bins',
        `\`ifsq\` ${each(options('ifsq'))} dB`,
        'filled they are; on noise no grid of 4 bits has less',
      ],
      [
        'LLM-FP4: a searched layout',
        `the choice ${each(options('float-search'))} dB, E2M1 alone ${each(options('float-search', { layout: 'e2m1' }))}, ` +
          `E3M0 alone ${each(options('float-search', { layout: 'e3m0' }))}`,
        'each layout wins somewhere: E1M2 on tones, E2M1 on noise, E3M0 on tails',
      ],
      [
        'ZeroQuant-FP: powers of two for scales cost little',
        `\`nvfp4\` ${each(options('nvfp4', { tensorScale: 'frame' }))} dB, M1 ` +
          `${each(options('nvfp4', { scaleFormat: 'e8m0', scaleRule: 'rceil', tensorScale: 1 }))}, M2 ` +
          `${each(options('nvfp4', { scaleFormat: 'e8m0', scaleRule: 'rceil', tensorScale: 'frame' }))}`,
        'on noise 1.4 to 3.3 dB',
      ],
      [
        'COMET, MixLLM: 8 bits for outliers suffice',
        `40 of 256 channels 30 times as loud: \`mixed-int\` ${snr(options('mixed-int'), outliers)} dB, with \`order\` ` +
          `${snr(options('mixed-int', { order }), outliers)}; \`int5\` ${snr(options('int5'), outliers)}, with \`order\` ` +
          `${snr(options('int5', { order }), outliers)}. Gaussian: ${snr(options('mixed-int'), gauss)}, \`int5\` ${snr(options('int5'), gauss)}`,
        'with the permutation, and where there are outliers',
      ],
      [
        'ARCQuant: NVFP4 twice is comparable to MXFP8',
        `\`nvfp4-residual\` ${each(options('nvfp4-residual', { tensorScale: 'frame' }))} dB with 9 bits, \`mxint8\` ` +
          `${each(options('mxint8'))} with 8.25, \`mxfp8-e4m3\` ${each(options('mxfp8-e4m3'))}`,
        '6 to 10 dB better than that; better than integers on tails only',
      ],
      [
        'ARCQuant: refining what is loud is enough',
        `3 of 16 parts 40 times as loud: blocks of 256 ${snr(options('nvfp4-residual', { blockSize: 256 }), quarter)} dB with 5.69 bits, ` +
          `\`nvfp4\` ${snr(options('nvfp4'), quarter)}, all refined ${snr(options('nvfp4-residual'), quarter)}. Gaussian: ` +
          `${snr(options('nvfp4-residual', { blockSize: 256 }), gauss)}`,
        'where few parts are loud',
      ],
      [
        'static INT8 is best clipped at a percentile',
        `Student t3: 100th ${snr(level(100), heavy)} dB, 99.99th ${snr(level(99.99), heavy)}, 99.9th ${snr(level(99.9), heavy)}`,
        'not by squared error: the more is clipped, the less is left',
      ],
    ],
  );
}

const FIGURES = { figures, scales, rules, channels, claims };

/** The text with its tables made anew. */
export async function withFigures(text, names = Object.keys(FIGURES)) {
  const engine = await Engine.load();
  return text.replace(/(<!-- figures: (\w+) -->\n)[\s\S]*?(\n<!-- end -->)/g, (whole, begin, name, end) => {
    return names.includes(name) ? `${begin}${FIGURES[name](engine)}${end}` : whole;
  });
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const path = join(root, 'docs/FORMATS.md');
  writeFileSync(path, await withFigures(readFileSync(path, 'utf8')));
}
