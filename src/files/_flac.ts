import { hasText } from './_sniff.js';

export interface FlacStreamInfo {
  readonly bitsPerSample: number;
  /** Undefined: the encoder did not know. */
  readonly frames: number | undefined;
}

/** What the STREAMINFO block at the start of a FLAC file says (RFC 9639, 8.2), where it is there. */
export function flacStreamInfo(head: Uint8Array): FlacStreamInfo | undefined {
  if (!hasText(head, 0, 'fLaC') || head.length < 42 || (head[4] & 0x7f) !== 0) return undefined;
  const bitsPerSample = (((head[20] & 1) << 4) | (head[21] >> 4)) + 1;
  const low = ((head[22] << 24) | (head[23] << 16) | (head[24] << 8) | head[25]) >>> 0;
  const frames = (head[21] & 15) * 4294967296 + low;
  return { bitsPerSample, frames: frames || undefined };
}

/**
 * Puts FLAC samples on the scale of this package. The decoder behind @audio/decode 3 divides the integer k of b bits by
 * 2^(b−1) − 1, we by 2^(b−1); left so, the louder half of the samples would come back one step off. With up to 24 bits k
 * can be told from the float32 it gave, the error of which is at most a quarter of a step.
 *
 * A sample that is no multiple of 2^−(b−1), or lies outside [−1, 1), shows that scale; one that is and lies within ±1/2,
 * where float32 has the digits to tell, shows ours, should a later version have it. Whichever shows first holds for the
 * file.
 */
export class FlacScale {
  readonly #scale: number;
  #foreign: boolean | undefined;

  constructor(bitsPerSample: number) {
    this.#scale = (1 << (bitsPerSample - 1)) >>> 0;
    if (bitsPerSample < 2 || bitsPerSample > 24) this.#foreign = false;
  }

  /** Changes the samples where they stand. */
  apply(planes: readonly Float32Array[]): void {
    const scale = this.#scale;
    for (const plane of planes) {
      for (let i = 0; i < plane.length && this.#foreign === undefined; i++) {
        const value = plane[i];
        if (value < -1 || value >= 1 || !Number.isInteger(value * scale)) this.#foreign = true;
        else if (value !== 0 && Math.abs(value) < 0.5) this.#foreign = false;
      }
    }
    if (!this.#foreign) return;
    for (const plane of planes) {
      for (let i = 0; i < plane.length; i++) plane[i] = Math.round(plane[i] * (scale - 1)) / scale;
    }
  }
}
