/** From a sender's clock to a receiver's in simulated time: encoder, network, jitter buffer, decoder, varying resampler. */

import { expect } from 'vitest';
import {
  type ConcealedFrames,
  type Engine,
  isWaveKey,
  JitterBuffer,
  type JitterFigures,
  PacketsPort,
  Resampler,
  SamplesPort,
  WaveDecoder,
  WaveEncoder,
} from '../../src/index.js';

const RATE = 16000;
const FRAMES = 128;
const PACKET_SECONDS = FRAMES / RATE;
const KEY_INTERVAL = 8;
const FREQUENCY = 997;
/** Frames over which a phase is taken: short against a drift, long against the tone. */
const PHASE_FRAMES = 256;
const RANGE = 350e-6;

const random = (seed: number) => {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
};

export interface LiveTask {
  readonly seconds: number;
  /** How much faster the sender's clock runs. */
  readonly drift: number;
  /** Share of packets that never come. */
  readonly loss: number;
}

export interface LiveResult {
  readonly figures: JitterFigures;
  /** Seconds that waited, after the first twenty. */
  readonly longestWait: number;
  readonly shortestWait: number;
  /** What the decoder tells, and what it should tell by the packets it was given. */
  readonly concealed: readonly ConcealedFrames[];
  readonly expected: readonly ConcealedFrames[];
  readonly lostPackets: number;
  /** Packets of no bytes that the buffer gave the decoder. */
  readonly missing: number;
  /** Cents between what is heard and the sender's tone, of each stretch without concealment. */
  readonly cents: readonly number[];
}

/** A sine's packets, coded one by one, so that ten minutes need no room. */
function createSender(engine: Engine) {
  const encoder = new WaveEncoder(engine, {
    sampleRate: RATE,
    effort: 1,
    predictor: 'lite',
    keyInterval: KEY_INTERVAL,
  });
  let frame = 0;
  const plane = new Float32Array(FRAMES);
  const next = () => {
    for (let index = 0; index < FRAMES; index++)
      plane[index] = 0.5 * Math.sin((2 * Math.PI * FREQUENCY * frame++) / RATE);
    return encoder.process([plane])[0];
  };
  return { encoder, next };
}

export function simulateLive(engine: Engine, { seconds, drift, loss }: LiveTask): LiveResult {
  const { encoder, next: nextPacket } = createSender(engine);
  const decoder = new WaveDecoder(engine, encoder.config);
  const packetBytes = decoder.inputPacketBytes;
  const buffer = new JitterBuffer({ framesPerPacket: FRAMES, sampleRate: RATE, packetBytes, isKey: isWaveKey });
  const stretch = new Resampler(engine, {
    from: RATE,
    to: RATE,
    minRatio: 1 - RANGE,
    maxRatio: 1 + RANGE,
    maxInput: FRAMES,
  });
  const port = new PacketsPort(engine, { capacity: 1, packetBytes });
  const decoded = new SamplesPort(engine, { capacity: FRAMES, channels: 1 });
  const played = new SamplesPort(engine, { capacity: stretch.maxOutput, channels: 1 });
  const listener = new PhaseMeter();
  const random01 = random(7);
  /** Packets on their way, the next to come first. */
  const network: { at: number; sequence: number; packet: Uint8Array }[] = [];
  let [sent, lostPackets, missing, heardFrames, queued] = [0, 0, 0, 0, 0];
  let waitsForKey = true;
  let decodedFrames = 0;
  const expected: { firstFrame: number; frames: number }[] = [];
  const concealed: ConcealedFrames[] = [];
  const waits = { longest: 0, shortest: Number.POSITIVE_INFINITY };

  const sendUntil = (now: number) => {
    for (; (sent * PACKET_SECONDS) / (1 + drift) <= now; sent++) {
      const packet = nextPacket();
      // A floor, an exponential tail, cut at 80 ms.
      const delay = 0.02 + Math.min(0.08, -0.004 * Math.log(1 - random01()));
      if (sent > 0 && random01() < loss) lostPackets++;
      else network.push({ at: (sent * PACKET_SECONDS) / (1 + drift) + delay, sequence: sent, packet });
    }
    network.sort((a, b) => a.at - b.at);
    while (network.length > 0 && network[0].at <= now) {
      const { packet, sequence } = network.shift() as (typeof network)[number];
      buffer.push(packet, 0, packet.length, FRAMES, sequence);
    }
  };

  /** What the decoder has to conceal: what is missing, and all after it up to the next key. */
  const noteExpected = () => {
    const isKey = port.lengths[0] > 0 && isWaveKey(port.bytes, 0, port.lengths[0]);
    waitsForKey = port.lengths[0] === 0 || (waitsForKey && !isKey);
    if (port.lengths[0] === 0) missing++;
    if (waitsForKey) {
      const last = expected.at(-1);
      if (last && last.firstFrame + last.frames === decodedFrames) last.frames += FRAMES;
      else expected.push({ firstFrame: decodedFrames, frames: FRAMES });
    }
    decodedFrames += FRAMES;
    return waitsForKey;
  };

  const settled = 20;
  const ratio = Float64Array.of(1);
  for (let quantum = 0; quantum * PACKET_SECONDS < seconds; quantum++) {
    const now = quantum * PACKET_SECONDS;
    sendUntil(now);
    while (queued < FRAMES && buffer.pull(port, queued) > 0) {
      const wasConcealed = noteExpected();
      decoder.processInto(port, decoded);
      ratio[0] = buffer.ratio;
      stretch.setRatio(ratio, { overFrames: FRAMES });
      stretch.processInto(decoded, played);
      // What is made up here is heard up to so much later, and rings as long before.
      if (wasConcealed)
        listener.disturb(heardFrames - stretch.latencyFrames, heardFrames + 3 * stretch.latencyFrames + FRAMES);
      for (let index = 0; index < played.count; index++) listener.hear(played.planes[0][index]);
      heardFrames += played.count;
      queued += played.count;
    }
    queued = Math.max(0, queued - FRAMES);
    concealed.push(...decoder.takeConcealed());
    if (now > settled) {
      const { waitingSeconds } = buffer.figures();
      const waiting = waitingSeconds + queued / RATE;
      waits.longest = Math.max(waits.longest, waiting);
      waits.shortest = Math.min(waits.shortest, waiting);
    }
  }
  const figures = buffer.figures();
  const cents = listener.frequencies().map((frequency) => 1200 * Math.log2(frequency / (FREQUENCY * (1 + drift))));
  for (const part of [encoder, decoder, stretch, port, decoded, played]) part.dispose();
  return {
    figures,
    longestWait: waits.longest,
    shortestWait: waits.shortest,
    concealed: merged(concealed),
    expected,
    lostPackets,
    missing,
    cents,
  };
}

