/** What an order of erasure is, and the life it has. */
import type { Actor } from '../../journal/entry.ts';
import type { Whose } from '../../keyring/deaths.ts';
import type { CustomerId, FileId, KeyId, Name, OrderId, PersonId, RecordId } from '../../platform/ids/ids.ts';

/** `part`: all of a person but what a legal hold keeps. `retention`: what a collection's term is over for. */
export type Scope = 'customer' | 'person' | 'part' | 'collection' | 'record' | 'file' | 'retention';

/**
 * `held`: waits for the end of a legal hold; nothing is closed yet. `ordered`: durable, access refused, can be taken back until the cooling is over. `executed`: keys dead (or, where a
 * person goes on living, its new key is due with the rollover) and rows removed. `final`: the epoch is closed.
 */
export type OrderState = 'held' | 'ordered' | 'withdrawn' | 'executed' | 'final';

/** How much goes: shown before an order is placed, and kept in its receipt. */
export interface Extent {
  readonly people: number;
  readonly records: number;
  readonly files: number;
  readonly bytes: number;
  /** Records that a legal hold kept. */
  readonly held?: number;
}

export interface ErasureOrder {
  readonly order: OrderId;
  readonly customer: CustomerId;
  readonly scope: Scope;
  readonly person: PersonId | undefined;
  readonly collection: Name | undefined;
  readonly object: RecordId | FileId | undefined;
  readonly keys: readonly KeyId[];
  readonly state: OrderState;
  /** From then on access is refused, and the clock of the promise runs. */
  readonly orderedAt: Date;
  /** The promise: gone from every copy by then. */
  readonly dueAt: Date;
  /** Until then it can be taken back. */
  readonly coolingUntil: Date;
  /** It waits (or waited) for holds: until then by what was known, since it was asked for. */
  readonly held: { readonly until: Date; readonly askedAt: Date } | undefined;
  /** The order that takes what this one had to leave. */
  readonly rest: OrderId | undefined;
  /** The product was told and asked to confirm; `undefined`: nobody listens. */
  readonly follow: { readonly askedAt: Date; readonly followedAt: Date | undefined } | undefined;
  readonly withdrawnAt: Date | undefined;
  /** From here no living key opens it. */
  readonly deadAt: Date | undefined;
  readonly removedAt: Date | undefined;
  readonly finalAt: Date | undefined;
  readonly extent: Extent | undefined;
  /** Sites that could not be reached when files were removed: they are caught up on their return. */
  readonly missed: readonly string[];
  /** Where the receipt stands in the customer's orders log. */
  readonly receiptIndex: number | undefined;
}

/** What somebody wants gone. */
export type Wish = { readonly customer: CustomerId } & (
  | { readonly scope: 'customer'; readonly person?: undefined; readonly collection?: undefined }
  | { readonly scope: 'person'; readonly person: PersonId; readonly collection?: undefined }
  | { readonly scope: 'collection'; readonly person: PersonId; readonly collection: Name }
);

/** Whose orders those are that nobody asked for just now. */
export const obhut: Actor = { kind: 'system', id: 'obhut' };

/** The promise of the page. */
export const dueAfterMs = 24 * 3_600_000;
export const longestCoolingMs = 8 * 3_600_000;

/** Of whom everything goes with an order; `undefined`: of somebody whom this database does not know. */
export const wholeOf = ({ scope, person }: Pick<ErasureOrder, 'scope' | 'person'>): Whose | undefined =>
  scope === 'customer' ? 'everybody' : person;

/** Whose key dies whole; with the others a person goes on living under a new key. */
export const isDestruction = (scope: Scope): boolean => scope === 'customer' || scope === 'person';
