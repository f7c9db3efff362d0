/**
 * Whoever has records or files has a key, and no two people of a customer have one. All of it is looked at, but never in one
 * go: parts of some thousand rows with a rest after each, and what does not fit into one run goes on in the next.
 */
import { setTimeout } from 'node:timers/promises';
import type { Observation, ProbeContext } from '../../claims/probe.ts';
import type { Queryable, Value } from '../../platform/database/database.ts';

/** Rows in a part. */
const partRows = 20_000;
/** For each millisecond of asking, so many of rest: there are others who need the database. */
const rest = 1;
/** Of one run, rests included. */
const longestRunMs = 25_000;
/** Everything has to have been looked at within this time, in however many runs. */
const longestPassMs = 24 * 3_600_000;

interface Part {
  readonly rows: number;
  /** People without a key row, or more people than keys. */
  readonly wrong: number;
  /** Where the next part begins; `undefined`: this was the last one. */
  readonly next: readonly Value[] | undefined;
}

type Look = (database: Queryable, after: readonly Value[]) => Promise<Part>;

const nil = '00000000-0000-0000-0000-000000000000';

/** Owners of rows against the people that there are, along the table's primary key. */
function owners(
  table: string,
  key: readonly string[],
  begin: readonly Value[],
): { look: Look; begin: readonly Value[] } {
  const columns = key.join(', ');
  const given = key.map((_, position) => `$${position + 1}`).join(', ');
  const text = `
    with part as (select ${columns} from ${table} where (${columns}) > (${given}) order by ${columns} limit ${partRows}),
         last as (select * from part order by ${key.map((column) => `${column} desc`).join(', ')} limit 1)
    select (select count(*) from part) as rows, last.*,
           (select count(*) from (select distinct customer_id, person_id from part) o where not exists
             (select 1 from keyring.person p where p.customer_id = o.customer_id and p.person_id = o.person_id)) as wrong
    from last`;
  return {
    begin,
    async look(database, after) {
      const [row] = await database.query<{ rows: number; wrong: number } & Record<string, Value>>(text, after);
      if (row === undefined) return { rows: 0, wrong: 0, next: undefined };
      const next = row.rows < partRows ? undefined : key.map((column) => row[column] ?? null);
      return { rows: row.rows, wrong: row.wrong, next };
    },
  };
}

/** The people of one customer after the other: as many keys as people. */
const people = {
  begin: [nil],
  async look(database: Queryable, [after]: readonly Value[]): Promise<Part> {
    const [customer] = await database.query<{ customer_id: string }>(
      'select customer_id from keyring.person where customer_id > $1 order by customer_id limit 1',
      [after ?? nil],
    );
    if (customer === undefined) return { rows: 0, wrong: 0, next: undefined };
    const { customer_id: id } = customer;
    const [row] = await database.query<{ rows: number; keys: number }>(
      'select count(*) as rows, count(distinct key_id) as keys from keyring.person where customer_id = $1',
      [id],
    );
    const { rows, keys } = row ?? { rows: 0, keys: 0 };
    return { rows, wrong: rows - keys, next: [id] };
  },
};

const passes = {
  people,
  records: owners('custody.record', ['customer_id', 'person_id', 'collection', 'record_id'], [nil, nil, '', nil]),
  files: owners('custody.file', ['customer_id', 'person_id', 'file_id'], [nil, nil, nil]),
} as const;
type What = keyof typeof passes;
const order: readonly What[] = ['people', 'records', 'files'];

interface Place {
  readonly what: What;
  readonly after: readonly Value[];
}
const beginningOf = (what: What): Place => ({ what, after: passes[what].begin });

interface Seen {
  readonly rows: Record<What, number>;
  wrong: number;
}
const seenNothing = (): Seen => ({ rows: { people: 0, records: 0, files: 0 }, wrong: 0 });

/** @param more for tests: how long a run may take. */
export function createKeysOfTheirOwn({ runMs = longestRunMs }: { readonly runMs?: number } = {}) {
  /** The last time that all was looked at, and how far the present time has come. */
  let whole: { readonly seen: Seen; readonly endedAt: number } | undefined;
  let present = seenNothing();
  let at: Place | undefined;

  /** @returns whether everything has been looked at. */
  async function lookOn(database: Queryable, signal: AbortSignal): Promise<boolean> {
    const begun = performance.now();
    for (let place = at ?? beginningOf('people'); performance.now() - begun < runMs && !signal.aborted; ) {
      const asked = performance.now();
      const { rows, wrong, next } = await passes[place.what].look(database, place.after);
      present.rows[place.what] += rows;
      present.wrong += wrong;
      const following = order[order.indexOf(place.what) + 1];
      if (next === undefined && following === undefined) return true;
      place = next === undefined && following !== undefined ? beginningOf(following) : { ...place, after: next ?? [] };
      at = place;
      await setTimeout((performance.now() - asked) * rest);
    }
    return false;
  }

  return async ({ clock, database, signal }: ProbeContext): Promise<Observation> => {
    const complete = await lookOn(database, signal);
    const { rows, wrong } = present;
    const counts = { persons: rows.people, records: rows.records, files: rows.files, wrong };
    if (complete) {
      whole = { seen: present, endedAt: clock.monotonicMs() };
      present = seenNothing();
      at = undefined;
    }
    if (wrong + (whole?.seen.wrong ?? 0) > 0) return { verdict: 'fails', counts };
    // What was whole a day ago says nothing of today.
    if (whole === undefined || clock.monotonicMs() - whole.endedAt > longestPassMs)
      return { verdict: 'unknown', counts, reason: 'still-looking' };
    const { people, records, files } = whole.seen.rows;
    if (people === 0) return { verdict: 'unknown', counts, reason: 'nothing-yet' };
    return { verdict: 'holds', counts: { ...counts, allOf: people + records + files } };
  };
}
