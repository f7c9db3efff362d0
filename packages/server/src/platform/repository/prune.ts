/**
 * What is too old goes. The backup that was just made must be in the listing, or the listing is wrong and nothing goes
 * (restic#4612: an error that looked like an empty repository wiped it). Manifests go before their packs: whoever is killed
 * in between leaves packs that belong to nobody, never a backup that lacks some.
 */
import { parseLsn, segmentOf } from '../replication/lsn.ts';
import type { SiteCatalogue } from './catalogue.ts';
import { BackupError } from './errors.ts';
import { backupOf, isPackName, packName, walPartOf } from './names.ts';
import { purpose } from './store.ts';

export interface Retention {
  /** Younger than this stays. At most 35 days: of people re-keyed longer ago, no snapshot has the keys. */
  readonly keepMs: number;
  /** And so many of the newest good ones, however old. */
  readonly keepAtLeast: number;
}

export interface PruneOptions {
  readonly catalogue: SiteCatalogue;
  readonly retention: Retention;
  readonly now: Date;
  /** A backup that is known to lie there. */
  readonly mustHave: string;
  /** Whether all of it was read back and is right. */
  readonly isGood: (backup: string) => boolean;
}

/** What goes, in the order in which it goes. Nothing is changed yet. @throws BackupError `backup_listing_wrong` */
export function planPrune({ catalogue, retention, now, mustHave, isGood }: PruneOptions): readonly string[] {
  const { names, backups, unreadable, newer } = catalogue;
  if (!backups.some(({ manifest }) => manifest.backup === mustHave))
    throw new BackupError('backup_listing_wrong', 'the site does not list a backup that lies there');
  const good = backups.filter(({ manifest }) => isGood(manifest.backup)).slice(-retention.keepAtLeast);
  const enough = good.length >= retention.keepAtLeast;
  const kept = backups.filter(
    (one) =>
      !enough ||
      good.includes(one) ||
      one.manifest.backup === mustHave ||
      now.getTime() - Date.parse(one.manifest.startedAt) < retention.keepMs,
  );
  const ends = backups.filter((one) => !kept.includes(one));
  const needed = new Set(
    kept.flatMap(({ manifest }) =>
      manifest.streams.flatMap(({ packs }) => packs.map(({ digest }) => packName(digest))),
    ),
  );
  const gone = new Set(ends.map(({ manifest }) => manifest.backup));
  const manifests = names.filter((name) => gone.has(backupOf(name) ?? ''));
  // Of a backup that cannot be read nobody knows which packs it has: then none goes.
  const packs =
    unreadable.length + newer.length > 0 ? [] : names.filter((name) => isPackName(name) && !needed.has(name));
  return [...manifests, ...packs, ...(unreadable.length + newer.length > 0 ? [] : oldWal(names, kept))];
}

/** Of each history: what lies before the first backup that is kept. A history without a backup cannot be restored. */
function oldWal(names: readonly string[], kept: SiteCatalogue['backups']): readonly string[] {
  const firstOf = new Map<string, { readonly segment: bigint; readonly bytes: number }>();
  for (const { manifest } of kept) {
    const segment = segmentOf(parseLsn(manifest.startLsn), manifest.segmentBytes);
    const first = firstOf.get(manifest.lineage);
    if (first === undefined || segment < first.segment)
      firstOf.set(manifest.lineage, { segment, bytes: manifest.segmentBytes });
  }
  const parts = names.flatMap((name) => walPartOf(name, kept[0]?.manifest.segmentBytes ?? 1) ?? []);
  const wholes = new Set(
    parts.filter(({ whole }) => whole).map((part) => `${part.lineage} ${part.timeline} ${part.segment}`),
  );
  return parts
    .filter((part) => {
      const first = firstOf.get(part.lineage);
      if (first === undefined || part.segment < first.segment) return true;
      // Parts of a segment that is there whole.
      return !part.whole && wholes.has(`${part.lineage} ${part.timeline} ${part.segment}`);
    })
    .map(({ name }) => name);
}

/** A folder or bucket whose writer may not delete: so it can be wanted. */
const isDenied = (error: unknown) => ['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '');

/**
 * @returns how many objects went.
 * @throws BackupError `backup_delete_denied`: the writer may not, so nothing went, and the site's own rules have to see to it.
 */
export async function prune(options: PruneOptions): Promise<number> {
  const names = planPrune(options);
  for (const name of names)
    await options.catalogue.site.remove(purpose, name).catch((error: unknown) => {
      // Not the next ones either: a backup whose manifest stays keeps its packs.
      throw isDenied(error) ? new BackupError('backup_delete_denied', 'the site lets nobody delete from here') : error;
    });
  return names.length;
}
