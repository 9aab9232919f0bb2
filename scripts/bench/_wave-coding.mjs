// What the benchmarks of the wave codec and the script that writes docs/WAVE.md have in common: a clip coded and decoded
// in process, its bytes counted as a .paley file has them.
import { headerFromFormat, isWaveKey, PaleyWriter, surveyWave, WaveDecoder, WaveEncoder } from '../../dist/index.js';

/** As in the files that `paley transcode --lossless` writes. */
export const LOSSLESS = { lossless: true, framesPerPacket: 4096, keyInterval: 8 };
/** A key every so many packets of a live stream. */
export const LIVE_KEY_INTERVAL = 32;
/** A key every so many frames of a file. */
const KEY_FRAMES = 32768;

export const samplesOf = (planes) => planes.length * planes[0].length;

/** Signal over error in dB, over all channels; Infinity where there is none. */
export function signalToNoise(planes, decoded) {
  let [signal, noise] = [0, 0];
  for (const [channel, plane] of planes.entries()) {
    for (let frame = 0; frame < plane.length; frame++) {
      signal += plane[frame] ** 2;
      noise += (plane[frame] - decoded[channel][frame]) ** 2;
    }
  }
  return 10 * Math.log10(signal / noise);
}

/** The mean of what is known, undefined where nothing is. */
export function mean(values) {
  const known = values.filter((value) => Number.isFinite(value));
  return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0) / known.length;
}

function encode(engine, { planes, sampleRate }, options) {
  const encoder = new WaveEncoder(engine, { sampleRate, channels: planes.length, maxInput: 4096, ...options });
  const packets = [...encoder.process(planes), ...encoder.flush()];
  const { config } = encoder;
  encoder.dispose();
  return { config, packets };
}

/** Bytes of the .paley file. */
function fileBytes(config, packets, frames) {
  const writer = new PaleyWriter(headerFromFormat(config), { laterPageBytes: 2 ** 14 });
  let bytes = 0;
  for (const packet of packets) bytes += writer.write(packet, { key: isWaveKey(packet) })?.length ?? 0;
  return bytes + writer.finish(frames).length;
}

/** Bits a sample of the file and of the packets alone, what comes back, and how much of the signal that is. */
function decode(engine, { planes }, { config, packets }) {
  const decoder = new WaveDecoder(engine, config, { maxInput: 32 });
  const decoded = decoder.process(packets).map((plane) => plane.subarray(0, planes[0].length));
  if (decoder.faults > 0) throw new Error(`${decoder.faults} packets do not decode`);
  decoder.dispose();
  const samples = samplesOf(planes);
  const packetBytes = packets.reduce((sum, packet) => sum + packet.length, 0);
  return {
    bits: (8 * fileBytes(config, packets, planes[0].length)) / samples,
    packetBits: (8 * packetBytes) / samples,
    snr: signalToNoise(planes, decoded),
    decoded,
  };
}

/** Encodes, decodes, and counts the bytes of the file. */
export const code = (engine, clip, options) => decode(engine, clip, encode(engine, clip, options));

/** What the container takes beside packets, as the command guesses it. */
const FIXED_BITS = 8 * 202;
const BITS_PER_LENGTH = 8;
const MOST_TRIES = 4;

/**
 * What `paley transcode --codec wave --bits B` makes of the clip: one step for all of it, as fine as `bitsPerSample` of file
 * allow. test/docs/wave-doc.test.ts holds it to the command's own file.
 */
export function transcode(engine, clip, { bitsPerSample: asked, effort = 3, framesPerPacket = 2048, ...rest }) {
  const { planes, sampleRate } = clip;
  const [channels, samples] = [planes.length, samplesOf(planes)];
  const options = { ...rest, effort, framesPerPacket, keyInterval: KEY_FRAMES / framesPerPacket };
  const overhead = Math.min(asked / 10, FIXED_BITS / samples) + BITS_PER_LENGTH / (framesPerPacket * channels);
  let bitsPerSample = Math.max(1, asked - overhead);
  const plan = surveyWave(engine, planes, { ...options, sampleRate, channels, bitsPerSample });
  let best;
  for (let attempt = 1; ; attempt++) {
    const coded = encode(engine, clip, { ...options, plan, bitsPerSample });
    const allowed = (asked * samples) / 8;
    const most = Math.max(allowed, 0.9 * allowed + fileBytes(coded.config, [], 0));
    const excessBytes = fileBytes(coded.config, coded.packets, planes[0].length) - most;
    if (excessBytes <= 0) best = coded;
    const isClose = excessBytes <= 0 && -excessBytes <= 0.01 * allowed;
    if (isClose || (best !== undefined && attempt > 1) || attempt === MOST_TRIES) {
      return decode(engine, clip, best ?? coded);
    }
    bitsPerSample = Math.max(1, bitsPerSample - ((excessBytes > 0 ? 8.1 : 7.8) * excessBytes) / samples);
  }
}
