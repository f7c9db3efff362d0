/** What only this machine knows: how full its disks are, and until when its certificate is valid. */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Check } from '../alerts/checks.ts';
import type { Severity } from '../notify/alarm-routes/route.ts';
import type { Clock } from '../platform/clock/clock.ts';

export interface MachineChecksOptions {
  /** Share of the fullest disk in use, 0 to 1. */
  readonly diskUsed: () => number;
  /** The file of our listener's certificate, where it has one. */
  readonly certificate: string | undefined;
  readonly clock: Clock;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const fillingAt = 0.8;

/** How many days are left, and how bad that is. */
function urgency(days: number): Severity | undefined {
  if (days <= 3) return 'critical';
  if (days <= 14) return 'warning';
  return days <= 30 ? 'info' : undefined;
}

export function machineChecks({ diskUsed, certificate, clock }: MachineChecksOptions): readonly Check[] {
  return [
    {
      name: 'disk',
      everyMs: minuteMs,
      codes: ['disk_filling'],
      perServer: true,
      run: async () =>
        diskUsed() < fillingAt ? [] : [{ code: 'disk_filling', refs: { percent: Math.round(diskUsed() * 100) } }],
    },
    ...(certificate === undefined
      ? []
      : [
          {
            name: 'certificate',
            everyMs: hourMs,
            codes: ['certificate_expires'],
            perServer: true,
            async run() {
              // Of a chain the first one is our own.
              const { validToDate } = new X509Certificate(await readFile(certificate));
              const days = Math.floor((validToDate.getTime() - clock.now().getTime()) / dayMs);
              const severity = urgency(days);
              return severity === undefined ? [] : [{ code: 'certificate_expires', severity, refs: { days } }];
            },
          } satisfies Check,
        ]),
  ];
}
