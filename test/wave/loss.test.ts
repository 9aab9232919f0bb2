import { expect, test } from 'vitest';
import { Engine } from '../../src/engine/engine.js';
import { WaveDecoder, WaveEncoder } from '../../src/wave/index.js';
import { makeRandom, toFloats, voice } from './_signals.js';

const engine = await Engine.load();
const FRAMES = 128;

const bytesOf = (samples: Float32Array, at: number) =>
  Buffer.from(samples.buffer, samples.byteOffset + 4 * at, 4 * FRAMES);

function encode(frames: number, keyInterval = 32) {
  const encoder = new WaveEncoder(engine, { sampleRate: 16000, effort: 1, predictor: 'lite', keyInterval });
  const packets = encoder.process([toFloats(voice(frames, 3))]);
  const { config } = encoder;
  encoder.dispose();
  return { packets, config };
}

test('with one packet in a hundred lost, what is not concealed is exact, and keys heal: over minutes at least 85 % on average', () => {
  const { packets, config } = encode(16000 * 60);
  const decoder = new WaveDecoder(engine, config);
  const whole = decoder.process(packets)[0];
  const shares: number[] = [];
  for (let seed = 1; seed <= 12; seed++) {
    decoder.reset();
    const random = makeRandom(seed);
    const lost = packets.map((_, index) => index > 0 && Math.abs(random()) < 0.01);
    const decoded = decoder.process(packets.map((packet, index) => (lost[index] ? new Uint8Array(0) : packet)))[0];
    expect(decoded.length).toBe(whole.length);
    const concealed = new Uint8Array(packets.length);
    for (const { firstFrame, frames } of decoder.takeConcealed()) {
      concealed.fill(1, firstFrame / FRAMES, (firstFrame + frames) / FRAMES);
    }
    let waiting = false;
    let exact = 0;
    for (let index = 0; index < packets.length; index++) {
      if (index % 32 === 0) waiting = false;
      waiting ||= lost[index];
      expect(concealed[index]).toBe(waiting ? 1 : 0);
      if (waiting) continue;
      exact++;
      const at = index * FRAMES;
      expect(Buffer.compare(bytesOf(decoded, at), bytesOf(whole, at))).toBe(0);
    }
    shares.push(exact / packets.length);
  }
  // By expectation 0.99·(1 − 0.99^32)/(32·0.01) = 85.1 %; one minute has a standard deviation of about 1.5 %.
  expect(shares.reduce((sum, share) => sum + share, 0) / shares.length).toBeGreaterThan(0.85);
  expect(Math.min(...shares)).toBeGreaterThan(0.8);
  decoder.dispose();
});

test('concealment goes on from the sound and fades to silence', () => {
  const { packets, config } = encode(48000);
  const decoder = new WaveDecoder(engine, config, { fadeSeconds: 0.02 });
  decoder.process(packets.slice(0, 40));
  const [first] = decoder.decodeLost();
  expect(first.length).toBe(FRAMES);
  expect(Math.max(...first.map(Math.abs))).toBeGreaterThan(0);
  let last = first;
  for (let round = 0; round < 10; round++) [last] = decoder.decodeLost();
  expect(last).toEqual(new Float32Array(FRAMES));
  expect(decoder.concealedFrames).toBe(11 * FRAMES);
  decoder.dispose();
});

test('late, repeated and reordered packets are told by their number', () => {
  const { packets, config } = encode(128 * 96);
  const decoder = new WaveDecoder(engine, config);
  const whole = decoder.process(packets)[0];
  decoder.reset();
  // 5 comes after 6: too late; 40 twice; 70 never.
  const order = [0, 1, 2, 3, 4, 6, 5, ...Array.from({ length: 89 }, (_, index) => 7 + index)];
  const pieces: Float32Array[] = [];
  for (const index of order) {
    if (index === 70) continue;
    pieces.push(decoder.decode(packets[index], index)[0]);
    if (index === 40) pieces.push(decoder.decode(packets[index], index)[0]);
  }
  const decoded = new Float32Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    decoded.set(piece, at);
    at += piece.length;
  }
  expect(decoded.length).toBe(whole.length);
  expect(decoder.outOfOrder).toBe(2);
  expect(decoder.takeConcealed()).toEqual([
    { firstFrame: 5 * FRAMES, frames: 27 * FRAMES },
    { firstFrame: 70 * FRAMES, frames: 26 * FRAMES },
  ]);
  expect(decoded.subarray(32 * FRAMES, 70 * FRAMES)).toEqual(whole.subarray(32 * FRAMES, 70 * FRAMES));
  decoder.dispose();
});

