/**
 * What stands between a network and a decoder: packets come late, twice, in the wrong order or never, and on the sender's
 * clock; the decoder wants one at a time, in order, on the clock of the sound card.
 *
 * Packets wait in slots, a slot for every sequence number modulo their count. Three things keep the right number of them
 * waiting:
 *
 * - how early the latest comer of the last ten seconds came (its margin) says how many should wait. The target moves so
 *   that this margin is one packet or two;
 * - a proportional and integral controller holds the fill at the target by the ratio of a resampler (`DriftCorrector`). It
 *   follows the difference of the clocks, and is held to 350 ppm: that and a clock that is 200 ppm off are less than a cent;
 * - where that is too slow, since packets already come too late, the place before a packet that decoding can start with is
 *   concealed once more, which makes everything after it one packet later. Where far too much waits, as after a pause of the
 *   network, packets are skipped up to one that decoding can start with.
 */
import { checkInteger, checkNumber, checkOptions } from '../engine/check.js';
import { DriftCorrector, type RatioFollower } from '../resample/drift-corrector.js';
import type { PacketsPort } from '../stage/port.js';

export interface JitterBufferOptions {
  /** Frames of a packet. */
  readonly framesPerPacket: number;
  /** Frames a second, of the packets. */
  readonly sampleRate: number;
  /** Bytes of the longest packet. */
  readonly packetBytes: number;
  /** How much is to wait at first, before the network is known. Default 0.04. */
  readonly startSeconds?: number;
  /** No more than this waits. Default 1. */
  readonly maxSeconds?: number;
  /** Whether decoding can start with a packet. Default: with every one, as for number formats. */
  readonly isKey?: (bytes: Uint8Array, offset: number, length: number) => boolean;
}

/** What has happened so far, in packets. */
export interface JitterFigures {
  readonly received: number;
  /** Given to the decoder as lost: never came, came too late, or stood in for the wait. */
  readonly concealed: number;
  /** Came when their place had been concealed already. */
  readonly late: number;
  readonly duplicates: number;
  /** Were too long, or of no frames. */
  readonly strange: number;
  /** How often the stream jumped by more than the buffer can hold, and was begun anew. */
  readonly jumps: number;
  /** How often nothing was waiting when something was needed. */
  readonly emptied: number;
  /** Left out because far too much was waiting. */
  readonly skipped: number;
  /** Seconds of sound that wait now, and that should wait. */
  readonly waitingSeconds: number;
  readonly targetSeconds: number;
}

const OPTION_NAMES = ['framesPerPacket', 'sampleRate', 'packetBytes', 'startSeconds', 'maxSeconds', 'isKey'];

/** 350 ppm beside clocks 200 ppm apart are 550 ppm, 0.95 cents. */
export const LARGEST_DEVIATION = 350e-6;
/** Slow against the jitter, so that it does not get into the pitch; a drift of 200 ppm then moves the fill by 2 ms. */
const TIME_CONSTANT_SECONDS = 30;
/** Margins are kept by the least of each window; the last windows together are what the target is made from. */
const WINDOW_SECONDS = 2;
const WINDOWS = 5;
/** Packets by which the last comer should be early: no fewer, and no more. */
const LEAST_MARGIN = 1;
const LARGEST_MARGIN = 2;
/** The target is counted in eighths of a packet, and one that is too high is lowered by one of them a window. */
const EIGHTHS = 8;
/** When all packets of a window come so much earlier than they need to, some are left out. */
const FAR_TOO_MUCH_SECONDS = 0.06;
/** Larger than any margin. */
const NO_MARGIN = 2 ** 29;
/** After so many concealed packets in a row the stream is taken to pause. */
const LONGEST_GAP_SECONDS = 0.25;

const EMPTY = -1;

const everyPacket = () => true;

/** Where the corrector leaves the ratio. */
class RatioCell implements RatioFollower {
  readonly #cell: Float64Array;

  constructor(cell: Float64Array) {
    this.#cell = cell;
  }

  setRatio(ratio: Float64Array): void {
    this.#cell[0] = ratio[0];
  }
}

