/** Who signed in, or tried to. */
import { Type } from 'typebox';
import { next, time, uuid } from '../../platform/http/schemas.ts';
import type { HttpServer } from '../../platform/http/server.ts';
import { type AccountId, asId, type SignInId } from '../../platform/ids/ids.ts';
import { sessionOf } from '../authenticate.ts';
import { actorOfSession } from '../caller.ts';
import type { SignIn, SignInFilter } from '../sign-in/sign-in-list.ts';
import type { RoutesContext } from './context.ts';
import { nullable } from './shapes.ts';

const outcome = Type.Enum(['ok', 'failed', 'locked', 'limited']);

const signInShape = Type.Object({
  id: uuid('the attempt'),
  at: time('when'),
  account: nullable(Type.String({ description: 'null: nobody knows whose it was' })),
  name: nullable(Type.String()),
  act: Type.Enum(['sign-in', 'confirm', 'approve'], { description: 'what was attempted' }),
  outcome,
  attempts: Type.Integer({ description: 'how many it stands for: those that were turned away are counted together' }),
  method: Type.String(),
  provider: nullable(Type.String({ description: 'who made the passkey, as it reports' })),
  address: nullable(Type.String({ description: 'IP address' })),
  device: Type.Object(
    {
      type: Type.Enum(['desktop', 'mobile', 'tablet', 'unknown']),
      browser: nullable(Type.String()),
      system: nullable(Type.String()),
      reported: Type.Literal(true),
      userAgent: nullable(Type.String()),
    },
    { description: 'what the browser reports of itself' },
  ),
  newDevice: Type.Boolean(),
  newPlace: Type.Boolean({ description: 'from a network that this account never came from' }),
  log: Type.Enum(['access', 'operator']),
  index: nullable(Type.Integer({ description: 'its entry in that log of the operator' })),
  generation: Type.Integer({ description: 'of that log' }),
});

const listing = Type.Object({ signIns: Type.Array(signInShape), next });
const paging = {
  after: Type.Optional(uuid('from the page before')),
  limit: Type.Integer({ minimum: 1, maximum: 100, default: 50 }),
};

const answer = (signIn: SignIn, name: string | null) => ({
  id: signIn.id,
  at: signIn.at.toISOString(),
  account: signIn.account ?? null,
  name,
  act: signIn.act,
  outcome: signIn.outcome,
  attempts: signIn.attempts,
  method: signIn.method,
  provider: signIn.provider ?? null,
  address: signIn.detail?.address ?? null,
  device: {
    type: signIn.device.type,
    browser: signIn.device.browser ?? null,
    system: signIn.device.system ?? null,
    reported: true as const,
    userAgent: signIn.detail?.userAgent ?? null,
  },
  newDevice: signIn.newDevice,
  newPlace: signIn.newPlace,
  log: signIn.log,
  index: signIn.index ?? null,
  generation: signIn.generation,
});

export function signInRoutes(server: HttpServer, { identity }: RoutesContext): void {
  const { accounts, profiles, signIns } = identity;
  const nextOf = (found: readonly SignIn[], limit: number) =>
    found.length < limit ? null : (found[found.length - 1]?.id ?? null);

  server.get(
    '/v1/account/sign-ins',
    {
      config: { guard: 'none', session: 'self' },
      schema: {
        summary: "One's own sign-ins",
        tags: ['account'],
        querystring: Type.Object(paging),
        response: { 200: listing },
      },
    },
    async (request) => {
      const caller = sessionOf(request);
      const { after, limit } = request.query;
      const found = await signIns(
        { account: caller.account, limit, ...(after !== undefined && { after: asId<SignInId>(after) }) },
        actorOfSession(caller),
      );
      return { signIns: found.map((one) => answer(one, null)), next: nextOf(found, limit) };
    },
  );

  server.get(
    '/v1/sign-ins',
    {
      config: { guard: 'none', session: 'signins.read' },
      schema: {
        summary: 'All sign-ins, newest first',
        tags: ['staff'],
        querystring: Type.Object({
          ...paging,
          account: Type.Optional(uuid('only of this account')),
          outcome: Type.Optional(outcome),
        }),
        response: { 200: listing },
      },
    },
    async (request) => {
      const reader = actorOfSession(sessionOf(request));
      const { after, limit, account, outcome: wanted } = request.query;
      const filter: SignInFilter = {
        limit,
        ...(after !== undefined && { after: asId<SignInId>(after) }),
        ...(account !== undefined && { account: asId<AccountId>(account) }),
        ...(wanted !== undefined && { outcome: wanted }),
      };
      const found = await signIns(filter, reader);
      const owners = await Promise.all([...new Set(found.flatMap((one) => one.account ?? []))].map(accounts.find));
      const known = owners.filter((one) => one !== undefined);
      const opened = await profiles.read(known, reader, 'account_administration');
      const names = new Map(known.map((one, position) => [one.id, opened[position]?.name ?? null]));
      return {
        signIns: found.map((one) => answer(one, (one.account && names.get(one.account)) ?? null)),
        next: nextOf(found, limit),
      };
    },
  );
}
