/** A house with people in it, everything that is written about them recorded, and the attacker who gets it all. */
import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import { SecretKey } from '../../platform/crypto/key.ts';
import { adminUser } from '../../platform/database/embedded.ts';
import { asId, type CustomerId } from '../../platform/ids/ids.ts';
import { createTestApp, type TestApp, type TestAppOptions } from '../app.ts';
import { createTestClock } from '../clock.ts';
import { type ClusterAddress, connect } from '../cluster.ts';
import { createHouse, type House } from '../household.ts';
import { attack, type Loot, type Spoils } from './attacker.ts';
import { createRecorder, filesBelow, type Recording } from './recorder.ts';

export interface Somebody {
  readonly person: string;
  readonly record: string;
  readonly file: string;
  readonly name: string;
  readonly mail: string;
  readonly letter: string;
  readonly reference: string;
}

export interface Scene {
  readonly test: TestApp;
  readonly house: House;
  readonly customer: CustomerId;
  readonly clock: ReturnType<typeof createTestClock>;
  /** With a record, a file, a lookup and a sealed detail in the journal. */
  somebody(name: string, mail?: string): Promise<Somebody>;
  /** Ordered, and carried out after its cooling. */
  order(person: string): Promise<void>;
  /** The files in the safes, as they are now. */
  safes(): Promise<Loot['safes']>;
  /** Every byte that was ever written outside the safes. */
  recordings(): Promise<readonly Recording[]>;
  /** What the attacker makes of it all. */
  rob(guesses: readonly string[], more?: Partial<Loot>): Promise<Spoils>;
  close(): Promise<void>;
}

const hourMs = 3_600_000;
const actor = { kind: 'system', id: 'obhut' } as const;

/** What of somebody the attacker has: record, file, details of the journal, the lookup. */
export function had(spoils: Spoils, { name, mail, letter, reference }: Somebody): string[] {
  const all = spoils.texts.join('\n');
  return [
    ...(all.includes(`"${name}"`) ? ['record'] : []),
    ...(all.includes(letter) ? ['file'] : []),
    ...(all.includes(`"${reference}"`) ? ['details'] : []),
    ...(spoils.confirmed.includes(mail) ? ['lookup'] : []),
  ];
}
export const everything = ['record', 'file', 'details', 'lookup'];

/** @param cluster one that recycles nothing of its write-ahead log: it is the attacker's film of the database. */
export async function setTheScene(
  cluster: ClusterAddress,
  options: Omit<TestAppOptions, 'cluster' | 'clock' | 'wrapSite'> = { nodes: 2 },
): Promise<Scene> {
  const clock = createTestClock();
  const recorder = createRecorder();
  const asAdmin = async (statement: string) => {
    const admin = connect(cluster, 'postgres', adminUser, 1);
    const rows = await admin.query<{ file: string }>(statement);
    await admin.close();
    return rows[0]?.file ?? '';
  };
  // Before this nothing in the log is about the people of this scene.
  const filmBegins = await asAdmin('select pg_walfile_name(pg_current_wal_lsn()) as file');
  const test = await createTestApp({ ...options, cluster, clock, wrapSite: recorder.watch });
  const house = await createHouse(test.http);
  const customer = asId<CustomerId>(house.customer);
  const persons: string[] = [];

  async function safes(): Promise<Loot['safes']> {
    const found = [];
    for (const site of test.sites.filter(({ purposes }) => purposes.includes('safe')))
      for (const name of await site.list('safe'))
        found.push({ name, bytes: (await site.read('safe', name)) ?? Buffer.alloc(0) });
    return found;
  }

  async function recordings(): Promise<readonly Recording[]> {
    // An update stands in the log without what it left as it was: that is in the heap page, which has to be on the disk.
    await asAdmin('checkpoint');
    const [own] = await test.database.owner.query<{ oid: string }>(
      'select oid::text from pg_database where datname = current_database()',
    );
    const files = (await filesBelow(cluster.dataFolder)).filter(({ name }) =>
      name.includes('/pg_wal/')
        ? basename(name) >= filmBegins
        : !name.includes('/base/') || name.includes(`/base/${own?.oid}/`),
    );
    if (!files.some(({ name }) => name.includes('/pg_wal/'))) throw new Error('there is no film of the database');
    return [...recorder.kept, ...files];
  }

  return {
    test,
    house,
    customer,
    clock,
    safes,
    recordings,
    async somebody(name, mail = `${name}@example.org`) {
      const person = await house.person();
      persons.push(person);
      const record = await house.put(person, { name, mail });
      const file = `${house.base}/people/${person}/files/${randomUUID()}`;
      const letter = `letter of ${name}`;
      await test.http.put(file, letter);
      const reference = `ticket-${name}`;
      await test.http.get(house.recordUrl(person, record), { headers: { 'obhut-reference': reference } });
      return { person, record, file, name, mail, letter, reference };
    },
    async order(person) {
      await test.app.erasures.place({ customer, scope: 'person', person: asId(person) }, hourMs, actor, 'api');
      clock.advance(hourMs + 1);
      await test.app.erasures.tick();
    },
    async rob(guesses, more = {}) {
      return attack({
        recordings: await recordings(),
        rootKey: SecretKey.bytesOf(test.rootKey),
        safes: await safes(),
        customers: [customer],
        persons,
        collections: ['contacts'],
        guesses: guesses.map((value) => ({ field: 'contacts.mail', value })),
        ...more,
      });
    },
    close: test.close,
  };
}
