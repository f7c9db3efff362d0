/** What needs somebody now, first; then what there is; then what happened. */
import { Type } from 'typebox';
import { sessionOf } from '../../identity/authenticate.ts';
import type { SessionCaller } from '../../identity/caller.ts';
import type { Identity } from '../../identity/identity.ts';
import { nullable } from '../../identity/routes/shapes.ts';
import type { TokenInfo } from '../../identity/tokens.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import { time } from '../../platform/http/schemas.ts';
import type { HttpServer } from '../../platform/http/server.ts';
import type { CustomerId } from '../../platform/ids/ids.ts';
import type { Access } from '../access.ts';
import { openStates, stateNow } from '../grant.ts';

const needKinds = [
  'grant_agree',
  'grant_approve',
  'grant_active',
  'review_due',
  'notice_due',
  'notice_overdue',
  'claim_fails',
  'alarm_open',
  'token_waits',
  'role_expires',
  'account_locked',
  'owner_recovery',
  'leaks_silent',
  'mail_missing',
  'one_owner',
] as const;
export type NeedKind = (typeof needKinds)[number];

export interface Need {
  readonly kind: NeedKind;
  /** Of the grant, account or claim that it is about. */
  readonly id: string | null;
  readonly at: string | null;
  readonly dueAt: string | null;
}

const needShape = Type.Object({
  kind: Type.Enum([...needKinds]),
  id: nullable(Type.String()),
  at: nullable(Type.String()),
  dueAt: nullable(Type.String()),
});

export interface OverviewOptions {
  readonly access: Access;
  readonly identity: Identity;
  readonly clock: Clock;
  readonly mails: boolean;
  /** Claims of the public page that do not hold, and since when. */
  readonly failingClaims: () => Promise<readonly { readonly claim: string; readonly since: Date }[]>;
  /** Alarms that nobody has acknowledged. */
  readonly openAlarms: () => Promise<readonly { readonly id: string; readonly openedAt: Date }[]>;
  /** Tokens that somebody else than their maker has to confirm. */
  readonly waitingTokens: () => Promise<readonly TokenInfo[]>;
  /** How many customers there are. */
  readonly countCustomers: () => Promise<number>;
}

/** A right that ends within this time is spoken of. */
const soonMs = 30 * 86_400_000;

