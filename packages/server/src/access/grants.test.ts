/** Staff and customers' data: asking, agreeing, approving, seeing, ending, and what somebody may try instead. */
import { createHash, createPublicKey, randomUUID, verify } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { createTestApp, type TestApp } from '../testing/app.ts';
import { createTestClock } from '../testing/clock.ts';
import { ada, definition } from '../testing/contacts.ts';
import { createHouse, type House } from '../testing/household.ts';
import { createTeam, type Member, type Team } from '../testing/team.ts';

const clock = createTestClock();
let test: TestApp;
let team: Team;
let support: Member;
let security: Member;
let house: House;
let other: House;
let admin: Member;
let foreignAdmin: Member;
let person: string;
let record: string;

beforeAll(async () => {
  test = await createTestApp({
    cluster: inject('cluster'),
    clock,
    settings: {
      limits: { recordBytes: 1_048_576, fileBytes: 1_048_576, requestsPerSecond: 10_000, signInsPerNetwork: 10_000 },
    },
  });
  team = await createTeam(test);
  support = await team.invite(['support']);
  security = await team.invite(['security']);
  house = await createHouse(test.http, definition);
  other = await createHouse(test.http, definition);
  admin = await team.inviteAdmin(house.customer);
  foreignAdmin = await team.inviteAdmin(other.customer);
  person = await house.person();
  record = await house.put(person, ada);
});
afterAll(() => test.close());
// Hours pass in these tests; people come back.
beforeEach(async () => {
  for (const member of [team.owner, support, security, admin, foreignAdmin]) await member.signIn();
});

const wish = (over: object = {}) => ({
  customer: house.customer,
  collections: [{ collection: 'contacts', fields: null }],
  persons: null,
  purpose: 'diagnosis',
  ticket: 'T-4711',
  justification: 'The customer cannot open this person since yesterday.',
  telemetry: 'Logs only show that it fails.',
  minutes: 60,
  ...over,
});

interface Grant {
  readonly id: string;
  readonly state: string;
  readonly requestHash: string;
  readonly may: string[];
  readonly signed: boolean;
}

async function ask(over: object = {}, by = support): Promise<Grant> {
  const answer = await by.browser.post('/v1/grants', wish(over));
  expect(answer.status, answer.text).toBe(201);
  return answer.json<Grant>();
}
const agree = (grant: Grant, by = security) => by.browser.post(`/v1/grants/${grant.id}/agreement`);
const stateOf = async (grant: Grant, by = support) =>
  (await by.browser.get(`/v1/grants/${grant.id}`)).json<Grant>().state;

async function approve(grant: Grant, by = admin) {
  const begun = await by.browser.post(`/v1/grants/${grant.id}/approval/options`);
  if (begun.status !== 200) return begun;
  const { flow, options } = begun.json<{ flow: string; options: object }>();
  return by.browser.post(`/v1/grants/${grant.id}/approval`, { flow, response: by.key.get(options) });
}

async function active(over: object = {}): Promise<Grant> {
  const grant = await ask(over);
  expect((await agree(grant)).status).toBe(204);
  expect((await approve(grant)).status).toBe(200);
  return grant;
}

const view = (grant: Grant, by = support, of = person) =>
  by.browser.get(`/v1/grants/${grant.id}/people/${of}/records/contacts`);
const unmask = (grant: Grant, field: string, by = support) =>
  by.browser.post(`/v1/grants/${grant.id}/people/${person}/unmask`, { collection: 'contacts', record, field });

