import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { EngineMemoryError, LatencyBudgetError } from '../../src/engine/errors.js';
import { Pipeline } from '../../src/pipeline/index.js';
import { PacketsPort, SamplesPort } from '../../src/stage/port.js';
import { surveyWave, WaveDecoder, WaveEncoder, type WaveEncoderOptions } from '../../src/wave/index.js';
import { bitsOf, makeRandom, signalToNoise, toFloats, voice } from './_signals.js';

const engine = await Engine.load();
const RATE = 16000;

const make = (options: Partial<WaveEncoderOptions> = {}) =>
  new WaveEncoder(engine, {
    sampleRate: RATE,
    predictor: 'lite',
    effort: 1,
    rate: 'average',
    lookAheadSeconds: 0.5,
    keyInterval: 256,
    ...options,
  });

/** Sound whose loudness and noise change every third of a second. */
function scenes(frames: number, seed: number): Float32Array {
  const random = makeRandom(seed);
  let [gain, noise] = [0.5, 0.01];
  return toFloats(voice(frames, seed)).map((value, frame) => {
    if (frame % 5333 === 0) {
      gain = [1, 0.3, 0.05][Math.floor(1.5 * (random() + 1))];
      noise = [0.05, 0.01, 0.001][Math.floor(1.5 * (random() + 1))];
    }
    return Math.round(32768 * gain * (value + noise * random())) / 32768;
  });
}

function roundTrip(planes: Float32Array[], options: Partial<WaveEncoderOptions>) {
  const encoder = make({ channels: planes.length, ...options });
  const packets = [...encoder.process(planes), ...encoder.flush()];
  const decoder = new WaveDecoder(engine, encoder.config);
  const decoded = decoder.process(packets).map((plane) => plane.subarray(0, planes[0].length));
  const { faults } = decoder;
  encoder.dispose();
  decoder.dispose();
  return { packets, decoded, faults };
}

test('latency grows by the look-ahead, up to a whole packet, exactly', () => {
  for (const [lookAheadSeconds, framesPerPacket, packets] of [
    [0, 128, 0],
    [0.5, 128, 63],
    [0.504, 128, 63],
    [0.3, 64, 75],
    [1e-4, 256, 1],
  ] as const) {
    const encoder = make({ lookAheadSeconds, framesPerPacket });
    expect(encoder.latency.numerator / encoder.latency.denominator).toBe(((packets + 1) * framesPerPacket - 1) / RATE);
    expect(encoder.inputNeeded(0)).toBe(0);
    expect(encoder.linkDelaySeconds).toBeUndefined();
    const random = makeRandom(3);
    const sound = scenes((packets + 5) * framesPerPacket, 7);
    let count = 0;
    for (let at = 0; at < sound.length; ) {
      const next = Math.min(sound.length, at + 1 + Math.floor(60 * Math.abs(random())));
      count += encoder.process([sound.subarray(at, next)]).length;
      at = next;
      expect(encoder.inputNeeded(count)).toBeLessThanOrEqual(at);
      expect(encoder.inputNeeded(count + 1)).toBeGreaterThan(at);
    }
    expect(count).toBe(5);
    expect(encoder.flush()).toHaveLength(packets);
    encoder.dispose();
  }
});

