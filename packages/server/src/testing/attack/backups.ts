/** The attacker has the backups too, and the key that opens them: it lies under the root key. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../platform/clock/clock.ts';
import { SecretKey } from '../../platform/crypto/key.ts';
import { replicationRole } from '../../platform/database/roles.ts';
import { openReplication } from '../../platform/replication/replication.ts';
import { readTar } from '../../platform/replication/tar.ts';
import { createPacker } from '../../platform/repository/packer.ts';
import { readStream } from '../../platform/repository/store.ts';
import { streamOf } from '../../platform/repository/unpack.ts';
import { createFolderSite } from '../../platform/sites/site.ts';
import { makeBackup } from '../../practices/recovery/backup.ts';
import type { ClusterAddress } from '../cluster.ts';
import { type Recording, withoutPageHeaders } from './recorder.ts';

/** A backup as the product makes it now, unpacked into its files. @param wanted which of them the attacker reads. */
export async function robBackup(cluster: ClusterAddress, wanted: (path: string) => boolean): Promise<Recording[]> {
  const folder = await mkdtemp(join(tmpdir(), 'obhut-robbed-'));
  const backupKey = SecretKey.generate();
  const packer = createPacker(backupKey, 1);
  try {
    const sites = [await createFolderSite({ name: 'a', path: folder, country: 'DE', purposes: ['backups'] }, ['DE'])];
    const { manifest } = await makeBackup({
      connect: () =>
        openReplication({
          host: cluster.socketFolder,
          port: 5432,
          user: replicationRole,
          password: cluster.password,
          application: 'obhut test backup',
        }),
      packer,
      sites,
      lineage: '0000000000000000',
      backupKey,
      rootKey: SecretKey.generate(),
      secrets: async () => new Map(),
      logStored: async () => undefined,
      clock: systemClock,
      versions: { postgres: '18', obhut: 'test' },
    });
    const chunks = readStream({ packer, sites }, manifest.backup, streamOf(manifest, 'base.tar'), () => undefined);
    const files = new Map<string, Buffer[]>();
    let path = '';
    for await (const part of readTar(chunks)) {
      if (part.kind !== 'content') path = part.path;
      else if (wanted(path)) files.set(path, [...(files.get(path) ?? []), Buffer.from(part.bytes)]);
    }
    return [...files].map(([name, parts]) => {
      const bytes = Buffer.concat(parts);
      return { name: `backup/${name}`, bytes: name.startsWith('pg_wal/') ? withoutPageHeaders(bytes) : bytes };
    });
  } finally {
    await packer.close();
    await rm(folder, { recursive: true, force: true });
  }
}
