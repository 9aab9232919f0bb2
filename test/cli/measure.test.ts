import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inProcess, paley, temporaryFolder } from './run.js';

const folder = temporaryFolder();
const at = (name: string) => join(folder, name);
const RATES = ['--from', '48000', '--to', '16000'];
const measure = (...args: string[]) => inProcess(['measure', 'resampler', ...args]);

describe('paley measure resampler', () => {
  it('prints every figure by its name in docs/MEASURING.md', () => {
    const { status, stdout, stderr } = paley(['measure', 'resampler', ...RATES, '--quality', 'voice']);
    expect([status, stderr]).toEqual([0, '']);
    const definitions = readFileSync('docs/MEASURING.md', 'utf8');
    for (const name of [
      'SNR',
      'Ripple',
      'Bandwidth',
      'Alias rejection',
      'Latency',
      'Backlog',
      'Jitter',
      'Lengths',
      'Chunking',
    ]) {
      expect(stdout).toMatch(new RegExp(`^${name} +\\S`, 'm'));
      expect(definitions, name).toContain(`**${name}**`);
    }
    expect(stdout).toMatch(/^Latency +\d+\.\d{3} ms.*as reported$/m);
    expect(stdout).toMatch(/^Alias rejection +\d{2,3}\.\d dB/m);
    expect(stdout).not.toMatch(/NaN|undefined|Image/);
  });

  it('gives the figures as JSON and draws an SVG that needs nothing else', async () => {
    const { status, stdout } = await measure('--from', '32000', '--to', '48000', '--svg', at('page.svg'), '--json');
    expect(status).toBe(0);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ quality: 'high', from: 32000, to: 48000, sample: 'f32', aliasRejection: null });
    expect(result.signalToNoise.decibels).toBeGreaterThan(130);
    expect(result.imageRejection.decibels).toBeGreaterThan(130);
    expect(result.backlog.latencySeconds).toBeCloseTo(result.reportedLatencySeconds, 12);
    const svg = readFileSync(at('page.svg'), 'utf8');
    expect(svg).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    expect(svg.match(/(?:href|src)="(?!data:)/g)).toBeNull();
    for (const title of ['Magnitude response', 'Pass band', 'Impulse response', 'Swept sine, after']) {
      expect(svg).toContain(`>${title}<`);
    }
  });

  it('does not overwrite a file without --force, and says so before it measures', async () => {
    writeFileSync(at('kept.svg'), 'mine');
    const { status, stderr, stdout } = await measure(...RATES, '--svg', at('kept.svg'));
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^paley: .*kept\.svg.*exists already\n$/);
    expect(readFileSync(at('kept.svg'), 'utf8')).toBe('mine');
    expect((await measure(...RATES, '--quality', 'voice', '--svg', at('kept.svg'), '--force')).status).toBe(0);
    expect(readFileSync(at('kept.svg'), 'utf8')).toMatch(/^<svg /);
  });

  it.each([
    [['measure', 'resampler', '--to', '48000'], /needs --from HZ/],
    [['measure', 'resampler', '--from', '0', '--to', '48000'], /--from expected a number/],
    [['measure', 'resampler', '--from', '48000', '--to', '48000000'], /to expected .*256/],
    [['measure', 'resampler', ...RATES, '--quality', 'best'], /--quality expected one of voice/],
    [['measure', 'codec', ...RATES], /measure knows resampler, got 'codec'/],
    [['measure', ...RATES], /expected resampler/],
  ])('%j is wrong usage', async (args, message) => {
    const { status, stderr, stdout } = await inProcess([...args, '--svg', at('never.svg')]);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
    expect(existsSync(at('never.svg'))).toBe(false);
  });
});
