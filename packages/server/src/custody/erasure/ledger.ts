/**
 * The erasure ledger: which keys have to be dead, kept at every site, outside every backup of the database. Each line is
 * chained to the one before by its hash and signed; there is no text in it and no id of a record.
 *
 * Who restores an old backup has the dead keys of that day in hand. The ledger says which of them stay dead.
 */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { StartError } from '../../platform/config/start-error.ts';
import type { Database } from '../../platform/database/database.ts';
import type { CustomerId, KeyId, OrderId } from '../../platform/ids/ids.ts';
import type { SecretStore } from '../../platform/secrets/secrets.ts';
import type { Site } from '../../platform/sites/site.ts';
import type { Scope } from './order.ts';

export interface LedgerFact {
  readonly kind: 'ordered' | 'withdrawn' | 'executed';
  readonly order: OrderId;
  readonly customer: CustomerId;
  readonly scope: Scope;
  /** When it was ordered, withdrawn or executed. */
  readonly at: string;
  /** The keys that die: the customer's, the person's, or each data key. */
  readonly keys: readonly KeyId[];
  /** It waits: nothing of it is closed while the hold is in force. */
  readonly heldUntil?: string;
  /** A re-key: the person's key before and after. */
  readonly rekeyed?: { readonly from: KeyId; readonly to: KeyId };
}

export interface LedgerLine extends LedgerFact {
  readonly v: 1;
  readonly n: number;
  /** SHA-256 (hexadecimal) of the line before, without its end of line. */
  readonly before: string;
}

export interface Ledger {
  /** Durable at every reachable site when this returns. @throws LedgerUnavailable when no site took it. */
  append(facts: readonly LedgerFact[]): Promise<{ readonly sites: number; readonly missed: readonly string[] }>;
  /** Every line of the newest head, checked. @throws StartError when no site has what the database knows of. */
  lines(): Promise<readonly LedgerLine[]>;
  /** How many of them this database knows of. */
  known(): Promise<number>;
  /** All of them are brought in line. */
  settle(lines: number): Promise<void>;
}

/** No site took the line: nothing may be destroyed. */
export class LedgerUnavailable extends Error {
  override readonly name = 'LedgerUnavailable';
  readonly code = 'ledger_unavailable';
}

const file = 'erasures.ndjson';
const nothingBefore = '0'.repeat(64);

interface Chain {
  readonly text: string;
  readonly lines: readonly LedgerLine[];
  /** Hash of the last line. */
  readonly head: string;
}

const hashOf = (line: string) => createHash('sha256').update(line).digest('hex');

export async function createLedger(database: Database, sites: readonly Site[], secrets: SecretStore): Promise<Ledger> {
  const der = await secrets.get('ledger-signing-key', () =>
    generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' }),
  );
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(privateKey);
  der.fill(0);

  const signed = (line: LedgerLine): string => {
    const body = JSON.stringify(line);
    return `${body}\t${sign(null, Buffer.from(body), privateKey).toString('base64')}`;
  };

  /** As far as it is whole: each line signed, numbered, and chained to the one before. */
  function parse(content: Buffer): Chain {
    const lines: LedgerLine[] = [];
    const kept: string[] = [];
    let head = nothingBefore;
    const rows = content.toString('utf8').split('\n');
    // What stands behind the last end of line was cut off while it was written.
    rows.pop();
    for (const row of rows) {
      const [body = '', signature = ''] = row.split('\t');
      if (!verify(null, Buffer.from(body), publicKey, Buffer.from(signature, 'base64'))) break;
      const line = JSON.parse(body) as LedgerLine;
      if (line.n !== lines.length || line.before !== head) break;
      lines.push(line);
      kept.push(`${row}\n`);
      head = hashOf(row);
    }
    return { text: kept.join(''), lines, head };
  }

  async function chains(): Promise<{ readonly site: Site; readonly chain: Chain; readonly bytes: number }[]> {
    const read = await Promise.all(
      sites.map(async (site) => {
        const content = await site.read('ledger', file).catch(() => null);
        // `null`: the site cannot be reached; without a file it is a new one.
        return content === null
          ? undefined
          : { site, chain: parse(content ?? Buffer.alloc(0)), bytes: content?.length ?? 0 };
      }),
    );
    return read.flatMap((one) => one ?? []);
  }

  const longest = (found: readonly { readonly chain: Chain }[]): Chain =>
    found.reduce((best, { chain }) => (chain.lines.length > best.lines.length ? chain : best), parse(Buffer.alloc(0)));

  return {
    async append(facts) {
      if (facts.length === 0) return { sites: sites.length, missed: [] };
      // One writer at a time over all servers: the row is locked until the sites have the lines.
      return database.transaction(async (connection) => {
        const [known] = await connection.query<{ lines: number }>(
          'select lines from custody.ledger_head where id = 1 for update',
        );
        const found = await chains();
        const best = longest(found);
        if (best.lines.length < (known?.lines ?? 0))
          throw new LedgerUnavailable('no reachable site has the newest head of the ledger');
        let { head } = best;
        let number = best.lines.length;
        let added = '';
        for (const fact of facts) {
          const row = signed({ v: 1, n: number, ...fact, before: head });
          head = hashOf(row);
          number += 1;
          added += `${row}\n`;
        }
        const taken: Site[] = [];
        for (const { site, chain, bytes } of found) {
          const isWhole = chain.head === best.head && bytes === Buffer.byteLength(best.text);
          // A site that was away, or was cut off while it wrote, is caught up with the whole.
          const writing = isWhole
            ? site.append('ledger', file, Buffer.from(added))
            : site.replace('ledger', file, Buffer.from(best.text + added));
          await writing.then(
            () => taken.push(site),
            () => undefined,
          );
        }
        if (taken.length === 0) throw new LedgerUnavailable('no site took the line of the erasure ledger');
        await connection.query(
          `insert into custody.ledger_head (id, lines, head) values (1, $1, $2)
           on conflict (id) do update set lines = $1, head = $2`,
          [number, head],
        );
        return { sites: taken.length, missed: sites.filter((site) => !taken.includes(site)).map(({ name }) => name) };
      });
    },
    async known() {
      const [known] = await database.query<{ lines: number }>('select lines from custody.ledger_head where id = 1');
      return known?.lines ?? 0;
    },
    async settle(lines) {
      await database.query('update custody.ledger_head set lines = greatest(lines, $1) where id = 1', [lines]);
    },
    async lines() {
      const [known] = await database.query<{ lines: number; head: string }>(
        'select lines, head from custody.ledger_head where id = 1',
      );
      const best = longest(await chains());
      const atKnown = known === undefined || known.lines === 0 || best.lines[known.lines - 1] !== undefined;
      if (!atKnown)
        throw new StartError(
          'ledger_too_old',
          'No site has the newest head of the erasure ledger: what was erased since could come back.',
          'Bring a site back that has it (docs/recovery.md).',
        );
      return best.lines;
    },
  };
}
