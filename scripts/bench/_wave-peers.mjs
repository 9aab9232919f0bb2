// What the wave codec is measured against: QOA as qoa-format writes it, and WavPack and FLAC where they are installed.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode, encode } from 'qoa-format';
import { MemorySink, QoaReader, QoaWriter, WavReader, WavWriter } from '../../dist/index.js';
import { samplesOf, signalToNoise } from './_wave-coding.mjs';

/** qoa-format rounds value · 32767 down; these values it rounds to the integers that the clip has. */
export const forQoaFormat = (planes) =>
  planes.map((plane) => plane.map((value) => (value < 0 ? value : (value * 32768 + 0.001) / 32767)));

const fromQoaFormat = (plane) => plane.map((value) => (value < 0 ? value : Math.round(value * 32767) / 32768));

export function qoaFormat({ planes, sampleRate }) {
  const bytes = encode({ channelData: forQoaFormat(planes), sampleRate });
  const decoded = decode(bytes).channelData.map(fromQoaFormat);
  return { bits: (8 * bytes.length) / samplesOf(planes), snr: signalToNoise(planes, decoded) };
}

/** Our own encoder for the same bitstream. */
export async function qoaSearched({ planes, sampleRate }) {
  const sink = new MemorySink();
  const writer = new QoaWriter(sink, { sampleRate, channels: planes.length });
  await writer.write(planes);
  await writer.finish();
  const reader = await QoaReader.open(sink.bytes);
  const decoded = planes.map((plane) => new Float32Array(plane.length));
  await reader.read(decoded);
  return { bits: (8 * sink.bytes.length) / samplesOf(planes), snr: signalToNoise(planes, decoded) };
}

/** Calls `use` with the path of the clip as a 16-bit WAV file, in a folder that is gone afterwards. */
export async function withWav({ planes, sampleRate }, use) {
  const folder = mkdtempSync(join(tmpdir(), 'paley-bench-'));
  try {
    const sink = new MemorySink();
    const frames = planes[0].length;
    const writer = new WavWriter(sink, { sampleRate, channels: planes.length, sampleFormat: 'i16', frames });
    await writer.write(planes);
    await writer.finish();
    const path = join(folder, 'clip.wav');
    writeFileSync(path, sink.bytes);
    return await use(path, folder);
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The planes of a WAV file as long as the clip. */
export async function readWav(path, clip) {
  const wav = await WavReader.open(new Uint8Array(readFileSync(path)));
  const planes = clip.planes.map((plane) => new Float32Array(plane.length));
  await wav.read(planes);
  return planes;
}

const run = (command, ...args) => execFileSync(command, args, { stdio: ['ignore', 'ignore', 'ignore'] });

/** WavPack's lossy mode, as good as it gets; undefined where it is not installed. */
export function wavpack(clip, bits = 3.2) {
  return withWav(clip, async (path, folder) => {
    const [packed, unpacked] = [join(folder, 'clip.wv'), join(folder, 'back.wav')];
    run('wavpack', '-hhx3', `-b${bits}`, '-s0', '-qy', path, '-o', packed);
    run('wvunpack', '-qy', packed, '-o', unpacked);
    const decoded = await readWav(unpacked, clip);
    return { bits: (8 * statSync(packed).size) / samplesOf(clip.planes), snr: signalToNoise(clip.planes, decoded) };
  });
}

/** Bits a sample of `flac -8`; undefined where it is not installed. */
export function flac(clip) {
  return withWav(clip, async (path, folder) => {
    const packed = join(folder, 'clip.flac');
    run('flac', '-8', '--no-padding', '-s', '-f', path, '-o', packed);
    return (8 * statSync(packed).size) / samplesOf(clip.planes);
  });
}
