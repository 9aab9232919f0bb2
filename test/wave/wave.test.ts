import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { layout } from '../../src/wave/_layout.js';
import { cumulativeFrequencies, stepTable } from '../../src/wave/_tables.js';
import { surveyWave, WaveDecoder, WaveEncoder, type WaveEncoderOptions } from '../../src/wave/index.js';
import { bitsOf, makeRandom, signalToNoise, toFloats, voice } from './_signals.js';

const engine = await Engine.load();

function encode(planes: Float32Array[], options: WaveEncoderOptions) {
  const encoder = new WaveEncoder(engine, { channels: planes.length, ...options });
  const packets = [...encoder.process(planes), ...encoder.flush()];
  const { config } = encoder;
  encoder.dispose();
  return { packets, config };
}

function roundTrip(planes: Float32Array[], options: WaveEncoderOptions) {
  const { packets, config } = encode(planes, options);
  const decoder = new WaveDecoder(engine, config);
  const decoded = decoder.process(packets).map((plane) => plane.subarray(0, planes[0].length));
  const { faults, concealedFrames } = decoder;
  decoder.dispose();
  return { packets, decoded, faults, concealedFrames };
}

test('the layout in TypeScript is the layout of the kernels', () => {
  const source = readFileSync(new URL('../../assembly/lib/wave-layout.ts', import.meta.url), 'utf8');
  const found: Record<string, number> = {};
  for (const [, name, expression] of source.matchAll(/export const (\w+) = ([^;]+);/g)) {
    const value = new Function(...Object.keys(found), `return ${expression}`)(...Object.values(found));
    found[name] = value;
  }
  for (const [name, offset] of Object.entries(layout)) expect([name, found[name]]).toEqual([name, offset]);
});

test('every context of every class codes every symbol, and frequencies add up to 2^15', () => {
  const table = cumulativeFrequencies();
  for (let context = 0; context < 99; context++) {
    expect(table[context * 64]).toBe(0);
    expect(table[context * 64 + 33]).toBe(2 ** 15);
    for (let symbol = 0; symbol < 33; symbol++) {
      expect(table[context * 64 + symbol + 1]).toBeGreaterThan(table[context * 64 + symbol]);
    }
  }
});

test('integers of 8 to 24 bits come back exactly, whatever they are', { timeout: 30_000 }, () => {
  fc.assert(
    fc.property(
      fc.record({
        sampleBits: fc.integer({ min: 8, max: 24 }),
        channels: fc.integer({ min: 1, max: 3 }),
        frames: fc.integer({ min: 1, max: 700 }),
        seed: fc.nat(1e6),
        kind: fc.constantFrom('voice', 'noise', 'extremes', 'silence', 'even'),
        framesPerPacket: fc.constantFrom(64, 128, 256, 384, 512, 4096),
        predictor: fc.constantFrom('full' as const, 'lite' as const),
        keyInterval: fc.constantFrom(0, 1, 2, 32),
      }),
      ({ sampleBits, channels, frames, seed, kind, framesPerPacket, predictor, keyInterval }) => {
        const random = makeRandom(seed + 1);
        const peak = 2 ** (sampleBits - 1);
        const planes = Array.from({ length: channels }, (_, channel) => {
          if (kind === 'voice') return voice(frames, seed + channel, sampleBits);
          return Int32Array.from({ length: frames }, () => {
            if (kind === 'silence') return 0;
            if (kind === 'extremes') return random() > 0 ? peak - 1 : -peak;
            const value = Math.floor(random() * peak);
            return kind === 'even' ? value & ~15 : value;
          });
        });
        const encoder = new WaveEncoder(engine, {
          sampleRate: 48000,
          channels,
          sampleBits,
          lossless: true,
          framesPerPacket,
          predictor,
          keyInterval,
          stateCheck: true,
        });
        const packets = [...encoder.process(planes), ...encoder.flush()];
        const decoder = new WaveDecoder(engine, encoder.config);
        const decoded = decoder.processIntegers(packets).map((plane) => plane.slice(0, frames));
        expect(decoder.faults).toBe(0);
        expect(decoded).toEqual(planes);
        encoder.dispose();
        decoder.dispose();
      },
    ),
    { numRuns: 60 },
  );
});

