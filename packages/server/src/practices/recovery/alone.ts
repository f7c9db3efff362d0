/** Which sites could restore this installation by themselves, with the recovery kit and nothing else. */
import { snapshotEpochOf } from '../../keyring/snapshot.ts';
import { backupOf } from '../../platform/repository/names.ts';
import type { Site } from '../../platform/sites/site.ts';

/** What a site needs for it. */
export const restoreParts = ['backup', 'safe', 'snapshot', 'ledger'] as const;
export type RestorePart = (typeof restoreParts)[number];

/**
 * Looks what lies there, by names alone; whether it is right, its own checks say. A share of a key opens nothing: of three safes and
 * more no site has one.
 * @returns what it lacks; `undefined` where it cannot be asked.
 */
export async function lacksForRestore(site: Site, safes: number): Promise<readonly RestorePart[] | undefined> {
  const names = async (purpose: Site['purposes'][number]) =>
    site.purposes.includes(purpose) ? await site.list(purpose) : [];
  try {
    const [backups, keys, ledger] = [await names('backups'), await names('safe'), await names('ledger')];
    const has: Readonly<Record<RestorePart, boolean>> = {
      backup: backups.some((name) => backupOf(name) !== undefined),
      safe: safes < 3 && keys.some((name) => name.endsWith('.epoch')),
      snapshot: ledger.some((name) => snapshotEpochOf(name) !== undefined),
      ledger: ledger.includes('erasures.ndjson'),
    };
    return restoreParts.filter((part) => !has[part]);
  } catch {
    return undefined;
  }
}
