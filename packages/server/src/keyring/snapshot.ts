/**
 * The keyring snapshot: every wrap, outside the database, one generation only. A backup of the data is readable with its
 * newest snapshot and with nothing else; the one before goes, because it names an epoch that dies.
 */
import { createHash } from 'node:crypto';
import type { Database } from '../platform/database/database.ts';
import type { TableDeclaration } from '../platform/database/tables.ts';
import { type EpochId, isUuid } from '../platform/ids/ids.ts';
import { digestAt } from '../platform/sites/digest.ts';
import type { Site } from '../platform/sites/site.ts';

export interface Snapshots {
  /** Durable and read back at every reachable site. @throws SnapshotFailed when no site took it. */
  write(epoch: EpochId): Promise<{ readonly name: string; readonly sites: number; readonly missed: readonly string[] }>;
  /** The epoch that the newest snapshot at a reachable site belongs to. */
  epochs(): Promise<ReadonlySet<string>>;
}

export class SnapshotFailed extends Error {
  override readonly name = 'SnapshotFailed';
  readonly code = 'snapshot_failed';
}

const prefix = 'keys-';
const suffix = '.ndjson';
const pageRows = 2_000;
/** The longest that a backup of the data is kept: of persons re-keyed within it, the backup's own data keys are dead. */
const backupDays = 35;

export const snapshotName = (epoch: EpochId) => `${prefix}${epoch}${suffix}`;

export function snapshotEpochOf(name: string): EpochId | undefined {
  const id = name.slice(prefix.length, -suffix.length);
  return name.startsWith(prefix) && name.endsWith(suffix) && isUuid(id) ? (id as EpochId) : undefined;
}

/** Bytes as base64, everything else as it is. */
const asLine = (table: string, row: object) =>
  Buffer.from(
    `${JSON.stringify({
      table,
      ...Object.fromEntries(
        Object.entries(row).map(([name, value]) => [name, Buffer.isBuffer(value) ? value.toString('base64') : value]),
      ),
    })}\n`,
  );

export function createSnapshots(
  database: Database,
  sites: readonly Site[],
  tables: readonly TableDeclaration[],
): Snapshots {
  async function* rowsOf(table: string, columns: string, key: readonly string[], where: string) {
    let after: readonly (string | null)[] = key.map(() => null);
    for (;;) {
      const order = key.join(', ');
      const rows: Record<string, unknown>[] = await database.query<Record<string, unknown>>(
        `select ${columns} from ${table} t
         where ${where} and ($1::uuid is null or (${order}) > (${key.map((_, i) => `$${i + 1}::uuid`).join(', ')}))
         order by ${order} limit ${pageRows}`,
        after,
      );
      for (const row of rows) yield asLine(table, row);
      const last = rows.at(-1);
      if (rows.length < pageRows || last === undefined) return;
      after = key.map((name) => String(last[name]));
    }
  }

  async function* lines(epoch: EpochId): AsyncGenerator<Buffer> {
    for (const row of await database.query<Record<string, unknown>>(
      'select epoch_id, commitment from keyring.epoch where epoch_id = $1',
      [epoch],
    ))
      yield asLine('keyring.epoch', row);
    yield* rowsOf(
      'keyring.customer_key',
      'customer_id, key_id, epoch_id, wrapped, commitment',
      ['customer_id', 'key_id'],
      "state = 'current'",
    );
    yield* rowsOf(
      'keyring.lookup_key',
      'customer_id, key_id, kind, state, customer_key_id, wrapped, commitment',
      ['customer_id', 'key_id'],
      "state = 'current'",
    );
    for (const row of await database.query<Record<string, unknown>>(
      `select customer_id, to_char(month, 'YYYY-MM-DD') as month, customer_key_id, wrapped, commitment from keyring.log_key`,
    ))
      yield asLine('keyring.log_key', row);
    yield* rowsOf(
      'keyring.person',
      'customer_id, person_id, key_id, customer_key_id, wrapped, commitment, details_wrapped, details_commitment',
      ['customer_id', 'person_id'],
      'true',
    );
    for (const { name, person, dataKey } of tables)
      if (dataKey !== undefined && person !== undefined)
        yield* rowsOf(
          name,
          `customer_id, ${person}, ${dataKey.id}, ${dataKey.wrapped}, ${dataKey.commitment}`,
          ['customer_id', person, dataKey.id],
          `exists (select 1 from keyring.person p where p.customer_id = t.customer_id and p.person_id = t.${person}
             and p.rekeyed_at > now() - interval '${backupDays} days')`,
        );
  }

  /** The same bytes to every site that takes them; a site that fails is left out. */
  async function writeAll(epoch: EpochId): Promise<{ readonly taken: readonly Site[]; readonly digest: string }> {
    const name = snapshotName(epoch);
    const opened = await Promise.all(
      sites.map(async (site) => ({ site, writer: await site.writer('ledger', name).catch(() => undefined) })),
    );
    const writing = opened.flatMap(({ site, writer }) => (writer === undefined ? [] : [{ site, writer }]));
    const failed = new Set<Site>();
    const hash = createHash('sha256');
    const each = (work: (writer: (typeof writing)[number]['writer']) => Promise<void>) =>
      Promise.all(
        writing.map(({ site, writer }) => (failed.has(site) ? undefined : work(writer).catch(() => failed.add(site)))),
      );
    try {
      for await (const line of lines(epoch)) {
        hash.update(line);
        await each((writer) => writer.write(line));
      }
    } catch (error) {
      await each((writer) => writer.abort());
      throw error;
    }
    await each((writer) => writer.commit());
    return { taken: writing.flatMap(({ site }) => (failed.has(site) ? [] : [site])), digest: hash.digest('hex') };
  }

  return {
    async write(epoch) {
      const name = snapshotName(epoch);
      const { taken, digest } = await writeAll(epoch);
      const good: Site[] = [];
      for (const site of taken)
        if ((await digestAt(site, 'ledger', name).catch(() => undefined)) === digest) good.push(site);
      if (good.length === 0) throw new SnapshotFailed('no site took the keyring snapshot');
      for (const site of good)
        for (const other of await site.list('ledger'))
          if (other.startsWith(prefix) && other !== name) await site.remove('ledger', other);
      return {
        name,
        sites: good.length,
        missed: sites.filter((site) => !good.includes(site)).map((site) => site.name),
      };
    },
    async epochs() {
      const lists = await Promise.all(sites.map((site) => site.list('ledger').catch(() => [])));
      return new Set(
        lists
          .flat()
          .filter((name) => name.startsWith(prefix))
          .map((name) => name.slice(prefix.length, -suffix.length)),
      );
    },
  };
}
