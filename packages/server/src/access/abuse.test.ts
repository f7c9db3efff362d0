/** Grants, and the ways in which somebody might get around them. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createTestApp, type TestApp } from '../testing/app.ts';
import type { BrowserAnswer } from '../testing/browser.ts';
import { createTestClock } from '../testing/clock.ts';
import { client, createGranting, type Granting, type GrantWishes, type Place, wishOf } from '../testing/granting.ts';
import { createTeam, type Member, type Team } from '../testing/team.ts';

const clock = createTestClock();
const minuteMs = 60_000;
let test: TestApp;
let team: Team;
let granting: Granting;
let support: Member;
let colleague: Member;
let here: Place;
let elsewhere: Place;

beforeAll(async () => {
  test = await createTestApp({
    cluster: inject('cluster'),
    clock,
    settings: {
      limits: { recordBytes: 1_048_576, fileBytes: 1_048_576, requestsPerSecond: 1_000, signInsPerNetwork: 10_000 },
    },
  });
  team = await createTeam(test);
  granting = createGranting(test, team);
  support = await team.invite(['support']);
  colleague = await team.invite(['security']);
  here = await granting.place();
  elsewhere = await granting.place();
});
afterAll(() => test.close());

const codeOf = (answer: BrowserAnswer) => [answer.status, answer.json<{ code?: string }>().code];
const active = (wish?: GrantWishes) => granting.active(support, colleague, here, wish);
const look = (by: Member, grant: string, place: Place = here, collection = 'contacts') =>
  by.browser.get(`/v1/grants/${grant}/people/${place.person}/records/${collection}`);
const unmask = (by: Member, grant: string, field: string, place: Place = here) =>
  by.browser.post(`/v1/grants/${grant}/people/${place.person}/unmask`, {
    collection: 'contacts',
    record: place.record,
    field,
  });
const find = (by: Member, grant: string, value: string = client.mail) =>
  by.browser.post(`/v1/grants/${grant}/find`, { collection: 'contacts', field: 'mail', value });

/** Nothing of the client's data, whatever the status. */
function needsNothing(answer: BrowserAnswer, ...except: readonly string[]): void {
  expect(answer.status, answer.text).toBeGreaterThanOrEqual(400);
  for (const value of Object.values(client)) if (!except.includes(value)) expect(answer.text).not.toContain(value);
}

interface Told {
  readonly template: string;
  readonly account_id: string;
}

const told = (grant: string): Promise<Told[]> =>
  test.database.app.query<Told>(
    "select template, account_id from notify.message where channel = 'mail' and refs ->> 'grant' = $1",
    [grant],
  );

interface Entry {
  readonly kind: string;
  readonly grant?: string;
  readonly actor: { readonly kind: string; readonly role?: string };
  readonly scope?: { readonly fields?: readonly string[] };
  readonly refs?: Readonly<Record<string, unknown>>;
}

async function entriesOf(grant: string, place: Place = here): Promise<readonly Entry[]> {
  const { entries } = (await test.http.get(`${place.house.base}/journal?limit=1000`)).json<{
    entries: { entry: Entry }[];
  }>();
  return entries.map(({ entry }) => entry).filter((entry) => entry.grant === grant);
}

/** After the clock has been moved, everybody signs in anew. */
async function later(minutes: number): Promise<void> {
  clock.advance(minutes * minuteMs);
  for (const member of [team.owner, support, colleague, here.admin, elsewhere.admin])
    expect(await member.signIn()).toBe(200);
}

