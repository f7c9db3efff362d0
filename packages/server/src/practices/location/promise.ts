import { hourMs, measured, type Practice, unknown } from '../../claims/vocabulary.ts';
import type { PracticeNeeds } from '../needs.ts';
import {
  databaseInAllowedCountry,
  refusedElsewhere,
  sitesInAllowedCountries,
  weaknessesCanBeReported,
} from './probes.ts';

export function createLocation(needs: PracticeNeeds): Practice {
  const countries = (locale: string) =>
    needs.settings.allowedCountries
      .map((code) => new Intl.DisplayNames([locale], { type: 'region' }).of(code) ?? code)
      .join(', ');
  return {
    id: 'location',
    title: { de: 'Ort und Offenheit', en: 'Place and openness' },
    sentences: [
      {
        id: 'location.where',
        statements: ['S1'],
        text: {
          de: `Personenbezogene Daten liegen nur in ${countries('de')}, in geprüften Rechenzentren.`,
          en: `Personal data lies in ${countries('en')} only, in audited data centres.`,
        },
        claims: [
          measured({
            id: 'location.sites',
            predicate: {
              de: 'Jeder Standort für Objekte, Tresore und Köpfe liegt in einem erlaubten Land.',
              en: 'Every site for objects, safes and heads lies in an allowed country.',
            },
            limits: {
              de: 'Das Land eines Standorts ist vom Betreiber erklärt.',
              en: 'The country of a site is declared by the operator.',
            },
            figures: {
              de: 'Standorte: {sites}, in anderen Ländern: {elsewhere}.',
              en: 'Sites: {sites}, in other countries: {elsewhere}.',
            },
            references: [{ catalogue: 'C5:2026', id: 'GC-01' }],
            probe: {
              id: 'sites-in-allowed-countries',
              version: 1,
              everyMs: hourMs,
              timeoutMs: 5_000,
              run: sitesInAllowedCountries(needs),
            },
          }),
          measured({
            id: 'location.refused-elsewhere',
            predicate: {
              de: 'Ein Standort in einem anderen Land wird abgelehnt; das wird versucht.',
              en: 'A site in another country is refused; it is tried.',
            },
            limits: {
              de: 'Versucht wird die Einrichtung, nicht jeder einzelne Schreibvorgang.',
              en: 'What is tried is setting it up, not every single write.',
            },
            probe: {
              id: 'refused-elsewhere',
              version: 1,
              everyMs: hourMs,
              timeoutMs: 5_000,
              run: refusedElsewhere(needs),
            },
          }),
          measured({
            id: 'location.database',
            predicate: {
              de: 'Die Datenbank steht in einem erlaubten Land.',
              en: 'The database stands in an allowed country.',
            },
            limits: {
              de: 'Das Land ist vom Betreiber erklärt (Einstellung database.country).',
              en: 'The country is declared by the operator (setting database.country).',
            },
            references: [{ catalogue: 'C5:2026', id: 'GC-01' }],
            probe: {
              id: 'database-in-allowed-country',
              version: 1,
              everyMs: hourMs,
              timeoutMs: 5_000,
              run: databaseInAllowedCountry(needs),
            },
          }),
          unknown({
            id: 'location.data-centres',
            predicate: { de: 'Die Rechenzentren sind geprüft.', en: 'The data centres are audited.' },
            missing: {
              de: 'Für die Rechenzentren ist kein Zertifikat hinterlegt.',
              en: 'No certificate of the data centres is on file.',
            },
            byHand: 'attested',
          }),
        ],
      },
      {
        id: 'location.tested',
        statements: ['S2'],
        text: {
          de: 'Die Rechenzentren werden regelmäßig auf Sicherheit und Erreichbarkeit geprüft.',
          en: 'The data centres are tested regularly for security and availability.',
        },
        claims: [
          unknown({
            id: 'location.tests',
            predicate: {
              de: 'Die letzte Prüfung ist nicht älter als ein Jahr.',
              en: 'The last test is not older than a year.',
            },
            missing: {
              de: 'Eine Prüfung der Standorte ist nicht hinterlegt.',
              en: 'No test of the sites is on file.',
            },
            byHand: 'declared',
          }),
        ],
      },
      {
        id: 'location.openness',
        statements: ['S3'],
        text: {
          de: 'Wir erklären Sicherheit so offen wie möglich: Diese Seite zeigt auch, was nicht gilt und was wir nicht wissen.',
          en: 'We explain security as openly as we can: this page also shows what does not hold and what we do not know.',
        },
        claims: [
          measured({
            id: 'location.page-in-log',
            predicate: {
              de: 'Jede Zusage und jeder Nachweis dieser Seite steht im öffentlichen Protokoll, auch zurückgezogene.',
              en: 'Every promise and every proof of this page stands in the public log, withdrawn ones too.',
            },
            limits: {
              de: 'Dass nichts Wichtiges ungesagt bleibt, kann keine Messung zeigen.',
              en: 'That nothing of importance remains unsaid no measurement can show.',
            },
            figures: {
              de: 'Gezeigte Sätze: {shown}, ohne Eintrag: {missing}.',
              en: 'Sentences shown: {shown}, without an entry: {missing}.',
            },
            probe: {
              id: 'page-in-log',
              version: 3,
              everyMs: hourMs,
              timeoutMs: 30_000,
              async run({ database, operator }) {
                const [row] = await database.query<{ shown: number; missing: number }>(
                  `select count(*) as shown,
                          count(*) filter (where e.idx is null
                            or position(convert_to('"' || s.named || '":"' || s.name || '"', 'UTF8') in e.body) = 0) as missing
                   from (select idx, generation, 'claim' as named, claim as name from claims.proof where customer_id = $1
                         union all select idx, generation, 'claim', claim from claims.day
                           where customer_id = $1 and day > now() - interval '90 days'
                         union all select idx, generation, 'claim', claim from claims.attestation
                           where customer_id = $1 and idx is not null
                         union all select idx, generation, 'sentence', sentence from claims.sentence where customer_id = $1) s
                   left join journal.log l on l.customer_id = $1 and l.kind = 'page' and l.generation = s.generation
                   left join journal.entry e on e.customer_id = $1 and e.log_id = l.log_id and e.idx = s.idx`,
                  [operator],
                );
                const counts = { shown: row?.shown ?? 0, missing: row?.missing ?? 0 };
                if (counts.shown === 0) return { verdict: 'unknown', counts, reason: 'nothing-yet' };
                return { verdict: counts.missing === 0 ? 'holds' : 'fails', counts };
              },
            },
          }),
        ],
      },
      {
        id: 'location.questions',
        statements: ['S4'],
        text: { de: 'Fragen beantworten wir so schnell wie möglich.', en: 'We answer questions as soon as we can.' },
        claims: [
          measured({
            id: 'location.reachable',
            predicate: {
              de: 'Wer eine Schwachstelle findet, liest in security.txt, wohin damit, und die Angabe läuft nicht bald ab.',
              en: 'Whoever finds a weakness reads in security.txt where to report it, and it does not expire soon.',
            },
            limits: {
              de: 'Ob jemand antwortet, zeigt das nicht.',
              en: 'Whether somebody answers it does not show.',
            },
            probe: {
              id: 'security-txt',
              version: 1,
              everyMs: hourMs,
              timeoutMs: 5_000,
              run: weaknessesCanBeReported(needs),
            },
          }),
          unknown({
            id: 'location.answers',
            predicate: {
              de: 'Die Zeit bis zur ersten Antwort wird gemessen.',
              en: 'The time to the first answer is measured.',
            },
            missing: { de: 'Fragen werden noch nicht erfasst.', en: 'Questions are not recorded yet.' },
          }),
        ],
      },
    ],
  };
}
