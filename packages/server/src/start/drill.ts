/** `drill [SITE]`: asks the server that runs for a drill at once, and says what came of it. */
import type { Settings } from '../platform/config/settings.ts';
import { StartError } from '../platform/config/start-error.ts';
import type { CheckResult, DrillCheck, DrillEnd } from '../practices/recovery/drill/result.ts';
import type { Language } from './language.ts';
import { askServer } from './machine-client.ts';

/** As JSON brings it. */
type Said = Omit<DrillEnd, 'pointAt'> & { readonly pointAt?: string };

const seconds = (ms: number | undefined, locale: string) =>
  ms === undefined ? '–' : (ms / 1_000).toLocaleString(locale, { maximumFractionDigits: 1 });
const mega = (bytes: number | undefined) => (bytes === undefined ? '–' : Math.round(bytes / 1_000_000));
const local = (at: string | undefined, locale: string) =>
  at === undefined
    ? '–'
    : new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'Europe/Berlin' }).format(
        new Date(at),
      );

const words = {
  de: {
    begun: 'Eine Sicherung wird probeweise wiederhergestellt. Das dauert so lange wie eine Wiederherstellung.',
    facts: ({ backup, site, pointAt, plainBytes, rpoMs, rtoMs }: Said) => [
      `Sicherung      ${backup ?? '–'}, Standort ${site ?? '–'}, ${mega(plainBytes)} MB`,
      `Zeitpunkt      ${local(pointAt, 'de')}`,
      `Datenverlust   höchstens ${seconds(rpoMs, 'de')} s (RPO)`,
      `Dauer          ${seconds(rtoMs, 'de')} s bis zum ersten gelesenen Datensatz (RTO)`,
    ],
    checks: {
      restored: 'alle Bytes wie geschrieben, PostgreSQL gestartet',
      reached: 'genau am gewählten Zeitpunkt',
      same: 'jede Tabelle und jeder Kunde wie im laufenden Betrieb',
      erased: 'danach Gelöschtes bleibt gelöscht',
      living: 'nicht Gelöschtes lässt sich lesen',
      structure: 'Tabellen und Indizes innen unversehrt (amcheck)',
    } satisfies Record<DrillCheck, string>,
    states: { proven: 'Erprobt.', failed: 'Nicht bestanden', unknown: 'Ohne Ergebnis' },
    busy: 'Es läuft schon eine Probe.',
    impossible: 'Erprobt wird nur die eingebettete Datenbank.',
    noServer: 'Obhut läuft hier nicht.',
    startIt: 'Erst starten; die Probe läuft neben dem Betrieb.',
  },
  en: {
    begun: 'A backup is being restored as a rehearsal. That takes as long as a restore.',
    facts: ({ backup, site, pointAt, plainBytes, rpoMs, rtoMs }: Said) => [
      `backup         ${backup ?? '–'}, site ${site ?? '–'}, ${mega(plainBytes)} MB`,
      `point in time  ${local(pointAt, 'en')}`,
      `data lost      ${seconds(rpoMs, 'en')} s at most (RPO)`,
      `took           ${seconds(rtoMs, 'en')} s until the first record was read (RTO)`,
    ],
    checks: {
      restored: 'every byte as it was written, PostgreSQL started',
      reached: 'exactly at the chosen moment',
      same: 'each table and each customer as in the living database',
      erased: 'what was erased after it stays erased',
      living: 'what was not erased can be read',
      structure: 'tables and indexes whole inside (amcheck)',
    } satisfies Record<DrillCheck, string>,
    states: { proven: 'Proven.', failed: 'Failed', unknown: 'No result' },
    busy: 'A drill is under way already.',
    impossible: 'Only the embedded database is drilled.',
    noServer: 'Obhut does not run here.',
    startIt: 'Start it first; the drill runs beside it.',
  },
} as const;

const marks: Readonly<Record<CheckResult['verdict'], string>> = { holds: '✓', fails: '✗', unknown: '?' };

const say = (text: string) => process.stdout.write(`  ${text}\n`);

/** @returns the exit code: 0 only where the backup is proven. @throws StartError */
export async function drill(settings: Settings, args: readonly string[], language: Language): Promise<number> {
  const t = words[language];
  const [site, ...rest] = args;
  if (rest.length > 0 || site?.startsWith('-'))
    throw new StartError('setting_invalid', 'That is no way to drill.', 'drill [SITE]');
  say(t.begun);
  const answer = await askServer(settings, '/drill', site === undefined ? {} : { site });
  if (answer === undefined) throw new StartError('setting_invalid', t.noServer, t.startIt);
  if (answer.status !== 200) {
    say((answer.body as { code?: string }).code === 'drill_running' ? t.busy : t.impossible);
    return 1;
  }
  const end = answer.body as Said;
  for (const line of t.facts(end)) say(line);
  for (const { check, verdict } of end.checks) say(`${marks[verdict]} ${t.checks[check]}`);
  say(end.state === 'proven' ? t.states.proven : `${t.states[end.state]} (${end.reason ?? ''}).`);
  return end.state === 'proven' ? 0 : 1;
}