test('channels at opposite ends of the range, whose difference needs a bit more, come back exactly', () => {
  for (const sampleBits of [8, 16, 24]) {
    const peak = 2 ** (sampleBits - 1);
    const left = Int32Array.from({ length: 600 }, (_, n) => (n % 7 < 3 ? -peak : peak - 1));
    const planes = [left, left.map((value) => -1 - value), left.map((value, n) => (n % 5 === 0 ? -1 - value : value))];
    const encoder = new WaveEncoder(engine, {
      sampleRate: 8000,
      channels: 3,
      sampleBits,
      lossless: true,
      keyInterval: 1,
    });
    const decoder = new WaveDecoder(engine, encoder.config);
    const packets = [...encoder.process(planes), ...encoder.flush()];
    expect(decoder.processIntegers(packets).map((plane) => plane.slice(0, 600))).toEqual(planes);
    encoder.dispose();
    decoder.dispose();
  }
});

test('no sample is further off than the largest error', () => {
  for (const maxError of [0, 1, 7, 100]) {
    const integers = [voice(3000, 5), voice(3000, 6)];
    const { decoded, faults } = roundTrip(
      integers.map((plane) => toFloats(plane)),
      { sampleRate: 44100, maxError, stateCheck: true },
    );
    expect(faults).toBe(0);
    for (const [channel, plane] of integers.entries()) {
      for (const [n, value] of plane.entries()) {
        expect(Math.abs(value - 32768 * decoded[channel][n])).toBeLessThanOrEqual(maxError);
      }
    }
  }
});

test('a largest error holds on leaps between the ends of 24 bits, alone and beside another channel', () => {
  const peak = 2 ** 23;
  const left = Int32Array.from({ length: 12_000 }, (_, n) => (n % 100 < 50 ? peak - 1 : -peak));
  const planes = [left, left.map((value, n) => (n % 700 < 350 ? -1 - value : value))];
  for (const maxError of [1, 3, 10]) {
    const { decoded } = roundTrip(
      planes.map((plane) => toFloats(plane, 24)),
      { sampleRate: 44100, sampleBits: 24, maxError },
    );
    const errors = planes.map((plane, channel) =>
      plane.map((value, n) => Math.abs(value - peak * decoded[channel][n])),
    );
    expect(Math.max(...errors.map((plane) => Math.max(...plane)))).toBeLessThanOrEqual(maxError);
  }
});

test('a survey ends where no step is coarse enough for the bits', () => {
  const random = makeRandom(8);
  const noise = Float32Array.from({ length: 30_000 }, () => random());
  for (const [frames, bitsPerSample] of [
    [30_000, 1],
    [2, 24],
  ]) {
    const planes = [noise.subarray(0, frames)];
    const options = { sampleRate: 44100, sampleBits: 24, bitsPerSample };
    const plan = surveyWave(engine, planes, options);
    expect(roundTrip(planes, { ...options, plan }).decoded[0].length).toBe(frames);
  }
});

