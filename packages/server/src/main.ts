/** The process: read the settings, start, say where, stop gracefully. */
import { resolve } from 'node:path';
import { type GenerationReason, generationReasons } from './journal/never-fork.ts';
import { loadSettings } from './platform/config/load.ts';
import { StartError } from './platform/config/start-error.ts';
import { rolesSql } from './platform/database/roles.ts';
import { startBanner } from './start/banner.ts';
import { drill } from './start/drill.ts';
import { checkJournal } from './start/fsck.ts';
import { readKit, recoveryKit } from './start/kit.ts';
import { terminalLanguage } from './start/language.ts';
import { type RestoreOutput, type RestoreWish, restore } from './start/restore.ts';
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
    'Without words it starts. Others: config check, db roles, drill, journal fsck, restore, recovery-kit, source list, source restore, --new-generation REASON.',
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

/** The words after `restore`. @throws StartError for any that it does not know. */
async function restoreWish(words: readonly string[]): Promise<RestoreWish> {
  let wish: RestoreWish = { yes: false };
  let kit: string | undefined;
  for (let i = 0; i < words.length; i += 1) {
    const [word, value = ''] = [words[i], words[i + 1]];
    if (word === '--yes') wish = { ...wish, yes: true };
    else if (
      word === '--at' &&
      /^\d{4}-\d{2}-\d{2}T.+([Zz]|[+-]\d{2}:\d{2})$/.test(value) &&
      !Number.isNaN(Date.parse(value))
    )
      wish = { ...wish, at: new Date(value) };
    else if (word === '--kit' && value !== '') kit = value;
    else if (word === '--backup' && /^[0-9a-f-]{36}$/.test(value)) wish = { ...wish, backup: value };
    else
      throw new StartError(
        'setting_invalid',
        'That is no way to restore.',
        'restore [--at 2026-11-25T03:00:00+01:00] [--backup ID] [--kit FILE] [--yes]; the time with its offset (docs/recovery.md).',
      );
    if (word !== '--yes') i += 1;
  }
  return kit === undefined ? wish : { ...wish, kit: await readKit(resolve(folder, kit), language) };
}

const output: RestoreOutput = {
  line: (text) => void process.stdout.write(`  ${text}\n`),
  progress(share) {
    if (process.stdout.isTTY)
      process.stdout.write(
        `\r  ${'█'.repeat(Math.round(share * 40)).padEnd(40, '·')} ${Math.floor(share * 100)} %${share >= 1 ? '\n' : ''}`,
      );
  },
};

async function main(): Promise<void> {
  const words = process.argv.slice(2);
  if (words[0] === 'recovery-kit') {
    process.exitCode = await recoveryKit(loadSettings(process.env, folder), words.slice(1), folder, language);
    return;
  }
  if (words[0] === 'restore') {
    const wish = await restoreWish(words.slice(1));
    process.exitCode = await restore({ settings: loadSettings(process.env, folder), wish, language, output });
    return;
  }
  if (words[0] === 'drill') {
    process.exitCode = await drill(loadSettings(process.env, folder), words.slice(1), language);
    return;
  }
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
