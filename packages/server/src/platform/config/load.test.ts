import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSettings } from './load.ts';
import type { StartError } from './start-error.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'obhut-config-'));
});
afterEach(() => rm(folder, { recursive: true }));

const write = (yaml: string) => writeFile(join(folder, 'obhut.yaml'), yaml);
const load = (environment: NodeJS.ProcessEnv = {}) => loadSettings(environment, folder);

function refused(environment: NodeJS.ProcessEnv = {}): StartError {
  try {
    load(environment);
  } catch (error) {
    return error as StartError;
  }
  throw new Error('it was taken');
}

describe('routes of alarms', () => {
  const routes = (text: string) => write(`alerts: { routes: [${text}] }\n`);

  it.each([
    ['{ name: a, kind: mail, to: [a@example.org] }', 'needs a mail server'],
    ['{ name: a, kind: team }', 'needs a mail server'],
    ['{ name: a, kind: webhook, url: "https://x.example" }', 'has no secretFile'],
    ['{ name: a, kind: command }', 'has no command'],
    ['{ name: a, kind: command, command: [wake] }', 'by no absolute path'],
    ['{ name: a, kind: command, command: [/w] }, { name: a, kind: command, command: [/w] }', 'named twice'],
  ])('%s %s', async (text, reason) => {
    await routes(text);
    expect(refused()).toMatchObject({ code: 'setting_invalid', message: expect.stringContaining(reason) as string });
  });

  it('have defaults, and files relative to the settings', async () => {
    await routes('{ name: a, kind: webhook, url: "https://x.example", secretFile: secret }');
    expect(load().alerts).toMatchObject({
      language: 'de',
      repeatMinutes: { critical: 15 },
      routes: [{ severities: ['warning', 'critical'], timeoutSeconds: 30, secretFile: join(folder, 'secret') }],
    });
  });
});

describe('settings', () => {
  it('have a default each, and the environment wins over the file', async () => {
    expect(load()).toMatchObject({ host: '127.0.0.1', port: 8420, allowedCountries: ['DE'], rootKey: 'file' });
    await write('port: 9000\noperator: Praxis\n');
    expect(load({ OBHUT_PORT: '9001', OBHUT_DATA: 'd' })).toMatchObject({
      port: 9001,
      operator: 'Praxis',
      data: join(folder, 'd'),
    });
  });

  it.each([
    ['OBHUT_PORT', 'hunter2', 'port'],
    ['OBHUT_PORT', '70001', 'port'],
    ['OBHUT_METRICS_PORT', '-12345', 'metricsPort'],
    ['OBHUT_URL', 'ftp://hunter2', 'url'],
    ['OBHUT_LOG', 'hunter2', 'log'],
    ['OBHUT_ROOT_KEY', 'hunter2', 'rootKey'],
    ['DATABASE_URL', 'mysql://app:hunter2@host/db', 'database.url'],
    ['DATABASE_OWNER_URL', 'hunter2', 'database.ownerUrl'],
    ['DATABASE_PROBE_URL', 'hunter2', 'database.probeUrl'],
  ])('%s=%s is refused by its name, without its value', (variable, value, setting) => {
    const error = refused({ [variable]: value });
    expect(error).toMatchObject({ name: 'StartError', code: 'setting_invalid' });
    expect(error.message).toContain(`${setting} (${variable})`);
    expect(error.message + error.hint).not.toContain(value);
  });

  it.each([
    ['typo: hunter2', 'typo'],
    ['limits: { recordByte: 1 }', 'recordByte'],
    ['limits: { recordBytes: 3 }', 'limits.recordBytes'],
    ['database: { connections: 1 }', 'database.connections'],
    ['allowedCountries: [Deutschland]', 'allowedCountries.0'],
    ['sites: [{ name: a, path: x, country: DE, purposes: [cellar] }]', 'sites.0.purposes.0'],
    ['sites: []', 'sites'],
    ['tls: { cert: a }', 'tls'],
  ])('%s is refused by its name', async (yaml, name) => {
    await write(yaml);
    const error = refused();
    expect(error).toMatchObject({ code: 'setting_invalid' });
    expect(error.message).toContain(name);
    expect(error.message).not.toContain('hunter2');
  });

  it.each(['- a\n- b', 'a: [', 'just text'])('%j is no file of settings', async (yaml) => {
    await write(yaml);
    expect(refused()).toMatchObject({ code: 'setting_invalid' });
  });

  it('that were named and are not there are missed', () => {
    expect(refused({ OBHUT_CONFIG: 'nothing.yaml' })).toMatchObject({ code: 'setting_invalid' });
  });
});

