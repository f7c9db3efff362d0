/** The page: what it shows is measured, and what is broken turns. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseVerifierKey, verifyTlogProof } from '@obhut/proof';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import type { Observation, ProbeContext } from '../claims/probe.ts';
import type { Name, PersonId, RecordId } from '../platform/ids/ids.ts';
import { createTestApp, type TestApp } from '../testing/app.ts';
import { createHouse } from '../testing/household.ts';
import { createTeam, type Team } from '../testing/team.ts';
import { loadLogo } from './logo.ts';

interface PageClaim {
  readonly id: string;
  readonly grade: string;
  readonly verdict: string;
  readonly reason: string | null;
  readonly predicate: { readonly de: string; readonly en: string };
  readonly proof: { readonly index: number; readonly verdict: string; readonly counts: Record<string, number> } | null;
}
interface Page {
  readonly log: { readonly key: string };
  readonly practices: readonly {
    readonly id: string;
    readonly verdict: string;
    readonly sentences: readonly {
      readonly id: string;
      readonly verdict: string;
      readonly claims: readonly PageClaim[];
    }[];
  }[];
}

let test: TestApp;
let team: Team;
/** Where a careless program would leave traces. */
let traces: string;
beforeAll(async () => {
  traces = await mkdtemp(join(tmpdir(), 'obhut-traces-'));
  const cluster = inject('cluster');
  test = await createTestApp({ cluster, files: [cluster.dataFolder, traces] });
  team = await createTeam(test);
  const house = await createHouse(test.http);
  const order = { scope: 'person', person: await house.person(), coolingMinutes: 0 };
  expect((await test.http.post(`${house.base}/erasures`, order)).status).toBe(202);
  await test.app.page.runner.run('erasure.canary');
  await test.app.erasures.rollOver();
  await test.app.page.runner.runDue();
  await test.app.page.runner.run('erasure.canary');
});
afterAll(async () => {
  await test.close();
  await rm(traces, { recursive: true, force: true });
});

const page = async () => (await test.http.get('/page.json', { token: null })).json<Page>();
const claimsOf = (of: Page) => of.practices.flatMap(({ sentences }) => sentences.flatMap(({ claims }) => claims));
async function claim(id: string): Promise<PageClaim> {
  const found = claimsOf(await page()).find((one) => one.id === id);
  if (found === undefined) throw new Error(`no claim ${id}`);
  return found;
}
/** Measures a claim now, and looks at what the page says then. */
async function measure(id: string): Promise<PageClaim> {
  expect((await team.owner.browser.post(`/v1/claims/${id}/run`)).status).toBe(200);
  return claim(id);
}

