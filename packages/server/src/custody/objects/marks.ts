/**
 * Whether what lies at a site's place is that site. A volume that is not mounted leaves an empty folder: everything can be
 * "removed" there, and what is written fills another disk. So each site for objects carries a mark that this database knows.
 */
import { randomUUID } from 'node:crypto';
import { isUuid } from '../../platform/ids/ids.ts';
import type { Site } from '../../platform/sites/site.ts';
import type { ObjectStore } from './object-store.ts';

/** `unmarked`: it had a mark, or objects, and has none. `foreign`: the mark or the objects of another installation. */
export type SiteState = 'ours' | 'unmarked' | 'foreign';

export interface Marks {
  /** Looks now. Marks a site that is new, and one that somebody accepted. @throws where the site or the database is away. */
  look(site: Site): Promise<SiteState>;
  /** The same site; whatever writes, removes or lists there fails where the site is not ours. */
  guarded(site: Site): Site;
}

/** Of what lies at a site that has no mark yet, so many are looked for in the database. */
const sampled = 500;

/** What lies at its place is not this site. */
export class SiteNotOurs extends Error {
  override readonly name = 'SiteNotOurs';
  readonly code = 'site_not_ours';
  constructor(site: string, state: SiteState) {
    super(`the site ${site} is ${state}`);
  }
}

/** What marks need of the database. */
export type MarkStore = Pick<ObjectStore, 'mark' | 'keepMark' | 'markIsThere' | 'expects' | 'known'>;

export function createMarks(store: MarkStore): Marks {
  const known = new Map<string, string>();

  /** That which the site has to have. */
  async function markOf(site: Site): Promise<string | undefined> {
    const before = known.get(site.name);
    if (before !== undefined) return before;
    const kept = await store.mark(site.name);
    if (kept?.isThere !== true) return undefined;
    known.set(site.name, kept.mark);
    return kept.mark;
  }

  /** Known here first: of two installations at one place only one finds its own there. */
  async function mark(site: Site, text: string): Promise<boolean> {
    const kept = await store.keepMark(site.name, text);
    if ((await site.noteOnce('objects', 'mark', kept)) !== kept) return false;
    await store.markIsThere(site.name, kept);
    return true;
  }

  /** Seen for the first time by this database. */
  async function meet(site: Site, found: string | undefined): Promise<SiteState> {
    const names = (await site.list('objects')).filter(isUuid).slice(0, sampled);
    if (names.length === 0) {
      // Rows say that something lies there: it was lost, or the volume is not there. Somebody has to look.
      if (found === undefined && (await store.expects(site.name))) return 'unmarked';
    } else if ((await store.known(names)).size * 2 < names.length) return 'foreign';
    // A mark beside our objects is ours, of after the backup from which this database is. Beside nothing it is another's.
    const isOurs = found !== undefined && names.length > 0;
    return (await mark(site, isOurs ? found : randomUUID())) ? 'ours' : 'foreign';
  }

  async function look(site: Site): Promise<SiteState> {
    // In this order: a mark that the database calls there lies at the site already, also where another is marking it just now.
    const kept = await markOf(site);
    const found = await site.note('objects', 'mark');
    if (kept !== undefined && kept === found) return 'ours';
    if (await isAccepted(site, found)) return 'ours';
    if (kept === undefined) return meet(site, found);
    return found === undefined ? 'unmarked' : 'foreign';
  }

  /** Somebody who may write there has said so: an empty volume takes the place of one that is gone. */
  async function isAccepted(site: Site, found: string | undefined): Promise<boolean> {
    if (found !== undefined || (await site.note('objects', 'accept')) === undefined) return false;
    if (!(await mark(site, randomUUID()))) return false;
    await site.forgetNote('objects', 'accept');
    return true;
  }

  async function needsOurs(site: Site): Promise<void> {
    const state = await look(site);
    if (state !== 'ours') throw new SiteNotOurs(site.name, state);
  }

  return {
    look,
    guarded: (site) =>
      // Everything else is the site's own, as it is at the time of the call.
      Object.assign(Object.create(site) as Site, {
        writer: async (...args) => {
          await needsOurs(site);
          return site.writer(...args);
        },
        remove: async (...args) => {
          await needsOurs(site);
          return site.remove(...args);
        },
        list: async (...args) => {
          await needsOurs(site);
          return site.list(...args);
        },
        removeUnfinished: async (...args) => {
          await needsOurs(site);
          return site.removeUnfinished(...args);
        },
      } satisfies Partial<Site>),
  };
}
