// `npm run bench [name …] [-- --json | --write] [-- --quick]`: runs the benchmarks of this folder and prints a table
// each. `--write` keeps the tables in docs/BENCHMARKS.md, beside those of the benchmarks that were not run.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { arch, cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean' }, write: { type: 'boolean' }, quick: { type: 'boolean' } },
  allowPositionals: true,
});

const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.mjs') && !/^(run\.mjs|_)/.test(name));
const names = files.map((file) => file.replace('.mjs', ''));
const unknown = positionals.filter((wanted) => !names.includes(wanted));
if (unknown.length > 0) {
  console.error(`no benchmark '${unknown[0]}'; there are ${names.join(', ')}`);
  process.exit(2);
}
const wanted = positionals.length > 0 ? names.filter((name) => positionals.includes(name)) : names;

function show(value) {
  if (value === undefined || value === null) return '–';
  if (typeof value !== 'number' || Number.isInteger(value)) return String(value);
  return value >= 1000 ? value.toFixed(0) : value.toPrecision(3);
}

function toCells(rows) {
  const columns = [...new Set(rows.flatMap(Object.keys))];
  return [columns, ...rows.map((row) => columns.map((column) => show(row[column])))];
}

function printTable(rows) {
  const cells = toCells(rows);
  const widths = cells[0].map((_, column) => Math.max(...cells.map((line) => line[column].length)));
  for (const line of cells) {
    const padded = line.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column])));
    console.log(padded.join('  '));
  }
}

function toMarkdown(rows) {
  const [head, ...lines] = toCells(rows).map((line) => `| ${line.join(' | ')} |`);
  return [head, head.replace(/[^|]+/g, ' --- '), ...lines].join('\n');
}

const machine = `Node ${process.version}, ${arch()}, ${cpus().length} cores, ${cpus()[0]?.model ?? 'unknown processor'}`;
const date = new Date().toISOString().slice(0, 10);
const document = join(import.meta.dirname, '../../docs/BENCHMARKS.md');

/** The sections of the document so far, by the benchmark's name. */
function readSections() {
  const text = existsSync(document) ? readFileSync(document, 'utf8') : '';
  const parts = text.split(/^<!-- bench: ([\w-]+) -->\n/m);
  return new Map(names.flatMap((name) => (parts.includes(name) ? [[name, parts[parts.indexOf(name) + 1]]] : [])));
}

/** Puts one benchmark's tables in their place. */
function writeSection(name, section) {
  const sections = readSections().set(name, section);
  const head = `# Benchmarks

Written by \`npm run bench -- --write\`: ${machine}, nothing else running; each section has its date. Ratios are taken within
one run and carry over to other machines better than the figures beside them.
`;
  const ordered = names.filter((other) => sections.has(other));
  const body = ordered.map((other) => `<!-- bench: ${other} -->\n${sections.get(other).trim()}\n`);
  writeFileSync(document, [head, ...body].join('\n'));
}

const results = {};
for (const name of wanted) {
  const { title, protocol, run } = await import(join(import.meta.dirname, `${name}.mjs`));
  const rows = await run({ quick: values.quick === true });
  results[name] = rows;
  if (values.write) {
    const paragraphs = [`## ${title ?? name}`, `${date}.${protocol ? ` ${protocol}` : ''}`, toMarkdown(rows)];
    writeSection(name, paragraphs.join('\n\n'));
  }
  if (values.json) continue;
  console.log(`\n${title ?? name}\n`);
  printTable(rows);
}

if (values.json) console.log(JSON.stringify({ machine, date, results }, null, 2));
else console.log(`\n${machine}`);
