/** A site whose volume is not there: nothing on it can be read or written. */
import type { Site } from '../platform/sites/site.ts';

const silent = async (): Promise<never> => {
  throw Object.assign(new Error('the volume is not there'), { code: 'EIO' });
};

/** @returns brings it back. */
export function goAway(site: Site): () => void {
  const kept = { ...site };
  const stream = () => {
    throw Object.assign(new Error('the volume is not there'), { code: 'EIO' });
  };
  Object.assign(site, {
    ground: silent,
    create: silent,
    replace: silent,
    append: silent,
    writer: silent,
    read: silent,
    stream,
    size: silent,
    modifiedAt: silent,
    remove: silent,
    removeUnfinished: silent,
    list: silent,
    reach: silent,
    sizes: silent,
    note: silent,
    noteOnce: silent,
    forgetNote: silent,
  });
  return () => {
    Object.assign(site, kept);
  };
}
