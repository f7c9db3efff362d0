/** Sealed objects at their sites: written by uploads, brought where they are missing, compared with the rows each day. */
import type { Finding } from '../../alerts/alarm.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import type { Database } from '../../platform/database/database.ts';
import type { Site } from '../../platform/sites/site.ts';
import type { FilePlace } from '../file-place.ts';
import type { FileRow } from '../file-store.ts';
import { createComparison } from './compare.ts';
import { createHealer, type Healed } from './heal.ts';
import { areStrangersHeld } from './hold.ts';
import { createMarks } from './marks.ts';
import { createObjectStore } from './object-store.ts';

export interface Objects {
  /** Those for objects. Nothing is written, removed or listed where what lies there is not the site. */
  readonly sites: readonly Site[];
  /** How long a site may take for one answer. */
  readonly deadlineMs: number;
  known(objects: readonly string[]): Promise<ReadonlySet<string>>;
  /** Whether what belongs to no file stays at this site for now. */
  areStrangersHeld(site: Site): Promise<boolean>;
  /** A reader found that this site has other bytes than were sealed: it gets them anew. */
  wrong(place: FilePlace, row: FileRow, site: Site): void;
  heal(): Promise<Healed>;
  /** Compares each site with the rows, mends what it can, and says what was wrong. */
  compare(): Promise<readonly Finding[]>;
}

export interface ObjectsOptions {
  readonly database: Database;
  readonly sites: readonly Site[];
  readonly clock: Clock;
  readonly warn: (sentence: string) => void;
}

const deadlineMs = 60_000;

export function createObjects({ database, sites, clock, warn }: ObjectsOptions): Objects {
  const store = createObjectStore(database);
  const marks = createMarks(store);
  const raw = sites.filter(({ purposes }) => purposes.includes('objects'));
  const guarded = raw.map(marks.guarded);
  const healer = createHealer({ database, store, sites: guarded, deadlineMs, clock });
  return {
    sites: guarded,
    deadlineMs,
    known: store.known,
    areStrangersHeld: (site) => areStrangersHeld(database, site),
    wrong(place, row, site) {
      warn(`an object at the site ${site.name} is not as it was written; it is brought from another`);
      const { object, sites: there } = row;
      store
        .lacks({ ...place, object, sites: there, missing: [], digest: undefined, bytes: undefined }, site.name)
        .catch(() => undefined);
    },
    heal: healer.run,
    compare: createComparison({ store, marks, healer, sites: raw, clock }),
  };
}
