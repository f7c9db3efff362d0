/** A backup becomes a folder that PostgreSQL can start on: files, the log up to a place, every file compared with its digest. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, type FileHandle, mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { UnixUser } from '../database/unprivileged.ts';
import { formatLsn, type Lsn, segmentFile } from '../replication/lsn.ts';
import { readTar } from '../replication/tar.ts';
import type { Site } from '../sites/site.ts';
import { BackupError } from './errors.ts';
import type { Manifest, StreamName } from './manifest.ts';
import type { Packer } from './packer.ts';
import { type Damage, readStream } from './store.ts';
import { readWal, type WalRun } from './wal-archive.ts';

export interface UnpackOptions {
  readonly manifest: Manifest;
  readonly packer: Packer;
  readonly sites: readonly Site[];
  /** Made here; must not exist. */
  readonly folder: string;
  /** Whom the files belong to, where PostgreSQL runs as another. */
  readonly user: UnixUser | undefined;
  readonly damaged: (damage: Damage) => void;
  readonly progress?: (doneBytes: number, totalBytes: number) => void;
}

export const streamOf = (manifest: Manifest, name: StreamName) => {
  const stream = manifest.streams.find((one) => one.name === name);
  if (stream === undefined) throw new BackupError('backup_damaged', `the backup has no ${name}`);
  return stream;
};

/** The whole of a small stream. */
export async function readWhole(
  options: Pick<UnpackOptions, 'manifest' | 'packer' | 'sites' | 'damaged'>,
  name: StreamName,
): Promise<Buffer> {
  const { manifest, damaged } = options;
  return Buffer.concat(await Array.fromAsync(readStream(options, manifest.backup, streamOf(manifest, name), damaged)));
}

/** @throws BackupError `backup_damaged` when a file is missing or not the one that PostgreSQL listed. */
export async function unpackBase(options: UnpackOptions): Promise<void> {
  const { manifest, folder, user, damaged, progress } = options;
  const stream = streamOf(manifest, 'base.tar');
  const totalBytes = stream.packs.reduce((sum, { plainBytes }) => sum + plainBytes, 0);
  const digests = new Map<string, { readonly digest: string; readonly size: number }>();
  const own = async (path: string) => {
    if (user !== undefined) await chown(path, user.uid, user.gid);
  };
  await mkdir(folder, { mode: 0o700 });
  await own(folder);

  async function* chunks() {
    let doneBytes = 0;
    for await (const chunk of readStream(options, manifest.backup, stream, damaged)) {
      yield chunk;
      doneBytes += chunk.length;
      progress?.(doneBytes, totalBytes);
    }
  }

  let file:
    | { readonly handle: FileHandle; readonly path: string; readonly hash: ReturnType<typeof createHash>; size: number }
    | undefined;
  async function endFile(): Promise<void> {
    if (file === undefined) return;
    await file.handle.close();
    digests.set(file.path, { digest: file.hash.digest('hex'), size: file.size });
    file = undefined;
  }
  try {
    for await (const part of readTar(chunks())) {
      if (part.kind === 'content') {
        if (file === undefined) throw new BackupError('backup_damaged', 'content without a file');
        await file.handle.writeFile(part.bytes);
        file.hash.update(part.bytes);
        file.size += part.bytes.length;
        continue;
      }
      await endFile();
      const path = join(folder, part.path);
      if (part.kind === 'folder') {
        await mkdir(path, { mode: 0o700, recursive: true });
        await own(path);
        continue;
      }
      file = { handle: await open(path, 'wx', 0o600), path: part.path, hash: createHash('sha256'), size: 0 };
      if (user !== undefined) await file.handle.chown(user.uid, user.gid);
    }
    await endFile();
  } finally {
    await file?.handle.close();
  }
  compare(await readWhole(options, 'backup_manifest'), digests);
}

interface ListedFile {
  readonly Path?: string;
  readonly Size: number;
  readonly Checksum: string;
}

/** With PostgreSQL's own list ("Backup Manifest Format", chapter 72): what it named is there, byte for byte. */
function compare(list: Buffer, found: ReadonlyMap<string, { readonly digest: string; readonly size: number }>): void {
  const { Files: files } = JSON.parse(list.toString('utf8')) as { readonly Files: readonly ListedFile[] };
  if (files.length === 0) throw new BackupError('backup_damaged', "PostgreSQL's list of files is empty");
  for (const { Path: path, Size: size, Checksum: checksum } of files) {
    const file = found.get(path ?? '');
    if (file?.size !== size || file.digest !== checksum)
      throw new BackupError('backup_damaged', `${path ?? 'a file'} is not the one that was copied`);
  }
}

/** Puts the log into `pg_wal`. A segment that came with the copy stays, unless all of it was carried. */
export async function unpackWal(
  options: Pick<UnpackOptions, 'manifest' | 'packer' | 'sites' | 'folder' | 'user'>,
  run: WalRun,
): Promise<void> {
  const { manifest, folder, user } = options;
  const size = manifest.segmentBytes;
  const bySegment = Map.groupBy(run.parts, ({ segment }) => segment);
  for (const [segment, parts] of bySegment) {
    const path = join(folder, 'pg_wal', segmentFile(manifest.timeline, segment, size));
    const isWhole = parts.at(-1)?.to === size;
    if (!isWhole && existsSync(path)) continue;
    const bytes = Buffer.alloc(size);
    for (const part of parts) bytes.set((await readWal(options, manifest, part)).bytes, part.from);
    await writeFile(path, bytes, { mode: 0o600 });
    if (user !== undefined) await chown(path, user.uid, user.gid);
  }
}

/** How far the log is to be replayed: to a time, or up to a place in the log and nothing behind it. */
export type RecoveryTarget = Date | Lsn | undefined;

function targetSettings(target: RecoveryTarget): Readonly<Record<string, string>> {
  if (target === undefined) return {};
  return target instanceof Date
    ? { recovery_target_time: target.toISOString().replace('T', ' ').replace('Z', '+00') }
    : { recovery_target_lsn: formatLsn(target), recovery_target_inclusive: 'off' };
}

/** How PostgreSQL is to replay the log; for the command line of its start. */
export function recoverySettings(target: RecoveryTarget): Readonly<Record<string, string>> {
  return {
    // The log lies in pg_wal already; nothing is fetched.
    restore_command: 'exit 1',
    recovery_target_timeline: 'current',
    recovery_target_action: 'promote',
    // Nobody may look before it is where it should be.
    hot_standby: 'off',
    ...targetSettings(target),
  };
}

/** Without this file PostgreSQL would take the folder for one that crashed, and not replay to a target. */
export async function signalRecovery(folder: string, user: UnixUser | undefined): Promise<void> {
  const path = join(folder, 'recovery.signal');
  await writeFile(path, '', { mode: 0o600 });
  if (user !== undefined) await chown(path, user.uid, user.gid);
}

/** Whether PostgreSQL ended because no commit is as young as the target: then what it has is what there was at that time. */
export async function endedBeforeTarget(logFile: string): Promise<boolean> {
  const text = await readFile(logFile, 'utf8').catch(() => '');
  return text.slice(-4_000).includes('recovery ended before configured recovery target was reached');
}
