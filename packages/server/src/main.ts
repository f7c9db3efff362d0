/** The process: read the settings, start, say where, stop gracefully. */
import { type GenerationReason, generationReasons } from './journal/never-fork.ts';
import { loadSettings } from './platform/config/load.ts';
import { StartError } from './platform/config/start-error.ts';
import { rolesSql } from './platform/database/roles.ts';
import { startBanner } from './start/banner.ts';
import { checkJournal } from './start/fsck.ts';
import { terminalLanguage } from './start/language.ts';
import { listSource, restoreSource } from './start/source.ts';
import { start } from './start/start.ts';

const language = terminalLanguage(process.env);
// npm starts us in the root of the project; there the settings and the data are.
const folder = process.env.INIT_CWD ?? process.cwd();

function fail(error: unknown): never {
  if (error instanceof StartError) {
    process.stderr.write(`\n  ${error.message}\n  ${error.hint}\n  (${error.code})\n\n`);
  } else {
    // Not the message: it may hold what must not be in a log. Name and place lead us there.
    const { name, stack } = error instanceof Error ? error : new Error('unknown');
    const place = stack
      ?.split('\n')
      .filter((line) => line.trim().startsWith('at '))
      .slice(0, 6)
      .join('\n');
    process.stderr.write(`\n  Obhut cannot start: ${name}. This is a defect; please report it.\n${place}\n\n`);
  }
  process.exit(1);
}

function wantedGeneration(words: readonly string[]): GenerationReason | undefined {
  const at = words.indexOf('--new-generation');
  if (at < 0) return undefined;
  const reason = generationReasons.find((known) => known === words[at + 1]);
  if (reason === undefined)
    throw new StartError(
      'setting_invalid',
      '--new-generation wants a reason.',
      `One of: ${generationReasons.join(', ')}.`,
    );
  return reason;
}

function unknownWord(): StartError {
  return new StartError(
    'setting_invalid',
    'That is no command of the server.',
    'Without words it starts. Others: config check, db roles, journal fsck, source list, source restore, --new-generation REASON.',
  );
}

async function serve(words: readonly string[]): Promise<void> {
  const newGeneration = wantedGeneration(words);
  const settingsNow = () => loadSettings(process.env, folder);
  const running = await start(settingsNow(), { settingsNow, ...(newGeneration !== undefined && { newGeneration }) });
  process.stdout.write(startBanner(running.facts, language));
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    // A second signal does not wait any longer.
    if (stopping) process.exit(130);
    stopping = true;
    running.stop().then(
      () => process.exit(signal === 'SIGINT' ? 130 : 0),
      () => process.exit(1),
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

async function main(): Promise<void> {
  const words = process.argv.slice(2);
  switch (words.slice(0, 2).join(' ')) {
    case 'config check':
      loadSettings(process.env, folder);
      process.stdout.write(language === 'de' ? 'Die Einstellungen sind gültig.\n' : 'The settings are valid.\n');
      return;
    case 'db roles':
      process.stdout.write(rolesSql('obhut'));
      return;
    case 'source list':
      process.exitCode = await listSource(loadSettings(process.env, folder), words[2], language);
      return;
    case 'source restore':
      process.exitCode = await restoreSource(loadSettings(process.env, folder), words.slice(2), folder, language);
      return;
    case 'journal fsck':
      process.exitCode = await checkJournal(loadSettings(process.env, folder), language);
      return;
    default: {
      const strange = words.find((word, i) => word !== '--new-generation' && words[i - 1] !== '--new-generation');
      if (strange !== undefined) throw unknownWord();
      return serve(words);
    }
  }
}

main().catch(fail);
