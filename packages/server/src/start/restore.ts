/**
 * `restore`: from a site to a database that can be started. A plan first, which changes nothing; with `--yes` the deed. Runs
 * where the server does not (it takes the data folder's lock). It starts nothing that serves: the next start does, sealed until
 * the erasure ledger was replayed.
 */
import { existsSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Settings } from '../platform/config/settings.ts';
import { asStartError, StartError } from '../platform/config/start-error.ts';
import { commitment, type SecretKey } from '../platform/crypto/key.ts';
import { placeOf, restoringFolder } from '../platform/database/embedded.ts';
import { createFile, makePrivateFolder, syncFolder } from '../platform/files/durable.ts';
import { lockFolder } from '../platform/files/lock.ts';
import { ReplicationError } from '../platform/replication/errors.ts';
import { BackupError } from '../platform/repository/errors.ts';
import { renewLineage } from '../platform/repository/lineage.ts';
import { createPacker, type Packer } from '../platform/repository/packer.ts';
import type { Damage } from '../platform/repository/store.ts';
import { readWhole } from '../platform/repository/unpack.ts';
import { loadRootKey } from '../platform/secrets/root-key.ts';
import { createSecretStore, putSealed } from '../platform/secrets/secrets.ts';
import { planRestore, type RestorePlan, type RestoreStep, restoreCluster } from '../practices/recovery/restore.ts';
import type { Language } from './language.ts';
import { backupKeyName } from './recovery.ts';
import { restoreWords } from './restore-words.ts';
import { openSites } from './sites.ts';

export interface RestoreWish {
  readonly at?: Date;
  readonly backup?: string;
  readonly yes: boolean;
  /** Keys from a recovery kit, for a machine that has none. */
  readonly kit?: { readonly rootKey: SecretKey; readonly backupKey: SecretKey };
}

export interface RestoreOutput {
  line(text: string): void;
  progress(share: number): void;
}

export interface RestoreRun {
  readonly settings: Settings;
  readonly wish: RestoreWish;
  readonly language: Language;
  readonly output: RestoreOutput;
  /** For a test: before each step. */
  readonly reached?: (step: RestoreStep | 'in-place') => Promise<void>;
}

const refused = (message: string, hint: string) => new StartError('restore_refused', message, hint);

/** Everything that keeps a restore from being done, as something that the operator can mend. */
function asRefusal(error: unknown, data: string): unknown {
  if (error instanceof BackupError || error instanceof ReplicationError)
    return refused(
      `It cannot be restored: ${error.message}.`,
      `Nothing was changed (${error.code}; docs/recovery.md).`,
    );
  return asStartError(error, data);
}

/** The keys that are here, or those of the kit. @throws StartError where there is none. */
async function keysOf({ settings, wish }: RestoreRun): Promise<{ rootKey: SecretKey; backupKey: SecretKey }> {
  const keys = join(settings.data, 'keys');
  if (settings.rootKey === 'file' && !existsSync(join(keys, 'root.key'))) {
    if (wish.kit === undefined)
      throw new StartError(
        'root_key_missing',
        'This machine has no root key.',
        'Give the recovery kit: restore --kit FILE.',
      );
    return wish.kit;
  }
  const rootKey = await loadRootKey(settings.rootKey, keys);
  if (wish.kit !== undefined) return { rootKey, backupKey: wish.kit.backupKey };
  if (!existsSync(join(keys, 'secrets', `${backupKeyName}.sealed`)))
    throw new StartError(
      'root_key_missing',
      'This machine has no backup key.',
      'Give the recovery kit: restore --kit FILE.',
    );
  const secrets = await createSecretStore(rootKey, join(keys, 'secrets'));
  return { rootKey, backupKey: await secrets.key(backupKeyName) };
}