describe('the page', () => {
  it('shows every measured claim with a proof that anybody can verify, and says unknown of the rest', async () => {
    const { log, practices } = await page();
    const claims = practices.flatMap(({ sentences }) => sentences.flatMap((one) => one.claims));
    const measured = claims.filter(({ grade }) => grade === 'measured');
    expect(measured.length).toBeGreaterThan(12);
    for (const one of claims.filter(({ grade }) => grade === 'unknown'))
      expect(one).toMatchObject({ verdict: 'unknown', proof: null });
    await test.app.journal.integrator.round();
    for (const { id, proof, verdict } of measured) {
      expect(proof, id).not.toBeNull();
      const file = await vi.waitUntil(async () => {
        const answer = await test.http.get(`/log/page/proof/${proof?.index}`, { token: null });
        return answer.status === 200 ? answer.bytes : undefined;
      });
      const verified = await verifyTlogProof({ file, keys: [parseVerifierKey(log.key)] });
      const entry = JSON.parse(Buffer.from(verified.entry).toString()) as {
        kind: string;
        refs: Record<string, unknown>;
      };
      expect(entry).toMatchObject({ kind: 'claim.proof', refs: { claim: id, verdict } });
    }
    const holding = measured.filter(({ verdict }) => verdict === 'holds').map(({ id }) => id);
    // Two folders of one machine are one place, and one safe is none to spare.
    const failing = ['files-redundant', 'keys-redundant', 'records-redundant'].map((one) => `recovery.${one}`);
    expect(
      measured
        .filter(({ verdict }) => verdict === 'fails')
        .map(({ id }) => id)
        .sort(),
    ).toEqual(failing);
    // Without TLS of its own, where nobody said it, and where nobody held, asked or confirmed, there is nothing to measure.
    const unknown = measured.filter(({ verdict }) => verdict === 'unknown').map(({ id }) => id);
    const ofErasure = ['followed', 'holds-kept', 'requests-answered', 'retention-kept', 'second-admin'];
    const others = [
      'location.database',
      'location.reachable',
      ...['alarms-arrive', 'backed-up', 'drilled', 'source-nightly'].map((one) => `recovery.${one}`),
    ];
    expect(unknown.sort()).toEqual(['encryption.listener', ...ofErasure.map((one) => `erasure.${one}`), ...others]);
    expect(holding).toHaveLength(measured.length - unknown.length - failing.length);
    expect(await claim('encryption.listener')).toMatchObject({ verdict: 'unknown', reason: 'tls-elsewhere' });
  });

  it('is complete as HTML in both languages, small, and without a script of its own', async () => {
    const { practices } = await page();
    for (const [path, language] of [
      ['/', 'de'],
      ['/en', 'en'],
    ] as const) {
      const answer = await test.http.get(path, { token: null });
      expect(answer.headers['content-type']).toContain('text/html');
      expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
      expect(answer.text).toContain(`<html lang="${language}">`);
      for (const one of practices.flatMap(({ sentences }) => sentences.flatMap(({ claims }) => claims)))
        expect(answer.text).toContain(one.predicate[language].replaceAll("'", '&#39;'));
      expect(answer.bytes.length).toBeLessThan(100_000);
      expect(answer.text).not.toMatch(/<script(?! type="application\/json")/);
      const markdown = await test.http.get(language === 'de' ? '/page.md' : '/en/page.md', { token: null });
      // What stands before them, twelve practices, and the four parts about sites, contact, accessibility and limits.
      expect(markdown.text.split('\n## ')).toHaveLength(1 + 12 + 4);
    }
  });

  it('escapes what an operator writes', async () => {
    const named = await createTestApp({ cluster: inject('cluster'), settings: { operator: '<b onload="x">&\'' } });
    try {
      const { text } = await named.http.get('/', { token: null });
      expect(text).not.toContain('<b onload');
      expect(text).toContain('&lt;b onload=&quot;x&quot;&gt;&amp;&#39;');
    } finally {
      await named.close();
    }
  });

  it("shows the operator's logo, words and addresses, and a picture only as a picture", async () => {
    const file = join(traces, 'logo.svg');
    await writeFile(file, '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><script>1</script></svg>');
    const own = {
      logo: file,
      about: { de: 'Wir beraten <b>Firmen</b>.', en: 'We advise companies.' },
      imprint: 'https://example.org/imprint',
    };
    const named = await createTestApp({ cluster: inject('cluster'), settings: { operator: 'Beispiel', page: own } });
    try {
      const { text } = await named.http.get('/', { token: null });
      expect(text).toContain('<img src="/logo" alt="Beispiel">');
      expect(text).toContain('Wir beraten &lt;b&gt;Firmen&lt;/b&gt;.');
      expect(text).toContain('Gemessen ist er nicht');
      expect(text).toContain('href="https://example.org/imprint"');
      const logo = await named.http.get('/logo', { token: null });
      expect(logo.headers['content-type']).toBe('image/svg+xml');
      expect(logo.headers['content-security-policy']).toContain('sandbox');
    } finally {
      await named.close();
    }
    for (const [content, reason] of [
      ['<html>', 'neither PNG nor SVG'],
      ['<svg>'.padEnd(100_001), '100001 bytes'],
    ] as const) {
      await writeFile(file, content);
      await expect(loadLogo(file)).rejects.toThrow(reason);
    }
    await expect(loadLogo(join(traces, 'none.png'))).rejects.toThrow('cannot be read');
  });

  it('addresses its readers as the operator wants', async () => {
    const familiar = /(?<![A-Za-zÄÖÜäöüß])([Dd](u|ich|ir|ein(e[nmrs]?)?)|[Ee]u(er|re[nmrs]?|ch))(?![A-Za-zÄÖÜäöüß])/g;
    const formal = await createTestApp({ cluster: inject('cluster'), settings: { form: 'sie' } });
    try {
      for (const path of ['/', '/page.md']) {
        expect((await formal.http.get(path, { token: null })).text.match(familiar), path).toBeNull();
        expect((await test.http.get('/', { token: null })).text).toMatch(familiar);
      }
    } finally {
      await formal.close();
    }
  });

  it('keeps changed and withdrawn sentences in its log', async () => {
    const rows = await test.database.owner.query<{ n: number }>('select count(*) as n from claims.sentence');
    const sentences = test.app.page.practices.flatMap(({ sentences: own }) => own);
    expect(rows[0]?.n).toBe(sentences.length);
    await test.database.app.query("update claims.sentence set digest = '\\x00' where sentence = 'location.where'");
    await test.database.app.query(
      `insert into claims.sentence (customer_id, sentence, digest, since, idx)
       select customer_id, 'location.gone', digest, since, 0 from claims.sentence limit 1`,
    );
    await test.start('node-again');
    const changed = await test.database.owner.query<{ sentence: string; withdrawn: boolean }>(
      "select sentence, withdrawn_at is not null as withdrawn from claims.sentence where since > now() - interval '1 minute' and sentence in ('location.where', 'location.gone') order by 1",
    );
    expect(changed).toEqual([
      { sentence: 'location.gone', withdrawn: true },
      { sentence: 'location.where', withdrawn: false },
    ]);
  });

  it('lets nobody but the team run a probe', async () => {
    const support = await team.invite(['support']);
    expect((await support.browser.post('/v1/claims/location.sites/run')).status).toBe(403);
    expect((await team.owner.browser.post('/v1/claims/nothing.here/run')).status).toBe(404);
  });
});

