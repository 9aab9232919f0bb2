/**
 * The state machine that encoders and decoders of WebCodecs share: control messages in a queue, work done behind the
 * caller's back, errors by callback, `reset` that forgets and `close` that ends (W3C WebCodecs, 2024, sections 4 and 6).
 */
import { throwType } from '../../engine/check.js';
import { Engine } from '../../engine/engine.js';

export type CodecState = 'unconfigured' | 'configured' | 'closed';

export interface CodecCallbacks<Output> {
  /** Takes what comes out, one at a time, in order. */
  readonly output: Output;
  /** Called once, with a DOMException, when the codec gives up; its state is `closed` then. */
  readonly error: (error: DOMException) => void;
  /** The engine to work on; without it the codecs of a realm share one. */
  readonly engine?: Engine;
}

type Message =
  | { readonly kind: 'configure'; readonly run: (engine: Engine) => void }
  | { readonly kind: 'work'; readonly run: () => void }
  | {
      readonly kind: 'flush';
      readonly run: () => void;
      readonly resolve: () => void;
      readonly reject: (error: DOMException) => void;
    };

let sharedEngine: Promise<Engine> | undefined;

const later: (task: () => void) => void =
  typeof setImmediate === 'function' ? (task) => void setImmediate(task) : (task) => void setTimeout(task, 0);

/** What this runtime cannot do, rather than what broke on the way. */
export class NotSupported extends Error {}

export abstract class CodecMachine extends EventTarget {
  /** Called beside the `dequeue` event's listeners. */
  ondequeue: ((event: Event) => void) | null = null;
  readonly #error: (error: DOMException) => void;
  readonly #givenEngine: Engine | undefined;
  #state: CodecState = 'unconfigured';
  #messages: Message[] = [];
  #waiting = 0;
  #running = false;
  #dequeueScheduled = false;
  /** Counts resets: what began before one must not end after it. */
  #generation = 0;

  constructor(name: string, callbacks: CodecCallbacks<unknown>) {
    super();
    if (typeof callbacks?.output !== 'function' || typeof callbacks.error !== 'function') {
      throwType(`${name}Init`, 'an object with the functions output and error', callbacks);
    }
    if (callbacks.engine !== undefined && !(callbacks.engine instanceof Engine)) {
      throwType(`${name}Init.engine`, 'an Engine', callbacks.engine);
    }
    this.#error = callbacks.error;
    this.#givenEngine = callbacks.engine;
  }

  /** `unconfigured`, `configured` or `closed`. */
  get state(): CodecState {
    return this.#state;
  }

  /** Gives up all memory: after `reset` and `close`. */
  protected abstract release(): void;

  protected get queueSize(): number {
    return this.#waiting;
  }

  protected queueConfigure(run: (engine: Engine) => void): void {
    this.#checkOpen('configure');
    this.#state = 'configured';
    this.#messages.push({ kind: 'configure', run });
    this.#start();
  }

  protected checkConfigured(method: string): void {
    if (this.#state !== 'configured') {
      throw new DOMException(`${method} expected a configured codec, this one is ${this.#state}`, 'InvalidStateError');
    }
  }

  protected queueWork(run: () => void): void {
    this.#waiting++;
    this.#messages.push({ kind: 'work', run });
    this.#start();
  }

  protected queueFlush(run: () => void): Promise<void> {
    if (this.#state !== 'configured') {
      return Promise.reject(
        new DOMException(`flush expected a configured codec, this one is ${this.#state}`, 'InvalidStateError'),
      );
    }
    return new Promise((resolve, reject) => {
      this.#messages.push({ kind: 'flush', run, resolve, reject });
      this.#start();
    });
  }

  /** Forgets the configuration and all that is waiting; flushes under way are rejected with an AbortError. */
  reset(): void {
    this.#checkOpen('reset');
    this.#clear('unconfigured', 'the codec was reset');
  }

  /** Ends it: nothing comes out any more, and its memory is free. */
  close(): void {
    this.#checkOpen('close');
    this.#clear('closed', 'the codec was closed');
  }

  #checkOpen(method: string): void {
    if (this.#state === 'closed')
      throw new DOMException(`${method} expected a codec that is not closed`, 'InvalidStateError');
  }

  #clear(state: CodecState, reason: string): void {
    this.#state = state;
    this.#generation++;
    const messages = this.#messages;
    this.#messages = [];
    this.#running = false;
    if (this.#waiting > 0) {
      this.#waiting = 0;
      this.#scheduleDequeue();
    }
    this.release();
    for (const message of messages) {
      if (message.kind === 'flush') message.reject(new DOMException(reason, 'AbortError'));
    }
  }

  #scheduleDequeue(): void {
    if (this.#dequeueScheduled) return;
    this.#dequeueScheduled = true;
    later(() => {
      this.#dequeueScheduled = false;
      const event = new Event('dequeue');
      this.ondequeue?.(event);
      this.dispatchEvent(event);
    });
  }

  #start(): void {
    if (this.#running) return;
    this.#running = true;
    const generation = this.#generation;
    later(() => void this.#run(generation));
  }

  /** Works the queue off, a message a task, so that callbacks and `reset` come in between. */
  async #run(generation: number): Promise<void> {
    while (this.#generation === generation) {
      const message = this.#messages[0];
      if (message === undefined) {
        this.#running = false;
        return;
      }
      try {
        if (message.kind === 'configure') {
          sharedEngine ??= this.#givenEngine ? undefined : Engine.load();
          const engine = this.#givenEngine ?? (await (sharedEngine as Promise<Engine>));
          if (this.#generation !== generation) return;
          message.run(engine);
        } else {
          if (message.kind === 'work') {
            this.#waiting--;
            this.#scheduleDequeue();
          }
          message.run();
        }
      } catch (error) {
        // Something thrown by the output callback of a codec that was closed in it is nobody's any more.
        if (this.#generation === generation) this.#fail(error as Error);
        return;
      }
      if (this.#generation !== generation) return;
      this.#messages.shift();
      if (message.kind === 'flush') message.resolve();
      await new Promise<void>((resolve) => later(resolve));
    }
  }

  #fail(cause: Error): void {
    const name = cause instanceof NotSupported ? 'NotSupportedError' : 'EncodingError';
    const error = new DOMException(cause.message, name);
    for (const message of this.#messages) if (message.kind === 'flush') message.reject(error);
    this.#messages = [];
    this.#clear('closed', cause.message);
    this.#error(error);
  }
}
