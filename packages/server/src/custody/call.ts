/** Who calls and why: what every entry of an access is made of. */
import type { Grant } from '../access/grant.ts';
import type { Decision } from '../access/policies.ts';
import type { Purpose } from '../access/purposes.ts';
import type { Uses } from '../access/uses.ts';
import { type Actor, type Entry, encodeEntry, fieldsScope, newSalt } from '../journal/entry.ts';
import type { Appended, AppendRequest, Journal } from '../journal/journal.ts';
import { formatReceipt, type Receipt, type Release } from '../journal/receipt.ts';
import type { SealedDetail } from '../keyring/details.ts';
import type { CustomerHandle, Keyring } from '../keyring/keyring.ts';
import type { PersonHandle } from '../keyring/person-keys.ts';
import type { Clock } from '../platform/clock/clock.ts';
import { Problem } from '../platform/http/problem.ts';
import type { CustomerId, GrantId, Name, PersonId } from '../platform/ids/ids.ts';

export interface Call {
  readonly actor: Actor;
  readonly purpose: Purpose | undefined;
  /** A ticket or the like, in the caller's own words; sealed. */
  readonly reference: string | undefined;
  /** The product's own user; sealed. */
  readonly onBehalfOf: string | undefined;
  /** The grant that it rests on. */
  readonly grant?: GrantId;
  /** The same, where the product asks under it: each entry then is a use in the customer's history. */
  readonly apiGrant?: Grant;
  /** What the policies said to it, and which ones. */
  readonly decision?: Decision;
  /** What is shown of what is opened, where that is less than all. */
  readonly fields?: readonly Name[];
  /** `api` when absent. */
  readonly client?: Entry['client'];
}

/** An access that is durable in the journal: what it allows, and what the caller is handed. */
export interface Authorised {
  readonly receipt: Receipt;
  /** The wire form. */
  readonly text: string;
}

export interface AccessLog {
  /**
   * Makes the entry of an access to a person's data durable.
   * @returns `stale` when the keys are older than the customer's fence.
   */
  authorise(person: PersonHandle, call: Call, access: Access): Promise<Authorised | 'stale'>;
  /** An entry of its own without a person: a search, a listing. */
  note(customer: CustomerHandle, call: Call, access: Omit<Access, 'release'>): Promise<string | 'stale'>;
  /** A change with its entry, in one commit. */
  change<Payload>(
    person: PersonHandle,
    call: Call,
    access: Omit<Access, 'release'>,
    rider: Required<AppendRequest<Payload>>['rider'],
    options?: Pick<AppendRequest, 'exclusive' | 'also'>,
  ): Promise<string | 'stale' | 'declined'>;
}

export interface Access {
  readonly kind: Entry['kind'];
  readonly scope: NonNullable<Entry['scope']>;
  /** Where it is about several collections, which the scope of one entry cannot name. */
  readonly parts?: readonly { readonly collection: Name; readonly count: number }[];
  readonly outcome?: Entry['outcome'];
  readonly release: Pick<Release, 'collection' | 'what'>;
}

type Detailed = Pick<AppendRequest, 'entry' | 'subjectPart' | 'actorPart'>;

export interface AccessLogOptions {
  readonly journal: Journal;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly recordUse: Uses['record'];
}

