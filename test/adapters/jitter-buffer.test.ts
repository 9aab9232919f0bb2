import { beforeAll, describe, expect, it } from 'vitest';
import { Engine, JitterBuffer, type JitterFigures, PacketsPort } from '../../src/index.js';

let engine: Engine;
let port: PacketsPort;
beforeAll(async () => {
  engine = await Engine.load();
  port = new PacketsPort(engine, { capacity: 1, packetBytes: 16 });
});

const FRAMES = 128;
const RATE = 48000;
const PACKET_SECONDS = FRAMES / RATE;
const CENT = 2 ** (1 / 1200) - 1;

const jitterBuffer = (options: object = {}) =>
  new JitterBuffer({ framesPerPacket: FRAMES, sampleRate: RATE, packetBytes: 16, ...options });

/** The number a packet carries, so that a test can see which one comes out. */
const packet = (sequence: number) => new Uint8Array(new Float64Array([sequence]).buffer);
const push = (buffer: JitterBuffer, sequence: number) => buffer.push(packet(sequence), 0, 8, FRAMES, sequence);
/** The number of the packet that comes out; −1 for a concealed one, undefined for none. */
function pull(buffer: JitterBuffer): number | undefined {
  if (buffer.pull(port, 0) === 0) return undefined;
  return port.lengths[0] === 0 ? -1 : new Float64Array(port.bytes.slice(0, 8).buffer)[0];
}

const random = (seed: number) => {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
};

interface Network {
  readonly seconds: number;
  /** How much faster the sender's clock runs. */
  readonly drift: number;
  readonly loss: number;
  /** Seconds of delay of a packet. */
  readonly delay: (next: () => number, seconds: number) => number;
}

/** A sender, a network and a sound card that plays 128 frames at a time, in simulated time. */
function simulate(buffer: JitterBuffer, { seconds, drift, loss, delay }: Network) {
  const next = random(1);
  const arrivals: { at: number; sequence: number }[] = [];
  for (let sequence = 0; sequence * PACKET_SECONDS < seconds * (1 + drift); sequence++) {
    const sent = (sequence * PACKET_SECONDS) / (1 + drift);
    if (next() >= loss || sequence === 0) arrivals.push({ at: sent + delay(next, sent), sequence });
  }
  const sentPackets = arrivals.at(-1)?.sequence as number;
  arrivals.sort((a, b) => a.at - b.at);
  let queued = 0;
  let arrived = 0;
  const fills: number[] = [];
  const ratios: number[] = [];
  const after: JitterFigures[] = [];
  for (let quantum = 0; quantum * PACKET_SECONDS < seconds - 1; quantum++) {
    const now = quantum * PACKET_SECONDS;
    for (; arrived < arrivals.length && arrivals[arrived].at <= now; arrived++)
      push(buffer, arrivals[arrived].sequence);
    while (queued < FRAMES && buffer.pull(port, Math.floor(queued)) > 0) queued += port.frames[0] * buffer.ratio;
    queued = Math.max(0, queued - FRAMES);
    ratios.push(buffer.ratio);
    fills.push(buffer.figures().waitingSeconds);
    if (quantum % 1000 === 0) after.push(buffer.figures());
  }
  return { fills, ratios, after, sentPackets, lost: sentPackets + 1 - arrivals.length };
}

/** Delays as networks have them: a floor, an exponential tail, cut at 80 ms. */
const tail = (mean: number) => (next: () => number) => 0.02 + Math.min(0.08, -mean * Math.log(1 - next()));

