/** Two who mark a site at the same moment find the same mark, and neither takes the site for one that lost it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createFolderSite } from '../../platform/sites/site.ts';
import { createMarks, type MarkStore } from './marks.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'obhut-marks-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** A database with nothing in it but marks. @param before each look at a mark */
function createStore(before: () => Promise<void> = async () => undefined) {
  const rows = new Map<string, { mark: string; isThere: boolean }>();
  const store = (wait: () => Promise<void>): MarkStore => ({
    async mark(site) {
      await wait();
      return rows.get(site);
    },
    async keepMark(site, mark) {
      if (!rows.has(site)) rows.set(site, { mark, isThere: false });
      return rows.get(site)?.mark ?? mark;
    },
    async markIsThere(site, mark) {
      rows.set(site, { mark, isThere: true });
    },
    expects: async () => false,
    known: async () => new Set<string>(),
  });
  return { plain: store(async () => undefined), waiting: store(before) };
}

const createSite = () => createFolderSite({ name: 'a', country: 'DE', purposes: ['objects'], path: folder }, ['DE']);

it('also where one has looked at the database only when the other was done', async () => {
  const site = await createSite();
  let marked: Promise<unknown> = Promise.resolve();
  // Longer than the look at the folder would take, were it begun at the same moment.
  const { plain, waiting } = createStore(async () => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    await marked;
  });
  const second = createMarks(waiting).look(site);
  await new Promise((resolve) => setTimeout(resolve, 50));
  marked = createMarks(plain).look(site);
  expect([await marked, await second]).toEqual(['ours', 'ours']);
});

it('also where both begin with nothing', async () => {
  const site = await createSite();
  const { plain } = createStore();
  expect(await Promise.all([createMarks(plain).look(site), createMarks(plain).look(site)])).toEqual(['ours', 'ours']);
});
