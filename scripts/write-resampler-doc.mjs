// Writes docs/RESAMPLER.md: the figures of every quality at the six pairs of rates of docs/MEASURING.md, beside those of
// other resamplers. Peers that are installed run through the same protocol here; figures of native ones are quoted.
// Takes a minute or two. test/docs/resampler-doc.test.ts fails when the page lists other qualities than there are.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Engine, QUALITIES, Resampler } from '../dist/index.js';
import { aliasRejection, bandwidth, imageRejection, impulse, ripple, signalToNoise } from '../dist/measure/index.js';

const PAIRS = [
  [44100, 48000],
  [48000, 44100],
  [48000, 16000],
  [16000, 48000],
  [44100, 96000],
  [96000, 44100],
];

/** What the qualities promise: SNR, bandwidth, rejection, ripple, latency in ms at 44.1 → 48 kHz. */
const PROMISES = {
  voice: ['98 dB', '−3 dB at 94 %', '98 dB', '1e−3 dB', '1.6 ms'],
  medium: ['118 dB', '−0.1 dB at 93.5 %', '118 dB', '1e−4 dB', '2.5 ms'],
  high: ['130 dB', '−0.1 dB at 95 %', '130 dB', '1e−5 dB', '3.4 ms'],
  archive: ['144 dB', '−0.1 dB at 96 %', '145 dB', '1e−5 dB', '4.6 ms'],
  reference: ['180 dB', '−0.1 dB at 97.5 %', '180 dB', '1e−7 dB', '10 ms'],
};

const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
const minus = (text) => text.replace(/-/g, '−');
const decibels = (value) => minus(`${value.toFixed(1)} dB`);
const percent = (value) => `${(100 * value).toFixed(2)} %`;

function join2(a, b, Plane) {
  const whole = new Plane(a.length + b.length);
  whole.set(a);
  whole.set(b, a.length);
  return whole;
}

/** One quality at one pair of rates, as a device of the protocol. */
function ours(engine, quality, from, to, phase = 'linear') {
  const resampler = new Resampler(engine, { from, to, quality, phase });
  const { sample } = resampler.input;
  const Plane = sample === 'f64' ? Float64Array : Float32Array;
  return {
    from,
    to,
    sample,
    latencySeconds: resampler.latency.numerator / resampler.latency.denominator,
    filterSeconds: resampler.settlingFrames / from,
    groupDelay: (frequency) => resampler.groupDelaySeconds(frequency),
    run(input) {
      resampler.reset();
      return join2(resampler.process([input])[0], resampler.flush()[0], Plane);
    },
    dispose: () => resampler.dispose(),
  };
}

async function optional(name) {
  try {
    return await import(name);
  } catch {
    return undefined;
  }
}

/** The peers that are installed: a name, and what makes a device of a pair of rates. */
async function peers() {
  const found = [];
  const speexModule = await optional('@echogarden/speex-resampler-wasm/simd');
  if (speexModule) {
    const speex = await speexModule.default();
    for (const quality of [7, 10]) {
      found.push([
        `speex q${quality} (@echogarden/speex-resampler-wasm)`,
        (from, to) => speexDevice(speex, quality, from, to),
      ]);
    }
  }
  const polyphase = await optional('@audio/resample-polyphase');
  if (polyphase) {
    const run = polyphase.default;
    found.push(['@audio/resample-polyphase', (from, to) => ({ from, to, run: (input) => run(input, { from, to }) })]);
  }
  const samplerate = await optional('@alexanderolsen/libsamplerate-js');
  if (samplerate) {
    found.push([
      'libsamplerate best (@alexanderolsen/libsamplerate-js)',
      (from, to) => samplerateDevice(samplerate.default, from, to),
    ]);
  }
  return found;
}

function speexDevice(module, quality, from, to) {
  return {
    from,
    to,
    run(samples) {
      const state = module._speex_resampler_init(1, from, to, quality, 0);
      const room = Math.ceil((samples.length * to) / from) + 64;
      const [input, output, counts] = [samples.length * 4, room * 4, 8].map((bytes) => module._malloc(bytes));
      module.HEAPF32.set(samples, input / 4);
      module.HEAPU32[counts / 4] = samples.length;
      module.HEAPU32[counts / 4 + 1] = room;
      module._speex_resampler_process_float(state, 0, input, counts, output, counts + 4);
      const result = module.HEAPF32.slice(output / 4, output / 4 + module.HEAPU32[counts / 4 + 1]);
      for (const pointer of [input, output, counts]) module._free(pointer);
      module._speex_resampler_destroy(state);
      return result;
    },
  };
}

