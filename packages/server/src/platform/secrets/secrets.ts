import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StartError } from '../config/start-error.ts';
import { OpenError, open, seal } from '../crypto/aead.ts';
import { SecretKey } from '../crypto/key.ts';
import { createFile, makePrivateFolder } from '../files/durable.ts';

/**
 * Small secrets of the installation itself (log-signing keys, database passwords), wrapped by the root key, outside
 * PostgreSQL, one file each.
 */
export interface SecretStore {
  /** The secret of this name; made by `make` and stored when there is none yet. */
  get(name: string, make: () => Uint8Array): Promise<Buffer>;
  /** A 256-bit key of this name. */
  key(name: string): Promise<SecretKey>;
  /** All that there are, still sealed under the root key: for a backup. */
  sealed(): Promise<ReadonlyMap<string, Buffer>>;
}

const sealedName = /^[a-z][a-z0-9-]{0,60}\.sealed$/;
const secretName = /^[a-z][a-z0-9-]{0,60}$/;

/** @throws StartError (`root_key_wrong`) when a secret does not open under this root key. */
export async function createSecretStore(rootKey: SecretKey, folder: string): Promise<SecretStore> {
  await makePrivateFolder(folder);

  async function get(name: string, make: () => Uint8Array): Promise<Buffer> {
    if (!secretName.test(name)) throw new TypeError('not a name of a secret');
    const path = join(folder, `${name}.sealed`);
    const place = { use: 'secret', object: name } as const;
    const sealed = await readFile(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (sealed === undefined) {
      const secret = Buffer.from(make());
      await createFile(path, seal(rootKey, place, secret));
      return secret;
    }
    try {
      return Buffer.from(open(rootKey, place, sealed));
    } catch (error) {
      if (!(error instanceof OpenError)) throw error;
      throw new StartError(
        'root_key_wrong',
        `${path} does not open.`,
        'It was changed, or belongs to another root key.',
      );
    }
  }

  return {
    get,
    async key(name) {
      const fresh = SecretKey.generate();
      const bytes = await get(name, () => SecretKey.bytesOf(fresh));
      const key = SecretKey.from(bytes);
      bytes.fill(0);
      return key;
    },
    async sealed() {
      const names = (await readdir(folder)).filter((name) => sealedName.test(name)).sort();
      const all = names.map(async (name) => [name, await readFile(join(folder, name))] as const);
      return new Map(await Promise.all(all));
    },
  };
}

/** Puts back what `sealed` gave. What is there stays as it is. @returns how many were put. */
export async function putSealed(folder: string, all: ReadonlyMap<string, Uint8Array>): Promise<number> {
  await makePrivateFolder(folder);
  let put = 0;
  for (const [name, content] of all) {
    if (!sealedName.test(name)) throw new TypeError('not a name of a secret');
    const path = join(folder, name);
    if (existsSync(path)) continue;
    await createFile(path, content);
    put += 1;
  }
  return put;
}
