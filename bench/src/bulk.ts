import { request } from 'node:http';
import type { Place, Prepared } from './commands.ts';
import { type Figure, figure, memoryOf, type Subject, startSubject } from './harness.ts';

const persons = Number(process.env.OBHUT_BENCH_PERSONS ?? 40_000);

/** One request with a body, streamed; the answer as text. */
function post(subject: Subject, path: string, type: string, body: Iterable<string>): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        port: subject.port,
        method: 'POST',
        path,
        headers: { authorization: `Bearer ${subject.token}`, 'content-type': type, 'obhut-purpose': 'migration' },
      },
      async (answer) => {
        const chunks: Buffer[] = [];
        for await (const chunk of answer) chunks.push(chunk as Buffer);
        const text = Buffer.concat(chunks).toString('utf8');
        if (answer.statusCode === 200) resolve(text);
        else reject(new Error(text.slice(0, 300)));
      },
    );
    sent.on('error', reject);
    (async () => {
      for (const part of body) if (!sent.write(part)) await new Promise((drained) => sent.once('drain', drained));
      sent.end();
    })().catch(reject);
  });
}

const notes = 'x'.repeat(940);
const line = (place: Partial<Place>, number: number) =>
  `${JSON.stringify({ ...(place.person !== undefined && { person: place.person }), data: { name: `Sample ${number}`, mail: `sample-${number}@example.org`, notes } })}\n`;

async function timed<Result>(
  work: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly seconds: number }> {
  const began = performance.now();
  const result = await work();
  return { result, seconds: (performance.now() - began) / 1000 };
}

function needsAll(answer: string, lines: number): void {
  const last = JSON.parse(answer.trimEnd().split('\n').at(-1) ?? '{}') as { lines?: number; created?: number };
  if (last.lines !== lines || last.created !== lines) throw new Error(`of ${lines} lines: ${JSON.stringify(last)}`);
}

/** Records of 1 KiB as lines: for known persons, and with a new person each. */
export async function benchImport(): Promise<Figure[]> {
  const subject = await startSubject();
  const { customer, places } = await subject.ask<Prepared>('prepare', { persons });
  const memory = await memoryOf(subject);
  const path = `/v1/customers/${customer}/import?collection=people`;
  const known = await timed(() =>
    post(
      subject,
      path,
      'application/x-ndjson',
      places.map((place, i) => line(place, i)),
    ),
  );
  needsAll(known.result, persons);
  const fresh = await timed(() =>
    post(
      subject,
      path,
      'application/x-ndjson',
      places.map((_, i) => line({}, i)),
    ),
  );
  needsAll(fresh.result, persons);
  const copied = await subject.ask<{ perSecond: number }>('copy', { rows: persons });
  const { records, gaps } = await subject.ask<{ records: number; gaps: number }>('count', { customer });
  if (records !== persons * 3 || gaps !== 0) throw new Error(`${records} records of ${persons * 3}, ${gaps} gaps`);
  const memoryAfter = await memoryOf(subject);
  await subject.stop();
  return [
    figure('import', persons / known.seconds, 'records/s', copied.perSecond),
    figure('import-new', persons / fresh.seconds, 'records/s', copied.perSecond),
    figure('import-memory', memoryAfter, 'MB', memory),
  ];
}

/** 1,000 records of as many persons in one call, all persons in turn. */
export async function benchGetMany(): Promise<Figure[]> {
  const subject = await startSubject();
  const prepared = await subject.ask<Prepared>('prepare', { persons });
  const { customer, places } = prepared;
  const run = async (): Promise<number> => {
    const before = await subject.ask<{ entries: number }>('count', { customer });
    const { seconds } = await timed(async () => {
      for (let from = 0; from < places.length; from += 1_000) {
        const items = places.slice(from, from + 1_000).map((place) => ({ ...place, collection: 'people' }));
        const answer = await post(subject, `/v1/customers/${customer}/records/get`, 'application/json', [
          JSON.stringify({ items }),
        ]);
        const { records } = JSON.parse(answer) as { records: { data?: unknown }[] };
        if (records.length !== items.length || records.some(({ data }) => data === undefined))
          throw new Error('records are missing');
      }
    });
    const after = await subject.ask<{ entries: number }>('count', { customer });
    if (after.entries - before.entries < places.length) throw new Error('entries are missing');
    return places.length / seconds;
  };
  const memory = await memoryOf(subject);
  const cold = await run();
  const warm = await run();
  const memoryAfter = await memoryOf(subject);
  await subject.stop();
  return [
    figure('get-many', warm, 'records/s'),
    figure('get-many-cold', cold, 'records/s'),
    figure('get-many-memory', memoryAfter, 'MB', memory),
  ];
}

/** Durable entries at 64 waiting, beside the bare fsyncs of the disk. */
export async function benchAppend(): Promise<Figure[]> {
  const subject = await startSubject();
  await subject.ask('append', { seconds: 2, waiting: 64 });
  const memory = await memoryOf(subject);
  const disk = await subject.ask<{ perSecond: number }>('fsyncs', { seconds: 2 });
  const runs: { customer: string; entries: number; perSecond: number; p99Ms: number }[] = [];
  const before = await subject.ask<{ syncs: number }>('walSyncs');
  for (let round = 0; round < 3; round += 1) runs.push(await subject.ask('append', { seconds: 4, waiting: 64 }));
  const after = await subject.ask<{ syncs: number }>('walSyncs');
  const entriesInAll = runs.reduce((sum, { entries }) => sum + entries, 0);
  // A commit takes at most 1,024 entries and waits for the disk once.
  if (after.syncs - before.syncs < entriesInAll / 1_024)
    throw new Error(`${entriesInAll} entries with ${after.syncs - before.syncs} syncs`);
  for (const { customer, entries } of runs) {
    const counted = await subject.ask<{ entries: number; gaps: number }>('count', { customer });
    if (counted.gaps !== 0 || counted.entries < entries)
      throw new Error(`${entries} acknowledged, ${counted.entries} entries`);
  }
  const [, middle] = [...runs].sort((a, b) => a.perSecond - b.perSecond);
  const memoryAfter = await memoryOf(subject);
  await subject.stop();
  if (middle === undefined) throw new Error('no run');
  return [
    figure('append', middle.perSecond, 'entries/s', disk.perSecond),
    figure('append-p99', middle.p99Ms, 'ms'),
    figure('append-memory', memoryAfter, 'MB', memory),
  ];
}
