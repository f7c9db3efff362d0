/**
 * What the canary keeps of its people, as somebody would who copied a backup: ciphertexts and wrapped keys, beside the ledger
 * at every site, so that a restart does not make the hunter forget what it hunts. Nothing in it opens without an epoch key.
 */
import type { KeptCopy } from '../../keyring/prober.ts';
import type { OrderId } from '../../platform/ids/ids.ts';
import type { Site } from '../../platform/sites/site.ts';

export interface Hunted {
  readonly copy: KeptCopy;
  readonly order: OrderId;
  /** When its order was placed, in milliseconds. */
  readonly since: number;
}

export interface Copies {
  /** @throws where no site answers: a hunter that has forgotten proves nothing. */
  load(): Promise<readonly Hunted[]>;
  save(hunted: readonly Hunted[]): Promise<void>;
}

const bytes = '\u0000bytes:';

/** Bytes as base64 with a mark that no other text of ours has. */
const write = (hunted: readonly Hunted[]) =>
  JSON.stringify(hunted, (_key, value: unknown) => {
    const { type, data } = (value ?? {}) as { type?: string; data?: number[] };
    return type === 'Buffer' && data !== undefined ? `${bytes}${Buffer.from(data).toString('base64')}` : value;
  });

const read = (text: string) =>
  JSON.parse(text, (_key, value: unknown) =>
    typeof value === 'string' && value.startsWith(bytes) ? Buffer.from(value.slice(bytes.length), 'base64') : value,
  ) as readonly Hunted[];

/** @param node each server hunts its own. */
export function createCopies(sites: readonly Site[], node: string): Copies {
  const name = `canaries-${node.toLowerCase().replaceAll(/[^0-9a-z.-]/g, '-')}.json`;
  return {
    async load() {
      const found = await Promise.allSettled(sites.map((site) => site.read('ledger', name)));
      if (found.every(({ status }) => status === 'rejected')) throw new Error('no site has the copies of the canary');
      const kept = found.flatMap((one) => (one.status === 'fulfilled' && one.value !== undefined ? [one.value] : []));
      // A site that was away may have fewer of them, or older ones.
      return kept
        .map((content) => read(content.toString()))
        .reduce<readonly Hunted[]>(
          (best, one) => ((one.at(-1)?.since ?? 0) > (best.at(-1)?.since ?? 0) ? one : best),
          [],
        );
    },
    async save(hunted) {
      const content = Buffer.from(write(hunted));
      const written = await Promise.allSettled(sites.map((site) => site.replace('ledger', name, content)));
      if (written.every(({ status }) => status === 'rejected'))
        throw new Error('no site took the copies of the canary');
    },
  };
}