test('packets are the same however the input is cut and the end taken, and in every stream', () => {
  const planes = [scenes(15_000, 21), scenes(15_000, 22)];
  const whole = roundTrip(planes, {}).packets;
  const encoder = make({ channels: 2, maxInput: 300 });
  const input = new SamplesPort(engine, { capacity: 300, channels: 2 });
  const output = new PacketsPort(engine, { capacity: encoder.maxOutput, packetBytes: encoder.maxPacketBytes });
  const random = makeRandom(9);
  for (let stream = 0; stream < 2; stream++) {
    // A stream that is broken off, held packets and all, leaves nothing behind.
    encoder.process([scenes(9000, 5), scenes(9000, 6)]);
    encoder.reset();
    const packets: Uint8Array[] = [];
    const frames: number[] = [];
    const collect = () => {
      for (let index = 0; index < output.count; index++) {
        packets.push(output.bytes.slice(output.offsets[index], output.offsets[index] + output.lengths[index]));
        frames.push(output.frames[index]);
      }
    };
    for (let at = 0; at < 15_000; at += input.count) {
      input.count = Math.min(15_000 - at, 1 + Math.floor(299 * Math.abs(random())));
      for (const [channel, plane] of planes.entries()) {
        input.planes[channel].set(plane.subarray(at, at + input.count));
      }
      encoder.processInto(input, output);
      collect();
    }
    let pieces = 0;
    for (; encoder.flushInto(output) > 0; pieces++) {
      expect(output.count).toBe(1);
      collect();
    }
    expect(pieces).toBe(64);
    expect(packets).toEqual(whole);
    expect(frames).toEqual([...new Array(117).fill(128), 15_000 - 117 * 128]);
    expect(encoder.flush()).toEqual([]);
  }
  for (const part of [encoder, input, output]) part.dispose();
});

test('what was sent never exceeds the mean of what was taken in, and the whole stream keeps to the mean', {
  timeout: 30_000,
}, () => {
  fc.assert(
    fc.property(
      fc.record({
        frames: fc.integer({ min: 1500, max: 20_000 }),
        seed: fc.nat(1e6),
        kind: fc.constantFrom('scenes', 'quiet, loud', 'loud, quiet', 'extremes'),
        bitsPerSample: fc.constantFrom(1.5, 2.4, 3.2, 6),
        framesPerPacket: fc.constantFrom(64, 128, 256),
        lookAheadSeconds: fc.constantFrom(0.02, 0.25, 1),
        keyInterval: fc.constantFrom(0, 32, 256),
        channels: fc.constantFrom(1, 2),
      }),
      ({ frames, seed, kind, bitsPerSample, framesPerPacket, lookAheadSeconds, keyInterval, channels }) => {
        const random = makeRandom(seed + 1);
        const planes = Array.from({ length: channels }, (_, channel) =>
          scenes(frames, seed + channel).map((value, frame) => {
            if (kind === 'scenes') return value;
            if (kind === 'extremes') return random() > 0 ? 0.999 : -1;
            return 2 * frame < frames === (kind === 'quiet, loud') ? value / 256 : value;
          }),
        );
        const options = { bitsPerSample, framesPerPacket, lookAheadSeconds, keyInterval, stateCheck: true };
        const { packets, faults } = roundTrip(planes, options);
        const waiting = Math.ceil((lookAheadSeconds * RATE) / framesPerPacket - 1e-6);
        let sent = 0;
        for (const [index, packet] of packets.entries()) {
          sent += 8 * packet.length;
          const taken = Math.min(frames, (index + 1 + waiting) * framesPerPacket);
          expect(sent).toBeLessThanOrEqual(bitsPerSample * channels * taken);
        }
        expect(packets).toHaveLength(Math.ceil(frames / framesPerPacket));
        expect(faults).toBe(0);
      },
    ),
    { numRuns: 60 },
  );
});

test('two seconds of it are within 1 dB of a plan, and above none by more than 1 dB, at the same bits', () => {
  const planes = [scenes(8 * RATE, 31)];
  const plan = surveyWave(engine, planes, { sampleRate: RATE, predictor: 'lite', effort: 1, keyInterval: 256 });
  const [planned, ahead, none] = [{ plan, lookAheadSeconds: 0 }, { lookAheadSeconds: 2 }, { lookAheadSeconds: 0 }].map(
    (options) => {
      const { packets, decoded } = roundTrip(planes, options);
      expect(bitsOf(packets)).toBeLessThanOrEqual(3.2 * planes[0].length);
      return signalToNoise(planes, decoded);
    },
  );
  expect(ahead).toBeGreaterThan(planned - 1);
  expect(ahead).toBeGreaterThan(none + 1);
});

