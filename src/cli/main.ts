#!/usr/bin/env node
/** The command `paley`. */
import { runCommand } from './_verbs.js';

// A reader that goes away (`| head`) has what it wanted; Node would end in a stack trace.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

process.exitCode = await runCommand(process.argv.slice(2));
