/**
 * Carries the write-ahead log to the sites, all the time: whole segments, and every few seconds what has come of the newest
 * one. The database keeps what is not confirmed, and only what lies durable at a site is confirmed.
 *
 * No switch of segments is forced where little is written: parts are sent instead, and cost what they hold, not 16 MiB.
 */
import { setTimeout as setTimer } from 'node:timers/promises';
import type { Clock } from '../clock/clock.ts';
import { ReplicationError } from '../replication/errors.ts';
import { asLsn, formatLsn, type Lsn } from '../replication/lsn.ts';
import type { Replication } from '../replication/replication.ts';
import type { WalStream } from '../replication/wal-stream.ts';
import type { Site } from '../sites/site.ts';
import { BackupError } from './errors.ts';
import { walPartOf, wholeName } from './names.ts';
import type { Packer } from './packer.ts';
import { purpose } from './store.ts';
import { storeWal, type WalPlace } from './wal-archive.ts';

export interface WalState {
  /** Everything before this place lies at a site. */
  readonly stored: Lsn | undefined;
  /** How many seconds of what was committed would be lost now. `undefined` while nothing is known. */
  readonly lossMs: number | undefined;
  /** The longest of the last hour. */
  readonly worstLossMs: number | undefined;
  /** Why nothing is carried, as a code; `undefined` while all is well. */
  readonly trouble: string | undefined;
  /** Sites that lack something of it. */
  readonly missed: readonly string[];
  /** How often the database had thrown away log that was not carried yet. */
  readonly gaps: number;
}

export interface WalShipping {
  start(): void;
  stop(): Promise<void>;
  state(): WalState;
  /** Everything before this place lies at a site. @throws BackupError when that takes too long. */
  reached(lsn: Lsn, timeoutMs: number): Promise<void>;
}

export interface WalShippingOptions {
  readonly connect: () => Promise<Replication>;
  readonly packer: Packer;
  readonly sites: readonly Site[];
  readonly lineage: string;
  readonly slot: string;
  readonly clock: Clock;
  /** How long a part may wait for more. */
  readonly everyMs?: number;
  readonly retryMs?: number;
  readonly failed: (code: string) => void;
}

const hourMs = 3_600_000;

