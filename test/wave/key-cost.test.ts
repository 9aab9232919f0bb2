/** What keys take from a stream: little, and of no packet much. */
import { expect, test } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { WaveDecoder, WaveEncoder, type WaveEncoderOptions } from '../../src/wave/index.js';
import { makeRandom, signalToNoise } from './_signals.js';

const engine = await Engine.load();
const FRAMES = 128;

/** Tones that a good prediction leaves little of, over a little noise: 16-bit integers over 32768. */
function tones(frames: number, seed: number): Float32Array {
  const random = makeRandom(seed);
  const pitches = Array.from({ length: 8 }, (_, i) => 0.02 + 0.013 * i * i + 0.01 * random());
  return Float32Array.from({ length: frames }, (_, n) => {
    const sum = pitches.reduce((total, pitch, i) => total + Math.sin(pitch * n) / (1 + i), 0);
    return Math.round(32768 * (0.2 * sum + 0.0002 * random())) / 32768;
  });
}

function code(signal: Float32Array, options: Partial<WaveEncoderOptions>) {
  const encoder = new WaveEncoder(engine, { sampleRate: 44100, effort: 1, ...options });
  const packets = [...encoder.process([signal]), ...encoder.flush()];
  const decoder = new WaveDecoder(engine, encoder.config);
  const [decoded] = decoder.process(packets);
  encoder.dispose();
  decoder.dispose();
  return decoded;
}

/** dB of error in each packet. */
function errors(signal: Float32Array, decoded: Float32Array): number[] {
  return Array.from({ length: signal.length / FRAMES }, (_, packet) => {
    let sum = 0;
    for (let n = packet * FRAMES; n < (packet + 1) * FRAMES; n++) sum += (signal[n] - decoded[n]) ** 2;
    return 10 * Math.log10(sum / FRAMES);
  });
}

test('keys every 32 packets cost a bounded stream less than 2 dB where prediction gains most, and spoil no packet behind them', () => {
  const signal = tones(FRAMES * 320, 5);
  const [without, withKeys] = [code(signal, { keyInterval: 0 }), code(signal, { keyInterval: 32 })];
  const cost = signalToNoise([signal], [without]) - signalToNoise([signal], [withKeys]);
  expect(cost).toBeLessThan(2);
  // From the second key on: until then the encoder does not know what a key takes.
  const decibels = errors(signal, withKeys).slice(64);
  const mean = decibels.reduce((sum, value) => sum + value, 0) / decibels.length;
  expect(Math.max(...decibels)).toBeLessThan(mean + 8);
});
