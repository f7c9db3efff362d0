import type { StaffRole } from '../identity/caller.ts';
import type { Database, Queryable, Value } from '../platform/database/database.ts';
import type { AccountId, CustomerId, GrantId } from '../platform/ids/ids.ts';
import type { AccessMode, Consent, EndedBy, Grant, GrantPurpose, GrantScope, GrantState, Verdict } from './grant.ts';

export interface GrantFilter {
  readonly customer?: CustomerId;
  readonly states?: readonly GrantState[];
  readonly requester?: AccountId;
  /** Older than this one. */
  readonly after?: GrantId;
  readonly limit: number;
}

export interface GrantStore {
  find(id: GrantId): Promise<Grant | undefined>;
  list(filter: GrantFilter): Promise<readonly Grant[]>;
  insert(connection: Queryable, grant: Grant): Promise<void>;
  /** Sets columns where the grant is still in the state that was seen, and was not cut short. @returns whether it was. */
  move(
    connection: Queryable,
    grant: Grant,
    change: Readonly<Record<string, Value>> & { readonly state?: GrantState },
  ): Promise<boolean>;
  /** Writes a review down, if there is none yet. @returns whether there was none. */
  review(connection: Queryable, grant: Grant, by: AccountId, at: Date, verdict: Verdict): Promise<boolean>;
  /** Whose requests and grants are open. */
  openRequesters(): Promise<readonly AccountId[]>;
  /** Lets all that somebody asked for run out now; in the caller's transaction, where there is one. */
  cutShort(connection: Queryable | undefined, requester: AccountId, at: Date): Promise<void>;
  /** Open ones whose time has run out. */
  overdue(now: Date): Promise<readonly Grant[]>;
  /** Which of these are in which state now; for those who keep a view open. */
  states(ids: readonly GrantId[]): Promise<ReadonlyMap<GrantId, Grant>>;
  mode(customer: CustomerId): Promise<{ readonly mode: AccessMode; readonly since: Date | undefined }>;
  setMode(connection: Queryable, customer: CustomerId, mode: AccessMode, at: Date): Promise<void>;
}

interface Row {
  readonly customer_id: CustomerId;
  readonly grant_id: GrantId;
  readonly requester_id: AccountId;
  readonly requester_role: StaffRole;
  readonly requester_country: string;
  readonly state: GrantState;
  readonly scope: GrantScope;
  readonly purpose: GrantPurpose;
  readonly minutes: number;
  readonly emergency: boolean;
  readonly mode: AccessMode;
  readonly salt: string;
  readonly texts: Buffer;
  readonly request_hash: Buffer;
  readonly policy_hash: string;
  readonly requested_at: Date;
  readonly answer_by: Date;
  readonly agreed_by: AccountId | null;
  readonly agreed_at: Date | null;
  readonly consent: Consent | null;
  readonly approved_by: AccountId | null;
  readonly approved_at: Date | null;
  readonly signed: boolean;
  readonly starts_at: Date | null;
  readonly ends_at: Date | null;
  readonly ended_at: Date | null;
  readonly ended_by: EndedBy | null;
  readonly first_access_at: Date | null;
  readonly notice_due_at: Date | null;
  readonly notice_sent_at: Date | null;
  readonly review_due_at: Date | null;
  readonly reviewed_by: AccountId | null;
  readonly reviewed_at: Date | null;
  readonly verdict: Verdict | null;
}

/** Without what somebody has not got yet. */
const asGrant = (row: Row): Grant => ({
  id: row.grant_id,
  customer: row.customer_id,
  requester: row.requester_id,
  requesterRole: row.requester_role,
  requesterCountry: row.requester_country,
  state: row.state,
  scope: row.scope,
  purpose: row.purpose,
  minutes: row.minutes,
  emergency: row.emergency,
  mode: row.mode,
  salt: row.salt,
  texts: row.texts,
  requestHash: row.request_hash,
  policyHash: row.policy_hash,
  requestedAt: row.requested_at,
  answerBy: row.answer_by,
  agreedBy: row.agreed_by ?? undefined,
  agreedAt: row.agreed_at ?? undefined,
  consent: row.consent ?? undefined,
  approvedBy: row.approved_by ?? undefined,
  approvedAt: row.approved_at ?? undefined,
  signed: row.signed,
  startsAt: row.starts_at ?? undefined,
  endsAt: row.ends_at ?? undefined,
  endedAt: row.ended_at ?? undefined,
  endedBy: row.ended_by ?? undefined,
  firstAccessAt: row.first_access_at ?? undefined,
  noticeDueAt: row.notice_due_at ?? undefined,
  noticeSentAt: row.notice_sent_at ?? undefined,
  reviewDueAt: row.review_due_at ?? undefined,
  reviewedBy: row.reviewed_by ?? undefined,
  reviewedAt: row.reviewed_at ?? undefined,
  verdict: row.verdict ?? undefined,
});

