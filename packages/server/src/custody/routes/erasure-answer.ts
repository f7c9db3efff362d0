/** What the routes of erasure answer: orders, and what an order would take. */
import { Type } from 'typebox';
import { time, uuid } from '../../platform/http/schemas.ts';
import type { HeldPart, Hold } from '../erasure/holds.ts';
import type { ErasureOrder } from '../erasure/order.ts';

export const coolingMinutes = Type.Integer({ minimum: 0, maximum: 480, description: 'how long it can be taken back' });

const extent = {
  people: Type.Integer(),
  records: Type.Integer(),
  files: Type.Integer(),
  bytes: Type.Integer({ description: 'as sealed' }),
  held: Type.Integer({ description: 'records that a legal hold keeps' }),
};

const maybe = <Shape extends ReturnType<typeof time>>(shape: Shape) => Type.Union([shape, Type.Null()]);
const maybeTime = (description: string) => maybe(time(description));
const text = (date: Date | undefined) => date?.toISOString() ?? null;

export const holdShape = {
  hold: uuid('the hold'),
  person: maybe(uuid('whose data; null: of everybody')),
  collection: Type.Union([Type.String(), Type.Null()]),
  record: maybe(uuid('the record; null: all')),
  until: time('it ends then by itself'),
  reason: Type.String(),
  placedAt: time('since when'),
  liftedAt: maybeTime('ended before its day'),
};

export const asHold = (hold: Hold) => ({
  hold: hold.hold,
  person: hold.person ?? null,
  collection: hold.collection ?? null,
  record: hold.record ?? null,
  until: hold.until.toISOString(),
  reason: hold.reason,
  placedAt: hold.placedAt.toISOString(),
  liftedAt: text(hold.liftedAt),
});

export const asHeldPart = (hold: HeldPart) => ({ ...asHold(hold), records: hold.records });

export const previewShape = Type.Object({
  ...extent,
  collections: Type.Array(Type.Object({ collection: Type.String(), records: Type.Integer() })),
  holds: Type.Array(
    Type.Object({ ...holdShape, records: Type.Integer({ description: 'how many records it keeps of this' }) }),
    { description: 'what stays until they end, and goes then by itself' },
  ),
  secondAdmin: Type.Boolean({ description: 'another admin has to confirm it: propose it instead' }),
  coolingMinutes,
});

export const orderShape = Type.Object({
  order: uuid('the order'),
  scope: Type.Enum(['customer', 'person', 'part', 'collection', 'record', 'file', 'retention'], {
    description: '`part`: all of a person but what is held; `retention`: the term of its collection was over',
  }),
  person: maybe(uuid('whose data')),
  collection: Type.Union([Type.String(), Type.Null()]),
  state: Type.Enum(['held', 'ordered', 'withdrawn', 'executed', 'final'], {
    description: '`held`: waits for the end of a legal hold; nothing is closed yet',
  }),
  orderedAt: time('from then on access is refused; `held`: asked for'),
  coolingUntil: time('until then it can be taken back; `held`: any time'),
  dueAt: time('gone from every copy by then'),
  heldUntil: maybeTime('the last hold that it waits (or waited) for ends then'),
  askedAt: time('when it was asked for'),
  rest: maybe(uuid('the order that takes what is held, when the hold ends')),
  followAskedAt: maybeTime('the product was told by webhook, and is asked to confirm'),
  followedAt: maybeTime('the product has confirmed'),
  withdrawnAt: maybeTime('taken back'),
  keysDeadAt: maybeTime('no living key opens it'),
  rowsRemovedAt: maybeTime('rows and files removed'),
  finalAt: maybeTime('no copy made at any time can be read'),
  extent: Type.Union([Type.Object({ ...extent, held: Type.Optional(extent.held) }), Type.Null()]),
  receiptPath: Type.String({ description: 'opens the receipt without signing in, also after the customer has left' }),
  sitesMissed: Type.Array(Type.String(), { description: 'sites that are caught up on their return' }),
});

/** @param receiptPath of the order's link. */
export const asAnswer = (order: ErasureOrder, receiptPath: string) => ({
  order: order.order,
  scope: order.scope,
  person: order.person ?? null,
  collection: order.collection ?? null,
  state: order.state,
  orderedAt: order.orderedAt.toISOString(),
  coolingUntil: order.coolingUntil.toISOString(),
  dueAt: order.dueAt.toISOString(),
  heldUntil: text(order.held?.until),
  askedAt: (order.held?.askedAt ?? order.orderedAt).toISOString(),
  rest: order.rest ?? null,
  followAskedAt: text(order.follow?.askedAt),
  followedAt: text(order.follow?.followedAt),
  withdrawnAt: text(order.withdrawnAt),
  keysDeadAt: text(order.deadAt),
  rowsRemovedAt: text(order.removedAt),
  finalAt: text(order.finalAt),
  extent: order.extent ?? null,
  receiptPath,
  sitesMissed: [...order.missed],
});
