import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createTestApp, type TestApp } from '../testing/app.ts';
import { contacts, createHouse, type House } from '../testing/household.ts';

let test: TestApp;

beforeAll(async () => {
  test = await createTestApp({ cluster: inject('cluster') });
});
afterAll(() => test.close());

const without = { ...contacts, fields: { ...contacts.fields, mail: { class: 'personal' } } };
const put = (house: House, definition: object, name = 'contacts') =>
  test.http.put(`${house.base}/collections/${name}`, definition);

async function backfilled(house: House): Promise<void> {
  await expect
    .poll(
      async () => {
        const { collections } = (await test.http.get(`${house.base}/collections`)).json<{
          collections: { backfill: string }[];
        }>();
        return collections.map(({ backfill }) => backfill);
      },
      { timeout: 20_000 },
    )
    .not.toContain('running');
}

describe('a collection', () => {
  it('changes freely while it is empty', async () => {
    const house = await createHouse(test.http);
    const other = { schema: { type: 'object', properties: { x: {} } }, fields: { x: { class: 'plain' } } };
    expect((await put(house, other)).json()).toMatchObject({ version: 2, definition: other });
  });

  it('may only become stricter once it holds data, and the answer names the field', async () => {
    const house = await createHouse(test.http);
    const person = await house.person();
    const record = await house.put(person, { name: 'Ada' });
    const changed = (over: object) => ({ ...contacts, ...over });
    const stricter = changed({ fields: { ...contacts.fields, note: { class: 'sensitive' } } });
    expect((await put(house, stricter)).json()).toMatchObject({ version: 2 });
    expect((await put(house, stricter)).json()).toMatchObject({ version: 2 });
    const { note: _gone, ...properties } = contacts.schema.properties;
    const { note: _too, ...fields } = contacts.fields;
    for (const [definition, field] of [
      [contacts, '/fields/note/class'],
      [{ schema: { ...contacts.schema, properties }, fields }, '/fields/note'],
      [
        changed({ fields: stricter.fields, schema: { ...contacts.schema, required: ['name', 'mail'] } }),
        '/schema/required/mail',
      ],
      [
        {
          fields: stricter.fields,
          schema: { ...contacts.schema, properties: { ...contacts.schema.properties, mail: { type: 'number' } } },
        },
        '/schema/properties/mail',
      ],
    ] as const)
      expect((await put(house, definition)).json()).toMatchObject({
        status: 409,
        code: 'collection_change_refused',
        field,
      });
    expect((await test.http.get(house.recordUrl(person, record))).json()).toEqual({ name: 'Ada' });
  });

  it('is refused with what is wrong in it', async () => {
    const house = await createHouse(test.http);
    for (const [definition, field] of [
      [{ ...contacts, fields: { name: { class: 'plain' } } }, '/fields/mail'],
      [{ ...contacts, fields: { ...contacts.fields, more: { class: 'plain' } } }, '/fields/more'],
      [
        {
          ...contacts,
          schema: { ...contacts.schema, properties: { ...contacts.schema.properties, note: { type: 'txt' } } },
        },
        '/schema',
      ],
    ] as const)
      expect((await put(house, definition)).json(), field).toMatchObject({
        status: 422,
        code: 'schema_invalid',
        field,
      });
    expect((await put(house, contacts, 'Not-a-name')).status).toBe(400);
  });

  it('runs a pattern in linear time: one that would hang other engines does not hang this one', async () => {
    const house = await createHouse(test.http);
    const definition = {
      schema: { type: 'object', properties: { x: { type: 'string', pattern: '^(a+)+$' } } },
      fields: { x: { class: 'plain' } },
    };
    await put(house, definition, 'evil');
    const url = house.recordUrl(await house.person()).replace('contacts', 'evil');
    const refused = await test.http.put(url, { x: `${'a'.repeat(5_000)}!` });
    expect(refused.json()).toMatchObject({ code: 'data_invalid', field: '/x' });
  });
});

