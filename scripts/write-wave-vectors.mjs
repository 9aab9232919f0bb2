// Writes test/vectors/wave.json: packets of the wave codec and checksums of what they decode to, for decoders of
// docs/BITSTREAM.md 8.13. They stay as they are while encoders get better; run this after the packets' meaning has changed,
// which test/wave/second-decoder.test.ts finds out.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32c, Engine, WaveDecoder, WaveEncoder } from '../dist/index.js';

const engine = await Engine.load();

/** Numbers −1 ≤ u < 1, the same on every run (xorshift32; Marsaglia, 2003). */
function uniform(seed) {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state / 2 ** 31;
  };
}

/** A resonance in noise whose pitch and loudness change, `size` its usual amplitude. */
function resonance(frames, seed, size) {
  const random = uniform(seed);
  let [y1, y2, turn, gain] = [0, 0, 1.9, 1];
  return Int32Array.from({ length: frames }, (_, n) => {
    if (n % 700 === 0) [turn, gain] = [1.4 + 0.5 * random(), 0.1 + Math.abs(random())];
    [y2, y1] = [y1, turn * y1 - 0.97 * y2 + random()];
    return Math.round((gain * y1 * size) / 8);
  });
}

const held = (plane, bits) => plane.map((value) => Math.max(-(2 ** (bits - 1)), Math.min(2 ** (bits - 1) - 1, value)));

/** A channel, and others that are partly like it. */
function related(channels, frames, seed, size, share = 4) {
  const first = resonance(frames, seed, size);
  return Array.from({ length: channels }, (_, channel) => {
    const own = resonance(frames, seed + 10 * channel, size);
    return channel === 0 ? first : first.map((value, n) => value + Math.round(own[n] / share));
  });
}

function fromEncoder(name, planes, options) {
  const bits = options.sampleBits ?? 16;
  const encoder = new WaveEncoder(engine, { sampleRate: 48000, channels: planes.length, stateCheck: true, ...options });
  const packets = [...encoder.process(planes.map((plane) => held(plane, bits))), ...encoder.flush()];
  return withChecksums(name, encoder.config, packets);
}

/** Packets of any bytes whatever, but for the first, which must be a key: levels and states that signals do not lead to. */
function fromNoise(name, random, config, length, count) {
  for (;;) {
    const packets = Array.from({ length: count }, () => Uint8Array.from({ length }, () => (random() + 1) * 128));
    packets[0][0] = 0xff;
    const found = withChecksums(name, formatOf(config), packets);
    if (found) return found;
  }
}

/** The case, or undefined where one of the packets is refused. */
function withChecksums(name, config, packets) {
  const decoder = new WaveDecoder(engine, config);
  const checksums = packets.map((packet) => {
    const planes = decoder.processIntegers(packet);
    const bytes = new DataView(new ArrayBuffer(4 * planes.length * config.framesPerPacket));
    for (const [at, value] of planes.flatMap((plane) => [...plane]).entries()) bytes.setInt32(4 * at, value, true);
    return crc32c(new Uint8Array(bytes.buffer)).toString(16).padStart(8, '0');
  });
  decoder.dispose();
  if (decoder.faults > 0 || decoder.concealedFrames > 0) return undefined;
  const { parameters, framesPerPacket, channels } = config;
  return {
    name,
    framesPerPacket,
    channels,
    parameters,
    packets: packets.map((packet, at) => [Buffer.from(packet).toString('base64'), checksums[at]]),
  };
}

/** Keys whose step no encoder writes. */
function damagedPackets(random, config, count) {
  const packets = [];
  while (packets.length < count) {
    const packet = Uint8Array.from({ length: 8 }, () => (random() + 1) * 128);
    packet[0] = 0xff;
    if (!withChecksums('', formatOf(config), [packet])) packets.push(Buffer.from(packet).toString('base64'));
  }
  return packets;
}

const formatOf = (stream) => ({ kind: 'packets', codec: 'wave', sampleRate: 48000, ...stream });

const noise = (predictor, sampleBits, stream, spanFrames = stream.framesPerPacket) => ({
  ...stream,
  parameters: { predictor, sampleBits, analysisFrames: 256, spanFrames },
});

