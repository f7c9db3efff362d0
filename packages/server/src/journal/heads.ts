/**
 * Never fork: the last signed head of each log is kept outside the database, in one fsynced file per site and server.
 * A database that was restored, failed over or tampered with is then found out at start, before anything is signed.
 */
import type { LogId } from '../platform/ids/ids.ts';
import type { Site } from '../platform/sites/site.ts';

export interface SignedHead {
  readonly log: LogId;
  readonly origin: string;
  readonly size: number;
  /** Base64. */
  readonly root: string;
}

/** Which database the heads were signed over. */
export interface DatabaseIdentity {
  readonly system: string;
  readonly timeline: number;
}

export interface Heads {
  /** The newest head of each log over all sites and servers, and the newest identity of the database. */
  load(): Promise<{ readonly heads: ReadonlyMap<LogId, SignedHead>; readonly identity: DatabaseIdentity | undefined }>;
  /** What was loaded or written last. */
  identity(): DatabaseIdentity | undefined;
  /** Durable at every site when this returns. */
  record(heads: readonly SignedHead[]): Promise<void>;
  /** Writes this server's file anew in its smallest form; at start, and when it has grown. */
  compact(heads: ReadonlyMap<LogId, SignedHead>, identity: DatabaseIdentity): Promise<void>;
  /** Forgets all that was known, at every site and of every server, and begins with these (a new generation). */
  beginAnew(heads: ReadonlyMap<LogId, SignedHead>, identity: DatabaseIdentity): Promise<void>;
}

const compactAfterBytes = 8 * 1024 * 1024;

type Line = SignedHead | { readonly identity: DatabaseIdentity };

function parseLines(content: Buffer): Line[] {
  const lines = content.toString('utf8').split('\n');
  // Only the last line can be half-written: the file is appended and fsynced before anything is published.
  lines.pop();
  return lines.map((line) => JSON.parse(line) as Line);
}

const encode = (lines: readonly Line[]) => Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));

export function createHeads(sites: readonly Site[], node: string): Heads {
  const file = `${node}.ndjson`;
  const newest = new Map<LogId, SignedHead>();
  let identity: DatabaseIdentity | undefined;
  let written = 0;

  function keep(line: Line): void {
    if ('identity' in line) {
      identity = line.identity;
      return;
    }
    const known = newest.get(line.log);
    if (known === undefined || known.size <= line.size) newest.set(line.log, line);
  }

  async function compact(heads: ReadonlyMap<LogId, SignedHead>, current: DatabaseIdentity): Promise<void> {
    identity = current;
    for (const head of heads.values()) keep(head);
    const content = encode([{ identity: current }, ...heads.values()]);
    for (const site of sites) await site.replace('heads', file, content);
    written = content.length;
  }

  return {
    async load() {
      for (const site of sites)
        for (const name of await site.list('heads')) {
          const content = await site.read('heads', name);
          if (content === undefined) continue;
          for (const line of parseLines(content)) keep(line);
        }
      return { heads: newest, identity };
    },
    identity: () => identity,
    async record(heads) {
      const content = encode(heads);
      for (const site of sites) await site.append('heads', file, content);
      for (const head of heads) keep(head);
      written += content.length;
      if (written > compactAfterBytes && identity !== undefined) await compact(newest, identity);
    },
    compact,
    async beginAnew(heads, current) {
      newest.clear();
      // The new file first: a crash in between leaves the old heads standing, and the start refuses again.
      await compact(heads, current);
      for (const site of sites)
        for (const name of await site.list('heads')) if (name !== file) await site.remove('heads', name);
    },
  };
}
