// The wave codec on the clips of scripts/corpus.mjs, clip by clip, at the bytes of real .paley files: against QOA and
// WavPack at as many bits as they take, against FLAC without loss, against itself with other settings.
import { Engine } from '../../dist/index.js';
import { makeCorpus } from '../corpus.mjs';
import { code, LIVE_KEY_INTERVAL, LOSSLESS, mean, transcode } from './_wave-coding.mjs';
import { flac, qoaFormat, qoaSearched, wavpack } from './_wave-peers.mjs';

export const title =
  'wave codec, effort 3, clip by clip: dB above peers at the bits that they take, file bytes and checksums counted';

/** dB that coding the channels together gains over one by one, at equal bits. */
function stereoGain(engine, clip) {
  if (clip.planes.length < 2) return undefined;
  const together = transcode(engine, clip, { bitsPerSample: 3.2 });
  let [signal, noise, bits] = [0, 0, 0];
  for (const plane of clip.planes) {
    const alone = transcode(engine, { ...clip, planes: [plane] }, { bitsPerSample: 3.2 });
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

/** Two figures behind the point, whatever the size. */
const round = (value) => (value === undefined ? undefined : Math.round(value * 100) / 100);

async function measure(engine, clip) {
  const [qoa, searched, packed, flacBits] = [
    qoaFormat(clip),
    await qoaSearched(clip),
    await wavpack(clip),
    await flac(clip),
  ];
  const asQoa = transcode(engine, clip, { bitsPerSample: qoa.bits });
  const asWavpack = packed && transcode(engine, clip, { bitsPerSample: packed.bits });
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
    '2.4 bits − QOA': round(transcode(engine, clip, { bitsPerSample: 2.4 }).snr - qoa.snr),
    'stereo gain': round(stereoGain(engine, clip)),
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
