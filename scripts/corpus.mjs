// The signals that codecs are measured and tested on; docs/CORPUS.md says what each is. Everything is made here, the same
// on every machine, from seeds and from the recording in the development package audio-lena, of which nothing is kept.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Engine, Resampler, WavReader } from '../dist/index.js';

/** e^x by its series: the same to the last bit everywhere, which Math.exp is not. */
function exp(x) {
  // (e^(x/2^k))^(2^k), with k such that the series needs few terms.
  let halvings = 0;
  for (let size = Math.abs(x); size > 0.5; size /= 2) halvings++;
  const part = x / 2 ** halvings;
  let sum = 1;
  for (let n = 14; n >= 1; n--) sum = 1 + (sum * part) / n;
  for (; halvings > 0; halvings--) sum *= sum;
  return sum;
}

/** sin(πx) by its series, after what a half turn and its reflection change. */
function sinPi(x) {
  const turns = x - 2 * Math.round(x / 2);
  const folded = turns > 0.5 ? 1 - turns : turns < -0.5 ? -1 - turns : turns;
  const angle = Math.PI * folded;
  let sum = 0;
  for (let n = 19; n >= 3; n -= 2) sum = ((1 - sum) * angle * angle) / (n * (n - 1));
  return angle * (1 - sum);
}

const cosPi = (x) => sinPi(x + 0.5);

/** Uniform in [−1, 1): a linear congruential generator (Knuth's MMIX constants, the upper bits of 32). */
function makeRandom(seed) {
  let state = (Math.imul(seed, 0x9e3779b1) ^ 0x2545f491) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) / 8388608 - 1;
  };
}

/** About normal, of variance 1: the sum of twelve uniform values. */
function makeNormal(seed) {
  const random = makeRandom(seed);
  return () => {
    let sum = 0;
    for (let i = 0; i < 12; i++) sum += random();
    return sum / 2;
  };
}

/** A two-pole resonance of gain 1 at 0 Hz, as in formant synthesis (Klatt, 1980). */
class Resonance {
  #a = 1;
  #b = 0;
  #c = 0;
  #y1 = 0;
  #y2 = 0;

  tune(hertz, bandwidth, sampleRate) {
    this.#c = -exp((-2 * Math.PI * bandwidth) / sampleRate);
    this.#b = 2 * exp((-Math.PI * bandwidth) / sampleRate) * cosPi((2 * hertz) / sampleRate);
    this.#a = 1 - this.#b - this.#c;
  }

  next(x) {
    const y = this.#a * x + this.#b * this.#y1 + this.#c * this.#y2;
    this.#y2 = this.#y1;
    this.#y1 = y;
    return y;
  }
}

/** Adds a decaying tone with harmonics: a plucked string. */
function addPluck(out, start, sampleRate, hertz, gain, seconds, harmonics) {
  const frames = Math.min(out.length - start, Math.floor(seconds * sampleRate));
  for (let harmonic = 1; harmonic <= harmonics && hertz * harmonic < sampleRate * 0.45; harmonic++) {
    // A stiff string's partials lie a little above the multiples.
    const frequency = hertz * harmonic * Math.sqrt(1 + 0.0004 * harmonic * harmonic);
    const decay = exp((-(1 + 0.5 * harmonic) * 1.4) / sampleRate);
    const [step0, step1] = [cosPi((2 * frequency) / sampleRate) * decay, sinPi((2 * frequency) / sampleRate) * decay];
    let [re, im] = [0, gain / (harmonic * Math.sqrt(harmonic))];
    for (let frame = 0; frame < frames; frame++) {
      const attack = frame < 60 ? frame / 60 : 1;
      out[start + frame] += im * attack;
      const next = re * step0 - im * step1;
      im = re * step1 + im * step0;
      re = next;
    }
  }
}

/** Hertz of the note so many semitones above A2. */
const NOTES = Array.from({ length: 60 }, (_, semitone) => 110 * exp((semitone / 12) * Math.LN2));

function strings(sampleRate, frames, seed) {
  const random = makeRandom(seed);
  const out = new Float64Array(frames);
  const chords = [
    [0, 7, 12, 16],
    [5, 9, 12, 17],
    [7, 11, 14, 19],
    [-3, 4, 9, 12],
  ];
  for (let beat = 0; beat * 0.25 * sampleRate < frames; beat++) {
    const chord = chords[(beat >> 2) % chords.length];
    const note = chord[beat % 4] + 12;
    const start = Math.floor(beat * 0.25 * sampleRate);
    addPluck(out, start, sampleRate, NOTES[note], 0.17 + 0.04 * random(), 2.5, 14);
    if (beat % 4 === 0) addPluck(out, start, sampleRate, NOTES[chord[0] + 3], 0.24, 2.5, 20);
  }
  return out;
}

