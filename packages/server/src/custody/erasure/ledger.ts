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
  /** Reads it anew at every site, from the first line on. */
  check(): Promise<LedgerState>;
}

/** How the ledger lies at the sites. */
export interface LedgerState {
  readonly lines: number;
  readonly sites: number;
  /** Sites that cannot be reached, or where lines are missing or changed. */
  readonly behind: number;
}

/** No site took the line: nothing may be destroyed. */
export class LedgerUnavailable extends Error {
  override readonly name = 'LedgerUnavailable';
  readonly code = 'ledger_unavailable';
}

const file = 'erasures.ndjson';
const nothingBefore = '0'.repeat(64);

/** Lines that are whole: numbered, each chained to the one before, the last of them signed. */
interface Chain {
  readonly lines: number;
  /** Hash of the last line. */
  readonly head: string;
  /** The last line, with its end. */
  readonly last: string;
  /** How long the file is up to its end. */
  readonly bytes: number;
}

/** A site as it was looked at; what stands behind the end of the chain was cut off while it was written. */
interface Looked {
  readonly site: Site;
  readonly chain: Chain;
  readonly size: number;
}

const empty: Chain = { lines: 0, head: nothingBefore, last: '', bytes: 0 };

const hashOf = (line: string) => createHash('sha256').update(line).digest('hex');

/** @returns `undefined` where it is no line at all. */
function asLine(body: string): LedgerLine | undefined {
  try {
    return JSON.parse(body) as LedgerLine;
  } catch {
    return undefined;
  }
}

