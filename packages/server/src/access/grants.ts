/**
 * The life of a grant. Every step is an entry in the customer's log, in one commit with the step; the decision of the
 * policies and their hash stand in it. A request cannot be edited: what was agreed to is what was asked for.
 */
import type { Accounts } from '../identity/accounts/accounts.ts';
import { actorOfSession, type SessionCaller, type StaffRole, staffRoles } from '../identity/caller.ts';
import { type Change, together } from '../journal/change.ts';
import { type Actor, newSalt } from '../journal/entry.ts';
import type { Journal } from '../journal/journal.ts';
import type { Keyring } from '../keyring/keyring.ts';
import type { Clock } from '../platform/clock/clock.ts';
import type { Queryable } from '../platform/database/database.ts';
import { Problem } from '../platform/http/problem.ts';
import { type AccountId, type CustomerId, type GrantId, newId } from '../platform/ids/ids.ts';
import {
  answerDays,
  type EndedBy,
  type Grant,
  type GrantTexts,
  type GrantWish,
  isAsRequested,
  nothingYet,
  requestHash,
  reviewHours,
  stateNow,
  type Verdict,
} from './grant.ts';
import { createGrantLog } from './grant-log.ts';
import type { GrantStore } from './grant-store.ts';
import { createGrantWords } from './grant-words.ts';
import type { Policies } from './policies.ts';
import type { Tell } from './tell.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** Auditors look at what others did; they ask for nothing. */
const askingRoles: readonly StaffRole[] = staffRoles.filter((role) => role !== 'auditor');

export interface Grants {
  request(by: SessionCaller, wish: GrantWish): Promise<Grant>;
  /** A colleague agrees. Then it is active, or the customer is asked. */
  agree(by: SessionCaller, grant: Grant): Promise<void>;
  /** A colleague or the customer says no. */
  deny(by: SessionCaller, grant: Grant): Promise<void>;
  /** The customer approves; `signature` is what the admin's passkey signed over the request's hash. */
  approve(by: SessionCaller, grant: Grant, signature: object): Promise<void>;
  end(by: SessionCaller, grant: Grant): Promise<void>;
  /** `note`, in the reviewer's own words, is sealed. */
  review(by: SessionCaller, grant: Grant, verdict: Verdict, note: string | undefined): Promise<void>;
  /** Ends what somebody holds who loses roles, inside the caller's transaction. */
  endAllOf(connection: Queryable, account: AccountId): Promise<void>;
  /** Writes down what has run out. @returns how many. */
  sweep(): Promise<number>;
  /** Opens the texts of a request, against an entry. */
  texts(grant: Grant, reader: Actor): Promise<GrantTexts>;
  /** Told of each change, in this process. */
  onChange(listener: (grant: GrantId) => void): () => void;
}

export interface GrantsOptions {
  readonly store: GrantStore;
  readonly accounts: Accounts;
  readonly policies: Policies;
  readonly journal: Journal;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly tell: Tell;
}

