import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { QUALITIES } from '../../src/resample/index.js';

describe('docs/RESAMPLER.md', () => {
  const page = readFileSync('docs/RESAMPLER.md', 'utf8');
  const [, qualities] = page.split(/^## The qualities$/m);
  const ours = qualities.split(/^## /m)[0];

  it('lists the qualities that there are (else run node scripts/write-resampler-doc.mjs)', () => {
    expect([...ours.matchAll(/^### (.+)$/gm)].map(([, name]) => name)).toEqual(QUALITIES);
  });

  it('has a row for each of the six pairs of rates, and no figure that is missing', () => {
    expect(ours.match(/^\| \d+ → \d+ \|.* ms \|$/gm)).toHaveLength(6 * QUALITIES.length);
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
  });
});
