/** Made-up answers about erasure: each state of an order, a hold and a request. */
import type { Erasure, ErasureRequest, Hold } from '../../packages/console/src/api/types.ts';

export function erasureAnswers(
  id: (last: number) => string,
  at: (minutes: number) => string,
  customer: string,
  person: string,
): Readonly<Record<string, unknown>> {
  const erasures: Erasure[] = (['ordered', 'withdrawn', 'executed', 'final', 'held'] as const).map((state, i) => ({
    order: id(90 + i),
    scope: (['person', 'collection', 'customer', 'part'] as const)[i] ?? 'person',
    person: i === 2 ? null : person,
    collection: i % 2 === 1 ? 'contacts' : null,
    state,
    heldUntil: state === 'held' ? at(90_000) : null,
    followAskedAt: i > 1 ? at(-50) : null,
    followedAt: i === 3 ? at(-40) : null,
    receiptPath: `/beleg/${customer}/${id(90 + i)}/${'A'.repeat(43)}`,
    orderedAt: at(-60 * i - 5),
    coolingUntil: at(55 - 60 * i),
    dueAt: at(1_435 - 60 * i),
    keysDeadAt: i > 1 ? at(-60) : null,
    finalAt: i === 3 ? at(-10) : null,
  }));

  const holds: Hold[] = [
    [person, null, null],
    [null, 'contacts', at(-20)],
    [person, 'contacts', null],
  ].map(([of, collection, liftedAt], i) => ({
    hold: id(95 + i),
    person: of ?? null,
    collection: collection ?? null,
    record: i === 2 ? id(99) : null,
    until: at(90_000),
    reason: 'Aktenzeichen 12 O 345/26, Landgericht Musterstadt',
    placedAt: at(-100),
    liftedAt: liftedAt ?? null,
  }));

  const requests: ErasureRequest[] = (
    [
      [at(-500), null, null, null],
      [at(20_000), id(90), null, null],
      [at(30_000), null, 'complex', null],
      [at(30_000), null, null, 'legal_claims'],
    ] as const
  ).map(([dueAt, order, extension, ground], i) => ({
    request: id(100 + i),
    person: person,
    receivedAt: at(-40_000),
    dueAt,
    extension,
    order,
    answeredAt: ground === null ? null : at(-30),
    outcome: ground === null ? null : 'refused',
    ground,
  }));

  return {
    [`GET /v1/customers/${customer}/erasures`]: { erasures, next: null },
    [`POST /v1/customers/${customer}/erasures/preview`]: {
      people: 1,
      records: 3,
      files: 1,
      bytes: 4096,
      collections: [{ collection: 'contacts', records: 3 }],
      held: 2,
      holds: [{ ...holds[2], records: 2 }],
      secondAdmin: false,
      coolingMinutes: 60,
    },
    [`GET /v1/customers/${customer}/holds`]: { holds },
    [`GET /v1/customers/${customer}/erasure-requests`]: { requests },
    [`GET /v1/customers/${customer}/erasure-proposals`]: {
      proposals: [{ proposal: id(110), mine: false, state: 'open', expiresAt: at(9_000) }],
    },
  };
}
