/**
 * The attacker's test. Somebody copied every version of every file that was ever written (but the past of the safes), and
 * after the rollover gets the root key, the safes and everything that lives. Of the erased they must get nothing; of
 * everybody else all, so that it is known that the attacker can open what can be opened.
 */
import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { customerKeyRows } from './keyring/customer-keys.ts';
import { createEpochs } from './keyring/epoch.ts';
import { createWholeSafes } from './keyring/safes.ts';
import { unwrapKey } from './platform/crypto/aead.ts';
import { SecretKey } from './platform/crypto/key.ts';
import { adminUser } from './platform/database/embedded.ts';
import { asId, type CustomerId, newId, type PersonId } from './platform/ids/ids.ts';
import { createTestApp, type TestApp } from './testing/app.ts';
import { attack, type Loot, type Spoils } from './testing/attack/attacker.ts';
import { createRecorder, filesBelow, type Recorder } from './testing/attack/recorder.ts';
import { createTestClock } from './testing/clock.ts';
import { connect, startTestCluster } from './testing/cluster.ts';
import { createHouse, type House } from './testing/household.ts';

const hourMs = 3_600_000;
const actor = { kind: 'system', id: 'obhut' } as const;
let cluster: Awaited<ReturnType<typeof startTestCluster>>;
let clock: ReturnType<typeof createTestClock>;
let recorder: Recorder;
let test: TestApp;
let house: House;
let customer: CustomerId;
let persons: string[];
/** Where the write-ahead log stood when this test began: before that nothing is about its people. */
let filmBegins = '';

beforeAll(async () => {
  // Nothing of the log is ever recycled: it is the attacker's film of the database.
  cluster = await startTestCluster({ wal_keep_size: '8GB', max_wal_size: '8GB' });
});
afterAll(() => cluster.stop());

beforeEach(async () => {
  clock = createTestClock();
  recorder = createRecorder();
  const admin = connect(cluster.address, 'postgres', adminUser, 1);
  const [at] = await admin.query<{ file: string }>('select pg_walfile_name(pg_current_wal_lsn()) as file');
  filmBegins = at?.file ?? '';
  await admin.close();
  test = await createTestApp({ cluster: cluster.address, clock, nodes: 2, wrapSite: recorder.watch });
  house = await createHouse(test.http);
  customer = asId(house.customer);
  persons = [];
});
afterEach(() => test.close());

interface Somebody {
  readonly person: string;
  readonly record: string;
  readonly file: string;
  readonly name: string;
  readonly mail: string;
  readonly letter: string;
  readonly reference: string;
}

async function somebody(name: string, mail = `${name}@example.org`): Promise<Somebody> {
  const person = await house.person();
  persons.push(person);
  const record = await house.put(person, { name, mail });
  const file = `${house.base}/people/${person}/files/${randomUUID()}`;
  const letter = `letter of ${name}`;
  await test.http.put(file, letter);
  const reference = `ticket-${name}`;
  await test.http.get(house.recordUrl(person, record), { headers: { 'obhut-reference': reference } });
  return { person, record, file, name, mail, letter, reference };
}

const order = async (person: string) => {
  await test.app.erasures.place({ customer, scope: 'person', person: asId(person) }, hourMs, actor, 'api');
  clock.advance(hourMs + 1);
  await test.app.erasures.tick();
};

async function safes(): Promise<Loot['safes']> {
  const found = [];
  for (const site of test.sites.filter(({ purposes }) => purposes.includes('safe')))
    for (const name of await site.list('safe'))
      found.push({ name, bytes: (await site.read('safe', name)) ?? Buffer.alloc(0) });
  return found;
}