test('encoder and decoder are in the same state after every packet, at every rate and effort', {
  timeout: 30_000,
}, () => {
  for (const channels of [1, 2, 5]) {
    const planes = Array.from({ length: channels }, (_, channel) => toFloats(voice(5000, 11 + channel)));
    const settings: Partial<WaveEncoderOptions>[] = [
      { bitsPerSample: 3.2, effort: 1 },
      { bitsPerSample: 2, effort: 2, predictor: 'lite', framesPerPacket: 256 },
      { bitsPerSample: 3.2, effort: 3, rate: 'average', keyInterval: 8 },
      { bitsPerSample: 1.5, effort: 4, framesPerPacket: 64, keyInterval: 0 },
      { step: 30, effort: 2 },
      { step: 30, effort: 2, framesPerPacket: 1024, keyInterval: 2 },
      { step: 30, effort: 1, framesPerPacket: 576, spanFrames: 64, predictor: 'lite' },
      { maxError: 9, framesPerPacket: 4096 },
    ];
    for (const setting of settings) {
      const { faults, concealedFrames } = roundTrip(planes, { sampleRate: 48000, stateCheck: true, ...setting });
      expect([setting, faults, concealedFrames]).toEqual([setting, 0, 0]);
    }
  }
});

test('packets are the same however the input is cut', () => {
  const planes = [toFloats(voice(2000, 21)), toFloats(voice(2000, 22))];
  for (const effort of [1, 3]) {
    const options = { sampleRate: 48000, channels: 2, effort };
    const whole = encode(planes, options).packets;
    const encoder = new WaveEncoder(engine, options);
    const packets: Uint8Array[] = [];
    const random = makeRandom(9);
    for (let at = 0; at < 2000; ) {
      const count = Math.min(2000 - at, 1 + Math.floor(200 * Math.abs(random())));
      packets.push(...encoder.process(planes.map((plane) => plane.subarray(at, at + count))));
      at += count;
    }
    packets.push(...encoder.flush());
    expect(packets).toEqual(whole);
    // And a second stream is as the first.
    expect([...encoder.process(planes), ...encoder.flush()]).toEqual(whole);
    encoder.dispose();
  }
});

test('at 3.2 bits more than 25 dB come out of resonances in noise, and effort pays', () => {
  const planes = [toFloats(voice(20000, 31))];
  const ratios = [1, 2, 3, 4].map((effort) => {
    const options = { sampleRate: 48000, bitsPerSample: 3.2, effort, keyInterval: 256 };
    const plan = surveyWave(engine, planes, options);
    const { packets, decoded } = roundTrip(planes, { ...options, plan });
    expect(bitsOf(packets)).toBeLessThanOrEqual(3.2 * 20000);
    expect(bitsOf(packets)).toBeGreaterThan(3.1 * 20000);
    return signalToNoise(planes, decoded);
  });
  expect(ratios[0]).toBeGreaterThan(25);
  expect(ratios[2]).toBeGreaterThan(ratios[0] + 0.7);
  expect(ratios[3]).toBeGreaterThan(ratios[0] + 0.9);
});

test('any k packets in a row hold at most k and 0.3 packets’ bits, and one more with keys', () => {
  const random = makeRandom(77);
  const signal = voice(30000, 41).map((value, n) => ((n >> 12) % 3 === 1 ? value : Math.round(value * random() * 0.2)));
  for (const keyInterval of [0, 32]) {
    for (const bitsPerSample of [2, 3.2]) {
      const { packets } = encode([toFloats(signal)], { sampleRate: 48000, bitsPerSample, keyInterval, effort: 1 });
      const mean = 128 * bitsPerSample;
      let queue = 0;
      for (const [index, packet] of packets.entries()) {
        queue = Math.max(0, queue + 8 * packet.length - mean);
        expect(queue).toBeLessThanOrEqual((keyInterval > 0 ? 1 : 0.3) * mean + 1e-6);
        const isKey = keyInterval > 0 && index % keyInterval === 0;
        expect(8 * packet.length).toBeLessThanOrEqual((isKey ? 2 : 1.3 + (keyInterval > 0 ? 0.7 : 0)) * mean);
      }
    }
  }
});

test('with the average held, every beginning of the stream stays below it, but for a packet’s loan to the first 32', () => {
  const { packets } = encode([toFloats(voice(20000, 51))], {
    sampleRate: 48000,
    bitsPerSample: 2.5,
    rate: 'average',
    keyInterval: 256,
  });
  let bits = 0;
  for (const [index, packet] of packets.entries()) {
    bits += 8 * packet.length;
    expect(bits).toBeLessThanOrEqual(2.5 * 128 * (index + 1 + Math.max(0, 1 - index / 32)) + 1e-6);
  }
});

