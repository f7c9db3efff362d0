import { createHash } from 'node:crypto';
import type { SitePurpose } from '../config/settings.ts';
import { patiently, within } from './patience.ts';
import type { Site } from './site.ts';

/** For each answer of a site, not for an object as a whole. */
const patienceMs = 120_000;

/**
 * Reads an object through, in constant memory.
 * @returns its SHA-256, hexadecimal; `undefined` where it is not there. @throws where the site cannot be read, or hangs.
 */
export async function digestAt(
  site: Site,
  purpose: SitePurpose,
  name: string,
  deadlineMs = patienceMs,
): Promise<string | undefined> {
  const size = await within(deadlineMs, site.size(purpose, name));
  if (size === undefined) return undefined;
  const hash = createHash('sha256');
  if (size > 0)
    for await (const part of patiently(site.stream(purpose, name, 0, size - 1), deadlineMs))
      hash.update(part as Buffer);
  return hash.digest('hex');
}
