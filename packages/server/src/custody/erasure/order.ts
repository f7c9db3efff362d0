/** What an order of erasure is, and the life it has. */
import type { CustomerId, FileId, KeyId, Name, OrderId, PersonId, RecordId } from '../../platform/ids/ids.ts';

export type Scope = 'customer' | 'person' | 'collection' | 'record' | 'file';

/**
 * `ordered`: durable, access refused, can be taken back until the cooling is over. `executed`: keys dead (or, where a
 * person goes on living, its new key is due with the rollover) and rows removed. `final`: the epoch is closed.
 */
export type OrderState = 'ordered' | 'withdrawn' | 'executed' | 'final';

/** How much goes: shown before an order is placed, and kept in its receipt. */
export interface Extent {
  readonly people: number;
  readonly records: number;
  readonly files: number;
  readonly bytes: number;
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
  readonly orderedAt: Date;
  /** The promise: gone from every copy by then. */
  readonly dueAt: Date;
  /** Until then it can be taken back. */
  readonly coolingUntil: Date;
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

/** The promise of the page. */
export const dueAfterMs = 24 * 3_600_000;
export const longestCoolingMs = 8 * 3_600_000;

/** Whose key dies whole; with the others a person goes on living under a new key. */
export const isDestruction = (scope: Scope): boolean => scope === 'customer' || scope === 'person';
