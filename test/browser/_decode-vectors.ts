/** Runs in a page: decodes the wave codec's conformance vectors, which come with the bundle. */
import { crc32c } from '../../src/coding/crc32c.js';
import { Engine } from '../../src/engine/engine.js';
import { type WaveConfig, WaveDecoder } from '../../src/wave/index.js';
import vectors from '../vectors/wave.json' with { type: 'json' };

/** The checksum of each packet's integers, case by case, as the vectors have it. */
export async function decodeVectors(): Promise<string[][]> {
  const engine = await Engine.load();
  return vectors.cases.map((vector) => {
    const config = { ...vector, kind: 'packets', codec: 'wave', sampleRate: 48000 } as unknown as WaveConfig;
    const decoder = new WaveDecoder(engine, config);
    return vector.packets.map(([base64]) => {
      const planes = decoder.processIntegers(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)));
      const values = Int32Array.from(planes.flatMap((plane) => [...plane]));
      return crc32c(new Uint8Array(values.buffer)).toString(16).padStart(8, '0');
    });
  });
}