function drums(sampleRate, frames, seed) {
  const normal = makeNormal(seed);
  const out = new Float64Array(frames);
  const beatFrames = Math.floor(sampleRate * 0.125);
  for (let beat = 0; beat * beatFrames < frames; beat++) {
    const start = beat * beatFrames;
    const isKick = beat % 8 === 0 || beat % 8 === 5;
    const isSnare = beat % 8 === 4;
    const [hatDecay, snareDecay] = [exp(-1 / (0.02 * sampleRate)), exp(-1 / (0.07 * sampleRate))];
    let [phase, level, hat, last] = [0, 0.7, 0.06, 0];
    for (let frame = 0; frame < Math.min(frames - start, sampleRate >> 1); frame++) {
      if (isKick) {
        phase += (2 * (48 + 120 * exp(-frame / (0.02 * sampleRate)))) / sampleRate;
        out[start + frame] += level * sinPi(phase % 2);
        level *= exp(-1 / (0.11 * sampleRate));
      }
      if (isSnare) {
        out[start + frame] += 0.22 * level * normal() + 0.2 * level * sinPi(((2 * 190 * frame) / sampleRate) % 2);
        level *= snareDecay;
      }
      // The difference of white noise: mostly above a quarter of the rate, as a hi-hat.
      const noise = normal();
      out[start + frame] += hat * (noise - last);
      last = noise;
      hat *= hatDecay;
      if (hat < 1e-5 && !isKick && !isSnare) break;
    }
  }
  return out;
}

/** F1, F2 and F3 of a, e, i, o, u and a neutral vowel. */
const VOWELS = [
  [730, 1090, 2440],
  [530, 1840, 2480],
  [270, 2290, 3010],
  [570, 840, 2410],
  [300, 870, 2240],
  [500, 1500, 2500],
];

/** Glottal pulses with jitter and a falling melody through moving formants, hisses between them, and pauses. */
function speech(sampleRate, frames, seed) {
  const random = makeRandom(seed);
  const normal = makeNormal(seed + 1);
  const out = new Float64Array(frames);
  const formants = [new Resonance(), new Resonance(), new Resonance()];
  const hiss = new Resonance();
  const controlFrames = Math.max(1, Math.floor(sampleRate / 200));
  let [phase, pitch, previous] = [0, 120, 0];
  let from = VOWELS[5];
  let to = VOWELS[0];
  let [at, length, kind] = [0, 1, 'pause'];
  for (let frame = 0; frame < frames; frame++, at++) {
    if (at >= length) {
      const choice = random();
      kind = choice < -0.75 ? 'pause' : choice < -0.35 ? 'hiss' : 'vowel';
      length = Math.floor(sampleRate * (0.13 + 0.07 * random()));
      at = 0;
      from = to;
      to = VOWELS[Math.floor((random() + 1) * 3) % VOWELS.length];
    }
    if (frame % controlFrames === 0) {
      const share = at / length;
      const bandwidths = [60, 90, 130];
      formants.forEach((formant, index) => {
        const hertz = from[index] + (to[index] - from[index]) * share;
        formant.tune(Math.min(hertz, 0.45 * sampleRate), bandwidths[index], sampleRate);
      });
      hiss.tune(Math.min(4500, 0.4 * sampleRate), 1500, sampleRate);
      pitch = 120 * (1 + 0.02 * random()) * (1 - 0.15 * share) * (1 + 0.2 * sinPi((frame / sampleRate / 1.3) % 2));
    }
    phase += pitch / sampleRate;
    if (phase >= 1) phase -= 1;
    // Rosenberg's pulse (1971), in powers: opens over 0.4 of the period, closes over 0.16.
    const open = phase < 0.4 ? phase / 0.4 : phase < 0.56 ? 1 - ((phase - 0.4) / 0.16) ** 2 : 0;
    const flow = phase < 0.4 ? open * open * (3 - 2 * open) : open;
    const ramp = Math.min(1, at / (0.02 * sampleRate), (length - at) / (0.02 * sampleRate));
    let source = kind === 'vowel' ? (flow - previous) * (sampleRate / 8000) * ramp + 0.001 * normal() * ramp : 0;
    previous = flow;
    for (const formant of formants) source = formant.next(source);
    const noise = hiss.next(kind === 'hiss' ? normal() * ramp : 0);
    out[frame] = 0.6 * source + 0.006 * noise + 0.0001 * normal();
  }
  return out;
}

/** Noise with a spectrum of about 1/f (the filter is Paul Kellet's). */
function pinkNoise(frames, seed) {
  const normal = makeNormal(seed);
  const state = new Float64Array(6);
  const poles = [0.99886, 0.99332, 0.969, 0.8665, 0.55, -0.7616];
  const gains = [0.0555179, 0.0750759, 0.153852, 0.3104856, 0.5329522, -0.016898];
  return Float64Array.from({ length: frames }, () => {
    const white = normal();
    let sum = 0.5362 * white;
    for (let i = 0; i < 6; i++) {
      state[i] = poles[i] * state[i] + gains[i] * white;
      sum += state[i];
    }
    return 0.05 * sum;
  });
}