/** Root key, backup key and the installation's small secrets, where they are missing. */
async function putKeys(
  { settings }: RestoreRun,
  { rootKey, backupKey }: { readonly rootKey: SecretKey; readonly backupKey: SecretKey },
  sealed: ReadonlyMap<string, Buffer>,
): Promise<void> {
  const keys = join(settings.data, 'keys');
  await makePrivateFolder(keys);
  const file = join(keys, 'root.key');
  if (settings.rootKey === 'file' && !existsSync(file)) await createFile(file, Buffer.from(`${rootKey.toBase64()}\n`));
  await loadRootKey(settings.rootKey, keys);
  const folder = join(keys, 'secrets');
  await putSealed(folder, sealed);
  const secrets = await createSecretStore(rootKey, folder);
  await secrets.get(backupKeyName, () => Buffer.from(backupKey.toBase64(), 'base64'));
}

async function secretsOf(
  plan: RestorePlan,
  options: Parameters<typeof readWhole>[0],
): Promise<ReadonlyMap<string, Buffer>> {
  const parsed: unknown = JSON.parse(
    (await readWhole({ ...options, manifest: plan.manifest }, 'secrets.json')).toString(),
  );
  return new Map(
    Object.entries(parsed as Readonly<Record<string, string>>).map(([name, text]) => [
      name,
      Buffer.from(text, 'base64'),
    ]),
  );
}

/** @returns the exit code. @throws StartError */
export async function restore(run: RestoreRun): Promise<number> {
  const { settings, wish, language, output } = run;
  const t = restoreWords[language];
  if (settings.database.url !== undefined)
    throw refused(
      'DATABASE_URL names a PostgreSQL of your own, which Obhut does not replace.',
      'Restore into the embedded one (leave DATABASE_URL away), and take what you need from there (docs/recovery.md).',
    );
  await mkdir(settings.data, { recursive: true, mode: 0o711 });
  const lock = await lockFolder(join(settings.data, 'lock'), settings.data);
  let packer: Packer | undefined;
  try {
    const keys = await keysOf(run);
    const sites = (await openSites(settings)).filter(({ purposes }) => purposes.includes('backups'));
    if (sites.length === 0) throw refused('No site has the purpose backups.', 'Add it to a site in obhut.yaml.');
    packer = createPacker(keys.backupKey, 2);
    const plan = await planRestore({
      sites,
      packer,
      backupKey: keys.backupKey,
      ...(wish.at !== undefined && { at: wish.at }),
      ...(wish.backup !== undefined && { backup: wish.backup }),
    });
    if (Buffer.from(commitment(keys.rootKey)).toString('hex') !== plan.manifest.needs.rootKey)
      throw new StartError(
        'root_key_wrong',
        'The backup belongs to another root key.',
        'Without the right one the safes do not open, and nothing of the data could be read.',
      );
    const { home } = await placeOf(settings.data);
    const target = join(home, 'postgres');
    for (const line of t.plan(plan, target)) output.line(line);
    if (existsSync(target)) {
      if (!wish.yes) output.line(t.inTheWay(target));
      else
        throw refused(
          `${target} is there already.`,
          'Move it away first; do not delete it before the restored one was looked at.',
        );
    }
    if (!wish.yes) {
      output.line(t.sayYes);
      return 0;
    }
    const damages: Damage[] = [];
    const damaged = (damage: Damage) => void damages.push(damage);
    const sealed = await secretsOf(plan, { manifest: plan.manifest, packer, sites, damaged });
    const cluster = await restoreCluster({
      plan,
      packer,
      sites,
      data: settings.data,
      folder: restoringFolder,
      damaged,
      progress: (done, total) => output.progress(total === 0 ? 1 : done / total),
      ...(run.reached !== undefined && { reached: run.reached }),
    });
    await cluster.stop();
    await putKeys(run, keys, sealed);
    await renewLineage(settings.data);
    await run.reached?.('in-place');
    // From here on it is a database that can be started; before, it was none.
    await rename(join(home, restoringFolder), target);
    await syncFolder(home);
    for (const { site, name, what } of damages) output.line(t.damage(site, name, what));
    output.line(t.done);
    return 0;
  } catch (error) {
    throw asRefusal(error, settings.data);
  } finally {
    await packer?.close();
    await lock.release();
  }
}