test('a channel that is like the one before it costs little', () => {
  const left = toFloats(voice(12000, 61));
  const noise = makeRandom(5);
  const right = left.map((value, n) => Math.fround(0.8 * value + 0.1 * (left[n - 3] ?? 0) + noise() * 0.0005));
  const apart =
    bitsOf(encode([left], { sampleRate: 48000, step: 20 }).packets) +
    bitsOf(encode([right], { sampleRate: 48000, step: 20 }).packets);
  const together = bitsOf(encode([left, right], { sampleRate: 48000, step: 20 }).packets);
  expect(together).toBeLessThan(0.8 * apart);
});

test('latency is one packet less a frame, and the link’s delay is told apart', () => {
  const bounded = new WaveEncoder(engine, { sampleRate: 44100, keyInterval: 0 });
  expect(bounded.latency).toEqual({ numerator: 127, denominator: 44100 });
  expect(bounded.linkDelaySeconds).toBeCloseTo((0.3 * 128) / 44100, 12);
  const average = new WaveEncoder(engine, { sampleRate: 44100, rate: 'average' });
  expect(average.linkDelaySeconds).toBeUndefined();
  bounded.dispose();
  average.dispose();
});

test('steps are half a decibel apart', () => {
  const steps = stepTable();
  for (let index = 1; index < steps.length; index++) {
    expect(20 * Math.log10(steps[index] / steps[index - 1])).toBeCloseTo(0.5, 4);
  }
});

test('NaN and infinities become zeros and are counted', () => {
  const encoder = new WaveEncoder(engine, { sampleRate: 8000, lossless: true });
  const plane = new Float32Array(128).fill(0.25);
  plane[3] = Number.NaN;
  plane[60] = -Infinity;
  const decoder = new WaveDecoder(engine, encoder.config);
  const [decoded] = decoder.process(encoder.process([plane]));
  expect(encoder.faults).toBe(2);
  expect(decoded).toEqual(plane.map((value) => (Number.isFinite(value) ? value : 0)));
  encoder.dispose();
  decoder.dispose();
});

test('wrong options say what was expected', () => {
  const make = (options: object) => () =>
    new WaveEncoder(engine, { sampleRate: 48000, ...options } as WaveEncoderOptions);
  expect(make({ framesPerPacket: 100 })).toThrow('expected 64, 128, 256 or a multiple of spanFrames, got 100');
  expect(make({ framesPerPacket: 2048 })).toThrow(/expected 64, 128 or 256, one span, .* got 2048/);
  expect(make({ step: 9, framesPerPacket: 1000 })).toThrow(/expected a multiple of spanFrames, which is 128, got 1000/);
  expect(make({ step: 9, framesPerPacket: 8192 })).toThrow(RangeError);
  expect(make({ step: 9, framesPerPacket: 400, spanFrames: 100 })).toThrow(/spanFrames expected 64, 128 or 256/);
  expect(make({ bitsPerSample: 0.5 })).toThrow('bitsPerSample expected a number from 1 to 24, got 0.5');
  expect(make({ lossless: true, step: 3 })).toThrow('got step and lossless');
  expect(make({ effort: 5 })).toThrow(RangeError);
  expect(make({ bits: 3 })).toThrow("no option 'bits'");
});

test('creation and disposal leave the memory as it was', () => {
  const { free } = engine.memory;
  for (let round = 0; round < 20; round++) {
    const encoder = new WaveEncoder(engine, { sampleRate: 8000, channels: 1 + (round % 4), effort: 1 + (round % 4) });
    new WaveDecoder(engine, encoder.config).dispose();
    encoder.dispose();
  }
  expect(engine.memory.free).toBe(free);
});
