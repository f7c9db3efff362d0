/**
 * A rollover: a new epoch key, everything that lives under it, and then the old one is destroyed. From that moment no
 * copy of what died in the old epoch can be read, wherever it lies (Boneh and Lipton, USENIX Security 1996).
 *
 * The steps are numbered as in the design, safe to repeat, and their state is in the database: whoever takes over after a
 * crash goes on behind the last one that was done.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '../platform/clock/clock.ts';
import { createElapsed } from '../platform/clock/elapsed.ts';
import { commitment, SecretKey } from '../platform/crypto/key.ts';
import type { Database } from '../platform/database/database.ts';
import { type EpochId, newId } from '../platform/ids/ids.ts';
import type { Epochs } from './epoch.ts';
import type { RaiseFence } from './generation.ts';
import type { Nodes } from './nodes.ts';
import { type RenewOptions, renewCustomers } from './renew.ts';
import { createRolloverStore, type Lease, leaseSeconds } from './rollover-store.ts';
import { type Safes, SafesUnreadable } from './safes.ts';
import type { Snapshots } from './snapshot.ts';

/** What a rollover tells of itself, in ids and counts. */
export interface ClosedEpoch {
  readonly epoch: EpochId;
  readonly next: EpochId;
  readonly customers: number;
  readonly renewed: number;
  readonly persons: number;
  readonly nodes: number;
  readonly safes: number;
  readonly snapshotSites: number;
}

export interface Rollover {
  /** Begins one, or goes on with the one that was begun. @returns `undefined` while another server leads it. */
  run(): Promise<ClosedEpoch | undefined>;
  /**
   * Whether one was begun, or the open epoch is older than this; or than an hour, and a safe that was away when it began is
   * back without it: the next one it gets like the others.
   */
  due(ageMs: number): Promise<boolean>;
}

export interface RolloverOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly epochs: Epochs;
  readonly safes: Safes;
  readonly nodes: Nodes;
  readonly snapshots: Snapshots;
  readonly node: string;
  readonly raiseFence: RaiseFence;
  readonly renewLookups: RenewOptions['renewLookups'];
  readonly clearLookups: RenewOptions['clearLookups'];
  /** Makes it durable that an epoch's key is destroyed, and who has dropped it. */
  readonly note: (closed: ClosedEpoch) => Promise<void>;
}

/** Something still names the epoch that should close: a defect, or somebody else writes in this database. */
export class EpochInUse extends Error {
  override readonly name = 'EpochInUse';
  readonly code = 'epoch_in_use';
}

const pollMs = 100;
const lackedMs = 3_600_000;