async function samplerateDevice({ ConverterType, create }, from, to) {
  const peer = await create(1, from, to, { converterType: ConverterType.SRC_SINC_BEST_QUALITY });
  // It cannot be reset: silence up to a whole number of periods brings it back to where it began.
  const period = from / gcd(from, to);
  return {
    from,
    to,
    run(samples) {
      const padded = new Float32Array(Math.ceil((samples.length + 2000) / period) * period);
      padded.set(samples);
      const output = new Float32Array(Math.ceil((padded.length * to) / from) + 1024);
      return peer.full(padded, output).slice(0, Math.ceil((samples.length * to) / from));
    },
    dispose: () => peer.destroy(),
  };
}

const gcd = (a, b) => (b === 0 ? a : gcd(b, a % b));

function figuresOf(device) {
  const { from, to } = device;
  const rejection = to < from ? aliasRejection(device) : imageRejection(device);
  const { tenthDecibel, threeDecibels } = bandwidth(device);
  return {
    snr: signalToNoise(device).decibels,
    rejection: rejection.decibels,
    tenthDecibel,
    threeDecibels,
    ripple: ripple(device),
    latencySeconds: device.latencySeconds,
  };
}

const cells = ({ snr, rejection, tenthDecibel, threeDecibels, ripple: height }) => [
  decibels(snr),
  decibels(rejection),
  `${percent(tenthDecibel)} / ${percent(threeDecibels)}`,
  `${minus(height.toExponential(0))} dB`,
];

const HEAD = ['worst SNR to 0.90 N', 'rejection from 1.00 N', '−0.1 / −3 dB at, of N', 'ripple'];

const worstOf = (all) => ({
  snr: Math.min(...all.map(({ snr }) => snr)),
  rejection: Math.min(...all.map(({ rejection }) => rejection)),
  tenthDecibel: Math.min(...all.map(({ tenthDecibel }) => tenthDecibel)),
  threeDecibels: Math.min(...all.map(({ threeDecibels }) => threeDecibels)),
  ripple: Math.max(...all.map((figures) => figures.ripple)),
});

const note = (text) => process.stderr.write(`${text}\n`);

const engine = await Engine.load({ memory: 64 * 2 ** 20 });
const sections = [];
const summary = [];
for (const quality of QUALITIES) {
  const all = PAIRS.map(([from, to]) => {
    const device = ours(engine, quality, from, to);
    const figures = figuresOf(device);
    device.dispose();
    return figures;
  });
  const rows = all.map((figures, index) => [
    PAIRS[index].join(' → '),
    ...cells(figures),
    `${(1000 * figures.latencySeconds).toFixed(3)} ms`,
  ]);
  sections.push(`### ${quality}\n\n${table(['Hz', ...HEAD, 'latency'], rows)}`);
  summary.push([`\`${quality}\``, ...cells(worstOf(all)), `${(1000 * all[0].latencySeconds).toFixed(2)} ms`]);
  const promise = PROMISES[quality];
  if (promise) {
    const [snr, band, rejection, height, latency] = promise;
    summary.push(['promised', `≥ ${snr}`, `≥ ${rejection}`, band, `≤ ${height}`, `about ${latency}`]);
  }
  note(`${quality} done`);
}

const milliseconds = (seconds, digits = 2) => `${(1000 * seconds).toFixed(digits)} ms`;

/** When a step from 44.1 to 48 kHz has come within a share of its height for good, in seconds from its own instant. */
function settlingSeconds(device, share) {
  const [before, frames] = [2000, 6000];
  const Plane = device.sample === 'f64' ? Float64Array : Float32Array;
  const output = device.run(new Plane(frames).fill(0.5, before));
  const end = Math.floor(((frames - before / 2) * device.to) / device.from);
  let last = Math.floor((before * device.to) / device.from);
  for (let k = last; k < end; k++) if (Math.abs(output[k] - 0.5) > 0.5 * share) last = k;
  return (last + 1) / device.to - before / device.from;
}