/**
 * Puts packets in order, waits for late ones as long as the network makes it worth while, and says how fast to play.
 * All methods but the constructor and `figures` are real-time safe.
 *
 * @example
 * ```ts
 * import { Engine, JitterBuffer, PacketsPort, Pipeline } from 'paley';
 *
 * const engine = await Engine.load();
 * const encoder = Pipeline.from({ sampleRate: 48000, channels: 1 }).encode({ codec: 'int8', framesPerPacket: 128 }).build(engine);
 * const packets = encoder.process([new Float32Array(1280)]) as Uint8Array[];
 * const decoder = Pipeline.from(encoder.output).decode().build(engine, { quantum: 1 });
 * const packetBytes = encoder.maxPacketBytes;
 * const buffer = new JitterBuffer({ framesPerPacket: 128, sampleRate: 48000, packetBytes, startSeconds: 0.01 });
 * for (const number of [1, 0, 2, 4, 5, 6]) buffer.push(packets[number], 0, packets[number].length, 128, number);
 * const port = decoder.createInputPort() as PacketsPort;
 * for (let turn = 0; turn < 5; turn++) buffer.pull(port, 0);
 * console.log(buffer.figures().concealed); // 1: packet 3 never came
 * ```
 */
export class JitterBuffer {
  readonly framesPerPacket: number;
  readonly sampleRate: number;
  readonly packetBytes: number;
  readonly #slots: number;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  /** Of each slot: the number of the packet in it or EMPTY, its length, its frames. */
  readonly #numbers: Float64Array;
  readonly #lengths: Uint32Array;
  readonly #frames: Uint32Array;
  readonly #isKey: (bytes: Uint8Array, offset: number, length: number) => boolean;
  readonly #packetSeconds: number;
  readonly #startPackets: number;
  readonly #longestGap: number;
  readonly #farTooMuch: number;
  readonly #corrector: DriftCorrector;
  /** What DriftCorrector holds to: the fill less the target, so much above zero. */
  readonly #middleFrames: number;
  /** `ratio` as it stands, in an array: there a number that changes with every packet is no object of its own. */
  readonly ratioCell: Float64Array = Float64Array.of(1);
  readonly #follower = new RatioCell(this.ratioCell);
  /** Margins and target are whole numbers: fractions in what runs now and then would be garbage. */
  readonly #margins = new Int32Array(WINDOWS).fill(NO_MARGIN);
  #targetEighths: number;
  readonly #windowPackets: number;
  #window = 0;
  #inWindow = 0;
  #next = EMPTY;
  #highest = EMPTY;
  #playing = false;
  #finishing = false;
  #gap = 0;
  /** Packets by which everything is to be later still. */
  #wait = 0;
  #received = 0;
  #concealed = 0;
  #late = 0;
  #duplicates = 0;
  #strange = 0;
  #jumps = 0;
  #emptied = 0;
  /** Packets that may be left out, and those that were. */
  #excess = 0;
  #skipped = 0;