const select = 'select g.*, g.signature is not null as signed from access.grant g';
const settable = /^[a-z_]+$/;

export function createGrantStore(database: Database): GrantStore {
  return {
    async find(id) {
      // By its id alone: whose it is, is in the row; who may see it, is decided above.
      const [row] = await database.query<Row>(`${select} where g.grant_id = $1`, [id], 'grant-find');
      return row && asGrant(row);
    },
    async list({ customer, states, requester, after, limit }) {
      const rows = await database.query<Row>(
        `${select}
         where ($1::uuid is null or g.customer_id = $1) and ($2::text[] is null or g.state = any($2))
           and ($3::uuid is null or g.requester_id = $3)
           and ($4::uuid is null or (g.requested_at, g.grant_id) < (select requested_at, grant_id from access.grant where grant_id = $4))
         order by g.requested_at desc, g.grant_id desc limit $5`,
        [customer ?? null, states ?? null, requester ?? null, after ?? null, limit],
      );
      return rows.map(asGrant);
    },
    async insert(connection, grant) {
      await connection.query(
        `insert into access.grant (customer_id, grant_id, requester_id, requester_role, requester_country, state, scope,
           purpose, minutes, emergency, mode, salt, texts, request_hash, policy_hash, requested_at, answer_by, consent,
           starts_at, ends_at, review_due_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)`,
        [
          grant.customer,
          grant.id,
          grant.requester,
          grant.requesterRole,
          grant.requesterCountry,
          grant.state,
          JSON.stringify(grant.scope),
          grant.purpose,
          grant.minutes,
          grant.emergency,
          grant.mode,
          grant.salt,
          grant.texts,
          grant.requestHash,
          grant.policyHash,
          grant.requestedAt,
          grant.answerBy,
          grant.consent ?? null,
          grant.startsAt ?? null,
          grant.endsAt ?? null,
          grant.reviewDueAt ?? null,
        ],
      );
    },
    async move(connection, grant, change) {
      const names = Object.keys(change);
      // They come from our own code; a slip must not become SQL.
      if (!names.every((name) => settable.test(name))) throw new TypeError('not a column');
      const rows = await connection.query(
        `update access.grant set ${names.map((name, position) => `${name} = $${position + 5}`).join(', ')}
         where customer_id = $1 and grant_id = $2 and state = $3 and answer_by = $4 returning 1`,
        [grant.customer, grant.id, grant.state, grant.answerBy, ...names.map((name) => change[name] ?? null)],
      );
      return rows.length > 0;
    },
    async review(connection, { customer, id }, by, at, verdict) {
      const rows = await connection.query(
        `update access.grant set reviewed_by = $3, reviewed_at = $4, verdict = $5
         where customer_id = $1 and grant_id = $2 and reviewed_at is null returning 1`,
        [customer, id, by, at, verdict],
      );
      return rows.length > 0;
    },
    async openRequesters() {
      const rows = await database.query<{ requester_id: AccountId }>(
        "select distinct requester_id from access.grant where state in ('requested', 'agreed', 'active')",
      );
      return rows.map(({ requester_id: id }) => id);
    },
    async cutShort(connection = database, requester, at) {
      await connection.query(
        `update access.grant set ends_at = least(ends_at, $2), answer_by = least(answer_by, $2), ended_by = 'roles'
         where requester_id = $1 and state in ('requested', 'agreed', 'active')`,
        [requester, at],
      );
    },
    async overdue(now) {
      const rows = await database.query<Row>(
        `${select} where (g.state in ('requested', 'agreed') and g.answer_by <= $1) or (g.state = 'active' and g.ends_at <= $1)
         limit 200`,
        [now],
      );
      return rows.map(asGrant);
    },
    async states(ids) {
      const rows = await database.query<Row>(`${select} where g.grant_id = any($1::uuid[])`, [ids], 'grant-states');
      return new Map(rows.map((row) => [row.grant_id, asGrant(row)]));
    },
    async mode(customer) {
      const [row] = await database.query<{ mode: AccessMode; since: Date }>(
        'select mode, since from access.customer_policy where customer_id = $1',
        [customer],
      );
      // Until the customer says otherwise it is asked.
      return { mode: row?.mode ?? 'ask_first', since: row?.since };
    },
    async setMode(connection, customer, mode, at) {
      await connection.query(
        `insert into access.customer_policy (customer_id, mode, since) values ($1, $2, $3)
         on conflict (customer_id) do update set mode = excluded.mode, since = excluded.since`,
        [customer, mode, at],
      );
    },
  };
}
