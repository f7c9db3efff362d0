/** Which backups lie at the sites: from their manifests alone, so that a site and the key are enough. */
import type { KeyObject } from 'node:crypto';
import type { Site } from '../sites/site.ts';
import { ManifestError, readManifest, type SignedManifest } from './manifest.ts';
import { backupOf } from './names.ts';
import { type Damage, purpose, readFrom } from './store.ts';

export interface SiteCatalogue {
  readonly site: Site;
  /** Every name that lies there. */
  readonly names: readonly string[];
  /** Backups whose manifest holds, the oldest first. */
  readonly backups: readonly SignedManifest[];
  /** Manifests that do not. Each is there twice: one that is damaged costs nothing yet. */
  readonly damaged: readonly Damage[];
  /** Backups of which no manifest holds: what they have nobody knows. */
  readonly unreadable: readonly string[];
  /** Made by a later Obhut. */
  readonly newer: readonly string[];
}

const startOf = ({ manifest }: SignedManifest) => Date.parse(manifest.startedAt);

/** @throws where the site cannot be listed. */
export async function readCatalogue(site: Site, verifying: KeyObject): Promise<SiteCatalogue> {
  const names = await site.list(purpose);
  const found = new Map<string, SignedManifest>();
  const seen = new Set<string>();
  const newer = new Set<string>();
  const damaged: Damage[] = [];
  const copies = new Map<string, number>();
  for (const name of names) {
    const backup = backupOf(name);
    if (backup === undefined) continue;
    seen.add(backup);
    copies.set(backup, (copies.get(backup) ?? 0) + 1);
    const bytes = await site.read(purpose, name).catch(() => undefined);
    try {
      if (bytes === undefined) throw new ManifestError('manifest_damaged');
      const signed = readManifest(bytes, verifying);
      // A true manifest under another's name would stand for another.
      if (signed.manifest.backup !== backup) throw new ManifestError('manifest_damaged');
      found.set(backup, signed);
    } catch (error) {
      if (error instanceof ManifestError && error.code === 'manifest_newer') newer.add(backup);
      else damaged.push({ site: site.name, name, what: 'changed' });
    }
  }
  for (const [backup, count] of copies) {
    const { manifest } = found.get(backup) ?? {};
    if (count === 2 || manifest === undefined) continue;
    damaged.push({ site: site.name, name: `a manifest of ${backup}`, what: 'missing' });
  }
  return {
    site,
    names,
    backups: [...found.values()].sort((a, b) => startOf(a) - startOf(b)),
    damaged,
    unreadable: [...seen].filter((backup) => !found.has(backup) && !newer.has(backup)),
    newer: [...newer].filter((backup) => !found.has(backup)),
  };
}

/**
 * Whether each backup names the one before it. Those before the oldest were pruned.
 * @returns backups whose predecessor should be there and is not.
 */
export function brokenChain(backups: readonly SignedManifest[]): readonly string[] {
  const digests = new Set(backups.map(({ digest }) => digest));
  return backups
    .slice(1)
    .filter(({ manifest }) => manifest.previous === null || !digests.has(manifest.previous))
    .map(({ manifest }) => manifest.backup);
}

/** Reads every pack of a backup at one site and compares it with what the manifest says. */
export async function verifyAt(site: Site, { manifest }: SignedManifest): Promise<readonly Damage[]> {
  const damaged: Damage[] = [];
  for (const { packs } of manifest.streams)
    for (const pack of packs) {
      const found = await readFrom(site, pack);
      if (typeof found === 'string') damaged.push({ site: site.name, name: `p-${pack.digest}`, what: found });
    }
  return damaged;
}
