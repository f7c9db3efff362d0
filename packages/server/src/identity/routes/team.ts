/** The team, and the admins of a customer: who comes, what they may, who leaves. */
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { Problem } from '../../platform/http/problem.ts';
import { customerParams, time, uuid } from '../../platform/http/schemas.ts';
import type { HttpServer } from '../../platform/http/server.ts';
import { type AccountId, asId, type CustomerId } from '../../platform/ids/ids.ts';
import type { Account } from '../accounts/accounts.ts';
import type { CustomerAdmins, Reset } from '../accounts/customer-admins.ts';
import type { Invited } from '../accounts/office.ts';
import { type Right, sessionOf } from '../authenticate.ts';
import { actorOfSession, type Role, type SessionCaller, type StaffRole } from '../caller.ts';
import { groundOf } from '../sessions/origin.ts';
import { type RoutesContext, summaryOf } from './context.ts';
import { country, email, factorsSummary, language, nullable, personName, roleName, staffRole } from './shapes.ts';

const memberShape = Type.Object({
  account: uuid('the account'),
  name: Type.String(),
  email: Type.String(),
  state: Type.Enum(['invited', 'active', 'left']),
  roles: Type.Array(
    Type.Object({ role: roleName, grantedBy: nullable(Type.String()), expiresAt: time('when it ends by itself') }),
  ),
  factors: factorsSummary,
  lastSignInAt: nullable(Type.String()),
  country,
  locked: Type.Boolean(),
});

const linkAnswer = Type.Object({
  account: uuid('the account'),
  link: nullable(
    Type.String({ description: 'to hand over yourself; null when it was sent by mail, or is not to be had yet' }),
  ),
  availableAt: nullable(Type.String({ description: 'from when on the link can be had: ask again then' })),
});
const newcomer = { name: personName, email, country, language };
const nothing = Type.Null();
const accountParams = Type.Object({ account: uuid('the account') });
const adminParams = Type.Object({ customer: uuid('the customer'), account: uuid('the account') });

