import { connect, type TLSSocket } from 'node:tls';
import type { Observation, ProbeContext } from '../../claims/probe.ts';
import { dayMs } from '../../claims/vocabulary.ts';
import type { Queryable } from '../../platform/database/database.ts';
import { recommendedCiphers } from '../../platform/http/tls.ts';
import type { PracticeNeeds } from '../needs.ts';

/** Every column of the migrated database against the registry; what is called sealed must be bytes of our one suite. */
export const everyColumnIsDeclared =
  ({ tables }: PracticeNeeds) =>
  async ({ database }: ProbeContext): Promise<Observation> => {
    const columns = await database.query<{ name: string; type: string }>(
      `select n.nspname || '.' || c.relname || '.' || a.attname as name, format_type(a.atttypid, null) as type
       from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
       where c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
         and n.nspname not in ('pg_catalog', 'information_schema', 'platform', 'pgboss') and n.nspname not like 'pg\\_%'`,
    );
    const declared = new Map(
      tables.flatMap(({ name, columns: own }) =>
        Object.entries(own).map(([column, kind]) => [`${name}.${column}`, kind]),
      ),
    );
    const undeclared = columns.filter(({ name }) => !declared.has(name)).length;
    const sealed = columns.filter(({ name }) => declared.get(name) === 'sealed');
    const notBytes = sealed.filter(({ type }) => type !== 'bytea').length;
    return {
      verdict: columns.length > 0 && undeclared + notBytes === 0 ? 'holds' : 'fails',
      counts: { columns: columns.length, sealed: sealed.length, undeclared, notBytes },
    };
  };

/** First byte, nonce and tag: what every ciphertext of the one suite has (platform/crypto/aead.ts). */
const smallestCiphertext = 29;
const suiteByte = '\\x01';
const sampled = 10_000;

/** Of a large table a share of its blocks, another one each time: else the same old rows would be looked at for ever. */
async function sampleOf(database: Queryable, name: string): Promise<string> {
  const [row] = await database.query<{ rows: number }>(
    'select reltuples::bigint as rows from pg_class where oid = $1::regclass',
    [name],
  );
  const rows = row?.rows ?? 0;
  return rows <= 2 * sampled ? '' : `tablesample system (${Math.min(100, (200 * sampled) / rows).toFixed(4)})`;
}

/** Sealed values of each table (ten thousand, chosen by blocks where there are more): do they look as only our sealing makes them? */
export const sealedValuesAreSealed =
  ({ tables }: PracticeNeeds) =>
  async ({ database, signal }: ProbeContext): Promise<Observation> => {
    let values = 0;
    let wrong = 0;
    for (const { name, columns } of tables)
      for (const [column, kind] of Object.entries(columns)) {
        if (kind !== 'sealed' || signal.aborted) continue;
        const [row] = await database.query<{ values: number; wrong: number }>(
          `select count(*) as values, count(*) filter (where octet_length(v) < ${smallestCiphertext} or substring(v from 1 for 1) <> '${suiteByte}'::bytea) as wrong
           from (select ${column} as v from ${name} ${await sampleOf(database, name)} where ${column} is not null limit ${sampled}) s`,
        );
        values += row?.values ?? 0;
        wrong += row?.wrong ?? 0;
      }
    if (signal.aborted) return { verdict: 'unknown', counts: { values, wrong }, reason: 'timeout' };
    return { verdict: wrong === 0 ? 'holds' : 'fails', counts: { values, wrong } };
  };

/** NIST SP 800-57 part 1, table 1: a key that wraps keys is used for two years at most. */
const keyTermMs = 730 * dayMs;

/** The oldest keys under which something may still be sealed. */
export async function keyAges({ clock, database }: ProbeContext): Promise<Observation> {
  const rows = await database.query<{ kind: string; n: number; oldest: Date | null }>(
    `select 'epoch' as kind, count(*) as n, min(created_at) as oldest from keyring.epoch where state = 'open'
     union all
     select 'customer', count(*), min(created_at) from keyring.customer_key where state = 'current'`,
  );
  const days = ({ oldest }: { readonly oldest: Date | null }) =>
    oldest === null ? 0 : Math.floor((clock.now().getTime() - oldest.getTime()) / dayMs);
  const counts = Object.fromEntries(
    rows.flatMap((row) => [
      [`${row.kind}Keys`, row.n],
      [`${row.kind}Days`, days(row)],
    ]),
  );
  // Without a key there is nothing sealed either, and that is not what is claimed.
  if (rows.some(({ n }) => n === 0)) return { verdict: 'unknown', counts, reason: 'nothing-yet' };
  return { verdict: rows.every((row) => days(row) * dayMs <= keyTermMs) ? 'holds' : 'fails', counts };
}

const warnBeforeMs = 14 * dayMs;

function connected(port: number, host: string, options: object): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host, rejectUnauthorized: false, ...options }, () => resolve(socket));
    socket.setTimeout(5_000, () => socket.destroy(new Error('no answer')));
    socket.once('error', reject);
  });
}

/** What OpenSSL says when the other side has refused, and not when it could not even ask. */
const refusals = ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE', 'ECONNRESET'];

/** What must be refused. Without the level our own library would not offer it, and nothing would have been tried. */
const outdated = [
  { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0' },
  { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' },
  // No forward secrecy, and no AEAD.
  { maxVersion: 'TLSv1.2', ciphers: 'AES256-GCM-SHA384:AES128-GCM-SHA256:@SECLEVEL=0' },
  { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:@SECLEVEL=0' },
] as const;

/** Our own listener, as a stranger's program would meet it. */
export const ownListener =
  ({ settings }: PracticeNeeds) =>
  async ({ clock }: ProbeContext): Promise<Observation> => {
    if (settings.tls === undefined || settings.port === 0)
      return {
        verdict: 'unknown',
        counts: {},
        reason: settings.tls === undefined ? 'tls-elsewhere' : 'port-not-fixed',
      };
    const socket = await connected(settings.port, settings.host, {});
    const protocol = socket.getProtocol() ?? 'none';
    const cipher = socket.getCipher().standardName;
    const until = new Date(socket.getPeerCertificate().valid_to).getTime();
    const listed = recommendedCiphers.some((name) => name === socket.getCipher().name);
    socket.destroy();
    let taken = 0;
    let refused = 0;
    for (const old of outdated)
      await connected(settings.port, settings.host, old).then(
        (one) => {
          one.destroy();
          taken += 1;
        },
        (error: NodeJS.ErrnoException) => {
          if (refusals.includes(error.code ?? '')) refused += 1;
        },
      );
    const days = Math.floor((until - clock.now().getTime()) / dayMs);
    const counts = { protocol, cipher, tried: outdated.length, refused, taken, certificateDays: days };
    if (taken > 0 || !listed || days * dayMs <= warnBeforeMs) return { verdict: 'fails', counts };
    // What could not even be asked was not refused.
    return refused === outdated.length
      ? { verdict: 'holds', counts }
      : { verdict: 'unknown', counts, reason: 'probe-failed' };
  };