describe('a request', () => {
  it('is agreed to by a colleague, never by whoever asks, whatever their roles', async () => {
    for (const asker of [support, colleague, team.owner]) {
      const grant = await granting.ask(asker, here);
      expect(codeOf(await granting.agree(asker, grant))).toEqual([403, 'self_forbidden']);
      expect(await granting.state(asker, grant)).toBe('requested');
      expect(codeOf(await look(asker, grant))[0]).toBe(403);
    }
  });

  it('takes a fresh factor of the colleague', async () => {
    const grant = await granting.ask(support, here);
    clock.advance(15 * minuteMs);
    const answer = await colleague.browser.post(`/v1/grants/${grant}/agreement`);
    expect(codeOf(answer)).toEqual([403, 'fresh_factor_required']);
  });

  it('is not agreed to by somebody who lost the role meanwhile', async () => {
    await team.owner.confirm();
    const leaving = await team.invite(['support']);
    const grant = await granting.ask(support, here);
    await leaving.confirm();
    const changed = await team.owner.browser.put(`/v1/staff/${leaving.account}/roles`, { roles: ['auditor'] });
    expect(changed.status, changed.text).toBeLessThan(300);
    const answer = await leaving.browser.post(`/v1/grants/${grant}/agreement`);
    expect(answer.status).toBeGreaterThanOrEqual(401);
    expect(await granting.state(support, grant)).toBe('requested');
  });

  it('cannot be changed by anybody, in any way', async () => {
    const grant = await granting.ask(support, here);
    const before = (await support.browser.get(`/v1/grants/${grant}`)).json();
    expect((await granting.agree(colleague, grant)).status).toBeLessThan(300);
    const wider = wishOf(here, { minutes: 480, collections: [{ collection: 'contacts', fields: null }] });
    for (const answer of [
      await support.browser.put(`/v1/grants/${grant}`, wider),
      await support.browser.post(`/v1/grants/${grant}`, wider),
      await support.browser.post(`/v1/grants/${grant}/agreement`, wider),
    ])
      expect(answer.status).toBeGreaterThanOrEqual(400);
    expect((await granting.approve(here.admin, grant)).status).toBe(200);
    const after = (await support.browser.get(`/v1/grants/${grant}`)).json();
    for (const part of ['collections', 'persons', 'minutes', 'purpose', 'ticket', 'justification', 'requestHash'])
      expect(after[part]).toEqual(before[part]);
    const hashes = (await entriesOf(grant)).flatMap(({ refs }) => refs?.request ?? []);
    expect(new Set(hashes).size).toBe(1);
  });

  it('dies after four days without an answer', async () => {
    const grant = await granting.ask(support, here);
    await later(4 * 24 * 60 + 1);
    expect(await granting.state(support, grant)).toBe('dead');
    expect(codeOf(await granting.agree(colleague, grant))).toEqual([409, 'grant_closed']);
  });

  it('starts its clock when it is approved, not when it is asked for', async () => {
    const grant = await granting.ask(support, here, { minutes: 5 });
    await later(20);
    expect((await granting.agree(colleague, grant)).status).toBeLessThan(300);
    await later(20);
    expect((await granting.approve(here.admin, grant)).status).toBe(200);
    expect((await look(support, grant)).status).toBe(200);
  });
});