const random = uniform(21);
const cases = [
  fromEncoder('3.2 bits a sample, full, a key every 12 packets', related(1, 3000, 1, 6000), {
    keyInterval: 12,
    effort: 3,
  }),
  fromEncoder('2 bits, lite, 256 frames', related(1, 3000, 2, 6000), {
    bitsPerSample: 2,
    predictor: 'lite',
    framesPerPacket: 256,
    rate: 'average',
    keyInterval: 0,
  }),
  fromEncoder('1.5 bits, 64 frames, the shortest window', related(1, 1500, 3, 6000), {
    bitsPerSample: 1.5,
    framesPerPacket: 64,
    analysisFrames: 256,
    keyInterval: 8,
    effort: 4,
  }),
  fromEncoder('two channels much alike: a difference', related(2, 2000, 4, 6000, 40), { keyInterval: 6, effort: 1 }),
  fromEncoder(
    'two channels, the second an echo: prediction across',
    [
      resonance(2500, 5, 6000),
      resonance(2500, 5, 6000).map((_, n, all) => Math.round(0.5 * all[n] - 0.7 * (all[n - 3] ?? 0))),
    ],
    { keyInterval: 10, effort: 2 },
  ),
  fromEncoder('three channels, one step', related(3, 1200, 6, 3000), { step: 40, analysisFrames: 512, effort: 2 }),
  fromEncoder('no more than 3 off, 8 bits', related(1, 1200, 7, 40), { maxError: 3, sampleBits: 8, effort: 1 }),
  fromEncoder('lossless, two channels, 16 bits', related(2, 1000, 8, 6000), { lossless: true, keyInterval: 4 }),
  fromEncoder(
    'lossless, 24 bits of which the lowest are 0 at times',
    [resonance(900, 9, 2 ** 20).map((value, n) => ((n >> 8) % 2 === 0 ? value & ~0xff : value))],
    { lossless: true, sampleBits: 24, predictor: 'lite' },
  ),
  fromEncoder(
    'lossless, full scale up and down, then silence',
    [
      resonance(900, 10, 1).map((_, n) => (n > 600 ? 0 : (n * n) % 7 > 2 ? 8388607 : -8388608)),
      resonance(900, 11, 1).map((_, n) => (n > 500 ? 0 : (n * n) % 11 > 5 ? 8388607 : -8388608)),
    ],
    { lossless: true, sampleBits: 24, keyInterval: 0 },
  ),
  fromEncoder(
    'full scale in the smallest steps, 24 bits',
    [resonance(250, 12, 1).map((_, n) => (n % 2 ? -8388608 + 9 * n * n : (n * n) % 7 > 2 ? 8388607 : -8388608))],
    { step: 0.35, sampleBits: 24, framesPerPacket: 64, effort: 1 },
  ),
  fromEncoder('packets of four spans, one step, the last packet short', related(2, 2700, 13, 3000), {
    step: 30,
    framesPerPacket: 512,
    keyInterval: 3,
    effort: 3,
  }),
  fromEncoder('packets of ten spans of 64, lite, the last one ends with a span', related(1, 2240, 14, 3000), {
    step: 50,
    framesPerPacket: 640,
    spanFrames: 64,
    predictor: 'lite',
    keyInterval: 2,
  }),
  fromEncoder('lossless, 4096 frames in 16 spans', related(1, 4300, 15, 200), {
    lossless: true,
    framesPerPacket: 4096,
    keyInterval: 0,
    stateCheck: false,
  }),
  fromNoise('any bytes, spans of 64', random, noise('full', 16, { framesPerPacket: 192, channels: 1 }, 64), 900, 6),
  fromNoise('any bytes, full', random, noise('full', 16, { framesPerPacket: 128, channels: 2 }), 120, 8),
  fromNoise('any bytes, lite', random, noise('lite', 24, { framesPerPacket: 64, channels: 3 }), 150, 8),
  fromNoise('any bytes, full, 24 bits', random, noise('full', 24, { framesPerPacket: 64, channels: 2 }), 200, 8),
];

const about = {
  format: 'wave',
  source: 'scripts/write-wave-vectors.mjs; both decoders of the repository agree on them',
  encoding:
    'packets: base64, and the CRC-32C (hexadecimal) of the integers it decodes to: N of the first channel, N of the second, and so on, each as 4 bytes, two’s complement, least significant first. The packets of a case, at 48 kHz, follow one another. Those under damaged are no encoder’s: each, given to a new decoder, is refused',
};
const damaged = noise('lite', 16, { framesPerPacket: 64, channels: 1 });
const lines = cases.map(({ packets, ...rest }) => {
  const head = JSON.stringify(rest).slice(0, -1);
  return `  ${head}, "packets": [\n${packets.map((pair) => `   ${JSON.stringify(pair)}`).join(',\n')}\n  ]}`;
});
const text = `${JSON.stringify(about, null, 1).slice(0, -2)},\n "damaged": ${JSON.stringify({
  ...damaged,
  packets: damagedPackets(random, damaged, 6),
})},\n "cases": [\n${lines.join(',\n')}\n ]\n}\n`;
writeFileSync(join(import.meta.dirname, '../test/vectors/wave.json'), text);
console.log(`${cases.length} cases, ${cases.flatMap(({ packets }) => packets).length} packets, ${text.length} bytes`);