describe('the way to data', () => {
  it('leads through a colleague, the customer, and an entry for each step', async () => {
    const grant = await ask();
    expect(grant.state).toBe('requested');
    expect((await view(grant)).json()).toMatchObject({ code: 'grant_required' });
    expect((await agree(grant)).status).toBe(204);
    expect(await stateOf(grant)).toBe('agreed');
    expect((await view(grant)).json()).toMatchObject({ code: 'grant_required' });
    expect((await approve(grant)).json()).toMatchObject({ state: 'active', signed: true, consent: 'customer' });

    const page = await view(grant);
    expect(page.status, page.text).toBe(200);
    expect(page.json<{ records: { fields: unknown }[] }>().records[0]?.fields).toEqual({
      name: { class: 'personal', masked: 'A••••' },
      mail: { class: 'personal', masked: '••••@example.org' },
      iban: { class: 'personal', masked: '••••2051' },
      note: { class: 'sensitive', masked: '••••••••' },
      plan: { class: 'plain', masked: null, value: 'basic' },
    });
    expect(page.text).not.toContain('Lovelace');
    expect((await unmask(grant, 'iban')).json()).toMatchObject({ value: ada.iban });

    const { entries } = (await test.http.get(`${house.base}/journal?limit=1000`)).json<{
      entries: { entry: Record<string, unknown> }[];
    }>();
    const own = entries.map(({ entry }) => entry).filter((entry) => entry.grant === grant.id);
    expect(own.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['grant.request', 'grant.agree', 'grant.approve', 'records.list', 'record.read']),
    );
    const unmasked = own.find(({ kind }) => kind === 'record.read');
    expect(unmasked).toMatchObject({
      purpose: 'diagnosis',
      scope: { collection: 'contacts', fields: ['iban'] },
      actor: { kind: 'staff', role: 'support', country: 'DE' },
    });
    const decided = { decision: 'allow', rules: 'data-by-grant', policies: test.app.policies.hash };
    for (const { kind, refs } of own)
      if (kind === 'record.read' || kind === 'records.list') expect(refs, String(kind)).toEqual(decided);
    for (const { refs } of own.filter(({ kind }) => String(kind).startsWith('grant.') && kind !== 'grant.read'))
      expect(refs).toMatchObject({ policies: test.app.policies.hash, request: expect.any(String) });
    // What somebody wrote stands nowhere in the log.
    expect(JSON.stringify(entries)).not.toMatch(/T-4711|since yesterday|Lovelace/);
  });

  it('has the approval signed over the very request, so that anybody can check it later', async () => {
    const grant = await active();
    const [row] = await test.database.owner.query<{ signature: Record<string, string> }>(
      'select signature from access.grant where grant_id = $1',
      [grant.id],
    );
    const { clientDataJSON = '', authenticatorData = '', signature = '', publicKey = '' } = row?.signature ?? {};
    const client = JSON.parse(Buffer.from(clientDataJSON, 'base64url').toString()) as { challenge: string };
    expect(Buffer.from(client.challenge, 'base64url').subarray(0, 32).toString('hex')).toBe(grant.requestHash);
    const signed = Buffer.concat([
      Buffer.from(authenticatorData, 'base64url'),
      createHash('sha256').update(Buffer.from(clientDataJSON, 'base64url')).digest(),
    ]);
    // The COSE key of ES256 ends with x and y, each behind a three-byte head.
    const cose = Buffer.from(publicKey, 'base64url');
    const key = createPublicKey({
      format: 'jwk',
      key: {
        kty: 'EC',
        crv: 'P-256',
        x: cose.subarray(-67, -35).toString('base64url'),
        y: cose.subarray(-32).toString('base64url'),
      },
    });
    expect(verify('sha256', signed, key, Buffer.from(signature, 'base64url'))).toBe(true);
  });

  it('is as short as the customer wants it', async () => {
    const mode = (to: string) => admin.browser.put(`/v1/customers/${house.customer}/access-policy`, { mode: to });
    expect((await admin.browser.get(`/v1/customers/${house.customer}/access-policy`)).json()).toMatchObject({
      mode: 'ask_first',
      answerWithinHours: 96,
    });
    expect((await mode('support_preapproved')).status).toBe(204);
    const known = await ask({ purpose: 'customer_request' });
    await agree(known);
    expect(await stateOf(known)).toBe('active');
    const asked = await ask({ purpose: 'diagnosis' });
    await agree(asked);
    expect(await stateOf(asked)).toBe('agreed');
    expect((await mode('log_only')).status).toBe(204);
    const logged = await ask();
    await agree(logged);
    expect(await stateOf(logged)).toBe('active');
    // What was asked under the old wish stays under it.
    expect(await stateOf(asked)).toBe('agreed');
    expect((await mode('ask_first')).status).toBe(204);
  });

  it('dies unanswered after four days, and ends with its time', async () => {
    const silent = await ask();
    const short = await active({ minutes: 5 });
    clock.advance(5 * 60_000);
    expect((await view(short)).json()).toMatchObject({ code: 'grant_required' });
    expect(await stateOf(short)).toBe('expired');
    clock.advance(4 * 86_400_000);
    await support.signIn();
    await security.signIn();
    expect((await agree(silent)).json()).toMatchObject({ code: 'grant_closed' });
    await test.app.access.grants.sweep();
    const rows = await test.database.owner.query<{ state: string; ended_by: string }>(
      'select state, ended_by from access.grant where grant_id = any($1)',
      [[silent.id, short.id]],
    );
    expect(rows.map(({ state, ended_by: by }) => `${state} ${by}`).sort()).toEqual(['dead time', 'expired time']);
  });

  it('in an emergency is open at once, told to all, and must be reviewed by somebody else', async () => {
    const grant = await ask({ emergency: true, purpose: 'alert' });
    expect(grant.state).toBe('active');
    expect((await view(grant)).status).toBe(200);
    const told = await test.database.owner.query<{ template: string; account_id: string }>(
      "select template, account_id from notify.message where refs ->> 'grant' = $1",
      [grant.id],
    );
    expect(told.map(({ template }) => template)).toEqual(
      expect.arrayContaining(['grant_emergency', 'review_due', 'access_notice']),
    );
    expect(told.filter(({ template }) => template === 'grant_emergency').map(({ account_id: id }) => id)).toEqual(
      expect.arrayContaining([admin.account, security.account]),
    );
    const needs = (await security.browser.get('/v1/overview')).json<{ needsMe: { kind: string; id: string }[] }>()
      .needsMe;
    expect(needs).toContainEqual(expect.objectContaining({ kind: 'review_due', id: grant.id }));
    const review = (by: Member) => by.browser.post(`/v1/grants/${grant.id}/review`, { verdict: 'justified' });
    expect((await review(support)).status).toBe(403);
    expect((await review(security)).status).toBe(204);
    expect((await review(team.owner)).json()).toMatchObject({ code: 'grant_closed' });
  });
});

