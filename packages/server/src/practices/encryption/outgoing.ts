/** The ways out of this server: to the database, the mail server, webhooks. Each is encrypted, or does not leave it. */
import type { Observation, ProbeContext } from '../../claims/probe.ts';
import type { Queryable } from '../../platform/database/database.ts';

export interface WaysOut {
  /** Connections as the server's own requests have them. */
  readonly database: Queryable;
  /** Goes there as every letter does, and sends none; `undefined`: there is no mail server. @throws MailError */
  readonly tryMail: (() => Promise<void>) | undefined;
  /** Those that are told something; `isOpen`: unencrypted, and to another machine. */
  readonly webhooks: () => Promise<readonly { readonly isOpen: boolean }[]>;
}

/** What the database says of the very connection that asks (PostgreSQL 18, section 27.2: pg_stat_ssl). */
async function isOpen(database: Queryable): Promise<boolean> {
  const [row] = await database.query<{ local: boolean; ssl: boolean }>(
    `select inet_client_addr() is null or inet_client_addr() <<= '127.0.0.0/8' or inet_client_addr() = '::1' as local,
            coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false) as ssl`,
  );
  return row?.local !== true && row?.ssl !== true;
}

export const waysOutAreEncrypted =
  ({ database: own, tryMail, webhooks }: WaysOut) =>
  async ({ database }: ProbeContext): Promise<Observation> => {
    const [asked, hooks] = await Promise.all([Promise.all([own, database].map(isOpen)), webhooks()]);
    const openDatabases = asked.filter((one) => one).length;
    const openWebhooks = hooks.filter((one) => one.isOpen).length;
    const counts = {
      databases: asked.length,
      openDatabases,
      webhooks: hooks.length,
      openWebhooks,
      mailServers: tryMail === undefined ? 0 : 1,
    };
    if (openDatabases + openWebhooks > 0) return { verdict: 'fails', counts };
    try {
      await tryMail?.();
    } catch {
      return { verdict: 'unknown', counts, reason: 'mail-not-tried' };
    }
    return { verdict: 'holds', counts };
  };
