/**
 * After a restore: the keys of a backup hang on an epoch that is dead, by design. The newest keyring snapshot has the wraps
 * of everybody who lives. Id by id: what the snapshot has is taken; what it does not have was erased since (the ledger has
 * to say so) or came later than the snapshot, and then the start stops and lists it.
 */
import { createInterface } from 'node:readline';
import { StartError } from '../platform/config/start-error.ts';
import { byteaArray, uuidArray } from '../platform/database/arrays.ts';
import type { Database, Queryable } from '../platform/database/database.ts';
import type { TableDeclaration } from '../platform/database/tables.ts';
import type { EpochId } from '../platform/ids/ids.ts';
import type { Site } from '../platform/sites/site.ts';
import type { Safes } from './safes.ts';
import { snapshotEpochOf, snapshotName } from './snapshot.ts';

type Line = Readonly<Record<string, string>> & { readonly table: string };

export interface RestoreOptions {
  readonly database: Database;
  readonly safes: Safes;
  readonly sites: readonly Site[];
  readonly tables: readonly TableDeclaration[];
  /** Whether the erasure ledger says that this key is dead: the customer's by its id, the person's by its key. */
  readonly isDead: (id: string) => boolean;
}

const batchLines = 1_000;
const bytes = (text: string | undefined) => Buffer.from(text ?? '', 'base64');
const texts = (lines: readonly Line[], name: string) => uuidArray(lines.map((line) => line[name] ?? ''));
const sealed = (lines: readonly Line[], name: string) => byteaArray(lines.map((line) => bytes(line[name])));

/** The epochs under which customers' keys are and that no safe has. */
async function deadEpochs({ database, safes }: RestoreOptions): Promise<readonly EpochId[]> {
  const used = await database.query<{ epoch_id: EpochId }>('select distinct epoch_id from keyring.customer_key');
  const living = await safes.living();
  return used.map(({ epoch_id: epoch }) => epoch).filter((epoch) => !living.has(epoch));
}

/** The newest snapshot: the one whose epoch lives. */
async function newest({ safes, sites }: RestoreOptions): Promise<{ site: Site; epoch: EpochId } | undefined> {
  const living = await safes.living();
  for (const site of sites)
    for (const name of await site.list('ledger').catch(() => [])) {
      const epoch = snapshotEpochOf(name);
      if (epoch !== undefined && living.has(epoch)) return { site, epoch };
    }
  return undefined;
}

async function* batches(site: Site, name: string): AsyncGenerator<readonly Line[]> {
  const size = (await site.size('ledger', name)) ?? 0;
  if (size === 0) return;
  let table = '';
  let lines: Line[] = [];
  for await (const text of createInterface({ input: site.stream('ledger', name, 0, size - 1) })) {
    const line = JSON.parse(text) as Line;
    if (lines.length > 0 && (line.table !== table || lines.length === batchLines)) {
      yield lines;
      lines = [];
    }
    table = line.table;
    lines.push(line);
  }
  if (lines.length > 0) yield lines;
}

