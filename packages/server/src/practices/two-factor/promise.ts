import type { Observation, ProbeContext } from '../../claims/probe.ts';
import { dayMs, hourMs, measured, type Practice, unknown } from '../../claims/vocabulary.ts';
import { brokenRule, passwordSource } from '../../identity/factors/password-rules.ts';
import type { PracticeNeeds } from '../needs.ts';

async function accountsHaveTwoFactors({ database, operator }: ProbeContext): Promise<Observation> {
  const [row] = await database.query<{ accounts: number; without: number; sessions: number; below: number }>(
    `select count(*) as accounts,
            count(*) filter (where not exists (select 1 from identity.passkey p where p.customer_id = a.customer_id and p.account_id = a.account_id)
              and not exists (select 1 from identity.password w where w.customer_id = a.customer_id and w.account_id = a.account_id)
              and not exists (select 1 from identity.link l where l.customer_id = a.customer_id and l.account_id = a.account_id
                and l.used_at is null and l.expires_at > now())) as without,
            (select count(*) from identity.session s where s.customer_id = $1 and s.ended_at is null) as sessions,
            (select count(*) from identity.session s where s.customer_id = $1 and s.ended_at is null
              and s.method not in ('passkey', 'password+totp', 'password+recovery')) as below
     from identity.account a where a.customer_id = $1 and a.state = 'active'`,
    [operator],
  );
  const counts = {
    accounts: row?.accounts ?? 0,
    withoutTwoFactors: row?.without ?? 0,
    sessions: row?.sessions ?? 0,
    sessionsBelow: row?.below ?? 0,
  };
  if (counts.accounts === 0) return { verdict: 'unknown', counts, reason: 'nothing-yet' };
  return { verdict: counts.withoutTwoFactors + counts.sessionsBelow === 0 ? 'holds' : 'fails', counts };
}

const oneFactorIsRefused =
  ({ ask }: PracticeNeeds) =>
  async (): Promise<Observation> => {
    const account = { email: 'probe@obhut.invalid', password: 'a password without a code' };
    const answers = await Promise.all([
      ask('POST', '/v1/sign-in/password', account),
      ask('POST', '/v1/sign-in/password', { ...account, code: '' }),
      ask('POST', '/v1/sign-in/password', { ...account, code: null }),
    ]);
    // Refused for the want of the code, before anybody looks at account or password.
    const refused = answers.filter(({ status, code }) => status === 400 && code === 'input_invalid').length;
    const taken = answers.filter(({ status }) => status < 400).length;
    const counts = { tried: answers.length, refused, taken };
    if (taken > 0) return { verdict: 'fails', counts };
    return refused === answers.length
      ? { verdict: 'holds', counts }
      : { verdict: 'unknown', counts, reason: 'probe-failed' };
  };

/** Passwords that must not be taken. None is anybody's. */
const badPasswords = [
  'kurz',
  'passwort1234',
  'Sommer2026!!',
  'Fruehling2026',
  '123456789012',
  'qwertzuiopü12',
  'aaaaaaaaaaaaaa',
  'Password12345',
];
const longestRuleAgeMs = 365 * dayMs;

async function badPasswordsAreRefused({ clock }: ProbeContext): Promise<Observation> {
  const broken = await Promise.all(badPasswords.map((word) => brokenRule(word, { words: [] })));
  const refused = broken.filter((rule) => rule !== undefined).length;
  const age = clock.now().getTime() - new Date(passwordSource.date).getTime();
  const counts = { tried: badPasswords.length, refused, rulesOf: passwordSource.date };
  if (age > longestRuleAgeMs) return { verdict: 'unknown', counts, reason: 'rules-too-old' };
  return { verdict: refused === badPasswords.length ? 'holds' : 'fails', counts };
}

