/** What the server says, as far as these pages read it (`/api/openapi.json`). Times are ISO 8601. */

export type Role = 'owner' | 'security' | 'operations' | 'support' | 'engineer' | 'auditor' | 'admin';

export interface Session {
  readonly account: string;
  readonly kind: 'staff' | 'admin';
  readonly name: string;
  readonly email: string;
  readonly language: 'de' | 'en';
  readonly country: string;
  readonly roles: readonly { readonly role: Role; readonly expiresAt: string }[];
  readonly customer: { readonly id: string; readonly label: string } | null;
  readonly method: 'passkey' | 'password+totp' | 'password+recovery';
  readonly passwordLeaked: boolean;
  readonly freshUntil: string;
  readonly expiresAt: string;
  readonly rights: readonly string[];
  readonly operator: string | null;
  readonly form: 'du' | 'sie';
  readonly factors: FactorCounts;
}

export interface FactorCounts {
  readonly passkeys: number;
  readonly password: boolean;
  readonly totp: boolean;
  readonly recoveryCodes: number;
}

export interface LinkInfo {
  readonly kind: 'first-owner' | 'invitation' | 'reset';
  readonly name: string | null;
  readonly email: string | null;
  readonly roles: readonly Role[];
  readonly customer: string | null;
  readonly operator: string | null;
  readonly expiresAt: string;
}

export interface PasskeyInfo {
  readonly id: string;
  readonly label: string;
  readonly provider: string | null;
  readonly backedUp: boolean;
  readonly createdAt: string;
  readonly lastUsedAt: string | null;
}

export interface Factors {
  readonly passkeys: readonly PasskeyInfo[];
  readonly password: { readonly setAt: string } | null;
  readonly recoveryCodes: number;
}

export interface Device {
  readonly type: 'desktop' | 'mobile' | 'tablet' | 'unknown';
  readonly browser: string | null;
  readonly system: string | null;
}

export interface SignIn {
  readonly id: string;
  readonly at: string;
  readonly account: string | null;
  readonly name: string | null;
  readonly act: 'sign-in' | 'confirm' | 'approve';
  readonly outcome: 'ok' | 'failed' | 'locked' | 'limited';
  readonly attempts: number;
  readonly method: string;
  readonly provider: string | null;
  readonly address: string | null;
  readonly device: Device & { readonly userAgent: string | null };
  readonly newDevice: boolean;
  readonly newPlace: boolean;
  readonly log: 'access' | 'operator';
  readonly index: number | null;
}

export interface SessionInfo {
  readonly id: string;
  readonly current: boolean;
  readonly method: Session['method'];
  readonly device: Device;
  readonly createdAt: string;
  readonly lastSeenAt: string;
}

export interface Member {
  readonly account: string;
  readonly name: string;
  readonly email: string;
  readonly state: 'invited' | 'active' | 'left';
  readonly roles: readonly { readonly role: Role; readonly grantedBy: string | null; readonly expiresAt: string }[];
  readonly factors: FactorCounts;
  readonly lastSignInAt: string | null;
  readonly country: string;
  readonly locked: boolean;
}

export interface LogKey {
  readonly origin: string;
  readonly key: string;
}

export interface Customer {
  readonly id: string;
  readonly label: string;
  readonly createdAt: string;
  readonly logs: { readonly access: LogKey; readonly orders: LogKey };
}

export interface Collection {
  readonly name: string;
  readonly version: number;
  readonly definition: {
    readonly fields: Readonly<
      Record<string, { readonly class: FieldClass; readonly lookup?: boolean; readonly mask?: string }>
    >;
  };
}

export type FieldClass = 'plain' | 'personal' | 'sensitive';

export interface TokenInfo {
  readonly id: string;
  readonly name: string;
  readonly customer: string | null;
  readonly actions: readonly string[];
  readonly createdAt: string;
  readonly madeBy: string | null;
  readonly confirmedAt: string | null;
  readonly expiresAt: string;
  readonly revokedAt: string | null;
}

export type GrantState = 'requested' | 'agreed' | 'active' | 'ended' | 'expired' | 'denied' | 'dead';
export type GrantPurpose = 'customer_request' | 'diagnosis' | 'security_review' | 'legal_demand' | 'alert';
export type AccessMode = 'log_only' | 'support_preapproved' | 'ask_first';
export type GrantAct = 'agree' | 'deny' | 'approve' | 'end' | 'review' | 'view';

