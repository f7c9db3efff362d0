/** An object on its way to the sites: acknowledged once as many have it durably as the settings want. */
import { createHash } from 'node:crypto';
import { within } from '../../platform/sites/patience.ts';
import type { ObjectWriter, Site } from '../../platform/sites/site.ts';

export interface Written {
  /** Where it lies, durable. */
  readonly sites: readonly string[];
  /** Where it does not, and is to be brought. */
  readonly missing: readonly string[];
  readonly digest: Buffer;
  readonly bytes: number;
}

export interface WritingOptions {
  readonly sites: readonly Site[];
  /** How many have to have it; all when absent. */
  readonly quorum?: number | undefined;
  readonly deadlineMs: number;
}

/**
 * The same sealed bytes to every site, one pass. A site that fails or hangs is left out; where fewer are left than are
 * needed nothing of it stays.
 * @throws what the first site failed with, or what the content failed with.
 */
export async function writeObject(
  { sites, quorum = sites.length, deadlineMs }: WritingOptions,
  object: string,
  sealed: AsyncIterable<Buffer>,
): Promise<Written> {
  const writers = new Map<Site, ObjectWriter>();
  const left = new Set(sites);
  let failure: unknown;

  async function each(step: (site: Site) => Promise<void>): Promise<void> {
    await Promise.all(
      [...left].map((site) =>
        within(deadlineMs, step(site)).catch((error: unknown) => {
          failure ??= error;
          left.delete(site);
          // What hangs is not waited for.
          writers
            .get(site)
            ?.abort()
            .catch(() => undefined);
        }),
      ),
    );
    if (left.size < quorum) throw failure;
  }

  const hash = createHash('sha256');
  let bytes = 0;
  try {
    await each(async (site) => {
      const opening = site.writer('objects', object);
      // One that opens after its time has nobody who closes it.
      opening.then(
        (writer) => {
          if (!left.has(site)) writer.abort().catch(() => undefined);
        },
        () => undefined,
      );
      writers.set(site, await opening);
    });
    for await (const chunk of sealed) {
      hash.update(chunk);
      bytes += chunk.length;
      await each(async (site) => writers.get(site)?.write(chunk));
    }
    await each(async (site) => writers.get(site)?.commit());
  } catch (error) {
    await Promise.all(
      [...left].map(async (site) => {
        await writers.get(site)?.abort();
      }),
    );
    throw error;
  }
  return {
    sites: [...left].map(({ name }) => name),
    missing: sites.filter((site) => !left.has(site)).map(({ name }) => name),
    digest: hash.digest(),
    bytes,
  };
}
