/** The page's end of the way to the worklet's thread: rings and a status, shared or kept alike by messages. */
import { PacketRing } from '../ring.js';
import { exchangeBytes, pack, roomOf, unpack } from './_exchange.js';
import { type FromProcessor, type SharedMemory, STATUS_WORDS, type ToProcessor } from './_protocol.js';

/** Milliseconds from one exchange of buffers to the next. */
const EXCHANGE_MILLISECONDS = 10;
const LARGEST_EXCHANGE = 2 ** 16;

/** Both kinds of link look the same from here. */
export interface Link {
  readonly status: Int32Array;
  readonly toWorklet: PacketRing;
  readonly fromWorklet: PacketRing;
  /** What a processor needs to attach to the same memory. */
  readonly shared: SharedMemory | undefined;
  /** Begins with a port, once the processor is there. */
  start(port: MessagePort): void;
  receive(message: FromProcessor): void;
  close(): void;
}

/** Over shared memory: nothing is left to do. */
export function createSharedLink(ringBytes: number): Link {
  const toWorklet = PacketRing.create({ bytes: ringBytes, shared: true });
  const fromWorklet = PacketRing.create({ bytes: ringBytes, shared: true });
  const status = new SharedArrayBuffer(4 * STATUS_WORDS);
  return {
    status: new Int32Array(status),
    toWorklet,
    fromWorklet,
    shared: {
      status,
      toWorklet: toWorklet.buffer as SharedArrayBuffer,
      fromWorklet: fromWorklet.buffer as SharedArrayBuffer,
    },
    start() {},
    receive() {},
    close() {},
  };
}

/**
 * By messages: one buffer goes to the processor with what is to be played, and comes back with what was recorded, again
 * and again. The processor answers from its port's handler, so that nothing is sent while sound is being made.
 */
export class MessageLink implements Link {
  readonly status = new Int32Array(STATUS_WORDS);
  readonly toWorklet: PacketRing;
  readonly fromWorklet: PacketRing;
  readonly shared = undefined;
  #port: MessagePort | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Bytes of records for which the processor had room when it last told. */
  #room: number;
  #buffer: ArrayBuffer;

  constructor(ringBytes: number) {
    this.toWorklet = PacketRing.create({ bytes: ringBytes });
    this.fromWorklet = PacketRing.create({ bytes: ringBytes });
    this.#room = this.toWorklet.capacity;
    this.#buffer = new ArrayBuffer(exchangeBytes(Math.min(LARGEST_EXCHANGE, this.toWorklet.capacity)));
  }

  start(port: MessagePort): void {
    this.#port = port;
    this.#send();
  }

  receive(message: FromProcessor): void {
    if (message.type !== 'exchange') return;
    this.#buffer = message.buffer;
    this.#room = roomOf(this.#buffer);
    this.status.set(new Int32Array(this.#buffer, 0, STATUS_WORDS));
    unpack(this.#buffer, this.fromWorklet);
    this.#timer = setTimeout(() => this.#send(), EXCHANGE_MILLISECONDS);
    // In Node an open timer would keep the process alive.
    (this.#timer as { unref?: () => void }).unref?.();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#port = undefined;
  }

  #send(): void {
    const buffer = this.#buffer;
    if (this.#port === undefined) return;
    pack(this.toWorklet, buffer, this.#room, this.fromWorklet.free);
    const message: ToProcessor = { type: 'exchange', buffer };
    this.#port.postMessage(message, [buffer]);
  }
}
