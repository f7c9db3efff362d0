/** A server is killed at a step of what it does, and another one finds what it left: whole, or not there. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { systemClock } from './platform/clock/clock.ts';
import { asId, type CustomerId } from './platform/ids/ids.ts';
import { createTestApp, type TestApp } from './testing/app.ts';
import type { Fault } from './testing/faults.ts';
import { contacts, createHouse, type House } from './testing/household.ts';
import { type Deed, sendToDie, worldOf } from './testing/mortal.ts';

const mostSteps = 150;
const timeout = process.env.OBHUT_SOAK === undefined ? 120_000 : 3_600_000;
/** In the long run every step until one is survived; here a few, others for each fault. */
const stepsOf = (fault: Fault): readonly number[] => {
  if (process.env.OBHUT_SOAK !== undefined) return Array.from({ length: mostSteps }, (_, step) => step);
  return fault === 'before' ? [1, 4] : [1, 5];
};
let skewMs = 0;
let test: TestApp;

beforeAll(async () => {
  const clock = { ...systemClock, now: () => new Date(systemClock.now().getTime() + skewMs) };
  test = await createTestApp({ cluster: inject('cluster'), clock });
  await test.app.journal.integrator.stop();
});
afterAll(() => test.close());

interface Scene {
  readonly house: House;
  readonly person: string;
  readonly record: string;
  /** What the repetition by the survivor is given, and the dead one was given. */
  readonly key: string;
}

async function scene(): Promise<Scene> {
  const house = await createHouse(test.http);
  const person = await house.person();
  return {
    house,
    person,
    record: await house.put(person, { name: 'old', mail: 'old@example.org' }),
    key: randomUUID(),
  };
}

/** Kills a server at step after step of a deed. @param check what the survivor finds. */
async function killedAtSteps(
  deedOf: (at: Scene) => Deed | Promise<Deed>,
  check: (at: Scene, status: number | undefined) => Promise<void>,
): Promise<void> {
  const faults: readonly Fault[] = ['before', 'after'];
  for (const fault of faults) {
    let kills = 0;
    for (const step of stepsOf(fault)) {
      expect(step).toBeLessThan(mostSteps - 1);
      const at = await scene();
      const end = await sendToDie({
        ...worldOf(test, inject('cluster')),
        deed: await deedOf(at),
        step,
        fault,
      });
      if (end === 'killed') kills += 1;
      else expect(end).toBeLessThan(300);
      await check(at, end === 'killed' ? undefined : end);
      if (end !== 'killed') break;
    }
    expect(kills).toBeGreaterThan(0);
  }
  await test.app.journal.integrator.round();
  expect((await test.app.journal.fsck()).findings).toEqual([]);
}

