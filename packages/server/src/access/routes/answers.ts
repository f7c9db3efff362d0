import { type Static, Type } from 'typebox';
import type { Customers } from '../../customers/customers.ts';
import type { SessionCaller } from '../../identity/caller.ts';
import type { Identity } from '../../identity/identity.ts';
import { nullable } from '../../identity/routes/shapes.ts';
import { Problem } from '../../platform/http/problem.ts';
import { name, time, uuid } from '../../platform/http/schemas.ts';
import { type AccountId, asId, type GrantId } from '../../platform/ids/ids.ts';
import type { Access } from '../access.ts';
import { accessModes, type Grant, type GrantTexts, grantPurposes, stateNow } from '../grant.ts';

export const scopeShape = {
  collections: Type.Array(
    Type.Object(
      {
        collection: name('a collection'),
        fields: nullable(Type.Array(name('a field'), { minItems: 1, maxItems: 200, uniqueItems: true })),
      },
      { additionalProperties: false },
    ),
    { minItems: 1, maxItems: 50 },
  ),
  persons: nullable(Type.Array(uuid('a person'), { minItems: 1, maxItems: 1_000, uniqueItems: true })),
};
export const purposeShape = Type.Enum([...grantPurposes]);
export const modeShape = Type.Enum([...accessModes]);

const who = Type.Object({
  account: nullable(Type.String({ description: 'not told to customers' })),
  name: nullable(Type.String({ description: 'not told to customers' })),
  role: Type.String(),
  country: Type.String(),
});

export const grantShape = Type.Object({
  id: uuid('the grant'),
  customer: uuid('the customer'),
  customerLabel: Type.String(),
  ...scopeShape,
  purpose: purposeShape,
  minutes: Type.Integer(),
  emergency: Type.Boolean(),
  ticket: nullable(Type.String({ description: 'only where one grant is shown' })),
  justification: nullable(Type.String()),
  telemetry: nullable(Type.String()),
  requester: who,
  state: Type.Enum(['requested', 'agreed', 'active', 'ended', 'expired', 'denied', 'dead']),
  mode: modeShape,
  policyHash: Type.String(),
  requestHash: Type.String(),
  requestedAt: time('when it was asked for'),
  answerBy: time('when it dies without an answer'),
  agreedAt: nullable(Type.String()),
  approvedAt: nullable(Type.String()),
  consent: nullable(Type.Enum(['customer', 'policy', 'none', 'emergency'])),
  signed: Type.Boolean({ description: 'approved with a signature of the customer' }),
  startsAt: nullable(Type.String()),
  endsAt: nullable(Type.String()),
  endedAt: nullable(Type.String()),
  endedBy: nullable(Type.Enum(['requester', 'security', 'customer', 'time', 'roles'])),
  firstAccessAt: nullable(Type.String()),
  noticeDueAt: nullable(Type.String()),
  noticeSentAt: nullable(Type.String()),
  accesses: Type.Integer(),
  unmasked: Type.Integer(),
  review: nullable(
    Type.Object({
      dueAt: time('until when'),
      doneAt: nullable(Type.String()),
      verdict: nullable(Type.Enum(['justified', 'not_justified'])),
    }),
  ),
  may: Type.Array(Type.Enum(['agree', 'deny', 'approve', 'end', 'review', 'view'])),
});

export type GrantAnswer = Static<typeof grantShape>;

export interface Answers {
  /** A grant that this session may see. A foreign customer's is answered as an unknown one. */
  grantOf(caller: SessionCaller, id: string): Promise<Grant>;
  visible(caller: SessionCaller, grant: Grant): boolean;
  of(caller: SessionCaller, grants: readonly Grant[], texts?: GrantTexts): Promise<GrantAnswer[]>;
}

export interface AnswersOptions {
  readonly access: Access;
  readonly identity: Identity;
  readonly customers: Customers;
  readonly now: () => Date;
}

/** The times of a grant, as they are sent. */
const timesOf = (grant: Grant) => {
  const text = (at: Date | undefined) => at?.toISOString() ?? null;
  return {
    requestedAt: grant.requestedAt.toISOString(),
    answerBy: grant.answerBy.toISOString(),
    agreedAt: text(grant.agreedAt),
    approvedAt: text(grant.approvedAt),
    startsAt: text(grant.startsAt),
    endsAt: text(grant.endsAt),
    endedAt: text(grant.endedAt),
    firstAccessAt: text(grant.firstAccessAt),
    noticeDueAt: text(grant.noticeDueAt),
  };
};

