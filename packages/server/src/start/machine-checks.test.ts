import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestClock } from '../testing/clock.ts';
import { machineChecks } from './machine-checks.ts';

const folder = mkdtempSync(join(tmpdir(), 'obhut-machine-'));
const certificate = join(folder, 'own.crt');
const dayMs = 86_400_000;
beforeAll(() => {
  const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '90'];
  execFileSync('openssl', [...words, '-subj', '/CN=own', '-keyout', join(folder, 'own.key'), '-out', certificate], {
    stdio: 'ignore',
  });
});
afterAll(() => rmSync(folder, { recursive: true }));

const run = async (name: string, daysFromNow: number, diskUsed = 0) => {
  const clock = createTestClock(new Date(Date.now() + daysFromNow * dayMs));
  const checks = machineChecks({ diskUsed: () => diskUsed, certificate, clock });
  return checks.find((check) => check.name === name)?.run();
};

describe('the certificate of our own listener', () => {
  it.each([
    [58, undefined],
    [60, 'info'],
    [76, 'warning'],
    [87, 'critical'],
    [95, 'critical'],
  ])('%i days after it was made: %s', async (days, severity) => {
    const found = await run('certificate', days);
    expect(found?.map((one) => one.severity)).toEqual(severity === undefined ? [] : [severity]);
  });
});

describe('the disk', () => {
  it('is told of from 80 % on', async () => {
    expect(await run('disk', 0, 0.79)).toEqual([]);
    expect(await run('disk', 0, 0.81)).toEqual([{ code: 'disk_filling', refs: { percent: 81 } }]);
  });
});
