/** What `transcode` and `measure` offer of the resampler: qualities, phases, and dither on the way back to integers. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { melody, paley, temporaryFolder, writeWav } from './run.js';

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const input = writeWav(at('in.wav'), 44100, [melody(44100, 0.5), melody(44100, 0.5, 330)]);
const json = (run: { stdout: string }) => JSON.parse(run.stdout);
const transcode = (output: string, ...args: string[]) =>
  paley(['transcode', input, at(output), '--rate', '48000', '--json', ...args]);

it('resamples in minimum phase without latency where a budget asks for a stream, in the others with what they have', () => {
  const latencies = ['minimum', 'linear', 'intermediate'].map(
    (phase) => json(transcode(`${phase}.wav`, '--phase', phase, '--budget', '50ms')).latencySeconds,
  );
  expect(latencies[0]).toBe(0);
  expect(latencies[1]).toBeCloseTo(152 / 44100, 9);
  expect(latencies[2]).toBeGreaterThan(latencies[1]);
});

it('goes through float64 with the quality reference, to a WAV file alone', () => {
  expect(json(transcode('f64.wav', '--quality', 'reference', '--sample-format', 'f64')).frames).toBe(24000);
  expect(json(transcode('archive.wav', '--quality', 'archive', '--sample-format', 'f64')).frames).toBe(24000);
  const compared = json(paley(['compare', at('f64.wav'), at('archive.wav'), '--json']));
  expect(compared.snr).toBeGreaterThan(90);
  const refused = transcode('f64.paley', '--quality', 'reference');
  expect([refused.status, refused.stderr.split('\n')[0]]).toEqual([
    2,
    'paley: --quality reference gives float64 samples, which only a WAV output can hold',
  ]);
});

it('dithers, or shapes the noise, when it goes to integers', () => {
  const outputs = ['none', 'tpdf', 'shaped'].map((dither) => {
    expect(transcode(`${dither}.wav`, '--dither', dither).status).toBe(0);
    return readFileSync(at(`${dither}.wav`));
  });
  expect(outputs[0].equals(outputs[1])).toBe(false);
  expect(outputs[1].equals(outputs[2])).toBe(false);
  const snr = ['none', 'tpdf', 'shaped'].map(
    (dither) => json(paley(['compare', at('archive.wav'), at(`${dither}.wav`), '--json'])).snr,
  );
  // Dither has four times the power of rounding alone, and the shaped one more, where it is heard less.
  expect(snr[0] - snr[1]).toBeGreaterThan(4);
  expect(snr[1] - snr[2]).toBeGreaterThan(4);
  expect(transcode('dithered.paley', '--dither', 'tpdf').status).toBe(2);
  expect(transcode('other.wav', '--dither', 'white').status).toBe(2);
});

it('measures a resampler in minimum phase', () => {
  const figures = json(
    paley([
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
