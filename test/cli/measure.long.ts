import { expect, it } from 'vitest';
import { paley } from './run.js';

it('paley measure resampler measures a float64 quality with float64 samples', () => {
  const { stdout } = paley([
    'measure',
    'resampler',
    '--from',
    '44100',
    '--to',
    '48000',
    '--quality',
    'reference',
    '--json',
  ]);
  const { signalToNoise, sample } = JSON.parse(stdout);
  expect(sample).toBe('f64');
  expect(signalToNoise.decibels).toBeGreaterThan(180);
});
