/** What a record is to the database: its place, its head, its sealed content. */
import type { DataKey } from '../keyring/objects.ts';
import type { CustomerId, Name, PersonId, RecordId } from '../platform/ids/ids.ts';
import type { LookupChange } from './lookup-store.ts';

/** Where a record is. */
export interface RecordPlace {
  readonly customer: CustomerId;
  readonly person: PersonId;
  readonly collection: Name;
  readonly record: RecordId;
}

/** A record's row without its content. */
export interface RecordHead {
  readonly version: number;
  readonly dataKey: DataKey;
}

export interface StoredRecord extends RecordHead {
  readonly record: RecordId;
  readonly collection: Name;
  readonly person: PersonId;
  readonly sealed: Buffer;
}

export interface RecordWrite extends RecordPlace, RecordHead {
  readonly sealed: Buffer;
  readonly lookups: LookupChange | undefined;
}