describe('what somebody may try instead', () => {
  it('agree with oneself (self-approval), also as owner', async () => {
    const own = await ask({}, team.owner);
    expect(own.may).not.toContain('agree');
    expect((await agree(own, team.owner)).json()).toMatchObject({ code: 'self_forbidden' });
    expect(await stateOf(own, team.owner)).toBe('requested');
  });

  it('approve after the role was lost, in the same session', async () => {
    const fickle = await team.invite(['security']);
    const grant = await ask();
    expect((await team.owner.browser.put(`/v1/staff/${fickle.account}/roles`, { roles: ['auditor'] })).status).toBe(
      204,
    );
    expect((await agree(grant, fickle)).status).toBe(403);
    expect(await stateOf(grant)).toBe('requested');
  });

  it('go on with a grant after losing the role', async () => {
    const leaver = await team.invite(['support']);
    const grant = await ask({}, leaver);
    await agree(grant);
    await approve(grant);
    expect((await view(grant, leaver)).status).toBe(200);
    expect((await team.owner.browser.put(`/v1/staff/${leaver.account}/roles`, { roles: ['engineer'] })).status).toBe(
      204,
    );
    expect((await view(grant, leaver)).json()).toMatchObject({ code: 'grant_required' });
    await test.app.access.grants.sweep();
    const [row] = await test.database.owner.query<{ ended_by: string }>(
      'select ended_by from access.grant where grant_id = $1',
      [grant.id],
    );
    expect(row?.ended_by).toBe('roles');
  });

  it('change a request after it was agreed to: there is no way, and its hash would differ', async () => {
    const grant = await ask();
    for (const method of ['put', 'post'] as const)
      expect((await support.browser[method](`/v1/grants/${grant.id}`, wish({ minutes: 480 }))).status).toBe(404);
    expect((await admin.browser.get(`/v1/grants/${grant.id}`)).status).toBe(404); // not agreed to yet
  });

  it('use a grant of somebody else', async () => {
    const grant = await active();
    const colleague = await team.invite(['support']);
    expect((await view(grant, colleague)).json()).toMatchObject({ code: 'not_found' });
    expect((await view(grant, security)).json()).toMatchObject({ code: 'not_found' });
    expect((await view(grant, admin)).json()).toMatchObject({ code: 'not_found' });
  });

  it('see more than the grant says: another person, collection, field, customer', async () => {
    const second = await house.person();
    await house.put(second, ada);
    const grant = await active({
      collections: [{ collection: 'contacts', fields: ['name', 'plan'] }],
      persons: [person],
    });
    expect(Object.keys((await view(grant)).json<{ records: { fields: object }[] }>().records[0]?.fields ?? {})).toEqual(
      ['name', 'plan'],
    );
    expect((await unmask(grant, 'name')).status).toBe(200);
    expect((await unmask(grant, 'iban')).json()).toMatchObject({ code: 'grant_required' });
    expect((await view(grant, support, second)).json()).toMatchObject({ code: 'grant_required' });
    expect((await support.browser.get(`/v1/grants/${grant.id}/people/${person}/records/letters`)).json()).toMatchObject(
      { code: 'grant_required' },
    );
    const stranger = await other.person();
    expect((await view({ ...grant }, support, stranger)).json()).toMatchObject({ code: 'grant_required' });
    expect((await support.browser.get(`/v1/grants/${grant.id}/people`)).json()).toMatchObject({ people: [{ person }] });
  });

  it('find people beyond the grant', async () => {
    const second = await house.person();
    await house.put(second, { ...ada, mail: 'second@example.org' });
    const grant = await active({ persons: [person] });
    const find = (value: string) =>
      support.browser.post(`/v1/grants/${grant.id}/find`, { collection: 'contacts', field: 'mail', value });
    expect((await find('ADA@example.org')).json<{ found: { person: string }[] }>().found).toEqual(
      expect.arrayContaining([{ person, record }]),
    );
    expect((await find('second@example.org')).json()).toMatchObject({ found: [] });
  });

  it('be the admin of another customer', async () => {
    const grant = await ask();
    await agree(grant);
    expect((await approve(grant, foreignAdmin)).json()).toMatchObject({ code: 'not_found' });
    for (const path of ['end', 'denial'])
      expect((await foreignAdmin.browser.post(`/v1/grants/${grant.id}/${path}`)).json()).toMatchObject({
        code: 'not_found',
      });
    for (const path of ['accesses', 'accesses.csv', 'access-policy', 'admins', 'journal', 'collections'])
      expect((await foreignAdmin.browser.get(`/v1/customers/${house.customer}/${path}`)).json(), path).toMatchObject({
        code: 'not_found',
      });
    const listed = (await foreignAdmin.browser.get(`/v1/grants?customer=${house.customer}`)).json<{
      grants: unknown[];
    }>();
    expect(listed.grants).toEqual([]);
    expect(await stateOf(grant)).toBe('agreed');
  });

  it('approve with the signature over another request', async () => {
    const [one, two] = [await ask(), await ask()];
    await agree(one);
    await agree(two);
    const begun = (await admin.browser.post(`/v1/grants/${one.id}/approval/options`)).json<{
      flow: string;
      options: object;
    }>();
    const answer = { flow: begun.flow, response: admin.key.get(begun.options) };
    expect((await admin.browser.post(`/v1/grants/${two.id}/approval`, answer)).json()).toMatchObject({
      code: 'factor_invalid',
    });
    expect((await admin.browser.post(`/v1/grants/${one.id}/approval`, answer)).status).toBe(200);
    expect((await admin.browser.post(`/v1/grants/${one.id}/approval`, answer)).json()).toMatchObject({
      code: 'factor_invalid',
    });
  });

  it('go on after the customer has ended it', async () => {
    const grant = await active();
    expect((await view(grant)).status).toBe(200);
    expect((await admin.browser.post(`/v1/grants/${grant.id}/end`)).status).toBe(204);
    expect((await view(grant)).json()).toMatchObject({ code: 'grant_required' });
    expect((await unmask(grant, 'name')).json()).toMatchObject({ code: 'grant_required' });
    expect((await support.browser.get(`/v1/grants/${grant.id}`)).json()).toMatchObject({
      state: 'ended',
      endedBy: 'customer',
    });
  });

  it('keep a view open after it was ended: it is told within a second, from any server', async () => {
    const grant = await active();
    const told: { state: string; at: number }[] = [];
    const second = await test.start('node-1');
    const leave = second.access.events.watch(
      ({ id }) => id === grant.id,
      (_grant, state) => told.push({ state, at: performance.now() }),
    );
    await expect.poll(() => told.map(({ state }) => state)).toEqual(['active']);
    const ended = performance.now();
    expect((await admin.browser.post(`/v1/grants/${grant.id}/end`)).status).toBe(204);
    await expect.poll(() => told.at(-1)?.state, { timeout: 3_000 }).toBe('ended');
    expect((told.at(-1)?.at ?? 0) - ended).toBeLessThan(2_000);
    leave();
  });

  it('read with a token of the product under a grant that does not cover it', async () => {
    const grant = await active({ persons: [person] });
    const url = house.recordUrl(person, record);
    const under = (id: string, at = url) => test.http.get(at, { headers: { 'obhut-grant': id } });
    expect((await under(grant.id)).json()).toEqual(ada);
    const { entries } = (await test.http.get(`${house.base}/journal?limit=1000`)).json<{
      entries: { entry: Record<string, unknown> }[];
    }>();
    expect(entries.at(-1)?.entry.kind === 'journal.read' ? entries.at(-2)?.entry : entries.at(-1)?.entry).toMatchObject(
      { grant: grant.id, refs: { decision: 'allow', rules: 'data-by-grant', policies: test.app.policies.hash } },
    );
    const second = await house.person();
    await house.put(second, ada);
    const narrow = await active({ collections: [{ collection: 'contacts', fields: ['name'] }] });
    for (const [id, at] of [
      [randomUUID(), url],
      ['nonsense', url],
      [grant.id, house.recordUrl(second)],
      [narrow.id, url],
      [grant.id, `${house.base}/export`],
      [grant.id, `${house.base}/people/${person}/export`],
    ] as const)
      expect((await under(id, at)).json(), at).toMatchObject({ code: 'grant_required' });
    await admin.browser.post(`/v1/grants/${grant.id}/end`);
    expect((await under(grant.id)).json()).toMatchObject({ code: 'grant_required' });
  });
});

