import { randomUUID } from 'node:crypto';
import { type Place, type Prepared, sampleRecord } from './commands.ts';
import { type Figure, figure, load, median, memoryOf, startSubject } from './harness.ts';
import type { LoadResult } from './load.ts';

const seconds = Number(process.env.OBHUT_BENCH_SECONDS ?? 6);
const rounds = Number(process.env.OBHUT_BENCH_ROUNDS ?? 3);
const persons = 10_000;
/** More than one run can use up, so that every PUT makes a new record. */
const requestsPerRun = 120_000;

function put(path: string, token: string, body: string): string {
  return `PUT ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/** 64 concurrent PUTs of 1 KiB: record and entry in one commit, beside a plain INSERT. */
export async function benchWrite(): Promise<Figure[]> {
  const subject = await startSubject();
  const { customer, places } = await subject.ask<Prepared>('prepare', { persons });
  const body = JSON.stringify(sampleRecord(1));
  const personAt = (i: number) => (places[i % places.length] as Place).person;
  const job = { port: subject.port, connections: 64, seconds, status: 201, once: true };
  const runs: Record<'obhut' | 'baseline', LoadResult[]> = { obhut: [], baseline: [] };
  const memory = await memoryOf(subject);
  const before = await subject.ask<{ records: number; entries: number }>('count', { customer });
  for (let round = 0; round < rounds; round += 1) {
    const plain = Array.from({ length: requestsPerRun }, () =>
      put(`/baseline/${customer}/${randomUUID()}`, subject.token, body),
    );
    runs.baseline.push(await load({ ...job, requests: plain }));
    const sealed = Array.from({ length: requestsPerRun }, (_, i) =>
      put(`/v1/customers/${customer}/people/${personAt(i)}/records/people/${randomUUID()}`, subject.token, body),
    );
    runs.obhut.push(await load({ ...job, requests: sealed, header: 'obhut-receipt' }));
  }
  const after = await subject.ask<{ records: number; entries: number; gaps: number }>('count', { customer });
  const written = runs.obhut.reduce((sum, { requests }) => sum + requests, 0);
  if (after.records - before.records !== written || after.entries - before.entries < written || after.gaps !== 0)
    throw new Error(
      `${written} acknowledged, ${after.records - before.records} records, ${after.entries - before.entries} entries`,
    );
  const obhut = median(runs.obhut);
  const baseline = median(runs.baseline);
  const memoryAfter = await memoryOf(subject);
  await subject.stop();
  return [
    figure('write', obhut.perSecond, 'records/s', baseline.perSecond),
    figure('write-p99', obhut.p99Ms, 'ms', baseline.p99Ms),
    figure('write-memory', memoryAfter, 'MB', memory),
  ];
}
