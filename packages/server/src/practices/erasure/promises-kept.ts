/** What stands beside the orders: holds, terms of retention, two admins, confirmations of the product, requests of persons. */
import type { Observation, ProbeContext } from '../../claims/probe.ts';
import { dayMs, hourMs, minuteMs } from '../../claims/vocabulary.ts';

const yearMs = 365 * dayMs;
/** How long the servers may take for what is due. */
const turnMs = 15 * minuteMs;
/** Retention is carried out once a day. */
const retentionTurnMs = dayMs + hourMs;
/** Of a collection with a term, so many records that should be gone say enough. */
const enough = 1_000;

const judged = (isThere: boolean, isBroken: boolean, counts: Record<string, number>): Observation =>
  isBroken
    ? { verdict: 'fails', counts }
    : isThere
      ? { verdict: 'holds', counts }
      : { verdict: 'unknown', counts, reason: 'nothing-yet' };

/** No order that is younger than a hold took what it holds; and what waits goes on when nothing holds it any more. */
export async function holdsAreKept({ clock, database }: ProbeContext): Promise<Observation> {
  const now = clock.now();
  const [row] = await database.query<{ holds: number; waiting: number; taken: number; forgotten: number }>(
    `with force as (select * from custody.hold where lifted_at is null and until > $1),
          taking as (select * from custody.erasure_order where state in ('ordered', 'executed', 'final'))
     select (select count(*) from force) as holds,
            (select count(*) from custody.erasure_order where state = 'held') as waiting,
            (select count(*) from force h join taking o on o.customer_id = h.customer_id and o.object_id = h.record_id
               and o.ordered_at > h.placed_at)
            + (select count(*) from force h join taking o on o.customer_id = h.customer_id and o.ordered_at > h.placed_at
               join custody.record r on r.customer_id = o.customer_id and r.order_id = o.order_id
               where (h.person_id is null or h.person_id = r.person_id) and (h.collection is null or h.collection = r.collection)
                 and (h.record_id is null or h.record_id = r.record_id))
            + (select count(*) from force h join taking o on o.customer_id = h.customer_id and o.ordered_at > h.placed_at
               and o.person_id = h.person_id and o.scope = 'person' where h.collection is null) as taken,
            (select count(*) from custody.erasure_order o where o.state = 'held' and o.cooling_until < $2 and o.held_until < $2
               and not exists (select 1 from custody.hold h where h.customer_id = o.customer_id
                 and coalesce(h.lifted_at, h.until) > $2
                 and (o.person_id is null or h.person_id is null or h.person_id = o.person_id))) as forgotten`,
    [now, new Date(now.getTime() - turnMs)],
  );
  const counts = {
    holds: row?.holds ?? 0,
    waiting: row?.waiting ?? 0,
    taken: row?.taken ?? 0,
    forgotten: row?.forgotten ?? 0,
  };
  return judged(counts.holds + counts.waiting > 0, counts.taken + counts.forgotten > 0, counts);
}

/** No record is there longer than its collection keeps it, a day for the daily turn aside. */
export async function retentionIsKept({ clock, database }: ProbeContext): Promise<Observation> {
  const now = clock.now();
  const terms = await database.query<{ customer_id: string; name: string; days: number }>(
    `select customer_id, name, (definition ->> 'retentionDays')::integer as days from custody.collection
     where definition ? 'retentionDays'`,
  );
  let over = 0;
  for (const { customer_id: customer, name, days } of terms) {
    const [row] = await database.query<{ over: number }>(
      `select count(*) as over from (select 1 from custody.record r
         where r.customer_id = $1 and r.collection = $2 and r.updated_at < $3 and r.order_id is null
           and not exists (select 1 from custody.hold h where h.customer_id = r.customer_id
             and (h.person_id is null or h.person_id = r.person_id) and (h.collection is null or h.collection = r.collection)
             and (h.record_id is null or h.record_id = r.record_id) and coalesce(h.lifted_at, h.until) > $4)
         limit ${enough}) as past`,
      [
        customer,
        name,
        new Date(now.getTime() - days * dayMs - retentionTurnMs),
        new Date(now.getTime() - retentionTurnMs),
      ],
    );
    over += row?.over ?? 0;
  }
  return judged(terms.length > 0, over > 0, { terms: terms.length, over });
}

/** Nobody confirmed what they had proposed themselves. */
export async function wholeCustomersTakeTwo({ clock, database }: ProbeContext): Promise<Observation> {
  const [row] = await database.query<{ confirmed: number; alone: number }>(
    `select count(*) as confirmed, count(*) filter (where confirmed_by is null or confirmed_by = proposed_by) as alone
     from custody.erasure_proposal where state = 'confirmed' and ended_at > $1`,
    [new Date(clock.now().getTime() - yearMs)],
  );
  const counts = { confirmed: row?.confirmed ?? 0, alone: row?.alone ?? 0 };
  return judged(counts.confirmed > 0, counts.alone > 0, counts);
}

/** What the product was told of it has confirmed within three days. */
export async function productsFollow({ clock, database }: ProbeContext): Promise<Observation> {
  const now = clock.now().getTime();
  const [row] = await database.query<{ asked: number; confirmed: number; late: number }>(
    `select count(*) as asked, count(followed_at) as confirmed,
            count(*) filter (where coalesce(followed_at, $2) - follow_asked_at > interval '3 days') as late
     from custody.erasure_order where follow_asked_at > $1`,
    [new Date(now - 30 * dayMs), new Date(now)],
  );
  const counts = { asked: row?.asked ?? 0, confirmed: row?.confirmed ?? 0, late: row?.late ?? 0 };
  return judged(counts.asked > 0, counts.late > 0, counts);
}

/** Each person who asked was answered by the day on which it was due: Article 12(3) GDPR. */
export async function requestsAreAnswered({ clock, database }: ProbeContext): Promise<Observation> {
  const now = clock.now().getTime();
  const [row] = await database.query<{ requests: number; answered: number; late: number }>(
    `select count(*) as requests, count(answered_at) as answered,
            count(*) filter (where coalesce(answered_at, $2) > due_at) as late
     from custody.erasure_request where answered_at is null or received_at > $1`,
    [new Date(now - yearMs), new Date(now)],
  );
  const counts = { requests: row?.requests ?? 0, answered: row?.answered ?? 0, late: row?.late ?? 0 };
  return judged(counts.requests > 0, counts.late > 0, counts);
}