describe("the customer's history", () => {
  it('says cause, time, duration, country, type, scope and retention, and whether it was told in 72 hours', async () => {
    const grant = await active();
    await view(grant);
    clock.advance(60_000);
    await unmask(grant, 'name');
    await unmask(grant, 'iban');
    const rows = (await admin.browser.get(`/v1/customers/${house.customer}/accesses`)).json<{
      accesses: Record<string, unknown>[];
    }>().accesses;
    const own = rows.filter((row) => row.grant === grant.id);
    expect(own.find(({ type }) => type === 'unmasked')).toMatchObject({
      cause: 'diagnosis',
      role: 'support',
      country: 'DE',
      collections: ['contacts'],
      fields: ['iban', 'name'],
      persons: 1,
      records: 2,
      consent: 'customer',
      retention: { copies: 'none' },
      noticeDueAt: expect.any(String),
      noticeSentAt: null,
      entries: [expect.any(Number), expect.any(Number)],
    });
    const viewed = own.find(({ type }) => type === 'viewed') as { at: string; noticeDueAt: string };
    expect(new Date(viewed.noticeDueAt).getTime() - new Date(viewed.at).getTime()).toBe(72 * 3_600_000);
    // Neither name nor account of whoever it was.
    expect(JSON.stringify(rows)).not.toContain(support.account);
    const csv = await admin.browser.get(`/v1/customers/${house.customer}/accesses.csv`);
    expect(csv.text).toContain('at;until;durationSeconds;cause');
    expect(csv.text.split('\r\n').length).toBeGreaterThan(2);
  });

  it('is handed out whole, also what happened at the same moment, page by page and as CSV', async () => {
    const grant = await active();
    await view(grant);
    await unmask(grant, 'name');
    const url = `/v1/customers/${house.customer}/accesses`;
    type Listing = { accesses: { grant: string; type: string; until: string }[]; next: string | null };
    const all = (await admin.browser.get(`${url}?limit=500`)).json<Listing>().accesses;
    const own = all.filter((row) => row.grant === grant.id);
    expect(new Set(own.map(({ until }) => until)).size, 'the clock stood still').toBe(1);
    expect(own).toHaveLength(2);
    const paged: Listing['accesses'] = [];
    let next: string | null = '';
    while (next !== null) {
      const page: Listing = (
        await admin.browser.get(`${url}?limit=1${next === '' ? '' : `&after=${encodeURIComponent(next)}`}`)
      ).json<Listing>();
      paged.push(...page.accesses);
      next = page.next;
    }
    expect(paged).toEqual(all);
    const csv = (await admin.browser.get(`${url}.csv`)).text.trimEnd().split('\r\n');
    expect(csv).toHaveLength(1 + all.length);
    expect((await admin.browser.get(`${url}?after=2026-01-01T00:00:00Z`)).status).toBe(400);
  });

  it('sounds the alarm when the notice has not arrived in time', async () => {
    const grant = await active();
    await view(grant);
    clock.advance(72 * 3_600_000 + 1);
    await test.app.access.notices.remind();
    await test.app.access.notices.remind();
    const told = await test.database.owner.query(
      "select 1 from notify.message where template = 'notice_overdue' and refs ->> 'grant' = $1 and account_id = $2",
      [grant.id, security.account],
    );
    expect(told).toHaveLength(1);
    await security.signIn();
    const needs = (await security.browser.get('/v1/overview')).json<{ needsMe: { kind: string; id: string }[] }>()
      .needsMe;
    expect(needs).toContainEqual(expect.objectContaining({ kind: 'notice_overdue', id: grant.id }));
  });
});

describe('what stands in the database', () => {
  it('holds no reason in clear', async () => {
    await ask({ ticket: 'SECRET-TICKET' });
    const rows = await test.database.owner.query<{ t: string }>('select t::text as t from access.grant t');
    const text = rows.map(({ t }) => t).join('\n');
    expect(text).not.toContain('SECRET-TICKET');
    expect(text).not.toContain(Buffer.from('SECRET-TICKET').toString('hex'));
  });
});
