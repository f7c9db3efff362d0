/**
 * Import: records as lines, results as lines, in order. One bad line never loses the good ones.
 *
 * It is resumable without a spool: with an idempotency key, the ids of what a line makes are derived from the key and the
 * line's number (keyed, so that they tell nothing), and a line whose record is there already answers `already`.
 */

import { withCurrentKeys } from '../keyring/current.ts';
import type { CustomerHandle, Keyring } from '../keyring/keyring.ts';
import type { NewPerson, PersonHandle } from '../keyring/person-keys.ts';
import { derivedUuid } from '../platform/crypto/derived-id.ts';
import type { SecretKey } from '../platform/crypto/key.ts';
import { Problem, type ProblemCode } from '../platform/http/problem.ts';
import { asId, type CustomerId, isUuid, type Name, newId, type PersonId, type RecordId } from '../platform/ids/ids.ts';
import type { AskOrderedAway } from './bring-back.ts';
import type { AccessLog, Call } from './call.ts';
import type { Collection } from './collections.ts';
import { isLookupValue, type Lookups } from './lookups.ts';
import { batches, type Line, lines } from './ndjson.ts';
import type { RecordStore } from './record-store.ts';
import type { PutRecord, Records, WrittenOne } from './records.ts';

export interface ImportOptions {
  readonly customer: CustomerId;
  readonly collection: Name;
  /** A lookup field: the person is found by its value, and made only where nobody has it. */
  readonly match: Name | undefined;
  readonly idempotencyKey: string | undefined;
  /**
   * Where the lines come from an export of that moment: people are made under the ids that they had, and what was ordered
   * away since is refused.
   */
  readonly exportedAt?: Date | undefined;
}

export type LineResult =
  | {
      readonly line: number;
      readonly status: 'created' | 'updated' | 'already';
      readonly person: PersonId;
      readonly record: RecordId;
      readonly version: number;
      readonly receipt: string | undefined;
    }
  | {
      readonly line: number;
      readonly status: 'error';
      readonly code: ProblemCode;
      readonly field?: string;
      readonly reason?: string;
    };

export interface Importer {
  /** @throws Problem before the first line when customer or collection are unknown. */
  run(
    options: ImportOptions,
    body: AsyncIterable<Uint8Array>,
    call: Call,
  ): Promise<AsyncIterable<readonly LineResult[]>>;
}

/** A line that is understood: whose record, which one, what. */
interface Parsed {
  readonly line: number;
  person: PersonId;
  /** The person may be made by this line. */
  readonly mayCreate: boolean;
  record: RecordId;
  /** The record's id was derived: if it is there, this line was done before. */
  derived: boolean;
  readonly data: Readonly<Record<string, unknown>>;
}

const batchLines = 512;
const batchesUnderWay = 3;

/** Lines of a batch: those that can be written, and those that cannot. */
interface Understood {
  readonly batch: readonly Line[];
  readonly parsed: readonly Parsed[];
  readonly refused: readonly LineResult[];
}

export interface ImporterOptions {
  readonly keyring: Keyring;
  readonly log: AccessLog;
  readonly records: Records;
  readonly lookups: Lookups;
  readonly store: RecordStore;
  readonly askOrderedAway: AskOrderedAway;
  readonly idKey: SecretKey;
  readonly maxLineBytes: number;
}

