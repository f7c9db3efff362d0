/** The customer's right to be told of an access within 72 hours of its start (BSI C5:2026, IAM-07), and what is late. */
import type { Accounts } from '../identity/accounts/accounts.ts';
import type { Clock } from '../platform/clock/clock.ts';
import type { Database } from '../platform/database/database.ts';
import type { CustomerId, GrantId } from '../platform/ids/ids.ts';
import type { Tell } from './tell.ts';

export interface OpenNotice {
  readonly grant: GrantId;
  readonly customer: CustomerId;
  readonly dueAt: Date;
}

export interface Notices {
  /** When the customer's admins were told; `undefined`: not yet. */
  sentAt(grant: GrantId): Promise<Date | undefined>;
  /** Accesses whose notice has not arrived; with `overdue` only those that are late. */
  open(overdue: boolean): Promise<readonly OpenNotice[]>;
  /** Tells security of those that are late, once each. */
  remind(): Promise<void>;
}

export interface NoticesOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly accounts: Accounts;
  readonly tell: Tell;
  readonly arrivedAt: (grant: string) => Promise<Date | undefined>;
}

interface Row {
  readonly grant_id: GrantId;
  readonly customer_id: CustomerId;
  readonly notice_due_at: Date;
  readonly overdue_told_at: Date | null;
}

export function createNotices({ database, clock, accounts, tell, arrivedAt }: NoticesOptions): Notices {
  async function unsent(overdue: boolean): Promise<readonly Row[]> {
    const rows = await database.query<Row>(
      `select grant_id, customer_id, notice_due_at, overdue_told_at from access.grant
       where first_access_at is not null and first_access_at > $1::timestamptz - interval '90 days'
         and ($2 = false or notice_due_at <= $1) order by notice_due_at limit 500`,
      [clock.now(), overdue],
    );
    const arrived = await Promise.all(rows.map(({ grant_id: grant }) => arrivedAt(grant)));
    return rows.filter((_row, position) => arrived[position] === undefined);
  }

  return {
    sentAt: arrivedAt,
    async open(overdue) {
      return (await unsent(overdue)).map((row) => ({
        grant: row.grant_id,
        customer: row.customer_id,
        dueAt: row.notice_due_at,
      }));
    },
    async remind() {
      const late = (await unsent(true)).filter((row) => row.overdue_told_at === null);
      if (late.length === 0) return;
      const security = await accounts.withRole(['security', 'owner']);
      for (const row of late)
        await database.transaction(async (connection) => {
          const told = await connection.query(
            `update access.grant set overdue_told_at = $3
             where customer_id = $1 and grant_id = $2 and overdue_told_at is null returning 1`,
            [row.customer_id, row.grant_id, clock.now()],
          );
          if (told.length === 0) return;
          await tell(connection, [
            {
              template: 'notice_overdue',
              accounts: security,
              refs: { grant: row.grant_id, customer: row.customer_id, at: row.notice_due_at.toISOString() },
            },
          ]);
        });
    },
  };
}
