/** What nothing measures: somebody vouches for it, for a while, and the log keeps the words. And who is told when a claim turns. */
import { hash } from 'node:crypto';
import { parseVerifierKey, verifyTlogProof } from '@obhut/proof';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { createTestApp, type TestApp } from '../testing/app.ts';
import { createTestClock } from '../testing/clock.ts';
import { createTeam, type Team } from '../testing/team.ts';
import { remedies } from './remedies.ts';

interface PageClaim {
  readonly id: string;
  readonly verdict: string;
  readonly reason: string | null;
  readonly attestation: { readonly index: number; readonly grade: string; readonly by: string } | null;
  readonly vouched?: { readonly at: string; readonly name: string | null } | null;
  readonly why?: { readonly de: string } | null;
  readonly remedy?: { readonly de: string } | null;
}
interface Page {
  readonly log: { readonly key: string };
  readonly count: Readonly<Record<string, number>>;
  readonly practices: readonly {
    readonly sentences: readonly { readonly shown: string; readonly claims: readonly PageClaim[] }[];
  }[];
}

const dayMs = 86_400_000;
const clock = createTestClock(new Date());
const declared = 'two-factor.managed';
const attested = 'compliance.hosting-claim';
const words = {
  by: 'Leitung IT-Sicherheit',
  text: { de: 'Wir erklären das für die ganze Firma.', en: 'We declare this for the whole company.' },
};
const until = (days: number) => new Date(clock.now().getTime() + days * dayMs).toISOString().slice(0, 10);

let test: TestApp;
let team: Team;
beforeAll(async () => {
  test = await createTestApp({ cluster: inject('cluster'), clock });
  team = await createTeam(test);
  await test.app.page.runner.runDue();
});
afterAll(() => test.close());

const page = async () => {
  clock.advance(2_000);
  return (await test.http.get('/page.json', { token: null })).json<Page>();
};
async function claim(id: string, of?: Page): Promise<PageClaim & { readonly shown: string }> {
  for (const { sentences } of (of ?? (await page())).practices)
    for (const { shown, claims } of sentences) for (const one of claims) if (one.id === id) return { ...one, shown };
  throw new Error(`no claim ${id}`);
}
const parsed = ({ body }: { readonly body: Buffer }) => JSON.parse(body.toString()) as { readonly kind: string };
const vouch = (id: string, body: object, browser = team.owner.browser) =>
  browser.put(`/v1/claims/${id}/attestation`, body);

describe('vouching', () => {
  it('shows who vouches and until when, as declared and never as measured, and its words are those of the log', async () => {
    const before = await page();
    const answer = await vouch(declared, { ...words, until: until(30) });
    expect(answer.status, answer.text).toBe(200);
    const { index, said } = answer.json<{ index: number; said: string }>();
    const after = await page();
    expect(await claim(declared, after)).toMatchObject({
      verdict: 'holds',
      shown: 'declared',
      attestation: { index, grade: 'declared', by: words.by },
    });
    expect(after.count).toMatchObject({ declared: 1, holds: before.count.holds });
    const html = (await test.http.get('/', { token: null })).text;
    expect(html).toContain(words.text.de);
    await test.app.journal.integrator.round();
    const file = await vi.waitUntil(async () => {
      const proof = await test.http.get(`/log/page/proof/${index}`, { token: null });
      return proof.status === 200 ? proof.bytes : undefined;
    });
    const { entry } = await verifyTlogProof({ file, keys: [parseVerifierKey(after.log.key)] });
    expect(JSON.parse(Buffer.from(entry).toString())).toMatchObject({
      kind: 'claim.attest',
      // Who signed in to do it stands in the operator's own log, not in public.
      actor: { kind: 'system' },
      refs: { claim: declared, verdict: 'declared', digest: hash('sha256', said, 'hex') },
    });
    const own = await test.app.journal.logs.of(await test.app.customers.operator(), 'operator');
    if (own === undefined) throw new Error('the operator has a log');
    const entries = await test.app.journal.read.entries(own, -1, 1_000);
    expect(entries.map(parsed).filter(({ kind }) => kind === 'claim.attest')).toMatchObject([
      { actor: { kind: 'staff' }, refs: { claim: declared } },
    ]);
  });

  it('ends by itself, is renewed, and can be taken back, which the log keeps', async () => {
    clock.advance(31 * dayMs);
    expect(await claim(declared)).toMatchObject({ verdict: 'unknown', shown: 'unknown', reason: 'lapsed' });
    await team.owner.signIn();
    expect((await vouch(declared, { ...words, until: until(1) })).status).toBe(200);
    expect(await claim(declared)).toMatchObject({ shown: 'declared' });
    const gone = await team.owner.browser.delete(`/v1/claims/${declared}/attestation`);
    expect(gone.status).toBe(204);
    expect(await claim(declared)).toMatchObject({ verdict: 'unknown', attestation: null });
    expect((await team.owner.browser.delete(`/v1/claims/${declared}/attestation`)).status).toBe(404);
    const log = await test.app.journal.logs.of(await test.app.customers.operator(), 'page');
    if (log === undefined) throw new Error('the page has a log');
    const entries = await test.app.journal.read.entries(log, -1, 1_000);
    expect(entries.map(parsed).filter(({ kind }) => kind === 'claim.withdraw')).toHaveLength(1);
  });

  it('is for what no probe could see, in words that say something, with an end, and with a document where others attest', async () => {
    await team.owner.signIn();
    const whole = { ...words, until: until(30) };
    for (const [id, body, status, field] of [
      ['encryption.every-column', whole, 404, undefined],
      ['erasure.irrevocable-claim', whole, 404, undefined],
      ['nothing.here', whole, 404, undefined],
      [declared, { ...whole, until: until(-1) }, 400, '/until'],
      [declared, { ...whole, until: until(500) }, 400, '/until'],
      [declared, { ...whole, by: '' }, 400, '/by'],
      [declared, { ...whole, text: { de: 'nur deutsch' } }, 400, undefined],
      [attested, whole, 400, '/document'],
      [attested, { ...whole, document: 'abc' }, 400, '/document'],
    ] as const) {
      const answer = await vouch(id, body);
      expect(answer.status, `${id} ${JSON.stringify(body)}: ${answer.text}`).toBe(status);
      if (field !== undefined) expect(answer.json<{ field: string }>().field).toBe(field);
    }
    expect((await vouch(attested, { ...whole, document: 'ab'.repeat(32) })).status).toBe(200);
    expect(await claim(attested)).toMatchObject({ shown: 'attested' });
  });

  it('tells the team, and nobody else, who of them vouched, also when they have left', async () => {
    const { browser, account } = await team.invite(['security']);
    expect((await vouch(declared, { ...words, until: until(3) }, browser)).status).toBe(200);
    const seen = async () => (await claim(declared, (await team.owner.browser.get('/v1/claims')).json<Page>())).vouched;
    const at = clock.now().toISOString();
    expect(await seen()).toEqual({ at, name: 'Ada Muster' });
    const open = await page();
    expect(JSON.stringify(open)).not.toContain('Ada Muster');
    expect(JSON.stringify(open)).not.toContain('"vouched"');
    expect(JSON.stringify(open)).not.toContain(account);
    expect((await team.owner.browser.post(`/v1/staff/${account}/departure`, {})).status).toBe(204);
    expect(await seen()).toMatchObject({ name: 'Ada Muster' });
    // As it was before accounts were kept with it.
    await test.database.owner.query('update claims.attestation set account_id = null where claim = $1', [declared]);
    expect(await seen()).toMatchObject({ name: null });
  });

  it('is for owners and the security team', async () => {
    for (const role of ['support', 'engineer', 'operations', 'auditor']) {
      const { browser } = await team.invite([role]);
      expect((await vouch(declared, { ...words, until: until(3) }, browser)).status, role).toBe(403);
    }
    const security = await team.invite(['security']);
    expect((await vouch(declared, { ...words, until: until(3) }, security.browser)).status).toBe(200);
  });
});

