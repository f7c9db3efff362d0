/** The rest of what is measured, broken and mended: what no statement in SQL can break. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { generate } from 'selfsigned';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { brokenRule } from '../identity/factors/password-rules.ts';
import { systemClock } from '../platform/clock/clock.ts';
import { tlsOptions } from '../platform/http/tls.ts';
import { createFolderSite } from '../platform/sites/site.ts';
import { createTestApp, type TestApp } from '../testing/app.ts';
import { createGranting, type Place } from '../testing/granting.ts';
import { createTeam, type Team } from '../testing/team.ts';
import { ownListener } from './encryption/probes.ts';

vi.mock('../identity/factors/password-rules.ts', async (original) => {
  const real = await original<typeof import('../identity/factors/password-rules.ts')>();
  return { ...real, brokenRule: vi.fn(real.brokenRule) };
});
vi.mock('../platform/sites/site.ts', async (original) => {
  const real = await original<typeof import('../platform/sites/site.ts')>();
  return { ...real, createFolderSite: vi.fn(real.createFolderSite) };
});

const database = { connections: 8, country: 'DE' };
let test: TestApp;
let team: Team;
let place: Place;
let grant: string;
beforeAll(async () => {
  test = await createTestApp({
    cluster: inject('cluster'),
    settings: { database, contact: { email: 'security@obhut.example' }, webhooks: { allowPrivate: true } },
  });
  team = await createTeam(test);
  const granting = createGranting(test, team);
  const support = await team.invite(['support']);
  place = await granting.place();
  grant = await granting.ask(support, place, { emergency: true });
  const seen = await support.browser.get(`/v1/grants/${grant}/people/${place.person}/records/contacts`);
  expect(seen.status).toBe(200);
});
afterAll(() => test.close());
afterEach(() => vi.restoreAllMocks());

const verdict = async (id: string) => (await test.app.page.runner.run(id))?.verdict;
const sql = (statement: string) => async () => {
  await test.database.owner.query(statement);
};

/** @param breakIt is undone by `mendIt`. */
async function turns(id: string, breakIt: () => unknown, mendIt: () => unknown): Promise<void> {
  expect(await verdict(id), `${id} before`).toBe('holds');
  await breakIt();
  expect(await verdict(id), `${id} broken`).toBe('fails');
  await mendIt();
  expect(await verdict(id), `${id} mended`).toBe('holds');
}

