/** What `transcode` and `measure` offer of the resampler: qualities, phases, and dither on the way back to integers. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { inProcess, melody, temporaryFolder, writeWav } from './run.js';

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const input = writeWav(at('in.wav'), 44100, [melody(44100, 0.5), melody(44100, 0.5, 330)]);
const json = (run: { stdout: string }) => JSON.parse(run.stdout);
const transcode = (output: string, ...args: string[]) =>
  inProcess(['transcode', input, at(output), '--rate', '48000', '--json', ...args]);

it('resamples in minimum phase without latency where a budget asks for a stream, in the others with what they have', async () => {
  const latencies: number[] = [];
  for (const phase of ['minimum', 'linear', 'intermediate']) {
    latencies.push(json(await transcode(`${phase}.wav`, '--phase', phase, '--budget', '50ms')).latencySeconds);
  }
  expect(latencies[0]).toBe(0);
  expect(latencies[1]).toBeCloseTo(152 / 44100, 9);
  expect(latencies[2]).toBeGreaterThan(latencies[1]);
});

it('goes through float64 with the quality reference, to a WAV file alone', async () => {
  expect(json(await transcode('f64.wav', '--quality', 'reference', '--sample-format', 'f64')).frames).toBe(24000);
  expect(json(await transcode('archive.wav', '--quality', 'archive', '--sample-format', 'f64')).frames).toBe(24000);
  const compared = json(await inProcess(['compare', at('f64.wav'), at('archive.wav'), '--json']));
  expect(compared.snr).toBeGreaterThan(90);
  const refused = await transcode('f64.paley', '--quality', 'reference');
  expect([refused.status, refused.stderr.split('\n')[0]]).toEqual([
    2,
    'paley: --quality reference gives float64 samples, which only a WAV output can hold',
  ]);
});

it('dithers, or shapes the noise, when it goes to integers', async () => {
  const outputs: Buffer[] = [];
  const snr: number[] = [];
  for (const dither of ['none', 'tpdf', 'shaped']) {
    const output = at(`${dither}.wav`);
    expect((await transcode(`${dither}.wav`, '--dither', dither)).status).toBe(0);
    outputs.push(readFileSync(output));
    snr.push(json(await inProcess(['compare', at('archive.wav'), output, '--json'])).snr);
  }
  expect(outputs[0].equals(outputs[1])).toBe(false);
  expect(outputs[1].equals(outputs[2])).toBe(false);
  // Dither has four times the power of rounding alone, and the shaped one more, where it is heard less.
  expect(snr[0] - snr[1]).toBeGreaterThan(4);
  expect(snr[1] - snr[2]).toBeGreaterThan(4);
  expect((await transcode('dithered.paley', '--dither', 'tpdf')).status).toBe(2);
  expect((await transcode('other.wav', '--dither', 'white')).status).toBe(2);
});

it('measures a resampler in minimum phase', async () => {
  const figures = json(
    await inProcess([
      'measure',
      'resampler',
      '--from',
      '48000',
      '--to',
      '16000',
      '--quality',
      'voice',
      '--phase',
      'minimum',
      '--json',
    ]),
  );
  expect(figures).toMatchObject({ phase: 'minimum', reportedLatencySeconds: 0, impulse: { preRinging: '-Infinity' } });
  expect(figures.backlog.latencySeconds).toBe(0);
  expect(figures.signalToNoise.decibels).toBeGreaterThan(98);
});
