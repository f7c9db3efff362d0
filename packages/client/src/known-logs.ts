/** What a verifier keeps of a log from one time to the next. */
export interface KnownLog {
  /** The verifier key it was verified with: `origin+id+base64`. */
  readonly key: string;
  /** The newest signed checkpoint seen (a signed note). */
  readonly checkpoint: string;
  /** Its number of entries, in decimal. */
  readonly size: string;
}

/** Where that is kept: in memory, in a file, in a browser's storage. */
export interface KnownLogs {
  get(origin: string): Promise<KnownLog | undefined>;
  /** Keeps the log as it is now. A store that holds a larger checkpoint of the same log keeps that one. */
  set(origin: string, log: KnownLog): Promise<void>;
}

/** Whether `next` should take the place of `kept`: what was seen of a log must never be forgotten for less. */
export function extendsKnown(kept: KnownLog | undefined, next: KnownLog): boolean {
  return kept === undefined || BigInt(next.size) >= BigInt(kept.size);
}

/** Remembers as long as the process lives. */
export function createMemory(): KnownLogs {
  const logs = new Map<string, KnownLog>();
  return {
    async get(origin) {
      return logs.get(origin);
    },
    async set(origin, log) {
      if (extendsKnown(logs.get(origin), log)) logs.set(origin, log);
    },
  };
}