describe('settings that do not go together', () => {
  const site = (more: string) => `{ name: a, path: x, country: DE, purposes: [objects, safe, ledger, heads]${more} }`;

  it('a site in a country that is not allowed', async () => {
    await write(`allowedCountries: [FR]\nsites: [${site('')}]`);
    expect(refused()).toMatchObject({ code: 'country_refused' });
  });

  it('two sites of one name', async () => {
    await write(`sites: [${site('')}, ${site('')}]`);
    expect(refused().message).toContain('named twice');
  });

  it('sites without a safe', async () => {
    await write('sites: [{ name: a, path: x, country: DE, purposes: [objects, ledger, heads] }]');
    expect(refused().message).toContain('safe');
  });

  const bucket = (s3: string, purposes = 'objects, backups') =>
    `sites: [${site('')}, { name: far, country: DE, purposes: [${purposes}], s3: { bucket: some-bucket, ${s3} } }]`;

  it.each([
    ['a path as well', bucket('credentialsEnv: X').replace('s3:', 'path: x, s3:'), 'far: it needs path or s3'],
    [
      'the purpose safe',
      bucket('credentialsEnv: X', 'objects, safe'),
      'far, purposes: a bucket cannot have the purpose safe',
    ],
    ['the purpose ledger', bucket('credentialsEnv: X', 'ledger'), 'the purpose ledger'],
    ['no credentials', bucket('region: eu-central-1'), 'far, s3: it needs credentialsFile or credentialsEnv'],
    ['both credentials', bucket('credentialsEnv: X, credentialsFile: y'), 'one of them'],
    ['credentials in the clear', bucket('credentialsEnv: X, secretAccessKey: hunter2'), 'sites.1.s3'],
    ['plain HTTP', bucket('credentialsEnv: X, endpoint: "http://s3.example.org"'), 'far, s3.endpoint'],
    [
      'a password in its address',
      bucket('credentialsEnv: X, endpoint: "https://a:hunter2@s3.example.org"'),
      's3.endpoint',
    ],
  ])('a bucket with %s', async (_, yaml, message) => {
    await write(yaml);
    const error = refused();
    expect(error).toMatchObject({ code: 'setting_invalid' });
    expect(error.message).toContain(message);
    expect(error.message + error.hint).not.toContain('hunter2');
  });

  it('but a bucket beside folders is fine', async () => {
    await write(bucket('credentialsFile: bucket.credentials, endpoint: "https://s3.example.org"'));
    expect(load().sites?.[1]?.s3).toMatchObject({
      credentialsFile: join(folder, 'bucket.credentials'),
      region: 'eu-central-1',
      pathStyle: false,
    });
  });

  it('a quorum of more sites than there are', async () => {
    await write(`objects: { quorum: 2 }\nsites: [${site('')}]`);
    expect(refused().message).toContain('objects.quorum is 2');
  });

  it.each(['0.0.0.0', '::', '192.0.2.7', 'obhut.example'])('plain HTTP on %s', async (host) => {
    await write(`host: "${host}"`);
    expect(refused()).toMatchObject({ code: 'plain_http_refused' });
    await write(`host: "${host}"\ntrustedProxies: [192.0.2.1]`);
    expect(load().host).toBe(host);
  });

  it.each(['localhost', '127.0.0.1', '127.8.9.1', '::1'])('but on %s it is fine', async (host) => {
    await write(`host: "${host}"`);
    expect(load().host).toBe(host);
  });
});
