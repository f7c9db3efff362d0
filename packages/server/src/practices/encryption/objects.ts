/** Files at the sites: do they look as only our sealing makes them? */
import { randomInt } from 'node:crypto';
import type { Observation, ProbeContext } from '../../claims/probe.ts';
import type { Site } from '../../platform/sites/site.ts';
import type { PracticeNeeds } from '../needs.ts';

/** At each site, at random. */
const sampled = 200;
const lookedAtBytes = 4_096;
/** First byte of the one suite, nonce prefix, tag of the last segment (platform/crypto/stream.ts). */
const suite = 1;
const smallest = 8 + 16;
/**
 * Of 256 values so many different ones stand in 4 KiB of random bytes, but for one case in 10^60; a text has about 100, and
 * pictures and archives begin with a header of their own.
 */
const leastDifferent = 220;

async function beginningOf(site: Site, name: string): Promise<Buffer | undefined> {
  const size = await site.size('objects', name);
  if (size === undefined) return undefined;
  if (size === 0) return Buffer.alloc(0);
  const chunks: Buffer[] = [];
  for await (const chunk of site.stream('objects', name, 0, Math.min(size, lookedAtBytes) - 1))
    chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function looksSealed(bytes: Buffer): boolean {
  if (bytes.length < smallest || bytes[0] !== suite) return false;
  return bytes.length < lookedAtBytes || new Set(bytes).size >= leastDifferent;
}

function sample(names: readonly string[]): readonly string[] {
  if (names.length <= sampled) return names;
  return Array.from({ length: sampled }, () => names[randomInt(names.length)] ?? '');
}

export const objectsAreSealed =
  ({ sites }: PracticeNeeds) =>
  async ({ signal }: ProbeContext): Promise<Observation> => {
    const counts = { sites: 0, objects: 0, looked: 0, open: 0 };
    for (const site of sites.filter(({ purposes }) => purposes.includes('objects'))) {
      counts.sites += 1;
      const names = await site.list('objects');
      counts.objects += names.length;
      for (const name of sample(names)) {
        if (signal.aborted) return { verdict: 'unknown', counts, reason: 'timeout' };
        const bytes = await beginningOf(site, name).catch((error: NodeJS.ErrnoException) => {
          // Replaced while we looked.
          if (error.code === 'ENOENT') return undefined;
          throw error;
        });
        if (bytes === undefined) continue;
        counts.looked += 1;
        if (!looksSealed(bytes)) counts.open += 1;
      }
    }
    if (counts.open > 0) return { verdict: 'fails', counts };
    return counts.looked > 0 ? { verdict: 'holds', counts } : { verdict: 'unknown', counts, reason: 'nothing-yet' };
  };
