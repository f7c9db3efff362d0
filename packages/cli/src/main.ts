#!/usr/bin/env node
import { languageOf } from './language.ts';
import { run } from './run.ts';
import { createTerminal } from './terminal.ts';

// Node 20 calls Ed25519 in WebCrypto experimental, once, in the middle of our output. Other warnings stay.
process.removeAllListeners('warning');
process.on('warning', (warning) => {
  if (warning.name !== 'ExperimentalWarning') process.stderr.write(`${warning.name}: ${warning.message}\n`);
});
// `obhut journal | head`: who has read enough closes the pipe, and that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

process.exitCode = await run(createTerminal(process, languageOf(process.env)), process.argv.slice(2));
