/** A viewer that forgot to ask for a grant turns the claim. */
import { expect, it } from 'vitest';
import type { ProbeContext } from '../../claims/probe.ts';
import type { Viewer } from '../../custody/viewer.ts';
import { Problem } from '../../platform/http/problem.ts';
import type { PracticeNeeds } from '../needs.ts';
import { readingWithoutEntry } from './probes.ts';
import { createViewAttempts } from './without-grant.ts';

const refuse = (code: 'not_found' | 'grant_required' | 'internal') => () => Promise.reject(new Problem(code));
const careful: Viewer = {
  people: refuse('not_found'),
  find: refuse('grant_required'),
  records: refuse('not_found'),
  unmask: refuse('not_found'),
};

const look = (viewer: Viewer) =>
  readingWithoutEntry({
    ask: async () => ({ status: 401, code: 'unauthorized', text: '' }),
    releasing: [{ method: 'GET', url: '/v1/x' }],
    openWithoutReceipt: () => 'receipt_refused',
    viewWithoutGrant: createViewAttempts(viewer),
  } as unknown as PracticeNeeds)({
    clock: { now: () => new Date() },
    database: { query: async () => [{ grant_id: '00000000-0000-4000-8000-000000000001' }] },
  } as unknown as ProbeContext);

it('holds where every way refuses every role, with an invented grant and a foreign one', async () => {
  expect(await look(careful)).toMatchObject({
    verdict: 'holds',
    counts: { sessionsTried: 48, sessionsRefused: 48, foreignGrants: 1 },
  });
});

it.each([
  ['shows people', { people: async () => [] }],
  ['finds', { find: async () => ({ found: [], receipt: '' }) }],
  ['shows records', { records: async () => ({ records: [], next: undefined, receipt: '' }) }],
  ['unmasks', { unmask: async () => ({ value: 'x', receipt: '' }) }],
  ['fails otherwise than by a refusal', { unmask: refuse('internal') }],
] as const)('fails where one way %s', async (_what, careless) => {
  expect((await look({ ...careful, ...careless })).verdict).toBe('fails');
});
