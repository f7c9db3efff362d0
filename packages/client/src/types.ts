/**
 * What goes over the wire, in names and words for people. `types.test.ts` holds them against `generated/api.ts`, which is
 * made from the server's own description.
 */

/** A UUID in lower case. It carries no meaning. */
export type Id = string;
/** `origin index leaf-hash`: where the entry of a request stands in the journal. */
export type ReceiptText = string;
export type LogName = 'access' | 'orders';
/** One record: declared fields and their values. */
export type RecordData = Readonly<Record<string, unknown>>;

export interface LogInfo {
  readonly origin: string;
  /** The verifier key to pin: `origin+id+base64`. */
  readonly key: string;
  /** Of the second signature on checkpoints, which says when. */
  readonly clockKey: string;
  readonly generation: number;
  /** What the log was before a restore: each generation is a log of its own. */
  readonly earlier: readonly { readonly origin: string; readonly key: string; readonly generation: number }[];
}

export interface Customer {
  readonly id: Id;
  readonly label: string;
  readonly createdAt: string;
  readonly logs: Readonly<Record<LogName, LogInfo>>;
}

export interface CustomerPage {
  readonly customers: readonly Customer[];
  readonly next: string | null;
}

export interface FieldDefinition {
  readonly class: 'plain' | 'personal' | 'sensitive';
  /** The field identifies a person, and can be searched by its exact value. */
  readonly lookup?: boolean;
  readonly mask?: 'full' | 'initial' | 'last4' | 'domain' | 'year';
}

export interface PropertySchema {
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly [keyword: string]: unknown;
}

export interface CollectionDefinition {
  /** JSON Schema (draft 7) of one record. */
  readonly schema: {
    readonly type: 'object';
    readonly properties: Readonly<Record<string, PropertySchema>>;
    readonly required?: readonly string[];
    readonly [keyword: string]: unknown;
  };
  readonly fields: Readonly<Record<string, FieldDefinition>>;
  readonly retentionDays?: number;
}

export interface Collection {
  readonly name: string;
  readonly version: number;
  /** `running` while older records still get their lookups. */
  readonly backfill: 'none' | 'running';
  readonly definition: CollectionDefinition;
}

export interface CreatedPerson {
  readonly person: Id;
  readonly receipt: ReceiptText;
}

export interface PersonPage {
  readonly people: readonly { readonly person: Id }[];
  readonly next: string | null;
}

export interface StoredVersion {
  readonly record: Id;
  readonly version: number;
}

export interface ListedRecord<Data = RecordData> extends StoredVersion {
  readonly data: Data;
}

export interface RecordPage<Data = RecordData> {
  readonly records: readonly ListedRecord<Data>[];
  readonly next: string | null;
  readonly receipt: ReceiptText;
}

export interface RecordAddress {
  readonly person: Id;
  readonly collection: string;
  readonly record: Id;
}

export interface FoundRecord<Data = RecordData> extends RecordAddress {
  readonly version: number;
  readonly data: Data;
}

export interface MissingRecord extends RecordAddress {
  readonly error: 'not_found';
}

export interface BulkRecords<Data = RecordData> {
  readonly records: readonly (FoundRecord<Data> | MissingRecord)[];
  /** One for each person whose data is among the records. */
  readonly receipts: Readonly<Record<Id, ReceiptText>>;
}

export interface Matches {
  readonly matches: readonly { readonly person: Id; readonly record: Id }[];
  readonly receipt: ReceiptText;
}

export interface StoredFile {
  readonly file: Id;
  readonly version: number;
  readonly bytes: number;
}

export interface ListedFile extends StoredFile {
  readonly name?: string;
  readonly type: string;
}

export interface FileList {
  readonly files: readonly ListedFile[];
  readonly receipt: ReceiptText;
}

/** The order to erase something: taken at once, carried out until `dueAt`. */
export interface ErasureOrder {
  readonly order: Id;
  readonly scope: string;
  readonly state: string;
  readonly orderedAt: string;
  readonly dueAt: string;
}

export type ErasureWish =
  | { readonly scope: 'customer' }
  | { readonly scope: 'person'; readonly person: Id }
  | { readonly scope: 'collection'; readonly person: Id; readonly collection: string };

export interface ErasureExtent {
  readonly people: number;
  readonly records: number;
  readonly files: number;
  /** As sealed. */
  readonly bytes: number;
}

export interface ErasurePreview extends ErasureExtent {
  readonly collections: readonly { readonly collection: string; readonly records: number }[];
  /** What stays until these end, and goes then by itself. */
  readonly holds: readonly (LegalHold & { readonly records: number })[];
  /** How long an order can be taken back that says nothing else. */
  readonly coolingMinutes: number;
}

/** An order of erasure and how far it has come; times are ISO 8601, `null` while they are to come. */
export interface Erasure {
  readonly order: Id;
  /** `part`: all of a person but what is held. `retention`: the term of its collection was over. */
  readonly scope: 'customer' | 'person' | 'part' | 'collection' | 'record' | 'file' | 'retention';
  readonly person: Id | null;
  readonly collection: string | null;
  /** `held`: waits for the end of a legal hold. `final`: no copy made at any time can be read. */
  readonly state: 'held' | 'ordered' | 'withdrawn' | 'executed' | 'final';
  readonly orderedAt: string;
  readonly coolingUntil: string;
  readonly dueAt: string;
  readonly askedAt: string;
  readonly heldUntil: string | null;
  /** The order that takes what is held, when the hold ends. */
  readonly rest: Id | null;
  /** Opens the receipt without a token, also after the customer has left. */
  readonly receiptPath: string;
  /** The product was told by webhook and is asked to confirm. */
  readonly followAskedAt: string | null;
  readonly followedAt: string | null;
  readonly withdrawnAt: string | null;
  readonly keysDeadAt: string | null;
  readonly rowsRemovedAt: string | null;
  readonly finalAt: string | null;
  readonly extent: ErasureExtent | null;
  /** Sites that could not be reached; they are caught up on their return. */
  readonly sitesMissed: readonly string[];
}

