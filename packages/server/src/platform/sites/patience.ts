/** A site that does not answer is like one that is away: nobody waits for it for ever. */

export class TooSlow extends Error {
  override readonly name = 'TooSlow';
  readonly code = 'site_too_slow';
}

/** @throws TooSlow after this time; what is under way goes on without anybody. */
export async function within<Result>(deadlineMs: number, work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TooSlow('a site does not answer')), deadlineMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Each part in its time, however many there are. @throws TooSlow */
export async function* patiently<Part>(parts: AsyncIterable<Part>, deadlineMs: number): AsyncGenerator<Part> {
  const iterator = parts[Symbol.asyncIterator]();
  let isOver = false;
  try {
    for (;;) {
      const next = await within(deadlineMs, iterator.next());
      if (next.done === true) {
        isOver = true;
        return;
      }
      yield next.value;
    }
  } finally {
    // One that hangs would not come back from its end either.
    if (!isOver) void iterator.return?.()?.catch(() => undefined);
  }
}