/** Breaks something, sees its claim turn, mends it, sees it turn back. */
async function turns(id: string, breakIt: string, mendIt: string): Promise<void> {
  expect((await measure(id)).verdict, `${id} before`).toBe('holds');
  await test.database.owner.query(breakIt);
  expect((await measure(id)).verdict, `${id} broken`).toBe('fails');
  const sentence = (await page()).practices
    .flatMap(({ sentences }) => sentences)
    .find(({ claims }) => claims.some((one) => one.id === id));
  expect(sentence?.verdict).toBe('fails');
  await test.database.owner.query(mendIt);
  expect((await measure(id)).verdict, `${id} mended`).toBe('holds');
}

describe('what is broken turns its sentence, and turns back', () => {
  it('a column that nobody declared', () =>
    turns(
      'encryption.every-column',
      'create table custody.stray (customer_id uuid primary key, name text)',
      'drop table custody.stray',
    ));

  it('a value that is not sealed', () =>
    turns(
      'encryption.sealed-values',
      "update identity.account set profile = 'Ada Lovelace, ada@example.org, and more'::bytea, profile_key = profile where false; insert into notify.webhook (customer_id, webhook_id, target, events, created_at) values (gen_random_uuid(), '00000000-0000-4000-8000-000000000001', 'https://example.org/in/clear', '{}', now())",
      "delete from notify.webhook where webhook_id = '00000000-0000-4000-8000-000000000001'",
    ));

  it('leaves its trace in the history of the claim: what failed on a day stays that day', async () => {
    const id = 'encryption.key-ages';
    const past = async () => {
      const found = claimsOf(await page()).find((one) => one.id === id) as PageClaim & { history: unknown[] };
      return found.history;
    };
    const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
    await measure(id);
    for (const [ago, verdict] of [
      [40, 'holds'],
      [3, 'holds'],
      [2, 'fails'],
      [1, 'holds'],
    ] as const)
      await test.database.app.query(
        `insert into claims.day select customer_id, claim, $3::date, $2, idx, generation from claims.day where claim = $1
         order by day desc limit 1`,
        [id, verdict, day(ago)],
      );
    await measure(id);
    expect(await past()).toEqual([
      { from: day(40), to: day(40), verdict: 'holds' },
      { from: day(3), to: day(3), verdict: 'holds' },
      { from: day(2), to: day(2), verdict: 'fails' },
      { from: day(1), to: day(0), verdict: 'holds' },
    ]);
    const { text } = await test.http.get('/en', { token: null });
    expect(text).toMatch(/<rect class="fails" x="87" y="0" width="1"/);
    await test.database.owner.query('delete from claims.day where claim = $1 and day < $2::date', [id, day(0)]);
  });

  it('a key that is too old', () =>
    turns(
      'encryption.key-ages',
      "update keyring.epoch set created_at = created_at - interval '3 years'",
      "update keyring.epoch set created_at = created_at + interval '3 years'",
    ));

  it('a session without a sign-in', () =>
    turns(
      'sign-in-log.sessions-have-entries',
      `insert into identity.session select customer_id, '00000000-0000-4000-8000-000000000002', account_id, person_id, '\\x02', method, null, device_type, browser, system, now(), now(), now(), null from identity.session limit 1`,
      "delete from identity.session where session_id = '00000000-0000-4000-8000-000000000002'",
    ));

  it('an account without factors', () =>
    turns(
      'two-factor.accounts',
      `insert into identity.account select customer_id, '00000000-0000-4000-8000-000000000003', person_id, kind, of_customer_id, 'active', '\\x03', profile_key_id, profile_key, profile_key_commitment, profile, profile_version, language, country from identity.account limit 1`.replace(
        'country from',
        'country, 0, null, null, now(), null from',
      ),
      "delete from identity.account where account_id = '00000000-0000-4000-8000-000000000003'",
    ));

  it('a proof that the log does not hold', () =>
    turns(
      'location.page-in-log',
      `insert into claims.proof select customer_id, '00000000-0000-4000-8000-000000000004', 'location.sites', 'holds', null, '{}', probe, probe_version, observed_at - interval '1 hour', 1, 999999 from claims.proof limit 1`,
      "delete from claims.proof where proof_id = '00000000-0000-4000-8000-000000000004'",
    ));

  it('a use of a grant without its entry', () =>
    turns(
      'confidentiality.uses-have-entries',
      `insert into access.use (customer_id, use_id, grant_id, at, type, collection, fields, records, idx)
       select customer_id, '00000000-0000-4000-8000-000000000005', gen_random_uuid(), now(), 'viewed', 'contacts', '{}', 1, 999999 from customers.customer limit 1`,
      "delete from access.use where use_id = '00000000-0000-4000-8000-000000000005'",
    ));
});

