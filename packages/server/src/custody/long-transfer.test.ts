import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { purposeOf } from '../access/purposes.ts';
import { systemClock } from '../platform/clock/clock.ts';
import { asId, type CustomerId, type FileId, newId, type PersonId } from '../platform/ids/ids.ts';
import { createTestApp, type TestApp } from '../testing/app.ts';
import { createHouse, type House } from '../testing/household.ts';
import type { Call } from './call.ts';
import type { FilePlace } from './file-place.ts';

const call: Call = {
  actor: { kind: 'system', id: 'obhut' },
  purpose: purposeOf('service'),
  reference: undefined,
  onBehalfOf: undefined,
};
const megabyte = 1_048_576;
let skewMs = 0;
/** A stream asks once a second whether it may go on; here a second is over when the test says so. */
const clock = { ...systemClock, monotonicMs: () => systemClock.monotonicMs() + skewMs };

let test: TestApp;
let house: House;
let place: FilePlace;

beforeEach(async () => {
  test = await createTestApp({ cluster: inject('cluster'), clock });
  house = await createHouse(test.http);
  place = {
    customer: asId<CustomerId>(house.customer),
    person: asId<PersonId>(await house.person()),
    file: newId<FileId>(),
  };
});
afterEach(() => test.close());

const files = () => test.app.custody.files;
const url = () => `${house.base}/people/${place.person}/files/${place.file}`;

/** Somebody else of the same customer is erased, and the customer's keys are renewed for it. */
async function othersAreErased(): Promise<void> {
  const other = await house.person();
  await house.put(other, { name: 'x', mail: 'x@example.org' });
  expect((await test.http.delete(house.recordUrl(other, await house.put(other, { name: 'y' })))).status).toBe(202);
  await test.app.erasures.tick();
  await test.app.erasures.rollOver();
}

async function upload(content: Buffer, meanwhile: () => Promise<unknown>) {
  async function* halves() {
    yield content.subarray(0, content.length / 2);
    await meanwhile();
    yield content.subarray(content.length / 2);
  }
  return files().put(place, { content: halves(), name: 'a.bin', type: 'application/octet-stream' }, call);
}

/** Reads a first piece, lets something happen, and reads the rest. */
async function download(meanwhile: () => Promise<unknown>): Promise<Buffer> {
  const pieces = (await files().open(place, call)).read()[Symbol.asyncIterator]();
  const { value: first } = await pieces.next();
  await meanwhile();
  skewMs += 2_000;
  const rest: Buffer[] = [];
  for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) rest.push(next.value as Buffer);
  return Buffer.concat([first as Buffer, ...rest]);
}

describe('an upload during which keys are renewed', () => {
  it('of a new file is kept, and readable under the new ones', async () => {
    const content = randomBytes(megabyte);
    expect(await upload(content, othersAreErased)).toMatchObject({ version: 1, bytes: megabyte });
    test.app.keyring.stale(place.customer);
    expect(await buffer((await files().open(place, call)).read())).toEqual(content);
  });

  it('of a next version is kept too', async () => {
    await upload(randomBytes(1_000), async () => undefined);
    const content = randomBytes(megabyte);
    expect(await upload(content, othersAreErased)).toMatchObject({ version: 2 });
    expect(await buffer((await files().open(place, call)).read())).toEqual(content);
  });

  it('leaves nothing behind when the person or the file was ordered away meanwhile', async () => {
    await upload(randomBytes(1_000), async () => undefined);
    const objects = () => test.sites[0]?.list('objects');
    await expect(upload(randomBytes(megabyte), () => test.http.delete(url()))).rejects.toMatchObject({
      code: 'write_conflict',
    });
    expect(await objects()).toEqual([]);
    place = { ...place, file: newId<FileId>() };
    await expect(
      upload(randomBytes(megabyte), () =>
        test.http.post(`${house.base}/erasures`, { scope: 'person', person: place.person }),
      ),
    ).rejects.toMatchObject({ code: 'not_found' });
    expect(await objects()).toEqual([]);
  });
});

describe('a download', () => {
  it('goes on while others of the customer are erased', async () => {
    const content = randomBytes(megabyte);
    await upload(content, async () => undefined);
    expect((await download(othersAreErased)).equals(content)).toBe(true);
  });

  it('ends when the file or the person is ordered away', async () => {
    await upload(randomBytes(megabyte), async () => undefined);
    await expect(download(() => test.http.delete(url()))).rejects.toMatchObject({ code: 'not_found' });
    place = { ...place, file: newId<FileId>() };
    await upload(randomBytes(megabyte), async () => undefined);
    await expect(
      download(() => test.http.post(`${house.base}/erasures`, { scope: 'person', person: place.person })),
    ).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe("a list of a person's files", () => {
  it('is one entry, however many there are', async () => {
    for (let i = 0; i < 5; i += 1) {
      place = { ...place, file: newId<FileId>() };
      await upload(randomBytes(1_000), async () => undefined);
    }
    expect((await files().list(place.customer, place.person, call)).files).toHaveLength(5);
    const [entries] = await test.database.owner.query<{ n: number }>(
      "select count(*)::int as n from journal.entry where position('records.list'::bytea in body) > 0",
    );
    expect(entries?.n).toBe(1);
  });
});

describe("an export of a customer's data", () => {
  const people = 300;

  async function fill(): Promise<readonly string[]> {
    const persons: string[] = [];
    for (let i = 0; i < people; i += 1) {
      const person = await house.person();
      await house.put(person, { name: `n${i}` });
      persons.push(person);
    }
    return persons;
  }

  it('opens no more than it is about to send, however slowly it is read', async () => {
    await fill();
    const lines = test.app.custody.exporter.customer(place.customer, undefined, call)[Symbol.asyncIterator]();
    await lines.next();
    await new Promise((resolve) => setTimeout(resolve, 300));
    const [opened] = await test.database.owner.query<{ n: number }>(
      "select count(*)::int as n from journal.entry where position('person.export'::bytea in body) > 0",
    );
    expect(opened?.n).toBeGreaterThan(0);
    expect(opened?.n).toBeLessThanOrEqual(64);
    await lines.return?.();
  });

  it('goes on when somebody in it is ordered away meanwhile', async () => {
    const persons = await fill();
    // An export goes by the identifier: the last of them is surely not open yet when the first is sent.
    const last = persons.toSorted().at(-1) ?? '';
    const lines = test.app.custody.exporter.customer(place.customer, undefined, call)[Symbol.asyncIterator]();
    const seen: string[] = [];
    for (let next = await lines.next(); next.done !== true; next = await lines.next()) {
      seen.push(next.value.person);
      if (seen.length === 1)
        expect((await test.http.post(`${house.base}/erasures`, { scope: 'person', person: last })).status).toBe(202);
    }
    // All but the one, and the person that the file tests have.
    expect(seen).toHaveLength(people);
    expect(seen).not.toContain(last);
  });
});
