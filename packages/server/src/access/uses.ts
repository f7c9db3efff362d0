/** What was done with a grant: each use stands in the history before anything is handed out. */
import type { Accounts } from '../identity/accounts/accounts.ts';
import type { Clock } from '../platform/clock/clock.ts';
import type { Database } from '../platform/database/database.ts';
import { Problem } from '../platform/http/problem.ts';
import { type CustomerId, type GrantId, type Name, newId, type PersonId, type UseId } from '../platform/ids/ids.ts';
import { type Consent, type Grant, type GrantPurpose, noticeHours } from './grant.ts';
import type { Tell } from './tell.ts';

export const useTypes = ['viewed', 'unmasked', 'searched', 'api'] as const;
export type UseType = (typeof useTypes)[number];

export interface Use {
  readonly type: UseType;
  readonly person: PersonId | undefined;
  readonly collection: Name;
  readonly fields: readonly Name[];
  readonly records: number;
  /** Where its entry stands in the customer's access log. */
  readonly index: number;
}

/** One row of the history: all uses of one kind under one grant (BSI C5:2026, IAM-07). */
export interface AccessRow {
  readonly grant: GrantId;
  readonly type: UseType;
  readonly from: Date;
  readonly until: Date;
  readonly purpose: GrantPurpose;
  readonly role: string;
  readonly country: string;
  readonly collections: readonly string[];
  readonly fields: readonly string[];
  readonly persons: number;
  readonly records: number;
  readonly consent: Consent | undefined;
  readonly noticeDueAt: Date | undefined;
  readonly noticeSentAt: Date | undefined;
  /** The first 200 of them. */
  readonly entries: readonly number[];
  readonly entryCount: number;
  /** Of the customer's access log: which of them the entries are in. */
  readonly generation: number;
}

export interface AccessCursor {
  readonly until: Date;
  readonly grant: GrantId;
  readonly type: UseType;
}

export interface AccessFilter {
  readonly from?: Date;
  readonly until?: Date;
  /** Rows after this one, in the order of the list: two may have happened at the same moment. */
  readonly before?: AccessCursor;
  readonly limit: number;
}

export interface UseCounts {
  readonly accesses: number;
  readonly unmasked: number;
}

export interface Uses {
  /**
   * Writes a use down, if the grant is active at this moment; the first one starts the customer's 72 hours.
   * @throws Problem `grant_closed`
   */
  record(grant: Grant, use: Use): Promise<void>;
  /** How many fields were unmasked under a grant since then. */
  unmaskedSince(grant: Grant, since: Date): Promise<number>;
  counts(grants: readonly Pick<Grant, 'id' | 'customer'>[]): Promise<ReadonlyMap<GrantId, UseCounts>>;
  history(customer: CustomerId, filter: AccessFilter): Promise<readonly AccessRow[]>;
}

interface HistoryRow {
  readonly grant_id: GrantId;
  readonly type: UseType;
  readonly first: Date;
  readonly last: Date;
  readonly purpose: GrantPurpose;
  readonly requester_role: string;
  readonly requester_country: string;
  readonly collections: string[];
  readonly fields: string[] | null;
  readonly persons: number;
  readonly records: number;
  readonly consent: Consent | null;
  readonly notice_due_at: Date | null;
  readonly notice_sent_at: Date | null;
  readonly entries: number[];
  readonly entry_count: number;
  readonly generation: number;
}

export interface UsesOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly accounts: Accounts;
  readonly tell: Tell;
  /** How long the entries are kept. */
  readonly journalYears: number;
}

