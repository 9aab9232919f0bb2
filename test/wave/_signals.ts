/** Signals for the wave codec's tests, made of integers and a seed. */

/** Uniform in [−1, 1): xorshift (G. Marsaglia, 2003). */
export function makeRandom(seed: number): () => number {
  let state = (seed * 0x9e3779b1) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >> 8) / 2 ** 23;
  };
}

/** Resonances that start and stop, with noise: something between speech and music, integers of `bits`. */
export function voice(frames: number, seed: number, bits = 16): Int32Array {
  const random = makeRandom(seed);
  const peak = 2 ** (bits - 1);
  let [y1, y2, gain, turn] = [0, 0, 0.1, 1.8];
  return Int32Array.from({ length: frames }, (_, n) => {
    if (n % 900 === 0) {
      gain = 0.02 + 0.2 * Math.abs(random());
      turn = 1.99 - 0.3 * Math.abs(random());
    }
    const y = turn * y1 - 0.985 * y2 + 0.05 * random();
    [y2, y1] = [y1, y];
    return Math.max(-peak, Math.min(peak - 1, Math.round(peak * gain * y)));
  });
}

export function toFloats(plane: Int32Array, bits = 16): Float32Array {
  return Float32Array.from(plane, (value) => value / 2 ** (bits - 1));
}

/** Ratio of signal to error in dB, all channels together. */
export function signalToNoise(planes: Float32Array[], decoded: Float32Array[]): number {
  let [signal, noise] = [0, 0];
  for (const [channel, plane] of planes.entries()) {
    for (const [n, value] of plane.entries()) {
      signal += value ** 2;
      noise += (value - decoded[channel][n]) ** 2;
    }
  }
  return 10 * Math.log10(signal / noise);
}

export function bitsOf(packets: Uint8Array[]): number {
  return packets.reduce((sum, packet) => sum + 8 * packet.length, 0);
}
