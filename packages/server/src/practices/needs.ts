import type { Policies } from '../access/policies.ts';
import type { Observation } from '../claims/probe.ts';
import type { LedgerState } from '../custody/erasure/ledger.ts';
import type { ReleasingRoute } from '../identity/authenticate.ts';
import type { StaffRole } from '../identity/caller.ts';
import type { Consistency } from '../journal/consistency.ts';
import type { Openings } from '../keyring/openings.ts';
import type { Settings } from '../platform/config/settings.ts';
import type { Queryable } from '../platform/database/database.ts';
import type { TableDeclaration } from '../platform/database/tables.ts';
import type { GrantId } from '../platform/ids/ids.ts';
import type { Site } from '../platform/sites/site.ts';
import type { ViewAttempts } from './confidentiality/without-grant.ts';
import type { WaysOut } from './encryption/outgoing.ts';
import type { WantedValues } from './encryption/wanted.ts';
import type { RecoveryNeeds } from './recovery/claims.ts';
import type { SourceCodeNeeds } from './recovery/source-code/claim.ts';

/** A request to this very server, as a stranger would send it. */
export type Ask = (
  method: string,
  path: string,
  body?: unknown,
) => Promise<{ readonly status: number; readonly code: string | undefined; readonly text: string }>;

/** What the practices look at. */
export interface PracticeNeeds {
  readonly settings: Pick<
    Settings,
    'allowedCountries' | 'tls' | 'url' | 'port' | 'host' | 'trustedProxies' | 'database'
  >;
  readonly sites: readonly Site[];
  readonly tables: readonly TableDeclaration[];
  readonly policies: Policies;
  readonly ask: Ask;
  /** Every way of the API on which personal data can leave. */
  readonly releasing: readonly ReleasingRoute[];
  /** Tries to open data without a receipt. @returns the code of the refusal, or `opened`. */
  readonly openWithoutReceipt: () => string;
  /** Tries to see data as somebody of the staff who has no grant. */
  readonly viewWithoutGrant: (roles: readonly StaffRole[], foreign: GrantId | undefined) => Promise<ViewAttempts>;
  /** Folders with everything that this installation writes; none where the database keeps its files elsewhere. */
  readonly files: readonly string[];
  /** Into the server's own log, for whoever mends it: nothing personal. */
  readonly warn: (sentence: string) => void;
  /** Stores `secret` as an application would store something personal, and `control` readable. */
  readonly plant: (values: { readonly secret: string; readonly control: string }) => Promise<void>;
  /** Which planted values are hunted. */
  readonly wanted: WantedValues;
  /** Compares the logs with the heads that lie outside the database. */
  readonly consistency: (reader: Queryable, signal: AbortSignal) => Promise<Consistency>;
  /** Erases a person of our own and hunts the copies of earlier ones. */
  readonly canary: () => Promise<Observation>;
  /** How the erasure ledger lies at the sites, read from its first line on. */
  readonly ledger: () => Promise<LedgerState>;
  readonly waysOut: WaysOut;
  readonly sourceCode: SourceCodeNeeds;
  readonly recovery: RecoveryNeeds;
  /** Which epoch keys the safes hold. */
  readonly livingEpochs: () => Promise<ReadonlySet<string>>;
  /** By safe the epochs that it has whole, or its share of; `undefined` where it cannot be read. */
  readonly heldEpochs: () => Promise<ReadonlyMap<string, ReadonlySet<string> | undefined>>;
  /** What this server has opened, by the entries that allowed it. */
  readonly openings: () => Openings;
}
