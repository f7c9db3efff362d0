import type { Queryable } from '../platform/database/database.ts';
import type { AccountId } from '../platform/ids/ids.ts';

/** What identity has to tell people. The texts are the notify room's. */
export type IdentityMessage =
  | 'invitation'
  | 'reset_link'
  | 'new_device'
  | 'factor_changed'
  | 'password_changed'
  | 'password_leaked'
  | 'leaks_silent'
  | 'account_locked'
  | 'recovery_requested'
  | 'recovery_done'
  | 'admin_reset_asked'
  | 'admins_changed'
  | 'token_made'
  | 'token_waits'
  | 'role_expires'
  | 'colleague_role_expires';

/**
 * Puts messages into the outbox, in the commit of what they are about: ids and codes only.
 * Passed down by `app.ts`, so that this room need not know how anybody is reached.
 */
export type Tell = (
  connection: Queryable,
  messages: readonly {
    readonly template: IdentityMessage;
    readonly accounts: readonly AccountId[];
    readonly refs?: Readonly<Record<string, string | number>>;
  }[],
) => Promise<void>;