/** What another phase changes: a row a quality, magnitude figures the worst of all pairs, the rest at 44.1 → 48 kHz. */
function phaseTable(phase) {
  const rows = QUALITIES.map((quality) => {
    const all = PAIRS.map(([from, to]) => {
      const device = ours(engine, quality, from, to, phase);
      const figures = figuresOf(device);
      device.dispose();
      return figures;
    });
    const device = ours(engine, quality, ...PAIRS[0], phase);
    const { preRinging } = impulse(device);
    const row = [
      `\`${quality}\``,
      ...cells(worstOf(all)),
      milliseconds(device.latencySeconds),
      `${milliseconds(device.groupDelay(1000), 3)} / ${milliseconds(device.groupDelay(0.9 * 22050))}`,
      `${milliseconds(settlingSeconds(device, 1e-2))} / ${milliseconds(settlingSeconds(device, 1e-3))}`,
      milliseconds(device.filterSeconds),
      preRinging === -Infinity ? 'none' : decibels(preRinging),
    ];
    device.dispose();
    return row;
  });
  note(`${phase} phase done`);
  return table(
    ['', ...HEAD, 'latency', 'group delay at 1 kHz / 0.90 N', 'step within 1 % / 0.1 %', 'filter', 'pre-ringing'],
    rows,
  );
}

const phases = { minimum: phaseTable('minimum'), intermediate: phaseTable('intermediate') };

const peerSections = [];
for (const [name, make] of await peers()) {
  const rows = [];
  const all = [];
  for (const [from, to] of PAIRS) {
    const device = await make(from, to);
    const figures = figuresOf(device);
    device.dispose?.();
    all.push(figures);
    rows.push([`${from} → ${to}`, ...cells(figures)]);
  }
  summary.push([name, ...cells(worstOf(all)), '']);
  peerSections.push(`### ${name}\n\n${table(['Hz', ...HEAD], rows)}`);
  note(`${name} done`);
}

// Measured under the same protocol with native builds; not run by this script. Rejection is that of 48 → 44.1 kHz.
const NATIVE = [
  ['r8brain 24-bit (float64)', '176 dB', '187 / 204 dB', '97.25 / 97.75 %', '2e−8 dB', '39 / 148 ms'],
  ['soxr VHQ, float64', '184 dB', '184 / 188 dB', '93.25 / 95 %', '6e−3 dB', '20 / 77 ms'],
  ['soxr VHQ, float32', '149.6 dB', '153 dB', '93.25 / 95 %', '6e−3 dB', '20 / 77 ms'],
  ['soxr HQ', '131.5 dB', '133 dB', '93 / 95 %', '7e−3 dB', '21 / 37 ms'],
  ['libsamplerate best', '139.5 dB', '127 (two phases: 119.6) / 150 dB', '94.5 / 96 %', '1e−6 dB', '3.3 / 9 ms'],
  ['speex q10', '125 dB', '73 / 122 dB', '95.5 / 97 %', '8e−6 dB', '2.9 / 8 ms'],
  ['speex q7', '102.5 dB', '99 / 104 dB', '91.5 / 94 %', '2e−4 dB', '1.5 / 4 ms'],
  ['zita 96', '118 dB', '64 / 112 dB', '95 / 96.5 %', '3e−5 dB', '4.3 / 12 ms'],
];

const page = `# The resampler in figures

Written by \`node scripts/write-resampler-doc.mjs\`; docs/MEASURING.md defines every figure. Linear phase, mode \`stream\`, one channel.
N is the Nyquist frequency of the lower rate. \`paley measure resampler --from HZ --to HZ --quality NAME --svg FILE\` measures any other
pair of rates, and draws it.

## At a glance

The worst of the six pairs of rates below; latency at 44.1 → 48 kHz. SNR of float32 samples ends at about 152 dB.

${table(['', ...HEAD, 'latency'], summary)}

## The qualities

${sections.join('\n\n')}

## Minimum phase

The same magnitudes; output k is made of input at or before k/to alone. Worst of the six pairs; latency and what stands behind it at
44.1 → 48 kHz. A linear-phase filter has its whole length for a step, too, and half of it before the step.

${phases.minimum}

## Intermediate phase

Half of the linear phase and half of the minimum one. 0 Hz is in place.

${phases.intermediate}

## Others, run by the same script

${peerSections.length > 0 ? `What npm offers, put on the same bench by the same code.\n\n${peerSections.join('\n\n')}` : 'None was installed.'}

## Others, quoted

Native builds, measured earlier under the same protocol, not by this script: worst SNR and bandwidth at 44.1 → 48 kHz, alias rejection
from 1.00 and 1.05 of N at 48 → 44.1 kHz. Delay is the worst backlog, at 44.1 → 48 and 48 → 16 kHz.

${table(['', 'worst SNR to 0.90 N', 'rejection from 1.00 / 1.05 N', '−0.1 / −3 dB at, of N', 'ripple', 'delay'], NATIVE)}
`;
writeFileSync(join(import.meta.dirname, '..', 'docs', 'RESAMPLER.md'), page);
