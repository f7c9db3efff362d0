import { hash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { OpenError, open } from '../platform/crypto/aead.ts';
import { asId } from '../platform/ids/ids.ts';
import { createTestApp, type TestApp } from '../testing/app.ts';
import { createHouse, type House } from '../testing/household.ts';
import { detailsKey, type PersonHandle } from './person-keys.ts';

let test: TestApp;
let house: House;
beforeAll(async () => {
  test = await createTestApp({ cluster: inject('cluster') });
  house = await createHouse(test.http);
});
afterAll(() => test.close());

async function handleOf(person: string): Promise<PersonHandle> {
  const handle = await test.app.keyring.person(asId(house.customer), asId(person));
  if (handle === undefined) throw new Error('no such person');
  return handle;
}

describe('sealed details of an entry', () => {
  it("open under the person's own key, and their digest is the one in the leaf", async () => {
    const person = await house.person();
    const url = house.recordUrl(person, await house.put(person, { name: 'x' }));
    await test.http.get(url, { headers: { 'obhut-reference': encodeURIComponent('Fall 4711') } });
    const [row] = await test.database.owner.query<{ body: Buffer; part: Buffer }>(
      `select e.body, s.subject_part as part from journal.entry e join journal.sealed s using (customer_id, log_id, idx)
       where e.customer_id = $1 and s.subject_part is not null`,
      [house.customer],
    );
    const entry = JSON.parse(String(row?.body)) as { salt: string; sealed: string[] };
    const place = { use: 'journal-subject', customer: house.customer, object: entry.salt } as const;
    const own = detailsKey(await handleOf(person));
    const plaintext = open(own, place, row?.part ?? Buffer.alloc(0));
    expect(JSON.parse(String(plaintext))).toMatchObject({
      reference: 'Fall 4711',
      salt: expect.stringMatching(/^.{43}$/),
    });
    expect(entry.sealed).toEqual([hash('sha256', plaintext, 'base64')]);

    const other = detailsKey(await handleOf(await house.person()));
    expect(() => open(other, place, row?.part ?? Buffer.alloc(0))).toThrow(OpenError);
    expect(() => open(own, { ...place, object: 'another entry' }, row?.part ?? Buffer.alloc(0))).toThrow(OpenError);
  });

  it('of equal words are never equal', async () => {
    const handle = await handleOf(await house.person());
    const [one, two] = [1, 2].map(() => test.app.keyring.sealSubjectDetail(handle, 'salt', { reference: 'same' }));
    expect(one?.digest).not.toBe(two?.digest);
    expect(one?.sealed.equals(two?.sealed ?? Buffer.alloc(0))).toBe(false);
  });
});
