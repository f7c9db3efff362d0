/**
 * The erasure ledger: which keys have to be dead, kept at every site, outside every backup of the database. Each line is
 * chained to the one before by its hash and signed; there is no text in it and no id of a record.
 *
 * Who restores an old backup has the dead keys of that day in hand. The ledger says which of them stay dead.
 */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { StartError } from '../../platform/config/start-error.ts';
import type { Database } from '../../platform/database/database.ts';
import type { CustomerId, HoldId, KeyId, Name, OrderId } from '../../platform/ids/ids.ts';
import type { SecretStore } from '../../platform/secrets/secrets.ts';
import type { Site } from '../../platform/sites/site.ts';
import type { Scope } from './order.ts';

interface Fact {
  readonly customer: CustomerId;
  /** When it was ordered, withdrawn, executed, held or released. */
  readonly at: string;
  /** The keys that die: the customer's, the person's, or each data key. Of a hold: the key of the person or record. */
  readonly keys: readonly KeyId[];
}

export interface OrderFact extends Fact {
  readonly kind: 'ordered' | 'withdrawn' | 'executed';
  readonly order: OrderId;
  readonly scope: Scope;
  /** It waits: nothing of it is closed while the hold is in force. */
  readonly heldUntil?: string;
  /** A re-key: the person's key before and after. */
  readonly rekeyed?: { readonly from: KeyId; readonly to: KeyId };
}

/** A legal hold, without its reason: somebody's words do not belong where nobody can correct them. */
export interface HoldFact extends Fact {
  readonly kind: 'held' | 'released';
  readonly hold: HoldId;
  readonly of: 'collection' | 'person' | 'record';
  readonly until: string;
  /** A collection's name is free of personal data. Of one of all people there is no key to name it by. */
  readonly collection?: Name;
}

export type LedgerFact = OrderFact | HoldFact;

export type LedgerLine = LedgerFact & {
  readonly v: 1;
  readonly n: number;
  /** SHA-256 (hexadecimal) of the line before, without its end of line. */
  readonly before: string;
};

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

/** How far a site's file is whole: each line up to there signed, numbered, and chained to the one before. */
interface Position {
  readonly lines: number;
  readonly bytes: number;
  /** Hash of the last line. */
  readonly head: string;
}

const start: Position = { lines: 0, bytes: 0, head: nothingBefore };

const hashOf = (line: string) => createHash('sha256').update(line).digest('hex');

export async function createLedger(database: Database, sites: readonly Site[], secrets: SecretStore): Promise<Ledger> {
  const der = await secrets.get('ledger-signing-key', () =>
    generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' }),
  );
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(privateKey);
  der.fill(0);
  /** How far this server has read or written each site. Only what came after is read again: orders are many. */
  const seen = new Map<Site, Position>();

  const signed = (line: LedgerLine): string => {
    const body = JSON.stringify(line);
    return `${body}\t${sign(null, Buffer.from(body), privateKey).toString('base64')}`;
  };

  /** Goes on from a position as far as the content is whole. */
  function follow(content: Buffer, from: Position): { readonly lines: readonly LedgerLine[]; readonly to: Position } {
    const lines: LedgerLine[] = [];
    let { head, bytes } = from;
    const rows = content.toString('utf8').split('\n');
    // What stands behind the last end of line was cut off while it was written.
    rows.pop();
    for (const row of rows) {
      const [body = '', signature = ''] = row.split('\t');
      if (!verify(null, Buffer.from(body), publicKey, Buffer.from(signature, 'base64'))) break;
      const line = JSON.parse(body) as LedgerLine;
      if (line.n !== from.lines + lines.length || line.before !== head) break;
      lines.push(line);
      bytes += Buffer.byteLength(row) + 1;
      head = hashOf(row);
    }
    return { lines, to: { lines: from.lines + lines.length, bytes, head } };
  }

  /** @throws where the site cannot be reached. */
  async function lookAt(site: Site): Promise<{ readonly at: Position; readonly isWhole: boolean }> {
    const size = (await site.size('ledger', file)) ?? 0;
    const last = seen.get(site) ?? start;
    const from = last.bytes > size ? start : last;
    const parts: Buffer[] = [];
    if (size > from.bytes)
      for await (const part of site.stream('ledger', file, from.bytes, size - 1)) parts.push(part as Buffer);
    let { to } = follow(Buffer.concat(parts), from);
    // Not a continuation of what was there: somebody put another file in its place.
    if (to.bytes !== size && from !== start)
      ({ to } = follow((await site.read('ledger', file)) ?? Buffer.alloc(0), start));
    seen.set(site, to);
    return { at: to, isWhole: to.bytes === size };
  }

  /** Every reachable site. Without a file it is a new one. */
  async function positions() {
    const looked = await Promise.allSettled(sites.map(async (site) => ({ site, ...(await lookAt(site)) })));
    return looked.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  }

  const farthest = (found: readonly { readonly site: Site; readonly at: Position }[]) =>
    found.reduce<{ readonly site: Site | undefined; readonly at: Position }>(
      (best, one) => (one.at.lines > best.at.lines ? one : best),
      { site: undefined, at: start },
    );

  /** All that is whole of the file at a site. */
  async function contentOf(site: Site | undefined, at: Position): Promise<Buffer> {
    const content = ((await site?.read('ledger', file)) ?? Buffer.alloc(0)).subarray(0, at.bytes);
    if (follow(content, start).to.head !== at.head) throw new LedgerUnavailable('the ledger changed while it was read');
    return content;
  }

  return {
    async append(facts) {
      if (facts.length === 0) return { sites: sites.length, missed: [] };
      // One writer at a time over all servers: the row is locked until the sites have the lines.
      return database.transaction(async (connection) => {
        const [known] = await connection.query<{ lines: number }>(
          'select lines from custody.ledger_head where id = 1 for update',
        );
        const found = await positions();
        const best = farthest(found);
        if (best.at.lines < (known?.lines ?? 0))
          throw new LedgerUnavailable('no reachable site has the newest head of the ledger');
        let { head, lines: number } = best.at;
        let text = '';
        for (const fact of facts) {
          const row = signed({ v: 1, n: number, ...fact, before: head });
          head = hashOf(row);
          number += 1;
          text += `${row}\n`;
        }
        const added = Buffer.from(text);
        const taken: Site[] = [];
        for (const { site, at, isWhole } of found)
          try {
            if (isWhole && at.head === best.at.head) await site.append('ledger', file, added);
            // A site that was away, or was cut off while it wrote, is caught up with the whole.
            else await site.replace('ledger', file, Buffer.concat([await contentOf(best.site, best.at), added]));
            seen.set(site, { lines: number, bytes: best.at.bytes + added.length, head });
            taken.push(site);
          } catch {
            // How far it came is not known: it is read anew.
            seen.delete(site);
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
      const [known] = await database.query<{ lines: number }>('select lines from custody.ledger_head where id = 1');
      // From the first line on, whatever was seen before: this is what a start and a restore rely on.
      seen.clear();
      const best = farthest(await positions());
      if (best.at.lines < (known?.lines ?? 0))
        throw new StartError(
          'ledger_too_old',
          'No site has the newest head of the erasure ledger: what was erased since could come back.',
          'Bring a site back that has it (docs/recovery.md).',
        );
      return follow(await contentOf(best.site, best.at), start).lines;
    },
  };
}
