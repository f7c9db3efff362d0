/** The part of the composition that is about alarms: which checks there are, and by which routes people hear of them. */
import type { Finding } from './alerts/alarm.ts';
import { type Alerts, type AlertsOptions, createAlerts } from './alerts/alerts.ts';
import { siteChecks } from './alerts/site-checks.ts';
import type { Notify } from './notify/notify.ts';
import type { AccountId } from './platform/ids/ids.ts';
import type { Site } from './platform/sites/site.ts';

export interface AppAlertsOptions extends Omit<AlertsOptions, 'routes' | 'failingMails'> {
  readonly notify: Notify;
  readonly sites: readonly Site[];
  /** Who gets letters. */
  readonly team: () => Promise<readonly AccountId[]>;
  readonly lateErasures: () => Promise<readonly Finding[]>;
  /** Compares the objects at the sites with the rows. */
  readonly compareObjects: () => Promise<readonly Finding[]>;
  readonly failingClaims: () => Promise<readonly { readonly claim: string }[]>;
}

const minuteMs = 60_000;
/** Work that goes on all the time, one turn of which may take long: it is late after three times this. */
export const rareMs = 20 * minuteMs;

/** What only the machine knows (disk, certificate) is added by `start.ts`. @throws StartError */
export async function createAppAlerts(options: AppAlertsOptions): Promise<Alerts> {
  const { notify, sites, team, settings, lateErasures, failingClaims } = options;
  const alerts = await createAlerts({
    ...options,
    routes: notify.alarmRoutes(team),
    failingMails: settings.mail === undefined ? undefined : () => notify.outbox.stuck('mail'),
  });
  alerts.add([
    ...siteChecks(sites, options.compareObjects),
    { name: 'erasures', everyMs: minuteMs, codes: ['erasure_late'], run: lateErasures },
    {
      name: 'claims',
      everyMs: minuteMs,
      codes: ['claim_fails'],
      run: async () => (await failingClaims()).map(({ claim }) => ({ code: 'claim_fails', subject: claim })),
    },
  ]);
  return alerts;
}
