import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** Whom PostgreSQL runs as when Obhut itself runs as root, which PostgreSQL refuses. */
export interface UnixUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** The user `obhut` where the operator made one, else `nobody`. */
export function unprivilegedUser(): UnixUser {
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name, , uid, gid]) => ({ name: name ?? '', uid: Number(uid), gid: Number(gid) }));
  const user = users.find(({ name }) => name === 'obhut') ?? users.find(({ name }) => name === 'nobody');
  return user ?? { name: 'nobody', uid: 65_534, gid: 65_534 };
}

/** Whether this user may pass through every folder above a path (by its mode bits). */
export function canEnter(path: string, user: UnixUser): boolean {
  for (let folder = path; ; folder = dirname(folder)) {
    const stats = statSync(folder, { throwIfNoEntry: false });
    if (stats?.isDirectory()) {
      const bit = stats.uid === user.uid ? 0o100 : stats.gid === user.gid ? 0o010 : 0o001;
      if ((stats.mode & bit) === 0) return false;
    }
    if (folder === dirname(folder)) return true;
  }
}
