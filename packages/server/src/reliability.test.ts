/** The database fails at every step of every operation, before the step or after it: what was acknowledged stays. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createTestApp, type TestApp } from './testing/app.ts';
import { createFaults, type Fault } from './testing/faults.ts';
import { createHouse, type House } from './testing/household.ts';
import type { Answer } from './testing/http.ts';

const faults = createFaults();
const mostSteps = 60;
let test: TestApp;

beforeAll(async () => {
  test = await createTestApp({ cluster: inject('cluster'), wrap: faults.wrap });
  // Its own rhythm would eat the faults; the rounds are made by hand.
  await test.app.journal.integrator.stop();
});
afterAll(() => test.close());

interface Scene {
  readonly house: House;
  readonly person: string;
  readonly record: string;
}

async function scene(): Promise<Scene> {
  const house = await createHouse(test.http);
  const person = await house.person();
  const record = await house.put(person, { name: 'old', mail: 'old@example.org' });
  await test.http.get(house.recordUrl(person, record));
  return { house, person, record };
}

/** What a caller saw: an answer, or a connection that broke off. */
async function attempt(act: () => Promise<Answer>): Promise<Answer | undefined> {
  const answer = await act().catch(() => undefined);
  // Whatever failed: the caller is told to come again, never that it is a defect or damage.
  if (answer !== undefined && answer.status >= 400) expect([409, 503], answer.text).toContain(answer.status);
  return answer;
}

/** Lets step after step fail until the operation gets through without one. */
async function atEveryStep(
  act: (scene: Scene) => Promise<Answer>,
  check: (scene: Scene, answer: Answer | undefined, fault: Fault) => Promise<void>,
): Promise<void> {
  for (const fault of ['before', 'after'] as const) {
    let step = 0;
    for (let reached = true; reached; step += 1) {
      expect(step).toBeLessThan(mostSteps);
      const at = await scene();
      test.app.keyring.stale(at.house.customer as never);
      faults.arm(step, fault);
      const answer = await attempt(() => act(at));
      reached = faults.disarm();
      if (!reached) expect(answer?.status, answer?.text).toBeLessThan(300);
      await check(at, answer, fault);
    }
    // Several steps there must have been, or nothing was tried.
    expect(step).toBeGreaterThan(3);
  }
  await test.app.journal.integrator.round();
  expect((await test.app.journal.fsck()).findings).toEqual([]);
}

const acknowledged = (answer: Answer | undefined): boolean => answer !== undefined && answer.status < 300;

/** Each version of a record has its entry, and each entry its version. */
async function entriesFitRecords(at: Scene, deleted = 0): Promise<void> {
  const [row] = await test.database.owner.query<{ versions: number }>(
    'select coalesce(sum(version), 0) as versions from custody.record where customer_id = $1',
    [at.house.customer],
  );
  expect(await at.house.entries('record.write')).toBe(Number(row?.versions) + deleted);
}

