/** A site that missed something, or lost it, gets it from another. Only what was checked is copied. */
import type { KeyObject } from 'node:crypto';
import type { Site } from '../sites/site.ts';
import { type Manifest, readManifest, type SignedManifest } from './manifest.ts';
import { backupOf, manifestName, packName, walPartOf } from './names.ts';
import type { Packer } from './packer.ts';
import { exists, purpose, readFrom } from './store.ts';
import { readWal } from './wal-archive.ts';

export interface Healed {
  readonly copied: number;
  /** Names that no site has right. */
  readonly lost: readonly string[];
}

async function put(site: Site, name: string, bytes: Buffer): Promise<void> {
  await site.create(purpose, name, bytes).catch(async (error: unknown) => {
    // What lies there is wrong.
    if (!exists(error)) throw error;
    await site.remove(purpose, name);
    await site.create(purpose, name, bytes);
  });
}

/** Brings one backup at a site in order: packs first, the manifests last, as at its making. */
export async function healAt(
  site: Site,
  others: readonly Site[],
  signed: SignedManifest,
  verifying: KeyObject,
): Promise<Healed> {
  const { manifest } = signed;
  let copied = 0;
  const lost: string[] = [];
  for (const { packs } of manifest.streams)
    for (const pack of packs) {
      if (typeof (await readFrom(site, pack)) !== 'string') continue;
      let found: Buffer | undefined;
      for (const other of others) {
        const bytes = await readFrom(other, pack);
        if (typeof bytes === 'string') continue;
        found = bytes;
        break;
      }
      if (found === undefined) lost.push(packName(pack.digest));
      else {
        await put(site, packName(pack.digest), found);
        copied += 1;
      }
    }
  if (lost.length > 0) return { copied, lost };
  const isRight = (bytes: Buffer | undefined) => {
    try {
      return bytes !== undefined && readManifest(bytes, verifying).digest === signed.digest;
    } catch {
      return false;
    }
  };
  for (const copy of [false, true]) {
    const name = manifestName(new Date(manifest.startedAt), manifest.backup, copy);
    if (isRight(await site.read(purpose, name).catch(() => undefined))) continue;
    for (const from of [site, ...others]) {
      const names = (await from.list(purpose).catch(() => [])).filter((one) => backupOf(one) === manifest.backup);
      for (const one of names) {
        const bytes = await from.read(purpose, one).catch(() => undefined);
        if (bytes === undefined || !isRight(bytes)) continue;
        await put(site, name, bytes);
        copied += 1;
        break;
      }
      if (isRight(await site.read(purpose, name).catch(() => undefined))) break;
    }
  }
  return { copied, lost };
}

/** Whole segments of the log that a site lacks, from another. Each is opened before: only what is right is copied. */
export async function healWal(
  site: Site,
  others: readonly Site[],
  packer: Packer,
  manifests: readonly Manifest[],
): Promise<number> {
  const here = new Set(await site.list(purpose));
  const ofLineage = new Map(manifests.map((manifest) => [manifest.lineage, manifest]));
  let copied = 0;
  for (const other of others)
    for (const name of await other.list(purpose).catch((): readonly string[] => [])) {
      const manifest = ofLineage.get(name.split('-')[1] ?? '');
      const part = manifest === undefined ? undefined : walPartOf(name, manifest.segmentBytes);
      if (manifest === undefined || part?.whole !== true || here.has(name)) continue;
      const right = await readWal({ packer, sites: [other] }, manifest, part).catch(() => undefined);
      const bytes = right === undefined ? undefined : await other.read(purpose, name);
      if (bytes === undefined) continue;
      here.add(name);
      try {
        await site.create(purpose, name, bytes);
        copied += 1;
      } catch (error) {
        // The log is carried meanwhile: it has come by itself.
        if (!exists(error)) throw error;
      }
    }
  return copied;
}
