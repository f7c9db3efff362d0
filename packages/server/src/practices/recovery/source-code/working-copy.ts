/**
 * A bare repository in which nothing is ever taken back: each night has its own refs, so that a force-push or a deleted
 * branch destroys nothing. What was new is written into a bundle; from the bundles the repository is made anew.
 */
import { rm } from 'node:fs/promises';
import { type Access, type Git, GitError } from './git.ts';

/** Where a ref pointed. `ref` without `refs/`. */
export interface Tip {
  readonly id: string;
  readonly ref: string;
}

export interface Fetched {
  /** By name. */
  readonly tips: readonly Tip[];
  /** The branch that a clone checks out, without `refs/`, where the remote says so. */
  readonly head: string | undefined;
}

export interface WorkingCopy {
  /** Everything that the remote has now, kept under a name of its own. */
  fetch(url: string, name: string, access: Access): Promise<Fetched>;
  /**
   * What was fetched under this name and the known tips do not have.
   * @returns false when there is nothing new, and no file then.
   */
  bundle(path: string, name: string, known: readonly Tip[]): Promise<boolean>;
  /** What was fetched under this name is the same as before: the name goes, and no object. */
  forget(name: string): Promise<void>;
  /** Takes all that is in a bundle. @throws GitError when something that it builds on is missing. */
  take(path: string, name: string): Promise<void>;
  /** Sets the refs, and nothing else stays. @throws GitError when a tip, or anything behind one, is missing or broken. */
  become(fetched: Fetched): Promise<void>;
}

const backups = 'refs/backup';

const quietly = ['--quiet', '--force', '--no-tags', '--no-write-fetch-head'] as const;

/** Whether everything that the refs lead to is there. */
export const isSound = (git: Git, folder: string): Promise<boolean> =>
  git(['fsck', '--connectivity-only', '--no-dangling', '--no-progress'], { folder }).then(
    () => true,
    () => false,
  );

/** @param folder made when it is not there. */
export async function openWorkingCopy(git: Git, folder: string): Promise<WorkingCopy> {
  const run = (args: readonly string[], input?: string) => git(args, { folder, ...(input !== undefined && { input }) });

  // What a kill left half-made is no repository; all of it comes again.
  const isThere = await run(['rev-parse', '--is-bare-repository']).then(
    (text) => text.trim() === 'true',
    () => false,
  );
  if (!isThere) {
    await rm(folder, { recursive: true, force: true });
    await run(['init', '--quiet', '--bare', '--template=']);
  }

  const refsBelow = async (prefix: string): Promise<readonly Tip[]> => {
    const text = await run(['for-each-ref', '--format=%(objectname) %(refname)', prefix]);
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => ({ id: line.slice(0, line.indexOf(' ')), ref: line.slice(line.indexOf(' ') + 1) }));
  };

  /** Those of these objects that are here. */
  async function present(ids: readonly string[]): Promise<ReadonlySet<string>> {
    if (ids.length === 0) return new Set();
    const text = await run(['cat-file', '--batch-check=%(objectname)'], `${ids.join('\n')}\n`);
    return new Set(text.split('\n').filter((line) => /^[0-9a-f]+$/.test(line)));
  }

  const headOf = (text: string) => /^ref: refs\/(\S+)\tHEAD$/m.exec(text)?.[1];

  return {
    async fetch(url, name, access) {
      const prefix = `${backups}/${name}/`;
      await git(['fetch', ...quietly, '--no-recurse-submodules', url, `+refs/*:${prefix}*`], { folder, access });
      await run(['pack-refs', '--all']);
      const tips = (await refsBelow(prefix)).map(({ id, ref }) => ({ id, ref: ref.slice(prefix.length) }));
      return { tips, head: headOf(await git(['ls-remote', '--symref', url, 'HEAD'], { folder, access })) };
    },
    async bundle(path, name, known) {
      const tips = await refsBelow(`${backups}/${name}/`);
      const have = [...(await present([...new Set(known.map(({ id }) => id))]))].map((id) => `^${id}`);
      const fresh = tips.filter(({ id }) => !have.includes(`^${id}`));
      if (fresh.length === 0) return false;
      const lines = [...fresh.map(({ ref }) => ref), ...have].map((line) => `${line}\n`).join('');
      // A branch that was set back brings nothing; git makes no bundle of nothing.
      if (have.length > 0 && (await run(['rev-list', '--objects', '--stdin'], lines)) === '') return false;
      await run(['bundle', 'create', '--quiet', path, '--stdin'], lines);
      return true;
    },
    async forget(name) {
      const refs = await refsBelow(`${backups}/${name}/`);
      await run(['update-ref', '--stdin'], refs.map(({ ref }) => `delete ${ref}\n`).join(''));
    },
    async take(path, name) {
      await run(['bundle', 'verify', '--quiet', path]);
      await run(['fetch', ...quietly, path, `+refs/*:refs/taken/${name}/*`]);
    },
    async become({ tips, head }) {
      const before = await refsBelow('refs/');
      await run(['update-ref', '--stdin'], tips.map(({ ref, id }) => `update refs/${ref} ${id}\n`).join(''));
      const wanted = new Set(tips.map(({ ref }) => `refs/${ref}`));
      const gone = before.filter(({ ref }) => !wanted.has(ref));
      await run(['update-ref', '--stdin'], gone.map(({ ref }) => `delete ${ref}\n`).join(''));
      if (head !== undefined) await run(['symbolic-ref', 'HEAD', `refs/${head}`]);
      await run(['fsck', '--full', '--no-dangling', '--no-progress']);
      const now = (await refsBelow('refs/')).map(({ id, ref }) => ({ id, ref: ref.slice('refs/'.length) }));
      if (JSON.stringify(now) !== JSON.stringify(tips)) throw new GitError('git_failed', 'for-each-ref');
    },
  };
}
