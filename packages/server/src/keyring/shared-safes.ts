/**
 * Three safes and more hold shares of each epoch key, of which two rebuild it (Shamir, 1979): one silent safe stops neither
 * the work nor a destruction, and one stolen or forgotten safe alone gives nothing.
 */
import { combine, split } from 'shamir-secret-sharing';
import { OpenError, unwrapKey, wrapKey } from '../platform/crypto/aead.ts';
import { commitment, SecretKey, sameBytes } from '../platform/crypto/key.ts';
import type { EpochId } from '../platform/ids/ids.ts';
import type { Site } from '../platform/sites/site.ts';
import {
  commitmentBytes,
  createWholeSafes,
  destroyFile,
  epochOfFile,
  fileOf,
  heldAt,
  placeOf,
  type Safes,
  SafesUnreadable,
} from './safes.ts';

const needed = 2;
const keyBytes = 32;

/** Whole in each of one or two safes, shares in three and more. */
export function createSafes(sites: readonly Site[], rootKey: SecretKey): Safes {
  return sites.length < 3 ? createWholeSafes(sites, rootKey) : createSharedSafes(sites, rootKey);
}

function createSharedSafes(sites: readonly Site[], rootKey: SecretKey): Safes {
  /** The share of one safe; nothing where it is silent, damaged or under another root key. */
  async function shareAt(site: Site, epoch: EpochId): Promise<Uint8Array | undefined> {
    const content = await site.read('safe', fileOf(epoch)).catch(() => undefined);
    if (content === undefined) return undefined;
    try {
      const { key, attached } = unwrapKey(rootKey, placeOf(epoch), {
        commitment: content.subarray(0, commitmentBytes),
        wrapped: content.subarray(commitmentBytes),
      });
      const share = Uint8Array.from([...SecretKey.bytesOf(key), ...attached]);
      key.destroy();
      return share;
    } catch (error) {
      if (error instanceof OpenError) return undefined;
      throw error;
    }
  }

  async function found(): Promise<ReadonlyMap<EpochId, number>> {
    const counts = new Map<EpochId, number>();
    const lists = await Promise.all(sites.map((site) => site.list('safe').catch(() => [])));
    for (const epoch of lists.flat().flatMap((name) => epochOfFile(name) ?? []))
      counts.set(epoch, (counts.get(epoch) ?? 0) + 1);
    return counts;
  }

  return {
    count: sites.length,
    needed,
    async store(epoch, key) {
      const bytes = Uint8Array.from(SecretKey.bytesOf(key));
      const shares = await split(bytes, sites.length, needed);
      bytes.fill(0);
      const stored = await Promise.allSettled(
        sites.map((site, index) => {
          const share = shares[index] ?? new Uint8Array();
          const own = SecretKey.from(share.subarray(0, keyBytes));
          const { wrapped, commitment: committed } = wrapKey(rootKey, placeOf(epoch), own, share.subarray(keyBytes));
          own.destroy();
          return site.create('safe', fileOf(epoch), Buffer.concat([committed, wrapped]));
        }),
      );
      for (const share of shares) share.fill(0);
      if (stored.filter(({ status }) => status === 'fulfilled').length < needed)
        throw new SafesUnreadable(`fewer than ${needed} safes took their share of the new epoch key`);
    },
    async load(epoch, expectedCommitment) {
      const shares = (await Promise.all(sites.map((site) => shareAt(site, epoch)))).flatMap((one) => one ?? []);
      // Any two; should one of them be of another key, the next two may be right.
      for (const [index, one] of shares.entries())
        for (const other of shares.slice(index + 1)) {
          const bytes = await combine([one, other]).catch(() => undefined);
          if (bytes?.length !== keyBytes) continue;
          const key = SecretKey.from(bytes);
          bytes.fill(0);
          if (sameBytes(commitment(key), expectedCommitment)) return key;
          key.destroy();
        }
      throw new SafesUnreadable(`fewer than ${needed} safes can give epoch ${epoch}`);
    },
    async living() {
      return new Set([...(await found())].flatMap(([epoch, count]) => (count >= needed ? [epoch] : [])));
    },
    async remains() {
      return new Set((await found()).keys());
    },
    held: () => heldAt(sites, rootKey),
    async destroy(epoch) {
      const settled = await Promise.allSettled(sites.map((site) => destroyFile(site, fileOf(epoch))));
      const failed = settled.filter(({ status }) => status === 'rejected').length;
      // One share that is left rebuilds nothing; it goes when its safe is back.
      if (failed >= needed) throw new SafesUnreadable(`${failed} of ${sites.length} safes still hold epoch ${epoch}`);
      return sites.flatMap(({ name }, at) => (settled[at]?.status === 'fulfilled' ? [name] : []));
    },
  };
}
