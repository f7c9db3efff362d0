import type { Prepared } from './commands.ts';
import { type Figure, figure, load, median, memoryOf, type Subject, startSubject } from './harness.ts';
import type { LoadResult } from './load.ts';

const persons = Number(process.env.OBHUT_BENCH_PERSONS ?? 100_000);
const seconds = Number(process.env.OBHUT_BENCH_SECONDS ?? 6);
const rounds = Number(process.env.OBHUT_BENCH_ROUNDS ?? 3);

export function requestsOf({ token }: Subject, { customer, places }: Prepared, kind: 'obhut' | 'baseline'): string[] {
  return places.map(({ person, record }) => {
    const path =
      kind === 'obhut'
        ? `/v1/customers/${customer}/people/${person}/records/people/${record}`
        : `/baseline/${customer}/${record}`;
    return `GET ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\nobhut-purpose: service\r\n\r\n`;
  });
}

/** Obhut and baseline by turns, so that both meet the same noise. */
async function compare(
  subject: Subject,
  prepared: Prepared,
  connections: number,
): Promise<{ obhut: LoadResult; baseline: LoadResult }> {
  const job = { port: subject.port, connections, seconds, status: 200 };
  const runs: Record<'obhut' | 'baseline', LoadResult[]> = { obhut: [], baseline: [] };
  const requests = {
    obhut: requestsOf(subject, prepared, 'obhut'),
    baseline: requestsOf(subject, prepared, 'baseline'),
  };
  const before = await subject.ask<{ entries: number }>('count', prepared);
  for (let round = 0; round < rounds; round += 1) {
    runs.baseline.push(await load({ ...job, requests: requests.baseline }));
    runs.obhut.push(await load({ ...job, requests: requests.obhut, header: 'obhut-receipt' }));
  }
  const after = await subject.ask<{ entries: number; gaps: number }>('count', prepared);
  const released = runs.obhut.reduce((sum, { requests: count }) => sum + count, 0);
  if (after.entries - before.entries < released || after.gaps !== 0)
    throw new Error(`${released} records left, ${after.entries - before.entries} entries, ${after.gaps} gaps`);
  return { obhut: median(runs.obhut), baseline: median(runs.baseline) };
}

/** 64 concurrent GETs of a 1 KiB record, uniform over 100,000 persons. */
export async function benchRead(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const temperature of ['warm', 'cold'] as const) {
    const subject = await startSubject(temperature === 'cold' ? { OBHUT_BENCH_CACHE: '100' } : {});
    const prepared = await subject.ask<Prepared>('prepare', { persons });
    if (temperature === 'warm') await subject.ask('warm', prepared);
    const memory = await memoryOf(subject);
    const many = await compare(subject, prepared, 64);
    figures.push(
      figure(`read-${temperature}`, many.obhut.perSecond, 'records/s', many.baseline.perSecond),
      figure(`read-${temperature}-p99`, many.obhut.p99Ms, 'ms', many.baseline.p99Ms),
    );
    if (temperature === 'warm') {
      const one = await compare(subject, prepared, 1);
      figures.push(figure('read-one-client-p50', one.obhut.p50Ms, 'ms', one.baseline.p50Ms));
    }
    figures.push(figure(`read-${temperature}-memory`, await memoryOf(subject), 'MB', memory));
    await subject.stop();
  }
  return figures;
}
