import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { purposeOf } from '../access/purposes.ts';
import { Receipt, receiptLifeMs } from '../journal/receipt.ts';
import type { FileRef, SealedRecord } from '../keyring/objects.ts';
import type { PersonHandle } from '../keyring/person-keys.ts';
import { asId, asName, type CustomerId, newId, type PersonId, type RecordId } from '../platform/ids/ids.ts';
import { createTestApp, type TestApp } from '../testing/app.ts';
import { createTestClock } from '../testing/clock.ts';
import { createHouse } from '../testing/household.ts';
import type { Call } from './call.ts';

const clock = createTestClock();
let test: TestApp;
let customer: CustomerId;
let people: PersonId[];

beforeAll(async () => {
  test = await createTestApp({ cluster: inject('cluster'), clock });
  const house = await createHouse(test.http);
  customer = asId(house.customer);
  people = [asId(await house.person()), asId(await house.person())];
});
afterAll(() => test.close());

const names = [asName('contacts'), asName('notes')] as const;
const call = (): Call => ({
  actor: { kind: 'system', id: 'obhut' },
  purpose: purposeOf('service'),
  reference: undefined,
  onBehalfOf: undefined,
});

async function handleOf(person: PersonId): Promise<PersonHandle> {
  const handle = await test.app.keyring.person(customer, person);
  if (handle === undefined) throw new Error('no such person');
  return handle;
}

function sealedFor(handle: PersonHandle, collection = names[0]): SealedRecord {
  const dataKey = test.app.keyring.newDataKey(handle);
  const place = { collection, record: newId<RecordId>(), version: 1, dataKey };
  return { ...place, sealed: test.app.keyring.sealRecord(handle, place, Buffer.from('secret')) };
}

async function receiptFor(handle: PersonHandle, what: 'records' | 'file' = 'records', collection?: (typeof names)[0]) {
  const authorised = await test.app.custody.log.authorise(handle, call(), {
    kind: 'record.read',
    scope: { count: 1 },
    release: { collection, what },
  });
  if (authorised === 'stale') throw new Error('stale');
  return authorised.receipt;
}

const raiseFence = () =>
  test.database.app.transaction((connection) => test.app.journal.raiseFence(connection, customer));
const open = (receipt: Receipt, handle: PersonHandle, record: SealedRecord) =>
  test.app.keyring.openRecords(receipt, handle, [record]).map(String);

describe('a receipt', () => {
  it('opens what it names, once', async () => {
    const ada = await handleOf(people[0] as PersonId);
    const record = sealedFor(ada);
    const receipt = await receiptFor(ada);
    expect(open(receipt, ada, record)).toEqual(['secret']);
    expect(() => open(receipt, ada, record)).toThrow('redeemed before');
  });

  it('is used up by a refused attempt too', async () => {
    const [ada, bea] = [await handleOf(people[0] as PersonId), await handleOf(people[1] as PersonId)];
    const receipt = await receiptFor(ada);
    expect(() => open(receipt, bea, sealedFor(bea))).toThrow('another person');
    expect(() => open(receipt, ada, sealedFor(ada))).toThrow('redeemed before');
  });

  it('is void five seconds after its commit', async () => {
    const ada = await handleOf(people[0] as PersonId);
    const record = sealedFor(ada);
    const onTime = await receiptFor(ada);
    clock.advance(receiptLifeMs);
    expect(open(onTime, ada, record)).toEqual(['secret']);
    const late = await receiptFor(ada);
    clock.advance(receiptLifeMs + 1);
    expect(() => open(late, ada, record)).toThrow('older than');
  });

  it('opens no other collection and no other kind of data', async () => {
    const ada = await handleOf(people[0] as PersonId);
    const forNotes = await receiptFor(ada, 'records', names[1]);
    expect(() => open(forNotes, ada, sealedFor(ada, names[0]))).toThrow('another collection');
    const forFile = await receiptFor(ada, 'file');
    expect(() => open(forFile, ada, sealedFor(ada))).toThrow('another kind');
    const dataKey = test.app.keyring.newDataKey(ada);
    const ref: FileRef = { file: newId(), version: 1, dataKey };
    const meta = test.app.keyring.sealFileMeta(ada, ref, Buffer.from('{}'));
    const forRecords = await receiptFor(ada);
    expect(() => test.app.keyring.openFile(forRecords, ada, ref, meta)).toThrow('another kind');
    expect(String(test.app.keyring.openFile(await receiptFor(ada, 'file'), ada, ref, meta).meta)).toBe('{}');
  });

  it('is nothing that anybody but the journal can make', async () => {
    const ada = await handleOf(people[0] as PersonId);
    expect(() => new Receipt(Symbol('the journal alone'), { origin: 'x', index: 0, leaf: Buffer.alloc(32) })).toThrow();
    const forged = Object.create(Receipt.prototype) as Receipt;
    expect(() => open(forged, ada, sealedFor(ada))).toThrow('none of this process');
    const real = await receiptFor(ada);
    expect(() => open({ ...real } as Receipt, ada, sealedFor(ada))).toThrow('none of this process');
  });
});

describe('Release: nothing is opened but against a receipt for a durable entry that names it, once', () => {
  type Step =
    | { readonly do: 'authorise'; readonly person: 0 | 1; readonly collection: 0 | 1 | undefined }
    | { readonly do: 'open'; readonly receipt: number; readonly person: 0 | 1; readonly collection: 0 | 1 }
    | { readonly do: 'wait'; readonly ms: number }
    | { readonly do: 'raise' };
  const bit = fc.constantFrom(0 as const, 1 as const);
  const step: fc.Arbitrary<Step> = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('authorise' as const),
        person: bit,
        collection: fc.option(bit, { nil: undefined }),
      }),
    },
    {
      weight: 6,
      arbitrary: fc.record({ do: fc.constant('open' as const), receipt: fc.nat(2), person: bit, collection: bit }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(100, 2_500, 5_001) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('raise' as const) }) },
  );

  it('holds for any order of asking, opening, waiting and closing of keys', async () => {
    let opened = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 30 }), async (steps) => {
        const receipts: {
          receipt: Receipt;
          person: number;
          collection: number | undefined;
          at: number;
          fence: number;
          used: boolean;
        }[] = [];
        for (const one of steps) {
          if (one.do === 'wait') clock.advance(one.ms);
          else if (one.do === 'raise') {
            await raiseFence();
            test.app.keyring.stale(customer);
          } else if (one.do === 'authorise') {
            const handle = await handleOf(people[one.person] as PersonId);
            const receipt = await receiptFor(
              handle,
              'records',
              one.collection === undefined ? undefined : names[one.collection],
            );
            receipts.push({
              receipt,
              person: one.person,
              collection: one.collection,
              at: clock.monotonicMs(),
              fence: handle.fence,
              used: false,
            });
          } else {
            const held = receipts.at(-1 - one.receipt);
            if (held === undefined) continue;
            const handle = await handleOf(people[one.person] as PersonId);
            const allowed =
              !held.used &&
              held.person === one.person &&
              (held.collection === undefined || held.collection === one.collection) &&
              held.fence === handle.fence &&
              clock.monotonicMs() - held.at <= receiptLifeMs;
            held.used = true;
            const attempt = () => open(held.receipt, handle, sealedFor(handle, names[one.collection]));
            if (allowed) {
              expect(attempt()).toEqual(['secret']);
              opened += 1;
            } else expect(attempt).toThrow();
          }
        }
      }),
      { numRuns: 60 },
    );
    // The generator must have reached both sides.
    expect(opened).toBeGreaterThan(5);
  });
});
