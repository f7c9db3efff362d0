/** The printed receipt: in both languages, free of personal data, out of the signed entry, and there when the customer is not. */
import { parseVerifierKey, verifyTlogProof } from '@obhut/proof';
import { afterEach, beforeEach, expect, inject, it, vi } from 'vitest';
import { createTestApp, type TestApp } from '../../testing/app.ts';
import { createTestClock } from '../../testing/clock.ts';
import { createHouse, type House } from '../../testing/household.ts';

const hourMs = 3_600_000;
let clock: ReturnType<typeof createTestClock>;
let test: TestApp;
let house: House;

beforeEach(async () => {
  clock = createTestClock();
  test = await createTestApp({ cluster: inject('cluster'), clock, settings: { operator: 'Muster & Partner' } });
  house = await createHouse(test.http);
});
afterEach(() => test.close());

interface Placed {
  readonly order: string;
  readonly receiptPath: string;
}
async function order(wish: object): Promise<Placed> {
  const answer = await test.http.post(`${house.base}/erasures`, wish);
  expect(answer.status, answer.text).toBe(202);
  return answer.json<Placed>();
}
/** Without a token, as somebody who has the link. */
const read = async (path: string, language = 'en') => test.http.get(`${path}?language=${language}`, { token: null });
const final = (path: string) =>
  vi.waitFor(
    async () => {
      const page = await read(path);
      expect(page.text).toContain('id="proof"');
      return page;
    },
    { timeout: 10_000, interval: 100 },
  );
const unescaped = (text: string) =>
  text
    .replaceAll('&#39;', "'")
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');

it('says what went, when, in which safe, and that the promise was kept; and its own proof verifies', async () => {
  const person = await house.person();
  await house.put(person, { name: 'Ada', mail: 'ada@example.org' });
  const { order: id, receiptPath } = await order({ scope: 'person', person });
  expect((await read(receiptPath)).text).toContain('not final yet');
  clock.advance(2 * hourMs);
  await test.app.erasures.rollOver();
  const page = await final(receiptPath);
  for (const said of ['Muster &amp; Partner', 'a person, with everything', 'kept', id, '23 November 2026'])
    expect(page.text).toContain(said);
  expect(page.text).toMatch(/<dt>Its key was destroyed in safe<\/dt><dd>a<\/dd>/);
  expect(page.text).not.toContain(person);
  expect((await read(receiptPath, 'de')).text).toContain('Kein lebender Schlüssel öffnet es');
  const [, proof = ''] = /<pre id="proof">([\s\S]*?)<\/pre>/.exec(page.text) ?? [];
  const [, key = ''] = /--key '([^']+)'/.exec(page.text) ?? [];
  const verified = await verifyTlogProof({
    file: Buffer.from(unescaped(proof)),
    keys: [parseVerifierKey(unescaped(key))],
  });
  expect(JSON.parse(Buffer.from(verified.entry).toString())).toMatchObject({ refs: { order: id, destroyedIn: 'a' } });
  const file = await test.http.get(`${receiptPath}/receipt`, { token: null });
  expect(file.text).toBe(unescaped(proof));
  // The same behind the door.
  const own = await test.http.get(`${house.base}/erasures/${id}/receipt.html?language=en`);
  expect(own.text).toContain(unescaped(proof).slice(0, 40));
  expect(own.headers['content-security-policy']).toContain("default-src 'none'");
  expect(page.headers['referrer-policy']).toBe('no-referrer');
});

it('is there after the customer has left', async () => {
  await house.put(await house.person(), { name: 'Ada' });
  const { receiptPath } = await order({ scope: 'customer' });
  clock.advance(2 * hourMs);
  await test.app.erasures.rollOver();
  expect((await test.http.get(`${house.base}/people`)).status).toBe(404);
  expect((await final(receiptPath)).text).toContain('all data of the customer');
});

it('opens nothing but its own order', async () => {
  const [one, two] = [
    await order({ scope: 'person', person: await house.person() }),
    await order({ scope: 'person', person: await house.person() }),
  ];
  const secretOf = (path: string) => path.slice(path.lastIndexOf('/') + 1);
  const mixed = one.receiptPath.replace(secretOf(one.receiptPath), secretOf(two.receiptPath));
  expect((await read(mixed)).status).toBe(404);
  expect((await read(`${mixed}/receipt`)).status).toBe(404);
  expect((await read(one.receiptPath)).status).toBe(200);
});
