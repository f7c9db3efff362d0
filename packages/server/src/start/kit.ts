/** `recovery-kit` makes the kit, `recovery-kit rehearse FILE` proves that it opens and fits. Both run beside the server. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { systemClock } from '../platform/clock/clock.ts';
import type { Settings } from '../platform/config/settings.ts';
import { StartError } from '../platform/config/start-error.ts';
import { manifestKeys } from '../platform/crypto/pack.ts';
import { createFile } from '../platform/files/durable.ts';
import { readCatalogue } from '../platform/repository/catalogue.ts';
import {
  KitError,
  type KitKeys,
  makeKit,
  newPassphrase,
  openKit,
  parseKit,
  shortestPassphrase,
} from '../platform/secrets/kit.ts';
import { loadRootKey } from '../platform/secrets/root-key.ts';
import { createSecretStore } from '../platform/secrets/secrets.ts';
import { kitPage, kitWordsOn } from './kit-page.ts';
import type { Language } from './language.ts';
import { askServer } from './machine-client.ts';
import { backupKeyName } from './recovery.ts';
import { openSites } from './sites.ts';

const wrong = (message: string, hint: string) => new StartError('kit_wrong', message, hint);

/** A line from the terminal, not shown while it is typed; or from what is piped in. */
async function ask(question: string): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  process.stderr.write(`  ${question} `);
  const lines = createInterface({ input: process.stdin, output: silent, terminal: process.stdin.isTTY === true });
  for await (const line of lines) {
    lines.close();
    process.stderr.write('\n');
    return line;
  }
  return '';
}

async function openFile(file: string, language: Language): Promise<{ readonly id: string; readonly keys: KitKeys }> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw wrong(`${file} cannot be read.`, 'Name the file that recovery-kit made.');
  });
  try {
    const kit = parseKit(text);
    return { id: kit.id, keys: await openKit(kit, await ask(kitWordsOn[language].passphrase)) };
  } catch (error) {
    if (!(error instanceof KitError)) throw error;
    throw wrong(`The kit does not open: ${error.message}.`, 'Look for typing mistakes, or take another copy of it.');
  }
}

/** For a restore on a machine that has no keys. @throws StartError */
export async function readKit(file: string, language: Language): Promise<KitKeys> {
  return (await openFile(file, language)).keys;
}

async function ownKeys(settings: Settings): Promise<KitKeys> {
  const folder = join(settings.data, 'keys');
  if (settings.rootKey === 'file' && !existsSync(join(folder, 'root.key')))
    throw new StartError(
      'root_key_missing',
      'There is no installation here yet.',
      'Start Obhut once, then make the kit.',
    );
  const rootKey = await loadRootKey(settings.rootKey, folder);
  const secrets = await createSecretStore(rootKey, join(folder, 'secrets'));
  return { rootKey, backupKey: await secrets.key(backupKeyName) };
}

async function make(settings: Settings, words: readonly string[], folder: string, language: Language): Promise<number> {
  const out = words[0] === '--out' && words[1] !== undefined ? resolve(folder, words[1]) : folder;
  const own = words.includes('--own-passphrase');
  const t = kitWordsOn[language];
  const passphrase = own ? await ask(t.choose(shortestPassphrase)) : newPassphrase();
  if (passphrase.trim().length < shortestPassphrase)
    throw wrong(
      `The passphrase has fewer than ${shortestPassphrase} characters.`,
      'Take a longer one, or let Obhut make it.',
    );
  const kit = await makeKit(await ownKeys(settings), passphrase, systemClock.now());
  const text = `${JSON.stringify(kit, undefined, 2)}\n`;
  const name = `recovery-kit-${kit.id.slice(0, 8)}`;
  await createFile(join(out, `${name}.json`), Buffer.from(text));
  await createFile(join(out, `${name}.html`), Buffer.from(kitPage(kit, settings.operator, language)));
  process.stdout.write(`${t.made(join(out, name), own ? undefined : passphrase)}\n`);
  return 0;
}

async function rehearse(settings: Settings, file: string, language: Language): Promise<number> {
  const t = kitWordsOn[language];
  const text = parseKitFile(await readFile(file, 'utf8').catch(() => ''));
  const { id, keys } = await openFile(file, language);
  const { verifying } = manifestKeys(keys.backupKey);
  const sites = (await openSites(settings)).filter(({ purposes }) => purposes.includes('backups'));
  for (const site of sites) {
    const { backups, unreadable } = await readCatalogue(site, verifying);
    process.stdout.write(`  ${t.opens(site.name, backups.length, unreadable.length)}\n`);
    if (backups.length === 0 && unreadable.length > 0)
      throw wrong('The kit opens, but no backup of this installation is under its key.', 'Make a new kit.');
  }
  const status = (
    await askServer(settings, '/kit-rehearsed', { kit: id, rootKey: text.rootKey, backupKey: text.backupKey })
  )?.status;
  if (status === undefined)
    throw wrong(
      'The kit opens, but Obhut does not run here, so the rehearsal could not be entered.',
      'Start it and rehearse again.',
    );
  if (status !== 201) throw wrong('The kit opens, but its keys are not those of this installation.', 'Make a new kit.');
  process.stdout.write(`  ${t.rehearsed}\n`);
  return 0;
}

const parseKitFile = (text: string) => {
  try {
    return parseKit(text);
  } catch {
    return { rootKey: '', backupKey: '' };
  }
};

/** @returns the exit code. @throws StartError */
export async function recoveryKit(
  settings: Settings,
  words: readonly string[],
  folder: string,
  language: Language,
): Promise<number> {
  const [first, second] = words;
  if (first === 'rehearse' && second !== undefined) return rehearse(settings, resolve(folder, second), language);
  if (first === undefined || first === '--out' || first === '--own-passphrase')
    return make(settings, words, folder, language);
  throw new StartError(
    'setting_invalid',
    'That is no word for the recovery kit.',
    'recovery-kit [--out FOLDER] [--own-passphrase], or recovery-kit rehearse FILE.',
  );
}