describe("a customer's approval", () => {
  it('takes a passkey that signs this very request', async () => {
    const [one, other] = [await granting.ask(support, here), await granting.ask(support, here)];
    for (const grant of [one, other]) expect((await granting.agree(colleague, grant)).status).toBeLessThan(300);
    const signed = await granting.assertion(here.admin, one);
    const elsewhereUsed = await here.admin.browser.post(`/v1/grants/${other}/approval`, signed);
    expect(elsewhereUsed.status).toBeGreaterThanOrEqual(400);
    expect(await granting.state(support, other)).toBe('agreed');
    const crossed = { ...signed, flow: ((await granting.assertion(here.admin, other)) as { flow: string }).flow };
    expect((await here.admin.browser.post(`/v1/grants/${other}/approval`, crossed)).status).toBeGreaterThanOrEqual(400);
    expect(await granting.state(support, other)).toBe('agreed');
  });

  it('is worth nothing when it is replayed', async () => {
    const grant = await granting.ask(support, here);
    expect((await granting.agree(colleague, grant)).status).toBeLessThan(300);
    const signed = await granting.assertion(here.admin, grant);
    expect((await here.admin.browser.post(`/v1/grants/${grant}/approval`, signed)).status).toBe(200);
    expect((await here.admin.browser.post(`/v1/grants/${grant}/end`)).status).toBeLessThan(300);
    expect((await here.admin.browser.post(`/v1/grants/${grant}/approval`, signed)).status).toBeGreaterThanOrEqual(400);
    expect(await granting.state(support, grant)).toBe('ended');
  });

  it('is refused without user verification, and from another origin', async () => {
    const grant = await granting.ask(support, here);
    expect((await granting.agree(colleague, grant)).status).toBeLessThan(300);
    const { habits } = here.admin.key;
    const honest = { ...habits };
    for (const dishonest of [{ verifiesUser: false }, { origin: 'https://obhut.example.net' }]) {
      Object.assign(habits, dishonest);
      expect((await granting.approve(here.admin, grant)).status).toBeGreaterThanOrEqual(400);
      Object.assign(habits, honest);
    }
    expect(await granting.state(support, grant)).toBe('agreed');
    expect((await granting.approve(here.admin, grant)).status).toBe(200);
  });

  it('is nobody else’s: no staff, no admin of another customer', async () => {
    const grant = await granting.ask(support, here);
    expect((await granting.agree(colleague, grant)).status).toBeLessThan(300);
    const signed = await granting.assertion(here.admin, grant);
    for (const other of [support, colleague, team.owner, elsewhere.admin]) {
      const begun = await other.browser.post(`/v1/grants/${grant}/approval/options`);
      expect([403, 404]).toContain(begun.status);
      expect([403, 404]).toContain((await other.browser.post(`/v1/grants/${grant}/approval`, signed)).status);
    }
    expect(await granting.state(support, grant)).toBe('agreed');
  });

  it('can be checked later by anybody: the signature is kept with what was signed', async () => {
    const grant = await active();
    const [row] = await test.database.app.query<{ signature: Record<string, string>; request_hash: Buffer }>(
      'select signature, request_hash from access.grant where grant_id = $1',
      [grant],
    );
    const { challenge } = JSON.parse(
      Buffer.from(row?.signature.clientDataJSON ?? '', 'base64url').toString('utf8'),
    ) as { challenge: string };
    expect(Buffer.from(challenge, 'base64url').subarray(0, 32)).toEqual(row?.request_hash);
    expect(Object.keys(row?.signature ?? {})).toEqual(expect.arrayContaining(['publicKey', 'signature']));
  });
});

describe('an admin of another customer', () => {
  it('meets an unknown grant, and an unknown customer', async () => {
    const grant = await active();
    const unknown = randomUUID();
    const { browser } = elsewhere.admin;
    for (const path of ['', '/end', '/denial', '/approval/options', '/agreement']) {
      const call = (id: string) =>
        path === '' ? browser.get(`/v1/grants/${id}`) : browser.post(`/v1/grants/${id}${path}`);
      await elsewhere.admin.confirm();
      expect((await call(grant)).text).toBe((await call(unknown)).text);
      expect((await call(grant)).status).toBe(404);
    }
    expect((await browser.get('/v1/grants')).text).not.toContain(grant);
    for (const path of ['accesses', 'accesses.csv', 'access-policy', 'journal'])
      expect((await browser.get(`${here.house.base}/${path}`)).status).toBe(404);
    expect((await browser.put(`${here.house.base}/access-policy`, { mode: 'log_only' })).status).toBe(404);
    expect(await granting.state(support, grant)).toBe('active');
  });

  it('is not asked before a colleague agreed, nor told who asks', async () => {
    const grant = await granting.ask(support, here);
    expect((await here.admin.browser.get(`/v1/grants/${grant}`)).status).toBe(404);
    expect((await granting.agree(colleague, grant)).status).toBeLessThan(300);
    const seen = await here.admin.browser.get(`/v1/grants/${grant}`);
    expect(seen.json().requester).toEqual({ account: null, name: null, role: 'support', country: 'DE' });
    expect(seen.text).not.toContain(support.account);
  });
});

