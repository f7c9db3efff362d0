/**
 * Data in front of staff: against a grant, masked, one person at a time. Every page and every unmasked field has its entry
 * and its line in the customer's history before it is shown; nothing here gives more than the grant says.
 */
import type { Access } from '../access/access.ts';
import { covers, type Grant, isActive } from '../access/grant.ts';
import type { Decision } from '../access/policies.ts';
import { purposeOf } from '../access/purposes.ts';
import type { UseType } from '../access/uses.ts';
import { actorOfSession, type SessionCaller } from '../identity/caller.ts';
import type { Keyring } from '../keyring/keyring.ts';
import type { Clock } from '../platform/clock/clock.ts';
import { Problem } from '../platform/http/problem.ts';
import type { GrantId, Name, PersonId, RecordId } from '../platform/ids/ids.ts';
import type { Call } from './call.ts';
import type { Collection } from './collections.ts';
import type { Custody } from './custody.ts';
import type { Match } from './lookups.ts';
import { masked } from './masks.ts';

export interface ShownField {
  readonly class: 'plain' | 'personal' | 'sensitive';
  readonly masked: string | null;
  /** Of plain fields alone. */
  readonly value?: unknown;
}

export interface ShownRecord {
  readonly record: RecordId;
  readonly version: number;
  readonly fields: Readonly<Record<string, ShownField>>;
}

export interface Viewer {
  people(
    caller: SessionCaller,
    grant: GrantId,
    after: PersonId | undefined,
    limit: number,
  ): Promise<readonly PersonId[]>;
  find(
    caller: SessionCaller,
    grant: GrantId,
    collection: Name,
    field: Name,
    value: unknown,
  ): Promise<{ found: readonly Match[]; receipt: string }>;
  records(
    caller: SessionCaller,
    grant: GrantId,
    person: PersonId,
    collection: Name,
    after: RecordId | undefined,
  ): Promise<{ records: readonly ShownRecord[]; next: RecordId | undefined; receipt: string }>;
  unmask(
    caller: SessionCaller,
    grant: GrantId,
    person: PersonId,
    collection: Name,
    record: RecordId,
    field: Name,
  ): Promise<{ value: unknown; receipt: string }>;
}

/** Somebody who helps unmasks a field now and then; a script that empties the house does it all the time. */
const unmaskings = { most: 60, inMs: 10 * 60_000 };

/** A page is what fits on a screen: there is no bulk here. */
const pageSize = 20;

/** A grant that covers it, and the decision that says so. */
interface Admitted {
  readonly grant: Grant;
  readonly decision: Decision;
}

export interface ViewerOptions {
  readonly custody: Custody;
  readonly access: Access;
  readonly keyring: Keyring;
  readonly clock: Clock;
}