export function teamRoutes(server: HttpServer, context: RoutesContext): void {
  const { identity, customers, url } = context;
  const { accounts, profiles, office, own, customerAdmins } = identity;
  const now = () => context.clock.now();

  async function listed(of: 'staff' | CustomerId, caller: SessionCaller) {
    const all = await accounts.list(of);
    // Of those who left nothing personal is opened any more.
    const present = all.filter(({ state }) => state !== 'left');
    const opened = await profiles.read(present, actorOfSession(caller), 'account_administration');
    return Promise.all(
      all.map(async (account) => {
        const profile = opened[present.indexOf(account)];
        return {
          account: account.id,
          name: profile?.name ?? '',
          email: profile?.email ?? '',
          state: account.state,
          roles: account.roles.map(({ role, grantedBy, expiresAt }) => ({
            role,
            grantedBy: grantedBy ?? null,
            expiresAt: expiresAt.toISOString(),
          })),
          factors: summaryOf(await own.factors(account)),
          lastSignInAt: account.lastSignInAt?.toISOString() ?? null,
          country: account.country,
          locked: account.lockedUntil !== undefined && account.lockedUntil > now(),
        };
      }),
    );
  }

  /** The account of the path; a foreign one is answered as an unknown one. */
  async function accountOf(params: { readonly account: string; readonly customer?: string }): Promise<Account> {
    const account = await accounts.find(asId<AccountId>(params.account));
    if (account === undefined || account.customer !== params.customer || account.state === 'left')
      throw new Problem('not_found');
    return account;
  }

  const linkOf = (request: FastifyRequest, { account, secret, availableAt }: Invited & Partial<Reset>) => ({
    account,
    availableAt: availableAt?.toISOString() ?? null,
    link: secret === undefined ? null : `${groundOf(request, url).origin}/einladung#${secret}`,
  });

  /** What is done to one account, under the staff's path and under the customer's. */
  function acts(
    base: string,
    params: typeof accountParams | typeof adminParams,
    manage: Right,
    unlock: Right,
    keeper: Pick<CustomerAdmins, 'inviteAgain' | 'reset' | 'leave'>,
  ): void {
    const act = (
      path: string,
      summary: string,
      right: Right,
      fresh: boolean,
      work: (by: SessionCaller, account: Account) => Promise<void>,
    ) =>
      server.post(
        `${base}/:account/${path}`,
        {
          config: { guard: 'none', session: right, ...(fresh && { fresh: true as const }) },
          schema: { summary, tags: ['staff'], params, response: { 204: nothing } },
        },
        async (request, reply) => {
          await work(sessionOf(request), await accountOf(request.params));
          return reply.code(204).send(null);
        },
      );
    const link = (
      path: 'invitation' | 'reset',
      summary: string,
      work: (by: SessionCaller, account: Account) => Promise<Invited>,
    ) =>
      server.post(
        `${base}/:account/${path}`,
        {
          config: { guard: 'none', session: manage, fresh: true },
          schema: { summary, tags: ['staff'], params, response: { 200: linkAnswer } },
        },
        async (request) => linkOf(request, await work(sessionOf(request), await accountOf(request.params))),
      );
    link('invitation', 'Send the invitation again', keeper.inviteAgain);
    link('reset', 'Remove all factors and sessions, and let new ones be set up', keeper.reset);
    act('unlock', 'Lift the lock after too many failures', unlock, false, office.unlock);
    act('departure', 'Somebody leaves: everything ends at once', manage, true, keeper.leave);
  }

  server.get(
    '/v1/staff',
    {
      config: { guard: 'none', session: 'staff.read' },
      schema: {
        summary: 'The team',
        tags: ['staff'],
        response: { 200: Type.Object({ staff: Type.Array(memberShape) }) },
      },
    },
    async (request) => ({ staff: await listed('staff', sessionOf(request)) }),
  );

  server.post(
    '/v1/staff',
    {
      config: { guard: 'none', session: 'staff.manage', fresh: true },
      schema: {
        summary: 'Invite somebody to the team',
        tags: ['staff'],
        body: Type.Object(
          { ...newcomer, roles: Type.Array(staffRole, { minItems: 1, uniqueItems: true }) },
          { additionalProperties: false },
        ),
        response: { 201: linkAnswer },
      },
    },
    async (request, reply) => {
      const wish = {
        ...request.body,
        language: request.body.language as 'de' | 'en',
        roles: request.body.roles as Role[],
      };
      return reply.code(201).send(linkOf(request, await office.invite(sessionOf(request), wish, undefined)));
    },
  );

  server.put(
    '/v1/staff/:account/roles',
    {
      config: { guard: 'none', session: 'staff.manage', fresh: true },
      schema: {
        summary: 'What somebody may',
        tags: ['staff'],
        params: accountParams,
        body: Type.Object({ roles: Type.Array(staffRole, { uniqueItems: true }) }, { additionalProperties: false }),
        response: { 204: nothing },
      },
    },
    async (request, reply) => {
      await office.setRoles(sessionOf(request), await accountOf(request.params), request.body.roles as StaffRole[]);
      return reply.code(204).send(null);
    },
  );

  server.post(
    '/v1/staff/:account/renewal',
    {
      config: { guard: 'none', session: 'staff.manage', fresh: true },
      schema: {
        summary: 'Renew a right before it ends',
        tags: ['staff'],
        params: accountParams,
        body: Type.Object({ role: staffRole }, { additionalProperties: false }),
        response: { 204: nothing },
      },
    },
    async (request, reply) => {
      await office.renew(sessionOf(request), await accountOf(request.params), request.body.role as StaffRole);
      return reply.code(204).send(null);
    },
  );

  acts('/v1/staff', accountParams, 'staff.manage', 'staff.unlock', {
    inviteAgain: (by, account) => office.link(by, account, 'invitation'),
    reset: async (by, account) => ({ ...(await office.link(by, account, 'reset')), availableAt: undefined }),
    leave: office.leave,
  });

  server.get(
    '/v1/customers/:customer/admins',
    {
      config: { guard: 'none', session: 'admins.manage' },
      schema: {
        summary: 'The admins of a customer',
        tags: ['staff'],
        params: customerParams,
        response: { 200: Type.Object({ admins: Type.Array(memberShape) }) },
      },
    },
    async (request) => ({ admins: await listed(asId<CustomerId>(request.params.customer), sessionOf(request)) }),
  );

  server.post(
    '/v1/customers/:customer/admins',
    {
      config: { guard: 'none', session: 'admins.manage', fresh: true },
      schema: {
        summary: 'Invite an admin of a customer',
        tags: ['staff'],
        params: customerParams,
        body: Type.Object(newcomer, { additionalProperties: false }),
        response: { 201: linkAnswer },
      },
    },
    async (request, reply) => {
      const customer = await customers.find(asId<CustomerId>(request.params.customer));
      if (customer?.kind !== 'customer') throw new Problem('not_found');
      const wish = { ...request.body, language: request.body.language as 'de' | 'en', roles: ['admin'] as const };
      return reply.code(201).send(linkOf(request, await customerAdmins.invite(sessionOf(request), wish, customer.id)));
    },
  );

  acts('/v1/customers/:customer/admins', adminParams, 'admins.manage', 'admins.manage', customerAdmins);
}
