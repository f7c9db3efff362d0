import { policyHashLength } from '../../access/policies.ts';
import type { Observation, ProbeContext } from '../../claims/probe.ts';
import { staffRoles } from '../../identity/caller.ts';
import type { GrantId } from '../../platform/ids/ids.ts';
import type { PracticeNeeds } from '../needs.ts';

/**
 * Every use of a grant that the history shows, against its entry in the customer's log, which names the same grant. The
 * bytes are compared as they stand: whoever reads an entry's JSON for each of a million uses slows everybody.
 */
export async function usesHaveEntries({ database }: ProbeContext): Promise<Observation> {
  const [row] = await database.query<{ uses: number; without: number }>(
    `select count(*) as uses,
            count(*) filter (where e.idx is null or position(convert_to('"grant":"' || u.grant_id || '"', 'UTF8') in e.body) = 0) as without
     from access.use u
     left join journal.log l on l.customer_id = u.customer_id and l.kind = 'access' and l.generation = u.generation
     left join journal.entry e on e.customer_id = u.customer_id and e.log_id = l.log_id and e.idx = u.idx
     where u.at > now() - interval '90 days'`,
  );
  const counts = { uses: row?.uses ?? 0, without: row?.without ?? 0 };
  return { verdict: counts.without === 0 ? 'holds' : 'fails', counts };
}

/** Asks the policies, for every role, whether somebody may see data without a grant. */
export const noStandingRights =
  ({ policies }: PracticeNeeds) =>
  async ({ operator }: ProbeContext): Promise<Observation> => {
    const allowed = staffRoles.filter((role) => policies.decideForRole(role, 'data.view', operator).allowed).length;
    return {
      verdict: allowed === 0 ? 'holds' : 'fails',
      counts: { roles: staffRoles.length, allowed, policies: policies.hash.slice(0, policyHashLength) },
    };
  };

/** What was late stays in the history of the page, also when it was made up for. */
const lateDays = 90;

/** Grants that were active without what a grant needs, and emergencies that were not reviewed within their day. */
export async function grantsAreComplete({ clock, database }: ProbeContext): Promise<Observation> {
  const [row] = await database.query<{ grants: number; incomplete: number; unreviewed: number; late: number }>(
    `select count(*) as grants,
            count(*) filter (where ends_at is null or consent is null or octet_length(texts) < 30
              or (not emergency and agreed_by is null) or agreed_by = requester_id
              or (consent = 'customer' and signature is null)) as incomplete,
            count(*) filter (where emergency and reviewed_at is null and review_due_at < $1) as unreviewed,
            count(*) filter (where emergency and reviewed_at > review_due_at
              and reviewed_at > $1::timestamptz - interval '${lateDays} days') as late
     from access.grant where starts_at is not null and starts_at > $1::timestamptz - interval '365 days'`,
    [clock.now()],
  );
  const counts = {
    grants: row?.grants ?? 0,
    incomplete: row?.incomplete ?? 0,
    unreviewed: row?.unreviewed ?? 0,
    reviewedLate: row?.late ?? 0,
  };
  return { verdict: counts.incomplete + counts.unreviewed + counts.reviewedLate === 0 ? 'holds' : 'fails', counts };
}

const someId = '00000000-0000-4000-8000-000000000000';

/** The parameters of a path, filled in with what there is not. */
const pathOf = (url: string) =>
  url.replaceAll(/:(\w+)/g, (_, name: string) => (name === 'collection' ? 'any' : someId));

/** A grant that is active now, to be tried by those whose it is not. */
async function activeGrant({ clock, database }: ProbeContext): Promise<GrantId | undefined> {
  const [row] = await database.query<{ grant_id: GrantId }>(
    "select grant_id from access.grant where state = 'active' and ends_at > $1 order by starts_at desc limit 1",
    [clock.now()],
  );
  return row?.grant_id;
}

/**
 * Tries every way on which data could be had: as nobody in particular, as each role of the staff without a grant (with one
 * that does not exist, and with somebody else's), and at the inner door without a receipt.
 */
export const readingWithoutEntry =
  ({ ask, releasing, openWithoutReceipt, viewWithoutGrant }: PracticeNeeds) =>
  async (context: ProbeContext): Promise<Observation> => {
    const answers = await Promise.all(
      releasing.map(({ method, url }) => ask(method, pathOf(url), method === 'GET' ? undefined : { items: [] })),
    );
    const refused = answers.filter(({ status }) => status === 401).length;
    const foreign = await activeGrant(context);
    const sessions = await viewWithoutGrant(staffRoles, foreign);
    const withoutReceipt = openWithoutReceipt();
    const allRefused = refused === answers.length && refused > 0 && sessions.refused === sessions.tried;
    return {
      verdict: allRefused && sessions.tried > 0 && withoutReceipt === 'receipt_refused' ? 'holds' : 'fails',
      counts: {
        routes: answers.length,
        refused,
        sessionsTried: sessions.tried,
        sessionsRefused: sessions.refused,
        foreignGrants: foreign === undefined ? 0 : 1,
        withoutReceipt,
      },
    };
  };

/** What the mail server took is written down with the grant a moment later. */
const writtenDownMs = 60_000;

/** Every access of the last months, and whether its customer was told within 72 hours; one that was told late stays late. */
export async function customersAreTold({ clock, database }: ProbeContext): Promise<Observation> {
  const now = clock.now();
  const [row] = await database.query<{ accesses: number; overdue: number; late: number }>(
    `select count(*) as accesses,
            count(*) filter (where notice_sent_at is null and notice_due_at < $2) as overdue,
            count(*) filter (where notice_sent_at > notice_due_at) as late
     from access.grant where first_access_at > $1::timestamptz - interval '${lateDays} days'`,
    [now, new Date(now.getTime() - writtenDownMs)],
  );
  const counts = { accesses: row?.accesses ?? 0, overdue: row?.overdue ?? 0, toldLate: row?.late ?? 0 };
  return { verdict: counts.overdue + counts.toldLate === 0 ? 'holds' : 'fails', counts };
}

/** Every log against the heads that lie outside the database, and a sample of entries on their paths. */
export const logsAreConsistent =
  ({ consistency }: PracticeNeeds) =>
  async ({ database, signal }: ProbeContext): Promise<Observation> => {
    const { complete, ...counts } = await consistency(database, signal);
    if (counts.broken > 0) return { verdict: 'fails', counts };
    return complete ? { verdict: 'holds', counts } : { verdict: 'unknown', counts, reason: 'timeout' };
  };

/** What this server opened, against the entries that allowed it: each must be there, with the same digest. */
export const openingsHaveEntries =
  ({ openings }: PracticeNeeds) =>
  async ({ database }: ProbeContext): Promise<Observation> => {
    const { total, newest } = openings();
    const [row] = await database.query<{ found: number }>(
      `select count(*) as found
       from unnest($1::text[], $2::bigint[], $3::bytea[]) as want (origin, idx, leaf)
       join journal.log l on l.origin = want.origin
       join journal.entry e on e.customer_id = l.customer_id and e.log_id = l.log_id and e.idx = want.idx and e.leaf = want.leaf`,
      [newest.map(({ origin }) => origin), newest.map(({ index }) => index), newest.map(({ leaf }) => leaf)],
    );
    const counts = { opened: total, compared: newest.length, without: newest.length - (row?.found ?? 0) };
    if (total === 0) return { verdict: 'unknown', counts, reason: 'nothing-yet' };
    return { verdict: counts.without === 0 ? 'holds' : 'fails', counts };
  };