describe('a view', () => {
  it('shows masks, and one field for one entry', async () => {
    const grant = await active();
    const seen = await look(support, grant);
    const [record] = seen.json<{ records: { record: string; fields: Record<string, unknown> }[] }>().records;
    expect(record).toMatchObject({
      record: here.record,
      fields: {
        name: { class: 'personal', masked: 'A••••' },
        mail: { class: 'personal', masked: '••••@example.org' },
        plan: { class: 'plain', value: 'basic' },
      },
    });
    expect(Object.keys(record?.fields ?? {})).toEqual(['mail', 'name', 'plan']);
    for (const value of [client.name, client.mail, client.born, client.note]) expect(seen.text).not.toContain(value);
    expect((await unmask(support, grant, 'mail')).json().value).toBe(client.mail);
    const opened = (await entriesOf(grant)).filter(({ kind }) => kind === 'record.read');
    expect(opened).toMatchObject([{ grant, scope: { fields: ['mail'] }, actor: { kind: 'staff', role: 'support' } }]);
  });

  it('has no field, collection or person outside the grant', async () => {
    const grant = await active({ persons: [here.person] });
    const stranger = { ...here, person: await here.house.person() };
    const record = await here.house.put(stranger.person, client);
    for (const answer of [
      await unmask(support, grant, 'note'),
      await unmask(support, grant, 'born'),
      await unmask(support, grant, 'no_such_field'),
      await look(support, grant, here, 'no_such_collection'),
      await look(support, grant, stranger),
      await unmask(support, grant, 'name', { ...stranger, record }),
      // A person of the grant, a record of somebody else.
      await unmask(support, grant, 'name', { ...here, record }),
      await look(support, grant, elsewhere),
      await unmask(support, grant, 'name', elsewhere),
    ])
      needsNothing(answer);
    const found = (await find(support, grant)).json<{ found: { person: string }[] }>().found;
    expect(found.map(({ person }) => person)).toEqual([here.person]);
    const opened = (await entriesOf(grant)).filter(({ kind, scope }) => kind === 'record.read' && scope?.fields);
    expect(opened.flatMap(({ scope }) => scope?.fields)).not.toContain('note');
  });

  it('is whose grant it is: no colleague uses it, not even the owner', async () => {
    const grant = await active();
    for (const other of [colleague, team.owner, await team.invite(['support']), here.admin]) {
      needsNothing(await look(other, grant));
      needsNothing(await unmask(other, grant, 'name'));
      needsNothing(await find(other, grant), client.mail);
      needsNothing(await other.browser.get(`/v1/grants/${grant}/people`));
    }
  });

  it('ends with the time of the grant, before anybody has written that down', async () => {
    const grant = await active({ minutes: 5 });
    expect((await look(support, grant)).status).toBe(200);
    clock.advance(5 * minuteMs);
    needsNothing(await look(support, grant));
    needsNothing(await unmask(support, grant, 'name'));
    needsNothing(await find(support, grant));
    expect(await granting.state(support, grant)).toBe('expired');
    await test.app.access.grants.sweep();
    expect((await entriesOf(grant)).at(-1)).toMatchObject({ kind: 'grant.end', refs: { by: 'time' } });
  });

  it.each([
    ['the customer', () => here.admin, 'customer'],
    ['security', () => colleague, 'security'],
    ['whoever asked', () => support, 'requester'],
  ] as const)('kept open gets nothing any more when %s ends it', async (_who, who, endedBy) => {
    const grant = await active();
    expect((await look(support, grant)).status).toBe(200);
    expect((await who().browser.post(`/v1/grants/${grant}/end`)).status).toBeLessThan(300);
    needsNothing(await look(support, grant));
    needsNothing(await unmask(support, grant, 'name'));
    needsNothing(await find(support, grant));
    needsNothing(await support.browser.get(`/v1/grants/${grant}/people`));
    expect((await support.browser.get(`/v1/grants/${grant}`)).json()).toMatchObject({ state: 'ended', endedBy });
    expect((await entriesOf(grant)).map(({ kind }) => kind)).toContain('grant.end');
  });

  it('ends with the role, and with the account', async () => {
    await later(1);
    for (const end of [
      (leaving: Member) => team.owner.browser.put(`/v1/staff/${leaving.account}/roles`, { roles: ['auditor'] }),
      (leaving: Member) => team.owner.browser.post(`/v1/staff/${leaving.account}/departure`),
    ]) {
      const leaving = await team.invite(['support']);
      const grant = await granting.active(leaving, colleague, here);
      expect((await look(leaving, grant)).status).toBe(200);
      await team.owner.confirm();
      const ended = await end(leaving);
      expect(ended.status, ended.text).toBeLessThan(300);
      needsNothing(await look(leaving, grant));
      needsNothing(await unmask(leaving, grant, 'name'));
      await test.app.access.grants.sweep();
      expect((await colleague.browser.get(`/v1/grants/${grant}`)).json()).toMatchObject({ endedBy: 'roles' });
    }
  });

  it('ends when the role runs out, without anybody doing anything', async () => {
    const passing = await team.invite(['support']);
    const grant = await granting.active(passing, colleague, here);
    await test.database.app.query('update identity.role set expires_at = $2 where account_id = $1', [
      passing.account,
      clock.now(),
    ]);
    needsNothing(await look(passing, grant));
    needsNothing(await unmask(passing, grant, 'name'));
    await test.app.access.grants.sweep();
    expect((await colleague.browser.get(`/v1/grants/${grant}`)).json()).toMatchObject({ endedBy: 'roles' });
  });

  it('gives nothing to a session that has ended', async () => {
    const grant = await active();
    expect((await support.browser.delete('/v1/session')).status).toBe(204);
    for (const answer of [await look(support, grant), await unmask(support, grant, 'name')])
      expect(answer.status).toBe(401);
    expect(await support.signIn()).toBe(200);
  });

  it('gives nothing when the row of the grant was widened behind our back', async () => {
    const grant = await active({ persons: [here.person] });
    await test.database.owner.query(
      `update access.grant set scope = jsonb_set(scope, '{collections,0,fields}', 'null') where grant_id = $1`,
      [grant],
    );
    needsNothing(await unmask(support, grant, 'note'));
  });
});