async function rob(guesses: readonly string[], more: Partial<Loot> = {}): Promise<Spoils> {
  // An update stands in the log without what it left as it was: that is in the heap page, which has to be on the disk.
  const admin = connect(cluster.address, 'postgres', adminUser, 1);
  await admin.query('checkpoint');
  await admin.close();
  const [own] = await test.database.owner.query<{ oid: string }>(
    'select oid::text from pg_database where datname = current_database()',
  );
  const files = (await filesBelow(cluster.address.dataFolder)).filter(({ name }) =>
    name.includes('/pg_wal/')
      ? basename(name) >= filmBegins
      : !name.includes('/base/') || name.includes(`/base/${own?.oid}/`),
  );
  expect(files.filter(({ name }) => name.includes('/pg_wal/')).length).toBeGreaterThan(0);
  const recordings = [...recorder.kept, ...files];
  return attack({
    recordings,
    rootKey: SecretKey.bytesOf(test.rootKey),
    safes: await safes(),
    customers: [customer],
    persons,
    collections: ['contacts'],
    guesses: guesses.map((value) => ({ field: 'contacts.mail', value })),
    ...more,
  });
}

/** What of somebody the attacker has: record, file, details of the journal, the lookup. */
function had(spoils: Spoils, { name, mail, letter, reference }: Somebody): string[] {
  const all = spoils.texts.join('\n');
  return [
    ...(all.includes(`"${name}"`) ? ['record'] : []),
    ...(all.includes(letter) ? ['file'] : []),
    ...(all.includes(`"${reference}"`) ? ['details'] : []),
    ...(spoils.confirmed.includes(mail) ? ['lookup'] : []),
  ];
}
const everything = ['record', 'file', 'details', 'lookup'];

describe('an attacker with every copy ever made', { timeout: 180_000 }, () => {
  it('opens all before anything is erased: the program works', async () => {
    const ada = await somebody('ada');
    expect(had(await rob([ada.mail, 'nobody@example.org']), ada)).toEqual(everything);
  });

  it('gets nothing of an erased person after the rollover, and all of the others', async () => {
    const [ada, eve] = [await somebody('ada'), await somebody('eve')];
    await order(ada.person);
    await test.app.erasures.rollOver();
    const spoils = await rob([ada.mail, eve.mail]);
    expect(had(spoils, ada)).toEqual([]);
    expect(had(spoils, eve)).toEqual(everything);
  });

  it('gets nothing of an erased record or file, and all that is left of the person', async () => {
    const [ada, eve] = [await somebody('ada'), await somebody('eve')];
    await house.put(ada.person, { name: 'kept', mail: 'kept@example.org' });
    await test.http.delete(house.recordUrl(ada.person, ada.record));
    await test.http.delete(ada.file);
    await test.app.erasures.rollOver();
    const spoils = await rob([ada.mail, 'kept@example.org', eve.mail]);
    expect(had(spoils, ada)).toEqual(['details']);
    expect(spoils.texts.join()).toContain('"kept"');
    expect(spoils.confirmed).toContain('kept@example.org');
    expect(had(spoils, eve)).toEqual(everything);
  });

  it('cannot tell that an erased person had the same value as a living one', async () => {
    const [ada, eve] = [await somebody('ada', 'shared@example.org'), await somebody('eve', 'shared@example.org')];
    const equal = async () =>
      (
        await test.database.owner.query<{ n: number }>(
          'select count(*) - count(distinct digest) as n from custody.lookup where customer_id = $1',
          [customer],
        )
      )[0]?.n;
    expect(await equal()).toBe(0);
    await order(ada.person);
    await test.app.erasures.rollOver();
    expect(had(await rob(['shared@example.org']), eve)).toEqual(everything);
    expect(await house.find('shared@example.org')).toEqual([{ person: eve.person, record: eve.record }]);
  });

  it('gets nothing of a person who came and went within one epoch, nor of one erased during a rollover after the next one', async () => {
    const eve = await somebody('eve');
    await test.app.erasures.rollOver();
    const ada = await somebody('ada');
    const rolling = test.app.erasures.rollOver();
    await order(ada.person);
    await rolling;
    await test.app.erasures.rollOver();
    const spoils = await rob([ada.mail, eve.mail]);
    expect(had(spoils, ada)).toEqual([]);
    expect(had(spoils, eve)).toEqual(everything);
  });

  it('gets all of a person whose order was taken back', async () => {
    const ada = await somebody('ada');
    const placed = await test.app.erasures.place(
      { customer, scope: 'person', person: asId(ada.person) },
      hourMs,
      actor,
      'api',
    );
    await test.app.erasures.withdraw(customer, placed.order, actor, 'api');
    await test.app.erasures.rollOver();
    expect(had(await rob([ada.mail]), ada)).toEqual(everything);
  });

  it('gets nothing of an erased customer', async () => {
    const ada = await somebody('ada');
    await test.app.erasures.place({ customer, scope: 'customer' }, 0, actor, 'api');
    await test.app.erasures.rollOver();
    expect(had(await rob([ada.mail]), ada)).toEqual([]);
  });
});

