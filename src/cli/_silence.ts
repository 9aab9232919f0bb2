/** How much silence a damaged recording may be filled up with. */
import { BitstreamError } from '../engine/errors.js';

/** 256 MiB of float32: an hour and a half of lost CD audio in one channel is filled, whatever else there is. */
const SAMPLES_ALWAYS_FILLED = 2 ** 26;
/** Beyond that, silence for at most so many times what is there: a few bytes must not ask for a disk of zeros. */
const TIMES_WHAT_IS_THERE = 64;

/** Throws where a header promises more missing frames than the data that are there can vouch for. */
export function checkSilence(missingFrames: number, presentFrames: number, channels: number): void {
  const allowed = Math.max(SAMPLES_ALWAYS_FILLED / channels, TIMES_WHAT_IS_THERE * presentFrames);
  if (missingFrames <= allowed) return;
  throw new BitstreamError(
    `${missingFrames} frames are said to be missing and ${presentFrames} are there: that length cannot be right`,
    0,
  );
}
