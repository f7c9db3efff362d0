/** Alarms that the made-up server has: open and urgent, acknowledged, over. */
import type { Alarm, Alarms } from '../../packages/console/src/api/types.ts';
import { type AlarmCode, alarmText } from '../../packages/server/src/notify/alarm-routes/words.ts';
import { at, id, ids } from './console-ids.ts';

function alarm(number: number, code: AlarmCode, subject: string, more: Partial<Alarm>): Alarm {
  const refs = { subject, missing: 3, percent: 84 };
  return {
    id: id(number),
    code,
    subject,
    severity: 'warning',
    state: 'open',
    text: { de: alarmText(code, refs, 'de'), en: alarmText(code, refs, 'en') },
    openedAt: at(-190),
    lastSeenAt: at(-1),
    told: 2,
    acknowledgedBy: null,
    acknowledgedAt: null,
    note: null,
    resolvedAt: null,
    ...more,
  };
}

const acknowledged = {
  acknowledgedBy: { account: ids.me, name: 'Olga Beispiel' },
  acknowledgedAt: at(-95),
  note: 'Volume is being mounted again, about an hour.',
};

const alarms: Alarms = {
  living: [
    alarm(81, 'site_unreachable', 'hamburg', { severity: 'critical', told: 9 }),
    alarm(82, 'disk_filling', '', { state: 'acknowledged', ...acknowledged }),
  ],
  resolved: [alarm(83, 'site_differs', 'b', { state: 'resolved', ...acknowledged, resolvedAt: at(-60) })],
  routes: [
    { name: 'team', kind: 'team', severities: ['warning', 'critical'] },
    { name: 'night', kind: 'command', severities: ['critical'] },
  ],
};

export const alarmAnswers: Readonly<Record<string, unknown>> = {
  'GET /v1/alarms': alarms,
  [`POST /v1/alarms/${id(81)}/acknowledgement`]: null,
};
