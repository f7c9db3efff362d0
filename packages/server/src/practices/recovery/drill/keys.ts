/**
 * The restored database's keys, in the order of a real start after a restore (`app.ts`): safes, ledger, keyring snapshot,
 * replay. Then the question whether those who were erased since are dead and the others can be read.
 *
 * It is the copy that is changed, and nothing else: sites and safes are handed over so that every write is refused. No
 * journal is opened, so nothing can be entered or signed; no messages, no jobs.
 */
import { createLedger } from '../../../custody/erasure/ledger.ts';
import { deadIds, replay } from '../../../custody/erasure/replay.ts';
import { createOrderStore } from '../../../custody/erasure/store.ts';
import { createLookupStore } from '../../../custody/lookup-store.ts';
import { createFences } from '../../../journal/fence.ts';
import { createLogs } from '../../../journal/logs.ts';
import { createKeyring } from '../../../keyring/keyring.ts';
import { restoreKeys } from '../../../keyring/restore.ts';
import type { Safes } from '../../../keyring/safes.ts';
import { createSafes } from '../../../keyring/shared-safes.ts';
import type { Clock } from '../../../platform/clock/clock.ts';
import type { SecretKey } from '../../../platform/crypto/key.ts';
import type { Database } from '../../../platform/database/database.ts';
import type { TableDeclaration } from '../../../platform/database/tables.ts';
import type { CustomerId } from '../../../platform/ids/ids.ts';
import type { SecretStore } from '../../../platform/secrets/secrets.ts';
import type { Site } from '../../../platform/sites/site.ts';
import { type Canary, canaryCollection } from './canaries.ts';

const refuse = async (): Promise<never> => {
  throw new Error('a drill changes nothing at a site');
};

/** The site, as far as it can be read. Each part by its name: a new way to write does not slip through. */
export function onlyRead(site: Site): Site {
  const { name, country, street, purposes, where, ground, folder, read, stream, size, modifiedAt } = site;
  const { list, reach, sizes, note } = site;
  return {
    ...{ name, country, street, purposes, where, ground, folder, read, stream, size, modifiedAt },
    ...{ list, reach, sizes, note },
    create: refuse,
    replace: refuse,
    append: refuse,
    writer: refuse,
    remove: refuse,
    removeUnfinished: refuse,
    noteOnce: refuse,
    forgetNote: refuse,
  };
}

const onlyLoad = (safes: Safes): Safes => ({ ...safes, store: refuse, destroy: refuse });

export interface KeysOptions {
  /** The restored database. */
  readonly copy: Database;
  readonly sites: readonly Site[];
  readonly secrets: SecretStore;
  readonly rootKey: SecretKey;
  readonly tables: readonly TableDeclaration[];
  readonly clock: Clock;
  readonly operator: CustomerId;
  /** There at the moment that was restored, ordered away after it. */
  readonly erased: readonly Canary[];
  readonly living: Canary;
}

export interface KeysFound {
  /** How many of the erased were there before the ledger was replayed: with none of them nothing is proven. */
  readonly there: number;
  /** And how many can still be reached after it. */
  readonly reachable: number;
  /** Whether somebody who was not erased can be reached, and what was stored of them opens. */
  readonly reads: boolean;
  /** Lines of the ledger, and orders that the restored database did not know. */
  readonly lines: number;
  readonly replayed: number;
  /** Whether the wraps came from the keyring snapshot, because an epoch was closed since. */
  readonly fromSnapshot: boolean;
}

const attempts = 3;

/**
 * The installation lives on meanwhile: where it closed an epoch in between, what was taken from the snapshot before hangs on
 * a key that is gone, and it is taken anew. @throws StartError where a real start would refuse.
 */
export async function tryKeys(options: KeysOptions): Promise<KeysFound> {
  const sites = options.sites.map(onlyRead);
  const of = (purpose: 'safe' | 'ledger') => sites.filter(({ purposes }) => purposes.includes(purpose));
  const safes = onlyLoad(createSafes(of('safe'), options.rootKey));
  const living = async () => JSON.stringify([...(await safes.living())].sort());
  for (let attempt = 1; ; attempt += 1) {
    const before = await living();
    const [outcome] = await Promise.allSettled([tryOnce(options, safes, of('ledger'))]);
    if (attempt < attempts && (await living()) !== before) continue;
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  }
}

async function tryOnce(options: KeysOptions, safes: Safes, sites: readonly Site[]): Promise<KeysFound> {
  const { copy, secrets, tables, clock, operator, erased, living } = options;
  const ledger = await createLedger(copy, sites, secrets);
  const lines = await ledger.lines();
  const dead = deadIds(lines);
  const fromSnapshot = await restoreKeys({
    database: copy,
    safes,
    sites,
    tables,
    isDead: (id) => dead.has(id),
  });
  const fences = createFences(copy, createLogs(copy, 'localhost'));
  const keyring = createKeyring({
    database: copy,
    readDatabase: copy,
    clock,
    safes,
    ...fences,
    maxCachedKeys: 100,
    tables,
    sites,
    node: 'drill',
  });
  try {
    await keyring.ready();
    const there = await countThere(copy, operator, erased);
    const replayed = await replay(
      {
        database: copy,
        journal: fences,
        keyring,
        store: createOrderStore(copy),
        lookups: createLookupStore(copy),
      },
      lines,
      await ledger.known(),
    );
    const reached = await Promise.all(erased.map(({ person }) => keyring.person(operator, person)));
    const handle = await keyring.person(operator, living.person);
    const kept = handle && (await keyring.prober.keep(operator, living.person, canaryCollection, living.record));
    return {
      there,
      reachable: reached.filter((one) => one !== undefined).length,
      reads: kept !== undefined && (await keyring.prober.opens(kept)),
      lines: lines.length,
      replayed,
      fromSnapshot,
    };
  } finally {
    keyring.close();
  }
}

async function countThere(copy: Database, operator: CustomerId, erased: readonly Canary[]): Promise<number> {
  const [row] = await copy.query<{ count: number }>(
    `select count(*) as count from custody.record
     where customer_id = $1 and collection = $2 and person_id = any($3::uuid[])`,
    [operator, canaryCollection, erased.map(({ person }) => person)],
  );
  return row?.count ?? 0;
}
