/**
 * The attacker's test. Somebody copied every version of every file that was ever written (but the past of the safes), and
 * after the rollover gets the root key, the safes and everything that lives. Of the erased they must get nothing; of
 * everybody else all, so that it is known that the attacker can open what can be opened.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { customerKeyRows } from './keyring/customer-keys.ts';
import { createEpochs } from './keyring/epoch.ts';
import { createWholeSafes } from './keyring/safes.ts';
import { unwrapKey } from './platform/crypto/aead.ts';
import { SecretKey } from './platform/crypto/key.ts';
import { asId, newId, type PersonId } from './platform/ids/ids.ts';
import { personsBeside } from './testing/attack/attacker.ts';
import { robBackup } from './testing/attack/backups.ts';
import { everything, had, type Scene, setTheScene } from './testing/attack/scene.ts';
import { startTestCluster } from './testing/cluster.ts';

const hourMs = 3_600_000;
const actor = { kind: 'system', id: 'obhut' } as const;
let cluster: Awaited<ReturnType<typeof startTestCluster>>;
let scene: Scene;

beforeAll(async () => {
  // Nothing of the log is ever recycled: it is the attacker's film of the database.
  cluster = await startTestCluster({ wal_keep_size: '8GB', max_wal_size: '8GB' });
});
afterAll(() => cluster.stop());

beforeEach(async () => {
  scene = await setTheScene(cluster.address);
});
afterEach(() => scene.close());

describe('an attacker with every copy ever made', { timeout: 180_000 }, () => {
  it('opens all before anything is erased: the program works', async () => {
    const ada = await scene.somebody('ada');
    expect(had(await scene.rob([ada.mail, 'nobody@example.org']), ada)).toEqual(everything);
  });

  it('gets nothing of an erased person after the rollover, and all of the others', async () => {
    const [ada, eve] = [await scene.somebody('ada'), await scene.somebody('eve')];
    await scene.order(ada.person);
    await scene.test.app.erasures.rollOver();
    const spoils = await scene.rob([ada.mail, eve.mail]);
    expect(had(spoils, ada)).toEqual([]);
    expect(had(spoils, eve)).toEqual(everything);
  });

  it('opens a backup before anything is erased, gets nothing of the erased out of it afterwards, and all of the others', async () => {
    const [ada, eve] = [await scene.somebody('ada'), await scene.somebody('eve')];
    const [own] = await scene.test.database.owner.query<{ oid: string }>(
      'select oid::text from pg_database where datname = current_database()',
    );
    const backup = await robBackup(
      cluster.address,
      (path) => path.startsWith('pg_wal/') || path.startsWith(`base/${own?.oid}/`),
    );
    const rest = scene.recordings;
    const out = async () =>
      scene.rob([ada.mail, eve.mail], {
        // The backup, and of everything else only what lies at the sites: snapshot and ledger.
        recordings: [...backup, ...(await rest()).filter(({ name }) => !name.startsWith('/'))],
      });
    expect(had(await out(), ada)).toEqual(expect.arrayContaining(['record', 'file', 'details']));
    await scene.order(ada.person);
    await scene.test.app.erasures.rollOver();
    const spoils = await out();
    expect(had(spoils, ada)).toEqual([]);
    expect(had(spoils, eve)).toEqual(expect.arrayContaining(['record', 'details']));
  });

  it('gets nothing of an erased record or file, and all that is left of the person', async () => {
    const [ada, eve] = [await scene.somebody('ada'), await scene.somebody('eve')];
    await scene.house.put(ada.person, { name: 'kept', mail: 'kept@example.org' });
    await scene.test.http.delete(scene.house.recordUrl(ada.person, ada.record));
    await scene.test.http.delete(ada.file);
    await scene.test.app.erasures.rollOver();
    const spoils = await scene.rob([ada.mail, 'kept@example.org', eve.mail]);
    expect(had(spoils, ada)).toEqual(['details']);
    expect(spoils.texts.join()).toContain('"kept"');
    expect(spoils.confirmed).toContain('kept@example.org');
    expect(had(spoils, eve)).toEqual(everything);
  });

  it('cannot tell that an erased person had the same value as a living one', async () => {
    const [ada, eve] = [
      await scene.somebody('ada', 'shared@example.org'),
      await scene.somebody('eve', 'shared@example.org'),
    ];
    const equal = async () =>
      (
        await scene.test.database.owner.query<{ n: number }>(
          'select count(*) - count(distinct digest) as n from custody.lookup where customer_id = $1',
          [scene.customer],
        )
      )[0]?.n;
    expect(await equal()).toBe(0);
    await scene.order(ada.person);
    await scene.test.app.erasures.rollOver();
    expect(had(await scene.rob(['shared@example.org']), eve)).toEqual(everything);
    expect(await scene.house.find('shared@example.org')).toEqual([{ person: eve.person, record: eve.record }]);
  });

  it('gets nothing of a person who came and went within one epoch, nor of one erased during a rollover after the next one', async () => {
    const eve = await scene.somebody('eve');
    await scene.test.app.erasures.rollOver();
    const ada = await scene.somebody('ada');
    const rolling = scene.test.app.erasures.rollOver();
    await scene.order(ada.person);
    await rolling;
    await scene.test.app.erasures.rollOver();
    const spoils = await scene.rob([ada.mail, eve.mail]);
    expect(had(spoils, ada)).toEqual([]);
    expect(had(spoils, eve)).toEqual(everything);
  });

  it('gets all of a person whose order was taken back', async () => {
    const ada = await scene.somebody('ada');
    const placed = await scene.test.app.erasures.place(
      { customer: scene.customer, scope: 'person', person: asId(ada.person) },
      hourMs,
      actor,
      'api',
    );
    await scene.test.app.erasures.withdraw(scene.customer, placed.order, actor, 'api');
    await scene.test.app.erasures.rollOver();
    expect(had(await scene.rob([ada.mail]), ada)).toEqual(everything);
  });

  it('gets nothing of an erased customer', async () => {
    const ada = await scene.somebody('ada');
    await scene.test.app.erasures.place({ customer: scene.customer, scope: 'customer' }, 0, actor, 'api');
    await scene.test.app.erasures.rollOver();
    expect(had(await scene.rob([ada.mail]), ada)).toEqual([]);
  });
});

/** The customer's keys as a server holds them now. */
async function liveKeys() {
  const epochs = createEpochs(
    scene.test.database.app,
    createWholeSafes(
      scene.test.sites.filter(({ purposes }) => purposes.includes('safe')),
      scene.test.rootKey,
    ),
  );
  const held = await customerKeyRows(scene.test.database.app, epochs, scene.customer);
  if (held === undefined) throw new Error('no such customer');
  return held.key;
}