test('bits are left unspent where there is nothing to spend them on', () => {
  const silence = new Float32Array(2 * RATE);
  expect(bitsOf(roundTrip([silence], {}).packets)).toBeLessThan(0.1 * 3.2 * silence.length);
});

test('a rate that is changed holds from there on', () => {
  const encoder = make({ bitsPerSample: 4 });
  const sound = scenes(6 * RATE, 41);
  const first = encoder.process([sound.subarray(0, 3 * RATE)]);
  encoder.setBitsPerSample(2);
  expect([encoder.bitsPerSample, encoder.hasVariableRate]).toEqual([2, true]);
  const second = [...encoder.process([sound.subarray(3 * RATE)]), ...encoder.flush()];
  expect(bitsOf(first)).toBeLessThanOrEqual(4 * 3 * RATE);
  expect(bitsOf(second)).toBeLessThanOrEqual(2 * (second.length + 63) * 128);
  expect(bitsOf(second)).toBeGreaterThan(1.6 * second.length * 128);
  encoder.dispose();
});

test('NaN and infinities are counted once, when they come in', () => {
  const encoder = make();
  const sound = scenes(1000, 51);
  sound[3] = Number.NaN;
  sound[999] = Number.POSITIVE_INFINITY;
  encoder.process([sound]);
  expect(encoder.faults).toBe(2);
  encoder.flush();
  expect(encoder.faults).toBe(2);
  encoder.dispose();
});

test('a pipeline’s budget counts it', () => {
  const chain = () =>
    Pipeline.from({ sampleRate: RATE }).encode({ codec: 'wave', rate: 'average', lookAheadSeconds: 0.5 });
  expect(() => chain().build(engine, { budget: { latencySeconds: 0.5 } })).toThrow(LatencyBudgetError);
  const pipeline = chain().build(engine, { budget: { latencySeconds: 0.6 } });
  expect(pipeline.latency).toEqual({ numerator: 64 * 128 - 1, denominator: RATE });
  expect(String(pipeline.report())).toContain('511.9');
  const again = Pipeline.fromJSON(pipeline.toJSON()).build(engine);
  const sound = scenes(10_000, 61);
  const packets = [...(pipeline.process([sound]) as Uint8Array[]), ...(pipeline.flush() as Uint8Array[])];
  expect(packets).toHaveLength(79);
  expect([...(again.process([sound]) as Uint8Array[]), ...(again.flush() as Uint8Array[])]).toEqual(packets);
  for (const part of [pipeline, again]) part.dispose();
});

test('it is for a mean without a plan, and for at most a minute', () => {
  expect(() => make({ rate: 'bounded' })).toThrow("lookAheadSeconds expected 0 without rate 'average'");
  expect(() => make({ rate: undefined, lossless: true })).toThrow('lookAheadSeconds');
  const plan = { stepIndex: 60, bits: new Float32Array(1), samples: 128 };
  expect(() => make({ plan })).toThrow('or with a plan');
  expect(() => make({ lookAheadSeconds: 61 })).toThrow('lookAheadSeconds expected a number from 0 to 60, got 61');
  expect(() => make({ lookAheadSeconds: '1' as unknown as number })).toThrow(TypeError);
});

test('its memory comes back, also where there was not enough', async () => {
  const { free } = engine.memory;
  for (let round = 0; round < 20; round++) make({ channels: 1 + (round % 3), lookAheadSeconds: round / 10 }).dispose();
  expect(engine.memory.free).toBe(free);
  const small = await Engine.load({ memory: 3 * 2 ** 20 });
  const before = small.memory.free;
  expect(() => new WaveEncoder(small, { sampleRate: 48000, rate: 'average', lookAheadSeconds: 60 })).toThrow(
    EngineMemoryError,
  );
  expect(small.memory.free).toBe(before);
});
