import { hourMs, measured, minuteMs, type Practice } from '../../claims/vocabulary.ts';
import { open } from '../later.ts';
import type { PracticeNeeds } from '../needs.ts';
import { closedEpochsAreGone, ledgerIsWhole, ordersAreCarriedOut, ordersEndInTime } from './probes.ts';
import {
  holdsAreKept,
  productsFollow,
  requestsAreAnswered,
  retentionIsKept,
  wholeCustomersTakeTwo,
} from './promises-kept.ts';

const probe = { version: 1, everyMs: hourMs, timeoutMs: 60_000 };

export function createErasure(needs: PracticeNeeds): Practice {
  return {
    id: 'erasure',
    title: { de: 'Löschung von Kundendaten', en: 'Erasure of customer data' },
    sentences: [
      {
        id: 'erasure.any-time',
        statements: ['S21'],
        text: {
          de: 'Admins löschen Kundendaten jederzeit selbst.',
          en: 'Admins delete customer data themselves, at any time.',
        },
        claims: [
          measured({
            id: 'erasure.carried-out',
            predicate: {
              de: 'Jeder Löschauftrag ist 15 Minuten nach Ablauf seiner Bedenkzeit ausgeführt.',
              en: 'Every order of erasure is carried out 15 minutes after the time to take it back is over.',
            },
            limits: {
              de: 'Gezählt werden die Aufträge der letzten 30 Tage.',
              en: 'The orders of the last 30 days are counted.',
            },
            figures: {
              de: 'Aufträge in 30 Tagen: {orders}. Bis die Schlüssel tot waren, dauerte es bei der Hälfte {medianMinutes:time}, bei 99 von 100 höchstens {p99Minutes:time}, am längsten {longestMinutes:time}, die Bedenkzeit eingerechnet.',
              en: 'Orders in 30 days: {orders}. Until the keys were dead it took {medianMinutes:time} for half of them, {p99Minutes:time} at most for 99 of 100, {longestMinutes:time} at the longest, with the time to take it back.',
            },
            references: [{ catalogue: 'ISO 27001:2022', id: 'A.8.10' }],
            probe: { ...probe, version: 2, id: 'orders-carried-out', run: ordersAreCarriedOut },
          }),
        ],
      },
      {
        id: 'erasure.irrevocable',
        statements: ['S22'],
        text: {
          de: 'Spätestens nach 24 Stunden sind sie unwiederbringlich fort, auch aus jeder Sicherung.',
          en: 'After 24 hours at the latest they are gone irrevocably, from every backup too.',
        },
        claims: [
          measured({
            id: 'erasure.in-time',
            predicate: {
              de: 'Kein Löschauftrag ist älter als 24 Stunden und offen, und keiner der letzten 30 Tage brauchte länger.',
              en: 'No order of erasure is older than 24 hours and open, and none of the last 30 days took longer.',
            },
            limits: {
              de: 'Gemessen bis zu dem Augenblick, in dem der Schlüssel der Epoche in jedem Tresor zerstört war.',
              en: 'Measured up to the moment when the key of the epoch was destroyed in every safe.',
            },
            figures: {
              de: 'Endgültig in 30 Tagen: {final}, die Hälfte in {medianMinutes:time}, 99 von 100 in höchstens {p99Minutes:time}, der längste in {longestMinutes:time}.',
              en: 'Final in 30 days: {final}, half of them within {medianMinutes:time}, 99 of 100 within {p99Minutes:time}, the longest within {longestMinutes:time}.',
            },
            references: [{ catalogue: 'ISO 27001:2022', id: 'A.8.10' }],
            probe: { ...probe, version: 2, id: 'orders-in-time', run: ordersEndInTime },
          }),
          measured({
            id: 'erasure.epochs-gone',
            predicate: {
              de: 'Kein Tresor hat den Schlüssel einer geschlossenen Epoche.',
              en: 'No safe holds the key of a closed epoch.',
            },
            limits: {
              de: 'Dass das Medium eines Tresors wirklich vergisst, ist erklärt und nicht gemessen.',
              en: 'That the medium of a safe really forgets is declared, not measured.',
            },
            figures: {
              de: 'Geschlossene Epochen: {closed}, noch in einem Tresor: {kept}.',
              en: 'Closed epochs: {closed}, still in a safe: {kept}.',
            },
            references: [{ catalogue: 'C5:2020', id: 'CRY-04' }],
            probe: { ...probe, id: 'closed-epochs-gone', run: closedEpochsAreGone(needs.livingEpochs) },
          }),
          measured({
            id: 'erasure.ledger',
            predicate: {
              de: 'Das Verzeichnis der Löschungen ist an jedem Standort vollständig, vom ersten Auftrag an.',
              en: 'The ledger of erasures is complete at every site, from the first order on.',
            },
            limits: {
              de: 'Gelesen wird es von der ersten Zeile an, mit Unterschrift und Kette. Dass nach einer Wiederherstellung nichts wiederkehrt, prüfen die Tests des Programms.',
              en: 'It is read from its first line on, with signature and chain. That nothing comes back after a restore is what the tests of the program check.',
            },
            figures: {
              de: 'Zeilen: {lines}, Standorte: {sites}, davon unvollständig: {behind}.',
              en: 'Lines: {lines}, sites: {sites}, of these incomplete: {behind}.',
            },
            references: [{ catalogue: 'ISO 27001:2022', id: 'A.8.10' }],
            probe: { ...probe, id: 'ledger-is-whole', run: ledgerIsWhole(needs.ledger) },
          }),
          measured({
            id: 'erasure.canary',
            predicate: {
              de: 'Eine eigens angelegte Person wurde gelöscht, und ihre vorher gesicherten Kopien öffnet kein lebender Schlüssel.',
              en: 'A person made for it was erased, and no living key opens the copies of it that were kept before.',
            },
            limits: {
              de: 'Zweimal am Tag eine neue; die Kopien der letzten 30 Tage liegen beim Verzeichnis der Löschungen und überdauern einen Neustart.',
              en: 'A new one twice a day; the copies of the last 30 days lie beside the erasure ledger and outlast a restart.',
            },
            figures: {
              de: 'Gejagt: {hunted}, tot: {dead}, geöffnet: {opened}.',
              en: 'Hunted: {hunted}, dead: {dead}, opened: {opened}.',
            },
            references: [{ catalogue: 'ISO 27001:2022', id: 'A.8.10' }],
            probe: { ...probe, id: 'erasure-canary', timeoutMs: 5 * minuteMs, run: () => needs.canary() },
          }),
        ],
      },
      {
        id: 'erasure.two-admins',
        statements: [],
        text: {
          de: 'Einen ganzen Kunden löschen zwei seiner Admins gemeinsam.',
          en: 'A whole customer is deleted by two of its admins together.',
        },
        claims: [
          measured({
            id: 'erasure.second-admin',
            predicate: {
              de: 'Jeden bestätigten Vorschlag, einen ganzen Kunden zu löschen, hat ein anderer bestätigt, als ihn gemacht hat.',
              en: 'Every confirmed proposal to delete a whole customer was confirmed by somebody else than who made it.',
            },
            figures: {
              de: 'Bestätigte Vorschläge: {confirmed}, von einer Person allein: {alone}.',
              en: 'Confirmed proposals: {confirmed}, by one person alone: {alone}.',
            },
            limits: {
              de: 'Gezählt wird ein Jahr. Hat ein Kunde nur einen Admin, oder ordnet ein Dienst an, gibt es keinen Vorschlag; dann bleibt die Bedenkzeit.',
              en: 'A year is counted. Where a customer has one admin only, or a service orders, there is no proposal; then the time to take it back remains.',
            },
            references: [{ catalogue: 'ISO 27001:2022', id: 'A.8.10' }],
            probe: { ...probe, id: 'two-admins', run: wholeCustomersTakeTwo },
          }),
        ],
      },
      {
        id: 'erasure.holds',
        statements: [],
        text: {
          de: 'Was aus Rechtsgründen gesperrt ist, bleibt bis zum letzten Tag der Sperre und geht dann von selbst.',
          en: 'What is under a legal hold stays until its last day, and then goes by itself.',
        },
        claims: [
          measured({
            id: 'erasure.holds-kept',
            predicate: {
              de: 'Kein Auftrag nahm, was eine ältere, laufende Sperre hält, und keiner wartet 15 Minuten länger als die letzte.',
              en: 'No order took what an older hold in force keeps, and none waits 15 minutes longer than the last of them.',
            },
            figures: {
              de: 'Sperren: {holds}, wartende Aufträge: {waiting}. Trotzdem genommen: {taken}, vergessen: {forgotten}.',
              en: 'Holds: {holds}, orders that wait: {waiting}. Taken all the same: {taken}, forgotten: {forgotten}.',
            },
            limits: {
              de: 'Die Sperren einer Person gehen mit ihr; danach sieht sie niemand mehr. Ein Auftrag, der vor der Sperre da war, geht seinen Weg.',
              en: 'The holds of a person go with the person; nobody sees them after that. An order that was there before the hold goes its way.',
            },
            probe: { ...probe, id: 'holds-kept', run: holdsAreKept },
          }),
        ],
      },
      {
        id: 'erasure.retention',
        statements: [],
        text: {
          de: 'Was seine Frist hinter sich hat, löschen wir, ohne dass jemand fragt.',
          en: 'What is past its term we delete without anybody asking.',
        },
        claims: [
          measured({
            id: 'erasure.retention-kept',
            predicate: {
              de: 'Kein Datensatz ist länger unverändert da, als seine Sammlung erlaubt, einen Tag für den täglichen Lauf dazu.',
              en: 'No record is there unchanged for longer than its collection allows, a day for the daily turn added.',
            },
            figures: {
              de: 'Sammlungen mit Frist: {terms}, Datensätze darüber hinaus: {over}.',
              en: 'Collections with a term: {terms}, records beyond it: {over}.',
            },
            limits: {
              de: 'Nur Sammlungen mit einer Frist. Was eine Sperre hält, zählt nicht.',
              en: 'Collections with a term only. What a hold keeps does not count.',
            },
            references: [{ catalogue: 'ISO 27001:2022', id: 'A.8.10' }],
            probe: { ...probe, id: 'retention-kept', everyMs: 6 * hourMs, run: retentionIsKept },
          }),
        ],
      },
      {
        id: 'erasure.followers',
        statements: [],
        text: {
          de: 'Auch das Produkt löscht seine eigene Kopie und bestätigt es.',
          en: 'The product deletes its own copy too, and confirms it.',
        },
        claims: [
          measured({
            id: 'erasure.followed',
            predicate: {
              de: 'Jede Löschung, die dem Produkt gemeldet wurde, hat es binnen drei Tagen bestätigt.',
              en: 'Every erasure that the product was told of it has confirmed within three days.',
            },
            figures: {
              de: 'Gemeldet: {asked}, bestätigt: {confirmed}, zu spät: {late}.',
              en: 'Told: {asked}, confirmed: {confirmed}, too late: {late}.',
            },
            limits: {
              de: 'Die letzten 30 Tage. Ob das Produkt wirklich gelöscht hat, ist sein Wort; gemessen ist nur, dass es das gesagt hat.',
              en: 'The last 30 days. Whether the product really deleted is its word; measured is only that it said so.',
            },
            probe: { ...probe, id: 'products-follow', run: productsFollow },
          }),
        ],
      },
      {
        id: 'erasure.requests',
        statements: [],
        text: {
          de: 'Wer die Löschung der eigenen Daten verlangt, hat die Antwort in der Frist des Gesetzes.',
          en: 'Whoever asks for the erasure of their own data has the answer within the time of the law.',
        },
        claims: [
          measured({
            id: 'erasure.requests-answered',
            predicate: {
              de: 'Kein Verlangen ist überfällig, und keines des letzten Jahres wurde zu spät beantwortet: ein Monat, mit Begründung drei.',
              en: 'No request is overdue, and none of the last year was answered too late: one month, three with a reason.',
            },
            figures: {
              de: 'Verlangen: {requests}, beantwortet: {answered}, zu spät: {late}.',
              en: 'Requests: {requests}, answered: {answered}, too late: {late}.',
            },
            limits: {
              de: 'Gezählt wird, was in Obhut eingetragen ist. Was niemand eingetragen hat, sieht diese Messung nicht.',
              en: 'Counted is what was noted in Obhut. What nobody noted this measurement does not see.',
            },
            probe: { ...probe, id: 'requests-answered', run: requestsAreAnswered },
          }),
        ],
      },
      open(
        'erasure.agreement',
        ['S23'],
        {
          de: 'Einzelheiten stehen in der Vereinbarung zur Auftragsverarbeitung.',
          en: 'Details stand in the data processing agreement.',
        },
        {
          de: 'Die Vereinbarung wird noch nicht aus dem erzeugt, was läuft.',
          en: 'The agreement is not made yet from what runs.',
        },
      ),
    ],
  };
}
