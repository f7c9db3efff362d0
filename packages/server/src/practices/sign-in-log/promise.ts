import type { Observation, ProbeContext } from '../../claims/probe.ts';
import { hourMs, measured, type Practice } from '../../claims/vocabulary.ts';

const probe = { version: 4, everyMs: hourMs / 4, timeoutMs: 30_000 };

/** Sessions against sign-ins, both ways, and sign-ins against entries. */
async function sessionsHaveEntries({ database, operator }: ProbeContext): Promise<Observation> {
  const [row] = await database.query<{ sessions: number; sign_ins: number; without: number }>(
    `with s as (select account_id, count(*) as n from identity.session
                where customer_id = $1 and created_at > now() - interval '90 days' group by 1),
          i as (select account_id, count(*) as n from identity.sign_in
                where customer_id = $1 and act = 'sign-in' and outcome = 'ok' and at > now() - interval '90 days' group by 1)
     select coalesce(sum(s.n), 0)::bigint as sessions, coalesce(sum(i.n), 0)::bigint as sign_ins,
            count(*) filter (where s.n is distinct from i.n) as without
     from s full join i using (account_id)`,
    [operator],
  );
  const [entries] = await database.query<{ missing: number }>(
    `select count(*) filter (where e.idx is null
              or position(convert_to('"signIn":"' || s.sign_in_id || '"', 'UTF8') in e.body) = 0) as missing
     from identity.sign_in s
     left join journal.log l on l.customer_id = s.customer_id and l.kind = s.log and l.generation = s.generation
     left join journal.entry e on e.customer_id = s.customer_id and e.log_id = l.log_id and e.idx = s.idx
     where s.customer_id = $1 and s.at between now() - interval '90 days' and now() - interval '1 minute'`,
    [operator],
  );
  const counts = {
    sessions: row?.sessions ?? 0,
    signIns: row?.sign_ins ?? 0,
    accountsThatDiffer: row?.without ?? 0,
    withoutEntry: entries?.missing ?? 0,
  };
  if (counts.accountsThatDiffer + counts.withoutEntry > 0) return { verdict: 'fails', counts };
  return counts.signIns > 0 ? { verdict: 'holds', counts } : { verdict: 'unknown', counts, reason: 'nothing-yet' };
}

const share =
  (name: string, condition: string) =>
  async ({ database, operator }: ProbeContext): Promise<Observation> => {
    const [row] = await database.query<{ attempts: number; without: number }>(
      `select count(*) as attempts, count(*) filter (where not (${condition})) as without
       from identity.sign_in where customer_id = $1 and at > now() - interval '90 days'`,
      [operator],
    );
    const counts = { attempts: row?.attempts ?? 0, [name]: row?.without ?? 0 };
    if (counts.attempts === 0) return { verdict: 'unknown', counts, reason: 'nothing-yet' };
    return { verdict: row?.without === 0 ? 'holds' : 'fails', counts };
  };

export function createSignInLog(): Practice {
  return {
    id: 'sign-in-log',
    title: { de: 'Protokoll der Anmeldungen', en: 'Log of sign-ins' },
    sentences: [
      {
        id: 'sign-in-log.every',
        statements: ['S14'],
        text: {
          de: 'Jede Anmeldung von uns wird protokolliert, auch jede abgewiesene.',
          en: 'Every sign-in of ours is logged, every refused one too.',
        },
        claims: [
          measured({
            id: 'sign-in-log.sessions-have-entries',
            predicate: {
              de: 'Zu jeder Sitzung gibt es eine Anmeldung und umgekehrt, und zu jeder Anmeldung ihren Eintrag.',
              en: 'For every session there is a sign-in and the other way round, and for every sign-in its entry.',
            },
            limits: {
              de: 'Anmeldungen an Obhut, in den letzten 90 Tagen.',
              en: 'Sign-ins to Obhut, in the last 90 days.',
            },
            figures: {
              de: 'Anmeldungen: {signIns}, Sitzungen: {sessions}, ohne Eintrag: {withoutEntry}.',
              en: 'Sign-ins: {signIns}, sessions: {sessions}, without an entry: {withoutEntry}.',
            },
            references: [
              { catalogue: 'ISO 27001:2022', id: 'A.8.15' },
              { catalogue: 'SOC 2', id: 'CC7' },
            ],
            probe: { ...probe, id: 'sessions-have-entries', run: sessionsHaveEntries },
          }),
        ],
      },
      {
        id: 'sign-in-log.device',
        statements: ['S15'],
        text: {
          de: 'Zu jeder Anmeldung steht im Protokoll, von welcher Art Gerät sie kam.',
          en: 'For every sign-in the log says from which type of device it came.',
        },
        claims: [
          measured({
            id: 'sign-in-log.device-type',
            predicate: {
              de: 'Jede gelungene Anmeldung nennt eine bekannte Geräteart, wie der Browser sie meldet.',
              en: 'Every sign-in that went through names a known type of device, as the browser reports it.',
            },
            limits: { de: 'Ein Browser kann Falsches melden.', en: 'A browser can report what is not so.' },
            figures: {
              de: 'Versuche: {attempts}, ohne Geräteart: {withoutType}.',
              en: 'Attempts: {attempts}, without a type of device: {withoutType}.',
            },
            probe: {
              ...probe,
              id: 'device-type',
              version: 3,
              run: share('withoutType', "outcome <> 'ok' or device_type not in ('', 'unknown')"),
            },
          }),
        ],
      },
      {
        id: 'sign-in-log.address',
        statements: ['S16'],
        text: {
          de: 'Und die IP-Adresse der Verbindung, versiegelt.',
          en: 'And the IP address of the connection, sealed.',
        },
        claims: [
          measured({
            id: 'sign-in-log.address-kept',
            predicate: {
              de: 'Zu jedem Versuch liegt eine versiegelte Herkunft.',
              en: 'For every attempt there is a sealed origin.',
            },
            limits: {
              de: 'Die Messung öffnet sie nicht. Ob die richtige Adresse darin steht, prüfen nur die Tests des Programms.',
              en: 'The measurement does not open it. Whether it holds the right address only the tests of the program check.',
            },
            figures: {
              de: 'Versuche: {attempts}, ohne Herkunft: {withoutOrigin}.',
              en: 'Attempts: {attempts}, without an origin: {withoutOrigin}.',
            },
            probe: { ...probe, id: 'address-kept', run: share('withoutOrigin', 'octet_length(detail) > 60') },
          }),
        ],
      },
    ],
  };
}
