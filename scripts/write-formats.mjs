// Writes the tables of docs/FORMATS.md: between `<!-- figures: NAME -->` and `<!-- end -->` stands what the function of
// that name gives. Signals and formats are deterministic; test/docs/formats.test.ts fails when a figure is stale.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Engine } from '../dist/engine/engine.js';
import { difference } from '../dist/measure/index.js';
import { BlockCodec } from '../dist/quantize/index.js';

const root = join(import.meta.dirname, '..');
/** A multiple of every block size; enough for figures that stand to 0.1 dB. */
const LENGTH = 3 * 2 ** 16;

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

const FIGURES = { figures, rules };

/** The text with its tables made anew. */
export async function withFigures(text) {
  const engine = await Engine.load();
  return text.replace(/(<!-- figures: (\w+) -->\n)[\s\S]*?(\n<!-- end -->)/g, (_, begin, name, end) => {
    return `${begin}${FIGURES[name](engine)}${end}`;
  });
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const path = join(root, 'docs/FORMATS.md');
  writeFileSync(path, await withFigures(readFileSync(path, 'utf8')));
}
