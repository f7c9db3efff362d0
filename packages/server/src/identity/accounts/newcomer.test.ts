/** Somebody comes in while the keys of the operator are renewed: it goes on, and nobody is there twice. */
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import type { Database } from '../../platform/database/database.ts';
import { createTestApp, type TestApp } from '../../testing/app.ts';
import { createTeam, newAddress } from '../../testing/team.ts';

let test: TestApp;
/** How often the next look-ups come at a moment in which something of the operator is renewed. */
let renewals: number;

beforeEach(async () => {
  renewals = 0;
  test = await createTestApp({
    cluster: inject('cluster'),
    wrap: (database, which): Database =>
      which === 'flush'
        ? database
        : {
            ...database,
            async query(text, values, name) {
              // Between the making of somebody and the entry of it.
              if (renewals > 0 && /from identity\.(familiar|account)\b/.test(text)) {
                renewals -= 1;
                await test.database.owner.query('update journal.head set fence = fence + 1');
              }
              return database.query(text, values, name);
            },
          },
  });
});
afterEach(() => test.close());

const accounts = async () =>
  (await test.database.owner.query<{ n: number }>('select count(*)::int as n from identity.account'))[0]?.n;

it('the first owner', async () => {
  renewals = 3;
  const team = await createTeam(test);
  expect(renewals).toBe(0);
  expect(await accounts()).toBe(1);
  expect((await team.owner.browser.get('/v1/overview')).status).toBe(200);
});

it('somebody who is invited', async () => {
  const team = await createTeam(test);
  renewals = 2;
  const invited = await team.owner.browser.post('/v1/staff', {
    name: 'Ada Muster',
    email: newAddress(),
    country: 'DE',
    language: 'en',
    roles: ['support'],
  });
  expect(invited.status, invited.text).toBe(201);
  expect(await accounts()).toBe(2);
});
