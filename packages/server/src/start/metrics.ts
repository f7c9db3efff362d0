/** Prometheus metrics on a loopback port of their own. Labels hold routes and states, never an id or a value. */
import { createServer, type Server } from 'node:http';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { App } from '../app.ts';
import type { Watch } from './watch.ts';

export interface Metrics {
  /** `port` 0 takes a free one. @returns the URL. */
  listen(port: number): Promise<string>;
  close(): Promise<void>;
}

/** What the last drills have shown. */
export interface DrillFigures {
  readonly provenAt: Date | undefined;
  readonly rpoMs: number | undefined;
  readonly rtoMs: number | undefined;
  /** Sites whose newest drill failed. */
  readonly failing: number;
}

export function createMetrics(app: App, watch: Pick<Watch, 'diskUsed'>, drills?: () => Promise<DrillFigures>): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const duration = new Histogram({
    name: 'obhut_request_seconds',
    help: 'Time to answer, by route and status',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    registers: [registry],
  });
  const entries = new Counter({
    name: 'obhut_journal_entries_total',
    help: 'Entries made durable',
    registers: [registry],
  });
  const flushes = new Counter({
    name: 'obhut_journal_flushes_total',
    help: 'Commits of the journal',
    registers: [registry],
  });
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  const openOrders = new Gauge({
    name: 'obhut_erasure_open_orders',
    help: 'Orders of erasure that are not final yet',
    registers: [registry],
  });
  gauge('obhut_journal_waiting', 'Entries waiting for their flush', () => app.journal.statistics().queued);
  gauge('obhut_persons_cached', 'Persons whose keys are in memory', () => app.keyring.statistics().persons);
  gauge('obhut_disk_used_ratio', 'Share of the fullest disk in use', watch.diskUsed);
  gauge('obhut_ready', '1 when personal data can be served', () => (app.trouble() === undefined ? 1 : 0));

  new Gauge({
    name: 'obhut_erasure_seconds',
    help: 'Orders of erasure: age of the oldest open one; of the last 30 days from order to dead keys, and to final',
    labelNames: ['of'] as const,
    registers: [registry],
    async collect() {
      const now = await app.erasures.overview();
      this.reset();
      this.set({ of: 'oldest-open' }, now.oldestSeconds);
      // Of no order there is no time: nothing is said, instead of nought.
      for (const which of ['dead', 'final'] as const)
        for (const [share, seconds] of Object.entries(now[which] ?? {})) this.set({ of: `${which}-${share}` }, seconds);
      openOrders.set(now.open);
    },
  });

  if (drills !== undefined) drillGauges(registry, drills);

  app.server.addHook('onResponse', async (request, reply) => {
    duration.observe(
      { method: request.method, route: request.routeOptions.url ?? 'none', status: String(reply.statusCode) },
      reply.elapsedTime / 1000,
    );
  });

  let counted = { entries: 0, flushes: 0 };
  const server: Server = createServer((_request, response) => {
    const now = app.journal.statistics();
    entries.inc(now.entries - counted.entries);
    flushes.inc(now.flushes - counted.flushes);
    counted = now;
    registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  return {
    async listen(port) {
      await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
      const address = server.address();
      return `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? port) : port}/metrics`;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function drillGauges(registry: Registry, drills: () => Promise<DrillFigures>): void {
  const failing = new Gauge({
    name: 'obhut_drill_failing_sites',
    help: 'Sites whose newest drill of a restore failed',
    registers: [registry],
  });
  new Gauge({
    name: 'obhut_drill_seconds',
    help: 'Of the newest proven backup: when it was proven (since 1970), measured RPO and RTO',
    labelNames: ['of'] as const,
    registers: [registry],
    async collect() {
      const { provenAt, rpoMs, rtoMs, failing: sites } = await drills();
      this.reset();
      // Of no drill there is no time: nothing is said, instead of nought.
      if (provenAt !== undefined) this.set({ of: 'proven-at' }, Math.floor(provenAt.getTime() / 1_000));
      if (rpoMs !== undefined) this.set({ of: 'rpo' }, rpoMs / 1_000);
      if (rtoMs !== undefined) this.set({ of: 'rto' }, rtoMs / 1_000);
      failing.set(sites);
    },
  });
}
