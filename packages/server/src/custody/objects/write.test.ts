import { describe, expect, it } from 'vitest';
import type { ObjectWriter, Site } from '../../platform/sites/site.ts';
import { writeObject } from './write.ts';

const never = () => new Promise<never>(() => {});

/** A site in memory that does not come back from one step. */
function siteThat(name: string, hangsAt?: 'open' | keyof ObjectWriter) {
  const site = { name, objects: new Map<string, Buffer>(), aborted: 0 };
  const parts: Buffer[] = [];
  const writer = async (_: string, object: string): Promise<ObjectWriter> => {
    if (hangsAt === 'open') return never();
    return {
      async write(bytes) {
        if (hangsAt === 'write') return never();
        parts.push(Buffer.from(bytes));
      },
      async commit() {
        if (hangsAt === 'commit') return never();
        site.objects.set(object, Buffer.concat(parts));
      },
      async abort() {
        site.aborted += 1;
      },
    };
  };
  return { ...site, site, asSite: { name, writer } as unknown as Site };
}

async function* content() {
  yield Buffer.from('some ');
  yield Buffer.from('bytes');
}

describe('an object that is written to a site that hangs', () => {
  it.each(['open', 'write', 'commit'] as const)('at %s is acknowledged by the others', async (step) => {
    const [good, hangs] = [siteThat('a'), siteThat('b', step)];
    const written = await writeObject(
      { sites: [good.asSite, hangs.asSite], quorum: 1, deadlineMs: 20 },
      'object',
      content(),
    );
    expect(written).toMatchObject({ sites: ['a'], missing: ['b'], bytes: 10 });
    expect(String(good.site.objects.get('object'))).toBe('some bytes');
    expect(hangs.site.objects.size).toBe(0);
  });

  it.each(['open', 'write', 'commit'] as const)('at %s is refused where every site is needed', async (step) => {
    const [good, hangs] = [siteThat('a'), siteThat('b', step)];
    const writing = writeObject({ sites: [good.asSite, hangs.asSite], deadlineMs: 20 }, 'object', content());
    await expect(writing).rejects.toMatchObject({ code: 'site_too_slow' });
    expect(good.site.aborted).toBe(1);
  });
});
