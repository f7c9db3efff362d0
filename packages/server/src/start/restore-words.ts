import type { RestorePlan } from '../practices/recovery/restore.ts';

const mega = (plan: RestorePlan) =>
  Math.round(
    plan.manifest.streams.flatMap(({ packs }) => packs).reduce((sum, { plainBytes }) => sum + plainBytes, 0) /
      1_000_000,
  );

const local = (date: Date, locale: string) =>
  new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'Europe/Berlin' }).format(date);

/** What stands on the terminal around a restore. Times are those of Berlin. */
export const restoreWords = {
  de: {
    plan: (plan: RestorePlan, to: string) => [
      `Sicherung      ${plan.manifest.backup}`,
      `  gemacht      ${local(new Date(plan.manifest.startedAt), 'de')} (Obhut ${plan.manifest.obhut}, ${plan.manifest.postgres}), ${mega(plan)} MB`,
      `  liegt an     ${plan.sites.join(', ')}${plan.away.length > 0 ? `; nicht erreichbar: ${plan.away.join(', ')}` : ''}`,
      `Stand          ${plan.target === undefined ? `so weit das Protokoll reicht: ${local(plan.newest, 'de')}` : local(plan.target, 'de')}`,
      `  verloren     alles, was danach geschrieben wurde; danach Gelöschtes bleibt gelöscht`,
      `  gespeichert  bis ${local(plan.newest, 'de')}`,
      `Ziel           ${to}`,
      ...plan.damaged.map(({ site, name }) => `! ${site}: ${name} ist nicht, wie es geschrieben wurde`),
    ],
    inTheWay: (path: string) => `! ${path} ist schon da: benenne es um, bevor du wiederherstellst.`,
    sayYes: 'Nichts wurde geändert. Mit --yes wird es getan.',
    damage: (site: string, name: string, what: string) =>
      `! ${site}: ${name} (${what}); von einem anderen Standort gelesen`,
    done: 'Wiederhergestellt. Starte jetzt mit: npm start -- --new-generation restored',
  },
  en: {
    plan: (plan: RestorePlan, to: string) => [
      `Backup       ${plan.manifest.backup}`,
      `  made       ${local(new Date(plan.manifest.startedAt), 'en-GB')} (Obhut ${plan.manifest.obhut}, ${plan.manifest.postgres}), ${mega(plan)} MB`,
      `  lies at    ${plan.sites.join(', ')}${plan.away.length > 0 ? `; not reachable: ${plan.away.join(', ')}` : ''}`,
      `As of        ${plan.target === undefined ? `as far as the log reaches: ${local(plan.newest, 'en-GB')}` : local(plan.target, 'en-GB')}`,
      `  lost       everything written after that; what was erased after it stays erased`,
      `  stored     up to ${local(plan.newest, 'en-GB')}`,
      `Goes to      ${to}`,
      ...plan.damaged.map(({ site, name }) => `! ${site}: ${name} is not what was written`),
    ],
    inTheWay: (path: string) => `! ${path} is there already: rename it before you restore.`,
    sayYes: 'Nothing was changed. With --yes it is done.',
    damage: (site: string, name: string, what: string) => `! ${site}: ${name} (${what}); read from another site`,
    done: 'Restored. Now start with: npm start -- --new-generation restored',
  },
} as const;
