/** What no probe can see, a person may vouch for: by name of an office, with a date, for a while, and in the public log. */
import { hash } from 'node:crypto';
import { type Change, changeRider } from '../journal/change.ts';
import type { Actor } from '../journal/entry.ts';
import type { Journal } from '../journal/journal.ts';
import type { Clock } from '../platform/clock/clock.ts';
import type { Database } from '../platform/database/database.ts';
import type { AccountId, CustomerId } from '../platform/ids/ids.ts';
import type { ByHand, Text } from './vocabulary.ts';

/** What is published. Its words stand on the page, their digest in the log. */
export interface Statement {
  readonly claim: string;
  /** `attested`: somebody from outside says so, in a document; `declared`: we say so. */
  readonly grade: ByHand;
  /** Who vouches: an office or an organisation, no private person. */
  readonly by: string;
  readonly text: Text;
  /** SHA-256 of the document, hex. */
  readonly document: string | undefined;
  readonly until: Date;
}

export interface Attestation extends Statement {
  readonly at: Date;
  /** Who of the team said it; never published. `undefined`: said before this was kept. */
  readonly account: AccountId | undefined;
  /** Its entry in the page log. */
  readonly index: number;
}

/** Who speaks: as the journal names them, and the account behind it. */
export interface Voucher {
  readonly actor: Actor;
  readonly account: AccountId;
}

export interface Attestations {
  /** Says again, in a new generation of the page log, what still stands. */
  renew(): Promise<void>;
  /** The newest of each claim that was not withdrawn; lapsed ones too. */
  current(): Promise<ReadonlyMap<string, Attestation>>;
  attest(voucher: Voucher, statement: Statement): Promise<Attestation>;
  /** @returns false where there is none. */
  withdraw(actor: Actor, claim: string): Promise<boolean>;
}

export interface AttestationOptions {
  readonly database: Database;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly operator: () => Promise<CustomerId>;
}

/** What the digest in the log is over: whoever has the words of the page can compute it. */
export function saidText({ claim, grade, by, text, document, until }: Statement): string {
  return JSON.stringify([claim, grade, by, text.de, text.en, document ?? null, until.toISOString()]);
}

interface Row {
  readonly claim: string;
  readonly grade: ByHand;
  readonly by_office: string;
  readonly account_id: AccountId | null;
  readonly text_de: string;
  readonly text_en: string;
  readonly document: Buffer | null;
  readonly until: Date;
  readonly at: Date;
  readonly idx: number;
}

export function createAttestations({ database, journal, clock, operator }: AttestationOptions): Attestations {
  /** The public log says what; the operator's own log, in the same commit, says who. @returns where it stands. */
  async function record(
    actor: Actor,
    kind: 'claim.attest' | 'claim.withdraw',
    refs: Record<string, string>,
    change: Change,
  ): Promise<number | undefined> {
    const at = clock.now();
    const appended = await journal.append({
      customer: await operator(),
      log: 'page',
      entry: { kind, at, actor: { kind: 'system', id: 'obhut' }, outcome: 'done', refs },
      also: { log: 'operator', entry: { kind, at, actor, outcome: 'done', client: 'console', refs } },
      rider: { rider: changeRider, payload: change },
    });
    if (appended.state === 'declined') return undefined;
    if (appended.state !== 'appended') throw new Error('the page log takes no entry');
    return appended.position.index;
  }

  async function pointAt(customer: CustomerId, claim: string, at: Date, index: number): Promise<void> {
    await database.query(
      `update claims.attestation set idx = $4,
         generation = (select generation from journal.log where customer_id = $1 and kind = 'page' and ended_at is null)
       where customer_id = $1 and claim = $2 and at = $3`,
      [customer, claim, at, index],
    );
  }

  return {
    async renew() {
      const customer = await operator();
      const rows = await database.query<Row & { readonly digest: Buffer }>(
        `select a.* from claims.attestation a
         join journal.log l on l.customer_id = $1 and l.kind = 'page' and l.ended_at is null and l.generation <> a.generation
         where a.customer_id = $1 and a.withdrawn_at is null and a.idx is not null and a.until > $2`,
        [customer, clock.now()],
      );
      for (const { claim, grade, until, digest, document, at } of rows) {
        const refs = {
          claim,
          verdict: grade,
          until: until.toISOString(),
          digest: digest.toString('hex'),
          ...(document !== null && { document: document.toString('hex') }),
        };
        const index = await record({ kind: 'system', id: 'obhut' }, 'claim.attest', refs, async () => true);
        if (index !== undefined) await pointAt(customer, claim, at, index);
      }
    },
    async current() {
      const rows = await database.query<Row>(
        `select distinct on (claim) claim, grade, by_office, account_id, text_de, text_en, document, until, at, idx
         from claims.attestation a where customer_id = $1 and withdrawn_at is null and idx is not null
           and generation = (select generation from journal.log where customer_id = $1 and kind = 'page' and ended_at is null)
         order by claim, at desc`,
        [await operator()],
        'claims-attestations',
      );
      return new Map(
        rows.map((row) => [
          row.claim,
          {
            claim: row.claim,
            grade: row.grade,
            by: row.by_office,
            text: { de: row.text_de, en: row.text_en },
            document: row.document?.toString('hex'),
            until: row.until,
            at: row.at,
            account: row.account_id ?? undefined,
            index: row.idx,
          },
        ]),
      );
    },
    async attest({ actor, account }, statement) {
      const { claim, grade, by, text, document, until } = statement;
      const customer = await operator();
      const at = clock.now();
      const digest = hash('sha256', saidText(statement), 'hex');
      const refs = {
        claim,
        verdict: grade,
        until: until.toISOString(),
        digest,
        ...(document !== undefined && { document }),
      };
      const index = await record(actor, 'claim.attest', refs, async (connection) => {
        await connection.query(
          'update claims.attestation set withdrawn_at = $3 where customer_id = $1 and claim = $2 and withdrawn_at is null',
          [customer, claim, at],
        );
        await connection.query(
          `insert into claims.attestation (customer_id, digest, claim, grade, by_office, text_de, text_en, document, until, at, account_id)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
          [
            customer,
            Buffer.from(digest, 'hex'),
            claim,
            grade,
            by,
            text.de,
            text.en,
            document === undefined ? null : Buffer.from(document, 'hex'),
            until,
            at,
            account,
          ],
        );
        return true;
      });
      if (index === undefined) throw new Error('the page log takes no entry');
      await pointAt(customer, claim, at, index);
      return { ...statement, at, account, index };
    },
    async withdraw(actor, claim) {
      const customer = await operator();
      const index = await record(actor, 'claim.withdraw', { claim }, async (connection) => {
        const rows = await connection.query(
          'update claims.attestation set withdrawn_at = $3 where customer_id = $1 and claim = $2 and withdrawn_at is null returning 1',
          [customer, claim, clock.now()],
        );
        return rows.length > 0;
      });
      return index !== undefined;
    },
  };
}