export interface Grant {
  readonly id: string;
  readonly customer: string;
  readonly customerLabel: string;
  readonly collections: readonly { readonly collection: string; readonly fields: readonly string[] | null }[];
  readonly persons: readonly string[] | null;
  readonly purpose: GrantPurpose;
  readonly minutes: number;
  readonly emergency: boolean;
  readonly ticket: string | null;
  readonly justification: string | null;
  readonly telemetry: string | null;
  readonly requester: {
    readonly account: string | null;
    readonly name: string | null;
    readonly role: Role;
    readonly country: string;
  };
  readonly state: GrantState;
  readonly mode: AccessMode;
  readonly policyHash: string;
  readonly requestHash: string;
  readonly requestedAt: string;
  readonly answerBy: string;
  readonly agreedAt: string | null;
  readonly approvedAt: string | null;
  readonly consent: 'customer' | 'policy' | 'none' | 'emergency' | null;
  readonly signed: boolean;
  readonly startsAt: string | null;
  readonly endsAt: string | null;
  readonly endedAt: string | null;
  readonly endedBy: 'requester' | 'security' | 'customer' | 'time' | 'roles' | null;
  readonly firstAccessAt: string | null;
  readonly noticeDueAt: string | null;
  readonly noticeSentAt: string | null;
  readonly accesses: number;
  readonly unmasked: number;
  readonly review: {
    readonly dueAt: string;
    readonly doneAt: string | null;
    readonly verdict: 'justified' | 'not_justified' | null;
  } | null;
  readonly may: readonly GrantAct[];
}

export interface MaskedRecord {
  readonly record: string;
  readonly version: number;
  readonly fields: Readonly<
    Record<string, { readonly class: FieldClass; readonly masked: string | null; readonly value?: unknown }>
  >;
}

export const accessTypes = ['viewed', 'unmasked', 'searched', 'api'] as const;
export type AccessType = (typeof accessTypes)[number];

export interface AccessRow {
  readonly grant: string;
  readonly at: string;
  readonly until: string;
  readonly durationSeconds: number;
  readonly cause: GrantPurpose;
  readonly role: Role;
  readonly country: string;
  readonly type: AccessType;
  readonly collections: readonly string[];
  readonly fields: readonly string[];
  readonly persons: number;
  readonly records: number;
  readonly consent: Grant['consent'];
  readonly retention: { readonly journalUntil: string; readonly copies: 'none' | 'product' };
  readonly entryCount: number;
  readonly generation: number;
  readonly noticeDueAt: string | null;
  readonly noticeSentAt: string | null;
  readonly entries: readonly number[];
}

export interface Need {
  readonly kind: string;
  readonly id: string | null;
  readonly at: string | null;
  readonly dueAt: string | null;
}

export interface Overview {
  readonly at: string;
  readonly needsMe: readonly Need[];
  readonly counts: { readonly customers: number | null; readonly openGrants: number; readonly staff: number | null };
}

export interface JournalEntry {
  readonly index: number;
  readonly entry: {
    readonly kind: string;
    readonly at: string;
    readonly actor: { readonly kind: string; readonly id: string; readonly role?: string; readonly country?: string };
    readonly purpose?: string;
    readonly grant?: string;
    readonly outcome: string;
    readonly scope?: { readonly collection?: string; readonly fields?: readonly string[]; readonly count?: number };
    readonly [name: string]: unknown;
  };
}

export interface Journal {
  readonly origin: string;
  readonly key: string;
  readonly entries: readonly JournalEntry[];
  readonly next: number | null;
}

export interface NotifyStatus {
  readonly mail: {
    readonly configured: boolean;
    readonly from: string | null;
    readonly host: string | null;
    readonly lastSentAt: string | null;
    readonly waiting: number;
    readonly failing: number;
  };
  readonly webhooks: readonly {
    readonly id: string;
    readonly host: string;
    readonly events: readonly string[];
    readonly createdAt: string;
  }[];
}

export interface Alarm {
  readonly id: string;
  readonly code: string;
  readonly subject: string;
  readonly severity: 'info' | 'warning' | 'critical';
  readonly state: 'open' | 'acknowledged' | 'resolved';
  readonly text: Readonly<Record<'de' | 'en', { readonly title: string; readonly text: string }>>;
  readonly openedAt: string;
  readonly lastSeenAt: string;
  readonly told: number;
  readonly acknowledgedBy: { readonly account: string; readonly name: string | null } | null;
  readonly acknowledgedAt: string | null;
  readonly note: string | null;
  readonly resolvedAt: string | null;
}

export interface Alarms {
  readonly living: readonly Alarm[];
  readonly resolved: readonly Alarm[];
  readonly routes: readonly {
    readonly name: string;
    readonly kind: 'team' | 'mail' | 'webhook' | 'command';
    readonly severities: readonly Alarm['severity'][];
  }[];
}