/** An entry of the operator's access log: the first, or the newest that allowed something to be opened. */
async function entryOf(which: 'first' | 'newest-read'): Promise<{ readonly log: string; readonly idx: number }> {
  const [row] = await test.database.owner.query<{ log: string; idx: number }>(
    `select l.log_id::text as log, e.idx from journal.log l join journal.entry e using (customer_id, log_id)
     where l.customer_id = $1 and l.kind = 'access'
       and (e.idx = 0 or convert_from(e.body, 'UTF8') like '%"kind":"record.read"%')
     order by e.idx ${which === 'first' ? 'asc' : 'desc'} limit 1`,
    [await test.app.customers.operator()],
  );
  if (row === undefined) throw new Error('the operator has a log');
  return row;
}
const flip = (column: string, { log, idx }: { readonly log: string; readonly idx: number }) =>
  `update journal.entry set ${column} = set_byte(${column}, 5, get_byte(${column}, 5) # 1) where log_id = '${log}' and idx = ${idx}`;

describe('what was decrypted and signed', () => {
  it('is missed when its entry was changed', async () => {
    await measure('encryption.planted-values');
    const statement = flip('leaf', await entryOf('newest-read'));
    await turns('confidentiality.openings-reconciled', statement, statement);
  });

  it('is seen when an entry, a tile or a whole log is not what was signed', async () => {
    await test.app.journal.integrator.round();
    const id = 'confidentiality.logs-consistent';
    const first = await entryOf('first');
    await turns(id, flip('body', first), flip('body', first));
    const tile = `update journal.tile set hashes = set_byte(hashes, 5, get_byte(hashes, 5) # 1) where log_id = '${first.log}' and level = 0 and n = 0`;
    await turns(id, tile, tile);
    await turns(
      id,
      `update journal.log set log_id = 'ffffffff-0000-4000-8000-000000000000' where log_id = '${first.log}'`,
      `update journal.log set log_id = '${first.log}' where log_id = 'ffffffff-0000-4000-8000-000000000000'`,
    );
  });
});

describe('planted values', () => {
  const id = 'encryption.planted-values';
  async function planted(): Promise<string> {
    const customer = await test.app.customers.operator();
    const [row] = await test.database.owner.query<{ person: PersonId; record: RecordId }>(
      "select person_id as person, record_id as record from custody.record where collection = 'obhut_canary'",
    );
    if (row === undefined) throw new Error('something was planted');
    const { data } = await test.app.custody.records.read(
      { customer, collection: 'obhut_canary' as Name, ...row },
      { actor: { kind: 'system', id: 'obhut' }, purpose: undefined, reference: undefined, onBehalfOf: undefined },
    );
    return (JSON.parse(data.toString()) as { note: string }).note;
  }

  it('are in no file of the database, whose files were seen', async () => {
    const { verdict, proof } = await measure(id);
    expect(verdict).toBe('holds');
    expect(proof?.counts).toMatchObject({ readable: 0, unread: 0 });
    expect(proof?.counts.files).toBeGreaterThan(3);
  });

  it.each([
    ['plain', (secret: string) => `debug: ${secret}\n`],
    ['in base64', (secret: string) => Buffer.from(`{"note":"${secret}"}`).toString('base64')],
    ['in hex', (secret: string) => Buffer.from(secret).toString('hex').toUpperCase()],
  ])('are found when something left one behind, %s, until it is gone', async (_how, write) => {
    expect((await measure(id)).verdict).toBe('holds');
    const trace = join(traces, 'debug.log');
    await writeFile(trace, write(await planted()));
    expect((await measure(id)).verdict).toBe('fails');
    expect((await measure(id)).verdict, 'still there').toBe('fails');
    expect((await measure(id)).verdict, 'still there, later').toBe('fails');
    await rm(trace);
    expect(await measure(id)).toMatchObject({ verdict: 'holds', reason: null, proof: { counts: { unread: 0 } } });
  });

  it('are hunted by a server that was started anew, too', async () => {
    expect((await measure(id)).verdict).toBe('holds');
    const trace = join(traces, 'old.log');
    await writeFile(trace, await planted());
    const again = await test.start('node-0');
    try {
      const seen = await again.page.runner.run(id);
      expect(seen).toMatchObject({ verdict: 'fails', counts: { readable: 1 } });
    } finally {
      await rm(trace);
    }
    expect((await measure(id)).verdict).toBe('holds');
  });

  it('are not known where the search sees too little', async () => {
    const elsewhere = await createTestApp({ cluster: inject('cluster') });
    const blind = await createTestApp({ cluster: inject('cluster'), files: [traces] });
    try {
      expect(await elsewhere.app.page.runner.run(id)).toMatchObject({ verdict: 'unknown', reason: 'files-not-here' });
      expect(await blind.app.page.runner.run(id)).toMatchObject({ verdict: 'unknown', reason: 'search-is-blind' });
    } finally {
      await blind.close();
      await elsewhere.close();
    }
  });
});