describe('what is broken turns its claim, and turns back', () => {
  it('is tried for every claim that is measured', async () => {
    const here = new URL('.', import.meta.url).pathname;
    const tests = await Promise.all(
      [
        'turning.test.ts',
        'page.test.ts',
        'erasure/erasure.test.ts',
        'recovery/redundant.test.ts',
        'recovery/claims.test.ts',
        'recovery/drill/drill.test.ts',
        'recovery/source-code/nightly.test.ts',
      ].map((name) => readFile(join(here, name), 'utf8')),
    );
    const claims = test.app.page.practices.flatMap(({ sentences }) => sentences.flatMap((one) => one.claims));
    const untried = claims.filter(({ id, grade }) => grade === 'measured' && !tests.join('').includes(`'${id}'`));
    expect(untried.map(({ id }) => id)).toEqual([]);
  });

  it('a site in another country', () => {
    const [site] = test.sites;
    if (site === undefined) throw new Error('there is a site');
    return turns(
      'location.sites',
      () => Object.assign(site, { country: 'US' }),
      () => Object.assign(site, { country: 'DE' }),
    );
  });

  it('a database in another country; of one whose country nobody gave nothing is known', async () => {
    await turns(
      'location.database',
      () => Object.assign(database, { country: 'US' }),
      () => Object.assign(database, { country: 'DE' }),
    );
    Object.assign(database, { country: undefined });
    expect(await verdict('location.database')).toBe('unknown');
    Object.assign(database, { country: 'DE' });
  });

  it('a security.txt that is nearly over', async () => {
    const real = test.app.server.inject.bind(test.app.server) as (options: object) => Promise<{ body: string }>;
    await turns(
      'location.reachable',
      () =>
        vi.spyOn(test.app.server, 'inject').mockImplementation((async (options: object) => {
          const answer = await real(options);
          const soon = new Date(Date.now() + 5 * 86_400_000).toISOString();
          return Object.assign(answer, { body: answer.body.replace(/^Expires: .*$/m, `Expires: ${soon}`) });
        }) as never),
      () => vi.restoreAllMocks(),
    );
  });

  it('a webhook that goes unencrypted to another machine', async () => {
    await team.owner.confirm();
    const add = async (url: string) =>
      (await team.owner.browser.post('/v1/webhooks', { url, events: ['claim_changed'] })).json<{ id: string }>().id;
    await add('https://receiver.example/hook');
    await add('http://127.0.0.1:1/hook');
    let open = '';
    await turns(
      'encryption.outgoing',
      async () => {
        open = await add('http://192.0.2.7/hook');
      },
      () => team.owner.browser.delete(`/v1/webhooks/${open}`),
    );
  });

  it('a record whose person is gone, and two people with one key', async () => {
    const second = await place.house.person();
    const keyOf = async (person: string) =>
      (
        await test.database.owner.query<{ key_id: string }>(
          `select key_id from keyring.person where person_id = '${person}'`,
        )
      )[0]?.key_id;
    const own = await keyOf(second);
    await turns(
      'encryption.own-keys',
      sql(`update keyring.person set key_id = '${await keyOf(place.person)}' where person_id = '${second}'`),
      sql(`update keyring.person set key_id = '${own}' where person_id = '${second}'`),
    );
    const strayed = randomUUID();
    await turns(
      'encryption.own-keys',
      sql(`update custody.record set person_id = '${strayed}' where person_id = '${place.person}'`),
      sql(`update custody.record set person_id = '${place.person}' where person_id = '${strayed}'`),
    );
  });

  it('a site that is accepted in a country that is not allowed', () =>
    turns(
      'location.refused-elsewhere',
      () => vi.mocked(createFolderSite).mockResolvedValueOnce({} as never),
      () => undefined,
    ));

  it('a file at a site that is not sealed, whatever it begins with', async () => {
    await test.http.put(`${place.house.base}/people/${place.person}/files/${randomUUID()}`, 'content');
    const stray = join(test.sites[1]?.folder('objects') ?? '', 'stray');
    for (const content of ['a letter', Buffer.concat([Buffer.from([1]), Buffer.from('a letter '.repeat(1_000))])])
      await turns(
        'encryption.sealed-objects',
        () => writeFile(stray, content),
        () => rm(stray),
      );
  });

  it('a notice that is late', () =>
    turns(
      'confidentiality.customers-told',
      sql(`update access.grant set notice_due_at = now() - interval '1 hour' where grant_id = '${grant}'`),
      sql(`update access.grant set notice_due_at = now() + interval '1 hour' where grant_id = '${grant}'`),
    ));

  it('a notice that came late, and an emergency that was reviewed late, for the time that the claim speaks of', async () => {
    const late = (column: 'notice_due_at' | 'review_due_at', done: 'notice_sent_at' | 'reviewed_at', ago: string) =>
      sql(
        `update access.grant set ${done} = now() - interval '${ago}', ${column} = now() - interval '${ago}' - interval '1 hour',
           first_access_at = now() - interval '${ago}' where grant_id = '${grant}'`,
      )();
    const mend = sql(
      `update access.grant set notice_sent_at = null, notice_due_at = now() + interval '1 hour', reviewed_at = null,
         review_due_at = now() + interval '1 day', first_access_at = now() where grant_id = '${grant}'`,
    );
    for (const [id, due, done] of [
      ['confidentiality.customers-told', 'notice_due_at', 'notice_sent_at'],
      ['confidentiality.grants-complete', 'review_due_at', 'reviewed_at'],
    ] as const) {
      expect(await verdict(id), `${id} before`).toBe('holds');
      await late(due, done, '2 hours');
      expect(await verdict(id), `${id}: made up for, but late`).toBe('fails');
      await late(due, done, '89 days');
      expect(await verdict(id), `${id} 89 days later`).toBe('fails');
      await late(due, done, '91 days');
      expect(await verdict(id), `${id} 91 days later`).toBe('holds');
      await mend();
      expect(await verdict(id), `${id} mended`).toBe('holds');
    }
  });

  it('a policy that lets somebody look without a grant', () => {
    const decide = test.app.policies.decideForRole;
    const spy = vi.spyOn(test.app.policies, 'decideForRole');
    return turns(
      'confidentiality.no-standing-rights',
      () => spy.mockImplementation((role, ...rest) => ({ ...decide(role, ...rest), allowed: role === 'support' })),
      () => spy.mockRestore(),
    );
  });

  it('a grant that nobody consented to, and an emergency that nobody reviewed', async () => {
    const [row] = await test.database.owner.query<{ consent: string }>(
      `select consent from access.grant where grant_id = '${grant}'`,
    );
    await turns(
      'confidentiality.grants-complete',
      sql(`update access.grant set consent = null where grant_id = '${grant}'`),
      sql(`update access.grant set consent = '${row?.consent}' where grant_id = '${grant}'`),
    );
    await turns(
      'confidentiality.grants-complete',
      sql(`update access.grant set review_due_at = now() - interval '1 hour' where grant_id = '${grant}'`),
      sql(`update access.grant set review_due_at = now() + interval '1 day' where grant_id = '${grant}'`),
    );
  });

  /** A route that forgot its guard. */
  const careless = (matches: (url: string, body: unknown) => boolean) => {
    const real = test.app.server.inject.bind(test.app.server) as (options: object) => Promise<unknown>;
    vi.spyOn(test.app.server, 'inject').mockImplementation((async (options: { url: string; payload?: unknown }) =>
      matches(options.url, options.payload)
        ? { statusCode: 200, headers: {}, body: '', json: () => ({}) }
        : real(options)) as never);
  };

  it('a route that hands out data to nobody in particular', () =>
    turns(
      'confidentiality.no-read-without-entry',
      () => careless((url) => url.endsWith('/export') && url.includes('/people/')),
      () => vi.restoreAllMocks(),
    ));

  it('a door that opens without a receipt', () => {
    const spy = vi.spyOn(test.app.keyring, 'openRecords');
    return turns(
      'confidentiality.no-read-without-entry',
      () => spy.mockReturnValueOnce([]),
      () => spy.mockRestore(),
    );
  });

  it('is tried in the viewer too: with each role, an invented grant and one that is active now', async () => {
    const seen = await test.app.page.runner.run('confidentiality.no-read-without-entry');
    expect(seen?.counts).toMatchObject({ sessionsTried: 48, sessionsRefused: 48, foreignGrants: 1 });
  });

  it('a sign-in with one factor', () =>
    turns(
      'two-factor.one-is-refused',
      () => careless((_, body) => (body as { code?: unknown }).code === null),
      () => vi.restoreAllMocks(),
    ));

  it('a rule that takes a bad password', () =>
    turns(
      'two-factor.bad-passwords-refused',
      () => vi.mocked(brokenRule).mockResolvedValueOnce(undefined),
      () => undefined,
    ));

  it('an attempt without the type of device, and one without its origin', async () => {
    const last = 'sign_in_id = (select sign_in_id from identity.sign_in order by at desc limit 1)';
    await turns(
      'sign-in-log.device-type',
      sql(`update identity.sign_in set device_type = '' where ${last}`),
      sql(`update identity.sign_in set device_type = 'desktop' where ${last}`),
    );
    await turns(
      'sign-in-log.address-kept',
      sql(`update identity.sign_in set detail = substring(detail from 1 for 30) || '' where ${last}`),
      sql(`update identity.sign_in set detail = detail || decode(repeat('00', 60), 'hex') where ${last}`),
    );
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

describe('a listener', () => {
  /** As it should not be. */
  async function listening(options: object): Promise<{ port: number; close: () => Promise<unknown> }> {
    const made = await generate([{ name: 'commonName', value: 'localhost' }], {
      keySize: 2048,
      notAfterDate: new Date(Date.now() + 90 * 86_400_000),
    });
    const server = createTlsServer({ cert: made.cert, key: made.private, ...options });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    return {
      port: typeof address === 'object' && address !== null ? address.port : 0,
      close: () => new Promise((resolve) => server.close(resolve)),
    };
  }
  const look = (port: number) =>
    ownListener({ settings: { tls: { cert: '', key: '' }, port, host: '127.0.0.1' } } as never)({
      clock: systemClock,
    } as never);

  it.each([
    ['as ours is', tlsOptions, 'holds'],
    ['that takes TLS 1.0', { minVersion: 'TLSv1', ciphers: 'ALL:@SECLEVEL=0' }, 'fails'],
    ['that takes TLS 1.1', { minVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }, 'fails'],
    ['without forward secrecy', { ...tlsOptions, ciphers: `${tlsOptions.ciphers}:AES256-GCM-SHA384` }, 'fails'],
    ['with CBC', { ...tlsOptions, ciphers: `${tlsOptions.ciphers}:ECDHE-RSA-AES128-SHA` }, 'fails'],
  ])('%s', async (_, options, expected) => {
    const server = await listening(options);
    try {
      expect(await look(server.port)).toMatchObject({ verdict: expected });
    } finally {
      await server.close();
    }
  });
});

describe('a certificate', () => {
  it('that ends soon turns the claim; a renewed one is taken without a restart, a broken one is not', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'obhut-tls-'));
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    const issue = async (days: number) => {
      const made = await generate([{ name: 'commonName', value: 'localhost' }], {
        keyType: 'ec',
        notAfterDate: new Date(Date.now() + days * 86_400_000),
      });
      await writeFile(cert, made.cert);
      await writeFile(key, made.private);
    };
    await issue(90);
    const port = await freePort();
    const own = await createTestApp({
      cluster: inject('cluster'),
      settings: { tls: { cert, key }, port, host: '127.0.0.1' },
    });
    try {
      await own.app.server.listen({ host: '127.0.0.1', port });
      const seen = async () => {
        const proof = await own.app.page.runner.run('encryption.listener');
        return `${proof?.verdict} ${proof?.counts.certificateDays}`;
      };
      expect(await seen()).toMatch(/^holds (89|90)$/);
      await issue(5);
      await expect.poll(seen, { timeout: 20_000, interval: 500 }).toMatch(/^fails [45]$/);
      await writeFile(cert, 'no certificate');
      await new Promise((resolve) => setTimeout(resolve, 6_000));
      expect(await seen()).toMatch(/^fails [45]$/);
      await issue(60);
      await expect.poll(seen, { timeout: 20_000, interval: 500 }).toMatch(/^holds (59|60)$/);
    } finally {
      await own.close();
      await rm(folder, { recursive: true, force: true });
    }
  }, 60_000);
});
