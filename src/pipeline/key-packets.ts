/** Which packets of a stream decoding can start with. */
import type { PacketsFormat } from '../stage/format.js';
import { isWaveKey } from '../wave/index.js';

/** Looks at the `length` bytes of a packet from `offset` (default 0) on, to the array's end if not said. */
export type KeyTest = (bytes: Uint8Array, offset?: number, length?: number) => boolean;

const everyPacket: KeyTest = () => true;

/** The second word of an adapted rotation's packet says whether the rotation follows. */
const hasRotation: KeyTest = (bytes, offset = 0, length = bytes.length - offset) =>
  length >= 8 && bytes[offset + 4] === 1;

/**
 * What tells the packets of a stream that decoding can start with, for a container, a jitter buffer, a network that may
 * drop some: those of `wave` and `adapted-rotation` say it in their first bytes, all others stand for themselves. The
 * function is real-time safe.
 *
 * @example
 * ```ts
 * import { Engine, headerFromFormat, keyTestOf, PaleyWriter, Pipeline, type PacketsFormat } from 'paley';
 *
 * const engine = await Engine.load();
 * const pipeline = Pipeline.from({ sampleRate: 16000 }).encode({ codec: 'wave' }).build(engine);
 * const format = pipeline.output as PacketsFormat;
 * const [writer, isKey] = [new PaleyWriter(headerFromFormat(format)), keyTestOf(format)];
 * for (const packet of pipeline.process([new Float32Array(16000)]) as Uint8Array[]) {
 *   writer.write(packet, { key: isKey(packet) });
 * }
 * ```
 */
export function keyTestOf({ codec }: PacketsFormat): KeyTest {
  if (codec === 'adapted-rotation') return hasRotation;
  return codec === 'wave' ? isWaveKey : everyPacket;
}