async function keyOf(table: string, use: 'wrap-lookup-key' | 'wrap-person-key', where: string, person?: string) {
  const [row] = await scene.test.database.owner.query<{ key_id: string; wrapped: Buffer; commitment: Buffer }>(
    `select key_id, wrapped, commitment from ${table} where customer_id = $1 and ${where}`,
    [scene.customer],
  );
  if (row === undefined) throw new Error('no such key');
  const place = { use, customer: scene.customer, object: row.key_id, ...(person !== undefined && { person }) };
  return Buffer.from(SecretKey.bytesOf(unwrapKey(await liveKeys(), place, row).key));
}

describe('the attacker finds the erased again', { timeout: 180_000 }, () => {
  it('where an old epoch is kept in a safe that missed its destruction', async () => {
    const ada = await scene.somebody('ada');
    const before = await scene.safes();
    await scene.order(ada.person);
    await scene.test.app.erasures.rollOver();
    const spoils = await scene.rob([ada.mail], { safes: [...(await scene.safes()), ...before] });
    expect(had(spoils, ada)).toEqual(everything);
  });

  it('where the order is booked on the wrong epoch, so that the customer key is not renewed', async () => {
    const ada = await scene.somebody('ada');
    await scene.order(ada.person);
    await scene.test.database.owner.query('update keyring.booking set epoch_id = $1', [newId()]);
    await scene.test.app.erasures.rollOver();
    expect(had(await scene.rob([ada.mail]), ada)).toEqual(expect.arrayContaining(['record', 'file', 'details']));
  });

  it('where the person of an erased record is not re-keyed', async () => {
    const ada = await scene.somebody('ada');
    await scene.test.http.delete(scene.house.recordUrl(ada.person, ada.record));
    await scene.test.app.erasures.tick();
    await scene.test.database.owner.query(
      `insert into keyring.booking (customer_id, order_id, epoch_id)
       select o.customer_id, o.order_id, e.epoch_id from custody.erasure_order o, keyring.epoch e where e.state = 'open'`,
    );
    await scene.test.database.owner.query('update custody.erasure_order set dead_at = now()');
    await scene.test.app.erasures.rollOver();
    expect(had(await scene.rob([ada.mail]), ada)).toEqual(expect.arrayContaining(['record']));
  });

  it('where the old generation of lookups is kept', async () => {
    const ada = await scene.somebody('ada');
    const generation = await keyOf('keyring.lookup_key', 'wrap-lookup-key', "kind = 'generation'");
    await scene.order(ada.person);
    await scene.test.app.erasures.rollOver();
    expect(had(await scene.rob([ada.mail], { leaked: { generation: [generation] } }), ada)).toEqual(['lookup']);
  });

  it('where a server keeps its cache', async () => {
    const ada = await scene.somebody('ada');
    const person = asId<PersonId>(ada.person);
    const key = await keyOf('keyring.person', 'wrap-person-key', `person_id = '${person}'`, person);
    await scene.order(ada.person);
    await scene.test.app.erasures.rollOver();
    expect(had(await scene.rob([ada.mail], { leaked: { person: [key] } }), ada)).toEqual(['record', 'file', 'details']);
  });

  it('where the key of the customer is not renewed', async () => {
    const ada = await scene.somebody('ada');
    const before = Buffer.from(SecretKey.bytesOf(await liveKeys()));
    await scene.order(ada.person);
    await scene.test.app.erasures.rollOver();
    expect(had(await scene.rob([ada.mail]), ada)).toEqual([]);
    expect(had(await scene.rob([ada.mail], { leaked: { customer: [before] } }), ada)).toEqual(everything);
  });

  it('where equal values have equal digests: then the living tell of the dead', async () => {
    const [ada, eve] = [
      await scene.somebody('ada', 'shared@example.org'),
      await scene.somebody('eve', 'shared@example.org'),
    ];
    const digestOf = async (person: string) =>
      (
        await scene.test.database.owner.query<{ digest: Buffer }>(
          'select digest from custody.lookup where customer_id = $1 and person_id = $2',
          [scene.customer, person],
        )
      )[0]?.digest ?? Buffer.alloc(0);
    const digest = await digestOf(eve.person);
    expect([...personsBeside(await scene.recordings(), digest)]).toEqual([eve.person]);
    await scene.test.database.owner.query('alter table custody.lookup drop constraint lookup_pkey');
    await scene.test.database.owner.query('update custody.lookup set digest = $2 where person_id = $1', [
      ada.person,
      digest,
    ]);
    await scene.order(ada.person);
    expect([...personsBeside(await scene.recordings(), digest)].sort()).toEqual([ada.person, eve.person].sort());
  });
});
