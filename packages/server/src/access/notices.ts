/**
 * What is owed after an access: the customer is told within 72 hours of its start (BSI C5:2026, IAM-07), and an emergency is
 * reviewed within 24. What is late is told to security.
 */
import type { Accounts } from '../identity/accounts/accounts.ts';
import type { Clock } from '../platform/clock/clock.ts';
import type { Database } from '../platform/database/database.ts';
import type { AccountId, CustomerId, GrantId } from '../platform/ids/ids.ts';
import type { AccessMessage, Tell } from './tell.ts';

export interface OpenNotice {
  readonly grant: GrantId;
  readonly customer: CustomerId;
  readonly dueAt: Date;
}

/** A grant, and what it says of its notice itself. */
export interface Told {
  readonly grant: GrantId;
  readonly noticeSentAt: Date | undefined;
}

export interface Notices {
  /** When the customer's admins were told of these; not in it: not yet. */
  sentAt(grants: readonly Told[]): Promise<ReadonlyMap<GrantId, Date>>;
  /** Accesses whose notice has not arrived as far as has been written down, the most urgent first. */
  open(): Promise<readonly OpenNotice[]>;
  /** Tells security of notices and reviews that are late, once each. */
  remind(): Promise<void>;
}

export interface NoticesOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly accounts: Accounts;
  readonly tell: Tell;
  readonly arrived: (grants: readonly string[]) => Promise<ReadonlyMap<string, Date>>;
}

interface Late {
  readonly grant_id: GrantId;
  readonly customer_id: CustomerId;
  readonly requester_id: AccountId;
  readonly due_at: Date;
}

/** Which column says that a lateness has been told. */
type ToldColumn = 'overdue_told_at' | 'review_told_at';

export function createNotices({ database, clock, accounts, tell, arrived }: NoticesOptions): Notices {
  async function unsent(): Promise<readonly OpenNotice[]> {
    const rows = await database.query<{ grant_id: GrantId; customer_id: CustomerId; notice_due_at: Date }>(
      `select grant_id, customer_id, notice_due_at from access.grant
       where first_access_at is not null and notice_sent_at is null order by notice_due_at limit 500`,
    );
    return rows.map((row) => ({ grant: row.grant_id, customer: row.customer_id, dueAt: row.notice_due_at }));
  }

  /** What has arrived, as the outbox knows it, is written down with the grant. */
  async function writeDown(): Promise<void> {
    const open = await unsent();
    const at = await arrived(open.map(({ grant }) => grant));
    for (const { grant, customer } of open)
      if (at.has(grant))
        await database.query(
          `update access.grant set notice_sent_at = $3
           where customer_id = $1 and grant_id = $2 and notice_sent_at is null`,
          [customer, grant, at.get(grant) ?? null],
        );
  }

  async function alarm(template: AccessMessage, column: ToldColumn, late: readonly Late[]): Promise<void> {
    if (late.length === 0) return;
    const security = await accounts.withRole(['security', 'owner']);
    for (const { customer_id: customer, grant_id: grant, requester_id: requester, due_at: dueAt } of late)
      await database.transaction(async (connection) => {
        const first = await connection.query(
          `update access.grant set ${column} = $3 where customer_id = $1 and grant_id = $2 and ${column} is null returning 1`,
          [customer, grant, clock.now()],
        );
        if (first.length === 0) return;
        const others = security.filter((account) => template === 'notice_overdue' || account !== requester);
        const refs = { grant, customer, at: dueAt.toISOString() };
        await tell(connection, [{ template, accounts: others, refs }]);
      });
  }

  return {
    async sentAt(grants) {
      const open = grants.filter(({ noticeSentAt }) => noticeSentAt === undefined).map(({ grant }) => grant);
      const found = await arrived(open);
      return new Map(
        grants.flatMap(({ grant, noticeSentAt }) => {
          const at = noticeSentAt ?? found.get(grant);
          return at === undefined ? [] : [[grant, at] as const];
        }),
      );
    },
    open: unsent,
    async remind() {
      await writeDown();
      const notices = await database.query<Late>(
        `select grant_id, customer_id, requester_id, notice_due_at as due_at from access.grant
         where first_access_at is not null and notice_sent_at is null and notice_due_at <= $1
           and overdue_told_at is null limit 100`,
        [clock.now()],
      );
      await alarm('notice_overdue', 'overdue_told_at', notices);
      const reviews = await database.query<Late>(
        `select grant_id, customer_id, requester_id, review_due_at as due_at from access.grant
         where review_due_at <= $1 and reviewed_at is null and review_told_at is null limit 100`,
        [clock.now()],
      );
      await alarm('review_overdue', 'review_told_at', reviews);
    },
  };
}
