/** Gains of groups: a byte each, in steps of an eighth of an octave below the longest. */
import { power } from '../engine/exact-math.js';
import type { SchemeSite } from './_scheme.js';

const STEPS = 8;

/** Writes 2^(−code/8) for codes 0 to 254, and 0 for 255; returns the address. */
export function writeGains({ engine, reserve }: Pick<SchemeSite, 'engine' | 'reserve'>): number {
  const gains = reserve(4 * 256);
  const values = new Float32Array(engine.buffer, gains, 256);
  for (let code = 0; code < 255; code++) values[code] = power(2, -code / STEPS);
  return gains;
}
