/** Backups of the source code, put together: the jobs, and the sentence that says whether they do their work. */
import { join } from 'node:path';
import type { Check } from '../../../alerts/checks.ts';
import type { Clock } from '../../../platform/clock/clock.ts';
import type { Settings } from '../../../platform/config/settings.ts';
import type { SecretKey } from '../../../platform/crypto/key.ts';
import type { Database } from '../../../platform/database/database.ts';
import type { CustomerId } from '../../../platform/ids/ids.ts';
import type { Site } from '../../../platform/sites/site.ts';
import type { SourceCodeNeeds } from './claim.ts';
import { createGit } from './git.ts';
import { createSourceBackups, type SourceBackups } from './nightly.ts';
import { createShelf, sourceCodeKey } from './shelf.ts';
import { createNightStore } from './store.ts';

export interface SourceCode {
  readonly backups: SourceBackups;
  readonly needs: SourceCodeNeeds;
  /** Raise an alarm for each repository whose newest night failed. */
  readonly checks: readonly Check[];
}

export interface SourceCodeOptions {
  readonly settings: Settings;
  readonly database: Database;
  readonly clock: Clock;
  readonly rootKey: SecretKey;
  readonly sites: readonly Site[];
  readonly node: string;
  readonly operator: () => Promise<CustomerId>;
  readonly failed: (repository: string, code: string) => void;
}

/** A first clone of a large repository takes long. */
export const gitLongestMs = 2 * 3_600_000;

export const sitesForBackups = (sites: readonly Site[]): readonly Site[] =>
  sites.filter(({ purposes }) => purposes.includes('backups'));

export function createSourceCode(options: SourceCodeOptions): SourceCode {
  const { settings, database, clock, rootKey, node, operator, failed } = options;
  const sites = sitesForBackups(options.sites);
  const shelf = createShelf(sites, sourceCodeKey(rootKey));
  const backups = createSourceBackups({
    settings: settings.sourceCode,
    store: createNightStore(database, operator, node),
    git: createGit(gitLongestMs),
    shelf,
    sites,
    folder: join(settings.data, 'source-code'),
    clock,
    failed,
  });
  return {
    backups,
    needs: { settings: settings.sourceCode, sites, shelf },
    checks: [
      {
        name: 'source-code',
        everyMs: 60_000,
        codes: ['source_backup_failed'],
        run: async () =>
          (await backups.failing()).map(({ repository, code }) => ({
            code: 'source_backup_failed',
            subject: repository,
            refs: { reason: code },
          })),
      },
    ],
  };
}