export function createUses({ database, clock, accounts, tell, journalYears }: UsesOptions): Uses {
  function noticeRefs(grant: Grant, use: Use, at: Date) {
    return {
      grant: grant.id,
      customer: grant.customer,
      purpose: grant.purpose,
      from: at.toISOString(),
      at: (grant.endsAt ?? at).toISOString(),
      country: grant.requesterCountry,
      type: use.type,
      scope: grant.scope.collections.map(({ collection }) => collection).join(' '),
      retention: `${journalYears} Jahre / ${journalYears} years`,
    };
  }

  return {
    async record(grant, use) {
      const at = clock.now();
      const admins = grant.firstAccessAt === undefined ? await accounts.withRole(['admin'], grant.customer) : [];
      await database.transaction(async (connection) => {
        const [row] = await connection.query<{ first: boolean }>(
          `update access.grant g set first_access_at = coalesce(g.first_access_at, $3),
             notice_due_at = coalesce(g.notice_due_at, $4)
           from (select first_access_at is null as first from access.grant where customer_id = $1 and grant_id = $2 for update) b
           where g.customer_id = $1 and g.grant_id = $2 and g.state = 'active' and g.ends_at > $3
           returning b.first`,
          [grant.customer, grant.id, at, new Date(at.getTime() + noticeHours * 3_600_000)],
        );
        // Ended while it was being read: then nothing is handed out.
        if (row === undefined) throw new Problem('grant_closed');
        await connection.query(
          `insert into access.use (customer_id, use_id, grant_id, at, type, person_id, collection, fields, records, idx, generation)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,
             (select generation from journal.log where customer_id = $1 and kind = 'access' and ended_at is null))`,
          [
            grant.customer,
            newId<UseId>(),
            grant.id,
            at,
            use.type,
            use.person ?? null,
            use.collection,
            use.fields,
            use.records,
            use.index,
          ],
        );
        if (row.first)
          await tell(connection, [{ template: 'access_notice', accounts: admins, refs: noticeRefs(grant, use, at) }]);
      });
    },
    async unmaskedSince(grant, since) {
      const [row] = await database.query<{ count: number }>(
        `select count(*) as count from access.use
         where customer_id = $1 and grant_id = $2 and type = 'unmasked' and at > $3`,
        [grant.customer, grant.id, since],
        'access-unmasked',
      );
      return row?.count ?? 0;
    },
    async counts(grants) {
      const rows = await database.query<{ grant_id: GrantId; accesses: number; unmasked: number }>(
        `select grant_id, count(*) as accesses, count(*) filter (where type = 'unmasked') as unmasked
         from access.use join unnest($1::uuid[], $2::uuid[]) as wanted (customer_id, grant_id) using (customer_id, grant_id)
         group by 1`,
        [grants.map(({ customer }) => customer), grants.map(({ id }) => id)],
      );
      return new Map(rows.map(({ grant_id: grant, accesses, unmasked }) => [grant, { accesses, unmasked }]));
    },
    async history(customer, { from, until, before, limit }) {
      const rows = await database.query<HistoryRow>(
        `select u.grant_id, u.type, min(u.at) as first, max(u.at) as last, g.purpose, g.requester_role, g.requester_country,
                array_agg(distinct u.collection) as collections,
                (select array_agg(distinct f order by f) from access.use v, unnest(v.fields) f
                 where v.customer_id = $1 and v.grant_id = u.grant_id and v.type = u.type) as fields,
                count(distinct u.person_id) as persons, sum(u.records)::int as records, g.consent, g.notice_due_at, g.notice_sent_at,
                (array_agg(distinct u.idx))[1:200] as entries, count(distinct u.idx) as entry_count, u.generation
         from access.use u join access.grant g on g.customer_id = u.customer_id and g.grant_id = u.grant_id
         where u.customer_id = $1
         group by u.grant_id, u.type, g.purpose, g.requester_role, g.requester_country, g.consent, g.notice_due_at, g.notice_sent_at, u.generation
         having ($2::timestamptz is null or max(u.at) >= $2) and ($3::timestamptz is null or min(u.at) <= $3)
            and ($4::timestamptz is null or (max(u.at), u.grant_id, u.type) < ($4, $6::uuid, $7::text))
         order by max(u.at) desc, u.grant_id desc, u.type desc limit $5`,
        [
          customer,
          from ?? null,
          until ?? null,
          before?.until ?? null,
          limit,
          before?.grant ?? null,
          before?.type ?? null,
        ],
      );
      return rows.map((row) => ({
        grant: row.grant_id,
        type: row.type,
        from: row.first,
        until: row.last,
        purpose: row.purpose,
        role: row.requester_role,
        country: row.requester_country,
        collections: row.collections,
        fields: row.fields ?? [],
        persons: row.persons,
        records: row.records,
        consent: row.consent ?? undefined,
        noticeDueAt: row.notice_due_at ?? undefined,
        noticeSentAt: row.notice_sent_at ?? undefined,
        entries: row.entries.map(Number),
        entryCount: row.entry_count,
        generation: row.generation,
      }));
    },
  };
}
