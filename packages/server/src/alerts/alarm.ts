/** What an alarm is, and which of its changes people are told. */

import type { Severity } from '../notify/alarm-routes/route.ts';
import type { AlarmCode, AlarmRefs } from '../notify/alarm-routes/words.ts';
import type { AccountId, AlarmId } from '../platform/ids/ids.ts';

/** What a check found wrong, or whoever raises an alarm saw. */
export interface Finding {
  readonly code: AlarmCode;
  /** What it is about, where there can be several: a site, a route, an order, a claim. */
  readonly subject?: string;
  /** Other than the usual one of its code. */
  readonly severity?: Severity;
  readonly refs?: AlarmRefs;
}

export type AlarmState = 'open' | 'acknowledged' | 'resolved';

export interface Alarm {
  readonly id: AlarmId;
  readonly code: AlarmCode;
  readonly subject: string;
  /** The server that saw it; empty where every server sees the same. */
  readonly server: string;
  readonly severity: Severity;
  readonly refs: AlarmRefs;
  readonly state: AlarmState;
  readonly openedAt: Date;
  readonly lastSeenAt: Date;
  /** How often people were told that it is open. */
  readonly told: number;
  readonly acknowledgedBy: AccountId | undefined;
  readonly acknowledgedAt: Date | undefined;
  readonly note: string | undefined;
  readonly resolvedAt: Date | undefined;
}

/** Of each code; a finding may say otherwise. */
export const usualSeverity: Readonly<Record<AlarmCode, Severity>> = {
  database_unreachable: 'critical',
  not_serving: 'critical',
  disk_filling: 'warning',
  journal_behind: 'warning',
  job_late: 'warning',
  site_unreachable: 'critical',
  site_differs: 'warning',
  site_lying: 'critical',
  site_unmarked: 'critical',
  certificate_expires: 'warning',
  mail_stuck: 'warning',
  route_failed: 'warning',
  heartbeat_failed: 'warning',
  erasure_late: 'warning',
  claim_fails: 'warning',
  backup_late: 'critical',
  backup_damaged: 'warning',
  drill_failed: 'critical',
  backup_unproven: 'warning',
  source_backup_failed: 'warning',
  check_failed: 'warning',
  test: 'info',
};

export const severityOf = ({ code, severity }: Finding): Severity => severity ?? usualSeverity[code];

/** An alarm that comes back so soon is the same one again. */
export const reopenMs = 3_600_000;
