/** The checks of what every installation has. Others are added by whoever knows more: disk, certificate, claims, erasures. */
import type { Database } from '../platform/database/database.ts';
import type { Finding } from './alarm.ts';
import type { Check } from './checks.ts';

const lookMs = 15_000;
const minuteMs = 60_000;
/** A flush takes some thousand; what waits longer than a look is more than a busy moment. */
const waitingEntries = 20_000;

/** What is so at one look only may be a hiccup: it is an alarm when it is so at two. */
function twice(look: () => Promise<Finding | undefined>): () => Promise<readonly Finding[]> {
  let before: Finding | undefined;
  return async () => {
    const now = await look();
    const both = now !== undefined && before !== undefined;
    before = now;
    return both ? [now] : [];
  };
}

export interface HealthChecksOptions {
  readonly database: Database;
  /** Why nothing can be served, or `undefined`. */
  readonly trouble: () => string | undefined;
  /** How many entries wait for the journal. */
  readonly waiting: () => number;
  /** How many messages by mail did not arrive; `undefined`: there is no mail server. */
  readonly failingMails: (() => Promise<number>) | undefined;
  readonly jobs: () => readonly Finding[];
  readonly heartbeat: () => readonly Finding[];
}

export function healthChecks(options: HealthChecksOptions): readonly Check[] {
  const { database, trouble, waiting, failingMails } = options;
  return [
    {
      name: 'database',
      everyMs: lookMs,
      codes: ['database_unreachable', 'not_serving'],
      perServer: true,
      timeoutMs: 60_000,
      run: twice(async () => {
        const answers = await within(database.query('select 1'));
        if (!answers) return { code: 'database_unreachable' };
        const reason = trouble();
        return reason === undefined ? undefined : { code: 'not_serving', refs: { reason } };
      }),
    },
    {
      name: 'journal',
      everyMs: minuteMs,
      codes: ['journal_behind'],
      perServer: true,
      run: twice(async () =>
        waiting() < waitingEntries ? undefined : { code: 'journal_behind', refs: { waiting: waiting() } },
      ),
    },
    {
      name: 'jobs',
      everyMs: minuteMs,
      codes: ['job_late'],
      perServer: true,
      run: async () => options.jobs(),
    },
    {
      name: 'heartbeat',
      everyMs: lookMs,
      codes: ['heartbeat_failed'],
      perServer: true,
      run: async () => options.heartbeat(),
    },
    ...(failingMails === undefined
      ? []
      : [
          {
            name: 'mail',
            everyMs: minuteMs,
            codes: ['mail_stuck'],
            async run() {
              const failing = await failingMails();
              return failing === 0 ? [] : [{ code: 'mail_stuck', refs: { failing } }];
            },
          } satisfies Check,
        ]),
  ];
}

const answerMs = 5_000;

/** Whether it answers in time. */
async function within(work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), answerMs);
  });
  const answered = work.then(
    () => true,
    () => false,
  );
  try {
    return await Promise.race([answered, late]);
  } finally {
    clearTimeout(timer);
  }
}
