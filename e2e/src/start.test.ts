/** What keeps it from starting is said in a sentence, with the next step and an exit code; nothing is broken by it. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { newFolder, obhut, removeFolder, startProduct, startRefused } from './product.ts';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await removeFolder(folder);
});
async function folder(): Promise<string> {
  const made = await newFolder();
  folders.push(made);
  return made;
}

describe('start', () => {
  it('comes up twice in a row on the same data, and refuses a second server on it', async () => {
    const data = await folder();
    const first = await startProduct({ data });
    const second = await startRefused({ data });
    expect(second.code).toBe(1);
    expect(second.text).toContain('already_running');
    expect(await first.stop()).toBe(130);
    const again = await startProduct({ data });
    expect((await fetch(`${again.url}/readyz`)).status).toBe(200);
    expect(await again.stop()).toBe(130);
  });

  it('refuses a port in use', async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
    const address = blocker.address();
    const port = String(typeof address === 'object' ? address?.port : '');
    const { code, text } = await startRefused({ data: await folder(), environment: { OBHUT_PORT: port } });
    expect(code).toBe(1);
    expect(text).toContain(`Port ${port} is in use.`);
    expect(text).toContain('OBHUT_PORT');
    blocker.close();
  });

  it('refuses another root key, and starts again with the right one', async () => {
    const data = await folder();
    await (await startProduct({ data })).stop();
    const path = join(data, 'keys', 'root.key');
    const right = readFileSync(path);
    writeFileSync(path, `${Buffer.alloc(32, 7).toString('base64')}\n`);
    const { code, text } = await startRefused({ data });
    expect(code).toBe(1);
    expect(text).toContain('root_key_wrong');
    expect(text).not.toContain(right.toString().trim());
    writeFileSync(path, right);
    expect(await (await startProduct({ data })).stop()).toBe(130);
  });

  it('refuses a safe that is gone, because there is no back door', async () => {
    const data = await folder();
    await (await startProduct({ data })).stop();
    await removeFolder(join(data, 'sites', 'a', 'safe'));
    const { code, text } = await startRefused({ data });
    expect(code).toBe(1);
    expect(text).toContain('safes_unreadable');
  });

  it('refuses a database that was cut back behind what was signed', async () => {
    const data = await folder();
    await (await startProduct({ data })).stop();
    const kept = join(data, '..', `${data.split('/').at(-1)}-kept`);
    folders.push(kept);
    spawnSync('cp', ['-a', join(data, 'postgres'), kept]);
    const running = await startProduct({ data });
    obhut(['init', '--json', '--data', data]);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await running.stop();
    await removeFolder(join(data, 'postgres'));
    spawnSync('cp', ['-a', kept, join(data, 'postgres')]);
    const { code, text } = await startRefused({ data });
    expect(code).toBe(1);
    expect(text).toContain('journal_forked');
    const onward = await startProduct({ data, words: ['--new-generation', 'restored'] });
    expect(await onward.stop()).toBe(130);
  });

  it('refuses a data folder of another PostgreSQL major', async () => {
    const data = await folder();
    mkdirSync(join(data, 'postgres'));
    writeFileSync(join(data, 'postgres', 'PG_VERSION'), '15\n');
    const { code, text } = await startRefused({ data });
    expect(code).toBe(1);
    expect(text).toContain('PostgreSQL 15');
  });

  it('refuses settings that are wrong, names them, and keeps their values to itself', async () => {
    const data = await folder();
    const cases: readonly (readonly [Record<string, string>, string])[] = [
      [{ OBHUT_PORT: 'eighty' }, 'port (OBHUT_PORT)'],
      [{ DATABASE_URL: 'mysql://u:geheim@h/d' }, 'DATABASE_URL'],
      [{ OBHUT_HOST: '0.0.0.0' }, 'plain_http_refused'],
    ];
    for (const [environment, named] of cases) {
      const { code, text } = await startRefused({ data, environment });
      expect(code).toBe(1);
      expect(text).toContain(named);
      expect(text).not.toContain('geheim');
    }
    writeFileSync(
      join(data, 'obhut.yaml'),
      'sites:\n  - {name: a, path: ./x, country: US, purposes: [objects, safe, ledger, heads]}\n',
    );
    expect((await startRefused({ data })).text).toContain('country_refused');
    writeFileSync(join(data, 'obhut.yaml'), 'dta: ./elsewhere\n');
    expect((await startRefused({ data })).text).toContain('dta: is not a setting');
  });

  it('refuses a folder that is a file', async () => {
    const data = join(await folder(), 'file');
    writeFileSync(data, 'x');
    const { code, text } = await startRefused({ data: await folder(), environment: { OBHUT_DATA: data } });
    expect(code).toBe(1);
    expect(text).toContain('folder_unwritable');
  });

  it('checks the settings and prints the roles without starting', async () => {
    const cwd = await folder();
    expect(obhut(['config', 'check'], {}, cwd)).toMatchObject({ code: 0 });
    const roles = obhut(['db', 'roles'], {}, cwd);
    expect(roles.code).toBe(0);
    expect(roles.stdout).toContain('create role obhut_probe');
  });
});