export function createAnswers({ access, identity, customers, now }: AnswersOptions): Answers {
  const { policies, uses, notices, store } = access;

  const visible = (caller: SessionCaller, grant: Grant): boolean =>
    policies.decide(caller, 'grants.read', grant.customer).allowed &&
    // A customer is asked when a colleague has agreed, not before.
    (caller.kind === 'staff' || grant.agreedAt !== undefined || grant.emergency);

  function mayOf(caller: SessionCaller, grant: Grant): GrantAnswer['may'] {
    const state = stateNow(grant, now());
    const own = caller.account === grant.requester;
    const may = (right: Parameters<typeof policies.decide>[1]) =>
      policies.decide(caller, right, grant.customer, { self: own }).allowed;
    const admin = caller.kind === 'admin';
    const isOpen = state === 'requested' || state === 'agreed' || state === 'active';
    const acts: GrantAnswer['may'] = [];
    if (state === 'requested' && may('grants.agree')) acts.push('agree', 'deny');
    if (state === 'agreed' && admin && may('portal.approve')) acts.push('approve', 'deny');
    if (isOpen && (own || may(admin ? 'portal.end' : 'grants.end'))) acts.push('end');
    if (grant.emergency && grant.reviewedAt === undefined && may('grants.review')) acts.push('review');
    if (state === 'active' && own) acts.push('view');
    return acts;
  }

  async function namesOf(caller: SessionCaller, grants: readonly Grant[]): Promise<ReadonlyMap<AccountId, string>> {
    // Customers are told role and country, not names.
    if (caller.kind === 'admin') return new Map();
    const ids = [...new Set(grants.map(({ requester }) => requester))];
    const found = (await Promise.all(ids.map(identity.accounts.find))).filter((one) => one !== undefined);
    const profiles = await identity.profiles.read(
      found,
      { kind: caller.kind, id: caller.subject, country: caller.country },
      'account_administration',
    );
    return new Map(found.map(({ id }, position) => [id, profiles[position]?.name ?? '']));
  }

  return {
    visible,
    async grantOf(caller, id) {
      const grant = await store.find(asId<GrantId>(id));
      if (grant === undefined || !visible(caller, grant)) throw new Problem('not_found');
      return grant;
    },
    async of(caller, grants, texts) {
      const names = await namesOf(caller, grants);
      const labels = new Map(
        await Promise.all(
          [...new Set(grants.map(({ customer }) => customer))].map(
            async (id) => [id, (await customers.find(id))?.label ?? ''] as const,
          ),
        ),
      );
      const isAdmin = caller.kind === 'admin';
      const accessed = grants.filter(({ firstAccessAt }) => firstAccessAt !== undefined);
      const [used, sent] = await Promise.all([
        uses.counts(accessed),
        notices.sentAt(accessed.map(({ id, noticeSentAt }) => ({ grant: id, noticeSentAt }))),
      ]);
      return grants.map((grant): GrantAnswer => {
        const counts = used.get(grant.id);
        const sentAt = sent.get(grant.id);
        return {
          id: grant.id,
          customer: grant.customer,
          customerLabel: labels.get(grant.customer) ?? '',
          collections: grant.scope.collections.map(({ collection, fields }) => ({
            collection,
            fields: fields === null ? null : [...fields],
          })),
          persons: grant.scope.persons === null ? null : [...grant.scope.persons],
          purpose: grant.purpose,
          minutes: grant.minutes,
          emergency: grant.emergency,
          ticket: texts?.ticket ?? null,
          justification: texts?.justification ?? null,
          telemetry: texts?.telemetry ?? null,
          requester: {
            account: isAdmin ? null : grant.requester,
            name: names.get(grant.requester) ?? null,
            role: grant.requesterRole,
            country: grant.requesterCountry,
          },
          state: stateNow(grant, now()),
          mode: grant.mode,
          policyHash: grant.policyHash,
          requestHash: grant.requestHash.toString('hex'),
          ...timesOf(grant),
          consent: grant.consent ?? null,
          signed: grant.signed,
          endedBy: grant.endedBy ?? null,
          noticeSentAt: sentAt?.toISOString() ?? null,
          accesses: counts?.accesses ?? 0,
          unmasked: counts?.unmasked ?? 0,
          review:
            grant.reviewDueAt === undefined
              ? null
              : {
                  dueAt: grant.reviewDueAt.toISOString(),
                  doneAt: grant.reviewedAt?.toISOString() ?? null,
                  verdict: grant.verdict ?? null,
                },
          may: mayOf(caller, grant),
        };
      });
    },
  };
}
