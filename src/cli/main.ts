#!/usr/bin/env node
/** The command `paley`: finds the verb, runs it, and turns whatever happens into one line and an exit status. */
import { readFileSync } from 'node:fs';
import { oneLine, printJson, UsageError, type Verb } from './_command.js';
import { compareVerb } from './compare.js';
import { infoVerb } from './info.js';
import { transcodeVerb } from './transcode.js';
import { verifyVerb } from './verify.js';

const verbs: Readonly<Record<string, Verb>> = {
  transcode: transcodeVerb,
  info: infoVerb,
  verify: verifyVerb,
  compare: compareVerb,
};

const usage = () =>
  `usage:\n${Object.values(verbs)
    .map((verb) => `  paley ${verb.usage.padEnd(28)} ${verb.summary}`)
    .join('\n')}\n\npaley VERB --help tells the options of a verb, paley --version the version.\n`;

function version(): string {
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version;
}

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === '--version') {
    process.stdout.write(`${version()}\n`);
    return 0;
  }
  if (name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(usage());
    return 0;
  }
  if (name === undefined) throw new UsageError('a verb is missing');
  if (!Object.hasOwn(verbs, name)) throw new UsageError(`there is no verb '${name}'`);
  const verb = verbs[name];
  if (rest.includes('--help') || rest.includes('-h')) {
    process.stdout.write(`usage: paley ${verb.usage}\n${verb.summary}\n\n${verb.help}\n`);
    return 0;
  }
  try {
    return await verb.run(rest);
  } catch (error) {
    if (rest.includes('--json') && !(error instanceof UsageError)) printJson({ error: oneLine(error) });
    throw error;
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`paley: ${oneLine(error)}\n`);
  if (error instanceof UsageError) process.stderr.write(`${usage()}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
