// The Walsh–Hadamard transform by size: against a plain loop in JavaScript and, where there is a C compiler, against the
// same plan in C with SSE intrinsics (fwht-native.c), which stands for the limit of 128-bit lanes.
//
// Every figure is the least of many repeats in several rounds, in which the contestants take turns: whatever else the
// machine does only ever adds. The data are zeros, so that repeated transforms do not overflow.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Engine } from '../../dist/engine/engine.js';
import { Fwht } from '../../dist/transform/index.js';

export const name = 'fwht';
export const title = 'Walsh–Hadamard transform, float32, natural order (below 2^8 in batches of 64)';

/** One call on a small size costs more than its transform. */
const batchOf = (log) => (log < 8 ? 64 : 1);

/** Nanoseconds of one run, which takes about `estimate`. */
function leastNanoseconds(fwht, estimate, repeats) {
  const calls = Math.max(1, Math.round(2e5 / estimate));
  let least = Infinity;
  for (let repeat = 0; repeat < repeats; repeat++) {
    const start = process.hrtime.bigint();
    for (let call = 0; call < calls; call++) fwht.run();
    least = Math.min(least, Number(process.hrtime.bigint() - start) / calls);
  }
  return least;
}

/** Lines "log nanoseconds" of a child process as a map. */
function readTimes(command, logs) {
  const lines = execFileSync(command[0], [...command.slice(1), ...logs.map(String)], { encoding: 'utf8' }).trim();
  return new Map(lines.split('\n').map((line) => line.split(' ').map(Number)));
}

/** Compiles the native reference into the folder; undefined where there is no C compiler for this processor. */
function compileNative(folder) {
  const program = join(folder, 'fwht-native');
  for (const compiler of [process.env.CC, 'gcc', 'cc', 'clang']) {
    if (!compiler) continue;
    try {
      const source = join(import.meta.dirname, 'fwht-native.c');
      execFileSync(compiler, ['-O3', '-msse4.1', source, '-o', program], { stdio: 'ignore' });
      execFileSync(program, ['check']);
      return program;
    } catch {
      // Not there, or not for x86: the next one, or no ratio at all.
    }
  }
  return undefined;
}

function geometricMean(values) {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

function meanRow(label, rows, column) {
  const values = rows.map((row) => row[column]).filter((value) => value !== undefined);
  return values.length === 0 ? undefined : { size: label, [column]: geometricMean(values) };
}

export async function run({ quick }) {
  const logs = [4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20].filter(
    (log) => !quick || [4, 6, 8, 10, 12, 14, 16, 20].includes(log),
  );
  const engine = await Engine.load({ memory: 16 * 2 ** 20 });
  const folder = mkdtempSync(join(tmpdir(), 'paley-bench-'));
  const native = compileNative(folder);
  const best = { wasm: new Map(), sequency: new Map(), plain: new Map(), native: new Map() };
  const keep = (times, log, time) => times.set(log, Math.min(times.get(log) ?? Infinity, time));

  for (let round = 0; round < (quick ? 2 : 5); round++) {
    for (const log of logs) {
      const batch = batchOf(log);
      const estimate = (batch * log * 2 ** log) / 20;
      for (const [order, times] of [
        ['natural', best.wasm],
        ['sequency', best.sequency],
      ]) {
        const fwht = new Fwht(engine, { size: 2 ** log, batch, order });
        keep(times, log, leastNanoseconds(fwht, estimate, quick ? 40 : 100) / batch);
        fwht.dispose();
      }
    }
    for (const [log, time] of readTimes([process.execPath, join(import.meta.dirname, '_fwht-plain.mjs')], logs)) {
      keep(best.plain, log, time);
    }
    if (native === undefined) continue;
    for (const [log, time] of readTimes([native], logs)) keep(best.native, log, time / batchOf(log));
  }
  rmSync(folder, { recursive: true });

  const rows = logs.map((log) => {
    const time = best.wasm.get(log);
    return {
      size: `2^${log}`,
      microseconds: time / 1000,
      gigaflops: (log * 2 ** log) / time,
      ratioToPlainLoop: best.plain.get(log) / time,
      ratioToNative: native === undefined ? undefined : best.native.get(log) / time,
      sequencyCost: best.sequency.get(log) / time,
    };
  });

  const many = new Fwht(engine, { size: 64, batch: 1024 });
  const one = new Fwht(engine, { size: 64 });
  const together = leastNanoseconds(many, 17e3, 200) / 1024;
  const alone = leastNanoseconds(one, 30, 200);
  many.dispose();
  one.dispose();

  return [
    ...rows,
    meanRow(
      'geometric mean from 2^10',
      rows.filter((_, i) => logs[i] >= 10),
      'ratioToPlainLoop',
    ),
    meanRow(
      'geometric mean from 2^8',
      rows.filter((_, i) => logs[i] >= 8),
      'ratioToNative',
    ),
    meanRow(
      'geometric mean from 2^8',
      rows.filter((_, i) => logs[i] >= 8),
      'sequencyCost',
    ),
    { size: '1024 × 64 in a batch', microseconds: together / 1000, ratioToSingleCalls: alone / together },
  ].filter((row) => row !== undefined);
}
