import { expect, test } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { surveyWave, WaveDecoder, WaveEncoder, type WaveEncoderOptions } from '../../src/wave/index.js';
import { bitsOf, makeRandom, signalToNoise, toFloats, voice } from './_signals.js';

const engine = await Engine.load();
const RATE = 48000;

function encode(planes: Float32Array[], options: Partial<WaveEncoderOptions>) {
  const encoder = new WaveEncoder(engine, { sampleRate: RATE, channels: planes.length, ...options });
  const packets = [...encoder.process(planes), ...encoder.flush()];
  const { config, latency } = encoder;
  encoder.dispose();
  return { packets, config, latency };
}

/** A voice over noise: silence, which ends in zeros, costs a packet of its own next to nothing. */
function noisyVoice(seed: number): Float32Array {
  const random = makeRandom(seed);
  return toFloats(voice(20000, seed).map((value) => Math.round(0.9 * value + 200 * random())));
}

const planes = [noisyVoice(3), noisyVoice(4)];

test('a packet of many spans decodes to what as many packets of one do, and takes fewer bits', () => {
  for (const options of [{ lossless: true }, { step: 20, effort: 2 }, { maxError: 5 }]) {
    const short = encode(planes, { ...options, framesPerPacket: 128, keyInterval: 32 });
    const long = encode(planes, { ...options, framesPerPacket: 2048, keyInterval: 2 });
    expect(long.packets).toHaveLength(10);
    const [a, b] = [short, long].map(({ packets, config }) => new WaveDecoder(engine, config).process(packets));
    // The last span is filled up with what costs least, which differs.
    for (const [channel, plane] of a.entries()) {
      expect(
        Buffer.compare(Buffer.from(plane.slice(0, 19968).buffer), Buffer.from(b[channel].slice(0, 19968).buffer)),
      ).toBe(0);
    }
    expect(bitsOf(long.packets)).toBeLessThan(bitsOf(short.packets));
  }
});

test('its latency is the packet’s, and packets are the same however the input is cut', () => {
  const options = { step: 20, effort: 1, framesPerPacket: 1024, keyInterval: 4 } as const;
  const { packets, latency } = encode(planes, options);
  expect(latency).toEqual({ numerator: 341, denominator: RATE / 3 });
  const encoder = new WaveEncoder(engine, { sampleRate: RATE, channels: 2, ...options });
  const random = makeRandom(5);
  const cut: Uint8Array[] = [];
  for (let at = 0; at < 20000; ) {
    const count = Math.min(20000 - at, 1 + Math.floor(900 * Math.abs(random())));
    cut.push(...encoder.process(planes.map((plane) => plane.subarray(at, at + count))));
    at += count;
  }
  cut.push(...encoder.flush());
  expect(cut).toEqual(packets);
  encoder.dispose();
});

test('the last packet ends with the stream: no span behind it is coded, and what it has not got are zeros', () => {
  for (const frames of [1, 127, 128, 129, 2047, 2048, 2049, 2048 + 256, 4096]) {
    const plane = planes[0].subarray(0, frames);
    const { packets, config } = encode([plane], { lossless: true, framesPerPacket: 2048 });
    expect(packets).toHaveLength(Math.ceil(frames / 2048));
    const decoder = new WaveDecoder(engine, config);
    const [decoded] = decoder.process(packets);
    expect(decoder.faults).toBe(0);
    expect(decoded.subarray(0, frames)).toEqual(plane);
    expect(decoded.subarray(128 * Math.ceil(frames / 128)).every((value) => value === 0)).toBe(true);
    decoder.dispose();
  }
});

test('a plan keeps to its bits, and what each packet costs less goes into the signal', () => {
  const [left] = planes;
  const rates = [2, 2.5, 3, 3.5];
  const [short, long] = [128, 2048].map((framesPerPacket) => {
    const qualities = rates.map((bitsPerSample) => {
      const keyInterval = 32768 / framesPerPacket;
      const options = { sampleRate: RATE, bitsPerSample, effort: 2, framesPerPacket, keyInterval };
      const { packets, config } = encode([left], { ...options, plan: surveyWave(engine, [left], options) });
      expect(bitsOf(packets)).toBeLessThanOrEqual(bitsPerSample * left.length);
      expect(bitsOf(packets)).toBeGreaterThan(0.96 * bitsPerSample * left.length);
      return signalToNoise([left], [new WaveDecoder(engine, config).process(packets)[0].subarray(0, left.length)]);
    });
    return qualities.reduce((sum, quality) => sum + quality, 0) / rates.length;
  });
  expect(long).toBeGreaterThan(short + 0.1);
});

test('a damaged packet gives finite samples, what stands before the damage counts, and a key heals it', () => {
  const { packets, config } = encode(planes, {
    step: 20,
    effort: 1,
    framesPerPacket: 1024,
    keyInterval: 4,
    stateCheck: true,
  });
  const decoder = new WaveDecoder(engine, config);
  const whole = decoder.process(packets);
  const random = makeRandom(7);
  const pick = (count: number) => Math.floor(Math.abs(random()) * count);
  for (let round = 0; round < 150; round++) {
    decoder.reset();
    const damaged = packets.slice(0, 5).map((packet) => packet.slice());
    const at = pick(4);
    const kind = pick(3);
    const place = pick(damaged[at].length);
    if (kind === 0) damaged[at] = damaged[at].slice(0, place);
    else if (kind === 1) damaged[at] = Uint8Array.from({ length: 1 + pick(3000) }, () => pick(256));
    else damaged[at][place] ^= 1 << pick(8);
    const decoded = decoder.process(damaged);
    for (const [channel, plane] of decoded.entries()) {
      expect(plane.length).toBe(5 * 1024);
      expect(plane.every((value) => value >= -1 && value < 1)).toBe(true);
      const [healed, expected] = [plane.slice(4096), whole[channel].slice(4096, 5120)];
      expect(Buffer.compare(Buffer.from(healed.buffer), Buffer.from(expected.buffer))).toBe(0);
      const [before, wanted] = [plane.slice(0, at * 1024), whole[channel].slice(0, at * 1024)];
      expect(Buffer.compare(Buffer.from(before.buffer), Buffer.from(wanted.buffer))).toBe(0);
    }
  }
  decoder.dispose();
});

test('a lost packet is concealed over all its spans', () => {
  const { packets, config } = encode([planes[0]], { step: 20, effort: 1, framesPerPacket: 1024, keyInterval: 4 });
  const decoder = new WaveDecoder(engine, config);
  decoder.process(packets.slice(0, 2));
  const [lost] = decoder.decodeLost();
  expect(lost.length).toBe(1024);
  decoder.process(packets.slice(3, 5));
  expect(decoder.takeConcealed()).toEqual([{ firstFrame: 2048, frames: 2048 }]);
  decoder.dispose();
});
