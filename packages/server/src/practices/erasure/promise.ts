import { hourMs, measured, minuteMs, type Practice } from '../../claims/vocabulary.ts';
import { open } from '../later.ts';
import type { PracticeNeeds } from '../needs.ts';
import { closedEpochsAreGone, ledgerIsWhole, ordersAreCarriedOut, ordersEndInTime } from './probes.ts';

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
