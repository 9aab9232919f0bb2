// Writes the tables of the README that hold figures: between `<!-- figures: NAME -->` and `<!-- end -->` stands what the
// function of that name gives. All of them are exact or deterministic; test/docs/figures.test.ts fails when one is stale.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Engine, Pipeline, Resampler } from '../dist/index.js';
import { aliasRejection, bandwidth, imageRejection, ripple, signalToNoise } from '../dist/measure/index.js';

const root = join(import.meta.dirname, '..');

const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** Delay of typical chains: what the edge engineer wants to know. */
function latency(engine) {
  const chains = [
    ['`.resample({ to: 48000 })`', 44100, (chain) => chain.resample({ to: 48000 })],
    ['`.resample({ to: 16000 })`', 48000, (chain) => chain.resample({ to: 16000 })],
    [
      "`.encode({ codec: 'int8', framesPerPacket: 64 })`",
      48000,
      (c) => c.encode({ codec: 'int8', framesPerPacket: 64 }),
    ],
    [
      "`.encode({ codec: 'int8', framesPerPacket: 128 })`",
      48000,
      (c) => c.encode({ codec: 'int8', framesPerPacket: 128 }),
    ],
    ['the same, and `.decode()`', 48000, (chain) => chain.encode({ codec: 'int8', framesPerPacket: 128 }).decode()],
    [
      '`.rotate({ size: 64 })`, then packets of 128',
      48000,
      (chain) => chain.rotate({ size: 64 }).encode({ codec: 'int4', framesPerPacket: 128 }),
    ],
    [
      '`.resample({ to: 16000 })`, then packets of 128',
      44100,
      (chain) => chain.resample({ to: 16000 }).encode({ codec: 'int4', framesPerPacket: 128 }),
    ],
    [
      "sensor: `.encode({ codec: 'int8', framesPerPacket: 32 })`",
      100,
      (c) => c.encode({ codec: 'int8', framesPerPacket: 32 }),
    ],
  ];
  const rows = chains.map(([title, sampleRate, make]) => {
    const pipeline = make(Pipeline.from({ sampleRate })).build(engine);
    const seconds = pipeline.latency.numerator / pipeline.latency.denominator;
    pipeline.dispose();
    const frames = Math.round(seconds * sampleRate * 1000) / 1000;
    return [title, `${sampleRate} Hz`, String(frames), `${(seconds * 1000).toFixed(3)} ms`];
  });
  return table(['chain', 'input', 'late by, in input frames', 'in time'], rows);
}

/** The protocol of docs/MEASURING.md for the default quality. */
function resampler(engine) {
  const pairs = [
    [44100, 48000],
    [48000, 44100],
    [48000, 16000],
  ];
  const rows = pairs.map(([from, to]) => {
    const device = {
      from,
      to,
      run(input) {
        const processor = new Resampler(engine, { from, to });
        const [body] = processor.process([Float32Array.from(input)]);
        const [tail] = processor.flush();
        processor.dispose();
        const whole = new Float32Array(body.length + tail.length);
        whole.set(body);
        whole.set(tail, body.length);
        return whole;
      },
    };
    const processor = new Resampler(engine, { from, to });
    const { numerator, denominator } = processor.latency;
    processor.dispose();
    const { tenthDecibel, threeDecibels } = bandwidth(device);
    const rejection = to < from ? aliasRejection(device) : imageRejection(device);
    return [
      `${from} → ${to}`,
      `${signalToNoise(device).decibels.toFixed(0)} dB`,
      `${rejection.decibels.toFixed(0)} dB`,
      `${(tenthDecibel * 100).toFixed(2)} / ${(threeDecibels * 100).toFixed(2)} %`,
      `${ripple(device).toExponential(0)} dB`,
      `${((1000 * numerator) / denominator).toFixed(3)} ms`,
    ];
  });
  const head = [
    'Hz',
    'worst SNR to 0.9 Nyquist',
    'rejection from 1.00',
    '−0.1 / −3 dB at, of Nyquist',
    'ripple',
    'latency',
  ];
  return table(head, rows);
}

const FIGURES = { latency, resampler };

/** The README's text with every table of figures made anew. */
export async function withFigures(text) {
  const engine = await Engine.load();
  return text.replace(/(<!-- figures: (\w+) -->\n)[\s\S]*?(\n<!-- end -->)/g, (_, begin, name, end) => {
    return `${begin}${FIGURES[name](engine)}${end}`;
  });
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const path = join(root, 'README.md');
  writeFileSync(path, await withFigures(readFileSync(path, 'utf8')));
}