export function createViewer({ custody, access, keyring, clock }: ViewerOptions): Viewer {
  const { store, uses, policies } = access;

  /** Looked up at each request: a grant that has ended ends here, whatever is still on a screen. */
  async function admitted(
    caller: SessionCaller,
    id: GrantId,
    about?: { readonly collection: Name; readonly fields: readonly Name[]; readonly person?: PersonId },
  ): Promise<Admitted> {
    const grant = await store.find(id);
    // Somebody else's grant is no grant, and whether it exists is not told.
    if (grant === undefined || grant.requester !== caller.account) throw new Problem('not_found');
    const decision = policies.decide(caller, 'data.view', grant.customer, {
      grant: {
        active: isActive(grant, clock.now()),
        own: true,
        covers: about === undefined || covers(grant.scope, about.collection, about.fields, about.person),
      },
    });
    if (!decision.allowed) throw new Problem('grant_required');
    return { grant, decision };
  }

  const callOf = (caller: SessionCaller, { grant, decision }: Admitted, fields: readonly Name[]): Call => ({
    actor: actorOfSession(caller, grant.requesterRole),
    purpose: purposeOf(grant.purpose),
    reference: undefined,
    onBehalfOf: undefined,
    grant: grant.id,
    decision,
    fields,
    client: 'console',
  });

  async function collectionOf(grant: Grant, name: Name): Promise<Collection> {
    const customer = await keyring.customer(grant.customer);
    if (customer === undefined) throw new Problem('not_found');
    return custody.records.collection(customer, name);
  }

  /** The fields of a collection that the grant covers. */
  const fieldsOf = (grant: Grant, collection: Collection): readonly Name[] => {
    const part = grant.scope.collections.find((one) => one.collection === collection.name);
    return collection.fields.filter((field) => part?.fields === null || part?.fields?.includes(field) === true);
  };

  async function used(
    grant: Grant,
    type: UseType,
    collection: Name,
    what: { readonly fields: readonly Name[]; readonly records: number; readonly person?: PersonId },
    receipt: string,
  ): Promise<void> {
    // "origin index leaf"
    const index = Number(receipt.split(' ')[1]);
    await uses.record(grant, {
      type,
      collection,
      index,
      person: what.person,
      fields: what.fields,
      records: what.records,
    });
  }

  return {
    async people(caller, id, after, limit) {
      const { customer, scope } = (await admitted(caller, id)).grant;
      if (scope.persons === null) return custody.people.list(customer, after, limit);
      const sorted = [...scope.persons].sort();
      return sorted.filter((person) => after === undefined || person > after).slice(0, limit);
    },
    async find(caller, id, collection, field, value) {
      const admission = await admitted(caller, id, { collection, fields: [field] });
      const { grant } = admission;
      const { matches, receipt } = await custody.bulk.find(
        grant.customer,
        collection,
        field,
        value,
        callOf(caller, admission, [field]),
      );
      const found = matches.filter(({ person }) => covers(grant.scope, collection, [field], person));
      await used(grant, 'searched', collection, { fields: [field], records: found.length }, receipt);
      return { found, receipt };
    },
    async records(caller, id, person, name, after) {
      const admission = await admitted(caller, id, { collection: name, fields: [], person });
      const { grant } = admission;
      const collection = await collectionOf(grant, name);
      const fields = fieldsOf(grant, collection);
      const page = await custody.bulk.list(
        grant.customer,
        person,
        name,
        after,
        pageSize,
        callOf(caller, admission, fields),
      );
      await used(grant, 'viewed', name, { fields, records: page.records.length, person }, page.receipt);
      return {
        next: page.next,
        receipt: page.receipt,
        records: page.records.map(({ record, version, data }) => ({
          record,
          version,
          fields: shown(collection, fields, JSON.parse(data.toString('utf8')) as Record<string, unknown>),
        })),
      };
    },
    async unmask(caller, id, person, name, record, field) {
      const admission = await admitted(caller, id, { collection: name, fields: [field], person });
      const { grant } = admission;
      const collection = await collectionOf(grant, name);
      if (!collection.fields.includes(field)) throw new Problem('not_found', { field: '/field' });
      const since = new Date(clock.now().getTime() - unmaskings.inMs);
      if ((await uses.unmaskedSince(grant, since)) >= unmaskings.most)
        throw new Problem('rate_limited', { retryAfterSeconds: 60 });
      const place = { customer: grant.customer, person, collection: name, record };
      const { data, receipt } = await custody.records.read(place, callOf(caller, admission, [field]));
      await used(grant, 'unmasked', name, { fields: [field], records: 1, person }, receipt);
      const content = JSON.parse(data.toString('utf8')) as Record<string, unknown>;
      return { value: content[field] ?? null, receipt };
    },
  };
}

function shown(
  { definition }: Collection,
  fields: readonly Name[],
  content: Readonly<Record<string, unknown>>,
): Record<string, ShownField> {
  return Object.fromEntries(
    fields.flatMap((field) => {
      const declared = definition.fields[field];
      if (declared === undefined) return [];
      const value = content[field];
      const isPlain = declared.class === 'plain';
      const one: ShownField = {
        class: declared.class as ShownField['class'],
        masked: isPlain ? null : masked(declared, value),
        ...(isPlain && value !== undefined && { value }),
      };
      return [[field, one]];
    }),
  );
}
