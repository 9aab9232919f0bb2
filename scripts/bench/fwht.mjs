// The Walsh–Hadamard transform by size: against a plain loop in JavaScript and, where there is a C compiler, against the
// same plan in C with SSE intrinsics (fwht-native.c), which stands for the limit of 128-bit lanes.
//
// What a processor does in a nanosecond changes by a third within seconds, with its clock and with its neighbours. So the
// contestants take turns of about a millisecond, on one core where `taskset` can pin them, and a ratio is the median, over
// many rounds, of one contestant's turn to the mean of the other's turns before and after it. A turn is the least of five
// repeats. The data are zeros, so that repeated transforms do not overflow.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Engine } from '../../dist/engine/engine.js';
import { Fwht } from '../../dist/transform/index.js';
import { median } from './_turns.mjs';

export const title = 'Walsh–Hadamard transform, float32, natural order (below 2^8 in batches of 64)';
export const protocol =
  'Microseconds are the least of all repeats. `ratioToNative` and `sequencyCost` are medians of turns of a millisecond that ' +
  'the contestants take one after the other on one core, each turn against those before and after it; native is C with SSE ' +
  'intrinsics, `-O3 -msse4.1`, the same plan.';

/** One call on a small size costs more than its transform. */
const batchOf = (log) => (log < 8 ? 64 : 1);

const REPEATS = 5;

/** Calls of a repeat, for some 200 µs. */
const callsOf = (log) => Math.max(1, Math.round(4e6 / (batchOf(log) * log * 2 ** log)));

/** Nanoseconds of one run: the least of the repeats of so many calls. */
function leastNanoseconds(fwht, calls, repeats) {
  let least = Infinity;
  for (let repeat = 0; repeat < repeats; repeat++) {
    const start = process.hrtime.bigint();
    for (let call = 0; call < calls; call++) fwht.run();
    least = Math.min(least, Number(process.hrtime.bigint() - start) / calls);
  }
  return least;
}

/** The plain loop's least nanoseconds by size, from a process of its own. */
function plainTimes(logs) {
  const program = join(import.meta.dirname, '_fwht-plain.mjs');
  const lines = execFileSync(process.execPath, [program, ...logs.map(String)], { encoding: 'utf8' }).trim();
  return new Map(lines.split('\n').map((line) => line.split(' ').map(Number)));
}

/** Puts this thread on one core, where the system can: what puts a command there, and what lets the thread go again. */
function pinToCore() {
  const pid = String(process.pid);
  const pin = (cores) => execFileSync('taskset', ['-p', '-c', cores, pid], { stdio: 'ignore' });
  try {
    const cores = execFileSync('taskset', ['-p', '-c', pid], { encoding: 'utf8' }).split(':')[1].trim();
    const [first] = cores.split(/[-,]/);
    pin(first);
    return { prefix: ['taskset', '-c', first], release: () => pin(cores) };
  } catch {
    return { prefix: [], release: () => {} };
  }
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

/** The native reference as a process that waits for its turns. */
function startNative(program, prefix) {
  const [command, ...rest] = [...prefix, program];
  const child = spawn(command, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async turn(log) {
      child.stdin.write(`${log} ${callsOf(log)} ${REPEATS}\n`);
      return Number((await answers.next()).value);
    },
    stop: () => child.stdin.end(),
  };
}

/** All rounds of one size. */
async function race(engine, log, rounds, native) {
  const batch = batchOf(log);
  const calls = callsOf(log);
  const [natural, sequency] = ['natural', 'sequency'].map(
    (order) => new Fwht(engine, { size: 2 ** log, batch, order }),
  );
  const turn = (fwht) => leastNanoseconds(fwht, calls, REPEATS) / batch;
  // What the first rounds find is still being compiled, and is thrown away.
  for (let round = 0; round < 10; round++) [natural, sequency].map(turn);
  const [times, toNative, costs] = [[], [], []];
  let nativeBefore = await native?.turn(log);
  let before = turn(natural);
  for (let round = 0; round < rounds; round++) {
    costs.push(turn(sequency));
    const time = turn(natural);
    costs[round] /= (before + time) / 2;
    before = time;
    times.push(time);
    if (native === undefined) continue;
    const nativeAfter = await native.turn(log);
    toNative.push((nativeBefore + nativeAfter) / 2 / time);
    nativeBefore = nativeAfter;
  }
  natural.dispose();
  sequency.dispose();
  return {
    time: Math.min(...times),
    toNative: native === undefined ? undefined : median(toNative),
    sequencyCost: median(costs),
  };
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
  const plain = new Map();
  for (let round = 0; round < (quick ? 1 : 3); round++) {
    for (const [log, time] of plainTimes(logs)) plain.set(log, Math.min(plain.get(log) ?? Infinity, time));
  }
  const folder = mkdtempSync(join(tmpdir(), 'paley-bench-'));
  const program = compileNative(folder);
  const { prefix, release } = pinToCore();
  const native = program === undefined ? undefined : startNative(program, prefix);
  const rows = [];
  for (const log of logs) {
    const { time, toNative, sequencyCost } = await race(engine, log, quick ? 12 : 60, native);
    rows.push({
      size: `2^${log}`,
      microseconds: time / 1000,
      gigaflops: (log * 2 ** log) / time,
      ratioToPlainLoop: plain.get(log) / time,
      ratioToNative: toNative,
      sequencyCost,
    });
  }
  native?.stop();
  release();
  rmSync(folder, { recursive: true });

  const many = new Fwht(engine, { size: 64, batch: 1024 });
  const one = new Fwht(engine, { size: 64 });
  const ratios = [];
  let together = Infinity;
  for (let round = 0; round < 40; round++) {
    const time = leastNanoseconds(many, 12, REPEATS) / 1024;
    ratios.push(leastNanoseconds(one, 6000, REPEATS) / time);
    together = Math.min(together, time);
  }
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
    { size: '1024 × 64 in a batch', microseconds: together / 1000, ratioToSingleCalls: median(ratios) },
  ].filter((row) => row !== undefined);
}
