/** Recovery, as the made-up server has it: two sites, a month of drills, one that failed. */
import type { Drill, Recovery } from '../../packages/console/src/api/types.ts';
import { at, id } from './console-ids.ts';

const good = ['restored', 'reached', 'same', 'erased', 'living', 'structure'] as const;
const dayMinutes = 1_440;

function drill(number: number, more: Partial<Drill> = {}): Drill {
  const begun = -200 - number * dayMinutes;
  return {
    id: id(600 + number),
    state: 'proven',
    reason: null,
    asked: false,
    site: number % 2 === 0 ? 'hamburg' : 'frankfurt',
    backup: id(700 + number),
    begunAt: at(begun),
    endedAt: at(begun + 2),
    pointAt: at(begun),
    rpoMs: 3_100 + ((number * 977) % 2_400),
    rtoMs: 41_000 + ((number * 7_919) % 9_000) - number * 350,
    bytes: 4_100_000_000 - number * 21_000_000,
    checks: good.map((check) => ({ check, verdict: 'holds' })),
    ...more,
  };
}

const failed = drill(4, { state: 'failed', reason: 'backup_damaged', rtoMs: null, checks: [] });
const drills = Array.from({ length: 30 }, (_, number) => (number === 4 ? failed : drill(number)));

const recovery: Recovery = {
  drilled: 'yes',
  lastBackup: { completedAt: at(-210), bytes: 4_100_000_000 },
  sites: [
    { name: 'frankfurt', country: 'DE', read: 'verified', proven: drill(1), failing: null },
    { name: 'hamburg', country: 'DE', read: 'damaged', proven: drill(0), failing: failed },
  ],
  drills: [
    drill(0, { asked: true, state: 'unknown', reason: 'drill_no_room', rtoMs: null, rpoMs: null }),
    ...drills.slice(1),
  ],
  kitRehearsedAt: null,
};

export const recoveryAnswers: Readonly<Record<string, unknown>> = { 'GET /v1/recovery': recovery };