/** Neither empty nor full, what was made up told to the frame, the pitch right to a cent. */
export function expectWell(result: LiveResult): void {
  const { figures, longestWait, shortestWait, concealed, expected, lostPackets, missing, cents } = result;
  expect(figures).toMatchObject({ emptied: 0, jumps: 0, duplicates: 0, strange: 0, concealed: missing });
  expect(shortestWait).toBeGreaterThan(0.005);
  expect(longestWait).toBeLessThan(0.15);
  expect(concealed).toEqual(expected);
  expect(missing).toBeGreaterThanOrEqual(lostPackets);
  expect(missing).toBeLessThan(1.1 * lostPackets + 20);
  expect(cents.length).toBeGreaterThan(50);
  expect(cents.reduce((most, value) => Math.max(most, Math.abs(value)), 0)).toBeLessThan(1);
}

/** Runs told one after the other that are one. */
function merged(runs: readonly ConcealedFrames[]): ConcealedFrames[] {
  const result: { firstFrame: number; frames: number }[] = [];
  for (const run of runs) {
    const last = result.at(-1);
    if (last && last.firstFrame + last.frames === run.firstFrame) last.frames += run.frames;
    else result.push({ ...run });
  }
  return result;
}

/** Finds a tone's frequency from the slope of its phase, stretch by stretch, where nothing disturbed it. */
class PhaseMeter {
  readonly #phases: number[] = [];
  readonly #disturbed: { from: number; to: number }[] = [];
  #frame = 0;
  #real = 0;
  #imaginary = 0;

  hear(sample: number): void {
    const angle = (2 * Math.PI * FREQUENCY * this.#frame) / RATE;
    // A window without edges, so that the tone's mirror image does not come in.
    const window = Math.sin((Math.PI * ((this.#frame % PHASE_FRAMES) + 0.5)) / PHASE_FRAMES) ** 2;
    this.#real += window * sample * Math.cos(angle);
    this.#imaginary -= window * sample * Math.sin(angle);
    if (++this.#frame % PHASE_FRAMES > 0) return;
    this.#phases.push(Math.atan2(this.#imaginary, this.#real));
    [this.#real, this.#imaginary] = [0, 0];
  }

  disturb(from: number, to: number): void {
    const last = this.#disturbed.at(-1);
    if (last && from <= last.to) last.to = Math.max(last.to, to);
    else this.#disturbed.push({ from, to });
  }

  /** Of every ten phases in a row that nothing disturbed. */
  frequencies(): number[] {
    const LENGTH = 10;
    const frequencies: number[] = [];
    let [next, clean] = [0, 0];
    for (let block = 0; block < this.#phases.length; block++) {
      const [from, to] = [block * PHASE_FRAMES, (block + 1) * PHASE_FRAMES];
      while (next < this.#disturbed.length && this.#disturbed[next].to <= from) next++;
      const isClean = next >= this.#disturbed.length || this.#disturbed[next].from >= to;
      clean = isClean ? clean + 1 : 0;
      // Silence before the first packet is no tone.
      if (clean < LENGTH || block < 2 * LENGTH) continue;
      clean = 0;
      frequencies.push(FREQUENCY + this.#slope(block - LENGTH + 1, LENGTH));
    }
    return frequencies;
  }

  /** Least squares over unwrapped phases: Hz. */
  #slope(first: number, length: number): number {
    let [phase, sum] = [this.#phases[first], 0];
    let squares = 0;
    for (let index = 0; index < length; index++) {
      const step = index === 0 ? 0 : this.#phases[first + index] - this.#phases[first + index - 1];
      phase += step - 2 * Math.PI * Math.round(step / (2 * Math.PI));
      const x = index - (length - 1) / 2;
      sum += x * phase;
      squares += x * x;
    }
    return sum / squares / (2 * Math.PI) / (PHASE_FRAMES / RATE);
  }
}
