import type { AlarmCode, AlarmRefs } from './words.ts';

/** How bad it is. `critical`: somebody must act now; `warning`: today; `info`: good to know. From low to high. */
export const severities = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof severities)[number];

export const isWorse = (one: Severity, than: Severity) => severities.indexOf(one) > severities.indexOf(than);

/** What a route carries: no personal data, no id of a person. */
export interface AlarmMessage {
  /** Names this message; the same when it is tried again. */
  readonly id: string;
  readonly event: 'opened' | 'repeated' | 'resolved' | 'test';
  readonly code: AlarmCode;
  readonly severity: Severity;
  /** What it is about: a site, a route, a job, an order; empty where there is only one. */
  readonly subject: string;
  readonly refs: AlarmRefs;
  readonly openedAt: Date;
  /** When it was last seen. */
  readonly at: Date;
}

/** Why a message did not go by a route. */
export type RouteFailure =
  | 'unreachable'
  | 'refused'
  | 'timeout'
  | 'exit_code'
  | 'not_startable'
  | 'not_configured'
  | 'database'
  | 'failed';

export class RouteError extends Error {
  override readonly name = 'RouteError';
  readonly code: RouteFailure;
  constructor(code: RouteFailure) {
    super(`the route: ${code}`);
    this.code = code;
  }
}

export type RouteKind = 'team' | 'mail' | 'webhook' | 'command';

/** A way for alarms to reach somebody. */
export interface AlarmRoute {
  readonly name: string;
  readonly kind: RouteKind;
  readonly severities: readonly Severity[];
  /** Returns when it was taken at the other end. @throws RouteError */
  send(message: AlarmMessage): Promise<void>;
}
