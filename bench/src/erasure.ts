/** Erasure: how soon nobody reads any more, how soon the rows are gone, and what that and a rollover cost the readers. */
import type { Prepared } from './commands.ts';
import { type Figure, figure, load, loadDuring, startSubject } from './harness.ts';
import type { LoadResult } from './load.ts';
import { requestsOf } from './read.ts';

/** Of the customer that goes, and of the one that rolls over; a million takes some minutes to make. */
const persons = Number(process.env.OBHUT_BENCH_PERSONS ?? 40_000);
const records = Number(process.env.OBHUT_BENCH_ERASED_RECORDS ?? 10_000);
const orders = 200;
const seconds = 6;
/** A pace that both cores can keep while others work: what is measured is waiting, not who gets the processor. */
const pace = { connections: 16, pauseMs: 40 };

interface Removed {
  readonly refusedMs: number;
  readonly removedMs: number;
  readonly cpuSeconds: number;
  readonly walBytes: number;
}
interface RolledOver {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly persons: number;
  readonly lookups: number;
  readonly walBytes: number;
}

const p99 = (values: readonly number[]) => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0;
};
const mean = (values: readonly number[]) => values.reduce((sum, one) => sum + one, 0) / values.length;
const perSecond = (runs: readonly LoadResult[]) => mean(runs.map((one) => one.perSecond));
const p50Ms = (runs: readonly LoadResult[]) => mean(runs.map((one) => one.p50Ms));
/** Of the worst run. */
const p99Ms = (runs: readonly LoadResult[]) => Math.max(...runs.map((one) => one.p99Ms));
const megabytes = (bytes: number) => `${Math.round(bytes / 1_000_000)} MB WAL`;

export async function benchErasure(): Promise<Figure[]> {
  const subject = await startSubject();
  try {
    const { refusedMs } = await subject.ask<{ refusedMs: number[] }>('refuse', { orders });
    const { answeredMs } = await subject.ask<{ answeredMs: number[] }>('refuseRecords', { orders });
    await subject.ask('preparePerson', { records });
    const person = await subject.ask<Removed>('remove');

    const prepared = await subject.ask<Prepared>('prepare', { persons: 10_000 });
    const all = {
      port: subject.port,
      connections: 16,
      seconds,
      status: 200,
      requests: requestsOf(subject, prepared, 'obhut'),
      header: 'obhut-receipt',
    };
    const paced = { ...all, ...pace };
    await subject.ask('prepareRollover', { persons });
    await load(all);
    const still = await load(paced);
    const rolling = subject.ask<RolledOver>('rollover');
    const [besideRollover = []] = await loadDuring([paced], rolling);
    const rolled = await rolling;
    const over = `${rolled.persons} persons, ${rolled.lookups} lookups of 1 field, 1 person erased, ${megabytes(rolled.walBytes)}`;

    await subject.ask('prepareCustomer');
    const quiet = { all: await load(all), paced: await load(paced) };
    // By turns: all that goes, and a pace.
    const removing = subject.ask<Removed>('remove');
    const besideRemoval = await loadDuring([all, paced], removing);
    const customer = await removing;
    const gone = `${persons - 1} records of ${persons - 1} persons, 1 field found by, 100 % erased, ${megabytes(customer.walBytes)}`;
    const [full = [], slow = []] = besideRemoval;
    return [
      figure('erasure-refused-p99', p99(refusedMs), `ms, ${orders} orders, 2 servers`),
      figure('erasure-record-answered-p99', p99(answeredMs), `ms, ${orders} records`),
      figure(
        'erasure-person-removed',
        person.removedMs / 1_000,
        `s, ${records} records, ${megabytes(person.walBytes)}`,
      ),
      figure('erasure-customer-refused', customer.refusedMs, `ms, ${persons - 1} records`),
      figure('erasure-customer-removed', customer.removedMs / 1_000, `s, ${gone}`),
      figure('erasure-customer-cpu', customer.cpuSeconds, 'CPU s of the server'),
      figure('erasure-customer-reads', perSecond(full), 'reads/s of others meanwhile', quiet.all.perSecond),
      figure('erasure-customer-reads-p50', p50Ms(slow), 'ms, at 400 reads/s', quiet.paced.p50Ms),
      figure('erasure-customer-reads-p99', p99Ms(slow), 'ms, at 400 reads/s, worst run', quiet.paced.p99Ms),
      figure('erasure-rollover', rolled.seconds, `s, ${over}`),
      figure('erasure-rollover-cpu', rolled.cpuSeconds, 'CPU s of the server'),
      figure('erasure-rollover-wal', rolled.walBytes / 1_000_000, 'MB'),
      figure('erasure-rollover-reads-p99', p99Ms(besideRollover), 'ms, at 400 reads/s, worst run', still.p99Ms),
    ];
  } finally {
    await subject.stop();
  }
}