export function createTwoFactor(needs: PracticeNeeds): Practice {
  return {
    id: 'two-factor',
    title: { de: 'Zwei Faktoren', en: 'Two factors' },
    sentences: [
      {
        id: 'two-factor.everyone',
        statements: ['S17'],
        text: {
          de: 'Wir alle melden uns mit zwei Faktoren an. Mit einem kommt niemand hinein.',
          en: 'All of us sign in with two factors. With one nobody gets in.',
        },
        claims: [
          measured({
            id: 'two-factor.accounts',
            predicate: {
              de: 'Kein Konto und keine Sitzung mit weniger als zwei Faktoren.',
              en: 'No account and no session with fewer than two factors.',
            },
            limits: {
              de: 'Konten in Obhut. Andere Dienste, die wir nutzen, sind nicht erfasst. Ein zurückgesetztes Konto hat einen Tag, neue Faktoren einzurichten.',
              en: 'Accounts of Obhut. Other services that we use are not covered. An account that was reset has a day to set up new factors.',
            },
            figures: {
              de: 'Konten: {accounts}, mit weniger als zwei Faktoren: {withoutTwoFactors}. Sitzungen: {sessions}, darunter: {sessionsBelow}.',
              en: 'Accounts: {accounts}, with fewer than two factors: {withoutTwoFactors}. Sessions: {sessions}, below that: {sessionsBelow}.',
            },
            references: [
              { catalogue: 'C5:2026', id: 'IAM-08' },
              { catalogue: 'SOC 2', id: 'CC6' },
            ],
            probe: {
              id: 'accounts-have-two-factors',
              version: 3,
              everyMs: hourMs / 4,
              timeoutMs: 20_000,
              run: accountsHaveTwoFactors,
            },
          }),
          measured({
            id: 'two-factor.one-is-refused',
            predicate: {
              de: 'Der Weg mit Passwort nimmt keine Anmeldung ohne zweiten Faktor an; es wird versucht.',
              en: 'The way with a password takes no sign-in without a second factor; it is tried.',
            },
            limits: {
              de: 'Versucht wird es ohne Code und mit leerem Code. Dass ein falscher Code nicht genügt, zählt jede Anmeldung für sich.',
              en: 'It is tried without a code and with an empty one. That a wrong code is not enough each sign-in shows for itself.',
            },
            figures: { de: 'Versuche: {tried}, abgewiesen: {refused}.', en: 'Tried: {tried}, refused: {refused}.' },
            probe: {
              id: 'one-factor-is-refused',
              version: 2,
              everyMs: hourMs,
              timeoutMs: 20_000,
              run: oneFactorIsRefused(needs),
            },
          }),
        ],
      },
      {
        id: 'two-factor.manager',
        statements: ['S18', 'S20'],
        text: {
          de: 'Passwörter entstehen und liegen im Passwortmanager des Unternehmens.',
          en: "Passwords are made and kept in the company's password manager.",
        },
        claims: [
          unknown({
            id: 'two-factor.managed',
            predicate: { de: 'Jedes Konto nutzt den Passwortmanager.', en: 'Every account uses the password manager.' },
            missing: {
              de: 'Die Liste der Mitglieder des Passwortmanagers kann noch nicht eingelesen werden.',
              en: "The password manager's list of members cannot be imported yet.",
            },
            byHand: 'declared',
          }),
        ],
      },
      {
        id: 'two-factor.passwords',
        statements: ['S19'],
        text: {
          de: 'Passwörter genügen mindestens den Empfehlungen des BSI.',
          en: "Passwords meet at least the BSI's recommendations.",
        },
        claims: [
          measured({
            id: 'two-factor.bad-passwords-refused',
            predicate: {
              de: 'Kurze, übliche und erratbare Passwörter werden versucht und abgewiesen; die Regeln sind jünger als ein Jahr.',
              en: 'Short, common and guessable passwords are tried and refused; the rules are less than a year old.',
            },
            limits: { de: `Quelle: ${passwordSource.name}.`, en: `Source: ${passwordSource.name}.` },
            figures: {
              de: 'Versuchte Passwörter: {tried}, abgewiesen: {refused}.',
              en: 'Passwords tried: {tried}, refused: {refused}.',
            },
            references: [{ catalogue: 'ISO 27001:2022', id: 'A.5.17' }],
            probe: { id: 'bad-passwords', version: 1, everyMs: dayMs, timeoutMs: 30_000, run: badPasswordsAreRefused },
          }),
        ],
      },
    ],
  };
}
