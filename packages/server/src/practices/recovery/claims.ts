/** The sentences on recovery, measured: by what lies at the sites, what the drills have shown, and whether alarms arrived. */
import type { Observation, ProbeContext } from '../../claims/probe.ts';
import { hourMs, measured, minuteMs, type Sentence } from '../../claims/vocabulary.ts';
import type { AlarmRoute } from '../../notify/alarm-routes/route.ts';
import type { Settings } from '../../platform/config/settings.ts';
import { readLineage } from '../../platform/repository/lineage.ts';
import { backupOf } from '../../platform/repository/names.ts';
import type { Site } from '../../platform/sites/site.ts';
import { provenMs } from './drill/drills.ts';
import { drillHealth } from './drill/store.ts';
import { type CompleteNight, lastNights } from './store.ts';

export interface RecoveryNeeds {
  readonly settings: Pick<Settings, 'data' | 'database'>;
  readonly sites: readonly Site[];
  readonly alarmRoutes: readonly Pick<AlarmRoute, 'name' | 'severities'>[];
}

const unknown = (reason: string, counts: Observation['counts'] = {}): Observation => ({
  verdict: 'unknown',
  counts,
  reason,
});
const forBackups = (sites: readonly Site[]) => sites.filter(({ purposes }) => purposes.includes('backups'));
const seconds = (ms: number | undefined) => Math.ceil((ms ?? 0) / 1_000);
const hoursSince = (at: Date, now: Date) => Math.floor((now.getTime() - at.getTime()) / hourMs);

/** A night, and the morning for trying again. */
const lateHours = 27;
/** All that is kept is read back after a backup; a large one takes its time. */
const readWithinHours = 12;

/** Nobody backs up by Obhut: the operator may do so otherwise, which it cannot see. */
export const isBackedUp = ({ settings, sites }: RecoveryNeeds) =>
  forBackups(sites).length > 0 &&
  (settings.database.url === undefined || settings.database.replicationUrl !== undefined);

export function backupIsProven(needs: RecoveryNeeds) {
  const { settings, sites } = needs;
  return async ({ clock, database }: ProbeContext): Promise<Observation> => {
    if (settings.database.url !== undefined) return unknown('drill-own-database');
    if (!isBackedUp(needs)) return unknown('no-backups');
    const lineage = await readLineage(settings.data);
    if (lineage === undefined) return unknown('nothing-yet');
    const names = forBackups(sites).map(({ name }) => name);
    const { proven, failing, untried, firstBackup } = await drillHealth(database, lineage, names);
    const now = clock.now();
    const counts = {
      sites: names.length,
      failing: failing.length,
      ...(proven?.endedAt !== undefined && {
        hours: hoursSince(proven.endedAt, now),
        asked: proven.asked ? 1 : 0,
        rpoSeconds: seconds(proven.rpoMs),
        rtoSeconds: seconds(proven.rtoMs),
        megabytes: Math.ceil((proven.plainBytes ?? 0) / 1_000_000),
      }),
    };
    if (failing.length > 0) return { verdict: 'fails', counts };
    const since = proven?.endedAt ?? firstBackup;
    const isInTime = since !== undefined && now.getTime() - since.getTime() < provenMs;
    if (isInTime && proven !== undefined) return { verdict: 'holds', counts };
    if (untried === 'drill_no_room') return unknown('drill-no-room', counts);
    if (untried === 'drill_unchecked') return unknown('drill-unchecked', counts);
    return isInTime || since === undefined ? unknown('nothing-yet', counts) : { verdict: 'fails', counts };
  };
}

/** @returns the newest night that was read back at the site, `missing` where one is not as it was written, or nothing yet. */
function readAt(
  site: string,
  names: readonly string[],
  nights: readonly CompleteNight[],
  now: Date,
): CompleteNight | 'missing' | undefined {
  for (const night of nights) {
    // Each manifest is there twice.
    if (names.filter((name) => backupOf(name) === night.backup).length !== 2) return 'missing';
    const isRead = night.stored.get(site);
    if (isRead === 'verified') return night;
    if (isRead === 'damaged' || hoursSince(night.completedAt, now) >= readWithinHours) return 'missing';
    // Still being read: until then the night before counts.
  }
  return undefined;
}

