/**
 * Phase tables in engine memory, one for all the processors of an engine that have the same design: a mixer with eight
 * 44.1 kHz inputs has one table in its cache, not eight.
 */
import type { Engine } from '../engine/engine.js';
import { fillPhaseTable, type PolyphaseDesign, tableBytes, tapsOf } from './design.js';

interface SharedTable {
  readonly pointer: number;
  users: number;
}

const tablesByEngine = new WeakMap<Engine, Map<string, SharedTable>>();

function keyOf({ preset, up, down, halfWidth }: PolyphaseDesign): string {
  return [up, down, halfWidth, preset.attenuationDecibels, preset.cutoff].join(' ');
}

/**
 * Address of the table of a design, made if this is its first user. Every user gives it back with `releasePhaseTable`.
 * @throws EngineMemoryError
 */
export function acquirePhaseTable(engine: Engine, design: PolyphaseDesign): number {
  let tables = tablesByEngine.get(engine);
  if (tables === undefined) {
    tables = new Map();
    tablesByEngine.set(engine, tables);
  }
  const key = keyOf(design);
  let table = tables.get(key);
  if (table === undefined) {
    table = { pointer: engine.memory.allocate(tableBytes(design)), users: 0 };
    fillPhaseTable(design, new Float32Array(engine.buffer, table.pointer, design.up * tapsOf(design)));
    tables.set(key, table);
  }
  table.users++;
  return table.pointer;
}

/** Ends one use of a design's table; with the last one the memory goes back. */
export function releasePhaseTable(engine: Engine, design: PolyphaseDesign): void {
  const tables = tablesByEngine.get(engine);
  const table = tables?.get(keyOf(design));
  if (tables === undefined || table === undefined) return;
  table.users--;
  if (table.users > 0) return;
  tables.delete(keyOf(design));
  engine.memory.release(table.pointer);
}
