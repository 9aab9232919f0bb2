/**
 * Coefficient tables in engine memory, one for all the processors of an engine that have the same design: a mixer with
 * eight 44.1 kHz inputs has one table in its cache, not eight.
 */
import type { Engine } from '../engine/engine.js';
import type { Plane } from '../stage/port.js';

interface SharedTable {
  readonly pointer: number;
  users: number;
}

/** What a table is made from. Two with the same key are the same table. */
export interface TableSource {
  readonly key: string;
  readonly length: number;
  readonly valueBytes: 4 | 8;
  fill(table: Plane): void;
}

const tablesByEngine = new WeakMap<Engine, Map<string, SharedTable>>();

/**
 * Address of a table, made if this is its first user. Every user gives it back with `releaseTable`.
 * @throws EngineMemoryError
 */
export function acquireTable(engine: Engine, source: TableSource): number {
  let tables = tablesByEngine.get(engine);
  if (tables === undefined) {
    tables = new Map();
    tablesByEngine.set(engine, tables);
  }
  const { key, length, valueBytes } = source;
  let table = tables.get(key);
  if (table === undefined) {
    table = { pointer: engine.memory.allocate(length * valueBytes), users: 0 };
    const TableArray = valueBytes === 8 ? Float64Array : Float32Array;
    source.fill(new TableArray(engine.buffer, table.pointer, length));
    tables.set(key, table);
  }
  table.users++;
  return table.pointer;
}

/** Ends one use of a table; with the last one the memory goes back. */
export function releaseTable(engine: Engine, { key }: TableSource): void {
  const tables = tablesByEngine.get(engine);
  const table = tables?.get(key);
  if (tables === undefined || table === undefined) return;
  table.users--;
  if (table.users > 0) return;
  tables.delete(key);
  engine.memory.release(table.pointer);
}