describe('a jitter buffer', () => {
  it('gives packets in order, whatever the order they come in, once enough of them wait', () => {
    const buffer = jitterBuffer({ startSeconds: 5 * PACKET_SECONDS });
    for (const sequence of [2, 0, 1, 3]) push(buffer, sequence);
    expect(pull(buffer)).toBeUndefined();
    push(buffer, 4);
    expect([0, 1, 2, 3].map(() => pull(buffer))).toEqual([0, 1, 2, 3]);
  });

  it('conceals what is lost, leaves out what comes late or twice, and counts all of it', () => {
    const buffer = jitterBuffer({ startSeconds: 3 * PACKET_SECONDS });
    for (const sequence of [10, 11, 11, 13]) push(buffer, sequence);
    expect([0, 1, 2].map(() => pull(buffer))).toEqual([10, 11, -1]);
    push(buffer, 12);
    expect(buffer.figures()).toMatchObject({ received: 5, duplicates: 1, late: 1, concealed: 1, jumps: 0 });
  });

  it('makes everything later when a packet came too late, and only before one that decoding can start with', () => {
    const isKey = (bytes: Uint8Array, offset: number) =>
      new Float64Array(bytes.slice(offset, offset + 8).buffer)[0] % 4 === 0;
    const buffer = jitterBuffer({ startSeconds: 3 * PACKET_SECONDS, isKey });
    for (const sequence of [0, 1, 3]) push(buffer, sequence);
    expect([0, 1, 2].map(() => pull(buffer))).toEqual([0, 1, -1]);
    push(buffer, 2);
    for (let sequence = 4; sequence < 12; sequence++) push(buffer, sequence);
    expect([0, 1, 2, 3, 4, 5].map(() => pull(buffer))).toEqual([3, -1, -1, 4, 5, 6]);
  });

  it('begins anew where the stream jumps, after a pause, and after its end', () => {
    const buffer = jitterBuffer({ startSeconds: PACKET_SECONDS, maxSeconds: 20 * PACKET_SECONDS });
    push(buffer, 5);
    expect(pull(buffer)).toBe(5);
    push(buffer, 1e6);
    expect(pull(buffer)).toBe(1e6);
    push(buffer, 3);
    expect(pull(buffer)).toBe(3);
    expect(buffer.figures().jumps).toBe(2);
    let concealed = 0;
    while (pull(buffer) === -1) concealed++;
    expect(concealed * PACKET_SECONDS).toBeCloseTo(0.25, 1);
    push(buffer, 4);
    expect(pull(buffer)).toBe(4);
    push(buffer, 5);
    buffer.finish();
    expect([pull(buffer), pull(buffer)]).toEqual([5, undefined]);
    push(buffer, 0);
    expect(pull(buffer)).toBe(0);
  });

  it('plays what waits without waiting for more when the stream has ended before it began', () => {
    const buffer = jitterBuffer();
    push(buffer, 0);
    push(buffer, 1);
    buffer.finish();
    expect([pull(buffer), pull(buffer), pull(buffer)]).toEqual([0, 1, undefined]);
  });

  it.each([200e-6, -200e-6, 0])(
    'holds ten minutes of loss, jitter and a clock %d off: never empties, never grows, below a cent',
    (drift) => {
      const buffer = jitterBuffer();
      const { fills, ratios, after, lost } = simulate(buffer, { seconds: 600, drift, loss: 0.01, delay: tail(0.004) });
      const settled = Math.round(20 / PACKET_SECONDS);
      const { concealed, emptied, late, jumps } = buffer.figures();
      const early = after.find(({ received }) => received > settled) as JitterFigures;
      expect(emptied - early.emptied).toBe(0);
      expect(jumps).toBe(0);
      const later = fills.slice(settled);
      expect(later.reduce((a, b) => Math.max(a, b))).toBeLessThan(0.15);
      expect(later.slice(-20000).reduce((a, b) => a + b) / 20000).toBeLessThan(0.12);
      const errors = ratios.map((ratio) => Math.abs(ratio * (1 + drift) - 1));
      expect(errors.reduce((a, b) => Math.max(a, b))).toBeLessThan(CENT);
      expect(concealed).toBeGreaterThan(0.9 * lost);
      expect(concealed).toBeLessThan(1.1 * lost + 50);
      expect(late).toBeLessThan(50);
    },
  );

  it('waits longer when the network gets worse, and less when it is better again', () => {
    const buffer = jitterBuffer();
    const delay = (next: () => number, seconds: number) => tail(seconds > 60 && seconds < 120 ? 0.012 : 0.001)(next);
    const { after } = simulate(buffer, { seconds: 600, drift: 0, loss: 0, delay });
    const at = (seconds: number) => after[Math.floor(seconds / PACKET_SECONDS / 1000)].targetSeconds;
    expect(at(130)).toBeGreaterThan(at(55) + 0.02);
    expect(at(590)).toBeLessThan(at(130) - 0.02);
  });

  it.each([1, 16])('leaves packets out where far too much waits, and goes on at one of every %i', (interval) => {
    const isKey = (bytes: Uint8Array, offset: number) =>
      new Float64Array(bytes.slice(offset, offset + 8).buffer)[0] % interval === 0;
    const buffer = jitterBuffer({ isKey });
    // A page that was busy: 200 ms at once, then one packet a quantum.
    const [burst, heard] = [75, [] as number[]];
    for (let sequence = 0; sequence < burst; sequence++) push(buffer, sequence);
    for (let quantum = 0; quantum < 5 / PACKET_SECONDS; quantum++) {
      push(buffer, burst + quantum);
      heard.push(pull(buffer) as number);
    }
    const steps = heard.slice(1).map((sequence, index) => sequence - heard[index]);
    const jumps = steps.filter((step) => step !== 1);
    const { skipped, waitingSeconds, concealed, jumps: restarts } = buffer.figures();
    expect(jumps).toHaveLength(1);
    expect([skipped, concealed, restarts]).toEqual([jumps[0] - 1, 0, 0]);
    expect(heard[steps.indexOf(jumps[0]) + 1] % interval).toBe(0);
    expect(waitingSeconds).toBeLessThan(0.04 + (interval + 1) * PACKET_SECONDS);
    expect(waitingSeconds).toBeGreaterThan(0.03);
  });

  it('refuses packets that are none, and options that make no sense', () => {
    const buffer = jitterBuffer();
    buffer.push(new Uint8Array(17), 0, 17, FRAMES, 0);
    buffer.push(new Uint8Array(8), 0, 8, 0, 0);
    buffer.push(new Uint8Array(8), 0, 8, FRAMES + 1, 0);
    buffer.push(new Uint8Array(8), 0, 8, FRAMES, -1);
    expect(buffer.strange).toBe(4);
    expect(() => jitterBuffer({ framesPerPacket: 0 })).toThrow(RangeError);
    expect(() => jitterBuffer({ startSeconds: 2 })).toThrow(RangeError);
    expect(() => jitterBuffer({ depth: 1 })).toThrow(/depth/);
  });
});