/** A backup that was restored beside the database, and compared with it. */
export interface Drill {
  readonly id: string;
  readonly state: 'running' | 'proven' | 'failed' | 'unknown';
  readonly reason: string | null;
  readonly asked: boolean;
  readonly site: string | null;
  readonly backup: string | null;
  readonly begunAt: string;
  readonly endedAt: string | null;
  readonly pointAt: string | null;
  readonly rpoMs: number | null;
  readonly rtoMs: number | null;
  readonly bytes: number | null;
  readonly checks: readonly {
    readonly check: 'restored' | 'reached' | 'same' | 'erased' | 'living' | 'structure';
    readonly verdict: 'holds' | 'fails' | 'unknown';
  }[];
}

export interface Recovery {
  readonly drilled: 'yes' | 'own-database' | 'no-backups';
  readonly lastBackup: { readonly completedAt: string; readonly bytes: number } | null;
  readonly sites: readonly {
    readonly name: string;
    readonly country: string;
    readonly read: 'verified' | 'damaged' | 'not-yet';
    readonly proven: Drill | null;
    readonly failing: Drill | null;
  }[];
  readonly drills: readonly Drill[];
  readonly kitRehearsedAt: string | null;
}

/** A challenge for a passkey: what the browser is given, as it came. */
export interface Challenge {
  readonly flow: string;
  readonly options: never;
}

interface Text {
  readonly de: string;
  readonly en: string;
}

export interface PageClaim {
  readonly id: string;
  readonly predicate: Text;
  readonly grade: 'measured' | 'unknown';
  readonly verdict: 'holds' | 'fails' | 'unknown';
  /** How a person may vouch for it; `null`: nobody may. */
  readonly byHand: 'attested' | 'declared' | null;
  readonly attestation: {
    readonly grade: 'attested' | 'declared';
    readonly by: string;
    readonly text: Text;
    readonly at: string;
    readonly until: string;
  } | null;
  /** Who of the team said it, and when; the page does not name them. `name` is `null` where nobody knows any more. */
  readonly vouched: { readonly at: string; readonly name: string | null } | null;
  /** The reason as a code, and in words where there are some. */
  readonly reason: string | null;
  readonly why: Text | null;
  /** What to do about a claim that does not hold. */
  readonly remedy: Text | null;
  readonly missing: Text | null;
  readonly proof: { readonly observedAt: string; readonly counts: Readonly<Record<string, number | string>> } | null;
}

export interface SecurityPage {
  readonly count: Readonly<Record<PageClaim['verdict'] | 'attested' | 'declared', number>>;
  readonly practices: readonly {
    readonly id: string;
    readonly title: Text;
    readonly sentences: readonly { readonly id: string; readonly text: Text; readonly claims: readonly PageClaim[] }[];
  }[];
}

export interface ErasureWish {
  readonly scope: 'person' | 'collection' | 'customer';
  readonly person?: string;
  readonly collection?: string;
}

export interface Hold {
  readonly hold: string;
  readonly person: string | null;
  readonly collection: string | null;
  readonly record: string | null;
  readonly until: string;
  readonly reason: string;
  readonly placedAt: string;
  readonly liftedAt: string | null;
}

export interface Proposal {
  readonly proposal: string;
  readonly mine: boolean;
  readonly state: 'open' | 'confirmed' | 'ended' | 'expired';
  readonly expiresAt: string;
}

export const refusalGrounds = [
  'expression',
  'legal_obligation',
  'public_health',
  'archive',
  'legal_claims',
  'excessive',
  'not_identified',
] as const;

export interface ErasureRequest {
  readonly request: string;
  readonly person: string;
  readonly receivedAt: string;
  readonly dueAt: string;
  readonly extension: 'complex' | 'many' | null;
  readonly order: string | null;
  readonly answeredAt: string | null;
  readonly outcome: 'erased' | 'refused' | null;
  readonly ground: (typeof refusalGrounds)[number] | null;
}

export interface ErasurePreview {
  readonly people: number;
  readonly records: number;
  readonly files: number;
  readonly collections: readonly { readonly collection: string; readonly records: number }[];
  readonly holds: readonly (Hold & { readonly records: number })[];
  readonly secondAdmin: boolean;
  readonly coolingMinutes: number;
}

export interface Erasure {
  readonly order: string;
  readonly scope: 'customer' | 'person' | 'part' | 'collection' | 'record' | 'file' | 'retention';
  readonly person: string | null;
  readonly collection: string | null;
  readonly state: 'held' | 'ordered' | 'withdrawn' | 'executed' | 'final';
  readonly heldUntil: string | null;
  readonly followAskedAt: string | null;
  readonly followedAt: string | null;
  readonly receiptPath: string;
  readonly orderedAt: string;
  readonly coolingUntil: string;
  readonly dueAt: string;
  readonly keysDeadAt: string | null;
  readonly finalAt: string | null;
}