export function createRollover(options: RolloverOptions): Rollover {
  const { database, epochs, safes, nodes, snapshots, node, note } = options;
  const store = createRolloverStore(database);
  const elapsed = createElapsed(options.clock);
  const work = { ...options, store };
  let running: Promise<ClosedEpoch | undefined> | undefined;

  /** Step 0: the new epoch's row, before any safe knows it. */
  async function begin(): Promise<Lease | undefined> {
    const begun = await store.unfinished();
    if (begun !== undefined) return store.claim(node, begun.epoch);
    const key = SecretKey.generate();
    const next = newId<EpochId>();
    const lease = await store.begin(node, next, commitment(key));
    if (lease !== undefined) {
      await safes.store(next, key);
      epochs.add(next, key);
    }
    return lease;
  }

  /** Step 1: the new key durable in the safes, then the old epoch closes for new wraps. */
  async function openNext(lease: Lease): Promise<Lease> {
    const held = await rebuilt(lease);
    await store.under(held, async (connection) => {
      await store.open(connection, held.state);
      await store.reach(connection, held, 1);
    });
    return held;
  }

  /** An epoch that the safes cannot give was never used: another takes its place, and what was booked on it moves. */
  async function rebuilt(lease: Lease): Promise<Lease> {
    try {
      await epochs.key(lease.state.next);
      return lease;
    } catch (error) {
      if (!(error instanceof SafesUnreadable)) throw error;
    }
    await safes.destroy(lease.state.next).catch(() => undefined);
    const key = SecretKey.generate();
    const next = newId<EpochId>();
    await store.under(lease, (connection) => store.replaceNext(connection, lease, next, commitment(key)));
    await safes.store(next, key);
    epochs.add(next, key);
    return { ...lease, state: { ...lease.state, next } };
  }

  /** Step 4: nothing names the old epoch, in the database or at a site. */
  async function check(lease: Lease): Promise<void> {
    const left = await store.under(lease, (connection) => store.leftovers(connection, lease.state.epoch));
    if (left > 0) throw new EpochInUse(`${left} wraps still hang on the epoch that closes`);
    const named = await snapshots.epochs();
    if (!named.has(lease.state.next) || named.has(lease.state.epoch))
      throw new EpochInUse('the newest keyring snapshot is not of the new epoch alone');
  }

  /** Step 5: every living server has dropped the old keys, or has been silent for so long that it wiped itself. */
  async function acknowledged(lease: Lease): Promise<number> {
    await nodes.beat();
    for (let waitedMs = 0; waitedMs <= leaseSeconds * 2_000; waitedMs += pollMs) {
      const { waiting, living } = await nodes.behind(lease.state.epoch);
      if (waiting.length === 0) return living;
      await wait(pollMs);
    }
    throw new EpochInUse('a server still holds the epoch that closes');
  }

  /** What a safe still has of epochs that were closed while it was away goes now that it is back. */
  async function heal(): Promise<void> {
    const closed = new Set(await store.closed());
    for (const epoch of await safes.remains()) if (closed.has(epoch)) await safes.destroy(epoch).catch(() => undefined);
  }

  const reached = (lease: Lease, step: number, more?: { readonly snapshot: string }) =>
    store.under(lease, (connection) => store.reach(connection, lease, step, more));

  async function steps(): Promise<ClosedEpoch | undefined> {
    // A server that was silent wipes its keys now, not in the middle of the work.
    await nodes.beat();
    let lease = await begin();
    if (lease === undefined) return undefined;
    let { step } = lease.state;
    let counts = { customers: 0, renewed: 0, persons: 0 };
    if (step < 1) {
      lease = await openNext(lease);
      step = 1;
    }
    if (step < 2) {
      counts = await renewCustomers(work, lease);
      await reached(lease, 2);
    }
    let snapshotSites = 0;
    if (step < 6) {
      // Also after a crash behind it: who was rewrapped since stands in the newest one.
      const { name, sites } = await snapshots.write(lease.state.next);
      snapshotSites = sites;
      if (step < 3) await reached(lease, 3, { snapshot: name });
      await check(lease);
      if (step < 4) await reached(lease, 4);
    }
    const living = await acknowledged(lease);
    if (step < 5) await reached(lease, 5);
    const { epoch, next } = lease.state;
    const closed = { epoch, next, ...counts, nodes: living, safes: safes.count, snapshotSites };
    if (step < 6) {
      await check(lease);
      const gone = await safes.destroy(epoch);
      await heal();
      await note(closed);
      await store.under(lease, async (connection) => {
        await store.destroyed(connection, epoch, gone);
        await store.reach(connection, lease as Lease, 6);
      });
    }
    await store.under(lease, (connection) => store.close(connection, lease as Lease, counts, options.clock.now()));
    return closed;
  }

  return {
    run() {
      running ??= steps().finally(() => {
        running = undefined;
      });
      return running;
    },
    async due(ageMs) {
      if ((await store.unfinished()) !== undefined) return true;
      const open = await store.openEpoch();
      if (open === undefined) return false;
      const left = Math.min(ageMs - open.ageSeconds * 1_000, ageMs);
      if (elapsed.isOver(open.epoch, left) || left <= 0) return true;
      if (open.ageSeconds * 1_000 < lackedMs) return false;
      const held = [...(await safes.held()).values()];
      // While one is away it would lack the next one too.
      return !held.includes(undefined) && held.some((epochs) => epochs?.has(open.epoch) === false);
    },
  };
}
