// `npm run bench [name …] [-- --json] [-- --quick]`: runs the benchmarks of this folder and prints a table each.
import { readdirSync } from 'node:fs';
import { arch, cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean' }, quick: { type: 'boolean' } },
  allowPositionals: true,
});

const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.mjs') && !/^(run\.mjs|_)/.test(name));
const benches = await Promise.all(files.map((file) => import(join(import.meta.dirname, file))));
const unknown = positionals.filter((wanted) => !benches.some(({ name }) => name === wanted));
if (unknown.length > 0) {
  console.error(`no benchmark '${unknown[0]}'; there are ${benches.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

function show(value) {
  if (value === undefined || value === null) return '–';
  if (typeof value !== 'number' || Number.isInteger(value)) return String(value);
  return value >= 1000 ? value.toFixed(0) : value.toPrecision(3);
}

function printTable(rows) {
  const columns = [...new Set(rows.flatMap(Object.keys))];
  const cells = [columns, ...rows.map((row) => columns.map((column) => show(row[column])))];
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => line[index].length)));
  for (const line of cells) {
    console.log(
      line.map((cell, index) => (index === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[index]))).join('  '),
    );
  }
}

const machine = `Node ${process.version}, ${arch()}, ${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown processor'}`;
const results = {};
for (const { name, title, run } of benches) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  const rows = await run({ quick: values.quick === true });
  results[name] = rows;
  if (values.json) continue;
  console.log(`\n${title ?? name}\n`);
  printTable(rows);
}
if (values.json)
  console.log(JSON.stringify({ machine, date: new Date().toISOString().slice(0, 10), results }, null, 2));
else console.log(`\n${machine}`);