  /** @throws TypeError or RangeError for options out of range. */
  constructor(options: JitterBufferOptions) {
    checkOptions('JitterBufferOptions', options, OPTION_NAMES);
    this.framesPerPacket = checkInteger('framesPerPacket', options.framesPerPacket, 1, 2 ** 20);
    this.sampleRate = checkNumber('sampleRate', options.sampleRate, 1e-3, 1e9);
    this.packetBytes = checkInteger('packetBytes', options.packetBytes, 1, 2 ** 24);
    this.#packetSeconds = this.framesPerPacket / this.sampleRate;
    const maxSeconds = checkNumber('maxSeconds', options.maxSeconds ?? 1, 2 * this.#packetSeconds, 3600);
    const startSeconds = checkNumber('startSeconds', options.startSeconds ?? Math.min(0.04, maxSeconds), 0, maxSeconds);
    this.#isKey = options.isKey ?? everyPacket;
    this.#slots = Math.ceil(maxSeconds / this.#packetSeconds);
    this.#bytes = new Uint8Array(this.#slots * this.packetBytes);
    this.#numbers = new Float64Array(this.#slots).fill(EMPTY);
    this.#lengths = new Uint32Array(this.#slots);
    this.#frames = new Uint32Array(this.#slots);
    this.#startPackets = Math.max(1, Math.round(startSeconds / this.#packetSeconds));
    this.#targetEighths = EIGHTHS * this.#startPackets;
    this.#longestGap = Math.max(1, Math.ceil(LONGEST_GAP_SECONDS / this.#packetSeconds));
    this.#farTooMuch = Math.max(2, Math.ceil(FAR_TOO_MUCH_SECONDS / this.#packetSeconds));
    this.#windowPackets = Math.max(1, Math.ceil(WINDOW_SECONDS / this.#packetSeconds));
    this.#middleFrames = this.#slots * this.framesPerPacket;
    // Its seconds are packets here, so that all it is told is whole numbers: fractions handed over would be garbage.
    const timeConstant = TIME_CONSTANT_SECONDS / this.#packetSeconds;
    this.#corrector = new DriftCorrector({
      targetFrames: this.#middleFrames,
      sampleRate: this.framesPerPacket,
      timeConstantSeconds: Math.max(0.01, Math.min(1e6, timeConstant)),
      maxDeviation: LARGEST_DEVIATION,
    });
  }

  /** Output frames to be made of one decoded frame: within 350 ppm of 1. */
  get ratio(): number {
    return this.ratioCell[0];
  }

  /** Packets that were none of this stream so far. */
  get strange(): number {
    return this.#strange;
  }

  /** As in `figures`, for who may make no garbage. */
  get concealed(): number {
    return this.#concealed;
  }

  get late(): number {
    return this.#late;
  }

  get emptied(): number {
    return this.#emptied;
  }

  get skipped(): number {
    return this.#skipped;
  }

  /** Frames that wait now, and that should wait, in whole numbers. */
  get waitingFrames(): number {
    return this.#waiting() * this.framesPerPacket;
  }

  get targetFrames(): number {
    return (this.#targetEighths * this.framesPerPacket) >> 3;
  }

  /** What has happened so far. Not real-time safe. */
  figures(): JitterFigures {
    return {
      received: this.#received,
      concealed: this.#concealed,
      late: this.#late,
      duplicates: this.#duplicates,
      strange: this.#strange,
      jumps: this.#jumps,
      emptied: this.#emptied,
      skipped: this.#skipped,
      waitingSeconds: this.#waiting() * this.#packetSeconds,
      targetSeconds: (this.#targetEighths / EIGHTHS) * this.#packetSeconds,
    };
  }

  /**
   * Takes a packet: `length` bytes of `bytes` from `offset` on, the `sequence`-th of the stream, of so many frames. They are
   * copied.
   */
  push(bytes: Uint8Array, offset: number, length: number, frames: number, sequence: number): void {
    if (!(length <= this.packetBytes && frames > 0 && frames <= this.framesPerPacket && sequence >= 0)) {
      this.#strange++;
      return;
    }
    this.#received++;
    if (this.#next === EMPTY) this.#next = sequence;
    // Before the first is played an earlier one may still come.
    if (!this.#playing && sequence < this.#next && this.#highest - sequence < this.#slots) this.#next = sequence;
    this.#measure(sequence - this.#next);
    if (sequence < this.#next) {
      // Very old ones are no late ones: the sender has begun anew.
      if (this.#next - sequence > this.#slots) this.#jump(sequence);
      else {
        this.#late++;
        return;
      }
    } else if (sequence >= this.#next + this.#slots) {
      this.#jump(sequence);
    }
    const slot = sequence % this.#slots;
    if (this.#numbers[slot] === sequence) {
      this.#duplicates++;
      return;
    }
    const at = slot * this.packetBytes;
    for (let index = 0; index < length; index++) this.#bytes[at + index] = bytes[offset + index];
    this.#numbers[slot] = sequence;
    this.#lengths[slot] = length;
    this.#frames[slot] = frames;
    this.#highest = Math.max(this.#highest, sequence);
  }

  /** The stream has ended: what waits is played without waiting for more. */
  finish(): void {
    this.#finishing = true;
    this.#playing = this.#highest >= this.#next && this.#next !== EMPTY;
  }

  /**
   * Puts the packet that is due into record 0 of the port, one of 0 bytes where its place is to be concealed, and returns
   * 1; 0 where nothing is to be played: before the beginning, after the end, in a pause.
   *
   * @param queuedFrames decoded frames that wait to be played.
   */
  pull(port: PacketsPort, queuedFrames: number): number {
    if (!this.#playing) {
      if (this.#next === EMPTY || this.#waiting() < this.#startPackets) return 0;
      this.#playing = true;
    }
    if (this.#excess > 0) this.#skip();
    this.#steer(queuedFrames);
    const slot = this.#next % this.#slots;
    const isThere = this.#numbers[slot] === this.#next;
    if (isThere && !(this.#wait > 0 && this.#mayWait(slot))) return this.#give(port, slot);
    if (!isThere && this.#waiting() === 0) return this.#giveNothing(port);
    // Missing with later ones there: lost, or as good as lost. Or there, but everything is to be later.
    if (isThere || this.#wait > 0) this.#wait--;
    if (!isThere && this.#wait <= 0) this.#next++;
    return this.#conceal(port);
  }

  #waiting(): number {
    return this.#next === EMPTY ? 0 : Math.max(0, this.#highest - this.#next + 1);
  }

  /** Goes on at the last packet within the excess that decoding can start with; where there is none, later. */
  #skip(): void {
    for (let count = Math.min(this.#excess, this.#waiting() - 1); count > 0; count--) {
      const slot = (this.#next + count) % this.#slots;
      if (this.#numbers[slot] !== this.#next + count || !this.#mayWait(slot)) continue;
      for (let index = 0; index < count; index++) this.#numbers[(this.#next + index) % this.#slots] = EMPTY;
      this.#next += count;
      this.#skipped += count;
      this.#excess = 0;
      this.#wait = 0;
      this.#margins.fill(NO_MARGIN);
      return;
    }
  }

  #mayWait(slot: number): boolean {
    return this.#isKey(this.#bytes, slot * this.packetBytes, this.#lengths[slot]);
  }

  #give(port: PacketsPort, slot: number): number {
    const length = this.#lengths[slot];
    const at = slot * this.packetBytes;
    for (let index = 0; index < length; index++) port.bytes[index] = this.#bytes[at + index];
    port.offsets[0] = 0;
    port.lengths[0] = length;
    port.frames[0] = this.#frames[slot];
    port.count = 1;
    this.#numbers[slot] = EMPTY;
    this.#next++;
    this.#gap = 0;
    return 1;
  }

  /** Nothing is there. The place stays open: when packets come again, they are that much later. */
  #giveNothing(port: PacketsPort): number {
    if (this.#gap === 0) this.#emptied++;
    if (this.#finishing || this.#gap >= this.#longestGap) {
      this.#pause();
      return 0;
    }
    return this.#conceal(port);
  }

  #conceal(port: PacketsPort): number {
    this.#gap++;
    this.#concealed++;
    port.offsets[0] = 0;
    port.lengths[0] = 0;
    port.frames[0] = this.framesPerPacket;
    port.count = 1;
    return 1;
  }

  #pause(): void {
    this.#playing = false;
    this.#finishing = false;
    this.#gap = 0;
    this.#next = EMPTY;
    this.#highest = EMPTY;
    this.#wait = 0;
    this.#excess = 0;
    this.#margins.fill(NO_MARGIN);
  }

  #jump(sequence: number): void {
    this.#jumps++;
    this.#numbers.fill(EMPTY);
    this.#pause();
    this.#next = sequence;
  }

  /** Takes in by how many packets one came early. */
  #measure(margin: number): void {
    if (!this.#playing) return;
    this.#margins[this.#window] = Math.min(this.#margins[this.#window], margin);
    // One that came too late tells at once how much later everything has to be.
    if (margin < 0 && -margin < this.#slots) {
      const wanted = Math.min(LEAST_MARGIN - margin, this.#slots >> 1);
      if (this.#wait < wanted) {
        this.#raise(EIGHTHS * (wanted - Math.max(0, this.#wait)));
        this.#wait = wanted;
      }
    }
    if (++this.#inWindow < this.#windowPackets) return;
    this.#inWindow = 0;
    this.#adapt();
    this.#window = (this.#window + 1) % WINDOWS;
    this.#margins[this.#window] = NO_MARGIN;
  }

  #adapt(): void {
    let least = NO_MARGIN;
    for (let index = 0; index < WINDOWS; index++) least = Math.min(least, this.#margins[index]);
    if (least === NO_MARGIN) return;
    // Not where the fill is still on its way to the target, slowly as it has to go: the target would run away from it.
    const isNear = this.#targetEighths <= EIGHTHS * (this.#waiting() + 1);
    if (isNear && least >= 0 && least < LEAST_MARGIN) this.#raise(EIGHTHS * (LEAST_MARGIN - least));
    else if (least > LARGEST_MARGIN) this.#raise(-1);
    const excess = Math.min(least - LARGEST_MARGIN, this.#waiting() - (this.#targetEighths >> 3));
    this.#excess = excess >= this.#farTooMuch ? excess : 0;
  }

  #raise(eighths: number): void {
    this.#targetEighths = Math.max(EIGHTHS, Math.min((EIGHTHS * this.#slots) >> 1, this.#targetEighths + eighths));
  }

  #steer(queuedFrames: number): void {
    const fill = this.#waiting() * this.framesPerPacket + queuedFrames;
    this.#corrector.steer(this.#follower, Math.max(0, this.#middleFrames + fill - this.targetFrames), 1);
  }
}