/** What no order may take before it ends: a collection, a person, or one record. */
export interface LegalHold {
  readonly hold: Id;
  readonly person: Id | null;
  readonly collection: string | null;
  readonly record: Id | null;
  readonly until: string;
  readonly reason: string;
  readonly placedAt: string;
  readonly liftedAt: string | null;
}

export interface NewLegalHold {
  readonly person?: Id;
  readonly collection?: string;
  readonly record?: Id;
  readonly until: string;
  /** Without personal data. */
  readonly reason: string;
}

export interface ErasurePage {
  readonly erasures: readonly Erasure[];
  /** Pass as `before` for the next page; `null` at the end. */
  readonly next: string | null;
}

/** A line to import. Without `person` and `record` the server makes them. */
export interface ImportRow {
  readonly person?: Id;
  readonly record?: Id;
  readonly data: RecordData;
}

export interface ImportedLine {
  /** From 1, in the order given. */
  readonly line: number;
  /** `already`: it was done before, under the same key. */
  readonly status: 'created' | 'updated' | 'already';
  readonly person: Id;
  readonly record: Id;
  readonly version: number;
  readonly receipt?: ReceiptText;
}

export interface RefusedLine {
  readonly line: number;
  readonly status: 'error';
  readonly code: string;
  readonly field?: string;
  readonly reason?: string;
}

export type ImportResult = ImportedLine | RefusedLine;

export interface ImportSummary {
  readonly done: true;
  readonly lines: number;
  readonly created: number;
  readonly updated: number;
  readonly already: number;
  readonly errors: number;
}

/** A line of an export, in this order: the head, then for each person the receipt, the records and the files, the end. */
export type ExportLine =
  | {
      readonly export: {
        readonly customer: Id;
        readonly at: string;
        readonly collections: Readonly<Record<string, CollectionDefinition>>;
      };
    }
  | { readonly person: Id; readonly receipt: ReceiptText }
  | FoundRecord
  | {
      readonly person: Id;
      readonly file: Id;
      readonly version: number;
      readonly name?: string;
      readonly type: string;
      readonly bytes: number;
    }
  | { readonly done: true; readonly people: number; readonly records: number };

export interface PersonExport {
  readonly person: Id;
  readonly at: string;
  readonly collections: Readonly<
    Record<string, { readonly definition: CollectionDefinition; readonly records: readonly ListedRecord[] }>
  >;
  readonly files: readonly ListedFile[];
  readonly receipt: ReceiptText;
}

/** What stands in a log: ids and codes of fixed form, never a personal value. */
export interface JournalEntry {
  readonly v: number;
  readonly kind: string;
  readonly at: string;
  readonly actor: { readonly kind: string; readonly id: string; readonly role?: string; readonly country?: string };
  readonly subject?: string;
  readonly purpose?: string;
  readonly legalBasis?: string;
  readonly grant?: string;
  readonly scope?: {
    readonly collection?: string;
    readonly fields?: readonly string[];
    /** Instead of `fields` where there are too many for an entry. */
    readonly fieldsDigest?: string;
    readonly count?: number;
  };
  readonly outcome: string;
  readonly client?: { readonly kind: string };
  readonly refs?: Readonly<Record<string, string | number>>;
  readonly sealed?: readonly string[];
  readonly salt: string;
}

export interface IndexedEntry {
  readonly index: number;
  readonly entry: JournalEntry;
}

export interface JournalPage extends Pick<LogInfo, 'origin' | 'key' | 'generation'> {
  /** The smallest number whose entry is still there: older ones are over their retention. */
  readonly oldest: number;
  readonly entries: readonly IndexedEntry[];
  readonly next: number | null;
}

export interface ConsistencyProof {
  readonly from: number;
  readonly size: number;
  /** Base64. */
  readonly proof: readonly string[];
  /** The signed note of that size. */
  readonly checkpoint: string;
}

export interface NewToken {
  readonly name: string;
  /** Without it the token is for every customer. */
  readonly customer?: Id;
  readonly actions: readonly string[];
  readonly requestsPerSecond?: number;
  readonly expiresInDays?: number;
}

export interface CreatedToken {
  readonly id: Id;
  /** Shown once, stored nowhere. */
  readonly token: string;
  readonly name: string;
  readonly customer?: Id | null;
  readonly actions: readonly string[];
  readonly expiresAt: string;
}

export interface TokenInfo extends Omit<CreatedToken, 'token'> {
  readonly createdAt: string;
  readonly madeBy?: string | null;
  /** `null`: it waits for somebody else to confirm it, and is dead. */
  readonly confirmedAt?: string | null;
  readonly requestsPerSecond?: number;
  readonly revokedAt?: string | null;
}

export interface Purpose {
  readonly code: string;
  readonly de: string;
  readonly en: string;
  readonly legalBasis: string;
}

/** The body of an error (RFC 9457). */
export interface ProblemBody {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly field?: string;
  readonly reason?: string;
}
