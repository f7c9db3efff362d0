/** What is kept of proofs: the newest of each claim, and what was worst on each day. */
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { createTestApp, type TestApp } from '../testing/app.ts';
import type { Verdict } from './probe.ts';
import { createProofStore, type ProofStore } from './proof-store.ts';

let test: TestApp;
let store: ProofStore;
beforeEach(async () => {
  test = await createTestApp({ cluster: inject('cluster') });
  const { operator } = test.app.customers;
  store = createProofStore({ database: test.database.app, operator, claims: ['a', 'b', 'c'] });
});
afterEach(() => test.close());

let index = 0;
function prove(claim: string, at: string, verdict: Verdict = 'holds'): Promise<void> {
  index += 1;
  return store.insert({
    claim,
    verdict,
    reason: undefined,
    counts: {},
    probe: 'p',
    probeVersion: 1,
    observedAt: new Date(at),
    tookMs: 1,
    index,
  });
}
const kept = async () =>
  (await test.database.app.query<{ n: number }>('select count(*) as n from claims.proof'))[0]?.n ?? 0;

it('of each day the worst stays, whatever came after it', async () => {
  await prove('a', '2026-11-20T08:00:00Z');
  await prove('a', '2026-11-20T09:00:00Z', 'fails');
  await prove('a', '2026-11-20T10:00:00Z', 'unknown');
  await prove('a', '2026-11-20T23:59:00Z');
  await prove('a', '2026-11-21T00:01:00Z', 'unknown');
  await prove('b', '2026-11-21T00:01:00Z');
  const days = await store.days(new Date('2026-11-20T12:00:00Z'));
  expect(days.map(({ claim, day, verdict }) => `${claim} ${day} ${verdict}`).sort()).toEqual([
    'a 2026-11-20 fails',
    'a 2026-11-21 unknown',
    'b 2026-11-21 holds',
  ]);
  expect(await store.days(new Date('2026-11-21T12:00:00Z'))).toHaveLength(2);
  const [worst] = await test.database.app.query("select idx from claims.day where claim = 'a' and verdict = 'fails'");
  expect(worst, 'the day points at the entry that says so').toEqual({ idx: index - 4 });
});

it('the newest counts; a claim without a proof, and one that is not asked for, are not there', async () => {
  await prove('a', '2026-11-20T08:00:00Z');
  await prove('a', '2026-11-20T09:00:00Z', 'fails');
  await prove('b', '2026-11-20T09:00:00Z');
  await prove('x', '2026-11-20T09:00:00Z');
  const newest = await store.newest();
  expect([...newest.keys()].sort()).toEqual(['a', 'b']);
  expect(newest.get('a')).toMatchObject({ verdict: 'fails' });
});

it('grows no further: a year of measurements leaves two days of proofs, and the newest of a claim that sleeps', async () => {
  await prove('b', '2025-11-20T08:00:00Z');
  const from = Date.parse('2025-11-20T08:00:00Z');
  for (let day = 0; day < 365; day += 1)
    for (const hour of [0, 12]) await prove('a', new Date(from + day * 86_400_000 + hour * 3_600_000).toISOString());
  expect(await kept()).toBe(6);
  expect((await store.days(new Date(from))).filter(({ claim }) => claim === 'a')).toHaveLength(365);
  expect((await store.newest()).get('b')).toMatchObject({ index: expect.any(Number) });
});
