/** After a restore the logs go on in a new generation, and what was entered before stays readable and provable. */
import { parseVerifierKey, verifyTlogProof } from '@obhut/proof';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { createTestApp, type TestApp } from './testing/app.ts';
import { createGranting, type Place } from './testing/granting.ts';
import { createHttp } from './testing/http.ts';
import { createTeam, type Member } from './testing/team.ts';

interface LogShown {
  readonly origin: string;
  readonly key: string;
  readonly generation: number;
  readonly earlier: readonly { readonly origin: string; readonly key: string; readonly generation: number }[];
}

let test: TestApp;
let place: Place;
let support: Member;
let before: { readonly receipt: string; readonly log: LogShown };

beforeAll(async () => {
  test = await createTestApp({ cluster: inject('cluster') });
  const team = await createTeam(test);
  const granting = createGranting(test, team);
  support = await team.invite(['support']);
  place = await granting.place();
  const grant = await granting.ask(support, place, { emergency: true });
  const url = `/v1/grants/${grant}/people/${place.person}/records/contacts`;
  const seen = await support.browser.get(url);
  before = { receipt: seen.json<{ receipt: string }>().receipt, log: await logOf(test.http) };
  await test.app.page.runner.runDue();
});
afterAll(() => test.close());

const logOf = async (http: TestApp['http']): Promise<LogShown> =>
  (await http.get(place.house.base)).json<{ logs: { access: LogShown } }>().logs.access;

it('keeps what was before readable under its own name and key, and the page true', async () => {
  const [, index = ''] = before.receipt.split(' ');
  await test.app.close();
  const app = await test.start('after-the-restore', 'restored');
  const http = createHttp(() => app.server, test.token.text);
  const log = await logOf(http);
  expect(log).toMatchObject({ generation: 2, earlier: [{ ...before.log, earlier: undefined }].map(withoutEarlier) });
  expect(log.origin).not.toBe(before.log.origin);

  const file = await http.get(`${place.house.base}/journal/${index}/proof?generation=1`);
  expect(file.status, file.text).toBe(200);
  const proven = await verifyTlogProof({ file: Buffer.from(file.text), keys: [parseVerifierKey(before.log.key)] });
  expect(JSON.parse(Buffer.from(proven.entry).toString())).toMatchObject({ kind: 'records.list' });
  // Without saying which, the same number is of the new log, or of nothing yet.
  expect((await http.get(`${place.house.base}/journal/${index}/proof`)).text).not.toBe(file.text);
  expect((await http.get(`${place.house.base}/journal/${index}/proof?generation=3`)).status).toBe(404);

  // Nothing that was measured in the old log is shown as if it stood in the new one.
  const { body } = await app.server.inject('/page.json');
  const claims = (
    JSON.parse(body) as { practices: { sentences: { claims: { proof: object | null }[] }[] }[] }
  ).practices
    .flatMap(({ sentences }) => sentences)
    .flatMap((sentence) => sentence.claims);
  expect(claims.filter(({ proof }) => proof !== null)).toEqual([]);
  for (const id of [
    'confidentiality.uses-have-entries',
    'sign-in-log.sessions-have-entries',
    'location.page-in-log',
    'confidentiality.logs-consistent',
  ])
    expect((await app.page.runner.run(id))?.verdict, id).toBe('holds');
});

const withoutEarlier = ({
  origin,
  key,
  generation,
}: LogShown | (Omit<LogShown, 'earlier'> & { earlier: undefined })) => ({
  origin,
  key,
  generation,
});