describe('with an error at every step', () => {
  it('a new record is there with its entry and its lookup, or not at all', async () => {
    const made = randomUUID();
    await atEveryStep(
      ({ house, person }) => test.http.put(house.recordUrl(person, made), { name: 'new', mail: 'new@example.org' }),
      async (at, answer) => {
        const read = await test.http.get(at.house.recordUrl(at.person, made));
        if (acknowledged(answer)) expect(read.status).toBe(200);
        else expect([200, 404]).toContain(read.status);
        expect(await at.house.find('new@example.org')).toHaveLength(read.status === 200 ? 1 : 0);
        await entriesFitRecords(at);
      },
    );
  });

  it('a changed record has its old content or its new one, and is found by that', async () => {
    await atEveryStep(
      ({ house, person, record }) =>
        test.http.put(house.recordUrl(person, record), { name: 'new', mail: 'new@example.org' }),
      async (at, answer) => {
        const { name } = (await test.http.get(at.house.recordUrl(at.person, at.record))).json<{ name: string }>();
        if (acknowledged(answer)) expect(name).toBe('new');
        expect(await at.house.find(`${name}@example.org`)).toHaveLength(1);
        expect(await at.house.find(name === 'new' ? 'old@example.org' : 'new@example.org')).toHaveLength(0);
        await entriesFitRecords(at);
      },
    );
  });

  it('nothing is released without its entry', async () => {
    await atEveryStep(
      ({ house, person, record }) => test.http.get(house.recordUrl(person, record)),
      async (at, answer) => {
        const reads = await at.house.entries('record.read');
        if (acknowledged(answer)) {
          expect(answer?.json()).toMatchObject({ name: 'old' });
          expect(reads).toBeGreaterThanOrEqual(2);
        } else expect(answer?.text ?? '').not.toContain('old@example.org');
      },
    );
  });

  it('an order is placed with all that belongs to it, or not at all', async () => {
    await atEveryStep(
      ({ house, person, record }) => test.http.delete(house.recordUrl(person, record)),
      async (at, answer) => {
        const gone = (await test.http.get(at.house.recordUrl(at.person, at.record))).status === 404;
        if (acknowledged(answer)) expect(gone).toBe(true);
        const orders = await test.database.owner.query('select 1 from custody.erasure_order where customer_id = $1', [
          at.house.customer,
        ]);
        expect(orders).toHaveLength(gone ? 1 : 0);
        expect(await at.house.entries('record.delete')).toBe(gone ? 1 : 0);
        expect(await at.house.find('old@example.org')).toHaveLength(gone ? 0 : 1);
        const told = (await test.http.get(`${at.house.base}/journal?log=orders`)).json<{ entries: unknown[] }>();
        expect(told.entries).toHaveLength(gone ? 1 : 0);
      },
    );
  });

  it('an import loses no acknowledged line, and its repetition makes exactly the rest', async () => {
    let key = '';
    const lines = Array.from({ length: 5 }, (_, i) =>
      JSON.stringify({ data: { name: 'n', mail: `${i}@example.org` } }),
    );
    const send = ({ house }: Scene) =>
      test.http.post(`${house.base}/import?collection=contacts`, lines.join('\n'), {
        headers: { 'idempotency-key': key },
      });
    await atEveryStep(
      (at) => {
        key = randomUUID();
        return send(at);
      },
      async (at, answer) => {
        const told = answer?.status === 200 ? answer.lines<{ status?: string; line: number }>() : [];
        for (const { status, line } of told)
          if (status === 'created') expect(await at.house.find(`${line - 1}@example.org`)).toHaveLength(1);
        const again = (await send(at)).lines<{ done?: boolean; errors: number }>().at(-1);
        expect(again).toMatchObject({ done: true, errors: 0 });
        for (let i = 0; i < 5; i += 1) expect(await at.house.find(`${i}@example.org`)).toHaveLength(1);
      },
    );
  });

  it('a file has its old content or its new one; refused uploads leave nothing at the sites', async () => {
    const file = randomUUID();
    const urlOf = ({ house, person }: Scene) => `${house.base}/people/${person}/files/${file}`;
    await atEveryStep(
      async (at) => {
        return test.http.put(urlOf(at), 'content');
      },
      async (at, answer, fault) => {
        const read = await test.http.get(urlOf(at));
        if (acknowledged(answer)) expect(read.text).toBe('content');
        else expect([200, 404]).toContain(read.status);
        expect(await at.house.entries('file.write')).toBe(read.status === 200 ? 1 : 0);
        const rows = await test.database.owner.query('select 1 from custody.file');
        const objects = (await test.sites[0]?.list('objects')) ?? [];
        // Where the outcome is not known the object stays: it may belong to a row.
        if (fault === 'before' && answer?.json().code !== 'outcome_unknown')
          expect(objects.length - rows.length).toBe(orphans);
        orphans = objects.length - rows.length;
      },
    );
  });
  let orphans = 0;

  it('a customer is made whole or not at all, and a repetition with the same key makes it', async () => {
    let key = '';
    const label = () => `c-${key}`;
    const make = () => test.http.post('/v1/customers', { label: label() }, { headers: { 'idempotency-key': key } });
    await atEveryStep(
      () => {
        key = randomUUID();
        return make();
      },
      async () => {
        const again = await make();
        expect(again.status, again.text).toBe(201);
        const { id } = again.json<{ id: string }>();
        expect((await test.http.post(`/v1/customers/${id}/people`, {})).status).toBe(201);
        const all = await test.database.owner.query('select 1 from customers.customer where label = $1', [label()]);
        expect(all).toHaveLength(1);
      },
    );
  });
});
