/** Erasure: how soon nobody reads any more, how soon the rows are gone, and what a rollover costs the readers. */
import type { Prepared } from './commands.ts';
import { type Figure, figure, load, startSubject } from './harness.ts';
import { requestsOf } from './read.ts';

/** Of the customer that rolls over; a million takes some minutes to make. */
const persons = Number(process.env.OBHUT_BENCH_PERSONS ?? 40_000);
const records = Number(process.env.OBHUT_BENCH_ERASED_RECORDS ?? 10_000);
const orders = 200;
const seconds = 6;

interface Refused {
  readonly refusedMs: readonly number[];
}
interface Removed {
  readonly refusedMs: number;
  readonly removedMs: number;
}
interface RolledOver {
  readonly seconds: number;
  readonly persons: number;
  readonly lookups: number;
  readonly walBytes: number;
}

const p99 = (sorted: readonly number[]) => sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0;

export async function benchErasure(): Promise<Figure[]> {
  const subject = await startSubject();
  try {
    const { refusedMs } = await subject.ask<Refused>('refuse', { orders });
    const person = await subject.ask<Removed>('remove', { scope: 'person', records });
    const customer = await subject.ask<Removed>('remove', { scope: 'customer', records: persons });
    const prepared = await subject.ask<Prepared>('prepare', { persons: 10_000 });
    const reads = {
      port: subject.port,
      connections: 16,
      seconds,
      status: 200,
      requests: requestsOf(subject, prepared, 'obhut'),
      header: 'obhut-receipt',
    };
    const quiet = await load(reads);
    await subject.ask('prepareRollover', { persons });
    const rolling = subject.ask<RolledOver>('rollover');
    const busy = await load(reads);
    const rolled = await rolling;
    return [
      figure('erasure-refused-p99', p99([...refusedMs].sort((a, b) => a - b)), 'ms'),
      figure('erasure-person-removed', person.removedMs / 1_000, `s, ${records} records`),
      figure('erasure-customer-refused', customer.refusedMs, `ms, ${persons} records`),
      figure('erasure-customer-removed', customer.removedMs / 1_000, `s, ${persons} records`),
      figure('erasure-rollover', rolled.seconds, `s, ${rolled.persons} persons, ${rolled.lookups} lookups, 1 erased`),
      figure('erasure-rollover-wal', rolled.walBytes / 1_000_000, 'MB'),
      figure('erasure-rollover-reads-p99', busy.p99Ms, 'ms', quiet.p99Ms),
    ];
  } finally {
    await subject.stop();
  }
}
