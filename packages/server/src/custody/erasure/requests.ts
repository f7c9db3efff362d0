/**
 * What a person asks for (Article 17 GDPR): noted with the day it arrived, due within one month (Article 12(3)), which can be
 * made three with a reason. It ends with the answer to the person: erased, or refused on a ground of the law.
 *
 * Months are counted as Regulation 1182/71 counts them: to the end of the day with the same number, or of the month's last.
 */
import { changeRider } from '../../journal/change.ts';
import type { Actor, Entry } from '../../journal/entry.ts';
import type { Journal } from '../../journal/journal.ts';
import { personOf, withCurrentKeys } from '../../keyring/current.ts';
import type { Keyring } from '../../keyring/keyring.ts';
import type { Clock } from '../../platform/clock/clock.ts';
import type { Database, Queryable } from '../../platform/database/database.ts';
import { Problem } from '../../platform/http/problem.ts';
import {
  type AccountId,
  type CustomerId,
  newId,
  type OrderId,
  type PersonId,
  type RequestId,
} from '../../platform/ids/ids.ts';
import type { ErasureOrder, Wish } from './order.ts';

/** Why a request may be refused: Article 17(3)(a) to (e), Article 12(5) and Article 11(2) GDPR. */
export const refusalGrounds = [
  'expression',
  'legal_obligation',
  'public_health',
  'archive',
  'legal_claims',
  'excessive',
  'not_identified',
] as const;
export type RefusalGround = (typeof refusalGrounds)[number];

/** Why it may take two months more: Article 12(3) GDPR. */
export const extensionReasons = ['complex', 'many'] as const;
export type ExtensionReason = (typeof extensionReasons)[number];

export interface ErasureRequest {
  readonly request: RequestId;
  readonly customer: CustomerId;
  readonly person: PersonId;
  readonly receivedAt: Date;
  readonly dueAt: Date;
  readonly extension: ExtensionReason | undefined;
  /** The order that was placed for it. */
  readonly order: OrderId | undefined;
  readonly answeredAt: Date | undefined;
  readonly outcome: 'erased' | 'refused' | undefined;
  readonly ground: RefusalGround | undefined;
}

interface Row {
  readonly customer_id: CustomerId;
  readonly request_id: RequestId;
  readonly person_id: PersonId;
  readonly received_at: Date;
  readonly due_at: Date;
  readonly extension: ExtensionReason | null;
  readonly order_id: OrderId | null;
  readonly answered_at: Date | null;
  readonly outcome: 'erased' | 'refused' | null;
  readonly ground: RefusalGround | null;
}

const asRequest = (row: Row): ErasureRequest => ({
  request: row.request_id,
  customer: row.customer_id,
  person: row.person_id,
  receivedAt: row.received_at,
  dueAt: row.due_at,
  extension: row.extension ?? undefined,
  order: row.order_id ?? undefined,
  answeredAt: row.answered_at ?? undefined,
  outcome: row.outcome ?? undefined,
  ground: row.ground ?? undefined,
});

const zone = 'Europe/Berlin';

/** The end of the day that is so many months after the one on which it arrived. */
export function monthsAfter(received: Date, months: number): Date {
  const day = Temporal.Instant.fromEpochMilliseconds(received.getTime()).toZonedDateTimeISO(zone).toPlainDate();
  const end = day.add({ months }, { overflow: 'constrain' }).add({ days: 1 });
  return new Date(end.toZonedDateTime(zone).epochMilliseconds);
}

export interface Requests {
  /** @throws Problem `not_found` */
  note(customer: CustomerId, person: PersonId, receivedAt: Date, by: Asker): Promise<ErasureRequest>;
  /** @throws Problem `not_found`, `request_closed` */
  extend(customer: CustomerId, request: RequestId, reason: ExtensionReason, by: Asker): Promise<ErasureRequest>;
  /** Orders the person away for it, or takes the order that is there already. @throws Problem `not_found`, `request_closed` */
  order(customer: CustomerId, request: RequestId, coolingMs: number, by: Asker): Promise<ErasureOrder>;
  /** The person was told. `erased` only where it was ordered and not taken back. @throws Problem `not_found`, `request_closed` */
  answer(
    customer: CustomerId,
    request: RequestId,
    answer: { readonly outcome: 'erased' } | { readonly outcome: 'refused'; readonly ground: RefusalGround },
    by: Asker,
  ): Promise<ErasureRequest>;
  get(customer: CustomerId, request: RequestId): Promise<ErasureRequest>;
  /** The open ones first, the most urgent of them at the top. */
  list(customer: CustomerId): Promise<readonly ErasureRequest[]>;
  /** Tells the customer's admins and the team of what is due within a week, and of what is overdue: once each. */
  remind(): Promise<void>;
}

export interface Asker {
  readonly actor: Actor;
  readonly client: Entry['client'];
}

export interface RequestsOptions {
  readonly database: Database;
  readonly journal: Journal;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly place: (wish: Wish, coolingMs: number, actor: Actor, client: Entry['client']) => Promise<ErasureOrder>;
  /** The order under which the person goes or has gone already, whoever placed it. */
  readonly goingOf: (customer: CustomerId, person: PersonId) => Promise<ErasureOrder | undefined>;
  /** Who is to know: the customer's admins, and the team. */
  readonly watchers: (customer: CustomerId) => Promise<readonly AccountId[]>;
  readonly tell: (
    connection: Queryable,
    messages: readonly {
      readonly template: 'request_due';
      readonly accounts: readonly AccountId[];
      readonly refs: Readonly<Record<string, string>>;
    }[],
  ) => Promise<void>;
}

