/**
 * A second decoder of wave packets, written from docs/BITSTREAM.md 8.13 alone and in plain TypeScript: no wasm, nothing
 * shared with src. Slow and strict: it throws where a packet is lost or damaged. Even the tables of symbols are those
 * that stand in the document.
 */
import { readFileSync } from 'node:fs';
import { DamagedPacket, frequenciesOf, RangeDecoder } from './wave-coder.js';
import { exponential } from './wave-elementary.js';
import { analysisWindow, dot, fromPast, fromReflections, oldestFirst, reflectionOf } from './wave-prediction.js';

const { fround } = Math;

/** What a stream header says. */
export interface WaveStream {
  readonly framesPerPacket: number;
  readonly channels: number;
  readonly parameters: unknown;
  /** Frames a second; the conformance vectors are of 48 kHz. */
  readonly sampleRate?: { numerator: number; denominator: number } | number;
}

interface Parameters {
  readonly predictor: 'full' | 'lite';
  readonly sampleBits: number;
  readonly analysisFrames: number;
  readonly spanFrames: number;
  readonly stateCheck: boolean;
}

/** What the header says, and what it leaves out. */
function parametersOf({ framesPerPacket, parameters, sampleRate = 48000 }: WaveStream): Parameters {
  const said = parameters as Partial<Parameters>;
  const rate = typeof sampleRate === 'number' ? sampleRate : sampleRate.numerator / sampleRate.denominator;
  const predictor = said.predictor ?? 'full';
  const longSpan = framesPerPacket === 4096 ? 256 : 128;
  return {
    predictor,
    sampleBits: said.sampleBits ?? 16,
    analysisFrames: said.analysisFrames ?? (predictor === 'full' && rate > 24000 ? 1024 : 512),
    spanFrames: said.spanFrames ?? (framesPerPacket <= 256 ? framesPerPacket : longSpan),
    stateCheck: said.stateCheck ?? false,
  };
}

