/** What letters there are, and what each is made of. */

export type Template =
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
  | 'colleague_role_expires'
  | 'grant_requested'
  | 'grant_waits_for_customer'
  | 'grant_started'
  | 'grant_emergency'
  | 'grant_ended'
  | 'access_notice'
  | 'review_due'
  | 'review_overdue'
  | 'notice_overdue'
  | 'claim_changed'
  | 'alarm_open'
  | 'alarm_resolved'
  | 'erasure_proposed'
  | 'request_due'
  | 'erasure_unconfirmed'
  | 'person.erased';

export interface Phrase {
  readonly subject: string;
  /** Paragraphs. `{name}` stands for what the message refers to. */
  readonly body: readonly string[];
  /** Where to go; a path of the console, or `link` for the one-time link. */
  readonly goTo?: string;
}

export type Phrases = Readonly<Record<Template, Phrase>>;