describe('an emergency', () => {
  const emergency = () => granting.ask(support, here, { emergency: true });

  it('is granted at once, and tells security and the customer at once', async () => {
    const grant = await emergency();
    expect((await look(support, grant)).status).toBe(200);
    const messages = await told(grant);
    const to = messages.filter(({ template }) => template === 'grant_emergency').map((one) => one.account_id);
    expect(to).toEqual(expect.arrayContaining([here.admin.account, colleague.account]));
    expect(to).not.toContain(support.account);
    expect(await entriesOf(grant)).toMatchObject([{ kind: 'grant.start', refs: { emergency: 1 } }, {}]);
    expect((await here.admin.browser.get(`/v1/grants/${grant}`)).json()).toMatchObject({ emergency: true });
  });

  it('is reviewed by somebody else, once', async () => {
    const grant = await granting.ask(colleague, here, { emergency: true });
    await later(1);
    const review = (by: Member) =>
      by.browser.post(`/v1/grants/${grant}/review`, { verdict: 'justified', note: 'Fine.' });
    expect(codeOf(await review(colleague))).toEqual([403, 'self_forbidden']);
    expect((await review(support)).status).toBe(403);
    const other = await team.invite(['security']);
    const done = await Promise.all([review(team.owner), review(other), review(team.owner)]);
    expect(done.map(({ status }) => status).sort()).toEqual([204, 409, 409]);
    expect((await review(team.owner)).status).toBe(409);
    const reviews = (await entriesOf(grant)).filter(({ kind }) => kind === 'grant.review');
    expect(reviews).toMatchObject([{ refs: { verdict: 'justified' } }]);
    expect(JSON.stringify(reviews)).not.toContain('Fine.');
  });

  it('without a review within 24 hours alarms', async () => {
    const grant = await emergency();
    const before = (await told(grant)).filter(({ template }) => template.startsWith('review')).length;
    await later(24 * 60 + 1);
    await test.app.access.notices.remind();
    const after = (await told(grant)).filter(({ template }) => template.startsWith('review'));
    expect(after.length).toBeGreaterThan(before);
    expect(after.map((one) => one.account_id)).toContain(colleague.account);
    const overview = await colleague.browser.get('/v1/overview');
    expect(overview.json<{ needsMe: { kind: string; id: string }[] }>().needsMe).toEqual(
      expect.arrayContaining([expect.objectContaining({ kind: 'review_due', id: grant })]),
    );
  });
});