export function createAccessLog({ journal, keyring, clock, recordUse }: AccessLogOptions): AccessLog {
  /** After the entry, before anything is opened: without its line in the history nothing leaves. @throws `grant_closed` */
  async function noteUse(
    grant: Grant,
    access: Omit<Access, 'release'>,
    index: number,
    person?: PersonId,
  ): Promise<void> {
    const { collection, fields = [], count = 0 } = access.scope;
    const parts = access.parts ?? (collection === undefined ? [] : [{ collection, count }]);
    // What names no collection (files, exports) is covered by no grant, and refused before it comes here.
    if (parts.length === 0) throw new Problem('grant_required');
    for (const { collection: name, count: records } of parts)
      await recordUse(grant, { type: 'api', person, collection: name, fields, records, index });
  }

  /** Details are sealed only where the caller said something; a plain read seals nothing. */
  function withDetails(about: PersonHandle | CustomerHandle, call: Call, entry: Entry): Detailed | Promise<Detailed> {
    if (call.reference === undefined && call.onBehalfOf === undefined) return { entry: encodeEntry(entry) };
    return sealDetails(about, call, entry);
  }

  async function sealDetails(about: PersonHandle | CustomerHandle, call: Call, entry: Entry): Promise<Detailed> {
    const salt = newSalt();
    const subject =
      call.reference !== undefined && 'subject' in about
        ? keyring.sealSubjectDetail(about, salt, { reference: call.reference })
        : undefined;
    const actor = await actorDetail(about.customer, call, entry.at, salt, subject === undefined);
    const sealed = [subject, actor].flatMap((part) => (part === undefined ? [] : [part.digest]));
    return {
      entry: encodeEntry({ ...entry, sealed }, salt),
      ...(subject && { subjectPart: subject.sealed }),
      ...(actor && { actorPart: actor.sealed }),
    };
  }

  async function actorDetail(
    customerId: CustomerId,
    { onBehalfOf, reference }: Call,
    at: Date,
    salt: string,
    withReference: boolean,
  ): Promise<SealedDetail | undefined> {
    const detail = {
      ...(onBehalfOf !== undefined && { onBehalfOf }),
      ...(withReference && reference !== undefined && { reference }),
    };
    if (Object.keys(detail).length === 0) return undefined;
    const customer = await keyring.customer(customerId);
    if (customer === undefined) throw new Problem('not_found');
    return keyring.sealActorDetail(customer, at, salt, detail);
  }

  function entryOf(call: Call, access: Omit<Access, 'release'>, subject?: PersonHandle['subject']): Entry {
    return {
      kind: access.kind,
      at: clock.now(),
      actor: call.actor,
      ...(subject !== undefined && { subject }),
      ...(call.purpose && { purpose: call.purpose.code, legalBasis: call.purpose.legalBasis }),
      ...(call.grant !== undefined && { grant: call.grant }),
      scope: call.fields === undefined ? access.scope : { ...access.scope, ...fieldsScope(call.fields) },
      outcome: access.outcome ?? 'authorised',
      client: call.client ?? 'api',
      ...(call.decision && { refs: decisionRefs(call.decision) }),
    };
  }

  return {
    async authorise(person, call, access) {
      const release: Release = {
        customer: person.customer,
        person: person.person,
        purpose: call.purpose?.code ?? '',
        ...access.release,
      };
      const detailed = withDetails(person, call, entryOf(call, access, person.subject));
      const outcome = await journal.append({
        customer: person.customer,
        log: 'access',
        ...(detailed instanceof Promise ? await detailed : detailed),
        fence: person.fence,
        release,
      });
      if (outcome.state !== 'appended' || outcome.receipt === undefined) return 'stale';
      if (call.apiGrant !== undefined) await noteUse(call.apiGrant, access, outcome.position.index, person.person);
      return { receipt: outcome.receipt, text: formatReceipt(outcome.position) };
    },
    async note(customer, call, access) {
      const outcome = await journal.append({
        customer: customer.customer,
        log: 'access',
        ...(await withDetails(customer, call, entryOf(call, access))),
        fence: customer.fence,
      });
      if (outcome.state === 'appended' && call.apiGrant !== undefined)
        await noteUse(call.apiGrant, access, outcome.position.index);
      return wireForm(outcome);
    },
    async change(person, call, access, rider, options) {
      const outcome = await journal.append({
        customer: person.customer,
        log: 'access',
        ...(await withDetails(person, call, entryOf(call, { outcome: 'done', ...access }, person.subject))),
        fence: person.fence,
        rider,
        ...options,
      });
      if (outcome.state === 'declined') return 'declined';
      return wireForm(outcome);
    },
  };
}

/** The decision as it stands in an entry: an auditor finds the rules by their names and the files by their hash. */
const decisionRefs = ({ allowed, policyHash, reasons }: Decision) => ({
  decision: allowed ? 'allow' : 'deny',
  rules: reasons.join(' '),
  policies: policyHash,
});

function wireForm(outcome: Appended): string | 'stale' {
  return outcome.state === 'appended' ? formatReceipt(outcome.position) : 'stale';
}
