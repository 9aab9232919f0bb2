// The wave codec on the clips of scripts/corpus.mjs, clip by clip, at the bytes of real .paley files: against QOA and
// WavPack at as many bits as they take, against FLAC without loss, against itself with other settings.
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { Engine, headerFromFormat, isWaveKey, PaleyWriter, WaveDecoder, WaveEncoder } from '../../dist/index.js';
import { makeCorpus } from '../corpus.mjs';
import { flac, qoaFormat, qoaSearched, readWav, samplesOf, signalToNoise, wavpack, withWav } from './_wave-peers.mjs';

export const title =
  'wave codec, effort 3, clip by clip: dB above peers at the bits that they take, file bytes and checksums counted';

const COMMAND = join(import.meta.dirname, '../../dist/cli/main.js');
/** As in the files that `paley transcode --lossless` writes. */
const LOSSLESS = { lossless: true, framesPerPacket: 4096, keyInterval: 8 };
const LIVE_KEY_INTERVAL = 32;

/** Encodes, decodes, and counts the bytes of the file. */
function code(engine, { planes, sampleRate }, options) {
  const channels = planes.length;
  const encoder = new WaveEncoder(engine, { sampleRate, channels, maxInput: 4096, ...options });
  const packets = [...encoder.process(planes), ...encoder.flush()];
  const decoder = new WaveDecoder(engine, encoder.config, { maxInput: 32 });
  const decoded = decoder.process(packets);
  if (decoder.faults > 0) throw new Error(`${decoder.faults} packets do not decode`);
  const writer = new PaleyWriter(headerFromFormat(encoder.config));
  let bytes = 0;
  for (const packet of packets) bytes += writer.write(packet, { key: isWaveKey(packet) })?.length ?? 0;
  bytes += writer.finish(planes[0].length).length;
  encoder.dispose();
  decoder.dispose();
  const samples = channels * planes[0].length;
  const packetBytes = packets.reduce((sum, packet) => sum + packet.length, 0);
  return { bits: (8 * bytes) / samples, packetBits: (8 * packetBytes) / samples, snr: signalToNoise(planes, decoded) };
}

/** What `paley transcode --codec wave --bits B` makes of the clip: one step for all of it, as fine as the bits allow. */
function transcode(clip, bits) {
  return withWav(clip, async (path, folder) => {
    const [coded, decoded] = [join(folder, 'clip.paley'), join(folder, 'back.wav')];
    const options = ['--codec', 'wave', '--bits', String(bits), '--effort', '3'];
    execFileSync(process.execPath, [COMMAND, 'transcode', path, coded, ...options], { stdio: 'ignore' });
    execFileSync(process.execPath, [COMMAND, 'transcode', coded, decoded], { stdio: 'ignore' });
    return {
      bits: (8 * statSync(coded).size) / samplesOf(clip.planes),
      snr: signalToNoise(clip.planes, await readWav(decoded, clip)),
    };
  });
}

/** dB that coding the channels together gains over one by one, at equal bits. */
async function stereoGain(clip) {
  if (clip.planes.length < 2) return undefined;
  const together = await transcode(clip, 3.2);
  let [signal, noise, bits] = [0, 0, 0];
  for (const plane of clip.planes) {
    const alone = await transcode({ ...clip, planes: [plane] }, 3.2);
    const power = plane.reduce((sum, value) => sum + value * value, 0);
    signal += power;
    noise += power / 10 ** (alone.snr / 10);
    bits += alone.bits / clip.planes.length;
  }
  return together.snr - 10 * Math.log10(signal / noise) - 6.02 * (together.bits - bits);
}

/** A stream for a link: the rate bounded from packet to packet. */
const live = (engine, clip, keyInterval) => code(engine, clip, { bitsPerSample: 3.2, keyInterval, effort: 3 });

/** dB that keys take from a live stream of 3.2 bits. */
function keyCost(engine, clip) {
  const [without, withKeys] = [live(engine, clip, 0), live(engine, clip, LIVE_KEY_INTERVAL)];
  return without.snr - withKeys.snr - 6.02 * (without.packetBits - withKeys.packetBits);
}

const mean = (values) => {
  const known = values.filter((value) => Number.isFinite(value));
  return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0) / known.length;
};

/** Two figures behind the point, whatever the size. */
const round = (value) => (value === undefined ? undefined : Math.round(value * 100) / 100);

async function measure(engine, clip) {
  const [qoa, searched, packed, flacBits] = [
    qoaFormat(clip),
    await qoaSearched(clip),
    await wavpack(clip),
    await flac(clip),
  ];
  const asQoa = await transcode(clip, qoa.bits);
  const asWavpack = packed && (await transcode(clip, packed.bits));
  const lossless = code(engine, clip, LOSSLESS);
  if (lossless.snr !== Infinity) throw new Error(`${clip.name}: lossless is not`);
  return {
    clip: clip.name,
    bits: round(asQoa.bits),
    'SNR dB': round(asQoa.snr),
    '− QOA': round(asQoa.snr - qoa.snr),
    'live 3.2 − QOA': round(live(engine, clip, 0).snr - qoa.snr),
    'our QOA − QOA': round(searched.snr - qoa.snr),
    'WavPack bits': round(packed?.bits),
    '− WavPack': packed && round(asWavpack.snr - packed.snr),
    '2.4 bits − QOA': round((await transcode(clip, 2.4)).snr - qoa.snr),
    'stereo gain': round(await stereoGain(clip)),
    'key cost': round(keyCost(engine, clip)),
    'lossless bits': round(lossless.bits),
    'flac -8': round(flacBits),
    '/ flac': flacBits && Math.round((1000 * lossless.bits) / flacBits) / 1000,
  };
}

/** Rows, one a clip, and their means. */
export async function run({ quick }) {
  const engine = await Engine.load({ memory: 64 * 2 ** 20 });
  const rows = [];
  for (const clip of await makeCorpus({ seconds: quick ? 1 : 3 })) rows.push(await measure(engine, clip));
  const last = { clip: 'mean' };
  for (const column of Object.keys(rows[0]).slice(1)) last[column] = round(mean(rows.map((row) => row[column])));
  return [...rows, last];
}
