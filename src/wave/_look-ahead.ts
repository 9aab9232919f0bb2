/** Packets of input that wait to be coded, and the scout: a quick encoder of one step that tells what they will take. */
import type { Engine } from '../engine/engine.js';
import { Processor } from '../engine/processor.js';
import { PacketsPort, SamplesPort } from '../stage/port.js';
import type { LookAheadRate } from './_look-ahead-rate.js';

/** What the look-ahead uses of an encoder; a WaveEncoder, which cannot be named here without a cycle. */
export interface Scout {
  readonly maxPacketBytes: number;
  processInto(input: SamplesPort, output: PacketsPort): number;
  flushInto(output: PacketsPort): number;
  reset(): void;
  dispose(): void;
}

export class LookAhead extends Processor {
  /** Packets that wait before the first of them is coded. */
  readonly packets: number;
  /** Bytes from one channel's plane to the next, in a packet that waits. */
  readonly planeBytes: number;
  readonly #channels: number;
  readonly #framesPerPacket: number;
  readonly #keyInterval: number;
  readonly #scout: Scout;
  readonly #setStepIndex: (index: number) => void;
  readonly #rate: LookAheadRate;
  /** The packet that is coming in, and what the scout makes of it. */
  readonly #input: SamplesPort;
  readonly #scouted: PacketsPort;
  /** Room for the packets that wait and the one that has just come in. */
  readonly #ring: number;
  readonly #memory: Uint8Array;
  #first = 0;
  #waiting = 0;
  #seen = 0;
  #coming = 0;
  /** Frames of the packet that came in last. */
  #lastFrames = 0;
  #faults = 0;

  constructor(
    engine: Engine,
    format: { channels: number; framesPerPacket: number; keyInterval: number },
    packets: number,
    scout: Scout,
    setStepIndex: (index: number) => void,
    rate: LookAheadRate,
  ) {
    super(engine);
    const { channels, framesPerPacket } = format;
    this.packets = packets;
    this.#channels = channels;
    this.#framesPerPacket = framesPerPacket;
    this.#keyInterval = format.keyInterval;
    this.#scout = scout;
    this.#setStepIndex = setStepIndex;
    this.#rate = rate;
    this.planeBytes = 4 * framesPerPacket;
    try {
      this.#input = new SamplesPort(engine, { capacity: framesPerPacket, channels });
      this.#scouted = new PacketsPort(engine, { capacity: 1, packetBytes: scout.maxPacketBytes });
      this.#ring = this.reserve((packets + 1) * channels * this.planeBytes);
    } catch (error) {
      this.dispose();
      throw error;
    }
    this.#memory = new Uint8Array(engine.buffer);
    this.#begin();
  }

  /** NaN and infinities that became zeros so far. */
  get faults(): number {
    return this.#faults;
  }

  /** Frames of the packet that is coming in. */
  get coming(): number {
    return this.#coming;
  }

  /** Packets that have come in and are not coded. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Whether as many packets wait as are to be looked at, and one more. */
  get isFull(): boolean {
    return this.#waiting > this.packets;
  }

  /** Address of the packet that is to be coded next. */
  get next(): number {
    return this.#ring + this.#first * this.#channels * this.planeBytes;
  }

  /** Its frames: fewer than a whole packet's only in the stream's last. */
  get nextFrames(): number {
    return this.#waiting === 1 ? this.#lastFrames : this.#framesPerPacket;
  }

  /** Takes `count` frames of planes that lie `planeBytes` apart; true where they complete a packet. */
  take(source: number, planeBytes: number, count: number): boolean {
    const { copyFiniteF32 } = this.engine.kernels;
    const input = this.#input;
    for (let channel = 0; channel < this.#channels; channel++) {
      const target = input.pointer + channel * input.planeBytes + 4 * this.#coming;
      this.#faults += copyFiniteF32(target, source + channel * planeBytes, count);
    }
    this.#coming += count;
    if (this.#coming < this.#framesPerPacket) return false;
    this.#complete();
    return true;
  }

  /** Completes a packet of the frames that are there, the stream's last, and plans for the end. */
  end(): void {
    if (this.#coming > 0) this.#complete();
    this.#rate.end();
  }

  #complete(): void {
    const frames = this.#coming;
    const input = this.#input;
    input.count = frames;
    let count = this.#scout.processInto(input, this.#scouted);
    if (count === 0) count = this.#scout.flushInto(this.#scouted);
    const isKey = this.#keyInterval > 0 ? this.#seen % this.#keyInterval === 0 : this.#seen === 0;
    this.#rate.takeIn(8 * this.#scouted.lengths[0], frames, isKey);
    this.#setStepIndex(this.#rate.scoutIndex);
    const place = (this.#first + this.#waiting) % (this.packets + 1);
    const bytes = this.#channels * this.planeBytes;
    this.#memory.copyWithin(this.#ring + place * bytes, input.pointer, input.pointer + bytes);
    this.#waiting++;
    this.#seen++;
    this.#lastFrames = frames;
    this.#coming = 0;
  }

  /** Gives up the packet that has been coded. */
  release(): void {
    this.#first = (this.#first + 1) % (this.packets + 1);
    this.#waiting--;
  }

  reset(): void {
    this.#scout.reset();
    this.#begin();
  }

  #begin(): void {
    this.#first = 0;
    this.#waiting = 0;
    this.#seen = 0;
    this.#coming = 0;
    this.#rate.reset();
    this.#setStepIndex(this.#rate.scoutIndex);
  }

  override dispose(): void {
    this.#scout.dispose();
    this.#input?.dispose();
    this.#scouted?.dispose();
    super.dispose();
  }
}
