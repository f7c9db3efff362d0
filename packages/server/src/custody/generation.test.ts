import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { asId, type CustomerId } from '../platform/ids/ids.ts';
import { createTestApp, type TestApp } from '../testing/app.ts';
import { createHouse, type House } from '../testing/household.ts';

let test: TestApp;
let house: House;
let customer: CustomerId;

beforeEach(async () => {
  test = await createTestApp({ cluster: inject('cluster') });
  house = await createHouse(test.http);
  customer = asId(house.customer);
});
afterEach(async () => test.close());

const generations = () => test.app.custody.generations;

async function rows(): Promise<{ living: number; tombs: number; generations: number }> {
  const [row] = await test.database.app.query<{ living: number; tombs: number; generations: number }>(
    `select count(*) filter (where person_id is not null) as living, count(*) filter (where person_id is null) as tombs,
            count(distinct generation) as generations from custody.lookup`,
  );
  return row ?? { living: -1, tombs: -1, generations: -1 };
}

async function fill(count: number, mail: (i: number) => string): Promise<{ person: string; record: string }[]> {
  const places: { person: string; record: string }[] = [];
  for (let i = 0; i < count; i += 1) {
    const person = await house.person();
    places.push({ person, record: await house.put(person, { name: `n${i}`, mail: mail(i) }) });
  }
  return places;
}

interface Place {
  readonly person: string;
  readonly record: string;
}

describe('a new generation of lookups', () => {
  it('finds everybody as before, also equal values, and leaves the tombstones behind', async () => {
    const places = await fill(12, (i) => (i < 10 ? 'shared@example.org' : `own-${i}@example.org`));
    for (const { person, record } of places.slice(0, 4)) await test.http.delete(house.recordUrl(person, record));
    expect(await rows()).toEqual({ living: 8, tombs: 4, generations: 1 });
    await generations().renew(customer);
    expect(await rows()).toMatchObject({ living: 16, generations: 2 });
    expect(await house.find('SHARED@example.org')).toHaveLength(6);
    expect(await house.find('own-11@example.org')).toEqual([places[11]]);
    // The old rows go at the next run.
    await generations().run();
    expect(await rows()).toEqual({ living: 8, tombs: 0, generations: 1 });
    expect(await house.find('shared@example.org')).toHaveLength(6);
  });

  it('is begun by itself when more than 30 % are tombstones, and not before', async () => {
    const places = await fill(60, (i) => `own-${i}@example.org`);
    for (const { person, record } of places.slice(0, 15)) await test.http.delete(house.recordUrl(person, record));
    await generations().run();
    expect(await rows()).toMatchObject({ generations: 1, tombs: 15 });
    for (const { person, record } of places.slice(15, 30)) await test.http.delete(house.recordUrl(person, record));
    await generations().run();
    await generations().run();
    expect(await rows()).toEqual({ living: 30, tombs: 0, generations: 1 });
  });

  it.each([
    ['changed', (place: Place) => house.put(place.person, { name: 'x', mail: 'new@example.org' }, place.record)],
    ['emptied', (place: Place) => house.put(place.person, { name: 'x' }, place.record)],
    ['deleted', ({ person, record }: Place) => test.http.delete(house.recordUrl(person, record))],
  ])('does not bring back a value that is %s while its row is being copied', async (_what, change) => {
    const [place] = await fill(1, () => 'old@example.org');
    if (place === undefined) throw new Error('there is one');
    const begun = await test.app.keyring.beginGeneration(customer, test.app.journal.raiseFence);
    if (begun === undefined) throw new Error('the customer is there');
    let changing: Promise<unknown> = Promise.resolve();
    await test.database.app.transaction(async (connection) => {
      // As the builder does it, and slower.
      await connection.query(
        `with living as (select * from custody.lookup where customer_id = $1 and generation = $2 and person_id is not null for update)
         insert into custody.lookup (customer_id, generation, digest, person_id, collection, record_id, field, seed)
         select customer_id, $3, 'of the old value'::bytea, person_id, collection, record_id, field, seed from living`,
        [customer, begun.current, begun.building],
      );
      changing = Promise.resolve(change(place));
      await new Promise((resolve) => setTimeout(resolve, 300));
    });
    await changing;
    const left = await test.database.app.query(
      "select 1 from custody.lookup where digest = 'of the old value'::bytea and person_id is not null",
    );
    expect(left).toEqual([]);
    await generations().run();
    expect(await house.find('old@example.org')).toEqual([]);
  });

  it('takes what is written while it is built into both, and loses nothing', async () => {
    const places = await fill(20, (i) => `own-${i}@example.org`);
    const renewing = generations().renew(customer);
    const writing = places.map(({ person, record }, i) =>
      house.put(person, { name: 'x', mail: i % 2 === 0 ? `new-${i}@example.org` : `own-${i}@example.org` }, record),
    );
    await Promise.all([renewing, ...writing]);
    for (const [i, place] of places.entries()) {
      expect(await house.find(`own-${i}@example.org`), `own-${i}`).toEqual(i % 2 === 0 ? [] : [place]);
      expect(await house.find(`new-${i}@example.org`), `new-${i}`).toEqual(i % 2 === 0 ? [place] : []);
    }
    await generations().run();
    for (const [i, place] of places.entries())
      expect(await house.find(`${i % 2 === 0 ? 'new' : 'own'}-${i}@example.org`), `after ${i}`).toEqual([place]);
  });
});
