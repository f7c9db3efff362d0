import { createHash } from 'node:crypto';
import type { SitePurpose } from '../config/settings.ts';
import type { Site } from './site.ts';

/**
 * Reads an object through, in constant memory.
 * @returns its SHA-256, hexadecimal; `undefined` where it is not there. @throws where the site cannot be read.
 */
export async function digestAt(site: Site, purpose: SitePurpose, name: string): Promise<string | undefined> {
  const size = await site.size(purpose, name);
  if (size === undefined) return undefined;
  const hash = createHash('sha256');
  if (size > 0) for await (const part of site.stream(purpose, name, 0, size - 1)) hash.update(part as Buffer);
  return hash.digest('hex');
}