describe('killed at a step of', () => {
  it('a write: the record is the old one or the new one, with an entry for each version', {
    timeout: 120_000,
  }, async () => {
    await killedAtSteps(
      ({ house, person, record }) => ({
        method: 'PUT',
        url: house.recordUrl(person, record),
        body: { name: 'new', mail: 'new@example.org' },
      }),
      async (at, status) => {
        const { name } = (await test.http.get(at.house.recordUrl(at.person, at.record))).json<{ name: string }>();
        expect(['old', 'new']).toContain(name);
        if (status !== undefined) expect(name).toBe('new');
        expect(await at.house.find(`${name}@example.org`)).toHaveLength(1);
        expect(await at.house.find(name === 'new' ? 'old@example.org' : 'new@example.org')).toHaveLength(0);
        expect(await at.house.entries('record.write')).toBe(name === 'new' ? 2 : 1);
      },
    );
  });

  it('an order: it is placed whole or not at all', { timeout }, async () => {
    await killedAtSteps(
      ({ house, person, record }) => ({ method: 'DELETE', url: house.recordUrl(person, record) }),
      async (at, status) => {
        const gone = (await test.http.get(at.house.recordUrl(at.person, at.record))).status === 404;
        if (status !== undefined) expect(gone).toBe(true);
        expect(await at.house.entries('record.delete')).toBe(gone ? 1 : 0);
        expect(await at.house.find('old@example.org')).toHaveLength(gone ? 0 : 1);
      },
    );
  });

  it('an import: repeated with its key it makes exactly the rest', { timeout }, async () => {
    const lines = Array.from({ length: 5 }, (_, i) =>
      JSON.stringify({ data: { name: 'n', mail: `${i}@example.org` } }),
    ).join('\n');
    await killedAtSteps(
      ({ house, key }) => ({
        method: 'POST',
        url: `${house.base}/import?collection=contacts`,
        body: lines,
        headers: { 'idempotency-key': key },
      }),
      async ({ house, key }) => {
        const again = await test.http.post(`${house.base}/import?collection=contacts`, lines, {
          headers: { 'idempotency-key': key },
        });
        expect(again.lines<{ done?: boolean }>().at(-1)).toMatchObject({ done: true, errors: 0 });
        for (let i = 0; i < 5; i += 1) expect(await house.find(`${i}@example.org`)).toHaveLength(1);
      },
    );
  });

  it('an upload: the file is there whole or not, and no site keeps what no row knows', {
    timeout: 120_000,
  }, async () => {
    await killedAtSteps(
      ({ house, person, key }) => ({
        method: 'PUT',
        url: `${house.base}/people/${person}/files/${key}`,
        body: 'content',
      }),
      async (at, status) => {
        const read = await test.http.get(`${at.house.base}/people/${at.person}/files/${at.key}`);
        if (status !== undefined || read.status === 200) expect(read.text).toBe('content');
        else expect(read.status).toBe(404);
        expect(await at.house.entries('file.write')).toBe(read.status === 200 ? 1 : 0);
      },
    );
    const whole = await scene();
    await test.http.put(`${whole.house.base}/people/${whole.person}/files/${whole.key}`, 'content');
    skewMs += 2 * 3_600_000;
    await test.app.custody.files.sweep();
    const rows = await test.database.owner.query<{ object: string }>('select object from custody.file order by object');
    for (const site of test.sites.filter(({ purposes }) => purposes.includes('objects')))
      expect([...(await site.list('objects'))].sort()).toEqual(rows.map(({ object }) => object));
    expect(rows.length).toBeGreaterThan(0);
  });

  it('a backfill: the next run finds every older record', { timeout }, async () => {
    const { mail: _lookup, ...fields } = contacts.fields;
    await killedAtSteps(
      async ({ house }) => {
        await test.http.put(`${house.base}/collections/contacts`, {
          ...contacts,
          fields: { ...fields, mail: { class: 'personal' } },
        });
        await house.put(await house.person(), { name: 'n', mail: 'older@example.org' });
        return { method: 'PUT', url: `${house.base}/collections/contacts`, body: contacts, afterwards: 'backfill' };
      },
      async ({ house }) => {
        await test.http.put(`${house.base}/collections/contacts`, contacts);
        await test.app.custody.backfill.run();
        expect(await house.find('older@example.org')).toHaveLength(1);
        expect(await house.find('old@example.org')).toHaveLength(1);
      },
    );
  });

  it('an integration: the next one goes on where it was', { timeout }, async () => {
    await killedAtSteps(
      ({ house, person }) => ({
        method: 'PUT',
        url: house.recordUrl(person),
        body: { name: 'x' },
        afterwards: 'integrate',
      }),
      async ({ house }) => {
        await test.app.journal.integrator.round();
        const log = await test.app.journal.logs.of(asId<CustomerId>(house.customer), 'access');
        expect(log).toBeDefined();
        const { entries } = (await test.http.get(`${house.base}/journal`)).json<{ entries: { index: number }[] }>();
        expect(entries.map(({ index }) => index)).toEqual(entries.map((_, i) => i));
      },
    );
  });
});
