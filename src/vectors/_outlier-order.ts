/**
 * An order of channels for a rotation by blocks: dealt out in a zigzag by their magnitude, so that every block has as many of
 * the loud ones as the others, and the rotation spreads each of them.
 *
 * Source: H. Lin and others, DuQuant (2024), for the zigzag permutation before a rotation by blocks.
 */
export function dealChannels(magnitudes: ArrayLike<number>, blockSize: number): Uint32Array {
  const count = magnitudes.length;
  const blocks = count / blockSize;
  const loudest = Uint32Array.from({ length: count }, (_, channel) => channel);
  loudest.sort((a, b) => magnitudes[b] - magnitudes[a] || a - b);
  const order = new Uint32Array(count);
  for (let k = 0; k < count; k++) {
    const round = Math.floor(k / blocks);
    const place = k % blocks;
    order[(round % 2 === 0 ? place : blocks - 1 - place) * blockSize + round] = loudest[k];
  }
  return order;
}
