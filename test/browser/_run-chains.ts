/**
 * Runs in Node and in a page alike: a few chains over a signal of whole numbers, and a checksum of every bit that comes
 * out. Bundled for the page by the test.
 */

import { cosPi, exp, ln, sinPi } from '../../src/engine/exact-math.js';
import { crc32c, Engine, Pipeline, WaveDecoder, WaveEncoder, type WaveEncoderOptions } from '../../src/index.js';

function noise(frames: number): Float32Array {
  let state = 12345;
  return Float32Array.from({ length: frames }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  });
}

const bitsOf = (parts: readonly (Float32Array | Float64Array | Uint8Array)[]) =>
  parts.reduce(
    (sum, { buffer, byteOffset, byteLength }) => crc32c(new Uint8Array(buffer, byteOffset, byteLength), sum),
    0,
  );

/** Name of a chain to the checksum of its output. */
export async function runChains(): Promise<Record<string, number>> {
  const engine = await Engine.load();
  const signal = noise(20000);
  const run = (pipeline: Pipeline) =>
    bitsOf([pipeline.process([signal]), pipeline.flush()].flat() as (Float32Array | Uint8Array)[]);
  const start = (sampleRate: number) => Pipeline.from({ sampleRate });
  // Packets, and what a decoder makes of them: one checksum of both.
  const wave = (options: Omit<WaveEncoderOptions, 'sampleRate'>) => {
    const encoder = new WaveEncoder(engine, { sampleRate: 48000, keyInterval: 16, stateCheck: true, ...options });
    const { channels } = encoder.config;
    // Every channel a little quieter and later than the one before, so that they have something in common.
    const planes = Array.from({ length: channels }, (_, channel) =>
      signal.map((value, frame) => (0.3 * Math.max(-1, value * 0.2 + (signal[frame >> 6] ?? 0))) / (channel + 1)),
    );
    const packets = [...encoder.process(planes), ...encoder.flush()];
    const decoder = new WaveDecoder(engine, encoder.config);
    const decoded = decoder.process(packets);
    if (decoder.faults > 0) throw new Error(`${decoder.faults} packets do not decode`);
    return bitsOf([...packets, ...decoded]);
  };
  const arguments_ = Array.from({ length: 5000 }, (_, index) => (index - 2500) / 777);
  return {
    'exact-math': bitsOf([
      Float64Array.from(arguments_.flatMap((x) => [sinPi(x), cosPi(x), exp(x), ln(Math.abs(x) + 2 ** -20)])),
    ]),
    'wave full, effort 2': wave({}),
    'wave lite, effort 1': wave({ predictor: 'lite', effort: 1 }),
    'wave stereo, effort 4': wave({ channels: 2, effort: 4, bitsPerSample: 2 }),
    'wave lossless, 24 bits, 3 channels': wave({ channels: 3, lossless: true, sampleBits: 24 }),
    'wave average, packets of 64': wave({ rate: 'average', effort: 1, framesPerPacket: 64 }),
    'resample 44100→48000': run(start(44100).resample({ to: 48000 }).build(engine)),
    'resample 48000→16000': run(start(48000).resample({ to: 16000 }).build(engine)),
    'transform 1024': run(start(48000).transform({ size: 1024 }).build(engine)),
    'rotate, int4': run(start(48000).rotate({ size: 64, seed: 9 }).encode({ codec: 'int4' }).build(engine)),
    'int8 rotated, and back': run(start(48000).quantize({ codec: 'int8', rotation: 'block' }).build(engine)),
  };
}
