/** The verbs of the command `paley`, and how one is found and run. */
import { readFileSync } from 'node:fs';
import { oneLine, printJson, UsageError, type Verb } from './_command.js';

interface Listed {
  /** The line after `paley` in the usage. */
  readonly usage: string;
  readonly summary: string;
  /** A verb is loaded when it is called for: usage and version need none of them. */
  readonly load: () => Promise<Verb>;
}

const verbs: Readonly<Record<string, Listed>> = {
  transcode: {
    usage: 'transcode IN OUT [options]',
    summary: 'one recording into another: resampled, coded or decoded on the way',
    load: async () => (await import('./transcode.js')).transcodeVerb,
  },
  info: {
    usage: 'info FILE [--json]',
    summary: 'what is in a file',
    load: async () => (await import('./info.js')).infoVerb,
  },
  verify: {
    usage: 'verify FILE [--json]',
    summary: 'every checksum and every packet; exit status 1 where one is wrong',
    load: async () => (await import('./verify.js')).verifyVerb,
  },
  compare: {
    usage: 'compare A B [--json]',
    summary: 'SNR, segmental SNR, SI-SDR, largest error and lag of B against A',
    load: async () => (await import('./compare.js')).compareVerb,
  },
  formats: {
    usage: 'formats FILE [options]',
    summary: 'every number format on this recording: bits, SNR, gain bias, speed',
    load: async () => (await import('./formats.js')).formatsVerb,
  },
  measure: {
    usage: 'measure resampler --from HZ --to HZ [options]',
    summary: 'the figures of docs/MEASURING.md for a quality and a pair of rates, and their pictures',
    load: async () => (await import('./measure.js')).measureVerb,
  },
};

const usage = () =>
  `usage:\n${Object.values(verbs)
    .map((verb) => `  paley ${verb.usage.padEnd(46)} ${verb.summary}`)
    .join('\n')}\n\npaley VERB --help tells the options of a verb, paley --version the version.\n`;

function version(): string {
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version;
}

async function runVerb(args: readonly string[]): Promise<number> {
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
  const { usage: line, summary, load } = verbs[name];
  const verb = await load();
  if (rest.includes('--help') || rest.includes('-h')) {
    process.stdout.write(`usage: paley ${line}\n${summary}\n\n${verb.help}\n`);
    return 0;
  }
  try {
    return await verb.run(rest);
  } catch (error) {
    if (rest.includes('--json') && !(error instanceof UsageError)) printJson({ error: oneLine(error) });
    throw error;
  }
}

/** Runs the command: whatever happens becomes one line and an exit status. */
export async function runCommand(args: readonly string[]): Promise<number> {
  try {
    return await runVerb(args);
  } catch (error) {
    process.stderr.write(`paley: ${oneLine(error)}\n`);
    if (!(error instanceof UsageError)) return 1;
    process.stderr.write(`${usage()}`);
    return 2;
  }
}