export function createWalShipping(options: WalShippingOptions): WalShipping {
  const { packer, sites, lineage, slot, clock } = options;
  const everyMs = options.everyMs ?? 4_000;
  const retryMs = options.retryMs ?? 5_000;
  const missed = new Set<string>();
  const losses: { readonly at: number; readonly ms: number }[] = [];
  let stopping = false;
  let stored: Lsn | undefined;
  let trouble: string | undefined = 'starting';
  let gaps = 0;
  /** Since when something waits; and when the database was last heard of. */
  let waitingSince: number | undefined;
  let heardAt: number | undefined;
  let running: Promise<void> = Promise.resolve();
  let connections: Replication[] = [];
  let wake: () => void = () => undefined;
  const stopped = new Promise<void>((resolve) => {
    wake = resolve;
  });

  const now = () => clock.monotonicMs();

  function lossMs(): number | undefined {
    if (heardAt === undefined) return undefined;
    if (trouble !== undefined) return now() - (waitingSince ?? heardAt);
    return waitingSince === undefined ? 0 : now() - waitingSince;
  }

  function note(): void {
    const ms = lossMs();
    if (ms === undefined) return;
    losses.push({ at: now(), ms });
    while ((losses[0]?.at ?? now()) < now() - hourMs) losses.shift();
  }

  /** Where to go on: behind what lies there whole. */
  async function startOf(control: Replication, place: WalPlace): Promise<Lsn> {
    const found = await control.slot(slot);
    if (found !== undefined && found.restart === undefined) {
      // It fell behind its cap, and the log is gone. What follows cannot be joined to what is stored.
      gaps += 1;
      options.failed('wal_gap');
      await control.dropSlot(slot);
    }
    await control.createSlot(slot);
    const restart = (await control.slot(slot))?.restart;
    if (restart === undefined) throw new ReplicationError('replication_lost', 'the slot keeps nothing');
    let segment = restart / BigInt(place.segmentBytes);
    const lists = await Promise.all(sites.map((site) => site.list(purpose).catch((): readonly string[] => [])));
    const names = new Set(lists.flat());
    while (names.has(wholeName(lineage, place.timeline, segment))) segment += 1n;
    return asLsn(segment * BigInt(place.segmentBytes));
  }

  /** A stop that came while it connected has closed what there was: this one it could not see. */
  async function connected(): Promise<Replication> {
    const replication = await options.connect();
    connections.push(replication);
    if (stopping) throw new ReplicationError('replication_lost', 'it was stopped');
    return replication;
  }

  async function carry(): Promise<void> {
    const control = await connected();
    const { systemId, timeline } = await control.identify();
    const place: WalPlace = { systemId, lineage, timeline, segmentBytes: await control.segmentBytes() };
    const from = await startOf(control, place);
    const reader = await connected();
    const stream = await reader.wal(slot, from, timeline);
    trouble = undefined;
    heardAt = now();
    await pump(stream, place, from);
  }

  async function pump(stream: WalStream, place: WalPlace, from: Lsn): Promise<void> {
    const size = place.segmentBytes;
    let segment = from / BigInt(size);
    let buffer = Buffer.alloc(size);
    let filled = 0;
    let sent = 0;
    /** One at a time, in order: what is confirmed must not overtake what is stored. */
    let storing: Promise<void> = Promise.resolve();
    let failure: unknown;

    async function store(start: number, end: number, whole: boolean): Promise<void> {
      const began = waitingSince;
      const bytes = whole ? buffer : Buffer.from(buffer.subarray(start, end));
      const of = segment;
      for (const name of await storeWal({ packer, sites }, place, {
        segment: of,
        from: start,
        bytes,
        at: clock.now(),
      })) {
        if (!missed.has(name)) options.failed('wal_site_missed');
        missed.add(name);
      }
      sent = end;
      stored = asLsn(of * BigInt(size) + BigInt(end));
      note();
      // What came meanwhile waits since then, at the longest.
      if (waitingSince === began) waitingSince = filled > end ? now() : undefined;
      stream.confirm(stored);
      if (whole) await removeParts(of);
    }

    async function removeParts(of: bigint): Promise<void> {
      for (const site of sites) {
        const names = await site.list(purpose).catch((): readonly string[] => []);
        if (!names.includes(wholeName(lineage, place.timeline, of))) continue;
        for (const name of names) {
          const part = walPartOf(name, size);
          const goes = part !== undefined && !part.whole && part.lineage === lineage && part.segment === of;
          // Left over, they go with the next pruning.
          if (goes && part.timeline === place.timeline) await site.remove(purpose, name).catch(() => undefined);
        }
      }
    }

    function inTurn(work: () => Promise<void> | undefined): Promise<void> {
      storing = storing
        .then(() => (failure === undefined ? work() : undefined))
        .catch((error: unknown) => {
          failure ??= error;
          // Whoever waits for the next message is to hear of it.
          for (const one of connections) one.close();
        });
      return storing;
    }

    // What is to be sent is looked at when its turn comes: by then the segment may be another.
    const flush = () => inTurn(() => (filled > sent ? store(sent, filled, false) : undefined));
    const timer = setInterval(flush, everyMs);
    timer.unref();
    try {
      for (;;) {
        const message = await stream.next();
        heardAt = now();
        if (message.kind === 'end') throw new ReplicationError('replication_lost', 'the log of this timeline is over');
        if (message.kind === 'alive') continue;
        waitingSince ??= now();
        for (let at = 0; at < message.bytes.length; ) {
          const part = message.bytes.subarray(at, at + size - filled);
          buffer.set(part, filled);
          filled += part.length;
          at += part.length;
          if (filled < size) continue;
          await inTurn(() => store(0, size, true));
          if (failure !== undefined) throw failure;
          segment += 1n;
          buffer = Buffer.alloc(size);
          filled = 0;
          sent = 0;
          if (at < message.bytes.length) waitingSince ??= now();
        }
      }
    } catch (error) {
      throw failure ?? error;
    } finally {
      clearInterval(timer);
      // What has come is worth keeping, also where the database is gone.
      await flush();
    }
  }

  async function loop(): Promise<void> {
    while (!stopping) {
      try {
        await carry();
      } catch (error) {
        const code = error instanceof ReplicationError || error instanceof BackupError ? error.code : 'wal_failed';
        if (!stopping && trouble !== code) options.failed(code);
        trouble = code;
      } finally {
        for (const one of connections) one.close();
        connections = [];
      }
      note();
      if (stopping) return;
      await Promise.race([setTimer(retryMs, undefined, { ref: false }), stopped]);
    }
  }

  return {
    start() {
      running = loop();
    },
    async stop() {
      stopping = true;
      for (const one of connections) one.close();
      wake();
      await running;
    },
    state: () => ({
      stored,
      lossMs: lossMs(),
      worstLossMs: losses.length === 0 ? undefined : Math.max(...losses.map(({ ms }) => ms), lossMs() ?? 0),
      trouble,
      missed: [...missed],
      gaps,
    }),
    async reached(lsn, timeoutMs) {
      const until = now() + timeoutMs;
      while (stored === undefined || stored < lsn) {
        if (now() > until || stopping)
          throw new BackupError('backup_log_missing', `the log is not stored up to ${formatLsn(lsn)}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
  };
}