export function backedUpNightly(needs: RecoveryNeeds) {
  return async ({ clock, database, signal }: ProbeContext): Promise<Observation> => {
    if (!isBackedUp(needs)) return unknown('no-backups');
    const lineage = await readLineage(needs.settings.data);
    const nights = lineage === undefined ? undefined : await lastNights(database, lineage);
    if (nights === undefined) return unknown('nothing-yet');
    const now = clock.now();
    const sites = forBackups(needs.sites);
    const [newest] = nights.complete;
    if (newest === undefined)
      return hoursSince(nights.firstBegun, now) < lateHours
        ? unknown('nothing-yet')
        : { verdict: 'fails', counts: { sites: sites.length, missing: sites.length } };
    let night = newest;
    let missing = 0;
    let unread = 0;
    for (const site of sites) {
      if (signal.aborted) return unknown('timeout');
      const names = await site.list('backups').catch((): readonly string[] => []);
      const read = readAt(site.name, names, nights.complete, now);
      if (read === 'missing') missing += 1;
      else if (read === undefined) unread += 1;
      else if (read.completedAt < night.completedAt) night = read;
    }
    const hours = hoursSince(night.completedAt, now);
    const megabytes = Math.ceil(night.bytes / 1_000_000);
    const counts = { night: night.night, hours, megabytes, sites: sites.length, missing };
    if (missing > 0 || hoursSince(newest.completedAt, now) >= lateHours) return { verdict: 'fails', counts };
    // The night before is too old by now, or there was none.
    return unread > 0 || hours >= lateHours ? unknown('nothing-yet', counts) : { verdict: 'holds', counts };
  };
}

/** Longer than a route may take, and a second attempt. */
const untoldMs = 5 * minuteMs;
/** A test that is older says nothing of today. */
const testedMs = 92 * 24 * hourMs;

export function operationsAreTold({ alarmRoutes }: RecoveryNeeds) {
  return async ({ clock, database, operator }: ProbeContext): Promise<Observation> => {
    const wanted = alarmRoutes.filter(({ severities }) => severities.includes('critical')).map(({ name }) => name);
    if (wanted.length === 0) return unknown('no-alarm-route');
    const now = clock.now().getTime();
    const [row] = await database.query<{ working: number; failing: number; untold: number }>(
      `select (select count(*) from alerts.route r where r.customer_id = $1 and r.name = any($2::text[])
                 and r.failure is null and r.tried_at > $3) as working,
              (select count(*) from alerts.route r where r.customer_id = $1 and r.name = any($2::text[])
                 and r.failure is not null) as failing,
              (select count(*) from alerts.alarm a where a.customer_id = $1 and a.state = 'open'
                 and a.severity = 'critical' and a.told = 0 and a.opened_at < $4) as untold`,
      [operator, wanted, new Date(now - testedMs), new Date(now - untoldMs)],
    );
    const { working = 0, failing = 0, untold = 0 } = row ?? {};
    const counts = { routes: wanted.length, working, failing, untold };
    if (untold > 0 || (working === 0 && failing > 0)) return { verdict: 'fails', counts };
    return working > 0 ? { verdict: 'holds', counts } : unknown('no-route-tested', counts);
  };
}

