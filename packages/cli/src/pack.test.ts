import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Folder, temporaryFolder } from './testing/spawn.ts';

const script = fileURLToPath(new URL('../../../scripts/pack.ts', import.meta.url));
let folder: Folder;

/** The Node that this machine has by itself, where it has one: it may be older than the project's. */
const systemPath = '/usr/local/bin:/usr/bin:/bin';
const systemNode = spawnSync('node', ['-p', 'process.execPath'], { env: { PATH: systemPath }, encoding: 'utf8' });
const nodes = [...new Set([process.execPath, ...(systemNode.status === 0 ? [systemNode.stdout.trim()] : [])])];

beforeAll(() => {
  folder = temporaryFolder();
  const tarballs = execFileSync(process.execPath, [script, folder.path('packed')], { encoding: 'utf8' })
    .trim()
    .split('\n');
  expect(tarballs).toHaveLength(3);
  writeFileSync(folder.path('package.json'), '{"private":true,"type":"module"}');
  execFileSync('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', ...tarballs], {
    cwd: folder.path('.'),
    stdio: 'pipe',
  });
}, 120_000);
afterAll(() => folder.remove());

describe.each(nodes)('installed from tarballs, under %s', (node) => {
  const env = { PATH: systemPath, LANG: 'C' };

  it('the command runs', () => {
    const bin = folder.path('node_modules/.bin/obhut');
    const { status, stdout, stderr } = spawnSync(node, [bin, '--help'], { env, encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('import a CSV file');
  });

  it('a file is read and checked', () => {
    writeFileSync(folder.path('a.csv'), Buffer.from('Nr;Preis\n1;1.234,56\n2;x\n', 'latin1'));
    const columns = { Nr: { field: 'nr' }, Preis: { field: 'preis', type: 'number' } };
    writeFileSync(folder.path('map.json'), JSON.stringify({ collection: 'c', columns }));
    const args = [
      folder.path('node_modules/.bin/obhut'),
      'import',
      folder.path('a.csv'),
      '--map',
      folder.path('map.json'),
      '--dry-run',
    ];
    const { status, stdout } = spawnSync(node, args, { env, encoding: 'utf8' });
    expect([status, stdout]).toEqual([1, '2 rows read: 1 fit, nothing sent, 1 rejected\n']);
  });

  it('the SDK and the proof package can be imported', () => {
    const code = `
      import { createObhut } from '@obhut/client';
      import { sha256, encodeHex } from '@obhut/proof';
      const token = 'obhut_' + 'a'.repeat(32) + '_' + 'b'.repeat(43);
      console.log(typeof createObhut({ url: 'http://localhost', token }).customers.create, encodeHex(sha256(new Uint8Array())).slice(0, 8));
    `;
    writeFileSync(folder.path('use.js'), code);
    const { stdout, stderr } = spawnSync(node, [folder.path('use.js')], { env, encoding: 'utf8' });
    expect({ stdout, stderr }).toEqual({ stdout: 'function e3b0c442\n', stderr: '' });
  });
});

it('their types can be used', () => {
  const code = `
    import { createObhut, type ReadRecord, type RecordData } from '@obhut/client';
    const read: Promise<ReadRecord<RecordData>> = createObhut({ url: '', token: '' }).customer('').person('').record('c', '').get({ purpose: 'service' });
    // @ts-expect-error: the types refuse it, because nothing is read without a purpose
    void createObhut({ url: '', token: '' }).customer('').person('').record('c', '').get();
    export { read };
  `;
  writeFileSync(folder.path('use.ts'), code);
  const tsc = fileURLToPath(new URL('../../../node_modules/.bin/tsc', import.meta.url));
  const options = [
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2022',
    '--lib',
    'esnext,dom',
    '--types',
    '',
  ];
  const { status, stdout } = spawnSync(tsc, [...options, folder.path('use.ts')], {
    cwd: folder.path('.'),
    encoding: 'utf8',
  });
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
});
