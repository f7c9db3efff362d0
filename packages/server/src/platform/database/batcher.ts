/**
 * Coalesces single look-ups: all that are asked while a query is under way become the next one. The more load, the larger
 * the batch; a lone caller does not wait. Two queries at once would only make more and smaller batches.
 */
export function createBatcher<Key, Result>(
  load: (keys: readonly Key[]) => Promise<readonly (Result | undefined)[]>,
  { maxBatch = 256, maxInFlight = 1 }: { readonly maxBatch?: number; readonly maxInFlight?: number } = {},
): (key: Key) => Promise<Result | undefined> {
  interface Waiting {
    readonly key: Key;
    readonly resolve: (result: Result | undefined) => void;
    readonly reject: (error: unknown) => void;
  }
  let waiting: Waiting[] = [];
  let inFlight = 0;
  let scheduled = false;

  function pump(): void {
    scheduled = false;
    while (inFlight < maxInFlight && waiting.length > 0) {
      const batch = waiting.slice(0, maxBatch);
      waiting = waiting.slice(maxBatch);
      inFlight += 1;
      load(batch.map(({ key }) => key))
        .then(
          (results) => {
            for (const [index, { resolve }] of batch.entries()) resolve(results[index]);
          },
          (error: unknown) => {
            for (const { reject } of batch) reject(error);
          },
        )
        .finally(() => {
          inFlight -= 1;
          pump();
        });
    }
  }

  return (key) =>
    new Promise((resolve, reject) => {
      waiting.push({ key, resolve, reject });
      if (!scheduled && inFlight < maxInFlight) {
        scheduled = true;
        // After this turn of the event loop: requests that arrived together share a query.
        setImmediate(pump);
      }
    });
}