/** How the claim turned, as far as messages tell, in order. */
const told = async (id: string) =>
  (
    await test.database.owner.query<{ refs: { from: string; to: string } }>(
      `select refs from notify.message where template = 'claim_changed' and refs->>'claim' = $1
       group by refs, created_at order by created_at`,
      [id],
    )
  ).map(({ refs: { from, to } }) => `${from} ${to}`);

describe('what the team sees and hears', () => {
  it('has advice for every measured claim, and for nothing else', () => {
    const claims = test.app.page.practices.flatMap(({ sentences }) => sentences.flatMap((one) => one.claims));
    const measured = claims.filter(({ grade }) => grade === 'measured').map(({ id }) => id);
    expect(Object.keys(remedies).sort()).toEqual(measured.sort());
  });

  it('hears of it as an alarm when a claim fails, and that it is over when it is mended', async () => {
    await team.owner.signIn();
    const run = () => team.owner.browser.post('/v1/claims/encryption.every-column/run');
    await run();
    const alarms = async (state: 'open' | 'resolved') => {
      clock.advance(60_000);
      await test.app.alerts.look();
      const found = await test.app.alerts.store.list([state], 100);
      return found.filter(({ subject }) => subject === 'encryption.every-column').map(({ code }) => code);
    };
    expect(await alarms('open')).toEqual([]);
    const before = (await told('encryption.every-column')).length;
    await test.database.owner.query('create table custody.stray (customer_id uuid primary key, name text)');
    await run();
    await run();
    expect(await alarms('open')).toEqual(['claim_fails']);
    const shown = (await team.owner.browser.get('/v1/claims')).json<Page>();
    expect((await claim('encryption.every-column', shown)).remedy?.de).toContain('Spalte');
    expect(JSON.stringify(await page())).not.toContain('"remedy"');
    const needs = (await team.owner.browser.get('/v1/overview')).json<{ needsMe: { kind: string; id: string }[] }>();
    expect(needs.needsMe.slice(0, 2)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ kind: 'claim_fails', id: 'encryption.every-column' }),
        expect.objectContaining({ kind: 'alarm_open' }),
      ]),
    );
    await test.database.owner.query('drop table custody.stray');
    await run();
    expect([await alarms('open'), await alarms('resolved')]).toEqual([[], ['claim_fails']]);
    // No letter besides the alarm.
    expect((await told('encryption.every-column')).slice(before)).toEqual([]);
  });

  it('is told when time alone turns a claim', async () => {
    await test.app.page.runner.runDue();
    const before = await told(declared);
    clock.advance(30 * dayMs);
    expect(await claim('location.sites')).toMatchObject({ verdict: 'unknown', reason: 'too-old' });
    await test.app.page.runner.runDue();
    expect(await claim('location.sites')).toMatchObject({ verdict: 'holds' });
    expect(await told(declared)).toEqual([...before, 'holds unknown']);
  });
});
