// How fast the wave codec is: × real time of mono at 48 kHz, beside qoa-format on the same clip.
import { decode, encode } from 'qoa-format';
import { Engine, WaveDecoder, WaveEncoder } from '../../dist/index.js';
import { PacketsPort, SamplesPort } from '../../dist/stage/port.js';
import { makeCorpus } from '../corpus.mjs';
import { forQoaFormat } from './_wave-peers.mjs';

export const title = 'wave codec, 128-frame packets, 3.2 bits: × real time at 48 kHz, and worst packet of a quantum';
export const protocol =
  'A processor’s clock changes by half within a minute. So all contestants take turns over a clip of a second; figures are ' +
  'medians over the rounds, ratios medians of the ratios to qoa-format’s turn in the same round. The worst packet is the ' +
  'largest of the packets’ least times: what it takes when nothing else runs.';

const QUANTUM = 128;
const SAMPLE_RATE = 48000;
const EFFORTS = [1, 2, 3, 4];

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const secondsOf = (work) => {
  const start = performance.now();
  work();
  return (performance.now() - start) / 1000;
};

/** An encoder with its ports; `run` codes the planes a quantum at a time at the real-time door. */
function makeLive(engine, planes, options) {
  const encoder = new WaveEncoder(engine, { sampleRate: SAMPLE_RATE, channels: planes.length, ...options });
  const input = new SamplesPort(engine, { capacity: QUANTUM, channels: planes.length });
  const output = new PacketsPort(engine, { capacity: encoder.maxOutput, packetBytes: encoder.maxPacketBytes });
  const count = Math.floor(planes[0].length / QUANTUM);
  const least = new Float64Array(count).fill(Infinity);
  const run = (packets) => {
    encoder.reset();
    for (let index = 0; index < count; index++) {
      const from = index * QUANTUM;
      for (let channel = 0; channel < planes.length; channel++) {
        input.planes[channel].set(planes[channel].subarray(from, from + QUANTUM));
      }
      input.count = QUANTUM;
      const start = performance.now();
      encoder.processInto(input, output);
      least[index] = Math.min(least[index], (performance.now() - start) / 1000);
      packets?.push(output.bytes.slice(output.offsets[0], output.offsets[0] + output.lengths[0]));
    }
  };
  return { encoder, run, least };
}

export async function run({ quick }) {
  const engine = await Engine.load({ memory: 64 * 2 ** 20 });
  const rounds = quick ? 5 : 15;
  const [mono] = await makeCorpus({ names: ['lena 48 kHz'], seconds: 1 });
  const [stereo] = await makeCorpus({ names: ['lena stereo 44.1 kHz'], seconds: 1 });
  const seconds = mono.planes[0].length / SAMPLE_RATE;
  const channelData = forQoaFormat(mono.planes);
  const bytes = encode({ channelData, sampleRate: SAMPLE_RATE });
  const contestants = [
    {
      what: 'qoa-format',
      encode: () => encode({ channelData, sampleRate: SAMPLE_RATE }),
      decode: () => decode(bytes),
    },
  ];
  for (const predictor of ['lite', 'full']) {
    for (const effort of EFFORTS) {
      const live = makeLive(engine, mono.planes, { predictor, effort });
      const packets = [];
      live.run(packets);
      const decoder = new WaveDecoder(engine, live.encoder.config, { maxInput: 32 });
      const double = makeLive(engine, stereo.planes, { predictor, effort });
      contestants.push({
        what: `${predictor}, effort ${effort}`,
        encode: () => live.run(),
        decode: () => {
          decoder.reset();
          decoder.process(packets);
        },
        double,
      });
    }
  }
  const times = contestants.map(() => ({ encode: [], decode: [] }));
  for (let round = -1; round < rounds; round++) {
    for (const [index, contestant] of contestants.entries()) {
      for (const way of ['encode', 'decode']) {
        const spent = secondsOf(contestant[way]);
        if (round >= 0) times[index][way].push(spent);
      }
    }
  }
  for (const { double } of contestants) for (let round = 0; double && round < 3; round++) double.run();
  return contestants.map(({ what, double }, index) => {
    const speed = (way) => seconds / median(times[index][way]);
    const ratio = (way) => median(times[0][way].map((peer, round) => peer / times[index][way][round]));
    const row = { what, 'encode ×': speed('encode'), 'decode ×': speed('decode') };
    if (double === undefined) return row;
    return {
      ...row,
      'encode / QOA': ratio('encode'),
      'decode / QOA': ratio('decode'),
      'stereo, worst packet, % of its time': (100 * Math.max(...double.least.slice(8))) / (QUANTUM / SAMPLE_RATE),
    };
  });
}
