/** Whether a folder lies on this machine. */
import { stat, statfs } from 'node:fs/promises';

/** On what a site lies: this machine, or something behind a network that has a name of its own. */
export type Ground = 'here' | `network:${string}`;

/**
 * Kinds of file systems that reach another machine, by the number that Linux gives them. A disk behind a block device looks
 * like one of this machine's own, and is taken for one.
 */
const networked: ReadonlySet<number> = new Set([
  0x6969, // NFS
  0xff534d42, // CIFS
  0xfe534d42, // SMB2
  0x517b, // SMB
  0x65735546, // FUSE: sshfs and its like
  0x00c36400, // Ceph
  0x5346414f, // AFS
  0x0bd00bd0, // Lustre
  0x47504653, // GPFS
]);

export async function groundOf(folder: string): Promise<Ground> {
  const [{ type }, { dev }] = await Promise.all([statfs(folder), stat(folder)]);
  return networked.has(type) ? `network:${dev}` : 'here';
}
