/**
 * What the verbs share: arguments read strictly, failures in one line, and the exit status.
 */
import { parseArgs } from 'node:util';

/** The command was not written as it has to be: exit status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** One verb. */
export interface Verb {
  /** What its options are, a line each. */
  readonly help: string;
  /** Runs the verb on its arguments; resolves to the exit status. */
  readonly run: (args: readonly string[]) => Promise<number>;
}

/** Options of a verb: `true` for a switch, a word for the value that follows, in brackets where it may come several times. */
export type OptionTable = Readonly<Record<string, true | string | readonly [string]>>;

export interface Arguments {
  readonly positionals: readonly string[];
  /** True where the switch was given. */
  has(name: string): boolean;
  /** The value of an option, undefined where it was not given. */
  text(name: string): string | undefined;
  /** The values of an option that may come several times. */
  texts(name: string): readonly string[];
  /** The value as a number in `[minimum, maximum]`. */
  number(name: string, minimum: number, maximum: number): number | undefined;
  /** The value as a whole number. */
  integer(name: string, minimum: number, maximum: number): number | undefined;
  /** The value as one of some words. */
  oneOf<T extends string>(name: string, allowed: readonly T[]): T | undefined;
}

/** Reads arguments; throws UsageError for unknown options and for another number of positionals than `names` has. */
export function readArguments(args: readonly string[], table: OptionTable, names: readonly string[]): Arguments {
  const options: Record<string, { type: 'boolean' | 'string'; multiple: boolean }> = {};
  for (const [name, value] of Object.entries(table)) {
    options[name] = { type: value === true ? 'boolean' : 'string', multiple: Array.isArray(value) };
  }
  let parsed: ReturnType<typeof parseArgs>;
  try {
    parsed = parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    // Node explains at length how to escape; its first sentence says what is wrong.
    throw new UsageError((error as Error).message.split(/[.\n] /)[0].replace(/\.$/, ''));
  }
  const { values, positionals } = parsed;
  if (positionals.length !== names.length) {
    throw new UsageError(`expected ${names.join(' and ')}, got ${positionals.length} of ${names.length} names`);
  }
  const text = (name: string) => values[name] as string | undefined;
  const number = (name: string, minimum: number, maximum: number) => {
    const given = text(name);
    if (given === undefined) return undefined;
    const value = given.trim() === '' ? Number.NaN : Number(given);
    if (value >= minimum && value <= maximum) return value;
    throw new UsageError(`--${name} expected a number from ${minimum} to ${maximum}, got '${given}'`);
  };
  return {
    positionals,
    has: (name) => values[name] === true,
    text,
    texts: (name) => (values[name] ?? []) as string[],
    number,
    integer(name, minimum, maximum) {
      const value = number(name, minimum, maximum);
      if (value === undefined || Number.isInteger(value)) return value;
      throw new UsageError(`--${name} expected a whole number, got '${text(name)}'`);
    },
    oneOf<T extends string>(name: string, allowed: readonly T[]) {
      const value = text(name);
      if (value === undefined || allowed.includes(value as T)) return value as T | undefined;
      throw new UsageError(`--${name} expected one of ${allowed.join(', ')}, got '${value}'`);
    },
  };
}

/** A failure as the one line people see. */
export function oneLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n', 1)[0];
}

/** Writes an object as the only thing on standard output. */
export function printJson(value: unknown): void {
  const plain = (_: string, item: unknown) => {
    if (typeof item === 'bigint') return item.toString();
    // JSON has no infinities; null would hide which one it was.
    return typeof item === 'number' && !Number.isFinite(item) ? String(item) : item;
  };
  process.stdout.write(`${JSON.stringify(value, plain, 2)}\n`);
}

/** Label and value, aligned. */
export function printRows(rows: readonly (readonly [string, string])[]): void {
  const width = Math.max(...rows.map(([label]) => label.length));
  for (const [label, value] of rows) process.stdout.write(`${label.padEnd(width)}  ${value}\n`);
}