export function overviewRoutes(server: HttpServer, options: OverviewOptions): void {
  const { access, identity, clock } = options;
  const { policies, store, notices } = access;

  async function ofGrants(caller: SessionCaller): Promise<Need[]> {
    const found = await store.list({
      states: openStates,
      limit: 200,
      ...(caller.customer !== undefined && { customer: caller.customer }),
    });
    return found.flatMap((grant): Need[] => {
      const self = caller.account === grant.requester;
      const state = stateNow(grant, clock.now());
      const may = (right: Parameters<typeof policies.decide>[1]) =>
        policies.decide(caller, right, grant.customer, { self }).allowed;
      const need = (kind: NeedKind, at: Date | undefined, dueAt: Date | undefined): Need[] => [
        { kind, id: grant.id, at: at?.toISOString() ?? null, dueAt: dueAt?.toISOString() ?? null },
      ];
      if (state === 'requested' && caller.kind === 'staff' && may('grants.agree'))
        return need('grant_agree', grant.requestedAt, grant.answerBy);
      if (state === 'agreed' && caller.kind === 'admin' && may('portal.approve'))
        return need('grant_approve', grant.agreedAt, grant.answerBy);
      if (state === 'active' && (self || caller.kind === 'admin'))
        return need('grant_active', grant.startsAt, grant.endsAt);
      return [];
    });
  }

  async function ofReviews(caller: SessionCaller): Promise<Need[]> {
    if (caller.kind === 'admin') return [];
    const recent = await store.list({ limit: 200 });
    return recent.flatMap((grant): Need[] => {
      const self = caller.account === grant.requester;
      if (grant.reviewDueAt === undefined || grant.reviewedAt !== undefined) return [];
      if (!policies.decide(caller, 'grants.review', grant.customer, { self }).allowed) return [];
      return [
        {
          kind: 'review_due',
          id: grant.id,
          at: grant.requestedAt.toISOString(),
          dueAt: grant.reviewDueAt.toISOString(),
        },
      ];
    });
  }

  async function ofTeam(caller: SessionCaller): Promise<Need[]> {
    if (!policies.decide(caller, 'staff.manage', undefined).allowed) return [];
    const now = clock.now();
    const staff = (await identity.accounts.list('staff')).filter(({ state }) => state === 'active');
    const needs: Need[] = staff.flatMap((account) => [
      ...account.roles
        .filter(({ expiresAt }) => expiresAt.getTime() - now.getTime() < soonMs && account.id !== caller.account)
        .map(
          ({ expiresAt }): Need => ({ kind: 'role_expires', id: account.id, at: null, dueAt: expiresAt.toISOString() }),
        ),
      ...(account.lockedUntil !== undefined && account.lockedUntil > now
        ? [{ kind: 'account_locked', id: account.id, at: null, dueAt: account.lockedUntil.toISOString() } as const]
        : []),
    ]);
    const owners = staff.filter(({ roles }) =>
      roles.some(({ role, expiresAt }) => role === 'owner' && expiresAt > now),
    );
    if (owners.length < 2) needs.push({ kind: 'one_owner', id: null, at: null, dueAt: null });
    const silent = identity.leaks.silentSince();
    if (silent !== undefined) needs.push({ kind: 'leaks_silent', id: null, at: silent.toISOString(), dueAt: null });
    if (!options.mails) needs.push({ kind: 'mail_missing', id: null, at: null, dueAt: null });
    return needs;
  }

  async function ofTokens(caller: SessionCaller): Promise<Need[]> {
    if (!policies.decide(caller, 'tokens.confirm', undefined).allowed) return [];
    return (await options.waitingTokens())
      .filter(({ madeBy, expiresAt }) => madeBy !== caller.account && expiresAt > clock.now())
      .map(({ id, createdAt }) => ({ kind: 'token_waits', id, at: createdAt.toISOString(), dueAt: null }));
  }

  /** Whoever is told by letter sees it here too, for where no letters are sent. */
  async function ofRecovery(caller: SessionCaller): Promise<Need[]> {
    if (caller.kind !== 'staff') return [];
    return (await identity.recovery.waiting()).map(({ askedAt, availableAt }) => ({
      kind: 'owner_recovery',
      id: null,
      at: askedAt.toISOString(),
      dueAt: availableAt.toISOString(),
    }));
  }

  async function ofNotices(caller: SessionCaller): Promise<Need[]> {
    if (!policies.decide(caller, 'grants.review', undefined).allowed) return [];
    const now = clock.now();
    return (await notices.open()).map(({ grant, dueAt }) => ({
      kind: dueAt <= now ? 'notice_overdue' : 'notice_due',
      id: grant,
      at: null,
      dueAt: dueAt.toISOString(),
    }));
  }

  async function ofPage(caller: SessionCaller): Promise<Need[]> {
    if (!policies.decide(caller, 'claims.attest', undefined).allowed) return [];
    return (await options.failingClaims()).map(({ claim, since }) => ({
      kind: 'claim_fails',
      id: claim,
      at: since.toISOString(),
      dueAt: null,
    }));
  }

  async function ofAlarms(caller: SessionCaller): Promise<Need[]> {
    if (!policies.decide(caller, 'alarms.acknowledge', undefined).allowed) return [];
    return (await options.openAlarms()).map(({ id, openedAt }) => ({
      kind: 'alarm_open',
      id,
      at: openedAt.toISOString(),
      dueAt: null,
    }));
  }

  const atOnce: readonly NeedKind[] = ['alarm_open', 'owner_recovery', 'notice_overdue', 'claim_fails'];
  const urgency = (need: Need) => (atOnce.includes(need.kind) ? '' : (need.dueAt ?? '9'));

  server.get(
    '/v1/overview',
    {
      config: { guard: 'none', session: 'self' },
      schema: {
        summary: 'What needs me now',
        tags: ['session'],
        response: {
          200: Type.Object({
            at: time('when this was so'),
            needsMe: Type.Array(needShape),
            counts: Type.Object({
              customers: nullable(Type.Integer()),
              openGrants: Type.Integer(),
              staff: nullable(Type.Integer()),
            }),
          }),
        },
      },
    },
    async (request) => {
      const caller = sessionOf(request);
      const [grants, reviews, team, waiting, recovery, late, page, alarms] = await Promise.all([
        ofGrants(caller),
        ofReviews(caller),
        ofTeam(caller),
        ofTokens(caller),
        ofRecovery(caller),
        ofNotices(caller),
        ofPage(caller),
        ofAlarms(caller),
      ]);
      const may = (right: Parameters<typeof policies.decide>[1]) => policies.decide(caller, right, undefined).allowed;
      const open = await store.list({
        states: openStates,
        limit: 500,
        ...(caller.customer !== undefined && { customer: caller.customer as CustomerId }),
      });
      return {
        at: clock.now().toISOString(),
        needsMe: [...grants, ...reviews, ...team, ...waiting, ...recovery, ...late, ...page, ...alarms].sort((a, b) =>
          urgency(a) < urgency(b) ? -1 : 1,
        ),
        counts: {
          customers: may('customers.read') ? await options.countCustomers() : null,
          openGrants: open.filter((grant) => openStates.includes(stateNow(grant, clock.now()))).length,
          staff: may('staff.read')
            ? (await identity.accounts.list('staff')).filter(({ state }) => state === 'active').length
            : null,
        },
      };
    },
  );
}