export const provenSentence = (needs: RecoveryNeeds): Sentence => ({
  id: 'recovery.proven',
  statements: ['S27'],
  text: {
    de: 'Sicherung und Wiederherstellung sind erprobt, auch für große Notfälle.',
    en: 'Backup and recovery are proven, for large disasters too.',
  },
  claims: [
    measured({
      id: 'recovery.drilled',
      predicate: {
        de: 'In den letzten 48 Stunden wurde eine Sicherung von einem Standort allein auf einen Zeitpunkt nach ihr wiederhergestellt (nachts einen zufälligen, von Hand den des Aufrufs), gestartet und geprüft: jede Zeile wie im laufenden Betrieb, Tabellen und Indizes unversehrt, danach Gelöschtes bleibt gelöscht, nicht Gelöschtes lässt sich lesen.',
        en: 'In the last 48 hours a backup was restored from one site alone to a moment after it (at night a random one, by hand that of the call), started and checked: each row as in the living database, tables and indexes whole, what was erased after it stays erased, what was not erased can be read.',
      },
      limits: {
        de: 'Wiederhergestellt wird auf derselben Maschine und mit ihren Schlüsseln. Wie lange Menschen und Ersatzgeräte brauchen, ist nicht dabei. Dateien gehören nicht dazu; sie liegen an jedem Standort.',
        en: 'It is restored on the same machine and with its keys. How long people and spare machines take is not part of it. Files do not belong to it; they lie at each site.',
      },
      figures: {
        de: 'Vor {hours} Stunden erprobt, {megabytes} MB. Höchstens {rpoSeconds} Sekunden wären verloren gewesen; nach {rtoSeconds} Sekunden war der erste Datensatz lesbar. Standorte: {sites}, davon zuletzt nicht bestanden: {failing}.',
        en: 'Proven {hours} hours ago, {megabytes} MB. At most {rpoSeconds} seconds would have been lost; after {rtoSeconds} seconds the first record could be read. Sites: {sites}, of which the last drill failed: {failing}.',
      },
      references: [
        { catalogue: 'ISO 27001:2022', id: 'A.8.13' },
        { catalogue: 'ISO 27001:2022', id: 'A.5.30' },
      ],
      probe: { version: 2, everyMs: hourMs, timeoutMs: 30_000, id: 'backup-proven', run: backupIsProven(needs) },
    }),
  ],
});

export const nightlySentence = (needs: RecoveryNeeds): Sentence => ({
  id: 'recovery.nightly',
  statements: ['S28'],
  text: { de: 'Kundendaten werden jede Nacht gesichert.', en: 'Customer data is backed up every night.' },
  claims: [
    measured({
      id: 'recovery.backed-up',
      predicate: {
        de: 'Die Sicherung der letzten Nacht liegt vollständig an jedem Standort für Sicherungen und wurde dort nachgelesen. Solange sie noch nachgelesen wird, gilt die der Nacht davor.',
        en: 'The backup of last night lies complete at every site for backups, and was read back there. While it is still being read back, the one of the night before counts.',
      },
      limits: {
        de: 'Dateien gehören nicht dazu; sie werden beim Hochladen an die Standorte geschrieben.',
        en: 'Files do not belong to it; they are written to the sites when they are uploaded.',
      },
      figures: {
        de: 'Nachgelesen ist die von vor {hours} Stunden, {megabytes} MB. Standorte: {sites}, davon unvollständig: {missing}.',
        en: 'Read back is the one of {hours} hours ago, {megabytes} MB. Sites: {sites}, of which incomplete: {missing}.',
      },
      references: [{ catalogue: 'ISO 27001:2022', id: 'A.8.13' }],
      probe: { version: 2, everyMs: hourMs, timeoutMs: 120_000, id: 'backed-up-nightly', run: backedUpNightly(needs) },
    }),
  ],
});

export const toldSentence = (needs: RecoveryNeeds): Sentence => ({
  id: 'recovery.told',
  statements: ['S30'],
  text: {
    de: 'Fällt etwas aus, erfährt es der Betrieb sofort.',
    en: 'When something breaks, operations are told at once.',
  },
  claims: [
    measured({
      id: 'recovery.alarms-arrive',
      predicate: {
        de: 'Auf einem Weg für Alarme wurde zuletzt etwas angenommen, und kein schwerer Alarm blieb länger als fünf Minuten ungesagt.',
        en: 'By a route for alarms the last message was taken, and no critical alarm stayed untold for longer than five minutes.',
      },
      limits: {
        de: 'Dass jemand es liest, sieht Obhut erst, wenn der Alarm bestätigt wird. Eine Bereitschaft mit Dienstplan gibt es noch nicht.',
        en: 'That somebody reads it Obhut sees only when the alarm is acknowledged. There is no rota yet.',
      },
      figures: {
        de: 'Wege: {routes}, davon gehen: {working}, gehen nicht: {failing}. Ungesagte Alarme: {untold}.',
        en: 'Routes: {routes}, of which work: {working}, do not: {failing}. Alarms untold: {untold}.',
      },
      references: [{ catalogue: 'ISO 27001:2022', id: 'A.8.16' }],
      probe: {
        version: 1,
        everyMs: 10 * minuteMs,
        timeoutMs: 30_000,
        id: 'operations-told',
        run: operationsAreTold(needs),
      },
    }),
  ],
});
