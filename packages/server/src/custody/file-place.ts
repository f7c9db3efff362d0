/** What a file is, where it belongs, and what the modules about files work with. */
import type { Journal } from '../journal/journal.ts';
import type { Keyring } from '../keyring/keyring.ts';
import type { Clock } from '../platform/clock/clock.ts';
import type { CustomerId, FileId, PersonId } from '../platform/ids/ids.ts';
import type { Site } from '../platform/sites/site.ts';
import type { AskOrderedAway } from './bring-back.ts';
import type { AccessLog } from './call.ts';
import type { FileRow, FileStore } from './file-store.ts';

export interface FilePlace {
  readonly customer: CustomerId;
  readonly person: PersonId;
  readonly file: FileId;
}

/** What a file is: sealed, like its content. */
export interface FileMeta {
  readonly name?: string;
  readonly type: string;
  readonly bytes: number;
}

export interface Upload {
  readonly content: AsyncIterable<Uint8Array>;
  readonly name: string | undefined;
  readonly type: string;
  readonly ifVersion?: number;
  /** Where it is brought back from an export of that moment. */
  readonly exportedAt?: Date;
}

/** What was written: its version, its length in bytes, and the receipt's wire form. */
export interface StoredFile {
  readonly version: number;
  readonly bytes: number;
  readonly receipt: string;
}

export interface FilesOptions {
  readonly journal: Journal;
  readonly keyring: Keyring;
  readonly log: AccessLog;
  readonly store: FileStore;
  readonly askOrderedAway: AskOrderedAway;
  readonly sites: readonly Site[];
  /** At how many sites an object has to be durable before it is acknowledged; at all when absent. */
  readonly quorum?: number | undefined;
  /** How long a site may take for one step of an upload. */
  readonly deadlineMs: number;
  /** Which of these objects belong to a file. */
  readonly known: (objects: readonly string[]) => Promise<ReadonlySet<string>>;
  /** Whether what belongs to no file stays at this site for now. */
  readonly areStrangersHeld: (site: Site) => Promise<boolean>;
  /** Told where a site has an object otherwise than its seal says. */
  readonly wrong: (place: FilePlace, row: FileRow, site: Site) => void;
  readonly clock: Clock;
  readonly maxBytes: number;
  readonly warn: (sentence: string) => void;
}