describe('a probe', () => {
  it('that fails or takes too long is unknown, never green', async () => {
    const [practice] = test.app.page.practices;
    const [sentence] = practice?.sentences ?? [];
    const [one] = sentence?.claims ?? [];
    if (one?.grade !== 'measured') throw new Error('the first claim is measured');
    const spy = vi.spyOn(one.probe, 'run').mockRejectedValueOnce(new Error('broken'));
    expect(await measure(one.id)).toMatchObject({ verdict: 'unknown', reason: 'probe-failed' });
    spy.mockReturnValueOnce(new Promise(() => undefined));
    const { timeoutMs } = one.probe;
    Object.assign(one.probe, { timeoutMs: 20 });
    expect(await measure(one.id)).toMatchObject({ verdict: 'unknown', reason: 'timeout' });
    Object.assign(one.probe, { timeoutMs });
    spy.mockRestore();
    expect(await measure(one.id)).toMatchObject({ verdict: 'holds' });
  });

  it('that is broken off because the server stops says nothing, and does not hold the stop up', async () => {
    const other = await createTestApp({ cluster: inject('cluster') });
    const one = other.app.page.practices[0]?.sentences[0]?.claims[0];
    if (one?.grade !== 'measured') throw new Error('the first claim is measured');
    Object.assign(one.probe, {
      run: ({ signal }: ProbeContext) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('broken off')))),
    });
    const running = other.app.page.runner.run(one.id).catch((error: Error) => error.message);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await other.app.page.stop();
    expect(await running).toBe('stopped');
    expect(await other.database.owner.query('select 1 from claims.proof where claim = $1', [one.id])).toEqual([]);
    await other.close();
  });

  it('is asked anew after what is running: who mended something is not told what was before', async () => {
    const one = test.app.page.practices[0]?.sentences[0]?.claims[0];
    if (one?.grade !== 'measured') throw new Error('the first claim is measured');
    let finish: (observation: Observation) => void = () => undefined;
    const spy = vi.spyOn(one.probe, 'run').mockReturnValueOnce(
      new Promise((resolve) => {
        finish = resolve;
      }),
    );
    const first = test.app.page.runner.run(one.id);
    const second = test.app.page.runner.run(one.id);
    const other = await measure('encryption.key-ages');
    expect(other.verdict, 'another claim does not wait').toBe('holds');
    finish({ verdict: 'fails', counts: {} });
    expect((await first)?.verdict).toBe('fails');
    expect((await second)?.verdict).toBe('holds');
    spy.mockRestore();
  });

  it('looks with a role that can change nothing', async () => {
    const [practice] = test.app.page.practices;
    const one = practice?.sentences[0]?.claims[0];
    if (one?.grade !== 'measured') throw new Error('the first claim is measured');
    const spy = vi.spyOn(one.probe, 'run').mockImplementationOnce(async ({ database }) => {
      const refused = await database
        .query('delete from claims.proof')
        .catch((error: unknown) => (error as { code: string }).code);
      return { verdict: refused === '42501' ? 'holds' : 'fails', counts: {} };
    });
    expect(await measure(one.id)).toMatchObject({ verdict: 'holds' });
    spy.mockRestore();
  });
});
