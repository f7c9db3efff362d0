import type { Queryable } from '../platform/database/database.ts';
import type { AccountId } from '../platform/ids/ids.ts';

export type AccessMessage =
  | 'grant_requested'
  | 'grant_waits_for_customer'
  | 'grant_started'
  | 'grant_emergency'
  | 'grant_ended'
  | 'access_notice'
  | 'review_due'
  | 'review_overdue'
  | 'notice_overdue';

/** Puts messages into the outbox, in the commit of what they are about. */
export type Tell = (
  connection: Queryable,
  messages: readonly {
    readonly template: AccessMessage;
    readonly accounts: readonly AccountId[];
    readonly refs: Readonly<Record<string, string | number>>;
  }[],
) => Promise<void>;
