/** Where a node that plays takes its packets from: what stands between the network and the decoder. */
import type { PacketsPort } from '../../stage/port.js';
import type { PacketRing } from '../ring.js';

/**
 * A source of packets in the order they are to be decoded. A jitter buffer is one; so is a ring by itself. Everything in
 * it is called on the thread that makes the sound and must make no garbage.
 */
export interface PacketQueue {
  /**
   * Puts the next packet, where there is one and it is time for it, into record 0 of the port, and returns 1; 0 where
   * there is none, and silence is to be played. A packet known to be lost is one of 0 bytes: the decoder conceals it.
   *
   * @param port of the decoder's chain, with room for one packet
   * @param queuedFrames decoded frames that wait to be played
   */
  pull(port: PacketsPort, queuedFrames: number): number;
  /** No more packets will come: what there is is to be played without waiting for more. */
  finish(): void;
  /**
   * Output frames to be made of one decoded frame: 1, or what holds two clocks together. In an array, where a number that
   * changes is no object of its own.
   */
  readonly ratio: Float64Array;
  /** Packets that were no packets of this stream so far. */
  readonly strange: number;
  /** Writes its figures to the words of the status that are its own. */
  tell(status: Int32Array): void;
}

/** Packets as they come out of a ring, beginning when so many of them are there; and again so after each pause. */
export class RingQueue implements PacketQueue {
  readonly ratio = Float64Array.of(1);
  strange = 0;
  readonly #ring: PacketRing;
  readonly #framesPerPacket: number;
  readonly #startPackets: number;
  #playing = false;

  /** `startPackets`: packets to wait for before the first one is played. */
  constructor(ring: PacketRing, framesPerPacket: number, startPackets: number) {
    this.#ring = ring;
    this.#framesPerPacket = framesPerPacket;
    this.#startPackets = startPackets;
  }

  pull(port: PacketsPort, _queuedFrames: number): number {
    const ring = this.#ring;
    if (!this.#playing && ring.count < this.#startPackets) return 0;
    for (;;) {
      const length = ring.nextLength;
      this.#playing = length >= 0;
      if (length < 0) return 0;
      const frames = ring.nextFrames;
      if (length <= port.packetBytes && frames > 0 && frames <= this.#framesPerPacket) {
        port.offsets[0] = 0;
        port.frames[0] = frames;
        port.lengths[0] = ring.pull(port.bytes, 0);
        port.count = 1;
        return 1;
      }
      this.strange++;
      ring.skip();
    }
  }

  finish(): void {
    this.#playing = true;
  }

  tell(): void {}
}
