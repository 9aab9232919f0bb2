/** A jitter buffer as what a node that plays takes its packets from. */
import { keyTestOf } from '../../pipeline/key-packets.js';
import type { PacketsFormat } from '../../stage/format.js';
import type { PacketsPort } from '../../stage/port.js';
import { toNumber } from '../../stage/rational.js';
import { JitterBuffer } from '../jitter-buffer.js';
import type { PacketRing } from '../ring.js';
import { type JitterSettings, STATUS } from './_protocol.js';
import type { PacketQueue } from './packet-queue.js';

/** @throws TypeError or RangeError for settings out of range. */
export function createJitterBuffer(format: PacketsFormat, packetBytes: number, settings: JitterSettings): JitterBuffer {
  return new JitterBuffer({
    framesPerPacket: format.framesPerPacket,
    sampleRate: toNumber(format.sampleRate),
    packetBytes,
    isKey: keyTestOf(format),
    ...settings,
  });
}

/** The page writes packets to the ring as they arrive; here they are put in order and wait for those that are late. */
export class JitterQueue implements PacketQueue {
  readonly ratio: Float64Array;
  readonly #ring: PacketRing;
  readonly #buffer: JitterBuffer;
  readonly #packet: Uint8Array;
  /** Packets in the ring longer than any of this stream. */
  #tooLong = 0;

  constructor(ring: PacketRing, format: PacketsFormat, packetBytes: number, settings: JitterSettings) {
    this.#ring = ring;
    this.#buffer = createJitterBuffer(format, packetBytes, settings);
    this.#packet = new Uint8Array(packetBytes);
    this.ratio = this.#buffer.ratioCell;
  }

  get strange(): number {
    return this.#tooLong + this.#buffer.strange;
  }

  pull(port: PacketsPort, queuedFrames: number): number {
    this.#take();
    return this.#buffer.pull(port, queuedFrames);
  }

  finish(): void {
    this.#take();
    this.#buffer.finish();
  }

  tell(status: Int32Array): void {
    const buffer = this.#buffer;
    status[STATUS.concealed] = buffer.concealed;
    status[STATUS.late] = buffer.late;
    status[STATUS.emptied] = buffer.emptied;
    status[STATUS.skipped] = buffer.skipped;
    status[STATUS.waitingFrames] = buffer.waitingFrames;
    status[STATUS.targetFrames] = buffer.targetFrames;
  }

  /** All that has arrived. A packet of no bytes is one known to be lost: its place is left open. */
  #take(): void {
    const ring = this.#ring;
    const packet = this.#packet;
    for (;;) {
      const length = ring.nextLength;
      if (length < 0) return;
      if (length > packet.length) this.#tooLong++;
      if (length > packet.length || length === 0) {
        ring.skip();
        continue;
      }
      const frames = ring.nextFrames;
      const sequence = ring.nextSequence >>> 0;
      ring.pull(packet, 0);
      this.#buffer.push(packet, 0, length, frames, sequence);
    }
  }
}
