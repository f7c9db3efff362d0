import { readFileSync, statfsSync } from 'node:fs';
import type { Warning } from './banner.ts';

/** Magic numbers of file systems that write beside the old block (Linux, statfs(2)). */
const copyOnWrite = new Set([0x9123683e /* btrfs */, 0x2fc12fc1 /* zfs */, 0xca451a4e /* bcachefs */]);

/**
 * What can be seen of the medium that a safe lies on. That it really forgets is declared, not measured; these are the
 * signs that it does not.
 */
export function inspectMedium(safeFolders: readonly string[]): Warning[] {
  const warnings: Warning[] = [];
  if (safeFolders.some((folder) => copyOnWrite.has(statfsSync(folder).type >>> 0))) warnings.push('copy-on-write');
  try {
    if (readFileSync('/proc/swaps', 'utf8').trim().split('\n').length > 1) warnings.push('swap-on');
  } catch {
    // No such file: not Linux. Nothing is known, so nothing is said.
  }
  return warnings;
}
