/** What this browser has seen of the log: its key and its size. The next visit is compared with it. */

export interface Seen {
  readonly key: string;
  readonly size: string;
  /** Root of the tree of that size, in hexadecimal. */
  readonly root: string;
}

const name = 'obhut.page';

export function remembered(): Seen | undefined {
  try {
    const text = localStorage.getItem(name);
    return text === null ? undefined : (JSON.parse(text) as Seen);
  } catch {
    // No memory allowed, or somebody wrote something else into it: then it is the first visit.
    return undefined;
  }
}

export function remember(seen: Seen): void {
  try {
    localStorage.setItem(name, JSON.stringify(seen));
  } catch {
    // Verified all the same; only the next visit has nothing to compare with.
  }
}
