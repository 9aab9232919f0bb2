import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

it('the demo prints one table and writes recordings, packets and a picture', () => {
  const output = execFileSync(process.execPath, ['examples/demo.mjs'], { encoding: 'utf8' });
  const rows = [...output.matchAll(/^(INT8|INT4|INT4, rotated|wave) +([\d.]+) +([\d.]+) dB/gm)];
  const [bits, snr] = [2, 3].map((column) => rows.map((row) => Number(row[column])));
  expect(rows.map((row) => row[1])).toEqual(['INT8', 'INT4', 'INT4, rotated', 'wave']);
  // 8 or 4 bits, a scale of 16 for 64 of them, and at most 1 % for pages and checksums.
  for (const [index, payload] of [8.25, 4.25, 4.25].entries()) {
    expect(bits[index]).toBeGreaterThan(payload);
    expect(bits[index]).toBeLessThan(payload * 1.01);
  }
  expect(snr[0]).toBeGreaterThan(44);
  // Speech is smooth: rotation spreads its peaks to no use, and costs.
  expect(snr[1]).toBeGreaterThan(snr[2]);
  // Prediction pays: in fewer bits than INT4, far more of the signal.
  expect(bits[3]).toBeLessThan(3.4);
  expect(snr[3]).toBeGreaterThan(snr[1] + 10);
  expect(output).toMatch(/resample 44100→16000 Hz +\d+\.\d+ ms/);
  for (const name of ['reference.wav', 'int8.wav', 'int4.paley', 'int4-rotated.wav', 'wave.wav']) {
    expect(existsSync(`demo-output/${name}`), name).toBe(true);
  }
  expect(readFileSync('demo-output/spectrograms.svg', 'utf8')).toMatch(/^<svg [\s\S]*<\/svg>\s*$/);
});
