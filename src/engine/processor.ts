/**
 * What everything that lives in an engine's memory has in common: it reserves at construction, and gives back.
 */

import { throwType } from './check.js';
import { Engine } from './engine.js';
import { DisposedError } from './errors.js';

/** Base of all processors: owns pieces of the engine's memory until `dispose()`. */
export abstract class Processor {
  /** The engine whose memory holds this processor. */
  readonly engine: Engine;
  readonly #pointers: number[] = [];
  #disposed = false;

  protected constructor(engine: Engine) {
    if (!(engine instanceof Engine)) throwType('engine', 'an Engine (await Engine.load())', engine);
    this.engine = engine;
  }

  /** True once `dispose()` has run. */
  get disposed(): boolean {
    return this.#disposed;
  }

  /** Gives the memory back. Using the processor afterwards throws a DisposedError; disposing twice does nothing. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const pointer of this.#pointers) this.engine.memory.release(pointer);
    this.#pointers.length = 0;
  }

  /** Reserves bytes that `dispose` gives back. Where memory runs out, all that was reserved before is given back too. */
  protected reserve(bytes: number): number {
    try {
      const pointer = this.engine.memory.allocate(bytes);
      this.#pointers.push(pointer);
      return pointer;
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /** Reserves zeroed float32 values and returns their view. */
  protected reserveFloat32(length: number): Float32Array<ArrayBuffer> {
    return new Float32Array(this.engine.buffer, this.reserve(length * 4), length).fill(0);
  }

  /** Throws after `dispose()`: every public method that touches the engine's memory asks this first. */
  protected checkAlive(): void {
    if (this.#disposed) throw new DisposedError(this.constructor.name);
  }
}