const weekMs = 7 * 86_400_000;

export function createRequests(options: RequestsOptions): Requests {
  const { database, journal, keyring, clock, place, goingOf, watchers, tell } = options;

  async function get(customer: CustomerId, id: RequestId): Promise<ErasureRequest> {
    const [row] = await database.query<Row>(
      'select * from custody.erasure_request where customer_id = $1 and request_id = $2',
      [customer, id],
    );
    if (row === undefined) throw new Problem('not_found');
    return asRequest(row);
  }

  /** A change of an open request with its entry, which names the request by its random id alone. */
  async function change(
    kind: 'request.extended' | 'request.ordered' | 'request.answered',
    { customer, request }: ErasureRequest,
    { actor, client }: Asker,
    refs: Readonly<Record<string, string>>,
    set: string,
    values: readonly (string | Date | null)[],
  ): Promise<ErasureRequest> {
    const outcome = await journal.append({
      customer,
      log: 'orders',
      entry: {
        kind,
        at: clock.now(),
        actor,
        outcome: 'done',
        ...(client !== undefined && { client }),
        refs: { request, ...refs },
      },
      rider: {
        rider: changeRider,
        payload: async (connection) =>
          (
            await connection.query(
              `update custody.erasure_request set ${set}
               where customer_id = $1 and request_id = $2 and answered_at is null returning 1`,
              [customer, request, ...values],
            )
          ).length > 0,
      },
    });
    if (outcome.state !== 'appended') throw new Problem('request_closed');
    return get(customer, request);
  }

  return {
    get,
    async note(customer, personId, receivedAt, { actor, client }) {
      const made = await withCurrentKeys(keyring, customer, async () => {
        const person = await personOf(keyring, customer, personId);
        const id = newId<RequestId>();
        const shared = {
          kind: 'request.noted',
          at: clock.now(),
          actor,
          outcome: 'done',
          ...(client !== undefined && { client }),
          refs: { request: id, receivedAt: receivedAt.toISOString() },
        } as const;
        const outcome = await journal.append({
          customer,
          log: 'access',
          fence: person.fence,
          entry: { ...shared, subject: person.subject },
          also: { log: 'orders', entry: shared },
          rider: {
            rider: changeRider,
            payload: async (connection) => {
              await connection.query(
                `insert into custody.erasure_request (customer_id, request_id, person_id, received_at, due_at)
                 values ($1, $2, $3, $4, $5)`,
                [customer, id, personId, receivedAt, monthsAfter(receivedAt, 1)],
              );
              return true;
            },
          },
        });
        if (outcome.state === 'stale') return 'stale';
        if (outcome.state !== 'appended') throw new Problem('not_found');
        return { id };
      });
      return get(customer, made.id);
    },
    async extend(customer, id, reason, by) {
      const found = await get(customer, id);
      if (found.extension !== undefined) throw new Problem('request_closed');
      const due = monthsAfter(found.receivedAt, 3);
      return change('request.extended', found, by, { reason }, 'extension = $3, due_at = $4, told = 0', [reason, due]);
    },
    async order(customer, id, coolingMs, by) {
      const found = await get(customer, id);
      if (found.answeredAt !== undefined) throw new Problem('request_closed');
      // Placed by hand meanwhile, or before a crash: who is gone cannot be ordered away again.
      const order =
        (await goingOf(customer, found.person)) ??
        (await place({ customer, scope: 'person', person: found.person }, coolingMs, by.actor, by.client));
      await change('request.ordered', found, by, { order: order.order }, 'order_id = $3', [order.order]);
      return order;
    },
    async answer(customer, id, answer, by) {
      const found = await get(customer, id);
      if (answer.outcome === 'erased' && (found.order === undefined || !(await goingOf(customer, found.person))))
        throw new Problem('input_invalid', { field: 'outcome', reason: 'nothing was ordered for this request' });
      const ground = answer.outcome === 'refused' ? answer.ground : undefined;
      return change(
        'request.answered',
        found,
        by,
        { result: answer.outcome, ...(ground !== undefined && { ground }) },
        'answered_at = $3, outcome = $4, ground = $5',
        [clock.now(), answer.outcome, ground ?? null],
      );
    },
    async list(customer) {
      const rows = await database.query<Row>(
        `select * from custody.erasure_request where customer_id = $1
         order by answered_at is not null, case when answered_at is null then due_at end, received_at desc limit 500`,
        [customer],
      );
      return rows.map(asRequest);
    },
    async remind() {
      const now = clock.now();
      const due = await database.query<Row>(
        `select * from custody.erasure_request where answered_at is null
           and ((told < 1 and due_at < $1) or (told < 2 and due_at <= $2)) limit 100`,
        [new Date(now.getTime() + weekMs), now],
      );
      for (const row of due)
        await database.transaction(async (connection) => {
          const told = await connection.query(
            `update custody.erasure_request set told = $3 where customer_id = $1 and request_id = $2 and told < $3
             returning 1`,
            [row.customer_id, row.request_id, row.due_at <= now ? 2 : 1],
          );
          // Another server was faster.
          if (told.length === 0) return;
          await tell(connection, [
            {
              template: 'request_due',
              accounts: await watchers(row.customer_id),
              refs: { at: row.due_at.toISOString() },
            },
          ]);
        });
    },
  };
}