describe('with two servers', () => {
  it('a field and a lookup that one server adds are known to the other at once', async () => {
    const two = await createTestApp({ cluster: inject('cluster'), nodes: 2 });
    try {
      const house = await createHouse(two.http, without);
      const person = await house.person();
      await two.httpOf(1).get(`${house.base}/people/${person}/records/contacts`);
      const { schema, fields } = contacts;
      await two.http.put(`${house.base}/collections/contacts`, {
        schema: { ...schema, properties: { ...schema.properties, phone: { type: 'string' } } },
        fields: { ...fields, phone: { class: 'personal', lookup: true } },
      });
      const find = { collection: 'contacts', field: 'phone', value: '0815' };
      const found = await two.httpOf(1).post(`${house.base}/records/find`, find);
      expect(found.json()).toMatchObject({ matches: [] });
      const written = await two.httpOf(1).put(house.recordUrl(person), { name: 'Ada', phone: '0815' });
      expect(written.status, written.text).toBe(201);
    } finally {
      await two.close();
    }
  });
});

describe('a lookup that comes later', () => {
  it('finds the older records too, and everything goes on meanwhile', async () => {
    const house = await createHouse(test.http, without);
    const person = await house.person();
    const old = await house.put(person, { name: 'old', mail: 'old@example.org' });
    const more = await Promise.all(Array.from({ length: 8 }, () => house.person()));
    await Promise.all(more.map((one, i) => house.put(one, { name: 'many', mail: `m${i}@example.org` })));
    const refused = await test.http.post(`${house.base}/records/find`, {
      collection: 'contacts',
      field: 'mail',
      value: 'x',
    });
    expect(refused.json()).toMatchObject({ status: 400, field: 'field' });

    expect((await put(house, contacts)).json()).toMatchObject({ version: 2, backfill: 'running' });
    const fresh = await house.put(await house.person(), { name: 'new', mail: 'new@example.org' });
    await backfilled(house);
    expect((await house.find('old@example.org')).map(({ record }) => record)).toEqual([old]);
    expect((await house.find('new@example.org')).map(({ record }) => record)).toEqual([fresh]);
    for (const i of [0, 7]) expect(await house.find(`m${i}@example.org`)).toHaveLength(1);
  });

  it('also reaches a collection that asked while another one was being filled', async () => {
    const houses = await Promise.all(Array.from({ length: 4 }, () => createHouse(test.http, without)));
    for (const house of houses)
      for (let i = 0; i < 10; i += 1) await house.put(await house.person(), { name: 'n', mail: `${i}@example.org` });
    await Promise.all(houses.map((house) => put(house, contacts)));
    for (const house of houses) {
      await backfilled(house);
      for (const i of [0, 9]) expect(await house.find(`${i}@example.org`)).toHaveLength(1);
    }
  });

  it('reaches every record of a person who has very many', async () => {
    const house = await createHouse(test.http, without);
    const person = await house.person();
    const lines = Array.from({ length: 1_203 }, (_, i) =>
      JSON.stringify({ person, data: { name: 'n', mail: `${i}@example.org` } }),
    );
    await test.http.post(`${house.base}/import?collection=contacts`, lines.join('\n'));
    await put(house, contacts);
    await backfilled(house);
    for (let i = 0; i < 1_203; i += 50) expect(await house.find(`${i}@example.org`), String(i)).toHaveLength(1);
  });

  it('finds both records of a person that hold the same value', async () => {
    const house = await createHouse(test.http, without);
    const person = await house.person();
    const records = [
      await house.put(person, { name: 'a', mail: 'same@example.org' }),
      await house.put(person, { name: 'b', mail: 'same@example.org' }),
    ];
    await put(house, contacts);
    await backfilled(house);
    expect((await house.find('same@example.org')).map(({ record }) => record).sort()).toEqual(records.sort());
  });

  it('goes on after a restart where it was interrupted', async () => {
    const house = await createHouse(test.http, without);
    const people = await Promise.all(Array.from({ length: 120 }, () => house.person()));
    await Promise.all(people.map((person, i) => house.put(person, { name: 'n', mail: `${i}@example.org` })));
    // What a server leaves that was killed after its first hundred people.
    const [hundredth = ''] = [...people].sort().slice(99);
    await test.app.custody.backfill.stop();
    expect((await put(house, contacts)).json()).toMatchObject({ backfill: 'running' });
    await test.database.owner.query('update custody.collection set backfill_after = $1 where customer_id = $2', [
      hundredth,
      house.customer,
    ]);
    await test.start('after-restart');
    await backfilled(house);
    const found: (readonly object[])[] = [];
    for (const i of people.keys()) found.push(await house.find(`${i}@example.org`));
    const byPerson = new Map(people.map((person, i) => [person, found[i]?.length]));
    for (const person of people) expect(byPerson.get(person)).toBe(person > hundredth ? 1 : 0);
  });
});
