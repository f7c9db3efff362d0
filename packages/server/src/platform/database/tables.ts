/**
 * The one registry of tables. Each room declares its own; re-keying, sweeps, the coverage test, the scale test and
 * the page's encryption claim read the declarations, so that keyring and erasure import nobody.
 */

/** `distributed`: by customer, which comes first in every key. `reference`: small, everywhere. `local`: one node's. */
export type TableClass = 'distributed' | 'reference' | 'local';

/**
 * `plain`: free of personal data by form (ids, times, counts, declared names).
 * `sealed`: an AEAD ciphertext or a wrapped key. `digest`: a keyed or salted digest.
 */
export type ColumnKind = 'plain' | 'sealed' | 'digest';

export interface TableDeclaration {
  /** With its schema: `custody.record`. */
  readonly name: string;
  readonly class: TableClass;
  readonly columns: Readonly<Record<string, ColumnKind>>;
  /** The column that says whose data a row is, where it is one person's. */
  readonly person?: string;
  /** The columns with the data key of each row, wrapped by the key of its person: a new person key rewraps them. */
  readonly dataKey?: { readonly id: string; readonly wrapped: string; readonly commitment: string };
  /** Rows of the erased stay as empty ones: these columns are set to null instead. */
  readonly bury?: readonly string[];
  /** How the rows of an erased person or customer go. */
  readonly sweep: 'by-person' | 'by-customer' | 'keep' | 'none';
  /** Append-only: the app's role may neither update nor delete. */
  readonly appendOnly?: true;
}

/** One step forward. Never changed once released: the digest of what ran is kept and compared. */
export interface Migration {
  readonly id: string;
  readonly sql: string;
}

/** A room's part of the database. */
export interface RoomSchema {
  readonly room: string;
  readonly tables: readonly TableDeclaration[];
  readonly migrations: readonly Migration[];
}
