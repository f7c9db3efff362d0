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
  /**
   * The newest head of each log over all sites and servers, and the newest identity of the database. A site that is away is
   * passed over. @throws Error when none can be read.
   */
  load(): Promise<{ readonly heads: ReadonlyMap<LogId, SignedHead>; readonly identity: DatabaseIdentity | undefined }>;
  /** What was loaded or written last. */
  identity(): DatabaseIdentity | undefined;
  /** Durable at every reachable site when this returns; one that was away gets all of it when it is back. @throws Error when no site took it. */
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

  /** Sites whose file lacks something: they get the whole of it next. */
  const behind = new Set<Site>();

  async function writeAll(content: Buffer, whole: () => Buffer): Promise<void> {
    const failures: unknown[] = [];
    for (const site of sites)
      try {
        if (behind.has(site)) await site.replace('heads', file, whole());
        else await site.append('heads', file, content);
        behind.delete(site);
      } catch (error) {
        behind.add(site);
        failures.push(error);
      }
    if (failures.length === sites.length) throw failures[0];
  }

  const wholeOf = (heads: ReadonlyMap<LogId, SignedHead>, of: DatabaseIdentity | undefined) =>
    encode([...(of === undefined ? [] : [{ identity: of }]), ...heads.values()]);

  async function compact(heads: ReadonlyMap<LogId, SignedHead>, current: DatabaseIdentity): Promise<void> {
    identity = current;
    for (const head of heads.values()) keep(head);
    const content = wholeOf(heads, current);
    for (const site of sites) behind.add(site);
    await writeAll(content, () => content);
    written = content.length;
  }

  return {
    async load() {
      const failures: unknown[] = [];
      for (const site of sites)
        try {
          for (const name of await site.list('heads')) {
            const content = await site.read('heads', name);
            if (content === undefined) continue;
            for (const line of parseLines(content)) keep(line);
          }
        } catch (error) {
          if (error instanceof SyntaxError) throw error;
          failures.push(error);
        }
      if (failures.length === sites.length) throw failures[0];
      return { heads: newest, identity };
    },
    identity: () => identity,
    async record(heads) {
      const content = encode(heads);
      for (const head of heads) keep(head);
      await writeAll(content, () => wholeOf(newest, identity));
      written += content.length;
      if (written > compactAfterBytes && identity !== undefined) await compact(newest, identity);
    },
    compact,
    async beginAnew(heads, current) {
      newest.clear();
      // The new file first: a crash in between leaves the old heads standing, and the start refuses again.
      await compact(heads, current);
      if (behind.size > 0) throw new Error('a site did not take the heads');
      for (const site of sites)
        for (const name of await site.list('heads')) if (name !== file) await site.remove('heads', name);
    },
  };
}