export function createImporter({
  keyring,
  log,
  records,
  lookups,
  store,
  askOrderedAway,
  idKey,
  maxLineBytes,
}: ImporterOptions): Importer {
  const derivedId = (
    { customer, collection, idempotencyKey }: ImportOptions,
    what: 'person' | 'record',
    line: number,
  ) => derivedUuid(idKey, 'import', customer, collection, idempotencyKey ?? '', what, String(line));

  function parse(
    options: ImportOptions,
    collection: Collection,
    { number: line, text, tooLong }: Line,
  ): Parsed | LineResult {
    const bad = (code: ProblemCode, field?: string, reason?: string): LineResult => ({
      line,
      status: 'error',
      code,
      ...(field !== undefined && { field }),
      ...(reason !== undefined && { reason }),
    });
    if (tooLong || text === undefined) return bad('too_large');
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return bad('input_invalid', '/', 'is not JSON');
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return bad('input_invalid', '/', 'is not an object');
    const { person, record, data, ...others } = value as Record<string, unknown>;
    if (Object.keys(others).length > 0) return bad('input_invalid', '/', 'holds more than person, record and data');
    for (const [field, id] of [
      ['person', person],
      ['record', record],
    ] as const)
      if (id !== undefined && (typeof id !== 'string' || !isUuid(id)))
        return bad('input_invalid', `/${field}`, 'is not a UUID in lower case');
    const wrong = collection.check(data);
    if (wrong !== undefined)
      return bad('data_invalid', wrong.field === '/' ? '/data' : `/data${wrong.field}`, wrong.reason);
    const repeatable = options.idempotencyKey !== undefined;
    return {
      line,
      person:
        person !== undefined ? asId(person as string) : repeatable ? asId(derivedId(options, 'person', line)) : newId(),
      mayCreate: person === undefined || options.exportedAt !== undefined,
      record:
        record !== undefined ? asId(record as string) : repeatable ? asId(derivedId(options, 'record', line)) : newId(),
      derived: record === undefined && repeatable,
      data: data as Record<string, unknown>,
    };
  }

  /** Finds the person by the match field: what this batch has made is looked up too. */
  async function matchPersons(
    customer: CustomerHandle,
    collection: Collection,
    match: Name,
    parsed: readonly Parsed[],
  ): Promise<void> {
    const first = new Map<unknown, Parsed>();
    for (const one of parsed) {
      const value = one.data[match];
      if (!one.mayCreate || !isLookupValue(value)) continue;
      const earlier = first.get(value);
      if (earlier !== undefined) {
        one.person = earlier.person;
        one.record = earlier.record;
        one.derived = earlier.derived;
        continue;
      }
      first.set(value, one);
      const [found] = await lookups.find(customer, collection, match, value);
      if (found === undefined) continue;
      // Only what this very line made before is done; a record that was there already is to be updated.
      one.derived &&= found.record === one.record;
      one.person = found.person;
      one.record = found.record;
    }
  }

  async function writePerson(
    customer: CustomerHandle,
    collection: Collection,
    person: PersonId,
    group: readonly Parsed[],
    call: Call,
  ): Promise<readonly LineResult[] | 'stale' | 'conflict'> {
    let handle: PersonHandle | undefined = await keyring.person(customer.customer, person);
    let made: NewPerson | undefined;
    if (handle === undefined) {
      if (!group.some(({ mayCreate }) => mayCreate))
        return group.map(({ line }) => ({ line, status: 'error', code: 'not_found', field: '/person' }));
      made = keyring.newPerson(customer, person);
      handle = made.handle;
    }
    const heads = made
      ? group.map(() => undefined)
      : await Promise.all(
          group.map(({ record }) =>
            store.head({ customer: customer.customer, person, collection: collection.name, record }),
          ),
        );
    const results: (LineResult | undefined)[] = group.map(({ line, record, derived }, i) => {
      const version = heads[i]?.version;
      if (!derived || version === undefined) return undefined;
      return { line, status: 'already', person, record, version, receipt: undefined };
    });
    // The last line of a record wins; the earlier ones of the same batch were overtaken before they were written.
    const open = [...group.keys()].filter((i) => results[i] === undefined);
    const last = new Map(open.map((i) => [group[i]?.record, i]));
    const writing = open.filter((i) => last.get(group[i]?.record) === i);
    if (writing.length > 0) {
      const puts: PutRecord[] = writing.flatMap((i) =>
        group[i] === undefined ? [] : [{ record: group[i].record, data: group[i].data }],
      );
      const written = await records.putTogether(
        customer,
        { handle, ...(made && { newRow: made.row }) },
        collection,
        puts,
        writing.map((i) => heads[i]),
        call,
      );
      if (written === 'stale' || written === 'conflict') return written;
      if (made !== undefined) keyring.keep(made.handle);
      if (written.written.includes('conflict')) return 'conflict';
      for (const [position, i] of writing.entries())
        results[i] = done(group[i] as Parsed, heads[i]?.version, written.written[position], written.receipt);
    }
    return group.map(({ record }, i) => {
      const winner = results[last.get(record) ?? i] ?? results[i];
      return { ...(results[i] ?? (winner as LineResult)), line: group[i]?.line ?? 0 };
    });
  }

  function done(
    { line, person, record }: Parsed,
    before: number | undefined,
    written: WrittenOne | undefined,
    receipt: string,
  ): LineResult {
    if (typeof written !== 'object') return { line, status: 'error', code: 'write_conflict' };
    return {
      line,
      status: before === undefined ? 'created' : 'updated',
      person,
      record,
      version: written.version,
      receipt,
    };
  }

  /** The lines that come back, and the refusals of what was ordered away after their export. */
  async function split(
    { customer, collection, exportedAt }: ImportOptions,
    person: PersonId,
    group: readonly Parsed[],
  ): Promise<{ readonly stays: readonly Parsed[]; readonly refused: readonly LineResult[] }> {
    if (exportedAt === undefined) return { stays: group, refused: [] };
    const away = await askOrderedAway({ customer, person, at: exportedAt });
    const isAway = ({ record }: Parsed) => away.part({ collection, object: record });
    return {
      stays: group.filter((one) => !isAway(one)),
      refused: group.filter(isAway).map(({ line }) => ({ line, status: 'error', code: 'ordered_away' })),
    };
  }

  /** A refused item fails its own lines and no others. */
  async function writeGroup(
    options: ImportOptions,
    person: PersonId,
    group: readonly Parsed[],
    call: Call,
  ): Promise<readonly LineResult[]> {
    try {
      return await withCurrentKeys(keyring, options.customer, async (customer) => {
        const { stays, refused } = await split(options, person, group);
        if (stays.length === 0) return refused;
        const collection = await records.collection(customer, options.collection);
        const written = await writePerson(customer, collection, person, stays, call);
        return typeof written === 'string' ? written : [...written, ...refused];
      });
    } catch (error) {
      const code = error instanceof Problem ? error.code : asCode(error);
      if (code === undefined) throw error;
      return group.map(({ line }) => ({ line, status: 'error', code }));
    }
  }

  /** What the lines say, checked, and whom they are about. */
  async function understand(options: ImportOptions, batch: readonly Line[], call: Call): Promise<Understood> {
    return withCurrentKeys(keyring, options.customer, async (customer) => {
      const collection = await records.collection(customer, options.collection);
      const read = batch.map((line) => parse(options, collection, line));
      // A line that does not fit may fit a definition that another server has changed since ours was loaded.
      const refusedByData = read.some(
        (one) => 'status' in one && one.status === 'error' && one.code === 'data_invalid',
      );
      if (refusedByData && !(await keyring.isCurrent(customer))) return 'stale';
      const parsed = read.filter((one): one is Parsed => !('status' in one));
      if (options.match !== undefined && parsed.length > 0) {
        // Matching is a search in what is there: it has its entry first, also without a hit.
        const noted = await log.note(customer, call, {
          kind: 'records.find',
          scope: { collection: collection.name, fields: [options.match], count: parsed.length },
        });
        if (noted === 'stale') return 'stale';
        await matchPersons(customer, collection, options.match, parsed);
      }
      return { batch, parsed, refused: read.filter((one): one is LineResult => 'status' in one) };
    });
  }

  async function write(
    options: ImportOptions,
    { batch, parsed, refused }: Understood,
    call: Call,
  ): Promise<readonly LineResult[]> {
    const groups = Map.groupBy(parsed, ({ person }) => person);
    const written = await Promise.all([...groups].map(([person, group]) => writeGroup(options, person, group, call)));
    const results = new Map([...refused, ...written.flat()].map((result) => [result.line, result]));
    return batch.flatMap(({ number }) => results.get(number) ?? []);
  }

  /**
   * Several batches are under way at once, so that sealing and the database do not wait for each other; results come in
   * order. A batch that touches a person of an earlier one waits for it: the last line of a record has to win. With a
   * match field, a line may be about somebody whom the line before has just made, so there it is one after the other.
   */
  async function* runInOrder(
    options: ImportOptions,
    body: AsyncIterable<Uint8Array>,
    call: Call,
  ): AsyncGenerator<readonly LineResult[]> {
    const underWay: { readonly persons: ReadonlySet<PersonId>; readonly done: Promise<readonly LineResult[]> }[] = [];
    const most = options.match === undefined ? batchesUnderWay : 1;
    for await (const batch of batches(lines(body, maxLineBytes), batchLines)) {
      if (options.match !== undefined) for (const { done } of underWay.splice(0)) yield await done;
      const understood = await understand(options, batch, call);
      const persons = new Set(understood.parsed.map(({ person }) => person));
      while (underWay.length >= most || underWay.some((earlier) => !earlier.persons.isDisjointFrom(persons))) {
        const first = underWay.shift();
        if (first !== undefined) yield await first.done;
      }
      const done = write(options, understood, call);
      // Awaited later, in order; until then a failure must not count as unhandled.
      done.catch(() => undefined);
      underWay.push({ persons, done });
    }
    for (const { done } of underWay) yield await done;
  }

  return {
    async run(options, body, call) {
      await withCurrentKeys(keyring, options.customer, async (customer) => {
        const collection = await records.collection(customer, options.collection);
        if (options.match !== undefined && !collection.lookups.includes(options.match))
          throw new Problem('input_invalid', { field: 'match', reason: 'is not a lookup field of this collection' });
        return 'ready';
      });
      return runInOrder(options, body, call);
    },
  };
}

function asCode(error: unknown): ProblemCode | undefined {
  const code = (error as { code?: unknown }).code;
  return code === 'item_refused' || code === 'write_conflict' ? code : undefined;
}
