import { describe, expect, it } from 'vitest';
import type { Database } from '../platform/database/database.ts';
import { type CustomerId, type LogId, newId } from '../platform/ids/ids.ts';
import { createTestClock } from '../testing/clock.ts';
import { encodeEntry } from './entry.ts';
import type { FlushItem } from './flush.ts';
import { createAppendQueue } from './queue.ts';

const gone = () => Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));
const nowhere: Database = { query: gone, transaction: gone, pipelined: gone, close: async () => {} };

const item = (): FlushItem => ({
  customer: newId<CustomerId>(),
  log: newId<LogId>(),
  fence: undefined,
  ...encodeEntry({ kind: 'anchor', at: new Date(0), actor: { kind: 'system', id: 'obhut' }, outcome: 'done' }),
});

describe('the queue of a journal whose database is gone', () => {
  it('says so, and stops saying so by itself: else nobody who looks at readiness would ever try again', async () => {
    const clock = createTestClock();
    const queue = createAppendQueue({ database: nowhere, clock });
    expect(queue.trouble()).toBeUndefined();
    await expect(queue.append(item())).rejects.toMatchObject({ code: 'journal_unavailable' });
    expect(queue.trouble()).toContain('cannot take entries');
    clock.advance(5_000);
    expect(queue.trouble()).toBeDefined();
    clock.advance(1);
    expect(queue.trouble()).toBeUndefined();
    await queue.close();
  });

  it('takes nothing more once it is closed, or when too many wait', async () => {
    const queue = createAppendQueue({ database: nowhere, clock: createTestClock(), maxQueued: 1 });
    const first = queue.append(item());
    await expect(queue.append(item())).rejects.toMatchObject({ code: 'journal_unavailable' });
    await expect(first).rejects.toMatchObject({ code: 'journal_unavailable' });
    await queue.close();
    await expect(queue.append(item())).rejects.toMatchObject({ code: 'journal_unavailable' });
  });
});
