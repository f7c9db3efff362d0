/** The sentence on source code: measured by what lies at the sites, not by what the jobs say of themselves. */
import type { Observation, ProbeContext } from '../../../claims/probe.ts';
import { hourMs, measured, type Sentence } from '../../../claims/vocabulary.ts';
import type { Settings } from '../../../platform/config/settings.ts';
import type { Site } from '../../../platform/sites/site.ts';
import type { Shelf } from './shelf.ts';
import { lastProven } from './store.ts';

export interface SourceCodeNeeds {
  readonly settings: Settings['sourceCode'];
  /** Those for backups. */
  readonly sites: readonly Site[];
  readonly shelf: Pick<Shelf, 'newest'>;
}

/** A night, and the morning for trying again. */
const longestAgeMs = 30 * hourMs;

export function sourceCodeIsBackedUp({ settings, sites, shelf }: SourceCodeNeeds) {
  /** Whether the newest list of a site is of the last night, and all that it names is there. */
  async function isThere(site: Site, repository: string, since: string): Promise<boolean> {
    const newest = await shelf.newest(site, repository);
    if (newest === undefined || newest.at < since) return false;
    for (const { object, bytes } of newest.bundles) if ((await site.size('backups', object)) !== bytes) return false;
    return true;
  }

  return async ({ clock, database, operator, signal }: ProbeContext): Promise<Observation> => {
    const { repositories } = settings;
    if (repositories.length === 0) return { verdict: 'unknown', counts: {}, reason: 'no-repositories' };
    const since = new Date(clock.now().getTime() - longestAgeMs);
    const proven = await lastProven(database, operator);
    const counts = { repositories: repositories.length, sites: sites.length, refs: 0, behind: 0, missing: 0 };
    let isNew = false;
    for (const { name } of repositories) {
      const last = proven.get(name);
      if (last === undefined) isNew = true;
      else if (last.endedAt < since) counts.behind += 1;
      counts.refs += last?.refs ?? 0;
      for (const site of sites) {
        if (signal.aborted) return { verdict: 'unknown', counts, reason: 'timeout' };
        if (last !== undefined && !(await isThere(site, name, since.toISOString()).catch(() => false)))
          counts.missing += 1;
      }
    }
    if (counts.behind + counts.missing > 0) return { verdict: 'fails', counts };
    return isNew ? { verdict: 'unknown', counts, reason: 'nothing-yet' } : { verdict: 'holds', counts };
  };
}

export const sourceCodeSentence = (needs: SourceCodeNeeds): Sentence => ({
  id: 'recovery.source',
  statements: ['S29'],
  text: {
    de: 'Unser Quellcode wird jede Nacht gesichert.',
    en: 'Our source code is backed up every night.',
  },
  claims: [
    measured({
      id: 'recovery.source-nightly',
      predicate: {
        de: 'Jedes angegebene Repository wurde in der letzten Nacht gesichert und aus der Sicherung probeweise wiederhergestellt; an jedem Standort für Sicherungen liegt sie vollständig.',
        en: 'Each repository that is named was backed up last night and restored from the backup as a trial; at every site for backups it lies complete.',
      },
      limits: {
        de: 'Welche Repositories dazugehören, gibt der Betreiber an. Was nicht in Git liegt (Tickets, Wikis, große Dateien in LFS), ist nicht dabei.',
        en: 'Which repositories belong to it the operator says. What is not in Git (issues, wikis, large files in LFS) is not part of it.',
      },
      figures: {
        de: 'Repositories: {repositories}, Zweige und Marken: {refs}, Standorte: {sites}. Älter als eine Nacht: {behind}, an einem Standort unvollständig: {missing}.',
        en: 'Repositories: {repositories}, branches and tags: {refs}, sites: {sites}. Older than a night: {behind}, incomplete at a site: {missing}.',
      },
      references: [{ catalogue: 'ISO 27001:2022', id: 'A.8.13' }],
      probe: {
        version: 1,
        everyMs: hourMs,
        timeoutMs: 120_000,
        id: 'source-code-backed-up',
        run: sourceCodeIsBackedUp(needs),
      },
    }),
  ],
});
