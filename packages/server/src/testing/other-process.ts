/**
 * Another server as a process of its own, over the database and the sites of a test: it carries out what is due, rolls over,
 * and at one numbered step of the database it kills itself, as `kill -9` would. Ends with 0 where there was no such step.
 */
import { join } from 'node:path';
import { createApp } from '../app.ts';
import { systemClock } from '../platform/clock/clock.ts';
import { SecretKey } from '../platform/crypto/key.ts';
import { openPipeline } from '../platform/database/pipeline.ts';
import { roleNames } from '../platform/database/roles.ts';
import { createSecretStore } from '../platform/secrets/secrets.ts';
import { createFolderSite } from '../platform/sites/site.ts';
import { defaultSites, testSettings } from './app.ts';
import { type ClusterAddress, connect, connection } from './cluster.ts';
import { createFaults, type Fault } from './faults.ts';

/** What the process is told, as JSON in its argument. */
export interface OtherProcess {
  readonly cluster: ClusterAddress;
  readonly database: string;
  readonly folder: string;
  /** Hexadecimal; of a test that ends with it. */
  readonly rootKey: string;
  readonly node: string;
  readonly step: number;
  readonly fault: Fault;
}

async function live({ cluster, database: name, folder, rootKey: hex, node, step, fault }: OtherProcess): Promise<void> {
  const faults = createFaults(async () => {
    process.kill(process.pid, 'SIGKILL');
    // The signal arrives while this waits.
    await new Promise(() => setInterval(() => undefined, 1_000));
  });
  const settings = testSettings();
  const rootKey = SecretKey.from(Buffer.from(hex, 'hex'));
  const pipeline = (application: string) =>
    openPipeline({ connection: connection(cluster, name, roleNames.app), application, statementTimeoutMs: 0 });
  const app = await createApp({
    settings,
    version: '0.0.0-test',
    clock: systemClock,
    database: faults.wrap(connect(cluster, name, roleNames.app, 4)),
    flushDatabase: faults.wrap(pipeline('obhut test flush')),
    readDatabase: pipeline('obhut test read'),
    probeDatabase: connect(cluster, name, roleNames.probe),
    probeEveryMs: 0,
    rootKey,
    secrets: await createSecretStore(rootKey, join(folder, 'secrets')),
    sites: await Promise.all(defaultSites(folder).map((site) => createFolderSite(site, settings.allowedCountries))),
    node,
    host: 'obhut.example',
    graceMs: 0,
    erasureEveryMs: 0,
  });
  // Their own rhythm would count too.
  await app.journal.integrator.stop();
  await app.keyring.nodes.stop();
  faults.arm(step, fault);
  await app.erasures.tick();
  await app.erasures.rollOver();
  process.exit(0);
}

const [told] = process.argv.slice(2);
if (told !== undefined) await live(JSON.parse(told) as OtherProcess);
