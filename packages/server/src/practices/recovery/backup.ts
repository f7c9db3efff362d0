/**
 * One backup, in numbered steps. Whoever is killed in between leaves packs that belong to nobody and no manifest: nothing that
 * could be taken for a backup. The next one begins anew.
 *
 * What is in it: the cluster as PostgreSQL copies it, and the installation's small secrets as they lie there, sealed under the
 * root key. What never is: safes, the root key, the keyring snapshot (keys that had to die would live on in it).
 */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../platform/clock/clock.ts';
import { commitment, type SecretKey } from '../../platform/crypto/key.ts';
import { manifestKeys } from '../../platform/crypto/pack.ts';
import type { BaseBackupEnd } from '../../platform/replication/base-backup.ts';
import { formatLsn, type Lsn } from '../../platform/replication/lsn.ts';
import type { Replication } from '../../platform/replication/replication.ts';
import { readCatalogue } from '../../platform/repository/catalogue.ts';
import { BackupError } from '../../platform/repository/errors.ts';
import { formatVersion, type Manifest, type StreamName, writeManifest } from '../../platform/repository/manifest.ts';
import { manifestName } from '../../platform/repository/names.ts';
import type { Packer } from '../../platform/repository/packer.ts';
import { createSiteWriter, writeStream } from '../../platform/repository/store.ts';
import type { Site } from '../../platform/sites/site.ts';

/** In their order; a test stops at each. */
export const backupSteps = ['identify', 'copy', 'secrets', 'log', 'first-manifest', 'second-manifest'] as const;
export type BackupStep = (typeof backupSteps)[number];

export interface BackupOptions {
  readonly connect: () => Promise<Replication>;
  readonly packer: Packer;
  readonly sites: readonly Site[];
  readonly lineage: string;
  readonly backupKey: SecretKey;
  readonly rootKey: SecretKey;
  /** The installation's small secrets, sealed. */
  readonly secrets: () => Promise<ReadonlyMap<string, Buffer>>;
  /** Waits until everything before this place lies at a site. */
  readonly logStored: (lsn: Lsn) => Promise<void>;
  readonly clock: Clock;
  readonly versions: { readonly postgres: string; readonly obhut: string };
  readonly progress?: (doneBytes: number, totalBytes: number) => void;
  /** Before each step. */
  readonly reached?: (step: BackupStep) => Promise<void>;
}

export interface MadeBackup {
  readonly manifest: Manifest;
  readonly plainBytes: number;
  readonly storedBytes: number;
  /** Sites that have it, and those that failed on the way. */
  readonly sites: readonly string[];
  readonly missed: readonly string[];
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

async function* once(bytes: Uint8Array) {
  yield bytes;
}

/** The digest of the newest manifest at any site, which the new one names. */
async function newestDigest(options: BackupOptions): Promise<string | null> {
  const { verifying } = manifestKeys(options.backupKey);
  let newest: { readonly at: string; readonly digest: string } | undefined;
  for (const site of options.sites) {
    const catalogue = await readCatalogue(site, verifying).catch(() => undefined);
    const last = catalogue?.backups.at(-1);
    if (last !== undefined && (newest === undefined || last.manifest.startedAt > newest.at))
      newest = { at: last.manifest.startedAt, digest: last.digest };
  }
  return newest?.digest ?? null;
}

/** @throws ReplicationError, BackupError */
export async function makeBackup(options: BackupOptions): Promise<MadeBackup> {
  const { packer, sites, clock, reached = async () => undefined } = options;
  const backup = randomUUID();
  const startedAt = clock.now();
  const writer = createSiteWriter(sites);
  const write = (stream: StreamName, chunks: AsyncIterable<Uint8Array>) =>
    writeStream({ packer, writer }, backup, stream, chunks);
  if (sites.length === 0) throw new BackupError('backup_no_site', 'no site is for backups');

  await reached('identify');
  const previous = await newestDigest(options);
  const replication = await options.connect();
  try {
    const { systemId } = await replication.identify();
    const segmentBytes = await replication.segmentBytes();

    await reached('copy');
    const base = await replication.baseBackup(`obhut ${backup}`.slice(0, 60));
    const list: Buffer[] = [];
    let end: BaseBackupEnd | undefined;
    async function* archive() {
      const parts = base.parts();
      for (;;) {
        const { value, done } = await parts.next();
        if (done === true) {
          end = value;
          return;
        }
        if (value.kind === 'archive') yield value.bytes;
        else if (value.kind === 'manifest') list.push(value.bytes);
        else options.progress?.(value.doneBytes, base.totalBytes);
      }
    }
    const basePacks = await write('base.tar', archive());
    if (end === undefined) throw new BackupError('backup_damaged', 'the copy has no end');
    const listPacks = await write('backup_manifest', once(Buffer.concat(list)));

    await reached('secrets');
    const sealed = [...(await options.secrets())].map(([name, bytes]) => [name, bytes.toString('base64')]);
    const secretPacks = await write('secrets.json', once(Buffer.from(JSON.stringify(Object.fromEntries(sealed)))));

    // An idle database would never send the end of its last segment; the copy ended with a switch, so it does.
    await reached('log');
    await options.logStored(end.end);

    const manifest: Manifest = {
      format: 'obhut-backup',
      version: formatVersion,
      backup,
      lineage: options.lineage,
      systemId,
      timeline: end.timeline,
      segmentBytes,
      startLsn: formatLsn(base.start),
      endLsn: formatLsn(end.end),
      startedAt: startedAt.toISOString(),
      endedAt: clock.now().toISOString(),
      postgres: options.versions.postgres,
      obhut: options.versions.obhut,
      previous,
      streams: [
        { name: 'base.tar', packs: basePacks },
        { name: 'backup_manifest', packs: listPacks },
        { name: 'secrets.json', packs: secretPacks },
      ],
      needs: {
        rootKey: hex(commitment(options.rootKey)),
        backupKey: hex(commitment(options.backupKey)),
        purposes: ['safe', 'ledger', 'heads', 'objects'],
      },
    };
    const { bytes } = writeManifest(manifest, manifestKeys(options.backupKey).signing);
    await reached('first-manifest');
    await writer.create(manifestName(startedAt, backup, false), bytes);
    await reached('second-manifest');
    await writer.create(manifestName(startedAt, backup, true), bytes);
    const packs = manifest.streams.flatMap((stream) => stream.packs);
    return {
      manifest,
      plainBytes: packs.reduce((sum, pack) => sum + pack.plainBytes, 0),
      storedBytes: packs.reduce((sum, pack) => sum + pack.storedBytes, 0),
      sites: writer.sites.map(({ name }) => name),
      missed: [...writer.missed],
    };
  } finally {
    replication.close();
  }
}
