/**
 * Tables of the Fourier transforms in engine memory: all processors of an engine that need the same one share it.
 */
import type { Engine } from '../engine/engine.js';
import { cosPi, sinPi } from '../engine/exact-math.js';

/** Precision of the values of a transform. */
export type FftSample = 'f32' | 'f64';

export const bytesOf = (sample: FftSample) => (sample === 'f32' ? 4 : 8);

/** Complex transforms shorter than this are done by the sums of the definition, without passes. */
export const SHORTEST_PASSES = 16;

/** Takes the next value of a table. */
type Put = (value: number) => void;

/** Writes exp(−πi·angle), one part. */
const putRe = (put: Put, angle: number) => put(cosPi(angle));
const putIm = (put: Put, angle: number) => put(-sinPi(angle));

/** w^j of the definition, j = 0 … size − 1. */
function fillDefinition(put: Put, size: number): void {
  for (let j = 0; j < size; j++) {
    putRe(put, (2 * j) / size);
    putIm(put, (2 * j) / size);
  }
}

/** What assembly/transform/fft.ts calls `table`: the vectors of the first pass, then the scalars of the middle ones. */
function fillPasses(put: Put, size: number, lanes: number): void {
  for (let p = 0; p < size / 4; p += lanes) {
    for (let j = 1; j <= 3; j++) {
      for (let lane = 0; lane < lanes; lane++) putRe(put, (2 * j * (p + lane)) / size);
      for (let lane = 0; lane < lanes; lane++) putIm(put, (2 * j * (p + lane)) / size);
    }
  }
  for (let n = size / 4; n > 8; n /= 4) {
    for (let p = 0; p < n / 4; p++) {
      for (let j = 1; j <= 3; j++) {
        putRe(put, (2 * j * p) / n);
        putIm(put, (2 * j * p) / n);
      }
    }
  }
}

/** exp(−2πi·k/turn), k = 0 … count − 1, in cells. */
function fillCells(put: Put, turn: number, count: number, lanes: number): void {
  for (let k = 0; k < count; k += lanes) {
    for (let lane = 0; lane < lanes; lane++) putRe(put, (2 * (k + lane)) / turn);
    for (let lane = 0; lane < lanes; lane++) putIm(put, (2 * (k + lane)) / turn);
  }
}

function passValues(size: number): number {
  let values = 0;
  for (let n = size; n > 8; n /= 4) values += (n / 4) * 6;
  return values;
}

interface SharedTable {
  readonly pointer: number;
  users: number;
}

const tablesByEngine = new WeakMap<Engine, Map<string, SharedTable>>();

/** One use of a shared table: its address, until `release`. */
export class FftTable {
  readonly pointer: number;
  readonly #engine: Engine;
  readonly #key: string;
  #released = false;

  private constructor(engine: Engine, key: string, sample: FftSample, values: number, fill: (put: Put) => void) {
    let tables = tablesByEngine.get(engine);
    if (tables === undefined) {
      tables = new Map();
      tablesByEngine.set(engine, tables);
    }
    let table = tables.get(key);
    if (table === undefined) {
      table = { pointer: engine.memory.allocate(values * bytesOf(sample)), users: 0 };
      const view = new (sample === 'f32' ? Float32Array : Float64Array)(engine.buffer, table.pointer, values);
      let next = 0;
      fill((value) => {
        view[next++] = value;
      });
      tables.set(key, table);
    }
    table.users++;
    this.pointer = table.pointer;
    this.#engine = engine;
    this.#key = key;
  }

  /**
   * The twiddle factors of a complex transform of `size` numbers; of the definition's sums where it is short.
   * @throws EngineMemoryError
   */
  static twiddles(engine: Engine, sample: FftSample, size: number): FftTable {
    if (size < SHORTEST_PASSES) return FftTable.definition(engine, size);
    const lanes = 16 / bytesOf(sample);
    return new FftTable(engine, `passes ${sample} ${size}`, sample, passValues(size), (put) =>
      fillPasses(put, size, lanes),
    );
  }

  /** The powers of exp(−2πi/size), in float64. */
  static definition(engine: Engine, size: number): FftTable {
    return new FftTable(engine, `definition ${size}`, 'f64', 2 * size, (put) => fillDefinition(put, size));
  }

  /** exp(−2πi·k/turn) for k = 0 … count − 1, in cells. */
  static cells(engine: Engine, sample: FftSample, turn: number, count: number): FftTable {
    const lanes = 16 / bytesOf(sample);
    return new FftTable(engine, `cells ${sample} ${turn} ${count}`, sample, 2 * count, (put) =>
      fillCells(put, turn, count, lanes),
    );
  }

  /** Ends this use; with a table's last one its memory goes back. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    const tables = tablesByEngine.get(this.#engine);
    const table = tables?.get(this.#key);
    if (tables === undefined || table === undefined) return;
    table.users--;
    if (table.users > 0) return;
    tables.delete(this.#key);
    this.#engine.memory.release(table.pointer);
  }
}
