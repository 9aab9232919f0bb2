/** Many channels, and streams that are no audio: sensors of any rate and few bits. */
import { expect, test } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { WaveDecoder, WaveEncoder, type WaveEncoderOptions } from '../../src/wave/index.js';
import { bitsOf, makeRandom, signalToNoise, toFloats, voice } from './_signals.js';

const engine = await Engine.load({ memory: 64 * 2 ** 20 });

/** Every channel another signal: some alike, some silent, some loud. */
function array(channels: number, frames: number, bits: number): Int32Array[] {
  const common = voice(frames, 99, bits);
  return Array.from({ length: channels }, (_, channel) => {
    if (channel % 5 === 3) return new Int32Array(frames);
    const own = voice(frames, channel + 1, bits);
    return channel % 2 === 1 ? own : common.map((value, n) => (value + (own[n] >> 3)) >> 1);
  });
}

function code(planes: Int32Array[], options: WaveEncoderOptions) {
  const encoder = new WaveEncoder(engine, { ...options, channels: planes.length, stateCheck: true });
  const packets = [...encoder.process(planes), ...encoder.flush()];
  const decoder = new WaveDecoder(engine, encoder.config);
  const decoded = decoder.processIntegers(packets).map((plane) => plane.slice(0, planes[0].length));
  const { faults } = decoder;
  encoder.dispose();
  decoder.dispose();
  return { packets, decoded, faults };
}

test.each([1, 2, 3, 5, 8, 17, 33, 64])('%i channels come back exactly without loss, each its own', (channels) => {
  const planes = array(channels, 400, 16);
  const { decoded, faults } = code(planes, { sampleRate: 48000, lossless: true, keyInterval: 2 });
  expect(faults).toBe(0);
  expect(decoded).toEqual(planes);
});

test.each([1, 4, 16, 64])(
  '%i channels share the bits: the packets hold the rate, and every channel is heard',
  (channels) => {
    const frames = 128 * 12;
    const planes = array(channels, frames, 16);
    const { packets, decoded, faults } = code(planes, { sampleRate: 48000, bitsPerSample: 4, keyInterval: 0 });
    expect(faults).toBe(0);
    expect(bitsOf(packets)).toBeLessThanOrEqual(4 * channels * (frames + 0.3 * 128));
    for (const [channel, plane] of planes.entries()) {
      if (plane.every((value) => value === 0))
        expect(decoded[channel].every((value) => Math.abs(value) < 8)).toBe(true);
      else expect(signalToNoise([toFloats(plane)], [toFloats(decoded[channel])])).toBeGreaterThan(15);
    }
  },
);

test('the order of channels does not matter for what comes back without loss', () => {
  const planes = array(6, 500, 16);
  const turned = [...planes].reverse();
  const { decoded } = code(turned, { sampleRate: 48000, lossless: true });
  expect(decoded.reverse()).toEqual(planes);
});

/** A thermometer: a slow drift, a little noise, now and then a jump. */
function gauge(frames: number, bits: number): Int32Array {
  const random = makeRandom(7);
  const peak = 2 ** (bits - 1);
  let level = 0;
  return Int32Array.from({ length: frames }, (_, n) => {
    if (n % 370 === 0) level = random() * 0.5 * peak;
    level += 0.0005 * peak * random();
    return Math.max(-peak, Math.min(peak - 1, Math.round(level + (peak / 400) * random())));
  });
}

test.each([
  ['one sample in ten seconds', 0.1],
  ['a mains cycle’s samples', { numerator: 12800, denominator: 3 }],
  ['a 192 kHz ultrasonic pick-up', 192000],
  ['a radio’s megahertz', 1e6],
])('a sensor of any rate, %s, is held to its largest error', (_, sampleRate) => {
  for (const bits of [8, 12, 24]) {
    const plane = gauge(1500, bits);
    for (const maxError of [0, 1, 5]) {
      const { packets, decoded, faults } = code([plane], {
        sampleRate,
        sampleBits: bits,
        maxError,
        framesPerPacket: 64,
      });
      expect(faults).toBe(0);
      expect(Math.max(...plane.map((value, n) => Math.abs(value - decoded[0][n])))).toBeLessThanOrEqual(maxError);
      // Noise of ±peak/400 has log2(2·peak/400) bits where that is above one level; jumps and keys come on top.
      const noise = Math.max(0.5, Math.log2(2 ** bits / 400 / (2 * maxError + 1)));
      expect(bitsOf(packets) / plane.length).toBeLessThan(noise + 2.2);
    }
  }
});

test('a signal of a few levels, as switches and counters give, takes a fraction of a bit where it rests', () => {
  const plane = Int32Array.from({ length: 128 * 60 }, (_, n) => (Math.floor(n / 1000) % 2 === 0 ? 3 : 90));
  const { packets, decoded } = code([plane], { sampleRate: 100, sampleBits: 8, lossless: true, keyInterval: 0 });
  expect(decoded).toEqual([plane]);
  expect(bitsOf(packets) / plane.length).toBeLessThan(0.5);
});