test('decoding starts at any key', () => {
  const { packets, config } = encode(128 * 96);
  const decoder = new WaveDecoder(engine, config);
  const whole = decoder.process(packets)[0];
  decoder.reset();
  expect(decoder.process(packets.slice(64))[0]).toEqual(whole.subarray(64 * FRAMES));
  decoder.dispose();
});

test('damaged packets give finite samples in range, never a throw, and a key heals them', () => {
  const { packets, config } = encode(128 * 64, 16);
  const decoder = new WaveDecoder(engine, config);
  const whole = decoder.process(packets)[0];
  const random = makeRandom(99);
  const pick = (count: number) => Math.floor(Math.abs(random()) * count);
  for (let round = 0; round < 300; round++) {
    decoder.reset();
    const damaged = packets.slice(0, 33).map((packet) => packet.slice());
    for (let hits = 1 + pick(3); hits > 0; hits--) {
      const at = pick(32);
      const packet = damaged[at];
      const kind = pick(8);
      if (kind < 2) damaged[at] = packet.slice(0, pick(packet.length + 1));
      else if (kind === 2) damaged[at] = Uint8Array.from({ length: 1 + pick(200) }, () => pick(256));
      else if (packet.length > 0) packet[pick(packet.length)] ^= 1 << pick(8);
    }
    const [decoded] = decoder.process(damaged);
    expect(decoded.length).toBe(33 * FRAMES);
    expect(decoded.every((value) => value >= -1 && value < 1)).toBe(true);
    expect(decoded.subarray(32 * FRAMES)).toEqual(whole.subarray(32 * FRAMES, 33 * FRAMES));
  }
  decoder.dispose();
});

test('packets longer than any are damaged data: concealed, counted, healed by the next key; what is no packet is an error', () => {
  const { packets, config } = encode(100 * FRAMES);
  const decoder = new WaveDecoder(engine, config);
  const whole = decoder.process(packets)[0];
  const tooLong = new Uint8Array(decoder.inputPacketBytes + 1).fill(0x5a);
  const damaged = packets.map((packet, index) => (index === 10 ? tooLong : packet));
  const expectHealed = (planes: Float32Array[]) => {
    expect(planes[0].length).toBe(whole.length);
    expect(Buffer.compare(bytesOf(planes[0], 9 * FRAMES), bytesOf(whole, 9 * FRAMES))).toBe(0);
    expect(planes[0].subarray(32 * FRAMES)).toEqual(whole.subarray(32 * FRAMES));
    expect(decoder.takeConcealed()).toEqual([{ firstFrame: 10 * FRAMES, frames: 22 * FRAMES }]);
  };
  decoder.reset();
  expectHealed(decoder.process(damaged));
  expect(decoder.faults).toBe(1);
  decoder.reset();
  const integers = decoder.processIntegers(damaged)[0];
  expectHealed([Float32Array.from(integers, (value) => value / 32768)]);
  expect(decoder.faults).toBe(2);
  decoder.reset();
  const decoded = damaged.map((packet, sequence) => decoder.decode(packet, sequence)[0]);
  expectHealed([Float32Array.from(decoded.flatMap((plane) => Array.from(plane)))]);
  expect(decoder.faults).toBe(3);
  const wrong = [1, 2, 3] as unknown as Uint8Array;
  expect(() => decoder.decode(wrong, 200)).toThrow(TypeError);
  expect(() => decoder.process([tooLong, wrong])).toThrow('packets[1] expected a Uint8Array');
  expect(() => decoder.process('packet' as unknown as Uint8Array)).toThrow(TypeError);
  expect(() => decoder.processIntegers(undefined as unknown as Uint8Array)).toThrow(TypeError);
  expect(decoder.faults).toBe(3);
  decoder.dispose();
});
