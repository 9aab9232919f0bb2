/** Encoder and decoder in the same state after every packet, over the whole corpus, and both decoders of one mind on it. */
import { describe, expect, it } from 'vitest';
import { clipNames, makeCorpus } from '../../scripts/corpus.mjs';
import { Engine } from '../../src/engine/engine.js';
import { surveyWave, WaveDecoder, WaveEncoder, type WaveEncoderOptions } from '../../src/wave/index.js';
import { decodeWave } from '../reference/wave-decoder.js';

const engine = await Engine.load({ memory: 128 * 2 ** 20 });

/** Every kind of rate, effort, predictor and packet length is somewhere among them. */
const SETTINGS: Record<string, Partial<WaveEncoderOptions>> = {
  'live, lite, effort 1': { bitsPerSample: 3.2, predictor: 'lite', effort: 1 },
  'live, full, effort 3, packets of 64': { bitsPerSample: 2.4, effort: 3, framesPerPacket: 64 },
  'average, effort 2, packets of 256': { bitsPerSample: 1.5, rate: 'average', effort: 2, framesPerPacket: 256 },
  'one step, effort 4': { step: 40, effort: 4, keyInterval: 256 },
  'a largest error': { maxError: 12, keyInterval: 8 },
  lossless: { lossless: true, framesPerPacket: 256, keyInterval: 256 },
};

describe.each(clipNames)('%s', (name) => {
  it.each(Object.entries(SETTINGS))('checks of the state agree in every packet: %s', async (_, settings) => {
    const [{ planes, sampleRate }] = await makeCorpus({ names: [name], seconds: 3 });
    const options = { sampleRate, channels: planes.length, stateCheck: true, ...settings };
    const encoder = new WaveEncoder(engine, options);
    const packets = [...encoder.process(planes), ...encoder.flush()];
    const decoder = new WaveDecoder(engine, encoder.config);
    const integers = decoder.processIntegers(packets);
    expect([decoder.faults, decoder.concealedFrames]).toEqual([0, 0]);
    // The plain decoder takes its time: the first tenth.
    const first = packets.slice(0, Math.ceil(packets.length / 10));
    const frames = first.length * encoder.config.framesPerPacket;
    expect(decodeWave(encoder.config, first)).toEqual(integers.map((plane) => plane.slice(0, frames)));
    encoder.dispose();
    decoder.dispose();
  });

  it('and planned for the whole recording, at 3.2 bits, which it keeps to', async () => {
    const [{ planes, sampleRate }] = await makeCorpus({ names: [name], seconds: 3 });
    const options = { sampleRate, channels: planes.length, bitsPerSample: 3.2, keyInterval: 256, stateCheck: true };
    const encoder = new WaveEncoder(engine, { ...options, plan: surveyWave(engine, planes, options) });
    const packets = [...encoder.process(planes), ...encoder.flush()];
    const decoder = new WaveDecoder(engine, encoder.config);
    decoder.process(packets);
    expect([decoder.faults, decoder.concealedFrames]).toEqual([0, 0]);
    const bits = packets.reduce((sum, packet) => sum + 8 * packet.length, 0) / (planes.length * planes[0].length);
    expect(bits).toBeLessThanOrEqual(3.2);
    expect(bits).toBeGreaterThan(3.1);
    encoder.dispose();
    decoder.dispose();
  });
});