async function readFrom(site: Site, from: number, size: number): Promise<string> {
  const parts: Buffer[] = [];
  if (size > from) for await (const part of site.stream('ledger', file, from, size - 1)) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

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

  const isSigned = (row: string) => {
    const [body = '', signature = ''] = row.split('\t');
    return verify(null, Buffer.from(body), publicKey, Buffer.from(signature, 'base64'));
  };

  /**
   * Goes on behind a chain, as far as what follows is whole. A signature stands for every line before it, by the hashes: so
   * the last one is checked that is good, and nothing behind it counts.
   */
  function follow(before: Chain, text: string): { readonly chain: Chain; readonly lines: readonly LedgerLine[] } {
    const rows = text.split('\n');
    // What stands behind the last end of line was cut off while it was written.
    rows.pop();
    const lines: LedgerLine[] = [];
    let { head } = before;
    for (const row of rows) {
      const line = asLine(row.split('\t')[0] ?? '');
      if (line === undefined || line.n !== before.lines + lines.length || line.before !== head) break;
      lines.push(line);
      head = hashOf(row);
    }
    while (lines.length > 0 && !isSigned(rows[lines.length - 1] ?? '')) lines.pop();
    const good = rows.slice(0, lines.length);
    const last = good.at(-1);
    if (last === undefined) return { chain: before, lines };
    const bytes = good.reduce((sum, row) => sum + Buffer.byteLength(row) + 1, before.bytes);
    return { chain: { lines: before.lines + lines.length, head: hashOf(last), last: `${last}\n`, bytes }, lines };
  }

  /** How far each site was seen: what is new stands behind it. */
  const seen = new Map<string, Chain>();

  /** @throws Error when the site cannot be reached. Without a file it is a new one. */
  async function look(site: Site): Promise<Looked> {
    const size = (await site.size('ledger', file)) ?? 0;
    let from = seen.get(site.name) ?? empty;
    // From the last line on: a file that was replaced meanwhile has another there, and is read anew.
    let text = await readFrom(site, Math.min(size, from.bytes - Buffer.byteLength(from.last)), size);
    if (text.startsWith(from.last)) text = text.slice(from.last.length);
    else {
      from = empty;
      text = await readFrom(site, 0, size);
    }
    const { chain } = follow(from, text);
    seen.set(site.name, chain);
    return { site, chain, size };
  }

  async function lookAll(): Promise<readonly Looked[]> {
    const looked = await Promise.all(sites.map((site) => look(site).catch(() => undefined)));
    return looked.flatMap((one) => one ?? []);
  }

  const longest = (looked: readonly Looked[]): Looked | undefined =>
    looked.reduce<Looked | undefined>(
      (best, one) => (best === undefined || one.chain.lines > best.chain.lines ? one : best),
      undefined,
    );

  /** What this database knows of. */
  async function knownHead(): Promise<{ readonly lines: number; readonly head: string }> {
    const [known] = await database.query<{ lines: number; head: string }>(
      'select lines, head from custody.ledger_head where id = 1',
    );
    return known ?? { lines: 0, head: nothingBefore };
  }

  /** The hash of the line of this number, read from the first one on; `undefined` where it is not there. */
  async function headAt(site: Site, count: number): Promise<string | undefined> {
    const size = (await site.size('ledger', file)) ?? 0;
    const { chain, lines } = follow(empty, await readFrom(site, 0, size));
    return chain.lines === count ? chain.head : lines[count]?.before;
  }

  return {
    async append(facts) {
      if (facts.length === 0) return { sites: sites.length, missed: [] };
      // One writer at a time over all servers: the row is locked until the sites have the lines.
      return database.transaction(async (connection) => {
        const [known] = await connection.query<{ lines: number }>(
          'select lines from custody.ledger_head where id = 1 for update',
        );
        const looked = await lookAll();
        const best = longest(looked);
        if (best === undefined || best.chain.lines < (known?.lines ?? 0))
          throw new LedgerUnavailable('no reachable site has the newest head of the ledger');
        let { head } = best.chain;
        let number = best.chain.lines;
        let row = '';
        let added = '';
        for (const fact of facts) {
          row = signed({ v: 1, n: number, ...fact, before: head });
          head = hashOf(row);
          number += 1;
          added += `${row}\n`;
        }
        const chain: Chain = {
          lines: number,
          head,
          last: `${row}\n`,
          bytes: best.chain.bytes + Buffer.byteLength(added),
        };
        const taken: Site[] = [];
        for (const { site, chain: own, size } of looked) {
          const isWhole = own.head === best.chain.head && size === best.chain.bytes;
          // A site that was away, or was cut off while it wrote, is caught up with the whole.
          const writing = isWhole
            ? site.append('ledger', file, Buffer.from(added))
            : readFrom(best.site, 0, best.chain.bytes).then((text) =>
                site.replace('ledger', file, Buffer.from(text + added)),
              );
          await writing.then(
            () => {
              taken.push(site);
              seen.set(site.name, chain);
            },
            () => seen.delete(site.name),
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
    known: async () => (await knownHead()).lines,
    async settle(lines) {
      if ((await knownHead()).lines >= lines) return;
      const best = longest(await lookAll());
      const head = best && (await headAt(best.site, lines));
      if (head !== undefined)
        await database.query('update custody.ledger_head set lines = $1, head = $2 where id = 1 and lines < $1', [
          lines,
          head,
        ]);
    },
    async check() {
      // First what is known: what is appended while this reads stands behind it.
      const known = await knownHead();
      const heads = await Promise.all(sites.map((site) => headAt(site, known.lines).catch(() => undefined)));
      return { lines: known.lines, sites: sites.length, behind: heads.filter((head) => head !== known.head).length };
    },
    async lines() {
      const known = await knownHead();
      const best = longest(await lookAll());
      const lines = best === undefined ? [] : follow(empty, await readFrom(best.site, 0, best.chain.bytes)).lines;
      const atKnown = known.lines === 0 || lines[known.lines - 1] !== undefined;
      if (!atKnown)
        throw new StartError(
          'ledger_too_old',
          'No site has the newest head of the erasure ledger: what was erased since could come back.',
          'Bring a site back that has it (docs/recovery.md).',
        );
      return lines;
    },
  };
}