/** A gauge's readings: levels that jump, ramps, and a little noise. */
function steps(frames, seed) {
  const random = makeRandom(seed);
  const normal = makeNormal(seed + 1);
  let [level, slope, left] = [0, 0, 0];
  return Float64Array.from({ length: frames }, () => {
    if (left-- <= 0) {
      left = 150 + Math.floor(150 * random());
      if (random() > 0) level = 0.8 * random();
      slope = random() > 0.3 ? 0.0008 * random() : 0;
    }
    level = Math.max(-0.9, Math.min(0.9, level + slope));
    return level + 0.0015 * normal();
  });
}

/** Reflections: the sum of the signal and of delayed copies. */
function echoes(x, taps) {
  return x.map((value, frame) =>
    taps.reduce((sum, [delay, gain]) => sum + (frame >= delay ? gain * x[frame - delay] : 0), value),
  );
}

const mix = (...parts) =>
  parts[0][1].map((_, frame) => parts.reduce((sum, [gain, samples]) => sum + gain * samples[frame], 0));

/** The recording, 16 bits, 44100 Hz, mono. */
let recording;
async function lena(engine, sampleRate, frames, startSeconds) {
  if (recording === undefined) {
    const path = join(import.meta.dirname, '../node_modules/audio-lena/lena.wav');
    const wav = await WavReader.open(new Uint8Array(readFileSync(path)));
    recording = new Float32Array(wav.format.frames);
    await wav.read([recording]);
  }
  const start = Math.floor(startSeconds * 44100);
  if (sampleRate === 44100) return Float64Array.from(recording.subarray(start, start + frames));
  const needed = Math.ceil((frames * 44100) / sampleRate) + 1;
  const resampler = new Resampler(engine, { from: 44100, to: sampleRate, channels: 1, quality: 'archive' });
  const part = [recording.subarray(start, start + needed)];
  const pieces = [...resampler.process(part), ...resampler.flush()];
  resampler.dispose();
  return Float64Array.from(pieces.flatMap((piece) => Array.from(piece))).subarray(0, frames);
}

const mono = async (samples) => [await samples];

/** Every clip: its rate, and how its planes come about from the engine and the number of frames. */
const CLIPS = {
  'lena 44.1 kHz': [44100, (engine, frames) => mono(lena(engine, 44100, frames, 1))],
  'lena 48 kHz': [48000, (engine, frames) => mono(lena(engine, 48000, frames, 4))],
  'lena 22.05 kHz': [22050, (engine, frames) => mono(lena(engine, 22050, frames, 2.5))],
  'lena 16 kHz': [16000, (engine, frames) => mono(lena(engine, 16000, frames, 5.5))],
  'lena 8 kHz': [8000, (engine, frames) => mono(lena(engine, 8000, frames, 7))],
  'speech 16 kHz': [16000, (_, frames) => mono(speech(16000, frames, 11))],
  'speech 8 kHz': [8000, (_, frames) => mono(speech(8000, frames, 23))],
  'strings 44.1 kHz': [44100, (_, frames) => mono(strings(44100, frames, 31))],
  'drums 44.1 kHz': [44100, (_, frames) => mono(drums(44100, frames, 41))],
  'pink noise 44.1 kHz': [44100, (_, frames) => mono(pinkNoise(frames, 51))],
  'white noise 16 kHz': [
    16000,
    (_, frames) => mono(Float64Array.from({ length: frames }, makeNormal(61)).map((x) => 0.1 * x)),
  ],
  'steps 1 kHz': [1000, (_, frames) => mono(steps(frames, 71))],
  'lena stereo 44.1 kHz': [
    44100,
    async (engine, frames) => {
      const voice = await lena(engine, 44100, frames, 3);
      return [
        echoes(mix([0.62, voice]), [
          [311, 0.21],
          [1033, 0.12],
          [2411, 0.08],
        ]),
        echoes(mix([0.48, voice]), [
          [227, 0.23],
          [1277, 0.11],
          [2203, 0.09],
        ]),
      ];
    },
  ],
  'band stereo 44.1 kHz': [
    44100,
    async (_, frames) => {
      const [beat, left, right] = [drums(44100, frames, 43), strings(44100, frames, 33), strings(44100, frames, 35)];
      return [mix([0.5, beat], [0.5, left], [0.15, right]), mix([0.5, beat], [0.15, left], [0.5, right])];
    },
  ],
  'two voices stereo 16 kHz': [16000, async (_, frames) => [speech(16000, frames, 13), speech(16000, frames, 17)]],
};

/** Names of all clips, mono ones first. */
export const clipNames = Object.keys(CLIPS);

/**
 * Makes clips of so many seconds: `{ name, sampleRate, planes }`, the planes float32 and holding 16-bit integers over
 * 32768. Clips of slow rates last longer, so that each has 16384 frames at least.
 */
export async function makeCorpus({ names = clipNames, seconds = 3 } = {}) {
  const engine = await Engine.load();
  const clips = [];
  for (const name of names) {
    const [sampleRate, make] = CLIPS[name];
    const frames = Math.max(16384, Math.round(seconds * sampleRate));
    const planes = (await make(engine, frames)).map((plane) =>
      Float32Array.from(plane, (value) => Math.max(-32768, Math.min(32767, Math.round(32768 * value))) / 32768),
    );
    clips.push({ name, sampleRate, planes });
  }
  return clips;
}