export function createGrants(options: GrantsOptions): Grants {
  const { store, accounts, policies, journal, keyring, clock, tell } = options;
  const words = createGrantWords({ journal, keyring, now: clock.now });
  const { record, onChange } = createGrantLog({ journal, words, clock });
  const obhut: Actor = { kind: 'system', id: 'obhut' };
  const later = (ms: number) => new Date(clock.now().getTime() + ms);

  const adminsOf = (customer: CustomerId) => accounts.withRole(['admin'], customer);
  const refsOf = (grant: Grant) => ({ grant: grant.id, customer: grant.customer, purpose: grant.purpose });

  /** The role that lets somebody ask. */
  function askingRole(by: SessionCaller): StaffRole {
    const role = by.roles.find((one): one is StaffRole => askingRoles.includes(one as StaffRole));
    if (role === undefined) throw new Problem('forbidden');
    return role;
  }

  function needsOpen(grant: Grant, ...states: readonly Grant['state'][]): void {
    if (!states.includes(stateNow(grant, clock.now())) || !isAsRequested(grant)) throw new Problem('grant_closed');
  }

  function needsAllowed(by: SessionCaller, right: Parameters<Policies['decide']>[1], grant: Grant): string {
    const decision = policies.decide(by, right, grant.customer, { self: by.account === grant.requester });
    if (decision.allowed) return decision.policyHash;
    throw new Problem(by.account === grant.requester ? 'self_forbidden' : 'forbidden');
  }

  /** Only what nobody else has changed since it was looked at, and only while its time has not run out. */
  const moved =
    (grant: Grant, change: Parameters<GrantStore['move']>[2]): Change =>
    (connection) =>
      store.move(connection, grant, change);

  const tells =
    (...messages: Parameters<Tell>[1]): Change =>
    async (connection) => {
      await tell(
        connection,
        messages.filter(({ accounts: to }) => to.length > 0),
      );
      return true;
    };

  async function startChanges(grant: Grant, consent: NonNullable<Grant['consent']>) {
    const endsAt = later(grant.minutes * minuteMs);
    return {
      columns: { state: 'active' as const, consent, starts_at: clock.now(), ends_at: endsAt },
      told: tells({
        template: 'grant_started',
        accounts: await adminsOf(grant.customer),
        refs: { ...refsOf(grant), at: endsAt.toISOString() },
      }),
    };
  }

  /** Roles also run out by themselves, with nobody there who would end what rests on them. */
  async function endThoseWithoutRole(): Promise<void> {
    const requesters = await store.openRequesters();
    if (requesters.length === 0) return;
    const able = new Set(await accounts.withRole(askingRoles));
    for (const account of requesters) if (!able.has(account)) await store.cutShort(undefined, account, clock.now());
  }

  const endedByOf = (by: SessionCaller, grant: Grant): EndedBy =>
    by.account === grant.requester ? 'requester' : by.kind === 'admin' ? 'customer' : 'security';

  return {
    async request(by, wish) {
      const decision = policies.decide(by, 'grants.request', wish.customer);
      if (!decision.allowed) throw new Problem('forbidden');
      const at = clock.now();
      const id = newId<GrantId>();
      const salt = newSalt();
      const { mode } = await store.mode(wish.customer);
      const endsAt = later(wish.minutes * minuteMs);
      const reviewDueAt = later(reviewHours * hourMs);
      const request = {
        id,
        customer: wish.customer,
        requester: by.account,
        requestedAt: at,
        scope: wish.scope,
        purpose: wish.purpose,
        minutes: wish.minutes,
        emergency: wish.emergency,
        mode,
        salt,
        texts: await words.seal(wish.customer, at, salt, wish),
      };
      const grant: Grant = {
        ...request,
        requesterRole: askingRole(by),
        requesterCountry: by.country,
        state: wish.emergency ? 'active' : 'requested',
        requestHash: requestHash(request),
        policyHash: decision.policyHash,
        answerBy: later(answerDays * 24 * hourMs),
        consent: wish.emergency ? 'emergency' : undefined,
        startsAt: wish.emergency ? at : undefined,
        endsAt: wish.emergency ? endsAt : undefined,
        reviewDueAt: wish.emergency ? reviewDueAt : undefined,
        signed: false,
        ...nothingYet,
      };
      const reviewers = (await accounts.withRole(['security', 'owner'])).filter((one) => one !== by.account);
      const admins = wish.emergency ? await adminsOf(grant.customer) : [];
      const told = wish.emergency
        ? tells(
            {
              template: 'grant_emergency',
              accounts: [...admins, ...reviewers],
              refs: { ...refsOf(grant), at: endsAt.toISOString() },
            },
            { template: 'review_due', accounts: reviewers, refs: { ...refsOf(grant), at: reviewDueAt.toISOString() } },
          )
        : tells({
            template: 'grant_requested',
            accounts: reviewers,
            refs: { ...refsOf(grant), at: grant.answerBy.toISOString() },
          });
      const insert: Change = async (connection) => {
        await store.insert(connection, grant);
        return true;
      };
      const actor = actorOfSession(by, grant.requesterRole);
      await record(wish.emergency ? 'grant.start' : 'grant.request', actor, grant, together(insert, told), {
        emergency: wish.emergency ? 1 : 0,
        mode,
      });
      return grant;
    },
    async agree(by, grant) {
      needsOpen(grant, 'requested');
      const policyHash = needsAllowed(by, 'grants.agree', grant);
      const at = clock.now();
      const preapproved =
        grant.mode === 'log_only' || (grant.mode === 'support_preapproved' && grant.purpose === 'customer_request');
      const agreed = { agreed_by: by.account, agreed_at: at };
      if (!preapproved) {
        const admins = await adminsOf(grant.customer);
        const told = tells({
          template: 'grant_waits_for_customer',
          accounts: admins,
          refs: { ...refsOf(grant), at: grant.answerBy.toISOString() },
        });
        const change = together(moved(grant, { ...agreed, state: 'agreed' }), told);
        return record('grant.agree', actorOfSession(by), grant, change, { policies: policyHash });
      }
      const { columns, told } = await startChanges(grant, grant.mode === 'log_only' ? 'none' : 'policy');
      await record('grant.start', actorOfSession(by), grant, together(moved(grant, { ...agreed, ...columns }), told), {
        policies: policyHash,
        consent: columns.consent,
      });
    },
    async deny(by, grant) {
      if (by.kind === 'admin') {
        needsOpen(grant, 'agreed');
        needsAllowed(by, 'portal.approve', grant);
      } else {
        needsOpen(grant, 'requested', 'agreed');
        needsAllowed(by, 'grants.agree', grant);
      }
      const change = moved(grant, { state: 'denied', ended_at: clock.now(), ended_by: endedByOf(by, grant) });
      await record('grant.deny', actorOfSession(by), grant, change, {}, { outcome: 'refused' });
    },
    async approve(by, grant, signature) {
      needsOpen(grant, 'agreed');
      const policyHash = needsAllowed(by, 'portal.approve', grant);
      const { columns, told } = await startChanges(grant, 'customer');
      const approved = { approved_by: by.account, approved_at: clock.now(), signature: JSON.stringify(signature) };
      await record(
        'grant.approve',
        actorOfSession(by),
        grant,
        together(moved(grant, { ...approved, ...columns }), told),
        {
          policies: policyHash,
          consent: 'customer',
        },
      );
    },
    async end(by, grant) {
      needsOpen(grant, 'requested', 'agreed', 'active');
      const own = by.account === grant.requester;
      if (!own) needsAllowed(by, by.kind === 'admin' ? 'portal.end' : 'grants.end', grant);
      const endedBy = endedByOf(by, grant);
      const state = grant.state === 'active' ? ('ended' as const) : ('denied' as const);
      const told = tells({ template: 'grant_ended', accounts: await adminsOf(grant.customer), refs: refsOf(grant) });
      const change = together(moved(grant, { state, ended_at: clock.now(), ended_by: endedBy }), told);
      await record('grant.end', actorOfSession(by), grant, change, { by: endedBy });
    },
    async review(by, grant, verdict, note) {
      if (!grant.emergency || grant.reviewedAt !== undefined) throw new Problem('grant_closed');
      needsAllowed(by, 'grants.review', grant);
      const change: Change = (connection) => store.review(connection, grant, by.account, clock.now(), verdict);
      await record('grant.review', actorOfSession(by), grant, change, { verdict }, { note });
    },
    // In the commit that takes the roles away; each end gets its entry from the sweep.
    endAllOf: (connection, account) => store.cutShort(connection, account, clock.now()),
    async sweep() {
      await endThoseWithoutRole();
      const over = await store.overdue(clock.now());
      for (const grant of over) {
        const state = stateNow(grant, clock.now());
        if (state !== 'dead' && state !== 'expired') continue;
        const endedBy = grant.endedBy ?? 'time';
        const told =
          state === 'expired'
            ? tells({ template: 'grant_ended', accounts: await adminsOf(grant.customer), refs: refsOf(grant) })
            : tells();
        const change = together(moved(grant, { state, ended_at: clock.now(), ended_by: endedBy }), told);
        // Another server may have been faster.
        await record('grant.end', obhut, grant, change, { by: endedBy }).catch((error: unknown) => {
          if (!(error instanceof Problem)) throw error;
        });
      }
      return over.length;
    },
    texts: words.open,
    onChange,
  };
}
