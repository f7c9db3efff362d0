/** The sentences on recovery where nothing was made yet, and the one on alarms, broken and mended. */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createTestApp, type TestApp } from '../../testing/app.ts';

/** A program that takes what it is told, or does not. */
const command = ['/bin/true'];
let skewMs = 0;
let test: TestApp;

beforeAll(async () => {
  test = await createTestApp({
    cluster: inject('cluster'),
    clock: {
      now: () => new Date(Date.now() + skewMs),
      monotonicMs: () => performance.now(),
    },
    settings: {
      alerts: {
        language: 'de',
        repeatMinutes: { info: 1_440, warning: 1_440, critical: 60 },
        heartbeat: undefined,
        routes: [{ name: 'pager', kind: 'command', command, severities: ['critical'], timeoutSeconds: 5 }],
      } as never,
    },
  });
});
afterAll(() => test.close());

const claim = async (id: string) => {
  const proof = await test.app.page.runner.run(id);
  return { verdict: proof?.verdict, reason: proof?.reason, ...proof?.counts };
};

describe('what is measured of recovery', () => {
  it('is unknown where no backup was due yet', async () => {
    for (const id of ['recovery.drilled', 'recovery.backed-up'])
      expect(await claim(id)).toMatchObject({ verdict: 'unknown', reason: 'nothing-yet' });
  });

  it('says that operations are told once a message was taken, and no longer where none is', async () => {
    expect(await claim('recovery.alarms-arrive')).toMatchObject({ verdict: 'unknown', reason: 'no-route-tested' });
    await test.app.alerts.test();
    expect(await claim('recovery.alarms-arrive')).toMatchObject({ verdict: 'holds', working: 1 });
    command[0] = '/bin/false';
    await test.app.alerts.test();
    expect(await claim('recovery.alarms-arrive')).toMatchObject({ verdict: 'fails', working: 0, failing: 1 });
    command[0] = '/bin/true';
    await test.app.alerts.test();
    expect(await claim('recovery.alarms-arrive')).toMatchObject({ verdict: 'holds', failing: 0 });
    // Of a critical alarm that nobody was told of for long.
    await test.app.alerts.alarms.raise({ code: 'backup_late', refs: { hours: 30 } });
    skewMs = 6 * 60_000;
    expect(await claim('recovery.alarms-arrive')).toMatchObject({ verdict: 'fails', untold: 1 });
    await test.app.alerts.look();
    expect(await claim('recovery.alarms-arrive')).toMatchObject({ verdict: 'holds', untold: 0 });
    // What was tried a quarter of a year ago says nothing of today.
    await test.app.alerts.alarms.resolve('backup_late');
    skewMs = 93 * 86_400_000;
    expect(await claim('recovery.alarms-arrive')).toMatchObject({ verdict: 'unknown', reason: 'no-route-tested' });
  });
});