/** The customer's keys as a server holds them now. */
async function liveKeys() {
  const epochs = createEpochs(
    test.database.app,
    createWholeSafes(
      test.sites.filter(({ purposes }) => purposes.includes('safe')),
      test.rootKey,
    ),
  );
  const held = await customerKeyRows(test.database.app, epochs, customer);
  if (held === undefined) throw new Error('no such customer');
  return held.key;
}

async function keyOf(table: string, use: 'wrap-lookup-key' | 'wrap-person-key', where: string, person?: string) {
  const [row] = await test.database.owner.query<{ key_id: string; wrapped: Buffer; commitment: Buffer }>(
    `select key_id, wrapped, commitment from ${table} where customer_id = $1 and ${where}`,
    [customer],
  );
  if (row === undefined) throw new Error('no such key');
  const place = { use, customer, object: row.key_id, ...(person !== undefined && { person }) };
  return Buffer.from(SecretKey.bytesOf(unwrapKey(await liveKeys(), place, row).key));
}

describe('the attacker finds the erased again', { timeout: 180_000 }, () => {
  it('where an old epoch is kept in a safe that missed its destruction', async () => {
    const ada = await somebody('ada');
    const before = await safes();
    await order(ada.person);
    await test.app.erasures.rollOver();
    const spoils = await rob([ada.mail], { safes: [...(await safes()), ...before] });
    expect(had(spoils, ada)).toEqual(everything);
  });

  it('where the order is booked on the wrong epoch, so that the customer key is not renewed', async () => {
    const ada = await somebody('ada');
    await order(ada.person);
    await test.database.owner.query('update keyring.booking set epoch_id = $1', [newId()]);
    await test.app.erasures.rollOver();
    expect(had(await rob([ada.mail]), ada)).toEqual(expect.arrayContaining(['record', 'file', 'details']));
  });

  it('where the person of an erased record is not re-keyed', async () => {
    const ada = await somebody('ada');
    await test.http.delete(house.recordUrl(ada.person, ada.record));
    await test.app.erasures.tick();
    await test.database.owner.query(
      `insert into keyring.booking (customer_id, order_id, epoch_id)
       select o.customer_id, o.order_id, e.epoch_id from custody.erasure_order o, keyring.epoch e where e.state = 'open'`,
    );
    await test.database.owner.query('update custody.erasure_order set dead_at = now()');
    await test.app.erasures.rollOver();
    expect(had(await rob([ada.mail]), ada)).toEqual(expect.arrayContaining(['record']));
  });

  it('where the old generation of lookups is kept', async () => {
    const ada = await somebody('ada');
    const generation = await keyOf('keyring.lookup_key', 'wrap-lookup-key', "kind = 'generation'");
    await order(ada.person);
    await test.app.erasures.rollOver();
    expect(had(await rob([ada.mail], { leaked: { generation: [generation] } }), ada)).toEqual(['lookup']);
  });

  it('where a server keeps its cache', async () => {
    const ada = await somebody('ada');
    const person = asId<PersonId>(ada.person);
    const key = await keyOf('keyring.person', 'wrap-person-key', `person_id = '${person}'`, person);
    await order(ada.person);
    await test.app.erasures.rollOver();
    expect(had(await rob([ada.mail], { leaked: { person: [key] } }), ada)).toEqual(['record', 'file', 'details']);
  });
});