async function apply(
  connection: Queryable,
  lines: readonly Line[],
  tables: readonly TableDeclaration[],
): Promise<void> {
  const table = lines[0]?.table;
  if (table === 'keyring.epoch')
    await connection.query(
      `insert into keyring.epoch (epoch_id, commitment, state) select e, c, 'open' from unnest($1::uuid[], $2::bytea[]) as n (e, c)
       on conflict (epoch_id) do update set state = 'open', closed_at = null`,
      [texts(lines, 'epoch_id'), sealed(lines, 'commitment')],
    );
  else if (table === 'keyring.customer_key')
    await connection.query(
      `insert into keyring.customer_key (customer_id, key_id, epoch_id, wrapped, commitment, state)
       select n.*, 'current' from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bytea[], $5::bytea[]) as n (c, k, e, w, m)
       where exists (select 1 from customers.customer c where c.customer_id = n.c)`,
      [
        texts(lines, 'customer_id'),
        texts(lines, 'key_id'),
        texts(lines, 'epoch_id'),
        sealed(lines, 'wrapped'),
        sealed(lines, 'commitment'),
      ],
    );
  else if (table === 'keyring.lookup_key')
    await connection.query(
      `insert into keyring.lookup_key (customer_id, key_id, kind, customer_key_id, wrapped, commitment, state)
       select n.*, 'current' from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::bytea[], $6::bytea[]) as n (c, k, d, u, w, m)
       where exists (select 1 from customers.customer c where c.customer_id = n.c)`,
      [
        texts(lines, 'customer_id'),
        texts(lines, 'key_id'),
        lines.map((line) => line.kind ?? ''),
        texts(lines, 'customer_key_id'),
        sealed(lines, 'wrapped'),
        sealed(lines, 'commitment'),
      ],
    );
  else if (table === 'keyring.log_key')
    await connection.query(
      `insert into keyring.log_key (customer_id, month, customer_key_id, wrapped, commitment)
       select n.* from unnest($1::uuid[], $2::date[], $3::uuid[], $4::bytea[], $5::bytea[]) as n (c, t, u, w, m)
       where exists (select 1 from customers.customer c where c.customer_id = n.c)`,
      [
        texts(lines, 'customer_id'),
        lines.map((line) => line.month ?? ''),
        texts(lines, 'customer_key_id'),
        sealed(lines, 'wrapped'),
        sealed(lines, 'commitment'),
      ],
    );
  else if (table === 'keyring.person')
    await connection.query(
      `update keyring.person p set key_id = n.k, customer_key_id = n.u, wrapped = n.w, commitment = n.m,
         details_wrapped = n.dw, details_commitment = n.dm, restored = true
       from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::bytea[], $6::bytea[], $7::bytea[], $8::bytea[])
         as n (c, p, k, u, w, m, dw, dm)
       where p.customer_id = n.c and p.person_id = n.p`,
      [
        texts(lines, 'customer_id'),
        texts(lines, 'person_id'),
        texts(lines, 'key_id'),
        texts(lines, 'customer_key_id'),
        sealed(lines, 'wrapped'),
        sealed(lines, 'commitment'),
        sealed(lines, 'details_wrapped'),
        sealed(lines, 'details_commitment'),
      ],
    );
  else {
    const { person = '', dataKey } = tables.find(({ name }) => name === table) ?? {};
    if (table === undefined || dataKey === undefined) return;
    await connection.query(
      `update ${table} t set ${dataKey.wrapped} = n.w from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bytea[]) as n (c, p, k, w)
       where t.customer_id = n.c and t.${person} = n.p and t.${dataKey.id} = n.k`,
      [texts(lines, 'customer_id'), texts(lines, person), texts(lines, dataKey.id), sealed(lines, dataKey.wrapped)],
    );
  }
}

const lost = (what: string, ids: readonly string[]) =>
  new StartError(
    'safes_unreadable',
    `The keys of ${ids.length} ${what} hang on an epoch that is dead, and neither the keyring snapshot nor the erasure ledger knows them: ${ids.slice(0, 5).join(', ')}.`,
    'Bring the site with the newest snapshot and ledger back (docs/recovery.md). Nothing was changed.',
  );

/** @returns whether keys were taken from a snapshot. @throws StartError when something would be lost. */
export async function restoreKeys(options: RestoreOptions): Promise<boolean> {
  const { database, tables, isDead } = options;
  if ((await deadEpochs(options)).length === 0) return false;
  const found = await newest(options);
  // Without one the start says which epoch no safe can give.
  if (found === undefined) return false;
  await database.transaction(async (connection) => {
    await connection.query("update keyring.epoch set state = 'closed', closed_at = now() where state <> 'closed'");
    await connection.query('update keyring.rollover set finished_at = now() where finished_at is null');
    for (const table of ['customer_key', 'lookup_key', 'log_key'])
      await connection.query(`delete from keyring.${table}`);
    await connection.query('update keyring.person set restored = false');
    for await (const lines of batches(found.site, snapshotName(found.epoch))) await apply(connection, lines, tables);
    const persons = await connection.query<{ person_id: string; key_id: string }>(
      'select person_id, key_id from keyring.person where not restored',
    );
    const missing = persons.filter(({ key_id: key }) => !isDead(key)).map(({ person_id: person }) => person);
    if (missing.length > 0) throw lost('people', missing);
    // Erased since the backup: their keys are not taken, their rows go when the ledger is replayed.
    const customers = await connection.query<{ customer_id: string }>(
      `select customer_id from customers.customer c where not exists (select 1 from keyring.customer_key k where k.customer_id = c.customer_id)`,
    );
    const unknown = customers.map(({ customer_id: customer }) => customer).filter((customer) => !isDead(customer));
    if (unknown.length > 0) throw lost('customers', unknown);
  });
  return true;
}
