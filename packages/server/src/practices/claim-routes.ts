/** What the console does with the page: look behind it, measure now, vouch for what nothing measures. */
import { Type } from 'typebox';
import { type Attestation, type Attestations, saidText } from '../claims/attestations.ts';
import type { Runner } from '../claims/runner.ts';
import { dayMs, type Practice } from '../claims/vocabulary.ts';
import type { Account } from '../identity/accounts/accounts.ts';
import type { Profiles } from '../identity/accounts/profile.ts';
import { sessionOf } from '../identity/authenticate.ts';
import { actorOfSession, type SessionCaller } from '../identity/caller.ts';
import type { Clock } from '../platform/clock/clock.ts';
import { Problem } from '../platform/http/problem.ts';
import type { HttpServer } from '../platform/http/server.ts';
import type { AccountId } from '../platform/ids/ids.ts';
import { reasons } from './page-words.ts';
import { remedies } from './remedies.ts';
import type { PageNow } from './routes.ts';

export interface ClaimRoutesOptions {
  readonly practices: readonly Practice[];
  readonly runner: Runner;
  readonly attestations: Attestations;
  readonly accounts: { find(id: AccountId): Promise<Account | undefined> };
  readonly profiles: Pick<Profiles, 'read'>;
  readonly clock: Clock;
  readonly page: PageNow;
  /** After a change: whoever is to know is told. */
  readonly changed: () => Promise<void>;
}

const longestDays = { declared: 400, attested: 1_200 } as const;

const params = Type.Object({ claim: Type.String({ pattern: '^[a-z-]+\\.[a-z-]+$', maxLength: 80 }) });
const words = (maxLength: number) => Type.String({ minLength: 3, maxLength, pattern: '^[^\\u0000-\\u001f]*$' });

type PageJson = Awaited<ReturnType<PageNow['json']>>;

interface Vouched {
  readonly at: string;
  /** `null`: the account is erased, or spoke before this was kept. */
  readonly name: string | null;
}

/** For the team, besides what the public sees: the reason in words, what to do, and who of the team vouched. */
function forTheTeam({ count, practices }: PageJson, vouched: ReadonlyMap<string, Vouched>) {
  return {
    count,
    practices: practices.map((practice) => ({
      ...practice,
      sentences: practice.sentences.map((sentence) => ({
        ...sentence,
        claims: sentence.claims.map((claim) => ({
          ...claim,
          why: claim.reason === null ? null : (reasons[claim.reason] ?? null),
          remedy: claim.verdict === 'fails' ? (remedies[claim.id] ?? null) : null,
          vouched: vouched.get(claim.id) ?? null,
        })),
      })),
    })),
  };
}

export function claimRoutes(server: HttpServer, options: ClaimRoutesOptions): void {
  const { practices, runner, attestations, accounts, profiles, clock, page, changed } = options;

  /** Names are personal: each is opened against an entry of its own, and only where somebody vouched. */
  async function vouchedBy(caller: SessionCaller): Promise<ReadonlyMap<string, Vouched>> {
    const current = [...(await attestations.current()).values()];
    const ids = [...new Set(current.flatMap(({ account }) => account ?? []))];
    const found = (await Promise.all(ids.map(accounts.find))).filter((one) => one !== undefined);
    const read = await profiles.read(found, actorOfSession(caller), 'account_administration');
    const names = new Map(found.map(({ id }, position) => [id, read[position]?.name ?? null]));
    const nameOf = ({ account }: Attestation) => (account === undefined ? null : (names.get(account) ?? null));
    return new Map(current.map((one) => [one.claim, { at: one.at.toISOString(), name: nameOf(one) }]));
  }

  server.get(
    '/v1/claims',
    {
      config: { guard: 'none', session: 'settings.read' },
      schema: { summary: 'The page as the console shows it', tags: ['settings'] },
    },
    async (request) => forTheTeam(await page.json(), await vouchedBy(sessionOf(request))),
  );

  server.post(
    '/v1/claims/:claim/run',
    {
      config: { guard: 'none', session: 'settings.read' },
      schema: {
        summary: 'Measure a claim now',
        tags: ['settings'],
        params,
        response: {
          200: Type.Object({
            verdict: Type.Enum(['holds', 'fails', 'unknown']),
            reason: Type.Union([Type.String(), Type.Null()]),
            counts: Type.Record(Type.String(), Type.Union([Type.Number(), Type.String()])),
            index: Type.Integer(),
            tookMs: Type.Integer(),
          }),
        },
      },
    },
    async (request) => {
      const proof = await runner.run(request.params.claim);
      if (proof === undefined) throw new Problem('not_found');
      page.forget();
      return {
        verdict: proof.verdict,
        reason: proof.reason ?? null,
        counts: { ...proof.counts },
        index: proof.index,
        tookMs: proof.tookMs,
      };
    },
  );

  function vouchable(id: string) {
    const claim = practices
      .flatMap(({ sentences }) => sentences.flatMap(({ claims }) => claims))
      .find((one) => one.id === id);
    if (claim?.grade !== 'unknown' || claim.byHand === undefined) throw new Problem('not_found');
    return claim.byHand;
  }

  server.put(
    '/v1/claims/:claim/attestation',
    {
      config: { guard: 'none', session: 'claims.attest', fresh: true },
      schema: {
        summary: 'Vouch for what nothing measures, for a while',
        tags: ['settings'],
        params,
        body: Type.Object(
          {
            by: Type.String({ ...words(120), description: 'an office or an organisation; it is published' }),
            text: Type.Object({ de: words(600), en: words(600) }, { additionalProperties: false }),
            until: Type.String({ format: 'date', description: 'the last day, UTC' }),
            document: Type.Optional(Type.String({ pattern: '^[0-9a-f]{64}$', description: 'SHA-256 of the document' })),
          },
          { additionalProperties: false },
        ),
        response: { 200: Type.Object({ index: Type.Integer(), said: Type.String() }) },
      },
    },
    async (request) => {
      const { claim } = request.params;
      const grade = vouchable(claim);
      const { by, text, document } = request.body;
      const until = new Date(`${request.body.until}T23:59:59.000Z`);
      const days = (until.getTime() - clock.now().getTime()) / dayMs;
      if (!(days > 0 && days <= longestDays[grade])) throw new Problem('input_invalid', { field: '/until' });
      if (grade === 'attested' && document === undefined) throw new Problem('input_invalid', { field: '/document' });
      const caller = sessionOf(request);
      const voucher = { actor: actorOfSession(caller), account: caller.account };
      const made = await attestations.attest(voucher, { claim, grade, by, text, document, until });
      page.forget();
      await changed();
      return { index: made.index, said: saidText(made) };
    },
  );

  server.delete(
    '/v1/claims/:claim/attestation',
    {
      config: { guard: 'none', session: 'claims.attest', fresh: true },
      schema: { summary: 'Vouch no longer', tags: ['settings'], params, response: { 204: Type.Null() } },
    },
    async (request, reply) => {
      const { claim } = request.params;
      vouchable(claim);
      if (!(await attestations.withdraw(actorOfSession(sessionOf(request)), claim))) throw new Problem('not_found');
      page.forget();
      await changed();
      return reply.code(204).send(null);
    },
  );
}
