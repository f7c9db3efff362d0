/**
 * The safes hold the epoch keys: the only place where deletion has to be real. One file per epoch and safe, wrapped by
 * the root key, never in the database, never in a backup.
 */
import { constants } from 'node:fs';
import { open as openHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { OpenError, unwrapKey, wrapKey } from '../platform/crypto/aead.ts';
import { commitment, type SecretKey, sameBytes } from '../platform/crypto/key.ts';
import { type EpochId, isUuid } from '../platform/ids/ids.ts';
import type { Site } from '../platform/sites/site.ts';

export interface Safes {
  /** How many safes there are (`m`) and how many are needed to rebuild a key (`k`). */
  readonly count: number;
  readonly needed: number;
  /** Durable in every reachable safe. @throws SafesUnreadable when fewer than `needed` took it. */
  store(epoch: EpochId, key: SecretKey): Promise<void>;
  /** @throws SafesUnreadable when fewer than `needed` safes can give it, or what they give does not match. */
  load(epoch: EpochId, expectedCommitment: Uint8Array): Promise<SecretKey>;
  /** Which epochs live: the safes say so, not the database. */
  living(): Promise<ReadonlySet<EpochId>>;
  /** Epochs of which any safe has a part left, also where it is too little to rebuild the key. */
  remains(): Promise<ReadonlySet<EpochId>>;
  /**
   * By the name of each safe the epochs of which it has its part, or the whole, as it was written; `undefined` where it
   * cannot be read.
   */
  held(): Promise<ReadonlyMap<string, ReadonlySet<EpochId> | undefined>>;
  /** Overwrites and removes the epoch's file in every safe, durably. @returns the safes in which it is gone. */
  destroy(epoch: EpochId): Promise<readonly string[]>;
}

export class SafesUnreadable extends Error {
  override readonly name = 'SafesUnreadable';
  readonly code = 'safes_unreadable';
}

const suffix = '.epoch';
export const fileOf = (epoch: EpochId) => `${epoch}${suffix}`;
export const placeOf = (epoch: EpochId) => ({ use: 'wrap-epoch-key', object: epoch }) as const;
export const commitmentBytes = 16;

export function epochOfFile(name: string): EpochId | undefined {
  const id = name.slice(0, -suffix.length);
  return name.endsWith(suffix) && isUuid(id) ? (id as EpochId) : undefined;
}

/** Safes that hold each key whole: one or two of them, either can rebuild it. */
export function createWholeSafes(sites: readonly Site[], rootKey: SecretKey): Safes {
  async function attempt<Result>(work: (site: Site) => Promise<Result>): Promise<Result[]> {
    const settled = await Promise.allSettled(sites.map(work));
    return settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  }

  return {
    count: sites.length,
    needed: 1,
    async store(epoch, key) {
      const { wrapped, commitment: committed } = wrapKey(rootKey, placeOf(epoch), key);
      const stored = await attempt((site) => site.create('safe', fileOf(epoch), Buffer.concat([committed, wrapped])));
      if (stored.length === 0) throw new SafesUnreadable('no safe took the new epoch key');
    },
    async load(epoch, expectedCommitment) {
      for (const site of sites) {
        const content = await site.read('safe', fileOf(epoch)).catch(() => undefined);
        if (content === undefined) continue;
        try {
          const { key } = unwrapKey(rootKey, placeOf(epoch), {
            commitment: content.subarray(0, commitmentBytes),
            wrapped: content.subarray(commitmentBytes),
          });
          if (sameBytes(commitment(key), expectedCommitment)) return key;
          key.destroy();
        } catch (error) {
          if (!(error instanceof OpenError)) throw error; // a damaged safe: the next one may be whole
        }
      }
      throw new SafesUnreadable(`no safe can give epoch ${epoch}`);
    },
    async living() {
      const lists = await attempt((site) => site.list('safe'));
      return new Set(lists.flat().flatMap((name) => epochOfFile(name) ?? []));
    },
    remains() {
      return this.living();
    },
    held: () => heldAt(sites, rootKey),
    async destroy(epoch) {
      // Each one, also when an earlier one fails; and then it has failed.
      const settled = await Promise.allSettled(sites.map((site) => destroyFile(site, fileOf(epoch))));
      const failed = settled.filter(({ status }) => status === 'rejected').length;
      if (failed > 0) throw new SafesUnreadable(`${failed} of ${sites.length} safes still hold epoch ${epoch}`);
      return sites.map(({ name }) => name);
    },
  };
}

/** What opens under the root key and its name is what was written: the seal says so. */
export async function heldAt(
  sites: readonly Site[],
  rootKey: SecretKey,
): Promise<ReadonlyMap<string, ReadonlySet<EpochId> | undefined>> {
  async function isWhole(site: Site, epoch: EpochId): Promise<boolean> {
    const content = await site.read('safe', fileOf(epoch));
    if (content === undefined) return false;
    try {
      const { key } = unwrapKey(rootKey, placeOf(epoch), {
        commitment: content.subarray(0, commitmentBytes),
        wrapped: content.subarray(commitmentBytes),
      });
      key.destroy();
      return true;
    } catch (error) {
      if (error instanceof OpenError) return false;
      throw error;
    }
  }
  async function epochsAt(site: Site): Promise<ReadonlySet<EpochId>> {
    const whole = new Set<EpochId>();
    for (const epoch of (await site.list('safe')).flatMap((name) => epochOfFile(name) ?? []))
      if (await isWhole(site, epoch)) whole.add(epoch);
    return whole;
  }
  return new Map(
    await Promise.all(sites.map(async (site) => [site.name, await epochsAt(site).catch(() => undefined)] as const)),
  );
}

export async function destroyFile(site: Site, name: string): Promise<void> {
  const size = await site.size('safe', name);
  if (size === undefined) return;
  const handle = await openHandle(join(site.folder('safe'), name), constants.O_WRONLY);
  try {
    // In place, so that the same blocks are overwritten where the file system does so at all.
    await handle.write(Buffer.alloc(size), 0, size, 0);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await site.remove('safe', name);
}
