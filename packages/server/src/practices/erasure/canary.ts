/**
 * A person of ours, made, erased and then hunted: the way of every order, and whether a copy made before it can still be
 * opened once its epoch is closed. The copies are kept as an attacker would keep a backup (`copies.ts`).
 */
import { randomBytes } from 'node:crypto';
import { purposeOf } from '../../access/purposes.ts';
import type { Observation } from '../../claims/probe.ts';
import { hourMs } from '../../claims/vocabulary.ts';
import type { Call } from '../../custody/call.ts';
import type { Custody } from '../../custody/custody.ts';
import type { Erasures } from '../../custody/erasure/erasures.ts';
import { withCurrentKeys } from '../../keyring/current.ts';
import type { Keyring } from '../../keyring/keyring.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import { Problem } from '../../platform/http/problem.ts';
import { type CustomerId, type Name, newId, type RecordId } from '../../platform/ids/ids.ts';
import type { Site } from '../../platform/sites/site.ts';
import { createCopies, type Hunted } from './copies.ts';

export interface CanaryOptions {
  readonly custody: Custody;
  readonly erasures: Erasures;
  readonly keyring: Keyring;
  readonly operator: () => Promise<CustomerId>;
  readonly clock: Clock;
  /** Where the ledger is. */
  readonly sites: readonly Site[];
  readonly node: string;
}

const collection = 'obhut_erasure_canary' as Name;
const actor = { kind: 'system', id: 'obhut' } as const;
const call: Call = { actor, purpose: purposeOf('security_review'), reference: undefined, onBehalfOf: undefined };
const definition = {
  schema: { type: 'object', properties: { mail: { type: 'string' }, note: { type: 'string' } } },
  fields: { mail: { class: 'personal', lookup: true }, note: { class: 'sensitive' } },
} as const;

const promiseMs = 24 * hourMs;
const betweenMs = 12 * hourMs;
/** Copies that are tried anew at each run: dead once is not enough. */
const keptCopies = 60;

export function createCanary({ custody, erasures, keyring, operator, clock, sites, node }: CanaryOptions) {
  const copies = createCopies(
    sites.filter(({ purposes }) => purposes.includes('ledger')),
    node,
  );

  /** @returns why it went wrong, or the new one. */
  async function sendOne(): Promise<string | Hunted> {
    const customer = await operator();
    await withCurrentKeys(keyring, customer, (handle) =>
      custody.collections.put(handle, collection, definition, actor),
    );
    const { person } = await custody.people.create(customer, { ...call, purpose: undefined });
    const record = newId<RecordId>();
    const data = { mail: `${randomBytes(8).toString('hex')}@example.org`, note: 'canary' };
    await custody.records.put(customer, person, collection, { record, data }, call);
    const copy = await keyring.prober.keep(customer, person, collection, record);
    // A hunter that never opens anything proves nothing.
    if (copy === undefined || !(await keyring.prober.opens(copy))) return 'canary-not-made';
    const { order } = await erasures.place({ customer, scope: 'person', person }, 0, actor, undefined);
    const refused = await custody.records.read({ customer, person, collection, record }, call).then(
      () => false,
      (error: unknown) => error instanceof Problem && error.code === 'not_found',
    );
    if (!refused) return 'not-refused';
    return { copy, order, since: clock.now().getTime() };
  }

  return async (): Promise<Observation> => {
    const customer = await operator();
    const counts = { hunted: 0, dead: 0, opened: 0, waiting: 0, late: 0 };
    const now = clock.now().getTime();
    const hunted = await copies.load();
    for (const { copy, order, since } of hunted) {
      // An order that a restore has lost was final long ago, or its person is there again: the hunt says which.
      const state = await erasures.get(customer, order).then(
        (found) => found.state,
        () => 'final',
      );
      if (state !== 'final') {
        counts.waiting += 1;
        if (now - since > promiseMs) counts.late += 1;
        continue;
      }
      counts.hunted += 1;
      if (await keyring.prober.opens(copy)) counts.opened += 1;
      else counts.dead += 1;
    }
    const last = hunted.at(-1);
    if (last === undefined || now - last.since >= betweenMs) {
      const sent = await sendOne();
      if (typeof sent === 'string') return { verdict: 'fails', counts, reason: sent };
      await copies.save([...hunted, sent].slice(-keptCopies));
    }
    if (counts.opened + counts.late > 0) return { verdict: 'fails', counts };
    return counts.dead > 0 ? { verdict: 'holds', counts } : { verdict: 'unknown', counts, reason: 'nothing-yet' };
  };
}
