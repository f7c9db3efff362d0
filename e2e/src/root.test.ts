/** As root: PostgreSQL runs as somebody else, also where that somebody cannot go. */
import { chmodSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { newFolder, removeFolder, startProduct } from './product.ts';

const isRoot = process.getuid?.() === 0;
const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await removeFolder(folder);
});

function ownersOfPostgres(folder: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return command.includes('postgres') && command.includes(folder) ? [statSync(`/proc/${pid}`).uid] : [];
      } catch {
        return [];
      }
    });
}

/** Whoever starts it: root's PostgreSQL belongs to somebody else, anybody else's to themselves. */
it('runs PostgreSQL as nobody who may do more than it needs', async () => {
  const data = await newFolder();
  folders.push(data);
  const product = await startProduct({ data });
  const [, home = data] = /(\/var\/lib\/obhut\/[0-9a-f]{12})\/postgres/.exec(product.output()) ?? [];
  if (home !== data) folders.push(home);
  const owners = ownersOfPostgres(home);
  expect(owners.length).toBeGreaterThan(0);
  if (isRoot) expect(owners).not.toContain(0);
  else expect(new Set(owners)).toEqual(new Set([process.getuid?.()]));
  await product.stop();
}, 90_000);

const asRoot = isRoot ? it : undefined;
asRoot?.(
  'runs PostgreSQL unprivileged, and puts it elsewhere when it cannot enter the data folder',
  async () => {
    const data = await newFolder();
    folders.push(data);
    chmodSync(data, 0o700);
    const closed = join(data, 'closed');
    // The data folder lies inside one that only root may enter, as under /root.
    const first = await startProduct({ data: closed });
    const [, home] = /(\/var\/lib\/obhut\/[0-9a-f]{12})\/postgres/.exec(first.output()) ?? [];
    expect(home, first.output()).toBeDefined();
    folders.push(home ?? '');
    expect(existsSync(join(closed, 'postgres'))).toBe(false);
    const owners = ownersOfPostgres(home ?? '');
    expect(owners.length).toBeGreaterThan(0);
    expect(owners).not.toContain(0);
    await first.kill();
    // The orphan of the killed server is found and ended, and its data is taken up again.
    const second = await startProduct({ data: closed });
    expect(second.output()).toContain(home);
    expect(await second.stop()).toBe(130);
    expect(ownersOfPostgres(home ?? '')).toEqual([]);
  },
  90_000,
);