describe('the customer', () => {
  it('is told of an access when it begins, and reads all that IAM-07 asks for', async () => {
    const grant = await active();
    expect((await told(grant)).map(({ template }) => template)).not.toContain('access_notice');
    await look(support, grant);
    await unmask(support, grant, 'name');
    await find(support, grant);
    const notices = (await told(grant)).filter(({ template }) => template === 'access_notice');
    expect(notices.map((one) => one.account_id)).toEqual([here.admin.account]);
    const listed = (await here.admin.browser.get(`${here.house.base}/accesses`)).json<{
      accesses: ({ grant: string; type: string; entries: unknown[] } & Record<string, unknown>)[];
    }>();
    const rows = listed.accesses.filter((row) => row.grant === grant);
    expect(rows.map(({ type }) => type).sort()).toEqual(['searched', 'unmasked', 'viewed']);
    for (const row of rows) {
      expect(row).toMatchObject({ cause: 'customer_request', role: 'support', country: 'DE', consent: 'customer' });
      expect(row.entries.length).toBeGreaterThan(0);
      expect(JSON.stringify(row)).not.toContain(support.account);
    }
    const csv = await here.admin.browser.get(`${here.house.base}/accesses.csv`);
    expect(csv.text).toContain(grant);
    expect(csv.text).not.toContain(client.name);
  });

  it('decides alone how it is asked', async () => {
    const place = await granting.place();
    const policy = `${place.house.base}/access-policy`;
    for (const other of [support, colleague, team.owner]) {
      await other.confirm();
      expect((await other.browser.put(policy, { mode: 'log_only' })).status).toBe(403);
    }
    const before = await granting.ask(support, place);
    await place.admin.confirm();
    const changed = await place.admin.browser.put(policy, { mode: 'support_preapproved' });
    expect(changed.status, changed.text).toBeLessThan(300);
    // What was asked for before is answered as it was then.
    expect((await granting.agree(colleague, before)).status).toBeLessThan(300);
    expect(await granting.state(support, before)).toBe('agreed');
    const helped = await granting.ask(support, place);
    const diagnosed = await granting.ask(support, place, { purpose: 'diagnosis' });
    for (const grant of [helped, diagnosed]) expect((await granting.agree(colleague, grant)).status).toBeLessThan(300);
    expect(await granting.state(support, helped)).toBe('active');
    expect(await granting.state(support, diagnosed)).toBe('agreed');
  });
});

describe('without a grant', () => {
  const roles = ['owner', 'security', 'operations', 'support', 'engineer', 'auditor'] as const;
  it.each(roles)('%s gets no personal data by any route', async (role) => {
    const member = await team.invite([role]);
    const { person, record, house } = here;
    const foreign = await active();
    const paths = [
      `${house.base}/people/${person}/records/contacts/${record}`,
      `${house.base}/people/${person}/records/contacts`,
      `${house.base}/people/${person}/export`,
      `${house.base}/people/${person}/files`,
      `${house.base}/export`,
      `/v1/grants/${foreign}/people`,
      `/v1/grants/${foreign}/people/${person}/records/contacts`,
      `/v1/grants/${randomUUID()}/people/${person}/records/contacts`,
    ];
    member.browser.headers['obhut-purpose'] = 'customer_request';
    for (const path of paths) needsNothing(await member.browser.get(path));
    for (const [path, body] of [
      [`${house.base}/records/get`, { items: [{ person, collection: 'contacts', record }] }],
      [`${house.base}/records/find`, { collection: 'contacts', field: 'mail', value: client.mail }],
    ] as const)
      needsNothing(await member.browser.post(path, body), client.mail);
    needsNothing(await unmask(member, foreign, 'name'));
  });
});
