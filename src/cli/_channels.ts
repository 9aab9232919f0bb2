/** Between numbers of channels: the mean of all to one, one to all. */
import type { Plane } from '../stage/port.js';

/** Makes `to` planes of the given ones; the same array where nothing changes. */
export function mapChannels<P extends Plane>(planes: P[], to: number): P[] {
  if (planes.length === to) return planes;
  if (planes.length === 1) return Array.from({ length: to }, () => planes[0]);
  const mean = planes[0].slice().fill(0) as P;
  for (const plane of planes) for (let index = 0; index < mean.length; index++) mean[index] += plane[index];
  for (let index = 0; index < mean.length; index++) mean[index] /= planes.length;
  return [mean];
}

/** True where `mapChannels` knows how. */
export function canMapChannels(from: number, to: number): boolean {
  return from === to || from === 1 || to === 1;
}