/** The lines of letters that stand for the tables of symbols. */
export function tablesOfDocument(): string[] {
  const document = readFileSync(new URL('../../docs/BITSTREAM.md', import.meta.url), 'utf8');
  const section = document.slice(document.indexOf('### 8.13 '));
  const tables = section.slice(section.indexOf('**Tables.**'));
  return tables.split(/^```$/m)[1].trim().split('\n');
}

const frequencies = tablesOfDocument().map(frequenciesOf);

const PAST = 1024;
const REFERENCE_TAPS = 16;
const RATE = fround(0.005);
const FLOOR = fround(0.1);
const MEAN_RATES = [fround(0.2), fround(0.05), fround(0.01)];
const LEAST_MEAN = fround(0.03);
/** How the means weigh in each class: at a span's start, and before a magnitude, whose weight comes last. */
const FIRST_SHARES = [
  [0.15, 0.3, 0.55],
  [0.35, 0.35, 0.3],
  [0.5, 0.35, 0.15],
].map((shares) => shares.map(fround));
const NEXT_SHARES = [
  [0.12, 0.285, 0.5445, 0.0505],
  [0.28, 0.3325, 0.297, 0.0905],
  [0.4, 0.3325, 0.1485, 0.119],
].map((shares) => shares.map(fround));

function clamp(x: number, low: number, high: number): number {
  return Math.min(Math.max(x, low), high);
}

/** Halves to even. */
function nearest(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  if (rest !== 0.5) return rest < 0.5 ? below : below + 1;
  return below % 2 === 0 ? below : below + 1;
}

const words = new DataView(new ArrayBuffer(4));
function bitsOfFloat(x: number): number {
  words.setFloat32(0, x);
  return words.getUint32(0);
}

/** The newest of `values` move to the front: what is past for the span that follows. */
function moveOn(values: Float32Array, count: number): void {
  values.copyWithin(0, count);
}

interface Channel {
  /** 1024 past values and the span's. */
  readonly x: Float32Array;
  /** 32 past residuals and the span's. */
  readonly r: Float32Array;
  readonly w: Float32Array;
  readonly v: Float32Array;
  readonly means: Float32Array;
  readonly magnitudes: Float64Array;
  /** How much the sizes of levels vary, and the class that this makes. */
  unsteadiness: number;
  kind: 0 | 1 | 2;
  cross: boolean;
  difference: boolean;
  /** The autocorrelation that the last key said. */
  correlation: number[];
  /** Of this span: coefficients of every order, oldest sample first, for those of a key's first samples; the last is of P. */
  coefficients: Float32Array[];
}

/** What does not change along the stream. */
class Layout {
  readonly frames: number;
  readonly spans: number;
  readonly order: number;
  readonly taps: number;
  readonly low: number;
  readonly high: number;
  readonly window: number[];
  readonly stateCheck: boolean;

  constructor(stream: WaveStream) {
    const { predictor, sampleBits, analysisFrames, spanFrames, stateCheck } = parametersOf(stream);
    const full = predictor === 'full';
    this.frames = spanFrames;
    this.spans = stream.framesPerPacket / spanFrames;
    this.order = full ? 32 : 4;
    this.taps = full ? 16 : 32;
    this.high = 2 ** (sampleBits - 1) - 1;
    this.low = -this.high - 1;
    this.window = analysisWindow(analysisFrames);
    this.stateCheck = stateCheck;
  }
}

/** Decodes one packet after the other, the first of them a key. */
export class ReferenceWaveDecoder {
  readonly #layout: Layout;
  readonly #channels: Channel[];
  #started = false;
  #exact = false;
  #e = 0;
  #shift = 0;
  #index = 0;
  #step = 0;
  #age = 0;
  /** The mean square step, Q. */
  #meanSquareStep = 0;

  constructor(stream: WaveStream) {
    const layout = new Layout(stream);
    this.#layout = layout;
    this.#channels = Array.from({ length: stream.channels }, () => ({
      x: new Float32Array(PAST + layout.frames),
      r: new Float32Array(32 + layout.frames),
      w: new Float32Array(layout.taps),
      v: new Float32Array(REFERENCE_TAPS),
      means: new Float32Array(3),
      magnitudes: new Float64Array(layout.frames),
      unsteadiness: 0,
      kind: 0,
      cross: false,
      difference: false,
      correlation: [],
      coefficients: [],
    }));
  }

  /** The integers of a packet's frames; zeros for those that it has not got. */
  decode(packet: Uint8Array): Int32Array[] {
    const coder = new RangeDecoder(packet);
    const { frames, spans } = this.#layout;
    const planes = this.#channels.map(() => new Int32Array(frames * spans));
    for (let span = 0; span < spans; span++) {
      if (span > 0 && !coder.flag(64)) break;
      for (const [at, plane] of this.#decodeSpan(coder, span).entries()) planes[at].set(plane, span * frames);
    }
    return planes;
  }

  #decodeSpan(coder: RangeDecoder, span: number): Int32Array[] {
    const { frames, window } = this.#layout;
    const isKey = this.#readHeader(coder, span);
    for (const at of this.#channels.keys()) this.#readChannel(coder, at, isKey);
    const planes: Int32Array[] = [];
    for (const [at, channel] of this.#channels.entries()) {
      const samples = this.#readSamples(coder, at, isKey);
      const before = planes[at - 1];
      const { low, high } = this.#layout;
      planes.push(channel.difference ? samples.map((y, n) => clamp(y + before[n], low, high)) : samples);
    }
    this.#check(coder);

    for (const channel of this.#channels) {
      this.#classify(channel);
      moveOn(channel.x, frames);
      moveOn(channel.r, frames);
    }
    this.#age = Math.min(this.#age + frames, PAST);
    const square = this.#step * this.#step;
    const share = Math.min(frames / (0.375 * window.length), 1);
    this.#meanSquareStep = isKey ? square : this.#meanSquareStep + share * (square - this.#meanSquareStep);
    return planes;
  }

  /** Whether the span is a key; with it comes the step. */
  #readHeader(coder: RangeDecoder, span: number): boolean {
    const stepBefore = this.#step;
    const isKey = span === 0 && coder.flag(32256);
    if (!isKey && !this.#started) throw new DamagedPacket('decoding starts at a key');
    if (isKey) {
      this.#exact = coder.bits(1) === 1;
      if (this.#exact) {
        this.#e = coder.gamma() - 1;
        this.#shift = this.#e === 0 ? coder.bits(5) : 0;
      } else {
        this.#index = coder.bits(9);
      }
    } else if (this.#exact) {
      if (this.#e === 0 && coder.flag(32256)) this.#shift = coder.bits(5);
    } else if (coder.flag(this.#layout.spans > 1 ? 32000 : 20000)) {
      const isDown = coder.bits(1) === 1;
      const distance = coder.gamma();
      this.#index += isDown ? -distance : distance;
    }
    if (this.#exact ? this.#shift > 23 || this.#e > 2 ** 23 - 1 : this.#index > 319 || this.#index < 0) {
      throw new DamagedPacket('a step that no encoder writes');
    }
    this.#step = this.#exact
      ? (2 * this.#e + 1) * 2 ** this.#shift
      : fround(0.35 * exponential((this.#index / 2 / 20) * Math.LN10));
    this.#started = true;
    if (isKey) {
      this.#age = 0;
    } else {
      const ratio = fround(stepBefore / this.#step);
      for (const { means } of this.#channels) for (const i of means.keys()) means[i] = means[i] * ratio;
    }
    return isKey;
  }

  /** What a span says of a channel ahead of the samples, and the coefficients. */
  #readChannel(coder: RangeDecoder, at: number, isKey: boolean): void {
    const { order, window } = this.#layout;
    const channel = this.#channels[at];
    const isForward = isKey || coder.flag(32512);
    if (isForward) {
      const reflections = new Array<number>(order).fill(0);
      const count = order >> coder.bits(2);
      for (let r = 0; r < count; r++) {
        reflections[r] = r < 4 ? reflectionOf(Math.max(coder.bits(6), 1) - 32, 64) : this.#readReflection(coder, r);
      }
      const { orders, correlation } = fromReflections(reflections);
      if (isKey) channel.correlation = correlation;
      channel.coefficients = isKey ? orders.map(oldestFirst) : [oldestFirst(orders[order])];
    }
    if (isKey) {
      const meanCode = coder.bits(5);
      channel.cross = false;
      channel.difference = at > 0 && coder.bits(1) === 1;
      for (const values of [channel.x, channel.r, channel.w, channel.v]) values.fill(0);
      channel.means.fill(2 ** (meanCode - 4));
      [channel.unsteadiness, channel.kind] = [0.1, 1];
    } else if (at > 0 && coder.flag(30720)) {
      channel.cross = !channel.cross;
    }
    if (!isForward) {
      const analysis = {
        window,
        order,
        keyCorrelation: channel.correlation,
        age: this.#age,
        addedNoise: this.#step * this.#step - this.#meanSquareStep,
      };
      channel.coefficients = [oldestFirst(fromPast(channel.x.subarray(0, PAST), analysis))];
    }
  }

  /** One of those whose code is as long as they are unlikely. */
  #readReflection(coder: RangeDecoder, r: number): number {
    const [zero, last] = r < 8 ? [12000, 18000] : r < 16 ? [20000, 27000] : [28000, 29000];
    if (!coder.flag(zero)) return 0;
    const isNegative = coder.bits(1) === 1;
    let size = 1;
    while (size < 7 && coder.flag(last)) size++;
    return reflectionOf(isNegative ? -size : size, 16);
  }

  /** The class of the next span, from the sizes of this one's levels, sixteen at a time. */
  #classify(channel: Channel): void {
    const parts = this.#layout.frames / 16;
    let [sum, squares] = [0, 0];
    for (let part = 0; part < parts; part++) {
      const size = channel.magnitudes.subarray(16 * part, 16 * part + 16).reduce((total, value) => total + value, 0);
      sum += size;
      squares += size * size;
    }
    const mean = sum / parts;
    const ratio = (squares - sum * mean) / (parts - 1) / (mean * mean + 2.56);
    channel.unsteadiness += (this.#layout.frames / 512) * (ratio - channel.unsteadiness);
    channel.kind = channel.unsteadiness < 0.07 ? 0 : channel.unsteadiness < 0.2 ? 1 : 2;
  }

  /** What the channel before leaves where this channel's coefficients predict it: 16 values before the span, then its own. */
  #reference(at: number): Float32Array {
    const { frames, order } = this.#layout;
    const coefficients = this.#channels[at].coefficients.at(-1) as Float32Array;
    const { x } = this.#channels[at - 1];
    return Float32Array.from({ length: REFERENCE_TAPS + frames }, (_, i) => {
      const n = PAST - REFERENCE_TAPS + i;
      return x[n] - dot(coefficients, x, n - order);
    });
  }

  #readSamples(coder: RangeDecoder, at: number, isKey: boolean): Int32Array {
    const { frames, order, taps, low, high } = this.#layout;
    const { x, r, w, v, means, magnitudes, kind, cross, difference, coefficients } = this.#channels[at];
    const scale = difference ? 2 : 1;
    const [L, H] = [scale * low, scale * (high + 1) - 1];
    const u = at > 0 ? this.#reference(at) : undefined;
    const s = this.#step;
    let m = this.#scale(means, FIRST_SHARES[kind]);
    const floor = fround(FLOOR * fround(s * s));

    for (let n = 0; n < frames; n++) {
      const a = isKey && n < order ? coefficients[n] : (coefficients.at(-1) as Float32Array);
      const p1 = dot(a, x, PAST + n - order);
      const h = r.subarray(32 + n - taps, 32 + n);
      const own = fround(p1 + dot(w, h));
      const beside = u?.subarray(n + 1, n + 1 + REFERENCE_TAPS);
      const both = beside === undefined ? own : fround(own + dot(v, beside));
      const p = clamp(cross ? both : own, L, H);

      const level = this.#readLevel(coder, kind, m);
      const y = clamp(this.#value(p, level), L, H);

      const d = fround(y - p);
      const bound = fround(fround(fround(2 * m) + 1) * s);
      const adapt = (weights: Float32Array, inputs: Float32Array, error: number) => {
        const power = fround(fround(dot(inputs, inputs) * (1 / weights.length)) + floor);
        const gain = fround(fround(RATE * clamp(error, -bound, bound)) * fround(1 / power));
        for (let j = 0; j < weights.length; j++) weights[j] = fround(weights[j] + fround(gain * inputs[j]));
      };
      adapt(w, h, d);
      if (beside !== undefined) adapt(v, beside, fround(y - clamp(both, L, H)));

      x[PAST + n] = y;
      r[32 + n] = fround(y - p1);
      const size = fround(Math.abs(level));
      magnitudes[n] = Math.abs(level);
      m = fround(this.#scale(means, NEXT_SHARES[kind]) + fround(NEXT_SHARES[kind][3] * size));
      for (const [i, rate] of MEAN_RATES.entries()) {
        means[i] = fround(means[i] + fround(rate * fround(size - means[i])));
      }
    }
    return Int32Array.from(x.subarray(PAST));
  }

  /** What a context comes of. */
  #scale(means: Float32Array, shares: readonly number[]): number {
    const [first, second, third] = [0, 1, 2].map((i) => fround(shares[i] * means[i]));
    return fround(fround(first + second) + fround(third + LEAST_MEAN));
  }

  #readLevel(coder: RangeDecoder, kind: number, scale: number): number {
    const wanted = (bitsOfFloat(scale) >>> 21) - 487;
    const raw = wanted > 32 ? (wanted - 29) >> 2 : 0;
    const symbol = coder.symbol(frequencies[33 * kind + wanted - 4 * raw]);
    let magnitude = symbol === 32 ? coder.gamma() + 31 : symbol;
    if (raw > 16) magnitude = magnitude * 2 ** (raw - 16) + coder.bits(raw - 16);
    magnitude = magnitude * 2 ** Math.min(raw, 16) + coder.bits(Math.min(raw, 16));
    magnitude = Math.min(magnitude, 2 ** 26 - 1);
    return magnitude > 0 && coder.bits(1) === 1 ? -magnitude : magnitude;
  }

  /** The sample that a level stands for, before it is held to the range. */
  #value(prediction: number, level: number): number {
    if (!this.#exact) return nearest(fround(prediction + fround(fround(level) * this.#step)));
    const grid = 2 ** this.#shift;
    return fround(nearest(prediction / grid) * grid + level * this.#step);
  }

  #check(coder: RangeDecoder): void {
    if (!this.#layout.stateCheck) return;
    let hash = 0x811c9dc5;
    const add = (value: number) => {
      hash = Math.imul(hash ^ value, 0x9e3779b1);
      hash ^= hash >>> 15;
    };
    for (const { x, w, v, means } of this.#channels) {
      for (const y of x.subarray(PAST)) add(y);
      for (let j = 0; j < 32; j++) add(bitsOfFloat(w[j] ?? 0));
      for (const value of [...v, ...means, 0]) add(bitsOfFloat(value));
    }
    if (coder.bits(8) !== hash >>> 24) throw new DamagedPacket('the state is not the encoder’s');
  }
}

/** Decodes packets that follow one another, the first of them a key, to planes of integers. */
export function decodeWave(stream: WaveStream, packets: readonly Uint8Array[]): Int32Array[] {
  const decoder = new ReferenceWaveDecoder(stream);
  const decoded = packets.map((packet) => decoder.decode(packet));
  return Array.from({ length: stream.channels }, (_, channel) => {
    const plane = new Int32Array(packets.length * stream.framesPerPacket);
    for (const [at, planes] of decoded.entries()) plane.set(planes[channel], at * stream.framesPerPacket);
    return plane;
  });
}

/** The same as float32 samples, ±1 being the full scale of `sampleBits`. */
export function decodeWaveToFloats(stream: WaveStream, packets: readonly Uint8Array[]): Float32Array[] {
  const scale = 2 ** (1 - parametersOf(stream).sampleBits);
  return decodeWave(stream, packets).map((plane) => Float32Array.from(plane, (value) => value * scale));
}
