/**
 * The attacker again, where things went wrong on the way: a rewrap that was rolled back, orders between the steps of a
 * rollover, a server that is behind, a safe that missed a destruction, an old backup that was brought back.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { adminUser } from './platform/database/embedded.ts';
import { asId } from './platform/ids/ids.ts';
import { everything, had, type Scene, type Somebody, setTheScene } from './testing/attack/scene.ts';
import { connect, startTestCluster } from './testing/cluster.ts';
import { createFaults } from './testing/faults.ts';
import { createHttp } from './testing/http.ts';

const actor = { kind: 'system', id: 'obhut' } as const;
let cluster: Awaited<ReturnType<typeof startTestCluster>>;
let scene: Scene;

beforeAll(async () => {
  // Nothing of the log is ever recycled: it is the attacker's film of the database.
  cluster = await startTestCluster({ wal_keep_size: '8GB', max_wal_size: '8GB' });
});
afterAll(() => cluster.stop());
let folder: string | undefined;
afterEach(async () => {
  await scene.close();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  folder = undefined;
});

const place = ({ person }: Somebody) =>
  scene.test.app.erasures.place({ customer: scene.customer, scope: 'person', person: asId(person) }, 0, actor, 'api');

describe('an attacker, where a rollover was broken off', { timeout: 180_000 }, () => {
  it('gets nothing of people erased between its steps, or after a rewrap that was rolled back', async () => {
    const faults = createFaults();
    scene = await setTheScene(cluster.address, { wrap: faults.wrap });
    // Their own rhythm would eat the faults.
    await scene.test.app.journal.integrator.stop();
    await scene.test.app.keyring.nodes.stop();
    const eve = await scene.somebody('eve');
    const dead: Somebody[] = [await scene.somebody('first')];
    await scene.order(dead[0]?.person ?? '');
    const reached = new Set<number>();
    const stateOf = async () =>
      (
        await scene.test.database.owner.query<{ step: number }>(
          'select step from keyring.rollover where finished_at is null',
        )
      )[0]?.step;
    // At every third statement of the rollover it breaks off; what the transaction had written stays in the log.
    for (let step = 4; ; step += 3) {
      expect(step).toBeLessThan(300);
      faults.arm(step, 'before');
      const failed = await scene.test.app.erasures.rollOver().then(
        () => false,
        () => true,
      );
      faults.disarm();
      if (!failed) break;
      scene.test.app.keyring.stale(scene.customer);
      const at = await stateOf();
      if (at === undefined || reached.has(at)) continue;
      reached.add(at);
      const somebody = await scene.somebody(`between-${at}`);
      dead.push(somebody);
      await place(somebody);
      await scene.test.app.erasures.tick().catch(() => undefined);
    }
    // Begun, new epoch open, customers moved, snapshot written: in each of them somebody was ordered away.
    expect(reached.size).toBeGreaterThanOrEqual(4);
    await scene.test.app.erasures.rollOver();
    await scene.test.app.erasures.rollOver();
    const states = (await scene.test.app.erasures.list(scene.customer, undefined, 50)).map(({ state }) => state);
    expect(states).toEqual(dead.map(() => 'final'));
    const spoils = await scene.rob([...dead.map(({ mail }) => mail), eve.mail]);
    for (const somebody of dead) expect(had(spoils, somebody), somebody.name).toEqual([]);
    expect(had(spoils, eve)).toEqual(everything);
  });
});

describe('an attacker, where a server is behind', { timeout: 180_000 }, () => {
  it('gets nothing that it wrote under a dying key: it writes nothing', async () => {
    scene = await setTheScene(cluster.address, { nodes: 2 });
    const [ada, eve] = [await scene.somebody('ada'), await scene.somebody('eve')];
    const behind = scene.test.httpOf(1);
    const url = scene.house.recordUrl(ada.person, ada.record);
    // It has everybody's keys in memory, and hears of nothing from now on.
    for (const { person, record } of [ada, eve])
      expect((await behind.get(scene.house.recordUrl(person, record))).status).toBe(200);
    await place(ada);
    await scene.test.app.erasures.tick();
    expect((await behind.put(url, { name: 'late', mail: 'late@example.org' })).status).toBe(404);
    expect((await behind.get(url)).status).toBe(404);
    await scene.test.app.erasures.rollOver();
    expect((await behind.get(scene.house.recordUrl(eve.person, eve.record))).status).toBe(200);
    const spoils = await scene.rob([ada.mail, 'late@example.org', eve.mail]);
    expect(had(spoils, ada)).toEqual([]);
    expect(spoils.texts.join()).not.toContain('"late"');
    expect(spoils.confirmed).not.toContain('late@example.org');
    expect(had(spoils, eve)).toEqual(everything);
  });
});

describe('an attacker, where safes hold shares', { timeout: 180_000 }, () => {
  it('gets nothing of the share of a safe that missed the destruction, and all with two of them', async () => {
    const at = await mkdtemp(join(tmpdir(), 'obhut-shares-'));
    folder = at;
    const sites = ['a', 'b', 'c'].map((name) => ({
      name,
      path: join(at, name),
      country: 'DE',
      purposes: ['objects', 'safe', 'ledger', 'heads'] as ('objects' | 'safe' | 'ledger' | 'heads')[],
    }));
    scene = await setTheScene(cluster.address, { settings: { sites } });
    const ada = await scene.somebody('ada');
    const [away, other] = scene.test.sites;
    if (away === undefined || other === undefined) throw new Error('there are three');
    const sharesOf = async (site: typeof away) =>
      Promise.all(
        (await site.list('safe')).map(async (name) => ({
          name,
          bytes: (await site.read('safe', name)) ?? Buffer.alloc(0),
        })),
      );
    const [missed, second] = [await sharesOf(away), await sharesOf(other)];
    const whole = { ...away };
    const fail = () => Promise.reject(new Error('the volume is not there'));
    await place(ada);
    await scene.test.app.erasures.tick();
    Object.assign(away, {
      size: fail,
      remove: fail,
      create: fail,
      replace: fail,
      append: fail,
      read: fail,
      list: fail,
    });
    await scene.test.app.erasures.rollOver();
    Object.assign(away, whole);
    expect(await sharesOf(away)).toEqual(missed);
    const living = await scene.safes();
    const eve = await scene.somebody('eve');
    const spoils = await scene.rob([ada.mail, eve.mail], { safes: [...living, ...missed] });
    expect(had(spoils, ada)).toEqual([]);
    expect(had(spoils, eve)).toEqual(everything);
    expect(had(await scene.rob([ada.mail], { safes: [...living, ...missed, ...second] }), ada)).toEqual(everything);
    // Back again, it forgets with the next rollover.
    await scene.test.app.erasures.rollOver();
    expect((await sharesOf(away)).map(({ name }) => name)).not.toEqual(expect.arrayContaining([missed[0]?.name]));
  });
});

describe('an attacker, where an old backup was brought back', { timeout: 180_000 }, () => {
  it('gets nothing of the record erased since, and the survivors open, for it and for the product', async () => {
    scene = await setTheScene(cluster.address, { nodes: 1 });
    const { test, house } = scene;
    const [ada, eve] = [await scene.somebody('ada'), await scene.somebody('eve')];
    const kept = await house.put(ada.person, { name: 'kept', mail: 'kept@example.org' });
    const backup = `${test.database.name}_backup`;
    const copy = async (from: string, to: string) => {
      const admin = connect(cluster.address, 'postgres', adminUser, 1);
      await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = any($1)', [[from, to]]);
      await admin.query(`drop database if exists ${to} with (force)`);
      await admin.query(`create database ${to} template ${from} strategy wal_log`);
      await admin.close();
    };
    await test.app.close();
    await copy(test.database.name, backup);
    const first = await test.start('node-0');
    const http = createHttp(() => first.server, test.token.text);
    expect((await http.delete(house.recordUrl(ada.person, ada.record))).status).toBe(202);
    expect((await http.delete(ada.file)).status).toBe(202);
    await first.erasures.rollOver();
    await first.close();
    await copy(backup, test.database.name);
    const restored = await test.start('node-0', 'restored');
    const again = createHttp(() => restored.server, test.token.text);
    await restored.erasures.rollOver();
    expect((await again.get(house.recordUrl(ada.person, ada.record))).status).toBe(404);
    expect((await again.get(house.recordUrl(ada.person, kept))).json()).toMatchObject({ name: 'kept' });
    expect((await again.get(house.recordUrl(eve.person, eve.record))).status).toBe(200);
    const spoils = await scene.rob([ada.mail, 'kept@example.org', eve.mail]);
    expect(had(spoils, ada)).toEqual(['details']);
    expect(spoils.texts.join()).toContain('"kept"');
    expect(spoils.confirmed).toContain('kept@example.org');
    expect(had(spoils, eve)).toEqual(everything);
    const admin = connect(cluster.address, 'postgres', adminUser, 1);
    await admin.query(`drop database if exists ${backup} with (force)`);
    await admin.close();
  });
});
